//! How soon a person should look at an account about which a trial found something.
//!
//! ```text
//!   weight = likelihood × stake
//! ```
//!
//! **Likelihood** that something is wrong, 0 to 100: that of its gravest doubt, 5 more for each further
//! one, and 10 more for each doubling of the distance between the daily use now and the usual (up to
//! three times). **Stake**: how far the amount is from the usual one for as many days; for a bill that
//! cannot be computed, the whole usual amount of the month. Usual is what the standing bills of the
//! last twelve months say, taken together.

use kernel::{Energy, Money};

use crate::bill::{PastBill, Weight};
use crate::reading::rules::Doubt;

/// What a draft came to.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub energy: Energy,
    pub amount: Money,
    pub days: i64,
}

const CERTAIN: i64 = 100;
const FOR_EACH_FURTHER: i64 = 5;
const FOR_EACH_DOUBLING: i64 = 10;
const DOUBLINGS: i64 = 3;

/// Of a hundred accounts with this doubt alone, in how many something is wrong, as billing officers
/// find it.
fn base(doubt: Doubt) -> i64 {
    match doubt {
        Doubt::Missing | Doubt::Unpriced => 100,
        Doubt::Negative => 95,
        Doubt::OverCapacity => 85,
        Doubt::TotalMismatch => 65,
        Doubt::Undecided => 60,
        Doubt::Spike => 50,
        Doubt::Rollover => 40,
        Doubt::Estimated => 30,
        Doubt::LongPeriod => 25,
        Doubt::Constant => 20,
        Doubt::Vacancy => 15,
    }
}

/// Weighs the doubts about an account. `now` is None when its bill cannot be computed; a month has
/// `month_days`.
pub fn weigh(doubts: &[Doubt], now: Option<Now>, past: &[PastBill], month_days: i64) -> Weight {
    let gravest = doubts.iter().map(|doubt| base(*doubt)).max().unwrap_or(0);
    let further = i64::try_from(doubts.len()).unwrap_or(i64::MAX).saturating_sub(1) * FOR_EACH_FURTHER;
    let far = now.map_or(0, |now| doublings(now, past)) * FOR_EACH_DOUBLING;
    let stake = match now {
        Some(now) => Money::from_fen((now.amount.fen() - usual_amount(past, now.days).fen()).abs()),
        None => usual_amount(past, month_days),
    };
    Weight { likelihood: (gravest + further + far).min(CERTAIN), stake }
}

/// What the past bills would make of so many days; half a fen goes up.
fn usual_amount(past: &[PastBill], days: i64) -> Money {
    let of_days: i64 = past.iter().map(|bill| bill.days).sum();
    if of_days <= 0 {
        return Money::ZERO;
    }
    let amount: i128 = past.iter().map(|bill| i128::from(bill.amount.fen())).sum();
    let fen = (2 * amount * i128::from(days) + i128::from(of_days)).div_euclid(2 * i128::from(of_days));
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX))
}

/// How many times the daily use must be doubled, or halved, to come to the usual one.
fn doublings(now: Now, past: &[PastBill]) -> i64 {
    let of_days: i64 = past.iter().map(|bill| bill.days).sum();
    let energy: i128 = past.iter().map(|bill| i128::from(bill.energy.wh())).sum();
    if of_days <= 0 || now.days <= 0 || (energy <= 0 && now.energy.wh() <= 0) {
        return 0;
    }
    let ours = i128::from(now.energy.wh()) * i128::from(of_days);
    let usual = energy * i128::from(now.days);
    let (small, large) = (ours.min(usual).max(0), ours.max(usual));
    (1..=DOUBLINGS).take_while(|times| large >= small << times).last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(months: usize, kwh: i64, yuan: i64) -> Vec<PastBill> {
        let cycle = "2016-07".parse().expect("a month");
        let bill = PastBill { cycle, energy: Energy::from_kwh(kwh), amount: Money::from_fen(yuan * 100), days: 30 };
        vec![bill; months]
    }

    fn now(kwh: i64, yuan: i64) -> Option<Now> {
        Some(Now { energy: Energy::from_kwh(kwh), amount: Money::from_fen(yuan * 100), days: 30 })
    }

    #[test]
    fn likelihood_grows_with_gravity_number_and_distance() {
        let table: [(&[Doubt], Option<Now>, usize, i64); 9] = [
            (&[Doubt::Vacancy], now(0, 0), 0, 15),
            (&[Doubt::Spike], now(199, 100), 12, 50),
            (&[Doubt::Spike], now(200, 100), 12, 60),
            (&[Doubt::Spike], now(400, 100), 12, 70),
            (&[Doubt::Spike], now(80_000, 100), 12, 80),
            (&[Doubt::Vacancy], now(0, 0), 12, 45),
            (&[Doubt::Spike, Doubt::Estimated], now(100, 50), 12, 55),
            (&[Doubt::Missing, Doubt::Negative], None, 12, 100),
            (&[Doubt::Negative], None, 0, 95),
        ];
        for (doubts, now, months, expected) in table {
            assert_eq!(weigh(doubts, now, &past(months, 100, 50), 31).likelihood, expected, "{doubts:?} {now:?}");
        }
    }

    #[test]
    fn what_is_at_stake_is_the_distance_from_the_usual_amount_of_as_many_days() {
        let stake = |now, months, days| weigh(&[Doubt::Spike], now, &past(months, 100, 60), days).stake.to_string();
        assert_eq!(stake(now(500, 300), 12, 31), "240.00");
        assert_eq!(stake(now(0, 0), 3, 31), "60.00");
        assert_eq!(stake(now(500, 300), 0, 31), "300.00", "without history all of it");
        assert_eq!(stake(None, 12, 31), "62.00", "a month without a bill is at stake as a whole");
        assert_eq!(stake(None, 0, 31), "0.00");
    }
}
