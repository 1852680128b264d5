//! `agreements.csv` and `suspensions.csv`.

use std::collections::HashMap;

use kernel::{Capacity, Date, Period, Power, Rate, Refusal};
use platform::csv::{Columns, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Scope, Tx};
use pricing::rules::Side;
use pricing::tariff::DemandMode;

use super::rules::{billed, check_among, check_rest};
use super::{Agreement, Suspension, store};
use crate::supply::{self, UsagePoint, UsagePointId};
use crate::{bill, fields, grid};

pub struct AgreementImport;

/// Decimals of a share.
const RATE_DECIMALS: u32 = 6;

impl Importer for AgreementImport {
    const KIND: &'static str = "agreements";
    const COLUMNS: Columns = Columns {
        required: &["supply_no", "from", "demand_mode", "capacity_kva", "contract_kw"],
        optional: &["meter_side", "no_load_kw", "line_loss"],
    };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let numbers = records.iter().map(|record| record.field("supply_no").to_owned()).collect();
        let points = supply::hold_by_supply_nos(tx, numbers).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        let billed_to = bill::billed_to_days(tx, &ids).await?;
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let mut known: HashMap<UsagePointId, Vec<Agreement>> = HashMap::new();
        for agreement in store::agreements(tx, &ids).await? {
            known.entry(agreement.usage_point).or_default().push(agreement);
        }
        let (new, outcome) = Outcome::of(&records, |record| {
            let agreement = read(record, &scope, &points)?;
            let own = known.entry(agreement.usage_point).or_default();
            if !is_new(&agreement, own, billed_to.get(&agreement.usage_point).copied())? {
                return Ok(None);
            }
            own.insert(own.partition_point(|other| other.from < agreement.from), agreement.clone());
            Ok(Some(agreement))
        });
        store::insert_agreements(tx, &new).await?;
        supply::touch(tx, new.iter().map(|agreement| agreement.usage_point).collect()).await?;
        Ok(outcome)
    }
}

fn read(record: &Record, scope: &Scope, points: &HashMap<&str, &UsagePoint>) -> Result<Agreement, Refusal> {
    let supply_no = fields::supply_no(record)?;
    let point = points.get(supply_no.as_str()).ok_or_else(|| supply::unknown(&supply_no))?;
    scope.admit(&point.station)?;
    let given = |field: &str| !record.is_empty(field);
    let mode = given("demand_mode")
        .then(|| fields::word(record, "demand_mode", DemandMode::from_word, "capacity, contract, actual"))
        .transpose()?;
    let side =
        given("meter_side").then(|| fields::word(record, "meter_side", Side::from_word, "high, low")).transpose()?;
    let power = |field: &str| {
        let read = || quantity(record, field, Power::MAX_BILLED.w()).map(Power::from_w);
        given(field).then(read).transpose()
    };
    let line_loss = given("line_loss")
        .then(|| fields::not_negative(record, "line_loss", RATE_DECIMALS).map(Rate::from_millionths))
        .transpose()?;
    let agreement = Agreement {
        usage_point: point.id,
        from: fields::date(record, "from")?,
        mode,
        capacity: Capacity::from_va(quantity(record, "capacity_kva", Capacity::MAX_BILLED.va())?),
        contract: power("contract_kw")?,
        side: side.unwrap_or(Side::High),
        no_load: power("no_load_kw")?,
        line_loss,
    };
    check_alone(&agreement).map(|()| agreement)
}

/// Above nought, in thousandths.
fn quantity(record: &Record, field: &str, most: i64) -> Result<i64, Refusal> {
    let value = fields::not_negative(record, field, fields::QUANTITY_DECIMALS)?;
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(Refusal::invalid("number.range", "须大于零且不超过一千万", "must be above zero and at most ten million")
        .at(field))
}

/// Whether the row makes sense by itself.
fn check_alone(agreement: &Agreement) -> Result<(), Refusal> {
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

/// False when it is on record and equal.
fn is_new(agreement: &Agreement, own: &[Agreement], billed_to: Option<Date>) -> Result<bool, Refusal> {
    if let Some(known) = own.iter().find(|known| known.from == agreement.from) {
        return same(known, agreement).map(|()| false);
    }
    billed(agreement.from, billed_to)?;
    check_among(agreement, own)?;
    Ok(true)
}

fn same(known: &Agreement, told: &Agreement) -> Result<(), Refusal> {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    let pairs = [
        ("demand_mode", shown(known.mode.map(DemandMode::word)), shown(told.mode.map(DemandMode::word))),
        ("capacity_kva", known.capacity.to_string(), told.capacity.to_string()),
        ("contract_kw", shown(known.contract), shown(told.contract)),
        ("meter_side", known.side.word().to_owned(), told.side.word().to_owned()),
        ("no_load_kw", shown(known.no_load), shown(told.no_load)),
        ("line_loss", shown(known.line_loss), shown(told.line_loss)),
    ];
    match pairs.iter().find(|(_, known, told)| known != told) {
        Some((field, known, told)) => Err(conflict(field, known, told)),
        None => Ok(()),
    }
}

pub struct SuspensionImport;

impl Importer for SuspensionImport {
    const KIND: &'static str = "suspensions";
    const COLUMNS: Columns = Columns { required: &["supply_no", "from", "to", "capacity_kva"], optional: &[] };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let numbers = records.iter().map(|record| record.field("supply_no").to_owned()).collect();
        let points = supply::hold_by_supply_nos(tx, numbers).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        let desk =
            Desk { billed_to: bill::billed_to_days(tx, &ids).await?, agreements: store::agreements(tx, &ids).await? };
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let mut known = store::suspensions(tx, &ids).await?;
        let (new, outcome) = Outcome::of(&records, |record| {
            let rest = read_rest(record, &scope, &points)?;
            if !desk.is_new(&rest, &known)? {
                return Ok(None);
            }
            known.push(rest);
            Ok(Some(rest))
        });
        store::insert_suspensions(tx, &new).await?;
        supply::touch(tx, new.iter().map(|rest| rest.usage_point).collect()).await?;
        Ok(outcome)
    }
}

fn read_rest(record: &Record, scope: &Scope, points: &HashMap<&str, &UsagePoint>) -> Result<Suspension, Refusal> {
    let supply_no = fields::supply_no(record)?;
    let point = points.get(supply_no.as_str()).ok_or_else(|| supply::unknown(&supply_no))?;
    scope.admit(&point.station)?;
    let period = Period { from: fields::date(record, "from")?, to: fields::date(record, "to")? };
    if period.to < period.from {
        return Err(Refusal::invalid("date.order", "早于起始日", "is before the first day").at("to"));
    }
    let capacity = Capacity::from_va(quantity(record, "capacity_kva", Capacity::MAX_BILLED.va())?);
    Ok(Suspension { usage_point: point.id, period, capacity })
}

/// What suspensions are checked against.
struct Desk {
    billed_to: HashMap<UsagePointId, Date>,
    agreements: Vec<Agreement>,
}

impl Desk {
    /// False when it is on record and equal.
    fn is_new(&self, rest: &Suspension, known: &[Suspension]) -> Result<bool, Refusal> {
        let same_day =
            |known: &&Suspension| known.usage_point == rest.usage_point && known.period.from == rest.period.from;
        if let Some(known) = known.iter().find(same_day) {
            return match (known.period.to == rest.period.to, known.capacity == rest.capacity) {
                (true, true) => Ok(false),
                (false, _) => Err(conflict("to", &known.period.to.to_string(), &rest.period.to.to_string())),
                (true, false) => Err(conflict("capacity_kva", &known.capacity.to_string(), &rest.capacity.to_string())),
            };
        }
        billed(rest.period.from, self.billed_to.get(&rest.usage_point).copied())?;
        check_rest(rest, &self.agreements)?;
        Ok(true)
    }
}
