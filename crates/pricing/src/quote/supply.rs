//! What a case tells of capacity, demand, reactive energy and losses.

use kernel::{Capacity, Hours, Month, Period, Power, Rate, ReactiveEnergy, Refusal};
use serde_json::Value;

use super::fields::{
    Fields, date, given, known_only, missing, optional_quantity, optional_word, quantity, required_text, wrong_type,
};
use super::intervals::Metered;
use crate::rules::{Contracted, Reactive, Side, Supply, Suspended, Transformer};
use crate::tariff::DemandMode;

/// What is told; nothing for whoever pays for energy alone.
pub(super) fn supply(
    fields: &Fields,
    month: Month,
    period: Period,
    metered: Option<&Metered>,
) -> Result<Option<Supply>, Refusal> {
    let mode = optional_word(
        fields,
        "demand_mode",
        "demand-mode.unknown",
        DemandMode::from_word,
        "capacity, contract, actual",
    )?;
    let capacity = optional_quantity(fields, "capacity_kva", Capacity::MAX_BILLED)?;
    let contract = optional_quantity(fields, "contract_kw", Power::MAX_BILLED)?;
    let forward = optional_quantity(fields, "kvarh", ReactiveEnergy::MAX_BILLED)?;
    let reverse = optional_quantity(fields, "reverse_kvarh", ReactiveEnergy::MAX_BILLED)?;
    if forward.is_none() && reverse.is_some() {
        return Err(missing("kvarh"));
    }
    let mut supply = Supply {
        mode,
        contracted: capacity
            .map(|capacity| Contracted { from: period.from, capacity, demand: contract })
            .into_iter()
            .collect(),
        suspended: suspended(fields)?,
        begun: (period.from > month.first_day()).then_some(period.from),
        ended: None,
        demand: demand(fields)?,
        reactive: forward.map(|forward| Reactive { forward, reverse: reverse.unwrap_or_default() }),
        transformer: transformer(fields)?,
    };
    let is_told = supply != Supply { begun: supply.begun, ..Supply::default() };
    if is_told && capacity.is_none() && contract.is_some() {
        return Err(missing("capacity_kva"));
    }
    // A curve tells the demand, unless somebody read it off the meter.
    supply.demand.extend(metered.map(|metered| metered.demand).filter(|_| supply.demand.is_empty()));
    Ok(is_told.then_some(supply))
}

/// The highest demand, or one for each feed.
fn demand(fields: &Fields) -> Result<Vec<Power>, Refusal> {
    const FIELD: &str = "max_demand_kw";
    let read = |value: &Value| quantity(FIELD, value, Power::MAX_BILLED);
    match given(fields, FIELD) {
        None => Ok(Vec::new()),
        Some(Value::Array(feeds)) => feeds.iter().map(read).collect(),
        Some(value) => Ok(vec![read(value)?]),
    }
}

fn transformer(fields: &Fields) -> Result<Option<Transformer>, Refusal> {
    let Some(value) = given(fields, "loss") else { return Ok(None) };
    let Some(loss) = value.as_object() else {
        return Err(wrong_type("loss", "对象", "an object"));
    };
    known_only(loss, "loss.", &["no_load_kw", "hours", "side", "line", "kvarh"])?;
    let within = |refusal: Refusal| refusal.within("loss");
    let required = |field: &str| missing(&format!("loss.{field}"));
    Ok(Some(Transformer {
        side: optional_word(loss, "side", "side.unknown", Side::from_word, "low, high")
            .map_err(within)?
            .ok_or_else(|| required("side"))?,
        no_load: optional_quantity(loss, "no_load_kw", Power::MAX_BILLED)
            .map_err(within)?
            .ok_or_else(|| required("no_load_kw"))?,
        hours: optional_quantity(loss, "hours", Hours::MAX_BILLED).map_err(within)?.ok_or_else(|| required("hours"))?,
        line: optional_quantity(loss, "line", Rate::ONE).map_err(within)?,
        reactive_loss: optional_quantity(loss, "kvarh", ReactiveEnergy::MAX_BILLED).map_err(within)?,
    }))
}

fn suspended(fields: &Fields) -> Result<Vec<Suspended>, Refusal> {
    let Some(value) = given(fields, "suspended") else { return Ok(Vec::new()) };
    let Some(rests) = value.as_array() else {
        return Err(wrong_type("suspended", "列表", "a list"));
    };
    rests.iter().map(rest).collect()
}

fn rest(value: &Value) -> Result<Suspended, Refusal> {
    let Some(rest) = value.as_object() else {
        return Err(wrong_type("suspended", "对象的列表", "a list of objects"));
    };
    known_only(rest, "suspended.", &["from", "to", "kva"])?;
    let within = |refusal: Refusal| refusal.within("suspended");
    let day = |field: &str| date(field, required_text(rest, field)?);
    let (from, to) = (day("from").map_err(within)?, day("to").map_err(within)?);
    if to < from {
        return Err(Refusal::invalid("date.order", "早于起始日", "is before the first day").at("suspended.to"));
    }
    let kva = optional_quantity(rest, "kva", Capacity::MAX_BILLED)
        .map_err(within)?
        .ok_or_else(|| missing("suspended.kva"))?;
    Ok(Suspended { period: Period { from, to }, capacity: kva })
}
