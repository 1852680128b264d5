//! What a handler has in hand of the work that it carries out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::id::Uuid;
use kernel::{Refusal, Text};
use serde::de::DeserializeOwned;

use super::meter;
use super::model::{LogLine, State};
use super::report::{self, Report};
use crate::jobs::{Board, Watch};
use crate::{Ctx, Result};

/// A piece of work under way.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: Uuid,
    /// Its files; the folder need not exist.
    pub folder: PathBuf,
    params: String,
    board: Board,
    counter: metrics::Counter,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    order: AtomicU8,
    log: Mutex<Vec<LogLine>>,
}

const GO_ON: u8 = 0;
const STOP: u8 = 1;
const LOST: u8 = 2;

/// The refusal by which work ends that was asked to stop.
pub(super) const STOPPED: &str = "work.stopped";

impl Task {
    pub(super) fn new(id: Uuid, kind: &str, folder: PathBuf, params: String, board: Board) -> Task {
        board.put(id, 0, None);
        Task { id, folder, params, board, counter: meter::done(kind), shared: Arc::default() }
    }

    /// What was asked for.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.params)?)
    }

    /// Through which the handler shows its progress; an error from it means that it shall end.
    pub fn watch(&self) -> impl Watch + use<> {
        TaskWatch(self.clone())
    }

    /// Says something for the log.
    pub fn say(&self, ctx: &Ctx, text: Text) {
        let line = LogLine { id: ctx.new_id(), at: ctx.now, text };
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// Begins the file of lines that this work leaves for people.
    pub fn report(&self, header: &[&str]) -> Result<Report> {
        Report::begin(&self.folder, header)
    }

    /// A file that was given to the work.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(Path::new(name).file_name().unwrap_or_default())
    }

    /// Removes what was given to work that is done: it may hold personal data, and has no further use.
    pub(super) fn forget_files(&self) {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name() != report::NAME) {
            if let Err(error) = std::fs::remove_file(entry.path()) {
                tracing::warn!(work = %self.id, %error, "a file of work that is done stays for now");
            }
        }
    }

    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        self.board.get(self.id).unwrap_or_default()
    }

    pub(super) fn has_said(&self) -> bool {
        !self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The lines that are not on record yet; they stay until they are forgotten.
    pub(super) fn said(&self) -> Vec<LogLine> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self, lines: usize) {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).drain(..lines);
    }

    /// What is on record says how to go on.
    pub(super) fn heed(&self, state: Option<State>) {
        let order = match state {
            Some(State::Running) => GO_ON,
            Some(State::Stopping) => STOP,
            _ => LOST,
        };
        self.shared.order.store(order, Ordering::SeqCst);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.shared.order.load(Ordering::SeqCst) == LOST
    }
}

struct TaskWatch(Task);

impl Watch for TaskWatch {
    fn progress(&mut self, done: u64, of: Option<u64>) -> Result<()> {
        let (before, _) = self.0.progress();
        self.0.counter.increment(done.saturating_sub(before));
        self.0.board.put(self.0.id, done, of);
        match self.0.shared.order.load(Ordering::SeqCst) {
            GO_ON => Ok(()),
            STOP => Err(Refusal::conflict(STOPPED, "任务已停止", "the work was stopped").into()),
            _ => {
                let (zh, en) = ("任务已由另一进程接手", "another process has taken the work over");
                Err(Refusal::conflict("work.lost", zh, en).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_hears_with_its_next_progress_that_it_shall_stop() {
        let board = Board::default();
        let task = Task::new(Uuid::nil(), "x", PathBuf::new(), "{}".into(), board.clone());
        let mut watch = task.watch();
        watch.progress(3, Some(9)).expect("go on");
        task.heed(Some(State::Stopping));
        let error = watch.progress(5, Some(9)).expect_err("stopped");
        assert_eq!(error.refusal().map(|refusal| refusal.code), Some(STOPPED));
        assert_eq!((task.progress(), board.get(Uuid::nil())), ((5, Some(9)), Some((5, Some(9)))));
        task.heed(None);
        assert!(task.is_lost() && watch.progress(6, None).is_err());
    }

    #[test]
    fn a_file_of_the_work_lies_in_its_folder_whatever_its_name() {
        let task = Task::new(Uuid::nil(), "x", PathBuf::from("work/1"), "{}".into(), Board::default());
        assert_eq!(task.file("../../etc/passwd"), PathBuf::from("work/1/passwd"));
    }
}
