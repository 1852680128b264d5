//! The month's billing work 核算发行: plan, trial, review, issue.
//!
//! ```text
//!   readings ──plan──▶ what can be billed ──trial──▶ drafts + findings ──approve──▶ issue ──▶ bills
//!                                             ▲                                       │
//!                                             └── whatever changes a draft's inputs ──┘
//! ```
//!
//! Each step brings the work up to date and keeps no state but what is in the tables: repeated, it
//! does what is left; finished, it changes nothing; killed, it has lost nothing.
//!
//! **Invariants.** A draft holds while its account's revision and last bill, and the rules, are the
//! ones that it was computed from. What is issued was approved: on the command line by its operator,
//! or by a second person whose approval names the digest of all drafts.

pub mod api;
mod model;
mod rules;
mod store;
pub mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use kernel::time::previous_day;
use kernel::{Date, Energy, Money, Month};
use platform::jobs::{Job, Watch};
use platform::{Ctx, Fault, Permission, Result, Scope, Tx};
use pricing::Tariff;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) use model::Inputs;
pub use model::{Account, AccountFinding, Group, GroupBy, IssueTally, Sums, Tally, TrialFindings};
pub use rules::funds;
pub(crate) use rules::{Outcome, Rates, outcome};
pub(crate) use store::known;

use crate::Bureau;
use crate::agreement;
use crate::amendment::{self, Factor};
use crate::bill::{self, Draft};
use crate::exception::{self, ExceptionRules, words_of};
use crate::metering::{self, Meter, MeterId};
use crate::opening;
use crate::reading::rules::{Doubt, Finding, ReviewRules};
use crate::reading::{self, Reading};
use crate::review::{self, Held};
use crate::run::{self, Run, RunScope, TRIAL};
use crate::supply::{self, UsagePointId};
use crate::tariff;
use crate::terms::Terms;

pub const ISSUE: Permission = Permission("bill.issue");

/// Accounts in one transaction: few enough that others get their turn within a moment.
const CHUNK: u32 = 500;

/// Where findings and progress of a run go.
pub struct Desk<'a> {
    pub finding: &'a mut (dyn FnMut(&AccountFinding) -> Result<()> + Send),
    pub watch: &'a mut dyn Watch,
}

/// Looks at what could be billed, without pricing or keeping anything.
pub async fn plan(bureau: &Bureau, ctx: &Ctx, cycle: Month, scope: &RunScope, desk: &mut Desk<'_>) -> Result<Tally> {
    run::require_over(ctx, TRIAL, scope)?;
    run::check_scope(&bureau.house.db.read().await?, scope).await?;
    let rates = rates(bureau, cycle).await?;
    let mut work = compute_ahead(bureau, ctx, rates, scope.clone());
    let mut tally = Tally::default();
    while let Some(chunk) = work.next().await? {
        chunk.tell(desk, &mut tally)?;
    }
    Ok(tally)
}

/// Computes the bills of `cycle` that are not issued yet and keeps them as drafts.
pub async fn trial(bureau: &Bureau, ctx: &Ctx, cycle: Month, scope: &RunScope, desk: &mut Desk<'_>) -> Result<Tally> {
    run::require_over(ctx, TRIAL, scope)?;
    let job = Job::claim(&bureau.house.db, &job_name(cycle)).await?;
    let outcome = bring_up_to_date(bureau, ctx, cycle, scope, desk, true).await;
    job.end(outcome).await
}

fn job_name(cycle: Month) -> String {
    format!("bill {cycle}")
}

/// The rules that the bills of a month go by now.
pub(crate) async fn rates(bureau: &Bureau, cycle: Month) -> Result<Arc<Rates>> {
    let review = ReviewRules::of(&bureau.house.packs, cycle)?;
    let exceptions = ExceptionRules::of(&bureau.house.packs, cycle)?;
    Ok(Arc::new(Rates::new(cycle, review, exceptions, bureau.book().await?)))
}

/// Makes the drafts that are not on record as they are. What peers did is compared for people who look at it, and
/// where what comes of it is waited for.
async fn bring_up_to_date(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    desk: &mut Desk<'_>,
    for_people: bool,
) -> Result<Tally> {
    let db = &bureau.house.db;
    let rates = rates(bureau, cycle).await?;
    let tx = db.write().await?;
    run::check_scope(&tx, scope).await?;
    tariff::keep(&tx, &rates.tariffs).await?;
    tx.commit().await?;
    let mut work = compute_ahead(bureau, ctx, Arc::clone(&rates), scope.clone());
    let mut tally = Tally::default();
    while let Some(mut chunk) = work.next().await? {
        if !chunk.drafts.is_empty() {
            let found = exception::examine(&db.read().await?, &rates.exceptions, cycle, &mut chunk.drafts).await?;
            chunk.findings.extend(found.into_iter().map(|(supply_no, finding)| AccountFinding { supply_no, finding }));
            let tx = db.write().await?;
            bill::keep_drafts(&tx, &chunk.drafts).await?;
            tx.commit().await?;
        }
        chunk.tell(desk, &mut tally)?;
    }
    let mut tell = |supply_no: &str, finding: &Finding| {
        (desk.finding)(&AccountFinding { supply_no: supply_no.to_owned(), finding: finding.clone() })
    };
    if for_people || !rates.exceptions.decide_before_issue.is_empty() {
        exception::compare(db, &rates.exceptions, (cycle, scope), &mut tell).await?;
    }
    let billed = run::billed(&db.read().await?, cycle, scope).await?;
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let run = Run {
        cycle,
        scope: scope.clone(),
        accounts: count(tally.accounts) + billed,
        ready: count(tally.ready) + billed,
        blocked: count(tally.blocked),
        amount: tally.amount,
        tried_by: ctx.actor.name.clone(),
        tried_at: Some(ctx.now),
        approved_by: None,
        approved_at: None,
        approved_digest: None,
        issued_by: None,
        issued_at: None,
        issued_digest: None,
    };
    let tx = db.write().await?;
    if tally.computed > 0 {
        bill::count_drafts_anew(&tx).await?;
    }
    run::note_trial(&tx, ctx, run, tally.computed).await?;
    tx.commit().await?;
    Ok(tally)
}

/// A chunk of accounts, computed.
#[derive(Default)]
struct Computed {
    accounts: u64,
    idle: u64,
    ready: u64,
    blocked: u64,
    energy: Energy,
    amount: Money,
    /// Those that were not on record as they are.
    drafts: Vec<Draft>,
    findings: Vec<AccountFinding>,
}

impl Computed {
    fn tell(&self, desk: &mut Desk<'_>, tally: &mut Tally) -> Result<()> {
        self.findings.iter().try_for_each(|finding| (desk.finding)(finding))?;
        tally.accounts += self.accounts;
        tally.idle += self.idle;
        tally.computed += self.drafts.len() as u64;
        tally.ready += self.ready;
        tally.blocked += self.blocked;
        tally.energy += self.energy;
        tally.amount += self.amount;
        desk.watch.progress(tally.accounts, None)
    }

    fn add_findings(&mut self, supply_no: &str, findings: Vec<Finding>) {
        self.findings
            .extend(findings.into_iter().map(|finding| AccountFinding { supply_no: supply_no.to_owned(), finding }));
    }
}

/// Reading, computing and (by whoever asks for the next chunk) writing go on side by side: reading
/// on the async workers, computing on blocking threads, with few chunks between them.
struct Ahead<T> {
    chunks: mpsc::Receiver<JoinHandle<Result<T>>>,
    reader: JoinHandle<Result<()>>,
}

impl<T: Send + 'static> Ahead<T> {
    fn start<R>(read: impl FnOnce(mpsc::Sender<JoinHandle<Result<T>>>) -> R) -> Ahead<T>
    where
        R: Future<Output = Result<()>> + Send + 'static,
    {
        let (send, chunks) = mpsc::channel(2);
        Ahead { chunks, reader: tokio::spawn(read(send)) }
    }

    async fn next(&mut self) -> Result<Option<T>> {
        let joined = |error| Fault::because("a worker of a bill run", error);
        match self.chunks.recv().await {
            Some(computing) => computing.await.map_err(joined)?.map(Some),
            None => (&mut self.reader).await.map_err(joined)?.map(|()| None),
        }
    }
}

/// Computes the bills of a scope, those on record aside.
fn compute_ahead(bureau: &Bureau, ctx: &Ctx, rates: Arc<Rates>, scope: RunScope) -> Ahead<Computed> {
    let (db, actor) = (bureau.house.db.clone(), ctx.actor.name.clone());
    Ahead::start(|send| async move {
        let mut pages = run::Pages::of(&scope);
        loop {
            let tx = db.read().await?;
            tx.plan_afresh().await?;
            let Some(points) = pages.next(&tx, CHUNK).await? else { return Ok(()) };
            let accounts = store::accounts(&tx, rates.cycle, &points).await?;
            let (fresh, inputs) = load(&tx, &rates, accounts).await?;
            tx.rollback().await?;
            let (rates, actor) = (Arc::clone(&rates), actor.clone());
            let computing = tokio::task::spawn_blocking(move || compute(&rates, &actor, fresh, inputs));
            if send.send(computing).await.is_err() {
                return Ok(());
            }
        }
    })
}

/// Splits a chunk into what is on record as it is, summed up, and the inputs of the rest.
async fn load(tx: &Tx, rates: &Rates, accounts: Vec<Account>) -> Result<(Computed, Vec<Inputs>)> {
    let points: Vec<UsagePointId> = accounts.iter().map(|account| account.usage_point).collect();
    let standing = store::drafts(tx, rates.cycle, &points).await?;
    let sequences = bill::sequences(tx, &points, rates.cycle).await?;
    let mut computed = Computed { accounts: accounts.len() as u64, ..Computed::default() };
    let mut stale = Vec::new();
    for account in accounts {
        let sequence = sequences.get(&account.usage_point).map_or(1, |last| last + 1);
        match standing.get(&account.usage_point).filter(|draft| holds(draft, &account, sequence, &rates.basis)) {
            Some(draft) => {
                count(&mut computed, draft);
                let mut findings: Vec<Finding> = serde_json::from_str(&draft.findings)?;
                // Told anew when all are compared.
                findings.retain(|finding| finding.doubt != Doubt::Swing);
                computed.add_findings(&account.supply_no, findings);
            }
            None => stale.push((account, sequence)),
        }
    }
    Ok((computed, inputs(tx, rates, stale).await?))
}

fn holds(draft: &store::Standing, account: &Account, sequence: i64, basis: &str) -> bool {
    let (cycle, last) = bill::last_columns(account.position.last);
    draft.sequence == sequence
        && draft.revision == account.revision
        && draft.basis == basis
        && (draft.after_cycle.as_str(), draft.after_sequence) == (cycle.as_str(), last)
}

fn count(computed: &mut Computed, draft: &store::Standing) {
    if draft.is_ready {
        computed.ready += 1;
        computed.energy += draft.energy;
        computed.amount += draft.amount;
    } else {
        computed.blocked += 1;
    }
}

async fn inputs(tx: &Tx, rates: &Rates, accounts: Vec<(Account, i64)>) -> Result<Vec<Inputs>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<UsagePointId> = accounts.iter().map(|(account, _)| account.usage_point).collect();
    let mut meters: HashMap<UsagePointId, Vec<Meter>> = HashMap::new();
    let mut owners: HashMap<MeterId, UsagePointId> = HashMap::new();
    for meter in metering::of_usage_points(tx, &points).await? {
        owners.insert(meter.id, meter.usage_point);
        meters.entry(meter.usage_point).or_default().push(meter);
    }
    let ids: Vec<MeterId> = owners.keys().copied().collect();
    let mut readings: HashMap<UsagePointId, Vec<Reading>> = HashMap::new();
    let (first, last) = (rates.cycle.first_day(), rates.cycle.last_day());
    for reading in reading::last_within(tx, &ids, first, last).await? {
        if let Some(owner) = owners.get(&reading.meter) {
            readings.entry(*owner).or_default().push(reading);
        }
    }
    let mut standings = bill::standings(tx, &points).await?;
    let billed_to = |account: &Account| standings.get(&account.usage_point).map(|(_, document)| document.period.to);
    let with_ends = accounts.iter().map(|(account, _)| (account, billed_to(account)));
    let mut between = between(tx, rates, with_ends, &owners).await?;
    let mut held: HashMap<UsagePointId, Vec<Held>> = HashMap::new();
    for found in review::held(tx, &ids, first, last, &rates.review.hold_until_decided).await? {
        if let Some(owner) = owners.get(&found.place.meter) {
            held.entry(*owner).or_default().push(found);
        }
    }
    let mut factors: HashMap<UsagePointId, Vec<Factor>> = HashMap::new();
    for factor in amendment::factors(tx, &ids).await? {
        if let Some(owner) = owners.get(&factor.meter) {
            factors.entry(*owner).or_default().push(factor);
        }
    }
    let mut openings: HashMap<UsagePointId, opening::Opening> =
        opening::of(tx, &points).await?.into_iter().map(|opening| (opening.usage_point, opening)).collect();
    let supplied = with_supply(rates, &accounts);
    let (mut agreements, mut suspensions) = (HashMap::new(), HashMap::new());
    if !supplied.is_empty() {
        agreements = by_point(agreement::of(tx, &supplied).await?, |agreement| agreement.usage_point);
        suspensions = by_point(agreement::suspensions(tx, &supplied).await?, |rest| rest.usage_point);
    }
    let gather = |(account, sequence): (Account, i64)| {
        let point = account.usage_point;
        Inputs {
            meters: meters.remove(&point).unwrap_or_default(),
            readings: readings.remove(&point).unwrap_or_default(),
            between: between.remove(&point).unwrap_or_default(),
            held: held.remove(&point).unwrap_or_default(),
            previous: standings.remove(&point).map(|(_, document)| document),
            opening: openings.remove(&point),
            agreements: agreements.remove(&point).unwrap_or_default(),
            suspensions: suspensions.remove(&point).unwrap_or_default(),
            factors: factors.remove(&point).unwrap_or_default(),
            account,
            sequence,
        }
    };
    Ok(accounts.into_iter().map(gather).collect())
}

/// What was read on days on which prices or tariffs change, and on their eves: of each account's own changes, those
/// after the day to which it is billed.
pub(crate) async fn between(
    tx: &Tx,
    rates: &Rates,
    accounts: impl Iterator<Item = (&Account, Option<Date>)>,
    owners: &HashMap<MeterId, UsagePointId>,
) -> Result<HashMap<UsagePointId, Vec<Reading>>> {
    let until = rates.cycle.last_day();
    let (mut begins, mut changing): (BTreeSet<Date>, HashSet<UsagePointId>) =
        (rates.begins.iter().copied().collect(), HashSet::new());
    for (account, billed_to) in accounts {
        for terms in account.terms.iter().skip(1) {
            if terms.from <= until && billed_to.is_none_or(|day| day < terms.from) {
                begins.insert(terms.from);
                changing.insert(account.usage_point);
            }
        }
    }
    let concerns_all = !rates.begins.is_empty();
    let concerned = owners.iter().filter(|(_, owner)| concerns_all || changing.contains(owner));
    let meters: Vec<MeterId> = concerned.map(|(meter, _)| *meter).collect();
    let mut between: HashMap<UsagePointId, Vec<Reading>> = HashMap::new();
    if meters.is_empty() {
        return Ok(between);
    }
    let days: BTreeSet<Date> = begins.iter().flat_map(|day| [previous_day(*day), *day]).collect();
    for reading in reading::on_days(tx, &meters, days.into_iter().collect()).await? {
        if let Some(owner) = owners.get(&reading.meter) {
            between.entry(*owner).or_default().push(reading);
        }
    }
    Ok(between)
}

/// Those whose tariffs go by more than energy.
fn with_supply(rates: &Rates, accounts: &[(Account, i64)]) -> Vec<UsagePointId> {
    let by_supply = |terms: &Terms| rates.tariffs.get(&terms.tariff).is_some_and(Tariff::goes_by_supply);
    let is_one = |account: &Account| account.terms.iter().any(by_supply);
    accounts.iter().map(|(account, _)| account).filter(|account| is_one(account)).map(|of| of.usage_point).collect()
}

pub(crate) fn by_point<T>(rows: Vec<T>, point: impl Fn(&T) -> UsagePointId) -> HashMap<UsagePointId, Vec<T>> {
    let mut by_point: HashMap<UsagePointId, Vec<T>> = HashMap::new();
    for row in rows {
        by_point.entry(point(&row)).or_default().push(row);
    }
    by_point
}

fn compute(rates: &Rates, actor: &str, mut computed: Computed, inputs: Vec<Inputs>) -> Result<Computed> {
    for inputs in inputs {
        let (bill, findings) = match outcome(rates, &inputs)? {
            Outcome::Idle => {
                computed.idle += 1;
                continue;
            }
            Outcome::Blocked(findings) => {
                computed.blocked += 1;
                (None, findings)
            }
            Outcome::Priced(bill, findings) => {
                computed.ready += 1;
                computed.energy += bill.energy;
                computed.amount += bill.amount;
                (Some(*bill), findings)
            }
        };
        let account = &inputs.account;
        computed.drafts.push(Draft {
            usage_point: account.usage_point,
            cycle: rates.cycle,
            sequence: inputs.sequence,
            revision: account.revision,
            basis: rates.basis.clone(),
            tried_by: actor.to_owned(),
            after: account.position.last,
            findings: serde_json::to_string(&findings)?,
            doubts: words_of(&findings),
            weight: bill::Weight::default(),
            bill,
        });
        computed.add_findings(&account.supply_no, findings);
    }
    Ok(computed)
}

/// How many accounts of the scope have no bill of `cycle` yet.
pub async fn to_bill(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<u64> {
    let (mut pages, mut accounts) = (run::Pages::of(scope), 0);
    while let Some(points) = pages.next(tx, run::PAGE).await? {
        accounts += store::count(tx, cycle, &points).await?;
    }
    Ok(accounts)
}

/// What the bills of a month come to, issued or ready to be, beside the month before and the same
/// month of the year before; in order of the groups' codes.
pub async fn summary(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope, by: GroupBy) -> Result<Vec<Group>> {
    let stations = ctx.require(bill::READ)?.stations();
    let now = store::drafted(tx, cycle, scope, by, stations.clone()).await?;
    let before = store::issued(tx, cycle.back(1), scope, by, stations.clone()).await?;
    let year_before = store::issued(tx, cycle.back(12), scope, by, stations).await?;
    let codes: BTreeSet<&String> = now.keys().chain(before.keys()).chain(year_before.keys()).collect();
    let sums = |of: &BTreeMap<String, Sums>, code: &String| of.get(code).copied().unwrap_or_default();
    let group = |code: &String| Group {
        code: code.clone(),
        now: sums(&now, code),
        before: sums(&before, code),
        year_before: sums(&year_before, code),
    };
    Ok(codes.into_iter().map(group).collect())
}

/// A page of accounts about whose bill of `cycle` the last trial had something to say, in order of
/// supply number: those not issued yet, of the stations that the actor may see.
pub async fn findings(tx: &Tx, ctx: &Ctx, cycle: Month, after: &str, limit: u32) -> Result<Vec<TrialFindings>> {
    let stations = match ctx.require(bill::READ)? {
        Scope::Bureau => None,
        Scope::Stations(stations) => Some(stations),
    };
    store::findings(tx, cycle, stations, after, limit).await
}

/// Issues the bills of `cycle`: brings the trial up to date, makes sure that it is approved, posts.
///
/// With `second_person`, somebody else must have approved exactly these drafts; otherwise whoever
/// issues approves, and the journal says so.
pub async fn issue(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    second_person: bool,
    desk: &mut Desk<'_>,
) -> Result<IssueTally> {
    run::require_over(ctx, ISSUE, scope)?;
    let job = Job::claim(&bureau.house.db, &job_name(cycle)).await?;
    let outcome = issue_claimed(bureau, ctx, cycle, scope, second_person, desk).await;
    job.end(outcome).await
}

async fn issue_claimed(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    second_person: bool,
    desk: &mut Desk<'_>,
) -> Result<IssueTally> {
    let mut tally = IssueTally::default();
    let trial = {
        let mut last_left = String::new();
        let mut finding = |found: &AccountFinding| {
            // An account's findings come together; it is left for the first that blocks it.
            if found.finding.doubt.blocks() && found.supply_no != last_left {
                last_left.clone_from(&found.supply_no);
                tally.count_left(found.finding.doubt);
            }
            (desk.finding)(found)
        };
        let mut quiet = Quiet(desk.watch);
        let mut inner = Desk { finding: &mut finding, watch: &mut quiet };
        bring_up_to_date(bureau, ctx, cycle, scope, &mut inner, false).await?
    };
    if trial.ready == 0 {
        return Ok(tally);
    }
    let seen = run::look(&bureau.house.db.read().await?, cycle, scope).await?;
    let tx = bureau.house.db.write().await?;
    run::approve_for_issue(&tx, ctx, &seen, second_person).await?;
    tx.commit().await?;
    post_all(bureau, ctx, cycle, scope, trial.ready, &mut tally, desk.watch).await?;
    tally.changed = trial.ready.saturating_sub(tally.issued + tally.held + tally.waiting);
    Ok(tally)
}

/// Shows no progress, but hears when to stop.
struct Quiet<'a>(&'a mut dyn Watch);

impl Watch for Quiet<'_> {
    fn progress(&mut self, _done: u64, _of: Option<u64>) -> Result<()> {
        self.0.progress(0, None)
    }
}

async fn post_all(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    ready: u64,
    tally: &mut IssueTally,
    watch: &mut dyn Watch,
) -> Result<()> {
    let rates = rates(bureau, cycle).await?;
    let mut drafts = read_ahead(bureau, Arc::clone(&rates), scope.clone());
    while let Some(mut chunk) = drafts.next().await? {
        let tx = bureau.house.db.write().await?;
        tx.plan_afresh().await?;
        leave_out(&tx, &rates, &mut chunk, tally).await?;
        bureau.tariffs.hold(&tx, &rates.tariffs).await?;
        let bills = bill::post(&tx, ctx, &bureau.house.packs, cycle, chunk).await?;
        tx.commit().await?;
        tally.issued += bills.len() as u64;
        tally.amount += bills.iter().map(|bill| bill.amount).sum();
        watch.progress(tally.issued, Some(ready))?;
    }
    Ok(())
}

/// Takes out of a chunk what people hold, or have yet to decide about.
async fn leave_out(tx: &Tx, rates: &Rates, chunk: &mut Vec<bill::Ready>, tally: &mut IssueTally) -> Result<()> {
    let doubtful: Vec<UsagePointId> =
        chunk.iter().filter(|draft| draft.is_doubtful()).map(bill::Ready::usage_point).collect();
    if doubtful.is_empty() {
        return Ok(());
    }
    // Under the locks of all, which are taken in one order: nobody holds a draft that is being issued.
    let points: Vec<UsagePointId> = chunk.iter().map(bill::Ready::usage_point).collect();
    supply::lock(tx, &points).await?;
    let left = exception::left_out(tx, &rates.exceptions, rates.cycle, &doubtful).await?;
    left.values().for_each(|left| tally.leave(*left));
    chunk.retain(|draft| !left.contains_key(&draft.usage_point()));
    Ok(())
}

/// Reads the drafts of a scope while others are being posted.
fn read_ahead(bureau: &Bureau, rates: Arc<Rates>, scope: RunScope) -> Ahead<Vec<bill::Ready>> {
    let db = bureau.house.db.clone();
    Ahead::start(|send| async move {
        let mut pages = run::Pages::of(&scope);
        loop {
            let tx = db.read().await?;
            tx.plan_afresh().await?;
            let Some(points) = pages.next(&tx, CHUNK).await? else { return Ok(()) };
            let points = store::unbilled(&tx, rates.cycle, &points).await?;
            let kept = bill::kept(&tx, rates.cycle, &rates.basis, &points).await?;
            tx.rollback().await?;
            if send.send(tokio::task::spawn_blocking(move || bill::read(kept))).await.is_err() {
                return Ok(());
            }
        }
    })
}
