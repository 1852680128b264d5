//! The ledger 账务: double entry, in fen, never changed, only added to.
//!
//! ```text
//!   bill issued        receivable(account) ＋      revenue −   output tax −   fund … −
//!   bill reversed      receivable(account) −      revenue ＋  output tax ＋  fund … ＋
//!   prepayment applied prepayment(account) ＋      receivable(account) −
//!   opening            receivable ＋ | prepayment −                          opening ∓
//! ```
//!
//! A debit is positive, a credit negative; the lines of an entry add up to zero. Government funds
//! are held for the state and are no revenue; what customers have paid ahead is a liability.
//!
//! **Invariants.** Every entry balances. `receivable` rows (open items 应收) add up to the ledger's
//! receivable per account, `prepayment` rows to its prepayment. [`verify`] recomputes all three.

pub mod api;
mod model;
mod rules;
mod store;

use kernel::id::Uuid;
use kernel::{Date, Money, Month};
use platform::{Ctx, Fault, Permission, Result, Scope, Tx};

pub use model::{Account, EntryKind, LedgerEntry, Posting, Receivable};
pub use rules::{Contained, split_amount};
pub use store::{LedgerRow, MIGRATION, verify};

use crate::supply::{self, UsagePointId};

pub const READ: Permission = Permission("ledger.read");

/// Posts entries. One that does not balance is a fault, and nothing is posted.
pub async fn post(tx: &Tx, entries: &[LedgerEntry]) -> Result<()> {
    for entry in entries {
        entry.check()?;
    }
    store::insert(tx, entries).await
}

/// Records open items.
pub async fn open_items(tx: &Tx, items: &[Receivable]) -> Result<()> {
    store::insert_receivables(tx, items).await
}

/// Whether any bill was ever posted for these accounts; those that have one.
pub async fn with_bills(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<UsagePointId>> {
    store::with_bills(tx, points).await
}

/// Adds to (or takes from) what a customer has paid ahead.
pub async fn change_prepayment(tx: &Tx, point: UsagePointId, by: Money) -> Result<()> {
    store::change_prepayment(tx, point, by).await
}

/// Applies what the accounts have paid ahead to what they owe, the oldest debt first.
pub async fn apply_prepayments(tx: &Tx, ctx: &Ctx, points: &[UsagePointId]) -> Result<Money> {
    let prepaid = store::prepayments(tx, points).await?;
    if prepaid.is_empty() {
        return Ok(Money::ZERO);
    }
    let with_money: Vec<UsagePointId> = prepaid.iter().map(|(point, _)| *point).collect();
    let debts = store::open_receivables(tx, &with_money).await?;
    let mut applied = Money::ZERO;
    let mut entries = Vec::new();
    for (point, balance) in prepaid {
        let own: Vec<&Receivable> = debts.iter().filter(|debt| debt.usage_point == point).collect();
        let mut spent = Money::ZERO;
        for (debt, amount) in rules::allocate(balance, &own) {
            store::settle(tx, debt.id, amount).await?;
            entries.push(LedgerEntry {
                id: ctx.new_id(),
                on: ctx.today,
                kind: EntryKind::Application,
                bill_no: debt.bill_no.clone(),
                postings: vec![
                    Posting::of(Account::Prepayment, Some(point), amount),
                    Posting::of(Account::Receivable, Some(point), -amount),
                ],
            });
            spent += amount;
        }
        if spent != Money::ZERO {
            store::change_prepayment(tx, point, -spent).await?;
            applied += spent;
        }
    }
    post(tx, &entries).await?;
    Ok(applied)
}

/// Takes a bill's open item out of what is owed. What had been settled of it goes back to what the
/// customer has paid ahead; that amount is returned.
pub async fn reverse_item(tx: &Tx, ctx: &Ctx, point: UsagePointId, bill_no: &str) -> Result<Money> {
    let settled = store::reverse_receivable(tx, bill_no).await?;
    if settled != Money::ZERO {
        store::change_prepayment(tx, point, settled).await?;
        let entry = LedgerEntry {
            id: ctx.new_id(),
            on: ctx.today,
            kind: EntryKind::ApplicationReversed,
            bill_no: Some(bill_no.to_owned()),
            postings: vec![
                Posting::of(Account::Receivable, Some(point), settled),
                Posting::of(Account::Prepayment, Some(point), -settled),
            ],
        };
        post(tx, &[entry]).await?;
    }
    Ok(settled)
}

/// Posts the entry that takes a bill's entry back, under the number of the reversal.
pub async fn reverse_bill(tx: &Tx, ctx: &Ctx, bill_no: &str, reversal_no: &str) -> Result<()> {
    let postings = store::bill_postings(tx, bill_no).await?;
    if postings.is_empty() {
        return Err(Fault::impossible(format!("bill {bill_no} has no ledger entry")));
    }
    let postings =
        postings.into_iter().map(|(account, point, amount)| Posting::of(Account::from_code(&account), point, -amount));
    let entry = LedgerEntry {
        id: ctx.new_id(),
        on: ctx.today,
        kind: EntryKind::Reversal,
        bill_no: Some(reversal_no.to_owned()),
        postings: postings.collect(),
    };
    post(tx, &[entry]).await
}

/// What a usage point owes and has paid ahead, where the actor may see it.
pub async fn balance(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<(Money, Money)> {
    ctx.require(READ)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(READ, &point.station)?;
    store::balance(tx, point.id).await
}

/// A page of lines in order of entry, those posted in `month` or all. Whoever sees only stations
/// sees the whole entries of their accounts.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    month: Option<Month>,
    after: Option<(Uuid, i64)>,
    limit: u32,
) -> Result<Vec<LedgerRow>> {
    let stations = match ctx.require(READ)? {
        Scope::Bureau => None,
        Scope::Stations(stations) => Some(stations),
    };
    store::page(tx, month, stations, after, limit.clamp(1, 1000)).await
}

/// The amounts posted as receivable for bills, by bill number; for checking bills against the ledger.
pub async fn posted_for(tx: &Tx, bill_nos: Vec<String>) -> Result<std::collections::HashMap<String, Money>> {
    store::posted_for(tx, bill_nos).await
}

/// A new open item.
pub fn item(
    id: Uuid,
    usage_point: UsagePointId,
    bill_no: Option<String>,
    arisen_on: Date,
    due_on: Date,
    amount: Money,
) -> Receivable {
    Receivable { id, usage_point, bill_no, arisen_on, due_on, amount, settled: Money::ZERO }
}
