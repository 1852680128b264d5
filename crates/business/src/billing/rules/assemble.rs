//! Which registers moved from where to where, and over which days.
//!
//! ```text
//!   state of the last bill ─────────────────────▶ last reading of the month     a meter in use
//!   state of the last bill ──▶ closing            |  opening ──▶ last reading   a change of meter
//! ```
//!
//! Each register goes from where the last bill left it. Nothing is lost when registers are read on
//! different days, and nothing is counted twice: the next bill begins where this one ends. Where the
//! tariff or its version changes on the way and the register was read then, its way has a stop there.

use kernel::time::{days_between, next_day};
use kernel::{Date, Energy, Month, Period, Power, ReactiveEnergy, Register, Text};
use pricing::Stretch as MonthStretch;
use pricing::rules::{UseUpTo, stretches};

use super::legs::{Span, add};
use super::way::Leg;
use crate::agreement::Metered;
use crate::amendment::Factor;
use crate::bill::{Adjusted, CarriedState, Read, State, StateKind};
use crate::billing::model::Inputs;
use crate::metering::{Meter, MeterRegister};
use crate::reading::rules::{self as reading_rules, Counted, Doubt, Finding, ReviewRules, Stretch, Use};
use crate::reading::{Reading, ReadingKind};

/// What the reads of an account came to.
pub enum Assembled {
    /// All meters are gone and billed.
    Idle,
    Blocked(Vec<Finding>),
    Ready(Ready),
}

pub struct Ready {
    pub reads: Vec<Read>,
    pub carried: Vec<CarriedState>,
    pub period: Period,
    pub stretches: Vec<MonthStretch>,
    /// Use of the billed registers.
    pub usage: Vec<(Register, Energy)>,
    /// The same leg by leg, where it is known.
    pub uses: Vec<UseUpTo>,
    pub metered: Metered,
    pub findings: Vec<Finding>,
}

/// Follows every register of the account to the end of `cycle`, over legs with the registers that are billed on each.
pub fn assemble(rules: &ReviewRules, inputs: &Inputs, cycle: Month, legs: &[Leg]) -> Assembled {
    let (reads, spans, carried, findings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut walk = Walk { rules, inputs, cycle, legs, reads, spans, carried, findings };
    let counts = |meter: &Meter| meter.registers.iter().any(|register| register.register.is_active_energy());
    if !inputs.meters.iter().any(counts) {
        walk.found(Doubt::Missing, "该户没有计有功电量的电能表", "the account has no meter that counts active energy");
    }
    for meter in inputs.meters.iter().filter(|meter| meter.installed_on <= cycle.last_day()) {
        walk.meter(meter);
    }
    walk.hold();
    walk.finish()
}

pub(super) struct Walk<'a> {
    rules: &'a ReviewRules,
    pub(super) inputs: &'a Inputs,
    cycle: Month,
    pub(super) legs: &'a [Leg],
    pub(super) reads: Vec<Read>,
    /// The first and the last leg of each read.
    pub(super) spans: Vec<Span>,
    carried: Vec<CarriedState>,
    pub(super) findings: Vec<Finding>,
}

/// Where a register ends in this bill.
enum End {
    At(State),
    /// Its whole way is billed already.
    Done,
    /// It is said to have ended before, or otherwise than, what is billed already.
    Backwards(State),
    /// It was set on the last evening of the month: nothing can have moved.
    NotBegun,
    Unknown,
}

impl Walk<'_> {
    fn found(&mut self, doubt: Doubt, zh: impl Into<String>, en: impl Into<String>) {
        self.findings.push(Finding::new(doubt, zh, en));
    }

    fn meter(&mut self, meter: &Meter) {
        let first_read = self.reads.len();
        let active = meter.registers.iter().filter(|register| register.register.is_active_energy());
        let mut walked = false;
        for register in active {
            walked |= self.register(meter, register);
        }
        for register in meter.registers.iter().filter(|register| !register.register.is_active_energy()) {
            self.beside(meter, register);
        }
        if !walked {
            return;
        }
        let (first, last) = self.life(meter);
        let mut lacking: Vec<Register> = self.legs[first..=last].iter().flat_map(|leg| leg.registers.clone()).collect();
        lacking.retain(|register| meter.register(*register).is_none());
        lacking.sort_unstable();
        lacking.dedup();
        for register in lacking {
            let label = register.label();
            self.findings.push(Finding::new(
                Doubt::Missing,
                format!("电价按{}计费，电能表 {} 没有该计度器", label.zh, meter.meter_no),
                format!("the tariff bills the register {}, which meter {} does not have", label.en, meter.meter_no),
            ));
        }
        self.check_total(meter, first_read);
    }

    /// Whether there was anything to bill of this register, billed or not.
    fn register(&mut self, meter: &Meter, register: &MeterRegister) -> bool {
        let known = self.known_state(&meter.meter_no, register.register);
        let from = known.unwrap_or(State { on: meter.installed_on, value: register.opening, kind: StateKind::Opening });
        let end = self.end(meter, register, from, known.is_some());
        let (to, last) = match end {
            End::At(to) => (Some(to), self.leg_until(to.on)),
            _ => (None, self.life(meter).1),
        };
        let stops = self.stops(meter, register.register, from, to);
        match end {
            End::At(to) => self.follow(meter, register, from, &[stops, vec![(to, last)]].concat()),
            End::NotBegun => return false,
            End::Done => {
                self.carry(meter, register, from);
                return false;
            }
            End::Backwards(to) => self.impossible(meter, register.register, from, to),
            End::Unknown => {
                let left = stops.last().map_or(self.leg_after(from.on), |(_, leg)| leg + 1);
                if (left..=last).any(|leg| self.legs[leg].registers.contains(&register.register)) {
                    self.missing(meter, register.register);
                } else if !stops.is_empty() {
                    self.follow(meter, register, from, &stops);
                } else if known.is_some() {
                    self.carry(meter, register, from);
                }
            }
        }
        true
    }

    /// A register that is not priced as energy: reactive energy, demand. Whether the tariff needs it is found when it is
    /// priced.
    fn beside(&mut self, meter: &Meter, register: &MeterRegister) {
        let known = self.known_state(&meter.meter_no, register.register);
        // Bills that did not follow it have not billed it either: it is followed from its next reading on.
        let is_new = self.inputs.previous.as_ref().is_none_or(|previous| meter.installed_on >= previous.period.to);
        if known.is_none() && !is_new && register.register.is_counter() {
            if let Some(reading) = self.inputs.reading(meter, register.register) {
                self.carry(meter, register, State::of(reading));
            }
            return;
        }
        let from = known.unwrap_or(State { on: meter.installed_on, value: register.opening, kind: StateKind::Opening });
        match self.end(meter, register, from, known.is_some()) {
            End::At(to) if register.register.is_counter() => {
                self.read(meter, register, (from, to), (0, self.legs.len() - 1));
            }
            End::At(to) => self.demand(meter, register, from, to),
            End::Backwards(to) => self.impossible(meter, register.register, from, to),
            End::Done => self.carry(meter, register, from),
            End::Unknown if known.is_some() => self.carry(meter, register, from),
            End::NotBegun | End::Unknown => {}
        }
    }

    /// The highest demand since the last reading, which no difference tells.
    fn demand(&mut self, meter: &Meter, register: &MeterRegister, from: State, to: State) {
        self.spans.push((0, self.legs.len() - 1));
        self.reads.push(Read {
            meter_no: meter.meter_no.clone(),
            register: register.register,
            digits: register.digits,
            multiplier: meter.multiplier,
            from,
            to,
            energy: Energy::from_wh(to.value.thousandths().saturating_mul(meter.multiplier)),
            rolled_over: false,
            adjusted: Vec::new(),
            billed: false,
        });
    }

    fn missing(&mut self, meter: &Meter, register: Register) {
        let label = register.label();
        self.found(
            Doubt::Missing,
            format!("电能表 {} {} 在 {} 没有读数", meter.meter_no, label.zh, self.cycle),
            format!("meter {}, {}: no reading in {}", meter.meter_no, label.en, self.cycle),
        );
    }

    pub(super) fn read(&mut self, meter: &Meter, register: &MeterRegister, (from, to): (State, State), span: Span) {
        let Some(billed) = self.bills(meter, register.register, span) else { return };
        let stretch = Stretch {
            from: (from.on, from.value),
            to: (to.on, to.value),
            digits: register.digits,
            multiplier: meter.multiplier,
        };
        let counted = reading_rules::counted(self.rules, &stretch, self.inputs.account.capacity);
        let Some(energy) = counted.energy() else {
            return self.impossible(meter, register.register, from, to);
        };
        let rolled_over = matches!(counted, Counted::RolledOver(_));
        if rolled_over {
            self.found(
                Doubt::Rollover,
                format!("电能表 {} 读数由 {} 变为 {}，按翻转计 {energy} 千瓦时", meter.meter_no, from.value, to.value),
                format!(
                    "meter {}: {} became {}, taken as a rollover of {energy} kWh",
                    meter.meter_no, from.value, to.value
                ),
            );
        }
        let adjusted = adjusted(&self.inputs.factors, meter, (from.on, to.on), energy);
        let change: Energy = adjusted.iter().map(|part| part.counts - part.counted).sum();
        self.reads.push(Read {
            meter_no: meter.meter_no.clone(),
            register: register.register,
            digits: register.digits,
            multiplier: meter.multiplier,
            from,
            to,
            energy: energy + change,
            rolled_over,
            adjusted,
            billed,
        });
        self.spans.push(span);
    }

    /// Where the last bill left a register.
    fn known_state(&self, meter_no: &str, register: Register) -> Option<State> {
        let previous = self.inputs.previous.as_ref()?;
        let read = previous
            .reads
            .iter()
            .rfind(|read| read.meter_no == meter_no && read.register == register)
            .map(|read| read.to);
        let carried = || {
            previous
                .carried
                .iter()
                .find(|state| state.meter_no == meter_no && state.register == register)
                .map(|state| state.state)
        };
        read.or_else(carried)
    }

    fn carry(&mut self, meter: &Meter, register: &MeterRegister, state: State) {
        self.carried.push(CarriedState { meter_no: meter.meter_no.clone(), register: register.register, state });
    }

    fn end(&self, meter: &Meter, register: &MeterRegister, from: State, billed_before: bool) -> End {
        if let Some(removed_on) = meter.removed_on.filter(|removed_on| *removed_on <= self.cycle.last_day()) {
            let closing = register.closing.map(|value| State { on: removed_on, value, kind: StateKind::Closing });
            let last_read = || self.inputs.reading(meter, register.register).map(State::of);
            let closing = closing.or_else(|| if register.register.is_counter() { None } else { last_read() });
            return match closing {
                Some(closing) if (closing.on, closing.value) == (from.on, from.value) => End::Done,
                Some(closing) if closing.on <= from.on => End::Backwards(closing),
                Some(closing) => End::At(closing),
                None => End::Unknown,
            };
        }
        let reading = self.inputs.reading(meter, register.register).filter(|reading| reading.read_on > from.on);
        match reading {
            Some(reading) => End::At(State::of(reading)),
            None if !billed_before && meter.installed_on == self.cycle.last_day() => End::NotBegun,
            None => End::Unknown,
        }
    }

    fn impossible(&mut self, meter: &Meter, register: Register, from: State, to: State) {
        let label = register.label();
        self.found(
            Doubt::Negative,
            format!(
                "电能表 {} {}：{} 的 {} 之后，{} 为 {}，不可能",
                meter.meter_no, label.zh, from.on, from.value, to.on, to.value
            ),
            format!(
                "meter {}, {}: {} on {} cannot become {} on {}",
                meter.meter_no, label.en, from.value, from.on, to.value, to.on
            ),
        );
    }

    /// The periods of the day must add up to the total, where a meter shows both.
    fn check_total(&mut self, meter: &Meter, first_read: usize) {
        let own = &self.reads[first_read..];
        let mut found = Vec::new();
        for total in own.iter().filter(|read| read.register == Register::Total) {
            let is_beside =
                |read: &&Read| read.register.is_period() && (read.from.on, read.to.on) == (total.from.on, total.to.on);
            let periods: Vec<&Read> = own.iter().filter(is_beside).collect();
            let sum: Energy = periods.iter().map(|read| read.energy).sum();
            let tolerance = i128::from(self.rules.total_tolerance.wh()) * i128::from(meter.multiplier);
            if !periods.is_empty() && i128::from((sum - total.energy).wh()).abs() > tolerance {
                found.push((sum, total.energy));
            }
        }
        for (sum, energy) in found {
            self.found(
                Doubt::TotalMismatch,
                format!("电能表 {}：各时段之和 {sum} 千瓦时，总电量 {energy} 千瓦时", meter.meter_no),
                format!("meter {}: the periods add up to {sum} kWh, the total is {energy} kWh", meter.meter_no),
            );
        }
    }

    /// What the bureau wants decided about first is not billed before it is.
    fn hold(&mut self) {
        for held in &self.inputs.held {
            let place = held.place;
            let is_it = |r: &&Reading| (r.meter, r.register, r.read_on) == (place.meter, place.register, place.on);
            let meter = self.inputs.meters.iter().find(|meter| meter.id == place.meter);
            let (true, Some(meter)) = (self.inputs.readings.iter().any(|r| is_it(&r)), meter) else {
                continue;
            };
            let (doubt, on, meter_no) = (held.doubt.label(), place.on, &meter.meter_no);
            self.findings.push(Finding::new(
                Doubt::Undecided,
                format!("电能表 {meter_no} {on} 的读数存疑（{}），尚未复核", doubt.zh),
                format!("meter {meter_no}: the reading of {on} is doubtful ({}), and nobody has decided", doubt.en),
            ));
        }
    }

    fn finish(mut self) -> Assembled {
        if self.findings.iter().any(|finding| finding.doubt.blocks()) {
            return Assembled::Blocked(self.findings);
        }
        if !self.reads.iter().any(|read| read.billed) {
            return Assembled::Idle;
        }
        let Some((period, first)) = self.period() else {
            return Assembled::Idle;
        };
        let stretches = stretches(first, self.cycle, period);
        self.review(period, stretches.len());
        let uses = self.uses(period.to);
        let mut usage: Vec<(Register, Energy)> = Vec::new();
        for (register, energy) in uses.iter().flat_map(|known| &known.usage) {
            add(&mut usage, *register, *energy);
        }
        // Use that was divided by days wherever it could be is no more than the whole of it.
        let is_known = uses.iter().rev().skip(1).any(|known| !known.by_days);
        let uses = if is_known { uses } else { Vec::new() };
        let metered = self.metered();
        Assembled::Ready(Ready {
            metered,
            reads: self.reads,
            carried: self.carried,
            period,
            stretches,
            usage,
            uses,
            findings: self.findings,
        })
    }

    /// Demand by feed and reactive energy, of the meters that told them.
    fn metered(&self) -> Metered {
        let of = |register| self.reads.iter().filter(move |read| read.register == register);
        let reactive = of(Register::Reactive).map(|read| read.energy.wh()).reduce(i64::saturating_add);
        // A meter that was set when another was taken off is of the same feed.
        let mut feeds: Vec<(Option<Date>, Power)> = Vec::new();
        let mut meters: Vec<(&Meter, Power)> = of(Register::Demand)
            .filter_map(|read| {
                let meter = self.inputs.meters.iter().find(|meter| meter.meter_no == read.meter_no)?;
                Some((meter, Power::from_w(read.energy.wh())))
            })
            .collect();
        meters.sort_by_key(|(meter, _)| meter.installed_on);
        for (meter, demand) in meters {
            let free = |feed: &&mut (Option<Date>, Power)| feed.0.is_some_and(|end| end <= meter.installed_on);
            match feeds.iter_mut().find(free) {
                Some(feed) => *feed = (meter.removed_on, feed.1.max(demand)),
                None => feeds.push((meter.removed_on, demand)),
            }
        }
        Metered {
            demand: feeds.into_iter().map(|(_, demand)| demand).collect(),
            reactive: reactive.map(ReactiveEnergy::from_varh),
        }
    }

    /// The days billed, and the first month that they count for.
    fn period(&self) -> Option<(Period, Month)> {
        let billed = || self.reads.iter().filter(|read| read.billed);
        let to = billed().map(|read| read.to.on).max()?;
        let own_start = billed().map(|read| read.from.on).min().map(next_day)?;
        let previous = self.inputs.previous.as_ref();
        let from = previous.map_or(own_start, |bill| next_day(bill.period.to));
        // Registers may have been left on different days: the bill never ends before it begins.
        let period = Period { from: from.min(to), to };
        let first = previous.map_or(Month::of(period.from), |bill| bill.cycle.next());
        Some((period, first.min(self.cycle)))
    }

    fn review(&mut self, period: Period, months: usize) {
        if months > 1 {
            let days = period.days();
            self.found(
                Doubt::LongPeriod,
                format!("{} 至 {} 共 {days} 天，跨 {months} 个月", period.from, period.to),
                format!("{} to {}, {days} days, covers {months} months", period.from, period.to),
            );
        }
        if self.reads.iter().any(|read| read.billed && read.to.kind == StateKind::Estimated) {
            self.found(Doubt::Estimated, "按估抄读数计费", "billed by an estimated reading");
        }
        let energy = self.reads.iter().filter(|read| read.billed).map(|read| read.energy).sum();
        let before = self.inputs.previous.as_ref().map(|bill| Use { energy: bill.energy, days: bill.period.days() });
        self.findings.extend(reading_rules::doubts(
            self.rules,
            Use { energy, days: period.days() },
            before,
            self.inputs.account.capacity,
        ));
    }
}

/// The days of a read on which its meter counted otherwise than was used. A read is of equal days.
fn adjusted(factors: &[Factor], meter: &Meter, (from, to): (Date, Date), energy: Energy) -> Vec<Adjusted> {
    let days = days_between(from, to);
    let own = factors.iter().filter(|factor| factor.meter == meter.id);
    let parts = own.filter_map(|factor| {
        let Factor { period, cause, numerator, denominator, .. } = *factor;
        let period = Period { from: period.from.max(next_day(from)), to: period.to.min(to) };
        if period.from > period.to {
            return None;
        }
        let counted = share(energy, period.days(), days)?;
        let counts = share(counted, numerator, denominator)?;
        Some(Adjusted { period, cause, numerator, denominator, counted, counts })
    });
    parts.collect()
}

/// Of an energy, so many parts of so many, to the nearest Wh; half a Wh is one.
fn share(energy: Energy, parts: i64, of: i64) -> Option<Energy> {
    let of = i128::from(of);
    let product = i128::from(energy.wh()) * i128::from(parts);
    let rounded = (2 * product + of).checked_div_euclid(2 * of)?;
    i64::try_from(rounded).ok().map(Energy::from_wh)
}

impl State {
    pub(super) fn of(reading: &Reading) -> State {
        State { on: reading.read_on, value: reading.value, kind: reading.kind.into() }
    }
}

impl From<ReadingKind> for StateKind {
    fn from(kind: ReadingKind) -> StateKind {
        match kind {
            ReadingKind::Actual => StateKind::Actual,
            ReadingKind::Customer => StateKind::Customer,
            ReadingKind::Estimated => StateKind::Estimated,
        }
    }
}

/// The finding of an account whose price list says nothing for it.
pub fn unpriced(text: Text) -> Finding {
    Finding { doubt: Doubt::Unpriced, text }
}
