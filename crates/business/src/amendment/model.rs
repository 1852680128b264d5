use kernel::{Date, Period, Register, Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::bill::FactorCause;
use crate::metering::{Count, MeterId};
use crate::reading::ReadingKind;
use crate::supply::UsagePointId;
use crate::terms::Terms;

words! {
    /// What was found to be otherwise than it had been billed by.
    pub enum AmendmentKind {
        Reading = "reading" ("读数", "reading"),
        Multiplier = "multiplier" ("倍率", "multiplier"),
        Factor = "factor" ("计量差错", "metering error"),
        Terms = "terms" ("计价条件", "terms"),
    }
}

/// What a register showed, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub value: Count,
    pub kind: ReadingKind,
}

/// Before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Reading {
        register: Register,
        read_on: Date,
        before: Shown,
        after: Shown,
    },
    Multiplier {
        before: i64,
        after: i64,
    },
    /// On these days, of what the meter counted, `numerator` / `denominator` was used.
    Factor {
        period: Period,
        numerator: i64,
        denominator: i64,
        cause: FactorCause,
    },
    /// From the day of `after` on.
    Terms {
        before: Terms,
        after: Terms,
    },
}

/// Days on which a meter counted otherwise than was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    pub meter: MeterId,
    pub period: Period,
    pub numerator: i64,
    pub denominator: i64,
    pub cause: FactorCause,
}

impl Change {
    pub fn kind(&self) -> AmendmentKind {
        match self {
            Change::Reading { .. } => AmendmentKind::Reading,
            Change::Multiplier { .. } => AmendmentKind::Multiplier,
            Change::Factor { .. } => AmendmentKind::Factor,
            Change::Terms { .. } => AmendmentKind::Terms,
        }
    }
}

/// Something that bills were computed from, and that is known better since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    pub amendment_no: String,
    pub usage_point: UsagePointId,
    pub supply_no: String,
    pub station: String,
    /// None where it is about the account.
    pub meter_no: Option<String>,
    /// The first day from which bills may be wrong.
    pub since: Date,
    pub change: Change,
    pub reason: String,
    pub by: String,
    pub at: Timestamp,
    /// The correction of bills that took it into account.
    pub corrected_by: Option<String>,
}
