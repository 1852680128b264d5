//! A use that neither its season nor its peers explain.
//!
//! ```text
//!   expected a day = own use a day in the same month of last year × what the peers' use changed by since
//!               or = own use a day in the bill before             × what the peers' use changed by since
//! ```
//!
//! What either explains is no exception: last year's month may itself have been out of the way, and a
//! change that was told is not told again every month. In a month's change the season lies, so that
//! without enough peers nothing is expected from the bill before. The peers are the
//! accounts of the same tariff and station, and where those are too few, of the tariff. What they did
//! is the median of their changes, so that a few that went wild tell nothing about the others.

use std::collections::HashMap;

use kernel::Energy;

use super::pack::ExceptionRules;
use crate::reading::rules::{Doubt, Finding, Use};

/// From which bill a use is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    LastYear,
    LastMonth,
}

/// How many peers changed by how much.
#[derive(Debug, Clone, Default)]
struct Changes(Vec<(i64, i64)>);

/// What accounts of one tariff, or of one at one station, did since a bill: their use now in percent
/// of then, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub percent: i64,
    pub accounts: i64,
}

/// The movements of all peers.
#[derive(Debug, Default)]
pub struct Peers {
    of_station: HashMap<(Base, String, String), Changes>,
    of_tariff: HashMap<(Base, String), Changes>,
}

impl Changes {
    /// The change that half of them do not pass.
    fn median(&self) -> Option<Movement> {
        let accounts: i64 = self.0.iter().map(|(_, count)| count).sum();
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by_key(|(percent, _)| *percent);
        let mut passed = 0;
        let (percent, _) = sorted.into_iter().find(|(_, count)| {
            passed += count;
            2 * passed >= accounts
        })?;
        Some(Movement { percent, accounts })
    }
}

impl Peers {
    pub fn add(&mut self, base: Base, tariff: &str, station: &str, (percent, count): (i64, i64)) {
        let (tariff, station) = (tariff.to_owned(), station.to_owned());
        self.of_tariff.entry((base, tariff.clone())).or_default().0.push((percent, count));
        self.of_station.entry((base, tariff, station)).or_default().0.push((percent, count));
    }

    /// What the peers that are enough did, if there are.
    pub fn movement(&self, rules: &ExceptionRules, base: Base, tariff: &str, station: &str) -> Option<Movement> {
        let near = self.of_station.get(&(base, tariff.to_owned(), station.to_owned())).and_then(Changes::median);
        let far = || self.of_tariff.get(&(base, tariff.to_owned())).and_then(Changes::median);
        let is_enough = |movement: &Movement| movement.accounts >= rules.swing_peers;
        near.filter(is_enough).or_else(|| far().filter(is_enough))
    }
}

/// The peers' median of every group, taken once.
pub struct Medians<'a> {
    peers: &'a Peers,
    known: HashMap<(Base, String, String), Option<Movement>>,
}

impl<'a> Medians<'a> {
    pub fn of(peers: &'a Peers) -> Medians<'a> {
        Medians { peers, known: HashMap::new() }
    }

    pub fn movement(&mut self, rules: &ExceptionRules, base: Base, tariff: &str, station: &str) -> Option<Movement> {
        let key = (base, tariff.to_owned(), station.to_owned());
        *self.known.entry(key).or_insert_with(|| self.peers.movement(rules, base, tariff, station))
    }
}

/// What was expected of so many days, by a bill before and the peers' change since.
pub fn expected(days: i64, before: Use, movement: Movement) -> Energy {
    let product = i128::from(before.energy.wh()) * i128::from(days) * i128::from(movement.percent);
    let wh = kernel::decimal::divide_half_away(product, i128::from(before.days.max(1)) * 100);
    Energy::from_wh(i64::try_from(wh).unwrap_or(i64::MAX))
}

/// A bill from which a use is expected, and what peers did since.
#[derive(Debug, Clone, Copy)]
pub struct Earlier {
    pub base: Base,
    pub before: Use,
    pub movement: Option<Movement>,
}

/// What comes of comparing a use with what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Nothing could be expected.
    Unknown,
    AsExpected,
    Swing(Finding),
}

/// A swing is far from whatever could be expected. No use at all is told otherwise.
pub fn compare(rules: &ExceptionRules, now: Use, earlier: &[Earlier]) -> Compared {
    if now.energy == Energy::ZERO {
        return Compared::Unknown;
    }
    let mut swing = None;
    for earlier in earlier {
        let Some((movement, expected)) = expectation(now, earlier) else { continue };
        if !is_far(rules, now.energy, expected) {
            return Compared::AsExpected;
        }
        swing.get_or_insert_with(|| finding(now, earlier, movement, expected));
    }
    swing.map_or(Compared::Unknown, Compared::Swing)
}

fn expectation(now: Use, earlier: &Earlier) -> Option<(Movement, Energy)> {
    let movement = match (earlier.base, earlier.movement) {
        (_, Some(movement)) => movement,
        (Base::LastYear, None) => Movement { percent: 100, accounts: 0 },
        (Base::LastMonth, None) => return None,
    };
    let is_used = earlier.before.energy > Energy::ZERO;
    is_used.then(|| (movement, expected(now.days, earlier.before, movement)))
}

fn is_far(rules: &ExceptionRules, now: Energy, expected: Energy) -> bool {
    let (is, should, percent) = (i128::from(now.wh()), i128::from(expected.wh()), i128::from(rules.swing_percent));
    let by_times = is * 100 >= should * percent || is * percent <= should * 100;
    by_times && (is - should).abs() >= i128::from(rules.swing_floor.wh())
}

fn finding(now: Use, earlier: &Earlier, movement: Movement, expected: Energy) -> Finding {
    let (zh_then, en_then) = match earlier.base {
        Base::LastYear => ("去年同月", "the same month of last year"),
        Base::LastMonth => ("上期", "the bill before"),
    };
    let change = movement.percent - 100;
    let (zh_peers, en_peers) = match movement.accounts {
        0 => (String::new(), String::new()),
        accounts => (
            format!("，同类 {accounts} 户同期变化 {change:+}%"),
            format!(", {accounts} peers changed by {change:+}% since"),
        ),
    };
    let (then, days, energy) = (earlier.before.energy, earlier.before.days, now.energy);
    let expected = Energy::from_kwh((expected.wh() + 500) / 1000);
    Finding::new(
        Doubt::Swing,
        format!("{zh_then} {days} 天 {then} 千瓦时{zh_peers}，本期应约 {expected}，实为 {energy} 千瓦时"),
        format!("{en_then} had {then} kWh in {days} days{en_peers}: about {expected} kWh expected, {energy} kWh found"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Money;

    fn rules() -> ExceptionRules {
        ExceptionRules {
            swing_percent: 250,
            swing_floor: Energy::from_kwh(150),
            swing_peers: 3,
            tier_bills: 6,
            tier_at_once: 2,
            tier_floor: Money::ZERO,
            power_factor_percent: 5,
            power_factor_floor: Money::ZERO,
            estimates_in_a_row: 3,
            decide_before_issue: Vec::new(),
            uses: Vec::new(),
            reasons: Vec::new(),
        }
    }

    fn of(kwh: i64, days: i64) -> Use {
        Use { energy: Energy::from_kwh(kwh), days }
    }

    fn since(base: Base, kwh: i64, percent: i64) -> Earlier {
        Earlier { base, before: of(kwh, 30), movement: Some(Movement { percent, accounts: 40 }) }
    }

    fn is_swing(now: i64, earlier: &[Earlier]) -> bool {
        matches!(compare(&rules(), of(now, 30), earlier), Compared::Swing(_))
    }

    #[test]
    fn everybodys_summer_is_no_exception_and_one_who_did_not_rise_is() {
        let table = [
            // As last year, and so did the peers.
            (300, 300, 100, false),
            // Two and a half times is far, a little less is not.
            (499, 200, 100, false),
            (500, 200, 100, true),
            (501, 200, 100, true),
            // Everybody rose as much.
            (750, 300, 250, false),
            // Did not rise when all did.
            (300, 300, 250, true),
            (301, 300, 250, false),
            // Far by times, but too little energy: 40 to 190 are 150 kWh, to 189 are less.
            (189, 40, 100, false),
            (190, 40, 100, true),
            (191, 40, 100, true),
            // None at all is told as no use, and nothing can be expected of none.
            (0, 300, 100, false),
            (500, 0, 100, false),
        ];
        for (now, then, percent, expected) in table {
            assert_eq!(
                is_swing(now, &[since(Base::LastYear, then, percent)]),
                expected,
                "{now} after {then}, peers {percent}%"
            );
        }
    }

    #[test]
    fn what_either_bill_explains_is_no_exception() {
        let (year, month) = (|kwh| since(Base::LastYear, kwh, 100), |kwh| since(Base::LastMonth, kwh, 100));
        assert!(is_swing(1000, &[year(200), month(200)]));
        assert!(!is_swing(1000, &[year(200), month(900)]), "it has been so since last month");
        assert!(!is_swing(1000, &[year(900), month(200)]), "it is so every year");
        assert!(is_swing(1000, &[year(200), month(0)]), "nothing is expected of an empty flat");
        assert_eq!(compare(&rules(), of(1000, 30), &[year(0), month(0)]), Compared::Unknown);
        assert_eq!(compare(&rules(), of(1000, 30), &[]), Compared::Unknown);
        assert_eq!(compare(&rules(), of(1000, 30), &[year(900)]), Compared::AsExpected);
    }

    #[test]
    fn bills_of_other_length_are_compared_by_the_day() {
        assert_eq!(expected(60, of(300, 30), Movement { percent: 120, accounts: 9 }), Energy::from_kwh(720));
        let earlier = |kwh, days| Earlier { before: of(kwh, days), ..since(Base::LastYear, kwh, 100) };
        assert_eq!(compare(&rules(), of(600, 60), &[earlier(300, 30)]), Compared::AsExpected);
        assert!(is_swing(600, &[earlier(480, 60)]));
    }

    #[test]
    fn peers_are_those_of_the_station_where_they_are_enough_else_of_the_tariff() {
        let mut peers = Peers::default();
        for (station, percent, count) in [("S1", 110, 1), ("S1", 130, 1), ("S1", 4000, 1), ("S2", 90, 2)] {
            peers.add(Base::LastYear, "resident", station, (percent, count));
        }
        let movement = |station| peers.movement(&rules(), Base::LastYear, "resident", station);
        assert_eq!(movement("S1"), Some(Movement { percent: 130, accounts: 3 }), "a wild one moves nothing");
        assert_eq!(movement("S2"), Some(Movement { percent: 110, accounts: 5 }), "two are too few");
        assert_eq!(peers.movement(&rules(), Base::LastMonth, "resident", "S1"), None);
        assert_eq!(peers.movement(&rules(), Base::LastYear, "trade", "S1"), None);
    }

    #[test]
    fn without_peers_its_own_season_is_what_is_expected() {
        let own = |now, base| compare(&rules(), of(now, 30), &[Earlier { movement: None, ..since(base, 200, 100) }]);
        assert_eq!(own(499, Base::LastYear), Compared::AsExpected);
        let Compared::Swing(found) = own(500, Base::LastYear) else { panic!("no swing") };
        assert_eq!(
            found.text.en,
            "the same month of last year had 200 kWh in 30 days: about 200 kWh expected, 500 kWh found"
        );
        assert_eq!(own(5000, Base::LastMonth), Compared::Unknown, "a month tells nothing of the season");
    }
}
