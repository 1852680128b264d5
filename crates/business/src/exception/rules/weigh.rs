//! How soon a person should look at an account about which a trial found something.
//!
//! ```text
//!   weight = likelihood × stake
//! ```
//!
//! **Likelihood** that something is wrong, 0 to 100: that of its gravest doubt, 5 more for each further
//! one, and 10 more for each doubling of the distance between the daily use now and the usual (up to
//! three times). **Stake**: how far the amount is from the usual one for as many days, and at least what
//! its findings are about by themselves, a penalty for instance; for a bill that cannot be computed,
//! the whole usual amount of the month. Usual is what the standing bills of the
//! last twelve months say, taken together.

use kernel::{Energy, Money, Text};

use crate::bill::{PastBill, Weight};
use crate::reading::rules::Doubt;

/// What a draft came to.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub energy: Energy,
    pub amount: Money,
    pub days: i64,
}

/// How a weight came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighing {
    pub weight: Weight,
    gravest: Option<Doubt>,
    further: i64,
    doublings: i64,
    usual: Money,
    now: Option<Money>,
    own: Money,
}

const CERTAIN: i64 = 100;
const FOR_EACH_FURTHER: i64 = 5;
const FOR_EACH_DOUBLING: i64 = 10;
const DOUBLINGS: i64 = 3;

/// Of a hundred accounts with this doubt alone, in how many something is wrong, as billing officers
/// find it.
fn base(doubt: Doubt) -> i64 {
    match doubt {
        Doubt::Missing | Doubt::Unpriced => 100,
        Doubt::Negative => 95,
        Doubt::NegativeAmount => 90,
        Doubt::OverCapacity => 85,
        Doubt::TotalMismatch => 65,
        Doubt::Undecided => 60,
        Doubt::EstimatedAgain => 55,
        Doubt::Spike | Doubt::Held => 50,
        Doubt::Swing => 45,
        Doubt::Rollover | Doubt::CategoryUse => 40,
        Doubt::DemandExcess | Doubt::PowerFactor => 35,
        Doubt::Estimated | Doubt::TierJump => 30,
        Doubt::LongPeriod => 25,
        Doubt::Constant => 20,
        Doubt::Vacancy => 15,
    }
}

/// Weighs the doubts about an account. `now` is None when its bill cannot be computed; a month has
/// `month_days`; `own` is what the findings are about by themselves.
pub fn weigh(doubts: &[Doubt], now: Option<Now>, past: &[PastBill], month_days: i64, own: Money) -> Weighing {
    let gravest = doubts.iter().copied().max_by_key(|doubt| base(*doubt));
    let further = i64::try_from(doubts.len()).unwrap_or(i64::MAX).saturating_sub(1).max(0);
    let doublings = now.map_or(0, |now| doublings(now, past));
    let usual = usual_amount(past, now.map_or(month_days, |now| now.days));
    let stake = now.map_or(usual, |now| Money::from_fen((now.amount.fen() - usual.fen()).abs())).max(own);
    let likelihood = gravest.map_or(0, base) + further * FOR_EACH_FURTHER + doublings * FOR_EACH_DOUBLING;
    let weight = Weight { likelihood: likelihood.min(CERTAIN), stake };
    Weighing { weight, gravest, further, doublings, usual, now: now.map(|now| now.amount), own }
}

impl Weighing {
    /// Why it stands where it stands, in words.
    pub fn explain(&self) -> Text {
        let Weighing { weight: Weight { likelihood, stake }, further, doublings, usual, .. } = *self;
        let Some(gravest) = self.gravest else { return Text::new("", "") };
        let (name, share) = (gravest.label(), base(gravest));
        let mut zh = format!("可能性 {likelihood}：{} {share}", name.zh);
        let mut en = format!("likelihood {likelihood}: {} {share}", name.en);
        if further > 0 {
            let more = further * FOR_EACH_FURTHER;
            zh += &format!("，另 {further} 项 +{more}");
            en += &format!(", {further} more +{more}");
        }
        if doublings > 0 {
            let (times, more) = (1_i64 << doublings, doublings * FOR_EACH_DOUBLING);
            zh += &format!("，日用量与平时相差 {times} 倍以上 +{more}");
            en += &format!(", at least {times} times from the usual daily use +{more}");
        }
        zh += &format!("；涉及 {stake} 元：");
        en += &format!("; {stake} yuan at stake: ");
        let (zh_money, en_money) = match self.now {
            _ if self.own == stake && stake > Money::ZERO => {
                ("异常项本身的金额".to_owned(), "what the finding itself comes to".to_owned())
            }
            Some(now) => {
                (format!("本期 {now}，平时同样天数 {usual}"), format!("{now} now, {usual} usual for as many days"))
            }
            None => (
                "无法计费，为平时一个月的电费".to_owned(),
                "it cannot be billed, and so much is usual for a month".to_owned(),
            ),
        };
        Text::new(zh + &zh_money, en + &en_money)
    }
}

/// What the past bills would make of so many days; half a fen goes up.
fn usual_amount(past: &[PastBill], days: i64) -> Money {
    let of_days: i64 = past.iter().map(|bill| bill.days).sum();
    if of_days <= 0 {
        return Money::ZERO;
    }
    let amount: i128 = past.iter().map(|bill| i128::from(bill.amount.fen())).sum();
    let fen = (2 * amount * i128::from(days) + i128::from(of_days)).div_euclid(2 * i128::from(of_days));
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX))
}

/// How many times the daily use must be doubled, or halved, to come to the usual one.
fn doublings(now: Now, past: &[PastBill]) -> i64 {
    let of_days: i64 = past.iter().map(|bill| bill.days).sum();
    let energy: i128 = past.iter().map(|bill| i128::from(bill.energy.wh())).sum();
    if of_days <= 0 || now.days <= 0 || (energy <= 0 && now.energy.wh() <= 0) {
        return 0;
    }
    let ours = i128::from(now.energy.wh()) * i128::from(of_days);
    let usual = energy * i128::from(now.days);
    let (small, large) = (ours.min(usual).max(0), ours.max(usual));
    (1..=DOUBLINGS).take_while(|times| large >= small << times).last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(months: usize, kwh: i64, yuan: i64) -> Vec<PastBill> {
        let cycle = "2016-07".parse().expect("a month");
        let (energy, amount) = (Energy::from_kwh(kwh), Money::from_fen(yuan * 100));
        let bill = PastBill { cycle, energy, amount, days: 30, marks: None };
        vec![bill; months]
    }

    fn now(kwh: i64, yuan: i64) -> Option<Now> {
        Some(Now { energy: Energy::from_kwh(kwh), amount: Money::from_fen(yuan * 100), days: 30 })
    }

    #[test]
    fn likelihood_grows_with_gravity_number_and_distance() {
        let table: [(&[Doubt], Option<Now>, usize, i64); 9] = [
            (&[Doubt::Vacancy], now(0, 0), 0, 15),
            (&[Doubt::Spike], now(199, 100), 12, 50),
            (&[Doubt::Spike], now(200, 100), 12, 60),
            (&[Doubt::Spike], now(400, 100), 12, 70),
            (&[Doubt::Spike], now(80_000, 100), 12, 80),
            (&[Doubt::Vacancy], now(0, 0), 12, 45),
            (&[Doubt::Spike, Doubt::Estimated], now(100, 50), 12, 55),
            (&[Doubt::Missing, Doubt::Negative], None, 12, 100),
            (&[Doubt::Negative], None, 0, 95),
        ];
        for (doubts, now, months, expected) in table {
            let weighing = weigh(doubts, now, &past(months, 100, 50), 31, Money::ZERO);
            assert_eq!(weighing.weight.likelihood, expected, "{doubts:?} {now:?}");
        }
    }

    #[test]
    fn what_is_at_stake_is_the_distance_from_the_usual_amount_of_as_many_days() {
        let weighing = |now, months, days, own| weigh(&[Doubt::Spike], now, &past(months, 100, 60), days, own);
        let stake = |now, months, days| weighing(now, months, days, Money::ZERO).weight.stake.to_string();
        assert_eq!(stake(now(500, 300), 12, 31), "240.00");
        assert_eq!(stake(now(0, 0), 3, 31), "60.00");
        assert_eq!(stake(now(500, 300), 0, 31), "300.00", "without history all of it");
        assert_eq!(stake(None, 12, 31), "62.00", "a month without a bill is at stake as a whole");
        assert_eq!(stake(None, 0, 31), "0.00");
        let own = |fen| weighing(now(500, 300), 12, 31, Money::from_fen(fen)).weight.stake.to_string();
        assert_eq!((own(23_999), own(24_001)), ("240.00".to_owned(), "240.01".to_owned()), "a finding's own money");
    }

    #[test]
    fn a_weight_is_told_in_words() {
        let told = |doubts: &[Doubt], now, own| {
            weigh(doubts, now, &past(12, 100, 60), 31, Money::from_fen(own)).explain().en.into_owned()
        };
        assert_eq!(
            told(&[Doubt::Spike, Doubt::Estimated], now(500, 300), 0),
            "likelihood 75: sudden rise 50, 1 more +5, at least 4 times from the usual daily use +20; \
             240.00 yuan at stake: 300.00 now, 60.00 usual for as many days"
        );
        assert_eq!(
            told(&[Doubt::Missing], None, 0),
            "likelihood 100: no reading 100; 62.00 yuan at stake: it cannot be billed, and so much is usual for a month"
        );
        assert_eq!(
            told(&[Doubt::PowerFactor], now(100, 60), 5000),
            "likelihood 35: power-factor penalty 35; 50.00 yuan at stake: what the finding itself comes to"
        );
    }
}
