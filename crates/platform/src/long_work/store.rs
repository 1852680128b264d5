use kernel::id::Uuid;
use kernel::{Text, Timestamp};

use super::model::{Ask, Failure, LogLine, State, Work};
use super::runner::LONGEST_WAIT;
use crate::db::{Bulk, List, Migration, Row, reach};
use crate::{Ctx, Result, Tx, params};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 work",
    sql: "
CREATE TABLE work (
  id UUID NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  station TEXT,
  params TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'stopping', 'stopped', 'done', 'failed')),
  done BIGINT NOT NULL,
  of_all BIGINT,
  not_before TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  lease_owner TEXT,
  lease_until TEXT,
  takeovers BIGINT NOT NULL,
  outcome TEXT,
  failure TEXT,
  CHECK ((state IN ('running', 'stopping')) = (lease_owner IS NOT NULL))
);
CREATE INDEX work_open ON work (id) WHERE state IN ('queued', 'running', 'stopping');
CREATE TABLE work_log (
  id UUID NOT NULL PRIMARY KEY,
  work_id UUID NOT NULL REFERENCES work (id),
  at TEXT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL
);
CREATE INDEX work_log_of ON work_log (work_id, id)
",
};

fn work_of(row: &Row) -> Result<Work> {
    let failure: Option<String> = row.get(14)?;
    Ok(Work {
        id: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        station: row.get(3)?,
        params: row.get(4)?,
        asked_by: row.get(5)?,
        asked_at: row.get(6)?,
        state: row.word(7, State::from_word)?,
        done: row.get(8)?,
        of: row.get(9)?,
        started_at: row.get(10)?,
        ended_at: row.get(11)?,
        takeovers: row.get(12)?,
        outcome: row.get(13)?,
        failure: failure.map(|text| serde_json::from_str(&text)).transpose()?,
        carrier: row.get(15)?,
        lease_until: row.get(16)?,
    })
}

pub async fn insert(tx: &Tx, ctx: &Ctx, id: Uuid, ask: &Ask) -> Result<()> {
    let sql = "INSERT INTO work (id, kind, subject, station, params, asked_by, asked_at, state, done, not_before, takeovers) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $7, 0)";
    let params = ask.params.to_string();
    let values = params![id, ask.kind, &ask.subject, ask.station.clone(), params, ctx.actor.name.as_str(), ctx.now];
    tx.run(sql, values).await.map(drop)
}

pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Work>> {
    let sql = "SELECT id, kind, subject, station, params, asked_by, asked_at, state, done, of_all, started_at, ended_at, takeovers, outcome, failure, lease_owner, lease_until \
               FROM work WHERE id = $1";
    tx.row(sql, params![id]).await?.as_ref().map(work_of).transpose()
}

pub async fn find_locked(tx: &Tx, id: Uuid) -> Result<Option<Work>> {
    let sql = "SELECT id, kind, subject, station, params, asked_by, asked_at, state, done, of_all, started_at, ended_at, takeovers, outcome, failure, lease_owner, lease_until \
               FROM work WHERE id = $1";
    tx.rows_locked(sql, params![id]).await?.first().map(work_of).transpose()
}

/// Open work of this kind on this subject.
pub async fn open(tx: &Tx, kind: &str, subject: &str) -> Result<Option<Uuid>> {
    let sql = "SELECT id FROM work WHERE kind = $1 AND subject = $2 AND state IN ('queued', 'running', 'stopping') ORDER BY id LIMIT 1";
    tx.row(sql, params![kind, subject]).await?.map(|row| row.get(0)).transpose()
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub state: Option<String>,
    pub before: Option<Uuid>,
}

/// Work of `person`, and that of `stations` (None: of all), newest first.
pub async fn page(
    tx: &Tx,
    filter: &Filter,
    person: &str,
    managed: Option<Option<Vec<String>>>,
    limit: u32,
) -> Result<Vec<Work>> {
    let managed = managed.as_ref().map_or(Some(&[][..]), |stations| stations.as_deref());
    let (everything, stations) = reach(managed);
    let sql = "SELECT id, kind, subject, station, params, asked_by, asked_at, state, done, of_all, started_at, ended_at, takeovers, outcome, failure, lease_owner, lease_until \
               FROM work WHERE id < $1 AND (asked_by = $2 OR CAST($3 AS TEXT) IS NOT NULL OR station IN LIST($4)) \
                 AND (CAST($5 AS TEXT) IS NULL OR kind = $5) AND (CAST($6 AS TEXT) IS NULL OR state = $6) \
               ORDER BY id DESC LIMIT $7";
    let before = filter.before.unwrap_or(Uuid::max());
    let values = params![before, person, everything, stations, filter.kind.clone(), filter.state.clone(), limit];
    tx.rows(sql, values).await?.iter().map(work_of).collect()
}

/// Sets the state as a person's act wishes it; whoever carries the work out finds it there.
pub async fn set_state(tx: &Tx, id: Uuid, state: State, now: Timestamp) -> Result<()> {
    let ended = state.is_at_rest().then_some(now);
    let sql = "UPDATE work SET state = $2, ended_at = $3, not_before = $4 WHERE id = $1";
    tx.run(sql, params![id, state.word(), ended, now]).await.map(drop)
}

/// Begins again from nothing shown.
pub async fn requeue(tx: &Tx, id: Uuid, not_before: Timestamp) -> Result<()> {
    let sql = "UPDATE work SET state = 'queued', not_before = $2, lease_owner = NULL, lease_until = NULL, takeovers = 0, \
                 ended_at = NULL, outcome = NULL, failure = NULL WHERE id = $1";
    tx.run(sql, params![id, not_before]).await.map(drop)
}

/// The oldest work that waits or whose carrier is gone. With `alone`, whoever else carried something
/// is gone for sure. What shall wait for longer than anything is told to, waits by a clock that was set back since.
pub async fn due(tx: &Tx, kinds: &[&str], mine: &[Uuid], now: Timestamp, alone: bool) -> Result<Option<Uuid>> {
    let sql = "SELECT id FROM work WHERE kind IN LIST($1) AND NOT (id IN IDS($2)) \
                 AND ((state = 'queued' AND (not_before <= $3 OR not_before > $5)) \
                   OR (state IN ('running', 'stopping') AND (lease_until <= $3 OR CAST($4 AS TEXT) IS NOT NULL))) \
               ORDER BY id LIMIT 1";
    let kinds = List::Texts(kinds.iter().map(|kind| (*kind).to_owned()).collect());
    let alone = alone.then_some("alone");
    let row = tx.row(sql, params![kinds, List::Ids(mine.to_vec()), now, alone, now + LONGEST_WAIT]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// What is open, by kind and state, and since when the first of it might have been begun.
pub async fn open_by_kind(tx: &Tx) -> Result<Vec<(String, State, i64, Timestamp)>> {
    let sql = "SELECT kind, state, COUNT(*), MIN(not_before) FROM work \
               WHERE state IN ('queued', 'running', 'stopping') GROUP BY kind, state ORDER BY kind, state";
    let rows = tx.rows(sql, params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.word(1, State::from_word)?, row.get(2)?, row.get(3)?))).collect()
}

/// Until when the work is somebody's.
pub async fn lease(tx: &Tx, id: Uuid) -> Result<Option<Timestamp>> {
    let row = tx.row("SELECT lease_until FROM work WHERE id = $1", params![id]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

pub async fn claim(tx: &Tx, work: &Work, owner: &str, now: Timestamp, until: Timestamp) -> Result<()> {
    let sql = "UPDATE work SET state = 'running', lease_owner = $2, lease_until = $3, takeovers = $4, done = 0, of_all = NULL, \
                 started_at = $5, ended_at = NULL WHERE id = $1";
    tx.run(sql, params![work.id, owner, until, work.takeovers, now]).await.map(drop)
}

/// Renews the lease and shows the progress; the state tells whether to go on. None: the work is
/// somebody else's by now.
pub async fn renew(
    tx: &Tx,
    id: Uuid,
    owner: &str,
    progress: (u64, Option<u64>),
    until: Timestamp,
) -> Result<Option<State>> {
    let (done, of) = progress;
    let sql =
        "UPDATE work SET done = $3, of_all = $4, lease_until = $5 WHERE id = $1 AND lease_owner = $2 RETURNING state";
    let row = tx.row(sql, params![id, owner, count(done), of.map(count), until]).await?;
    let state: Option<String> = row.map(|row| row.get(0)).transpose()?;
    Ok(state.and_then(|word| State::from_word(&word)))
}

/// The state of work that is still `owner`'s.
pub async fn state(tx: &Tx, id: Uuid, owner: &str) -> Result<Option<State>> {
    let row = tx.row("SELECT state FROM work WHERE id = $1 AND lease_owner = $2", params![id, owner]).await?;
    let state: Option<String> = row.map(|row| row.get(0)).transpose()?;
    Ok(state.and_then(|word| State::from_word(&word)))
}

/// How a piece of work ended.
#[derive(Debug, Clone)]
pub struct End {
    pub state: State,
    pub outcome: Option<String>,
    pub failure: Option<Failure>,
}

/// Tells whether it was still the owner's to end.
pub async fn finish(
    tx: &Tx,
    id: Uuid,
    owner: &str,
    progress: (u64, Option<u64>),
    end: &End,
    now: Timestamp,
) -> Result<bool> {
    let failure = end.failure.as_ref().map(serde_json::to_string).transpose()?;
    let sql = "UPDATE work SET state = $3, outcome = $4, failure = $5, ended_at = $6, lease_owner = NULL, lease_until = NULL, \
                 done = $7, of_all = $8 WHERE id = $1 AND lease_owner = $2";
    let (done, of) = progress;
    let values = params![id, owner, end.state.word(), end.outcome.clone(), failure, now, count(done), of.map(count)];
    Ok(tx.run(sql, values).await? > 0)
}

/// Puts work back that cannot begin now.
pub async fn postpone(tx: &Tx, id: Uuid, owner: &str, not_before: Timestamp) -> Result<bool> {
    let sql = "UPDATE work SET state = CASE WHEN state = 'stopping' THEN 'stopped' ELSE 'queued' END, not_before = $3, \
                 ended_at = CASE WHEN state = 'stopping' THEN $3 ELSE NULL END, lease_owner = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_owner = $2";
    Ok(tx.run(sql, params![id, owner, not_before]).await? > 0)
}

/// Ends work that was asked to stop and whose carrier is gone.
pub async fn end_stopped(tx: &Tx, id: Uuid, now: Timestamp) -> Result<()> {
    let sql = "UPDATE work SET state = 'stopped', ended_at = $2, lease_owner = NULL, lease_until = NULL WHERE id = $1";
    tx.run(sql, params![id, now]).await.map(drop)
}

/// Ends work that nobody should try again by himself.
pub async fn give_up(tx: &Tx, id: Uuid, failure: &Failure, now: Timestamp) -> Result<()> {
    let sql = "UPDATE work SET state = 'failed', failure = $2, ended_at = $3, lease_owner = NULL, lease_until = NULL WHERE id = $1";
    tx.run(sql, params![id, serde_json::to_string(failure)?, now]).await.map(drop)
}

/// Gives back what `owner` carries, for the next who looks.
pub async fn leave(tx: &Tx, owner: &str, now: Timestamp) -> Result<u64> {
    tx.run("UPDATE work SET lease_until = $2 WHERE lease_owner = $1", params![owner, now]).await
}

const LOG: Bulk =
    Bulk { into: "work_log (id, work_id, at, zh, en)", types: &["UUID", "UUID", "TEXT", "TEXT", "TEXT"], then: "" };

pub async fn insert_log(tx: &Tx, work: Uuid, lines: &[LogLine]) -> Result<()> {
    let row = |line: &LogLine| params![line.id, work, line.at, line.text.zh.as_ref(), line.text.en.as_ref()];
    tx.insert(&LOG, lines.iter().map(row).collect()).await.map(drop)
}

pub async fn log(tx: &Tx, work: Uuid, after: Uuid, limit: u32) -> Result<Vec<LogLine>> {
    let sql = "SELECT id, at, zh, en FROM work_log WHERE work_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let line = |row: &Row| {
        let text = Text::new(row.get::<String>(2)?, row.get::<String>(3)?);
        Ok(LogLine { id: row.get(0)?, at: row.get(1)?, text })
    };
    tx.rows(sql, params![work, after, limit]).await?.iter().map(line).collect()
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
