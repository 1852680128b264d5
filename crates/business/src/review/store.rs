use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Date, Month, Register};
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Fault, Result, Tx, params};

use super::model::{Decided, Decision, Order, Place, Site, Told};
use super::rules::estimate::EstimateRule;
use crate::metering::{Count, MeterId};
use crate::reading::rules::Doubt;
use crate::reading::{self, ReadingKind};

/// A decision covers a reading while it left exactly this value of this kind and nobody took it back;
/// the view says so of every doubtful reading, and puts the gravest doubts first.
pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 review",
    sql: "
CREATE TABLE review_decision (
  id UUID NOT NULL PRIMARY KEY,
  meter_id UUID NOT NULL REFERENCES meter (id),
  register TEXT NOT NULL,
  read_on TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('accept', 'correct', 'estimate', 're-read', 'undo')),
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT,
  rule TEXT,
  value_before BIGINT,
  kind_before TEXT,
  doubts_before TEXT,
  value_after BIGINT,
  kind_after TEXT,
  undoes UUID UNIQUE REFERENCES review_decision (id),
  CHECK (decision <> 'undo' OR undoes IS NOT NULL)
);
CREATE INDEX review_decision_place ON review_decision (meter_id, register, read_on);
CREATE TABLE reading_order (
  decision_id UUID NOT NULL PRIMARY KEY REFERENCES review_decision (id),
  meter_id UUID NOT NULL REFERENCES meter (id),
  register TEXT NOT NULL,
  read_on TEXT NOT NULL,
  after_on TEXT NOT NULL,
  before_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  reader TEXT
);
CREATE INDEX reading_order_meter ON reading_order (meter_id, register);
CREATE INDEX reading_doubtful ON reading (read_on) WHERE doubts IS NOT NULL;
CREATE VIEW doubtful_reading AS
SELECT r.meter_id, r.register, r.read_on, r.value, r.kind, r.doubts,
  CASE WHEN EXISTS (
    SELECT 1 FROM review_decision d WHERE d.meter_id = r.meter_id AND d.register = r.register AND d.read_on = r.read_on
      AND d.decision <> 'undo' AND d.value_after = r.value AND d.kind_after = r.kind
      AND NOT EXISTS (SELECT 1 FROM review_decision u WHERE u.undoes = d.id))
  THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS decided,
  CASE WHEN r.doubts LIKE '%negative%' THEN CAST(0 AS BIGINT) WHEN r.doubts LIKE '%over-capacity%' THEN CAST(1 AS BIGINT)
    WHEN r.doubts LIKE '%spike%' THEN CAST(2 AS BIGINT) WHEN r.doubts LIKE '%rollover%' THEN CAST(3 AS BIGINT)
    WHEN r.doubts LIKE '%constant%' THEN CAST(4 AS BIGINT) ELSE CAST(5 AS BIGINT) END AS severity
FROM reading r WHERE r.doubts IS NOT NULL;
CREATE VIEW standing_order AS
SELECT o.decision_id, o.meter_id, o.register, o.read_on, o.after_on, o.before_on, o.due_on, o.reader,
  CASE WHEN EXISTS (
    SELECT 1 FROM reading r WHERE r.meter_id = o.meter_id AND r.register = o.register
      AND r.read_on > o.after_on AND r.read_on < o.before_on)
  THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS done
FROM reading_order o WHERE NOT EXISTS (SELECT 1 FROM review_decision u WHERE u.undoes = o.decision_id)
",
};

pub(crate) fn told(row: &Row, at: usize) -> Result<Option<Told>> {
    let (value, kind) = (row.get::<Option<i64>>(at)?, row.word_or_null(at + 1, ReadingKind::from_word)?);
    Ok(value.zip(kind).map(|(value, kind)| Told { value: Count::from_thousandths(value), kind }))
}

pub(crate) fn place(row: &Row, at: usize) -> Result<Place> {
    Ok(Place {
        meter: row.get::<Uuid>(at)?.into(),
        register: row.word(at + 1, Register::from_word)?,
        on: row.get(at + 2)?,
    })
}

/// Eight columns: usage point, supply number, name, address, station, book, capacity, meter number.
pub(crate) fn site(row: &Row, at: usize) -> Result<Site> {
    Ok(Site {
        usage_point: row.get::<Uuid>(at)?.into(),
        supply_no: row.get(at + 1)?,
        name: row.get(at + 2)?,
        address: row.get(at + 3)?,
        station: row.get(at + 4)?,
        book: row.get(at + 5)?,
        capacity: row.get(at + 6)?,
        meter_no: row.get(at + 7)?,
    })
}

pub fn doubts_of(words: &str) -> Vec<Doubt> {
    words.split(',').filter_map(Doubt::from_word).collect()
}

/// A list's limits as parameters: whether it reaches everywhere, the stations, the book.
pub struct Reach {
    pub stations: Option<Vec<String>>,
    pub book: Option<String>,
}

impl Reach {
    pub fn everywhere(&self) -> Option<&'static str> {
        reach(self.stations.as_deref()).0
    }

    pub fn stations(&self) -> List {
        reach(self.stations.as_deref()).1
    }
}

/// Undecided readings whose only doubt is this one, as they stand in a book.
pub async fn only_doubt(
    tx: &Tx,
    month: Month,
    reach: &Reach,
    doubt: Doubt,
    limit: u32,
) -> Result<Vec<(Place, String, Told)>> {
    let sql = "SELECT d.meter_id, d.register, d.read_on, d.value, d.kind, m.meter_no \
               FROM doubtful_reading d JOIN meter m ON m.id = d.meter_id JOIN usage_point u ON u.id = m.usage_point_id \
               WHERE d.read_on BETWEEN $1 AND $2 AND d.doubts = $3 AND d.decided = 0 \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                 AND (CAST($6 AS TEXT) IS NULL OR COALESCE(u.book, '') = $6) \
               ORDER BY m.meter_no, d.register, d.read_on LIMIT $7";
    let values = params![
        month.first_day(),
        month.last_day(),
        doubt.word(),
        reach.everywhere(),
        reach.stations(),
        reach.book.clone(),
        limit
    ];
    let rows = tx.rows(sql, values).await?;
    let one = |row: &Row| {
        let told = told(row, 3)?.ok_or_else(|| Fault::impossible("a reading without a value"))?;
        Ok((place(row, 0)?, row.get(5)?, told))
    };
    rows.iter().map(one).collect()
}

/// Readings of these meters within the days that have a doubt and no decision.
pub async fn undecided(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<(Place, Vec<Doubt>)>> {
    let sql = "SELECT meter_id, register, read_on, doubts FROM doubtful_reading \
               WHERE meter_id IN IDS($1) AND read_on BETWEEN $2 AND $3 AND decided = 0";
    let ids = List::Ids(meters.iter().map(|meter| meter.uuid()).collect());
    let rows = tx.rows(sql, params![ids, from, to]).await?;
    rows.iter().map(|row| Ok((place(row, 0)?, doubts_of(&row.get::<String>(3)?)))).collect()
}

const DECISIONS: Bulk = Bulk {
    into: "review_decision (id, meter_id, register, read_on, decision, decided_at, decided_by, reason, rule, \
           value_before, kind_before, doubts_before, value_after, kind_after, undoes)",
    types: &[
        "UUID",
        "UUID",
        "TEXT",
        "TEXT",
        "TEXT",
        "TEXT",
        "TEXT",
        "TEXT NULL",
        "TEXT NULL",
        "BIGINT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "BIGINT NULL",
        "TEXT NULL",
        "UUID NULL",
    ],
    then: "",
};

pub async fn insert(tx: &Tx, decisions: &[Decided]) -> Result<()> {
    let rows = decisions.iter().map(|d| {
        params![
            d.id,
            d.place.meter.uuid(),
            d.place.register.word(),
            d.place.on,
            d.decision.word(),
            d.at,
            &d.by,
            d.reason.clone(),
            d.rule.map(EstimateRule::word),
            d.before.map(|told| told.value.thousandths()),
            d.before.map(|told| told.kind.word()),
            d.doubts.clone(),
            d.after.map(|told| told.value.thousandths()),
            d.after.map(|told| told.kind.word()),
            d.undoes
        ]
    });
    tx.insert(&DECISIONS, rows.collect()).await.map(drop)
}

fn decided(row: &Row) -> Result<Decided> {
    Ok(Decided {
        id: row.get(0)?,
        place: place(row, 1)?,
        meter_no: row.get(4)?,
        decision: row.word(5, Decision::from_word)?,
        at: row.get(6)?,
        by: row.get(7)?,
        reason: row.get(8)?,
        rule: row.word_or_null(9, EstimateRule::from_word)?,
        before: told(row, 10)?,
        doubts: row.get(12)?,
        after: told(row, 13)?,
        undoes: row.get(15)?,
        undone: row.get::<i64>(16)? == 1,
    })
}

pub async fn decision(tx: &Tx, id: Uuid) -> Result<Option<Decided>> {
    let sql = "SELECT d.id, d.meter_id, d.register, d.read_on, m.meter_no, d.decision, d.decided_at, d.decided_by, d.reason, d.rule, \
                      d.value_before, d.kind_before, d.doubts_before, d.value_after, d.kind_after, d.undoes, \
                      CASE WHEN EXISTS (SELECT 1 FROM review_decision u WHERE u.undoes = d.id) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END \
               FROM review_decision d JOIN meter m ON m.id = d.meter_id WHERE d.id = $1";
    tx.row(sql, params![id]).await?.as_ref().map(decided).transpose()
}

/// The decisions about these meters' readings of some days, in order of making.
pub async fn decisions_of(tx: &Tx, meters: &[MeterId], from: Date, to: Date) -> Result<Vec<Decided>> {
    let sql = "SELECT d.id, d.meter_id, d.register, d.read_on, m.meter_no, d.decision, d.decided_at, d.decided_by, d.reason, d.rule, \
                      d.value_before, d.kind_before, d.doubts_before, d.value_after, d.kind_after, d.undoes, \
                      CASE WHEN EXISTS (SELECT 1 FROM review_decision u WHERE u.undoes = d.id) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END \
               FROM review_decision d JOIN meter m ON m.id = d.meter_id \
               WHERE d.meter_id IN IDS($1) AND d.read_on BETWEEN $2 AND $3 ORDER BY d.id";
    let ids = List::Ids(meters.iter().map(|meter| meter.uuid()).collect());
    tx.rows(sql, params![ids, from, to]).await?.iter().map(decided).collect()
}

/// A page of the decisions about readings of a month, newest first.
pub async fn decisions(
    tx: &Tx,
    month: Month,
    reach: &Reach,
    before: Uuid,
    limit: u32,
) -> Result<Vec<(Decided, String)>> {
    let sql = "SELECT d.id, d.meter_id, d.register, d.read_on, m.meter_no, d.decision, d.decided_at, d.decided_by, d.reason, d.rule, \
                      d.value_before, d.kind_before, d.doubts_before, d.value_after, d.kind_after, d.undoes, \
                      CASE WHEN EXISTS (SELECT 1 FROM review_decision u WHERE u.undoes = d.id) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END, \
                      u.supply_no \
               FROM review_decision d JOIN meter m ON m.id = d.meter_id JOIN usage_point u ON u.id = m.usage_point_id \
               WHERE d.read_on BETWEEN $1 AND $2 AND d.id < $3 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                 AND (CAST($6 AS TEXT) IS NULL OR COALESCE(u.book, '') = $6) ORDER BY d.id DESC LIMIT $7";
    let values = params![
        month.first_day(),
        month.last_day(),
        before,
        reach.everywhere(),
        reach.stations(),
        reach.book.clone(),
        limit
    ];
    tx.rows(sql, values).await?.iter().map(|row| Ok((decided(row)?, row.get(17)?))).collect()
}

/// What an order waits for: a reading after one day and before another.
pub struct Window {
    pub after: Date,
    pub before: Date,
}

pub async fn insert_order(
    tx: &Tx,
    decision: Uuid,
    place: &Place,
    window: &Window,
    due_on: Date,
    reader: Option<&str>,
) -> Result<()> {
    let sql = "INSERT INTO reading_order (decision_id, meter_id, register, read_on, after_on, before_on, due_on, reader) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        decision,
        place.meter.uuid(),
        place.register.word(),
        place.on,
        window.after,
        window.before,
        due_on,
        reader
    ];
    tx.run(sql, values).await.map(drop)
}

/// Whether a standing order waits for a reading of this register within the days.
pub async fn has_open_order(tx: &Tx, place: &Place) -> Result<bool> {
    let sql = "SELECT decision_id FROM standing_order WHERE meter_id = $1 AND register = $2 AND done = 0 \
               AND after_on < $3 AND before_on > $3 LIMIT 1";
    Ok(tx.row(sql, params![place.meter.uuid(), place.register.word(), place.on]).await?.is_some())
}

/// A page of standing orders by day due; those done with the reading that came.
pub async fn orders(tx: &Tx, reach: &Reach, open: Option<bool>, after: (&str, Uuid), limit: u32) -> Result<Vec<Order>> {
    let sql = "SELECT o.decision_id, o.meter_id, o.register, o.read_on, o.due_on, o.reader, d.decided_by, d.decided_at, d.reason, \
                      u.id, u.supply_no, c.name, u.address, u.station, COALESCE(u.book, ''), u.capacity_va, m.meter_no, \
                      (SELECT MIN(r.read_on) FROM reading r WHERE r.meter_id = o.meter_id AND r.register = o.register \
                       AND r.read_on > o.after_on AND r.read_on < o.before_on) \
               FROM standing_order o JOIN review_decision d ON d.id = o.decision_id JOIN meter m ON m.id = o.meter_id \
                 JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2)) AND (CAST($3 AS TEXT) IS NULL OR COALESCE(u.book, '') = $3) \
                 AND (CAST($4 AS BIGINT) IS NULL OR o.done = $4) AND (o.due_on, o.decision_id) > ($5, $6) \
               ORDER BY o.due_on, o.decision_id LIMIT $7";
    let wished = open.map(|open| i64::from(!open));
    let values = params![reach.everywhere(), reach.stations(), reach.book.clone(), wished, after.0, after.1, limit];
    let mut orders = Vec::new();
    for row in tx.rows(sql, values).await? {
        orders.push(order_of(tx, &row).await?);
    }
    Ok(orders)
}

async fn order_of(tx: &Tx, row: &Row) -> Result<Order> {
    let place = place(row, 1)?;
    let done = match row.get::<Option<Date>>(17)? {
        Some(on) => reading::at(tx, place.meter, place.register, on).await?,
        None => None,
    };
    Ok(Order {
        decision: row.get(0)?,
        place,
        due_on: row.get(4)?,
        reader: row.get(5)?,
        ordered_by: row.get(6)?,
        ordered_at: row.get(7)?,
        reason: row.get(8)?,
        site: site(row, 9)?,
        done: done.map(|(reading, _)| (reading.read_on, reading.value, reading.kind)),
    })
}

/// One standing order.
pub async fn order(tx: &Tx, decision: Uuid) -> Result<Option<Order>> {
    let sql = "SELECT o.decision_id, o.meter_id, o.register, o.read_on, o.due_on, o.reader, d.decided_by, d.decided_at, d.reason, \
                      u.id, u.supply_no, c.name, u.address, u.station, COALESCE(u.book, ''), u.capacity_va, m.meter_no, \
                      (SELECT MIN(r.read_on) FROM reading r WHERE r.meter_id = o.meter_id AND r.register = o.register \
                       AND r.read_on > o.after_on AND r.read_on < o.before_on) \
               FROM standing_order o JOIN review_decision d ON d.id = o.decision_id JOIN meter m ON m.id = o.meter_id \
                 JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id WHERE o.decision_id = $1";
    match tx.row(sql, params![decision]).await? {
        Some(row) => order_of(tx, &row).await.map(Some),
        None => Ok(None),
    }
}

/// Where these meters hang.
pub async fn sites(tx: &Tx, meters: &[MeterId]) -> Result<HashMap<MeterId, Site>> {
    let sql = "SELECT m.id, u.id, u.supply_no, c.name, u.address, u.station, COALESCE(u.book, ''), u.capacity_va, m.meter_no \
               FROM meter m JOIN usage_point u ON u.id = m.usage_point_id JOIN customer c ON c.id = u.customer_id WHERE m.id IN IDS($1)";
    let ids = List::Ids(meters.iter().map(|meter| meter.uuid()).collect());
    tx.rows(sql, params![ids]).await?.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), site(row, 1)?))).collect()
}

/// The open orders for these meters.
pub async fn open_orders(tx: &Tx, meters: &[MeterId]) -> Result<Vec<(Place, Uuid)>> {
    let sql =
        "SELECT meter_id, register, read_on, decision_id FROM standing_order WHERE done = 0 AND meter_id IN IDS($1)";
    let ids = List::Ids(meters.iter().map(|meter| meter.uuid()).collect());
    tx.rows(sql, params![ids]).await?.iter().map(|row| Ok((place(row, 0)?, row.get(3)?))).collect()
}
