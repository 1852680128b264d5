//! Dated rules of taking money; see `packs/billing/payment.toml`.

use kernel::{Date, Money, words};
use platform::packs::{self, Packs};
use platform::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::supply::CustomerKind;

pub const PACK: &str = "billing/payment.toml";

words! {
    /// In what order money meets debts and late charges.
    pub enum Order {
        LateThenDebt = "late-then-debt" ("逐笔，先违约金后电费", "bill by bill, the late charge before the debt"),
        DebtThenLate = "debt-then-late" ("逐笔，先电费后违约金", "bill by bill, the debt before the late charge"),
        DebtsFirst = "debts-first" ("先全部电费，后违约金", "all debts, then the late charges"),
    }
}

words! {
    /// Which day makes the first year of a debt.
    pub enum YearOf {
        Due = "due" ("应缴日", "the due day"),
        Overdue = "overdue" ("逾期首日", "the first day overdue"),
    }
}

/// The rule of late charges for debts that fall due from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateRule {
    pub from: Date,
    pub minimum: Money,
    pub year_of: YearOf,
    /// For some kinds of customers: shares a day in 10⁻⁸, in the first year and in later ones.
    pub rates: Vec<(Vec<CustomerKind>, i64, i64)>,
}

impl LateRule {
    /// What holds for a debt that fell due on `due_on`.
    pub fn of(rules: &[LateRule], due_on: Date) -> Option<&LateRule> {
        rules.iter().filter(|rule| rule.from <= due_on).max_by_key(|rule| rule.from)
    }

    pub fn rates_for(&self, kind: CustomerKind) -> (i64, i64) {
        let found = self.rates.iter().find(|(kinds, ..)| kinds.contains(&kind));
        found.map_or((0, 0), |(_, first, later)| (*first, *later))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRules {
    pub late: Vec<LateRule>,
    pub order: Order,
    pub lowest: Money,
    pub highest: Money,
    pub prepayment_highest: Money,
    pub second_person_above: Money,
}

#[derive(Clone, Deserialize)]
struct Pack {
    late: Vec<LatePack>,
    payment: Vec<PaymentPack>,
    reversal: Vec<ReversalPack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LatePack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    minimum: Option<String>,
    year_of: YearOf,
    rate: Vec<RatePack>,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatePack {
    kinds: Vec<CustomerKind>,
    first_year: String,
    later_years: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    order: Order,
    lowest: String,
    highest: String,
    prepayment_highest: String,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReversalPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    second_person_above: String,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

impl PaymentRules {
    /// The rules for money taken on `date`; those of late charges are kept for all days, because a
    /// debt goes by its own due day.
    pub fn on(packs: &Packs, date: Date) -> Result<PaymentRules> {
        let pack: Pack = packs.read(PACK)?;
        let payment = packs::latest(PACK, pack.payment, |entry| entry.from, date)?;
        let reversal = packs::latest(PACK, pack.reversal, |entry| entry.from, date)?;
        Ok(PaymentRules {
            late: pack.late.iter().map(late_rule).collect::<Result<_>>()?,
            order: payment.order,
            lowest: money(&payment.lowest)?,
            highest: money(&payment.highest)?,
            prepayment_highest: money(&payment.prepayment_highest)?,
            second_person_above: money(&reversal.second_person_above)?,
        })
    }
}

fn late_rule(pack: &LatePack) -> Result<LateRule> {
    let rates = pack.rate.iter().map(|rate| {
        let share = |text: &str| {
            kernel::decimal::parse(text, 8).map_err(|_| Fault::impossible(format!("{PACK}: \"{text}\" is not a rate")))
        };
        Ok((rate.kinds.clone(), share(&rate.first_year)?, share(&rate.later_years)?))
    });
    Ok(LateRule {
        from: pack.from,
        minimum: pack.minimum.as_deref().map_or(Ok(Money::ZERO), money)?,
        year_of: pack.year_of,
        rates: rates.collect::<Result<_>>()?,
    })
}

fn money(text: &str) -> Result<Money> {
    Money::parse_yuan(text).map_err(|_| Fault::impossible(format!("{PACK}: \"{text}\" is not an amount")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_least_late_charge_ended_with_the_rule_of_1996() {
        let packs = Packs::load(None).expect("packs");
        let rules = PaymentRules::on(&packs, date(2026, 11, 22)).expect("rules");
        let minimum = |day| LateRule::of(&rules.late, day).map(|rule| rule.minimum);
        assert_eq!(minimum(date(1996, 10, 7)), None);
        assert_eq!(minimum(date(2024, 5, 31)), Some(Money::from_fen(100)));
        assert_eq!(minimum(date(2024, 6, 1)), Some(Money::ZERO));
        assert_eq!(rules.second_person_above, Money::from_fen(50_000));
        assert_eq!(rules.order, Order::LateThenDebt);
    }

    #[test]
    fn every_kind_of_customer_has_a_rate() {
        let packs = Packs::load(None).expect("packs");
        let rules = PaymentRules::on(&packs, date(2016, 9, 1)).expect("rules");
        for rule in &rules.late {
            for kind in CustomerKind::ALL {
                assert!(rule.rates_for(*kind).0 > 0, "{kind} from {}", rule.from);
            }
        }
    }
}
