use kernel::Date;
use platform::Result;
use pricing::Concession;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::supply::UsagePointId;

/// What an account is billed by from a day on, until others hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub usage_point: UsagePointId,
    pub from: Date,
    /// 执行电价: the tariff's code.
    pub tariff: String,
    /// 户人口数.
    pub persons: Option<u32>,
    pub concession: Option<Concession>,
}

/// Terms as text.
#[derive(Serialize, Deserialize)]
struct Kept {
    from: Date,
    tariff: String,
    persons: Option<u32>,
    concession: Option<Concession>,
}

/// Those that hold on a day, of some by their first days; before the first of them, the first.
pub fn held_on(terms: &[Terms], day: Date) -> &Terms {
    let held = terms.iter().rposition(|terms| terms.from <= day).unwrap_or_default();
    &terms[held]
}

impl Terms {
    /// Whether an account is billed by the same from another day on.
    pub fn says_the_same(&self, other: &Terms) -> bool {
        (&self.tariff, self.persons, self.concession) == (&other.tariff, other.persons, other.concession)
    }

    pub(crate) fn to_text(&self) -> Result<String> {
        let Terms { from, persons, concession, .. } = *self;
        Ok(serde_json::to_string(&Kept { from, tariff: self.tariff.clone(), persons, concession })?)
    }

    pub(crate) fn of_text(usage_point: UsagePointId, text: &str) -> Result<Terms> {
        let Kept { from, tariff, persons, concession } = serde_json::from_str(text)?;
        Ok(Terms { usage_point, from, tariff, persons, concession })
    }

    /// As the journal keeps it.
    pub(crate) fn detail(&self) -> Value {
        let concession = self.concession.map(Concession::word);
        json!({ "from": self.from, "tariff": self.tariff, "persons": self.persons, "concession": concession })
    }
}
