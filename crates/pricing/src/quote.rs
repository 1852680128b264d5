//! Pricing one case that somebody wrote down: JSON text in, JSON text out.
//!
//! Quantities are decimal text, never JSON numbers: a number may pass through a binary float on its
//! way, and then it is no longer what was written.

use std::str::FromStr;

use kernel::decimal::DecimalError;
use kernel::{Energy, Month, Period, Refusal, Register, Text, Voltage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::book::TariffBook;
use crate::explain::explain;
use crate::rules::{Case, Line, Stretch, Unpriced, price};
use crate::tariff::{Concession, Tariff};

/// The answer to a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub total: String,
    pub lines: Vec<QuoteLine>,
    pub explanation: Vec<Text>,
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
    let (tariff, case) = read_case(book, &value)?;
    serde_json::from_str::<Once>(text).map_err(unreadable)?;
    let priced = price(tariff, &case).map_err(|unpriced| refusal(unpriced, &tariff.code))?;
    Ok(Quote {
        total: priced.total.to_string(),
        lines: priced.lines.iter().map(QuoteLine::from).collect(),
        explanation: explain(tariff, &case, &priced),
    })
}

const FIELDS: [&str; 8] = ["tariff", "cycle", "usage", "year_to_date", "persons", "concession", "voltage", "opened_on"];

fn read_case<'b>(book: &'b TariffBook, value: &Value) -> Result<(&'b Tariff, Case), Refusal> {
    let Some(fields) = value.as_object() else {
        return Err(Refusal::invalid("quote.not-an-object", "应为一个 JSON 对象", "must be one JSON object"));
    };
    if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(Refusal::invalid(
            "field.unknown",
            format!("未知的项“{unknown}”"),
            format!("unknown field \"{unknown}\""),
        )
        .at(unknown));
    }
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
    let case = Case {
        voltage: voltage(fields)?,
        persons: persons(fields)?,
        concession: concession(fields)?,
        opened_on: opened_on(fields, month)?,
        stretches: vec![Stretch { month, period: Period { from: month.first_day(), to: month.last_day() } }],
        usage: usage(fields)?,
        year_to_date: vec![(month.year(), year_to_date(fields)?)],
    };
    Ok((tariff, case))
}

fn wrong_type(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::invalid("field.type", format!("应为{zh}"), format!("must be {en}")).at(field)
}

fn optional_text<'v>(fields: &'v Map<String, Value>, field: &str) -> Result<Option<&'v str>, Refusal> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type(field, "文本", "text")),
    }
}

fn required_text<'v>(fields: &'v Map<String, Value>, field: &str) -> Result<&'v str, Refusal> {
    optional_text(fields, field)?
        .ok_or_else(|| Refusal::invalid("field.missing", "缺少此项", "this field is missing").at(field))
}

fn energy(field: &str, text: &str) -> Result<Energy, Refusal> {
    let wrong = |code, zh: &str, en: &str| Refusal::invalid(code, zh.to_owned(), en.to_owned()).at(field);
    let energy = Energy::from_str(text).map_err(|error| match error {
        DecimalError::NotANumber => wrong("number.invalid", "不是十进制数", "is not a decimal number"),
        DecimalError::TooManyDecimals { .. } => {
            wrong("number.decimals", "最多三位小数", "has more than three decimals")
        }
        DecimalError::OutOfRange => wrong("number.range", "数值过大", "is too large"),
    })?;
    if energy.is_negative() {
        return Err(wrong("number.negative", "不能为负", "must not be negative"));
    }
    if energy > Energy::MAX_BILLED {
        return Err(wrong("number.range", "数值过大", "is too large"));
    }
    Ok(energy)
}

fn usage(fields: &Map<String, Value>) -> Result<Vec<(Register, Energy)>, Refusal> {
    let Some(value) = fields.get("usage") else {
        return Err(Refusal::invalid("field.missing", "缺少此项", "this field is missing").at("usage"));
    };
    let object = value
        .as_object()
        .ok_or_else(|| wrong_type("usage", "对象，如 {\"total\":\"100\"}", "an object such as {\"total\":\"100\"}"))?;
    let mut usage = Vec::with_capacity(object.len());
    for (word, value) in object {
        let field = format!("usage.{word}");
        let register = Register::from_word(word).filter(|register| register.is_active_energy()).ok_or_else(|| {
            Refusal::invalid(
                "register.unknown",
                "应为 sharp、peak、flat、valley 或 total",
                "must be sharp, peak, flat, valley or total",
            )
            .at(&field)
        })?;
        let text = value.as_str().ok_or_else(|| {
            wrong_type(&field, "带引号的十进制数，如 \"180\"", "decimal text such as \"180\", in quotes")
        })?;
        usage.push((register, energy(&field, text)?));
    }
    usage.sort_by_key(|(register, _)| *register);
    Ok(usage)
}

fn year_to_date(fields: &Map<String, Value>) -> Result<Energy, Refusal> {
    match fields.get("year_to_date") {
        None | Some(Value::Null) => Ok(Energy::ZERO),
        Some(Value::String(text)) => energy("year_to_date", text),
        Some(_) => {
            Err(wrong_type("year_to_date", "带引号的十进制数，如 \"2700\"", "decimal text such as \"2700\", in quotes"))
        }
    }
}

fn persons(fields: &Map<String, Value>) -> Result<Option<u32>, Refusal> {
    match fields.get("persons") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            match value.as_u64().and_then(|persons| u32::try_from(persons).ok()).filter(|persons| *persons <= 999) {
                Some(persons) => Ok(Some(persons)),
                None => Err(wrong_type("persons", "0 至 999 的整数", "a whole number from 0 to 999")),
            }
        }
    }
}

fn concession(fields: &Map<String, Value>) -> Result<Option<Concession>, Refusal> {
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

fn voltage(fields: &Map<String, Value>) -> Result<Voltage, Refusal> {
    let Some(word) = optional_text(fields, "voltage")? else {
        return Ok(Voltage::V220);
    };
    Voltage::from_word(word).ok_or_else(|| {
        let known = Voltage::ALL.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
        Refusal::invalid("voltage.unknown", format!("应为：{known}"), format!("must be one of: {known}")).at("voltage")
    })
}

fn opened_on(fields: &Map<String, Value>, cycle: Month) -> Result<Option<kernel::Date>, Refusal> {
    let Some(text) = optional_text(fields, "opened_on")? else {
        return Ok(None);
    };
    let date = kernel::time::parse_date(text);
    if date.is_some_and(|date| date > cycle.last_day()) {
        return Err(Refusal::invalid("opened-on.after-cycle", "立户日在该月之后", "is after the cycle").at("opened_on"));
    }
    date.map(Some).ok_or_else(|| {
        Refusal::invalid("date.invalid", "日期须写作 2016-08-31", "a date is written 2016-08-31").at("opened_on")
    })
}

/// An unpriced case, as a refusal that says what to do.
pub fn refusal(unpriced: Unpriced, tariff: &str) -> Refusal {
    match unpriced {
        Unpriced::NoDays => Refusal::invalid("unpriced.no-days", "没有计费天数", "there are no days to bill"),
        Unpriced::NoVersionOn(day) => Refusal::invalid(
            "unpriced.no-version",
            format!("电价 {tariff} 在 {day} 没有执行版本"),
            format!("tariff {tariff} has no version in force on {day}"),
        )
        .at("cycle"),
        Unpriced::NoPriceAt(voltage) => Refusal::invalid(
            "unpriced.no-price",
            format!("电价 {tariff} 没有 {voltage} 的价格"),
            format!("tariff {tariff} has no price at {voltage}"),
        )
        .at("voltage"),
        Unpriced::RegisterMissing(register) => Refusal::invalid(
            "unpriced.register-missing",
            format!("电价 {tariff} 按 {register} 计费，缺少该电量"),
            format!("tariff {tariff} bills the register {register}, and there is no use of it"),
        )
        .at(format!("usage.{register}")),
        Unpriced::RegisterUnknown(register) => Refusal::invalid(
            "unpriced.register",
            format!("电价 {tariff} 不按 {register} 计费"),
            format!("tariff {tariff} has no price for the register {register}"),
        )
        .at(format!("usage.{register}")),
        Unpriced::RegisterTwice => Refusal::invalid(
            "unpriced.register-twice",
            "同一计度器的电量给出两次",
            "the use of one register is given twice",
        ),
        Unpriced::OutOfRange => {
            Refusal::invalid("unpriced.range", "数值超出可计费范围", "a quantity is beyond what can be billed")
        }
    }
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
}

#[derive(Deserialize)]
#[allow(dead_code)] // only whether it can be read matters
struct UsageOnce {
    sharp: Option<IgnoredAny>,
    peak: Option<IgnoredAny>,
    flat: Option<IgnoredAny>,
    valley: Option<IgnoredAny>,
    total: Option<IgnoredAny>,
}
