use std::collections::HashMap;

use kernel::Voltage;
use kernel::id::Uuid;
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Fault, Result, Tx, params};
use pricing::Concession;

use super::{Customer, CustomerKind, UsageCategory, UsagePoint, UsagePointId};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-05 supply",
    sql: "
CREATE TABLE customer (
  id UUID NOT NULL PRIMARY KEY,
  customer_no TEXT UNIQUE,
  name TEXT NOT NULL
);
CREATE TABLE usage_point (
  id UUID NOT NULL PRIMARY KEY,
  supply_no TEXT NOT NULL UNIQUE,
  customer_id UUID NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  category TEXT NOT NULL,
  phone TEXT,
  address TEXT,
  station TEXT NOT NULL REFERENCES org_unit (code),
  area_code TEXT NOT NULL REFERENCES transformer_area (code),
  voltage TEXT NOT NULL,
  capacity_va BIGINT,
  tariff TEXT NOT NULL,
  persons BIGINT,
  concession TEXT,
  opened_on TEXT NOT NULL,
  book TEXT,
  revision BIGINT NOT NULL
)
",
};

/// A usage point from eighteen columns, as all statements of this file select them.
pub fn point(row: &Row) -> Result<UsagePoint> {
    let concession: Option<String> = row.get(14)?;
    Ok(UsagePoint {
        id: row.get::<Uuid>(0)?.into(),
        supply_no: row.get(1)?,
        customer: Customer { id: row.get::<Uuid>(2)?.into(), customer_no: row.get(3)?, name: row.get(4)? },
        kind: row.word(5, CustomerKind::from_word)?,
        category: row.word(6, UsageCategory::from_word)?,
        phone: row.get(7)?,
        address: row.get(8)?,
        station: row.get(9)?,
        area_code: row.get(10)?,
        voltage: row.word(11, Voltage::from_word)?,
        capacity: row.get(12)?,
        tariff: row.get(13)?,
        concession: concession.as_deref().and_then(Concession::from_word),
        persons: row.get(15)?,
        opened_on: row.get(16)?,
        book: row.get(17)?,
    })
}

pub async fn by_supply_nos(tx: &Tx, supply_nos: Vec<String>) -> Result<Vec<UsagePoint>> {
    let sql = "SELECT u.id, u.supply_no, u.customer_id, c.customer_no, c.name, u.kind, u.category, u.phone, u.address, u.station, \
                      u.area_code, u.voltage, u.capacity_va, u.tariff, u.concession, u.persons, u.opened_on, u.book \
               FROM usage_point u JOIN customer c ON c.id = u.customer_id WHERE u.supply_no IN LIST($1)";
    tx.rows(sql, params![List::Texts(supply_nos)]).await?.iter().map(point).collect()
}

pub async fn hold_by_supply_nos(tx: &Tx, supply_nos: Vec<String>) -> Result<Vec<UsagePoint>> {
    let sql = "SELECT u.id, u.supply_no, u.customer_id, c.customer_no, c.name, u.kind, u.category, u.phone, u.address, u.station, \
                      u.area_code, u.voltage, u.capacity_va, u.tariff, u.concession, u.persons, u.opened_on, u.book \
               FROM usage_point u JOIN customer c ON c.id = u.customer_id WHERE u.supply_no IN LIST($1) ORDER BY u.id";
    tx.rows_locked_of("u", sql, params![List::Texts(supply_nos)]).await?.iter().map(point).collect()
}

pub async fn page(tx: &Tx, stations: Option<Vec<String>>, after: &str, limit: u32) -> Result<Vec<UsagePoint>> {
    let sql = "SELECT u.id, u.supply_no, u.customer_id, c.customer_no, c.name, u.kind, u.category, u.phone, u.address, u.station, \
                      u.area_code, u.voltage, u.capacity_va, u.tariff, u.concession, u.persons, u.opened_on, u.book \
               FROM usage_point u JOIN customer c ON c.id = u.customer_id \
               WHERE u.supply_no > $1 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) ORDER BY u.supply_no LIMIT $4";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![after, everywhere, stations, limit]).await?.iter().map(point).collect()
}

/// The point of this number, and after it the others of its customer, all at `stations`.
pub async fn of_same_customer(
    tx: &Tx,
    supply_no: &str,
    stations: Option<&[String]>,
    limit: u32,
) -> Result<Vec<UsagePoint>> {
    let sql = "SELECT u.id, u.supply_no, u.customer_id, c.customer_no, c.name, u.kind, u.category, u.phone, u.address, u.station, \
                      u.area_code, u.voltage, u.capacity_va, u.tariff, u.concession, u.persons, u.opened_on, u.book \
               FROM usage_point h JOIN usage_point u ON u.customer_id = h.customer_id JOIN customer c ON c.id = u.customer_id \
               WHERE h.supply_no = $1 AND (CAST($2 AS TEXT) IS NOT NULL OR (h.station IN LIST($3) AND u.station IN LIST($3))) \
               ORDER BY CASE WHEN u.id = h.id THEN 0 ELSE 1 END, u.supply_no LIMIT $4";
    let (everywhere, stations) = reach(stations);
    tx.rows(sql, params![supply_no, everywhere, stations, limit]).await?.iter().map(point).collect()
}

pub async fn customers(tx: &Tx, customer_nos: Vec<String>) -> Result<Vec<Customer>> {
    let sql = "SELECT id, customer_no, name FROM customer WHERE customer_no IN LIST($1)";
    let rows = tx.rows(sql, params![List::Texts(customer_nos)]).await?;
    rows.iter()
        .map(|row| Ok(Customer { id: row.get::<Uuid>(0)?.into(), customer_no: row.get(1)?, name: row.get(2)? }))
        .collect()
}

const CUSTOMERS: Bulk =
    Bulk { into: "customer (id, customer_no, name)", types: &["UUID", "TEXT NULL", "TEXT"], then: "" };

const POINTS: Bulk = Bulk {
    into: "usage_point (id, supply_no, customer_id, kind, category, phone, address, station, area_code, voltage, capacity_va, tariff, \
           persons, concession, opened_on, book, revision)",
    types: &[
        "UUID",
        "TEXT",
        "UUID",
        "TEXT",
        "TEXT",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT",
        "TEXT",
        "TEXT",
        "BIGINT NULL",
        "TEXT",
        "BIGINT NULL",
        "TEXT NULL",
        "TEXT",
        "TEXT NULL",
        "BIGINT",
    ],
    then: "",
};

pub async fn insert(tx: &Tx, customers: &[Customer], points: &[UsagePoint]) -> Result<()> {
    let rows = customers.iter().map(|c| params![c.id.uuid(), c.customer_no.clone(), &c.name]).collect();
    tx.insert(&CUSTOMERS, rows).await?;
    let rows = points.iter().map(|p| {
        params![
            p.id.uuid(),
            &p.supply_no,
            p.customer.id.uuid(),
            p.kind.word(),
            p.category.word(),
            p.phone.clone(),
            p.address.clone(),
            &p.station,
            &p.area_code,
            p.voltage.word(),
            p.capacity,
            &p.tariff,
            p.persons,
            p.concession.map(Concession::word),
            p.opened_on,
            p.book.clone(),
            0_i64
        ]
    });
    tx.insert(&POINTS, rows.collect()).await.map(drop)
}

/// As the members of `IN IDS($n)`.
pub fn ids(points: &[UsagePointId]) -> List {
    List::Ids(points.iter().map(|point| point.uuid()).collect())
}

pub async fn lock(tx: &Tx, points: &[UsagePointId]) -> Result<()> {
    tx.lock_rows("SELECT id FROM usage_point WHERE id IN IDS($1) ORDER BY id", params![ids(points)]).await
}

pub async fn touch(tx: &Tx, points: &[UsagePointId]) -> Result<()> {
    lock(tx, points).await?;
    let sql = "UPDATE usage_point SET revision = revision + 1 WHERE id IN IDS($1)";
    tx.run(sql, params![ids(points)]).await.map(drop)
}

pub async fn station_of(tx: &Tx, id: UsagePointId) -> Result<String> {
    let row = tx.row("SELECT station FROM usage_point WHERE id = $1", params![id.uuid()]).await?;
    row.map_or(Err(Fault::impossible(format!("there is no usage point {}", id.uuid()))), |row| row.get(0))
}

pub async fn supply_nos(tx: &Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    let rows = tx.rows("SELECT id, supply_no FROM usage_point WHERE id IN IDS($1)", params![List::Ids(ids)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
