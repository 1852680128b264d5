use std::collections::{BTreeMap, HashMap};

use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::db::{List, Migration};
use platform::{Ctx, Result, Tx, params};

use super::model::{ChannelDay, Close, Count, Tallies};
use crate::difference::Tally;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 closing",
    sql: "
CREATE TABLE till_count (
  till_id UUID NOT NULL REFERENCES till (id),
  no BIGINT NOT NULL,
  counted_at TEXT NOT NULL,
  counted_by TEXT NOT NULL,
  counted TEXT NOT NULL,
  book TEXT NOT NULL,
  PRIMARY KEY (till_id, no)
);
CREATE TABLE till_close (
  till_id UUID NOT NULL REFERENCES till (id),
  no BIGINT NOT NULL,
  count_no BIGINT NOT NULL,
  closed_at TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  slip_no TEXT,
  handed_fen BIGINT NOT NULL,
  entry_id UUID,
  reopened_at TEXT,
  reopened_by TEXT,
  reopen_reason TEXT,
  PRIMARY KEY (till_id, no)
);
CREATE INDEX payment_reference ON payment (booked_on, channel) WHERE reference IS NOT NULL
",
};

/// What lies in these tills by the books, by method: a payment adds a paper, a reversal takes it out.
pub async fn books(tx: &Tx, tills: Vec<Uuid>) -> Result<HashMap<Uuid, Tallies>> {
    let sql = "SELECT t.till_id, p.method, CAST(SUM(CASE WHEN p.amount_fen > 0 THEN 1 ELSE -1 END) AS BIGINT), CAST(SUM(p.amount_fen) AS BIGINT) \
               FROM till_payment t JOIN payment p ON p.id = t.payment_id WHERE t.till_id IN IDS($1) GROUP BY t.till_id, p.method";
    let mut books: HashMap<Uuid, Tallies> = HashMap::new();
    for row in tx.rows(sql, params![List::Ids(tills)]).await? {
        books.entry(row.get(0)?).or_default().insert(row.get(1)?, Tally { count: row.get(2)?, amount: row.get(3)? });
    }
    Ok(books)
}

pub async fn counts(tx: &Tx, tills: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<Count>>> {
    let sql = "SELECT till_id, no, counted_at, counted_by, counted, book FROM till_count WHERE till_id IN IDS($1) ORDER BY till_id, no";
    let mut counts: HashMap<Uuid, Vec<Count>> = HashMap::new();
    for row in tx.rows(sql, params![List::Ids(tills)]).await? {
        let count = Count {
            no: row.get(1)?,
            at: row.get(2)?,
            by: row.get(3)?,
            counted: serde_json::from_str(&row.get::<String>(4)?)?,
            book: serde_json::from_str(&row.get::<String>(5)?)?,
        };
        counts.entry(row.get(0)?).or_default().push(count);
    }
    Ok(counts)
}

pub async fn closes(tx: &Tx, tills: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<Close>>> {
    let sql = "SELECT till_id, no, count_no, closed_at, closed_by, slip_no, handed_fen, entry_id, reopened_at, reopened_by, reopen_reason \
               FROM till_close WHERE till_id IN IDS($1) ORDER BY till_id, no";
    let mut closes: HashMap<Uuid, Vec<Close>> = HashMap::new();
    for row in tx.rows(sql, params![List::Ids(tills)]).await? {
        let reopened = match (row.get(8)?, row.get(9)?, row.get(10)?) {
            (Some(at), Some(by), Some(reason)) => Some((at, by, reason)),
            _ => None,
        };
        let close = Close {
            no: row.get(1)?,
            count_no: row.get(2)?,
            at: row.get(3)?,
            by: row.get(4)?,
            slip_no: row.get(5)?,
            handed: row.get(6)?,
            entry_id: row.get(7)?,
            reopened,
        };
        closes.entry(row.get(0)?).or_default().push(close);
    }
    Ok(closes)
}

pub async fn insert_count(tx: &Tx, till: Uuid, count: &Count) -> Result<()> {
    let sql =
        "INSERT INTO till_count (till_id, no, counted_at, counted_by, counted, book) VALUES ($1, $2, $3, $4, $5, $6)";
    let (counted, book) = (serde_json::to_string(&count.counted)?, serde_json::to_string(&count.book)?);
    tx.run(sql, params![till, count.no, count.at, &count.by, counted, book]).await.map(drop)
}

pub async fn insert_close(tx: &Tx, till: Uuid, close: &Close) -> Result<()> {
    let sql = "INSERT INTO till_close (till_id, no, count_no, closed_at, closed_by, slip_no, handed_fen, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        till,
        close.no,
        close.count_no,
        close.at,
        &close.by,
        close.slip_no.clone(),
        close.handed,
        close.entry_id
    ];
    tx.run(sql, values).await.map(drop)
}

pub async fn note_reopening(tx: &Tx, ctx: &Ctx, till: Uuid, no: i64, reason: &str) -> Result<()> {
    let sql =
        "UPDATE till_close SET reopened_at = $1, reopened_by = $2, reopen_reason = $3 WHERE till_id = $4 AND no = $5";
    tx.run(sql, params![ctx.now, &ctx.actor.name, reason, till, no]).await.map(drop)
}

/// Money taken from `from` to `to`, by method and channel.
pub async fn taken(tx: &Tx, from: &str, to: Date) -> Result<Vec<(String, String, Tally)>> {
    let sql = "SELECT p.method, p.channel, CAST(SUM(CASE WHEN p.amount_fen > 0 THEN 1 ELSE -1 END) AS BIGINT), CAST(SUM(p.amount_fen) AS BIGINT) \
               FROM payment p WHERE p.booked_on > $1 AND p.booked_on <= $2 GROUP BY p.method, p.channel ORDER BY p.method, p.channel";
    let rows = tx.rows(sql, params![from, to]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, Tally { count: row.get(2)?, amount: row.get(3)? }))).collect()
}

/// What did not lie in a till as something that can be counted, from after `from` to `to`: by method
/// and channel, transfers one by one with their number.
pub async fn unsent(tx: &Tx, from: &str, to: Date) -> Result<Vec<(String, String, Option<String>, Money)>> {
    let sql = "SELECT p.method, p.channel, MAX(CASE WHEN p.method = 'transfer' THEN COALESCE(p.instrument, p.reference) END), CAST(SUM(p.amount_fen) AS BIGINT) \
               FROM payment p WHERE p.booked_on > $1 AND p.booked_on <= $2 AND p.kind <> 'refund' \
                 AND (p.method NOT IN ('cash', 'pos', 'cheque', 'voucher') OR NOT EXISTS (SELECT 1 FROM till_payment t WHERE t.payment_id = p.id)) \
               GROUP BY p.method, p.channel, CASE WHEN p.method = 'transfer' THEN p.receipt_no ELSE '' END \
               HAVING SUM(p.amount_fen) <> 0 ORDER BY p.method, p.channel, 3";
    let rows = tx.rows(sql, params![from, to]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

pub async fn channels(tx: &Tx, day: Date) -> Result<Vec<ChannelDay>> {
    let mut days: BTreeMap<String, ChannelDay> = BTreeMap::new();
    let fresh = |channel: &str| ChannelDay {
        channel: channel.to_owned(),
        ours: Tally::default(),
        theirs: Tally::default(),
        reported: false,
    };
    let ours = "SELECT p.channel, COUNT(*), CAST(SUM(p.amount_fen) AS BIGINT) FROM payment p WHERE p.booked_on = $1 AND p.channel <> 'counter' GROUP BY p.channel";
    for row in tx.rows(ours, params![day]).await? {
        let channel: String = row.get(0)?;
        let entry = days.entry(channel.clone()).or_insert_with(|| fresh(&channel));
        entry.ours = Tally { count: row.get(1)?, amount: row.get(2)? };
    }
    let theirs = "SELECT l.channel, COUNT(*), CAST(SUM(l.amount_fen) AS BIGINT) FROM channel_line l WHERE l.day = $1 GROUP BY l.channel";
    for row in tx.rows(theirs, params![day]).await? {
        let channel: String = row.get(0)?;
        let entry = days.entry(channel.clone()).or_insert_with(|| fresh(&channel));
        entry.theirs = Tally { count: row.get(1)?, amount: row.get(2)? };
    }
    let reported = "SELECT DISTINCT l.channel FROM channel_line l WHERE l.day >= $1";
    for row in tx.rows(reported, params![day]).await? {
        if let Some(entry) = days.get_mut(&row.get::<String>(0)?) {
            entry.reported = true;
        }
    }
    Ok(days.into_values().collect())
}

pub async fn closed_balances(tx: &Tx, day: Date) -> Result<BTreeMap<String, Money>> {
    let rows = tx.rows("SELECT account, balance_fen FROM closed_balance WHERE day = $1", params![day]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
