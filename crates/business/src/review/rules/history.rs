//! The past of a register at a usage point, over every meter that hung there.
//!
//! ```text
//!   meter A   opening ── reading ── reading ── closing
//!   meter B                                    opening ── reading ── the place
//!             └── way ──┘└── way ──┘└── way ──┘└── way ──┘└── way ──┘
//! ```

use kernel::time::days_between;
use kernel::{Capacity, Date, Energy, Register};

use crate::metering::{Count, Meter};
use crate::reading::rules::{Finding, ReviewRules, Stretch, counted, judge};
use crate::reading::{Reading, ReadingKind};
use crate::review::model::{Background, Past, Place};

/// How many states the small curve shows.
const CURVE: usize = 13;

/// The meters of a usage point and what was read of them within some time, in order of meter,
/// register and day.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub meters: Vec<Meter>,
    pub readings: Vec<Reading>,
    pub capacity: Option<Capacity>,
    /// What was read before this day is not known here.
    pub since: Option<Date>,
}

/// A register between two states that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub from: Date,
    pub to: Date,
    pub energy: Energy,
}

/// A state of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub on: Date,
    pub value: Count,
    pub kind: &'static str,
}

impl Scene {
    pub fn meter(&self, place: &Place) -> Option<&Meter> {
        self.meters.iter().find(|meter| meter.id == place.meter)
    }

    /// The readings of a register in order of day.
    pub fn readings<'s>(&'s self, meter: &'s Meter, register: Register) -> impl Iterator<Item = &'s Reading> + 's {
        self.readings.iter().filter(move |reading| reading.meter == meter.id && reading.register == register)
    }

    /// The states of one register of one meter, as far as they are known to follow each other.
    pub fn states(&self, meter: &Meter, register: Register) -> Vec<Seen> {
        let Some(known) = meter.register(register) else {
            return Vec::new();
        };
        let seen = |on, value, kind| Seen { on, value, kind };
        let opening = self.since.is_none_or(|since| meter.installed_on >= since);
        let opening = opening.then(|| seen(meter.installed_on, known.opening, "opening"));
        let read = self.readings(meter, register).map(|r| seen(r.read_on, r.value, r.kind.word()));
        let closing = meter.removed_on.zip(known.closing).map(|(on, value)| seen(on, value, "closing"));
        opening.into_iter().chain(read).chain(closing).collect()
    }

    fn stretch(&self, meter: &Meter, register: Register, from: Seen, to: Seen) -> Option<Stretch> {
        let digits = meter.register(register)?.digits;
        let (from, to) = ((from.on, from.value), (to.on, to.value));
        Some(Stretch { from, to, digits, multiplier: meter.multiplier })
    }

    /// The energy between two states of a register; None where it went backwards.
    pub fn energy(
        &self,
        rules: &ReviewRules,
        meter: &Meter,
        register: Register,
        from: Seen,
        to: Seen,
    ) -> Option<Energy> {
        counted(rules, &self.stretch(meter, register, from, to)?, self.capacity).energy()
    }

    /// All ways of the register, over every meter, that end on or before `until`.
    pub fn ways(&self, rules: &ReviewRules, register: Register, until: Date) -> Vec<Way> {
        let mut ways = Vec::new();
        for meter in &self.meters {
            for pair in self.states(meter, register).windows(2).filter(|pair| pair[1].on <= until) {
                let energy = self.energy(rules, meter, register, pair[0], pair[1]);
                ways.extend(energy.map(|energy| Way { from: pair[0].on, to: pair[1].on, energy }));
            }
        }
        ways
    }

    /// The last states of the register up to `until`, over every meter, oldest first.
    fn past(&self, rules: &ReviewRules, register: Register, until: Date) -> Vec<Past> {
        let mut past = Vec::new();
        for meter in &self.meters {
            let states = self.states(meter, register);
            for (at, state) in states.iter().enumerate().filter(|(_, state)| state.on <= until) {
                let before = at.checked_sub(1).map(|before| states[before]);
                past.push(Past {
                    meter_no: meter.meter_no.clone(),
                    on: state.on,
                    value: state.value,
                    kind: state.kind,
                    energy: before.and_then(|before| self.energy(rules, meter, register, before, *state)),
                    days: before.map_or(0, |before| days_between(before.on, state.on)),
                });
            }
        }
        past.sort_by_key(|state: &Past| (state.on, state.kind != "closing"));
        past.split_off(past.len().saturating_sub(CURVE))
    }

    /// What helps to judge the register at `place`, whether it was read there or not.
    pub fn background(&self, rules: &ReviewRules, place: &Place) -> Background {
        let Some(meter) = self.meter(place) else {
            return Background::default();
        };
        let states = self.states(meter, place.register);
        let before = states.iter().rev().find(|state| state.on < place.on).copied();
        let now = states.iter().find(|state| state.on == place.on).copied();
        let ways = self.ways(rules, place.register, before.map_or(place.on, |before| before.on));
        let (days, since) = before.map_or((0, place.on), |before| (days_between(before.on, place.on), before.on));
        let of_as_many_days = |share: Option<Share>| share.and_then(|share| share.of_days(days));
        Background {
            before: before.map(|before| (before.on, before.value)),
            days,
            energy: before.zip(now).and_then(|(before, now)| self.energy(rules, meter, place.register, before, now)),
            average: of_as_many_days(use_within(&ways, years_before(since, 1), since)),
            last_year: of_as_many_days(use_within(&ways, years_before(since, 1), years_before(place.on, 1))),
            history: self.past(rules, place.register, place.on),
        }
    }

    /// What is doubtful about the reading at `place`, judged again from what is on record now.
    pub fn findings(&self, rules: &ReviewRules, place: &Place, value: Count, kind: ReadingKind) -> Vec<Finding> {
        let Some(meter) = self.meter(place) else {
            return Vec::new();
        };
        let earlier: Vec<(Date, Count, ReadingKind)> = self
            .readings(meter, place.register)
            .filter(|reading| reading.read_on < place.on)
            .map(|reading| (reading.read_on, reading.value, reading.kind))
            .collect();
        let reading = Reading { meter: meter.id, register: place.register, read_on: place.on, value, kind };
        judge(rules, meter, &reading, &earlier, self.capacity)
    }
}

/// The same day so many years before; of 29 February, the 28th.
pub fn years_before(day: Date, years: i64) -> Date {
    use jiff::ToSpan;
    day.checked_sub(years.years()).unwrap_or(day)
}

/// The same day so many months before, or the last of that month.
pub fn months_before(day: Date, months: i64) -> Date {
    use jiff::ToSpan;
    day.checked_sub(months.months()).unwrap_or(day)
}

/// Use of some days, of which so many are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Wh × days of the ways that it is a part of, added up over their own days: kept as a fraction
    /// so that nothing is rounded twice.
    milliwh: i128,
    pub days: i64,
}

/// Fewer days than these tell nothing.
const ENOUGH_DAYS: i64 = 20;

impl Share {
    /// The use of `days` days at this rate; None on less than [`ENOUGH_DAYS`].
    pub fn of_days(self, days: i64) -> Option<Energy> {
        if self.days < ENOUGH_DAYS || days <= 0 {
            return None;
        }
        let divisor = i128::from(self.days) * 1000;
        let wh = (self.milliwh * i128::from(days) + divisor / 2) / divisor;
        i64::try_from(wh).ok().map(Energy::from_wh)
    }
}

/// What was used after `from` up to `to`, by the days of each way; None where nothing is known.
pub fn use_within(ways: &[Way], from: Date, to: Date) -> Option<Share> {
    let mut share = Share { milliwh: 0, days: 0 };
    for way in ways {
        let (begin, end) = (way.from.max(from), way.to.min(to));
        let (own, whole) = (days_between(begin, end), days_between(way.from, way.to));
        if own > 0 && whole > 0 {
            share.milliwh += i128::from(way.energy.wh()) * 1000 * i128::from(own) / i128::from(whole);
            share.days += own;
        }
    }
    (share.days > 0).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn way(from: Date, to: Date, kwh: i64) -> Way {
        Way { from, to, energy: Energy::from_kwh(kwh) }
    }

    #[test]
    fn use_is_divided_by_days_and_scaled_to_days() {
        let ways = [way(date(2015, 7, 31), date(2015, 8, 31), 310), way(date(2015, 8, 31), date(2015, 9, 30), 600)];
        let august = use_within(&ways, date(2015, 7, 31), date(2015, 8, 31)).expect("a share");
        assert_eq!(
            (august.days, august.of_days(31), august.of_days(30)),
            (31, Some(Energy::from_kwh(310)), Some(Energy::from_kwh(300)))
        );
        let both = use_within(&ways, date(2015, 8, 16), date(2015, 9, 15)).expect("a share");
        assert_eq!(both.of_days(30), Some(Energy::from_kwh(150 + 300)));
        assert_eq!(use_within(&ways, date(2016, 1, 1), date(2016, 2, 1)), None);
    }

    #[test]
    fn few_days_tell_nothing() {
        let ways = [way(date(2016, 7, 1), date(2016, 7, 20), 190)];
        let share = use_within(&ways, date(2016, 6, 1), date(2016, 8, 1)).expect("a share");
        assert_eq!((share.days, share.of_days(31)), (19, None));
    }

    #[test]
    fn the_year_before_a_leap_day_is_the_last_of_february() {
        assert_eq!(years_before(date(2016, 2, 29), 1), date(2015, 2, 28));
    }
}
