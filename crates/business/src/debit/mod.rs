//! Bank debit 银行代扣: batches of debits that a bank is asked to make, and its answers.
//!
//! ```text
//!   plan (nothing happens) ──make──▶ made ──send──▶ sent ──results──▶ partly ──results──▶ answered
//!                                     │              └────────┬─────────┘
//!                                     ▼ withdraw              ▼ give up (a chief, a reason)
//!                                  withdrawn               given up ──late results──▶ given up
//!
//!   a line:  waiting ──▶ collected (a payment) | failed (owed still) | withdrawn | given up
//! ```
//!
//! A line asks for one bill, with its late charge up to the day of the debit where the rules say so.
//! While it waits its bill is in flight ([`crate::inflight`]): no other batch has it, and the counter takes
//! money for it only for a reason. What is paid, or whose mandate has ended, by the time the batch is sent is
//! withdrawn then; from there on its file is the same for ever, byte by byte.
//!
//! Money that the bank took is always booked: for the bill that it was meant for, else for older debts,
//! else as paid ahead. Where it was not awaited any more, or the bill was paid otherwise meanwhile, a
//! difference stands until somebody has looked at it.
//!
//! **Invariants.** A line becomes at most one payment, whose reference is its number. Exactly the lines
//! that wait are in flight. The file of a sent batch has the digest on record. [`verify`] recomputes them.

pub mod api;
mod import;
mod model;
mod rules;
mod store;

use std::collections::HashMap;

use kernel::{Date, Money, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Fault, House, Permission, Result, Tx};

pub use import::DebitResultImport;
pub use model::{
    Answer, Batch, BatchState, Failure, LeftOut, LeftOutWhy, Line, LineState, Plan, PlanLine, Summary, Tally, Wish,
};
pub use store::{MIGRATION, verify};

use crate::bill;
use crate::difference::require_at;
use crate::inflight::{self, InFlight};
use crate::mandate::{self, DebitRules, Mandate, Reach};
use crate::payment::{self, PaymentRules};
use crate::supply::{self, UsagePointId};
use rules::{file, plan as planning};

pub const READ: Permission = Permission("debit.read");
pub const MAKE: Permission = Permission("debit.make");
/// To send a batch and to get its file, which has the account numbers in full.
pub const DOWNLOAD: Permission = Permission("debit.download");
/// To load what banks answer.
pub const ANSWER: Permission = Permission("debit.import");
/// To wait no longer for a bank's answer.
pub const GIVE_UP: Permission = Permission("debit.give-up");

/// Mandates that are looked at together.
const CHUNK: u32 = 500;

/// What a list of batches is limited to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub bank: Option<String>,
    pub state: Option<BatchState>,
    pub station: Option<String>,
}

/// What a batch would be. Changes nothing.
pub async fn plan(tx: &Tx, ctx: &Ctx, packs: &Packs, wish: Wish) -> Result<Plan> {
    let rules = Rules::on(packs, ctx.today)?;
    let wish = allowed(ctx, &rules.debit, wish)?;
    let mandates = mandates(tx, &wish).await?;
    planned(tx, &rules, wish, &mandates).await
}

/// The rules of a day by which a debit is worked out.
struct Rules {
    debit: DebitRules,
    payment: PaymentRules,
}

impl Rules {
    fn on(packs: &Packs, day: Date) -> Result<Rules> {
        Ok(Rules { debit: DebitRules::on(packs, day)?, payment: PaymentRules::on(packs, day)? })
    }
}

/// A wish within the actor's stations; one who has a single station means it.
fn allowed(ctx: &Ctx, rules: &DebitRules, mut wish: Wish) -> Result<Wish> {
    let stations = ctx.require(MAKE)?.narrowed(wish.station.take())?;
    wish.station = match stations {
        None => None,
        Some(mut stations) if stations.len() == 1 => stations.pop(),
        Some(_) => {
            let (zh, en) = ("请选择供电所", "choose a station");
            return Err(Refusal::invalid("debit.station", zh, en).at("station").into());
        }
    };
    wish.book = wish.book.filter(|book| !book.is_empty());
    rules.bank(&wish.bank)?;
    planning::check(rules, &wish, ctx.today)?;
    Ok(wish)
}

async fn mandates(tx: &Tx, wish: &Wish) -> Result<Vec<Mandate>> {
    let stations = wish.station.clone().map(|station| vec![station]);
    let reach = Reach { bank: &wish.bank, on: wish.collect_on, stations, book: wish.book.as_deref() };
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = mandate::live_at(tx, &reach, &after, CHUNK).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after.clone_from(&last.supply_no);
        all.extend(page);
    }
}

async fn planned(tx: &Tx, rules: &Rules, wish: Wish, mandates: &[Mandate]) -> Result<Plan> {
    let bank = rules.debit.bank(&wish.bank)?;
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    for chunk in mandates.chunks(CHUNK as usize) {
        let numbers = chunk.iter().map(|mandate| mandate.supply_no.clone()).collect();
        let accounts = payment::load(tx, supply::by_supply_nos(tx, numbers).await?).await?;
        let answers = store::last_answers(tx, chunk.iter().map(|mandate| mandate.id).collect()).await?;
        let accounts: HashMap<UsagePointId, _> =
            accounts.into_iter().map(|account| (account.point.id, account)).collect();
        for mandate in chunk {
            let Some(account) = accounts.get(&mandate.point) else { continue };
            let due = payment::allocate::due(&rules.payment.late, account, wish.collect_on);
            let last_answer = answers.get(&mandate.id).map(String::as_str);
            let found = planning::Found { mandate, account, due: &due, last_answer };
            let (of_account, out) = planning::debits(&rules.debit, bank, &wish, rules.payment.highest, &found);
            lines.extend(of_account);
            left_out.extend(out);
        }
    }
    for line in lines.iter_mut().chain(left_out.iter_mut().map(|left| &mut left.line)) {
        line.month = line.bill_no.as_deref().and_then(bill::cycle_of).map(|month| month.to_string());
    }
    Ok(planning::plan(wish, lines, left_out))
}

/// Makes the batch of a plan, which is named by its digest.
pub async fn make(tx: &Tx, ctx: &Ctx, packs: &Packs, wish: Wish, digest: &str) -> Result<Summary> {
    let rules = Rules::on(packs, ctx.today)?;
    let wish = allowed(ctx, &rules.debit, wish)?;
    let mandates = mandates(tx, &wish).await?;
    supply::lock(tx, &mandates.iter().map(|mandate| mandate.point).collect::<Vec<_>>()).await?;
    let plan = planned(tx, &rules, wish, &mandates).await?;
    refuse_other(&plan, digest, rules.debit.most_lines)?;
    let number = bill::take_numbers(tx, &format!("debit batch {}", ctx.today), 1).await?;
    let batch = Batch {
        batch_no: format!("{}{number:04}", ctx.today.strftime("%Y%m%d")),
        wish: plan.wish.clone(),
        state: BatchState::Made,
        made_at: ctx.now,
        made_by: ctx.actor.name.clone(),
        sent_at: None,
        sent_by: None,
        digest: None,
        ended_at: None,
        ended_by: None,
        reason: None,
    };
    store::insert_batch(tx, &batch).await?;
    let numbered = (1..).zip(&plan.lines).map(|(no, line)| (format!("{}{no:06}", batch.batch_no), line));
    let numbered: Vec<(String, &PlanLine)> = numbered.collect();
    store::insert_lines(tx, &batch.batch_no, &numbered).await?;
    let claims = numbered.iter().map(|(line_no, line)| InFlight {
        receivable: line.receivable,
        collector: batch.wish.bank.clone(),
        reference: line_no.clone(),
        since: ctx.now,
    });
    inflight::begin(tx, &claims.collect::<Vec<_>>()).await?;
    let detail = serde_json::json!({
        "bank": batch.wish.bank, "station": batch.wish.station, "collect_on": batch.wish.collect_on.to_string(),
        "lines": plan.lines.len(), "amount": plan.amount().to_string(), "plan": plan.digest,
    });
    note(tx, ctx, "debit.make", &batch, None, detail).await?;
    summary(tx, batch).await
}

fn refuse_other(plan: &Plan, digest: &str, most: usize) -> Result<(), Refusal> {
    if plan.digest != digest {
        return Err(Refusal::conflict(
            "debit.changed",
            format!("应扣已变化，现为 {} 笔 {} 元，请重新核对", plan.lines.len(), plan.amount()),
            format!(
                "what is to be collected has changed: {} debits of {} yuan now; look again",
                plan.lines.len(),
                plan.amount()
            ),
        )
        .at("digest"));
    }
    if plan.lines.is_empty() {
        let (zh, en) = ("没有可代扣的欠费", "there is nothing to collect");
        return Err(Refusal::conflict("debit.nothing", zh, en));
    }
    if plan.lines.len() > most {
        return Err(Refusal::invalid(
            "debit.too-many",
            format!("共 {} 笔，一个批次至多 {most} 笔；请按供电所或抄表段分批", plan.lines.len()),
            format!("{} debits, and a batch has at most {most}: part it by station or book", plan.lines.len()),
        )
        .at("station"));
    }
    Ok(())
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    act: &str,
    batch: &Batch,
    reason: Option<&str>,
    detail: serde_json::Value,
) -> Result<()> {
    let subject = format!("debit-batch:{}", batch.batch_no);
    journal::record(tx, ctx, Entry { act, subject, reason, detail }).await
}

async fn summary(tx: &Tx, batch: Batch) -> Result<Summary> {
    let tallies = store::tallies(tx, vec![batch.batch_no.clone()]).await?.remove(&batch.batch_no).unwrap_or_default();
    let failures = store::failures(tx, &batch.batch_no).await?;
    Ok(Summary { batch, tallies, failures })
}

/// A batch that the actor may see or act on, locked.
async fn visible(tx: &Tx, ctx: &Ctx, right: Permission, batch_no: &str) -> Result<Batch> {
    ctx.require(right)?;
    let batch = store::locked(tx, vec![batch_no.to_owned()]).await?.pop();
    let unknown = || {
        let (zh, en) = (format!("没有代扣批次 {batch_no}"), format!("there is no debit batch {batch_no}"));
        Refusal::not_found("debit-batch.unknown", zh, en).at("batch_no")
    };
    let batch = batch.ok_or_else(unknown)?;
    require_at(ctx, right, batch.wish.station.as_deref())?;
    Ok(batch)
}

/// One batch.
pub async fn find(tx: &Tx, ctx: &Ctx, batch_no: &str) -> Result<Summary> {
    let batch = visible(tx, ctx, READ, batch_no).await?;
    summary(tx, batch).await
}

/// Batches of the actor's stations, the newest first.
pub async fn page(tx: &Tx, ctx: &Ctx, filter: &Filter, before: Option<&str>, limit: u32) -> Result<Vec<Summary>> {
    let stations = ctx.require(READ)?.narrowed(filter.station.clone())?;
    let batches = store::page(tx, filter, stations, before, limit.clamp(1, 200)).await?;
    let mut tallies = store::tallies(tx, batches.iter().map(|batch| batch.batch_no.clone()).collect()).await?;
    let of = |batch: Batch| Summary {
        tallies: tallies.remove(&batch.batch_no).unwrap_or_default(),
        failures: Vec::new(),
        batch,
    };
    Ok(batches.into_iter().map(of).collect())
}

/// A page of the lines of a batch, in order: those in a state, or with a code of the bank.
pub async fn lines(
    tx: &Tx,
    ctx: &Ctx,
    batch_no: &str,
    state: Option<LineState>,
    code: Option<&str>,
    after: &str,
    limit: u32,
) -> Result<Vec<Line>> {
    let batch = visible(tx, ctx, READ, batch_no).await?;
    store::lines(tx, &batch.batch_no, state, code, after, limit.clamp(1, 200)).await
}

/// Marks a batch as sent, so that its file can be had. What is paid or whose mandate has ended since it was made
/// is withdrawn first. One that is sent already stays as it is.
pub async fn send(tx: &Tx, ctx: &Ctx, packs: &Packs, batch_no: &str, remark: Option<&str>) -> Result<Summary> {
    ctx.require(DOWNLOAD)?;
    let remark = journal::remark(remark)?;
    let mut batch = visible(tx, ctx, DOWNLOAD, batch_no).await?;
    if batch.state.is_out() {
        return summary(tx, batch).await;
    }
    refuse_unmade(&batch)?;
    let rules = Rules::on(packs, ctx.today)?;
    planning::check(&rules.debit, &batch.wish, ctx.today)?;
    let waiting = all_lines(tx, &batch, Some(LineState::Waiting)).await?;
    let spent = spent(tx, &rules, &batch, &waiting).await?;
    drop_lines(
        tx,
        ctx,
        &mut batch,
        spent.clone(),
        LineState::Withdrawn,
        "送盘前已缴清或协议已终止 / paid or mandate ended",
    )
    .await?;
    if batch.state == BatchState::Made {
        let lines = all_lines(tx, &batch, Some(LineState::Waiting)).await?;
        let digest = file::digest(&file::text(&batch, &lines)?);
        store::send(tx, ctx, batch_no, &digest).await?;
        let amount: Money = lines.iter().map(|line| line.amount).sum();
        let detail = serde_json::json!({ "lines": lines.len(), "amount": amount.to_string(), "sha256": digest, "withdrawn": spent.len() });
        note(tx, ctx, "debit.send", &batch, remark, detail).await?;
    }
    find_again(tx, batch_no).await
}

/// The batch as it stands after an act on it.
async fn find_again(tx: &Tx, batch_no: &str) -> Result<Summary> {
    let batch = store::locked(tx, vec![batch_no.to_owned()]).await?.pop();
    summary(tx, batch.ok_or_else(|| Fault::impossible("a batch is gone"))?).await
}

fn refuse_unmade(batch: &Batch) -> Result<(), Refusal> {
    if batch.state == BatchState::Made {
        return Ok(());
    }
    let state = batch.state.label();
    Err(Refusal::conflict(
        "debit.sent",
        format!("该批次{}，明细不能再撤回；银行未回盘时可由主管放弃等待", state.zh),
        format!(
            "this batch is {}: nothing of it can be withdrawn; a chief can give it up while the bank has not answered",
            state.en
        ),
    ))
}

async fn all_lines(tx: &Tx, batch: &Batch, state: Option<LineState>) -> Result<Vec<Line>> {
    store::lines(tx, &batch.batch_no, state, None, "", u32::MAX).await
}

/// Of the lines of a batch those that are not to be collected any more.
async fn spent(tx: &Tx, rules: &Rules, batch: &Batch, lines: &[Line]) -> Result<Vec<String>> {
    let mut spent = Vec::new();
    for chunk in lines.chunks(CHUNK as usize) {
        let numbers = chunk.iter().map(|line| line.supply_no.clone()).collect();
        let points = supply::by_supply_nos(tx, numbers).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        let live = mandate::live_ids(tx, &ids, batch.wish.collect_on).await?;
        let mut owed: HashMap<kernel::id::Uuid, Money> = HashMap::new();
        for account in payment::load(tx, points).await? {
            for bill in payment::allocate::due(&rules.payment.late, &account, batch.wish.collect_on).bills {
                owed.insert(bill.receivable, planning::asked(&rules.debit, &bill).0);
            }
        }
        let is_spent = |line: &&Line| {
            !live.contains(&line.mandate) || owed.get(&line.receivable).copied().unwrap_or(Money::ZERO) < line.amount
        };
        spent.extend(chunk.iter().filter(is_spent).map(|line| line.line_no.clone()));
    }
    Ok(spent)
}

/// Ends waiting lines of a batch and frees what they asked for. Without any left a batch that was not sent
/// is withdrawn.
async fn drop_lines(
    tx: &Tx,
    ctx: &Ctx,
    batch: &mut Batch,
    line_nos: Vec<String>,
    state: LineState,
    reason: &str,
) -> Result<usize> {
    if line_nos.is_empty() {
        return Ok(0);
    }
    let ended = store::end_waiting(tx, line_nos, state, reason).await?;
    let count = ended.len();
    inflight::end(tx, ended).await?;
    let left = store::lines(tx, &batch.batch_no, Some(LineState::Waiting), None, "", 1).await?;
    if batch.state == BatchState::Made && left.is_empty() {
        batch.state = BatchState::Withdrawn;
        store::end(tx, ctx, &batch.batch_no, BatchState::Withdrawn, reason).await?;
    }
    Ok(count)
}

/// Takes lines out of a batch that is not sent, or all of them.
pub async fn withdraw(
    tx: &Tx,
    ctx: &Ctx,
    batch_no: &str,
    line_nos: Option<Vec<String>>,
    reason: &str,
) -> Result<Summary> {
    ctx.require(MAKE)?;
    let reason = journal::short_reason(reason)?;
    let mut batch = visible(tx, ctx, MAKE, batch_no).await?;
    refuse_unmade(&batch)?;
    let waiting: Vec<String> =
        all_lines(tx, &batch, Some(LineState::Waiting)).await?.into_iter().map(|line| line.line_no).collect();
    let chosen = line_nos.unwrap_or_else(|| waiting.clone());
    if let Some(other) = chosen.iter().find(|line_no| !waiting.contains(line_no)) {
        return Err(Refusal::conflict(
            "debit-line.not-waiting",
            format!("批次中没有在途明细 {other}，可能已撤回"),
            format!("the batch has no waiting debit {other}; it may have been withdrawn"),
        )
        .at("lines")
        .into());
    }
    let count = drop_lines(tx, ctx, &mut batch, chosen.clone(), LineState::Withdrawn, reason).await?;
    let named: Vec<&String> = chosen.iter().take(20).collect();
    let detail = serde_json::json!({ "lines": count, "first": named });
    note(tx, ctx, "debit.withdraw", &batch, Some(reason), detail).await?;
    find_again(tx, batch_no).await
}

/// Waits no longer for the answer to a batch: what was asked for is free again. What the bank still answers
/// is booked all the same.
pub async fn give_up(tx: &Tx, ctx: &Ctx, batch_no: &str, reason: &str) -> Result<Summary> {
    ctx.require(GIVE_UP)?;
    let reason = journal::short_reason(reason)?;
    let mut batch = visible(tx, ctx, GIVE_UP, batch_no).await?;
    if !batch.state.awaits() {
        let state = batch.state.label();
        return Err(Refusal::conflict(
            "debit.not-awaited",
            format!("该批次{}，没有等待回盘的明细", state.zh),
            format!("this batch is {}: no answer is awaited", state.en),
        )
        .into());
    }
    let waiting = all_lines(tx, &batch, Some(LineState::Waiting)).await?;
    let line_nos = waiting.into_iter().map(|line| line.line_no).collect();
    let count = drop_lines(tx, ctx, &mut batch, line_nos, LineState::GivenUp, reason).await?;
    store::end(tx, ctx, batch_no, BatchState::GivenUp, reason).await?;
    note(tx, ctx, GIVE_UP.0, &batch, Some(reason), serde_json::json!({ "lines": count })).await?;
    find_again(tx, batch_no).await
}

/// The file of a batch that is sent; whoever calls notes that it leaves the house.
pub async fn file_of(tx: &Tx, ctx: &Ctx, batch_no: &str) -> Result<(Batch, String)> {
    ctx.require(DOWNLOAD)?;
    let batch = visible(tx, ctx, DOWNLOAD, batch_no).await?;
    if !batch.state.is_out() {
        let (zh, en) = ("请先送盘", "send the batch first");
        return Err(Refusal::conflict("debit.not-sent", zh, en).at("batch_no").into());
    }
    let mut lines = all_lines(tx, &batch, None).await?;
    // What is withdrawn was never sent.
    lines.retain(|line| line.state != LineState::Withdrawn);
    let text = file::text(&batch, &lines)?;
    if batch.digest.as_deref() != Some(&file::digest(&text)) {
        return Err(Fault::impossible(format!("the file of the batch {batch_no} is not the one that was sent")));
    }
    Ok((batch, text))
}

/// The civil day on which a batch was sent.
fn sent_on(house: &House, batch: &Batch) -> Option<Date> {
    batch.sent_at.map(|at| house.day_of(at))
}
