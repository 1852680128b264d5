//! Long work: one process at a time, in short transactions, with its progress shown.
//!
//! A job keeps no state of its own. It asks the database what is still to be done, does the next
//! chunk, commits, and reports; killed anywhere, it goes on where the last commit left it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::Refusal;
use kernel::id::Uuid;

use crate::db::Exclusive;
use crate::{Db, Result, Trouble};

/// The claim on a piece of long work; ends when dropped, or with the process.
#[derive(Debug)]
pub struct Job {
    claim: Exclusive,
}

impl Job {
    pub async fn claim(db: &Db, name: &str) -> Result<Job> {
        match db.exclusive(name).await? {
            Some(claim) => Ok(Job { claim }),
            None => Err(Refusal::conflict(
                "job.running",
                format!("另一个进程正在执行“{name}”，请等它结束后再试"),
                format!("another process is doing \"{name}\"; try again when it has ended"),
            )
            .into()),
        }
    }

    /// Ends the claim and passes on how the work went.
    pub async fn end<T>(self, outcome: Result<T>) -> Result<T> {
        let released = self.claim.release().await;
        let outcome = outcome?;
        match released {
            // The claim has gone with its connection; what was done is committed.
            Err(error) if error.trouble() == Some(Trouble::Away) => Ok(outcome),
            released => released.map(|()| outcome),
        }
    }
}

/// Who watches a job: told after each commit how many are done, of how many where that is known.
/// An error from it ends the job there, with what is committed.
pub trait Watch: Send {
    fn progress(&mut self, done: u64, of: Option<u64>) -> Result<()>;
}

/// Nobody watches.
#[derive(Debug)]
pub struct Unwatched;
impl Watch for Unwatched {
    fn progress(&mut self, _done: u64, _of: Option<u64>) -> Result<()> {
        Ok(())
    }
}

/// How many are done, of how many where that is known.
type Progress = (u64, Option<u64>);

/// How far the long work of this process has come, fresher than what is on record.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<HashMap<Uuid, Progress>>>);

impl Board {
    pub fn put(&self, work: Uuid, done: u64, of: Option<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(work, (done, of));
    }

    pub fn get(&self, work: Uuid) -> Option<Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&work).copied()
    }

    pub fn clear(&self, work: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&work);
    }
}

/// Names that this process is busy with: for claims as short as an act, among its own tasks.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Mutex<HashSet<String>>>);

impl Busy {
    /// Claims `name` until the claim is dropped, or says that another task holds it.
    pub fn claim(&self, name: String) -> Option<BusyClaim> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(name.clone()).then(|| BusyClaim { busy: self.clone(), name })
    }
}

#[derive(Debug)]
pub struct BusyClaim {
    busy: Busy,
    name: String,
}

impl Drop for BusyClaim {
    fn drop(&mut self) {
        let mut names = self.busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_busy_until_its_claim_is_dropped() {
        let busy = Busy::default();
        let claim = busy.claim("a".into());
        assert!(claim.is_some());
        assert!(busy.claim("a".into()).is_none());
        assert!(busy.claim("b".into()).is_some());
        drop(claim);
        assert!(busy.claim("a".into()).is_some());
    }
}
