use std::collections::BTreeMap;
use std::fmt;

use kernel::decimal::divide_half_away;
use kernel::{Energy, Money, Month, Refusal, Text, Timestamp, words};
use serde::{Deserialize, Serialize};

use super::rules::{self, Bands};
use crate::supply::UsageCategory;

words! {
    /// How other prices take the place of the present ones.
    pub enum Way {
        ToCome = "to-come" ("视同已执行", "as if in force"),
        ByDay = "by-day" ("按起始日执行", "from their first day"),
    }
}

words! {
    /// How far a trial has come.
    pub enum TrialState {
        Trying = "trying" ("测算中", "being tried"),
        Tried = "tried" ("已测算", "tried"),
    }
}

/// The months from `from` to `to`, both included: one to twelve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    pub from: Month,
    pub to: Month,
}

impl Months {
    /// As many as a trial may have.
    pub const MOST: i32 = 12;

    pub fn new(from: Month, to: Month) -> Result<Months, Refusal> {
        if (0..Months::MOST).contains(&to.months_since(from)) {
            return Ok(Months { from, to });
        }
        let (zh, en) = ("须为一至十二个月，止月不早于起月", "one to twelve months, the last not before the first");
        Err(Refusal::invalid("price-trial.months", zh, en).at("to"))
    }

    pub fn all(self) -> impl Iterator<Item = Month> {
        self.from.through(self.to)
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}..{}", self.from, self.to) }
    }
}

/// Which bills are tried by what: the prices of a pack on the bills of some months, of one station or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub pack_no: i64,
    pub months: Months,
    pub way: Way,
    pub station: Option<String>,
}

/// A bill by the present prices and by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub bill_no: String,
    pub supply_no: String,
    pub cycle: Month,
    pub station: String,
    pub category: UsageCategory,
    pub tariff: String,
    pub energy: Energy,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub bills: u64,
    pub energy: Energy,
    pub now: Money,
    pub new: Money,
    /// Bills that are higher, and lower, by the other prices.
    pub more: u64,
    pub less: u64,
    /// By how much, all together; what is lower is negative.
    pub rise: Money,
    pub fall: Money,
    pub unpriced: u64,
}

impl Group {
    fn add(&mut self, compared: &Compared) {
        let Some(difference) = compared.difference() else {
            self.unpriced += 1;
            return;
        };
        self.bills += 1;
        self.energy += compared.energy;
        self.now += compared.now;
        self.new += compared.now + difference;
        match difference.fen().signum() {
            1 => {
                self.more += 1;
                self.rise += difference;
            }
            -1 => {
                self.less += 1;
                self.fall += difference;
            }
            _ => {}
        }
    }

    pub fn difference(&self) -> Money {
        self.new - self.now
    }

    /// Bills that come to the same.
    pub fn same(&self) -> u64 {
        self.bills - self.more - self.less
    }

    /// The difference in hundredths of a percent of what the bills come to now; None where that is nothing.
    pub fn percent(&self) -> Option<i64> {
        let difference = i128::from(self.difference().fen()) * 10_000;
        let basis = i128::from(self.now.fen());
        if basis > 0 { i64::try_from(divide_half_away(difference, basis)).ok() } else { None }
    }

    /// What a kWh costs on the average now and by the other prices, in ten-thousandths of a yuan; None without use.
    pub fn averages(&self) -> Option<(i64, i64)> {
        let wh = i128::from(self.energy.wh());
        let average = |amount: Money| i64::try_from(divide_half_away(i128::from(amount.fen()) * 100_000, wh)).ok();
        if wh > 0 { average(self.now).zip(average(self.new)) } else { None }
    }
}

/// A bill that other prices change much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub bill_no: String,
    pub supply_no: String,
    pub cycle: Month,
    pub station: String,
    pub tariff: String,
    pub now: Money,
    pub new: Money,
}

impl Change {
    pub fn difference(&self) -> Money {
        self.new - self.now
    }
}

/// Bills that have no price by the other list, for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced {
    /// The code of the refusal.
    pub code: String,
    pub bills: u64,
    /// What they come to now; in no other sum.
    pub now: Money,
    /// The first of them.
    pub some: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub bill_no: String,
    pub supply_no: String,
    pub cycle: Month,
    pub text: Text,
}

/// What a comparison came to. Each list of groups adds up to `all`, and so do the bands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub all: Group,
    pub by_tariff: BTreeMap<String, Group>,
    pub by_category: BTreeMap<UsageCategory, Group>,
    pub by_station: BTreeMap<String, Group>,
    pub by_month: BTreeMap<Month, Group>,
    pub by_amount: Bands,
    pub by_share: Bands,
    /// The largest differences up and down, the largest first.
    pub up: Vec<Change>,
    pub down: Vec<Change>,
    pub unpriced: Vec<Unpriced>,
}

/// How many of the largest differences are kept of each way, and of the bills without a price of each reason.
const TOP: usize = 20;

impl Tally {
    pub fn add(&mut self, compared: &Compared) {
        self.all.add(compared);
        add_to(&mut self.by_tariff, &compared.tariff, compared);
        self.by_category.entry(compared.category).or_default().add(compared);
        add_to(&mut self.by_station, &compared.station, compared);
        self.by_month.entry(compared.cycle).or_default().add(compared);
        let new = match &compared.new {
            Ok(new) => *new,
            Err(refusal) => return self.note_unpriced(compared, refusal),
        };
        let difference = new - compared.now;
        self.by_amount.add(rules::amount_band(difference), difference);
        self.by_share.add(rules::share_band(difference, compared.now), difference);
        match difference.fen().signum() {
            1 => note_change(&mut self.up, compared, new),
            -1 => note_change(&mut self.down, compared, new),
            _ => {}
        }
    }

    fn note_unpriced(&mut self, compared: &Compared, refusal: &Refusal) {
        let at = self.unpriced.iter().position(|known| known.code == refusal.code).unwrap_or_else(|| {
            let code = refusal.code.to_owned();
            self.unpriced.push(Unpriced { code, bills: 0, now: Money::ZERO, some: Vec::new() });
            self.unpriced.len() - 1
        });
        let known = &mut self.unpriced[at];
        known.bills += 1;
        known.now += compared.now;
        if known.some.len() < TOP {
            let Compared { bill_no, supply_no, cycle, .. } = compared.clone();
            known.some.push(Reason { bill_no, supply_no, cycle, text: refusal.text.clone() });
        }
    }
}

/// Adds a bill to the group of a name, which is copied for a new group alone.
fn add_to(groups: &mut BTreeMap<String, Group>, name: &str, compared: &Compared) {
    match groups.get_mut(name) {
        Some(group) => group.add(compared),
        None => groups.entry(name.to_owned()).or_default().add(compared),
    }
}

fn note_change(top: &mut Vec<Change>, compared: &Compared, new: Money) {
    let size = |change: &Change| change.difference().fen().unsigned_abs();
    let own = (new - compared.now).fen().unsigned_abs();
    if top.len() == TOP && top.last().is_some_and(|least| size(least) >= own) {
        return;
    }
    let Compared { bill_no, supply_no, cycle, station, tariff, now, .. } = compared.clone();
    let at = top.partition_point(|other| size(other) >= own);
    top.insert(at, Change { bill_no, supply_no, cycle, station, tariff, now, new });
    top.truncate(TOP);
}

/// A trial on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTrial {
    pub trial_no: String,
    pub wish: Wish,
    /// Of the pack.
    pub tariff: String,
    pub tariff_name: Text,
    pub state: TrialState,
    /// How many numbers of bills are looked at, and of how many.
    pub done: i64,
    pub of: i64,
    pub total: Group,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub tried_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(supply_no: &str, now: i64, new: Option<i64>) -> Compared {
        Compared {
            bill_no: format!("B{supply_no}"),
            supply_no: supply_no.to_owned(),
            cycle: "2016-08".parse().expect("a month"),
            station: "S1".to_owned(),
            category: UsageCategory::Farming,
            tariff: "sample/farming".to_owned(),
            energy: Energy::from_kwh(100),
            now: Money::from_fen(now),
            new: new.map(Money::from_fen).ok_or_else(|| Refusal::invalid("tariff.none", "无", "none")),
        }
    }

    #[test]
    fn what_has_no_price_is_counted_and_in_no_sum() {
        let mut tally = Tally::default();
        for one in [compared("1", 100, Some(150)), compared("2", 100, Some(90)), compared("3", 7, Some(7))] {
            tally.add(&one);
        }
        tally.add(&compared("4", 1_000, None));
        let Group { bills, more, less, unpriced, .. } = tally.all;
        assert_eq!((bills, more, less, tally.all.same(), unpriced), (3, 1, 1, 1, 1));
        assert_eq!((tally.all.rise, tally.all.fall), (Money::from_fen(50), Money::from_fen(-10)));
        assert_eq!((tally.all.difference(), tally.by_station["S1"]), (Money::from_fen(40), tally.all));
        assert_eq!(
            (tally.by_month[&compared("1", 0, None).cycle], tally.by_category[&UsageCategory::Farming]),
            (tally.all, tally.all)
        );
        assert_eq!((tally.up[0].supply_no.as_str(), tally.down[0].supply_no.as_str()), ("1", "2"));
        let [unpriced] = tally.unpriced.as_slice() else { panic!("one reason: {tally:?}") };
        assert_eq!(
            (unpriced.bills, unpriced.now, unpriced.some[0].bill_no.as_str()),
            (1, Money::from_fen(1_000), "B4")
        );
        assert_eq!(tally.all.percent(), Some(1_932), "40 of 207 fen");
        assert_eq!(tally.all.averages(), Some((69, 82)), "207 and 247 fen for 300 kWh");
    }

    #[test]
    fn the_bands_add_up_to_the_whole() {
        let mut tally = Tally::default();
        for now in 0..500 {
            tally.add(&compared("1", now * 37, Some(now * 41 - 700)));
        }
        for bands in [&tally.by_amount, &tally.by_share] {
            assert_eq!(bands.all().map(|(_, band)| band.bills).sum::<u64>(), tally.all.bills);
            assert_eq!(bands.all().map(|(_, band)| band.difference).sum::<Money>(), tally.all.difference());
        }
    }

    #[test]
    fn the_largest_differences_of_each_way_are_kept() {
        let mut tally = Tally::default();
        for at in 0..100 {
            let up = if at % 2 == 0 { at } else { -at };
            tally.add(&compared(&at.to_string(), 1_000, Some(1_000 + up)));
        }
        let kept = |top: &[Change]| (top.len(), top[0].supply_no.clone(), top[TOP - 1].supply_no.clone());
        assert_eq!(kept(&tally.up), (TOP, "98".into(), "60".into()));
        assert_eq!(kept(&tally.down), (TOP, "99".into(), "61".into()));
    }

    /// Sums as they lie in bureaus: whatever the code becomes, they must read the same.
    #[test]
    fn what_was_added_up_is_read_back_as_it_was_kept() {
        let golden = include_str!("../../golden/price-trial-sums.json");
        let mut tally = Tally::default();
        for one in [compared("1", 100, Some(150)), compared("2", 0, Some(-9)), compared("3", 100, None)] {
            tally.add(&one);
        }
        assert_eq!(serde_json::to_string(&tally).expect("JSON"), golden);
        assert_eq!(serde_json::from_str::<Tally>(golden).expect("readable"), tally);
    }

    #[test]
    fn a_trial_has_one_to_twelve_months() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let months = |from: &str, to: &str| Months::new(month(from), month(to)).map(|months| months.all().count());
        assert_eq!(months("2016-08", "2016-08"), Ok(1));
        assert_eq!(months("2015-09", "2016-08"), Ok(12));
        for (from, to) in [("2016-08", "2016-07"), ("2015-08", "2016-08")] {
            assert_eq!(months(from, to).map_err(|refusal| refusal.code), Err("price-trial.months"));
        }
    }
}
