//! Rates.

use kernel::{Money, decimal};

/// A part of a whole in percent with two decimals, rounded half away from zero; none of nothing.
pub fn percent(part: Money, whole: Money) -> Option<String> {
    if whole == Money::ZERO {
        return None;
    }
    let hundredths = decimal::divide_half_away(i128::from(part.fen()) * 10_000, i128::from(whole.fen()));
    i64::try_from(hundredths).ok().map(|hundredths| Money::from_fen(hundredths).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_two_decimals_and_nothing_has_none() {
        let yuan = |fen| Money::from_fen(fen);
        assert_eq!(percent(yuan(98_765), yuan(100_000)).as_deref(), Some("98.77"));
        assert_eq!(percent(yuan(1), yuan(3)).as_deref(), Some("33.33"));
        assert_eq!(percent(yuan(5), yuan(0)), None);
    }
}
