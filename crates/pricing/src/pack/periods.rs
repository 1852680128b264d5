//! The hours of the day, read from a pack.

use kernel::{Register, Text};

use super::reader::Section;
use super::{months, read_all};
use crate::tariff::{Day, DayKind, DayPart, Layer, Periods, QUARTERS};

pub(super) fn periods(version: &Section<'_, '_>, registers: &[Register]) -> Option<Periods> {
    if !version.has("periods") {
        return None;
    }
    let periods = Periods(read_all(version, "periods", |layer| layer_of(layer, registers)));
    if let Some(open) = first_open_day(&periods) {
        version.wrong("periods", open.zh, open.en);
    }
    Some(periods)
}

fn layer_of(section: &Section<'_, '_>, registers: &[Register]) -> Option<Layer> {
    let months = if section.has("months") { months(section) } else { Vec::new() };
    let known = DayKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ");
    let days = if section.has("days") { section.words("days", DayKind::from_word, &known) } else { Vec::new() };
    let hot = if section.has("hot") { section.truth("hot")? } else { false };
    let mut hours = Vec::new();
    let mut taken = [false; QUARTERS];
    for register in registers.iter().filter(|register| section.has(register.word())) {
        for (from, to) in section.words(register.word(), hours_of, "8:00-11:00, 22:00-8:00").into_iter().flatten() {
            let quarters = &mut taken[usize::from(from)..usize::from(to)];
            if quarters.contains(&true) {
                section.wrong(register.word(), "时段重叠", "the hours overlap");
            }
            quarters.fill(true);
            hours.push(DayPart { register: *register, from, to });
        }
    }
    if hours.is_empty() {
        section.wrong_here("没有时段", "there are no hours");
    }
    Some(Layer { months, days, hot, hours })
}

/// `8:00-11:00` in quarters from midnight; hours over midnight are two stretches.
fn hours_of(text: &str) -> Option<Vec<(u8, u8)>> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (quarter(from)?, quarter(to)?);
    Some(if from < to {
        vec![(from, to)]
    } else {
        [(from, 96), (0, to)].into_iter().filter(|(from, to)| from < to).collect()
    })
}

fn quarter(text: &str) -> Option<u8> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || minute.len() != 2 || !is_number(minute) {
        return None;
    }
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let is_time = minute % 15 == 0 && minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
    is_time.then(|| hour * 4 + minute / 15)
}

/// Whatever the day, each of its quarters must lie in some period. Hot days have all layers that others have.
fn first_open_day(periods: &Periods) -> Option<Text> {
    let days =
        (1..=12).flat_map(|month| DayKind::ALL.iter().map(move |kind| Day { month, kind: *kind, is_hot: false }));
    let open = days.into_iter().find(|day| periods.of(*day).is_none())?;
    let (month, kind) = (open.month, open.kind.label());
    Some(Text::new(
        format!("{month} 月{}的时段不足 24 小时", kind.zh),
        format!("the hours of a {} in month {month} leave some of the day open", kind.en),
    ))
}
