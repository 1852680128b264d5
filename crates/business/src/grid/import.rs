//! `areas.csv`.

use std::collections::HashMap;

use kernel::{Capacity, Refusal};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Tx, access};

use super::{IMPORT, TransformerArea, store};
use crate::fields;

pub struct AreaImport;

impl Importer for AreaImport {
    const KIND: &'static str = "areas";
    const COLUMNS: Columns = Columns {
        required: &["station", "substation", "feeder", "area_code", "area_name", "capacity_kva"],
        optional: &[],
    };
    const RIGHT: Permission = IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(IMPORT)?;
        let codes = records.iter().map(|record| record.field("area_code").to_owned()).collect();
        let known = super::areas(tx, codes).await?;
        let mut known: HashMap<String, TransformerArea> =
            known.into_iter().map(|area| (area.code.clone(), area)).collect();
        let mut outcome = Outcome::default();
        for record in &records {
            let area = match area(record).and_then(|area| scope.admit(&area.station).map(|()| area)) {
                Ok(area) => area,
                Err(refusal) => {
                    outcome.findings.push(Finding::refused(record.row, refusal));
                    continue;
                }
            };
            match known.get(&area.code) {
                Some(same) if *same == area => outcome.findings.push(Finding::unchanged(record.row)),
                Some(other) => outcome.findings.push(Finding::refused(record.row, difference(other, &area))),
                None => {
                    access::ensure_station(tx, &area.station).await?;
                    store::insert(tx, &area).await?;
                    known.insert(area.code.clone(), area);
                    outcome.loaded += 1;
                }
            }
        }
        Ok(outcome)
    }
}

fn area(record: &Record) -> Result<TransformerArea, Refusal> {
    let capacity = match record.is_empty("capacity_kva") {
        true => None,
        false => Some(Capacity::from_va(fields::not_negative(record, "capacity_kva", fields::QUANTITY_DECIMALS)?)),
    };
    let station = fields::code(record, "station")?;
    if station == access::BUREAU {
        return Err(Refusal::invalid(
            "station.reserved",
            "该编码保留给局本部",
            "this code is reserved for the bureau itself",
        )
        .at("station"));
    }
    Ok(TransformerArea {
        code: fields::code(record, "area_code")?,
        name: fields::text(record, "area_name")?,
        station,
        substation: fields::text(record, "substation")?,
        feeder: fields::text(record, "feeder")?,
        capacity,
    })
}

fn difference(known: &TransformerArea, given: &TransformerArea) -> Refusal {
    let capacity = |area: &TransformerArea| area.capacity.map_or_else(String::new, |capacity| capacity.to_string());
    let pairs = [
        ("station", known.station.clone(), given.station.clone()),
        ("substation", known.substation.clone(), given.substation.clone()),
        ("feeder", known.feeder.clone(), given.feeder.clone()),
        ("area_name", known.name.clone(), given.name.clone()),
        ("capacity_kva", capacity(known), capacity(given)),
    ];
    let differing = pairs.into_iter().find(|(_, known, given)| known != given);
    let (field, known, given) = differing.unwrap_or(("area_code", String::new(), String::new()));
    conflict(field, &known, &given)
}
