use kernel::{Capacity, Date, Period, Power, Rate, Refusal};
use platform::csv::conflict;
use pricing::rules::Side;
use pricing::tariff::DemandMode;
use serde_json::{Value, json};

use crate::supply::UsagePointId;

/// What holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub usage_point: UsagePointId,
    pub from: Date,
    /// None for whoever pays no basic charge.
    pub mode: Option<DemandMode>,
    /// 受电容量, of all transformers and motors together.
    pub capacity: Capacity,
    /// 合同最大需量, of all feeds together; where the basic charge goes by it.
    pub contract: Option<Power>,
    pub side: Side,
    /// Iron loss of the transformers, where the meter does not see it.
    pub no_load: Option<Power>,
    /// Loss of the line before the meter, as a share of the metered energy.
    pub line_loss: Option<Rate>,
}

impl Agreement {
    /// As the journal keeps it.
    pub(super) fn detail(&self) -> Value {
        json!({
            "from": self.from.to_string(), "demand_mode": self.mode.map(DemandMode::word),
            "capacity_kva": self.capacity.to_string(), "contract_kw": self.contract.as_ref().map(Power::to_string),
            "meter_side": self.side.word(), "no_load_kw": self.no_load.as_ref().map(Power::to_string),
            "line_loss": self.line_loss.as_ref().map(Rate::to_string),
        })
    }

    /// What of two agreements of one day differs.
    pub(super) fn same(&self, told: &Agreement) -> Result<(), Refusal> {
        let fields = |of: &Agreement| {
            [
                ("demand_mode", shown(of.mode.map(DemandMode::word))),
                ("capacity_kva", of.capacity.to_string()),
                ("contract_kw", shown(of.contract)),
                ("meter_side", of.side.word().to_owned()),
                ("no_load_kw", shown(of.no_load)),
                ("line_loss", shown(of.line_loss)),
            ]
        };
        differ(fields(self), fields(told))
    }
}

impl Suspension {
    /// As the journal keeps it.
    pub(super) fn detail(&self) -> Value {
        let Period { from, to } = self.period;
        json!({ "from": from.to_string(), "to": to.to_string(), "capacity_kva": self.capacity.to_string() })
    }

    /// What of two suspensions that begin on one day differs.
    pub(super) fn same(&self, told: &Suspension) -> Result<(), Refusal> {
        let fields = |of: &Suspension| [("to", of.period.to.to_string()), ("capacity_kva", of.capacity.to_string())];
        differ(fields(self), fields(told))
    }
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn differ<const N: usize>(known: [(&str, String); N], told: [(&str, String); N]) -> Result<(), Refusal> {
    let other = known.iter().zip(&told).find(|(known, told)| known != told);
    other.map_or(Ok(()), |((field, known), (_, told))| Err(conflict(field, known, told)))
}

/// Capacity that rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    pub usage_point: UsagePointId,
    pub period: Period,
    pub capacity: Capacity,
}
