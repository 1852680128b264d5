use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Capacity, Date, Month, Register, Timestamp};
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::{Reading, ReadingKind};
use crate::metering::{Count, Meter, MeterId};
use crate::supply::UsagePointId;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-07 reading",
    sql: "
CREATE TABLE reading (
  meter_id UUID NOT NULL REFERENCES meter (id),
  register TEXT NOT NULL,
  read_on TEXT NOT NULL,
  value BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('actual', 'customer', 'estimated')),
  doubts TEXT,
  PRIMARY KEY (meter_id, register, read_on)
);
CREATE TABLE reading_voided (
  meter_id UUID NOT NULL REFERENCES meter (id),
  register TEXT NOT NULL,
  read_on TEXT NOT NULL,
  voided_at TEXT NOT NULL,
  value BIGINT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (meter_id, register, read_on, voided_at)
)
",
};

fn reading(row: &Row) -> Result<Reading> {
    Ok(Reading {
        meter: row.get::<Uuid>(0)?.into(),
        register: row.word(1, Register::from_word)?,
        read_on: row.get(2)?,
        value: Count::from_thousandths(row.get(3)?),
        kind: row.word(4, ReadingKind::from_word)?,
    })
}

fn ids(meters: &[MeterId]) -> List {
    List::Ids(meters.iter().map(|meter| meter.uuid()).collect())
}

pub async fn within(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Reading>> {
    let sql = "SELECT meter_id, register, read_on, value, kind FROM reading \
               WHERE meter_id IN IDS($1) AND read_on BETWEEN $2 AND $3 ORDER BY meter_id, register, read_on";
    tx.rows(sql, params![ids(meters), from, to]).await?.iter().map(reading).collect()
}

pub async fn on_days(tx: &Tx, meters: &[MeterId], days: Vec<Date>) -> Result<Vec<Reading>> {
    let sql = "SELECT meter_id, register, read_on, value, kind FROM reading \
               WHERE meter_id IN IDS($1) AND read_on IN LIST($2) ORDER BY meter_id, register, read_on";
    let days = List::Texts(days.iter().map(Date::to_string).collect());
    tx.rows(sql, params![ids(meters), days]).await?.iter().map(reading).collect()
}

pub async fn at(tx: &Tx, meter: MeterId, register: Register, on: Date) -> Result<Option<(Reading, Option<String>)>> {
    let sql = "SELECT meter_id, register, read_on, value, kind, doubts FROM reading \
               WHERE meter_id = $1 AND register = $2 AND read_on = $3";
    let row = tx.row(sql, params![meter.uuid(), register.word(), on]).await?;
    row.map(|row| Ok((reading(&row)?, row.get(5)?))).transpose()
}

pub async fn last_within(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Reading>> {
    let mut last: Vec<Reading> = Vec::new();
    for reading in within(tx, meters, from, to).await? {
        match last.last_mut().filter(|last| last.meter == reading.meter && last.register == reading.register) {
            Some(earlier) => *earlier = reading,
            None => last.push(reading),
        }
    }
    Ok(last)
}

/// Where a meter hangs, as far as its readings are judged by it.
pub struct Site {
    pub station: String,
    pub capacity: Option<Capacity>,
}

/// The sites of these meters.
pub async fn sites(tx: &Tx, meters: &[Meter]) -> Result<HashMap<UsagePointId, Site>> {
    let points = List::Ids(meters.iter().map(|meter| meter.usage_point.uuid()).collect());
    let rows = tx.rows("SELECT id, station, capacity_va FROM usage_point WHERE id IN IDS($1)", params![points]).await?;
    rows.iter()
        .map(|row| Ok((row.get::<Uuid>(0)?.into(), Site { station: row.get(1)?, capacity: row.get(2)? })))
        .collect()
}

const READINGS: Bulk = Bulk {
    into: "reading (meter_id, register, read_on, value, kind, doubts)",
    types: &["UUID", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT NULL"],
    then: "",
};

/// A reading with its doubts as words, separated by commas.
pub async fn insert(tx: &Tx, readings: &[(Reading, Option<String>)]) -> Result<()> {
    let rows = readings.iter().map(|(r, doubts)| {
        params![r.meter.uuid(), r.register.word(), r.read_on, r.value.thousandths(), r.kind.word(), doubts.clone()]
    });
    tx.insert(&READINGS, rows.collect()).await.map(drop)
}

pub async fn void(tx: &Tx, reading: &Reading, now: Timestamp) -> Result<()> {
    let key = || params![reading.meter.uuid(), reading.register.word(), reading.read_on];
    let keep = "INSERT INTO reading_voided (meter_id, register, read_on, voided_at, value, kind) VALUES ($1, $2, $3, $4, $5, $6)";
    let mut values = key();
    values.extend(params![now, reading.value.thousandths(), reading.kind.word()]);
    tx.run(keep, values).await?;
    tx.run("DELETE FROM reading WHERE meter_id = $1 AND register = $2 AND read_on = $3", key()).await.map(drop)
}

/// A reading with the meter's number, as files and pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub meter_no: String,
    pub register: Register,
    pub read_on: Date,
    pub value: Count,
    pub kind: ReadingKind,
    /// Words of [`super::rules::Doubt`], separated by commas.
    pub doubts: Option<String>,
}

fn shown(row: &Row) -> Result<Shown> {
    Ok(Shown {
        meter_no: row.get(0)?,
        register: row.word(1, Register::from_word)?,
        read_on: row.get(2)?,
        value: Count::from_thousandths(row.get(3)?),
        kind: row.word(4, ReadingKind::from_word)?,
        doubts: row.get(5)?,
    })
}

pub async fn page(
    tx: &Tx,
    month: Option<Month>,
    stations: Option<Vec<String>>,
    after: Option<&Shown>,
    limit: u32,
) -> Result<Vec<Shown>> {
    let sql = "SELECT m.meter_no, r.register, r.read_on, r.value, r.kind, r.doubts \
               FROM meter m JOIN reading r ON r.meter_id = m.id JOIN usage_point u ON u.id = m.usage_point_id \
               WHERE (m.meter_no > $1 OR (m.meter_no = $1 AND (r.register > $2 OR (r.register = $2 AND r.read_on > $3)))) \
                 AND m.meter_no >= $1 AND r.read_on BETWEEN $4 AND $5 \
                 AND (CAST($6 AS TEXT) IS NOT NULL OR u.station IN LIST($7)) \
               ORDER BY m.meter_no, r.register, r.read_on LIMIT $8";
    let from = month.map_or_else(String::new, |month| month.first_day().to_string());
    let to = month.map_or(Date::MAX, Month::last_day);
    let (meter_no, register) = after.map_or(("", ""), |last| (last.meter_no.as_str(), last.register.word()));
    let read_on = after.map_or_else(String::new, |last| last.read_on.to_string());
    let (everywhere, stations) = reach(stations.as_deref());
    let values = params![meter_no, register, read_on, from, to, everywhere, stations, limit];
    tx.rows(sql, values).await?.iter().map(shown).collect()
}

pub async fn of_usage_point(tx: &Tx, point: UsagePointId, limit: u32) -> Result<Vec<Shown>> {
    let sql = "SELECT m.meter_no, r.register, r.read_on, r.value, r.kind, r.doubts FROM meter m JOIN reading r ON r.meter_id = m.id \
               WHERE m.usage_point_id = $1 ORDER BY r.read_on DESC, m.meter_no, r.register LIMIT $2";
    tx.rows(sql, params![point.uuid(), limit]).await?.iter().map(shown).collect()
}
