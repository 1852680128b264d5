//! `meters.csv`: one row for each register.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use kernel::{Date, Refusal, Register};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Scope, Tx};

use super::{Count, Meter, MeterRegister, store};
use crate::fields;
use crate::grid;
use crate::supply::{self, UsagePoint};

pub struct MeterImport;

/// What one row says.
struct Row {
    meter: Meter,
    register: MeterRegister,
}

/// What a row means for what is on record.
enum Change {
    Unchanged,
    NewMeter,
    NewRegister,
    Removal,
}

impl Importer for MeterImport {
    const KIND: &'static str = "meters";
    const COLUMNS: Columns = Columns {
        required: &[
            "meter_no",
            "supply_no",
            "installed_on",
            "removed_on",
            "multiplier",
            "digits",
            "register",
            "opening",
            "closing",
        ],
        optional: &[],
    };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let column = |name: &str| records.iter().map(|record| record.field(name).to_owned()).collect::<Vec<_>>();
        let points = supply::by_supply_nos(tx, column("supply_no")).await?;
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let known = store::by_meter_nos(tx, column("meter_no")).await?;
        let mut meters: HashMap<String, Meter> =
            known.into_iter().map(|meter| (meter.meter_no.clone(), meter)).collect();
        let (mut new_meters, mut new_registers, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        let mut outcome = Outcome::default();
        for record in &records {
            let read = read(record, ctx, &scope, &points);
            let (row, change) =
                match read.and_then(|row| change(&row, meters.get(&row.meter.meter_no)).map(|change| (row, change))) {
                    Ok(read) => read,
                    Err(refusal) => {
                        outcome.findings.push(Finding::refused(record.row, refusal));
                        continue;
                    }
                };
            let entry = meters.entry(row.meter.meter_no.clone()).or_insert_with(|| row.meter.clone());
            match change {
                Change::Unchanged => {
                    outcome.findings.push(Finding::unchanged(record.row));
                    continue;
                }
                Change::NewMeter | Change::NewRegister => {
                    if matches!(change, Change::NewMeter) {
                        new_meters.push(entry.clone());
                    }
                    new_registers.push((entry.id, row.register.clone()));
                    entry.registers.push(row.register);
                }
                Change::Removal => {
                    entry.removed_on = row.meter.removed_on;
                    if let Some(known) =
                        entry.registers.iter_mut().find(|known| known.register == row.register.register)
                    {
                        known.closing = row.register.closing;
                    }
                    // What this chunk brought must be in the table before it can be closed there.
                    store::insert(tx, &std::mem::take(&mut new_meters), &std::mem::take(&mut new_registers)).await?;
                    store::close(tx, entry, &row.register).await?;
                }
            }
            touched.push(entry.usage_point);
            outcome.touched.push(record.field("supply_no").to_owned());
            outcome.loaded += 1;
        }
        store::insert(tx, &new_meters, &new_registers).await?;
        supply::touch(tx, touched).await?;
        outcome.touched.sort();
        outcome.touched.dedup();
        Ok(outcome)
    }
}

fn read(record: &Record, ctx: &Ctx, scope: &Scope, points: &HashMap<&str, &UsagePoint>) -> Result<Row, Refusal> {
    let supply_no = fields::supply_no(record)?;
    let point = points.get(supply_no.as_str()).ok_or_else(|| supply::unknown(&supply_no))?;
    scope.admit(&point.station)?;
    let register =
        fields::word(record, "register", Register::from_word, "sharp, peak, flat, valley, total, reactive, demand")?;
    let digits = u32::try_from(fields::whole(record, "digits", 1..=12)?).unwrap_or(12);
    let installed_on = fields::date(record, "installed_on")?;
    let removed_on = fields::optional_date(record, "removed_on")?;
    let opening = match record.is_empty("opening") && !register.is_counter() {
        true => Count::from_thousandths(0),
        false => count(record, "opening", digits)?,
    };
    let closing = if record.is_empty("closing") { None } else { Some(count(record, "closing", digits)?) };
    check_removal(installed_on, removed_on, closing, register)?;
    let meter = Meter {
        id: ctx.new_id().into(),
        meter_no: fields::code(record, "meter_no")?,
        usage_point: point.id,
        installed_on,
        removed_on,
        multiplier: fields::whole(record, "multiplier", MULTIPLIERS)?,
        registers: Vec::new(),
    };
    Ok(Row { meter, register: MeterRegister { register, digits, opening, closing } })
}

/// What transformers before a meter multiply its registers by.
pub(crate) const MULTIPLIERS: RangeInclusive<i64> = 1..=1_000_000;

/// A value that a register with so many digits can show.
pub(crate) fn count(record: &Record, field: &str, digits: u32) -> Result<Count, Refusal> {
    count_of(record.field(field), field, digits)
}

/// The same of a text that came otherwise than in a file.
pub(crate) fn count_of(text: &str, field: &str, digits: u32) -> Result<Count, Refusal> {
    let count = Count::from_thousandths(fields::quantity_of(text, field)?);
    if count < Count::end_of(digits) {
        return Ok(count);
    }
    Err(Refusal::invalid(
        "value.digits",
        format!("{digits} 位表计显示不了该值"),
        format!("a register of {digits} digits cannot show this value"),
    )
    .at(field))
}

fn check_removal(
    installed_on: Date,
    removed_on: Option<Date>,
    closing: Option<Count>,
    register: Register,
) -> Result<(), Refusal> {
    match (removed_on, closing) {
        (Some(removed_on), _) if removed_on < installed_on => {
            Err(Refusal::invalid("removal.early", "拆除日早于安装日", "the meter was removed before it was installed")
                .at("removed_on"))
        }
        (Some(_), None) if register.is_counter() => {
            Err(Refusal::invalid("closing.missing", "已拆除的表须有止码", "a removed meter needs its closing state")
                .at("closing"))
        }
        (None, Some(_)) => {
            Err(Refusal::invalid("removal.missing", "有止码须有拆除日", "a closing state needs the day of removal")
                .at("removed_on"))
        }
        _ => Ok(()),
    }
}

fn change(row: &Row, known: Option<&Meter>) -> Result<Change, Refusal> {
    let Some(known) = known else {
        return Ok(Change::NewMeter);
    };
    if known.usage_point != row.meter.usage_point {
        return Err(Refusal::conflict(
            "conflict",
            "该表已装在另一户",
            "this meter is on record at another usage point",
        )
        .at("supply_no"));
    }
    differ("installed_on", known.installed_on, row.meter.installed_on)?;
    differ("multiplier", known.multiplier, row.meter.multiplier)?;
    let Some(register) = known.register(row.register.register) else {
        differ("removed_on", shown(known.removed_on), shown(row.meter.removed_on))?;
        return Ok(Change::NewRegister);
    };
    differ("digits", register.digits, row.register.digits)?;
    differ("opening", register.opening, row.register.opening)?;
    let removes = row.meter.removed_on.is_some() && register.closing.is_none();
    if removes && (known.removed_on.is_none() || known.removed_on == row.meter.removed_on) {
        let told = known.removed_on.is_some() && row.register.closing.is_none();
        return Ok(if told { Change::Unchanged } else { Change::Removal });
    }
    differ("removed_on", shown(known.removed_on), shown(row.meter.removed_on))?;
    differ("closing", shown(register.closing), shown(row.register.closing))?;
    Ok(Change::Unchanged)
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn differ<T: PartialEq + ToString>(field: &str, known: T, given: T) -> Result<(), Refusal> {
    if known == given { Ok(()) } else { Err(conflict(field, &known.to_string(), &given.to_string())) }
}
