//! Which deposit a line of the bank is: only what is beyond doubt.

use kernel::Date;
use kernel::time::days_between;
use platform::Result;
use platform::packs::{self, Packs};
use serde::Deserialize;

use super::model::{BankLine, Deposit, How};

pub const PACK: &str = "billing/closing.toml";

/// See `packs/billing/closing.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BankRules {
    pub match_days: i64,
    pub missing_days: i64,
}

#[derive(Clone, Deserialize)]
struct Pack {
    bank: Vec<BankPack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BankPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    match_days: i64,
    missing_days: i64,
    #[allow(dead_code)] // for people who read the pack
    source: String,
}

impl BankRules {
    pub fn on(packs: &Packs, date: Date) -> Result<BankRules> {
        let pack: Pack = packs.read(PACK)?;
        let rules = packs::latest(PACK, pack.bank, |rules| rules.from, date)?;
        Ok(BankRules { match_days: rules.match_days, missing_days: rules.missing_days })
    }

    /// Whether money that went on its way on `day` should have arrived by `today`.
    pub fn is_missing(&self, day: Date, today: Date) -> bool {
        days_between(day, today) > self.missing_days
    }
}

/// A number shorter than this is found in many a text by chance.
const TELLING: usize = 4;

fn names(line: &BankLine, deposit: &Deposit) -> bool {
    deposit.reference.as_deref().is_some_and(|reference| {
        line.reference == reference || (reference.chars().count() >= TELLING && line.text.contains(reference))
    })
}

/// The deposit that the line names and equals; else the only one of its amount that went on its way
/// within the days before. A line that names a deposit of another amount is left to a person.
pub fn find(rules: &BankRules, line: &BankLine, open: &[Deposit]) -> Option<(usize, How)> {
    let named: Vec<usize> = (0..open.len()).filter(|at| names(line, &open[*at])).collect();
    if !named.is_empty() {
        let mut equal = named.into_iter().filter(|at| open[*at].amount == line.amount);
        return match (equal.next(), equal.next()) {
            (Some(at), None) => Some((at, How::Reference)),
            _ => None,
        };
    }
    let near = |deposit: &Deposit| {
        deposit.amount == line.amount && (0..=rules.match_days).contains(&days_between(deposit.day, line.value_date))
    };
    let mut equal = (0..open.len()).filter(|at| near(&open[*at]));
    match (equal.next(), equal.next()) {
        (Some(at), None) => Some((at, How::Amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::DepositKind;
    use super::*;
    use jiff::civil::date;
    use kernel::Money;
    use kernel::id::Uuid;

    const RULES: BankRules = BankRules { match_days: 3, missing_days: 3 };

    fn deposit(reference: Option<&str>, day: i8, fen: i64) -> Deposit {
        Deposit {
            id: Uuid::nil(),
            day: date(2016, 9, day),
            kind: DepositKind::Cash,
            till: None,
            cashier: None,
            channel: None,
            reference: reference.map(str::to_owned),
            amount: Money::from_fen(fen),
        }
    }

    fn line(reference: &str, text: &str, day: i8, fen: i64) -> BankLine {
        BankLine {
            id: Uuid::nil(),
            account: "1".into(),
            value_date: date(2016, 9, day),
            amount: Money::from_fen(fen),
            reference: reference.into(),
            text: text.into(),
            matched: false,
        }
    }

    #[test]
    fn a_line_that_names_a_deposit_is_it_when_the_amounts_are_equal() {
        let open = [deposit(Some("S100234"), 5, 10_000), deposit(None, 5, 10_000)];
        assert_eq!(find(&RULES, &line("S100234", "", 20, 10_000), &open), Some((0, How::Reference)));
        assert_eq!(find(&RULES, &line("9", "现金缴款S100234", 20, 10_000), &open), Some((0, How::Reference)));
        assert_eq!(find(&RULES, &line("S100234", "", 6, 9_990), &open), None);
    }

    #[test]
    fn without_a_name_only_a_single_equal_amount_of_the_days_before_is_taken() {
        let open = [deposit(None, 5, 10_000), deposit(None, 5, 20_000), deposit(None, 5, 20_000)];
        assert_eq!(find(&RULES, &line("9", "", 8, 10_000), &open), Some((0, How::Amount)));
        assert_eq!(find(&RULES, &line("9", "", 9, 10_000), &open), None, "too late");
        assert_eq!(find(&RULES, &line("9", "", 4, 10_000), &open), None, "before it went");
        assert_eq!(find(&RULES, &line("9", "", 6, 20_000), &open), None, "two of them");
    }

    #[test]
    fn a_short_reference_is_not_looked_for_in_texts() {
        let open = [deposit(Some("12"), 1, 10_000)];
        assert_eq!(find(&RULES, &line("9", "2016-12-01", 9, 10_000), &open), None);
        assert_eq!(find(&RULES, &line("12", "", 9, 10_000), &open), Some((0, How::Reference)));
    }
}
