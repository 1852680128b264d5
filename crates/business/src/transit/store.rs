use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::db::{Bulk, List, Migration, Row};
use platform::{Ctx, Result, Tx, params};

use super::model::{BankLine, ChannelKind, ChannelLine, Deposit, DepositKind, How, LineFilter};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 transit",
    sql: "
CREATE TABLE deposit (
  id UUID NOT NULL PRIMARY KEY,
  day TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('cash', 'pos', 'cheque', 'voucher', 'channel', 'transfer')),
  till_id UUID REFERENCES till (id),
  cashier TEXT,
  channel TEXT,
  reference TEXT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen <> 0),
  state TEXT NOT NULL CHECK (state IN ('standing', 'void'))
);
CREATE INDEX deposit_till ON deposit (till_id) WHERE till_id IS NOT NULL;
CREATE INDEX deposit_day ON deposit (day);
CREATE TABLE bank_line (
  id UUID NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  value_date TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen <> 0),
  reference TEXT NOT NULL,
  remark TEXT NOT NULL,
  UNIQUE (reference, account)
);
CREATE INDEX bank_line_day ON bank_line (value_date);
CREATE TABLE bank_match (
  id UUID NOT NULL PRIMARY KEY,
  line_id UUID NOT NULL REFERENCES bank_line (id),
  deposit_id UUID NOT NULL REFERENCES deposit (id),
  amount_fen BIGINT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('reference', 'amount', 'hand')),
  matched_at TEXT NOT NULL,
  matched_by TEXT NOT NULL,
  reason TEXT,
  undone_at TEXT,
  undone_by TEXT,
  undone_reason TEXT
);
CREATE INDEX bank_match_line ON bank_match (line_id);
CREATE UNIQUE INDEX bank_match_deposit ON bank_match (deposit_id) WHERE undone_at IS NULL;
CREATE TABLE channel_line (
  channel TEXT NOT NULL,
  reference TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'reversal')),
  paid_at TEXT NOT NULL,
  day TEXT NOT NULL,
  amount_fen BIGINT NOT NULL,
  times BIGINT NOT NULL,
  compared_on TEXT,
  PRIMARY KEY (reference, channel, kind)
);
CREATE INDEX channel_line_open ON channel_line (day) WHERE compared_on IS NULL;
CREATE INDEX channel_line_day ON channel_line (channel, day)
",
};

fn ids(ids: &[Uuid]) -> List {
    List::Ids(ids.to_vec())
}

const DEPOSITS: Bulk = Bulk {
    into: "deposit (id, day, kind, till_id, cashier, channel, reference, amount_fen, state)",
    types: &["UUID", "TEXT", "TEXT", "UUID NULL", "TEXT NULL", "TEXT NULL", "TEXT NULL", "BIGINT", "TEXT"],
    then: "",
};

pub async fn insert_deposits(tx: &Tx, deposits: &[Deposit]) -> Result<()> {
    let rows = deposits.iter().map(|d| {
        params![
            d.id,
            d.day,
            d.kind.word(),
            d.till,
            d.cashier.clone(),
            d.channel.clone(),
            d.reference.clone(),
            d.amount,
            "standing"
        ]
    });
    tx.insert(&DEPOSITS, rows.collect()).await.map(drop)
}

fn deposit(row: &Row) -> Result<Deposit> {
    Ok(Deposit {
        id: row.get(0)?,
        day: row.get(1)?,
        kind: row.word(2, DepositKind::from_word)?,
        till: row.get(3)?,
        cashier: row.get(4)?,
        channel: row.get(5)?,
        reference: row.get(6)?,
        amount: row.get(7)?,
    })
}

pub async fn deposits(tx: &Tx, only_open: bool, after: Option<Uuid>, limit: u32) -> Result<Vec<Deposit>> {
    let sql = "SELECT d.id, d.day, d.kind, d.till_id, d.cashier, d.channel, d.reference, d.amount_fen FROM deposit d \
               WHERE d.state = 'standing' AND d.id > $1 \
                 AND (CAST($2 AS TEXT) IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.deposit_id = d.id AND m.undone_at IS NULL)) \
               ORDER BY d.id LIMIT $3";
    let all = (!only_open).then_some("all");
    tx.rows(sql, params![after.unwrap_or(Uuid::nil()), all, limit]).await?.iter().map(deposit).collect()
}

pub async fn all_open(tx: &Tx) -> Result<Vec<Deposit>> {
    let sql = "SELECT d.id, d.day, d.kind, d.till_id, d.cashier, d.channel, d.reference, d.amount_fen FROM deposit d \
               WHERE d.state = 'standing' AND NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.deposit_id = d.id AND m.undone_at IS NULL) ORDER BY d.id";
    tx.rows(sql, params![]).await?.iter().map(deposit).collect()
}

/// Deposits of `day` and before that the bank has not credited.
pub async fn open_deposits_before(tx: &Tx, day: Date) -> Result<Vec<Deposit>> {
    let sql = "SELECT d.id, d.day, d.kind, d.till_id, d.cashier, d.channel, d.reference, d.amount_fen FROM deposit d \
               WHERE d.state = 'standing' AND d.day <= $1 AND NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.deposit_id = d.id AND m.undone_at IS NULL) \
               ORDER BY d.id";
    tx.rows(sql, params![day]).await?.iter().map(deposit).collect()
}

/// Those of these deposits that are not matched.
pub async fn open_of(tx: &Tx, wanted: &[Uuid]) -> Result<Vec<Deposit>> {
    let sql = "SELECT d.id, d.day, d.kind, d.till_id, d.cashier, d.channel, d.reference, d.amount_fen FROM deposit d \
               WHERE d.id IN IDS($1) AND d.state = 'standing' AND NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.deposit_id = d.id AND m.undone_at IS NULL) \
               ORDER BY d.id";
    tx.rows(sql, params![ids(wanted)]).await?.iter().map(deposit).collect()
}

pub async fn has_matched(tx: &Tx, till: Uuid) -> Result<bool> {
    let sql = "SELECT d.day FROM deposit d JOIN bank_match m ON m.deposit_id = d.id AND m.undone_at IS NULL WHERE d.till_id = $1 AND d.state = 'standing' LIMIT 1";
    Ok(tx.row(sql, params![till]).await?.is_some())
}

pub async fn void_deposits(tx: &Tx, till: Uuid) -> Result<()> {
    tx.run("UPDATE deposit SET state = 'void' WHERE till_id = $1", params![till]).await.map(drop)
}

const LINES: Bulk = Bulk {
    into: "bank_line (id, account, value_date, amount_fen, reference, remark)",
    types: &["UUID", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT"],
    then: "",
};

pub async fn insert_lines(tx: &Tx, lines: &[BankLine]) -> Result<()> {
    let rows = lines.iter().map(|l| params![l.id, &l.account, l.value_date, l.amount, &l.reference, &l.text]);
    tx.insert(&LINES, rows.collect()).await.map(drop)
}

fn bank_line(row: &Row) -> Result<BankLine> {
    Ok(BankLine {
        id: row.get(0)?,
        account: row.get(1)?,
        value_date: row.get(2)?,
        amount: row.get(3)?,
        reference: row.get(4)?,
        text: row.get(5)?,
        matched: row.get::<i64>(6)? > 0,
    })
}

pub async fn lines(tx: &Tx, filter: &LineFilter, after: Option<Uuid>, limit: u32) -> Result<Vec<BankLine>> {
    let sql = "SELECT l.id, l.account, l.value_date, l.amount_fen, l.reference, l.remark, \
                 (SELECT COUNT(*) FROM bank_match m WHERE m.line_id = l.id AND m.undone_at IS NULL) FROM bank_line l \
               WHERE l.id > $1 AND l.value_date BETWEEN $2 AND $3 \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.line_id = l.id AND m.undone_at IS NULL)) \
               ORDER BY l.id LIMIT $5";
    let all = (!filter.only_open).then_some("all");
    let from = filter.from.map_or_else(String::new, |day| day.to_string());
    let values = params![after.unwrap_or(Uuid::nil()), from, filter.to.unwrap_or(Date::MAX), all, limit];
    tx.rows(sql, values).await?.iter().map(bank_line).collect()
}

/// Lines with a value date up to `day` that no deposit is matched with.
pub async fn open_lines_until(tx: &Tx, day: Date) -> Result<Vec<BankLine>> {
    let filter = LineFilter { only_open: true, from: None, to: Some(day) };
    lines(tx, &filter, None, u32::MAX).await
}

pub async fn line(tx: &Tx, id: Uuid) -> Result<Option<BankLine>> {
    let sql = "SELECT l.id, l.account, l.value_date, l.amount_fen, l.reference, l.remark, \
                 (SELECT COUNT(*) FROM bank_match m WHERE m.line_id = l.id AND m.undone_at IS NULL) FROM bank_line l WHERE l.id = $1";
    tx.row(sql, params![id]).await?.as_ref().map(bank_line).transpose()
}

/// Known lines with these numbers.
pub async fn lines_with(tx: &Tx, references: Vec<String>) -> Result<Vec<BankLine>> {
    let sql = "SELECT l.id, l.account, l.value_date, l.amount_fen, l.reference, l.remark, \
                 (SELECT COUNT(*) FROM bank_match m WHERE m.line_id = l.id AND m.undone_at IS NULL) FROM bank_line l WHERE l.reference IN LIST($1)";
    tx.rows(sql, params![List::Texts(references)]).await?.iter().map(bank_line).collect()
}

pub async fn join(tx: &Tx, ctx: &Ctx, line: Uuid, deposit: &Deposit, how: How, reason: Option<&str>) -> Result<()> {
    let sql = "INSERT INTO bank_match (id, line_id, deposit_id, amount_fen, how, matched_at, matched_by, reason) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let id = ctx.new_id();
    let values = params![id, line, deposit.id, deposit.amount, how.word(), ctx.now, &ctx.actor.name, reason];
    tx.run(sql, values).await.map(drop)
}

pub async fn matched_amounts(tx: &Tx, line: Uuid) -> Result<Vec<Money>> {
    let sql = "SELECT amount_fen FROM bank_match WHERE line_id = $1 AND undone_at IS NULL ORDER BY id";
    tx.rows(sql, params![line]).await?.iter().map(|row| row.get(0)).collect()
}

pub async fn undo(tx: &Tx, line: Uuid, ctx: &Ctx, reason: &str) -> Result<()> {
    let sql = "UPDATE bank_match SET undone_at = $1, undone_by = $2, undone_reason = $3 WHERE line_id = $4 AND undone_at IS NULL";
    tx.run(sql, params![ctx.now, &ctx.actor.name, reason, line]).await.map(drop)
}

const CHANNEL_LINES: Bulk = Bulk {
    into: "channel_line (channel, reference, kind, paid_at, day, amount_fen, times)",
    types: &["TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "BIGINT", "BIGINT"],
    then: "",
};

pub async fn insert_channel_lines(tx: &Tx, lines: &[ChannelLine]) -> Result<()> {
    let rows =
        lines.iter().map(|l| params![&l.channel, &l.reference, l.kind.word(), l.paid_at, l.day, l.amount, l.times]);
    tx.insert(&CHANNEL_LINES, rows.collect()).await.map(drop)
}

pub async fn repeated(tx: &Tx, line: &ChannelLine) -> Result<()> {
    let sql = "UPDATE channel_line SET times = times + 1, compared_on = NULL WHERE reference = $1 AND channel = $2 AND kind = $3";
    tx.run(sql, params![&line.reference, &line.channel, line.kind.word()]).await.map(drop)
}

fn channel_line(row: &Row) -> Result<ChannelLine> {
    Ok(ChannelLine {
        channel: row.get(0)?,
        reference: row.get(1)?,
        kind: row.word(2, ChannelKind::from_word)?,
        paid_at: row.get(3)?,
        day: row.get(4)?,
        amount: row.get(5)?,
        times: row.get(6)?,
    })
}

pub async fn channel_lines_with(tx: &Tx, references: Vec<String>) -> Result<Vec<ChannelLine>> {
    let sql = "SELECT channel, reference, kind, paid_at, day, amount_fen, times FROM channel_line WHERE reference IN LIST($1)";
    tx.rows(sql, params![List::Texts(references)]).await?.iter().map(channel_line).collect()
}

/// Lines up to `day` that have not been found equal to ours, each with our amount: of a payment what
/// we took, of a reversal what we took back.
pub async fn channel_lines_open(tx: &Tx, day: Date) -> Result<Vec<(ChannelLine, Option<Money>)>> {
    let sql = "SELECT l.channel, l.reference, l.kind, l.paid_at, l.day, l.amount_fen, l.times, \
                 CASE WHEN l.kind = 'reversal' THEN -p.amount_fen ELSE p.amount_fen END \
               FROM channel_line l LEFT JOIN payment p ON p.reference = l.reference AND p.channel = l.channel AND p.kind = 'payment' \
                 AND (l.kind = 'payment' OR p.state = 'reversed') \
               WHERE l.compared_on IS NULL AND l.day <= $1 ORDER BY l.channel, l.reference, l.kind";
    let rows = tx.rows(sql, params![day]).await?;
    rows.iter().map(|row| Ok((channel_line(row)?, row.get(7)?))).collect()
}

pub async fn mark_compared(tx: &Tx, line: &ChannelLine, on: Date) -> Result<()> {
    let sql = "UPDATE channel_line SET compared_on = $1 WHERE reference = $2 AND channel = $3 AND kind = $4";
    tx.run(sql, params![on, &line.reference, &line.channel, line.kind.word()]).await.map(drop)
}

/// Payments booked from `since` to `day` that a channel took and does not report, though it has
/// reported that day or a later one: channel, reference, amount, day.
pub async fn payments_unreported(tx: &Tx, since: Date, day: Date) -> Result<Vec<(String, String, Money, Date)>> {
    let sql = "SELECT p.channel, p.reference, p.amount_fen, p.booked_on FROM payment p \
               WHERE p.booked_on BETWEEN $1 AND $2 AND p.channel <> 'counter' AND p.reference IS NOT NULL AND p.kind = 'payment' \
                 AND NOT EXISTS (SELECT 1 FROM channel_line l WHERE l.reference = p.reference AND l.channel = p.channel AND l.kind = 'payment') \
                 AND EXISTS (SELECT 1 FROM channel_line l WHERE l.channel = p.channel AND l.day >= p.booked_on) \
               ORDER BY p.channel, p.reference";
    let rows = tx.rows(sql, params![since, day]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT 'in transit', CAST(COALESCE((SELECT SUM(l.amount_fen) FROM ledger_line l WHERE l.account = 'money:in-transit'), 0) \
               - COALESCE((SELECT SUM(d.amount_fen) FROM deposit d WHERE d.state = 'standing' \
                   AND NOT EXISTS (SELECT 1 FROM bank_match m WHERE m.deposit_id = d.id AND m.undone_at IS NULL)), 0) AS BIGINT)",
            "transit: the ledger and the deposits differ, in fen",
        ),
        (
            "SELECT l.reference, CAST(l.amount_fen - SUM(m.amount_fen) AS BIGINT) FROM bank_line l JOIN bank_match m ON m.line_id = l.id \
             WHERE m.undone_at IS NULL GROUP BY l.id, l.reference, l.amount_fen HAVING l.amount_fen <> SUM(m.amount_fen) ORDER BY l.reference LIMIT 100",
            "transit: a line of the bank and its deposits differ, in fen:",
        ),
    ];
    let mut differences = Vec::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            let (what, by): (String, i64) = (row.get(0)?, row.get(1)?);
            if by != 0 {
                differences.push(format!("{sentence} {what}: {by}"));
            }
        }
    }
    Ok(differences)
}
