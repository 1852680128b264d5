use kernel::id::Uuid;
use platform::db::{Bulk, List, Migration};
use platform::{Result, Tx, params};

use super::model::InFlight;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 in flight",
    sql: "
CREATE TABLE in_flight (
  receivable_id UUID NOT NULL PRIMARY KEY REFERENCES receivable (id),
  collector TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  since TEXT NOT NULL
)
",
};

const ITEMS: Bulk = Bulk {
    into: "in_flight (receivable_id, collector, reference, since)",
    types: &["UUID", "TEXT", "TEXT", "TEXT"],
    then: "ON CONFLICT DO NOTHING",
};

/// How many were free.
pub async fn insert(tx: &Tx, items: &[InFlight]) -> Result<u64> {
    let rows = items.iter().map(|item| params![item.receivable, &item.collector, &item.reference, item.since]);
    tx.insert(&ITEMS, rows.collect()).await
}

pub async fn of_items(tx: &Tx, receivables: Vec<Uuid>) -> Result<Vec<InFlight>> {
    let sql = "SELECT receivable_id, collector, reference, since FROM in_flight WHERE receivable_id IN IDS($1) ORDER BY reference";
    let rows = tx.rows(sql, params![List::Ids(receivables)]).await?;
    let read = |row: &platform::db::Row| {
        Ok(InFlight { receivable: row.get(0)?, collector: row.get(1)?, reference: row.get(2)?, since: row.get(3)? })
    };
    rows.iter().map(read).collect()
}

pub async fn delete(tx: &Tx, references: Vec<String>) -> Result<()> {
    tx.run("DELETE FROM in_flight WHERE reference IN LIST($1)", params![List::Texts(references)]).await.map(drop)
}
