//! Long work on record 长任务: asked for by a person, carried out by the server.
//!
//! ```text
//!   ask ──▶ queued ──claim──▶ running ──▶ done
//!             │ ▲                │  └────▶ failed ──resume──▶ queued
//!             │ └── put back ────┤
//!            stop               stop ──▶ stopping ──▶ stopped ──resume──▶ queued
//!             └──▶ stopped
//! ```
//!
//! A handler keeps no state of its own (see [`crate::jobs`]): it asks the tables what is left to do.
//! So a piece of work that was stopped, or whose server was killed, is simply begun again, and does
//! what is left.
//!
//! **Invariants.** Who carries a piece of work has a lease on it; whoever lost his lease writes
//! nothing to it any more. It is done with the rights that its asker has when it begins, not those
//! he had when he asked. Nothing ends without saying why.

pub mod api;
mod meter;
mod model;
mod report;
mod runner;
mod store;
mod task;

use std::path::PathBuf;
use std::time::Duration;

use kernel::id::Uuid;
use kernel::{Refusal, Text, Timestamp};

pub use meter::{describe_metrics, show_metrics};
pub use model::{ALLOWED, Act, Ask, Carrier, Counted, Failure, Kind, LogLine, State, Work};
pub use report::Report;
pub use runner::{Handlers, Runner};
pub use store::{Filter, MIGRATION};
pub use task::Task;

use crate::journal::{self, Entry};
use crate::{Ctx, House, Permission, Result, Scope, Tx};

/// To ask for long work, and to see and steer one's own.
pub const OWN: Permission = Permission("work.own");
/// To see and steer everybody's.
pub const MANAGE: Permission = Permission("work.manage");

/// How long files of work that came to rest are kept.
const FILES_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Puts work on record; the server begins with it when its turn comes.
pub async fn ask(tx: &Tx, ctx: &Ctx, ask: Ask) -> Result<Work> {
    ask_under(tx, ctx, ctx.new_id(), ask).await
}

/// Like [`ask`], under an id that was made before: that of the folder with its files.
pub async fn ask_under(tx: &Tx, ctx: &Ctx, id: Uuid, ask: Ask) -> Result<Work> {
    ctx.require(OWN)?;
    store::insert(tx, ctx, id, &ask).await?;
    let detail = serde_json::json!({ "kind": ask.kind, "about": ask.subject, "station": ask.station });
    let subject = format!("work:{id}");
    journal::record(tx, ctx, Entry { act: "work.ask", subject, reason: None, detail }).await?;
    let name = &ctx.actor.name;
    note(tx, ctx, id, Text::new(format!("{name} 提交"), format!("asked for by {name}"))).await?;
    store::find(tx, id).await?.ok_or_else(|| unknown(id).into())
}

/// Like [`ask`], for what must not be asked for twice: refused while such work on the same subject is
/// open.
pub async fn ask_alone(tx: &Tx, ctx: &Ctx, ask: Ask) -> Result<Work> {
    ctx.require(OWN)?;
    if store::open(tx, ask.kind, &ask.subject).await?.is_some() {
        let (zh, en) =
            ("同一任务已在排队或进行中，请等它结束", "the same work is queued or running; wait until it ends");
        return Err(Refusal::conflict("work.open", zh, en).into());
    }
    self::ask(tx, ctx, ask).await
}

/// One piece of work that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Work> {
    let managed = managed(ctx)?;
    let found = store::find(tx, id).await?.filter(|work| is_visible(ctx, managed.as_ref(), work));
    found.ok_or_else(|| unknown(id).into())
}

/// A page of work that the actor may see, newest first.
pub async fn page(tx: &Tx, ctx: &Ctx, filter: &Filter, limit: u32) -> Result<Vec<Work>> {
    let managed = managed(ctx)?.map(Scope::stations);
    store::page(tx, filter, &ctx.actor.name, managed, limit.clamp(1, 200)).await
}

/// The log of a piece of work, in order.
pub async fn log(tx: &Tx, ctx: &Ctx, id: Uuid, after: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>> {
    let work = find(tx, ctx, id).await?;
    store::log(tx, work.id, after.unwrap_or(Uuid::nil()), limit).await
}

/// Stops or resumes a piece of work.
pub async fn steer(tx: &Tx, ctx: &Ctx, id: Uuid, act: Act, reason: Option<&str>) -> Result<Work> {
    let managed = managed(ctx)?;
    let work = store::find_locked(tx, id).await?.filter(|work| is_visible(ctx, managed.as_ref(), work));
    let work = work.ok_or_else(|| unknown(id))?;
    let code = match act {
        Act::Stop => "work.not-stoppable",
        Act::Resume => "work.not-resumable",
    };
    let state = work.state.after(act).map_err(|why| Refusal::conflict(code, why.zh, why.en))?;
    match act {
        Act::Stop => store::set_state(tx, id, state, ctx.now).await?,
        Act::Resume => store::requeue(tx, id, ctx.now).await?,
    }
    let detail = serde_json::json!({ "kind": work.kind, "from": work.state, "to": state });
    let (name, subject) = (&ctx.actor.name, format!("work:{id}"));
    let label = format!("work.{act}");
    journal::record(tx, ctx, Entry { act: &label, subject, reason, detail }).await?;
    let said = match act {
        Act::Stop => Text::new(format!("{name} 要求停止"), format!("{name} asked to stop")),
        Act::Resume => Text::new(format!("{name} 要求继续"), format!("{name} asked to resume")),
    };
    note(tx, ctx, id, said).await?;
    store::find(tx, id).await?.ok_or_else(|| unknown(id).into())
}

async fn note(tx: &Tx, ctx: &Ctx, id: Uuid, text: Text) -> Result<()> {
    store::insert_log(tx, id, &[LogLine { id: ctx.new_id(), at: ctx.now, text }]).await
}

/// Over what the actor may manage work of others, if at all.
fn managed(ctx: &Ctx) -> Result<Option<Scope>> {
    let managed = ctx.require(MANAGE);
    match managed {
        Ok(scope) => Ok(Some(scope)),
        Err(_) => ctx.require(OWN).map(|_| None),
    }
}

fn is_visible(ctx: &Ctx, managed: Option<&Scope>, work: &Work) -> bool {
    let by_office = match (managed, &work.station) {
        (None, _) => false,
        (Some(Scope::Bureau), _) => true,
        (Some(scope), Some(station)) => scope.covers(station),
        (Some(_), None) => false,
    };
    work.asked_by == ctx.actor.name || by_office
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::not_found("work.unknown", format!("没有任务 {id}"), format!("there is no work {id}")).at("id")
}

/// Where the files of a piece of work lie: what was given to it, and its report.
pub fn folder(house: &House, id: Uuid) -> PathBuf {
    house.data.join("work").join(id.to_string())
}

/// Where the files of what has not become work yet lie.
pub fn arrivals(house: &House) -> PathBuf {
    house.data.join("arrivals")
}

/// How long something may lie among the arrivals: longer than any upload takes.
const ARRIVING: Duration = Duration::from_secs(24 * 3600);

/// Removes the files of work that came to rest long ago; what it came to stays on record.
pub async fn sweep(house: &House, now: Timestamp) -> Result<u64> {
    let mut swept = 0;
    let root = house.data.join("work");
    let Ok(entries) = std::fs::read_dir(&root) else { return Ok(0) };
    let tx = house.db.read().await?;
    for entry in entries {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok()) else { continue };
        let work = store::find(&tx, id).await?;
        let is_old = |work: Work| work.ended_at.is_some_and(|ended| ended < now - FILES_KEPT);
        if work.is_none_or(is_old) {
            std::fs::remove_dir_all(entry.path())?;
            swept += 1;
        }
    }
    swept_arrivals(house)?;
    Ok(swept)
}

/// What was left behind by an upload that never ended.
fn swept_arrivals(house: &House) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(arrivals(house)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > ARRIVING {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
