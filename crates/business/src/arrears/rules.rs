//! Classes of age.

use jiff::ToSpan;
use kernel::time::days_between;
use kernel::{Date, Money};
use platform::packs::{self, Packs};
use platform::{Fault, Result};
use serde::Deserialize;

use super::model::{Age, AgeSum, Reach};

const PACK: &str = "billing/arrears.toml";

/// Classes of age 账龄; see `packs/billing/arrears.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ages {
    /// The last day of each class but the last; rising.
    ends: Vec<i64>,
}

#[derive(Clone, Deserialize)]
struct Pack {
    ages: Vec<AgesPack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgesPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    days: Vec<i64>,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

impl Ages {
    /// The classes that hold on `date`.
    pub fn on(packs: &Packs, date: Date) -> Result<Ages> {
        let pack: Pack = packs.read(PACK)?;
        let ends = packs::latest(PACK, pack.ages, |ages| ages.from, date)?.days;
        if ends.is_empty() || ends[0] < 1 || !ends.is_sorted_by(|one, next| one < next) {
            return Err(Fault::impossible(format!("{PACK}: the days of the classes must rise from 1 on")));
        }
        Ok(Ages { ends })
    }

    fn class(&self, number: usize) -> Option<Age> {
        let from_days = if number == 0 { 1 } else { self.ends.get(number - 1)? + 1 };
        Some(Age { number, from_days, to_days: self.ends.get(number).copied() })
    }

    /// The class of what fell due on `due_on`; none on the due day and before.
    pub fn of(&self, today: Date, due_on: Date) -> Option<Age> {
        let days = days_between(due_on, today);
        if days < 1 {
            return None;
        }
        self.class(self.ends.iter().take_while(|end| **end < days).count())
    }

    /// The due days of a class.
    pub fn reach(&self, today: Date, number: usize) -> Option<Reach> {
        let age = self.class(number)?;
        let back = |days: i64| today.checked_sub(days.days()).unwrap_or(Date::MIN);
        Some(Reach { first: age.to_days.map_or(Date::MIN, back), last: back(age.from_days) })
    }

    /// Adds up debts (due day, bills, amount) and accounts (oldest due day, how many) by class.
    pub fn sums(&self, today: Date, debts: &[(Date, i64, Money)], accounts: &[(Date, i64)]) -> Vec<AgeSum> {
        let classes = (0..=self.ends.len()).filter_map(|number| self.class(number));
        let mut sums: Vec<AgeSum> =
            classes.map(|age| AgeSum { age, accounts: 0, bills: 0, amount: Money::ZERO }).collect();
        for (due_on, bills, amount) in debts {
            if let Some(sum) = self.of(today, *due_on).and_then(|age| sums.get_mut(age.number)) {
                sum.bills += bills;
                sum.amount += *amount;
            }
        }
        for (due_on, count) in accounts {
            if let Some(sum) = self.of(today, *due_on).and_then(|age| sums.get_mut(age.number)) {
                sum.accounts += count;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn ages() -> Ages {
        Ages::on(&Packs::load(None).expect("packs"), date(2016, 9, 1)).expect("classes")
    }

    #[test]
    fn a_class_ends_with_its_last_day() {
        let today = date(2017, 12, 31);
        let class = |days: i64| ages().of(today, today.checked_sub(days.days()).expect("a day")).map(|age| age.number);
        let expected = [(0, None), (1, Some(0)), (30, Some(0)), (31, Some(1)), (90, Some(1)), (91, Some(2))];
        for (days, number) in expected.into_iter().chain([(365, Some(2)), (366, Some(3)), (4000, Some(3)), (-5, None)])
        {
            assert_eq!(class(days), number, "{days} days");
        }
    }

    #[test]
    fn the_due_days_of_a_class_are_those_that_fall_into_it() {
        let today = date(2017, 12, 31);
        for number in 0..4 {
            let reach = ages().reach(today, number).expect("a class");
            assert_eq!(ages().of(today, reach.last).map(|age| age.number), Some(number));
            if reach.first != Date::MIN {
                assert_eq!(ages().of(today, reach.first).map(|age| age.number), Some(number));
            }
        }
        assert_eq!(ages().reach(today, 4), None);
    }
}
