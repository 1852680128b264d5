use kernel::{Capacity, Date, Period, Power, Rate};
use pricing::rules::Side;
use pricing::tariff::DemandMode;

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

/// Capacity that rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    pub usage_point: UsagePointId,
    pub period: Period,
    pub capacity: Capacity,
}
