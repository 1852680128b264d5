//! Dated rules of issuing: when a bill is due, and what tax its amount contains.

use jiff::ToSpan;
use kernel::Date;
use platform::packs::{self, Packs};
use platform::{Fault, Result};
use serde::Deserialize;

use crate::reading::rules::PACK;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueRules {
    pub due_days: i64,
    /// Value-added tax, in 10⁻⁸.
    pub vat: i64,
}

#[derive(Clone, Deserialize)]
struct Pack {
    due: Vec<Due>,
    vat: Vec<Vat>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Due {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    days: i64,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vat {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    rate: String,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

impl IssueRules {
    /// The rules for bills issued on `date`.
    pub fn on(packs: &Packs, date: Date) -> Result<IssueRules> {
        let pack: Pack = packs.read(PACK)?;
        let due = packs::latest(PACK, pack.due, |due| due.from, date)?;
        let vat = packs::latest(PACK, pack.vat, |vat| vat.from, date)?;
        let rate = kernel::decimal::parse(&vat.rate, 8);
        let rate = rate.map_err(|_| Fault::impossible(format!("{PACK}: \"{}\" is not a rate", vat.rate)))?;
        Ok(IssueRules { due_days: due.days, vat: rate })
    }

    pub fn due_on(&self, issued_on: Date) -> Date {
        issued_on.checked_add(self.due_days.days()).unwrap_or(issued_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_shipped_rules_hold_from_their_first_day_on() {
        let packs = Packs::load(None).expect("packs");
        let rate = |day| IssueRules::on(&packs, day).expect("rules").vat;
        assert_eq!(rate(date(2018, 4, 30)), 17_000_000);
        assert_eq!(rate(date(2018, 5, 1)), 16_000_000);
        assert_eq!(rate(date(2019, 3, 31)), 16_000_000);
        assert_eq!(rate(date(2019, 4, 1)), 13_000_000);
        let rules = IssueRules::on(&packs, date(2026, 2, 20)).expect("rules");
        assert_eq!(rules.due_on(date(2026, 2, 20)), date(2026, 3, 7));
    }
}
