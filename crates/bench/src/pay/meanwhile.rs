//! A month's run, while cashiers work.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Hall;
use crate::month::{Officers, Step};
use crate::place::CYCLE;

/// The run that is under way.
pub struct Month {
    working: JoinHandle<Result<()>>,
    progress: watch::Receiver<Progress>,
}

/// How many accounts of each step are done.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    tried: u64,
    issued: u64,
    is_over: bool,
}

/// Asks for the trial of what is not billed yet, and waits until the server works on it.
pub async fn begin(mut officers: Officers, hall: Arc<Hall>) -> Result<Month> {
    let (tell, mut progress) = watch::channel(Progress::default());
    let working = tokio::spawn(async move {
        let seen = |step, done| {
            tell.send_modify(|progress| match step {
                Step::Trial => progress.tried = done,
                Step::Issue => progress.issued = done,
            });
        };
        let done = officers.bill(CYCLE, None, &hall.run, seen).await;
        hall.ending.store(true, Ordering::Relaxed);
        tell.send_modify(|progress| progress.is_over = done.is_ok());
        done.map(drop)
    });
    if progress.changed().await.is_err() {
        working.await??;
        bail!("the run ended before it began");
    }
    Ok(Month { working, progress })
}

impl Month {
    /// Tells how far it came while the cashiers worked.
    pub async fn end(self) -> Result<Value> {
        let Progress { tried, issued, is_over } = *self.progress.borrow();
        if self.working.is_finished() {
            self.working.await??;
        } else {
            self.working.abort();
        }
        Ok(json!({ "tried": tried, "issued": issued, "is_over": is_over }))
    }
}
