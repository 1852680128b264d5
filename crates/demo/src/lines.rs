//! Lines of files, in the columns of the imports.

use std::fmt::Write;

use kernel::Date;

use crate::account::Account;
use crate::land::Area;
use crate::meters::Hung;
use crate::paying::Payment;

pub const AREA_COLUMNS: &str = "station,substation,feeder,area_code,area_name,capacity_kva\n";
pub const CUSTOMER_COLUMNS: &str = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on,customer_no,book\n";
pub const METER_COLUMNS: &str =
    "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing\n";
pub const READING_COLUMNS: &str = "meter_no,read_on,register,value,kind\n";
pub const OPENING_COLUMNS: &str = "supply_no,as_of,year_to_date_kwh,balance\n";

pub const AGREEMENT_COLUMNS: &str =
    "supply_no,from,demand_mode,capacity_kva,contract_kw,meter_side,no_load_kw,line_loss\n";

pub const MANDATE_COLUMNS: &str = "supply_no,bank,holder,account_no,agreement_no,since\n";
pub const PAYMENT_COLUMNS: &str = "reference,supply_no,paid_at,amount,method,channel\n";

const DIGITS: u32 = 6;

/// It is reset at each reading, so that nothing is to be closed.
pub const DEMAND: &str = "demand";

/// The two banks of the county, and how their card numbers begin.
const BANKS: [(&str, &str); 2] = [("qhrcb", "990001"), ("lscb", "990002")];

/// What lets a bank debit an account for what it owes.
pub fn mandate_line(lines: &mut String, account: &Account, since: Date) {
    let (bank, begins) = BANKS[usize::from(account.index % 5 < 2)];
    let Account { supply_no, name, index, .. } = account;
    lines.push_str(&format!("{supply_no},{bank},{name},{begins}{index:013},DK{index:08},{since}\n"));
}

/// A transformer area, where `near` is.
pub fn area_line(lines: &mut String, near: &Area, code: &str, name: &str, capacity_kva: i64) {
    let Area { station, substation, feeder, .. } = near;
    let _ = writeln!(lines, "{station},{substation},{feeder},{code},{name},{capacity_kva}");
}

/// One customer of `area`, or with a transformer of his own near it.
pub fn customer_line(lines: &mut String, account: &Account, area: &Area) {
    let a = account;
    let persons = a.persons.map_or_else(String::new, |persons| persons.to_string());
    let _ = writeln!(
        lines,
        "{},{},{},{},{},{},{},{},{},{},{},{persons},{},{},{},{}",
        a.supply_no,
        a.name,
        a.kind,
        a.category,
        a.phone,
        a.address,
        area.station,
        a.own_area().as_ref().unwrap_or(&area.code),
        a.voltage,
        a.capacity_kva,
        a.tariff.code(),
        a.concession,
        a.opened_on,
        a.customer_no,
        area.book,
    );
}

/// What was agreed on with works that pay for their capacity. The smaller ones are metered behind their transformer.
pub fn agreement_line(lines: &mut String, account: &Account) {
    let Account { supply_no, opened_on, capacity_kva, index, .. } = account;
    let (mode, contract) = match index % 3 {
        0 => ("capacity", String::new()),
        1 => ("contract", (capacity_kva * 6 / 10).to_string()),
        _ => ("actual", String::new()),
    };
    let side = if *capacity_kva < 630 { "low,0.57" } else { "high," };
    let _ = writeln!(lines, "{supply_no},{opened_on},{mode},{capacity_kva},{contract},{side},");
}

pub fn meter_lines(lines: &mut String, account: &Account, hung: &Hung, removed_on: Option<Date>) {
    let removed = removed_on.map_or_else(String::new, |day| day.to_string());
    for (register, opening) in hung.registers.iter().zip(&hung.openings) {
        let is_closed = removed_on.is_some() && register.word != DEMAND;
        let closing = if is_closed { shown(register.state) } else { String::new() };
        let _ = writeln!(
            lines,
            "{},{},{},{removed},{},{DIGITS},{},{},{closing}",
            hung.meter_no,
            account.supply_no,
            hung.installed_on,
            account.multiplier,
            register.word,
            shown(*opening),
        );
    }
}

pub fn reading_line(lines: &mut String, meter_no: &str, register: &str, on: Date, state: i64, kind: &str) {
    let _ = writeln!(lines, "{meter_no},{on},{register},{},{kind}", shown(state));
}

fn shown(state: i64) -> String {
    format!("{}.{:02}", state / 100, state % 100)
}

/// Fen as yuan.
pub fn money(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

pub fn payment_line(lines: &mut String, supply_no: &str, day: Date, fen: i64, payment: &Payment) {
    let Payment { reference, second, method, channel, .. } = payment;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let amount = money(fen);
    let _ =
        writeln!(lines, "{reference},{supply_no},{day}T{hour:02}:{minute:02}:{second:02},{amount},{method},{channel}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_yuan_with_two_decimals() {
        assert_eq!([money(0), money(-1205), money(300)], ["0.00", "-12.05", "3.00"]);
    }
}
