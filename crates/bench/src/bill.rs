//! A month's bills, from the start of the trial to the end of the issue.

use std::time::Instant;

use anyhow::{Result, ensure};
use business::billing::{self, AccountFinding, Desk};
use business::run::RunScope;
use platform::jobs::Unwatched;

use crate::place::{CYCLE, Place, month};
use crate::report::Measured;
use crate::{floor, store};

pub async fn run(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let (ctx, scope, cycle) = (bureau.house.operator(), RunScope::default(), month()?);
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
    Measured { bench: "bill", engine, work: issue.issued, time, answers: None }.say()
}

pub async fn floor(place: &Place, billed: &Place) -> Result<()> {
    floor::stored("bill-floor", place, billed, &store::BILLS, vec![CYCLE.to_owned()]).await
}
