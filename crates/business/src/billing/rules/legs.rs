//! The way of a register over the legs of a bill: where it was read between them, what it used on each.

use kernel::share::by_largest_remainder;
use kernel::time::{days_between, next_day};
use kernel::{Date, Energy, Register};
use pricing::rules::UseUpTo;

use super::assemble::Walk;
use super::way::Leg;
use crate::bill::{Read, State};
use crate::metering::{Meter, MeterRegister};
use crate::reading::Reading;
use crate::reading::rules::{Doubt, Finding};

/// The first and the last leg over which something goes.
pub(super) type Span = (usize, usize);

impl Walk<'_> {
    /// From stop to stop, each with the last leg before it.
    pub(super) fn follow(&mut self, meter: &Meter, register: &MeterRegister, from: State, stops: &[(State, usize)]) {
        let (mut at, mut first) = (from, self.leg_after(from.on));
        for (stop, last) in stops {
            let span = (first.min(*last), *last);
            self.read(meter, register, (at, *stop), span);
            (at, first) = (*stop, (last + 1).min(self.legs.len() - 1));
        }
    }

    /// The leg to which use after the evening of a day belongs.
    pub(super) fn leg_after(&self, on: Date) -> usize {
        self.legs.iter().position(|leg| leg.to > on).unwrap_or(self.legs.len() - 1)
    }

    /// The leg to which use up to the evening of a day belongs, where nothing was read on the evening before.
    pub(super) fn leg_until(&self, on: Date) -> usize {
        let at = self.legs.iter().position(|leg| leg.to >= on).unwrap_or(self.legs.len() - 1);
        let left =
            at.checked_sub(1).filter(|before| self.legs[*before].is_left && next_day(self.legs[*before].to) == on);
        left.unwrap_or(at)
    }

    /// The legs on which a meter hangs.
    pub(super) fn life(&self, meter: &Meter) -> Span {
        let last = meter.removed_on.map_or(self.legs.len() - 1, |removed| self.leg_until(removed));
        (self.leg_after(meter.installed_on).min(last), last)
    }

    /// Where a register was read between two legs on its way, with the leg that ends there.
    pub(super) fn stops(
        &self,
        meter: &Meter,
        register: Register,
        from: State,
        to: Option<State>,
    ) -> Vec<(State, usize)> {
        let between = |on: Date| from.on < on && to.is_none_or(|to| on < to.on);
        let read = |on: Date| {
            let own = |of: &&Reading| (of.meter, of.register, of.read_on) == (meter.id, register, on);
            self.inputs.between.iter().find(own).filter(|_| between(on)).map(State::of)
        };
        let ends = self.legs.iter().enumerate().take(self.legs.len() - 1);
        let stops = ends.filter_map(|(at, leg)| {
            let stop = read(leg.to).or_else(|| read(next_day(leg.to)).filter(|_| leg.is_left))?;
            Some((stop, at))
        });
        // One reading ends one leg, also where two changes follow each other on two days.
        let mut stops: Vec<(State, usize)> = stops.collect();
        stops.dedup_by_key(|(stop, _)| stop.on);
        stops
    }

    /// Whether a register is billed on these legs; none, and a finding, where it is on some of them and was not read between.
    pub(super) fn bills(&mut self, meter: &Meter, register: Register, (first, last): Span) -> Option<bool> {
        let legs = &self.legs[first..=last];
        let billing = legs.iter().filter(|leg| leg.registers.contains(&register)).count();
        if billing == 0 || billing == legs.len() {
            return Some(billing > 0);
        }
        let (label, meter_no) = (register.label(), &meter.meter_no);
        let changes = |pair: &&[Leg]| pair[0].registers.contains(&register) != pair[1].registers.contains(&register);
        let on = legs.windows(2).find(changes).map_or(legs[0].to, |pair| next_day(pair[0].to));
        self.findings.push(Finding::new(
            Doubt::Missing,
            format!("电价自 {on} 起变更，电能表 {meter_no} {} 在变更时没有读数", label.zh),
            format!("the tariff changes on {on}, and meter {meter_no}, {}, was not read then", label.en),
        ));
        None
    }

    /// What was used on each leg of a bill up to `end`.
    pub(super) fn uses(&self, end: Date) -> Vec<UseUpTo> {
        let zeros = |leg: &Leg| leg.registers.iter().map(|register| (*register, Energy::ZERO)).collect();
        let mut uses: Vec<UseUpTo> =
            self.legs.iter().map(|leg| UseUpTo { to: leg.to, by_days: false, usage: zeros(leg) }).collect();
        for (read, (first, last)) in self.reads.iter().zip(&self.spans).filter(|(read, span)| self.counts(read, span)) {
            let days = self.legs[*first..=*last].iter().enumerate().map(|(at, leg)| {
                let begun = if at == 0 { read.from.on } else { self.legs[first + at - 1].to.max(read.from.on) };
                days_between(begun, leg.to.min(read.to.on)).max(0)
            });
            let shares = by_largest_remainder(read.energy.wh(), &days.collect::<Vec<_>>());
            for (known, wh) in uses[*first..=*last].iter_mut().zip(shares) {
                add(&mut known.usage, read.register, Energy::from_wh(wh));
            }
            uses[*first..*last].iter_mut().for_each(|known| known.by_days = true);
        }
        // Registers that are not billed may have been read later than the bill ends.
        while uses.len() > 1 && uses[uses.len() - 2].to >= end {
            let later = uses.pop().map(|known| known.usage).unwrap_or_default();
            let Some(into) = uses.last_mut() else { break };
            let moved = later.into_iter().filter(|(_, energy)| *energy != Energy::ZERO);
            moved.for_each(|(register, energy)| add(&mut into.usage, register, energy));
        }
        if let Some(known) = uses.last_mut() {
            (known.to, known.by_days) = (end, false);
        }
        uses
    }

    /// Whether a read is part of what is priced: the billed registers, and periods of the day that
    /// moved though the tariff, which bills periods, has no price for them.
    pub(super) fn counts(&self, read: &Read, (first, _): &Span) -> bool {
        let by_periods = self.legs[*first].registers.iter().any(|register| register.is_period());
        read.billed || (by_periods && read.register.is_period() && read.energy != Energy::ZERO)
    }
}

pub(super) fn add(usage: &mut Vec<(Register, Energy)>, register: Register, energy: Energy) {
    match usage.iter_mut().find(|(known, _)| *known == register) {
        Some((_, sum)) => *sum += energy,
        None => usage.push((register, energy)),
    }
}
