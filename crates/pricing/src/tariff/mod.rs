//! What a price list says: a tariff with its dated versions 电价.
//!
//! A version is closed under everything that a bill needs from it, so that its digest pins down
//! every figure that the bill was computed with.

use kernel::price::Kwh;
use kernel::{Date, Energy, Money, Month, Price, Register, Text, Voltage, words};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod periods;
mod two_part;

pub use periods::{Calendar, Day, DayKind, DayPart, Layer, Periods, QUARTERS};
pub use two_part::{
    Basic, BasicPrice, Component, Composition, DemandMode, Excess, ExcessBase, Floor, HighUse, Least, Loss,
    PowerFactor, Step,
};

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
    /// In order of their first day, no two of one tariff on the same.
    pub versions: Vec<Version>,
    /// Codes and names of the other tariffs whose versions are among these, where a case changes its tariff.
    pub others: Vec<(String, Text)>,
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

    /// With one version alone, in force for ever; none of them where there is no such version.
    pub fn held(&self, version: usize) -> Tariff {
        let versions =
            self.versions.get(version).map(|version| Version { from: Date::MIN, until: None, ..version.clone() });
        Tariff { versions: versions.into_iter().collect(), ..self.clone() }
    }

    /// With the versions of another tariff as well.
    pub fn with(mut self, other: Tariff) -> Tariff {
        self.others.push((other.code, other.name));
        self.versions.extend(other.versions);
        self.versions.sort_by(|one, other| (one.from, &one.tariff).cmp(&(other.from, &other.tariff)));
        self
    }

    /// The name of the tariff that a version is of.
    pub fn name_of(&self, version: &Version) -> &Text {
        self.others.iter().find(|(code, _)| *code == version.tariff).map_or(&self.name, |(_, name)| name)
    }

    /// Whether any version goes by what was agreed on capacity, demand or losses.
    pub fn goes_by_supply(&self) -> bool {
        self.versions
            .iter()
            .any(|version| version.basic.is_some() || version.power_factor.is_some() || version.loss.is_some())
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
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basic: Option<Basic>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub power_factor: Option<PowerFactor>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loss: Option<Loss>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub least: Option<Least>,
    /// Which hours its periods are; a meter with periods of its own needs none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub periods: Option<Periods>,
}

impl Version {
    /// SHA-256 over the version's canonical JSON, in hex.
    pub fn digest(&self) -> String {
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        kernel::hex(Sha256::digest(canonical))
    }

    /// The prices at `voltage` in `month`.
    pub fn band(&self, voltage: Voltage, month: Month) -> Option<&Band> {
        self.bands.iter().find(|band| band.voltages.contains(&voltage) && band.holds_in(month))
    }

    /// Whether two months have the same prices because they share their band.
    pub fn same_band(&self, voltage: Voltage, one: Month, other: Month) -> bool {
        let among =
            |month: Month| self.bands.iter().position(|band| band.voltages.contains(&voltage) && band.holds_in(month));
        one == other || self.bands.iter().all(|band| band.months.is_empty()) || among(one) == among(other)
    }

    /// The government funds contained in the price of `energy`, each rounded once.
    pub fn funds_in(&self, energy: Energy) -> impl Iterator<Item = (&str, Money)> {
        self.funds.iter().map(move |fund| (fund.code.as_str(), fund.price.amount(energy)))
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
    /// The months that it holds in; empty for all 季节性电价.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub months: Vec<i8>,
    #[serde(with = "price_text::by_register")]
    pub energy: Vec<(Register, Price<Kwh>)>,
    /// Of what the prices were made, where the list says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub composition: Option<Composition>,
}

impl Band {
    pub fn holds_in(&self, month: Month) -> bool {
        self.months.is_empty() || self.months.contains(&month.month())
    }

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

    pub mod optional {
        use kernel::Price;
        use serde::{Deserialize, Deserializer, Serializer};

        pub fn serialize<U, S: Serializer>(price: &Option<Price<U>>, serializer: S) -> Result<S::Ok, S::Error> {
            match price {
                Some(price) => super::serialize(price, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub fn deserialize<'de, U, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Price<U>>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| text.parse().map_err(|_| serde::de::Error::custom("a price is decimal text"))).transpose()
        }
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
