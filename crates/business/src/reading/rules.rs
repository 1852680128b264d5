//! What makes a reading or a use doubtful 异常: rules whose thresholds are dated configuration.
//!
//! Nothing here refuses anything. What is found is shown to a person; only a register that went
//! backwards stops a bill, because there is no amount that could be right.

use kernel::time::days_between;
use kernel::{Capacity, Date, Energy, Month, Text, words};
use platform::packs::{self, Packs};
use platform::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::{Reading, ReadingKind};
use crate::metering::{Count, Meter};

words! {
    /// What was noticed.
    pub enum Doubt {
        Missing = "missing" ("缺少读数", "no reading"),
        Negative = "negative" ("读数倒走", "reading went backwards"),
        Unpriced = "unpriced" ("无法定价", "no price"),
        LongPeriod = "long-period" ("跨月补抄", "more than one month"),
        OverCapacity = "over-capacity" ("电量超过容量可能", "more than the capacity allows"),
        Spike = "spike" ("电量突增", "sudden rise"),
        Constant = "constant" ("日用量恒定且极小", "constant trivial use"),
        Vacancy = "vacancy" ("零电量", "no use"),
        Rollover = "rollover" ("表计翻转", "register started again at zero"),
        TotalMismatch = "total-mismatch" ("分时与总电量不符", "periods differ from the total"),
        Estimated = "estimated" ("估抄", "estimated"),
        Undecided = "undecided" ("疑义未复核", "doubt not decided"),
        Swing = "swing" ("与同期同类不符", "unlike its season and peers"),
        TierJump = "tier-jump" ("阶梯跳档", "jump of tier"),
        PowerFactor = "power-factor" ("力调罚款", "power-factor penalty"),
        DemandExcess = "demand-excess" ("需量超合同", "demand over the contract"),
        NegativeAmount = "negative-amount" ("电费为负", "negative amount"),
        EstimatedAgain = "estimated-again" ("连续估抄", "estimated again and again"),
        CategoryUse = "category-use" ("用量与类别不符", "use unlike its category"),
        Held = "held" ("暂缓后有变化", "changed since it was held"),
    }
}

impl Doubt {
    /// Whether a bill cannot be issued while this stands.
    pub fn blocks(self) -> bool {
        matches!(self, Doubt::Missing | Doubt::Negative | Doubt::Unpriced | Doubt::Undecided)
    }

    /// What it may mean, for whoever decides about it.
    pub fn meaning(self) -> Text {
        let (zh, en) = match self {
            Doubt::Missing => (
                "本月没有读数：请补抄、估抄或安排重抄",
                "nothing was read this month: read it, estimate it, or send somebody",
            ),
            Doubt::Negative => (
                "读数小于上次，且不可能是翻转：多为抄错、换表未登记或接线错误",
                "lower than before and no rollover: misread, a change of meter not on record, or wrong wiring",
            ),
            Doubt::Unpriced => (
                "电价对该户没有规定：请更正档案或电价",
                "the tariff says nothing for it: correct the archive or the tariff",
            ),
            Doubt::LongPeriod => {
                ("跨越多个月：请核对是否漏抄", "more than one month: look whether a reading was left out")
            }
            Doubt::OverCapacity => (
                "超过容量满载可能的电量：多为抄错、倍率错误或超容用电",
                "more than full load all day: misread, a wrong multiplier, or more load than agreed",
            ),
            Doubt::Spike => (
                "日均用电比上期突增：季节、用途变化，或抄错、串户",
                "a sudden rise a day: the season, another use, or a misread or swapped meter",
            ),
            Doubt::Constant => (
                "每日用量恒定且极小：空置、表计停走，或通信默认值",
                "the same trivial use every day: vacant, a stuck meter, or a default of the transmission",
            ),
            Doubt::Vacancy => ("没有用电：空置，或表计停走、窃电", "no use: vacant, or a stopped meter or theft"),
            Doubt::Rollover => {
                ("表码已过最大值从零开始：请核对是否抄错", "started again at zero: look whether it was misread")
            }
            Doubt::TotalMismatch => (
                "各时段之和与总电量不符：请核对各计度器",
                "the periods do not add up to the total: compare the registers",
            ),
            Doubt::Estimated => ("按估抄读数计费：请尽快实抄", "billed by an estimate: read it soon"),
            Doubt::Undecided => {
                ("读数存疑，尚未复核：请先在抄表复核中处理", "a doubtful reading nobody decided about: decide it first")
            }
            Doubt::Swing => (
                "与去年同期及同类用户的变化相差悬殊：核对读数、倍率、用途",
                "far from the same season and from what its peers did: look at reading, multiplier and use",
            ),
            Doubt::TierJump => (
                "到达十二个月来未到过的阶梯，或一次跳过一档：核对用量和人口",
                "a tier it has not reached for a year, or past one at once: look at use and household",
            ),
            Doubt::PowerFactor => (
                "功率因数调整新增较大罚款：核对无功读数，提醒客户投补偿",
                "a new penalty by the power factor: look at the reactive reading, tell the customer",
            ),
            Doubt::DemandExcess => (
                "最大需量超过合同：核对需量读数，提醒客户变更合同",
                "demand above the contract: look at the demand reading, tell the customer",
            ),
            Doubt::NegativeAmount => (
                "账单金额为负：多为读数更正、减免或力调奖励过大",
                "the bill pays the customer: a correction, a relief or a reward too large",
            ),
            Doubt::EstimatedAgain => {
                ("已连续多次按估抄计费：须安排实抄", "billed by estimates again and again: it must be read")
            }
            Doubt::CategoryUse => (
                "用量不像该用电类别：核对用途和执行电价",
                "such a use is not of its category: look at what it is used for, and at the tariff",
            ),
            Doubt::Held => ("暂缓发行后数据已变化：请重新决定", "it changed after it was held: decide again"),
        };
        Text::new(zh, en)
    }
}

/// A doubt about something, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub doubt: Doubt,
    pub text: Text,
}

impl Finding {
    pub fn new(doubt: Doubt, zh: impl Into<String>, en: impl Into<String>) -> Finding {
        Finding { doubt, text: Text::new(zh.into(), en.into()) }
    }
}

/// Thresholds; see `packs/billing/rules.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRules {
    pub hours_per_day: i64,
    pub spike_times: i64,
    pub spike_floor: Energy,
    pub trivial_per_day: Energy,
    pub total_tolerance: Energy,
    pub rollover_percent: i64,
    /// A reading with such a doubt is not billed before somebody decided about it.
    pub hold_until_decided: Vec<Doubt>,
}

pub const PACK: &str = "billing/rules.toml";

#[derive(Clone, Deserialize)]
struct Pack {
    review: Vec<ReviewPack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewPack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    #[allow(dead_code)] // for people who read the pack
    source: String,
    hours_per_day: i64,
    spike_times: i64,
    spike_floor_kwh: String,
    trivial_kwh_per_day: String,
    total_tolerance_kwh: String,
    rollover_percent_of_range: i64,
    #[serde(default)]
    hold_until_decided: Vec<Doubt>,
}

impl ReviewRules {
    /// The thresholds that hold at the end of `month`.
    pub fn of(packs: &Packs, month: Month) -> Result<ReviewRules> {
        let pack: Pack = packs.read(PACK)?;
        let rules = packs::latest(PACK, pack.review, |rules| rules.from, month.last_day())?;
        let energy = |text: &str| {
            Energy::parse_kwh(text).map_err(|_| Fault::impossible(format!("{PACK}: \"{text}\" is not an energy")))
        };
        Ok(ReviewRules {
            hours_per_day: rules.hours_per_day,
            spike_times: rules.spike_times,
            spike_floor: energy(&rules.spike_floor_kwh)?,
            trivial_per_day: energy(&rules.trivial_kwh_per_day)?,
            total_tolerance: energy(&rules.total_tolerance_kwh)?,
            rollover_percent: rules.rollover_percent_of_range,
            hold_until_decided: rules.hold_until_decided,
        })
    }

    /// What `capacity` can carry in so many days.
    fn most(&self, capacity: Capacity, days: i64) -> i128 {
        capacity.energy_in(self.hours_per_day) * i128::from(days.max(1))
    }
}

/// A register between two of its states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: (Date, Count),
    pub to: (Date, Count),
    pub digits: u32,
    pub multiplier: i64,
}

impl Stretch {
    pub fn days(&self) -> i64 {
        days_between(self.from.0, self.to.0)
    }
}

/// What a register counted over a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Forward(Energy),
    /// It passed its highest value and started again at zero.
    RolledOver(Energy),
    /// It went backwards, or counted more than can be billed.
    Impossible,
}

impl Counted {
    pub fn energy(self) -> Option<Energy> {
        match self {
            Counted::Forward(energy) | Counted::RolledOver(energy) => Some(energy),
            Counted::Impossible => None,
        }
    }
}

/// The energy of a stretch. A lower state is a rollover when the way over zero is one that the
/// register can have gone: not more than its share of the range, and not more than the capacity
/// carries in the time. Otherwise it went backwards.
pub fn counted(rules: &ReviewRules, stretch: &Stretch, capacity: Option<Capacity>) -> Counted {
    let ((_, from), (_, to)) = (stretch.from, stretch.to);
    if to >= from {
        return to.energy_since(from, stretch.multiplier).map_or(Counted::Impossible, Counted::Forward);
    }
    let range = Count::end_of(stretch.digits);
    let over = Count::from_thousandths(to.thousandths() + range.thousandths());
    let way = over.thousandths() - from.thousandths();
    let within_share = i128::from(way) * 100 <= i128::from(range.thousandths()) * i128::from(rules.rollover_percent);
    let energy = over.energy_since(from, stretch.multiplier);
    match energy {
        Some(energy)
            if within_share
                && capacity.is_none_or(|capacity| i128::from(energy.wh()) <= rules.most(capacity, stretch.days())) =>
        {
            Counted::RolledOver(energy)
        }
        _ => Counted::Impossible,
    }
}

/// Use of some days, to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub energy: Energy,
    pub days: i64,
}

impl Use {
    /// The average of a day, to the Wh.
    pub fn per_day(self) -> Energy {
        let wh = kernel::decimal::divide_half_away(i128::from(self.energy.wh()), i128::from(self.days.max(1)));
        Energy::from_wh(i64::try_from(wh).unwrap_or(i64::MAX))
    }

    fn per_day_exceeds(self, times: i64, other: Use) -> bool {
        i128::from(self.energy.wh()) * i128::from(other.days)
            > i128::from(other.energy.wh()) * i128::from(times) * i128::from(self.days)
    }

    fn same_per_day(self, other: Use) -> bool {
        i128::from(self.energy.wh()) * i128::from(other.days) == i128::from(other.energy.wh()) * i128::from(self.days)
    }
}

/// What is improbable about a use, given what came before it.
pub fn doubts(rules: &ReviewRules, now: Use, before: Option<Use>, capacity: Option<Capacity>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Use { energy, days } = now;
    if let Some(capacity) = capacity
        && i128::from(energy.wh()) > rules.most(capacity, days)
    {
        findings.push(Finding::new(
            Doubt::OverCapacity,
            format!("{days} 天用电 {energy} 千瓦时，超过 {capacity} 千伏安每日满载 {} 小时的电量", rules.hours_per_day),
            format!(
                "{energy} kWh in {days} days are more than {capacity} kVA carry in {} hours a day",
                rules.hours_per_day
            ),
        ));
    }
    if energy == Energy::ZERO {
        findings.push(Finding::new(Doubt::Vacancy, format!("{days} 天没有用电"), format!("no use in {days} days")));
        return findings;
    }
    let before = before.filter(|before| before.days > 0);
    if let Some(before) = before.filter(|before| rises(rules, now, *before)) {
        findings.push(Finding::new(
            Doubt::Spike,
            format!(
                "{days} 天用电 {energy} 千瓦时，日均超过上期（{} 天 {} 千瓦时）的 {} 倍",
                before.days, before.energy, rules.spike_times
            ),
            format!(
                "{energy} kWh in {days} days: more than {} times a day what it was before ({} kWh in {} days)",
                rules.spike_times, before.energy, before.days
            ),
        ));
    }
    if is_constant(rules, now, before) {
        findings.push(Finding::new(
            Doubt::Constant,
            format!("日用量恒定且极小（{days} 天 {energy} 千瓦时），疑为空置、停走或通信默认值"),
            format!("the same trivial use every day ({energy} kWh in {days} days): vacant, stuck, or a default of the transmission"),
        ));
    }
    findings
}

/// What is improbable about a reading, seen from the states before it.
pub fn judge(
    rules: &ReviewRules,
    meter: &Meter,
    reading: &Reading,
    earlier: &[(Date, Count, ReadingKind)],
    capacity: Option<Capacity>,
) -> Vec<Finding> {
    if !reading.register.is_active_energy() {
        return Vec::new();
    }
    let Some(register) = meter.register(reading.register) else {
        return Vec::new();
    };
    let opening = (meter.installed_on, register.opening);
    let state = |back: usize| match earlier.len().checked_sub(back) {
        Some(at) if at < earlier.len() => Some((earlier[at].0, earlier[at].1)),
        // The opening counts as the state before the first reading, as long as that lies in view.
        Some(0) | None if back == earlier.len() + 1 => Some(opening),
        _ => None,
    };
    let stretch = |from: (Date, Count), to| Stretch { from, to, digits: register.digits, multiplier: meter.multiplier };
    let Some(last) = state(1) else {
        return Vec::new();
    };
    let now = stretch(last, (reading.read_on, reading.value));
    let energy = match counted(rules, &now, capacity) {
        Counted::Forward(energy) => energy,
        Counted::RolledOver(energy) => {
            let zh = format!("读数 {} 小于上次 {}，按翻转计 {energy} 千瓦时", reading.value, last.1);
            let en = format!("{} is lower than {} before: taken as a rollover of {energy} kWh", reading.value, last.1);
            return vec![Finding::new(Doubt::Rollover, zh, en)];
        }
        Counted::Impossible => {
            let zh = format!("读数 {} 小于上次（{}）的 {}，且不可能是翻转", reading.value, last.0, last.1);
            let en = format!("{} is lower than {} on {}, and it cannot be a rollover", reading.value, last.1, last.0);
            return vec![Finding::new(Doubt::Negative, zh, en)];
        }
    };
    let before = state(2).and_then(|earlier| {
        let before = stretch(earlier, last);
        Some(Use { energy: counted(rules, &before, capacity).energy()?, days: before.days() })
    });
    doubts(rules, Use { energy, days: now.days() }, before, capacity)
}

fn rises(rules: &ReviewRules, now: Use, before: Use) -> bool {
    let floor = Use { energy: rules.spike_floor, days: 30 };
    now.per_day_exceeds(rules.spike_times, before) && now.per_day_exceeds(1, floor)
}

/// Trivial use that is the same a day as before; without a before, exactly the trivial use.
fn is_constant(rules: &ReviewRules, now: Use, before: Option<Use>) -> bool {
    let trivial = Use { energy: rules.trivial_per_day, days: 1 };
    !now.per_day_exceeds(1, trivial) && now.same_per_day(before.unwrap_or(trivial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rules() -> ReviewRules {
        ReviewRules {
            hours_per_day: 24,
            spike_times: 5,
            spike_floor: Energy::from_kwh(300),
            trivial_per_day: Energy::from_kwh(1),
            total_tolerance: Energy::from_kwh(2),
            rollover_percent: 50,
            hold_until_decided: Vec::new(),
        }
    }

    fn stretch(from: i64, to: i64, digits: u32) -> Stretch {
        let state = |on, kwh: i64| (on, Count::from_thousandths(kwh * 1000));
        Stretch { from: state(date(2016, 7, 31), from), to: state(date(2016, 8, 31), to), digits, multiplier: 1 }
    }

    #[test]
    fn a_lower_state_is_a_rollover_only_when_the_way_over_zero_is_possible() {
        let resident = Some(Capacity::from_va(8000));
        let table = [
            (stretch(100, 400, 5), resident, Counted::Forward(Energy::from_kwh(300))),
            (stretch(999_850, 120, 6), resident, Counted::RolledOver(Energy::from_kwh(270))),
            // 8 kVA carry 5 952 kWh in 31 days.
            (stretch(94_048, 0, 5), resident, Counted::RolledOver(Energy::from_kwh(5952))),
            (stretch(94_047, 0, 5), resident, Counted::Impossible),
            (stretch(500, 400, 5), resident, Counted::Impossible),
            // Without a capacity half the range is the limit.
            (stretch(50_000, 0, 5), None, Counted::RolledOver(Energy::from_kwh(50_000))),
            (stretch(49_999, 0, 5), None, Counted::Impossible),
        ];
        for (stretch, capacity, expected) in table {
            assert_eq!(counted(&rules(), &stretch, capacity), expected, "{stretch:?}");
        }
    }

    #[test]
    fn improbable_use_is_named_and_probable_use_is_not() {
        let of = |kwh, days| Use { energy: Energy::from_kwh(kwh), days };
        let capacity = Some(Capacity::from_va(1000));
        let table: [(Use, Option<Use>, &[Doubt]); 10] = [
            (of(744, 31), None, &[]),
            (of(745, 31), None, &[Doubt::OverCapacity]),
            (of(0, 31), Some(of(100, 30)), &[Doubt::Vacancy]),
            (of(31, 31), Some(of(30, 30)), &[Doubt::Constant]),
            (of(62, 31), Some(of(60, 30)), &[]),
            (of(31, 31), None, &[Doubt::Constant]),
            (of(30, 31), None, &[]),
            (of(501, 31), Some(of(60, 31)), &[Doubt::Spike]),
            (of(300, 31), Some(of(60, 31)), &[]),
            (of(250, 31), Some(of(10, 31)), &[]),
        ];
        for (now, before, expected) in table {
            let found: Vec<Doubt> =
                doubts(&rules(), now, before, capacity).into_iter().map(|finding| finding.doubt).collect();
            assert_eq!(found, expected, "{now:?} after {before:?}");
        }
    }
}
