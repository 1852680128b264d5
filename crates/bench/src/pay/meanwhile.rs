//! A month's run, as the billing officer and the approver work it off on their pages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Hall;
use crate::http::{Client, text};
use crate::place::CYCLE;

const LOOK_EVERY: Duration = Duration::from_millis(100);

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
pub async fn begin(officers: Vec<Client>, hall: Arc<Hall>) -> Result<Month> {
    let [officer, approver]: [Client; 2] = officers.try_into().ok().context("an officer and an approver")?;
    let (tell, mut progress) = watch::channel(Progress::default());
    let mut run = Run { officer, approver, tell, key: hall.run.clone() };
    let working = tokio::spawn(async move {
        let done = run.go_through().await;
        hall.ending.store(true, Ordering::Relaxed);
        done
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

struct Run {
    officer: Client,
    approver: Client,
    tell: watch::Sender<Progress>,
    key: String,
}

impl Run {
    async fn go_through(&mut self) -> Result<()> {
        self.step("trial", |progress, done| progress.tried = done).await?;
        let path = format!("/api/billing-runs/{CYCLE}");
        let run = self.approver.get(&path).await?.json()?;
        ensure!(run["ready"].as_u64().is_some_and(|ready| ready > 0), "nothing was left to bill: {run}");
        let wish = json!({ "digest": text(&run, "digest")? });
        self.approver.post(&format!("{path}/approval"), Some(&format!("approval-{}", self.key)), &wish).await?;
        self.step("issue", |progress, done| progress.issued = done).await?;
        self.tell.send_modify(|progress| progress.is_over = true);
        Ok(())
    }

    /// Asks for a step and looks at its page until it is done.
    async fn step(&mut self, step: &str, note: fn(&mut Progress, u64)) -> Result<()> {
        let (path, key) = (format!("/api/billing-runs/{CYCLE}/{step}"), format!("{step}-{}", self.key));
        let asked = self.officer.post(&path, Some(&key), &json!({})).await?.json()?;
        let page = format!("/api/long-work/{}", text(&asked, "id")?);
        loop {
            let work = self.officer.get(&page).await?.json()?;
            let state = text(&work, "state")?;
            if state != "queued" {
                self.tell.send_modify(|progress| note(progress, work["done"].as_u64().unwrap_or(0)));
            }
            match state {
                "done" => return Ok(()),
                "queued" | "running" => tokio::time::sleep(LOOK_EVERY).await,
                _ => bail!("the {step} did not go well: {work}"),
            }
        }
    }
}
