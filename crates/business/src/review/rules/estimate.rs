//! The value that a register would show, by a rule of the pack.

use kernel::time::days_between;
use kernel::{Date, Energy, Month, Refusal, words};
use platform::Result;
use platform::packs::{self, Packs};
use serde::{Deserialize, Serialize};

use super::history::{Scene, Seen, months_before, use_within, years_before};
use crate::metering::{Count, Meter};
use crate::reading::ReadingKind;
use crate::reading::rules::{PACK, ReviewRules};
use crate::review::model::{Estimate, Place};

words! {
    /// What an estimate goes by.
    pub enum EstimateRule {
        Between = "between-readings" ("按前后读数", "between the readings around it"),
        LastYear = "same-month-last-year" ("按去年同期日均", "daily use of the same days last year"),
        LastMonths = "last-three-months" ("按前三个月日均", "average daily use of the last three months"),
    }
}

/// How estimates are made, by the day for which they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimateRules {
    /// In the order in which they are tried.
    pub rules: Vec<EstimateRule>,
    pub consecutive_limit: i64,
}

#[derive(Clone, Deserialize)]
struct Pack {
    estimate: Vec<EstimatePack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct EstimatePack {
    #[serde(deserialize_with = "packs::day")]
    from: Date,
    #[allow(dead_code)] // for people who read the pack
    source: String,
    rules: Vec<EstimateRule>,
    consecutive_limit: i64,
}

impl EstimateRules {
    /// The rules that hold at the end of `month`.
    pub fn of(packs: &Packs, month: Month) -> Result<EstimateRules> {
        let pack: Pack = packs.read(PACK)?;
        let rules = packs::latest(PACK, pack.estimate, |rules| rules.from, month.last_day())?;
        Ok(EstimateRules { rules: rules.rules, consecutive_limit: rules.consecutive_limit })
    }
}

/// A state is written to the hundredth, as displays show it.
const STEP: i64 = 10;

/// How far back the third rule looks.
const MONTHS: i64 = 3;

/// The estimate at `place` by `wished`, or by the first rule that has what it needs.
pub fn estimate(
    review: &ReviewRules,
    rules: &EstimateRules,
    scene: &Scene,
    place: &Place,
    wished: Option<EstimateRule>,
) -> Result<Estimate, Refusal> {
    let meter = scene.meter(place).ok_or_else(no_basis)?;
    let states = scene.states(meter, place.register);
    let before = states.iter().rev().find(|state| state.on < place.on).copied().ok_or_else(no_basis)?;
    let after = states.iter().find(|state| state.on > place.on).copied();
    let days = days_between(before.on, place.on);
    let ways = scene.ways(review, place.register, before.on);
    let tried = wished.map_or_else(|| rules.rules.clone(), |rule| vec![rule]);
    let found = tried.into_iter().find_map(|rule| {
        let energy = match rule {
            EstimateRule::Between => between(scene, review, meter, place, before, after?),
            EstimateRule::LastYear => {
                use_within(&ways, years_before(before.on, 1), years_before(place.on, 1))?.of_days(days)
            }
            EstimateRule::LastMonths => use_within(&ways, months_before(before.on, MONTHS), before.on)?.of_days(days),
        };
        energy.map(|energy| (rule, energy))
    });
    let (rule, energy) = found.ok_or_else(no_basis)?;
    let value = shown_after(meter, place, before, energy).ok_or_else(no_basis)?;
    let in_a_row = estimates_in_a_row(scene, meter, place);
    Ok(Estimate {
        rule,
        before: (before.on, before.value),
        days,
        energy,
        value,
        in_a_row,
        limit: rules.consecutive_limit,
    })
}

/// On the straight line from the state before to the one after.
fn between(
    scene: &Scene,
    review: &ReviewRules,
    meter: &Meter,
    place: &Place,
    before: Seen,
    after: Seen,
) -> Option<Energy> {
    let whole = scene.energy(review, meter, place.register, before, after)?;
    let (own, all) = (days_between(before.on, place.on), days_between(before.on, after.on));
    let wh = i128::from(whole.wh()) * i128::from(own) / i128::from(all.max(1));
    i64::try_from(wh).ok().map(Energy::from_wh)
}

/// What the register shows after `energy`; it starts again at zero after its last value.
fn shown_after(meter: &Meter, place: &Place, before: Seen, energy: Energy) -> Option<Count> {
    let end = Count::end_of(meter.register(place.register)?.digits).thousandths();
    let moved = energy.wh() / meter.multiplier / STEP * STEP;
    Some(Count::from_thousandths((before.value.thousandths() + moved) % end))
}

/// How many readings right before the place were estimated.
fn estimates_in_a_row(scene: &Scene, meter: &Meter, place: &Place) -> i64 {
    let mut earlier: Vec<_> =
        scene.readings(meter, place.register).filter(|reading| reading.read_on < place.on).collect();
    earlier.reverse();
    let in_a_row = earlier.iter().take_while(|reading| reading.kind == ReadingKind::Estimated).count();
    i64::try_from(in_a_row).unwrap_or(i64::MAX)
}

fn no_basis() -> Refusal {
    Refusal::invalid(
        "estimate.no-basis",
        "没有可供估抄的历史用电（至少 20 天），请实抄或安排重抄",
        "too little past use to estimate from (at least 20 days): read it, or order it to be read",
    )
}

/// Refuses one estimate more than the limit.
pub fn over_limit(limit: i64) -> Refusal {
    Refusal::conflict(
        "estimate.limit",
        format!("已连续估抄 {limit} 次，须实抄；确需再估须有权限并说明理由"),
        format!("estimated {limit} times in a row: it must be read; one more takes a right and a reason"),
    )
}
