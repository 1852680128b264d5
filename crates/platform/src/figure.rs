//! Numbers as an operator's gauges take them.

/// Exact up to nine thousand million million; what is less than nothing is told as nothing.
pub fn figure(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or_default() as f64
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn numbers_are_told_as_they_are_and_never_below_nothing() {
        assert_eq!([figure(0_u64), figure(7_i64), figure(-7_i64)], [0.0, 7.0, 0.0]);
        // Bytes of a large disk, and seconds of a century.
        assert_eq!([figure(5_000_000_000_001_u64), figure(3_155_760_000_i64)], [5_000_000_000_001.0, 3_155_760_000.0]);
    }
}
