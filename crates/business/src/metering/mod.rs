//! Meters at usage points 计量点、电能表: which registers they have, from which state to which.
//!
//! ```text
//!   installed_on, opening ────── readings ──────▶ (in use)
//!                                           └───▶ removed_on, closing
//! ```
//!
//! Opening and closing are the states at 24:00 of their days. A row of `meters.csv` that gives a
//! known register its removal, everything else equal, is the removal of the meter; any other
//! difference is a conflict.

pub mod api;
mod import;
mod model;
mod store;

use platform::{Ctx, Result, Tx};

pub use import::MeterImport;
pub(crate) use import::{MULTIPLIERS, count, count_of};
pub use model::{Count, Meter, MeterId, MeterRegister};
pub use store::MIGRATION;

use crate::supply::{self, UsagePointId};

/// Meters with these numbers.
pub async fn by_meter_nos(tx: &Tx, meter_nos: Vec<String>) -> Result<Vec<Meter>> {
    store::by_meter_nos(tx, meter_nos).await
}

/// All meters that these usage points have or had, each point's together.
pub async fn of_usage_points(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Meter>> {
    store::of_usage_points(tx, points).await
}

/// Sets what a meter's registers are multiplied by. Whoever calls has asked the right, journals, and raises the revision
/// of the usage point.
pub(crate) async fn set_multiplier(tx: &Tx, meter: MeterId, multiplier: i64) -> Result<()> {
    store::set_multiplier(tx, meter, multiplier).await
}

/// The meters of one usage point that the actor may see.
pub async fn of_supply_no(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Vec<Meter>> {
    let scope = ctx.require(supply::READ)?;
    let found = store::at(tx, supply_no).await?.filter(|(station, _)| scope.covers(station));
    let (_, meters) = found.ok_or_else(|| supply::unknown(supply_no))?;
    Ok(meters)
}
