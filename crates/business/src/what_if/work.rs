//! A trial of prices as long work.

use platform::long_work::{self, Ask, Counted, Kind, Task};
use platform::{Ctx, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{PriceTrial, Wish};
use crate::pack::Tariffs;
use crate::{Bureau, what_if};

pub const TRY: Kind = Kind { name: "tariff.try", zh: "电价测算", en: "Price trial", counted: Counted::Bills };

#[derive(Debug, Serialize, Deserialize)]
struct Params {
    trial_no: String,
}

/// Puts a trial on record and asks for it to be carried out.
pub async fn ask(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, wish: Wish) -> Result<(PriceTrial, long_work::Work)> {
    let trial = what_if::ask(tx, ctx, tariffs, wish).await?;
    let params = serde_json::to_value(Params { trial_no: trial.trial_no.clone() })?;
    let (subject, station) = (trial.trial_no.clone(), trial.wish.station.clone());
    let work = long_work::ask_alone(tx, ctx, Ask { kind: TRY.name, subject, station, params }).await?;
    Ok((trial, work))
}

pub async fn try_bills(bureau: Bureau, ctx: Ctx, task: Task) -> Result<Value> {
    let Params { trial_no } = task.params()?;
    let total = what_if::try_bills(&bureau, &ctx, &trial_no, &mut task.watch()).await?.total;
    Ok(json!({
        "bills": total.bills, "more": total.more, "less": total.less, "without_price": total.unpriced,
        "difference": total.difference().to_string(),
    }))
}
