//! What a bill says of itself before its arithmetic.

use kernel::{Language, Text};

use crate::bill::{Bill, BillStatus, Read, State};

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
        let unit = pick(read.register.unit_name());
        let ends = |state: &State| format!("{} {}({})", state.on, state.value, pick(state.kind.label()));
        let (start, end, energy, register) = (ends(from), ends(to), read.energy, pick(read.register.label()));
        if zh {
            format!("电能表 {} {register}：{start} 至 {end}{times}{over}，{energy} {unit}{check}。", read.meter_no)
        } else {
            format!("Meter {}, {register}: {start} to {end}{times}{over}: {energy} {unit}{check}.", read.meter_no)
        }
    };
    Text::new(describe(Language::Zh), describe(Language::En))
}
