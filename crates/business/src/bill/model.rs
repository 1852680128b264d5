use kernel::{Date, Energy, Money, Month, Period, Register, words};
use pricing::rules::LineKind;
use pricing::{Case, Line};
use serde::{Deserialize, Serialize};

use crate::metering::Count;
use crate::supply::UsagePointId;

words! {
    /// What a row of the table of bills is.
    pub enum BillStatus {
        Issued = "issued" ("已发行", "issued"),
        Cancelled = "cancelled" ("已作废", "cancelled"),
        Reversal = "reversal" ("红冲", "reversal"),
    }
}

/// Everything that a bill was computed from, and what came out. Written once by the trial; an
/// issued bill only points to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDocument {
    pub supply_no: String,
    pub cycle: Month,
    pub period: Period,
    /// The registers' ways from state to state.
    pub reads: Vec<Read>,
    /// States of registers that did not move in this bill and are still needed by the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<CarriedState>,
    pub tariff: String,
    pub versions: Vec<VersionRef>,
    pub case: Case,
    pub lines: Vec<Line>,
    pub total: Money,
    pub energy: Energy,
    /// Use by year, for the year to date.
    pub use_by_year: Vec<(i16, Energy)>,
    /// Government funds contained in the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub funds: Vec<(String, Money)>,
    /// Where the account stood before this bill; a cancellation goes back to it.
    pub before: Position,
}

impl BillDocument {
    /// Whether the bill was computed from this state of a register, or one before it was. A bill
    /// never looks behind the one before it: older states stand on older bills.
    pub fn stands_on(&self, meter_no: &str, register: Register, on: Date) -> bool {
        let is_end = |read: &Read| {
            read.meter_no == meter_no && read.register == register && (read.from.on == on || read.to.on == on)
        };
        let is_carried = |carried: &CarriedState| {
            carried.meter_no == meter_no && carried.register == register && carried.state.on == on
        };
        on < self.period.from || self.reads.iter().any(is_end) || self.carried.iter().any(is_carried)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRef {
    pub id: String,
    pub digest: String,
}

/// One register over the period of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    pub meter_no: String,
    pub register: Register,
    pub digits: u32,
    pub multiplier: i64,
    pub from: State,
    pub to: State,
    /// What the register counted, in thousandths of its unit: varh of a reactive register; of one for demand, the
    /// highest in W.
    pub energy: Energy,
    /// Whether the register started again at zero on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_over: bool,
    /// Days on which it is known to have counted otherwise than was used; `energy` is what counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjusted: Vec<Adjusted>,
    /// Whether it is priced as energy.
    pub billed: bool,
}

words! {
    /// Why a meter counted otherwise than was used.
    pub enum FactorCause {
        Error = "error" ("表计超差", "meter out of tolerance"),
        Wiring = "wiring" ("接线错误", "wrong wiring"),
    }
}

/// Days of a read of which a multiple counts of what the register counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjusted {
    pub period: Period,
    pub cause: FactorCause,
    pub numerator: i64,
    pub denominator: i64,
    /// On these days, by equal days of the read.
    pub counted: Energy,
    pub counts: Energy,
}

impl Read {
    /// Whether it only checks the billed registers.
    pub fn is_check(&self) -> bool {
        !self.billed && self.register.is_active_energy()
    }
}

/// What a register showed at the end of a day, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub on: Date,
    pub value: Count,
    pub kind: StateKind,
}

words! {
    /// How a state is known: from a reading of some kind, or from the meter's own life.
    pub enum StateKind {
        Opening = "opening" ("起码", "opening"),
        Closing = "closing" ("止码", "closing"),
        Actual = "actual" ("实抄", "actual"),
        Customer = "customer" ("客户自报", "told by the customer"),
        Estimated = "estimated" ("估抄", "estimated"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedState {
    pub meter_no: String,
    pub register: Register,
    pub state: State,
}

/// Where an account stands: its last standing bill, and its use billed in that bill's year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub last: Option<(Month, i64)>,
    pub year: i16,
    /// Billed, without opening figures.
    pub billed_in_year: Energy,
}

impl Position {
    /// Use billed in `year` by standing bills.
    pub fn billed_in(&self, year: i16) -> Energy {
        if self.last.is_some() && self.year == year { self.billed_in_year } else { Energy::ZERO }
    }

    /// After a bill of `cycle` whose use divides by year as given.
    pub fn after(&self, cycle: Month, sequence: i64, use_by_year: &[(i16, Energy)]) -> Position {
        let year = cycle.year();
        let added = use_by_year.iter().filter(|(of, _)| *of == year).map(|(_, energy)| *energy).sum();
        Position { last: Some((cycle, sequence)), year, billed_in_year: self.billed_in(year) + added }
    }
}

/// A trial bill: what would be issued, or why nothing can be.
#[derive(Debug, Clone)]
pub struct Draft {
    pub usage_point: UsagePointId,
    pub cycle: Month,
    pub sequence: i64,
    /// Revision of the usage point that it was computed from.
    pub revision: i64,
    /// Digest of the rules that it was computed by.
    pub basis: String,
    /// Who made it.
    pub tried_by: String,
    /// The account's last bill when it was computed.
    pub after: Option<(Month, i64)>,
    /// JSON list of findings for a person.
    pub findings: String,
    /// The words of what was found, each once.
    pub doubts: Vec<&'static str>,
    pub weight: Weight,
    /// None when something blocks.
    pub bill: Option<PricedDraft>,
}

/// How soon a person should look at a draft.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// That something is wrong, 0 to 100.
    pub likelihood: i64,
    /// How much money that is about.
    pub stake: Money,
}

impl Weight {
    /// By which accounts are ordered; what has no history to compare with counts as one yuan.
    pub fn product(self) -> i64 {
        self.likelihood.saturating_mul(self.stake.fen().max(100))
    }
}

/// What of a bill later bills of its account are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The highest tier that it reached; 1 where there are none.
    pub tier: i64,
    /// What its surcharges of higher tiers come to.
    pub surcharge: Money,
    /// By the power factor; what is given back is negative.
    pub adjustment: Money,
    /// For demand above the contract.
    pub excess: Money,
    /// Whether a register that it bills ends with an estimate.
    pub is_estimated: bool,
}

impl Marks {
    pub fn of(document: &BillDocument) -> Marks {
        let lines = |kind| document.lines.iter().filter(move |line| line.kind == kind);
        let sum = |kind| lines(kind).map(|line| line.amount).sum();
        let is_estimated = |read: &Read| read.billed && read.to.kind == StateKind::Estimated;
        Marks {
            tier: lines(LineKind::Tier).filter_map(|line| line.tier).max().map_or(1, i64::from),
            surcharge: sum(LineKind::Tier),
            adjustment: sum(LineKind::PowerFactor),
            excess: sum(LineKind::Excess),
            is_estimated: document.reads.iter().any(is_estimated),
        }
    }

    /// Those of a document's text.
    pub fn read(document: &str) -> serde_json::Result<Marks> {
        Ok(Marks::of(&serde_json::from_str(document)?))
    }
}

/// A standing bill of an account's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastBill {
    pub cycle: Month,
    pub energy: Energy,
    pub amount: Money,
    pub days: i64,
    /// None for bills from before they were kept.
    pub marks: Option<Marks>,
}

/// The document of a draft, with what lists show of it.
#[derive(Debug, Clone)]
pub struct PricedDraft {
    pub energy: Energy,
    pub amount: Money,
    pub period: Period,
    pub tariff: String,
    pub tariff_version: String,
    /// The document as JSON text, and its SHA-256.
    pub document: String,
    pub digest: String,
    pub marks: Marks,
}

/// An issued, cancelled or reversing bill, as lists and files show it. Of a reversal, energy,
/// amount and tax are negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    pub bill_no: String,
    pub usage_point: UsagePointId,
    pub supply_no: String,
    pub station: String,
    pub cycle: Month,
    pub sequence: i64,
    pub period: Period,
    pub energy: Energy,
    pub amount: Money,
    /// 销项税额 that the amount contains, by the rate of the day of issue.
    pub output_tax: Money,
    pub tariff: String,
    pub tariff_version: String,
    pub status: BillStatus,
    pub issued_on: Date,
    pub due_on: Date,
    pub replaces: Option<String>,
}

impl Bill {
    /// Its lines, by its document; of a reversal, taken back.
    pub fn lines(&self, document: &BillDocument) -> Vec<Line> {
        match self.status {
            BillStatus::Reversal => document.lines.iter().map(Line::reversed).collect(),
            BillStatus::Issued | BillStatus::Cancelled => document.lines.clone(),
        }
    }
}

/// What was known of an account's bill of a month on the evening of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The bill that was asked about, as it is now.
    pub asked: Bill,
    pub on: Date,
    /// The bill that stood for the month.
    pub stood: Option<Bill>,
    /// How much of it was settled.
    pub settled: Money,
    /// What was issued for the month after that day: reversals, and bills in others' places.
    pub later: Vec<Bill>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_to_date_starts_again_with_the_first_cycle_of_a_year() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let kwh = Energy::from_kwh;
        let november = Position::default().after(month("2015-11"), 1, &[(2015, kwh(100))]);
        assert_eq!(november.billed_in(2015), kwh(100));
        let february = november.after(month("2016-02"), 1, &[(2015, kwh(50)), (2016, kwh(70))]);
        assert_eq!((february.billed_in(2016), february.billed_in(2015)), (kwh(70), Energy::ZERO));
        let march = february.after(month("2016-03"), 1, &[(2016, kwh(30))]);
        assert_eq!(march.billed_in(2016), kwh(100));
    }
}
