//! Bills computed again 电费更正（全减另发）: a correction is a document of its own.
//!
//! ```text
//!   rebill ──▶ trying ──▶ tried ──approve (another person, the digest as seen)──▶ approved ──issue──▶ issued
//!                │ ▲        │ │                                                      │
//!                │ └────────┘ └──────────────withdraw─────────────────────────────── ┘
//!                tried anew: an approval is void
//!
//!   of an account:  bill 3  bill 4  bill 5          each upon the one before it, by what is known now:
//!                     │       │       │             reads, multipliers, price lists
//!                   same    other ─▶ other          from the first that comes out otherwise to the latest, all are
//!                           ┌┴┐     ┌┴┐             cancelled and issued anew: credit, new bill, ledger, use of the year
//! ```
//!
//! What an account was when it was billed (tariff, household, voltage) stays. Months that had no bill get none.
//!
//! **Invariants.** Nothing that was issued changes but by its cancellation. An account is corrected wholly or not at all,
//! in one transaction. Nobody approves what he tried. What changed since the trial is left out and said so.

pub mod api;
mod model;
mod rules;
mod store;
pub mod work;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::time::previous_day;
use kernel::{Date, Month, Refusal, Text};
use platform::jobs::{Job, Watch};
use platform::journal::{self, Entry};
use platform::{Ctx, Fault, Permission, Result, Tx};
use sha2::{Digest, Sha256};

pub use model::{AccountOrder, AccountRow, AccountState, Correction, CorrectionState, IssueTally, Pair, Sums, Wish};
pub use rules::causes;
pub use store::{AccountMark, MIGRATION};

use crate::amendment::Factor;
use crate::bill::{self, Bill, BillDocument, Replacement};
use crate::billing::{self, Account, ISSUE, Rates};
use crate::metering::{self, Meter, MeterId};
use crate::reading::Reading;
use crate::review::{self, Held};
use crate::run::{self, APPROVE};
use crate::supply::UsagePointId;
use crate::{Bureau, agreement, amendment, opening, reading, supply, tariff};
use model::{Chain, ChainOutcome};
use rules::Scene;

pub const REBILL: Permission = Permission("bill.rebill");

/// Accounts whose bills are computed again at a time.
const PAGE: u32 = 200;
/// Accounts in one transaction of an issue: each may have bills of years.
const CHUNK: u32 = 20;

/// Puts a correction on record, to be tried; one about the same bills that is not issued yet is tried anew.
pub async fn ask(tx: &Tx, ctx: &Ctx, wish: Wish) -> Result<Correction> {
    let scope = run::named_scope(tx, ctx, wish.scope.clone()).await?;
    run::require_over(ctx, REBILL, &scope)?;
    run::check_scope(tx, &scope).await?;
    if let Some(code) = &wish.tariff {
        tariff::check_known(tx, code).await?;
    }
    journal::short_reason(&wish.reason)?;
    if wish.since > ctx.today {
        let (zh, en) = ("起始日在将来", "this day has not come yet");
        return Err(Refusal::invalid("date.future", zh, en).at("since").into());
    }
    let wish = Wish { scope, ..wish };
    if let Some(mut known) = store::open_like(tx, &wish).await? {
        known.wish.reason = wish.reason;
        begin_trial(tx, ctx, &mut known).await?;
        note(tx, ctx, REBILL.0, &known, None).await?;
        return Ok(known);
    }
    let number = bill::take_numbers(tx, &format!("correction {}", ctx.today), 1).await?;
    let correction = Correction {
        correction_no: format!("{}{number:05}", ctx.today.strftime("%Y%m%d")),
        wish,
        state: CorrectionState::Trying,
        sums: Sums::default(),
        digest: String::new(),
        tried_by: ctx.actor.name.clone(),
        tried_at: ctx.now,
        approved_by: None,
        approved_at: None,
        ended_by: None,
        ended_at: None,
    };
    store::insert(tx, &correction).await?;
    note(tx, ctx, REBILL.0, &correction, None).await?;
    Ok(correction)
}

async fn begin_trial(tx: &Tx, ctx: &Ctx, correction: &mut Correction) -> Result<()> {
    let was = correction.state;
    correction.state = CorrectionState::Trying;
    (correction.tried_by, correction.tried_at) = (ctx.actor.name.clone(), ctx.now);
    (correction.approved_by, correction.approved_at) = (None, None);
    save(tx, correction, was).await
}

async fn save(tx: &Tx, correction: &Correction, was: CorrectionState) -> Result<()> {
    if store::save(tx, correction, was).await? {
        return Ok(());
    }
    let (zh, en) = ("该更正已由他人处理，请重新查看", "somebody else has acted on this correction; look at it again");
    Err(Refusal::conflict("correction.changed", zh, en).at("correction_no").into())
}

async fn note(tx: &Tx, ctx: &Ctx, act: &str, of: &Correction, reason: Option<&str>) -> Result<()> {
    let Wish { since, scope, tariff, reason: why } = &of.wish;
    let Sums { looked_at, affected, blocked, bills, before, after } = &of.sums;
    let detail = serde_json::json!({
        "since": since.to_string(), "station": scope.station, "book": scope.book, "supply_no": scope.supply_no, "tariff": tariff,
        "why": why, "accounts": looked_at, "affected": affected, "blocked": blocked, "bills": bills, "before": before.to_string(),
        "after": after.to_string(), "digest": of.digest, "tried_by": of.tried_by,
    });
    let subject = format!("correction:{}", of.correction_no);
    journal::record(tx, ctx, Entry { act, subject, reason, detail }).await
}

fn unknown(correction_no: &str) -> Refusal {
    let (zh, en) = (format!("没有更正 {correction_no}"), format!("there is no correction {correction_no}"));
    Refusal::not_found("correction.unknown", zh, en).at("correction_no")
}

/// A correction over whose bills the actor has a right.
async fn visible(tx: &Tx, ctx: &Ctx, right: Permission, correction_no: &str) -> Result<Correction> {
    let scope = ctx.require(right)?;
    let correction = store::one(tx, correction_no).await?;
    let is_seen = |of: &Correction| match (&of.wish.scope.station, scope.stations()) {
        (_, None) => true,
        (Some(station), Some(stations)) => stations.contains(station),
        (None, Some(_)) => false,
    };
    correction.filter(is_seen).ok_or_else(|| unknown(correction_no).into())
}

fn must_be(correction: &Correction, states: &[CorrectionState]) -> Result<(), Refusal> {
    if states.contains(&correction.state) {
        return Ok(());
    }
    let label = correction.state.label();
    let (zh, en) = (format!("该更正{}，不能这样做", label.zh), format!("this correction is {}", label.en));
    Err(Refusal::conflict("correction.state", zh, en).at("correction_no"))
}

/// Computes the bills of a correction again and keeps those that come out otherwise.
pub async fn try_bills(bureau: &Bureau, ctx: &Ctx, correction_no: &str, watch: &mut dyn Watch) -> Result<Correction> {
    let correction = visible(&bureau.house.db.read().await?, ctx, REBILL, correction_no).await?;
    let job = Job::claim(&bureau.house.db, &job_name(correction_no)).await?;
    let outcome = try_claimed(bureau, ctx, correction, watch).await;
    job.end(outcome).await
}

fn job_name(correction_no: &str) -> String {
    format!("correction {correction_no}")
}

async fn try_claimed(
    bureau: &Bureau,
    ctx: &Ctx,
    mut correction: Correction,
    watch: &mut dyn Watch,
) -> Result<Correction> {
    must_be(&correction, &[CorrectionState::Trying])?;
    let (db, no) = (&bureau.house.db, correction.correction_no.clone());
    let mut rules = RulesByMonth { bureau, known: BTreeMap::new() };
    let tx = db.write().await?;
    tariff::keep(&tx, &*bureau.tariffs.now(&tx).await?).await?;
    tx.commit().await?;
    let mut pages = run::Pages::of(&correction.wish.scope);
    let mut looked_at = 0;
    loop {
        let tx = db.read().await?;
        let Some(points) = pages.next(&tx, PAGE).await? else { break };
        let scenes = scenes(&tx, &mut rules, &correction.wish, &points).await?;
        tx.rollback().await?;
        looked_at += scenes.len() as i64;
        let (known, actor) = (rules.known.clone(), ctx.actor.name.clone());
        let computing = move || scenes.into_iter().map(|scene| rules::chain(&known, &actor, scene)).collect();
        let chains: Result<Vec<Chain>> = tokio::task::spawn_blocking(computing)
            .await
            .map_err(|error| Fault::because("computing bills again", error))?;
        keep(db.write().await?, &correction, &points, &chains?).await?;
        watch.progress(looked_at.unsigned_abs(), None)?;
    }
    let tx = db.write().await?;
    correction.sums = Sums { looked_at, ..store::sums(&tx, &no).await? };
    correction.digest = digest(&tx, &no).await?;
    correction.state = CorrectionState::Tried;
    save(&tx, &correction, CorrectionState::Trying).await?;
    note(&tx, ctx, "bill.rebill.trial", &correction, None).await?;
    tx.commit().await?;
    Ok(correction)
}

async fn keep(tx: Tx, correction: &Correction, points: &[UsagePointId], chains: &[Chain]) -> Result<()> {
    store::keep(&tx, &correction.correction_no, points, chains).await?;
    let same = chains.iter().filter(|chain| matches!(chain.outcome, ChainOutcome::Same));
    let same: Vec<UsagePointId> = same.map(|chain| chain.usage_point).collect();
    amendment::settle_idle(&tx, &same, correction.wish.since, &correction.correction_no).await?;
    tx.commit().await
}

async fn digest(tx: &Tx, correction_no: &str) -> Result<String> {
    let (mut hash, mut after) = (Sha256::new(), kernel::id::Uuid::nil());
    loop {
        let page = store::digests(tx, correction_no, after, run::PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(kernel::hex(hash.finalize())) };
        after = *last;
        for (point, digest) in &page {
            hash.update(point.as_bytes());
            hash.update(digest.as_bytes());
        }
    }
}

/// The rules of the months that bills are of, read once each.
struct RulesByMonth<'b> {
    bureau: &'b Bureau,
    known: BTreeMap<Month, Arc<Rates>>,
}

impl RulesByMonth<'_> {
    async fn of(&mut self, cycle: Month) -> Result<Arc<Rates>> {
        if let Some(rates) = self.known.get(&cycle) {
            return Ok(Arc::clone(rates));
        }
        let rates = billing::rates(self.bureau, cycle).await?;
        self.known.insert(cycle, Arc::clone(&rates));
        Ok(rates)
    }
}

/// What the bills of these accounts are computed from; accounts without a bill that the correction is about have none.
async fn scenes(tx: &Tx, rules: &mut RulesByMonth<'_>, wish: &Wish, points: &[UsagePointId]) -> Result<Vec<Scene>> {
    let mut standing: HashMap<UsagePointId, Vec<(Bill, BillDocument)>> = HashMap::new();
    for (bill, document) in bill::standing_since(tx, points, wish.since).await? {
        standing.entry(bill.usage_point).or_default().push((bill, document));
    }
    if let Some(code) = &wish.tariff {
        standing.retain(|_, bills| bills.iter().any(|(bill, _)| bill.tariff == *code));
    }
    if standing.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<UsagePointId> = points.iter().copied().filter(|point| standing.contains_key(point)).collect();
    let mut meters = billing::by_point(metering::of_usage_points(tx, &points).await?, |meter| meter.usage_point);
    let owners: HashMap<MeterId, UsagePointId> =
        meters.values().flatten().map(|meter: &Meter| (meter.id, meter.usage_point)).collect();
    let mut cycles: Vec<Month> = standing.values().flatten().map(|(bill, _)| bill.cycle).collect();
    cycles.sort_unstable();
    cycles.dedup();
    let mut factors: HashMap<UsagePointId, Vec<Factor>> = HashMap::new();
    for factor in amendment::factors(tx, &owners.keys().copied().collect::<Vec<_>>()).await? {
        if let Some(owner) = owners.get(&factor.meter) {
            factors.entry(*owner).or_default().push(factor);
        }
    }
    let accounts = billing::known(tx, &points).await?;
    let begins = |account: &Account| {
        let first = standing.get(&account.usage_point).and_then(|bills| bills.first());
        first.map(|(_, document)| previous_day(document.period.from))
    };
    let with_begins: Vec<_> = accounts.iter().map(|account| (account, begins(account))).collect();
    let mut read = read_in(tx, rules, &with_begins, &owners, &cycles).await?;
    let mut openings: HashMap<_, _> =
        opening::of(tx, &points).await?.into_iter().map(|opening| (opening.usage_point, opening)).collect();
    let mut agreements = billing::by_point(agreement::of(tx, &points).await?, |agreement| agreement.usage_point);
    let mut suspensions = billing::by_point(agreement::suspensions(tx, &points).await?, |rest| rest.usage_point);
    let mut scenes = Vec::with_capacity(points.len());
    for account in accounts {
        let point = account.usage_point;
        let standing = standing.remove(&point).unwrap_or_default();
        let before = standing.first().and_then(|(_, document)| document.before.last);
        let previous = match before {
            Some(last) => bill::document_at(tx, point, last).await?,
            None => None,
        };
        let ReadIn { readings, between, held } = read.remove(&point).unwrap_or_default();
        scenes.push(Scene {
            standing,
            previous,
            meters: meters.remove(&point).unwrap_or_default(),
            readings,
            between,
            held,
            opening: openings.remove(&point),
            agreements: agreements.remove(&point).unwrap_or_default(),
            suspensions: suspensions.remove(&point).unwrap_or_default(),
            factors: factors.remove(&point).unwrap_or_default(),
            account,
        });
    }
    Ok(scenes)
}

/// An account's readings and what is held of them, by month.
#[derive(Default)]
struct ReadIn {
    readings: HashMap<Month, Vec<Reading>>,
    between: HashMap<Month, Vec<Reading>>,
    held: HashMap<Month, Vec<Held>>,
}

async fn read_in(
    tx: &Tx,
    rules: &mut RulesByMonth<'_>,
    accounts: &[(&Account, Option<Date>)],
    owners: &HashMap<MeterId, UsagePointId>,
    cycles: &[Month],
) -> Result<HashMap<UsagePointId, ReadIn>> {
    let ids: Vec<MeterId> = owners.keys().copied().collect();
    let mut read: HashMap<UsagePointId, ReadIn> = HashMap::new();
    for cycle in cycles {
        let rates = rules.of(*cycle).await?;
        let (first, last) = (cycle.first_day(), cycle.last_day());
        for reading in reading::last_within(tx, &ids, first, last).await? {
            let Some(owner) = owners.get(&reading.meter) else { continue };
            read.entry(*owner).or_default().readings.entry(*cycle).or_default().push(reading);
        }
        for (owner, readings) in billing::between(tx, &rates, accounts.iter().copied(), owners).await? {
            read.entry(owner).or_default().between.insert(*cycle, readings);
        }
        for held in review::held(tx, &ids, first, last, &rates.review.hold_until_decided).await? {
            let Some(owner) = owners.get(&held.place.meter) else { continue };
            read.entry(*owner).or_default().held.entry(*cycle).or_default().push(held);
        }
    }
    Ok(read)
}

/// Approves what has `digest`, as another person than the one who tried it.
pub async fn approve(tx: &Tx, ctx: &Ctx, correction_no: &str, digest: &str) -> Result<Correction> {
    let correction = visible(tx, ctx, APPROVE, correction_no).await?;
    run::require_over(ctx, APPROVE, &correction.wish.scope)?;
    must_be(&correction, &[CorrectionState::Tried])?;
    if correction.tried_by == ctx.actor.name {
        let (zh, en) = ("试算人不能审核自己的更正", "whoever tried a correction cannot approve it");
        return Err(Refusal::conflict("correction.own", zh, en).at("correction_no").into());
    }
    if correction.digest != digest {
        let (zh, en) = ("试算结果已变化，请重新查看后审核", "the trial has changed; look at it again before approving");
        return Err(Refusal::conflict("correction.other-content", zh, en).at("digest").into());
    }
    if correction.sums.affected == 0 {
        let (zh, en) = ("没有需要更正的账单", "no bill comes out otherwise: there is nothing to approve");
        return Err(Refusal::conflict("correction.empty", zh, en).at("correction_no").into());
    }
    approved(tx, ctx, correction).await
}

async fn approved(tx: &Tx, ctx: &Ctx, mut correction: Correction) -> Result<Correction> {
    correction.state = CorrectionState::Approved;
    (correction.approved_by, correction.approved_at) = (Some(ctx.actor.name.clone()), Some(ctx.now));
    save(tx, &correction, CorrectionState::Tried).await?;
    note(tx, ctx, "bill.rebill.approve", &correction, None).await?;
    Ok(correction)
}

/// Ends a correction of which nothing was issued. Whoever may try or approve it can.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, correction_no: &str, reason: &str) -> Result<Correction> {
    let right = if ctx.require(REBILL).is_ok() { REBILL } else { APPROVE };
    let mut correction = visible(tx, ctx, right, correction_no).await?;
    run::require_over(ctx, right, &correction.wish.scope)?;
    journal::short_reason(reason)?;
    let was = correction.state;
    must_be(&correction, &[CorrectionState::Trying, CorrectionState::Tried, CorrectionState::Approved])?;
    correction.state = CorrectionState::Withdrawn;
    (correction.ended_by, correction.ended_at) = (Some(ctx.actor.name.clone()), Some(ctx.now));
    save(tx, &correction, was).await?;
    note(tx, ctx, "bill.rebill.withdraw", &correction, Some(reason)).await?;
    Ok(correction)
}

/// Refuses at once what could not be issued: a correction that nobody else has approved.
pub async fn check_issuable(tx: &Tx, ctx: &Ctx, correction_no: &str) -> Result<Correction> {
    let correction = visible(tx, ctx, ISSUE, correction_no).await?;
    run::require_over(ctx, ISSUE, &correction.wish.scope)?;
    if correction.state == CorrectionState::Tried {
        return Err(not_approved().into());
    }
    must_be(&correction, &[CorrectionState::Approved, CorrectionState::Issuing])?;
    Ok(correction)
}

fn not_approved() -> Refusal {
    let (zh, en) =
        ("更正须由另一人审核后才能发行", "a correction must be approved by somebody else before it is issued");
    Refusal::conflict("correction.not-approved", zh, en).at("correction_no")
}

/// Cancels the bills of a correction and issues those that take their place.
///
/// With `second_person`, somebody else must have approved it; otherwise whoever issues approves, and the journal says so.
pub async fn issue(
    bureau: &Bureau,
    ctx: &Ctx,
    correction_no: &str,
    second_person: bool,
    watch: &mut dyn Watch,
) -> Result<IssueTally> {
    let job = Job::claim(&bureau.house.db, &job_name(correction_no)).await?;
    let outcome = issue_claimed(bureau, ctx, correction_no, second_person, watch).await;
    job.end(outcome).await
}

async fn issue_claimed(
    bureau: &Bureau,
    ctx: &Ctx,
    correction_no: &str,
    second_person: bool,
    watch: &mut dyn Watch,
) -> Result<IssueTally> {
    let db = &bureau.house.db;
    let tx = db.write().await?;
    let mut correction = visible(&tx, ctx, ISSUE, correction_no).await?;
    run::require_over(ctx, ISSUE, &correction.wish.scope)?;
    if correction.state == CorrectionState::Tried && !second_person {
        correction = approved(&tx, ctx, correction).await?;
    }
    if correction.state == CorrectionState::Tried
        || (second_person && correction.approved_by.as_ref() == Some(&correction.tried_by))
    {
        return Err(not_approved().into());
    }
    must_be(&correction, &[CorrectionState::Approved, CorrectionState::Issuing])?;
    if digest(&tx, correction_no).await? != correction.digest {
        return Err(Fault::impossible(format!("the correction {correction_no} is not what was approved")));
    }
    let was = correction.state;
    correction.state = CorrectionState::Issuing;
    save(&tx, &correction, was).await?;
    tx.commit().await?;
    let tally = post_all(bureau, ctx, &correction, watch).await?;
    let tx = db.write().await?;
    correction.state = CorrectionState::Issued;
    (correction.ended_by, correction.ended_at) = (Some(ctx.actor.name.clone()), Some(ctx.now));
    save(&tx, &correction, CorrectionState::Issuing).await?;
    note(&tx, ctx, "bill.rebill.issue", &correction, None).await?;
    tx.commit().await?;
    Ok(tally)
}

async fn post_all(bureau: &Bureau, ctx: &Ctx, correction: &Correction, watch: &mut dyn Watch) -> Result<IssueTally> {
    let mut tally = IssueTally::default();
    let mut rules = RulesByMonth { bureau, known: BTreeMap::new() };
    loop {
        let chains = store::ready(&bureau.house.db.read().await?, &correction.correction_no, CHUNK).await?;
        if chains.is_empty() {
            return Ok(tally);
        }
        let mut posting = Posting { bureau, correction, rules: &mut rules };
        let done = posting.post(ctx, chains).await?;
        tally.accounts += done.accounts;
        tally.bills += done.bills;
        tally.changed += done.changed;
        watch.progress(tally.accounts + tally.changed, u64::try_from(correction.sums.affected).ok())?;
    }
}

struct Posting<'a, 'b> {
    bureau: &'b Bureau,
    correction: &'a Correction,
    rules: &'a mut RulesByMonth<'b>,
}

impl Posting<'_, '_> {
    async fn post(&mut self, ctx: &Ctx, chains: Vec<Chain>) -> Result<IssueTally> {
        let mut by_old_rules = Vec::new();
        for chain in &chains {
            if !self.is_by_present_rules(chain).await? {
                by_old_rules.push(chain.usage_point);
            }
        }
        let house = &self.bureau.house;
        let tx = house.db.write().await?;
        let points: Vec<UsagePointId> = chains.iter().map(|chain| chain.usage_point).collect();
        if let Some(rates) = self.rules.known.values().next() {
            self.bureau.tariffs.hold(&tx, &rates.tariffs).await?;
        }
        supply::lock(&tx, &points).await?;
        let then: Vec<_> = chains.iter().map(|chain| (chain.usage_point, chain.revision, chain.last)).collect();
        let unchanged = bill::unchanged(&tx, &then).await?;
        let (mut posted, mut changed, mut replacements) = (Vec::new(), Vec::new(), Vec::new());
        for Chain { usage_point, outcome, .. } in chains {
            let ChainOutcome::Other(links) = outcome else { continue };
            if !unchanged.contains(&usage_point) || by_old_rules.contains(&usage_point) {
                changed.push(usage_point);
                continue;
            }
            posted.push(usage_point);
            let cancels = links.iter().rev().map(|link| link.cancels.clone()).collect();
            replacements.push(Replacement { cancels, drafts: links.into_iter().map(|link| link.draft).collect() });
        }
        let Correction { correction_no, wish, .. } = self.correction;
        let reason = format!("{}（{correction_no}）", wish.reason);
        let bills = match replacements.is_empty() {
            true => Vec::new(),
            false => bill::replace(&tx, ctx, &house.packs, replacements, &reason).await?,
        };
        store::mark(&tx, correction_no, &posted, AccountState::Posted).await?;
        store::mark(&tx, correction_no, &changed, AccountState::Changed).await?;
        amendment::settle(&tx, &posted, wish.since, correction_no).await?;
        tx.commit().await?;
        Ok(IssueTally { accounts: posted.len() as u64, bills: bills.len() as u64, changed: changed.len() as u64 })
    }

    async fn is_by_present_rules(&mut self, chain: &Chain) -> Result<bool> {
        let ChainOutcome::Other(links) = &chain.outcome else { return Ok(false) };
        for link in links {
            if self.rules.of(link.draft.cycle).await?.basis != link.draft.basis {
                return Ok(false);
            }
        }
        Ok(!links.is_empty())
    }
}

/// Corrections that the actor may see, newest first, below the number `before`.
pub async fn page(tx: &Tx, ctx: &Ctx, before: Option<&str>, limit: u32) -> Result<Vec<Correction>> {
    let stations = ctx.require(bill::READ)?.stations();
    store::page(tx, stations, before, limit.clamp(1, 200)).await
}

/// A correction, and how many of its accounts are in each state.
pub async fn find(tx: &Tx, ctx: &Ctx, correction_no: &str) -> Result<(Correction, Vec<(AccountState, i64)>)> {
    let correction = visible(tx, ctx, bill::READ, correction_no).await?;
    let counts = store::counts(tx, correction_no).await?;
    Ok((correction, counts))
}

/// A page of the accounts of a correction.
pub async fn accounts(
    tx: &Tx,
    ctx: &Ctx,
    correction_no: &str,
    state: Option<AccountState>,
    order: AccountOrder,
    after: Option<AccountMark>,
    limit: u32,
) -> Result<Vec<AccountRow>> {
    visible(tx, ctx, bill::READ, correction_no).await?;
    store::accounts(tx, correction_no, state, order, after, limit.clamp(1, 1000)).await
}

/// An account of a correction, with its bills and those that take their place.
pub async fn account(tx: &Tx, ctx: &Ctx, correction_no: &str, supply_no: &str) -> Result<(AccountRow, Vec<Pair>)> {
    visible(tx, ctx, bill::READ, correction_no).await?;
    let unknown = || {
        let (zh, en) = (format!("该更正不含户号 {supply_no}"), format!("this correction is not about {supply_no}"));
        Refusal::not_found("correction.account-unknown", zh, en).at("supply_no")
    };
    let row = store::account(tx, correction_no, supply_no).await?.ok_or_else(unknown)?;
    let pairs = store::pairs(tx, correction_no, row.usage_point).await?;
    Ok((row, pairs))
}

/// What stops an account, in words.
pub fn obstacles(row: &AccountRow) -> Result<Vec<Text>> {
    let findings: Vec<reading::rules::Finding> = serde_json::from_str(&row.findings)?;
    let stopping = findings.into_iter().filter(|finding| finding.doubt.blocks());
    Ok(stopping.map(|finding| finding.text).collect())
}
