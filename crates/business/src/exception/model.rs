use kernel::id::Uuid;
use kernel::{Date, Energy, Money, Month, Period, Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::bill::{Marks, PastBill, Weight};
use crate::reading::rules::{Doubt, Finding};
use crate::review::EstimateRule;
use crate::run::RunScope;
use crate::supply::UsagePointId;

words! {
    /// What a person decided about an exception.
    pub enum Decision {
        Pass = "pass" ("放行", "passed"),
        Hold = "hold" ("暂缓发行", "held"),
        FieldCheck = "field-check" ("现场核查", "field check"),
        ReRead = "re-read" ("重抄", "to be read again"),
        Estimate = "estimate" ("估抄", "estimated"),
    }
}

impl Decision {
    /// Whether the draft is left out of issue until somebody decides otherwise.
    pub fn holds(self) -> bool {
        matches!(self, Decision::Hold | Decision::FieldCheck)
    }
}

words! {
    /// In which order exceptions are listed.
    pub enum Order {
        Weight = "weight" ("先看重要的", "gravest first"),
        Money = "money" ("金额大的在前", "most money first"),
        SupplyNo = "supply-no" ("按户号", "by supply number"),
    }
}

words! {
    /// Which exceptions are listed, by what was decided.
    pub enum Show {
        Open = "open" ("待处理", "to be decided"),
        Decided = "decided" ("已处理", "decided"),
        Held = "held" ("暂缓", "held"),
    }
}

/// Which exceptions, and from where on.
#[derive(Debug, Clone)]
pub struct ExceptionQuery {
    pub cycle: Month,
    pub scope: RunScope,
    pub doubt: Option<Doubt>,
    /// None: whatever was decided.
    pub show: Option<Show>,
    pub order: Order,
    /// What the last one before was ordered by, and its supply number.
    pub after: Option<(i64, String)>,
}

/// An account about whose bill a trial found something, with what helps to judge it.
#[derive(Debug, Clone)]
pub struct Exception {
    pub usage_point: UsagePointId,
    pub supply_no: String,
    /// In full; whoever shows it masks it.
    pub customer: String,
    pub station: String,
    pub book: Option<String>,
    pub tariff: String,
    pub category: String,
    pub is_ready: bool,
    /// Whether what the draft was computed from has changed since.
    pub is_stale: bool,
    pub findings: Vec<Finding>,
    pub figures: Figures,
    /// Of a draft that could be computed.
    pub period: Option<Period>,
    pub marks: Option<Marks>,
    pub weight: Weight,
    /// By what it is ordered.
    pub key: i64,
    pub decided: Option<Decided>,
    /// Standing bills of the twelve months before, in order.
    pub past: Vec<PastBill>,
}

/// What a decision is about: as long as these are the same, it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub sequence: i64,
    /// Words between commas.
    pub doubts: String,
    pub energy: Energy,
    pub amount: Money,
}

/// The latest decision about a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub id: Uuid,
    pub decision: Decision,
    /// A code of the pack's list for passing and holding, a sentence for what changes a reading.
    pub reason: String,
    pub note: Option<String>,
    pub by: String,
    pub at: Timestamp,
    /// Whether findings and figures are those that it was about.
    pub covers: bool,
}

/// A decision to be put on record.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: Uuid,
    pub cycle: Month,
    pub usage_point: UsagePointId,
    pub decision: Decision,
    pub reason: String,
    pub note: Option<String>,
    pub figures: Figures,
    /// The decisions about readings that were made with it.
    pub reviews: Vec<Uuid>,
    pub by: String,
    pub at: Timestamp,
}

impl From<Record> for Decided {
    fn from(record: Record) -> Decided {
        let Record { id, decision, reason, note, by, at, .. } = record;
        Decided { id, decision, reason, note, by, at, covers: true }
    }
}

/// What somebody wants to decide about one exception.
#[derive(Debug, Clone)]
pub struct Wish {
    pub supply_no: String,
    pub act: Act,
    pub reason: String,
    pub note: Option<String>,
    /// [`Figures::seen`] of what he saw.
    pub seen: String,
}

#[derive(Debug, Clone)]
pub enum Act {
    Pass,
    Hold,
    FieldCheck,
    ReRead {
        due_on: Date,
        reader: Option<String>,
    },
    Estimate {
        /// None: the first rule of the pack that has what it needs.
        rule: Option<EstimateRule>,
        /// Also beyond the pack's limit of estimates in a row.
        beyond_limit: bool,
    },
}

impl Act {
    pub fn decision(&self) -> Decision {
        match self {
            Act::Pass => Decision::Pass,
            Act::Hold => Decision::Hold,
            Act::FieldCheck => Decision::FieldCheck,
            Act::ReRead { .. } => Decision::ReRead,
            Act::Estimate { .. } => Decision::Estimate,
        }
    }
}

/// How far the work on exceptions has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub accounts: i64,
    pub decided: i64,
    /// Left out of issue, by a decision.
    pub held: i64,
    /// Ready, and not issued before somebody has decided.
    pub waiting: i64,
    /// Open ones that are light enough to be passed at once.
    pub light: i64,
    /// How many accounts each doubt is about, most first, and how many of them are decided.
    pub doubts: Vec<(Doubt, i64, i64)>,
}

/// Drafts that issue leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Somebody held it.
    Held,
    /// The pack wants a decision about it first.
    Waiting,
}
