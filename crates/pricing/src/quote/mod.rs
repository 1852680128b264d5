//! Pricing one case that somebody wrote down: JSON text in, JSON text out.
//!
//! Quantities are decimal text, never JSON numbers: a number may pass through a binary float on its
//! way, and then it is no longer what was written.

mod fields;
mod intervals;
mod refusal;
mod supply;

use kernel::{Energy, Month, Period, Refusal, Register, Text, Voltage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::book::TariffBook;
use crate::explain::explain;
use crate::rules::{Case, Line, Stretch, price};
use crate::tariff::{Concession, Tariff};
use fields::{
    Fields, date, known_only, missing, optional_quantity, optional_text, optional_whole, quantity, required_text,
    wrong_type,
};
pub use intervals::Filled;
use intervals::Metered;
pub use refusal::refusal;

/// The answer to a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub total: String,
    pub lines: Vec<QuoteLine>,
    pub explanation: Vec<Text>,
    /// Values of a curve that were missing and made up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuoteLine {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<Register>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    pub quantity: String,
    pub unit: &'static str,
    pub price: String,
    /// Of a month, where the line is for less than a whole one: `15/30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    pub amount: String,
}

impl From<&Line> for QuoteLine {
    fn from(line: &Line) -> QuoteLine {
        QuoteLine {
            code: line.code(),
            register: line.register,
            tier: line.tier,
            quantity: line.quantity(),
            unit: line.unit(),
            price: line.price(),
            share: line.share(),
            amount: line.amount.to_string(),
        }
    }
}

/// Prices the case in `text`.
pub fn quote(book: &TariffBook, text: &str) -> Result<Quote, Refusal> {
    let unreadable = |error: serde_json::Error| {
        Refusal::invalid(
            "quote.not-json",
            format!("不是可读的 JSON（第 {} 行）：{error}", error.line()),
            format!("this is not readable JSON (line {}): {error}", error.line()),
        )
    };
    let value: Value = serde_json::from_str(text).map_err(unreadable)?;
    let (tariff, case, metered) = read_case(book, &value)?;
    serde_json::from_str::<Once>(text).map_err(unreadable)?;
    let priced = price(tariff, &case).map_err(|unpriced| refusal(unpriced, &tariff.code))?;
    let (told, filled) = metered.map(|metered| (metered.told, metered.filled)).unwrap_or_default();
    Ok(Quote {
        total: priced.total.to_string(),
        lines: priced.lines.iter().map(QuoteLine::from).collect(),
        explanation: told.into_iter().chain(explain(tariff, &case, &priced)).collect(),
        filled,
    })
}

const FIELDS: [&str; 24] = [
    "tariff",
    "cycle",
    "days",
    "usage",
    "year_to_date",
    "persons",
    "concession",
    "voltage",
    "opened_on",
    "capacity_kva",
    "demand_mode",
    "contract_kw",
    "max_demand_kw",
    "kvarh",
    "reverse_kvarh",
    "loss",
    "suspended",
    "intervals",
    "minutes",
    "fill",
    "holidays",
    "festivals",
    "worked_weekends",
    "hot_days",
];

fn read_case<'b>(book: &'b TariffBook, value: &Value) -> Result<(&'b Tariff, Case, Option<Metered>), Refusal> {
    let Some(fields) = value.as_object() else {
        return Err(Refusal::invalid("quote.not-an-object", "应为一个 JSON 对象", "must be one JSON object"));
    };
    known_only(fields, "", &FIELDS)?;
    let code = required_text(fields, "tariff")?;
    let tariff = book.get(code).ok_or_else(|| {
        Refusal::invalid(
            "tariff.unknown",
            format!("没有电价“{code}”，可用 tariff list 查看"),
            format!("there is no tariff \"{code}\"; see tariff list"),
        )
        .at("tariff")
    })?;
    let cycle = required_text(fields, "cycle")?;
    let month: Month = cycle.parse().map_err(|_| {
        Refusal::invalid("cycle.invalid", "月份须写作 2016-08", "a month is written 2016-08").at("cycle")
    })?;
    let period = period(fields, month)?;
    let metered = intervals::metered(fields, tariff, period)?;
    let case = Case {
        voltage: voltage(fields)?,
        persons: persons(fields)?,
        concession: concession(fields)?,
        opened_on: opened_on(fields, month)?,
        stretches: vec![Stretch { month, period }],
        usage: metered.as_ref().map_or_else(|| usage(fields), |metered| Ok(metered.usage.clone()))?,
        year_to_date: vec![(month.year(), year_to_date(fields)?)],
        supply: supply::supply(fields, month, period, metered.as_ref())?.map(Box::new),
        changes: None,
    };
    Ok((tariff, case, metered))
}

/// The month, or as many days at its end as it is said to have had supply.
fn period(fields: &Fields, month: Month) -> Result<Period, Refusal> {
    let (first, to) = (month.first_day(), month.last_day());
    let all = u32::try_from(Period { from: first, to }.days()).unwrap_or(31);
    let days = optional_whole(fields, "days", 1, all)?.unwrap_or(all);
    let from = (days..all).fold(first, |day, _| kernel::time::next_day(day));
    Ok(Period { from, to })
}

fn usage(fields: &Fields) -> Result<Vec<(Register, Energy)>, Refusal> {
    let value = fields.get("usage").ok_or_else(|| missing("usage"))?;
    let object = value
        .as_object()
        .ok_or_else(|| wrong_type("usage", "对象，如 {\"total\":\"100\"}", "an object such as {\"total\":\"100\"}"))?;
    let mut usage = Vec::with_capacity(object.len());
    for (word, value) in object {
        let field = format!("usage.{word}");
        let register = Register::from_word(word).filter(|register| register.is_active_energy()).ok_or_else(|| {
            Refusal::invalid(
                "register.unknown",
                "应为 sharp、peak、flat、valley、deep-valley 或 total",
                "must be sharp, peak, flat, valley, deep-valley or total",
            )
            .at(&field)
        })?;
        usage.push((register, quantity(&field, value, Energy::MAX_BILLED)?));
    }
    usage.sort_by_key(|(register, _)| *register);
    Ok(usage)
}

fn year_to_date(fields: &Fields) -> Result<Energy, Refusal> {
    Ok(optional_quantity(fields, "year_to_date", Energy::MAX_BILLED)?.unwrap_or_default())
}

fn persons(fields: &Fields) -> Result<Option<u32>, Refusal> {
    optional_whole(fields, "persons", 0, 999)
}

fn concession(fields: &Fields) -> Result<Option<Concession>, Refusal> {
    let Some(word) = optional_text(fields, "concession")?.filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    Concession::from_word(word).map(Some).ok_or_else(|| {
        Refusal::invalid(
            "concession.unknown",
            "应为 low-income 或 five-guarantee",
            "must be low-income or five-guarantee",
        )
        .at("concession")
    })
}

fn voltage(fields: &Fields) -> Result<Voltage, Refusal> {
    let Some(word) = optional_text(fields, "voltage")? else {
        return Ok(Voltage::V220);
    };
    Voltage::from_word(word).ok_or_else(|| {
        let known = Voltage::ALL.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
        Refusal::invalid("voltage.unknown", format!("应为：{known}"), format!("must be one of: {known}")).at("voltage")
    })
}

fn opened_on(fields: &Fields, cycle: Month) -> Result<Option<kernel::Date>, Refusal> {
    let Some(text) = optional_text(fields, "opened_on")? else {
        return Ok(None);
    };
    let opened_on = date("opened_on", text)?;
    if opened_on > cycle.last_day() {
        return Err(Refusal::invalid("opened-on.after-cycle", "立户日在该月之后", "is after the cycle").at("opened_on"));
    }
    Ok(Some(opened_on))
}

/// The names of a case, each of which may occur once: where a JSON map would silently keep the last,
/// serde refuses the second.
#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct Once {
    tariff: Option<IgnoredAny>,
    cycle: Option<IgnoredAny>,
    usage: Option<UsageOnce>,
    year_to_date: Option<IgnoredAny>,
    persons: Option<IgnoredAny>,
    concession: Option<IgnoredAny>,
    voltage: Option<IgnoredAny>,
    opened_on: Option<IgnoredAny>,
    days: Option<IgnoredAny>,
    capacity_kva: Option<IgnoredAny>,
    demand_mode: Option<IgnoredAny>,
    contract_kw: Option<IgnoredAny>,
    max_demand_kw: Option<IgnoredAny>,
    kvarh: Option<IgnoredAny>,
    reverse_kvarh: Option<IgnoredAny>,
    loss: Option<LossOnce>,
    suspended: Option<Vec<SuspendedOnce>>,
    intervals: Option<Vec<IntervalOnce>>,
    minutes: Option<IgnoredAny>,
    fill: Option<IgnoredAny>,
    holidays: Option<IgnoredAny>,
    festivals: Option<IgnoredAny>,
    worked_weekends: Option<IgnoredAny>,
    hot_days: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct IntervalOnce {
    start: Option<IgnoredAny>,
    kwh: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct LossOnce {
    no_load_kw: Option<IgnoredAny>,
    hours: Option<IgnoredAny>,
    side: Option<IgnoredAny>,
    line: Option<IgnoredAny>,
    kvarh: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct SuspendedOnce {
    from: Option<IgnoredAny>,
    to: Option<IgnoredAny>,
    kva: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct UsageOnce {
    sharp: Option<IgnoredAny>,
    peak: Option<IgnoredAny>,
    flat: Option<IgnoredAny>,
    valley: Option<IgnoredAny>,
    #[serde(rename = "deep-valley")]
    deep_valley: Option<IgnoredAny>,
    total: Option<IgnoredAny>,
}
