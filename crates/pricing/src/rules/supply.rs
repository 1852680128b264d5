//! What the bill of a customer with a capacity of his own goes by, beside the energy that was metered.

use kernel::{Capacity, Date, Hours, Period, Power, Rate, ReactiveEnergy, words};
use serde::{Deserialize, Serialize};

use crate::tariff::DemandMode;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<DemandMode>,
    /// By their first days, in order; the first may hold from before the bill. Each ends where the next begins.
    pub contracted: Vec<Contracted>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suspended: Vec<Suspended>,
    /// The first day of supply, and the last, where they lie within the bill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub begun: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<Date>,
    /// The highest demand of each feed 各路电源最大需量; they are summed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub demand: Vec<Power>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reactive: Option<Reactive>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transformer: Option<Transformer>,
}

impl Supply {
    pub(super) fn is_in_range(&self) -> bool {
        let rated = |capacity: Capacity| (Capacity::default()..=Capacity::MAX_BILLED).contains(&capacity);
        let drawn = |power: Power| (Power::default()..=Power::MAX_BILLED).contains(&power);
        let varh =
            |energy: ReactiveEnergy| energy.varh().unsigned_abs() <= ReactiveEnergy::MAX_BILLED.varh().unsigned_abs();
        let contracted = |held: &Contracted| rated(held.capacity) && held.demand.is_none_or(drawn);
        let transformer = |of: &Transformer| {
            drawn(of.no_load)
                && (Hours::default()..=Hours::MAX_BILLED).contains(&of.hours)
                && of.line.is_none_or(|rate| (Rate::ZERO..=Rate::ONE).contains(&rate))
                && of.reactive_loss.is_none_or(|lost| lost.varh() >= 0 && varh(lost))
        };
        // As many changes as there may be months.
        self.contracted.len().max(self.suspended.len()).max(self.demand.len()) <= 600
            && self.contracted.windows(2).all(|pair| pair[0].from < pair[1].from)
            && self.contracted.iter().all(contracted)
            && self.suspended.iter().all(|rest| rated(rest.capacity))
            && self.demand.iter().copied().all(drawn)
            && self.reactive.is_none_or(|reactive| varh(reactive.forward) && varh(reactive.reverse))
            && self.transformer.as_ref().is_none_or(transformer)
    }
}

/// Capacity 受电容量 and contracted demand 合同最大需量, of all feeds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracted {
    pub from: Date,
    pub capacity: Capacity,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub demand: Option<Power>,
}

/// Transformers that rest 暂停: their whole time, which may go beyond the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    pub period: Period,
    pub capacity: Capacity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reactive {
    pub forward: ReactiveEnergy,
    /// What flowed back 反向无功; it counts like what was taken.
    pub reverse: ReactiveEnergy,
}

impl Reactive {
    /// Both, in varh.
    pub fn total(self) -> i64 {
        self.forward.varh().saturating_abs().saturating_add(self.reverse.varh().saturating_abs())
    }
}

words! {
    /// Where the meter is 计量方式.
    pub enum Side {
        High = "high" ("高供高计", "high-voltage side"),
        Low = "low" ("高供低计", "low-voltage side"),
    }
}

/// The customer's transformer and line, before or behind the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transformer {
    pub side: Side,
    /// Iron loss 空载损耗 P0.
    pub no_load: Power,
    /// How long it was under voltage.
    pub hours: Hours,
    /// Loss of a line between the supply point and the meter, as a share of the metered energy 线损.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<Rate>,
    /// Reactive loss over the same time, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reactive_loss: Option<ReactiveEnergy>,
}
