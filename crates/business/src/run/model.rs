use kernel::{Money, Month, Timestamp, words};
use serde::{Deserialize, Serialize};

/// Which accounts a run covers: all, those of a station or a book, or a single one. What belongs to a
/// single account names its station too, by which rights are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunScope {
    pub station: Option<String>,
    pub book: Option<String>,
    #[serde(default)]
    pub supply_no: Option<String>,
}

impl RunScope {
    /// `2016-08 ST01 B001`, for lists of work.
    pub fn subject(&self, cycle: Month) -> String {
        let parts = [&self.station, &self.book, &self.supply_no];
        parts.into_iter().flatten().fold(cycle.to_string(), |subject, part| format!("{subject} {part}"))
    }
}

words! {
    /// How far a run has come.
    pub enum RunState {
        Tried = "tried" ("已试算", "tried"),
        Approved = "approved" ("已审核", "approved"),
        PartlyIssued = "partly-issued" ("部分发行", "partly issued"),
        Issued = "issued" ("已发行", "issued"),
    }
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
    /// None for runs from before this was kept, as below.
    pub tried_at: Option<Timestamp>,
    pub approved_by: Option<String>,
    pub approved_at: Option<Timestamp>,
    /// What was approved: the digest of all drafts as they were then.
    pub approved_digest: Option<String>,
    /// Who began to issue it last, when, and on which drafts.
    pub issued_by: Option<String>,
    pub issued_at: Option<Timestamp>,
    pub issued_digest: Option<String>,
}

impl Run {
    /// Whether all of its accounts that could be billed are, `billed` of them having a bill.
    pub fn is_issued(&self, billed: i64) -> bool {
        self.issued_digest.is_some() && billed >= self.ready
    }

    /// How far the run has come, its drafts having `digest` now and `billed` of its accounts a bill.
    pub fn state(&self, digest: &str, billed: i64) -> RunState {
        let is = |signed: &Option<String>| signed.as_deref() == Some(digest);
        match (is(&self.issued_digest), is(&self.approved_digest)) {
            _ if self.is_issued(billed) => RunState::Issued,
            (true, _) => RunState::PartlyIssued,
            (false, true) => RunState::Approved,
            (false, false) => RunState::Tried,
        }
    }
}

/// How far the accounts of a book have come in a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub station: String,
    /// None: accounts of no book.
    pub book: Option<String>,
    pub accounts: i64,
    /// With a standing bill of the cycle.
    pub issued: i64,
    /// With a draft that nothing stops.
    pub ready: i64,
    /// With a draft that something stops.
    pub blocked: i64,
    pub issued_amount: Money,
    pub ready_amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(approved: Option<&str>, issued: Option<&str>) -> Run {
        Run {
            cycle: "2016-08".parse().expect("a month"),
            scope: RunScope::default(),
            accounts: 10,
            ready: 9,
            blocked: 1,
            amount: Money::ZERO,
            tried_by: "wang.li".into(),
            tried_at: None,
            approved_by: None,
            approved_at: None,
            approved_digest: approved.map(str::to_owned),
            issued_by: None,
            issued_at: None,
            issued_digest: issued.map(str::to_owned),
        }
    }

    #[test]
    fn a_run_is_as_far_as_what_was_signed_still_holds() {
        let table = [
            (None, None, 0, RunState::Tried),
            (Some("now"), None, 0, RunState::Approved),
            (Some("before"), None, 0, RunState::Tried),
            (Some("now"), Some("now"), 4, RunState::PartlyIssued),
            (Some("now"), Some("now"), 9, RunState::Issued),
            (Some("before"), Some("before"), 8, RunState::Tried),
            // One was cancelled and billed anew: nothing is left to do.
            (Some("before"), Some("before"), 9, RunState::Issued),
        ];
        for (approved, issued, billed, expected) in table {
            assert_eq!(run(approved, issued).state("now", billed), expected, "{approved:?} {issued:?} {billed}");
        }
    }

    #[test]
    fn the_subject_of_a_run_names_its_scope() {
        let cycle = "2016-08".parse().expect("a month");
        let scope = RunScope { station: Some("ST01".into()), book: Some("B1".into()), supply_no: None };
        assert_eq!(
            (scope.subject(cycle), RunScope::default().subject(cycle)),
            ("2016-08 ST01 B1".into(), "2016-08".into())
        );
    }
}
