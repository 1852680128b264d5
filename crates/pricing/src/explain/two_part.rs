//! What industry and trade pay beside energy, in plain words.

use kernel::price::{Kwh, MONTH};
use kernel::{Price, Rate, Register, Text};

use crate::rules::{Case, Charge, Lost, Priced};
use crate::tariff::{Band, Basic, Composition, DemandMode, ExcessBase, PowerFactor, Version};

/// Hundredths as a factor is written: 0.80.
struct Hundredths(u8);

impl std::fmt::Display for Hundredths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The losses that were added to the use.
pub(super) fn losses(version: &Version, case: &Case, lost: &Lost) -> Option<Text> {
    let (rule, supply) = (version.loss.as_ref()?, case.supply.as_deref()?);
    let transformer = supply.transformer?;
    let copper = rule.copper_rate(lost.is_high).percent();
    let (p0, hours, total) = (transformer.no_load, transformer.hours, lost.total());
    let line = |zh: bool| match transformer.line {
        Some(rate) if zh => format!("，线损 {}% = {} 千瓦时", rate.percent(), lost.line),
        Some(rate) => format!(", line loss {}% = {} kWh", rate.percent(), lost.line),
        None => String::new(),
    };
    Some(Text::new(
        format!(
            "低压侧计量，加计损耗：铁损 {p0} 千瓦 × {hours} 小时 = {} 千瓦时，铜损为电量的 {copper}% = {} 千瓦时{}；共 {total} 千瓦时，按各时段电量分摊。依据：{}。",
            lost.iron,
            lost.copper,
            line(true),
            rule.source.title
        ),
        format!(
            "Metered on the low side, so that losses are added: iron {p0} kW × {hours} h = {} kWh, copper {copper}% of the energy = {} kWh{}; {total} kWh together, spread by use. Source: {}.",
            lost.iron,
            lost.copper,
            line(false),
            rule.source.title
        ),
    ))
}

/// Of what the prices are made, one step for each register that is billed.
pub(super) fn composition(band: &Band) -> Vec<Text> {
    let Some(composition) = &band.composition else { return Vec::new() };
    let step = |(register, price): &(Register, Price<Kwh>)| {
        let ratio =
            composition.ratios.iter().find(|(known, _)| known == register).map_or(Rate::ONE, |(_, ratio)| *ratio);
        let label = register.label();
        Text::new(
            format!("{}电价 {price} 元/千瓦时 = {}。", label.zh, made_of(composition, ratio, true)),
            format!("Price, {}: {price} yuan/kWh = {}.", label.en, made_of(composition, ratio, false)),
        )
    };
    band.energy.iter().map(step).collect()
}

fn made_of(composition: &Composition, ratio: Rate, zh: bool) -> String {
    let terms = composition.components.iter().map(|part| {
        let name = if zh { &part.name.zh } else { &part.name.en };
        if part.floats && ratio != Rate::ONE {
            format!("{name} {} × {ratio}", part.price)
        } else {
            format!("{name} {}", part.price)
        }
    });
    let sum = terms.collect::<Vec<_>>().join(" + ");
    match &composition.cap {
        Some(cap) if zh => format!("{sum}，最高 {cap}"),
        Some(cap) => format!("{sum}, at most {cap}"),
        None => sum,
    }
}

/// How the basic charge of `part` was found.
pub(super) fn basic(version: &Version, case: &Case, priced: &Priced, part: u8) -> Vec<Text> {
    let Some((rule, supply)) = version.basic.as_ref().zip(case.supply.as_deref()) else { return Vec::new() };
    let Some(mode) = supply.mode else { return Vec::new() };
    let mut steps = vec![Text::new(
        format!("基本电费{}计收，依据：{}。", mode.label().zh, rule.source.title),
        format!("The basic charge goes {}; source: {}.", mode.label().en, rule.source.title),
    )];
    if mode != DemandMode::Capacity {
        steps.extend(demand(rule, supply, mode));
    }
    let for_days = priced.lines.iter().filter(|line| line.part == part).any(|line| line.thirtieths().is_some());
    if for_days {
        steps.push(Text::new(
            format!("不足一月或月中变更的，按天计收，每天为全月的 1/{MONTH}，不足一天按一天计。"),
            format!("Less than a month, or a change within it, is charged by days, 1/{MONTH} of a month each, a begun day whole."),
        ));
    }
    for rest in &supply.suspended {
        let (days, least) = (rest.period.days(), i64::from(rule.least_suspension_days));
        let (from, to, capacity) = (rest.period.from, rest.period.to, rest.capacity);
        steps.push(if days < least {
            Text::new(
                format!("{from} 至 {to} 暂停 {capacity} 千伏安共 {days} 天，不足 {least} 天，照收基本电费。"),
                format!("{capacity} kVA rested from {from} to {to}, {days} days: fewer than {least}, so that they are billed through."),
            )
        } else {
            Text::new(
                format!("{from} 至 {to} 暂停 {capacity} 千伏安共 {days} 天，减收基本电费。"),
                format!("{capacity} kVA rested from {from} to {to}, {days} days, and are not charged for."),
            )
        });
    }
    steps
}

fn demand(rule: &Basic, supply: &crate::rules::Supply, mode: DemandMode) -> Vec<Text> {
    let mut steps = Vec::new();
    let highest = supply.demand.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    if !highest.is_empty() {
        steps.push(Text::new(format!("实际最大需量 {highest} 千瓦。"), format!("Highest demand: {highest} kW.")));
    }
    if let Some(floor) = rule.floor.as_ref().filter(|floor| floor.modes.contains(&mode)) {
        let share = floor.share.percent();
        steps.push(Text::new(
            format!("需量低于受电容量 {share}% 的，按 {share}% 计。"),
            format!("Demand counts for at least {share}% of the capacity."),
        ));
    }
    if let Some(excess) = rule.excess.as_ref().filter(|_| mode == DemandMode::Contract) {
        let (over, times) = (excess.over.percent(), excess.times);
        let base = match excess.base {
            ExcessBase::Contract => Text::new("合同值以内按原价", "the contract is paid at the plain price"),
            ExcessBase::Threshold => Text::new("起算值以内按原价", "demand up to there is paid at the plain price"),
        };
        steps.push(Text::new(
            format!("实际需量超过合同值 {over}% 的部分按 {times} 倍计收，{}。", base.zh),
            format!("Demand above {over}% of the contract costs {times} times the price; {}.", base.en),
        ));
    }
    if let Some(high) = &rule.high_use {
        let (per_kva, rate) = (high.per_kva, high.rate.percent());
        steps.push(Text::new(
            format!("当月每千伏安用电量达到 {per_kva} 千瓦时的，需量电价按 {rate}% 执行。"),
            format!("From {per_kva} kWh for each kVA in a month on, demand is paid at {rate}% of its price."),
        ));
    }
    steps
}

/// How the power factor was found, and what it comes to.
pub(super) fn factor(rule: &PowerFactor, priced: &Priced) -> Option<Text> {
    let factor = priced.factor?;
    let adjustment = rule.adjustment(factor.hundredths);
    let (active, reactive) = (factor.active, kernel::ReactiveEnergy::from_varh(factor.reactive));
    let (found, standard) = (Hundredths(factor.hundredths), Hundredths(rule.standard));
    let percent = adjustment.percent();
    let sign = if adjustment > Rate::ZERO { "+" } else { "" };
    Some(Text::new(
        format!(
            "有功 {active} 千瓦时、无功 {reactive} 千乏时，功率因数 {found}，标准 {standard}，调整 {sign}{percent}%；基数为基本电费与电度电费之和，不含基金。依据：{}。",
            rule.source.title
        ),
        format!(
            "{active} kWh and {reactive} kvarh give a power factor of {found}; the standard is {standard}, the adjustment {sign}{percent}% of basic and energy charge without funds. Source: {}.",
            rule.source.title
        ),
    ))
}

/// What stands on the wall of a two-part price list.
pub(super) fn price_list(version: &Version) -> Vec<Text> {
    let mut lines = Vec::new();
    if let Some(basic) = &version.basic {
        for price in &basic.prices {
            let voltages = price.voltages.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
            let (kva, kw) = (price.per_kva, price.per_kw);
            lines.push(Text::new(
                format!(
                    "  {voltages} 基本电费：容量 {kva} 元/千伏安·月，需量 {kw} 元/千瓦·月（{}）",
                    basic.source.title
                ),
                format!("  {voltages}, basic charge: {kva} yuan/kVA or {kw} yuan/kW a month ({})", basic.source.title),
            ));
        }
    }
    if let Some(rule) = &version.power_factor {
        let standard = Hundredths(rule.standard);
        lines.push(Text::new(
            format!("  功率因数标准 {standard}（{}）", rule.source.title),
            format!("  Power factor standard {standard} ({})", rule.source.title),
        ));
    }
    if let Some(least) = &version.least {
        lines.push(Text::new(
            format!("  每月最低 {} 元（{}）", least.per_month, least.source.title),
            format!("  At least {} yuan a month ({})", least.per_month, least.source.title),
        ));
    }
    lines
}

/// The unit of a charge's quantity.
pub(super) fn unit(charge: &Charge) -> (&'static str, &'static str) {
    match charge {
        Charge::Energy(..) => ("千瓦时", "kWh"),
        Charge::Months(..) => ("个月", "months"),
        Charge::Capacity(..) => ("千伏安", "kVA"),
        Charge::Demand(..) => ("千瓦", "kW"),
        Charge::Percent(..) | Charge::UpTo(..) => ("元", "yuan"),
    }
}
