use std::collections::HashMap;

use kernel::Date;
use kernel::id::Uuid;
use platform::db::{List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{Difference, DifferenceEvent, DifferenceFilter, DifferenceKind, DifferenceState, Settlement, Tally};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 difference",
    sql: "
CREATE TABLE closing_difference (
  id UUID NOT NULL PRIMARY KEY,
  day TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL UNIQUE,
  till_id UUID REFERENCES till (id),
  method TEXT,
  channel TEXT,
  reference TEXT,
  expected_count BIGINT NOT NULL,
  expected_fen BIGINT NOT NULL,
  found_count BIGINT NOT NULL,
  found_fen BIGINT NOT NULL,
  owner TEXT NOT NULL,
  station TEXT
);
CREATE INDEX closing_difference_day ON closing_difference (day);
CREATE INDEX closing_difference_till ON closing_difference (till_id) WHERE till_id IS NOT NULL;
CREATE TABLE difference_event (
  difference_id UUID NOT NULL REFERENCES closing_difference (id),
  no BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'explained', 'settled', 'withdrawn')),
  at TEXT NOT NULL,
  by_login TEXT NOT NULL,
  words TEXT NOT NULL,
  how TEXT,
  entry_id UUID,
  PRIMARY KEY (difference_id, no)
)
",
};

/// Whether it is new.
pub async fn insert_difference(tx: &Tx, d: &Difference) -> Result<bool> {
    let sql = "INSERT INTO closing_difference (id, day, kind, subject, till_id, method, channel, reference, expected_count, expected_fen, found_count, found_fen, owner, station) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING";
    let values = params![
        d.id,
        d.day,
        d.kind.word(),
        &d.subject,
        d.till,
        d.method.clone(),
        d.channel.clone(),
        d.reference.clone(),
        d.expected.count,
        d.expected.amount,
        d.found.count,
        d.found.amount,
        &d.owner,
        d.station.clone()
    ];
    Ok(tx.run(sql, values).await? == 1)
}

pub async fn insert_event(tx: &Tx, difference: Uuid, event: &DifferenceEvent, entry: Option<Uuid>) -> Result<()> {
    let sql = "INSERT INTO difference_event (difference_id, no, state, at, by_login, words, how, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let how = event.how.map(Settlement::word);
    let values = params![difference, event.no, event.state.word(), event.at, &event.by, &event.text, how, entry];
    tx.run(sql, values).await.map(drop)
}

fn difference(row: &Row) -> Result<Difference> {
    Ok(Difference {
        id: row.get(0)?,
        day: row.get(1)?,
        kind: row.word(2, DifferenceKind::from_word)?,
        subject: row.get(3)?,
        till: row.get(4)?,
        method: row.get(5)?,
        channel: row.get(6)?,
        reference: row.get(7)?,
        expected: Tally { count: row.get(8)?, amount: row.get(9)? },
        found: Tally { count: row.get(10)?, amount: row.get(11)? },
        owner: row.get(12)?,
        station: row.get(13)?,
        state: row.word(14, DifferenceState::from_word)?,
        events: Vec::new(),
    })
}

async fn with_events(tx: &Tx, mut found: Vec<Difference>) -> Result<Vec<Difference>> {
    let sql = "SELECT difference_id, no, state, at, by_login, words, how FROM difference_event WHERE difference_id IN IDS($1) ORDER BY difference_id, no";
    let ids = List::Ids(found.iter().map(|difference| difference.id).collect());
    let mut events: HashMap<Uuid, Vec<DifferenceEvent>> = HashMap::new();
    for row in tx.rows(sql, params![ids]).await? {
        let how: Option<String> = row.get(6)?;
        let event = DifferenceEvent {
            no: row.get(1)?,
            state: row.word(2, DifferenceState::from_word)?,
            at: row.get(3)?,
            by: row.get(4)?,
            text: row.get(5)?,
            how: how.as_deref().and_then(Settlement::from_word),
        };
        events.entry(row.get(0)?).or_default().push(event);
    }
    for difference in &mut found {
        difference.events = events.remove(&difference.id).unwrap_or_default();
    }
    Ok(found)
}

/// The newest first.
pub async fn differences(
    tx: &Tx,
    filter: &DifferenceFilter,
    stations: &Option<Vec<String>>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Difference>> {
    let sql = "SELECT d.id, d.day, d.kind, d.subject, d.till_id, d.method, d.channel, d.reference, d.expected_count, d.expected_fen, d.found_count, d.found_fen, d.owner, d.station, \
                 (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) FROM closing_difference d \
               WHERE d.id < $1 AND (CAST($2 AS TEXT) IS NULL OR d.day = $2) AND (CAST($3 AS TEXT) IS NULL OR d.owner = $3) \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR d.station IN LIST($5)) \
                 AND (CAST($6 AS TEXT) IS NULL OR (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) IN ('open', 'explained')) \
               ORDER BY d.id DESC LIMIT $7";
    let (everywhere, reach) = reach(stations.as_deref());
    let only_open = filter.only_open.then_some("open");
    let values =
        params![before.unwrap_or(Uuid::max()), filter.day, filter.owner.clone(), everywhere, reach, only_open, limit];
    let found = tx.rows(sql, values).await?.iter().map(difference).collect::<Result<Vec<_>>>()?;
    with_events(tx, found).await
}

async fn by(tx: &Tx, sql: &str, value: platform::db::Param) -> Result<Vec<Difference>> {
    let found = tx.rows(sql, vec![value]).await?.iter().map(difference).collect::<Result<Vec<_>>>()?;
    with_events(tx, found).await
}

pub async fn difference_of(tx: &Tx, id: Uuid) -> Result<Option<Difference>> {
    let sql = "SELECT d.id, d.day, d.kind, d.subject, d.till_id, d.method, d.channel, d.reference, d.expected_count, d.expected_fen, d.found_count, d.found_fen, d.owner, d.station, \
                 (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) FROM closing_difference d WHERE d.id = $1";
    Ok(by(tx, sql, id.into()).await?.pop())
}

pub async fn about(tx: &Tx, subject: &str) -> Result<Option<Difference>> {
    let sql = "SELECT d.id, d.day, d.kind, d.subject, d.till_id, d.method, d.channel, d.reference, d.expected_count, d.expected_fen, d.found_count, d.found_fen, d.owner, d.station, \
                 (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) FROM closing_difference d WHERE d.subject = $1";
    Ok(by(tx, sql, subject.into()).await?.pop())
}

pub async fn of_till(tx: &Tx, till: Uuid) -> Result<Vec<Difference>> {
    let sql = "SELECT d.id, d.day, d.kind, d.subject, d.till_id, d.method, d.channel, d.reference, d.expected_count, d.expected_fen, d.found_count, d.found_fen, d.owner, d.station, \
                 (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) FROM closing_difference d WHERE d.till_id = $1";
    by(tx, sql, till.into()).await
}

/// Those of a day that have not been withdrawn, in the order in which they were found.
pub async fn of_day(tx: &Tx, day: Date) -> Result<Vec<Difference>> {
    let sql = "SELECT d.id, d.day, d.kind, d.subject, d.till_id, d.method, d.channel, d.reference, d.expected_count, d.expected_fen, d.found_count, d.found_fen, d.owner, d.station, \
                 (SELECT e.state FROM difference_event e WHERE e.difference_id = d.id ORDER BY e.no DESC LIMIT 1) FROM closing_difference d WHERE d.day = $1 ORDER BY d.id";
    by(tx, sql, day.into()).await
}

/// One change after another, of whatever difference: the numbers of its events follow each other.
pub async fn lock_difference(tx: &Tx, id: Uuid) -> Result<()> {
    tx.lock_rows("SELECT id FROM closing_difference WHERE id = $1", params![id]).await
}
