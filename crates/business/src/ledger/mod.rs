//! The ledger 账务: double entry, in fen, never changed, only added to.
//!
//! ```text
//!   bills issued       receivable(account) ＋ …    revenue −   output tax −   fund … −
//!   bill reversed      receivable(account) −      revenue ＋  output tax ＋  fund … ＋
//!   prepayment applied prepayment(account) ＋      receivable(account) −
//!   opening            receivable ＋ | prepayment −                          opening ∓
//!   payment            money(where it lies) ＋      receivable −   late charge −   prepayment −
//!   refund             prepayment(account) ＋      money −
//! ```
//!
//! A debit is positive, a credit negative; the lines of an entry add up to zero. Government funds
//! are held for the state and are no revenue; what customers have paid ahead is a liability.
//! Bills that are issued together at one station are one entry: each customer's line names his bill, the other
//! side is summed up. What a single bill contains of tax is on the bill, of funds in its document.
//!
//! **Days.** A day is closed once, in order, and then nothing is posted into it, whoever tries:
//! [`post`] refuses. What is done after the close, the same evening, is booked on the first open day;
//! whoever posts asks for it once, [`open_day`], and shows what he got to [`post`]. He holds [`DAY`]
//! from then on together with all others who post, and the close holds it alone, so that an entry
//! is in before the figures are sealed or is refused.
//!
//! An open item is settled step by step; each step is a [`Settlement`] that knows its day, so that a
//! late charge can be told for every part of the debt, and what it came from, so that it can be taken
//! back.
//!
//! **Invariants.** Every entry balances. `receivable` rows (open items 应收) add up to the ledger's
//! receivable per account, `prepayment` rows to its prepayment, settlements to what of an item is
//! settled and to the late charges posted. [`verify`] recomputes all of them. Whoever changes any of
//! it for an account has locked the account before ([`supply::lock`]).

pub mod api;
mod model;
mod rules;
mod migrations;
mod store;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::marker::PhantomData;

use kernel::id::Uuid;
use kernel::{Date, Money, Month, Refusal};
use platform::{Ctx, Permission, Result, Tx};

pub use migrations::{
    BILLS_MIGRATION, CLEARED_MIGRATION, DAYS_MIGRATION, MIGRATION, OF_BILL_MIGRATION, OWING_MIGRATION,
    SETTLEMENT_MIGRATION,
};
pub use model::{
    Account, AccountDay, AccountLine, AccountStretch, AccountSum, Age, BillSums, ClosedDay, Debt, EntryKind,
    LedgerEntry, LineCursor, Posting, Receivable, SettledBy, Settlement, Settles, Standing, TrialBalance, age,
};
pub use rules::{Contained, allocate, split_amount};
pub use store::{LedgerRow, lines_between, posted_in, verify};

use crate::supply::{self, UsagePointId};

pub const READ: Permission = Permission("ledger.read");

/// Whoever posts holds this together with others; whoever closes a day holds it alone.
const DAY: &str = "ledger.day";

/// The days that take entries, which stay open until the transaction ends. Only [`open_day`] tells them.
#[derive(Debug, Clone, Copy)]
pub struct OpenDay<'tx> {
    /// The day on which what is done now is booked 记账日: today, or the first day after the last closed one.
    pub on: Date,
    last_closed: Option<Date>,
    /// Who shows it to [`post`] is still in the transaction in which he asked.
    _held_in: PhantomData<&'tx Tx>,
}

impl OpenDay<'_> {
    fn refuse_closed(&self, day: Date) -> Result<(), Refusal> {
        if self.last_closed.is_some_and(|closed| day <= closed) { Err(day_closed(day)) } else { Ok(()) }
    }
}

/// Asks which days are open, and keeps them open until the transaction ends.
pub async fn open_day<'tx>(tx: &'tx Tx, ctx: &Ctx) -> Result<OpenDay<'tx>> {
    tx.hold_shared(DAY).await?;
    let last_closed = store::last_closed(tx).await?;
    Ok(OpenDay { on: rules::booking_day(ctx.today, last_closed), last_closed, _held_in: PhantomData })
}

/// The last closed day; another may be closed at any moment.
pub async fn last_closed(tx: &Tx) -> Result<Option<Date>> {
    store::last_closed(tx).await
}

/// Waits for all who are posting and keeps others out until the transaction ends, so that the
/// figures of a day can be sealed.
pub async fn hold_still(tx: &Tx) -> Result<()> {
    tx.hold_alone(DAY).await
}

/// Closes a day for ever, with its balances; whoever calls holds the ledger still and has checked
/// that it is this day's turn.
pub async fn close_day(tx: &Tx, closed: &ClosedDay, balances: &[AccountSum]) -> Result<()> {
    if store::last_closed(tx).await?.is_some_and(|last| last >= closed.day) {
        return Err(day_closed(closed.day).into());
    }
    store::insert_closed(tx, closed, balances).await
}

/// A closed day with its document.
pub async fn closed_day(tx: &Tx, day: Date) -> Result<Option<ClosedDay>> {
    store::closed_day(tx, day).await
}

/// Closed days before `before`, newest first.
pub async fn closed_days(tx: &Tx, before: Option<Date>, limit: u32) -> Result<Vec<ClosedDay>> {
    store::closed_days(tx, before, limit).await
}

/// The first day after `after` and before `before` with an entry.
pub async fn first_posted(tx: &Tx, after: Option<Date>, before: Date) -> Result<Option<Date>> {
    store::first_posted(tx, after, before).await
}

pub fn day_closed(day: Date) -> Refusal {
    Refusal::conflict(
        "day.closed",
        format!("{day} 已日终结账，不能再记账；请在未结账的日期以更正分录处理"),
        format!("{day} is closed and takes no more entries; correct it by a counter-entry on an open day"),
    )
}

/// Posts entries. One that does not balance is a fault, one into a closed day is refused, and then
/// nothing is posted.
pub fn post(tx: &Tx, open: &OpenDay<'_>, entries: &[LedgerEntry]) -> Result<()> {
    for entry in entries {
        entry.check()?;
        open.refuse_closed(entry.on)?;
    }
    store::insert(tx, entries);
    Ok(())
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

/// Puts down what customers have paid ahead, as it is now.
pub fn set_prepayments(tx: &Tx, balances: impl IntoIterator<Item = (UsagePointId, Money)>) {
    store::set_prepayments(tx, balances);
}

/// What these accounts have paid ahead, those with anything.
pub async fn prepayments(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Money>> {
    Ok(store::prepayments(tx, points).await?.into_iter().collect())
}

/// How these accounts stand, each of them.
pub async fn standing(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Standing>> {
    store::standing(tx, points).await
}

/// The items with these ids that still stand; an item of a cancelled bill does not.
pub async fn standing_items(tx: &Tx, ids: Vec<Uuid>) -> Result<HashSet<Uuid>> {
    store::standing_items(tx, ids).await
}

/// Puts settlements on record and keeps the items' sums; none of the items is cleared any more.
pub async fn settle(tx: &Tx, settlements: &[Settlement]) -> Result<()> {
    store::insert_settlements(tx, settlements);
    let items: BTreeSet<Uuid> = settlements.iter().map(|settlement| settlement.receivable).collect();
    store::sum_settlements(tx, items.into_iter().collect()).await
}

/// Notes that nothing can be asked for these items any more, until something is settled of them again.
pub async fn clear(tx: &Tx, items: Vec<Uuid>) -> Result<()> {
    if items.is_empty() { Ok(()) } else { store::clear(tx, items).await }
}

/// How much of a bill was settled by the evening of a day; what was taken back as if it had never been, had never been.
pub async fn settled_by(tx: &Tx, bill_no: &str, on: Date) -> Result<Money> {
    store::settled_by(tx, bill_no, on).await
}

/// The settlements that a payment made.
pub async fn settlements_of(tx: &Tx, payment: Uuid) -> Result<Vec<Settlement>> {
    store::settlements_of(tx, payment).await
}

/// Applies what the accounts have paid ahead to what they owe, the oldest debt first.
pub async fn apply_prepayments(tx: &Tx, ctx: &Ctx, points: &[UsagePointId]) -> Result<Money> {
    let prepaid = store::prepayments(tx, points).await?;
    if prepaid.is_empty() {
        return Ok(Money::ZERO);
    }
    let open = open_day(tx, ctx).await?;
    let with_money: Vec<UsagePointId> = prepaid.iter().map(|(point, _)| *point).collect();
    let debts = store::open_receivables(tx, &with_money).await?;
    let mut applied = Money::ZERO;
    let (mut settlements, mut entries, mut balances) = (Vec::new(), Vec::new(), Vec::new());
    for (point, balance) in prepaid {
        let own: Vec<&Receivable> = debts.iter().filter(|debt| debt.usage_point == point).collect();
        let mut left = balance;
        for (debt, amount) in allocate(balance, &own) {
            let (settlement, entry) = application(ctx, debt, ctx.today, open.on, amount);
            settlements.push(settlement);
            entries.push(entry);
            left = left - amount;
        }
        if left != balance {
            balances.push((point, left));
            applied += balance - left;
        }
    }
    store::set_prepayments(tx, balances);
    settle(tx, &settlements).await?;
    post(tx, &open, &entries)?;
    Ok(applied)
}

/// Money paid ahead meets a debt: the settlement as of a day, and the entry, booked on another.
pub fn application(
    ctx: &Ctx,
    debt: &Receivable,
    on: Date,
    booked_on: Date,
    amount: Money,
) -> (Settlement, LedgerEntry) {
    let settlement = Settlement {
        id: ctx.new_id(),
        receivable: debt.id,
        on,
        settles: Settles::Debt,
        by: SettledBy::Prepayment,
        payment: None,
        amount,
    };
    let point = Some(debt.usage_point);
    let entry = LedgerEntry {
        id: ctx.new_id(),
        on: booked_on,
        kind: EntryKind::Application,
        bill_no: debt.bill_no.clone(),
        receipt_no: None,
        postings: vec![
            Posting::of(Account::Prepayment, point, amount),
            Posting::of(Account::Receivable, point, -amount),
        ],
    };
    (settlement, entry)
}

/// Takes applications of money paid ahead back, the newest first, until `wanted` of it is free again;
/// the debts are open again as if it had never been applied. Returns how much became free.
pub async fn take_back_applications(tx: &Tx, ctx: &Ctx, point: UsagePointId, wanted: Money) -> Result<Money> {
    let mut freed = Money::ZERO;
    let (mut settlements, mut entries) = (Vec::new(), Vec::new());
    let open = open_day(tx, ctx).await?;
    for (receivable, bill_no, on, applied) in store::applications(tx, point).await? {
        let amount = applied.min(wanted - freed);
        if amount <= Money::ZERO {
            break;
        }
        freed += amount;
        entries.push(LedgerEntry {
            id: ctx.new_id(),
            on: open.on,
            kind: EntryKind::ApplicationReversed,
            bill_no,
            receipt_no: None,
            postings: vec![
                Posting::of(Account::Receivable, Some(point), amount),
                Posting::of(Account::Prepayment, Some(point), -amount),
            ],
        });
        settlements.push(Settlement {
            id: ctx.new_id(),
            receivable,
            on,
            settles: Settles::Debt,
            by: SettledBy::Prepayment,
            payment: None,
            amount: -amount,
        });
    }
    if freed != Money::ZERO {
        settle(tx, &settlements).await?;
        store::change_prepayment(tx, point, freed).await?;
        post(tx, &open, &entries)?;
    }
    Ok(freed)
}

/// Takes a bill's open item out of what is owed. What had been settled of it, and the late charges
/// taken on it, go back to what the customer has paid ahead; that amount is returned.
pub async fn reverse_item(tx: &Tx, ctx: &Ctx, point: UsagePointId, bill_no: &str) -> Result<Money> {
    let Some((item, settled, late_charge)) = store::reverse_receivable(tx, bill_no).await? else {
        return Ok(Money::ZERO);
    };
    let back = settled + late_charge;
    let given = [(Settles::Debt, settled), (Settles::LateCharge, late_charge)];
    let given = given.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
    let settlements = given.map(|(settles, amount)| Settlement {
        id: ctx.new_id(),
        receivable: item,
        on: ctx.today,
        settles,
        by: SettledBy::Return,
        payment: None,
        amount: -amount,
    });
    settle(tx, &settlements.collect::<Vec<_>>()).await?;
    if back != Money::ZERO {
        store::change_prepayment(tx, point, back).await?;
        let sides = [(Account::Receivable, settled), (Account::LateCharge, late_charge), (Account::Prepayment, -back)];
        let moved = sides.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
        let open = open_day(tx, ctx).await?;
        let entry = LedgerEntry {
            id: ctx.new_id(),
            on: open.on,
            kind: EntryKind::ApplicationReversed,
            bill_no: Some(bill_no.to_owned()),
            receipt_no: None,
            postings: moved.map(|(account, amount)| Posting::of(account, Some(point), amount)).collect(),
        };
        post(tx, &open, &[entry])?;
    }
    Ok(back)
}

/// The postings of an entry.
pub async fn postings_of(tx: &Tx, entry: Uuid) -> Result<Vec<Posting>> {
    let postings = store::postings_of(tx, entry).await?;
    Ok(postings
        .into_iter()
        .map(|(account, point, amount)| Posting::of(Account::from_code(&account), point, amount))
        .collect())
}

/// What a usage point owes and has paid ahead, where the actor may see it.
pub async fn balance(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<(Money, Money)> {
    ctx.require(READ)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(READ, &point.station)?;
    store::balance(tx, point.id).await
}

/// What those of these accounts owe that owe anything.
pub async fn owed(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Money>> {
    store::owed(tx, points).await
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
    let stations = ctx.require(READ)?.stations();
    store::page(tx, month, stations, after, limit.clamp(1, 1000)).await
}

/// Every account from `from` to `to`: what it stood at, what went in and out. Whoever sees only
/// stations sees the whole entries of their accounts.
pub async fn trial_balance(tx: &Tx, ctx: &Ctx, from: Date, to: Date) -> Result<TrialBalance> {
    let stations = ctx.require(READ)?.stations();
    check_range(from, to)?;
    let mut accounts = match &stations {
        None => sums_of(tx, from, to).await?,
        Some(stations) => store::sums_at(tx, from, to, stations.clone()).await?,
    };
    accounts.retain(AccountSum::has_moved);
    Ok(TrialBalance { from, to, stations, accounts })
}

/// Every account of the whole bureau that stands at anything or moved; summed from the last closed day before `from` on, whose
/// balances are on record.
pub async fn sums_of(tx: &Tx, from: Date, to: Date) -> Result<Vec<AccountSum>> {
    let base = store::last_closed_before(tx, from).await?;
    let mut accounts = store::sums(tx, base, from, to).await?;
    accounts.retain(AccountSum::has_moved);
    Ok(accounts)
}

/// The days of an account on which it moved, after `after`.
pub async fn account_days(
    tx: &Tx,
    ctx: &Ctx,
    stretch: &AccountStretch,
    after: Option<Date>,
    limit: u32,
) -> Result<Vec<AccountDay>> {
    let stations = ctx.require(READ)?.stations();
    check_range(stretch.from, stretch.to)?;
    let from = after.map_or(stretch.from, |after| stretch.from.max(kernel::time::next_day(after)));
    let base = carried_from(tx, from, &stations).await?;
    let mut balance = store::carried(tx, &stretch.account, base, from, &stations).await?;
    let mut days = store::account_days(tx, &stretch.account, from, stretch.to, &stations, limit.clamp(1, 1000)).await?;
    for day in &mut days {
        balance = balance + day.debit - day.credit;
        day.balance = balance;
    }
    Ok(days)
}

/// The lines of an account in order of day, each with the balance after it.
pub async fn account_lines(
    tx: &Tx,
    ctx: &Ctx,
    stretch: &AccountStretch,
    after: Option<&LineCursor>,
    limit: u32,
) -> Result<Vec<AccountLine>> {
    let stations = ctx.require(READ)?.stations();
    check_range(stretch.from, stretch.to)?;
    let before_all = LineCursor { on: kernel::time::previous_day(stretch.from), entry: Uuid::max(), line: i64::MAX };
    let after = after.filter(|after| after.on >= stretch.from).unwrap_or(&before_all);
    let base = carried_from(tx, after.on, &stations).await?;
    let mut balance = store::carried(tx, &stretch.account, base, after.on, &stations).await?
        + store::carried_in_day(tx, &stretch.account, after, &stations).await?;
    let rows = store::account_lines(tx, stretch, after, &stations, limit.clamp(1, 1000)).await?;
    let with_balance = |row: LedgerRow| {
        balance += row.amount;
        AccountLine { row, balance }
    };
    Ok(rows.into_iter().map(with_balance).collect())
}

/// The closed day whose balances may be carried on; those of single stations are on no record.
async fn carried_from(tx: &Tx, before: Date, stations: &Option<Vec<String>>) -> Result<Option<Date>> {
    if stations.is_some() { Ok(None) } else { store::last_closed_before(tx, before).await }
}

fn check_range(from: Date, to: Date) -> Result<()> {
    if from <= to {
        return Ok(());
    }
    Err(Refusal::invalid("range.invalid", "起始日期不能晚于截止日期", "the first day must not be after the last")
        .at("from")
        .into())
}

/// The amounts posted as receivable for bills, by bill number; for checking bills against the ledger.
pub async fn posted_for(tx: &Tx, bill_nos: Vec<String>) -> Result<HashMap<String, Money>> {
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
