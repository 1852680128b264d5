//! Decimal text ↔ scaled integers, exactly. No exponent, no sign but `-`, no thousands separator:
//! what a bureau's file may hold, and nothing that two programs would read differently.

use std::fmt;

/// Why a text is not the decimal number that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalError {
    NotANumber,
    TooManyDecimals { allowed: u32 },
    OutOfRange,
}

/// The value of `text` in units of 10^-`decimals`: `parse("1.5", 2)` is `150`.
pub fn parse(text: &str, decimals: u32) -> Result<i64, DecimalError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(DecimalError::NotANumber),
        Some(parts) => parts,
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::NotANumber);
    }
    // Zeros at the end say nothing: 1.5000 is as exact as 1.5.
    let fraction = fraction.trim_end_matches('0');
    let missing =
        (decimals as usize).checked_sub(fraction.len()).ok_or(DecimalError::TooManyDecimals { allowed: decimals })?;
    let magnitude = whole
        .bytes()
        .chain(fraction.bytes())
        .chain(std::iter::repeat_n(b'0', missing))
        .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
        .ok_or(DecimalError::OutOfRange)?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// Writes `value` × 10^-`decimals`, dropping zeros at the end but keeping `at_least` decimals.
pub fn format(f: &mut fmt::Formatter<'_>, value: i64, decimals: u32, at_least: usize) -> fmt::Result {
    let scale = 10_u64.pow(decimals);
    let magnitude = value.unsigned_abs();
    let mut text = (magnitude / scale).to_string();
    let fraction = format!("{:0width$}", magnitude % scale, width = decimals as usize);
    let kept = fraction.trim_end_matches('0').len().max(at_least.min(fraction.len()));
    if decimals > 0 && kept > 0 {
        text.push('.');
        text.push_str(&fraction[..kept]);
    }
    f.pad_integral(value >= 0, "", &text)
}

/// `numerator / denominator`, rounded half away from zero: the default rule of a bill's line.
///
/// The denominator is a scale and never zero or negative.
pub fn divide_half_away(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator > 0);
    let half = denominator / 2 + denominator % 2;
    // Dividing in 64 bits, where it fits, takes a fraction of the time.
    let (quotient, remainder) = match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => (i128::from(numerator / denominator), i128::from(numerator % denominator)),
        _ => (numerator / denominator, numerator % denominator),
    };
    if remainder.abs() >= half { quotient + numerator.signum() } else { quotient }
}

/// Serde through the text form, for units that travel as decimal strings.
macro_rules! decimal_text {
    ($unit:ty, $decimals:expr, $at_least:expr) => {
        impl std::fmt::Display for $unit {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::decimal::format(f, self.0, $decimals, $at_least)
            }
        }
        impl std::str::FromStr for $unit {
            type Err = $crate::decimal::DecimalError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::decimal::parse(text, $decimals).map(Self)
            }
        }
    };
}
pub(crate) use decimal_text;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Shown(i64, u32, usize);
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            format(f, self.0, self.1, self.2)
        }
    }

    #[test]
    fn a_decimal_is_read_exactly_or_refused_with_its_reason() {
        let table = [
            ("0", 2, Ok(0)),
            ("12.34", 2, Ok(1234)),
            ("-0.01", 2, Ok(-1)),
            ("1.500", 1, Ok(15)),
            ("9223372036854775807", 0, Ok(i64::MAX)),
            ("9223372036854775808", 0, Err(DecimalError::OutOfRange)),
            ("1.234", 2, Err(DecimalError::TooManyDecimals { allowed: 2 })),
            ("1e400", 3, Err(DecimalError::NotANumber)),
            ("", 2, Err(DecimalError::NotANumber)),
            ("-", 2, Err(DecimalError::NotANumber)),
            (".5", 2, Err(DecimalError::NotANumber)),
            ("5.", 2, Err(DecimalError::NotANumber)),
            ("+5", 2, Err(DecimalError::NotANumber)),
            ("1,000", 2, Err(DecimalError::NotANumber)),
            ("٣", 2, Err(DecimalError::NotANumber)),
            ("NaN", 2, Err(DecimalError::NotANumber)),
        ];
        for (text, decimals, expected) in table {
            assert_eq!(parse(text, decimals), expected, "{text:?}");
        }
    }

    #[test]
    fn halves_go_away_from_zero_on_both_sides() {
        let table = [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (1, 3, 0), (2, 3, 1)];
        for (n, d, expected) in table {
            assert_eq!(divide_half_away(n, d), expected, "{n}/{d}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same_value(value in any::<i64>().prop_filter("has a magnitude", |v| *v != i64::MIN), decimals in 0_u32..9, least in 0_usize..9) {
            prop_assert_eq!(parse(&Shown(value, decimals, least).to_string(), decimals), Ok(value));
        }

        #[test]
        fn rounding_is_never_further_than_half_a_unit(n in any::<i64>(), d in 1_i64..1_000_000_007) {
            let (n, d) = (i128::from(n), i128::from(d));
            prop_assert!((divide_half_away(n, d) * d - n).abs() * 2 <= d);
        }
    }
}
