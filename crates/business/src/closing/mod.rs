//! Closing 日终结账: tills counted and closed, the bureau's day compared and sealed.
//!
//! ```text
//!   till open ──count (blind)──▶ counted ──close, cash handed over──▶ closed ──reopen, by a head──▶ open
//!   day: open ──all tills closed, in order──▶ closed, for ever
//! ```
//!
//! **A blind count.** Whoever counts his till does not see what the books expect; he is told when the
//! count is on record. Counting again is a further record, and a payment taken after a count makes it
//! void.
//!
//! A day closes with its differences on record (see [`crate::difference`]), settled or not.
//!
//! **Invariants.** A close of a till and its reopening post entries that cancel each other. A closed
//! day's document has its digest, names the day before by its digest, and says what the ledger says.

pub mod api;
mod model;
mod rules;
mod store;

use kernel::id::Uuid;
use kernel::{Date, Money, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Scope, Tx};
use sha2::{Digest, Sha256};

pub use model::{ChannelDay, Close, Compared, Count, Counted, Day, DayDocument, Tallies, TillView};
pub use store::MIGRATION;

use crate::difference::{self, CASH, Difference, DifferenceFilter, DifferenceKind, DifferenceState, require_at};
use crate::ledger::{self, Account, ClosedDay, EntryKind, LedgerEntry, Posting};
use crate::till::{self, Till, TillState};
use crate::transit::{self, Deposit, DepositKind};
use model::{COUNTED, DifferenceFigures, TillFigures};

pub use crate::difference::{CLOSE, Tally, words};
pub use crate::transit::READ;
/// To reopen a till, and to count and close one whose cashier cannot.
pub const REOPEN: Permission = Permission("till.reopen");

/// The actor's own till of the day on which he books now, if it is open or was.
pub async fn own_till(tx: &Tx, ctx: &Ctx) -> Result<(Date, Option<TillView>)> {
    ctx.require(till::CLOSE)?;
    let day = ledger::open_day(tx, ctx).await?.on;
    let Some(till) = till::of(tx, &ctx.actor.name, day).await? else { return Ok((day, None)) };
    Ok((day, Some(view(tx, till).await?)))
}

async fn view(tx: &Tx, till: Till) -> Result<TillView> {
    Ok(views(tx, vec![till]).await?.remove(0))
}

async fn views(tx: &Tx, tills: Vec<Till>) -> Result<Vec<TillView>> {
    let ids: Vec<Uuid> = tills.iter().map(|till| till.id).collect();
    let mut books = store::books(tx, ids.clone()).await?;
    let mut counts = store::counts(tx, ids.clone()).await?;
    let mut closes = store::closes(tx, ids).await?;
    let with = |till: Till| TillView {
        book: books.remove(&till.id).unwrap_or_default(),
        counts: counts.remove(&till.id).unwrap_or_default(),
        closes: closes.remove(&till.id).unwrap_or_default(),
        till,
    };
    Ok(tills.into_iter().map(with).collect())
}

/// A till that the actor may count and close, his own or, as a head, another's, locked.
async fn mine(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<TillView> {
    let till = till::locked(tx, id).await?.ok_or_else(unknown_till)?;
    if till.cashier == ctx.actor.name {
        ctx.require(till::CLOSE)?;
    } else {
        require_at(ctx, REOPEN, till.station.as_deref())?;
    }
    view(tx, till).await
}

fn unknown_till() -> Refusal {
    Refusal::not_found("till.unknown", "没有该钱箱", "there is no such till")
}

/// A till with its figures, for its cashier or a head.
pub async fn till_of(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<TillView> {
    let till = till::find(tx, id).await?.ok_or_else(unknown_till)?;
    if till.cashier == ctx.actor.name {
        ctx.require(till::CLOSE)?;
    } else {
        require_at(ctx, READ, till.station.as_deref())?;
    }
    view(tx, till).await
}

/// Puts a count on record; what the books expect is told from then on.
pub async fn count(tx: &Tx, ctx: &Ctx, id: Uuid, counted: Counted) -> Result<TillView> {
    let mut found = mine(tx, ctx, id).await?;
    if found.till.state == TillState::Closed {
        return Err(till::closed(found.till.day).into());
    }
    rules::check(&counted)?;
    let count = Count {
        no: found.counts.len() as i64 + 1,
        at: ctx.now,
        by: ctx.actor.name.clone(),
        counted,
        book: found.book.clone(),
    };
    store::insert_count(tx, id, &count).await?;
    let detail = serde_json::json!({ "no": count.no, "counted": count.counted, "book": count.book });
    let subject = till::subject(&found.till);
    journal::record(tx, ctx, Entry { act: "till.count", subject, reason: None, detail }).await?;
    found.counts.push(count);
    Ok(found)
}

/// Closes a till by its last count: its money goes on its way, what differs is on record.
pub async fn close_till(tx: &Tx, ctx: &Ctx, id: Uuid, slip_no: Option<&str>, handed: Money) -> Result<TillView> {
    let mut found = mine(tx, ctx, id).await?;
    if found.till.state == TillState::Closed {
        return Err(till::closed(found.till.day).into());
    }
    let count = found.standing_count().ok_or_else(|| match found.counts.is_empty() {
        true => Refusal::conflict("till.not-counted", "请先点钞再结账", "count the till before closing it"),
        false => Refusal::conflict(
            "till.count-stale",
            "点钞之后又有收费，请重新点钞",
            "something was taken since the count; count again",
        ),
    })?;
    let (count_no, counted) = (count.no, count.counted.clone());
    let due = rules::to_hand_over(found.till.change, &found.book, &counted)?;
    if handed != due {
        return Err(Refusal::invalid(
            "till.hand-over",
            format!("缴款金额应为点钞现金减备用金：{due} 元"),
            format!("what is handed over is the cash counted less the change: {due} yuan"),
        )
        .at("handed")
        .into());
    }
    let slip_no = slip_no.map(str::trim).filter(|slip| !slip.is_empty());
    if handed != Money::ZERO && slip_no.is_none_or(|slip| slip.chars().count() > 40) {
        return Err(Refusal::invalid(
            "till.slip",
            "请填写缴款单号（至多 40 字）",
            "give the number of the deposit slip, up to 40 characters",
        )
        .at("slip_no")
        .into());
    }
    let entry_id = send_on_its_way(tx, ctx, &found, handed, slip_no).await?;
    let close = Close {
        no: found.closes.len() as i64 + 1,
        count_no,
        at: ctx.now,
        by: ctx.actor.name.clone(),
        slip_no: slip_no.map(str::to_owned),
        handed,
        entry_id,
        reopened: None,
    };
    store::insert_close(tx, id, &close).await?;
    let mut differing = Vec::new();
    for compared in rules::compare(found.till.change, &found.book, &counted) {
        if !compared.agrees() {
            differing.push(
                serde_json::json!({ "method": compared.method, "difference": compared.difference().to_string() }),
            );
            difference::record(tx, ctx, till_difference(ctx, &found.till, close.no, compared)).await?;
        }
    }
    till::set_state(tx, id, TillState::Closed).await?;
    let detail = serde_json::json!({ "handed": handed.to_string(), "slip_no": slip_no, "differences": differing });
    let subject = till::subject(&found.till);
    journal::record(tx, ctx, Entry { act: till::CLOSE.0, subject, reason: None, detail }).await?;
    found.till.state = TillState::Closed;
    found.closes.push(close);
    Ok(found)
}

async fn send_on_its_way(
    tx: &Tx,
    ctx: &Ctx,
    found: &TillView,
    handed: Money,
    slip_no: Option<&str>,
) -> Result<Option<Uuid>> {
    let till = &found.till;
    let postings = rules::postings(&found.book, handed);
    if postings.is_empty() {
        return Ok(None);
    }
    let entry = LedgerEntry::plain(ctx, till.day, EntryKind::TillClosed, postings);
    let id = entry.id;
    ledger::post(tx, &ledger::open_day(tx, ctx).await?, &[entry])?;
    let amount = |method: &str| {
        if method == CASH { handed } else { found.book.get(method).map_or(Money::ZERO, |tally| tally.amount) }
    };
    let kinds = [DepositKind::Cash, DepositKind::Pos, DepositKind::Cheque, DepositKind::Voucher];
    let deposits = kinds.into_iter().filter(|kind| amount(kind.word()) != Money::ZERO).map(|kind| Deposit {
        id: ctx.new_id(),
        day: till.day,
        kind,
        till: Some(till.id),
        cashier: Some(till.cashier.clone()),
        channel: None,
        reference: if kind == DepositKind::Cash { slip_no.map(str::to_owned) } else { None },
        amount: amount(kind.word()),
    });
    transit::send(tx, &deposits.collect::<Vec<_>>()).await?;
    Ok(Some(id))
}

fn till_difference(ctx: &Ctx, till: &Till, close_no: i64, compared: Compared) -> Difference {
    Difference {
        id: ctx.new_id(),
        day: till.day,
        kind: DifferenceKind::Till,
        subject: format!("till:{}:{close_no}:{}", till.id, compared.method),
        till: Some(till.id),
        method: Some(compared.method),
        channel: None,
        reference: None,
        expected: compared.expected,
        found: compared.found,
        owner: till.cashier.clone(),
        station: till.station.clone(),
        state: DifferenceState::Open,
        events: Vec::new(),
    }
}

/// Opens a closed till again while its day is open: what its close wrote is taken back.
pub async fn reopen_till(tx: &Tx, ctx: &Ctx, id: Uuid, reason: &str) -> Result<TillView> {
    ctx.require(REOPEN)?;
    let reason = words(reason)?;
    let till = till::locked(tx, id).await?.ok_or_else(unknown_till)?;
    require_at(ctx, REOPEN, till.station.as_deref())?;
    if till.cashier == ctx.actor.name {
        return Err(Refusal::conflict(
            "till.own",
            "不能重新打开自己的钱箱，请他人操作",
            "nobody reopens his own till; ask somebody else",
        )
        .into());
    }
    let mut found = view(tx, till).await?;
    let Some(close) = found.standing_close().cloned() else {
        return Err(Refusal::conflict("till.open", "该钱箱未结账", "this till is not closed").into());
    };
    transit::take_back(tx, id).await?;
    if let Some(entry) = close.entry_id {
        let back = ledger::postings_of(tx, entry).await?;
        let back = back.into_iter().map(|posting| Posting { amount: -posting.amount, ..posting }).collect();
        let entry = LedgerEntry::plain(ctx, found.till.day, EntryKind::TillReopened, back);
        ledger::post(tx, &ledger::open_day(tx, ctx).await?, &[entry])?;
    }
    for difference in difference::of_till(tx, id).await? {
        if difference.state == DifferenceState::Settled {
            return Err(Refusal::conflict(
                "till.settled",
                "该钱箱的差异已了结，不能重新打开；请以更正业务处理",
                "a difference of this till has been settled; it cannot be reopened",
            )
            .into());
        }
        if difference.state != DifferenceState::Withdrawn {
            difference::withdraw(tx, ctx, &difference, reason).await?;
        }
    }
    store::note_reopening(tx, ctx, id, close.no, reason).await?;
    till::set_state(tx, id, TillState::Open).await?;
    let detail = serde_json::json!({ "close": close.no });
    let subject = till::subject(&found.till);
    journal::record(tx, ctx, Entry { act: REOPEN.0, subject, reason: Some(reason), detail }).await?;
    found.till.state = TillState::Open;
    if let Some(last) = found.closes.last_mut() {
        last.reopened = Some((ctx.now, ctx.actor.name.clone(), reason.to_owned()));
    }
    Ok(found)
}

/// A day as the actor may see it: all of it, or the tills and differences of his stations.
pub async fn day(tx: &Tx, ctx: &Ctx, day: Date) -> Result<(Day, Option<Vec<String>>)> {
    let scope = ctx.require(READ)?;
    let tills = till::of_day(tx, day).await?;
    let seen = |till: &Till| match (&scope, &till.station) {
        (Scope::Bureau, _) => true,
        (Scope::Stations(_), Some(station)) => scope.covers(station),
        (Scope::Stations(_), None) => false,
    };
    let tills = views(tx, tills.into_iter().filter(seen).collect()).await?;
    let stations = scope.clone().stations();
    let open = DifferenceFilter { only_open: true, ..DifferenceFilter::default() };
    let open_differences = difference::list(tx, ctx, &open, None, 1000).await?.len() as i64;
    let closed = ledger::closed_day(tx, day).await?;
    let mut seen = Day {
        day,
        closed: closed.map(|closed| (closed.closed_at, closed.closed_by, closed.digest)),
        taken: Tallies::new(),
        tills,
        channels: Vec::new(),
        in_transit: Tally::default(),
        unmatched: Tally::default(),
        open_differences,
        obstacles: obstacles(tx, ctx, day).await?,
    };
    if stations.is_none() {
        for (method, _, tally) in store::taken(tx, &kernel::time::previous_day(day).to_string(), day).await? {
            let sum = seen.taken.entry(method).or_default();
            *sum = Tally { count: sum.count + tally.count, amount: sum.amount + tally.amount };
        }
        seen.channels = store::channels(tx, day).await?;
        let open = transit::open_deposits_before(tx, day).await?;
        let sum = open.iter().map(|deposit| deposit.amount).sum();
        seen.in_transit = Tally { count: open.len() as i64, amount: sum };
        let lines = transit::open_lines_until(tx, day).await?;
        seen.unmatched = Tally { count: lines.len() as i64, amount: lines.iter().map(|line| line.amount).sum() };
    }
    Ok((seen, stations))
}

/// Why a day cannot be closed now, all of it.
async fn obstacles(tx: &Tx, ctx: &Ctx, day: Date) -> Result<Vec<Refusal>> {
    let mut found = Vec::new();
    let last = ledger::last_closed(tx).await?;
    if last.is_some_and(|last| last >= day) {
        return Ok(vec![ledger::day_closed(day)]);
    }
    if day > ctx.today {
        found.push(Refusal::conflict("day.future", "不能结未到的日期", "this day has not come yet").at("day"));
    }
    if let Some(till) = till::first_open(tx, day).await? {
        found.push(Refusal::conflict(
            "day.till-open",
            format!("{} 的钱箱（{}）尚未结账", till.cashier, till.day),
            format!("the till of {} of {} is not closed yet", till.cashier, till.day),
        ));
    }
    if last.is_some()
        && let Some(earlier) = ledger::first_posted(tx, last, day).await?
    {
        found.push(Refusal::conflict(
            "day.order",
            format!("请先结 {earlier}：该日已记账而未结账"),
            format!("close {earlier} first: it has entries and is open"),
        ));
    }
    Ok(found)
}

/// Closes the bureau's day for ever.
pub async fn close_day(tx: &Tx, ctx: &Ctx, packs: &Packs, day: Date, note: Option<&str>) -> Result<ClosedDay> {
    ctx.require_everywhere(CLOSE)?;
    ledger::hold_still(tx).await?;
    if let Some(obstacle) = obstacles(tx, ctx, day).await?.into_iter().next() {
        return Err(obstacle.into());
    }
    let last = ledger::closed_days(tx, Some(day), 1).await?.into_iter().next();
    let after = last.as_ref().map_or_else(String::new, |last| last.day.to_string());
    let deposits = send_channels(tx, ctx, &after, day).await?;
    difference::compare(tx, ctx, packs, day, note).await?;
    let document = DayDocument {
        day,
        closed_at: ctx.now,
        closed_by: ctx.actor.name.clone(),
        before: last.map(|last| last.digest),
        accounts: ledger::sums_of(tx, day, day).await?,
        payments: store::taken(tx, &after, day)
            .await?
            .into_iter()
            .map(|(method, channel, tally)| (format!("{method} {channel}"), tally))
            .collect(),
        tills: views(tx, till::of_day(tx, day).await?).await?.into_iter().filter_map(figures).collect(),
        deposits: deposits.iter().map(|deposit| deposit.amount).collect(),
        differences: difference::of_day(tx, day).await?.into_iter().filter_map(difference_figures).collect(),
    };
    let text = serde_json::to_string(&document)?;
    let closed = ClosedDay {
        day,
        closed_at: ctx.now,
        closed_by: ctx.actor.name.clone(),
        digest: kernel::hex(Sha256::digest(text.as_bytes())),
        document: text,
    };
    ledger::close_day(tx, &closed, &document.accounts).await?;
    let detail = serde_json::json!({ "digest": closed.digest, "tills": document.tills.len(), "differences": document.differences.len() });
    let subject = format!("day:{day}");
    journal::record(tx, ctx, Entry { act: CLOSE.0, subject, reason: note, detail }).await?;
    Ok(closed)
}

fn figures(view: TillView) -> Option<TillFigures> {
    let close = view.standing_close()?.clone();
    let counted = view.counts.iter().find(|count| count.no == close.count_no)?.counted.clone();
    let TillView { till, book, .. } = view;
    Some(TillFigures {
        cashier: till.cashier,
        station: till.station,
        change: till.change,
        book,
        counted,
        handed: close.handed,
        slip_no: close.slip_no,
    })
}

fn difference_figures(difference: Difference) -> Option<DifferenceFigures> {
    let Difference { kind, subject, expected, found, owner, state, .. } = difference;
    let figures = DifferenceFigures { kind, subject, expected: expected.amount, found: found.amount, owner };
    (state != DifferenceState::Withdrawn).then_some(figures)
}

/// What channels took, and transfers, goes on its way to the collection account.
async fn send_channels(tx: &Tx, ctx: &Ctx, after: &str, day: Date) -> Result<Vec<Deposit>> {
    let (mut deposits, mut entries) = (Vec::new(), Vec::new());
    for (method, channel, reference, amount) in store::unsent(tx, after, day).await? {
        let postings = vec![
            Posting::of(Account::Money(transit::IN_TRANSIT.into()), None, amount),
            Posting::of(Account::Money(method.clone()), None, -amount),
        ];
        entries.push(LedgerEntry::plain(ctx, day, EntryKind::InTransit, postings));
        let is_transfer = method == "transfer";
        deposits.push(Deposit {
            id: ctx.new_id(),
            day,
            kind: if is_transfer { DepositKind::Transfer } else { DepositKind::Channel },
            till: None,
            cashier: None,
            channel: Some(if COUNTED.contains(&method.as_str()) { format!("{channel} {method}") } else { channel }),
            reference,
            amount,
        });
    }
    ledger::post(tx, &ledger::open_day(tx, ctx).await?, &entries)?;
    transit::send(tx, &deposits).await?;
    Ok(deposits)
}

/// A closed day with its figures.
pub async fn closed_day(tx: &Tx, ctx: &Ctx, day: Date) -> Result<ClosedDay> {
    ctx.require_everywhere(READ)?;
    let unknown = || Refusal::not_found("day.unknown", format!("{day} 尚未结账"), format!("{day} is not closed"));
    ledger::closed_day(tx, day).await?.ok_or_else(|| unknown().into())
}

/// Closed days before `before`, newest first.
pub async fn closed_days(tx: &Tx, ctx: &Ctx, before: Option<Date>, limit: u32) -> Result<Vec<ClosedDay>> {
    ctx.require_everywhere(READ)?;
    ledger::closed_days(tx, before, limit.clamp(1, 1000)).await
}

/// Checks every closed day against the ledger; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let mut wrong = transit::verify(tx).await?;
    let mut before = None;
    loop {
        let page = ledger::closed_days(tx, before, 200).await?;
        let Some(last) = page.last() else { return Ok(wrong) };
        before = Some(last.day);
        for closed in &page {
            check_day(tx, closed, &mut wrong).await?;
        }
    }
}

async fn check_day(tx: &Tx, closed: &ClosedDay, wrong: &mut Vec<String>) -> Result<()> {
    let day = closed.day;
    let mut say = |what: &str| wrong.push(format!("closed day {day}: {what}"));
    if kernel::hex(Sha256::digest(closed.document.as_bytes())) != closed.digest {
        say("the document was altered");
    }
    let Ok(document) = serde_json::from_str::<DayDocument>(&closed.document) else {
        say("the document cannot be read");
        return Ok(());
    };
    let earlier = ledger::closed_days(tx, Some(day), 1).await?.into_iter().next();
    if document.before != earlier.map(|earlier| earlier.digest) {
        say("it does not name the day closed before it");
    }
    if ledger::sums_of(tx, day, day).await? != document.accounts {
        say("the ledger is not what was sealed");
    }
    let kept = store::closed_balances(tx, day).await?;
    let sealed = document.accounts.iter().map(|sum| (sum.account.clone(), sum.closing())).collect();
    if kept != sealed {
        say("its balances are not those that were sealed");
    }
    Ok(())
}
