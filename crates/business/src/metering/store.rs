use kernel::Register;
use kernel::id::Uuid;
use platform::db::{Bulk, List, Migration, Row};
use platform::{Result, Tx, params};

use super::{Count, Meter, MeterId, MeterRegister};
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-06 metering",
    sql: "
CREATE TABLE meter (
  id UUID NOT NULL PRIMARY KEY,
  meter_no TEXT NOT NULL UNIQUE,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  installed_on TEXT NOT NULL,
  removed_on TEXT,
  multiplier BIGINT NOT NULL CHECK (multiplier > 0)
);
CREATE INDEX meter_usage_point ON meter (usage_point_id);
CREATE TABLE meter_register (
  meter_id UUID NOT NULL REFERENCES meter (id),
  register TEXT NOT NULL,
  digits BIGINT NOT NULL,
  opening BIGINT NOT NULL,
  closing BIGINT,
  PRIMARY KEY (meter_id, register)
)
",
};

pub async fn by_meter_nos(tx: &Tx, meter_nos: Vec<String>) -> Result<Vec<Meter>> {
    let sql = "SELECT m.id, m.meter_no, m.usage_point_id, m.installed_on, m.removed_on, m.multiplier, r.register, r.digits, r.opening, r.closing \
               FROM meter m JOIN meter_register r ON r.meter_id = m.id WHERE m.meter_no IN LIST($1) ORDER BY m.id";
    gather(&tx.rows(sql, params![List::Texts(meter_nos)]).await?)
}

pub async fn of_usage_points(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Meter>> {
    let sql = "SELECT m.id, m.meter_no, m.usage_point_id, m.installed_on, m.removed_on, m.multiplier, r.register, r.digits, r.opening, r.closing \
               FROM meter m JOIN meter_register r ON r.meter_id = m.id WHERE m.usage_point_id IN IDS($1) ORDER BY m.usage_point_id, m.id";
    gather(&tx.rows(sql, params![ids(points)]).await?)
}

/// The station of a usage point, and its meters.
pub async fn at(tx: &Tx, supply_no: &str) -> Result<Option<(String, Vec<Meter>)>> {
    let sql = "SELECT m.id, m.meter_no, u.id, m.installed_on, m.removed_on, m.multiplier, r.register, r.digits, r.opening, r.closing, u.station \
               FROM usage_point u LEFT JOIN meter m ON m.usage_point_id = u.id LEFT JOIN meter_register r ON r.meter_id = m.id \
               WHERE u.supply_no = $1 ORDER BY m.id";
    let rows = tx.rows(sql, params![supply_no]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let has_meters = first.get::<Option<Uuid>>(0)?.is_some();
    Ok(Some((first.get(10)?, if has_meters { gather(&rows)? } else { Vec::new() })))
}

/// Rows of one meter follow each other.
fn gather(rows: &[Row]) -> Result<Vec<Meter>> {
    let mut meters: Vec<Meter> = Vec::new();
    for row in rows {
        let id: MeterId = row.get::<Uuid>(0)?.into();
        if meters.last().is_none_or(|last| last.id != id) {
            meters.push(Meter {
                id,
                meter_no: row.get(1)?,
                usage_point: row.get::<Uuid>(2)?.into(),
                installed_on: row.get(3)?,
                removed_on: row.get(4)?,
                multiplier: row.get(5)?,
                registers: Vec::new(),
            });
        }
        let register = row.word(6, Register::from_word)?;
        let closing: Option<i64> = row.get(9)?;
        if let Some(meter) = meters.last_mut() {
            meter.registers.push(MeterRegister {
                register,
                digits: row.get(7)?,
                opening: Count::from_thousandths(row.get(8)?),
                closing: closing.map(Count::from_thousandths),
            });
        }
    }
    meters.iter_mut().for_each(|meter| meter.registers.sort_by_key(|register| register.register));
    Ok(meters)
}

const METERS: Bulk = Bulk {
    into: "meter (id, meter_no, usage_point_id, installed_on, removed_on, multiplier)",
    types: &["UUID", "TEXT", "UUID", "TEXT", "TEXT NULL", "BIGINT"],
    then: "",
};

const REGISTERS: Bulk = Bulk {
    into: "meter_register (meter_id, register, digits, opening, closing)",
    types: &["UUID", "TEXT", "BIGINT", "BIGINT", "BIGINT NULL"],
    then: "",
};

pub async fn insert(tx: &Tx, meters: &[Meter], registers: &[(MeterId, MeterRegister)]) -> Result<()> {
    let rows = meters
        .iter()
        .map(|m| params![m.id.uuid(), &m.meter_no, m.usage_point.uuid(), m.installed_on, m.removed_on, m.multiplier]);
    tx.insert(&METERS, rows.collect()).await?;
    let rows = registers.iter().map(|(meter, r)| {
        params![meter.uuid(), r.register.word(), r.digits, r.opening.thousandths(), r.closing.map(Count::thousandths)]
    });
    tx.insert(&REGISTERS, rows.collect()).await.map(drop)
}

pub async fn close(tx: &Tx, meter: &Meter, register: &MeterRegister) -> Result<()> {
    tx.run("UPDATE meter SET removed_on = $1 WHERE id = $2", params![meter.removed_on, meter.id.uuid()]).await?;
    let sql = "UPDATE meter_register SET closing = $1 WHERE meter_id = $2 AND register = $3";
    tx.run(sql, params![register.closing.map(Count::thousandths), meter.id.uuid(), register.register.word()])
        .await
        .map(drop)
}

pub async fn set_multiplier(tx: &Tx, meter: MeterId, multiplier: i64) -> Result<()> {
    tx.run("UPDATE meter SET multiplier = $1 WHERE id = $2", params![multiplier, meter.uuid()]).await.map(drop)
}
