//! Dividing one quantity into parts that add up to it: the largest remainder.

use crate::Few;

/// Divides `total` in proportion to `weights`. The parts add up to `total` exactly: each gets its
/// whole share, and what is left goes one by one to the largest remainders, ties to the earlier.
///
/// Weights are not negative. When all are zero, everything goes to the first part.
pub fn by_largest_remainder(total: i64, weights: &[i64]) -> Few<i64> {
    // Nearly always there is nothing to divide.
    if weights.len() == 1 {
        return Few::from_slice(&[total]);
    }
    let sum: i128 = weights.iter().copied().map(i128::from).sum();
    if sum == 0 {
        let mut parts: Few<i64> = weights.iter().map(|_| 0).collect();
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let magnitude = i128::from(total.unsigned_abs());
    let shares: Few<(i128, i128)> = weights.iter().map(|&weight| divide(magnitude * i128::from(weight), sum)).collect();
    let left = magnitude - shares.iter().map(|(whole, _)| whole).sum::<i128>();
    let mut order: Few<usize> = (0..shares.len()).collect();
    order.sort_by_key(|&part| std::cmp::Reverse(shares[part].1));
    let mut parts: Few<i128> = shares.into_iter().map(|(whole, _)| whole).collect();
    for &part in order.iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[part] += 1;
    }
    let sign = i128::from(total.signum());
    parts.into_iter().map(|part| i64::try_from(part * sign).unwrap_or(total)).collect()
}

/// Quotient and remainder; in 64 bits, where they fit, it takes a fraction of the time.
fn divide(product: i128, sum: i128) -> (i128, i128) {
    match (u64::try_from(product), u64::try_from(sum)) {
        (Ok(product), Ok(sum)) => (i128::from(product / sum), i128::from(product % sum)),
        _ => (product / sum, product % sum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_goes_to_the_largest_remainder_and_ties_to_the_earlier() {
        assert_eq!(by_largest_remainder(10, &[1, 1, 1])[..], [4, 3, 3]);
        assert_eq!(by_largest_remainder(100, &[1, 2])[..], [33, 67]);
        assert_eq!(by_largest_remainder(-100, &[1, 2])[..], [-33, -67]);
        assert_eq!(by_largest_remainder(7, &[5])[..], [7]);
        assert_eq!(by_largest_remainder(7, &[0, 0])[..], [7, 0]);
        assert!(by_largest_remainder(7, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn the_parts_add_up_and_none_is_a_whole_unit_off(total in any::<i64>().prop_filter("has a magnitude", |v| *v != i64::MIN), weights in prop::collection::vec(0_i64..1_000_000, 1..12)) {
            let parts = by_largest_remainder(total, &weights);
            prop_assert_eq!(parts.iter().copied().map(i128::from).sum::<i128>(), i128::from(total));
            let sum: i128 = weights.iter().copied().map(i128::from).sum();
            if sum > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let off = i128::from(*part) * sum - i128::from(total) * i128::from(*weight);
                    prop_assert!(off.abs() < sum);
                }
            }
        }
    }
}
