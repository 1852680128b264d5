//! `customers.csv`.

use std::collections::HashMap;

use kernel::{Capacity, Refusal, Voltage};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Tx};
use pricing::{Concession, TariffBook};

use super::{Customer, CustomerKind, PERSONS, UsageCategory, UsagePoint, store};
use crate::fields;
use crate::grid::{self, TransformerArea};
use crate::pack::Tariffs;

pub struct CustomerImport {
    pub tariffs: Tariffs,
}

impl Importer for CustomerImport {
    const KIND: &'static str = "customers";
    const COLUMNS: Columns = Columns {
        required: &[
            "supply_no",
            "name",
            "kind",
            "category",
            "phone",
            "address",
            "station",
            "area_code",
            "voltage",
            "capacity_kva",
            "tariff",
            "persons",
            "concession",
            "opened_on",
        ],
        optional: &["customer_no", "book"],
    };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let book = self.tariffs.now(tx).await?;
        let column = |name: &str| records.iter().map(|record| record.field(name).to_owned()).collect::<Vec<_>>();
        let areas = grid::areas(tx, column("area_code")).await?;
        let areas: HashMap<&str, &TransformerArea> = areas.iter().map(|area| (area.code.as_str(), area)).collect();
        let known = store::by_supply_nos(tx, column("supply_no")).await?;
        let mut points: HashMap<String, UsagePoint> =
            known.into_iter().map(|point| (point.supply_no.clone(), point)).collect();
        let known = store::customers(tx, column("customer_no")).await?;
        let mut customers: HashMap<String, Customer> =
            known.into_iter().filter_map(|customer| Some((customer.customer_no.clone()?, customer))).collect();
        let (mut new_customers, mut new_points, mut outcome) = (Vec::new(), Vec::new(), Outcome::default());
        for record in &records {
            let read = point(record, ctx, &book, &areas, &customers);
            let read = read.and_then(|point| scope.admit(&point.station).map(|()| point));
            let point = match read.and_then(|point| compare(point, &points)) {
                Ok(Some(point)) => point,
                Ok(None) => {
                    outcome.findings.push(Finding::unchanged(record.row));
                    continue;
                }
                Err(refusal) => {
                    outcome.findings.push(Finding::refused(record.row, refusal));
                    continue;
                }
            };
            let customer_known =
                point.customer.customer_no.as_ref().is_some_and(|number| customers.contains_key(number));
            if !customer_known {
                new_customers.push(point.customer.clone());
                customers.extend(point.customer.customer_no.clone().map(|number| (number, point.customer.clone())));
            }
            points.insert(point.supply_no.clone(), point.clone());
            new_points.push(point);
            outcome.loaded += 1;
        }
        store::insert(tx, &new_customers, &new_points).await?;
        outcome.touched = new_points.into_iter().map(|point| point.supply_no).collect();
        Ok(outcome)
    }
}

/// None when the row is on record and equal.
fn compare(point: UsagePoint, points: &HashMap<String, UsagePoint>) -> Result<Option<UsagePoint>, Refusal> {
    let Some(known) = points.get(&point.supply_no) else {
        return Ok(Some(point));
    };
    match difference(known, &point) {
        Some((field, known, given)) => Err(conflict(field, &known, &given)),
        None => Ok(None),
    }
}

fn point(
    record: &Record,
    ctx: &Ctx,
    book: &TariffBook,
    areas: &HashMap<&str, &TransformerArea>,
    customers: &HashMap<String, Customer>,
) -> Result<UsagePoint, Refusal> {
    let station = fields::code(record, "station")?;
    let area_code = fields::code(record, "area_code")?;
    let area = areas.get(area_code.as_str()).ok_or_else(|| {
        Refusal::invalid(
            "area.unknown",
            format!("没有台区 {area_code}，请先导入台区"),
            format!("there is no area {area_code}; import areas first"),
        )
        .at("area_code")
    })?;
    if area.station != station {
        return Err(Refusal::invalid(
            "area.other-station",
            format!("台区 {area_code} 属于供电所 {}", area.station),
            format!("the area {area_code} belongs to the station {}", area.station),
        )
        .at("station"));
    }
    let tariff = fields::text(record, "tariff")?;
    if book.get(&tariff).is_none() {
        return Err(Refusal::invalid(
            "tariff.unknown",
            format!("没有电价“{tariff}”，可用 tariff list 查看"),
            format!("there is no tariff \"{tariff}\"; see tariff list"),
        )
        .at("tariff"));
    }
    Ok(UsagePoint {
        id: ctx.new_id().into(),
        supply_no: fields::supply_no(record)?,
        customer: customer(record, ctx, customers)?,
        kind: fields::word(
            record,
            "kind",
            |word| by_code(word, 2, CustomerKind::from_word),
            &known(CustomerKind::ALL, CustomerKind::word),
        )?,
        category: fields::word(
            record,
            "category",
            UsageCategory::from_word,
            &known(UsageCategory::ALL, UsageCategory::word),
        )?,
        phone: phone(record)?,
        address: fields::optional_text(record, "address")?,
        station,
        area_code,
        voltage: fields::word(record, "voltage", Voltage::from_word, &known(Voltage::ALL, Voltage::word))?,
        capacity: capacity(record)?,
        tariff,
        persons: persons(record)?,
        concession: concession(record)?,
        opened_on: fields::date(record, "opened_on")?,
        book: if record.is_empty("book") { None } else { Some(fields::code(record, "book")?) },
    })
}
fn known<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> String {
    all.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ")
}

/// A code whose leading zeros a spreadsheet may have eaten.
fn by_code<T>(word: &str, width: usize, from_word: fn(&str) -> Option<T>) -> Option<T> {
    from_word(&format!("{word:0>width$}"))
}

fn customer(record: &Record, ctx: &Ctx, customers: &HashMap<String, Customer>) -> Result<Customer, Refusal> {
    let name = fields::text(record, "name")?;
    let customer_no = if record.is_empty("customer_no") { None } else { Some(fields::code(record, "customer_no")?) };
    match customer_no.as_ref().and_then(|number| customers.get(number)) {
        Some(known) if known.name == name => Ok(known.clone()),
        Some(known) => Err(conflict("name", &known.name, &name)),
        None => Ok(Customer { id: ctx.new_id().into(), customer_no, name }),
    }
}

fn phone(record: &Record) -> Result<Option<String>, Refusal> {
    let Some(phone) = fields::optional_text(record, "phone")? else {
        return Ok(None);
    };
    let well_formed = phone.chars().count() <= 20
        && phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    if well_formed {
        return Ok(Some(phone));
    }
    Err(Refusal::invalid(
        "phone.invalid",
        "电话只含数字和 + - ( )，至多 20 位",
        "a phone number has digits and + - ( ), at most 20",
    )
    .at("phone"))
}

fn capacity(record: &Record) -> Result<Option<Capacity>, Refusal> {
    if record.is_empty("capacity_kva") {
        return Ok(None);
    }
    let va = fields::not_negative(record, "capacity_kva", fields::QUANTITY_DECIMALS)?;
    if va == 0 || va > 10_000_000_000 {
        return Err(Refusal::invalid(
            "capacity.range",
            "容量应大于 0 且不超过 1000 万千伏安",
            "a capacity is above 0 and at most 10 million kVA",
        )
        .at("capacity_kva"));
    }
    Ok(Some(Capacity::from_va(va)))
}

fn persons(record: &Record) -> Result<Option<u32>, Refusal> {
    if record.is_empty("persons") {
        return Ok(None);
    }
    Ok(u32::try_from(fields::whole(record, "persons", PERSONS)?).ok())
}

fn concession(record: &Record) -> Result<Option<Concession>, Refusal> {
    if record.is_empty("concession") {
        return Ok(None);
    }
    fields::word(record, "concession", Concession::from_word, &known(Concession::ALL, Concession::word)).map(Some)
}

/// The first field in which two usage points of one number differ.
fn difference(known: &UsagePoint, given: &UsagePoint) -> Option<(&'static str, String, String)> {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    let fields = |point: &UsagePoint| {
        [
            ("name", point.customer.name.clone()),
            ("customer_no", shown(point.customer.customer_no.as_ref())),
            ("kind", point.kind.to_string()),
            ("category", point.category.to_string()),
            ("phone", shown(point.phone.as_ref())),
            ("address", shown(point.address.as_ref())),
            ("station", point.station.clone()),
            ("area_code", point.area_code.clone()),
            ("voltage", point.voltage.to_string()),
            ("capacity_kva", shown(point.capacity)),
            ("tariff", point.tariff.clone()),
            ("persons", shown(point.persons)),
            ("concession", shown(point.concession)),
            ("opened_on", point.opened_on.to_string()),
            ("book", shown(point.book.as_ref())),
        ]
    };
    let pairs = fields(known).into_iter().zip(fields(given));
    pairs
        .into_iter()
        .find(|((_, known), (_, given))| known != given)
        .map(|((field, known), (_, given))| (field, known, given))
}
