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

mod model;
mod rules;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use kernel::id::Uuid;
use kernel::{Energy, Money, Month, Refusal, Register};
use platform::jobs::{Job, Watch};
use platform::journal::{self, Entry};
use platform::{Ctx, Db, Fault, Permission, Result, Tx};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use model::{Account, AccountFinding, IssueTally, Run, RunScope, Tally};
pub use rules::funds;
pub use store::MIGRATION;

use crate::Bureau;
use crate::bill::{self, Draft};
use crate::metering::{self, Meter, MeterId};
use crate::opening;
use crate::reading::review::{Doubt, Finding, ReviewRules};
use crate::reading::{self, Reading};
use crate::supply::UsagePointId;
use crate::tariff;
use model::Inputs;
use rules::{Outcome, Rates};

pub const TRIAL: Permission = Permission("bill.trial");
pub const ISSUE: Permission = Permission("bill.issue");
pub const APPROVE: Permission = Permission("bill.approve");

/// Accounts in one transaction: few enough that others get their turn within a moment.
const CHUNK: u32 = 250;

/// Where findings and progress of a run go.
pub struct Desk<'a> {
    pub finding: &'a mut (dyn FnMut(&AccountFinding) -> Result<()> + Send),
    pub watch: &'a mut dyn Watch,
}

/// Looks at what could be billed, without pricing or keeping anything.
pub async fn plan(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    desk: &mut Desk<'_>,
) -> Result<Tally> {
    ctx.require(TRIAL)?;
    let rates = rates(bureau, cycle)?;
    let mut work = Work::start(bureau, rates, scope.clone(), Uuid::nil());
    let mut tally = Tally::default();
    while let Some(chunk) = work.next().await? {
        chunk.tell(desk, &mut tally)?;
    }
    Ok(tally)
}

/// Computes the bills of `cycle` that are not issued yet and keeps them as drafts.
pub async fn trial(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    desk: &mut Desk<'_>,
) -> Result<Tally> {
    ctx.require(TRIAL)?;
    let _job = Job::claim(&bureau.house.db, &job_name(cycle)).await?;
    bring_up_to_date(bureau, ctx, cycle, scope, desk).await
}

fn job_name(cycle: Month) -> String {
    format!("bill {cycle}")
}

fn rates(bureau: &Bureau, cycle: Month) -> Result<Arc<Rates>> {
    let review = ReviewRules::of(&bureau.house.packs, cycle)?;
    Ok(Arc::new(Rates::new(
        cycle,
        review,
        Arc::clone(&bureau.tariffs),
    )))
}

async fn bring_up_to_date(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    desk: &mut Desk<'_>,
) -> Result<Tally> {
    let db = &bureau.house.db;
    let tx = db.write().await?;
    tariff::keep(&tx, &bureau.tariffs).await?;
    tx.commit().await?;
    let mut work = Work::start(bureau, rates(bureau, cycle)?, scope.clone(), Uuid::nil());
    let mut tally = Tally::default();
    while let Some(chunk) = work.next().await? {
        if !chunk.drafts.is_empty() {
            let tx = db.write().await?;
            bill::keep_drafts(&tx, &chunk.drafts).await?;
            tx.commit().await?;
        }
        chunk.tell(desk, &mut tally)?;
    }
    note_trial(db, ctx, cycle, scope, &tally).await?;
    Ok(tally)
}

/// Puts a trial on record, unless the record says the same already.
async fn note_trial(
    db: &Db,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    tally: &Tally,
) -> Result<()> {
    let tx = db.write().await?;
    let known = store::run(&tx, cycle, scope).await?;
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let billed = store::billed(&tx, cycle, scope).await?;
    let run = Run {
        cycle,
        scope: scope.clone(),
        accounts: count(tally.accounts) + billed,
        ready: count(tally.ready) + billed,
        blocked: count(tally.blocked),
        amount: tally.amount,
        tried_by: ctx.actor.name.clone(),
        approved_by: known.as_ref().and_then(|run| run.approved_by.clone()),
        approved_digest: known.as_ref().and_then(|run| run.approved_digest.clone()),
    };
    let same = known.is_some_and(|known| {
        (known.accounts, known.ready, known.blocked) == (run.accounts, run.ready, run.blocked)
    });
    if same {
        return tx.rollback().await;
    }
    store::save_run(&tx, &run).await?;
    let detail = serde_json::json!({
        "station": scope.station, "book": scope.book, "accounts": tally.accounts, "ready": tally.ready, "blocked": tally.blocked,
        "kwh": tally.energy.to_string(), "amount": tally.amount.to_string(),
    });
    journal::record(
        &tx,
        ctx,
        Entry {
            act: TRIAL.0,
            subject: format!("cycle:{cycle}"),
            reason: None,
            detail,
        },
    )
    .await?;
    tx.commit().await
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
        self.findings
            .iter()
            .try_for_each(|finding| (desk.finding)(finding))?;
        tally.accounts += self.accounts;
        tally.idle += self.idle;
        tally.ready += self.ready;
        tally.blocked += self.blocked;
        tally.energy += self.energy;
        tally.amount += self.amount;
        desk.watch.progress(tally.accounts, None);
        Ok(())
    }

    fn add_findings(&mut self, supply_no: &str, findings: Vec<Finding>) {
        self.findings
            .extend(findings.into_iter().map(|finding| AccountFinding {
                supply_no: supply_no.to_owned(),
                finding,
            }));
    }
}

/// Reading, computing and (by whoever asks for the next chunk) writing go on side by side: reading
/// on the async workers, computing on blocking threads, with few chunks between them.
struct Work {
    chunks: mpsc::Receiver<JoinHandle<Result<Computed>>>,
    reader: JoinHandle<Result<()>>,
}

impl Work {
    fn start(bureau: &Bureau, rates: Arc<Rates>, scope: RunScope, from: Uuid) -> Work {
        let (send, chunks) = mpsc::channel(2);
        let db = bureau.house.db.clone();
        let reader = tokio::spawn(async move {
            let mut after = from;
            loop {
                let tx = db.read().await?;
                let accounts = store::accounts(&tx, rates.cycle, &scope, after, CHUNK).await?;
                let Some(last) = accounts.last() else {
                    return Ok(());
                };
                after = last.usage_point.uuid();
                let (fresh, inputs) = load(&tx, &rates, accounts).await?;
                tx.rollback().await?;
                let rates = Arc::clone(&rates);
                let computing = tokio::task::spawn_blocking(move || compute(&rates, fresh, inputs));
                if send.send(computing).await.is_err() {
                    return Ok(());
                }
            }
        });
        Work { chunks, reader }
    }

    async fn next(&mut self) -> Result<Option<Computed>> {
        let joined = |error| Fault::because("a worker of a bill run", error);
        match self.chunks.recv().await {
            Some(computing) => computing.await.map_err(joined)?.map(Some),
            None => (&mut self.reader).await.map_err(joined)?.map(|()| None),
        }
    }
}

/// Splits a chunk into what is on record as it is, summed up, and the inputs of the rest.
async fn load(tx: &Tx, rates: &Rates, accounts: Vec<Account>) -> Result<(Computed, Vec<Inputs>)> {
    let points: Vec<UsagePointId> = accounts.iter().map(|account| account.usage_point).collect();
    let standing = store::drafts(tx, rates.cycle, &points).await?;
    let sequences = bill::sequences(tx, &points, rates.cycle).await?;
    let mut computed = Computed {
        accounts: accounts.len() as u64,
        ..Computed::default()
    };
    let mut stale = Vec::new();
    for account in accounts {
        let sequence = sequences
            .get(&account.usage_point)
            .map_or(1, |last| last + 1);
        match standing
            .get(&account.usage_point)
            .filter(|draft| holds(draft, &account, sequence, &rates.basis))
        {
            Some(draft) => {
                count(&mut computed, draft);
                computed.add_findings(&account.supply_no, serde_json::from_str(&draft.findings)?);
            }
            None => stale.push((account, sequence)),
        }
    }
    Ok((computed, inputs(tx, rates.cycle, stale).await?))
}

fn holds(draft: &store::Standing, account: &Account, sequence: i64, basis: &str) -> bool {
    let (cycle, last) = account
        .position
        .last
        .map_or((String::new(), 0), |(cycle, last)| {
            (cycle.to_string(), last)
        });
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

async fn inputs(tx: &Tx, cycle: Month, accounts: Vec<(Account, i64)>) -> Result<Vec<Inputs>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<UsagePointId> = accounts
        .iter()
        .map(|(account, _)| account.usage_point)
        .collect();
    let mut meters: HashMap<UsagePointId, Vec<Meter>> = HashMap::new();
    let mut owners: HashMap<MeterId, UsagePointId> = HashMap::new();
    for meter in metering::of_usage_points(tx, &points).await? {
        owners.insert(meter.id, meter.usage_point);
        meters.entry(meter.usage_point).or_default().push(meter);
    }
    let ids: Vec<MeterId> = owners.keys().copied().collect();
    let mut readings: HashMap<UsagePointId, Vec<Reading>> = HashMap::new();
    for reading in reading::last_within(tx, &ids, cycle.first_day(), cycle.last_day()).await? {
        if let Some(owner) = owners.get(&reading.meter) {
            readings.entry(*owner).or_default().push(reading);
        }
    }
    let mut standings = bill::standings(tx, &points).await?;
    let mut openings: HashMap<UsagePointId, opening::Opening> = opening::of(tx, &points)
        .await?
        .into_iter()
        .map(|opening| (opening.usage_point, opening))
        .collect();
    let gather = |(account, sequence): (Account, i64)| {
        let point = account.usage_point;
        Inputs {
            meters: meters.remove(&point).unwrap_or_default(),
            readings: readings.remove(&point).unwrap_or_default(),
            previous: standings.remove(&point).map(|(_, document)| document),
            opening: openings.remove(&point),
            account,
            sequence,
        }
    };
    Ok(accounts.into_iter().map(gather).collect())
}

fn compute(rates: &Rates, mut computed: Computed, inputs: Vec<Inputs>) -> Result<Computed> {
    for inputs in inputs {
        let (bill, findings) = match rules::outcome(rates, &inputs)? {
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
            after: account.position.last,
            findings: serde_json::to_string(&findings)?,
            bill,
        });
        computed.add_findings(&account.supply_no, findings);
    }
    Ok(computed)
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
    ctx.require(ISSUE)?;
    let _job = Job::claim(&bureau.house.db, &job_name(cycle)).await?;
    let mut tally = IssueTally::default();
    let trial = {
        let mut finding = |found: &AccountFinding| {
            match found.finding.doubt {
                Doubt::Missing => tally.missing += 1,
                Doubt::Negative => tally.negative += 1,
                Doubt::Unpriced => tally.unpriced += 1,
                _ => {}
            }
            (desk.finding)(found)
        };
        let mut quiet = platform::jobs::Unwatched;
        let mut inner = Desk {
            finding: &mut finding,
            watch: &mut quiet,
        };
        bring_up_to_date(bureau, ctx, cycle, scope, &mut inner).await?
    };
    if trial.ready == 0 {
        return Ok(tally);
    }
    approve_for_issue(bureau, ctx, cycle, scope, second_person).await?;
    post_all(
        bureau,
        ctx,
        cycle,
        scope,
        trial.ready,
        &mut tally,
        desk.watch,
    )
    .await?;
    Ok(tally)
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
    let db = &bureau.house.db;
    let basis = rates(bureau, cycle)?.basis.clone();
    let mut after = Uuid::nil();
    loop {
        let accounts = store::accounts(&db.read().await?, cycle, scope, after, CHUNK).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = last.usage_point.uuid();
        let points: Vec<UsagePointId> =
            accounts.iter().map(|account| account.usage_point).collect();
        let tx = db.write().await?;
        let bills = bill::post(&tx, ctx, &bureau.house.packs, cycle, &basis, &points).await?;
        tx.commit().await?;
        tally.issued += bills.len() as u64;
        tally.amount += bills.iter().map(|bill| bill.amount).sum();
        watch.progress(tally.issued, Some(ready));
    }
}

/// The digest of all drafts of a scope: what an approval signs.
pub async fn drafts_digest(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<String> {
    let mut hash = Sha256::new();
    let mut after = Uuid::nil();
    loop {
        let page = store::draft_digests(tx, cycle, scope, after, 5000).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        page.iter().for_each(|(point, digest)| {
            hash.update(point.as_bytes());
            hash.update(digest.as_bytes());
        });
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

async fn approve_for_issue(
    bureau: &Bureau,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    second_person: bool,
) -> Result<()> {
    let tx = bureau.house.db.write().await?;
    let digest = drafts_digest(&tx, cycle, scope).await?;
    let run = run(&tx, cycle, scope).await?;
    if run.approved_digest.as_ref() == Some(&digest)
        && run
            .approved_by
            .as_ref()
            .is_some_and(|by| *by != ctx.actor.name)
    {
        return tx.rollback().await;
    }
    if second_person {
        return Err(Refusal::conflict(
            "run.not-approved",
            "试算结果须由另一人审核后才能发行（试算有任何变化，原审核即失效）",
            "the trial must be approved by somebody else before it is issued; any change of it voids an approval",
        )
        .into());
    }
    approved(&tx, ctx, run, digest).await?;
    tx.commit().await
}

async fn run(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<Run> {
    let unknown = || {
        Refusal::not_found(
            "run.unknown",
            format!("{cycle} 尚未试算"),
            format!("there is no trial of {cycle}"),
        )
    };
    store::run(tx, cycle, scope)
        .await?
        .ok_or_else(|| unknown().into())
}

async fn approved(tx: &Tx, ctx: &Ctx, mut run: Run, digest: String) -> Result<()> {
    if run.approved_digest.as_ref() == Some(&digest)
        && run.approved_by.as_ref() == Some(&ctx.actor.name)
    {
        return Ok(());
    }
    let detail = serde_json::json!({ "station": run.scope.station, "book": run.scope.book, "digest": digest, "tried_by": run.tried_by });
    run.approved_by = Some(ctx.actor.name.clone());
    run.approved_digest = Some(digest);
    store::save_run(tx, &run).await?;
    journal::record(
        tx,
        ctx,
        Entry {
            act: APPROVE.0,
            subject: format!("cycle:{}", run.cycle),
            reason: None,
            detail,
        },
    )
    .await
}

/// The run on record for a cycle and scope, with the digest that an approval would sign now.
pub async fn find_run(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope) -> Result<(Run, String)> {
    ctx.require(bill::READ)?;
    Ok((
        run(tx, cycle, scope).await?,
        drafts_digest(tx, cycle, scope).await?,
    ))
}

/// Approves the drafts whose digest is `digest`, as another person than the one who tried them.
pub async fn approve(
    tx: &Tx,
    ctx: &Ctx,
    cycle: Month,
    scope: &RunScope,
    digest: &str,
) -> Result<()> {
    ctx.require(APPROVE)?;
    let run = run(tx, cycle, scope).await?;
    if run.tried_by == ctx.actor.name {
        return Err(Refusal::conflict(
            "run.own",
            "试算人不能审核自己的试算",
            "whoever made the trial cannot approve it",
        )
        .into());
    }
    if drafts_digest(tx, cycle, scope).await? != digest {
        return Err(Refusal::conflict(
            "run.changed",
            "试算结果已变化，请重新查看后审核",
            "the trial has changed; look at it again before approving",
        )
        .at("digest")
        .into());
    }
    approved(tx, ctx, run, digest.to_owned()).await
}

/// Takes a reading out of use, unless a standing bill was computed from it.
pub async fn void_reading(
    tx: &Tx,
    ctx: &Ctx,
    meter_no: &str,
    register: Register,
    read_on: kernel::Date,
    reason: &str,
) -> Result<()> {
    ctx.require(reading::VOID)?;
    if reason.trim().is_empty() {
        return Err(
            Refusal::invalid("reason.empty", "须写明原因", "a reason must be given")
                .at("reason")
                .into(),
        );
    }
    if let Some(meter) = metering::by_meter_nos(tx, vec![meter_no.to_owned()])
        .await?
        .first()
    {
        let standing = bill::standings(tx, &[meter.usage_point]).await?;
        let used = standing
            .values()
            .flat_map(|(_, document)| &document.reads)
            .any(|read| {
                let states = [(read.from.on, read.from.kind), (read.to.on, read.to.kind)];
                read.meter_no == meter_no
                    && read.register == register
                    && states.iter().any(|(on, _)| *on == read_on)
            });
        // A bill never looks behind the one before it: older readings stand on older bills.
        let older = standing
            .values()
            .any(|(_, document)| read_on < document.period.from);
        if used || older {
            return Err(Refusal::conflict(
                "reading.billed",
                "已发行的账单用到该读数，请先作废账单",
                "an issued bill was computed from this reading; cancel the bill first",
            )
            .into());
        }
    }
    reading::void(tx, ctx, meter_no, register, read_on, reason).await
}
