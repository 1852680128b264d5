use std::collections::BTreeMap;

use kernel::{Money, Refusal};

/// A bill by the present prices and by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub supply_no: String,
    pub station: String,
    pub tariff: String,
    pub now: Money,
    /// Why there is none, where the other prices say nothing for it.
    pub new: Result<Money, Refusal>,
}

impl Compared {
    pub fn difference(&self) -> Option<Money> {
        self.new.as_ref().ok().map(|new| *new - self.now)
    }
}

/// What some bills come to. Those without a price by the other list are counted alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Group {
    pub bills: u64,
    pub now: Money,
    pub new: Money,
    /// Bills that are higher, and lower, by the other prices.
    pub more: u64,
    pub less: u64,
    pub unpriced: u64,
}

impl Group {
    fn add(&mut self, compared: &Compared) {
        let Ok(new) = compared.new else {
            self.unpriced += 1;
            return;
        };
        self.bills += 1;
        self.now += compared.now;
        self.new += new;
        self.more += u64::from(new > compared.now);
        self.less += u64::from(new < compared.now);
    }

    pub fn difference(&self) -> Money {
        self.new - self.now
    }
}

/// What a comparison came to.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub all: Group,
    pub by_tariff: BTreeMap<String, Group>,
    pub by_station: BTreeMap<String, Group>,
    /// The largest differences, up or down, the largest first.
    pub top: Vec<Compared>,
}

/// How many of the largest differences are kept.
const TOP: usize = 20;

impl Tally {
    pub fn add(&mut self, compared: Compared) {
        self.all.add(&compared);
        self.by_tariff.entry(compared.tariff.clone()).or_default().add(&compared);
        self.by_station.entry(compared.station.clone()).or_default().add(&compared);
        let size = |compared: &Compared| compared.difference().map_or(0, |difference| difference.fen().unsigned_abs());
        let own = size(&compared);
        if own > 0 && (self.top.len() < TOP || self.top.last().is_some_and(|least| size(least) < own)) {
            let at = self.top.partition_point(|other| size(other) >= own);
            self.top.insert(at, compared);
            self.top.truncate(TOP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(supply_no: &str, now: i64, new: Option<i64>) -> Compared {
        Compared {
            supply_no: supply_no.to_owned(),
            station: "S1".to_owned(),
            tariff: "sample/farming".to_owned(),
            now: Money::from_fen(now),
            new: new.map(Money::from_fen).ok_or_else(|| Refusal::invalid("tariff.none", "无", "none")),
        }
    }

    #[test]
    fn what_has_no_price_is_counted_and_in_no_sum() {
        let mut tally = Tally::default();
        for one in [compared("1", 100, Some(150)), compared("2", 100, Some(90)), compared("3", 7, Some(7))] {
            tally.add(one);
        }
        tally.add(compared("4", 1_000, None));
        let Group { bills, more, less, unpriced, .. } = tally.all;
        assert_eq!((bills, more, less, unpriced), (3, 1, 1, 1));
        assert_eq!((tally.all.difference(), tally.by_station["S1"]), (Money::from_fen(40), tally.all));
        assert_eq!(tally.top.iter().map(|one| one.supply_no.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn the_largest_differences_are_kept_whichever_way_they_go() {
        let mut tally = Tally::default();
        for at in 0..100 {
            let up = if at % 2 == 0 { at } else { -at };
            tally.add(compared(&at.to_string(), 1_000, Some(1_000 + up)));
        }
        let kept: Vec<&str> = tally.top.iter().map(|one| one.supply_no.as_str()).collect();
        assert_eq!((kept.len(), kept[0], kept[19]), (TOP, "99", "80"));
    }
}
