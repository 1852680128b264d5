//! What a bill goes by.

use kernel::time::next_day;
use kernel::{Capacity, Date, Hours, Period, Power, ReactiveEnergy, Text};
use pricing::rules::{Contracted, Reactive, Side, Supply, Suspended, Transformer};

use crate::agreement::{Agreement, Suspension};

/// What the meters told beside the energy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metered {
    /// The highest demand of each feed.
    pub demand: Vec<Power>,
    pub reactive: Option<ReactiveEnergy>,
}

/// What a bill of `period` goes by, `begun` being the first day of supply where that lies within it. Nothing for an
/// account without an agreement.
pub fn supply(
    agreements: &[Agreement],
    suspensions: &[Suspension],
    period: Period,
    begun: Option<Date>,
    metered: &Metered,
) -> Result<Option<Supply>, Text> {
    let Some(last) = agreements.iter().rfind(|agreement| agreement.from <= period.to) else { return Ok(None) };
    let first = agreements.iter().rposition(|agreement| agreement.from <= period.from).unwrap_or(0);
    let within: Vec<&Agreement> =
        agreements[first..].iter().take_while(|agreement| agreement.from <= period.to).collect();
    if within.iter().any(|agreement| agreement.mode != last.mode) {
        return Err(Text::new(
            format!("账单 {} 至 {} 跨越基本电费计收方式的变更，须分月出账", period.from, period.to),
            format!(
                "the bill of {} to {} spans a change of what the basic charge goes by; bill the months one by one",
                period.from, period.to
            ),
        ));
    }
    let contracted = |of: &&Agreement| Contracted { from: of.from, capacity: of.capacity, demand: of.contract };
    let touches = |rest: &&Suspension| rest.period.from <= period.to && rest.period.to >= period.from;
    let resting: Vec<&Suspension> = suspensions.iter().filter(touches).collect();
    let transformer = last.no_load.map(|no_load| Transformer {
        side: last.side,
        no_load,
        hours: under_voltage(&within, &resting, period),
        line: last.line_loss,
        reactive_loss: None,
    });
    Ok(Some(Supply {
        mode: last.mode,
        contracted: within.iter().map(contracted).collect(),
        suspended: resting.iter().map(|rest| Suspended { period: rest.period, capacity: rest.capacity }).collect(),
        begun,
        ended: None,
        demand: metered.demand.clone(),
        reactive: metered.reactive.map(|forward| Reactive { forward, reverse: ReactiveEnergy::default() }),
        transformer: transformer.filter(|transformer| transformer.side == Side::Low),
    }))
}

/// All hours of the period, but for days on which the whole capacity rests.
fn under_voltage(agreements: &[&Agreement], resting: &[&Suspension], period: Period) -> Hours {
    let days = std::iter::successors(Some(period.from), |day| Some(next_day(*day)).filter(|day| *day <= period.to));
    let is_live = |day: &Date| {
        let rests: i64 = resting.iter().filter(|rest| holds(rest.period, *day)).map(|rest| rest.capacity.va()).sum();
        let agreed = agreements.iter().rfind(|agreement| agreement.from <= *day).map(|agreement| agreement.capacity);
        agreed.is_none_or(|capacity| Capacity::from_va(rests) < capacity)
    };
    let live = days.filter(is_live).count();
    Hours::from_hundredths(i64::try_from(live).unwrap_or(i64::MAX).saturating_mul(24 * 100))
}

fn holds(period: Period, day: Date) -> bool {
    (period.from..=period.to).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply::UsagePointId;
    use jiff::civil::date;
    use kernel::id::Uuid;
    use pricing::tariff::DemandMode;

    fn agreement(from: Date, mode: DemandMode, kva: i64) -> Agreement {
        Agreement {
            usage_point: Uuid::from_u128(1).into(),
            from,
            mode: Some(mode),
            capacity: Capacity::from_va(kva * 1000),
            contract: None,
            side: Side::Low,
            no_load: Some(Power::from_w(325)),
            line_loss: None,
        }
    }

    fn rest(from: Date, to: Date, kva: i64) -> Suspension {
        let usage_point: UsagePointId = Uuid::from_u128(1).into();
        Suspension { usage_point, period: Period { from, to }, capacity: Capacity::from_va(kva * 1000) }
    }

    const JULY: Period = Period { from: date(2024, 7, 1), to: date(2024, 7, 31) };

    #[test]
    fn a_bill_goes_by_the_agreements_that_hold_within_it() {
        let all = [
            agreement(date(2020, 1, 1), DemandMode::Capacity, 500),
            agreement(date(2023, 1, 1), DemandMode::Capacity, 800),
            agreement(date(2024, 7, 16), DemandMode::Capacity, 1000),
            agreement(date(2024, 8, 1), DemandMode::Actual, 1000),
        ];
        let supply = supply(&all, &[], JULY, None, &Metered::default()).expect("a supply").expect("an agreement");
        let days: Vec<(Date, i64)> =
            supply.contracted.iter().map(|held| (held.from, held.capacity.va() / 1000)).collect();
        assert_eq!(days, [(date(2023, 1, 1), 800), (date(2024, 7, 16), 1000)]);
        assert_eq!(supply.mode, Some(DemandMode::Capacity));
        assert_eq!(supply.transformer.expect("the low side").hours.to_string(), "744");
    }

    #[test]
    fn without_an_agreement_there_is_nothing_but_energy() {
        assert_eq!(supply(&[], &[], JULY, None, &Metered::default()), Ok(None));
        let later = [agreement(date(2024, 8, 1), DemandMode::Actual, 1000)];
        assert_eq!(supply(&later, &[], JULY, None, &Metered::default()), Ok(None));
    }

    #[test]
    fn a_bill_of_two_months_with_two_modes_is_not_priced_by_either() {
        let all = [
            agreement(date(2020, 1, 1), DemandMode::Capacity, 500),
            agreement(date(2024, 7, 1), DemandMode::Actual, 500),
        ];
        let both = Period { from: date(2024, 6, 1), ..JULY };
        assert!(supply(&all, &[], both, None, &Metered::default()).is_err());
        assert!(supply(&all, &[], JULY, None, &Metered::default()).is_ok());
    }

    #[test]
    fn a_transformer_is_under_no_voltage_while_all_of_it_rests() {
        let all = [agreement(date(2020, 1, 1), DemandMode::Capacity, 500)];
        let table = [
            (rest(date(2024, 7, 11), date(2024, 8, 10), 500), "240"),
            (rest(date(2024, 7, 11), date(2024, 8, 10), 499), "744"),
            (rest(date(2024, 6, 1), date(2024, 7, 1), 500), "720"),
            (rest(date(2024, 6, 1), date(2024, 6, 30), 500), "744"),
        ];
        for (rest, hours) in table {
            let supply =
                supply(&all, &[rest], JULY, None, &Metered::default()).expect("a supply").expect("an agreement");
            assert_eq!(supply.transformer.expect("the low side").hours.to_string(), hours, "{rest:?}");
        }
    }
}
