//! Use between readings, as a day's average: what a curve of readings shows.

use kernel::{Capacity, Date, Energy, Register};

use crate::bill::StateKind;
use crate::metering::{Count, Meter, MeterRegister};
use crate::reading::Reading;
use crate::reading::rules::{Counted, ReviewRules, Stretch, Use, counted};

/// A register between two of its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub meter_no: String,
    pub register: Register,
    /// First and last day of the use.
    pub from: Date,
    pub to: Date,
    pub days: i64,
    /// With the multiplier; none where the register went backwards.
    pub energy: Option<Energy>,
    pub per_day: Option<Energy>,
    /// How the state at the end is known.
    pub kind: StateKind,
    /// Whether the use rests on an estimated state, at its beginning or its end.
    pub estimated: bool,
    pub rolled_over: bool,
}

/// The spans of a meter's active registers that end after `since`, in order of register and day.
/// `readings` are the meter's.
pub fn spans(
    rules: &ReviewRules,
    meter: &Meter,
    readings: &[Reading],
    capacity: Option<Capacity>,
    since: Date,
) -> Vec<Span> {
    let active = meter.registers.iter().filter(|register| register.register.is_active_energy());
    active
        .flat_map(|register| {
            let states = states(meter, register, readings);
            let pairs: Vec<_> = states.windows(2).map(|pair| (pair[0], pair[1])).collect();
            pairs
                .into_iter()
                .filter(|(_, to)| to.0 > since)
                .map(|(from, to)| span(rules, meter, register, capacity, from, to))
                .collect::<Vec<_>>()
        })
        .collect()
}

type State = (Date, Count, StateKind);

fn states(meter: &Meter, register: &MeterRegister, readings: &[Reading]) -> Vec<State> {
    let own = readings.iter().filter(|reading| reading.meter == meter.id && reading.register == register.register);
    let mut states = vec![(meter.installed_on, register.opening, StateKind::Opening)];
    states.extend(own.map(|reading| (reading.read_on, reading.value, reading.kind.into())));
    states.extend(meter.removed_on.zip(register.closing).map(|(on, value)| (on, value, StateKind::Closing)));
    states.sort_by_key(|(on, ..)| *on);
    states.dedup_by_key(|(on, ..)| *on);
    states
}

fn span(
    rules: &ReviewRules,
    meter: &Meter,
    register: &MeterRegister,
    capacity: Option<Capacity>,
    from: State,
    to: State,
) -> Span {
    let stretch =
        Stretch { from: (from.0, from.1), to: (to.0, to.1), digits: register.digits, multiplier: meter.multiplier };
    let came_to = counted(rules, &stretch, capacity);
    let (days, energy) = (stretch.days(), came_to.energy());
    Span {
        meter_no: meter.meter_no.clone(),
        register: register.register,
        from: kernel::time::next_day(from.0),
        to: to.0,
        days,
        energy,
        per_day: energy.map(|energy| Use { energy, days }.per_day()),
        kind: to.2,
        estimated: [from.2, to.2].contains(&StateKind::Estimated),
        rolled_over: matches!(came_to, Counted::RolledOver(_)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kernel::id::Uuid;
    use platform::packs::Packs;

    use super::*;
    use crate::reading::ReadingKind;

    #[test]
    fn the_use_of_each_day_follows_the_register_over_estimates_rollover_and_removal() {
        let packs = Packs::load(None).expect("packs");
        let rules = ReviewRules::of(&packs, "2016-08".parse().expect("a month")).expect("rules");
        let kwh = |kwh: i64| Count::from_thousandths(kwh * 1000);
        let total =
            MeterRegister { register: Register::Total, digits: 4, opening: kwh(9_900), closing: Some(kwh(200)) };
        let reactive = MeterRegister { register: Register::Reactive, ..total.clone() };
        let meter = Meter {
            id: Uuid::nil().into(),
            meter_no: "M1".into(),
            usage_point: Uuid::nil().into(),
            installed_on: date(2016, 5, 31),
            removed_on: Some(date(2016, 9, 10)),
            multiplier: 2,
            registers: vec![total, reactive],
        };
        let read = |day, value, kind| Reading {
            meter: meter.id,
            register: Register::Total,
            read_on: day,
            value: kwh(value),
            kind,
        };
        let readings = [
            read(date(2016, 6, 30), 9_930, ReadingKind::Actual),
            read(date(2016, 7, 31), 9_990, ReadingKind::Estimated),
            read(date(2016, 8, 31), 180, ReadingKind::Actual),
        ];
        let all = spans(&rules, &meter, &readings, None, date(2016, 6, 30));
        let told: Vec<_> =
            all.iter().map(|s| (s.from, s.days, s.energy.map(Energy::wh), s.estimated, s.rolled_over)).collect();
        assert_eq!(
            told,
            [
                (date(2016, 7, 1), 31, Some(120_000), true, false),
                (date(2016, 8, 1), 31, Some(380_000), true, true),
                (date(2016, 9, 1), 10, Some(40_000), false, false),
            ]
        );
        assert_eq!(all[0].per_day, Some(Energy::from_wh(3_871)));
        assert_eq!(all[2].kind, StateKind::Closing);
    }
}
