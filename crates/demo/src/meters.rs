//! What the meters show, month after month, and what goes wrong with them.
//!
//! A meter counts whether or not it is read: trouble changes what is told of it, never what it
//! counted, so that the month after is right again.

use std::collections::HashMap;
use std::fmt::Write;

use jiff::ToSpan;
use kernel::{Date, Month};

use crate::Plan;
use crate::account::{Account, Tariff};
use crate::chance::{Chance, Stream};
use crate::land::Area;
use crate::lines::{DEMAND, agreement_line, customer_line, meter_lines, money, reading_line};
use crate::season::{self, Habit};

/// Hundredths of a kWh after which a register starts again at zero.
const RANGE: i64 = 100_000_000;

/// What a month brings: lines of files, without their headers.
#[derive(Debug, Default)]
pub struct Told {
    pub customers: String,
    pub meters: String,
    pub openings: String,
    pub agreements: String,
    pub readings: String,
    /// Readings that somebody finds wrong and takes back, with what the meter really showed.
    pub misread: Vec<Misread>,
}

#[derive(Debug)]
pub struct Misread {
    pub meter_no: String,
    pub register: &'static str,
    pub read_on: Date,
    pub wrong: String,
    pub right: String,
}

/// What is wrong with the reading of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Missing,
    Estimated,
    /// Told by the customer.
    Told,
    /// Misread as less than before.
    Reversed,
    /// Misread by a digit.
    High,
    /// Really used so much.
    Spike,
    /// The meter stands still.
    Stuck,
}

/// The troubles of the month that is not billed yet, in turn: a list worth working through.
const OF_LAST_MONTH: [Trouble; 12] = [
    Trouble::Missing,
    Trouble::High,
    Trouble::Reversed,
    Trouble::Spike,
    Trouble::Stuck,
    Trouble::Estimated,
    Trouble::Missing,
    Trouble::High,
    Trouble::Told,
    Trouble::Spike,
    Trouble::Reversed,
    Trouble::Stuck,
];

pub struct Register {
    pub word: &'static str,
    /// Hundredths of a kWh, as the register shows them.
    pub state: i64,
}

/// A meter at its place.
pub struct Hung {
    pub meter_no: String,
    pub installed_on: Date,
    pub registers: Vec<Register>,
    pub openings: Vec<i64>,
    read_to: Date,
}

/// All meters of a county, at the end of some month.
pub struct Meters<'a> {
    plan: &'a Plan,
    areas: &'a [Area],
    accounts: &'a [Account],
    hung: Vec<Option<Hung>>,
    changes: u64,
    /// What the days of the current month weigh.
    weights: HashMap<u8, i64>,
}

impl<'a> Meters<'a> {
    pub fn new(plan: &'a Plan, areas: &'a [Area], accounts: &'a [Account]) -> Meters<'a> {
        let hung = accounts.iter().map(|_| None).collect();
        Meters { plan, areas, accounts, hung, changes: 0, weights: HashMap::new() }
    }

    /// The archive as it is taken over, before the first month.
    pub fn take_over(&mut self) -> Told {
        let mut told = Told::default();
        let as_of = self.plan.first.first_day().saturating_sub(1.day());
        for at in 0..self.accounts.len() {
            if self.accounts[at].opened_on <= as_of {
                self.connect(at, as_of, &mut told);
                self.open(at, as_of, &mut told.openings);
            }
        }
        told
    }

    /// One month, `turn` months after the first.
    pub fn month(&mut self, turn: i32) -> Told {
        let mut told = Told::default();
        let month = self.plan.month(turn);
        self.weights.clear();
        for at in 0..self.accounts.len() {
            let opened_on = self.accounts[at].opened_on;
            if self.hung[at].is_none() && opened_on < month.last_day() {
                self.connect(at, opened_on, &mut told);
            }
            if self.hung[at].is_some() {
                self.count(at, turn, month, &mut told);
            }
        }
        told
    }

    fn connect(&mut self, at: usize, installed_on: Date, told: &mut Told) {
        let (account, area) = (&self.accounts[at], &self.areas[self.accounts[at].area]);
        customer_line(&mut told.customers, account, area);
        let mut chance = Chance::of(self.plan.seed, Stream::Meter, account.index, 0);
        let words: &[&'static str] = match account.tariff {
            Tariff::ResidentTou if chance.percent(15) => &["total", "peak", "valley"],
            Tariff::ResidentTou => &["peak", "valley"],
            Tariff::Industry => &["sharp", "peak", "flat", "valley", "reactive", DEMAND],
            _ => &["total"],
        };
        if account.tariff == Tariff::Industry {
            agreement_line(&mut told.agreements, account);
        }
        let old = installed_on < self.plan.first.first_day();
        let about = account.daily_wh / account.multiplier / 10;
        let start = if !old {
            0
        } else if chance.in_ten_thousand(15) {
            // Starts again at zero within the two years.
            RANGE - about * chance.between(40, 500)
        } else {
            about * chance.between(200, 3_600)
        };
        let mut hung = Hung {
            meter_no: format!("33{:010}", 4_100_000_000 + account.index * 7 + self.plan.seed % 7),
            installed_on,
            registers: Vec::new(),
            openings: Vec::new(),
            read_to: installed_on,
        };
        for word in words {
            let state = match *word {
                DEMAND => 0,
                "peak" => start * account.peak_percent / 100,
                "valley" => start - start * account.peak_percent / 100,
                _ => start,
            };
            hung.registers.push(Register { word, state });
            hung.openings.push(state);
        }
        meter_lines(&mut told.meters, account, &hung, None);
        self.hung[at] = Some(hung);
    }

    fn open(&self, at: usize, as_of: Date, openings: &mut String) {
        let account = &self.accounts[at];
        let mut chance = Chance::of(self.plan.seed, Stream::Meter, account.index, 1);
        let january = kernel::time::parse_date(&format!("{}-01-01", as_of.year())).unwrap_or(as_of);
        let from = january.saturating_sub(1.day()).max(account.opened_on);
        let weight = season::weight(self.plan.seed, account.habit, from, as_of);
        let kwh = if account.is_empty(0) { 0 } else { account.daily_wh * weight / 1_000_000 };
        let balance = match chance.between(0, 99) {
            0..=8 => chance.between(2, 40) * 1000,
            9..=12 => -chance.between(2_000, 26_000),
            _ => 0,
        };
        let _ = writeln!(openings, "{},{as_of},{kwh},{}", account.supply_no, money(balance));
    }

    fn count(&mut self, at: usize, turn: i32, month: Month, told: &mut Told) {
        let account = &self.accounts[at];
        let Some(mut hung) = self.hung[at].take() else { return };
        let to = month.last_day();
        let mut chance = Chance::of(self.plan.seed, Stream::Use, account.index, turn.unsigned_abs().into());
        let trouble = self.trouble(account, turn);
        let before: Vec<i64> = hung.registers.iter().map(|register| register.state).collect();
        let used = if trouble == Trouble::Stuck { 0 } else { self.used(account, &mut chance, turn, hung.read_to, to) };
        let used = if trouble == Trouble::Spike { used * chance.between(7, 12) + 400_000 } else { used };
        let fresh = hung.installed_on > month.first_day();
        if !fresh && chance.in_ten_thousand(17) {
            let days = chance.between(6, 24);
            let changed_on = month.first_day().saturating_add(days.days());
            hung.run(account, used * days / 30, &mut chance);
            // Of demand nothing is closed: it is read on the evening before.
            if let Some(demand) = hung.registers.iter().find(|register| register.word == DEMAND) {
                let eve = changed_on.saturating_sub(1.day());
                reading_line(&mut told.readings, &hung.meter_no, DEMAND, eve, demand.state, "actual");
            }
            meter_lines(&mut told.meters, account, &hung, Some(changed_on));
            hung = self.replaced(account, &hung, changed_on);
            meter_lines(&mut told.meters, account, &hung, None);
            hung.run(account, used - used * days / 30, &mut chance);
            hung.tell(&mut told.readings, to, "actual");
        } else {
            hung.run(account, used, &mut chance);
            hung.tell_with(trouble, &before, to, turn == self.plan.turns() - 1, told, &mut chance);
        }
        hung.read_to = to;
        self.hung[at] = Some(hung);
    }

    /// Wh from the day after `from` to `to`.
    fn used(&mut self, account: &Account, chance: &mut Chance, turn: i32, from: Date, to: Date) -> i64 {
        if account.is_empty(turn) {
            // A fridge, a router, or nothing at all.
            return if account.index.is_multiple_of(3) { 0 } else { chance.between(600, 9_000) };
        }
        let whole = from.saturating_add(1.day()).day() == 1;
        let seed = self.plan.seed;
        let weight = match whole {
            true => *self
                .weights
                .entry(account.habit as u8)
                .or_insert_with(|| season::weight(seed, account.habit, from, to)),
            false => season::weight(seed, account.habit, from, to),
        };
        let grown = account.daily_wh + account.daily_wh * (account.growth - 1000) * i64::from(turn) / 12_000;
        let noise = if account.habit == Habit::Steady { chance.around(97, 103) } else { chance.around(78, 122) };
        grown * weight / 1000 * noise / 100
    }

    fn replaced(&mut self, account: &Account, old: &Hung, changed_on: Date) -> Hung {
        self.changes += 1;
        let registers: Vec<Register> =
            old.registers.iter().map(|register| Register { word: register.word, state: 0 }).collect();
        Hung {
            meter_no: format!("34{:010}", 5_200_000_000 + self.changes * 3 + account.index % 3),
            installed_on: changed_on,
            openings: registers.iter().map(|_| 0).collect(),
            registers,
            read_to: changed_on,
        }
    }

    fn trouble(&self, account: &Account, turn: i32) -> Trouble {
        if turn == self.plan.turns() - 1 {
            let all = self.accounts.len();
            let every = (all / (all / 80).max(24)).max(1);
            let at = usize::try_from(account.index).unwrap_or(0);
            let troubled = at % every == every / 2;
            return if troubled { OF_LAST_MONTH[at / every % OF_LAST_MONTH.len()] } else { Trouble::None };
        }
        let mut chance = Chance::of(self.plan.seed, Stream::Trouble, account.index, turn.unsigned_abs().into());
        match chance.between(0, 9_999) {
            0..=7 => Trouble::Missing,
            8..=39 => Trouble::Estimated,
            40..=59 => Trouble::Told,
            60..=62 => Trouble::Reversed,
            63..=65 => Trouble::Spike,
            66..=67 => Trouble::Stuck,
            _ => Trouble::None,
        }
    }
}

impl Hung {
    /// The meter counts so many Wh.
    fn run(&mut self, account: &Account, wh: i64, chance: &mut Chance) {
        if account.tariff == Tariff::Industry {
            return self.run_works(account, wh, chance);
        }
        let counted = wh / account.multiplier / 10;
        let by_day = counted * (account.peak_percent + chance.between(-4, 4)) / 100;
        for register in &mut self.registers {
            let more = match register.word {
                "peak" => by_day,
                "valley" => counted - by_day,
                _ => counted,
            };
            register.state = (register.state + more) % RANGE;
        }
    }

    /// Works keep to the hours of the day, take reactive energy, and have a highest demand.
    fn run_works(&mut self, account: &Account, wh: i64, chance: &mut Chance) {
        let counted = wh / account.multiplier / 10;
        let (sharp, peak, valley) = (chance.between(4, 7), chance.between(26, 32), chance.between(24, 30));
        // A power factor of 0.86 to 0.98, by the works.
        let reactive = 20 + i64::try_from(account.index % 8).unwrap_or(0) * 5 + chance.between(0, 3);
        let demand = account.daily_wh * chance.between(105, 135) / 100 / 12 / account.multiplier / 10;
        for register in &mut self.registers {
            let percent = match register.word {
                "sharp" => sharp,
                "peak" => peak,
                "valley" => valley,
                "reactive" => reactive,
                _ => 100 - sharp - peak - valley,
            };
            register.state = match register.word {
                DEMAND if wh == 0 => 0,
                DEMAND => demand,
                _ => (register.state + counted * percent / 100) % RANGE,
            };
        }
    }

    fn tell(&self, readings: &mut String, on: Date, kind: &str) {
        for register in &self.registers {
            reading_line(readings, &self.meter_no, register.word, on, register.state, kind);
        }
    }

    fn tell_with(&self, trouble: Trouble, before: &[i64], on: Date, last: bool, told: &mut Told, chance: &mut Chance) {
        let kind = match trouble {
            Trouble::Missing => return,
            Trouble::Estimated => "estimated",
            Trouble::Told => "customer",
            _ => "actual",
        };
        // A slip of the pen happens to one register.
        let slip = match trouble {
            Trouble::Reversed => Some(before[0] - chance.between(1_000, 40_000)).filter(|wrong| *wrong >= 0),
            Trouble::High => Some(self.registers[0].state + *chance.pick(&[100_000, 300_000, 1_000_000]))
                .filter(|wrong| *wrong < RANGE),
            _ => None,
        };
        let Some(wrong) = slip else { return self.tell(&mut told.readings, on, kind) };
        for (at, register) in self.registers.iter().enumerate() {
            let state = if at == 0 { wrong } else { register.state };
            if at > 0 || last {
                reading_line(&mut told.readings, &self.meter_no, register.word, on, state, kind);
                continue;
            }
            let mut misread = Misread {
                meter_no: self.meter_no.clone(),
                register: register.word,
                read_on: on,
                wrong: String::new(),
                right: String::new(),
            };
            reading_line(&mut misread.wrong, &self.meter_no, register.word, on, wrong, kind);
            reading_line(&mut misread.right, &self.meter_no, register.word, on, register.state, kind);
            told.misread.push(misread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{account, land};

    fn two_years(seed: u64) -> Vec<Told> {
        let plan = Plan { customers: 1_000, seed, ..Plan::sample() };
        let areas = land::areas(plan.seed, plan.customers);
        let accounts = account::accounts(&plan, &areas);
        let mut meters = Meters::new(&plan, &areas, &accounts);
        let mut told = vec![meters.take_over()];
        told.extend((0..plan.turns()).map(|turn| meters.month(turn)));
        told
    }

    #[test]
    fn the_same_seed_tells_the_same_and_another_seed_another_story() {
        let text = |told: &[Told]| told.iter().map(|month| month.readings.clone()).collect::<String>();
        let first = text(&two_years(1));
        assert_eq!(first, text(&two_years(1)));
        assert_ne!(first, text(&two_years(2)));
    }

    #[test]
    fn every_month_is_read_and_the_last_has_every_trouble() {
        let told = two_years(1);
        assert_eq!(told.len(), 25);
        assert!(told[1..].iter().all(|month| month.readings.lines().count() > 1_200));
        assert!(told[1..24].iter().map(|month| month.misread.len()).sum::<usize>() > 0);
        assert!(told[1..].iter().any(|month| month.customers.lines().count() > 0));
        assert!(told[1..].iter().any(|month| month.meters.lines().any(|line| line.starts_with("34"))));
        let last = &told[24];
        assert!(last.misread.is_empty());
        assert!(last.readings.contains("estimated") && last.readings.contains("customer"));
    }
}
