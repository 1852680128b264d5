//! Readings of registers 抄表: what a register showed at 24:00 of a civil day.
//!
//! A reading that could be true is accepted, and doubts are written beside it; a reading that
//! cannot be (another meter's register, more digits than the register has, a day on which the meter
//! did not hang there) is refused. A wrong reading that no bill was computed from can be voided with
//! a reason; it is kept, and the right one can be loaded in its place.

pub mod api;
mod import;
mod model;
pub mod rules;
mod store;

use kernel::{Date, Month, Refusal, Register};
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};

pub use import::ReadingImport;
pub use model::{Reading, ReadingKind};
pub use store::{MIGRATION, Shown};

use crate::metering::{self, MeterId};
use crate::supply;

pub const READ: Permission = Permission("reading.read");
pub const IMPORT: Permission = Permission("reading.import");
pub const VOID: Permission = Permission("reading.void");

/// For each register of these meters, its last reading within the days given.
pub async fn last_within(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Reading>> {
    store::last_within(tx, meters, from, to).await
}

/// The readings of these meters on exactly the days that `Reading`s name; for checking a bill.
pub async fn within(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Reading>> {
    store::within(tx, meters, from, to).await
}

/// A page of readings in order of meter, register and day, as files show them; for export.
pub async fn page(tx: &Tx, ctx: &Ctx, month: Option<Month>, after: Option<&Shown>, limit: u32) -> Result<Vec<Shown>> {
    ctx.require(READ)?;
    store::page(tx, month, after, limit).await
}

/// The readings of a usage point, newest first.
pub async fn of_usage_point(tx: &Tx, ctx: &Ctx, supply_no: &str, limit: u32) -> Result<Vec<Shown>> {
    ctx.require(READ)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(READ, &point.station)?;
    store::of_usage_point(tx, point.id, limit.clamp(1, 1000)).await
}

/// Takes a reading out of use and returns it. Whoever calls has made sure that no bill stands on it.
pub async fn void(
    tx: &Tx,
    ctx: &Ctx,
    meter_no: &str,
    register: Register,
    read_on: Date,
    reason: &str,
) -> Result<Reading> {
    ctx.require(VOID)?;
    let meter = metering::by_meter_nos(tx, vec![meter_no.to_owned()]).await?.into_iter().next();
    let unknown = || Refusal::not_found("reading.unknown", "没有这条读数", "there is no such reading");
    let meter = meter.ok_or_else(unknown)?;
    let reading = store::within(tx, &[meter.id], read_on, read_on)
        .await?
        .into_iter()
        .find(|reading| reading.register == register);
    let reading = reading.ok_or_else(unknown)?;
    store::void(tx, &reading, ctx.now).await?;
    supply::touch(tx, vec![meter.usage_point]).await?;
    let detail = serde_json::json!({ "register": register, "read_on": read_on, "value": reading.value.to_string(), "kind": reading.kind });
    journal::record(tx, ctx, Entry { act: VOID.0, subject: format!("meter:{meter_no}"), reason: Some(reason), detail })
        .await?;
    Ok(reading)
}
