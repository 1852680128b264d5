//! What is improbable about a priced draft, seen beside the bills before it.

use kernel::{Energy, Money};

use super::pack::ExceptionRules;
use crate::bill::{Marks, PastBill};
use crate::reading::rules::{Doubt, Finding};

/// A priced draft and what came before it.
#[derive(Debug, Clone, Copy)]
pub struct Priced<'a> {
    pub energy: Energy,
    pub amount: Money,
    pub days: i64,
    pub marks: Marks,
    /// Word of the category of use.
    pub category: &'a str,
}

/// Whether the draft can be an exception at all: only then are its past bills asked for.
pub fn is_remarkable(rules: &ExceptionRules, now: &Priced<'_>) -> bool {
    let Marks { tier, surcharge: _, adjustment, excess, is_estimated } = now.marks;
    tier > 1
        || adjustment > Money::ZERO
        || excess > Money::ZERO
        || is_estimated
        || now.amount < Money::ZERO
        || rules.use_of(now.category).is_some_and(|of| {
            let over = of.above.is_some_and(|limit| exceeds(now.energy, now.days, limit));
            over || of.up_to.is_some_and(|(limit, _)| is_low(now.energy, now.days, limit))
        })
}

/// What is improbable about it. `past` are the standing bills of the twelve months before, in order.
pub fn judge(rules: &ExceptionRules, now: &Priced<'_>, past: &[PastBill]) -> Vec<Finding> {
    let found = [
        negative(now),
        tier_jump(rules, now, past),
        penalty(rules, now, past),
        excess(now),
        estimates(rules, now, past),
        category(rules, now, past),
    ];
    found.into_iter().flatten().collect()
}

/// How much money these doubts are about by themselves, whatever is usual for the account.
pub fn own_stake(doubts: &[Doubt], amount: Money, marks: Option<Marks>) -> Money {
    let of = |doubt: &Doubt| match (doubt, marks) {
        (Doubt::NegativeAmount, _) => Money::from_fen(amount.fen().saturating_abs()),
        (Doubt::TierJump, Some(marks)) => marks.surcharge,
        (Doubt::PowerFactor, Some(marks)) => marks.adjustment,
        (Doubt::DemandExcess, Some(marks)) => marks.excess,
        _ => Money::ZERO,
    };
    doubts.iter().map(of).max().unwrap_or(Money::ZERO)
}

fn negative(now: &Priced<'_>) -> Option<Finding> {
    let amount = now.amount;
    (amount < Money::ZERO).then(|| {
        Finding::new(
            Doubt::NegativeAmount,
            format!("账单金额为 {amount} 元"),
            format!("the bill comes to {amount} yuan"),
        )
    })
}

fn tier_jump(rules: &ExceptionRules, now: &Priced<'_>, past: &[PastBill]) -> Option<Finding> {
    let Marks { tier, surcharge, .. } = now.marks;
    if tier <= 1 || surcharge < rules.tier_floor {
        return None;
    }
    let known: Vec<i64> = past.iter().filter_map(|bill| Some(bill.marks?.tier)).collect();
    let last = past.last().and_then(|bill| Some(bill.marks?.tier));
    if let Some(last) = last.filter(|last| tier >= last + rules.tier_at_once) {
        return Some(Finding::new(
            Doubt::TierJump,
            format!("上期第 {last} 档，本期第 {tier} 档，加价 {surcharge} 元"),
            format!("tier {last} in the bill before, tier {tier} now, with surcharges of {surcharge} yuan"),
        ));
    }
    let (highest, bills) = (known.iter().max()?, i64::try_from(known.len()).unwrap_or(i64::MAX));
    (bills >= rules.tier_bills && tier > *highest).then(|| {
        Finding::new(
            Doubt::TierJump,
            format!("到第 {tier} 档，此前 {bills} 期最高第 {highest} 档，加价 {surcharge} 元"),
            format!("tier {tier}; in {bills} bills before tier {highest} at most; surcharges of {surcharge} yuan"),
        )
    })
}

/// An adjustment that is large, and was not in the bill before.
fn penalty(rules: &ExceptionRules, now: &Priced<'_>, past: &[PastBill]) -> Option<Finding> {
    let adjustment = now.marks.adjustment;
    let was_so = |bill: &PastBill| bill.marks.is_some_and(|marks| is_penalty(rules, bill.amount, marks.adjustment));
    if !is_penalty(rules, now.amount, adjustment) || past.last().is_some_and(was_so) {
        return None;
    }
    let before = past.last().and_then(|bill| bill.marks).map_or(Money::ZERO, |marks| marks.adjustment);
    Some(Finding::new(
        Doubt::PowerFactor,
        format!("功率因数调整增收 {adjustment} 元，上期为 {before} 元"),
        format!("{adjustment} yuan more by the power factor; {before} yuan in the bill before"),
    ))
}

fn is_penalty(rules: &ExceptionRules, amount: Money, adjustment: Money) -> bool {
    let rest = i128::from(amount.fen()) - i128::from(adjustment.fen());
    let by_percent = i128::from(adjustment.fen()) * 100 >= rest * i128::from(rules.power_factor_percent);
    adjustment > Money::ZERO && (adjustment >= rules.power_factor_floor || (rest > 0 && by_percent))
}

fn excess(now: &Priced<'_>) -> Option<Finding> {
    let excess = now.marks.excess;
    (excess > Money::ZERO).then(|| {
        Finding::new(
            Doubt::DemandExcess,
            format!("最大需量超过合同，超出部分 {excess} 元"),
            format!("the demand was above the contract: {excess} yuan for what is above"),
        )
    })
}

fn estimates(rules: &ExceptionRules, now: &Priced<'_>, past: &[PastBill]) -> Option<Finding> {
    let was = |bill: &&PastBill| bill.marks.is_some_and(|marks| marks.is_estimated);
    let before = i64::try_from(past.iter().rev().take_while(was).count()).unwrap_or(i64::MAX - 1);
    let times = before + 1;
    (now.marks.is_estimated && times >= rules.estimates_in_a_row).then(|| {
        Finding::new(
            Doubt::EstimatedAgain,
            format!("已连续 {times} 期按估抄读数计费"),
            format!("billed by estimates {times} times in a row"),
        )
    })
}

/// Told when it becomes so, and not in every month in which it still is.
fn category(rules: &ExceptionRules, now: &Priced<'_>, past: &[PastBill]) -> Option<Finding> {
    let of = rules.use_of(now.category)?;
    let (name, energy, days) = (of.category.label(), now.energy, now.days);
    if let Some(limit) = of.above.filter(|limit| exceeds(energy, days, *limit)) {
        let was_so = past.iter().any(|bill| exceeds(bill.energy, bill.days, limit));
        return (!was_so).then(|| {
            Finding::new(
                Doubt::CategoryUse,
                format!("{} {days} 天用电 {energy} 千瓦时，每月超过 {limit} 千瓦时", name.zh),
                format!("{}: {energy} kWh in {days} days, more than {limit} kWh a month", name.en),
            )
        });
    }
    let (limit, bills) = of.up_to.filter(|(limit, _)| is_low(energy, days, *limit))?;
    let low = past.iter().rev().take_while(|bill| is_low(bill.energy, bill.days, limit)).count();
    (i64::try_from(low).unwrap_or(i64::MAX) == bills - 1).then(|| {
        Finding::new(
            Doubt::CategoryUse,
            format!("{}连续 {bills} 期每月用电不超过 {limit} 千瓦时，像居民用电", name.zh),
            format!("{}: at most {limit} kWh a month in {bills} bills in a row, like a household", name.en),
        )
    })
}

/// More than `limit` in a month of thirty days.
fn exceeds(energy: Energy, days: i64, limit: Energy) -> bool {
    i128::from(energy.wh()) * 30 > i128::from(limit.wh()) * i128::from(days.max(1))
}

fn is_low(energy: Energy, days: i64, limit: Energy) -> bool {
    energy > Energy::ZERO && !exceeds(energy, days, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exception::rules::pack::CategoryUse;
    use crate::supply::UsageCategory;

    pub fn rules() -> ExceptionRules {
        let use_of = |category, above, up_to| CategoryUse { category, above, up_to };
        ExceptionRules {
            swing_percent: 250,
            swing_floor: Energy::from_kwh(200),
            swing_peers: 20,
            tier_bills: 6,
            tier_at_once: 2,
            tier_floor: Money::from_fen(2000),
            power_factor_percent: 5,
            power_factor_floor: Money::from_fen(30_000),
            estimates_in_a_row: 3,
            decide_before_issue: Vec::new(),
            uses: vec![
                use_of(UsageCategory::Resident, Some(Energy::from_kwh(3000)), None),
                use_of(UsageCategory::Trade, None, Some((Energy::from_kwh(150), 6))),
            ],
            reasons: Vec::new(),
        }
    }

    const PLAIN: Marks =
        Marks { tier: 1, surcharge: Money::ZERO, adjustment: Money::ZERO, excess: Money::ZERO, is_estimated: false };

    fn bill(kwh: i64, yuan: i64, marks: Marks) -> PastBill {
        let cycle = "2016-07".parse().expect("a month");
        let (energy, amount) = (Energy::from_kwh(kwh), Money::from_fen(yuan * 100));
        PastBill { cycle, energy, amount, days: 30, marks: Some(marks) }
    }

    fn now(kwh: i64, yuan: i64, marks: Marks) -> Priced<'static> {
        let (energy, amount) = (Energy::from_kwh(kwh), Money::from_fen(yuan * 100));
        Priced { energy, amount, days: 30, marks, category: "200" }
    }

    fn words(now: &Priced<'_>, past: &[PastBill]) -> Vec<&'static str> {
        let found: Vec<&str> = judge(&rules(), now, past).iter().map(|finding| finding.doubt.word()).collect();
        assert!(found.is_empty() || is_remarkable(&rules(), now), "{now:?} would not be looked at");
        found
    }

    fn tier(tier: i64) -> Marks {
        Marks { tier, surcharge: Money::from_fen(if tier > 1 { 2000 } else { 0 }), ..PLAIN }
    }

    #[test]
    fn a_tier_is_a_jump_where_it_is_new_in_enough_bills_or_two_at_once() {
        let of = |now_tier, past: &[i64]| {
            let past: Vec<PastBill> = past.iter().map(|of| bill(100, 60, tier(*of))).collect();
            words(&now(300, 200, tier(now_tier)), &past)
        };
        let jump = vec!["tier-jump"];
        assert_eq!(of(2, &[1; 5]), [""; 0], "five bills do not tell what is usual");
        assert_eq!(of(2, &[1; 6]), jump);
        assert_eq!(of(2, &[1; 7]), jump);
        assert_eq!(of(2, &[2, 1, 1, 1, 1, 1]), [""; 0], "it was there last summer");
        assert_eq!(of(3, &[2, 1, 1, 1, 1, 2]), jump);
        assert_eq!(of(3, &[1]), jump, "two tiers at once");
        assert_eq!(of(2, &[1]), [""; 0]);
        assert_eq!(of(3, &[3, 3, 3, 3, 3, 1]), jump, "two at once, though it was there before");
        assert_eq!(of(3, &[]), [""; 0]);
        assert_eq!(of(1, &[1; 12]), [""; 0]);
        let unknown = PastBill { marks: None, ..bill(100, 60, PLAIN) };
        assert_eq!(words(&now(300, 200, tier(3)), &[unknown; 12]), [""; 0], "bills from before tell nothing");
        let little = Marks { surcharge: Money::from_fen(1999), ..tier(3) };
        assert_eq!(words(&now(300, 200, little), &[bill(100, 60, PLAIN)]), [""; 0]);
    }

    #[test]
    fn a_penalty_is_told_when_it_is_large_by_either_measure_and_new() {
        let of = |yuan, fen| now(9000, yuan, Marks { adjustment: Money::from_fen(fen), ..PLAIN });
        // 5 percent of 1000 yuan are 50.
        assert_eq!(words(&Priced { amount: Money::from_fen(104_999), ..of(0, 4999) }, &[]), ["category-use"]);
        let told = |priced: Priced<'static>, past: &[PastBill]| words(&Priced { category: "100", ..priced }, past);
        assert_eq!(told(Priced { amount: Money::from_fen(104_999), ..of(0, 4999) }, &[]), [""; 0]);
        assert_eq!(told(Priced { amount: Money::from_fen(105_000), ..of(0, 5000) }, &[]), ["power-factor"]);
        assert_eq!(told(Priced { amount: Money::from_fen(105_001), ..of(0, 5001) }, &[]), ["power-factor"]);
        assert_eq!(told(of(100_000, 29_999), &[]), [""; 0]);
        assert_eq!(told(of(100_000, 30_000), &[]), ["power-factor"]);
        assert_eq!(told(of(100_000, -30_000), &[]), [""; 0], "a reward");
        let before = |fen| bill(9000, 100_000, Marks { adjustment: Money::from_fen(fen), ..PLAIN });
        assert_eq!(told(of(100_000, 40_000), &[before(30_000)]), [""; 0], "it was so before");
        assert_eq!(told(of(100_000, 40_000), &[before(30_000), before(29_999)]), ["power-factor"]);
    }

    #[test]
    fn every_excess_and_every_negative_amount_is_told() {
        let excess = |fen| Marks { excess: Money::from_fen(fen), ..PLAIN };
        assert_eq!(words(&now(100, 60, excess(1)), &[bill(100, 60, excess(1))]), ["demand-excess"]);
        assert_eq!(words(&now(100, 60, excess(0)), &[]), [""; 0]);
        assert_eq!(words(&Priced { amount: Money::from_fen(-1), ..now(100, 0, PLAIN) }, &[]), ["negative-amount"]);
        assert_eq!(words(&now(100, 0, PLAIN), &[]), [""; 0]);
    }

    #[test]
    fn estimates_in_a_row_are_counted_back_from_this_bill() {
        let estimated = Marks { is_estimated: true, ..PLAIN };
        let of = |past: &[bool]| {
            let marks = |is: &bool| if *is { estimated } else { PLAIN };
            let past: Vec<PastBill> = past.iter().map(|is| bill(100, 60, marks(is))).collect();
            words(&now(100, 60, estimated), &past)
        };
        assert_eq!(of(&[true]), [""; 0]);
        assert_eq!(of(&[true, true]), ["estimated-again"]);
        assert_eq!(of(&[true, true, true]), ["estimated-again"]);
        assert_eq!(of(&[true, true, false]), [""; 0]);
        assert_eq!(of(&[true, false, true]), [""; 0]);
        assert_eq!(words(&now(100, 60, PLAIN), &[bill(100, 60, estimated); 5]), [""; 0], "it was read");
    }

    #[test]
    fn a_use_unlike_its_category_is_told_when_it_becomes_so() {
        let plain = |kwh| bill(kwh, 60, PLAIN);
        assert_eq!(words(&now(3000, 60, PLAIN), &[]), [""; 0]);
        assert_eq!(words(&now(3001, 60, PLAIN), &[plain(200)]), ["category-use"]);
        assert_eq!(words(&now(3001, 60, PLAIN), &[plain(3001), plain(200)]), [""; 0], "it was told before");
        let shop = |kwh, low: usize, before: &[i64]| {
            let mut past: Vec<PastBill> = before.iter().map(|kwh| plain(*kwh)).collect();
            past.extend(vec![plain(150); low]);
            words(&Priced { category: "405", ..now(kwh, 60, PLAIN) }, &past)
        };
        assert_eq!(shop(150, 4, &[900]), [""; 0]);
        assert_eq!(shop(150, 5, &[900]), ["category-use"]);
        assert_eq!(shop(150, 6, &[900]), [""; 0], "it was told a month ago");
        assert_eq!(shop(150, 5, &[]), ["category-use"]);
        assert_eq!(shop(151, 5, &[900]), [""; 0]);
        assert_eq!(shop(0, 5, &[900]), [""; 0], "no use is told otherwise");
        assert_eq!(shop(150, 5, &[0]), ["category-use"]);
    }

    #[test]
    fn a_finding_is_about_its_own_money_at_least() {
        let marks = Marks {
            tier: 3,
            surcharge: Money::from_fen(5000),
            adjustment: Money::from_fen(7000),
            excess: Money::from_fen(9000),
            is_estimated: false,
        };
        let stake = |doubts: &[Doubt]| own_stake(doubts, Money::from_fen(-100), Some(marks)).fen();
        assert_eq!(stake(&[Doubt::TierJump]), 5000);
        assert_eq!(stake(&[Doubt::TierJump, Doubt::PowerFactor]), 7000);
        assert_eq!(stake(&[Doubt::DemandExcess, Doubt::PowerFactor]), 9000);
        assert_eq!(stake(&[Doubt::NegativeAmount]), 100);
        assert_eq!(stake(&[Doubt::Spike]), 0);
    }
}
