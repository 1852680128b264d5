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
    let sum: u128 = weights.iter().map(|weight| u128::from(weight.unsigned_abs())).sum();
    let mut parts: Few<i64> = Few::with_capacity(weights.len());
    if sum == 0 {
        parts.resize(weights.len(), 0);
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let mut remainders: Few<u128> = Few::with_capacity(weights.len());
    let (mut left, step) = (total, total.signum());
    for weight in weights {
        let (whole, remainder) = divide(total.unsigned_abs(), weight.unsigned_abs(), sum);
        let part = i64::try_from(whole).map_or(total, |whole| whole * step);
        left -= part;
        parts.push(part);
        remainders.push(remainder);
    }
    if left != 0 {
        let mut order: Few<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&part| std::cmp::Reverse(remainders[part]));
        for &part in order.iter().take(usize::try_from(left.unsigned_abs()).unwrap_or(0)) {
            parts[part] += step;
        }
    }
    parts
}

/// Quotient and remainder of `total × weight ÷ sum`; in 64 bits, where they fit, it takes a fraction of the time.
fn divide(total: u64, weight: u64, sum: u128) -> (u64, u128) {
    match (total.checked_mul(weight), u64::try_from(sum)) {
        (Some(product), Ok(sum)) => (product / sum, u128::from(product % sum)),
        _ => {
            let product = u128::from(total) * u128::from(weight);
            // A share is never more than the total.
            (u64::try_from(product / sum).unwrap_or(total), product % sum)
        }
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
        fn the_parts_add_up_and_none_is_a_whole_unit_off(total in any::<i64>(), weights in prop::collection::vec(0_i64..1_000_000, 1..12)) {
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
