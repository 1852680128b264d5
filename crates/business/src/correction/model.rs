use kernel::{Date, Energy, Money, Month, Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::bill::{BillDocument, Draft};
use crate::run::RunScope;
use crate::supply::UsagePointId;

words! {
    /// How far a correction has come.
    pub enum CorrectionState {
        Trying = "trying" ("试算中", "being tried"),
        Tried = "tried" ("待审核", "waits for approval"),
        Approved = "approved" ("已审核", "approved"),
        Issuing = "issuing" ("发行中", "being issued"),
        Issued = "issued" ("已发行", "issued"),
        Withdrawn = "withdrawn" ("已撤销", "withdrawn"),
    }
}

words! {
    /// What is to be done, or was done, with an account of a correction.
    pub enum AccountState {
        Ready = "ready" ("待更正", "to be corrected"),
        Blocked = "blocked" ("无法重算", "cannot be computed"),
        Posted = "posted" ("已更正", "corrected"),
        Changed = "changed" ("期间有变化", "changed meanwhile"),
    }
}

words! {
    /// In which order the accounts of a correction are listed.
    pub enum AccountOrder {
        Difference = "difference" ("差额大的在前", "greatest difference first"),
        SupplyNo = "supply-no" ("按户号", "by supply number"),
    }
}

/// Which bills are looked at: those of a scope that bill a day from `since` on, of all tariffs or one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub since: Date,
    pub scope: RunScope,
    pub tariff: Option<String>,
    pub reason: String,
}

/// What a correction comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Whose bills were computed again.
    pub looked_at: i64,
    /// Whose bills come out otherwise.
    pub affected: i64,
    /// Whose bills cannot be computed again as things are.
    pub blocked: i64,
    /// Bills that take the place of others.
    pub bills: i64,
    pub before: Money,
    pub after: Money,
}

impl Sums {
    pub fn difference(&self) -> Money {
        self.after - self.before
    }
}

/// A correction of bills on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub correction_no: String,
    pub wish: Wish,
    pub state: CorrectionState,
    pub sums: Sums,
    /// Of all that is to be done: what an approval signs.
    pub digest: String,
    pub tried_by: String,
    pub tried_at: Timestamp,
    pub approved_by: Option<String>,
    pub approved_at: Option<Timestamp>,
    /// Who issued or withdrew it.
    pub ended_by: Option<String>,
    pub ended_at: Option<Timestamp>,
}

/// What was issued of a correction, and what was left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IssueTally {
    pub accounts: u64,
    pub bills: u64,
    /// Accounts at which something changed since the trial.
    pub changed: u64,
}

/// An account of a correction, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub usage_point: UsagePointId,
    pub supply_no: String,
    /// In full; whoever shows it masks it.
    pub customer: String,
    pub station: String,
    pub state: AccountState,
    pub bills: i64,
    pub from_cycle: Option<Month>,
    pub energy_before: Energy,
    pub energy_after: Energy,
    pub before: Money,
    pub after: Money,
    /// JSON list of findings, of an account that is blocked.
    pub findings: String,
}

impl AccountRow {
    pub fn difference(&self) -> Money {
        self.after - self.before
    }
}

/// A bill and the one that takes its place.
#[derive(Debug, Clone)]
pub struct Pair {
    pub cycle: Month,
    pub cancels: String,
    pub before: BillDocument,
    pub after: BillDocument,
    /// Of the bill that was issued in its place.
    pub bill_no: Option<String>,
}

/// What an account's bills since a day come to by what is known now.
#[derive(Debug, Clone)]
pub struct Chain {
    pub usage_point: UsagePointId,
    pub revision: i64,
    pub last: Option<(Month, i64)>,
    pub outcome: ChainOutcome,
}

#[derive(Debug, Clone)]
pub enum ChainOutcome {
    Same,
    /// JSON list of the findings that stop it, and the cycle in which.
    Blocked(Month, String),
    /// From the first bill that comes out otherwise to the account's latest, oldest first.
    Other(Vec<Link>),
}

#[derive(Debug, Clone)]
pub struct Link {
    pub cancels: String,
    pub energy_before: Energy,
    pub before: Money,
    /// Whose `bill` is there.
    pub draft: Draft,
}
