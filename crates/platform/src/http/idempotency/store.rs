use axum::http::StatusCode;
use kernel::Timestamp;

use crate::db::{Bulk, Migration};
use crate::{Result, Tx, params};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-08 idempotency",
    sql: "
CREATE TABLE idempotency_key (
  actor TEXT NOT NULL,
  act_key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  answer TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (actor, act_key)
);
CREATE INDEX idempotency_created ON idempotency_key (created_at)
",
};

/// Takes personal data out of answers that were kept in full.
pub const UNKEEP: Migration = Migration {
    name: "2026-11-22 idempotency unkept",
    sql: "
UPDATE idempotency_key SET answer = '' WHERE answer LIKE '%\"masked\":false%'
",
};

/// What an act was answered.
pub struct Done {
    pub request_digest: String,
    pub status: u32,
    pub answer: String,
    pub created_at: Timestamp,
}

impl Done {
    pub fn of(request_digest: String, status: StatusCode, answer: String, created_at: Timestamp) -> Done {
        Done { request_digest, status: u32::from(status.as_u16()), answer, created_at }
    }
}

pub async fn find(tx: &Tx, actor: &str, key: &str) -> Result<Option<Done>> {
    let sql =
        "SELECT request_digest, status, answer, created_at FROM idempotency_key WHERE actor = $1 AND act_key = $2";
    let row = tx.row(sql, params![actor, key]).await?;
    row.map(|row| {
        Ok(Done { request_digest: row.get(0)?, status: row.get(1)?, answer: row.get(2)?, created_at: row.get(3)? })
    })
    .transpose()
}

const KEYS: Bulk = Bulk {
    into: "idempotency_key (actor, act_key, request_digest, status, answer, created_at)",
    types: &["TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT"],
    then: "",
};

/// Kept when the transaction is committed.
pub fn keep(tx: &Tx, actor: &str, key: &str, done: &Done) {
    let row = params![actor, key, &done.request_digest, done.status, &done.answer, done.created_at];
    tx.insert_soon(&KEYS, vec![row]);
}

pub async fn delete_before(tx: &Tx, instant: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM idempotency_key WHERE created_at < $1";
    tx.run(sql, params![instant]).await
}
