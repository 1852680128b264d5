//! Why a case has no price, told to whoever wrote it down.

use kernel::Refusal;

use crate::rules::{Needed, Unpriced};

/// An unpriced case, as a refusal that says what to do.
pub fn refusal(unpriced: Unpriced, tariff: &str) -> Refusal {
    match unpriced {
        Unpriced::NoDays => Refusal::invalid("unpriced.no-days", "没有计费天数", "there are no days to bill"),
        Unpriced::NoVersionOn(day) => Refusal::invalid(
            "unpriced.no-version",
            format!("电价 {tariff} 在 {day} 没有执行版本"),
            format!("tariff {tariff} has no version in force on {day}"),
        )
        .at("cycle"),
        Unpriced::NoPriceAt(voltage) => Refusal::invalid(
            "unpriced.no-price",
            format!("电价 {tariff} 没有 {voltage} 的价格"),
            format!("tariff {tariff} has no price at {voltage}"),
        )
        .at("voltage"),
        Unpriced::RegisterMissing(register) => Refusal::invalid(
            "unpriced.register-missing",
            format!("电价 {tariff} 按 {register} 计费，缺少该电量"),
            format!("tariff {tariff} bills the register {register}, and there is no use of it"),
        )
        .at(format!("usage.{register}")),
        Unpriced::RegisterUnknown(register) => Refusal::invalid(
            "unpriced.register",
            format!("电价 {tariff} 不按 {register} 计费"),
            format!("tariff {tariff} has no price for the register {register}"),
        )
        .at(format!("usage.{register}")),
        Unpriced::RegisterTwice => Refusal::invalid(
            "unpriced.register-twice",
            "同一计度器的电量给出两次",
            "the use of one register is given twice",
        ),
        Unpriced::Missing(needed) => {
            let name = needed.label();
            Refusal::invalid(
                "unpriced.needed",
                format!("电价 {tariff} 需要{}", name.zh),
                format!("tariff {tariff} asks for {}", name.en),
            )
            .at(field_of(needed))
        }
        Unpriced::Uncovered(day) => Refusal::invalid(
            "unpriced.uncovered",
            format!("{day} 没有受电容量"),
            format!("no capacity is told for {day}"),
        )
        .at("capacity_kva"),
        Unpriced::OutOfRange => {
            Refusal::invalid("unpriced.range", "数值超出可计费范围", "a quantity is beyond what can be billed")
        }
    }
}

fn field_of(needed: Needed) -> &'static str {
    match needed {
        Needed::Capacity => "capacity_kva",
        Needed::Mode => "demand_mode",
        Needed::Contract => "contract_kw",
        Needed::Demand => "max_demand_kw",
        Needed::Reactive => "kvarh",
    }
}
