//! What a meter counts, and at which voltage a customer takes power.

use serde::{Deserialize, Serialize};

use crate::refusal::{Text, words};

words! {
    /// A register of a meter 计度器. The first five are periods of the day, in the order in which
    /// a bill lists them; `Demand` shows the highest power since the last reading.
    pub enum Register {
        Sharp = "sharp" ("尖", "sharp"),
        Peak = "peak" ("峰", "peak"),
        Flat = "flat" ("平", "flat"),
        Valley = "valley" ("谷", "valley"),
        DeepValley = "deep-valley" ("深谷", "deep valley"),
        Total = "total" ("总", "total"),
        Reactive = "reactive" ("无功", "reactive"),
        Demand = "demand" ("需量", "demand"),
    }
}

impl Register {
    /// Registers of active energy that split the total by time of use.
    pub const PERIODS: [Register; 5] =
        [Register::Sharp, Register::Peak, Register::Flat, Register::Valley, Register::DeepValley];

    pub fn is_period(self) -> bool {
        Self::PERIODS.contains(&self)
    }

    pub fn is_active_energy(self) -> bool {
        self.is_period() || self == Register::Total
    }

    /// The unit of its states and of what it counts.
    pub const fn unit(self) -> &'static str {
        match self {
            Register::Reactive => "kvarh",
            Register::Demand => "kW",
            Register::Sharp
            | Register::Peak
            | Register::Flat
            | Register::Valley
            | Register::DeepValley
            | Register::Total => "kWh",
        }
    }

    /// The unit in words.
    pub fn unit_name(self) -> Text {
        match self {
            Register::Reactive => Text::new("千乏时", "kvarh"),
            Register::Demand => Text::new("千瓦", "kW"),
            _ => Text::new("千瓦时", "kWh"),
        }
    }

    /// A demand register is reset at each reading, so that two of its values have no difference.
    pub fn is_counter(self) -> bool {
        self != Register::Demand
    }
}

words! {
    /// Voltage of supply 供电电压.
    pub enum Voltage {
        V220 = "0.22kV" ("220 V", "220 V"),
        V380 = "0.38kV" ("380 V", "380 V"),
        Kv10 = "10kV" ("10 kV", "10 kV"),
        Kv20 = "20kV" ("20 kV", "20 kV"),
        Kv35 = "35kV" ("35 kV", "35 kV"),
        Kv110 = "110kV" ("110 kV", "110 kV"),
        Kv220 = "220kV" ("220 kV", "220 kV"),
    }
}
