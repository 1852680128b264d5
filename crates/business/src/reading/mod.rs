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

use std::sync::Arc;

use kernel::{Date, Month, Refusal, Register};
use platform::csv::{Finding, Importer, Record, Verdict};
use platform::journal::{self, Entry};
use platform::packs::Packs;
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

/// The readings of these meters on exactly these days.
pub async fn on_days(tx: &Tx, meters: &[MeterId], days: Vec<Date>) -> Result<Vec<Reading>> {
    store::on_days(tx, meters, days).await
}

/// The readings of these meters on exactly the days that `Reading`s name; for checking a bill.
pub async fn within(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Reading>> {
    store::within(tx, meters, from, to).await
}

/// What came of a reading told by hand.
#[derive(Debug)]
pub enum Told {
    /// It is on record already, the same.
    Unchanged,
    /// Kept; what is doubtful about it.
    Kept(Vec<Finding>),
}

/// Takes in one reading told by hand, by the rules of the file: `fields` are its columns.
pub async fn tell(tx: &Tx, ctx: &Ctx, packs: &Arc<Packs>, fields: &[(&str, &str)]) -> Result<Told> {
    let importer = ReadingImport { packs: Arc::clone(packs) };
    let outcome = importer.load(tx, ctx, vec![Record::of(ReadingImport::COLUMNS, fields)]).await?;
    for finding in &outcome.findings {
        match finding.verdict {
            Verdict::Refused => return Err(refusal(finding).into()),
            Verdict::Unchanged => return Ok(Told::Unchanged),
            Verdict::Doubtful => {}
        }
    }
    let of = |name: &str| fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.trim());
    let doubts: Vec<&str> = outcome.findings.iter().map(|finding| finding.code).collect();
    let detail = serde_json::json!({
        "register": of("register"), "read_on": of("read_on"), "value": of("value"), "kind": of("kind"), "doubts": doubts,
    });
    let subject = format!("meter:{}", of("meter_no"));
    journal::record(tx, ctx, Entry { act: "reading.tell", subject, reason: None, detail }).await?;
    Ok(Told::Kept(outcome.findings))
}

fn refusal(finding: &Finding) -> Refusal {
    let (zh, en) = (finding.message.zh.clone(), finding.message.en.clone());
    let refusal = match finding.code {
        "conflict" => Refusal::conflict(finding.code, zh, en),
        "meter.unknown" => Refusal::not_found(finding.code, zh, en),
        "access.other-station" => Refusal::new(kernel::refusal::RefusalKind::Forbidden, finding.code, zh, en),
        code => Refusal::invalid(code, zh, en),
    };
    if finding.field.is_empty() { refusal } else { refusal.at(finding.field.clone()) }
}

/// What a register showed at the end of a day, with the words of its doubts.
pub async fn at(tx: &Tx, meter: MeterId, register: Register, on: Date) -> Result<Option<(Reading, Option<String>)>> {
    store::at(tx, meter, register, on).await
}

/// Keeps readings with the words of their doubts. Whoever calls has asked the right, journals, and
/// raises the revision of the usage points.
pub(crate) async fn keep(tx: &Tx, readings: &[(Reading, Option<String>)]) -> Result<()> {
    store::insert(tx, readings).await
}

/// Takes a reading out of use; it is kept among the voided. As for [`keep`], the rest is the caller's.
pub(crate) async fn put_aside(tx: &Tx, ctx: &Ctx, reading: &Reading) -> Result<()> {
    store::void(tx, reading, ctx.now).await
}

/// A page of readings in order of meter, register and day, as files show them; for export.
pub async fn page(tx: &Tx, ctx: &Ctx, month: Option<Month>, after: Option<&Shown>, limit: u32) -> Result<Vec<Shown>> {
    let stations = ctx.require(READ)?.stations();
    store::page(tx, month, stations, after, limit).await
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
