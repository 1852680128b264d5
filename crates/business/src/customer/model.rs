use kernel::{Date, Energy, Money, Month, Period};
use platform::journal::JournalEntry;

use crate::bill::{Bill, BillStatus};
use crate::grid::TransformerArea;
use crate::reading::ReadingKind;
use crate::supply::UsagePoint;

/// What the top of a customer's page shows. What the actor has no right to is none.
#[derive(Debug, Clone)]
pub struct Summary {
    pub point: UsagePoint,
    pub balance: Option<Balance>,
    pub last_bill: Option<LastBill>,
    pub last_reading: Option<LastReading>,
    /// Meters that hang there now.
    pub meters: i64,
    /// Further usage points of the same customer that the actor may see, as far as they are counted.
    pub siblings: i64,
}

/// The last bill that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBill {
    pub bill_no: String,
    pub cycle: Month,
    pub period: Period,
    pub energy: Energy,
    pub amount: Money,
    pub due_on: Date,
    /// What is still to be paid of it; none for whoever does not read the ledger.
    pub open: Option<Money>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastReading {
    pub meter_no: String,
    pub read_on: Date,
    pub kind: ReadingKind,
}

/// Where an account stands with the bureau.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    pub owed: Money,
    pub prepaid: Money,
    /// Of what is owed, what should have been paid before today.
    pub overdue: Money,
    /// Since when the oldest of it should have been paid.
    pub overdue_since: Option<Date>,
    /// How many bills and other items are open.
    pub open_items: i64,
}

/// The way of the power to a usage point.
#[derive(Debug, Clone)]
pub struct Network {
    pub area: TransformerArea,
    pub meters: Vec<HangingMeter>,
}

/// A meter that hangs there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HangingMeter {
    pub meter_no: String,
    pub installed_on: Date,
    pub multiplier: i64,
}

/// A month with its bills, oldest sequence first; reversals and cancelled bills among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillMonth {
    pub cycle: Month,
    pub energy: Energy,
    pub amount: Money,
    pub bills: Vec<BillOfMonth>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillOfMonth {
    pub bill: Bill,
    /// What is still to be paid of it; none for whoever does not read the ledger.
    pub open: Option<Money>,
}

/// What stands for a month: its bills that were not cancelled.
impl BillMonth {
    pub fn of(cycle: Month, bills: Vec<BillOfMonth>) -> BillMonth {
        let standing = || bills.iter().filter(|of| of.bill.status == BillStatus::Issued);
        let (energy, amount) = (standing().map(|of| of.bill.energy).sum(), standing().map(|of| of.bill.amount).sum());
        BillMonth { cycle, energy, amount, bills }
    }
}

/// An entry of the journal about an account, its detail reduced to what may be shown.
#[derive(Debug, Clone)]
pub struct Event {
    pub entry: JournalEntry,
    pub facts: Vec<(String, String)>,
}
