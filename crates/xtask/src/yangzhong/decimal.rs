//! Decimal figures as whole numbers of their smallest part.

use anyhow::{Context, Result, ensure};

/// `"1.5"` in thousandths is 1500; digits beyond the given places must be noughts.
pub fn scaled(text: &str, places: usize) -> Result<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let (kept, beyond) = part.split_at(part.len().min(places));
    ensure!(!whole.is_empty() && beyond.bytes().all(|digit| digit == b'0'), "`{text}` is no number of {places} places");
    let joined = format!("{whole}{kept:0<places$}");
    ensure!(joined.bytes().all(|c| c.is_ascii_digit()), "`{text}` is no number");
    let value: i128 = joined.parse().with_context(|| format!("`{text}`"))?;
    Ok(sign * value)
}

/// Half away from zero.
pub fn divide_rounded(value: i128, by: i128) -> i128 {
    let half = by / 2;
    if value < 0 { (value - half) / by } else { (value + half) / by }
}

pub fn show(value: i128, places: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_without_loss() {
        assert_eq!(scaled("1.5", 3).expect("a number"), 1500);
        assert_eq!(scaled("-0.05", 2).expect("a number"), -5);
        assert_eq!(scaled("7.1000", 2).expect("a number"), 710);
        for wrong in ["1.005", "", "1e3", "-", "1.2.3", "+1"] {
            assert!(scaled(wrong, 2).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_half_is_rounded_away_from_zero() {
        assert_eq!(divide_rounded(25, 10), 3);
        assert_eq!(divide_rounded(24, 10), 2);
        assert_eq!(divide_rounded(-25, 10), -3);
    }

    #[test]
    fn a_figure_is_shown_with_all_its_places() {
        assert_eq!(show(-5, 2), "-0.05");
        assert_eq!(show(1_234_500, 3), "1234.500");
    }
}
