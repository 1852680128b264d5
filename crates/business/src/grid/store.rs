use platform::db::{List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::TransformerArea;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-04 grid",
    sql: "
CREATE TABLE transformer_area (
  code TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  station TEXT NOT NULL REFERENCES org_unit (code),
  substation TEXT NOT NULL,
  feeder TEXT NOT NULL,
  capacity_va BIGINT
)
",
};

pub async fn by_codes(tx: &Tx, codes: Vec<String>) -> Result<Vec<TransformerArea>> {
    let sql =
        "SELECT code, name, station, substation, feeder, capacity_va FROM transformer_area WHERE code IN LIST($1)";
    tx.rows(sql, params![List::Texts(codes)]).await?.iter().map(area).collect()
}

pub async fn page(tx: &Tx, stations: Option<Vec<String>>, after: &str, limit: u32) -> Result<Vec<TransformerArea>> {
    let sql = "SELECT code, name, station, substation, feeder, capacity_va FROM transformer_area \
               WHERE code > $1 AND (CAST($2 AS TEXT) IS NOT NULL OR station IN LIST($3)) ORDER BY code LIMIT $4";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![after, everywhere, stations, limit]).await?.iter().map(area).collect()
}

fn area(row: &Row) -> Result<TransformerArea> {
    Ok(TransformerArea {
        code: row.get(0)?,
        name: row.get(1)?,
        station: row.get(2)?,
        substation: row.get(3)?,
        feeder: row.get(4)?,
        capacity: row.get(5)?,
    })
}

pub async fn insert(tx: &Tx, area: &TransformerArea) -> Result<()> {
    let sql = "INSERT INTO transformer_area (code, name, station, substation, feeder, capacity_va) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, params![&area.code, &area.name, &area.station, &area.substation, &area.feeder, area.capacity])
        .await
        .map(drop)
}
