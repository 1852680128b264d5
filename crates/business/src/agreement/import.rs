//! `agreements.csv` and `suspensions.csv`.

use std::collections::HashMap;

use kernel::Refusal;
use platform::csv::{Columns, Importer, Outcome, Record};
use platform::{Ctx, Permission, Result, Scope, Tx};

use super::rules::Contract;
use super::{Agreement, Suspension, ToldAgreement, ToldSuspension, contracts, store};
use crate::supply::{self, UsagePointId};
use crate::{fields, grid};

/// The accounts that a file names, held, with what they have agreed on so far.
struct Desk {
    scope: Scope,
    /// Number to id and station.
    points: HashMap<String, (UsagePointId, String)>,
    contracts: HashMap<UsagePointId, Contract>,
}

impl Desk {
    async fn open(tx: &Tx, ctx: &Ctx, records: &[Record]) -> Result<Desk> {
        let scope = ctx.require(grid::IMPORT)?;
        let numbers = records.iter().map(|record| record.field("supply_no").to_owned()).collect();
        let points = supply::hold_by_supply_nos(tx, numbers).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        let points = points.into_iter().map(|point| (point.supply_no, (point.id, point.station))).collect();
        Ok(Desk { scope, points, contracts: contracts(tx, &ids).await? })
    }

    /// Of whom a row speaks.
    fn point(&self, record: &Record) -> Result<UsagePointId, Refusal> {
        let supply_no = fields::supply_no(record)?;
        let (point, station) = self.points.get(&supply_no).ok_or_else(|| supply::unknown(&supply_no))?;
        self.scope.admit(station).map(|()| *point)
    }

    fn contract(&mut self, point: UsagePointId) -> &mut Contract {
        self.contracts.entry(point).or_default()
    }
}

pub struct AgreementImport;

impl Importer for AgreementImport {
    const KIND: &'static str = "agreements";
    const COLUMNS: Columns = Columns {
        required: &["supply_no", "from", "demand_mode", "capacity_kva", "contract_kw"],
        optional: &["meter_side", "no_load_kw", "line_loss"],
    };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let mut desk = Desk::open(tx, ctx, &records).await?;
        let (new, outcome) = Outcome::of(&records, |record| agreement(&mut desk, record));
        store::insert_agreements(tx, &new).await?;
        supply::touch(tx, new.iter().map(|agreement| agreement.usage_point).collect()).await?;
        Ok(outcome)
    }
}

/// None when it is on record and equal.
fn agreement(desk: &mut Desk, record: &Record) -> Result<Option<Agreement>, Refusal> {
    let point = desk.point(record)?;
    let told = ToldAgreement {
        from: record.field("from"),
        demand_mode: record.field("demand_mode"),
        capacity_kva: record.field("capacity_kva"),
        contract_kw: record.field("contract_kw"),
        meter_side: record.field("meter_side"),
        no_load_kw: record.field("no_load_kw"),
        line_loss: record.field("line_loss"),
    };
    let agreement = told.read(point)?;
    Ok(desk.contract(point).agree(&agreement)?.then_some(agreement))
}

pub struct SuspensionImport;

impl Importer for SuspensionImport {
    const KIND: &'static str = "suspensions";
    const COLUMNS: Columns = Columns { required: &["supply_no", "from", "to", "capacity_kva"], optional: &[] };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let mut desk = Desk::open(tx, ctx, &records).await?;
        let (new, outcome) = Outcome::of(&records, |record| suspension(&mut desk, record));
        store::insert_suspensions(tx, &new).await?;
        supply::touch(tx, new.iter().map(|rest| rest.usage_point).collect()).await?;
        Ok(outcome)
    }
}

/// None when it is on record and equal.
fn suspension(desk: &mut Desk, record: &Record) -> Result<Option<Suspension>, Refusal> {
    let point = desk.point(record)?;
    let told = ToldSuspension {
        from: record.field("from"),
        to: record.field("to"),
        capacity_kva: record.field("capacity_kva"),
    };
    let rest = told.read(point)?;
    Ok(desk.contract(point).suspend(rest)?.then_some(rest))
}
