//! What bills were computed from, and is known better since 计费依据更正.
//!
//! ```text
//!   a billed reading ──another value──▶ ┐
//!   a meter's multiplier ──another──▶   ├─▶ amendment: waiting ──correction of the bills──▶ corrected
//!   days of a meter ──a multiple────▶   │
//!   tariff, household ──another─────▶   ┘
//! ```
//!
//! Nothing that was billed changes by it: bills stand until a [`crate::correction`] takes their place. A reading that
//! comes late needs no amendment, it is loaded as any other.
//!
//! **Invariants.** What was said before is kept. A standing bill may have been computed from what an amendment has
//! replaced, and from nothing else that is gone.

pub mod api;
mod model;
mod rules;
mod store;

use std::collections::HashMap;

use kernel::time::next_day;
use kernel::{Date, Period, Refusal, Register};
use platform::journal::{self, Entry};
use platform::{Ctx, Fault, Permission, Result, Tx};
use pricing::TariffBook;

pub use model::{Amendment, AmendmentKind, Change, Factor, Shown};
pub use store::{MIGRATION, OF_TERMS};

use crate::metering::{self, Count, Meter, MeterId};
use crate::reading::{self, Reading, ReadingKind};
use crate::supply::{self, UsagePointId};
use crate::terms::{self, ToldTerms};
use crate::{bill, fields};

pub const AMEND: Permission = Permission("amendment.enter");

/// A register on a day, and what it is said to have shown.
#[derive(Debug, Clone)]
pub struct ReadingWish {
    pub meter_no: String,
    pub register: Register,
    pub read_on: Date,
    /// As a person wrote it.
    pub value: String,
    pub kind: ReadingKind,
    pub reason: String,
}

/// Says what a register showed on a day by whose reading a standing bill was computed.
pub async fn amend_reading(tx: &Tx, ctx: &Ctx, wish: ReadingWish) -> Result<Amendment> {
    let (meter, station) = meter_of(tx, ctx, &wish.meter_no, &wish.reason).await?;
    let (register, read_on) = (wish.register, wish.read_on);
    let known = reading::at(tx, meter.id, register, read_on).await?;
    let (Some((known, _)), Some(of_meter)) = (known, meter.register(register)) else {
        let (zh, en) = ("没有这条读数", "there is no such reading");
        return Err(Refusal::not_found("reading.unknown", zh, en).at("read_on").into());
    };
    let value = metering::count_of(&wish.value, "value", of_meter.digits)?;
    let (before, after) = (Shown { value: known.value, kind: known.kind }, Shown { value, kind: wish.kind });
    if before == after {
        let (zh, en) = ("与在案的读数相同", "this is the reading on record");
        return Err(Refusal::conflict("amendment.unchanged", zh, en).at("value").into());
    }
    let document = bill::standings(tx, &[meter.usage_point]).await?.remove(&meter.usage_point);
    let is_billed = document.is_some_and(|(_, document)| document.stands_on(&meter.meter_no, register, read_on));
    if !is_billed {
        let (zh, en) = (
            "该读数尚未计费：请作废后重新录入，不必更正",
            "no bill stands on this reading: void it and enter the right one, there is nothing to amend",
        );
        return Err(Refusal::conflict("amendment.not-billed", zh, en).at("read_on").into());
    }
    reading::put_aside(tx, ctx, &known).await?;
    reading::keep(tx, &[(Reading { value, kind: wish.kind, ..known }, None)]).await?;
    let change = Change::Reading { register, read_on, before, after };
    put(tx, ctx, Of::meter(&meter, station), Made { since: read_on, change, reason: wish.reason }).await
}

/// Says what a meter's multiplier has been since it was installed.
pub async fn amend_multiplier(
    tx: &Tx,
    ctx: &Ctx,
    meter_no: &str,
    multiplier: i64,
    reason: String,
) -> Result<Amendment> {
    let (meter, station) = meter_of(tx, ctx, meter_no, &reason).await?;
    if !metering::MULTIPLIERS.contains(&multiplier) {
        return Err(fields::out_of(metering::MULTIPLIERS, "multiplier").into());
    }
    if multiplier == meter.multiplier {
        let (zh, en) = ("与在案的倍率相同", "this is the multiplier on record");
        return Err(Refusal::conflict("amendment.unchanged", zh, en).at("multiplier").into());
    }
    metering::set_multiplier(tx, meter.id, multiplier).await?;
    let change = Change::Multiplier { before: meter.multiplier, after: multiplier };
    let since = meter.installed_on;
    put(tx, ctx, Of::meter(&meter, station), Made { since, change, reason }).await
}

/// How a meter was found to count, 《供电营业规则》第九十六条.
#[derive(Debug, Clone)]
pub enum Found {
    /// Out of tolerance, as a test showed: its error in percent, `5` where 105 were counted of 100. It counts from zero
    /// error for half the time since the last test.
    Error { percent: String, tested_on: Date },
    /// Wrongly wired since a day: what was used is `factor` times what was counted.
    Wiring { factor: String, since: Date },
}

/// Says that a meter counted otherwise than was used, up to the day on which that was found.
pub async fn amend_counting(
    tx: &Tx,
    ctx: &Ctx,
    meter_no: &str,
    found: Found,
    found_on: Date,
    reason: String,
) -> Result<Amendment> {
    let (meter, station) = meter_of(tx, ctx, meter_no, &reason).await?;
    if found_on > ctx.today {
        let (zh, en) = ("发现日在将来", "this day has not come yet");
        return Err(Refusal::invalid("date.future", zh, en).at("found_on").into());
    }
    let change = rules::counting(&found, found_on)?;
    let Change::Factor { period, .. } = &change else { return Err(Fault::impossible("a factor is no factor")) };
    let hung = Period { from: next_day(meter.installed_on), to: meter.removed_on.unwrap_or(found_on) };
    if period.from < hung.from || period.to > hung.to {
        let (zh, en) = (
            format!("{} 至 {} 该表不都在运行", period.from, period.to),
            format!("the meter was not in use on all days from {} to {}", period.from, period.to),
        );
        return Err(Refusal::invalid("amendment.not-in-use", zh, en).at("meter_no").into());
    }
    if store::factors(tx, &[meter.id]).await?.iter().any(|known| rules::overlap(known.period, *period)) {
        let (zh, en) = ("这段时间已登记过计量差错", "an error of this meter is on record for some of these days");
        return Err(Refusal::conflict("amendment.overlap", zh, en).at("meter_no").into());
    }
    let since = period.from;
    put(tx, ctx, Of::meter(&meter, station), Made { since, change, reason }).await
}

/// Says what an account should have been billed by since a day that is billed: another tariff, household or relief, all of
/// which holds until the next change on record.
pub async fn amend_terms(
    tx: &Tx,
    ctx: &Ctx,
    book: &TariffBook,
    supply_no: &str,
    told: &ToldTerms<'_>,
    reason: String,
) -> Result<Amendment> {
    journal::short_reason(&reason)?;
    let (point, mut history) = terms::held(tx, ctx, AMEND, supply_no).await?;
    let after = told.read(point.id, book)?;
    let before = history.amend(&after)?;
    terms::replace(tx, &after).await?;
    let since = after.from;
    let of = Of { point: point.id, station: point.station, meter: None };
    put(tx, ctx, of, Made { since, change: Change::Terms { before, after }, reason }).await
}

/// Days on which these meters counted otherwise than was used.
pub(crate) async fn factors(tx: &Tx, meters: &[MeterId]) -> Result<Vec<Factor>> {
    store::factors(tx, meters).await
}

/// A meter that the actor may amend something of, and its station; its account is locked.
async fn meter_of(tx: &Tx, ctx: &Ctx, meter_no: &str, reason: &str) -> Result<(Meter, String)> {
    let scope = ctx.require(AMEND)?;
    journal::short_reason(reason)?;
    let unknown = || {
        let (zh, en) = (format!("没有电能表 {meter_no}"), format!("there is no meter {meter_no}"));
        Refusal::not_found("meter.unknown", zh, en).at("meter_no")
    };
    let find = async || -> Result<Meter> {
        let found = metering::by_meter_nos(tx, vec![meter_no.to_owned()]).await?;
        found.into_iter().next().ok_or_else(|| unknown().into())
    };
    let point = find().await?.usage_point;
    let station = supply::station_of(tx, point).await?;
    if !scope.covers(&station) {
        return Err(unknown().into());
    }
    supply::lock(tx, &[point]).await?;
    // Read again under the lock: somebody may have been faster.
    Ok((find().await?, station))
}

struct Made {
    since: Date,
    change: Change,
    reason: String,
}

/// What an amendment is about.
struct Of<'m> {
    point: UsagePointId,
    station: String,
    meter: Option<&'m Meter>,
}

impl<'m> Of<'m> {
    fn meter(meter: &'m Meter, station: String) -> Of<'m> {
        Of { point: meter.usage_point, station, meter: Some(meter) }
    }
}

async fn put(tx: &Tx, ctx: &Ctx, of: Of<'_>, made: Made) -> Result<Amendment> {
    let (Of { point, station, meter }, Made { since, change, reason }) = (of, made);
    supply::touch(tx, vec![point]).await?;
    let number = bill::take_numbers(tx, &format!("amendment {}", ctx.today), 1).await?;
    let supply_no = supply::supply_nos(tx, vec![point.uuid()]).await?.remove(&point.uuid());
    let amendment = Amendment {
        amendment_no: format!("{}{number:05}", ctx.today.strftime("%Y%m%d")),
        usage_point: point,
        supply_no: supply_no.unwrap_or_default(),
        station,
        meter_no: meter.map(|meter| meter.meter_no.clone()),
        since,
        change,
        reason,
        by: ctx.actor.name.clone(),
        at: ctx.now,
        corrected_by: None,
    };
    store::insert(tx, &amendment, meter.map(|meter| meter.id)).await?;
    let detail = match &amendment.change {
        Change::Reading { register, read_on, before, after } => serde_json::json!({
            "amendment": amendment.amendment_no, "account": amendment.supply_no, "register": register, "read_on": read_on,
            "before": before.value.to_string(), "kind_before": before.kind, "after": after.value.to_string(), "kind": after.kind,
        }),
        Change::Multiplier { before, after } => serde_json::json!({
            "amendment": amendment.amendment_no, "account": amendment.supply_no, "before": before.to_string(), "after": after.to_string(),
        }),
        Change::Factor { period, numerator, denominator, cause } => serde_json::json!({
            "amendment": amendment.amendment_no, "account": amendment.supply_no, "from": period.from, "to": period.to,
            "numerator": numerator, "denominator": denominator, "cause": cause,
        }),
        Change::Terms { before, after } => serde_json::json!({
            "amendment": amendment.amendment_no, "before": before.detail(), "after": after.detail(),
        }),
    };
    let act = match amendment.change.kind() {
        AmendmentKind::Reading => "amendment.reading",
        AmendmentKind::Multiplier => "amendment.multiplier",
        AmendmentKind::Factor => "amendment.factor",
        AmendmentKind::Terms => "amendment.terms",
    };
    let subject = meter
        .map_or_else(|| format!("usage-point:{}", amendment.supply_no), |meter| format!("meter:{}", meter.meter_no));
    journal::record(tx, ctx, Entry { act, subject, reason: Some(&amendment.reason), detail }).await?;
    Ok(amendment)
}

/// Amendments of all accounts or one that the actor may see, newest first, below the number `before`.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    supply_no: Option<&str>,
    waiting_only: bool,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Amendment>> {
    let stations = ctx.require(bill::READ)?.stations();
    let point = match supply_no {
        Some(supply_no) => Some(supply::find(tx, ctx, supply_no).await?.id),
        None => None,
    };
    store::page(tx, point, waiting_only, stations, before, limit.clamp(1, 200)).await
}

/// Notes that the bills of these accounts since `since` were corrected by what was amended. A multiplier or an error lasted:
/// how far back bills are corrected was decided by whoever did it.
pub(crate) async fn settle(tx: &Tx, points: &[UsagePointId], since: Date, correction_no: &str) -> Result<()> {
    store::settle(tx, points, since, true, correction_no).await
}

/// Notes that what was amended of these accounts since `since` makes no difference to their bills.
pub(crate) async fn settle_idle(tx: &Tx, points: &[UsagePointId], since: Date, correction_no: &str) -> Result<()> {
    store::settle(tx, points, since, false, correction_no).await
}

/// What a register was said to have shown on a day before it was amended.
pub(crate) type SaidBefore = HashMap<(String, Register, Date), Vec<(Count, ReadingKind)>>;

/// What was said before of these meters' registers.
pub(crate) async fn said_before(tx: &Tx, meter_nos: Vec<String>) -> Result<SaidBefore> {
    let mut said = SaidBefore::new();
    for (meter_no, register, on, shown) in store::said_before(tx, meter_nos).await? {
        said.entry((meter_no, register, on)).or_default().push((shown.value, shown.kind));
    }
    Ok(said)
}
