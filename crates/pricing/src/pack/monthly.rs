//! Components that have another price each month 代理购电价格: a version that lists months becomes one version for each.
//!
//! ```text
//!   version from 1 June          + month 2024-06: purchase 0.40   ──▶  version 2024-06, until 30 June
//!   (registers, ratios, charges) + month 2024-07: purchase 0.42   ──▶  version 2024-07, until 31 July
//! ```
//!
//! A month that is not listed has no version: what was not published is not guessed.

use kernel::price::Kwh;
use kernel::{Month, Price};

use super::reader::Section;
use super::{basis, check_funds, check_once, price, read_all};
use crate::tariff::{Band, Source, Version};

/// What some components cost in one month.
struct Monthly {
    month: Month,
    components: Vec<(String, Price<Kwh>)>,
    source: Source,
}

/// The versions that a section of a pack stands for: itself, or one for each month that it lists.
pub(super) fn versions(section: &Section<'_, '_>, version: Version) -> Vec<Version> {
    let listed = read_all(section, "month", |row| month(row, &version));
    let rising = listed.windows(2).all(|pair| pair[0].month < pair[1].month);
    if !rising {
        section.wrong("month", "月份须按先后排列且不重复", "months must follow each other, each once");
    }
    if listed.is_empty() {
        return vec![version];
    }
    listed.into_iter().filter_map(|of| in_month(section, &version, of)).collect()
}

fn month(row: &Section<'_, '_>, version: &Version) -> Option<Monthly> {
    let month = row.text("month").and_then(|text| text.parse::<Month>().ok());
    if row.has("month") && month.is_none() {
        row.wrong("month", "应形如 2024-07", "is written 2024-07");
    }
    let is_within = |month: &Month| {
        version.from <= month.last_day() && version.until.is_none_or(|until| month.first_day() <= until)
    };
    if month.is_some_and(|month| !is_within(&month)) {
        row.wrong("month", "不在该版本的执行期间", "lies outside the days of the version");
    }
    let known = |code: &str| {
        let composed = version.bands.iter().filter_map(|band| band.composition.as_ref());
        composed.flat_map(|composition| &composition.components).any(|component| component.code == code)
    };
    let components = read_all(row, "component", |part| {
        let (code, price) = (part.text("code"), price(part, "price"));
        if code.is_some_and(|code| !known(code)) {
            part.wrong("code", "电价构成中没有这一项", "no composition has this component");
        }
        Some((code?.to_owned(), price?))
    });
    if components.is_empty() {
        row.wrong("component", "至少要有一项", "there must be at least one");
    }
    check_once(row, "component", &components.iter().map(|(code, _)| code).collect::<Vec<_>>());
    let source = basis(row);
    Some(Monthly { month: month?, components, source: source? })
}

fn in_month(section: &Section<'_, '_>, version: &Version, of: Monthly) -> Option<Version> {
    let bands = version.bands.iter().map(|band| with_prices(section, band, &of.components));
    let bands: Vec<Band> = bands.collect::<Option<_>>()?;
    check_funds(section, &bands, &version.funds);
    let last = of.month.last_day();
    let source = Source {
        title: format!("{}；{}", version.source.title, of.source.title),
        mark: version.source.mark.max(of.source.mark),
    };
    Some(Version {
        id: format!("{}.{}", version.id, of.month),
        from: version.from.max(of.month.first_day()),
        until: Some(version.until.map_or(last, |until| until.min(last))),
        source,
        bands,
        ..version.clone()
    })
}

fn with_prices(section: &Section<'_, '_>, band: &Band, prices: &[(String, Price<Kwh>)]) -> Option<Band> {
    let Some(mut composition) = band.composition.clone() else { return Some(band.clone()) };
    for component in &mut composition.components {
        if let Some((_, price)) = prices.iter().find(|(code, _)| *code == component.code) {
            component.price = *price;
        }
    }
    let priced = band.energy.iter().map(|(register, _)| Some((*register, composition.price(*register)?)));
    let energy: Vec<_> = priced.collect::<Option<_>>()?;
    if energy.iter().any(|(_, price)| price.units() > Price::<Kwh>::MAX.units()) {
        section.wrong("month", "合成电价超出范围", "the price that it comes to is out of range");
    }
    Some(Band { energy, composition: Some(composition), ..band.clone() })
}
