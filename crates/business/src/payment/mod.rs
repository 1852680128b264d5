//! Taking money 收费: over the counter and from channels.
//!
//! ```text
//!   quote (what is due, nothing changes) ──take──▶ taken ──▶ reversed, see the feature `reversal`
//!   a channel's file ─────────────────────import───▶ taken
//! ```
//!
//! A payment is for one account or many, of any station: customers pay where they are. Money meets the
//! oldest bill first, with the late charge of its days; what is above the debts is paid ahead, when that
//! is wished.
//!
//! **Rights.** `payment.take` reaches over all accounts of the bureau, whatever the station of the post:
//! what it shows of an account is masked. Payments are seen by who took them and by the stations of
//! their tills and of their accounts. Late charges are waived within the stations of the post.
//!
//! **Invariants.** A payment is the sum of its shares, its entry in the ledger, and what it settled.
//! Nobody pays other figures than he was told. No cheque or voucher of a bank is taken twice, no
//! reference of a channel booked twice. Nothing that a customer has paid ahead falls below zero. Every
//! act on an account holds its lock.

pub mod api;
mod import;
mod model;
mod rules;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, HashMap};

use kernel::id::Uuid;
use kernel::{Date, Money, Month, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Fault, House, Permission, Result, Scope, Tx};
use serde::{Deserialize, Serialize};

pub use import::PaymentImport;
pub use model::{
    Account, AccountDue, BillDue, COUNTER, InFull, Method, Payment, PaymentKind, PaymentState, Purpose, Quote, Receipt,
    Reported, Share, ShareRow, Wish,
};
pub use rules::policy::PaymentRules;
pub use store::{Filter, MIGRATION};
pub(crate) use store::{Seen, mark_reversed};

use crate::bill;
use crate::inflight::{self, InFlight};
use crate::ledger::{self, OpenDay, SettledBy, Settlement, Settles};
use crate::supply::{self, UsagePoint, UsagePointId};
use crate::till;

pub(crate) use rules::allocate;
pub(crate) use rules::book::{self, Book};
use rules::wish as checks;

pub const READ: Permission = Permission("payment.read");
pub const TAKE: Permission = Permission("payment.take");
pub const WAIVE: Permission = Permission("payment.waive");
pub const IMPORT: Permission = Permission("payment.import");

/// Acts whose entries in the journal sign the payments that they made.
pub const TAKEN: &str = "payment.take";
pub const REVERSED: &str = "payment.reverse";
pub const REFUNDED: &str = "payment.refund";

/// What some accounts are to pay today. Changes nothing.
pub async fn quote(tx: &Tx, ctx: &Ctx, packs: &Packs, supply_nos: &[String]) -> Result<Quote> {
    ctx.require(TAKE)?;
    let rules = PaymentRules::on(packs, ctx.today)?;
    let accounts = load(tx, named(tx, supply_nos).await?).await?;
    Ok(told(&rules, accounts, ctx.today))
}

fn told(rules: &PaymentRules, accounts: Vec<Account>, as_of: Date) -> Quote {
    let due = |account: Account| {
        let due = allocate::due(&rules.late, &account, as_of);
        (account, due)
    };
    let accounts: Vec<(Account, AccountDue)> = accounts.into_iter().map(due).collect();
    let digest = checks::quote_digest(&accounts, as_of);
    Quote { accounts, as_of, digest }
}

/// Recomputes the invariants of payments, and compares them with what the journal signed; each
/// difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let mut differences = store::verify(tx).await?;
    for act in [TAKEN, REVERSED, REFUNDED] {
        let mut after = Uuid::nil();
        loop {
            let page = journal::details(tx, act, None, after, 200).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, detail) in &page {
                // What cannot be read breaks the journal's own digest, which is told there.
                let Ok(Act { signed }) = serde_json::from_str(detail) else { continue };
                let full = store::in_full(tx, store::between(tx, &signed.first, &signed.last).await?).await?;
                let with_shares =
                    full.iter().map(|full| (&full.payment, full.shares.iter().map(|row| &row.share).collect()));
                if book::digest(with_shares) != signed.digest {
                    let Signed { first, last, .. } = signed;
                    differences.push(format!("receipts {first} to {last} are not those that the journal signed"));
                }
            }
        }
    }
    Ok(differences)
}

#[derive(Deserialize)]
struct Act {
    signed: Signed,
}

/// The usage points with these numbers, in this order, each once; held until the transaction ends, but in a view.
pub(crate) async fn named(tx: &Tx, supply_nos: &[String]) -> Result<Vec<UsagePoint>> {
    let mut wanted: Vec<String> = Vec::new();
    for number in supply_nos {
        if !wanted.contains(number) {
            wanted.push(number.clone());
        }
    }
    if wanted.is_empty() || wanted.len() > checks::MOST_ACCOUNTS {
        let most = checks::MOST_ACCOUNTS;
        return Err(Refusal::invalid(
            "payment.accounts",
            format!("一次缴费为 1 至 {most} 个户号"),
            format!("one payment is for 1 to {most} supply numbers"),
        )
        .at("supply_nos")
        .into());
    }
    let mut points = supply::hold_by_supply_nos(tx, wanted.clone()).await?;
    if let Some(missing) = wanted.iter().find(|number| points.iter().all(|point| point.supply_no != **number)) {
        return Err(supply::unknown(missing).at("supply_nos").into());
    }
    points.sort_by_key(|point| wanted.iter().position(|number| *number == point.supply_no));
    Ok(points)
}

/// Accounts as they stand.
pub(crate) async fn load(tx: &Tx, points: Vec<UsagePoint>) -> Result<Vec<Account>> {
    let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
    let mut standing = ledger::standing(tx, &ids).await?;
    let owed = standing.values().flat_map(|standing| &standing.debts);
    let owner: HashMap<Uuid, UsagePointId> = owed.map(|debt| (debt.item.id, debt.item.usage_point)).collect();
    let mut in_flight: HashMap<UsagePointId, Vec<InFlight>> = HashMap::new();
    for item in inflight::of_items(tx, owner.keys().copied().collect()).await? {
        in_flight.entry(owner[&item.receivable]).or_default().push(item);
    }
    let account = |point: UsagePoint| {
        let ledger::Standing { debts, prepaid } = standing.remove(&point.id).unwrap_or_default();
        Account { in_flight: in_flight.remove(&point.id).unwrap_or_default(), debts, prepaid, point }
    };
    Ok(points.into_iter().map(account).collect())
}

/// The late charges that these accounts would pay on a day, by supply number.
pub(crate) async fn late_charges(
    tx: &Tx,
    packs: &Packs,
    supply_nos: Vec<String>,
    on: Date,
) -> Result<BTreeMap<String, Money>> {
    let rules = PaymentRules::on(packs, on)?;
    let accounts = load(tx, supply::by_supply_nos(tx, supply_nos).await?).await?;
    let quote = told(&rules, accounts, on);
    Ok(quote.accounts.into_iter().map(|(account, due)| (account.point.supply_no, due.late_charge())).collect())
}

/// Takes money over the counter, as the customer was told what he owes.
pub async fn take(tx: &Tx, ctx: &Ctx, packs: &Packs, wish: Wish) -> Result<InFull> {
    let scope = ctx.require(TAKE)?;
    let rules = PaymentRules::on(packs, ctx.today)?;
    checks::check(&rules, &wish)?;
    let points = named(tx, &wish.supply_nos).await?;
    let quote = told(&rules, load(tx, points).await?, ctx.today);
    if quote.digest != wish.digest {
        return Err(changed(&quote).into());
    }
    let trimmed =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (bank, instrument) = (trimmed(&wish.bank), trimmed(&wish.instrument));
    refuse_used(tx, wish.method, bank.as_deref(), instrument.as_deref()).await?;
    let day = ledger::open_day(tx, ctx).await?;
    let payment = Payment {
        id: ctx.new_id(),
        receipt_no: String::new(),
        kind: PaymentKind::Payment,
        state: PaymentState::Taken,
        reverses: None,
        method: wish.method,
        channel: COUNTER.into(),
        reference: None,
        paid_at: ctx.now,
        booked_on: day.on,
        amount: wish.amount,
        tendered: wish.tendered,
        cashier: ctx.actor.name.clone(),
        station: till_station(scope),
        bank,
        instrument,
        reason: None,
        prints: 0,
    };
    let in_flight: Vec<InFlight> =
        quote.accounts.iter().flat_map(|(account, _)| account.in_flight.iter().cloned()).collect();
    let total = quote.total();
    let mut book = Book::of(quote.accounts.into_iter().map(|(account, _)| account).collect());
    let all: Vec<usize> = (0..book.accounts.len()).collect();
    let prepay_to = book.accounts.iter().position(|account| Some(&account.point.supply_no) == wish.prepay_to.as_ref());
    let over = book.take(ctx, &rules, payment, &all, ctx.today, prepay_to, None);
    let twice = in_flight.iter().find(|item| book.last_takes_for(item.receivable));
    match (twice, trimmed(&wish.despite_debit)) {
        (Some(item), None) => return Err(already_collected(item).into()),
        (Some(_), reason) => book.payments.iter_mut().for_each(|payment| payment.reason.clone_from(&reason)),
        (None, _) => {}
    }
    if over != Money::ZERO {
        return Err(above(total).into());
    }
    if prepay_to.is_some_and(|at| book.accounts[at].prepaid > rules.prepayment_highest) {
        return Err(too_far_ahead(&rules).into());
    }
    let taken = &book.payments[0];
    till::put(tx, ctx, &day, taken.station.as_deref(), taken.id).await?;
    write(tx, ctx, &day, &mut book, TAKEN).await?;
    written(book)
}

/// A payment that has just been written, which needs not be read again.
fn written(mut book: Book) -> Result<InFull> {
    let owed: HashMap<Uuid, Option<&String>> = book
        .accounts
        .iter()
        .flat_map(|account| &account.debts)
        .map(|debt| (debt.item.id, debt.item.bill_no.as_ref()))
        .collect();
    let row = |share: &Share| {
        let point = book.accounts.iter().map(|account| &account.point).find(|point| point.id == share.usage_point);
        let point = point.ok_or_else(|| Fault::impossible("a share of an account that did not pay"))?;
        let bill_no = share.receivable.and_then(|item| owed.get(&item).copied().flatten());
        Ok(ShareRow {
            share: share.clone(),
            supply_no: point.supply_no.clone(),
            name: point.customer.name.clone(),
            bill_no: bill_no.cloned(),
            cycle: bill_no.and_then(|bill_no| bill::cycle_of(bill_no)).map(|month| month.to_string()),
        })
    };
    let shares = book.shares.iter().map(row).collect::<Result<_>>()?;
    Ok(InFull { payment: book.payments.remove(0), shares, reverses: None, reversed_by: None })
}

fn changed(quote: &Quote) -> Refusal {
    let total = quote.total();
    Refusal::conflict(
        "payment.changed",
        format!("应收已变化，现为 {total} 元，请重新核对后收取"),
        format!("what is owed has changed; it is {total} yuan now: look again before taking it"),
    )
    .at("digest")
}

fn already_collected(item: &InFlight) -> Refusal {
    let InFlight { collector, reference, .. } = item;
    Refusal::conflict(
        "payment.in-flight",
        format!("该笔电费已送 {collector} 代扣（{reference}），银行尚未回盘；请等回盘，或撤回该代扣明细；确需先收的，写明原因后收取，银行再扣到的款转为预收"),
        format!("{collector} is collecting this bill already ({reference}) and has not answered: wait for it, or withdraw the debit; to take it all the same give a reason, and what the bank takes besides is paid ahead"),
    )
    .at("despite_debit")
}

fn above(total: Money) -> Refusal {
    Refusal::invalid(
        "payment.above",
        format!("金额超过应收 {total} 元；如需预存请选择预收，否则请找零"),
        format!("this is more than the {total} yuan owed: choose to pay ahead, or give change"),
    )
    .at("amount")
}

fn too_far_ahead(rules: &PaymentRules) -> Refusal {
    let most = rules.prepayment_highest;
    Refusal::invalid(
        "payment.prepayment",
        format!("该户预收余额将超过 {most} 元"),
        format!("the account would have more than {most} yuan paid ahead"),
    )
    .at("amount")
}

/// Refuses a cheque or voucher that was taken before.
async fn refuse_used(tx: &Tx, method: Method, bank: Option<&str>, number: Option<&str>) -> Result<()> {
    let (Method::Cheque | Method::Voucher, Some(bank), Some(number)) = (method, bank, number) else {
        return Ok(());
    };
    let used = |receipt: &str| {
        Refusal::conflict(
            "payment.instrument-used",
            format!("该票据已收过（{receipt}）"),
            format!("this paper was taken before ({receipt})"),
        )
        .at("instrument")
    };
    // Of two who take the same paper at once, one comes too late.
    if !tx.try_hold(&format!("instrument:{method}:{bank}:{number}")).await? {
        return Err(used("…").into());
    }
    match store::with_instrument(tx, method, bank, number).await? {
        Some(receipt) => Err(used(&receipt).into()),
        None => Ok(()),
    }
}

/// The station of a till, where the post of who works at it has one.
pub(crate) fn till_station(scope: Scope) -> Option<String> {
    scope.stations().filter(|stations| stations.len() == 1).map(|mut stations| stations.remove(0))
}

/// The next receipt numbers of a day: its eight digits and a running number of seven.
async fn receipt_nos(tx: &Tx, day: Date, count: usize) -> Result<Vec<String>> {
    let first = bill::take_numbers(tx, &format!("receipt {day}"), count).await?;
    let day = day.strftime("%Y%m%d").to_string();
    Ok((first..).take(count).map(|number| format!("{day}{number:07}")).collect())
}

/// What the journal keeps of the payments of one act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Signed {
    first: String,
    last: String,
    digest: String,
}

impl Signed {
    fn of(payments: &[Payment], shares: &[Share]) -> Signed {
        let number = |payment: Option<&Payment>| payment.map_or_else(String::new, |payment| payment.receipt_no.clone());
        let mut of: HashMap<Uuid, Vec<&Share>> = HashMap::new();
        for share in shares {
            of.entry(share.payment).or_default().push(share);
        }
        let with_shares = payments.iter().map(|payment| (payment, of.remove(&payment.id).unwrap_or_default()));
        Signed { first: number(payments.first()), last: number(payments.last()), digest: book::digest(with_shares) }
    }
}

/// Writes a book down, with its entry in the journal.
///
/// Receipt numbers leave no gap: whoever has taken one keeps all others waiting until his transaction ends. Hence they are
/// taken last, after all that needs none.
pub(crate) async fn write(tx: &Tx, ctx: &Ctx, day: &OpenDay<'_>, book: &mut Book, act: &str) -> Result<()> {
    ledger::set_prepayments(tx, book.balances.iter().map(|(point, money)| (*point, *money)));
    ledger::post(tx, day, &book.applications)?;
    ledger::settle(tx, &book.settlements).await?;
    ledger::clear(tx, book.cleared.iter().copied().collect()).await?;
    book.number(receipt_nos(tx, ctx.today, book.payments.len()).await?);
    store::insert(tx, &book.payments, &book.shares);
    ledger::post(tx, day, &book.entries)?;
    let Some(first) = book.payments.first() else {
        return Ok(());
    };
    let amount: Money = book.payments.iter().map(|payment| payment.amount).sum();
    let signed = Signed::of(&book.payments, &book.shares);
    let detail = serde_json::json!({
        "payments": book.payments.len(), "amount": amount.to_string(), "method": first.method, "channel": first.channel, "signed": signed,
    });
    let subject = format!("payment:{}", first.receipt_no);
    journal::record(tx, ctx, Entry { act, subject, reason: first.reason.as_deref(), detail }).await
}

pub(crate) async fn one(tx: &Tx, payment: Payment) -> Result<InFull> {
    let full = store::in_full(tx, vec![payment]).await?.pop();
    full.ok_or_else(|| Fault::impossible("a payment is gone"))
}

pub(crate) fn seen(ctx: &Ctx, right: Permission) -> Result<Seen> {
    Ok(Seen { stations: ctx.require(right)?.stations(), me: ctx.actor.name.clone() })
}

fn unknown(receipt_no: &str) -> Refusal {
    let (zh, en) = (format!("没有收据 {receipt_no}"), format!("there is no receipt {receipt_no}"));
    Refusal::not_found("payment.unknown", zh, en).at("receipt_no")
}

/// A page of payments that the actor may see, the newest first.
pub async fn page(tx: &Tx, ctx: &Ctx, filter: &Filter, before: Option<&str>, limit: u32) -> Result<Vec<InFull>> {
    let payments = store::page(tx, &seen(ctx, READ)?, filter, before, limit.clamp(1, 200)).await?;
    store::in_full(tx, payments).await
}

/// Payments in order of receipt number, those booked in `month` or all; for export.
pub async fn in_order(tx: &Tx, ctx: &Ctx, month: Option<Month>, after: &str, limit: u32) -> Result<Vec<InFull>> {
    ctx.require_everywhere(READ)?;
    let from = month.map_or_else(String::new, |month| month.first_day().to_string());
    let to = month.map_or(Date::MAX, Month::last_day).to_string();
    store::in_full(tx, store::in_order(tx, &from, &to, after, limit).await?).await
}

/// One payment that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, receipt_no: &str) -> Result<InFull> {
    visible(tx, ctx, READ, receipt_no).await
}

pub(crate) async fn visible(tx: &Tx, ctx: &Ctx, right: Permission, receipt_no: &str) -> Result<InFull> {
    let Seen { me, stations } = seen(ctx, right)?;
    let Some(payment) = store::by_receipt(tx, receipt_no).await? else {
        return Err(unknown(receipt_no).into());
    };
    let full = one(tx, payment).await?;
    let Some(stations) = stations else { return Ok(full) };
    let numbers = full.shares.iter().map(|row| row.supply_no.clone()).collect();
    let points = supply::by_supply_nos(tx, numbers).await?;
    let at = |station: &String| stations.contains(station);
    let may = full.payment.cashier == me
        || full.payment.station.as_ref().is_some_and(at)
        || points.iter().any(|point| at(&point.station));
    if may { Ok(full) } else { Err(unknown(receipt_no).into()) }
}

/// A payment, whoever may see it: for who has been asked to decide about it.
pub(crate) async fn by_receipt(tx: &Tx, receipt_no: &str) -> Result<InFull> {
    let payment = store::by_receipt(tx, receipt_no).await?.ok_or_else(|| unknown(receipt_no))?;
    one(tx, payment).await
}

/// What the receipt of a payment says; it is not counted as printed.
pub async fn receipt(tx: &Tx, ctx: &Ctx, house: &House, receipt_no: &str) -> Result<Receipt> {
    let full = find(tx, ctx, receipt_no).await?;
    let reprint = (full.payment.prints - 1).max(0);
    receipt_of(tx, house, full, reprint).await
}

/// Prints a receipt: from the second time on it is marked 补打, and the journal knows.
pub async fn print(tx: &Tx, ctx: &Ctx, house: &House, receipt_no: &str, reason: Option<&str>) -> Result<Receipt> {
    let full = find(tx, ctx, receipt_no).await?;
    reason.map(journal::short_reason).transpose()?;
    let prints = store::count_print(tx, full.payment.id).await?;
    let act = if prints > 1 { "payment.reprint" } else { "payment.print" };
    let (subject, detail) = (format!("payment:{receipt_no}"), serde_json::json!({ "prints": prints }));
    journal::record(tx, ctx, Entry { act, subject, reason, detail }).await?;
    receipt_of(tx, house, full, prints - 1).await
}

async fn receipt_of(tx: &Tx, house: &House, payment: InFull, reprint: i64) -> Result<Receipt> {
    let mut points: Vec<UsagePointId> = payment.shares.iter().map(|row| row.share.usage_point).collect();
    points.sort();
    points.dedup();
    let ahead = ledger::prepayments(tx, &points).await?;
    let mut prepaid: Vec<(String, Money)> = Vec::new();
    for row in &payment.shares {
        if prepaid.iter().all(|(number, _)| *number != row.supply_no) {
            prepaid.push((row.supply_no.clone(), ahead.get(&row.share.usage_point).copied().unwrap_or(Money::ZERO)));
        }
    }
    Ok(Receipt {
        company: house.config.company.name.clone(),
        paid_at: house.civil(payment.payment.paid_at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        in_capitals: payment.payment.amount.in_capitals(),
        payment,
        prepaid,
        reprint,
    })
}

/// Forgoes the late charge of a bill, or part of it, for a reason. Returns what was forgone.
pub async fn waive(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    supply_no: &str,
    bill_no: Option<&str>,
    amount: Option<Money>,
    reason: &str,
) -> Result<Money> {
    let scope = ctx.require(WAIVE)?;
    journal::short_reason(reason)?;
    let point = named(tx, &[supply_no.to_owned()]).await?.remove(0);
    scope.admit(&point.station)?;
    let quote = told(&PaymentRules::on(packs, ctx.today)?, load(tx, vec![point]).await?, ctx.today);
    let bills = quote.accounts.iter().flat_map(|(_, due)| &due.bills);
    let bill = bills.filter(|bill| bill.late_charge != Money::ZERO).find(|bill| bill.bill_no.as_deref() == bill_no);
    let Some(bill) = bill else {
        let (zh, en) = ("该账单没有违约金", "there is no late charge on this bill");
        return Err(Refusal::conflict("late-charge.none", zh, en).at("bill_no").into());
    };
    let amount = amount.unwrap_or(bill.late_charge);
    if amount <= Money::ZERO || amount > bill.late_charge {
        let most = bill.late_charge;
        let (zh, en) =
            (format!("减免须在 0.01 元至 {most} 元之间"), format!("between 0.01 and {most} yuan can be waived"));
        return Err(Refusal::invalid("late-charge.amount", zh, en).at("amount").into());
    }
    let settlement = Settlement {
        id: ctx.new_id(),
        receivable: bill.receivable,
        on: ctx.today,
        settles: Settles::Waiver,
        by: SettledBy::Waiver,
        payment: None,
        amount,
    };
    ledger::settle(tx, &[settlement]).await?;
    let detail = serde_json::json!({ "bill": bill_no, "amount": amount.to_string(), "late_charge": bill.late_charge.to_string() });
    let subject = format!("usage-point:{supply_no}");
    journal::record(tx, ctx, Entry { act: WAIVE.0, subject, reason: Some(reason), detail }).await?;
    Ok(amount)
}
