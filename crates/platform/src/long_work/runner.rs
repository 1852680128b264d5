//! The part of a server that carries work out.
//!
//! ```text
//!   look ──▶ claim (lease) ──▶ handler ────────────▶ end on record
//!                              keeper: lease, progress, log, order to stop
//! ```
//!
//! The keeper is a task of its own: a handler may hold the one writer of the database for a while.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use kernel::id::Uuid;
use kernel::{Refusal, Text, Timestamp};
use serde_json::Value;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::model::{Carrier, Failure, Kind, LogLine, State, Work};
use super::store::{self, End};
use super::task::{STOPPED, Task};
use super::{folder, meter};
use crate::db::Carriers;
use crate::{Ctx, Error, Fault, House, Result, Trouble, Tx, access};

/// Pieces of work at the same time: one that computes beside one that waits for the database.
const AT_ONCE: usize = 2;
const LOOK_EVERY: Duration = Duration::from_millis(250);
const KEEP_EVERY: Duration = Duration::from_millis(300);
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Before work is tried again whose claim somebody else holds.
const PUT_BACK: SignedDuration = SignedDuration::from_secs(2);
/// Before work is tried again that the database, or a full disk, cut off.
const TRY_AGAIN: SignedDuration = SignedDuration::from_secs(10);
/// Longer than anything that is put back has to wait.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// After so many seconds the end of work is tried to be put on record again; the last holds for all that follow.
const END_AGAIN: [u64; 4] = [0, 1, 5, 10];
/// A runner that has not come round for so long hangs: it waits for the database at most for half of it.
const SILENT_AFTER: Duration = Duration::from_secs(120);
/// Servers that may die over the same piece of work before it is taken for the cause.
const DEATHS: i64 = 3;

type Run = dyn Fn(Ctx, Task) -> BoxFuture<'static, Result<Value>> + Send + Sync;

/// What is done for each kind of work.
#[derive(Clone, Default)]
pub struct Handlers(Vec<(Kind, Arc<Run>)>);

impl Handlers {
    /// `run` gets the context of whoever asked and the task, and returns what the work came to.
    pub fn with<F, Fut>(mut self, kind: Kind, run: F) -> Handlers
    where
        F: Fn(Ctx, Task) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value>> + Send + 'static,
    {
        self.0.push((kind, Arc::new(move |ctx, task| Box::pin(run(ctx, task)))));
        self
    }

    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.0.iter().map(|(kind, _)| kind).find(|kind| kind.name == name)
    }

    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.0.iter().map(|(kind, _)| kind)
    }

    fn run(&self, name: &str) -> Option<Arc<Run>> {
        self.0.iter().find(|(kind, _)| kind.name == name).map(|(_, run)| Arc::clone(run))
    }
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.kinds().map(|kind| kind.name)).finish()
    }
}

/// Carries out the bureau's long work, for as long as it is asked to run.
#[derive(Debug)]
pub struct Runner {
    house: House,
    handlers: Handlers,
    /// This runner's name on its leases.
    owner: String,
}

impl Runner {
    pub fn new(house: House, handlers: Handlers) -> Runner {
        let owner = Carrier::this().signed(house.system().new_id());
        Runner { house, handlers, owner }
    }

    /// Never ends by itself; what is under way when it is dropped is left as if the process had died.
    pub async fn run(&self) {
        let mut mine = Mine::default();
        let mut sole = None;
        let watched = self.house.signs.watch_over("long-work", SILENT_AFTER);
        let mut turn = tokio::time::interval(LOOK_EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = turn.tick() => {}
                Some(ended) = mine.tasks.join_next(), if !mine.tasks.is_empty() => mine.note_end(ended),
            }
            watched.beat();
            while mine.ids.len() < AT_ONCE {
                match self.next(&mine.ids, &mut sole).await {
                    Ok(Some(work)) => mine.begin(self, work),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "no work could be claimed");
                        break;
                    }
                }
            }
        }
    }

    /// Gives back what this runner carries, so that the next need not wait for the leases to end.
    pub async fn leave(&self) -> Result<()> {
        let tx = self.house.db.write().await?;
        store::leave(&tx, &self.owner, self.house.clock.now()).await?;
        tx.commit().await
    }

    /// Claims the next piece of work, if there is one for this process.
    async fn next(&self, mine: &[Uuid], sole: &mut Option<Carriers>) -> Result<Option<Work>> {
        if sole.is_none() {
            *sole = match self.house.db.carriers().await? {
                Carriers::Another => return Ok(None),
                held => Some(held),
            };
        }
        let alone = matches!(sole, Some(Carriers::Alone(_)));
        let names: Vec<&str> = self.handlers.kinds().map(|kind| kind.name).collect();
        let now = self.house.clock.now();
        // A look without the writer first: mostly there is nothing to do.
        let tx = self.house.db.read().await?;
        let due = store::due(&tx, &names, mine, now, alone).await?;
        tx.rollback().await?;
        let Some(id) = due else { return Ok(None) };
        let tx = self.house.db.write().await?;
        let claimed = self.claim(&tx, id, alone).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn claim(&self, tx: &Tx, id: Uuid, alone: bool) -> Result<Option<Work>> {
        let ctx = self.house.system();
        let Some(mut work) = store::find_locked(tx, id).await? else { return Ok(None) };
        let until = ctx.now + LEASE;
        // Another may have been faster.
        let is_left = alone || store::lease(tx, id).await?.is_none_or(|until| until <= ctx.now);
        match work.state {
            State::Queued => {}
            State::Stopping if is_left => {
                store::end_stopped(tx, id, ctx.now).await?;
                return Ok(None);
            }
            State::Running if is_left => {
                work.takeovers += 1;
                meter::taken_over(&work.kind);
                let (zh, en) =
                    ("执行该任务的进程已终止，重新开始", "the process that carried it out is gone; begun again");
                log(tx, &ctx, id, Text::new(zh, en)).await?;
            }
            _ => return Ok(None),
        }
        if work.takeovers > DEATHS {
            store::give_up(tx, id, &deadly(), ctx.now).await?;
            return Ok(None);
        }
        store::claim(tx, &work, &self.owner, ctx.now, until).await?;
        Ok(Some(work))
    }
}

fn deadly() -> Failure {
    let text = Text::new(
        "执行该任务时进程多次终止，请联系管理员后再继续",
        "the process died over this work several times; tell your administrator before resuming it",
    );
    Failure { code: "work.deadly".into(), text }
}

async fn log(tx: &Tx, ctx: &Ctx, id: Uuid, text: Text) -> Result<()> {
    store::insert_log(tx, id, &[LogLine { id: ctx.new_id(), at: ctx.now, text }]).await
}

/// What this runner carries.
#[derive(Default)]
struct Mine {
    ids: Vec<Uuid>,
    tasks: JoinSet<Uuid>,
}

impl Mine {
    fn begin(&mut self, runner: &Runner, work: Work) {
        self.ids.push(work.id);
        let carried = Carried {
            house: runner.house.clone(),
            run: runner.handlers.run(&work.kind),
            owner: runner.owner.clone(),
            task: Task::new(
                work.id,
                &work.kind,
                folder(&runner.house, work.id),
                work.params.clone(),
                runner.house.board.clone(),
            ),
            work,
        };
        self.tasks.spawn(carried.out());
    }

    fn note_end(&mut self, ended: std::result::Result<Uuid, tokio::task::JoinError>) {
        match ended {
            Ok(id) => self.ids.retain(|mine| *mine != id),
            Err(error) => {
                // Nothing tells whose end it was: what is not under way any more is looked at again.
                tracing::error!(%error, "a carrier of work broke");
                self.ids.clear();
            }
        }
    }
}

/// What the keeper wrote last.
struct Kept {
    progress: (u64, Option<u64>),
    until: Timestamp,
}

/// One piece of work and all that carrying it out takes.
struct Carried {
    house: House,
    run: Option<Arc<Run>>,
    owner: String,
    task: Task,
    work: Work,
}

impl Carried {
    async fn out(self) -> Uuid {
        let this = Arc::new(self);
        let mut keeper = JoinSet::new();
        keeper.spawn(Arc::clone(&this).keep());
        let outcome = this.carry().await;
        keeper.shutdown().await;
        if let Some(trouble) = outcome.as_ref().err().and_then(Error::trouble) {
            this.house.signs.note(trouble);
        }
        // What is not on record as ended would be begun again: worth as many attempts as it takes.
        for attempt in 0.. {
            let pause = END_AGAIN.get(attempt).or(END_AGAIN.last()).copied().unwrap_or_default();
            tokio::time::sleep(Duration::from_secs(pause)).await;
            match this.end(&outcome).await {
                Ok(()) => break,
                Err(error) => tracing::error!(work = %this.work.id, %error, "the end of work is not on record"),
            }
        }
        this.house.board.clear(this.work.id);
        this.work.id
    }

    async fn carry(&self) -> Result<Value> {
        let ctx = access::on_behalf_of(&self.house, &self.house.db.read().await?, &self.work.asked_by).await?;
        let run = self.run.clone().ok_or_else(|| Fault::impossible(format!("no handler of {}", self.work.kind)))?;
        // A task of its own, so that a handler that panics ends itself and nothing else.
        let mut handler = JoinSet::new();
        let span = tracing::info_span!("work", kind = self.work.kind, work = %self.work.id);
        handler.spawn(run(ctx, self.task.clone()).instrument(span));
        match handler.join_next().await {
            Some(Ok(outcome)) => outcome,
            Some(Err(error)) => Err(Fault::because(format!("work of the kind {}", self.work.kind), error)),
            None => Err(Fault::impossible("a handler vanished")),
        }
    }

    async fn keep(self: Arc<Self>) {
        let mut turn = tokio::time::interval(KEEP_EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut kept = Kept { progress: (0, None), until: self.house.clock.now() + LEASE };
        loop {
            turn.tick().await;
            match self.keep_once(&mut kept).await {
                Ok(state) => self.task.heed(state),
                Err(error) => tracing::warn!(work = %self.work.id, %error, "progress is not on record"),
            }
        }
    }

    /// Looks what is on record, and writes only what is new or about to end.
    async fn keep_once(&self, kept: &mut Kept) -> Result<Option<State>> {
        let (progress, now) = (self.task.progress(), self.house.clock.now());
        // A lease that ends later than any was made by a clock that was set back since.
        let is_ending = kept.until < now + LEASE / 2 || kept.until > now + LEASE;
        let is_new = progress != kept.progress || self.task.has_said() || is_ending;
        if !is_new {
            return store::state(&self.house.db.read().await?, self.work.id, &self.owner).await;
        }
        let tx = self.house.db.write().await?;
        let until = self.house.clock.now() + LEASE;
        let state = store::renew(&tx, self.work.id, &self.owner, progress, until).await?;
        let said = self.task.said();
        if state.is_some() {
            store::insert_log(&tx, self.work.id, &said).await?;
        }
        tx.commit().await?;
        self.task.forget(said.len());
        *kept = Kept { progress, until };
        Ok(state)
    }

    async fn end(&self, outcome: &Result<Value>) -> Result<()> {
        if self.task.is_lost() {
            return Ok(());
        }
        let ctx = self.house.system();
        let tx = self.house.db.write().await?;
        let is_mine = match outcome {
            Err(Error::Refused(refusal)) if refusal.code == "job.running" => {
                store::postpone(&tx, self.work.id, &self.owner, ctx.now + PUT_BACK).await?
            }
            Err(Error::Fault(fault)) if let Some(trouble) = fault.trouble() => {
                tracing::error!(work = %self.work.id, code = trouble.code(), error = %fault, "work was cut off and is tried again");
                let is_mine = store::postpone(&tx, self.work.id, &self.owner, ctx.now + TRY_AGAIN).await?;
                if is_mine {
                    let mut lines = self.task.said();
                    lines.push(LogLine { id: ctx.new_id(), at: ctx.now, text: cut_off(trouble) });
                    store::insert_log(&tx, self.work.id, &lines).await?;
                }
                is_mine
            }
            outcome => {
                let end = end_of(&ctx, outcome);
                let ended = store::finish(&tx, self.work.id, &self.owner, self.task.progress(), &end, ctx.now).await?;
                if ended {
                    let mut lines = self.task.said();
                    lines.push(LogLine { id: ctx.new_id(), at: ctx.now, text: said(&end) });
                    store::insert_log(&tx, self.work.id, &lines).await?;
                }
                ended
            }
        };
        if is_mine {
            tx.commit().await?;
            meter::ended(&self.work.kind, how(outcome));
            if outcome.is_ok() {
                self.task.forget_files();
            }
        } else {
            tx.rollback().await?;
        }
        Ok(())
    }
}

fn how(outcome: &Result<Value>) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(Error::Refused(refusal)) if refusal.code == STOPPED => "stopped",
        Err(Error::Refused(refusal)) if refusal.code == "job.running" => "put back",
        Err(error) if error.trouble().is_some() => "put back",
        Err(_) => "failed",
    }
}

fn cut_off(trouble: Trouble) -> Text {
    match trouble {
        Trouble::Full => Text::new(
            "存储空间已满或不可写；腾出空间后自动接着做",
            "the storage is full or cannot be written; goes on by itself when there is room",
        ),
        Trouble::Away => {
            Text::new("数据库连接中断；恢复后自动接着做", "the database went away; goes on by itself when it is back")
        }
        Trouble::Busy => Text::new("数据库繁忙；稍后自动接着做", "the database was busy; goes on by itself"),
    }
}

fn end_of(ctx: &Ctx, outcome: &Result<Value>) -> End {
    let failed = |failure| End { state: State::Failed, outcome: None, failure: Some(failure) };
    match outcome {
        Ok(value) => End { state: State::Done, outcome: Some(value.to_string()), failure: None },
        Err(Error::Refused(refusal)) if refusal.code == STOPPED => {
            End { state: State::Stopped, outcome: None, failure: None }
        }
        Err(Error::Refused(refusal)) => failed(of_refusal(refusal)),
        Err(Error::Fault(fault)) => {
            let reference = ctx.new_id();
            tracing::error!(%reference, error = %fault, "fault");
            let text = Text::new(
                format!("系统出错，请将编号 {reference} 告知管理员；排除后可继续"),
                format!("something broke on our side; tell your administrator the reference {reference}, then resume"),
            );
            failed(Failure { code: "fault".into(), text })
        }
    }
}

fn of_refusal(refusal: &Refusal) -> Failure {
    Failure { code: refusal.code.to_owned(), text: refusal.text.clone() }
}

fn said(end: &End) -> Text {
    match (&end.failure, end.state) {
        (Some(failure), _) => {
            Text::new(format!("未完成：{}", failure.text.zh), format!("not done: {}", failure.text.en))
        }
        (None, State::Stopped) => Text::new("已停止", "stopped"),
        (None, _) => Text::new("已完成", "done"),
    }
}
