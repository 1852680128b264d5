//! What an error of a meter comes to. Pure.

use jiff::ToSpan;
use kernel::time::{days_between, next_day};
use kernel::{Date, Period, Refusal};
use platform::{Fault, Result};

use super::Found;
use super::model::Change;
use crate::bill::FactorCause;
use crate::fields;

/// Parts of one: errors and factors are told to a ten-thousandth.
const ONE: i64 = 10_000;
/// A meter whose error is as great as that is no meter any more.
const GREATEST_ERROR: i64 = ONE;
const GREATEST_FACTOR: i64 = 100 * ONE;

pub fn overlap(one: Period, other: Period) -> bool {
    one.from <= other.to && other.from <= one.to
}

/// The days and the multiple that count.
pub fn counting(found: &Found, found_on: Date) -> Result<Change> {
    match found {
        Found::Error { percent, tested_on } => {
            let error = fields::signed_of(percent, "percent", 2)?;
            if error == 0 || error.abs() >= GREATEST_ERROR {
                let (zh, en) =
                    ("误差须在 -100% 与 100% 之间且不为零", "an error lies between -100 % and 100 % and is not zero");
                return Err(Refusal::invalid("number.range", zh, en).at("percent").into());
            }
            let period = Period { from: half_since(*tested_on, found_on)?, to: found_on };
            Ok(Change::Factor { period, numerator: ONE, denominator: ONE + error, cause: FactorCause::Error })
        }
        Found::Wiring { factor, since } => {
            let numerator = fields::not_negative_of(factor, "factor", 4)?;
            if numerator == 0 || numerator == ONE || numerator > GREATEST_FACTOR {
                let (zh, en) = ("更正系数须大于 0、不超过 100 且不为 1", "a factor is above 0, at most 100, and not 1");
                return Err(Refusal::invalid("number.range", zh, en).at("factor").into());
            }
            if *since > found_on {
                return Err(backwards("since"));
            }
            let period = Period { from: *since, to: found_on };
            Ok(Change::Factor { period, numerator, denominator: ONE, cause: FactorCause::Wiring })
        }
    }
}

/// The first day of the later half of the days since a test; of an odd number the smaller half.
fn half_since(tested_on: Date, found_on: Date) -> Result<Date> {
    let half = days_between(tested_on, found_on) / 2;
    if half < 1 {
        return Err(backwards("tested_on"));
    }
    let before =
        found_on.checked_sub(half.days()).map_err(|error| Fault::because("half of the time since a test", error))?;
    Ok(next_day(before))
}

fn backwards(field: &'static str) -> platform::Error {
    let (zh, en) = ("须早于发现日", "must be before the day on which it was found");
    Refusal::invalid("date.order", zh, en).at(field).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        kernel::time::parse_date(text).expect("a day")
    }

    #[test]
    fn an_error_counts_for_half_the_time_since_the_last_test() {
        let table = [
            ("5", "2016-07-31", "2016-09-30", "2016-09-01", 10_500),
            ("-2.5", "2016-07-31", "2016-08-31", "2016-08-17", 9_750),
            ("0.01", "2016-08-29", "2016-08-31", "2016-08-31", 10_001),
        ];
        for (percent, tested_on, found_on, from, denominator) in table {
            let found = Found::Error { percent: percent.into(), tested_on: date(tested_on) };
            let expected = Change::Factor {
                period: Period { from: date(from), to: date(found_on) },
                numerator: 10_000,
                denominator,
                cause: FactorCause::Error,
            };
            assert_eq!(counting(&found, date(found_on)).expect("a factor"), expected);
        }
    }

    #[test]
    fn what_is_no_error_and_no_factor_is_refused_at_its_field() {
        let field = |found: &Found| {
            let error = counting(found, date("2016-09-30")).expect_err("refused");
            let refusal = error.refusal().expect("a refusal");
            format!("{} {}", refusal.code, refusal.field.as_deref().unwrap_or_default())
        };
        let error = |percent: &str, day: &str| Found::Error { percent: percent.into(), tested_on: date(day) };
        let wiring = |factor: &str, day: &str| Found::Wiring { factor: factor.into(), since: date(day) };
        let table = [
            (error("0", "2016-01-01"), "number.range percent"),
            (error("-100", "2016-01-01"), "number.range percent"),
            (error("1.234", "2016-01-01"), "number.decimals percent"),
            (error("5", "2016-09-29"), "date.order tested_on"),
            (wiring("1", "2016-01-01"), "number.range factor"),
            (wiring("0", "2016-01-01"), "number.range factor"),
            (wiring("-1", "2016-01-01"), "number.negative factor"),
            (wiring("2", "2016-10-01"), "date.order since"),
        ];
        for (found, expected) in table {
            assert_eq!(field(&found), expected);
        }
    }
}
