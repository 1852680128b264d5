//! A priced case in plain words, both languages: what a clerk reads out and a customer can check.

mod two_part;

use kernel::time::previous_day;
use kernel::{Date, Energy, Month, Register, Text};

use crate::rules::{Case, Charge, Line, LineKind, Part, Priced};
use crate::tariff::{Concession, Grant, Household, Span, Surcharge, Tariff, Version};

/// Every step from use to total. `priced` must come from `tariff` and `case`.
pub fn explain(tariff: &Tariff, case: &Case, priced: &Priced) -> Vec<Text> {
    let mut steps = Vec::new();
    for (index, part) in priced.parts.iter().enumerate() {
        let Some(version) = tariff.versions.get(part.version) else {
            continue;
        };
        steps.push(basis(tariff, version));
        steps.push(period(case, part, priced));
        if let Some(lost) = priced.lost.as_ref().filter(|_| index == 0) {
            steps.extend(two_part::losses(version, case, lost));
        }
        steps.extend(version.band(case.voltage, part.month()).map(two_part::composition).unwrap_or_default());
        steps.extend(tiers(version, case, part, priced));
        steps.extend(concessions(case, part).map(|of| concession(version, of, part)));
        let of_part = |line: &&Line| usize::from(line.part) == index;
        let (energy, others): (Vec<&Line>, Vec<&Line>) = priced
            .lines
            .iter()
            .filter(of_part)
            .partition(|line| matches!(line.kind, LineKind::Energy | LineKind::Tier | LineKind::Relief));
        steps.extend(energy.into_iter().map(line));
        let index = u8::try_from(index).unwrap_or(u8::MAX);
        steps.extend(two_part::basic(version, case, priced, index));
        let (factor, basic): (Vec<&Line>, Vec<&Line>) =
            others.into_iter().partition(|line| matches!(line.kind, LineKind::PowerFactor | LineKind::Least));
        steps.extend(basic.into_iter().map(line));
        steps.extend(version.power_factor.as_ref().and_then(|rule| two_part::factor(rule, priced)));
        steps.extend(factor.into_iter().map(line));
    }
    steps.push(sum(priced));
    steps
}

fn basis(tariff: &Tariff, version: &Version) -> Text {
    let name = tariff.name_of(version);
    Text::new(
        format!(
            "电价：{}，{} 起执行，依据：{}（{}）。",
            name.zh,
            version.from,
            version.source.title,
            version.source.mark.label().zh
        ),
        format!(
            "Price list: {}, in force from {}, source: {} ({}).",
            name.en,
            version.from,
            version.source.title,
            version.source.mark.label().en
        ),
    )
}

fn period(case: &Case, part: &Part, priced: &Priced) -> Text {
    let list = |name: fn(Register) -> Text, zh: bool| {
        let parts = part.usage.iter().map(|(register, energy)| {
            let label = name(*register);
            if zh { format!("{} {energy} 千瓦时", label.zh) } else { format!("{} {energy} kWh", label.en) }
        });
        parts.collect::<Vec<_>>().join(if zh { "，" } else { ", " })
    };
    let (from, to, days) = (part.period.from, part.period.to, part.period.days());
    let (zh, en) = match division(case, part, priced) {
        None => ("", ""),
        Some(Division::Days) => ("（按天数分摊）", ", divided by days"),
        Some(Division::Reads) => ("（按期间抄见电量）", ", as read in between"),
    };
    let (zh_use, en_use) =
        if priced.lost.is_some() { ("计费电量（含损耗）", "billed with losses") } else { ("用电", "use") };
    Text::new(
        format!("{from} 至 {to} 共 {days} 天，{zh_use}：{}{zh}。", list(Register::label, true)),
        format!("{from} to {to}, {days} days, {en_use}: {}{en}.", list(Register::label, false)),
    )
}

/// How the use of a part is known.
enum Division {
    Days,
    Reads,
}

/// None where the part is the whole bill.
fn division(case: &Case, part: &Part, priced: &Priced) -> Option<Division> {
    if priced.parts.len() < 2 {
        return None;
    }
    let uses = case.changes.as_deref().map_or(&[][..], |changes| &changes.uses);
    let is_read = |day: Date| uses.iter().any(|known| known.to == day && !known.by_days);
    let begins_read = is_read(previous_day(part.period.from)) || priced.parts[0].period.from == part.period.from;
    Some(if begins_read && is_read(part.period.to) { Division::Reads } else { Division::Days })
}

fn tiers(version: &Version, case: &Case, part: &Part, priced: &Priced) -> Vec<Text> {
    let Some(tiers) = &version.tiers else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let limits = part.limits.iter().map(Energy::to_string).collect::<Vec<_>>().join(" / ");
    let months = part.months.iter().map(|share| share.month).collect::<Vec<Month>>();
    match tiers.span {
        Span::Year => {
            let after = part.before + part.energy();
            steps.push(Text::new(
                format!(
                    "{} 年阶梯上限 {limits} 千瓦时；此前已用 {}，加本次 {}，共 {after} 千瓦时。",
                    part.year,
                    part.before,
                    part.energy()
                ),
                format!(
                    "Tier limits of {}: {limits} kWh; used before {}, with this bill's {} now {after} kWh.",
                    part.year,
                    part.before,
                    part.energy()
                ),
            ));
        }
        Span::Month => {
            let named = months.iter().map(Month::to_string).collect::<Vec<_>>().join(", ");
            steps.push(Text::new(
                format!("{named} 的阶梯上限共 {limits} 千瓦时。"),
                format!("Tier limits of {named}: {limits} kWh."),
            ));
        }
    }
    if let Some(restart) = case.restart_in(part.year, part.period.to).filter(|_| tiers.span == Span::Year) {
        let (on, months, used) = (
            restart.on,
            13 - restart.on.month(),
            restart.used_before.or(priced.used_before_restart).unwrap_or_default(),
        );
        steps.push(Text::new(
            format!("自 {on} 起执行年阶梯，当年按 {months} 个月折算上限，此前的 {used} 千瓦时不计入。"),
            format!(
                "Annual tiers since {on}: the year's limits count for {months} months, the {used} kWh before it do not count."
            ),
        ));
    } else if let Some(opened) =
        case.opened_on.filter(|opened| tiers.span == Span::Year && opened.year() == part.year && opened.month() > 1)
    {
        steps.push(Text::new(
            format!("{opened} 立户，当年按 {} 个月折算上限，不足一月按一月计。", 13 - opened.month()),
            format!(
                "Opened on {opened}: the year's limits count for {} months, a begun month whole.",
                13 - opened.month()
            ),
        ));
    }
    let mut rules: Vec<&Household> = Vec::new();
    for rule in months.iter().filter_map(|month| version.household(case.persons_in(*month))) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    for rule in rules {
        steps.push(Text::new(
            format!(
                "家庭 {} 人及以上，各档上限每月增加 {} 千瓦时，依据：{}。",
                rule.persons_from, rule.add_per_month, rule.source.title
            ),
            format!(
                "A household of {} or more has {} kWh a month added to each limit, source: {}.",
                rule.persons_from, rule.add_per_month, rule.source.title
            ),
        ));
    }
    steps
}

/// Those of the part's months, each once.
fn concessions(case: &Case, part: &Part) -> impl Iterator<Item = Concession> {
    let mut all: Vec<Concession> = Vec::new();
    for concession in part.months.iter().filter_map(|share| case.concession_in(share.month)) {
        if !all.contains(&concession) {
            all.push(concession);
        }
    }
    all.into_iter()
}

fn concession(version: &Version, concession: Concession, part: &Part) -> Text {
    let label = concession.label();
    match version.relief(Some(concession)) {
        None => Text::new(
            format!("{}：本电价未规定优惠。", label.zh),
            format!("{}: this tariff knows no relief for it.", capitalised(&label.en)),
        ),
        Some(relief) => match &relief.grant {
            Grant::FreeEnergy(per_month) => Text::new(
                format!(
                    "{}每月免费 {per_month} 千瓦时，本次免 {} 千瓦时，依据：{}。",
                    label.zh, part.free, relief.source.title
                ),
                format!(
                    "A {} has {per_month} kWh a month free, here {} kWh; source: {}.",
                    label.en, part.free, relief.source.title
                ),
            ),
            Grant::Amount(rate) => Text::new(
                format!("{}每月返还 {rate} 元，依据：{}。", label.zh, relief.source.title),
                format!("A {} is given back {rate} yuan a month; source: {}.", label.en, relief.source.title),
            ),
        },
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A line's name in both languages.
pub fn line_name(line: &Line) -> Text {
    let register = line.register.filter(|register| register.is_period()).map(Register::label);
    let (zh, en) =
        register.map_or((String::new(), String::new()), |label| (label.zh.to_string(), format!(" {}", label.en)));
    match line.kind {
        LineKind::Energy => Text::new(format!("{zh}电量电费"), format!("Energy{en}")),
        LineKind::Tier => {
            let tier = line.tier.unwrap_or_default();
            Text::new(format!("第 {tier} 档加价{zh}"), format!("Tier {tier} surcharge{en}"))
        }
        LineKind::Relief => Text::new(format!("困难家庭优惠{zh}"), format!("Relief{en}")),
        LineKind::Basic if matches!(line.charge, Charge::Capacity(..)) => {
            Text::new("基本电费（容量）", "Basic charge, capacity")
        }
        LineKind::Basic => Text::new("基本电费（需量）", "Basic charge, demand"),
        LineKind::Excess => Text::new("超合同需量加价", "Demand above the contract"),
        LineKind::PowerFactor => Text::new("功率因数调整电费", "Power factor adjustment"),
        LineKind::Least => Text::new("最低电费补足", "Up to the least charge"),
    }
}

/// The unit of a line's quantity, with the share of the month that it is for.
pub fn unit_name(line: &Line) -> Text {
    let (zh, en) = two_part::unit(&line.charge);
    match line.share() {
        None => Text::new(zh, en),
        Some(share) => Text::new(format!("{zh} × {share}"), format!("{en} × {share}")),
    }
}

fn line(line: &Line) -> Text {
    let name = line_name(line);
    let (zh_unit, en_unit) = two_part::unit(&line.charge);
    let (quantity, price, amount) = (line.quantity(), line.price(), line.amount);
    match &line.charge {
        Charge::Percent(_, rate) => {
            let rate = rate.percent();
            Text::new(
                format!("{}：{quantity} 元 × {rate}% = {amount} 元。", name.zh),
                format!("{}: {quantity} yuan × {rate}% = {amount} yuan.", name.en),
            )
        }
        Charge::UpTo(least, charged) => Text::new(
            format!("{}：{least} 元 − {charged} 元 = {amount} 元。", name.zh),
            format!("{}: {least} yuan − {charged} yuan = {amount} yuan.", name.en),
        ),
        _ => {
            let share = line.share().map_or_else(String::new, |share| format!(" × {share}"));
            Text::new(
                format!("{}：{quantity} {zh_unit} × {price} 元{share} = {amount} 元。", name.zh),
                format!("{}: {quantity} {en_unit} × {price} yuan{share} = {amount} yuan.", name.en),
            )
        }
    }
}

fn sum(priced: &Priced) -> Text {
    let amounts = priced.lines.iter().map(|line| line.amount.to_string()).collect::<Vec<_>>().join(" + ");
    let amounts = amounts.replace("+ -", "− ");
    Text::new(
        format!("合计：{amounts} = {} 元。每行四舍五入到分一次，合计为各行之和。", priced.total),
        format!(
            "Total: {amounts} = {} yuan. Each line is rounded once to the fen; the total is the sum of the lines.",
            priced.total
        ),
    )
}

/// A version as a customer would read it on the wall.
pub fn price_list(version: &Version) -> Vec<Text> {
    let mark = version.source.mark.label();
    let until = version.until.map_or_else(String::new, |until| format!(" – {until}"));
    let mut lines = vec![Text::new(
        format!("版本 {}，{}{until} 起执行；依据：{}（{}）", version.id, version.from, version.source.title, mark.zh),
        format!(
            "Version {}, in force from {}{until}; source: {} ({})",
            version.id, version.from, version.source.title, mark.en
        ),
    )];
    for band in &version.bands {
        let voltages = band.voltages.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
        let months = band.months.iter().map(i8::to_string).collect::<Vec<_>>().join(",");
        let (zh_months, en_months) = if months.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("（{months} 月）"), format!(" in months {months}"))
        };
        for (register, price) in &band.energy {
            let label = register.label();
            lines.push(Text::new(
                format!("  {voltages} {}{zh_months}：{price} 元/千瓦时", label.zh),
                format!("  {voltages}, {}{en_months}: {price} yuan/kWh", label.en),
            ));
        }
    }
    lines.extend(two_part::price_list(version));
    lines.extend(version.tiers.iter().flat_map(tier_list));
    for rule in &version.households {
        lines.push(Text::new(
            format!(
                "  {} 人及以上：各档上限每月增加 {} 千瓦时（{}）",
                rule.persons_from, rule.add_per_month, rule.source.title
            ),
            format!(
                "  {} persons or more: {} kWh a month added to each limit ({})",
                rule.persons_from, rule.add_per_month, rule.source.title
            ),
        ));
    }
    lines.extend(version.reliefs.iter().map(relief_list));
    for fund in &version.funds {
        lines.push(Text::new(
            format!("  含{} {} 元/千瓦时", fund.name.zh, fund.price),
            format!("  contains {} {} yuan/kWh", fund.name.en, fund.price),
        ));
    }
    lines
}

fn tier_list(tiers: &crate::tariff::Tiers) -> Vec<Text> {
    let (zh_span, en_span) = match tiers.span {
        Span::Year => ("年", "a year"),
        Span::Month => ("月", "a month"),
    };
    let mut lines = Vec::new();
    for season in &tiers.limits {
        let limits = season.up_to.iter().map(Energy::to_string).collect::<Vec<_>>().join(" / ");
        let months = season.months.iter().map(i8::to_string).collect::<Vec<_>>().join(",");
        let (zh, en) = if season.months.len() == 12 {
            (String::new(), String::new())
        } else {
            (format!("（{months} 月）"), format!(" in months {months}"))
        };
        lines.push(Text::new(
            format!("  每{zh_span}各档上限{zh}：{limits} 千瓦时"),
            format!("  Tier limits {en_span}{en}: {limits} kWh"),
        ));
    }
    for (tier, surcharge) in (2..).zip(&tiers.surcharges) {
        let add = match surcharge {
            Surcharge::Same(price) => price.to_string(),
            Surcharge::ByRegister(prices) => {
                prices.iter().map(|(register, price)| format!("{register} {price}")).collect::<Vec<_>>().join(", ")
            }
        };
        lines.push(Text::new(
            format!("  第 {tier} 档加价 {add} 元/千瓦时"),
            format!("  Tier {tier} adds {add} yuan/kWh"),
        ));
    }
    lines
}

fn relief_list(relief: &crate::tariff::Relief) -> Text {
    let who = |zh: bool| {
        let names = relief.concessions.iter().map(|concession| concession.label());
        names.map(|label| if zh { label.zh } else { label.en }).collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    };
    let source = &relief.source.title;
    match &relief.grant {
        Grant::FreeEnergy(energy) => Text::new(
            format!("  {}：每月免费 {energy} 千瓦时（{source}）", who(true)),
            format!("  {}: {energy} kWh a month free ({source})", who(false)),
        ),
        Grant::Amount(rate) => Text::new(
            format!("  {}：每月返还 {rate} 元（{source}）", who(true)),
            format!("  {}: {rate} yuan a month given back ({source})", who(false)),
        ),
    }
}
