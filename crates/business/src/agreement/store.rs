use kernel::id::Uuid;
use kernel::{Capacity, Date, Period};
use platform::db::{Bulk, Migration, Row};
use platform::{Result, Tx, params};
use pricing::rules::Side;
use pricing::tariff::DemandMode;

use super::{Agreement, Suspension};
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-23 agreement",
    sql: "
CREATE TABLE agreement (
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  from_on TEXT NOT NULL,
  demand_mode TEXT CHECK (demand_mode IN ('capacity', 'contract', 'actual')),
  capacity_va BIGINT NOT NULL CHECK (capacity_va > 0),
  contract_w BIGINT CHECK (contract_w > 0),
  side TEXT NOT NULL CHECK (side IN ('high', 'low')),
  no_load_w BIGINT CHECK (no_load_w >= 0),
  line_loss_millionths BIGINT CHECK (line_loss_millionths BETWEEN 0 AND 1000000),
  PRIMARY KEY (usage_point_id, from_on)
);
CREATE TABLE suspension (
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  from_on TEXT NOT NULL,
  to_on TEXT NOT NULL,
  capacity_va BIGINT NOT NULL CHECK (capacity_va > 0),
  PRIMARY KEY (usage_point_id, from_on),
  CHECK (to_on >= from_on)
)
",
};

pub async fn agreements(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Agreement>> {
    let sql = "SELECT usage_point_id, from_on, demand_mode, capacity_va, contract_w, side, no_load_w, line_loss_millionths \
               FROM agreement WHERE usage_point_id IN IDS($1) ORDER BY usage_point_id, from_on";
    tx.rows(sql, params![ids(points)]).await?.iter().map(agreement).collect()
}

fn agreement(row: &Row) -> Result<Agreement> {
    Ok(Agreement {
        usage_point: row.get::<Uuid>(0)?.into(),
        from: row.get(1)?,
        mode: row.get::<Option<String>>(2)?.as_deref().and_then(DemandMode::from_word),
        capacity: row.get(3)?,
        contract: row.get(4)?,
        side: row.word(5, Side::from_word)?,
        no_load: row.get(6)?,
        line_loss: row.get(7)?,
    })
}

pub async fn suspensions(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Suspension>> {
    let sql = "SELECT usage_point_id, from_on, to_on, capacity_va FROM suspension \
               WHERE usage_point_id IN IDS($1) ORDER BY usage_point_id, from_on";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Suspension {
                usage_point: row.get::<Uuid>(0)?.into(),
                period: Period { from: row.get(1)?, to: row.get(2)? },
                capacity: row.get::<Capacity>(3)?,
            })
        })
        .collect()
}

const AGREEMENTS: Bulk = Bulk {
    into: "agreement (usage_point_id, from_on, demand_mode, capacity_va, contract_w, side, no_load_w, line_loss_millionths)",
    types: &["UUID", "TEXT", "TEXT NULL", "BIGINT", "BIGINT NULL", "TEXT", "BIGINT NULL", "BIGINT NULL"],
    then: "",
};

pub async fn insert_agreements(tx: &Tx, agreements: &[Agreement]) -> Result<()> {
    let row = |of: &Agreement| {
        params![
            of.usage_point.uuid(),
            of.from,
            of.mode.map(DemandMode::word),
            of.capacity.va(),
            of.contract.map(|contract| contract.w()),
            of.side.word(),
            of.no_load.map(|no_load| no_load.w()),
            of.line_loss.map(|rate| rate.millionths())
        ]
    };
    tx.insert(&AGREEMENTS, agreements.iter().map(row).collect()).await.map(drop)
}

pub async fn delete_agreement(tx: &Tx, point: UsagePointId, from: Date) -> Result<()> {
    let sql = "DELETE FROM agreement WHERE usage_point_id = $1 AND from_on = $2";
    tx.run(sql, params![point.uuid(), from]).await.map(drop)
}

const SUSPENSIONS: Bulk = Bulk {
    into: "suspension (usage_point_id, from_on, to_on, capacity_va)",
    types: &["UUID", "TEXT", "TEXT", "BIGINT"],
    then: "",
};

pub async fn insert_suspensions(tx: &Tx, suspensions: &[Suspension]) -> Result<()> {
    let row = |of: &Suspension| params![of.usage_point.uuid(), of.period.from, of.period.to, of.capacity.va()];
    tx.insert(&SUSPENSIONS, suspensions.iter().map(row).collect()).await.map(drop)
}

pub async fn set_last_day(tx: &Tx, rest: &Suspension) -> Result<()> {
    let sql = "UPDATE suspension SET to_on = $1 WHERE usage_point_id = $2 AND from_on = $3";
    tx.run(sql, params![rest.period.to, rest.usage_point.uuid(), rest.period.from]).await.map(drop)
}

pub async fn delete_suspension(tx: &Tx, rest: &Suspension) -> Result<()> {
    let sql = "DELETE FROM suspension WHERE usage_point_id = $1 AND from_on = $2";
    tx.run(sql, params![rest.usage_point.uuid(), rest.period.from]).await.map(drop)
}
