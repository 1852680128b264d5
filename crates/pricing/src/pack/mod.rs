//! Tariff packs: TOML text in, a checked [`Tariff`] out, or every mistake with its line.

mod periods;
mod reader;
mod two_part;

use kernel::price::Kwh;
use kernel::{Energy, Price, Register, Text, Voltage};
use toml::de::DeTable;

pub use reader::Mistake;
use reader::{Section, Source};

use crate::tariff::{
    Band, Concession, Fund, Grant, Household, Mark, Relief, SeasonLimits, Source as Basis, Span, Surcharge, Tariff,
    Tiers, Version,
};

/// Reads one tariff pack.
pub fn read_tariff(file: &str, text: &str) -> Result<Tariff, Vec<Mistake>> {
    let source = Source::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        source.report(
            span,
            "",
            format!("TOML 语法错误：{}", error.message()),
            format!("TOML syntax: {}", error.message()),
        );
    }
    if !errors.is_empty() {
        return Err(source.into_mistakes());
    }
    let tariff = tariff(Section::new(&source, String::new(), 0..0, table.get_ref()));
    let mistakes = source.into_mistakes();
    match tariff {
        Some(tariff) if mistakes.is_empty() => Ok(tariff),
        _ => Err(mistakes),
    }
}

/// What kind of pack a text says it is, for readers of a folder with several kinds.
pub fn kind_of(text: &str) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    table.get_ref().get("kind").and_then(|kind| kind.get_ref().as_str().map(str::to_owned))
}

fn tariff(root: Section<'_, '_>) -> Option<Tariff> {
    let kind = root.text("kind");
    if kind.is_some_and(|kind| kind != "tariff") {
        root.wrong("kind", "应为 \"tariff\"", "must be \"tariff\"");
    }
    if root.whole_number("format").is_some_and(|format| format != 1) {
        root.wrong("format", "只支持格式 1", "only format 1 is known");
    }
    let code = root.text("code");
    if code.is_some_and(|code| !is_code(code)) {
        root.wrong("code", "应形如 cn-zhejiang/resident", "must look like cn-zhejiang/resident");
    }
    let name = name(&root);
    let code = code.map(str::to_owned);
    let sections = root.sections("version");
    if sections.is_empty() {
        root.wrong("version", "至少要有一个版本", "there must be at least one version");
    }
    let read: Vec<(&Section<'_, '_>, Version)> = sections
        .iter()
        .filter_map(|section| Some((section, version(section, code.as_deref().unwrap_or_default())?)))
        .collect();
    check_order(&read);
    let versions: Vec<Version> = read.into_iter().map(|(_, version)| version).collect();
    sections.into_iter().for_each(Section::finish);
    root.finish();
    Some(Tariff { code: code?, name: name?, versions, others: Vec::new() })
}

fn check_order(versions: &[(&Section<'_, '_>, Version)]) {
    for (at, (section, later)) in versions.iter().enumerate().skip(1) {
        let (_, earlier) = &versions[at - 1];
        if later.from <= earlier.from || earlier.until.is_some_and(|until| until >= later.from) {
            section.wrong(
                "from",
                format!("版本须按起始日先后排列且不重叠：{} 与 {}", earlier.id, later.id),
                format!("versions must follow each other without overlap: {} and {}", earlier.id, later.id),
            );
        }
        if versions[..at].iter().any(|(_, other)| other.id == later.id) {
            section.wrong("id", format!("版本号 {} 重复", later.id), format!("version id {} occurs twice", later.id));
        }
    }
}

fn check_once<T: PartialEq>(section: &Section<'_, '_>, key: &str, all: &[T]) {
    if all.iter().enumerate().any(|(at, one)| all[..at].contains(one)) {
        section.wrong(key, "重复", "one is named twice");
    }
}

fn is_code(code: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    code.split('/').count() == 2 && code.split('/').all(part)
}

fn name(section: &Section<'_, '_>) -> Option<Text> {
    let (zh, en) = (section.text("zh"), section.text("en"));
    Some(Text::new(zh?.to_owned(), en?.to_owned()))
}

fn basis(section: &Section<'_, '_>) -> Option<Basis> {
    let title = section.text("source");
    let mark = section.word("mark", Mark::from_word, "published, digest, assumed, fictional");
    Some(Basis { title: title?.to_owned(), mark: mark? })
}

fn version(section: &Section<'_, '_>, code: &str) -> Option<Version> {
    let id = section.text("id");
    let from = section.date("from");
    let until = section.optional_date("until");
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        section.wrong("until", "早于起始日", "is before the first day");
    }
    let source = basis(section);
    let registers = registers(section);
    let bands = bands(section, &registers);
    let tiers = section.section("tiers").and_then(|tiers_section| {
        let tiers = tiers(&tiers_section, &registers, &bands);
        tiers_section.finish();
        tiers
    });
    let households = read_all(section, "household", household);
    if !households.is_empty() && tiers.is_none() {
        section.wrong("household", "没有阶梯，无从增加基数", "there are no tiers whose limits it could raise");
    }
    let reliefs = read_all(section, "relief", relief);
    let funds = read_all(section, "fund", fund);
    check_funds(section, &bands, &funds);
    let basic = two_part::basic(section);
    let power_factor = two_part::power_factor(section);
    let loss = two_part::loss(section);
    let least = two_part::least(section);
    let periods = periods::periods(section, &registers);
    check_once(section, "household", &households.iter().map(|rule| rule.persons_from).collect::<Vec<_>>());
    check_once(section, "relief", &reliefs.iter().flat_map(|relief| relief.concessions.clone()).collect::<Vec<_>>());
    check_once(section, "fund", &funds.iter().map(|fund| &fund.code).collect::<Vec<_>>());
    Some(Version {
        tariff: code.to_owned(),
        id: id?.to_owned(),
        from: from?,
        until,
        source: source?,
        registers,
        bands,
        tiers,
        households,
        reliefs,
        funds,
        basic,
        power_factor,
        loss,
        least,
        periods,
    })
}

/// Reads every table of `[[key]]`, keeping those without mistakes.
fn read_all<T>(parent: &Section<'_, '_>, key: &str, read: impl Fn(&Section<'_, '_>) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    for section in parent.sections(key) {
        all.extend(read(&section));
        section.finish();
    }
    all
}

fn registers(section: &Section<'_, '_>) -> Vec<Register> {
    let known = |word: &str| Register::from_word(word).filter(|register| register.is_active_energy());
    let mut registers = section.words("registers", known, "sharp, peak, flat, valley, deep-valley, total");
    registers.sort_unstable();
    let before = registers.len();
    registers.dedup();
    if registers.len() < before {
        section.wrong("registers", "重复", "one is named twice");
    }
    if registers.contains(&Register::Total) && registers.len() > 1 {
        section.wrong(
            "registers",
            "分时各时段与总电量不能同时计费",
            "either the periods are billed or the total, not both",
        );
    }
    registers
}

fn price<U>(section: &Section<'_, '_>, key: &str) -> Option<Price<U>> {
    let price: Price<U> = section.figure(key)?;
    if price.units() < 0 || price.units() > Price::<U>::MAX.units() {
        section.wrong(key, "电价应在 0 至 1000 元之间", "a price lies between 0 and 1000 yuan");
    }
    Some(price)
}

/// A table with one price for each billed register.
fn prices(section: &Section<'_, '_>, key: &str, registers: &[Register]) -> Vec<(Register, Price<Kwh>)> {
    let Some(table) = section.section(key) else {
        if section.has(key) {
            return Vec::new();
        }
        section.wrong(key, "缺少此项", "this entry is missing");
        return Vec::new();
    };
    let prices = registers
        .iter()
        .filter_map(|register| price(&table, register.word()).map(|price| (*register, price)))
        .collect();
    table.finish();
    prices
}

fn bands(section: &Section<'_, '_>, registers: &[Register]) -> Vec<Band> {
    let known = Voltage::ALL.iter().map(|voltage| voltage.word()).collect::<Vec<_>>().join(", ");
    let bands: Vec<Band> = read_all(section, "price", |band| {
        let voltages = band.words("voltage", Voltage::from_word, &known);
        let months = if band.has("months") { months(band) } else { Vec::new() };
        let composition = two_part::composition(band, registers);
        let energy = match &composition {
            Some(composition) => two_part::composed(band, composition, registers),
            None => prices(band, "energy", registers),
        };
        Some(Band { voltages, months, energy, composition })
    });
    if bands.is_empty() {
        section.wrong("price", "至少要有一组价格", "there must be at least one price");
    }
    check_bands(section, &bands);
    bands
}

/// A voltage has one price in each month, or none at all.
fn check_bands(section: &Section<'_, '_>, bands: &[Band]) {
    for voltage in Voltage::ALL {
        let of_voltage: Vec<&Band> = bands.iter().filter(|band| band.voltages.contains(voltage)).collect();
        let prices_in =
            |month: i8| of_voltage.iter().filter(|band| band.months.is_empty() || band.months.contains(&month)).count();
        if (1..=12).any(|month| prices_in(month) > 1) {
            section.wrong("price", format!("{voltage} 有两组价格"), format!("{voltage} is priced twice"));
        } else if let Some(month) = (1..=12).find(|month| prices_in(*month) == 0 && !of_voltage.is_empty()) {
            section.wrong(
                "price",
                format!("{voltage} 在 {month} 月没有价格"),
                format!("{voltage} has no price in month {month}"),
            );
        }
    }
}

fn tiers(section: &Section<'_, '_>, registers: &[Register], bands: &[Band]) -> Option<Tiers> {
    let word = |word: &str| match word {
        "year" => Some(Span::Year),
        "month" => Some(Span::Month),
        _ => None,
    };
    let span = section.word("span", word, "year, month");
    let limits = read_all(section, "limit", season_limits);
    check_seasons(section, span, &limits);
    let surcharges = surcharges(section, registers);
    if limits.iter().any(|season| season.up_to.len() != surcharges.len()) {
        section.wrong_here("每一档上限之上都要有一项加价", "there must be one surcharge for each limit");
    }
    if bands.iter().flat_map(|band| &band.energy).count() == 0 {
        return None;
    }
    Some(Tiers { span: span?, limits, surcharges })
}

fn season_limits(section: &Section<'_, '_>) -> Option<SeasonLimits> {
    let up_to: Vec<Energy> = section.figures("kwh");
    let rising = up_to.first().is_none_or(|first| first.wh() > 0) && up_to.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || up_to.iter().any(|limit| *limit > Energy::MAX_BILLED) {
        section.wrong("kwh", "各档上限须为正数且逐档增大", "limits must be positive and rise from tier to tier");
    }
    let months = if section.has("months") { months(section) } else { (1..=12).collect() };
    Some(SeasonLimits { months, up_to })
}

fn months(section: &Section<'_, '_>) -> Vec<i8> {
    let read = section.list("months").map(|value| {
        let number =
            value.get_ref().as_integer().and_then(|integer| i8::from_str_radix(integer.as_str(), integer.radix()).ok());
        number.filter(|month| (1..=12).contains(month))
    });
    let months: Vec<Option<i8>> = read.collect();
    if months.contains(&None) {
        section.wrong("months", "月份为 1 至 12", "months are whole numbers from 1 to 12");
    }
    months.into_iter().flatten().collect()
}

fn check_seasons(section: &Section<'_, '_>, span: Option<Span>, limits: &[SeasonLimits]) {
    for month in 1..=12 {
        if limits.iter().filter(|season| season.months.contains(&month)).count() != 1 {
            section.wrong(
                "limit",
                format!("{month} 月须恰有一组上限"),
                format!("month {month} must have exactly one set of limits"),
            );
        }
    }
    if span == Some(Span::Year) && limits.len() > 1 {
        section.wrong("limit", "年阶梯不分季节", "annual tiers have no seasons");
    }
}

fn surcharges(section: &Section<'_, '_>, registers: &[Register]) -> Vec<Surcharge> {
    let read = section.sections("surcharge").into_iter().enumerate().filter_map(|(at, surcharge)| {
        let expected = i64::try_from(at).unwrap_or(0) + 2;
        if surcharge.whole_number("tier").is_some_and(|tier| tier != expected) {
            surcharge.wrong("tier", format!("此处应为第 {expected} 档"), format!("tier {expected} belongs here"));
        }
        let add = if surcharge.has("add_by_register") {
            Some(Surcharge::ByRegister(prices(&surcharge, "add_by_register", registers)))
        } else {
            price(&surcharge, "add").map(Surcharge::Same)
        };
        surcharge.finish();
        add
    });
    read.collect()
}

fn household(section: &Section<'_, '_>) -> Option<Household> {
    let persons = section.whole_number("persons_from").and_then(|persons| u32::try_from(persons).ok());
    if persons == Some(0) {
        section.wrong("persons_from", "应为正整数", "must be a positive whole number");
    }
    let add: Option<Energy> = section.figure("add_kwh_per_month");
    if add.is_some_and(|add| add.is_negative() || add > Energy::MAX_BILLED) {
        section.wrong("add_kwh_per_month", "超出范围", "is out of range");
    }
    let source = basis(section);
    Some(Household { persons_from: persons?, add_per_month: add?, source: source? })
}

fn relief(section: &Section<'_, '_>) -> Option<Relief> {
    let concessions = section.words("concessions", Concession::from_word, "low-income, five-guarantee");
    let grant = if section.has("yuan_per_month") {
        section.figure("yuan_per_month").map(Grant::Amount)
    } else {
        section.figure("free_kwh_per_month").map(Grant::FreeEnergy)
    };
    let positive = match &grant {
        Some(Grant::FreeEnergy(energy)) => energy.wh() > 0 && *energy <= Energy::MAX_BILLED,
        Some(Grant::Amount(amount)) => amount.units() > 0 && amount.units() <= Price::<Kwh>::MAX.units(),
        None => true,
    };
    if !positive {
        section.wrong_here("优惠须为正数", "the grant must be positive");
    }
    let source = basis(section);
    Some(Relief { concessions, grant: grant?, source: source? })
}

fn fund(section: &Section<'_, '_>) -> Option<Fund> {
    let code = section.text("code");
    let name = name(section);
    let price = price(section, "price");
    let source = basis(section);
    Some(Fund { code: code?.to_owned(), name: name?, price: price?, source: source? })
}

fn check_funds(section: &Section<'_, '_>, bands: &[Band], funds: &[Fund]) {
    let contained: i128 = funds.iter().map(|fund| i128::from(fund.price.units())).sum();
    let lowest = bands.iter().flat_map(|band| &band.energy).map(|(_, price)| price.units()).min();
    if !funds.is_empty() && lowest.is_some_and(|lowest| contained > i128::from(lowest)) {
        section.wrong("fund", "基金之和大于电价", "the funds add up to more than the price that contains them");
    }
}
