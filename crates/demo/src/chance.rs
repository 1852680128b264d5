//! Repeatable chance (SplitMix64). Each thing draws from a stream of its own, named by the seed and
//! by what it is: what one customer does never depends on how many others there are.

/// One stream of draws.
#[derive(Debug, Clone)]
pub struct Chance(u64);

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    Land = 1,
    Person = 2,
    Habit = 3,
    Meter = 4,
    Use = 5,
    Weather = 6,
    Trouble = 7,
    Paying = 8,
    Ids = 9,
}

impl Chance {
    pub fn of(seed: u64, stream: Stream, index: u64, turn: u64) -> Chance {
        let mut state = Chance(seed);
        for part in [stream as u64, index, turn] {
            state.0 = state.next() ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93);
        }
        state
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is above zero.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64)).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// A number around the middle of `low` and `high`, seldom near its ends.
    pub fn around(&mut self, low: i64, high: i64) -> i64 {
        (self.between(low, high) + self.between(low, high) + self.between(low, high)) / 3
    }

    /// Whether something happens that happens so many times in ten thousand.
    pub fn in_ten_thousand(&mut self, times: i64) -> bool {
        self.between(0, 9_999) < times
    }

    pub fn percent(&mut self, times: i64) -> bool {
        self.between(0, 99) < times
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of `from`, as often as its weight says.
    pub fn weighted<'a, T>(&mut self, from: &'a [(T, u32)]) -> &'a T {
        let all: u32 = from.iter().map(|(_, weight)| weight).sum();
        let mut left = self.between(0, i64::from(all) - 1);
        for (thing, weight) in from {
            left -= i64::from(*weight);
            if left < 0 {
                return thing;
            }
        }
        &from[0].0
    }

    /// One character of `from`.
    pub fn letter(&mut self, from: &str) -> char {
        let count = from.chars().count();
        from.chars().nth(self.below(count)).unwrap_or('一')
    }

    /// So many digits, the first of them any.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.between(0, 9)).unwrap_or(0))).collect()
    }

    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&self.next().to_be_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_and_differs_from_every_other() {
        let draw = |seed, stream, index, turn| Chance::of(seed, stream, index, turn).digits(18);
        let first = draw(1, Stream::Use, 7, 3);
        assert_eq!(first, draw(1, Stream::Use, 7, 3));
        for other in [
            draw(2, Stream::Use, 7, 3),
            draw(1, Stream::Meter, 7, 3),
            draw(1, Stream::Use, 3, 7),
            draw(1, Stream::Use, 7, 4),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn draws_stay_within_their_bounds_and_follow_their_weights() {
        let mut chance = Chance::of(1, Stream::Land, 0, 0);
        let mut seen = [0; 3];
        for _ in 0..10_000 {
            assert!((3..=9).contains(&chance.between(3, 9)));
            assert!((-5..=5).contains(&chance.around(-5, 5)));
            seen[*chance.weighted(&[(0, 1), (1, 0), (2, 3)])] += 1;
        }
        assert!(seen[1] == 0 && (2_000..3_000).contains(&seen[0]));
    }
}
