//! `gridhall verify`.

use business::proof;
use kernel::Month;
use platform::Result;
use platform::jobs::Watch;

use super::desk::{Progress, print};
use super::{Done, Session, seal};

pub async fn run(session: &Session, cycle: Option<Month>) -> Result<Done> {
    let bureau = session.bureau().await?;
    seal(&bureau).await?;
    let tx = bureau.house.db.read().await?;
    let mut progress = Progress::new("bills");
    let mut tell = |done| drop(progress.progress(done, None));
    let report = proof::verify(&tx, &bureau.house.operator(), cycle, &mut tell).await?;
    // A reader that has seen enough does not make them fewer.
    report.differences.iter().for_each(|difference| drop(print(difference)));
    let (bills, count) = (report.bills, report.differences.len());
    let zh = format!("核验账单 {bills} 张，差异 {count} 处");
    let en = format!("{bills} bills verified, {count} differences");
    eprintln!("{}", session.say(&zh, &en));
    Ok(if report.differences.is_empty() { Done::Wholly } else { Done::InPart })
}
