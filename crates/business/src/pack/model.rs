use kernel::{Date, Refusal, Text, Timestamp, words};
use pricing::pack::Mistake;
use pricing::{Tariff, Version};
use serde::{Deserialize, Serialize};

words! {
    /// Where a pack stands.
    pub enum State {
        Offered = "offered" ("待审核", "waiting for approval"),
        Approved = "approved" ("已审核", "approved"),
        Refused = "refused" ("已退回", "sent back"),
        Withdrawn = "withdrawn" ("已撤回", "withdrawn"),
    }
}

/// A pack on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffPack {
    pub pack_no: i64,
    /// Of the tariff that it is for.
    pub code: String,
    pub name: Text,
    pub text: String,
    pub digest: String,
    /// First day of the first version that it adds.
    pub starts_on: Date,
    /// Whether it holds from a day that is billed already, as a person has said: bills are then to be corrected.
    pub backdated: bool,
    pub offered_by: String,
    pub offered_at: Timestamp,
    pub approved: Option<Signed>,
    /// Who sent it back or withdrew it.
    pub ended: Option<(Signed, String)>,
    pub state: State,
}

/// Who, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub by: String,
    pub at: Timestamp,
}

impl TariffPack {
    pub fn approve(self, by: &str, at: Timestamp) -> TariffPack {
        TariffPack { approved: Some(Signed { by: by.to_owned(), at }), state: State::Approved, ..self }
    }

    /// Refused or withdrawn, for a reason.
    pub fn end(self, state: State, by: &str, at: Timestamp, reason: &str) -> TariffPack {
        TariffPack { ended: Some((Signed { by: by.to_owned(), at }, reason.to_owned())), state, ..self }
    }
}

/// What a pack comes to.
#[derive(Debug, Clone)]
pub struct Check {
    pub digest: String,
    /// The tariff as written, where it can be read.
    pub read: Option<Tariff>,
    /// The tariff with only the versions that are not there yet.
    pub added: Option<Tariff>,
    /// Whether no tariff of this code is known.
    pub is_new: bool,
    /// The last day billed by this tariff.
    pub billed_to: Option<Date>,
    pub problems: Vec<Problem>,
}

impl Check {
    pub fn unreadable(digest: String, problems: Vec<Problem>) -> Check {
        Check { digest, read: None, added: None, is_new: false, billed_to: None, problems }
    }

    /// The same where a person has said that the pack holds from a day that is billed already.
    pub fn backdated(mut self) -> Check {
        self.problems.retain(|problem| problem.code != BILLED);
        self
    }

    /// Whether the pack holds from a day that is billed already.
    pub fn is_billed(&self) -> bool {
        self.problems.iter().any(|problem| problem.code == BILLED)
    }

    pub fn adds(&self, version: &Version) -> bool {
        self.added.as_ref().is_some_and(|added| added.versions.iter().any(|one| one.id == version.id))
    }
}

/// A version begins on a day that is billed already.
pub const BILLED: &str = "tariff-pack.billed";

/// What speaks against a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    /// Counted from 1, where it has a place in the text.
    pub line: Option<usize>,
    /// `version[2].tiers.limit[1].kwh`
    pub field: String,
    pub text: Text,
}

impl Problem {
    pub fn refusal(&self) -> Refusal {
        let place = |word: &str, of: &Text| {
            let said = if word == "zh" { &of.zh } else { &of.en };
            let field = if self.field.is_empty() { String::new() } else { format!("{}: ", self.field) };
            match (self.line, word) {
                (Some(line), "zh") => format!("第 {line} 行 {field}{said}"),
                (Some(line), _) => format!("line {line}: {field}{said}"),
                (None, _) => format!("{field}{said}"),
            }
        };
        let conflicts = [BILLED, "tariff-pack.version-changed", "tariff-pack.not-last"];
        let make = if conflicts.contains(&self.code) { Refusal::conflict } else { Refusal::invalid };
        make(self.code, place("zh", &self.text), place("en", &self.text))
    }
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Problem {
        Problem { code: "tariff-pack.invalid", line: Some(mistake.line), field: mistake.field, text: mistake.message }
    }
}
