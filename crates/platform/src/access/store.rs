use kernel::Timestamp;
use kernel::id::Uuid;

use super::{Person, Whence};
use crate::db::{Migration, Row};
use crate::{Result, Tx, params};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-02 access",
    sql: "
CREATE TABLE org_unit (
  code TEXT NOT NULL PRIMARY KEY,
  parent TEXT REFERENCES org_unit (code)
);
INSERT INTO org_unit (code, parent) VALUES ('bureau', NULL);
CREATE TABLE person (
  id UUID NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  password_state TEXT NOT NULL CHECK (password_state IN ('once', 'own')),
  failures BIGINT NOT NULL,
  locked_until TEXT
);
CREATE TABLE post (
  id UUID NOT NULL PRIMARY KEY,
  person_id UUID NOT NULL REFERENCES person (id),
  role TEXT NOT NULL,
  unit TEXT NOT NULL REFERENCES org_unit (code),
  UNIQUE (person_id, role, unit)
);
CREATE TABLE session (
  token_digest TEXT NOT NULL PRIMARY KEY,
  person_id UUID NOT NULL REFERENCES person (id),
  begun_at TEXT NOT NULL,
  ends_at TEXT NOT NULL
);
CREATE INDEX session_person ON session (person_id)
",
};

const PERSON: &str =
    "SELECT id, login, password, password_state, failures, locked_until, disabled_at FROM person WHERE login = $1";

fn person_of(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        login: row.get(1)?,
        password: row.get(2)?,
        must_change: row.get::<String>(3)? == "once",
        failures: row.get(4)?,
        locked_until: row.get(5)?,
        is_disabled: row.get::<Option<Timestamp>>(6)?.is_some(),
    })
}

pub async fn person(tx: &Tx, login: &str) -> Result<Option<Person>> {
    tx.row(PERSON, params![login]).await?.as_ref().map(person_of).transpose()
}

pub async fn person_locked(tx: &Tx, login: &str) -> Result<Option<Person>> {
    tx.rows_locked(PERSON, params![login]).await?.first().map(person_of).transpose()
}

pub async fn has_administrator(tx: &Tx) -> Result<bool> {
    Ok(tx.row("SELECT role FROM post WHERE role = 'administrator' LIMIT 1", params![]).await?.is_some())
}

pub async fn insert_person(tx: &Tx, id: Uuid, login: &str, password: &str) -> Result<()> {
    let sql = "INSERT INTO person (id, login, password, password_state, failures) VALUES ($1, $2, $3, 'once', 0)";
    tx.run(sql, params![id, login, password]).await.map(drop)
}

pub async fn insert_post(tx: &Tx, id: Uuid, person: Uuid, role: &str, unit: &str) -> Result<()> {
    let sql = "INSERT INTO post (id, person_id, role, unit) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    tx.run(sql, params![id, person, role, unit]).await.map(drop)
}

pub async fn posts(tx: &Tx, person: Uuid) -> Result<Vec<(String, String)>> {
    let rows = tx.rows("SELECT role, unit FROM post WHERE person_id = $1", params![person]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub async fn ensure_unit(tx: &Tx, code: &str, parent: &str) -> Result<()> {
    let sql = "INSERT INTO org_unit (code, parent) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![code, parent]).await.map(drop)
}

pub async fn unit_exists(tx: &Tx, code: &str) -> Result<bool> {
    Ok(tx.row("SELECT code FROM org_unit WHERE code = $1", params![code]).await?.is_some())
}

pub async fn note_success(tx: &Tx, person: Uuid, now: Timestamp) -> Result<()> {
    let sql = "UPDATE person SET failures = 0, locked_until = NULL, last_sign_in_at = $1 WHERE id = $2";
    tx.run(sql, params![now, person]).await.map(drop)
}

pub async fn unlock(tx: &Tx, person: Uuid) -> Result<()> {
    tx.run("UPDATE person SET failures = 0, locked_until = NULL WHERE id = $1", params![person]).await.map(drop)
}

pub async fn note_failure(tx: &Tx, person: Uuid, failures: i64, locked_until: Option<Timestamp>) -> Result<()> {
    tx.run("UPDATE person SET failures = $1, locked_until = $2 WHERE id = $3", params![failures, locked_until, person])
        .await
        .map(drop)
}

pub async fn set_password(tx: &Tx, person: Uuid, password: &str) -> Result<()> {
    tx.run("UPDATE person SET password = $1, password_state = 'own' WHERE id = $2", params![password, person])
        .await
        .map(drop)
}

/// A session that begins.
pub struct NewSession<'a> {
    pub id: Uuid,
    pub begun: Timestamp,
    pub ends: Timestamp,
    pub whence: &'a Whence,
}

pub async fn insert_session(tx: &Tx, digest: &str, person: Uuid, session: &NewSession<'_>) -> Result<()> {
    let sql = "INSERT INTO session (token_digest, person_id, begun_at, ends_at, id, peer, agent) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let NewSession { id, begun, ends, whence } = session;
    tx.run("DELETE FROM session WHERE ends_at <= $1", params![*begun]).await?;
    let values = params![digest, person, *begun, *ends, *id, whence.peer.clone(), whence.agent.clone()];
    tx.run(sql, values).await.map(drop)
}

/// Who holds the session, with his posts.
pub async fn holder(tx: &Tx, digest: &str, now: Timestamp) -> Result<Option<(Person, Vec<(String, String)>)>> {
    let sql = "SELECT p.id, p.login, p.password, p.password_state, p.failures, p.locked_until, p.disabled_at, t.role, t.unit \
               FROM session s JOIN person p ON p.id = s.person_id LEFT JOIN post t ON t.person_id = p.id \
               WHERE s.token_digest = $1 AND s.ends_at > $2 AND p.disabled_at IS NULL";
    let rows = tx.rows(sql, params![digest, now]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut posts = Vec::new();
    for row in &rows {
        if let Some(role) = row.get(7)? {
            posts.push((role, row.get(8)?));
        }
    }
    Ok(Some((person_of(first)?, posts)))
}

pub async fn delete_session(tx: &Tx, digest: &str) -> Result<()> {
    tx.run("DELETE FROM session WHERE token_digest = $1", params![digest]).await.map(drop)
}

pub async fn delete_other_sessions(tx: &Tx, person: Uuid, digest: &str) -> Result<()> {
    tx.run("DELETE FROM session WHERE person_id = $1 AND token_digest <> $2", params![person, digest]).await.map(drop)
}
