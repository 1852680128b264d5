//! Reading one field of a case, or saying what is wrong with it.

use std::str::FromStr;

use kernel::decimal::DecimalError;
use kernel::time::parse_date;
use kernel::{Date, Refusal};
use serde_json::{Map, Value};

pub(super) type Fields = Map<String, Value>;

pub(super) fn known_only(fields: &Fields, path: &str, known: &[&str]) -> Result<(), Refusal> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Refusal::invalid(
            "field.unknown",
            format!("未知的项“{unknown}”"),
            format!("unknown field \"{unknown}\""),
        )
        .at(format!("{path}{unknown}"))),
    }
}

pub(super) fn wrong_type(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::invalid("field.type", format!("应为{zh}"), format!("must be {en}")).at(field)
}

pub(super) fn missing(field: &str) -> Refusal {
    Refusal::invalid("field.missing", "缺少此项", "this field is missing").at(field)
}

/// A field, unless it is left out or null.
pub(super) fn given<'v>(fields: &'v Fields, field: &str) -> Option<&'v Value> {
    fields.get(field).filter(|value| !value.is_null())
}

pub(super) fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    let (zh, en) = ("日期须写作 2016-08-31", "a date is written 2016-08-31");
    parse_date(text).ok_or_else(|| Refusal::invalid("date.invalid", zh, en).at(field))
}

pub(super) fn optional_text<'v>(fields: &'v Fields, field: &str) -> Result<Option<&'v str>, Refusal> {
    match given(fields, field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type(field, "文本", "text")),
    }
}

pub(super) fn required_text<'v>(fields: &'v Fields, field: &str) -> Result<&'v str, Refusal> {
    optional_text(fields, field)?.ok_or_else(|| missing(field))
}

/// A quantity from nought to `most`, as decimal text.
pub(super) fn quantity<T>(field: &str, value: &Value, most: T) -> Result<T, Refusal>
where
    T: FromStr<Err = DecimalError> + PartialOrd + Default,
{
    let text = value
        .as_str()
        .ok_or_else(|| wrong_type(field, "带引号的十进制数，如 \"180\"", "decimal text such as \"180\", in quotes"))?;
    let wrong = |code, zh: String, en: String| Refusal::invalid(code, zh, en).at(field);
    let too_large = || wrong("number.range", "数值过大".to_owned(), "is too large".to_owned());
    let quantity = T::from_str(text).map_err(|error| match error {
        DecimalError::NotANumber => {
            wrong("number.invalid", "不是十进制数".to_owned(), "is not a decimal number".to_owned())
        }
        DecimalError::TooManyDecimals { allowed } => {
            wrong("number.decimals", format!("最多 {allowed} 位小数"), format!("has more than {allowed} decimals"))
        }
        DecimalError::OutOfRange => too_large(),
    })?;
    if quantity < T::default() {
        return Err(wrong("number.negative", "不能为负".to_owned(), "must not be negative".to_owned()));
    }
    if quantity > most { Err(too_large()) } else { Ok(quantity) }
}

pub(super) fn optional_quantity<T>(fields: &Fields, field: &str, most: T) -> Result<Option<T>, Refusal>
where
    T: FromStr<Err = DecimalError> + PartialOrd + Default,
{
    given(fields, field).map(|value| quantity(field, value, most)).transpose()
}

/// A whole number from `least` to `most`.
pub(super) fn optional_whole(fields: &Fields, field: &str, least: u32, most: u32) -> Result<Option<u32>, Refusal> {
    let Some(value) = given(fields, field) else { return Ok(None) };
    let whole = value.as_u64().and_then(|whole| u32::try_from(whole).ok());
    match whole.filter(|whole| (least..=most).contains(whole)) {
        Some(whole) => Ok(Some(whole)),
        None => Err(wrong_type(
            field,
            &format!(" {least} 至 {most} 的整数"),
            &format!("a whole number from {least} to {most}"),
        )),
    }
}

/// A word of a closed list.
pub(super) fn optional_word<T>(
    fields: &Fields,
    field: &str,
    code: &'static str,
    from_word: impl Fn(&str) -> Option<T>,
    known: &str,
) -> Result<Option<T>, Refusal> {
    let Some(word) = optional_text(fields, field)? else { return Ok(None) };
    from_word(word)
        .map(Some)
        .ok_or_else(|| Refusal::invalid(code, format!("应为：{known}"), format!("must be one of: {known}")).at(field))
}
