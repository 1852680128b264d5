//! What the meters show, month after month, and the few things that went wrong.

use crate::month::Month;
use crate::rng::Rng;

use super::people::{Account, Tariff};
use super::{Plan, line};

pub const DIGITS: u32 = 6;

/// One register of one meter.
pub struct Meter {
    pub meter_no: String,
    pub supply_no: String,
    pub installed_on: String,
    pub removed_on: String,
    pub multiplier: u64,
    pub register: &'static str,
    pub opening: String,
    pub closing: String,
}

pub struct History {
    pub meters: Vec<Meter>,
    /// Lines of the readings file of each cycle.
    pub readings: Vec<String>,
}

/// Which account has which trouble, by its place in the file; months count from nought.
const MISSING: (usize, usize) = (10, 1);
const SPIKE: (usize, usize) = (11, 2);
const VACANT: (usize, usize) = (13, 2);
const METER_CHANGE: (usize, usize) = (14, 1);
const CHANGE_DAY: i64 = 12;

/// States of the registers in hundredths of a kWh: total, and its parts where they are measured.
struct State {
    total: u64,
    peak: u64,
}

impl State {
    fn add(&mut self, used: u64, peak: u64) {
        self.total += used;
        self.peak += peak;
    }

    fn of(&self, register: &str) -> String {
        let value = match register {
            "peak" => self.peak,
            "valley" => self.total - self.peak,
            _ => self.total,
        };
        format!("{}.{:02}", value / 100, value % 100)
    }
}

pub fn history(index: usize, account: &Account, plan: Plan, rng: &mut Rng) -> History {
    let registers: &[&'static str] = match account.tariff {
        Tariff::ResidentTou => &["total", "peak", "valley"],
        _ => &["total"],
    };
    let before = plan.first.plus(-1).last_day();
    let start = rng.between(0, 900_000);
    let mut state = State { total: start, peak: start * 3 / 5 };
    let meter_no = format!("{}", 330_100_000_000_u64 + index as u64);
    let mut meters: Vec<Meter> = registers
        .iter()
        .map(|register| Meter {
            meter_no: meter_no.clone(),
            supply_no: account.supply_no.clone(),
            installed_on: before.clone(),
            removed_on: String::new(),
            multiplier: account.multiplier,
            register,
            opening: state.of(register),
            closing: String::new(),
        })
        .collect();
    let base = monthly(account, rng);
    let mut current = meter_no;
    let mut readings = Vec::new();
    for cycle in 0..plan.cycles {
        let month = plan.first.plus(cycle as i64);
        let used = used(index, cycle, base, rng);
        if (index, cycle) == METER_CHANGE {
            state.add(used / 3, 0);
            current = replace(&mut meters, &mut state, month);
        } else {
            state.add(used, used * rng.between(50, 70) / 100);
        }
        let mut lines = String::new();
        for register in registers {
            if (index, cycle) != MISSING {
                let (day, value) = (month.last_day(), state.of(register));
                line(&mut lines, format_args!("{current},{day},{register},{value},actual"));
            }
        }
        readings.push(lines);
    }
    History { meters, readings }
}

/// Hundredths of a kWh at the register, a usual month.
fn monthly(account: &Account, rng: &mut Rng) -> u64 {
    let kwh = match account.tariff {
        Tariff::Resident | Tariff::ResidentTou => rng.between(80, 350),
        Tariff::Trade => account.capacity_kva * rng.between(60, 150) / account.multiplier,
        Tariff::Farming => account.capacity_kva * rng.between(10, 60),
    };
    kwh * 100 + rng.between(0, 99)
}

fn used(index: usize, cycle: usize, base: u64, rng: &mut Rng) -> u64 {
    let usual = base * rng.between(80, 120) / 100;
    match (index, cycle) {
        SPIKE => usual * 20,
        VACANT => 0,
        _ => usual,
    }
}

/// The old meter closes, a new one begins at nought and runs for the rest of the month.
fn replace(meters: &mut Vec<Meter>, state: &mut State, month: Month) -> String {
    let changed_on = month.day(CHANGE_DAY);
    let mut added = Vec::new();
    let mut new_no = String::new();
    for old in meters.iter_mut() {
        old.removed_on.clone_from(&changed_on);
        old.closing = state.of(old.register);
        new_no = old.meter_no.replacen("3301", "3302", 1);
        added.push(Meter {
            meter_no: new_no.clone(),
            supply_no: old.supply_no.clone(),
            installed_on: changed_on.clone(),
            removed_on: String::new(),
            multiplier: old.multiplier,
            register: old.register,
            opening: "0".to_owned(),
            closing: String::new(),
        });
    }
    meters.extend(added);
    *state = State { total: 12_345, peak: 0 };
    new_no
}
