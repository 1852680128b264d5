//! `suspensions.csv`.

use std::collections::HashMap;

use kernel::{Capacity, Date, Period, Refusal};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Scope, Tx};

use super::import::quantity;
use super::rules::{billed, check_rest};
use super::{Agreement, Suspension, store};
use crate::supply::{self, UsagePoint, UsagePointId};
use crate::{bill, fields, grid};

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
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            let read = read(record, &scope, &points);
            match read.and_then(|rest| desk.check(&rest, &known).map(|is_new| (rest, is_new))) {
                Ok((rest, true)) => {
                    known.push(rest);
                    new.push(rest);
                    outcome.touched.push(record.field("supply_no").to_owned());
                    outcome.loaded += 1;
                }
                Ok((_, false)) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        store::insert_suspensions(tx, &new).await?;
        supply::touch(tx, new.iter().map(|rest| rest.usage_point).collect()).await?;
        outcome.touched.sort();
        outcome.touched.dedup();
        Ok(outcome)
    }
}

fn read(record: &Record, scope: &Scope, points: &HashMap<&str, &UsagePoint>) -> Result<Suspension, Refusal> {
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

/// What rows are checked against.
struct Desk {
    billed_to: HashMap<UsagePointId, Date>,
    agreements: Vec<Agreement>,
}

impl Desk {
    /// Whether it is new. False when it is on record and equal.
    fn check(&self, rest: &Suspension, known: &[Suspension]) -> Result<bool, Refusal> {
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
