//! What industry and trade pay beside energy 两部制电价: the basic charge, the power factor, losses, a least charge;
//! and of what the price of a kWh is made.

use kernel::price::{Kva, Kw, Kwh};
use kernel::{Capacity, Energy, Money, Power, Price, Rate, Register, Text, Voltage, words};
use serde::{Deserialize, Serialize};

use super::{Source, price_text};

/// Of what the price of a kWh is made 电价构成.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composition {
    pub components: Vec<Component>,
    /// What the components that float are multiplied by in each period of the day 浮动比例.
    pub ratios: Vec<(Register, Rate)>,
    /// No period costs more, whatever its ratio 限价.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "price_text::optional")]
    pub cap: Option<Price<Kwh>>,
}

impl Composition {
    /// The price in a period: what floats times the ratio, and what does not; rounded once to 10⁻⁸ yuan.
    pub fn price(&self, register: Register) -> Option<Price<Kwh>> {
        let (_, ratio) = self.ratios.iter().find(|(known, _)| *known == register)?;
        let sum = |floats: bool| -> i64 {
            self.components.iter().filter(|part| part.floats == floats).map(|part| part.price.units()).sum()
        };
        let price = Price::from_units(ratio.times(sum(true)).saturating_add(sum(false)));
        Some(self.cap.filter(|cap| cap.units() < price.units()).unwrap_or(price))
    }
}

/// A component of a price: purchased energy, line loss, transmission and distribution, system operation, a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub code: String,
    pub name: Text,
    #[serde(with = "price_text")]
    pub price: Price<Kwh>,
    /// Whether the ratio of the period applies to it 是否参与分时浮动.
    pub floats: bool,
}

words! {
    /// What the basic charge goes by 基本电费计收方式.
    pub enum DemandMode {
        Capacity = "capacity" ("按变压器容量", "by capacity"),
        Contract = "contract" ("按合同最大需量", "by contracted demand"),
        Actual = "actual" ("按实际最大需量", "by actual demand"),
    }
}

words! {
    /// What is paid at the plain price where the contracted demand is exceeded: the two readings of one rule.
    pub enum ExcessBase {
        Contract = "contract" ("合同值", "the contract"),
        Threshold = "threshold" ("超限起算值", "the threshold"),
    }
}

/// The basic charge 基本电费 of a two-part tariff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basic {
    pub prices: Vec<BasicPrice>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub floor: Option<Floor>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub excess: Option<Excess>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high_use: Option<HighUse>,
    /// A suspension 暂停 of fewer days is billed through.
    pub least_suspension_days: u16,
    /// What demand is the mean of, in quarters of an hour 需量周期.
    pub demand_window: u8,
    pub source: Source,
}

impl Basic {
    pub fn price(&self, voltage: Voltage) -> Option<&BasicPrice> {
        self.prices.iter().find(|price| price.voltages.contains(&voltage))
    }
}

/// Prices per month for a range of voltages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasicPrice {
    pub voltages: Vec<Voltage>,
    #[serde(with = "price_text")]
    pub per_kva: Price<Kva>,
    #[serde(with = "price_text")]
    pub per_kw: Price<Kw>,
}

/// Demand counts for no less than a share of the capacity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    pub share: Rate,
    pub modes: Vec<DemandMode>,
}

impl Floor {
    /// The least demand of a capacity, a kVA counted as a kW.
    pub fn of(&self, capacity: Capacity) -> Power {
        Power::from_w(self.share.times(capacity.va()))
    }
}

/// Demand above the contract is dearer 超合同最大需量.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// From so many times the contract.
    pub over: Rate,
    /// So many times the price.
    pub times: Rate,
    pub base: ExcessBase,
}

/// Who uses his capacity well pays less for the demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighUse {
    /// From so much energy for each kVA in a month.
    pub per_kva: Energy,
    /// The share of the price that is paid then.
    pub rate: Rate,
}

/// Adjustment by the power factor 功率因数调整电费.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerFactor {
    /// In hundredths, as the factor is rounded before it is looked up.
    pub standard: u8,
    /// Upwards from the standard, what each hundredth takes off; beyond the last nothing more.
    pub rise: Vec<Step>,
    /// Downwards from the standard, what each hundredth adds.
    pub fall: Vec<Step>,
    pub source: Source,
}

/// So much for each hundredth until `to`; the last step downwards goes on to nought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub to: u8,
    pub each: Rate,
}

impl PowerFactor {
    /// What is added to the charge, or taken off where it is negative.
    pub fn adjustment(&self, factor: u8) -> Rate {
        let (steps, sign) = if factor >= self.standard { (&self.rise, -1) } else { (&self.fall, 1) };
        let mut from = self.standard;
        let mut sum = 0;
        for step in steps {
            let to = if sign < 0 { factor.min(step.to).max(from) } else { factor.max(step.to).min(from) };
            sum += i64::from(from.abs_diff(to)) * step.each.millionths();
            from = to;
        }
        Rate::from_millionths(sign * sum)
    }
}

/// Losses that a meter on the low side does not see 变压器损耗.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Copper loss as a share of the metered energy 铜损.
    pub copper: Rate,
    /// The same from a load of `high_load` of the capacity on.
    pub copper_high: Rate,
    pub high_load: Rate,
    pub source: Source,
}

impl Loss {
    pub fn copper_rate(&self, is_high: bool) -> Rate {
        if is_high { self.copper_high } else { self.copper }
    }
}

/// No bill of a month is less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Least {
    pub per_month: Money,
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::Mark;

    fn rule(standard: u8, rise: &[(u8, &str)], fall: &[(u8, &str)]) -> PowerFactor {
        let steps = |steps: &[(u8, &str)]| {
            steps.iter().map(|(to, each)| Step { to: *to, each: each.parse().expect("a rate") }).collect()
        };
        let source = Source { title: "水电财字〔1983〕215号".into(), mark: Mark::Published };
        PowerFactor { standard, rise: steps(rise), fall: steps(fall), source }
    }

    /// Factor and percent, as the order's tables have them.
    fn check(rule: &PowerFactor, table: &[(u8, &str)]) {
        for (factor, percent) in table {
            assert_eq!(rule.adjustment(*factor).percent().to_string(), *percent, "{} at {factor}", rule.standard);
        }
    }

    #[test]
    fn the_steps_of_the_order_of_1983_give_its_tables() {
        let standard_90 = rule(90, &[(95, "0.0015")], &[(70, "0.005"), (65, "0.01"), (0, "0.02")]);
        check(
            &standard_90,
            &[
                (100, "-0.75"),
                (96, "-0.75"),
                (95, "-0.75"),
                (94, "-0.6"),
                (91, "-0.15"),
                (90, "0"),
                (89, "0.5"),
                (80, "5"),
                (71, "9.5"),
                (70, "10"),
                (69, "11"),
                (65, "15"),
                (64, "17"),
                (0, "145"),
            ],
        );
        let standard_85 = rule(85, &[(90, "0.001"), (94, "0.0015")], &[(65, "0.005"), (60, "0.01"), (0, "0.02")]);
        check(
            &standard_85,
            &[(100, "-1.1"), (94, "-1.1"), (91, "-0.65"), (90, "-0.5"), (85, "0"), (65, "10"), (60, "15"), (59, "17")],
        );
        let standard_80 = rule(80, &[(90, "0.001"), (92, "0.0015")], &[(60, "0.005"), (55, "0.01"), (0, "0.02")]);
        check(
            &standard_80,
            &[(93, "-1.3"), (92, "-1.3"), (90, "-1"), (81, "-0.1"), (80, "0"), (60, "10"), (55, "15"), (54, "17")],
        );
    }
}
