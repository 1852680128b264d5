//! A correction's trial and issue as long work.

use platform::long_work::{self, Ask, Counted, Kind, Task};
use platform::{Ctx, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Correction, Wish};
use crate::{Bureau, correction};

pub const TRY: Kind =
    Kind {
        name: "bill.rebill.trial", zh: "电费更正试算", en: "Trial of a correction", counted: Counted::Accounts
    };
pub const POST: Kind =
    Kind {
        name: "bill.rebill.issue", zh: "电费更正发行", en: "Issue of a correction", counted: Counted::Accounts
    };

#[derive(Debug, Serialize, Deserialize)]
struct Params {
    correction_no: String,
}

/// Puts a correction on record and asks for its trial.
pub async fn ask_trial(tx: &Tx, ctx: &Ctx, wish: Wish) -> Result<(Correction, long_work::Work)> {
    let correction = correction::ask(tx, ctx, wish).await?;
    let work = ask(tx, ctx, &TRY, &correction).await?;
    Ok((correction, work))
}

/// Asks for the issue of what another person has approved.
pub async fn ask_issue(tx: &Tx, ctx: &Ctx, correction_no: &str) -> Result<long_work::Work> {
    let correction = correction::check_issuable(tx, ctx, correction_no).await?;
    ask(tx, ctx, &POST, &correction).await
}

async fn ask(tx: &Tx, ctx: &Ctx, kind: &Kind, of: &Correction) -> Result<long_work::Work> {
    let params = serde_json::to_value(Params { correction_no: of.correction_no.clone() })?;
    let (subject, station) = (of.correction_no.clone(), of.wish.scope.station.clone());
    long_work::ask_alone(tx, ctx, Ask { kind: kind.name, subject, station, params }).await
}

pub async fn try_bills(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { correction_no } = task.params()?;
    let sums = correction::try_bills(&bureau, &ctx, &correction_no, &mut task.watch()).await?.sums;
    Ok(json!({
        "accounts": sums.looked_at, "affected": sums.affected, "blocked": sums.blocked, "bills": sums.bills,
        "amount": sums.difference().to_string(),
    }))
}

pub async fn issue(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { correction_no } = task.params()?;
    let tally = correction::issue(&bureau, &ctx, &correction_no, true, &mut task.watch()).await?;
    Ok(json!({ "accounts": tally.accounts, "bills": tally.bills, "changed": tally.changed }))
}
