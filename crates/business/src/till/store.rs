use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::db::{Bulk, Migration, Row};
use platform::{Result, Tx, params};

use super::{Till, TillState};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 till",
    sql: "
CREATE TABLE till (
  id UUID NOT NULL PRIMARY KEY,
  cashier TEXT NOT NULL,
  day TEXT NOT NULL,
  station TEXT REFERENCES org_unit (code),
  change_fen BIGINT NOT NULL CHECK (change_fen >= 0),
  opened_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  UNIQUE (day, cashier)
);
CREATE INDEX till_open ON till (day) WHERE state = 'open';
CREATE TABLE till_payment (
  payment_id UUID NOT NULL PRIMARY KEY,
  till_id UUID NOT NULL REFERENCES till (id)
);
CREATE INDEX till_payment_till ON till_payment (till_id)
",
};

fn till(row: &Row) -> Result<Till> {
    Ok(Till {
        id: row.get(0)?,
        cashier: row.get(1)?,
        day: row.get(2)?,
        station: row.get(3)?,
        change: row.get(4)?,
        opened_at: row.get(5)?,
        state: row.word(6, TillState::from_word)?,
    })
}

pub async fn insert(tx: &Tx, till: &Till) -> Result<()> {
    let sql = "INSERT INTO till (id, cashier, day, station, change_fen, opened_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let values =
        params![till.id, &till.cashier, till.day, till.station.clone(), till.change, till.opened_at, till.state.word()];
    tx.run(sql, values).await.map(drop)
}

const LAID_IN: Bulk = Bulk { into: "till_payment (payment_id, till_id)", types: &["UUID", "UUID"], then: "" };

pub fn put(tx: &Tx, till: Uuid, payment: Uuid) {
    tx.insert_soon(&LAID_IN, vec![params![payment, till]]);
}

pub async fn set_change(tx: &Tx, id: Uuid, change: Money) -> Result<()> {
    tx.run("UPDATE till SET change_fen = $1 WHERE id = $2", params![change, id]).await.map(drop)
}

pub async fn set_state(tx: &Tx, id: Uuid, state: TillState) -> Result<()> {
    tx.run("UPDATE till SET state = $1 WHERE id = $2", params![state.word(), id]).await.map(drop)
}

pub async fn of(tx: &Tx, cashier: &str, day: Date) -> Result<Option<Till>> {
    let sql =
        "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE day = $1 AND cashier = $2";
    tx.row(sql, params![day, cashier]).await?.as_ref().map(till).transpose()
}

pub async fn locked_of(tx: &Tx, cashier: &str, day: Date) -> Result<Option<Till>> {
    let sql =
        "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE day = $1 AND cashier = $2";
    tx.rows_locked(sql, params![day, cashier]).await?.first().map(till).transpose()
}

pub async fn locked(tx: &Tx, id: Uuid) -> Result<Option<Till>> {
    let sql = "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE id = $1";
    tx.rows_locked(sql, params![id]).await?.first().map(till).transpose()
}

pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Till>> {
    let sql = "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE id = $1";
    tx.row(sql, params![id]).await?.as_ref().map(till).transpose()
}

pub async fn of_day(tx: &Tx, day: Date) -> Result<Vec<Till>> {
    let sql =
        "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE day = $1 ORDER BY cashier";
    tx.rows(sql, params![day]).await?.iter().map(till).collect()
}

pub async fn first_open(tx: &Tx, day: Date) -> Result<Option<Till>> {
    let sql = "SELECT id, cashier, day, station, change_fen, opened_at, state FROM till WHERE state = 'open' AND day <= $1 ORDER BY day, cashier LIMIT 1";
    tx.row(sql, params![day]).await?.as_ref().map(till).transpose()
}
