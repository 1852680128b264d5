use kernel::Date;
use kernel::id::Uuid;
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::Reach;
use super::model::{Ending, Filter, Mandate, MandateState, Terms};
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 mandate",
    sql: "
CREATE TABLE mandate (
  id UUID NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  bank TEXT NOT NULL,
  agreement_no TEXT NOT NULL,
  holder TEXT NOT NULL,
  account_no TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT,
  signed_at TEXT NOT NULL,
  signed_by TEXT NOT NULL,
  ended_on TEXT,
  ended_by TEXT,
  end_reason TEXT,
  UNIQUE (agreement_no, bank),
  CHECK (until >= since),
  CHECK ((ended_on IS NULL) = (ended_by IS NULL) AND (ended_on IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX mandate_open ON mandate (usage_point_id) WHERE until IS NULL AND ended_on IS NULL;
CREATE INDEX mandate_point ON mandate (usage_point_id);
CREATE INDEX mandate_bank ON mandate (bank, usage_point_id)
",
};

const MANDATES: Bulk = Bulk {
    into: "mandate (id, usage_point_id, bank, agreement_no, holder, account_no, since, until, signed_at, signed_by)",
    types: &["UUID", "UUID", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT NULL", "TEXT", "TEXT"],
    then: "",
};

pub async fn insert(tx: &Tx, mandates: &[Mandate]) -> Result<()> {
    let rows = mandates.iter().map(|m| {
        let t = &m.terms;
        params![
            m.id,
            m.point.uuid(),
            &t.bank,
            &t.agreement_no,
            &t.holder,
            &t.account_no,
            t.since,
            t.until,
            m.signed_at,
            &m.signed_by
        ]
    });
    tx.insert(&MANDATES, rows.collect()).await.map(drop)
}

pub async fn end(tx: &Tx, id: Uuid, ending: &Ending) -> Result<()> {
    let sql = "UPDATE mandate SET ended_on = $1, ended_by = $2, end_reason = $3 WHERE id = $4 AND ended_on IS NULL";
    tx.run(sql, params![ending.on, &ending.by, &ending.reason, id]).await.map(drop)
}

fn mandate(row: &Row) -> Result<Mandate> {
    let ended_on: Option<Date> = row.get(13)?;
    let (by, reason): (Option<String>, Option<String>) = (row.get(14)?, row.get(15)?);
    let ending = ended_on.map(|on| Ending { on, by: by.unwrap_or_default(), reason: reason.unwrap_or_default() });
    Ok(Mandate {
        id: row.get(0)?,
        point: row.get::<Uuid>(1)?.into(),
        supply_no: row.get(2)?,
        station: row.get(3)?,
        name: row.get(4)?,
        terms: Terms {
            bank: row.get(5)?,
            agreement_no: row.get(6)?,
            holder: row.get(7)?,
            account_no: row.get(8)?,
            since: row.get(9)?,
            until: row.get(10)?,
        },
        signed_at: row.get(11)?,
        signed_by: row.get(12)?,
        ending,
    })
}

pub async fn one(tx: &Tx, id: Uuid) -> Result<Option<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM mandate m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id WHERE m.id = $1";
    tx.row(sql, params![id]).await?.as_ref().map(mandate).transpose()
}

/// Of any bank.
pub async fn by_agreements(tx: &Tx, agreement_nos: Vec<String>) -> Result<Vec<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM mandate m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE m.agreement_no IN LIST($1) ORDER BY m.id";
    tx.rows(sql, params![List::Texts(agreement_nos)]).await?.iter().map(mandate).collect()
}

pub async fn of_points(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM mandate m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE m.usage_point_id IN IDS($1) ORDER BY m.id";
    tx.rows(sql, params![ids(points)]).await?.iter().map(mandate).collect()
}

/// The newest first.
pub async fn of_supply_no(tx: &Tx, supply_no: &str) -> Result<Vec<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM usage_point u JOIN mandate m ON m.usage_point_id = u.id JOIN customer c ON c.id = u.customer_id \
               WHERE u.supply_no = $1 ORDER BY m.id DESC";
    tx.rows(sql, params![supply_no]).await?.iter().map(mandate).collect()
}

/// Of all accounts, the newest first.
pub async fn page(
    tx: &Tx,
    today: Date,
    filter: &Filter,
    stations: Option<Vec<String>>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM mandate m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE m.id < $1 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) AND (CAST($4 AS TEXT) IS NULL OR m.bank = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR $5 = CASE WHEN m.until < $6 OR m.ended_on <= $6 THEN 'ended' WHEN m.since > $6 THEN 'coming' ELSE 'live' END) \
               ORDER BY m.id DESC LIMIT $7";
    let (everywhere, stations) = reach(stations.as_deref());
    let Filter { bank, state, .. } = filter.clone();
    let state = state.map(MandateState::word);
    let values = params![before.unwrap_or(Uuid::max()), everywhere, stations, bank, state, today, limit];
    tx.rows(sql, values).await?.iter().map(mandate).collect()
}

pub async fn live_at(tx: &Tx, wanted: &Reach<'_>, after: &str, limit: u32) -> Result<Vec<Mandate>> {
    let sql = "SELECT m.id, m.usage_point_id, u.supply_no, u.station, c.name, m.bank, m.agreement_no, m.holder, m.account_no, m.since, m.until, \
                 m.signed_at, m.signed_by, m.ended_on, m.ended_by, m.end_reason \
               FROM mandate m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE u.supply_no > $1 AND m.bank = $2 AND m.since <= $3 AND (m.until IS NULL OR m.until >= $3) \
                 AND (m.ended_on IS NULL OR m.ended_on > $3) AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                 AND (CAST($6 AS TEXT) IS NULL OR u.book = $6) ORDER BY u.supply_no LIMIT $7";
    let (everywhere, stations) = reach(wanted.stations.as_deref());
    let values = params![after, wanted.bank, wanted.on, everywhere, stations, wanted.book, limit];
    tx.rows(sql, values).await?.iter().map(mandate).collect()
}
