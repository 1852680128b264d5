//! What a bill is priced from.

use kernel::{Date, Energy, Month, Period, Register, Voltage, words};
use serde::{Deserialize, Serialize};

use super::changes::Changes;
use super::supply::Supply;
use crate::tariff::Concession;

/// Everything about one bill that is not in the price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub voltage: Voltage,
    pub persons: Option<u32>,
    pub concession: Option<Concession>,
    /// The account's first day; its annual limits count from the month in which it lies.
    pub opened_on: Option<Date>,
    /// One per month covered, in order, without a gap.
    pub stretches: Vec<Stretch>,
    /// Use of the billed registers over all stretches.
    pub usage: Vec<(Register, Energy)>,
    /// Use already billed in a year, before this bill; for annual tiers.
    pub year_to_date: Vec<(i16, Energy)>,
    /// Of whoever pays for more than energy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supply: Option<Box<Supply>>,
    /// Of whom not everything is the same on all days.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changes: Option<Box<Changes>>,
}

/// The days of a bill that count for one month's allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub month: Month,
    pub period: Period,
}

/// Divides a bill's days among the months that it covers: each month takes the days up to its own
/// last day, the first also what is before it, the last what is left.
pub fn stretches(first: Month, last: Month, period: Period) -> Vec<Stretch> {
    let mut from = period.from;
    let mut all = Vec::new();
    for month in first.through(last) {
        let to = if month == last { period.to } else { month.last_day() };
        // A month of which the bill holds no day (a meter set on its last evening) has no stretch.
        if to >= from {
            all.push(Stretch { month, period: Period { from, to } });
            from = kernel::time::next_day(to);
        }
    }
    all
}
/// Why a case has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpriced {
    NoDays,
    NoVersionOn(Date),
    NoPriceAt(Voltage),
    /// The tariff bills this register and the case has no use of it.
    RegisterMissing(Register),
    /// There is use of this register and the tariff has no price for it.
    RegisterUnknown(Register),
    /// The use of one register is given twice.
    RegisterTwice,
    /// The tariff asks for this, and the case does not tell it.
    Missing(Needed),
    /// Capacity and contract are not told for each day of the supply, once.
    Uncovered(Date),
    OutOfRange,
}

words! {
    /// What a two-part tariff asks for.
    pub enum Needed {
        Capacity = "capacity" ("受电容量", "the capacity"),
        Mode = "mode" ("基本电费计收方式", "what the basic charge goes by"),
        Contract = "contract" ("合同最大需量", "the contracted demand"),
        Demand = "demand" ("实际最大需量", "the highest demand"),
        Reactive = "reactive" ("无功电量", "the reactive energy"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_long_bill_has_a_stretch_for_each_month_without_gap_or_overlap() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let all =
            stretches(month("2016-06"), month("2016-08"), Period { from: date(2016, 5, 21), to: date(2016, 8, 20) });
        let days: Vec<(Date, Date)> = all.iter().map(|stretch| (stretch.period.from, stretch.period.to)).collect();
        assert_eq!(
            days,
            [
                (date(2016, 5, 21), date(2016, 6, 30)),
                (date(2016, 7, 1), date(2016, 7, 31)),
                (date(2016, 8, 1), date(2016, 8, 20))
            ]
        );
    }
}
