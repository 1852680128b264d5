//! The thresholds of `packs/billing/rules.toml` by which priced drafts are judged.

use kernel::{Date, Energy, Money, Month, Refusal, Text};
use platform::packs::{self, Packs};
use platform::{Fault, Result};
use serde::Deserialize;

use crate::exception::model::Decision;
use crate::reading::rules::{Doubt, PACK};
use crate::supply::UsageCategory;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRules {
    /// Daily use of so many percent of what season and peers make expect, or the other way round.
    pub swing_percent: i64,
    /// And so far from it over the days of the bill.
    pub swing_floor: Energy,
    /// So many accounts tell what their peers did.
    pub swing_peers: i64,
    /// So many bills of the last twelve months tell which tiers are usual.
    pub tier_bills: i64,
    /// So many tiers more than the bill before.
    pub tier_at_once: i64,
    /// Surcharges of higher tiers below this are no exception.
    pub tier_floor: Money,
    pub power_factor_percent: i64,
    pub power_factor_floor: Money,
    pub estimates_in_a_row: i64,
    /// A draft with such a finding is not issued before somebody decided about it.
    pub decide_before_issue: Vec<Doubt>,
    pub uses: Vec<CategoryUse>,
    pub reasons: Vec<Reason>,
}

/// What a category's use is not, in a month of thirty days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryUse {
    pub category: UsageCategory,
    pub above: Option<Energy>,
    /// Up to so much in so many bills in a row.
    pub up_to: Option<(Energy, i64)>,
}

/// A word for why something was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub decision: Decision,
    pub code: String,
    pub name: Text,
}

#[derive(Clone, Deserialize)]
struct Pack {
    exception: Vec<Entry>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    #[allow(dead_code)] // for people who read the pack
    source: String,
    swing_percent: i64,
    swing_floor_kwh: String,
    swing_peers: i64,
    tier_bills: i64,
    tier_at_once: i64,
    tier_floor_yuan: String,
    power_factor_percent: i64,
    power_factor_floor_yuan: String,
    estimates_in_a_row: i64,
    #[serde(default)]
    decide_before_issue: Vec<Doubt>,
    #[serde(default, rename = "use")]
    uses: Vec<UseEntry>,
    #[serde(rename = "reason")]
    reasons: Vec<ReasonEntry>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct UseEntry {
    category: String,
    above_kwh: Option<String>,
    up_to_kwh: Option<String>,
    bills: Option<i64>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonEntry {
    decision: Decision,
    code: String,
    zh: String,
    en: String,
}

impl ExceptionRules {
    /// The thresholds that hold at the end of `month`.
    pub fn of(packs: &Packs, month: Month) -> Result<ExceptionRules> {
        let pack: Pack = packs.read(PACK)?;
        let entry = packs::latest(PACK, pack.exception, |entry| entry.from, month.last_day())?;
        Ok(ExceptionRules {
            swing_percent: entry.swing_percent,
            swing_floor: energy(&entry.swing_floor_kwh)?,
            swing_peers: entry.swing_peers,
            tier_bills: entry.tier_bills,
            tier_at_once: entry.tier_at_once,
            tier_floor: money(&entry.tier_floor_yuan)?,
            power_factor_percent: entry.power_factor_percent,
            power_factor_floor: money(&entry.power_factor_floor_yuan)?,
            estimates_in_a_row: entry.estimates_in_a_row,
            decide_before_issue: entry.decide_before_issue,
            uses: entry.uses.iter().map(UseEntry::read).collect::<Result<_>>()?,
            reasons: entry.reasons.into_iter().map(ReasonEntry::read).collect(),
        })
    }

    /// Whether a bill with one of these doubts waits until somebody has decided.
    pub fn waits(&self, doubts: &[Doubt]) -> bool {
        doubts.iter().any(|doubt| self.decide_before_issue.contains(doubt))
    }

    pub fn use_of(&self, category: &str) -> Option<&CategoryUse> {
        self.uses.iter().find(|of| of.category.word() == category)
    }

    /// The name of a reason, which may stand in a pack of another month.
    pub fn reason(&self, decision: Decision, code: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.decision == decision && reason.code == code)
    }

    pub fn known_reason(&self, decision: Decision, code: &str) -> Result<&Reason, Refusal> {
        self.reason(decision, code).ok_or_else(|| {
            let of = || self.reasons.iter().filter(|reason| reason.decision == decision);
            let codes = of().map(|reason| reason.code.as_str()).collect::<Vec<_>>().join("、");
            let (zh, en) = (format!("原因须为：{codes}"), format!("the reason is one of: {codes}"));
            Refusal::invalid("exception.reason", zh, en).at("reason")
        })
    }
}

impl UseEntry {
    fn read(&self) -> Result<CategoryUse> {
        let unsound = |what: &str| Fault::impossible(format!("{PACK}: exception.use {}: {what}", self.category));
        let category = UsageCategory::from_word(&self.category).ok_or_else(|| unsound("there is no such category"))?;
        let above = self.above_kwh.as_deref().map(energy).transpose()?;
        let up_to = match (self.up_to_kwh.as_deref(), self.bills) {
            (Some(kwh), Some(bills)) if bills > 0 => Some((energy(kwh)?, bills)),
            (None, None) => None,
            _ => return Err(unsound("up_to_kwh and bills belong together")),
        };
        Ok(CategoryUse { category, above, up_to })
    }
}

impl ReasonEntry {
    fn read(self) -> Reason {
        Reason { decision: self.decision, code: self.code, name: Text::new(self.zh, self.en) }
    }
}

fn energy(text: &str) -> Result<Energy> {
    Energy::parse_kwh(text).map_err(|_| Fault::impossible(format!("{PACK}: \"{text}\" is not an energy")))
}

fn money(text: &str) -> Result<Money> {
    Money::parse_yuan(text).map_err(|_| Fault::impossible(format!("{PACK}: \"{text}\" is not an amount")))
}
