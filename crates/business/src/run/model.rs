use kernel::{Money, Month};

/// Which accounts a run covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunScope {
    pub station: Option<String>,
    pub book: Option<String>,
}

/// A run on record: one for each cycle and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub cycle: Month,
    pub scope: RunScope,
    pub accounts: i64,
    pub ready: i64,
    pub blocked: i64,
    pub amount: Money,
    /// Who made the drafts as they are.
    pub tried_by: String,
    pub approved_by: Option<String>,
    /// What was approved: the digest of all drafts as they were then.
    pub approved_digest: Option<String>,
}
