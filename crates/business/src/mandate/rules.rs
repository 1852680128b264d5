//! Banks, what their answers mean, and the rules of collecting; see `packs/billing/debit.toml`.

use kernel::{Date, Refusal, Text, words};
use platform::Result;
use platform::packs::{self, Packs};
use serde::{Deserialize, Serialize};

use super::model::{Mandate, Terms};

pub const PACK: &str = "billing/debit.toml";

words! {
    /// What a bank says of a debit.
    pub enum Outcome {
        Collected = "collected" ("成功", "collected"),
        Partly = "partly" ("部分扣款", "partly collected"),
        Failed = "failed" ("失败", "failed"),
    }
}

impl Outcome {
    pub fn took_money(self) -> bool {
        self != Outcome::Failed
    }
}

/// Whether a failed debit may succeed when it is tried again as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    Yes,
    No,
}

/// A code of a result file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub code: String,
    pub outcome: Outcome,
    pub again: Again,
    pub label: Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    pub code: String,
    pub label: Text,
    pub codes: Vec<Code>,
}

impl Bank {
    pub fn answer(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|known| known.code == code)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebitRules {
    pub banks: Vec<Bank>,
    pub late_charge: bool,
    pub furthest_days: i64,
    pub most_lines: usize,
}

#[derive(Clone, Deserialize)]
struct Pack {
    debit: Vec<DebitPack>,
    bank: Vec<BankPack>,
    answers: Vec<AnswersPack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DebitPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    late_charge: bool,
    furthest_days: i64,
    most_lines: usize,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BankPack {
    code: String,
    zh: String,
    en: String,
    answers: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersPack {
    name: String,
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    code: Vec<CodePack>,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodePack {
    code: String,
    outcome: Outcome,
    #[serde(default)]
    again: bool,
    zh: String,
    en: String,
}

impl DebitRules {
    pub fn on(packs: &Packs, date: Date) -> Result<DebitRules> {
        let pack: Pack = packs.read(PACK)?;
        let rules = packs::latest(PACK, pack.debit, |entry| entry.from, date)?;
        let bank = |bank: &BankPack| {
            let named = pack.answers.iter().filter(|answers| answers.name == bank.answers).collect();
            let answers = packs::latest(PACK, named, |entry: &&AnswersPack| entry.from, date)?;
            let codes = answers.code.iter().map(|code| Code {
                code: code.code.clone(),
                outcome: code.outcome,
                again: if code.again { Again::Yes } else { Again::No },
                label: Text::new(code.zh.clone(), code.en.clone()),
            });
            let label = Text::new(bank.zh.clone(), bank.en.clone());
            Ok(Bank { code: bank.code.clone(), label, codes: codes.collect() })
        };
        Ok(DebitRules {
            banks: pack.bank.iter().map(bank).collect::<Result<_>>()?,
            late_charge: rules.late_charge,
            furthest_days: rules.furthest_days,
            most_lines: rules.most_lines,
        })
    }

    pub fn bank(&self, code: &str) -> Result<&Bank, Refusal> {
        self.banks.iter().find(|bank| bank.code == code).ok_or_else(|| {
            let known = self.banks.iter().map(|bank| bank.code.as_str()).collect::<Vec<_>>().join(", ");
            Refusal::invalid(
                "bank.unknown",
                format!("没有银行“{code}”，已签约：{known}；新银行请加入 {PACK}"),
                format!("there is no bank \"{code}\" but {known}; a new one is entered in {PACK}"),
            )
            .at("bank")
        })
    }
}

/// Refuses terms that would hold on a day on which one of these mandates of the account does.
pub fn free(terms: &Terms, known: &[Mandate]) -> Result<(), Refusal> {
    let Some(other) = known.iter().find(|mandate| mandate.overlaps(terms)) else { return Ok(()) };
    let (bank, number) = (&other.terms.bank, &other.terms.agreement_no);
    Err(Refusal::conflict(
        "mandate.live",
        format!("该户已有代扣协议 {number}（{bank}）；请先终止原协议"),
        format!("the account has the mandate {number} ({bank}) already; end that one first"),
    )
    .at("since"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_bank_of_the_pack_says_what_success_and_failure_are() {
        let rules = DebitRules::on(&Packs::load(None).expect("packs"), date(2026, 11, 22)).expect("rules");
        assert!(rules.banks.len() >= 2 && rules.most_lines > 0 && rules.furthest_days > 0);
        for bank in &rules.banks {
            for outcome in Outcome::ALL {
                assert!(bank.codes.iter().any(|code| code.outcome == *outcome), "{} {outcome}", bank.code);
            }
            for (at, code) in bank.codes.iter().enumerate() {
                assert!(bank.codes[..at].iter().all(|other| other.code != code.code), "{} {}", bank.code, code.code);
            }
        }
        assert_eq!(rules.bank("nowhere").expect_err("refused").code, "bank.unknown");
    }
}
