use kernel::Date;
use kernel::id::Uuid;
use platform::db::{Bulk, Migration, Row};
use platform::{Result, Tx, params};
use pricing::Concession;

use super::Terms;
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-23 terms",
    sql: "
CREATE TABLE pricing_terms (
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  from_on TEXT NOT NULL,
  tariff TEXT NOT NULL,
  persons BIGINT,
  concession TEXT,
  PRIMARY KEY (usage_point_id, from_on)
)
",
};

pub async fn of(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Terms>> {
    let sql = "SELECT usage_point_id, from_on, tariff, persons, concession FROM pricing_terms \
               WHERE usage_point_id IN IDS($1) ORDER BY usage_point_id, from_on";
    tx.rows(sql, params![ids(points)]).await?.iter().map(terms).collect()
}

fn terms(row: &Row) -> Result<Terms> {
    let concession: Option<String> = row.get(4)?;
    Ok(Terms {
        usage_point: row.get::<Uuid>(0)?.into(),
        from: row.get(1)?,
        tariff: row.get(2)?,
        persons: row.get(3)?,
        concession: concession.as_deref().and_then(Concession::from_word),
    })
}

const TERMS: Bulk = Bulk {
    into: "pricing_terms (usage_point_id, from_on, tariff, persons, concession)",
    types: &["UUID", "TEXT", "TEXT", "BIGINT NULL", "TEXT NULL"],
    then: "",
};

pub async fn insert(tx: &Tx, terms: &[Terms]) -> Result<()> {
    let row = |of: &Terms| {
        let concession = of.concession.map(Concession::word);
        params![of.usage_point.uuid(), of.from, &of.tariff, of.persons, concession]
    };
    tx.insert(&TERMS, terms.iter().map(row).collect()).await.map(drop)
}

pub async fn delete(tx: &Tx, point: UsagePointId, from: Date) -> Result<()> {
    let sql = "DELETE FROM pricing_terms WHERE usage_point_id = $1 AND from_on = $2";
    tx.run(sql, params![point.uuid(), from]).await.map(drop)
}
