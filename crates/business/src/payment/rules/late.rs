//! Late charge 电费违约金.
//!
//! ```text
//!   due day │ 1 2 3 …                    day of payment │        counted: every day after the due day,
//!           └──────────── open amount × rate ───────────┘        the day of payment too
//! ```
//!
//! The charge accrues by day on what is open. Each part of a debt counts until its own day of payment,
//! so that what has accrued on it is fixed when it is paid. The charge of a bill is the sum over its
//! parts and days, rounded once to the fen, half away from zero, and raised to the least charge where
//! the rule has one; what was taken or waived before is taken off. Hence what is taken for a bill in
//! several payments adds up to what its days come to.

use kernel::time::days_between;
use kernel::{Date, Money, decimal};

use super::policy::{LateRule, YearOf};
use crate::ledger::Debt;
use crate::supply::CustomerKind;

/// Days after the due day, `as_of` included.
pub fn days_late(due_on: Date, as_of: Date) -> i64 {
    days_between(due_on, as_of).max(0)
}

/// What is still to be taken for lateness of a debt on the day `as_of`.
pub fn late_charge(rules: &[LateRule], kind: CustomerKind, debt: &Debt, as_of: Date) -> Money {
    let due_on = debt.item.due_on;
    let Some(rule) = LateRule::of(rules, due_on) else {
        return Money::ZERO;
    };
    let open = (as_of, debt.item.open().max(Money::ZERO));
    let parts = debt.settled_late.iter().copied().chain([open]);
    let accrued: i128 =
        parts.map(|(until, amount)| i128::from(amount.fen()) * share_until(rule, kind, due_on, until)).sum();
    if accrued <= 0 {
        return Money::ZERO;
    }
    let rounded = decimal::divide_half_away(accrued, 100_000_000);
    let whole = Money::from_fen(i64::try_from(rounded).unwrap_or(i64::MAX)).max(rule.minimum);
    (whole - debt.charged).max(Money::ZERO)
}

/// The share of an amount, in 10⁻⁸, that accrues on it until a day.
fn share_until(rule: &LateRule, kind: CustomerKind, due_on: Date, until: Date) -> i128 {
    let (first_rate, later_rate) = rule.rates_for(kind);
    let days = days_late(due_on, until);
    let first_day = match rule.year_of {
        YearOf::Due => due_on,
        YearOf::Overdue => kernel::time::next_day(due_on),
    };
    let year_end = Date::new(first_day.year(), 12, 31).unwrap_or(Date::MAX);
    let in_first = days_late(due_on, year_end).min(days);
    i128::from(in_first) * i128::from(first_rate) + i128::from(days - in_first) * i128::from(later_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Receivable;
    use crate::payment::rules::policy::PaymentRules;
    use jiff::civil::date;
    use kernel::id::Uuid;
    use platform::packs::Packs;

    const RESIDENT: CustomerKind = CustomerKind::LowVoltageResident;
    const OTHER: CustomerKind = CustomerKind::HighVoltage;

    fn rules() -> Vec<LateRule> {
        PaymentRules::on(&Packs::load(None).expect("packs"), date(2026, 11, 22)).expect("rules").late
    }

    fn debt(fen: i64, due_on: Date) -> Debt {
        let item = Receivable {
            id: Uuid::nil(),
            usage_point: Uuid::nil().into(),
            bill_no: None,
            arisen_on: due_on,
            due_on,
            amount: Money::from_fen(fen),
            settled: Money::ZERO,
        };
        Debt { item, settled_late: Vec::new(), charged: Money::ZERO }
    }

    fn pay(mut debt: Debt, on: Date, fen: i64, late_fen: i64) -> Debt {
        debt.item.settled += Money::from_fen(fen);
        debt.settled_late.push((on, Money::from_fen(fen)));
        debt.charged += Money::from_fen(late_fen);
        debt
    }

    #[test]
    fn the_charge_is_that_of_the_published_examples_and_their_neighbours() {
        let table = [
            // 200 yuan of a resident, 15 days: 3.00.
            (20_000, RESIDENT, date(2016, 9, 20), date(2016, 10, 5), 300),
            // 10 000 yuan due 12-20, paid 01-10: 11 days at 2‰ and 10 at 3‰.
            (1_000_000, OTHER, date(2015, 12, 20), date(2016, 1, 10), 22_000 + 30_000),
            (1_000_000, OTHER, date(2015, 12, 20), date(2015, 12, 31), 22_000),
            (1_000_000, OTHER, date(2015, 12, 20), date(2016, 1, 1), 25_000),
            // A debt that fell due on the last day of a year is of that year.
            (1_000_000, OTHER, date(2015, 12, 31), date(2016, 1, 1), 3_000),
            (1_000_000, RESIDENT, date(2015, 12, 20), date(2016, 1, 10), 21_000),
            // On the due day, and before it, there is none.
            (20_000, RESIDENT, date(2016, 9, 20), date(2016, 9, 20), 0),
            (20_000, RESIDENT, date(2016, 9, 20), date(2016, 9, 1), 0),
            // Less than a yuan is a yuan, until the rule that said so ended.
            (20_000, RESIDENT, date(2016, 9, 20), date(2016, 9, 21), 100),
            (20_000, RESIDENT, date(2024, 5, 31), date(2024, 6, 2), 100),
            (20_000, RESIDENT, date(2024, 6, 1), date(2024, 6, 2), 20),
            // Half a fen goes up.
            (450, RESIDENT, date(2024, 6, 1), date(2024, 6, 2), 0),
            (500, RESIDENT, date(2024, 6, 1), date(2024, 6, 2), 1),
            // Before there was a rule there is no charge.
            (20_000, RESIDENT, date(1990, 6, 1), date(1990, 7, 1), 0),
        ];
        for (fen, kind, due_on, as_of, expected) in table {
            let charge = late_charge(&rules(), kind, &debt(fen, due_on), as_of);
            assert_eq!(charge, Money::from_fen(expected), "{fen} due {due_on} on {as_of}");
        }
    }

    #[test]
    fn the_first_year_may_begin_with_the_first_day_overdue() {
        let rules: Vec<LateRule> =
            rules().into_iter().map(|rule| LateRule { year_of: YearOf::Overdue, ..rule }).collect();
        let debt = debt(1_000_000, date(2015, 12, 31));
        assert_eq!(late_charge(&rules, OTHER, &debt, date(2016, 1, 1)), Money::from_fen(2_000));
        assert_eq!(late_charge(&rules, OTHER, &debt, date(2017, 1, 1)), Money::from_fen(2_000 * 366 + 3_000));
    }

    #[test]
    fn a_part_that_is_paid_stops_counting_and_what_it_accrued_stays_owed() {
        // 200.00 due 09-20; 100.00 paid on 09-30 without the late charge; the rest on 10-10.
        let paid = pay(debt(20_000, date(2016, 9, 20)), date(2016, 9, 30), 10_000, 0);
        // 100 × 10 days and 100 × 20 days at 1‰.
        assert_eq!(late_charge(&rules(), RESIDENT, &paid, date(2016, 10, 10)), Money::from_fen(100 + 200));
        let settled = pay(paid, date(2016, 10, 10), 10_000, 0);
        assert_eq!(late_charge(&rules(), RESIDENT, &settled, date(2026, 1, 1)), Money::from_fen(300));
        let charged = pay(settled, date(2016, 10, 10), 0, 300);
        assert_eq!(late_charge(&rules(), RESIDENT, &charged, date(2026, 1, 1)), Money::ZERO);
    }

    #[test]
    fn a_late_charge_taken_on_the_way_is_not_taken_again() {
        let paid = pay(debt(20_000, date(2016, 9, 20)), date(2016, 9, 30), 9_800, 200);
        assert_eq!(late_charge(&rules(), RESIDENT, &paid, date(2016, 9, 30)), Money::ZERO);
        // 98 × 10 days and 102 × 20 days at 1‰: 0.98 + 2.04, of which 2.00 are taken.
        assert_eq!(late_charge(&rules(), RESIDENT, &paid, date(2016, 10, 10)), Money::from_fen(102));
    }

    #[test]
    fn money_that_was_paid_before_the_due_day_never_accrues() {
        let mut early = debt(20_000, date(2016, 9, 20));
        early.item.settled = Money::from_fen(15_000);
        assert_eq!(late_charge(&rules(), RESIDENT, &early, date(2016, 10, 20)), Money::from_fen(150));
    }
}
