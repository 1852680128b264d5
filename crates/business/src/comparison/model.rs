use kernel::{Energy, Money, Month, Period};

use super::rules::Step;
use crate::bill::Bill;

/// A bill as a comparison shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub bill_no: String,
    pub cycle: Month,
    pub period: Period,
    pub energy: Energy,
    pub amount: Money,
}

impl From<&Bill> for Compared {
    fn from(bill: &Bill) -> Compared {
        Compared {
            bill_no: bill.bill_no.clone(),
            cycle: bill.cycle,
            period: bill.period,
            energy: bill.energy,
            amount: bill.amount,
        }
    }
}

/// One bill beside another, and how one becomes the other.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub bill: Compared,
    /// None for an account's first bill.
    pub with: Option<Compared>,
    /// They add up to the difference of the amounts.
    pub steps: Vec<Step>,
    /// The standing bill of the same month of the year before, if there is one.
    pub last_year: Option<Compared>,
}
