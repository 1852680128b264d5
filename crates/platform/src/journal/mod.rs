//! The journal: every act, who, when, where, why, before, after.
//!
//! ```text
//!   act ──same transaction──▶ entry + digest          sealer ──▶ position 1, 2, 3 … in commit order
//!                                                               chain(n) = SHA-256(chain(n−1), n, digest)
//! ```
//!
//! An act never waits for another: it writes its row and goes. The sealer, behind the commits,
//! gives rows their position and links them, so that no row can be changed, removed or slipped in
//! without breaking every link after it.
//!
//! **Architecture invariant:** whatever was committed before a sealing is sealed by it or was
//! before; within one sealing, entries go by id, which is the order of making.

pub mod api;

use kernel::id::Uuid;
use kernel::{Refusal, Timestamp};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::db::{Bulk, List, Migration, Row};
use crate::{Ctx, Db, Fault, Permission, Result, Tx, params};

pub const READ: Permission = Permission("journal.read");

pub const MIGRATION: Migration = Migration {
    name: "2026-11-01 journal",
    sql: "
CREATE TABLE journal_entry (
  id UUID NOT NULL PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT,
  detail TEXT NOT NULL,
  digest TEXT NOT NULL,
  position BIGINT UNIQUE,
  chain TEXT
);
CREATE INDEX journal_unsealed ON journal_entry (id) WHERE position IS NULL;
CREATE INDEX journal_subject ON journal_entry (subject, id);
CREATE TABLE journal_head (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  position BIGINT NOT NULL,
  chain TEXT NOT NULL
);
INSERT INTO journal_head (one, position, chain) VALUES (1, 0, '')
",
};

/// What is written about an act.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The right's name or the act's, `bill.cancel`.
    pub act: &'a str,
    /// What was acted on, `bill:20160800000001`.
    pub subject: String,
    pub reason: Option<&'a str>,
    /// Before, after and figures, as the feature likes them.
    pub detail: Value,
}

const ENTRIES: Bulk = Bulk {
    into: "journal_entry (id, at, actor, act, subject, reason, detail, digest)",
    types: &["UUID", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT NULL", "TEXT", "TEXT"],
    then: "",
};

/// Writes an act down, in the act's own transaction.
pub async fn record(tx: &Tx, ctx: &Ctx, entry: Entry<'_>) -> Result<()> {
    let id = ctx.new_id();
    let row = JournalEntry {
        id,
        at: ctx.now,
        actor: ctx.actor.name.clone(),
        act: entry.act.to_owned(),
        subject: entry.subject,
        reason: entry.reason.map(str::to_owned),
        detail: entry.detail.to_string(),
        position: None,
    };
    let digest = row.digest();
    let row = params![row.id, row.at, row.actor, row.act, row.subject, row.reason, row.detail, digest];
    tx.insert_soon(&ENTRIES, vec![row]);
    Ok(())
}

/// The reason for an act that needs one, without blanks around it.
pub fn reason(words: &str) -> Result<&str, Refusal> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Refusal::invalid("reason.empty", "须写明原因", "a reason must be given").at("reason"));
    }
    Ok(words)
}

/// A reason that also has to fit into a line.
pub fn short_reason(words: &str) -> Result<&str, Refusal> {
    reason_within(words, 200)
}

pub fn reason_within(words: &str, most: usize) -> Result<&str, Refusal> {
    let words = reason(words)?;
    if words.chars().count() > most {
        let (zh, en) = (format!("超过 {most} 字"), format!("is longer than {most} characters"));
        return Err(Refusal::invalid("field.long", zh, en).at("reason"));
    }
    Ok(words)
}

/// The reason for an act that needs none; one without words is none.
pub fn remark(words: Option<&str>) -> Result<Option<&str>, Refusal> {
    words.filter(|words| !words.trim().is_empty()).map(short_reason).transpose()
}

/// Notes that data leaves the house: an act of its own, on record before the first row goes.
pub async fn note_export(db: &Db, ctx: &Ctx, what: &str, detail: Value) -> Result<()> {
    let tx = db.write().await?;
    let entry = Entry { act: "data.export", subject: format!("export:{what}"), reason: None, detail };
    record(&tx, ctx, entry).await?;
    tx.commit().await
}

#[derive(Debug, Clone, Serialize)]
pub struct JournalEntry {
    pub id: Uuid,
    pub at: Timestamp,
    pub actor: String,
    pub act: String,
    pub subject: String,
    pub reason: Option<String>,
    /// JSON text.
    pub detail: String,
    /// None until sealed.
    pub position: Option<i64>,
}

impl JournalEntry {
    fn from_row(row: &Row) -> Result<JournalEntry> {
        Ok(JournalEntry {
            id: row.get(0)?,
            at: row.get(1)?,
            actor: row.get(2)?,
            act: row.get(3)?,
            subject: row.get(4)?,
            reason: row.get(5)?,
            detail: row.get(6)?,
            position: row.get(7)?,
        })
    }

    /// Over every field with its length, so that no two entries can be confused.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let at = self.at.as_microsecond().to_string();
        let id = self.id.to_string();
        let reason = self.reason.as_deref();
        for field in [id.as_str(), &at, &self.actor, &self.act, &self.subject, reason.unwrap_or("\u{0}"), &self.detail]
        {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        kernel::hex(hash.finalize())
    }
}

fn link(previous: &str, position: i64, digest: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(position.to_be_bytes());
    hash.update(digest.as_bytes());
    kernel::hex(hash.finalize())
}

/// How many entries one sealing takes, so that it holds the writer only for a moment.
const SEAL_AT_ONCE: i64 = 200;

/// Seals what is committed and not yet sealed; tells how many entries that were.
pub async fn seal(db: &Db) -> Result<u64> {
    let mut sealed = 0;
    loop {
        let batch = seal_batch(db).await?;
        sealed += batch;
        if batch < SEAL_AT_ONCE.unsigned_abs() {
            return Ok(sealed);
        }
    }
}

async fn seal_batch(db: &Db) -> Result<u64> {
    let unsealed = "SELECT id, digest FROM journal_entry WHERE position IS NULL ORDER BY id LIMIT $1";
    // A look without the writer first: mostly there is nothing to do.
    if db.read().await?.row(unsealed, params![1_i64]).await?.is_none() {
        return Ok(0);
    }
    let tx = db.write().await?;
    let head = tx.rows_locked("SELECT position, chain FROM journal_head WHERE one = 1", params![]).await?;
    let Some(head) = head.first() else {
        return Ok(0);
    };
    let (mut position, mut chain) = (head.get::<i64>(0)?, head.get::<String>(1)?);
    let rows = tx.rows(unsealed, params![SEAL_AT_ONCE]).await?;
    for row in &rows {
        position += 1;
        chain = link(&chain, position, &row.get::<String>(1)?);
        let sql = "UPDATE journal_entry SET position = $1, chain = $2 WHERE id = $3";
        tx.run(sql, params![position, chain.clone(), row.get::<Uuid>(0)?]).await?;
    }
    tx.run("UPDATE journal_head SET position = $1, chain = $2 WHERE one = 1", params![position, chain]).await?;
    tx.commit().await?;
    Ok(rows.len() as u64)
}

/// The number of entries not yet sealed.
pub async fn unsealed(tx: &Tx) -> Result<i64> {
    let row = tx.row("SELECT COUNT(*) FROM journal_entry WHERE position IS NULL", params![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// How the journal stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The position of the last sealed entry.
    pub head: i64,
    /// When the oldest entry was made that is not sealed.
    pub unsealed_since: Option<Timestamp>,
    /// When the last entry was made, by the clock of whoever made it.
    pub last_at: Option<Timestamp>,
}

pub async fn standing(tx: &Tx) -> Result<Standing> {
    let unsealed = "SELECT at FROM journal_entry WHERE position IS NULL ORDER BY id LIMIT 1";
    let last = "SELECT at FROM journal_entry ORDER BY id DESC LIMIT 1";
    let unsealed_since = tx.row(unsealed, params![]).await?.map(|row| row.get(0)).transpose()?;
    let last_at = tx.row(last, params![]).await?.map(|row| row.get(0)).transpose()?;
    Ok(Standing { head: head(tx).await?, unsealed_since, last_at })
}

/// The sealed entries after `position`, in the order of sealing; for those who follow.
pub async fn sealed_after(tx: &Tx, position: i64, limit: u32) -> Result<Vec<JournalEntry>> {
    let sql = "SELECT id, at, actor, act, subject, reason, detail, position FROM journal_entry \
               WHERE position > $1 ORDER BY position LIMIT $2";
    tx.rows(sql, params![position, limit]).await?.iter().map(JournalEntry::from_row).collect()
}

/// The link of the chain at `position`, which no other journal has there.
pub async fn link_at(tx: &Tx, position: i64) -> Result<Option<String>> {
    let row = tx.row("SELECT chain FROM journal_entry WHERE position = $1", params![position]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

/// The entries about any of `subjects`, newest first.
pub async fn about(tx: &Tx, subjects: Vec<String>, before: Option<Uuid>, limit: u32) -> Result<Vec<JournalEntry>> {
    let before = before.unwrap_or(Uuid::max());
    let sql = "SELECT id, at, actor, act, subject, reason, detail, position FROM journal_entry \
               WHERE subject IN LIST($1) AND id < $2 ORDER BY id DESC LIMIT $3";
    tx.rows(sql, params![List::Texts(subjects), before, limit]).await?.iter().map(JournalEntry::from_row).collect()
}

/// When the first entry was made.
pub async fn begun(tx: &Tx) -> Result<Option<Timestamp>> {
    tx.row("SELECT at FROM journal_entry ORDER BY id LIMIT 1", params![]).await?.map(|row| row.get(0)).transpose()
}

/// The details of all entries of an act whose subject begins so.
pub async fn details_below(tx: &Tx, act: &str, subject: &str) -> Result<Vec<String>> {
    // Nothing that is written stands behind it.
    let behind = format!("{subject}\u{10ffff}");
    let sql = "SELECT detail FROM journal_entry WHERE subject >= $1 AND subject < $2 AND act = $3";
    tx.rows(sql, params![subject, behind, act]).await?.iter().map(|row| row.get(0)).collect()
}

/// The position of the last sealed entry.
pub async fn head(tx: &Tx) -> Result<i64> {
    let sql = "SELECT position FROM journal_head WHERE one = 1";
    let row = tx.row(sql, params![]).await?;
    row.ok_or_else(|| Fault::impossible("the journal has no head"))?.get(0)
}

/// Recomputes every digest and link; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let (mut position, mut chain) = (0_i64, String::new());
    loop {
        let page = "SELECT id, at, actor, act, subject, reason, detail, position, digest, chain FROM journal_entry \
                    WHERE position > $1 ORDER BY position LIMIT 1000";
        let rows = tx.rows(page, params![position]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let entry = JournalEntry::from_row(row)?;
            let (digest, stored_chain): (String, Option<String>) = (row.get(8)?, row.get(9)?);
            let at = entry.position.unwrap_or_default();
            if at != position + 1 {
                differences.push(format!("journal: positions {} to {} are missing", position + 1, at - 1));
            }
            position = at;
            if entry.digest() != digest {
                differences.push(format!("journal: entry {position} ({}) was altered", entry.act));
            }
            chain = link(&chain, position, &digest);
            if stored_chain.as_deref() != Some(chain.as_str()) {
                differences.push(format!("journal: the chain breaks at entry {position}"));
                chain = stored_chain.unwrap_or_default();
            }
        }
    }
    let head = tx.row("SELECT position, chain FROM journal_head WHERE one = 1", params![]).await?;
    match head {
        Some(head) if head.get::<i64>(0)? == position && head.get::<String>(1)? == chain => {}
        _ => differences.push(format!("journal: the head does not agree with entry {position}, the last")),
    }
    Ok(differences)
}

/// What was written about acts of one kind, on one subject or all, in order of making.
pub async fn details(
    tx: &Tx,
    act: &str,
    subject: Option<&str>,
    after: Uuid,
    limit: u32,
) -> Result<Vec<(Uuid, String)>> {
    let sql = "SELECT id, detail FROM journal_entry \
               WHERE id > $1 AND act = $2 AND (CAST($3 AS TEXT) IS NULL OR subject = $3) ORDER BY id LIMIT $4";
    let rows = tx.rows(sql, params![after, act, subject, limit]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A page of entries, newest first, about `subject` or about everything.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    subject: Option<&str>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    ctx.require(READ)?;
    let before = before.unwrap_or(Uuid::max());
    let sql = "SELECT id, at, actor, act, subject, reason, detail, position FROM journal_entry \
               WHERE (CAST($1 AS TEXT) IS NULL OR subject = $1) AND id < $2 ORDER BY id DESC LIMIT $3";
    let rows = tx.rows(sql, params![subject, before, limit]).await?;
    rows.iter().map(JournalEntry::from_row).collect()
}
