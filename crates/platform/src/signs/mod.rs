//! Signs of life: what a process notes about itself while it works, for whoever asks how it is.
//!
//! Ages are counted by the time since the machine was started, which nobody can set.

mod hand;
mod storage;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use kernel::Timestamp;

use crate::Trouble;

use hand::Hand;
pub use hand::since_boot;
pub use storage::{Space, Storage};

/// How long a write that found no room counts as the news of the day.
const FULL_FOR: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Signs(Arc<Mutex<Noted>>);

#[derive(Debug)]
struct Noted {
    tasks: BTreeMap<&'static str, Pulse>,
    full_at: Option<Duration>,
    hand: Hand,
    storage: Option<(Duration, Storage)>,
}

#[derive(Debug, Clone, Copy)]
struct Pulse {
    beat: Duration,
    patience: Duration,
    is_over: bool,
}

impl Signs {
    /// Of a process whose clock shows `now`.
    pub fn new(now: Timestamp) -> Signs {
        let hand = Hand::new(now, since_boot());
        Signs(Arc::new(Mutex::new(Noted { tasks: BTreeMap::new(), full_at: None, hand, storage: None })))
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to watch over a task that shall never end, and come round within `patience`; it has ended when the guard
    /// is dropped.
    pub fn watch_over(&self, task: &'static str, patience: Duration) -> Watched {
        let watched = Watched { signs: self.clone(), task, patience };
        watched.set(false);
        watched
    }

    /// The watched tasks that have ended, or have not come round for too long.
    pub fn silent(&self) -> Vec<&'static str> {
        let now = since_boot();
        let is_silent = |pulse: &Pulse| pulse.is_over || now.saturating_sub(pulse.beat) > pulse.patience;
        self.noted().tasks.iter().filter(|(_, pulse)| is_silent(pulse)).map(|(task, _)| *task).collect()
    }

    /// Notes what an answer, or a piece of work, met with.
    pub fn note(&self, trouble: Trouble) {
        if trouble == Trouble::Full {
            self.noted().full_at = Some(since_boot());
        }
    }

    /// Whether a write found no room a moment ago.
    pub fn was_full(&self) -> bool {
        self.noted().full_at.is_some_and(|at| since_boot().saturating_sub(at) < FULL_FOR)
    }

    /// Looks at the clock, and tells by how much it was set within the last hour, if it was.
    pub fn look_at_clock(&self, now: Timestamp) -> Option<SignedDuration> {
        self.noted().hand.look(now, since_boot())
    }

    /// What is known of the storage, when it was looked at a moment ago.
    fn storage_known(&self, for_at_most: Duration) -> Option<Storage> {
        let known = self.noted().storage.clone();
        known.filter(|(at, _)| since_boot().saturating_sub(*at) < for_at_most).map(|(_, storage)| storage)
    }

    fn keep_storage(&self, storage: Storage) {
        self.noted().storage = Some((since_boot(), storage));
    }
}

/// A task that is watched over.
#[derive(Debug)]
pub struct Watched {
    signs: Signs,
    task: &'static str,
    patience: Duration,
}

impl Watched {
    /// The task has come round once more.
    pub fn beat(&self) {
        self.set(false);
    }

    fn set(&self, is_over: bool) {
        let pulse = Pulse { beat: since_boot(), patience: self.patience, is_over };
        self.signs.noted().tasks.insert(self.task, pulse);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.set(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_has_ended_or_does_not_come_round_is_silent() {
        let signs = Signs::new(Timestamp::UNIX_EPOCH);
        let long = Duration::from_secs(3600);
        let (ended, at_work) = (signs.watch_over("journal", long), signs.watch_over("runner", long));
        assert_eq!(signs.silent(), [""; 0]);
        drop(ended);
        at_work.beat();
        assert_eq!(signs.silent(), ["journal"]);
        let _again = signs.watch_over("journal", long);
        assert_eq!(signs.silent(), [""; 0]);
        let _hanging = signs.watch_over("search", Duration::ZERO);
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(signs.silent(), ["search"]);
    }

    #[test]
    fn a_write_without_room_is_remembered_and_no_other_trouble() {
        let signs = Signs::new(Timestamp::UNIX_EPOCH);
        signs.note(Trouble::Away);
        assert!(!signs.was_full());
        signs.note(Trouble::Full);
        assert!(signs.was_full());
    }
}
