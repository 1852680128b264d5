//! Money given back 冲正与退预收: a payment that is taken back, and money paid ahead that is paid back.
//!
//! ```text
//!   payment ──reverse, alone: one's own, of today, up to the limit──▶ reversal
//!      └─────reverse, otherwise──▶ request: waiting ──approve (a second person)──▶ reversal
//!   money paid ahead ──ask_refund──▶      waiting ──approve──▶ refund
//!                                         waiting ──decline (a second person) / withdraw (who asked)──▶ end
//! ```
//!
//! A reversal undoes every step as if it had never been: what had been settled is owed again from its own
//! due day on, with the late charge of all days. What a cancelled bill had given back, and what was paid
//! ahead, is taken from what the account has paid ahead; where that was applied to a later debt since, the
//! newest applications are taken back first.
//!
//! **Invariants.** A payment is reversed once, kept by the database. Nobody approves what he asked for.
//! What an account has paid ahead never falls below zero: what was paid out since cannot be taken back.

pub mod api;
mod model;
mod rules;
mod store;

use std::collections::BTreeMap;

use kernel::id::Uuid;
use kernel::{Actor, Date, Money, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx};

pub use model::{RefundWish, Request, RequestKind, RequestState, Reversed};
pub use store::MIGRATION;

use crate::bill;
use crate::ledger::{self, EntryKind, OpenDay, SettledBy, Settlement, Settles};
use crate::payment::{
    self, Book, COUNTER, InFull, Payment, PaymentKind, PaymentRules, PaymentState, Purpose, Share, book,
};
use crate::supply::{self, UsagePointId};
use crate::till;

pub const REVERSE: Permission = Permission("payment.reverse");
pub const APPROVE: Permission = Permission("payment.approve-reversal");

/// Takes a payment back, or asks a second person where one alone may not.
pub async fn reverse(tx: &Tx, ctx: &Ctx, packs: &Packs, receipt_no: &str, reason: &str) -> Result<Reversed> {
    let scope = ctx.require(REVERSE)?;
    journal::short_reason(reason)?;
    let full = standing(tx, ctx, receipt_no).await?;
    let station = payment::till_station(scope);
    if rules::alone(&PaymentRules::on(packs, ctx.today)?, &full.payment, &ctx.actor.name, ctx.today) {
        let by = By { cashier: ctx.actor.name.clone(), station, reason: reason.to_owned() };
        return Ok(Reversed::Done(take_back(tx, ctx, &full, by).await?));
    }
    if let Some(request_no) = store::waiting_for(tx, full.payment.id).await? {
        return Err(Refusal::conflict(
            "request.waiting",
            format!("该笔已有待审批的冲正申请 {request_no}"),
            format!("the request {request_no} to reverse it is waiting already"),
        )
        .at("receipt_no")
        .into());
    }
    let request = Request {
        kind: RequestKind::Reversal,
        receipt_no: Some(receipt_no.to_owned()),
        method: full.payment.method,
        amount: full.payment.amount,
        station: full.payment.station.clone(),
        ..asked(tx, ctx, reason).await?
    };
    put(tx, ctx, &request, Some(full.payment.id), None).await?;
    Ok(Reversed::Asked(request))
}

/// A payment that the actor may take back and that still stands, its accounts locked.
async fn standing(tx: &Tx, ctx: &Ctx, receipt_no: &str) -> Result<InFull> {
    let full = payment::visible(tx, ctx, REVERSE, receipt_no).await?;
    supply::lock(tx, &points(&full)).await?;
    // Read again under the lock: somebody may have been faster.
    let full = payment::visible(tx, ctx, REVERSE, receipt_no).await?;
    refuse_ended(&full.payment)?;
    Ok(full)
}

fn points(full: &InFull) -> Vec<UsagePointId> {
    let mut points: Vec<UsagePointId> = full.shares.iter().map(|row| row.share.usage_point).collect();
    points.sort();
    points.dedup();
    points
}

fn refuse_ended(payment: &Payment) -> Result<(), Refusal> {
    let refusal = match payment.state {
        PaymentState::Taken => return Ok(()),
        PaymentState::Reversed => {
            Refusal::conflict("payment.reversed", "该笔已冲正", "this payment is reversed already")
        }
        PaymentState::Reversal => {
            Refusal::conflict("payment.reversal", "冲正记录不能再冲正", "a reversal cannot be reversed")
        }
    };
    Err(refusal.at("receipt_no"))
}

/// A new request of the actor's.
async fn asked(tx: &Tx, ctx: &Ctx, reason: &str) -> Result<Request> {
    let number = bill::take_numbers(tx, &format!("payment request {}", ctx.today), 1).await?;
    Ok(Request {
        request_no: format!("{}{number:05}", ctx.today.strftime("%Y%m%d")),
        kind: RequestKind::Refund,
        state: RequestState::Waiting,
        receipt_no: None,
        supply_no: None,
        method: payment::Method::Cash,
        instrument: None,
        amount: Money::ZERO,
        station: None,
        reason: reason.to_owned(),
        asked_by: ctx.actor.name.clone(),
        asked_at: ctx.now,
        decided_by: None,
        decided_at: None,
        decision: None,
        outcome: None,
    })
}

async fn put(tx: &Tx, ctx: &Ctx, request: &Request, payment: Option<Uuid>, point: Option<UsagePointId>) -> Result<()> {
    store::insert(tx, request, payment, point.map(UsagePointId::uuid)).await?;
    note(tx, ctx, "payment.request", request, &request.reason).await
}

async fn note(tx: &Tx, ctx: &Ctx, act: &str, request: &Request, reason: &str) -> Result<()> {
    let detail = serde_json::json!({
        "kind": request.kind, "receipt": request.receipt_no, "account": request.supply_no, "amount": request.amount.to_string(),
        "asked_by": request.asked_by,
    });
    let subject = format!("payment-request:{}", request.request_no);
    journal::record(tx, ctx, Entry { act, subject, reason: Some(reason), detail }).await
}

/// Asks a second person to let money paid ahead be paid back.
pub async fn ask_refund(tx: &Tx, ctx: &Ctx, wish: RefundWish) -> Result<Request> {
    let scope = ctx.require(REVERSE)?;
    journal::short_reason(&wish.reason)?;
    rules::check_refund(&wish)?;
    let point = payment::named(tx, std::slice::from_ref(&wish.supply_no)).await?.remove(0);
    let (id, station) = (point.id, payment::till_station(scope).unwrap_or_else(|| point.station.clone()));
    refuse_short(tx, id, wish.amount).await?;
    let request = Request {
        supply_no: Some(wish.supply_no),
        method: wish.method,
        instrument: wish.instrument,
        amount: wish.amount,
        station: Some(station),
        ..asked(tx, ctx, &wish.reason).await?
    };
    put(tx, ctx, &request, None, Some(id)).await?;
    Ok(request)
}

/// Refuses a refund above what is paid ahead and not needed for debts.
async fn refuse_short(tx: &Tx, point: UsagePointId, amount: Money) -> Result<()> {
    let ledger::Standing { debts, prepaid } = ledger::standing(tx, &[point]).await?.remove(&point).unwrap_or_default();
    let owed: Money = debts.iter().map(|debt| debt.item.open().max(Money::ZERO)).sum();
    let free = (prepaid - owed).max(Money::ZERO);
    if amount <= free {
        return Ok(());
    }
    Err(Refusal::conflict(
        "payment.prepayment-short",
        format!("可退预收为 {free} 元（余额 {prepaid} 元，欠费 {owed} 元）"),
        format!("{free} yuan can be paid back: {prepaid} paid ahead, {owed} owed"),
    )
    .at("amount")
    .into())
}

/// Does what was asked for, as another person than the one who asked.
pub async fn approve(tx: &Tx, ctx: &Ctx, request_no: &str, remark: Option<&str>) -> Result<Request> {
    ctx.require(APPROVE)?;
    remark.map(journal::short_reason).transpose()?;
    let mut request = to_decide(tx, ctx, request_no).await?;
    let by = By { cashier: request.asked_by.clone(), station: request.station.clone(), reason: request.reason.clone() };
    let outcome = match (&request.receipt_no, &request.supply_no) {
        (Some(receipt_no), _) => {
            let full = payment::by_receipt(tx, receipt_no).await?;
            supply::lock(tx, &points(&full)).await?;
            let full = payment::by_receipt(tx, receipt_no).await?;
            refuse_ended(&full.payment)?;
            take_back(tx, ctx, &full, by).await?
        }
        (None, Some(supply_no)) => {
            let point = payment::named(tx, std::slice::from_ref(supply_no)).await?.remove(0).id;
            refuse_short(tx, point, request.amount).await?;
            pay_back(tx, ctx, &request, point, by).await?
        }
        (None, None) => return Err(unknown(request_no).into()),
    };
    request.outcome = Some(outcome.payment.receipt_no.clone());
    decide(tx, ctx, &mut request, RequestState::Approved, remark, Some(outcome.payment.id)).await?;
    note(tx, ctx, APPROVE.0, &request, &request.reason).await?;
    Ok(request)
}

/// A request that waits for somebody like the actor.
async fn to_decide(tx: &Tx, ctx: &Ctx, request_no: &str) -> Result<Request> {
    let scope = ctx.require(APPROVE)?;
    let request = store::one(tx, request_no).await?.ok_or_else(|| unknown(request_no))?;
    match &request.station {
        Some(station) => scope.admit(station)?,
        None => ctx.require_everywhere(APPROVE)?,
    }
    refuse_decided(&request)?;
    if request.asked_by == ctx.actor.name {
        let (zh, en) = ("申请人不能审批自己的申请", "whoever asked cannot approve it");
        return Err(Refusal::conflict("request.own", zh, en).at("request_no").into());
    }
    Ok(request)
}

fn unknown(request_no: &str) -> Refusal {
    let (zh, en) = (format!("没有申请 {request_no}"), format!("there is no request {request_no}"));
    Refusal::not_found("request.unknown", zh, en).at("request_no")
}

fn refuse_decided(request: &Request) -> Result<(), Refusal> {
    if request.state == RequestState::Waiting {
        return Ok(());
    }
    let state = request.state.label();
    let (zh, en) = (format!("该申请{}", state.zh), format!("this request is {} already", state.en));
    Err(Refusal::conflict("request.decided", zh, en).at("request_no"))
}

async fn decide(
    tx: &Tx,
    ctx: &Ctx,
    request: &mut Request,
    state: RequestState,
    decision: Option<&str>,
    outcome: Option<Uuid>,
) -> Result<()> {
    request.state = state;
    request.decided_by = Some(ctx.actor.name.clone());
    request.decided_at = Some(ctx.now);
    request.decision = decision.map(str::to_owned);
    if store::decide(tx, request, outcome).await? {
        return Ok(());
    }
    let (zh, en) = ("该申请已由他人处理", "somebody else has decided it");
    Err(Refusal::conflict("request.decided", zh, en).at("request_no").into())
}

/// Says no, as another person than the one who asked.
pub async fn decline(tx: &Tx, ctx: &Ctx, request_no: &str, reason: &str) -> Result<Request> {
    ctx.require(APPROVE)?;
    journal::short_reason(reason)?;
    let mut request = to_decide(tx, ctx, request_no).await?;
    decide(tx, ctx, &mut request, RequestState::Declined, Some(reason), None).await?;
    note(tx, ctx, "payment.decline-reversal", &request, reason).await?;
    Ok(request)
}

/// Takes one's own request back.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, request_no: &str, remark: Option<&str>) -> Result<Request> {
    ctx.require(REVERSE)?;
    remark.map(journal::short_reason).transpose()?;
    let own = store::one(tx, request_no).await?.filter(|request| request.asked_by == ctx.actor.name);
    let mut request = own.ok_or_else(|| unknown(request_no))?;
    refuse_decided(&request)?;
    decide(tx, ctx, &mut request, RequestState::Withdrawn, remark, None).await?;
    note(tx, ctx, "payment.withdraw-request", &request, &request.reason).await?;
    Ok(request)
}

/// Requests of the actor and of his stations, the newest first.
pub async fn requests(
    tx: &Tx,
    ctx: &Ctx,
    state: Option<RequestState>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Request>> {
    store::page(tx, &payment::seen(ctx, payment::READ)?, state, before, limit.clamp(1, 200)).await
}

/// Out of whose till, and why.
struct By {
    cashier: String,
    station: Option<String>,
    reason: String,
}

fn new_payment(ctx: &Ctx, day: &OpenDay<'_>, kind: PaymentKind, like: &Payment, by: By) -> Payment {
    Payment {
        id: ctx.new_id(),
        receipt_no: String::new(),
        kind,
        state: if kind == PaymentKind::Reversal { PaymentState::Reversal } else { PaymentState::Taken },
        reverses: (kind == PaymentKind::Reversal).then_some(like.id),
        reference: None,
        paid_at: ctx.now,
        booked_on: day.on,
        amount: -like.amount,
        tendered: None,
        cashier: by.cashier,
        station: by.station,
        reason: Some(by.reason),
        prints: 0,
        ..like.clone()
    }
}

/// Takes every share of a payment back.
async fn take_back(tx: &Tx, ctx: &Ctx, full: &InFull, by: By) -> Result<InFull> {
    let original = &full.payment;
    let day = ledger::open_day(tx, ctx).await?;
    let reversal = new_payment(ctx, &day, PaymentKind::Reversal, original, by);
    let items = full.shares.iter().filter_map(|row| row.share.receivable).collect();
    let standing = ledger::standing_items(tx, items).await?;
    let days: BTreeMap<(Uuid, Settles), Date> = ledger::settlements_of(tx, original.id)
        .await?
        .into_iter()
        .map(|step| ((step.receivable, step.settles), step.on))
        .collect();
    let mut made = Book::default();
    for Share { line_no, usage_point, receivable, purpose, amount, .. } in
        full.shares.iter().map(|row| row.share.clone())
    {
        // What was paid on a bill that is cancelled since was given back to the account.
        let receivable = receivable.filter(|item| standing.contains(item));
        let purpose = if receivable.is_some() { purpose } else { Purpose::Prepayment };
        if let Some(item) = receivable {
            let settles = if purpose == Purpose::LateCharge { Settles::LateCharge } else { Settles::Debt };
            made.settlements.push(Settlement {
                id: ctx.new_id(),
                receivable: item,
                on: days.get(&(item, settles)).copied().unwrap_or(original.booked_on),
                settles,
                by: SettledBy::Payment,
                payment: Some(reversal.id),
                amount: -amount,
            });
        }
        made.shares.push(Share { payment: reversal.id, line_no, usage_point, receivable, purpose, amount: -amount });
    }
    change_prepayments(tx, ctx, &made.shares).await?;
    if payment::mark_reversed(tx, original.id).await? != 1 {
        refuse_ended(&Payment { state: PaymentState::Reversed, ..original.clone() })?;
    }
    made.entries.push(book::entry(ctx, &reversal, EntryKind::PaymentReversed, &made.shares));
    lay_into_till(tx, ctx, &day, &reversal).await?;
    made.payments.push(reversal);
    payment::write(tx, ctx, &day, &mut made, payment::REVERSED).await?;
    payment::one(tx, made.payments.remove(0)).await
}

/// What goes back over the counter goes out of the till of who asked for it; what a channel had taken
/// lies in no till.
async fn lay_into_till(tx: &Tx, ctx: &Ctx, day: &OpenDay<'_>, payment: &Payment) -> Result<()> {
    if payment.channel != COUNTER {
        return Ok(());
    }
    let cashier = ctx.acting_as(Actor::person(&payment.cashier));
    till::put(tx, &cashier, day, payment.station.as_deref(), payment.id).await.map(drop)
}

/// Takes shares of money paid ahead from the accounts, or gives them back.
async fn change_prepayments(tx: &Tx, ctx: &Ctx, shares: &[Share]) -> Result<()> {
    let mut changes: BTreeMap<UsagePointId, Money> = BTreeMap::new();
    for share in shares.iter().filter(|share| share.purpose == Purpose::Prepayment) {
        *changes.entry(share.usage_point).or_default() += share.amount;
    }
    let points: Vec<UsagePointId> = changes.keys().copied().collect();
    let known = ledger::prepayments(tx, &points).await?;
    for (point, change) in changes {
        let mut left = known.get(&point).copied().unwrap_or(Money::ZERO) + change;
        if left.is_negative() {
            left += ledger::take_back_applications(tx, ctx, point, -left).await?;
        }
        if left.is_negative() {
            let short = -left;
            return Err(Refusal::conflict(
                "payment.spent",
                format!("该户预收已退出，尚差 {short} 元，不能冲正"),
                format!("what was paid ahead has been paid out since; {short} yuan are missing to reverse it"),
            )
            .at("receipt_no")
            .into());
        }
        ledger::change_prepayment(tx, point, change).await?;
    }
    Ok(())
}

/// Pays money paid ahead back.
async fn pay_back(tx: &Tx, ctx: &Ctx, request: &Request, point: UsagePointId, by: By) -> Result<InFull> {
    let like = Payment {
        id: Uuid::nil(),
        receipt_no: String::new(),
        kind: PaymentKind::Refund,
        state: PaymentState::Taken,
        reverses: None,
        method: request.method,
        channel: COUNTER.into(),
        reference: None,
        paid_at: ctx.now,
        booked_on: ctx.today,
        amount: request.amount,
        tendered: None,
        cashier: String::new(),
        station: None,
        bank: None,
        instrument: request.instrument.clone(),
        reason: None,
        prints: 0,
    };
    let day = ledger::open_day(tx, ctx).await?;
    let refund = new_payment(ctx, &day, PaymentKind::Refund, &like, by);
    let share = Share {
        payment: refund.id,
        line_no: 1,
        usage_point: point,
        receivable: None,
        purpose: Purpose::Prepayment,
        amount: refund.amount,
    };
    let mut made = Book { shares: vec![share], ..Book::default() };
    ledger::change_prepayment(tx, point, refund.amount).await?;
    made.entries.push(book::entry(ctx, &refund, EntryKind::Refund, &made.shares));
    made.payments.push(refund);
    payment::write(tx, ctx, &day, &mut made, payment::REFUNDED).await?;
    payment::one(tx, made.payments.remove(0)).await
}
