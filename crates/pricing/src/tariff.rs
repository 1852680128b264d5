//! What a price list says: a tariff with its dated versions 电价.
//!
//! A version is closed under everything that a bill needs from it, so that its digest pins down
//! every figure that the bill was computed with.

use kernel::price::Kwh;
use kernel::{Date, Energy, Month, Price, Register, Text, Voltage, words};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

words! {
    /// A household on relief 享受免费电量的困难家庭.
    pub enum Concession {
        LowIncome = "low-income" ("低保户", "low-income household"),
        FiveGuarantee = "five-guarantee" ("五保户", "five-guarantee household"),
    }
}

words! {
    /// How well a figure is known.
    pub enum Mark {
        Published = "published" ("公布文件", "published text"),
        Digest = "digest" ("摘编资料", "digest of a published text"),
        Assumed = "assumed" ("假定", "assumed"),
        Fictional = "fictional" ("虚构", "fictional"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub code: String,
    pub name: Text,
    /// In order of their first day, no two on the same.
    pub versions: Vec<Version>,
}

impl Tariff {
    /// The version in force on `day`.
    pub fn on(&self, day: Date) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.from <= day)
            .filter(|version| version.until.is_none_or(|until| day <= until))
    }
}

/// Where a figure comes from; printed where a customer may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub title: String,
    pub mark: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub tariff: String,
    pub id: String,
    pub from: Date,
    /// Last day, where the tariff was withdrawn; otherwise the next version ends this one.
    pub until: Option<Date>,
    pub source: Source,
    /// The registers that are billed: the periods of the day, or the total alone.
    pub registers: Vec<Register>,
    pub bands: Vec<Band>,
    pub tiers: Option<Tiers>,
    pub households: Vec<Household>,
    pub reliefs: Vec<Relief>,
    pub funds: Vec<Fund>,
}

impl Version {
    /// SHA-256 over the version's canonical JSON, in hex.
    pub fn digest(&self) -> String {
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        kernel::hex(Sha256::digest(canonical))
    }

    pub fn band(&self, voltage: Voltage) -> Option<&Band> {
        self.bands.iter().find(|band| band.voltages.contains(&voltage))
    }

    /// The household rule with the largest threshold that `persons` reach.
    pub fn household(&self, persons: Option<u32>) -> Option<&Household> {
        let persons = persons?;
        self.households.iter().filter(|rule| persons >= rule.persons_from).max_by_key(|rule| rule.persons_from)
    }

    pub fn relief(&self, concession: Option<Concession>) -> Option<&Relief> {
        let concession = concession?;
        self.reliefs.iter().find(|relief| relief.concessions.contains(&concession))
    }
}

/// First-tier prices for a range of voltages, one per billed register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    pub voltages: Vec<Voltage>,
    #[serde(with = "price_text::by_register")]
    pub energy: Vec<(Register, Price<Kwh>)>,
}

impl Band {
    pub fn price(&self, register: Register) -> Option<Price<Kwh>> {
        self.energy.iter().find(|(known, _)| *known == register).map(|(_, price)| *price)
    }
}

/// Tiers 阶梯: the kWh above each limit carry a surcharge on the first tier's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiers {
    pub span: Span,
    pub limits: Vec<SeasonLimits>,
    /// One per tier above the first.
    pub surcharges: Vec<Surcharge>,
}

impl Tiers {
    /// The limits that hold in `month`; for annual tiers, those of the whole year.
    pub fn limits_in(&self, month: Month) -> &[Energy] {
        self.limits.iter().find(|season| season.months.contains(&month.month())).map_or(&[], |season| &season.up_to)
    }
}

/// Over what span a tier counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// From 1 January, cumulative over the year.
    Year,
    /// Each month by itself.
    Month,
}

/// Upper limits of the tiers, all but the open last one, in the months named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonLimits {
    pub months: Vec<i8>,
    pub up_to: Vec<Energy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surcharge {
    /// The same for every register: one line per tier.
    Same(#[serde(with = "price_text")] Price<Kwh>),
    /// Different by register: the tier's kWh are spread over the registers in proportion to their
    /// use, one line each.
    ByRegister(#[serde(with = "price_text::by_register")] Vec<(Register, Price<Kwh>)>),
}

/// Larger limits for large households 一户多人口.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    pub persons_from: u32,
    /// Added to every limit, per month.
    pub add_per_month: Energy,
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relief {
    pub concessions: Vec<Concession>,
    pub grant: Grant,
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// So many kWh a month cost nothing 免费电量: valued at the first tier's price.
    FreeEnergy(Energy),
    /// So many yuan a month are given back, never more than the bill; 10⁻⁸ yuan.
    Amount(#[serde(with = "price_text")] Price<PerMonth>),
}

/// A rate per month of supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerMonth;
impl kernel::price::PerUnit for PerMonth {
    const SYMBOL: &'static str = "month";
}

/// A government fund contained in the price 政府性基金及附加: held for the state, no revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    pub code: String,
    pub name: Text,
    #[serde(with = "price_text")]
    pub price: Price<Kwh>,
    pub source: Source,
}

/// Prices travel as decimal text, so that a stored version reads like its price list.
mod price_text {
    use kernel::Price;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<U, S: Serializer>(price: &Price<U>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(price)
    }

    pub fn deserialize<'de, U, D: Deserializer<'de>>(deserializer: D) -> Result<Price<U>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("a price is decimal text"))
    }

    pub mod by_register {
        use kernel::{Price, Register};
        use serde::{Deserialize, Deserializer, Serializer};

        pub fn serialize<U, S: Serializer>(prices: &[(Register, Price<U>)], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(prices.iter().map(|(register, price)| (*register, price.to_string())))
        }

        pub fn deserialize<'de, U, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<(Register, Price<U>)>, D::Error> {
            Vec::<(Register, String)>::deserialize(deserializer)?
                .into_iter()
                .map(|(register, text)| {
                    text.parse()
                        .map(|price| (register, price))
                        .map_err(|_| serde::de::Error::custom("a price is decimal text"))
                })
                .collect()
        }
    }
}
