use kernel::{Date, Energy, Register};
use serde::{Deserialize, Serialize};

use crate::supply::UsagePointId;

kernel::ids! {
    /// A meter 电能表.
    MeterId,
}

/// What a register shows, in thousandths of its unit (kWh, kvarh or kW), before the multiplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(i64);

impl Count {
    pub const fn from_thousandths(value: i64) -> Count {
        Count(value)
    }

    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// The first value that a register with so many whole digits cannot show.
    pub fn end_of(digits: u32) -> Count {
        Count(10_i64.pow(digits) * 1000)
    }

    /// The energy from `earlier` to this count, `multiplier` times; None beyond what is billed.
    pub fn energy_since(self, earlier: Count, multiplier: i64) -> Option<Energy> {
        let wh = (i128::from(self.0) - i128::from(earlier.0)) * i128::from(multiplier);
        let energy = Energy::from_wh(i64::try_from(wh).ok()?);
        (energy <= Energy::MAX_BILLED && -energy <= Energy::MAX_BILLED).then_some(energy)
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        kernel::decimal::format(f, self.0, 3, 0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    pub id: MeterId,
    pub meter_no: String,
    pub usage_point: UsagePointId,
    pub installed_on: Date,
    pub removed_on: Option<Date>,
    pub multiplier: i64,
    pub registers: Vec<MeterRegister>,
}

impl Meter {
    pub fn register(&self, register: Register) -> Option<&MeterRegister> {
        self.registers.iter().find(|known| known.register == register)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterRegister {
    pub register: Register,
    /// Whole digits; after the last the register starts again at zero.
    pub digits: u32,
    pub opening: Count,
    /// None while the meter is in use.
    pub closing: Option<Count>,
}
