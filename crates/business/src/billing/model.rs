use kernel::{Capacity, Date, Energy, Money, Register, Voltage, words};
use serde::{Deserialize, Serialize};

use crate::agreement::{Agreement, Suspension};
use crate::amendment::Factor;
use crate::bill::{BillDocument, Position};
use crate::exception::Left;
use crate::metering::Meter;
use crate::opening::Opening;
use crate::reading::Reading;
use crate::reading::rules::{Doubt, Finding};
use crate::review::Held;
use crate::supply::UsagePointId;
use crate::terms::{self, Terms};

/// What billing needs of a usage point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub usage_point: UsagePointId,
    pub supply_no: String,
    pub voltage: Voltage,
    pub capacity: Option<Capacity>,
    /// By their first days; the first are those of the archive.
    pub terms: Vec<Terms>,
    pub opened_on: Date,
    pub revision: i64,
    pub position: Position,
}

impl Account {
    /// What holds on a day.
    pub fn terms_on(&self, day: Date) -> &Terms {
        terms::held_on(&self.terms, day)
    }
}

/// Everything that one account's bill is computed from.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub account: Account,
    pub meters: Vec<Meter>,
    /// The last reading of each register within the cycle's month.
    pub readings: Vec<Reading>,
    /// Readings of days on which a tariff or its version changes, and of their eves.
    pub between: Vec<Reading>,
    /// Readings of the month that the bureau's rules hold back until somebody decides about them.
    pub held: Vec<Held>,
    pub previous: Option<BillDocument>,
    pub opening: Option<Opening>,
    /// By their days.
    pub agreements: Vec<Agreement>,
    pub suspensions: Vec<Suspension>,
    /// Days on which its meters counted otherwise than was used.
    pub factors: Vec<Factor>,
    pub sequence: i64,
}

impl Inputs {
    pub fn reading(&self, meter: &Meter, register: Register) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.meter == meter.id && reading.register == register)
    }
}

/// One finding about one account, as lists show it.
#[derive(Debug, Clone)]
pub struct AccountFinding {
    pub supply_no: String,
    pub finding: Finding,
}

/// All that a trial found about one account.
#[derive(Debug, Clone)]
pub struct TrialFindings {
    pub supply_no: String,
    /// Whether its bill can be issued all the same.
    pub is_ready: bool,
    pub findings: Vec<Finding>,
}

words! {
    /// By what a summary groups.
    pub enum GroupBy {
        Tariff = "tariff" ("电价", "tariff"),
        Category = "category" ("用电类别", "category of use"),
        Station = "station" ("供电所", "station"),
    }
}

/// What some bills come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub accounts: i64,
    pub energy: Energy,
    pub amount: Money,
}

/// What the bills of one tariff, category or station come to, now and before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub code: String,
    pub now: Sums,
    pub before: Sums,
    pub year_before: Sums,
}

/// What a plan or a trial came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accounts of the scope that have no bill of this cycle yet.
    pub accounts: u64,
    /// Of these, how many can be billed.
    pub ready: u64,
    /// How many cannot.
    pub blocked: u64,
    /// How many have nothing to bill any more: all their meters are gone and billed.
    pub idle: u64,
    /// Drafts that were new or had changed.
    pub computed: u64,
    pub energy: Energy,
    pub amount: Money,
}

/// What issuing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueTally {
    pub issued: u64,
    pub amount: Money,
    pub missing: u64,
    pub negative: u64,
    pub unpriced: u64,
    pub undecided: u64,
    /// Drafts that somebody holds.
    pub held: u64,
    /// Drafts with a finding that the bureau wants decided about first.
    pub waiting: u64,
    /// Accounts whose inputs changed while their bills were being issued: the next run takes them.
    pub changed: u64,
}

impl IssueTally {
    pub fn count_left(&mut self, doubt: Doubt) {
        match doubt {
            Doubt::Negative => self.negative += 1,
            Doubt::Unpriced => self.unpriced += 1,
            Doubt::Undecided => self.undecided += 1,
            _ => self.missing += 1,
        }
    }

    pub fn leave(&mut self, left: Left) {
        match left {
            Left::Held => self.held += 1,
            Left::Waiting => self.waiting += 1,
        }
    }

    pub fn left(&self) -> u64 {
        self.missing + self.negative + self.unpriced + self.undecided + self.held + self.waiting + self.changed
    }
}
