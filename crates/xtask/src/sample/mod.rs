//! A small bureau out of nothing: invented people in an invented town, the same for the same plan.

mod people;
mod usage;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::month::Month;
use crate::rng::Rng;

use people::{Account, Tariff};
use usage::Meter;

#[derive(Clone, Copy)]
pub struct Plan {
    pub customers: usize,
    pub first: Month,
    pub cycles: usize,
    pub seed: u64,
}

/// The files that an operator would import.
pub struct Sample {
    pub areas: String,
    pub customers: String,
    pub meters: String,
    pub openings: String,
    pub readings: Vec<(Month, String)>,
    /// What channels report in the month after each cycle.
    pub payments: Vec<String>,
}

const AREAS: [(&str, &str, &str, &str, &str, u32); 4] = [
    ("QH01", "清河变电站", "清河101线", "QH0101", "柳荫小区一台区", 630),
    ("QH01", "清河变电站", "清河102线", "QH0102", "桂花里二台区", 400),
    ("QH02", "东渡变电站", "东渡201线", "QH0201", "东渡老街台区", 400),
    ("QH02", "东渡变电站", "东渡202线", "QH0202", "稻香村排灌台区", 1000),
];

pub fn generate(plan: Plan) -> Sample {
    let mut rng = Rng::new(plan.seed);
    let accounts: Vec<Account> = (0..plan.customers).map(|index| people::account(index, &mut rng)).collect();
    let mut meters = Vec::new();
    let mut readings: Vec<String> = vec!["meter_no,read_on,register,value,kind\n".to_owned(); plan.cycles];
    for (index, account) in accounts.iter().enumerate() {
        let history = usage::history(index, account, plan, &mut rng);
        for (file, lines) in readings.iter_mut().zip(&history.readings) {
            file.push_str(lines);
        }
        meters.extend(history.meters);
    }
    Sample {
        areas: areas(),
        customers: customers(&accounts),
        meters: meter_file(&meters),
        openings: openings(&accounts, plan, &mut rng),
        payments: (0..plan.cycles).map(|cycle| payments(&accounts, plan, cycle)).collect(),
        readings: (0..).map(|i| plan.first.plus(i)).zip(readings).collect(),
    }
}

fn areas() -> String {
    let mut text = "station,substation,feeder,area_code,area_name,capacity_kva\n".to_owned();
    for (station, substation, feeder, code, name, capacity) in AREAS {
        line(&mut text, format_args!("{station},{substation},{feeder},{code},{name},{capacity}"));
    }
    text
}

fn customers(accounts: &[Account]) -> String {
    let mut text = "supply_no,name,kind,category,phone,address,station,area_code,voltage,\
                    capacity_kva,tariff,persons,concession,opened_on,customer_no,book\n"
        .to_owned();
    for a in accounts {
        let persons = a.persons.map_or(String::new(), |n| n.to_string());
        let (station, _, _, area, ..) = AREAS[a.area];
        line(
            &mut text,
            format_args!(
                "{},{},{},{},{},{},{station},{area},{},{},{},{persons},{},{},{},{area}-1",
                a.supply_no,
                a.name,
                a.kind,
                a.category,
                a.phone,
                a.address,
                a.voltage,
                a.capacity_kva,
                a.tariff.code(),
                a.concession,
                a.opened_on,
                a.customer_no,
            ),
        );
    }
    text
}

fn meter_file(meters: &[Meter]) -> String {
    let mut text = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing\n".to_owned();
    for m in meters {
        line(
            &mut text,
            format_args!(
                "{},{},{},{},{},{},{},{},{}",
                m.meter_no,
                m.supply_no,
                m.installed_on,
                m.removed_on,
                m.multiplier,
                usage::DIGITS,
                m.register,
                m.opening,
                m.closing
            ),
        );
    }
    text
}

/// Where the old books end and this program begins: the last day before the first cycle.
fn openings(accounts: &[Account], plan: Plan, rng: &mut Rng) -> String {
    let mut text = "supply_no,as_of,year_to_date_kwh,balance\n".to_owned();
    let as_of = plan.first.plus(-1).last_day();
    for account in accounts {
        let resident = matches!(account.tariff, Tariff::Resident | Tariff::ResidentTou);
        // A new year counts from nothing.
        let months = (plan.first.month - 1).unsigned_abs();
        let used = months * rng.between(90, 320);
        let used = if resident { used } else { 0 };
        let balance = if rng.one_in(12) { "50.00" } else { "0.00" };
        line(&mut text, format_args!("{},{as_of},{used},{balance}", account.supply_no));
    }
    text
}

/// Most accounts pay something, seldom what they owe; a few pay twice.
fn payments(accounts: &[Account], plan: Plan, cycle: usize) -> String {
    let mut text = "reference,supply_no,paid_at,amount,method,channel\n".to_owned();
    // Of its own, so that the other files do not depend on it.
    let mut rng = Rng::new(plan.seed.wrapping_add(1000 + cycle as u64));
    let month = (0..=cycle).fold(plan.first, |month, _| month.plus(1));
    let mut number = 0;
    for account in accounts {
        let times = [1, 1, 1, 1, 1, 2, 0][rng.between(0, 6) as usize];
        for _ in 0..times {
            number += 1;
            let (day, hour, fen) = (rng.between(1, 28), rng.between(8, 20), rng.between(100, 30_000));
            let (method, channel) = *rng.pick(&[("wechat", ""), ("alipay", ""), ("transfer", "rural-bank")]);
            let paid_at = format!("{month}-{day:02}T{hour:02}:30:00");
            let (yuan, rest) = (fen / 100, fen % 100);
            let number = format!("W{month}-{number}");
            line(
                &mut text,
                format_args!("{number},{},{paid_at},{yuan}.{rest:02},{method},{channel}", account.supply_no),
            );
        }
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{content}");
}

impl Sample {
    /// Each file's kind and content, in the order in which they are imported.
    pub fn files(&self) -> Vec<(&'static str, String, &str)> {
        let mut files = vec![
            ("areas", "areas.csv".to_owned(), self.areas.as_str()),
            ("customers", "customers.csv".to_owned(), &self.customers),
            ("meters", "meters.csv".to_owned(), &self.meters),
            ("openings", "openings.csv".to_owned(), &self.openings),
        ];
        for ((month, readings), payments) in self.readings.iter().zip(&self.payments) {
            files.push(("readings", format!("readings-{month}.csv"), readings));
            files.push(("payments", format!("payments-{month}.csv"), payments));
        }
        files
    }

    pub fn write(&self, dir: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
        std::fs::create_dir_all(dir)?;
        self.files()
            .into_iter()
            .map(|(kind, name, content)| {
                let path = dir.join(name);
                std::fs::write(&path, content)?;
                Ok((kind, path))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::table::Table;

    fn sample() -> Sample {
        generate(Plan { customers: 120, first: Month::new(2026, 8), cycles: 3, seed: 1 })
    }

    #[test]
    fn the_same_plan_gives_the_same_files() {
        let (a, b) = (sample(), sample());
        for (one, other) in a.files().iter().zip(b.files()) {
            assert_eq!(one.2, other.2, "{}", one.1);
        }
    }

    #[test]
    fn every_row_has_as_many_fields_as_its_header() {
        for (_, name, content) in sample().files() {
            let table = Table::parse(content).expect("CSV");
            assert!(!table.rows.is_empty(), "{name}");
            for row in &table.rows {
                assert_eq!(row.len(), table.header.len(), "{name}: {row:?}");
            }
        }
    }

    #[test]
    fn supply_numbers_are_ten_digits_and_unique() {
        let table = Table::parse(&sample().customers).expect("CSV");
        let numbers: HashSet<_> =
            table.select(["supply_no"]).expect("column").into_iter().map(|[number]| number.to_owned()).collect();
        assert_eq!(numbers.len(), 120);
        assert!(numbers.iter().all(|number| number.len() == 10));
    }

    #[test]
    fn registers_never_run_backwards_and_time_of_use_adds_up() {
        let sample = sample();
        let mut last: HashMap<(String, String), u64> = HashMap::new();
        for (_, content) in &sample.readings {
            let table = Table::parse(content).expect("CSV");
            let mut sums: HashMap<String, [u64; 2]> = HashMap::new();
            let columns = ["meter_no", "register", "value"];
            for [meter, register, value] in table.select(columns).expect("columns") {
                let value: u64 = value.replace('.', "").parse().expect("a number");
                let before = last.insert((meter.to_owned(), register.to_owned()), value);
                assert!(before.is_none_or(|before| before <= value), "{meter}");
                let sum = sums.entry(meter.to_owned()).or_default();
                sum[usize::from(register != "total")] += value;
            }
            for (meter, [total, parts]) in sums {
                assert!(parts == 0 || parts == total, "{meter}: {total} {parts}");
            }
        }
    }

    #[test]
    fn the_doubtful_rows_are_there() {
        let sample = sample();
        let rows = |i: usize| Table::parse(&sample.readings[i].1).expect("CSV").rows.len();
        assert_eq!(rows(1) + 1, rows(0), "one reading is missing in the second month");
        let meters = Table::parse(&sample.meters).expect("CSV");
        let columns = ["removed_on", "multiplier"];
        let rows = meters.select(columns).expect("columns");
        assert_eq!(rows.iter().filter(|[removed, _]| !removed.is_empty()).count(), 1);
        assert!(rows.iter().any(|[_, multiplier]| *multiplier == "40"));
    }
}
