//! In which band a difference lies.

use kernel::Money;
use serde::{Deserialize, Serialize};

/// Upper ends of the bands above zero, in fen; below zero they are the same. What lies beyond the last is a band too.
pub const AMOUNTS: [i64; 9] = [100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

/// Upper ends of the bands above zero, in percent of what the bill is now.
pub const PERCENTS: [i64; 8] = [1, 2, 5, 10, 15, 20, 30, 50];

/// The bills of a band, and by how much they differ all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    pub bills: u64,
    pub difference: Money,
}

/// Bands from the largest fall (`-n`) over no difference (`0`) to the largest rise (`n`); what has no basis is kept apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bands {
    known: std::collections::BTreeMap<i8, Band>,
    /// Of bills that came to nothing, of which no difference is a share.
    baseless: Band,
}

impl Bands {
    pub fn add(&mut self, band: Option<i8>, difference: Money) {
        let band = band.map_or(&mut self.baseless, |at| self.known.entry(at).or_default());
        band.bills += 1;
        band.difference += difference;
    }

    pub fn at(&self, band: i8) -> Band {
        self.known.get(&band).copied().unwrap_or_default()
    }

    pub fn baseless(&self) -> Band {
        self.baseless
    }

    /// Those in which there are bills; None is what has no basis.
    pub fn all(&self) -> impl Iterator<Item = (Option<i8>, Band)> + '_ {
        let baseless = (self.baseless.bills > 0).then_some((None, self.baseless));
        self.known.iter().map(|(at, band)| (Some(*at), *band)).chain(baseless)
    }
}

/// The ends of a band among `ends`: a rise lies above the lower and up to the upper, a fall mirrors it. None at an end that
/// is open; both are zero for no difference.
pub fn ends_of(ends: &[i64], band: i8) -> (Option<i64>, Option<i64>) {
    let step = usize::from(band.unsigned_abs());
    let (near, far) = match step {
        0 => (Some(0), Some(0)),
        1 => (Some(0), ends.first().copied()),
        _ => (ends.get(step - 2).copied(), ends.get(step - 1).copied()),
    };
    if band < 0 { (far.map(|end| -end), near.map(|end| -end)) } else { (near, far) }
}

/// Every band of `ends`, from the largest fall to the largest rise.
pub fn bands_of(ends: &[i64]) -> impl Iterator<Item = i8> {
    let last = i8::try_from(ends.len() + 1).unwrap_or(i8::MAX);
    -last..=last
}

pub fn amount_band(difference: Money) -> Option<i8> {
    let size = i128::from(difference.fen()).abs();
    Some(banded(difference, AMOUNTS.iter().position(|end| size <= i128::from(*end)), AMOUNTS.len()))
}

/// None where the bill comes to nothing now and to something then.
pub fn share_band(difference: Money, now: Money) -> Option<i8> {
    let size = i128::from(difference.fen()).abs() * 100;
    let basis = i128::from(now.fen()).abs();
    if basis == 0 && size > 0 {
        return None;
    }
    Some(banded(difference, PERCENTS.iter().position(|end| size <= i128::from(*end) * basis), PERCENTS.len()))
}

fn banded(difference: Money, step: Option<usize>, beyond: usize) -> i8 {
    let step = i8::try_from(step.unwrap_or(beyond) + 1).unwrap_or(i8::MAX);
    match difference.fen().signum() {
        0 => 0,
        1 => step,
        _ => -step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_lies_in_one_band_and_its_upper_end_belongs_to_it() {
        let fen = Money::from_fen;
        for (difference, band) in [
            (0, 0),
            (1, 1),
            (100, 1),
            (101, 2),
            (500, 2),
            (100_000, 9),
            (100_001, 10),
            (i64::MAX, 10),
            (-1, -1),
            (-100, -1),
            (-101, -2),
            (-100_001, -10),
        ] {
            assert_eq!(amount_band(fen(difference)), Some(band), "{difference}");
        }
        for (difference, now, band) in [
            (0, 0, Some(0)),
            (5, 0, None),
            (-5, 0, None),
            (1, 100, Some(1)),
            (2, 100, Some(2)),
            (50, 100, Some(8)),
            (51, 100, Some(9)),
            (-3, 100, Some(-3)),
            (-100, 100, Some(-9)),
            (1, 10_000_000, Some(1)),
        ] {
            assert_eq!(share_band(fen(difference), fen(now)), band, "{difference} of {now}");
        }
    }

    #[test]
    fn the_ends_of_the_bands_follow_each_other_without_a_gap() {
        assert_eq!(ends_of(&AMOUNTS, 0), (Some(0), Some(0)));
        assert_eq!(ends_of(&AMOUNTS, 1), (Some(0), Some(100)));
        assert_eq!(ends_of(&AMOUNTS, 10), (Some(100_000), None));
        assert_eq!(ends_of(&AMOUNTS, -2), (Some(-500), Some(-100)));
        assert_eq!(ends_of(&PERCENTS, -9), (None, Some(-50)));
        let bands: Vec<i8> = bands_of(&PERCENTS).collect();
        assert_eq!((bands.len(), bands[0], bands[18]), (19, -9, 9));
        for pair in bands.windows(2) {
            assert_eq!(ends_of(&PERCENTS, pair[0]).1, ends_of(&PERCENTS, pair[1]).0);
        }
    }
}
