//! What industry and trade pay beside energy, read from a pack.

use kernel::price::Kwh;
use kernel::{Energy, Money, Price, Rate, Register, Voltage};

use super::reader::Section;
use super::{basis, check_once, name, price, read_all};
use crate::tariff::{
    Basic, BasicPrice, Component, Composition, DemandMode, Excess, ExcessBase, Floor, HighUse, Least, Loss,
    PowerFactor, Step,
};

/// A rate from nought to `most`.
fn rate(section: &Section<'_, '_>, key: &str, most: Rate) -> Option<Rate> {
    let rate: Rate = section.figure(key)?;
    if !(Rate::ZERO..=most).contains(&rate) {
        section.wrong(key, format!("应在 0 至 {most} 之间"), format!("lies between 0 and {most}"));
    }
    Some(rate)
}

pub(super) fn composition(band: &Section<'_, '_>, registers: &[Register]) -> Option<Composition> {
    let section = band.section("composition")?;
    let components = read_all(&section, "component", component);
    if components.is_empty() {
        section.wrong("component", "至少要有一项构成", "there must be at least one component");
    }
    check_once(&section, "component", &components.iter().map(|part| &part.code).collect::<Vec<_>>());
    let ratios = section.section("ratio").map(|table| {
        let ratios =
            registers.iter().filter_map(|register| Some((*register, rate(&table, register.word(), Rate::MAX)?)));
        let ratios = ratios.collect();
        table.finish();
        ratios
    });
    // Who bills the total alone has nothing to float.
    let ratios: Vec<(Register, Rate)> =
        ratios.unwrap_or_else(|| registers.iter().map(|register| (*register, Rate::ONE)).collect());
    let cap = if section.has("cap") { price(&section, "cap") } else { None };
    section.finish();
    Some(Composition { components, ratios, cap })
}

fn component(section: &Section<'_, '_>) -> Option<Component> {
    let (code, name) = (section.text("code"), name(section));
    let (price, floats) = (price(section, "price"), section.truth("floats"));
    Some(Component { code: code?.to_owned(), name: name?, price: price?, floats: floats? })
}

/// The prices that a composition comes to.
pub(super) fn composed(
    band: &Section<'_, '_>,
    composition: &Composition,
    registers: &[Register],
) -> Vec<(Register, Price<Kwh>)> {
    let prices: Vec<_> =
        registers.iter().filter_map(|register| Some((*register, composition.price(*register)?))).collect();
    if prices.iter().any(|(_, price)| price.units() > Price::<Kwh>::MAX.units()) {
        band.wrong("composition", "合成电价超出范围", "the price that it comes to is out of range");
    }
    prices
}

pub(super) fn basic(version: &Section<'_, '_>) -> Option<Basic> {
    let section = version.section("basic")?;
    let known = Voltage::ALL.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
    let prices: Vec<BasicPrice> = read_all(&section, "price", |row| {
        let voltages = row.words("voltage", Voltage::from_word, &known);
        let (per_kva, per_kw) = (price(row, "per_kva"), price(row, "per_kw"));
        Some(BasicPrice { voltages, per_kva: per_kva?, per_kw: per_kw? })
    });
    if prices.is_empty() {
        section.wrong("price", "至少要有一组价格", "there must be at least one price");
    }
    check_once(&section, "price", &prices.iter().flat_map(|price| price.voltages.clone()).collect::<Vec<_>>());
    let floor = section.section("floor").and_then(|table| {
        let modes = table.words("modes", demand_mode, "contract, actual");
        let share = rate(&table, "share", Rate::ONE);
        table.finish();
        Some(Floor { share: share?, modes })
    });
    let excess = section.section("excess").and_then(excess);
    let high_use = section.section("high_use").and_then(|table| {
        let (per_kva, rate) = (energy(&table, "kwh_per_kva"), rate(&table, "rate", Rate::ONE));
        table.finish();
        Some(HighUse { per_kva: per_kva?, rate: rate? })
    });
    let days = section.whole_number("least_suspension_days").and_then(|days| u16::try_from(days).ok());
    if days.is_none() && section.has("least_suspension_days") {
        section.wrong("least_suspension_days", "应为 0 至 65535 的整数", "must be a whole number from 0 to 65535");
    }
    let minutes = section.whole_number("demand_minutes");
    let window =
        minutes.and_then(|minutes| u8::try_from(minutes).ok()).filter(|minutes| [15, 30, 60].contains(minutes));
    if minutes.is_some() && window.is_none() {
        section.wrong("demand_minutes", "应为 15、30 或 60", "must be 15, 30 or 60");
    }
    let (demand_window, source) = (window.unwrap_or(15) / 15, basis(&section));
    section.finish();
    Some(Basic { prices, floor, excess, high_use, least_suspension_days: days?, demand_window, source: source? })
}

/// Capacity has no least demand.
fn demand_mode(word: &str) -> Option<DemandMode> {
    DemandMode::from_word(word).filter(|mode| *mode != DemandMode::Capacity)
}

fn excess(table: Section<'_, '_>) -> Option<Excess> {
    let (over, times) = (rate(&table, "over", Rate::MAX), rate(&table, "times", Rate::MAX));
    if over.is_some_and(|over| over < Rate::ONE) {
        table.wrong("over", "不应小于 1", "must not be less than 1");
    }
    let base = table.word("base", ExcessBase::from_word, "contract, threshold");
    table.finish();
    Some(Excess { over: over?, times: times?, base: base? })
}

fn energy(section: &Section<'_, '_>, key: &str) -> Option<Energy> {
    let energy: Energy = section.figure(key)?;
    if energy.is_negative() || energy > Energy::MAX_BILLED {
        section.wrong(key, "超出范围", "is out of range");
    }
    Some(energy)
}

pub(super) fn power_factor(version: &Section<'_, '_>) -> Option<PowerFactor> {
    let section = version.section("power_factor")?;
    let standard = hundredths(&section, "standard");
    // The last step downwards needs no end.
    let to_nought = |row: &Section<'_, '_>| {
        if row.has("to") { step(row) } else { Some(Step { to: 0, each: rate(row, "each", Rate::ONE)? }) }
    };
    let (rise, fall) = (read_all(&section, "rise", step), read_all(&section, "fall", to_nought));
    if let Some(standard) = standard {
        let rises = rise.iter().try_fold(standard, |from, step| (step.to > from).then_some(step.to)).is_some();
        let falls = fall.iter().try_fold(standard, |from, step| (step.to < from).then_some(step.to));
        if !rises {
            section.wrong("rise", "须自标准值起逐级上升", "the steps must rise from the standard");
        }
        if falls != Some(0) {
            section.wrong("fall", "须自标准值起逐级下降至 0", "the steps must fall from the standard down to 0");
        }
    }
    let source = basis(&section);
    section.finish();
    Some(PowerFactor { standard: standard?, rise, fall, source: source? })
}

fn step(section: &Section<'_, '_>) -> Option<Step> {
    let (to, each) = (hundredths(section, "to"), rate(section, "each", Rate::ONE));
    Some(Step { to: to?, each: each? })
}

/// A factor from 0 to 1 in hundredths.
fn hundredths(section: &Section<'_, '_>, key: &str) -> Option<u8> {
    let factor = rate(section, key, Rate::ONE)?.millionths();
    if factor % 10_000 != 0 {
        section.wrong(key, "最多两位小数", "has more than two decimals");
    }
    u8::try_from(factor / 10_000).ok()
}

pub(super) fn loss(version: &Section<'_, '_>) -> Option<Loss> {
    let section = version.section("loss")?;
    let share = |key| rate(&section, key, Rate::ONE);
    let (copper, copper_high, high_load) = (share("copper"), share("copper_high"), share("high_load"));
    let source = basis(&section);
    section.finish();
    Some(Loss { copper: copper?, copper_high: copper_high?, high_load: high_load?, source: source? })
}

pub(super) fn least(version: &Section<'_, '_>) -> Option<Least> {
    let section = version.section("least")?;
    let per_month: Option<Money> = section.figure("yuan_per_month");
    if per_month.is_some_and(|least| least <= Money::ZERO || least > Money::from_fen(10_000_000_000)) {
        section.wrong("yuan_per_month", "超出范围", "is out of range");
    }
    let source = basis(&section);
    section.finish();
    Some(Least { per_month: per_month?, source: source? })
}
