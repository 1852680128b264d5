//! How an amount divides into what is whose, and how money meets debt.

use kernel::time::next_day;
use kernel::{Date, Money, decimal};

use super::model::Receivable;

/// The day on which what is done on `today` is booked: that day, or the first one after the last
/// closed day.
pub fn booking_day(today: Date, last_closed: Option<Date>) -> Date {
    match last_closed {
        Some(closed) if closed >= today => next_day(closed),
        _ => today,
    }
}

/// What an amount contains besides revenue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contained {
    pub revenue: Money,
    pub tax: Money,
    pub funds: Vec<(String, Money)>,
}

impl Contained {
    /// Of an amount whose tax is known; revenue is what remains, so that the parts add up to the amount.
    pub fn of(amount: Money, tax: Money, funds: Vec<(String, Money)>) -> Contained {
        Contained { revenue: amount - tax - held(&funds), tax, funds }
    }

    pub fn negated(self) -> Contained {
        let funds = self.funds.into_iter().map(|(fund, amount)| (fund, -amount)).collect();
        Contained { revenue: -self.revenue, tax: -self.tax, funds }
    }
}

fn held(funds: &[(String, Money)]) -> Money {
    funds.iter().map(|(_, fund)| *fund).sum()
}

/// Divides `amount`, tax and funds included: the funds are taken out first, the tax is contained in
/// the rest, `rate` in 10⁻⁸, rounded half away from zero.
pub fn split_amount(amount: Money, funds: Vec<(String, Money)>, rate: i64) -> Contained {
    let taxed = amount - held(&funds);
    let one = 100_000_000_i128;
    let tax = decimal::divide_half_away(i128::from(taxed.fen()) * i128::from(rate), one + i128::from(rate));
    Contained::of(amount, Money::from_fen(i64::try_from(tax).unwrap_or(0)), funds)
}

/// Which debts `money` settles, and by how much: oldest first.
pub fn allocate<'d>(money: Money, debts: &[&'d Receivable]) -> Vec<(&'d Receivable, Money)> {
    let mut oldest_first: Vec<&Receivable> = debts.iter().copied().filter(|debt| debt.open() > Money::ZERO).collect();
    oldest_first.sort_by(|a, b| a.age().cmp(&b.age()));
    let mut left = money;
    let mut settled = Vec::new();
    for debt in oldest_first {
        let amount = left.min(debt.open());
        if amount <= Money::ZERO {
            break;
        }
        left = left - amount;
        settled.push((debt, amount));
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use kernel::id::Uuid;
    use proptest::prelude::*;

    #[test]
    fn tax_is_contained_in_what_is_left_after_the_funds() {
        let split =
            split_amount(Money::from_fen(11_500), vec![("renewables".into(), Money::from_fen(200))], 13_000_000);
        assert_eq!(split.tax, Money::from_fen(1300));
        assert_eq!(split.revenue, Money::from_fen(10_000));
    }

    #[test]
    fn what_is_done_after_the_close_is_booked_on_the_next_day() {
        let today = date(2016, 9, 5);
        assert_eq!(booking_day(today, None), today);
        assert_eq!(booking_day(today, Some(date(2016, 9, 4))), today);
        assert_eq!(booking_day(today, Some(today)), date(2016, 9, 6));
    }

    fn debt(n: u128, month: i8, open: i64) -> Receivable {
        Receivable {
            id: Uuid::from_u128(n),
            usage_point: Uuid::nil().into(),
            bill_no: None,
            arisen_on: date(2016, month, 1),
            due_on: date(2016, month, 16),
            amount: Money::from_fen(open),
            settled: Money::ZERO,
        }
    }

    #[test]
    fn the_oldest_debt_is_settled_first_and_the_last_in_part() {
        let (newer, older, oldest) = (debt(1, 9, 500), debt(2, 8, 300), debt(3, 7, 100));
        let settled = allocate(Money::from_fen(450), &[&newer, &older, &oldest]);
        let amounts: Vec<(i8, i64)> =
            settled.iter().map(|(debt, amount)| (debt.arisen_on.month(), amount.fen())).collect();
        assert_eq!(amounts, [(7, 100), (8, 300), (9, 50)]);
        assert!(allocate(Money::ZERO, &[&newer]).is_empty());
    }

    #[test]
    fn of_debts_of_one_day_that_of_the_earlier_month_is_the_older_whenever_its_id_was_made() {
        let of = |n, bill_no: &str, open| Receivable { bill_no: Some(bill_no.to_owned()), ..debt(n, 9, open) };
        let (august, july, opening) = (of(1, "20160800000001", 500), of(2, "20160700000001", 300), debt(3, 9, 100));
        let settled = allocate(Money::from_fen(450), &[&august, &july, &opening]);
        let amounts: Vec<i64> = settled.iter().map(|(_, amount)| amount.fen()).collect();
        assert_eq!(amounts, [100, 300, 50]);
    }

    proptest! {
        #[test]
        fn the_parts_of_an_amount_add_up_to_it(fen in -10_000_000_000_i64..10_000_000_000, fund in 0_i64..1000, rate in 0_i64..30_000_000) {
            let split = split_amount(Money::from_fen(fen), vec![("f".into(), Money::from_fen(fund))], rate);
            prop_assert_eq!(split.revenue + split.tax + Money::from_fen(fund), Money::from_fen(fen));
        }
    }
}
