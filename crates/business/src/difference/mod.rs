//! Differences 差异: what was found otherwise than the books say, in a till, at a channel, at the bank.
//!
//! ```text
//!   found ──▶ open ──▶ explained ──▶ settled
//!              │ ▲         │
//!              ▼ │found again
//!            withdrawn (its till was opened again, or what was missed has been found)
//! ```
//!
//! Each step is a record: when, by whom, with what words. Each difference has an owner, and whoever
//! settles one is not its owner. Cash short or over stands in `till-difference` until it is settled.
//!
//! **Invariants.** A difference about one thing stands once, kept by the database. What is settled
//! ends there; an entry of its settlement stands beside it.

pub mod api;
mod model;
mod store;

use kernel::id::Uuid;
use kernel::{Date, Money, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx};

pub use model::{Difference, DifferenceEvent, DifferenceFilter, DifferenceKind, DifferenceState, Settlement, Tally};
pub use store::{MIGRATION, of_day, of_till};

use crate::ledger::{self, Account, EntryKind, LedgerEntry, Posting};
use crate::till;
use crate::transit::{self, BankRules, Deposit, DepositKind, READ};

/// To compare channels and bank with the books, and to close the bureau's day.
pub const CLOSE: Permission = Permission("closing.close");
/// To settle differences that are somebody else's.
pub const SETTLE: Permission = Permission("closing.settle");

/// How far back payments are looked for that a channel does not report.
const LOOK_BACK: i64 = 62;

pub const CASH: &str = "cash";

/// For what belongs to a station, or to the bureau as a whole.
pub fn require_at(ctx: &Ctx, right: Permission, station: Option<&str>) -> Result<()> {
    match station {
        Some(station) => ctx.require_at(right, station),
        None => ctx.require_everywhere(right),
    }
}

/// A reason in words.
pub fn words(text: &str) -> Result<&str> {
    Ok(journal::reason_within(text, 500)?)
}

/// Puts a difference on record once; one that had been withdrawn stands again.
pub async fn record(tx: &Tx, ctx: &Ctx, difference: Difference) -> Result<()> {
    let text = difference.kind.label().zh.into_owned();
    if store::insert_difference(tx, &difference).await? {
        return step(tx, ctx, &difference, DifferenceState::Open, &text, None, None).await;
    }
    match store::about(tx, &difference.subject).await? {
        Some(known) if known.state == DifferenceState::Withdrawn => {
            step(tx, ctx, &known, DifferenceState::Open, &text, None, None).await
        }
        _ => Ok(()),
    }
}

async fn step(
    tx: &Tx,
    ctx: &Ctx,
    difference: &Difference,
    state: DifferenceState,
    text: &str,
    how: Option<Settlement>,
    entry: Option<Uuid>,
) -> Result<()> {
    let event = DifferenceEvent {
        no: difference.events.len() as i64 + 1,
        state,
        at: ctx.now,
        by: ctx.actor.name.clone(),
        text: text.to_owned(),
        how,
    };
    store::insert_event(tx, difference.id, &event, entry).await
}

/// Differences that the actor may see, the newest first: a cashier his own.
pub async fn list(
    tx: &Tx,
    ctx: &Ctx,
    filter: &DifferenceFilter,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Difference>> {
    let limit = limit.clamp(1, 1000);
    match ctx.require(READ) {
        Ok(scope) => store::differences(tx, filter, &scope.stations(), before, limit).await,
        Err(_) => {
            ctx.require(till::CLOSE)?;
            let own = DifferenceFilter { owner: Some(ctx.actor.name.clone()), ..filter.clone() };
            store::differences(tx, &own, &None, before, limit).await
        }
    }
}

async fn to_change(tx: &Tx, id: Uuid) -> Result<Difference> {
    store::lock_difference(tx, id).await?;
    let unknown = || Refusal::not_found("difference.unknown", "没有该差异", "there is no such difference");
    let difference = store::difference_of(tx, id).await?.ok_or_else(unknown)?;
    difference.refuse_ended()?;
    Ok(difference)
}

/// Says where a difference comes from: its owner, or who may settle it.
pub async fn explain(tx: &Tx, ctx: &Ctx, id: Uuid, text: &str) -> Result<Difference> {
    if ctx.require(SETTLE).is_err() {
        ctx.require(till::CLOSE)?;
    }
    let text = words(text)?;
    let difference = to_change(tx, id).await?;
    if difference.owner != ctx.actor.name {
        require_at(ctx, SETTLE, difference.station.as_deref())?;
    }
    step(tx, ctx, &difference, DifferenceState::Explained, text, None, None).await?;
    let subject = format!("difference:{id}");
    let detail = serde_json::json!({ "about": difference.subject });
    journal::record(tx, ctx, Entry { act: "closing.explain", subject, reason: Some(text), detail }).await?;
    again(tx, id).await
}

async fn again(tx: &Tx, id: Uuid) -> Result<Difference> {
    store::difference_of(tx, id).await?.ok_or_else(|| platform::Fault::impossible("a difference is gone"))
}

/// Ends a difference, as another person than its owner.
pub async fn settle(
    tx: &Tx,
    ctx: &Ctx,
    id: Uuid,
    how: Settlement,
    slip_no: Option<&str>,
    text: &str,
) -> Result<Difference> {
    ctx.require(SETTLE)?;
    let text = words(text)?;
    let difference = to_change(tx, id).await?;
    require_at(ctx, SETTLE, difference.station.as_deref())?;
    if difference.owner == ctx.actor.name {
        return Err(Refusal::conflict(
            "difference.own",
            "责任人不能了结自己的差异，请他人处理",
            "the owner of a difference cannot settle it; ask somebody else",
        )
        .into());
    }
    let entry = settle_in_books(tx, ctx, &difference, how, slip_no).await?;
    step(tx, ctx, &difference, DifferenceState::Settled, text, Some(how), entry).await?;
    let detail =
        serde_json::json!({ "about": difference.subject, "how": how, "amount": difference.amount().to_string() });
    let subject = format!("difference:{id}");
    journal::record(tx, ctx, Entry { act: SETTLE.0, subject, reason: Some(text), detail }).await?;
    again(tx, id).await
}

async fn settle_in_books(
    tx: &Tx,
    ctx: &Ctx,
    difference: &Difference,
    how: Settlement,
    slip_no: Option<&str>,
) -> Result<Option<Uuid>> {
    if how == Settlement::Corrected {
        return Ok(None);
    }
    let is_cash = difference.kind == DifferenceKind::Till && difference.method.as_deref() == Some(CASH);
    let short = -difference.amount();
    if !is_cash || (how == Settlement::PaidIn && short <= Money::ZERO) {
        return Err(Refusal::invalid(
            "difference.how",
            "补缴与计入损益只用于现金长短款，补缴只用于短款；其他差异请以更正业务处理",
            "only cash is paid in (when short) or taken to profit and loss; put other differences right by other entries",
        )
        .at("how")
        .into());
    }
    let day = ledger::open_day(tx, ctx).await?;
    let other = match how {
        Settlement::PaidIn => Account::Money(transit::IN_TRANSIT.into()),
        _ => Account::DifferenceResult,
    };
    let postings = vec![Posting::of(other, None, short), Posting::of(Account::TillDifference, None, -short)];
    let entry = LedgerEntry::plain(ctx, day.on, EntryKind::DifferenceSettled, postings);
    let id = entry.id;
    ledger::post(tx, &day, &[entry])?;
    if how == Settlement::PaidIn {
        let slip = slip_no.map(str::trim).filter(|slip| !slip.is_empty() && slip.chars().count() <= 40);
        let slip = slip.ok_or_else(|| {
            Refusal::invalid(
                "till.slip",
                "请填写缴款单号（至多 40 字）",
                "give the number of the deposit slip, up to 40 characters",
            )
            .at("slip_no")
        })?;
        let deposit = Deposit {
            id: ctx.new_id(),
            day: day.on,
            kind: DepositKind::Cash,
            till: None,
            cashier: Some(difference.owner.clone()),
            channel: None,
            reference: Some(slip.to_owned()),
            amount: short,
        };
        transit::send(tx, &[deposit]).await?;
    }
    Ok(Some(id))
}

/// Ends a difference that is none any more.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, difference: &Difference, text: &str) -> Result<()> {
    step(tx, ctx, difference, DifferenceState::Withdrawn, text, None, None).await
}

/// Compares channels and bank with the books up to `day`: what differs is on record, what has been
/// found since is withdrawn. Returns how many differences there are.
pub async fn compare(tx: &Tx, ctx: &Ctx, packs: &Packs, day: Date, note: Option<&str>) -> Result<usize> {
    ctx.require_everywhere(CLOSE)?;
    let mut found = of_channels(tx, ctx, day).await?;
    found.extend(of_bank(tx, ctx, packs, day).await?);
    let subjects: std::collections::HashSet<String> =
        found.iter().map(|difference| difference.subject.clone()).collect();
    let count = found.len();
    for difference in found {
        record(tx, ctx, difference).await?;
    }
    let open = DifferenceFilter { only_open: true, ..DifferenceFilter::default() };
    for known in store::differences(tx, &open, &None, None, u32::MAX).await? {
        if known.kind.is_compared() && known.day <= day && !subjects.contains(&known.subject) {
            withdraw(tx, ctx, &known, "已找到 / found since").await?;
        }
    }
    let detail = serde_json::json!({ "differences": count });
    let subject = format!("day:{day}");
    journal::record(tx, ctx, Entry { act: "closing.compare", subject, reason: note, detail }).await?;
    Ok(count)
}

fn compared(ctx: &Ctx, day: Date, kind: DifferenceKind, subject: String, ours: Money, theirs: Money) -> Difference {
    let tally = |amount: Money| Tally { count: i64::from(amount != Money::ZERO), amount };
    Difference {
        id: ctx.new_id(),
        day,
        kind,
        subject,
        till: None,
        method: None,
        channel: None,
        reference: None,
        expected: tally(ours),
        found: tally(theirs),
        owner: ctx.actor.name.clone(),
        station: None,
        state: DifferenceState::Open,
        events: Vec::new(),
    }
}

async fn of_channels(tx: &Tx, ctx: &Ctx, day: Date) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (line, ours) in transit::channel_lines_open(tx, day).await? {
        let kind = match ours {
            None => DifferenceKind::ChannelMissingHere,
            Some(amount) if amount != line.amount => DifferenceKind::ChannelAmount,
            Some(_) if line.times > 1 => DifferenceKind::ChannelTwice,
            Some(_) => {
                transit::mark_compared(tx, &line, day).await?;
                continue;
            }
        };
        let theirs = Money::from_fen(line.amount.fen() * line.times);
        let subject = format!("channel:{}:{}:{}:{kind}", line.channel, line.reference, line.kind);
        found.push(Difference {
            channel: Some(line.channel.clone()),
            reference: Some(line.reference.clone()),
            found: Tally { count: line.times, amount: theirs },
            ..compared(ctx, day, kind, subject, ours.unwrap_or(Money::ZERO), theirs)
        });
    }
    let since = day.checked_sub(jiff::ToSpan::days(LOOK_BACK)).unwrap_or(day);
    for (channel, reference, amount, _) in transit::payments_unreported(tx, since, day).await? {
        let kind = DifferenceKind::ChannelMissingThere;
        let subject = format!("channel:{channel}:{reference}:payment:{kind}");
        found.push(Difference {
            channel: Some(channel),
            reference: Some(reference),
            ..compared(ctx, day, kind, subject, amount, Money::ZERO)
        });
    }
    Ok(found)
}

async fn of_bank(tx: &Tx, ctx: &Ctx, packs: &Packs, day: Date) -> Result<Vec<Difference>> {
    let rules = BankRules::on(packs, day)?;
    let mut found = Vec::new();
    for line in transit::open_lines_until(tx, day).await? {
        let subject = format!("bank-line:{}", line.id);
        found.push(Difference {
            reference: Some(line.reference),
            ..compared(ctx, day, DifferenceKind::BankUnknown, subject, Money::ZERO, line.amount)
        });
    }
    for deposit in transit::open_deposits_before(tx, day).await? {
        if !rules.is_missing(deposit.day, day) {
            continue;
        }
        let subject = format!("deposit:{}", deposit.id);
        let owner = deposit.cashier.clone().unwrap_or_else(|| ctx.actor.name.clone());
        found.push(Difference {
            channel: deposit.channel,
            reference: deposit.reference,
            owner,
            ..compared(ctx, day, DifferenceKind::BankMissing, subject, deposit.amount, Money::ZERO)
        });
    }
    Ok(found)
}
