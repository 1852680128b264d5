//! A billing run on record 计费批次, and its approval 审核.
//!
//! ```text
//!   tried (drafts as they are) ──approve(digest)──▶ approved ──issue──▶ issued
//!         ▲                                            │
//!         └── any change of a draft, or withdraw ──────┘
//! ```
//!
//! **Invariants.** An approval names the digest of all drafts of its cycle and scope: when one draft
//! changes, the digest does, and the approval is void by itself. Nobody approves his own drafts.

pub mod api;
mod model;
mod store;

use std::collections::BTreeSet;

use kernel::id::Uuid;
use kernel::{Month, Refusal};
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};
use sha2::{Digest, Sha256};

pub use model::{Progress, Run, RunScope, RunState};
pub use store::{MIGRATION, OF_STATION, RunMark, STEPS};

use crate::supply::UsagePointId;
use crate::{bill, supply};

pub const TRIAL: Permission = Permission("bill.trial");
pub const APPROVE: Permission = Permission("bill.approve");

/// The scope that a person names. A single account's has its station, by which rights are asked.
pub async fn named_scope(tx: &Tx, ctx: &Ctx, scope: RunScope) -> Result<RunScope> {
    let Some(supply_no) = scope.supply_no else {
        return Ok(scope);
    };
    let reach = ctx.require(bill::READ)?;
    let points = supply::by_supply_nos(tx, vec![supply_no.clone()]).await?;
    let point = points.into_iter().find(|point| reach.covers(&point.station));
    let point = point.ok_or_else(|| supply::unknown(&supply_no))?;
    Ok(RunScope { station: Some(point.station), book: None, supply_no: Some(supply_no) })
}

/// Refuses a scope that names what does not exist: a run over nothing would look like success.
pub async fn check_scope(tx: &Tx, scope: &RunScope) -> Result<()> {
    let (station, book) = store::exists(tx, scope).await?;
    if let (false, Some(code)) = (station, &scope.station) {
        let (zh, en) = (format!("没有供电所 {code}"), format!("there is no station {code}"));
        return Err(Refusal::not_found("station.unknown", zh, en).at("station").into());
    }
    if let (false, Some(code)) = (book, &scope.book) {
        let (zh, en) = (format!("没有抄表段 {code}"), format!("there is no reading book {code}"));
        return Err(Refusal::not_found("book.unknown", zh, en).at("book").into());
    }
    Ok(())
}

/// How many accounts of a scope have a standing bill of `cycle`.
pub async fn billed(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<i64> {
    if *scope == RunScope::default() {
        return store::billed_in_all(tx, cycle).await;
    }
    let (mut pages, mut billed) = (Pages::of(scope), 0);
    while let Some(points) = pages.next(tx, PAGE).await? {
        billed += store::billed(tx, cycle, &points).await?;
    }
    Ok(billed)
}

/// How many usage points are looked at at a time.
pub const PAGE: u32 = 5000;

/// The usage points of a scope, in order, page by page.
pub struct Pages {
    scope: RunScope,
    after: Uuid,
}

impl Pages {
    pub fn of(scope: &RunScope) -> Pages {
        Pages { scope: scope.clone(), after: Uuid::nil() }
    }

    pub async fn next(&mut self, tx: &Tx, limit: u32) -> Result<Option<Vec<UsagePointId>>> {
        let points = store::points(tx, &self.scope, self.after, limit).await?;
        let Some(last) = points.last() else { return Ok(None) };
        self.after = last.uuid();
        Ok(Some(points))
    }
}

/// Puts a trial on record. When it computed nothing anew and comes to the same, the record stays.
pub async fn note_trial(tx: &Tx, ctx: &Ctx, mut run: Run, computed: u64) -> Result<()> {
    let known = store::run(tx, run.cycle, &run.scope).await?;
    if let Some(known) = known {
        let same = (known.accounts, known.ready, known.blocked) == (run.accounts, run.ready, run.blocked);
        if same && computed == 0 {
            return Ok(());
        }
        (run.approved_by, run.approved_at) = (known.approved_by, known.approved_at);
        run.approved_digest = known.approved_digest;
        (run.issued_by, run.issued_at, run.issued_digest) = (known.issued_by, known.issued_at, known.issued_digest);
        if computed == 0 {
            (run.tried_by, run.tried_at) = (known.tried_by, known.tried_at);
        }
    }
    store::save_run(tx, &run).await?;
    let detail = serde_json::json!({
        "station": run.scope.station, "book": run.scope.book, "supply_no": run.scope.supply_no, "accounts": run.accounts, "ready": run.ready,
        "blocked": run.blocked, "computed": computed, "amount": run.amount.to_string(),
    });
    let subject = format!("cycle:{}", run.cycle);
    journal::record(tx, ctx, Entry { act: TRIAL.0, subject, reason: None, detail }).await
}

/// The drafts of a run as somebody saw them, and how many of its accounts have a standing bill.
///
/// Read in a view of its own: it walks all drafts, and whoever writes would keep the cashiers waiting meanwhile. A draft
/// that changes after that changes the digest, and an approval of what was seen is void by itself.
pub struct Seen {
    pub cycle: Month,
    pub scope: RunScope,
    /// Of all drafts: what an approval signs.
    pub digest: String,
    /// Whoever made a ready draft of it.
    authors: BTreeSet<String>,
    pub billed: i64,
}

pub async fn look(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<Seen> {
    let (digest, authors) = read_drafts(tx, cycle, scope).await?;
    Ok(Seen { cycle, scope: scope.clone(), digest, authors, billed: billed(tx, cycle, scope).await? })
}

/// The digest of all drafts, and whoever made one of them.
async fn read_drafts(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<(String, BTreeSet<String>)> {
    let (mut hash, mut authors, mut pages) = (Sha256::new(), BTreeSet::new(), Pages::of(scope));
    while let Some(points) = pages.next(tx, PAGE).await? {
        for draft in store::drafts(tx, cycle, &points).await? {
            hash.update(draft.usage_point.as_bytes());
            hash.update(draft.digest.as_bytes());
            if !authors.contains(&draft.tried_by) {
                authors.insert(draft.tried_by);
            }
        }
    }
    Ok((kernel::hex(hash.finalize()), authors))
}

/// Like [`look`], for a person who is about to approve. Of drafts of his own that are issued already nothing is left to
/// approve.
pub async fn look_to_approve(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope) -> Result<Seen> {
    require_over(ctx, APPROVE, scope)?;
    let mut seen = look(tx, cycle, scope).await?;
    if seen.authors.contains(&ctx.actor.name) && !has_drafts_by(tx, cycle, scope, &ctx.actor.name).await? {
        seen.authors.remove(&ctx.actor.name);
    }
    Ok(seen)
}

async fn has_drafts_by(tx: &Tx, cycle: Month, scope: &RunScope, actor: &str) -> Result<bool> {
    let mut pages = Pages::of(scope);
    while let Some(points) = pages.next(tx, PAGE).await? {
        if store::has_drafts_by(tx, cycle, &points, actor).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes sure that the drafts, as seen, may be issued by the actor: approved by somebody else as they are, or, where no
/// second person is asked for, approved by whoever issues. Whoever calls keeps trials of the cycle out.
pub async fn approve_for_issue(tx: &Tx, ctx: &Ctx, seen: &Seen, second_person: bool) -> Result<()> {
    let mut run = run(tx, seen.cycle, &seen.scope).await?;
    let by_another = run.approved_by.as_ref().is_some_and(|by| *by != ctx.actor.name);
    if run.approved_digest.as_ref() != Some(&seen.digest) || !by_another {
        if second_person {
            return Err(not_approved().into());
        }
        run = approved(tx, ctx, run, seen.digest.clone()).await?;
    }
    (run.issued_by, run.issued_at) = (Some(ctx.actor.name.clone()), Some(ctx.now));
    run.issued_digest = Some(seen.digest.clone());
    store::save_run(tx, &run).await
}

fn not_approved() -> Refusal {
    Refusal::conflict(
        "run.not-approved",
        "试算结果须由另一人审核后才能发行（试算有任何变化，原审核即失效）",
        "the trial must be approved by somebody else before it is issued; any change of it voids an approval",
    )
}

/// Refuses at once what could not be issued: a run that nobody else has approved. Whether the
/// approval still holds is asked when the bills are issued.
pub async fn check_approved_by_another(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope) -> Result<()> {
    let run = run(tx, cycle, scope).await?;
    let by_another = run.approved_digest.is_some() && run.approved_by.is_some_and(|by| by != ctx.actor.name);
    if by_another { Ok(()) } else { Err(not_approved().into()) }
}

async fn run(tx: &Tx, cycle: Month, scope: &RunScope) -> Result<Run> {
    let unknown =
        || Refusal::not_found("run.unknown", format!("{cycle} 尚未试算"), format!("there is no trial of {cycle}"));
    store::run(tx, cycle, scope).await?.ok_or_else(|| unknown().into())
}

async fn approved(tx: &Tx, ctx: &Ctx, mut run: Run, digest: String) -> Result<Run> {
    if run.approved_digest.as_ref() == Some(&digest) && run.approved_by.as_ref() == Some(&ctx.actor.name) {
        return Ok(run);
    }
    let detail = serde_json::json!({ "station": run.scope.station, "book": run.scope.book, "supply_no": run.scope.supply_no, "digest": digest, "tried_by": run.tried_by });
    (run.approved_by, run.approved_at) = (Some(ctx.actor.name.clone()), Some(ctx.now));
    run.approved_digest = Some(digest);
    store::save_run(tx, &run).await?;
    journal::record(tx, ctx, Entry { act: APPROVE.0, subject: format!("cycle:{}", run.cycle), reason: None, detail })
        .await?;
    Ok(run)
}

/// Refuses an actor whose right does not reach over the whole of a scope.
pub fn require_over(ctx: &Ctx, permission: Permission, scope: &RunScope) -> Result<()> {
    match &scope.station {
        Some(station) => ctx.require_at(permission, station),
        None => ctx.require_everywhere(permission),
    }
}

/// The run on record for a cycle and scope, and its drafts as they are.
pub async fn find_run(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope) -> Result<(Run, Seen)> {
    require_over(ctx, bill::READ, scope)?;
    Ok((run(tx, cycle, scope).await?, look(tx, cycle, scope).await?))
}

/// Approves the drafts whose digest is `digest`, as another person than the one who tried them.
pub async fn approve(tx: &Tx, ctx: &Ctx, seen: &Seen, digest: &str) -> Result<Run> {
    require_over(ctx, APPROVE, &seen.scope)?;
    let run = run(tx, seen.cycle, &seen.scope).await?;
    if run.tried_by == ctx.actor.name || seen.authors.contains(&ctx.actor.name) {
        return Err(Refusal::conflict(
            "run.own",
            "试算人不能审核自己的试算",
            "whoever made the trial cannot approve it",
        )
        .into());
    }
    if seen.digest != digest {
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

/// Takes an approval back before the bills are issued, for a reason that stays in the journal.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, cycle: Month, scope: &RunScope, reason: &str) -> Result<Run> {
    require_over(ctx, APPROVE, scope)?;
    journal::reason(reason)?;
    let mut run = run(tx, cycle, scope).await?;
    let Some(digest) = run.approved_digest.take() else {
        let (zh, en) = ("该批次没有审核可撤回", "this run has no approval to withdraw");
        return Err(Refusal::conflict("run.no-approval", zh, en).into());
    };
    if run.issued_digest.as_ref() == Some(&digest) {
        let (zh, en) = ("已开始发行，不能撤回审核；可作废账单", "its bills are being issued: cancel bills instead");
        return Err(Refusal::conflict("run.issued", zh, en).into());
    }
    let by = run.approved_by.take();
    run.approved_at = None;
    store::save_run(tx, &run).await?;
    let RunScope { station, book, supply_no } = scope;
    let detail = serde_json::json!({ "station": station, "book": book, "supply_no": supply_no, "digest": digest, "approved_by": by });
    let subject = format!("cycle:{cycle}");
    journal::record(tx, ctx, Entry { act: "bill.approval.withdraw", subject, reason: Some(reason), detail }).await?;
    Ok(run)
}

/// A page of runs that the actor may see, newest cycle first, each with how far it has come.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    cycle: Option<Month>,
    after: Option<RunMark>,
    limit: u32,
) -> Result<Vec<(Run, RunState, i64)>> {
    let stations = ctx.require(bill::READ)?.stations();
    let mut runs = Vec::new();
    for run in store::page(tx, cycle, stations, after, limit).await? {
        let billed = billed(tx, run.cycle, &run.scope).await?;
        // Only for a run that somebody has signed and that is not through yet are all drafts read.
        let is_signed = run.approved_digest.is_some() || run.issued_digest.is_some();
        let is_under_way = is_signed && !run.is_issued(billed);
        let digest = if is_under_way { read_drafts(tx, run.cycle, &run.scope).await?.0 } else { String::new() };
        let state = run.state(&digest, billed);
        runs.push((run, state, billed));
    }
    Ok(runs)
}

/// How far each book that the actor may see has come in a cycle.
pub async fn progress(tx: &Tx, ctx: &Ctx, cycle: Month) -> Result<Vec<Progress>> {
    let stations = ctx.require(bill::READ)?.stations();
    store::progress(tx, cycle, stations).await
}
