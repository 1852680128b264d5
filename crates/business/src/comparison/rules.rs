//! Why one bill is higher or lower than another.
//!
//! ```text
//!   old bill ─days─▶ · ─use─▶ · ─shares─▶ · ─season─▶ · ─year to date─▶ · ─household, agreement…─▶ · ─price list─▶ new bill
//! ```
//!
//! The old case is turned into the new one, one circumstance after the other, and priced after each:
//! by the old price list held still, until at last the price list changes too. What a turn changes in
//! the total is that circumstance's step; so the steps add up to the difference by construction. A
//! case on the way that has no price (the old list knows no such register) leaves its turn to the next.

use kernel::share::by_largest_remainder;
use kernel::time::next_day;
use kernel::{Date, Energy, Money, Month, Period, Power, ReactiveEnergy, Register, Text, words};
use pricing::rules::{Changes, Reactive, Supply, power_factor};
use pricing::tariff::DemandMode;
use pricing::{Case, Stretch, Tariff, price};
use serde::{Deserialize, Serialize};

use crate::reading::rules::Use;

words! {
    /// What differs between two bills.
    pub enum Cause {
        Days = "days" ("计费天数", "days billed"),
        Use = "use" ("用电量", "use"),
        Shares = "shares" ("分时占比", "share of the periods of the day"),
        Season = "season" ("计费月份", "month billed"),
        YearToDate = "year-to-date" ("年累计电量", "use of the year so far"),
        Household = "household" ("家庭人口", "household"),
        Concession = "concession" ("优惠", "relief"),
        Voltage = "voltage" ("供电电压", "voltage"),
        Agreement = "agreement" ("容量与约定", "capacity and agreement"),
        Demand = "demand" ("最大需量", "highest demand"),
        Reactive = "reactive" ("无功电量", "reactive energy"),
        Losses = "losses" ("变压器与线路损耗", "losses"),
        PriceList = "price-list" ("电价", "price list"),
        Rest = "rest" ("分摊与取整", "division and rounding"),
    }
}

/// One bill of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// With the versions that the bill was computed by.
    pub tariff: &'a Tariff,
    pub case: &'a Case,
    pub total: Money,
}

/// What one circumstance makes of the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub cause: Cause,
    pub amount: Money,
    pub text: Text,
}

/// The steps from `old` to `new`, those that change nothing left out. They add up to the difference.
pub fn compare(old: Side<'_>, new: Side<'_>) -> Vec<Step> {
    let held = held_still(old);
    let total = |case: &Case| held.as_ref().and_then(|held| price(held, case).ok()).map(|priced| priced.total);
    let begun = total(&steady(old.case)).unwrap_or(old.total);
    let mut steps = Vec::new();
    let (mut case, mut reached) = (steady(old.case), begun);
    for (cause, turn) in TURNS {
        let before = case.clone();
        turn(&mut case, old.case, new.case);
        let Some(now) = total(&case) else { continue };
        steps.push(Step { cause, amount: now - reached, text: said(cause, &before, &case) });
        reached = now;
    }
    let (cause, text) = last_words(old, new);
    steps.push(Step { cause, amount: (new.total - reached) + (begun - old.total), text });
    steps.retain(|step| step.amount != Money::ZERO);
    steps
}

/// The last version that the old bill was computed by, in force for ever.
fn held_still(old: Side<'_>) -> Option<Tariff> {
    let last = price(old.tariff, old.case).ok()?.parts.last()?.version;
    Some(old.tariff.held(last))
}

type Turn = fn(&mut Case, &Case, &Case);

const TURNS: [(Cause, Turn); 12] = [
    (Cause::Days, turn_days),
    (Cause::Use, turn_use),
    (Cause::Shares, turn_shares),
    (Cause::Season, |case, _, new| case.stretches.clone_from(&new.stretches)),
    (Cause::YearToDate, |case, _, new| {
        case.year_to_date.clone_from(&new.year_to_date);
        case.opened_on = new.opened_on;
        case.changes = steady(new).changes;
    }),
    (Cause::Household, |case, _, new| turn_household(case, new, |case, new| case.persons = new.persons)),
    (Cause::Concession, |case, _, new| turn_household(case, new, |case, new| case.concession = new.concession)),
    (Cause::Voltage, |case, _, new| case.voltage = new.voltage),
    (Cause::Agreement, turn_agreement),
    (Cause::Demand, |case, _, new| turn_supply(case, new, |case, new| case.demand.clone_from(&new.demand))),
    (Cause::Reactive, |case, _, new| turn_supply(case, new, |case, new| case.reactive = new.reactive)),
    (Cause::Losses, |case, _, new| turn_supply(case, new, |case, new| case.transformer = new.transformer)),
];

/// As if one tariff and one household had held throughout, those of the last month; but where annual limits count from
/// stays.
fn steady(case: &Case) -> Case {
    let month = case.stretches.last().map(|stretch| stretch.month);
    let restart = case.changes.as_deref().and_then(|changes| changes.restart);
    Case {
        persons: month.map_or(case.persons, |month| case.persons_in(month)),
        concession: month.map_or(case.concession, |month| case.concession_in(month)),
        changes: restart.map(|restart| Box::new(Changes { restart: Some(restart), ..Changes::default() })),
        ..case.clone()
    }
}

fn turn_household(case: &mut Case, new: &Case, turn: fn(&mut Case, &Case)) {
    turn(case, &steady(new));
}

/// What was agreed on. With whom nothing was agreed, or is any more, has or loses all that goes by it.
fn turn_agreement(case: &mut Case, _: &Case, new: &Case) {
    match (&mut case.supply, &new.supply) {
        (Some(case), Some(new)) => {
            let (demand, reactive, transformer) = (std::mem::take(&mut case.demand), case.reactive, case.transformer);
            **case = Supply { demand, reactive, transformer, ..Supply::clone(new) };
        }
        (supply, new) => supply.clone_from(new),
    }
}

fn turn_supply(case: &mut Case, new: &Case, turn: fn(&mut Supply, &Supply)) {
    if let (Some(case), Some(new)) = (&mut case.supply, &new.supply) {
        turn(case, new);
    }
}

/// As many days as the new bill has, in the months of the old one, at the old use per day.
fn turn_days(case: &mut Case, old: &Case, new: &Case) {
    let (before, now) = (days(old), days(new));
    let (Some(first), true) = (old.stretches.first(), before > 0) else { return };
    let (mut month, mut from) = (first.month, first.period.from);
    case.stretches = new.stretches.iter().map(|stretch| later(stretch, &mut month, &mut from)).collect();
    for (_, energy) in &mut case.usage {
        *energy = scaled(*energy, now, before);
    }
}

/// A stretch of the same length in the next month after the last one made.
fn later(stretch: &Stretch, month: &mut Month, from: &mut Date) -> Stretch {
    let mut to = *from;
    for _ in 1..stretch.period.days() {
        to = next_day(to);
    }
    let made = Stretch { month: *month, period: Period { from: *from, to } };
    (*month, *from) = (month.next(), next_day(to));
    made
}

/// The new use, spread over the registers as the old was.
fn turn_use(case: &mut Case, old: &Case, new: &Case) {
    let weights: Vec<i64> = old.usage.iter().map(|(_, energy)| energy.wh()).collect();
    if weights.iter().all(|weight| *weight == 0) {
        // Nothing was used: there are no shares to keep.
        if same_registers(old, new) {
            case.usage.clone_from(&new.usage);
        }
        return;
    }
    let shares = by_largest_remainder(energy(new).wh(), &weights);
    for ((_, energy), wh) in case.usage.iter_mut().zip(shares) {
        *energy = Energy::from_wh(wh);
    }
}

fn turn_shares(case: &mut Case, old: &Case, new: &Case) {
    if same_registers(old, new) {
        case.usage.clone_from(&new.usage);
    }
}

fn same_registers(old: &Case, new: &Case) -> bool {
    let sorted = |case: &Case| {
        let mut registers: Vec<Register> = case.usage.iter().map(|(register, _)| *register).collect();
        registers.sort();
        registers
    };
    sorted(old) == sorted(new)
}

fn days(case: &Case) -> i64 {
    case.stretches.iter().map(|stretch| stretch.period.days()).sum()
}

fn energy(case: &Case) -> Energy {
    case.usage.iter().map(|(_, energy)| *energy).sum()
}

fn scaled(energy: Energy, by: i64, of: i64) -> Energy {
    let wh = kernel::decimal::divide_half_away(i128::from(energy.wh()) * i128::from(by), i128::from(of.max(1)));
    Energy::from_wh(i64::try_from(wh).unwrap_or(i64::MAX))
}

/// What the turn was, with its figures.
fn said(cause: Cause, before: &Case, after: &Case) -> Text {
    let (old_days, new_days) = (days(before), days(after));
    let (old_use, new_use) = (energy(before), energy(after));
    match cause {
        Cause::Days => {
            let daily = Use { energy: old_use, days: old_days }.per_day();
            Text::new(
                format!("计费天数由 {old_days} 天变为 {new_days} 天，按上期日均 {daily} 千瓦时计。"),
                format!("{new_days} days billed instead of {old_days}, at {daily} kWh a day as before."),
            )
        }
        Cause::Use => {
            let (old, new) =
                (Use { energy: old_use, days: old_days }.per_day(), Use { energy: new_use, days: new_days }.per_day());
            let change = new_use - old_use;
            let (zh, en, change) =
                if change.is_negative() { ("少用", "less", -change) } else { ("多用", "more", change) };
            Text::new(
                format!(
                    "日均用电由 {old} 千瓦时变为 {new} 千瓦时，{new_days} 天{zh} {change} 千瓦时，按上期电价和档位计。"
                ),
                format!(
                    "{new} kWh a day instead of {old}: {change} kWh {en} over {new_days} days, at the former prices and tiers."
                ),
            )
        }
        Cause::Shares => {
            let (zh, en) = (shares(before, after, true), shares(before, after, false));
            Text::new(format!("各时段用电占比变化：{zh}。"), format!("Another share of the periods of the day: {en}."))
        }
        Cause::Season => {
            let (old, new) = (months(before), months(after));
            Text::new(
                format!("计费月份由 {old} 变为 {new}，阶梯上限随月份和年度不同。"),
                format!("{new} is billed instead of {old}: tier limits go by month and by year."),
            )
        }
        Cause::YearToDate => {
            let (old, new) = (used_before(before, after), used_before(after, after));
            Text::new(
                format!("本次之前的年累计用电由 {old} 千瓦时变为 {new} 千瓦时，用电所在档位随之变化。"),
                format!("{new} kWh used in the year before this bill instead of {old}: the use lies in other tiers."),
            )
        }
        Cause::Household => {
            let shown = |case: &Case| case.persons.map_or_else(|| "—".to_owned(), |persons| persons.to_string());
            let (old, new) = (shown(before), shown(after));
            Text::new(format!("家庭人口由 {old} 人变为 {new} 人。"), format!("A household of {new} instead of {old}."))
        }
        Cause::Concession => {
            let label = |case: &Case| case.concession.map(pricing::Concession::label);
            let (old, new) = (label(before), label(after));
            let zh = |text: &Option<Text>| text.as_ref().map_or_else(|| "无".to_owned(), |text| text.zh.to_string());
            let en = |text: &Option<Text>| text.as_ref().map_or_else(|| "none".to_owned(), |text| text.en.to_string());
            Text::new(
                format!("优惠资格由“{}”变为“{}”。", zh(&old), zh(&new)),
                format!("Relief: {} instead of {}.", en(&new), en(&old)),
            )
        }
        Cause::Voltage => Text::new(
            format!("供电电压由 {} 变为 {}。", before.voltage, after.voltage),
            format!("Supplied at {} instead of {}.", after.voltage, before.voltage),
        ),
        Cause::Agreement => {
            let (old, new) = (agreed(before), agreed(after));
            Text::new(
                format!("约定由“{}”变为“{}”，或暂停有变化。", old.zh, new.zh),
                format!("Agreed on are {} instead of {}, or other suspensions.", new.en, old.en),
            )
        }
        Cause::Demand => {
            let (old, new) = (demand(before), demand(after));
            Text::new(
                format!("最大需量由 {old} 千瓦变为 {new} 千瓦。"),
                format!("A highest demand of {new} kW instead of {old} kW."),
            )
        }
        Cause::Reactive => {
            let ((old, old_factor), (new, new_factor)) = (reactive(before), reactive(after));
            Text::new(
                format!(
                    "无功电量由 {old} 千乏时变为 {new} 千乏时，功率因数由 {old_factor} 变为 {new_factor}（不计损耗）。"
                ),
                format!(
                    "{new} kvarh instead of {old}: a power factor of {new_factor} instead of {old_factor}, losses aside."
                ),
            )
        }
        Cause::Losses => Text::new(
            "变压器带电时间或线路损耗有变化。",
            "Another time of the transformer under voltage, or another loss of the line.",
        ),
        Cause::PriceList | Cause::Rest => cause.label(),
    }
}

/// What the basic charge goes by on the last day.
fn agreed(case: &Case) -> Text {
    let held = case.supply.as_deref().and_then(|supply| Some((supply.mode, supply.contracted.last()?)));
    let Some((mode, held)) = held else { return Text::new("无", "nothing") };
    let mode = mode.map_or(Text::new("不收基本电费", "no basic charge"), DemandMode::label);
    let contract = held.demand.map_or_else(String::new, |demand| format!("，{demand} kW"));
    Text::new(
        format!("{}，{} kVA{contract}", mode.zh, held.capacity),
        format!("{}, {} kVA{}", mode.en, held.capacity, contract.replace('，', ", ")),
    )
}

fn demand(case: &Case) -> Power {
    case.supply.as_deref().map_or(Power::default(), |supply| supply.demand.iter().copied().sum())
}

/// Reactive energy, and the power factor that it makes.
fn reactive(case: &Case) -> (ReactiveEnergy, String) {
    let told = case.supply.as_deref().and_then(|supply| supply.reactive);
    let varh = told.map_or(0, Reactive::total);
    let factor = power_factor(energy(case), varh)
        .map_or_else(|| "—".to_owned(), |hundredths| format!("{}.{:02}", hundredths / 100, hundredths % 100));
    (ReactiveEnergy::from_varh(varh), factor)
}

/// The last turn: to the price list of the new bill, and to its own days where a list changed within.
fn last_words(old: Side<'_>, new: Side<'_>) -> (Cause, Text) {
    let (before, after) = (versions(old), versions(new));
    if old.tariff.code == new.tariff.code && before == after {
        let text = Text::new(
            "按版本分摊的天数与每行取整的差额。",
            "Division by days between versions, and rounding of each line.",
        );
        return (Cause::Rest, text);
    }
    let text = Text::new(
        format!("电价由“{} {before}”变为“{} {after}”。", old.tariff.name.zh, new.tariff.name.zh),
        format!("Priced by \"{} {after}\" instead of \"{} {before}\".", new.tariff.name.en, old.tariff.name.en),
    );
    (Cause::PriceList, text)
}

fn versions(side: Side<'_>) -> String {
    let parts = price(side.tariff, side.case).map(|priced| priced.parts).unwrap_or_default();
    let mut ids: Vec<&str> = Vec::new();
    for version in parts.iter().filter_map(|part| side.tariff.versions.get(part.version)) {
        if !ids.contains(&version.id.as_str()) {
            ids.push(&version.id);
        }
    }
    ids.join("+")
}

fn months(case: &Case) -> String {
    let first = case.stretches.first().map_or_else(String::new, |stretch| stretch.month.to_string());
    match case.stretches.last().map(|stretch| stretch.month.to_string()) {
        Some(last) if last != first => format!("{first}–{last}"),
        _ => first,
    }
}

/// What `case` says was used before, of the year in which `billed` ends.
fn used_before(case: &Case, billed: &Case) -> Energy {
    let year = billed.stretches.last().map(|stretch| stretch.month.year());
    case.year_to_date.iter().filter(|(of, _)| Some(*of) == year).map(|(_, energy)| *energy).sum()
}

fn shares(before: &Case, after: &Case, zh: bool) -> String {
    let percent = |case: &Case, register: Register| {
        let own = case.usage.iter().filter(|(of, _)| *of == register).map(|(_, energy)| energy.wh()).sum::<i64>();
        let all = energy(case).wh().max(1);
        let tenths = kernel::decimal::divide_half_away(i128::from(own) * 1000, i128::from(all));
        format!("{}.{}%", tenths / 10, tenths % 10)
    };
    let each = after.usage.iter().map(|(register, _)| {
        let label = register.label();
        let (old, new) = (percent(before, *register), percent(after, *register));
        if zh { format!("{} {old} → {new}", label.zh) } else { format!("{} {old} → {new}", label.en) }
    });
    each.collect::<Vec<_>>().join(if zh { "，" } else { ", " })
}
