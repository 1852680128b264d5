//! What a bill says of itself before its arithmetic.

use kernel::{Language, Period, Text};

use crate::bill::{Adjusted, Bill, BillStatus, Read, State};

/// Which bill it is.
pub fn heading(bill: &Bill) -> Text {
    let status = bill.status.label();
    let replaces = bill.replaces.as_deref();
    let (zh, en) = match (bill.status, replaces) {
        (BillStatus::Reversal, Some(other)) => (
            format!("，红冲账单 {other}，以下为原账单的计算"),
            format!(", reverses bill {other}, whose computation follows"),
        ),
        (_, Some(other)) => (format!("，替代账单 {other}"), format!(", replaces bill {other}")),
        _ => (String::new(), String::new()),
    };
    Text::new(
        format!(
            "账单 {}：户号 {}，{} 月，{}，{} 元{zh}。",
            bill.bill_no, bill.supply_no, bill.cycle, status.zh, bill.amount
        ),
        format!(
            "Bill {}: supply number {}, cycle {}, {}, {} yuan{en}.",
            bill.bill_no, bill.supply_no, bill.cycle, status.en, bill.amount
        ),
    )
}

/// Where a register was, where it is, and what that makes.
pub fn read_step(read: &Read) -> Text {
    let (from, to) = (&read.from, &read.to);
    let describe = |language: Language| {
        let pick = |text: Text| text.in_language(language).to_owned();
        let zh = language == Language::Zh;
        let times = match (read.multiplier, zh) {
            (1, _) => String::new(),
            (multiplier, true) => format!(" × 倍率 {multiplier}"),
            (multiplier, false) => format!(" × multiplier {multiplier}"),
        };
        let over = match (read.rolled_over, zh) {
            (false, _) => "",
            (true, true) => "，表计翻转",
            (true, false) => ", register started again at zero",
        };
        let check = match (read.is_check(), zh) {
            (false, _) => "",
            (true, true) => "（仅核对）",
            (true, false) => " (for checking only)",
        };
        let comma = if zh { "，" } else { ", " };
        let adjusted: String =
            read.adjusted.iter().map(|part| format!("{comma}{}", pick(adjustment(part, read)))).collect();
        let unit = pick(read.register.unit_name());
        let ends = |state: &State| format!("{} {}({})", state.on, state.value, pick(state.kind.label()));
        let (start, end, energy, register) = (ends(from), ends(to), read.energy, pick(read.register.label()));
        if zh {
            format!(
                "电能表 {} {register}：{start} 至 {end}{times}{over}{adjusted}，{energy} {unit}{check}。",
                read.meter_no
            )
        } else {
            format!(
                "Meter {}, {register}: {start} to {end}{times}{over}{adjusted}: {energy} {unit}{check}.",
                read.meter_no
            )
        }
    };
    Text::new(describe(Language::Zh), describe(Language::En))
}

/// Days of which a multiple counts, with the arithmetic.
pub fn adjustment(part: &Adjusted, read: &Read) -> Text {
    let Adjusted { period, cause, numerator, denominator, counted, counts } = part;
    let (cause, unit) = (cause.label(), read.register.unit_name());
    let Period { from, to } = period;
    Text::new(
        format!("{from} 至 {to} {}：{counted} × {numerator} ÷ {denominator} = {counts} {}", cause.zh, unit.zh),
        format!("{from} to {to} {}: {counted} × {numerator} ÷ {denominator} = {counts} {}", cause.en, unit.en),
    )
}
