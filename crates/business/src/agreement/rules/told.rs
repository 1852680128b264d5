//! What was told of an agreement or a suspension, in a file or on a page, read field by field.

use kernel::{Capacity, Period, Power, Rate, Refusal};
use pricing::rules::Side;
use pricing::tariff::DemandMode;

use crate::agreement::{Agreement, Suspension};
use crate::fields;
use crate::supply::UsagePointId;

/// Decimals of a share.
const RATE_DECIMALS: u32 = 6;

/// As text; an empty one tells nothing.
#[derive(Debug, Clone, Copy)]
pub struct ToldAgreement<'t> {
    pub from: &'t str,
    pub demand_mode: &'t str,
    pub capacity_kva: &'t str,
    pub contract_kw: &'t str,
    pub meter_side: &'t str,
    pub no_load_kw: &'t str,
    pub line_loss: &'t str,
}

impl ToldAgreement<'_> {
    pub fn read(&self, usage_point: UsagePointId) -> Result<Agreement, Refusal> {
        let power = |text, field| quantity(text, field, Power::MAX_BILLED.w()).map(Power::from_w);
        let mode = |text| fields::word_of(text, "demand_mode", DemandMode::from_word, "capacity, contract, actual");
        let side = |text| fields::word_of(text, "meter_side", Side::from_word, "high, low");
        let share = |text| fields::not_negative_of(text, "line_loss", RATE_DECIMALS).map(Rate::from_millionths);
        let capacity = quantity(self.capacity_kva, "capacity_kva", Capacity::MAX_BILLED.va())?;
        let agreement = Agreement {
            usage_point,
            from: fields::date_of(self.from, "from")?,
            mode: given(self.demand_mode).map(mode).transpose()?,
            capacity: Capacity::from_va(capacity),
            contract: given(self.contract_kw).map(|text| power(text, "contract_kw")).transpose()?,
            side: given(self.meter_side).map(side).transpose()?.unwrap_or(Side::High),
            no_load: given(self.no_load_kw).map(|text| power(text, "no_load_kw")).transpose()?,
            line_loss: given(self.line_loss).map(share).transpose()?,
        };
        check(&agreement).map(|()| agreement)
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Above nought, in thousandths.
fn quantity(text: &str, field: &str, most: i64) -> Result<i64, Refusal> {
    let value = fields::quantity_of(text, field)?;
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(Refusal::invalid("number.range", "须大于零且不超过一千万", "must be above zero and at most ten million")
        .at(field))
}

/// Whether it makes sense by itself.
fn check(agreement: &Agreement) -> Result<(), Refusal> {
    let Agreement { mode, capacity, contract, side, no_load, line_loss, .. } = agreement;
    let by_contract = *mode == Some(DemandMode::Contract);
    let refusals = [
        (
            by_contract && contract.is_none(),
            ("contract_kw", "agreement.contract"),
            ("按合同最大需量计收须约定需量", "the mode `contract` asks for a contracted demand"),
        ),
        (
            !by_contract && contract.is_some(),
            ("contract_kw", "agreement.contract"),
            ("只有按合同最大需量计收时才约定需量", "only the mode `contract` has a contracted demand"),
        ),
        (
            contract.is_some_and(|contract| contract.w() > capacity.va()),
            ("contract_kw", "agreement.contract-over"),
            ("合同最大需量大于受电容量", "is more than the capacity"),
        ),
        (
            *side == Side::Low && no_load.is_none(),
            ("no_load_kw", "agreement.no-load"),
            ("低压侧计量须给出变压器空载损耗", "a meter on the low side asks for the iron loss of the transformer"),
        ),
        (
            line_loss.is_some_and(|rate| rate > Rate::ONE),
            ("line_loss", "number.range"),
            ("应在 0 至 1 之间", "must lie between 0 and 1"),
        ),
    ];
    match refusals.into_iter().find(|(is_wrong, ..)| *is_wrong) {
        Some((_, (field, code), (zh, en))) => Err(Refusal::invalid(code, zh, en).at(field)),
        None => Ok(()),
    }
}

/// As text.
#[derive(Debug, Clone, Copy)]
pub struct ToldSuspension<'t> {
    pub from: &'t str,
    pub to: &'t str,
    pub capacity_kva: &'t str,
}

impl ToldSuspension<'_> {
    pub fn read(&self, usage_point: UsagePointId) -> Result<Suspension, Refusal> {
        let period = Period { from: fields::date_of(self.from, "from")?, to: fields::date_of(self.to, "to")? };
        if period.to < period.from {
            return Err(Refusal::invalid("date.order", "早于起始日", "is before the first day").at("to"));
        }
        let capacity = quantity(self.capacity_kva, "capacity_kva", Capacity::MAX_BILLED.va())?;
        Ok(Suspension { usage_point, period, capacity: Capacity::from_va(capacity) })
    }
}
