//! A month's bills, from the start of the trial to the end of the issue.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use business::billing::{self, AccountFinding, Desk};
use business::run::RunScope;
use kernel::Month;
use platform::jobs::Unwatched;

use crate::place::{CYCLE, Place};
use crate::report::Measured;
use crate::store;

pub async fn run(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let cycle: Month = CYCLE.parse().map_err(|_| anyhow::anyhow!("a month"))?;
    let (ctx, scope) = (bureau.house.operator(), RunScope::default());
    let mut found = 0_u64;
    let mut finding = |_: &AccountFinding| {
        found += 1;
        Ok(())
    };
    let mut desk = Desk { finding: &mut finding, watch: &mut Unwatched };
    let begun = Instant::now();
    let trial = billing::trial(&bureau, &ctx, cycle, &scope, &mut desk).await?;
    let tried = begun.elapsed();
    let issue = billing::issue(&bureau, &ctx, cycle, &scope, false, &mut desk).await?;
    let time = begun.elapsed();
    ensure!(trial.ready > 0 && issue.issued == trial.ready, "{} ready, {} issued", trial.ready, issue.issued);
    eprintln!(
        "{} bills, {} yuan, {found} findings; trial {:.1} s, issue {:.1} s",
        issue.issued,
        issue.amount,
        tried.as_secs_f64(),
        (time - tried).as_secs_f64()
    );
    let engine = bureau.house.db.engine().name();
    Measured { bench: "bill", engine, work: issue.issued, time }.say()
}

/// Bills in one transaction of the floor.
const CHUNK: u32 = 5_000;

/// The rows are read and encoded before the time of each insert begins.
pub async fn floor(place: &Place, billed: &Place) -> Result<()> {
    let (from, to) = (billed.open().await?.house.db, place.open().await?.house.db);
    let (mut time, mut bills) = (Duration::ZERO, 0);
    let mut pages = store::Pages::new(CHUNK);
    loop {
        let batches = pages.next(&from.read().await?).await?;
        if batches.is_empty() {
            break;
        }
        bills += batches.first().map_or(0, |(_, rows)| rows.len() as u64);
        let begun = Instant::now();
        let tx = to.write().await?;
        for (bulk, rows) in batches {
            tx.insert(bulk, rows).await?;
        }
        tx.commit().await?;
        time += begun.elapsed();
    }
    Measured { bench: "bill-floor", engine: to.engine().name(), work: bills, time }.say()
}
