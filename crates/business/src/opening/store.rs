use kernel::id::Uuid;
use platform::db::{Bulk, Migration};
use platform::{Result, Tx, params};

use super::Opening;
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-10 opening",
    sql: "
CREATE TABLE opening (
  usage_point_id UUID NOT NULL PRIMARY KEY REFERENCES usage_point (id),
  as_of TEXT NOT NULL,
  year_to_date_wh BIGINT NOT NULL CHECK (year_to_date_wh >= 0),
  balance_fen BIGINT NOT NULL
)
",
};

pub async fn of(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Opening>> {
    let sql = "SELECT usage_point_id, as_of, year_to_date_wh, balance_fen FROM opening WHERE usage_point_id IN IDS($1)";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Opening {
                usage_point: row.get::<Uuid>(0)?.into(),
                as_of: row.get(1)?,
                year_to_date: row.get(2)?,
                balance: row.get(3)?,
            })
        })
        .collect()
}

const OPENINGS: Bulk = Bulk {
    into: "opening (usage_point_id, as_of, year_to_date_wh, balance_fen)",
    types: &["UUID", "TEXT", "BIGINT", "BIGINT"],
    then: "",
};

pub async fn insert(tx: &Tx, openings: &[Opening]) -> Result<()> {
    let rows = openings.iter().map(|o| params![o.usage_point.uuid(), o.as_of, o.year_to_date, o.balance]);
    tx.insert(&OPENINGS, rows.collect()).await.map(drop)
}
