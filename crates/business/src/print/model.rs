use std::collections::{BTreeMap, BTreeSet};

use kernel::{Date, Energy, Money, Month};
use pricing::Tariff;

use crate::bill::{Bill, BillDocument};
use crate::supply::UsagePoint;

/// What papers need to know of an account besides its bills.
#[derive(Debug, Clone)]
pub struct Account {
    pub point: UsagePoint,
    /// Use by standing bills, by cycle.
    pub uses: BTreeMap<Month, Energy>,
    /// Months that end in an estimate.
    pub estimated: BTreeSet<Month>,
    pub debts: Vec<Debt>,
    pub prepaid: Money,
}

/// What is still open of one bill, or of an opening debt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    pub bill_no: Option<String>,
    pub open: Money,
}

/// A bill that names another: its reversal, or the one in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    pub bill_no: String,
    pub is_reversal: bool,
    pub issued_on: Date,
}

/// Everything that one printed bill is made from.
#[derive(Debug)]
pub struct Print<'p> {
    pub bill: &'p Bill,
    pub document: &'p BillDocument,
    pub digest: &'p str,
    pub account: &'p Account,
    pub tariff: Tariff,
    /// Value-added tax contained, in 10⁻⁸.
    pub vat: i64,
    pub successors: &'p [Successor],
    pub today: Date,
}
