//! Reading the fields of a row: the refusals that every import shares.

use jiff::civil::DateTime;
use kernel::decimal::{self, DecimalError};
use kernel::{Date, Refusal, Timestamp};
use platform::House;
use platform::csv::Record;

type Read<T> = Result<T, Refusal>;

/// The decimals that quantities in files may have, kWh, kvarh, kW and kVA alike.
pub const QUANTITY_DECIMALS: u32 = 3;
pub const MONEY_DECIMALS: u32 = 2;

pub fn text(record: &Record, field: &str) -> Read<String> {
    text_of(record.field(field), field)
}

/// The same of a text that came otherwise than in a file.
pub fn text_of(text: &str, field: &str) -> Read<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::invalid("field.empty", "此项必填", "this field must be filled").at(field));
    }
    sound(text, field).map(str::to_owned)
}

pub fn optional_text(record: &Record, field: &str) -> Read<Option<String>> {
    if record.is_empty(field) { Ok(None) } else { sound(record.field(field), field).map(|text| Some(text.to_owned())) }
}

/// Text without control characters, and short enough to be what it says.
fn sound<'t>(text: &'t str, field: &str) -> Read<&'t str> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid("field.control", "含有控制字符", "contains control characters").at(field));
    }
    if text.chars().count() > 200 {
        return Err(Refusal::invalid("field.long", "超过 200 字", "is longer than 200 characters").at(field));
    }
    Ok(text)
}

/// A code that people and machines write: letters, digits and `. - _ /`.
pub fn code(record: &Record, field: &str) -> Read<String> {
    code_of(record.field(field), field)
}

/// The same of a text that came otherwise than in a file.
pub fn code_of(text: &str, field: &str) -> Read<String> {
    let code = text_of(text, field)?;
    let well_formed = code.chars().count() <= 40
        && code.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#'));
    if well_formed {
        return Ok(code);
    }
    Err(Refusal::invalid(
        "code.invalid",
        "编码只能含字母、数字和 . - _ / #，至多 40 位",
        "a code has letters, digits and . - _ / #, at most 40",
    )
    .at(field))
}

/// A supply number 户号: up to 16 digits.
pub fn supply_no(record: &Record) -> Read<String> {
    let number = text(record, "supply_no")?;
    if number.len() <= 16 && number.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(number);
    }
    Err(Refusal::invalid("supply-no.invalid", "户号为至多 16 位数字", "a supply number has up to 16 digits")
        .at("supply_no"))
}

pub fn date(record: &Record, field: &str) -> Read<Date> {
    date_of(record.field(field), field)
}

/// The same of a text that came otherwise than in a file.
pub fn date_of(text: &str, field: &str) -> Read<Date> {
    let text = text_of(text, field)?;
    kernel::time::parse_date(&text).ok_or_else(|| {
        Refusal::invalid(
            "date.invalid",
            "日期须真实存在并写作 2016-08-31",
            "a date must exist and is written 2016-08-31",
        )
        .at(field)
    })
}

pub fn optional_date(record: &Record, field: &str) -> Read<Option<Date>> {
    if record.is_empty(field) { Ok(None) } else { date(record, field).map(Some) }
}

/// A moment, RFC 3339; without an offset it is the bureau's time.
pub fn instant(house: &House, record: &Record, field: &str) -> Read<Timestamp> {
    let text = text(record, field)?;
    // A day alone would be read as its midnight.
    let has_time = text.len() >= "2016-08-31T09:30:00".len() && matches!(text.as_bytes()[10], b'T' | b't' | b' ');
    let civil = || text.parse::<DateTime>().ok().and_then(|civil| house.instant_of(civil));
    let offset = text.get(19..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']));
    let instant = if offset { text.parse::<Timestamp>().ok() } else { civil() };
    // The database keeps microseconds.
    let instant = instant.filter(|_| has_time).and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
    let sensible = instant.filter(|at| (1990..=9000).contains(&house.day_of(*at).year()));
    sensible.ok_or_else(|| {
        Refusal::invalid(
            "instant.invalid",
            "时间须写作 2016-08-31T09:30:00+08:00，不带时区即为本地时间",
            "a moment is written 2016-08-31T09:30:00+08:00; without an offset it is local time",
        )
        .at(field)
    })
}

/// A decimal in units of 10^-`decimals`.
pub fn decimal(record: &Record, field: &str, decimals: u32) -> Read<i64> {
    decimal_of(record.field(field), field, decimals)
}

fn decimal_of(text: &str, field: &str, decimals: u32) -> Read<i64> {
    let text = text_of(text, field)?;
    decimal::parse(&text, decimals).map_err(|error| {
        match error {
            DecimalError::NotANumber => Refusal::invalid("number.invalid", "不是十进制数", "is not a decimal number"),
            DecimalError::TooManyDecimals { allowed } => Refusal::invalid(
                "number.decimals",
                format!("最多 {allowed} 位小数"),
                format!("has more than {allowed} decimals"),
            ),
            DecimalError::OutOfRange => Refusal::invalid("number.range", "数值过大", "is too large"),
        }
        .at(field)
    })
}

/// A decimal of either sign that came otherwise than in a file, in units of 10^-`decimals`.
pub fn signed_of(text: &str, field: &str, decimals: u32) -> Read<i64> {
    decimal_of(text, field, decimals)
}

/// A quantity that is not negative, in thousandths, that came otherwise than in a file.
pub fn quantity_of(text: &str, field: &str) -> Read<i64> {
    not_negative_of(text, field, QUANTITY_DECIMALS)
}

pub fn not_negative(record: &Record, field: &str, decimals: u32) -> Read<i64> {
    not_negative_of(record.field(field), field, decimals)
}

/// The same of a text that came otherwise than in a file.
pub fn not_negative_of(text: &str, field: &str, decimals: u32) -> Read<i64> {
    let value = decimal_of(text, field, decimals)?;
    if value < 0 {
        return Err(Refusal::invalid("number.negative", "不能为负", "must not be negative").at(field));
    }
    Ok(value)
}

/// A whole number within `range`.
pub fn whole(record: &Record, field: &str, range: std::ops::RangeInclusive<i64>) -> Read<i64> {
    whole_of(record.field(field), field, range)
}

/// The same of a text that came otherwise than in a file.
pub fn whole_of(text: &str, field: &str, range: std::ops::RangeInclusive<i64>) -> Read<i64> {
    let value = decimal_of(text, field, 0)?;
    if range.contains(&value) {
        return Ok(value);
    }
    Err(out_of(range, field))
}

/// The refusal of a number that does not lie within `range`.
pub fn out_of(range: std::ops::RangeInclusive<i64>, field: &str) -> Refusal {
    let (from, to) = range.into_inner();
    let (zh, en) = (format!("应在 {from} 至 {to} 之间"), format!("must lie between {from} and {to}"));
    Refusal::invalid("number.range", zh, en).at(field)
}

/// A word of a list.
pub fn word<T>(record: &Record, field: &str, from_word: impl Fn(&str) -> Option<T>, known: &str) -> Read<T> {
    word_of(record.field(field), field, from_word, known)
}

/// The same of a text that came otherwise than in a file.
pub fn word_of<T>(text: &str, field: &str, from_word: impl Fn(&str) -> Option<T>, known: &str) -> Read<T> {
    let text = text_of(text, field)?;
    from_word(&text).ok_or_else(|| {
        Refusal::invalid(
            "word.unknown",
            format!("“{text}”应为：{known}"),
            format!("\"{text}\" must be one of: {known}"),
        )
        .at(field)
    })
}
