use std::collections::HashMap;

use kernel::Timestamp;
use kernel::id::Uuid;

use super::{Known, OwnSession};
use crate::db::{List, Migration, Row};
use crate::{Result, Tx, params};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 people",
    sql: "
ALTER TABLE person ADD COLUMN name TEXT;
ALTER TABLE person ADD COLUMN disabled_at TEXT;
ALTER TABLE person ADD COLUMN last_sign_in_at TEXT;
ALTER TABLE session ADD COLUMN id UUID;
ALTER TABLE session ADD COLUMN peer TEXT;
ALTER TABLE session ADD COLUMN agent TEXT
",
};

fn known(row: &Row) -> Result<Known> {
    Ok(Known {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        must_change: row.get::<String>(3)? == "once",
        locked_until: row.get(4)?,
        disabled_at: row.get(5)?,
        last_sign_in_at: row.get(6)?,
        sessions: row.get(7)?,
        posts: Vec::new(),
    })
}

pub async fn page(tx: &Tx, part: Option<&str>, after: &str, now: Timestamp, limit: u32) -> Result<Vec<Known>> {
    let sql = "SELECT p.id, p.login, p.name, p.password_state, CASE WHEN p.locked_until > $1 THEN p.locked_until END, \
                      p.disabled_at, p.last_sign_in_at, \
                      (SELECT COUNT(*) FROM session s WHERE s.person_id = p.id AND s.ends_at > $1) \
               FROM person p WHERE p.login > $2 \
                 AND (CAST($3 AS TEXT) IS NULL OR p.login LIKE $3 OR p.name LIKE $3) ORDER BY p.login LIMIT $4";
    let part = part.map(|part| ["%", part, "%"].concat());
    with_posts(tx, &tx.rows(sql, params![now, after, part, limit]).await?).await
}

pub async fn one(tx: &Tx, login: &str, now: Timestamp) -> Result<Option<Known>> {
    let sql = "SELECT p.id, p.login, p.name, p.password_state, CASE WHEN p.locked_until > $1 THEN p.locked_until END, \
                      p.disabled_at, p.last_sign_in_at, \
                      (SELECT COUNT(*) FROM session s WHERE s.person_id = p.id AND s.ends_at > $1) \
               FROM person p WHERE p.login = $2";
    Ok(with_posts(tx, &tx.rows(sql, params![now, login]).await?).await?.pop())
}

async fn with_posts(tx: &Tx, rows: &[Row]) -> Result<Vec<Known>> {
    let mut people = rows.iter().map(known).collect::<Result<Vec<_>>>()?;
    let ids = List::Ids(people.iter().map(|person| person.id).collect());
    let sql = "SELECT person_id, role, unit FROM post WHERE person_id IN IDS($1) ORDER BY unit, role";
    let mut posts: HashMap<Uuid, Vec<(String, String)>> = HashMap::new();
    for row in tx.rows(sql, params![ids]).await? {
        posts.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    people.iter_mut().for_each(|person| person.posts = posts.remove(&person.id).unwrap_or_default());
    Ok(people)
}

pub async fn units(tx: &Tx) -> Result<Vec<(String, Option<String>)>> {
    let sql = "SELECT code, parent FROM org_unit ORDER BY CASE WHEN parent IS NULL THEN 0 ELSE 1 END, code";
    tx.rows(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Whether anybody but `login` who may sign in manages people over the whole bureau.
pub async fn has_manager_besides(tx: &Tx, roles: Vec<String>, login: Option<&str>) -> Result<bool> {
    let sql = "SELECT p.login FROM post o JOIN person p ON p.id = o.person_id \
               WHERE o.role IN LIST($1) AND o.unit = 'bureau' AND p.disabled_at IS NULL \
                 AND (CAST($2 AS TEXT) IS NULL OR p.login <> $2) LIMIT 1";
    Ok(tx.row(sql, params![List::Texts(roles), login]).await?.is_some())
}

/// Holds the posts that manage people until the transaction ends, so that two managers do not
/// dismiss each other at once.
pub async fn lock_managers(tx: &Tx, roles: Vec<String>) -> Result<()> {
    let sql = "SELECT id FROM post WHERE role IN LIST($1) ORDER BY id";
    tx.lock_rows(sql, params![List::Texts(roles)]).await
}

pub async fn set_name(tx: &Tx, login: &str, name: Option<&str>) -> Result<()> {
    tx.run("UPDATE person SET name = $1 WHERE login = $2", params![name, login]).await.map(drop)
}

pub async fn reset_password(tx: &Tx, person: Uuid, password: &str) -> Result<()> {
    let sql =
        "UPDATE person SET password = $1, password_state = 'once', failures = 0, locked_until = NULL WHERE id = $2";
    tx.run(sql, params![password, person]).await.map(drop)
}

pub async fn set_disabled(tx: &Tx, person: Uuid, at: Option<Timestamp>) -> Result<()> {
    tx.run("UPDATE person SET disabled_at = $1 WHERE id = $2", params![at, person]).await.map(drop)
}

pub async fn delete_post(tx: &Tx, person: Uuid, role: &str, unit: &str) -> Result<()> {
    let sql = "DELETE FROM post WHERE person_id = $1 AND role = $2 AND unit = $3";
    tx.run(sql, params![person, role, unit]).await.map(drop)
}

pub async fn end_sessions(tx: &Tx, person: Uuid) -> Result<u64> {
    tx.run("DELETE FROM session WHERE person_id = $1", params![person]).await
}

pub async fn end_session(tx: &Tx, person: Uuid, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM session WHERE person_id = $1 AND id = $2", params![person, id]).await
}

pub async fn sessions(tx: &Tx, login: &str, digest: &str, now: Timestamp) -> Result<Vec<OwnSession>> {
    let sql = "SELECT s.id, s.begun_at, s.ends_at, s.peer, s.agent, s.token_digest FROM session s \
               JOIN person p ON p.id = s.person_id WHERE p.login = $1 AND s.ends_at > $2 ORDER BY s.begun_at DESC, s.token_digest";
    let rows = tx.rows(sql, params![login, now]).await?;
    rows.iter()
        .map(|row| {
            Ok(OwnSession {
                id: row.get(0)?,
                begun_at: row.get(1)?,
                ends_at: row.get(2)?,
                peer: row.get(3)?,
                agent: row.get(4)?,
                is_this: row.get::<String>(5)? == digest,
            })
        })
        .collect()
}
