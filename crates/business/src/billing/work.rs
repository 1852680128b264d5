//! The month's billing as long work.

use std::collections::BTreeMap;

use kernel::Month;
use platform::jobs::Watch;
use platform::long_work::{self, Ask, Counted, Kind, Report, Task};
use platform::{Ctx, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AccountFinding, Desk, ISSUE, Tally};
use crate::Bureau;
use crate::billing;
use crate::run::{self, RunScope, TRIAL};

pub const PLAN: Kind =
    Kind { name: "bill.plan", zh: "核算计划", en: "Plan of the bills", counted: Counted::Accounts };
pub const TRY: Kind =
    Kind { name: "bill.trial", zh: "电费试算", en: "Trial of the bills", counted: Counted::Accounts };
pub const POST: Kind =
    Kind { name: "bill.issue", zh: "电费发行", en: "Issue of the bills", counted: Counted::Bills };

#[derive(Debug, Serialize, Deserialize)]
struct Params {
    cycle: Month,
    scope: RunScope,
}

/// Asks for a step of the month's billing. Bills go out only after a second person's approval, which
/// is asked for here and again when they do.
pub async fn ask(tx: &Tx, ctx: &Ctx, kind: &Kind, cycle: Month, scope: RunScope) -> Result<long_work::Work> {
    run::require_over(ctx, right(kind), &scope)?;
    run::check_scope(tx, &scope).await?;
    if kind.name == POST.name {
        run::check_approved_by_another(tx, ctx, cycle, &scope).await?;
    }
    let (subject, station) = (scope.subject(cycle), scope.station.clone());
    let params = serde_json::to_value(Params { cycle, scope })?;
    long_work::ask_alone(tx, ctx, Ask { kind: kind.name, subject, station, params }).await
}

/// What whoever asks for such work must hold.
pub fn right(kind: &Kind) -> Permission {
    if kind.name == POST.name { ISSUE } else { TRIAL }
}

pub async fn plan(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { cycle, scope } = task.params()?;
    let mut notes = Notes::begin(&task)?;
    let mut watch = Counting::of(&bureau, &task, cycle, &scope).await?;
    let mut note = |found: &AccountFinding| notes.add(found);
    let mut desk = Desk { finding: &mut note, watch: &mut watch };
    let tally = billing::plan(&bureau, &ctx, cycle, &scope, &mut desk).await?;
    Ok(outcome(&tally, notes.end()?))
}

pub async fn try_bills(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { cycle, scope } = task.params()?;
    let mut notes = Notes::begin(&task)?;
    let mut watch = Counting::of(&bureau, &task, cycle, &scope).await?;
    let mut note = |found: &AccountFinding| notes.add(found);
    let mut desk = Desk { finding: &mut note, watch: &mut watch };
    let tally = billing::trial(&bureau, &ctx, cycle, &scope, &mut desk).await?;
    Ok(outcome(&tally, notes.end()?))
}

pub async fn issue(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { cycle, scope } = task.params()?;
    let mut notes = Notes::begin(&task)?;
    let mut watch = task.watch();
    let mut note = |found: &AccountFinding| if found.finding.doubt.blocks() { notes.add(found) } else { Ok(()) };
    let mut desk = Desk { finding: &mut note, watch: &mut watch };
    let tally = billing::issue(&bureau, &ctx, cycle, &scope, true, &mut desk).await?;
    let doubts = notes.end()?;
    Ok(json!({
        "issued": tally.issued, "amount": tally.amount.to_string(), "left": tally.left(), "missing": tally.missing,
        "negative": tally.negative, "unpriced": tally.unpriced, "undecided": tally.undecided, "held": tally.held,
        "waiting": tally.waiting, "changed": tally.changed, "doubts": doubts,
    }))
}

fn outcome(tally: &Tally, doubts: BTreeMap<&'static str, u64>) -> Value {
    let Tally { accounts, ready, blocked, idle, computed, energy, amount } = tally;
    json!({
        "accounts": accounts, "ready": ready, "blocked": blocked, "idle": idle, "computed": computed,
        "kwh": energy.to_string(), "amount": amount.to_string(), "doubts": doubts,
    })
}

/// The findings: each a line of the report, counted by doubt.
struct Notes {
    report: Report,
    doubts: BTreeMap<&'static str, u64>,
}

impl Notes {
    fn begin(task: &Task) -> Result<Notes> {
        let report = task.report(&["supply_no", "exception", "blocking", "message_zh", "message_en"])?;
        Ok(Notes { report, doubts: BTreeMap::new() })
    }

    fn add(&mut self, found: &AccountFinding) -> Result<()> {
        let (doubt, text) = (found.finding.doubt, &found.finding.text);
        *self.doubts.entry(doubt.word()).or_default() += 1;
        let blocking = if doubt.blocks() { "yes" } else { "no" };
        self.report.line(&[&found.supply_no, doubt.word(), blocking, &text.zh, &text.en])
    }

    fn end(self) -> Result<BTreeMap<&'static str, u64>> {
        self.report.end()?;
        Ok(self.doubts)
    }
}

/// A watch that knows of how many accounts the run is.
struct Counting {
    watch: Box<dyn Watch>,
    of: u64,
}

impl Counting {
    async fn of(bureau: &Bureau, task: &Task, cycle: Month, scope: &RunScope) -> Result<Counting> {
        let of = billing::to_bill(&bureau.house.db.read().await?, cycle, scope).await?;
        Ok(Counting { watch: Box::new(task.watch()), of })
    }
}

impl Watch for Counting {
    fn progress(&mut self, done: u64, of: Option<u64>) -> Result<()> {
        self.watch.progress(done, of.or(Some(self.of)))
    }
}
