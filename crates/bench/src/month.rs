//! A month's run, as the billing officer and the approver work it off on their pages.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::{Client, text};

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Who bills, and who approves it.
pub struct Officers {
    pub officer: Client,
    pub approver: Client,
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    Trial,
    Issue,
}

impl Officers {
    pub fn of(clients: Vec<Client>) -> Result<Officers> {
        let [officer, approver]: [Client; 2] = clients.try_into().ok().context("an officer and an approver")?;
        Ok(Officers { officer, approver })
    }

    /// Tries, approves and issues the bills of a month, of a station or of all. `seen` hears how far each step is;
    /// answers how many were issued.
    pub async fn bill(
        &mut self,
        cycle: &str,
        station: Option<&str>,
        key: &str,
        mut seen: impl FnMut(Step, u64),
    ) -> Result<u64> {
        let path = format!("/api/billing-runs/{cycle}");
        let ask = async |officer: &mut Client, step: &str| {
            let wish = json!({ "station": station });
            let asked = officer.post(&format!("{path}/{step}"), Some(&format!("{step}-{key}")), &wish).await?;
            asked.json()
        };
        let asked = ask(&mut self.officer, "trial").await?;
        carried_out(&mut self.officer, &asked, |done| seen(Step::Trial, done)).await?;
        let only = station.map_or_else(String::new, |station| format!("?station={station}"));
        let run = self.approver.get(&format!("{path}{only}")).await?.json()?;
        ensure!(run["ready"].as_u64().is_some_and(|ready| ready > 0), "nothing was left to bill: {run}");
        let wish = json!({ "station": station, "digest": text(&run, "digest")? });
        self.approver.post(&format!("{path}/approval"), Some(&format!("approval-{key}")), &wish).await?;
        let asked = ask(&mut self.officer, "issue").await?;
        let issued = carried_out(&mut self.officer, &asked, |done| seen(Step::Issue, done)).await?;
        issued["issued"].as_u64().with_context(|| format!("no number of bills in {issued}"))
    }
}

/// Looks at the page of work that was asked for until it is done. `seen` hears how far it is, from when it is begun;
/// answers what it came to.
pub async fn carried_out(client: &mut Client, asked: &Value, mut seen: impl FnMut(u64)) -> Result<Value> {
    let page = format!("/api/long-work/{}", text(asked, "id")?);
    loop {
        let mut work = client.get(&page).await?.json()?;
        let state = text(&work, "state")?;
        if state != "queued" {
            seen(work["done"].as_u64().unwrap_or(0));
        }
        match state {
            "done" => return Ok(work["outcome"].take()),
            "queued" | "running" => tokio::time::sleep(LOOK_EVERY).await,
            _ => bail!("this work did not go well: {work}"),
        }
    }
}
