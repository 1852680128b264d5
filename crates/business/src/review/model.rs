use kernel::id::Uuid;
use kernel::{Capacity, Date, Energy, Register, Timestamp, words};
use serde::{Deserialize, Serialize};

use super::rules::estimate::EstimateRule;
use crate::metering::{Count, MeterId};
use crate::reading::ReadingKind;
use crate::reading::rules::Doubt;
use crate::supply::UsagePointId;

words! {
    /// What a person decided about a reading, or about its absence.
    pub enum Decision {
        Accept = "accept" ("认可", "accepted"),
        Correct = "correct" ("更正", "corrected"),
        Estimate = "estimate" ("估抄", "estimated"),
        ReRead = "re-read" ("重抄", "to be read again"),
        Undo = "undo" ("撤销", "taken back"),
    }
}

/// A register on a day: what a decision is about, whether a reading is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub meter: MeterId,
    pub register: Register,
    pub on: Date,
}

/// A reading's value, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub value: Count,
    pub kind: ReadingKind,
}

/// What a person wishes to decide.
#[derive(Debug, Clone)]
pub enum Wish {
    Accept,
    /// The register showed something else; one value for each place.
    Correct(Vec<Told>),
    Estimate {
        /// None: the first rule of the pack that has what it needs.
        rule: Option<EstimateRule>,
        /// Also beyond the pack's limit of estimates in a row.
        beyond_limit: bool,
    },
    ReRead {
        due_on: Date,
        reader: Option<String>,
    },
}

impl Wish {
    pub fn decision(&self) -> Decision {
        match self {
            Wish::Accept => Decision::Accept,
            Wish::Correct(_) => Decision::Correct,
            Wish::Estimate { .. } => Decision::Estimate,
            Wish::ReRead { .. } => Decision::ReRead,
        }
    }
}

/// A decision on record.
#[derive(Debug, Clone)]
pub struct Decided {
    pub id: Uuid,
    pub place: Place,
    pub meter_no: String,
    pub decision: Decision,
    pub at: Timestamp,
    pub by: String,
    pub reason: Option<String>,
    pub rule: Option<EstimateRule>,
    pub before: Option<Told>,
    /// Words of the doubts that stood beside the reading before.
    pub doubts: Option<String>,
    pub after: Option<Told>,
    /// The decision that this one takes back.
    pub undoes: Option<Uuid>,
    pub undone: bool,
}

/// A reading that waits for a decision because of this doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub place: Place,
    pub doubt: Doubt,
}

/// Where a register hangs, as lists of the workbench show it.
#[derive(Debug, Clone)]
pub struct Site {
    pub usage_point: UsagePointId,
    pub supply_no: String,
    pub name: String,
    pub address: Option<String>,
    pub station: String,
    /// Empty: none.
    pub book: String,
    pub capacity: Option<Capacity>,
    pub meter_no: String,
}

/// A past state of a register, with the use since the one before.
#[derive(Debug, Clone)]
pub struct Past {
    pub meter_no: String,
    pub on: Date,
    pub value: Count,
    /// `opening`, `closing`, or the kind of the reading.
    pub kind: &'static str,
    /// None for the first, and where the register went backwards.
    pub energy: Option<Energy>,
    pub days: i64,
}

/// What helps to judge a register: the stretch that ends at the place, and what was before.
#[derive(Debug, Clone, Default)]
pub struct Background {
    pub before: Option<(Date, Count)>,
    pub days: i64,
    /// Of the stretch that ends at the place; None where it went backwards or nothing was read.
    pub energy: Option<Energy>,
    /// Of as many days, by the twelve months before.
    pub average: Option<Energy>,
    /// Of as many days, by the same days a year before.
    pub last_year: Option<Energy>,
    pub history: Vec<Past>,
}

/// An order to read again 重抄; done when a reading has come.
#[derive(Debug, Clone)]
pub struct Order {
    pub decision: Uuid,
    pub site: Site,
    pub place: Place,
    pub ordered_by: String,
    pub ordered_at: Timestamp,
    pub reason: Option<String>,
    pub due_on: Date,
    pub reader: Option<String>,
    /// The reading that has come.
    pub done: Option<(Date, Count, ReadingKind)>,
}

/// What a list of the workbench is limited to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub station: Option<String>,
    pub book: Option<String>,
    pub doubt: Option<Doubt>,
    pub undecided: Option<bool>,
}

/// An estimate, shown before it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    pub rule: EstimateRule,
    pub before: (Date, Count),
    pub days: i64,
    pub energy: Energy,
    pub value: Count,
    /// Estimates in a row that stand right before this one, and how many may.
    pub in_a_row: i64,
    pub limit: i64,
}
