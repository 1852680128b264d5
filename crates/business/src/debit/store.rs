use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Money, Timestamp};
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Ctx, Fault, Result, Tx, params};

use super::Filter;
use super::model::{Answer, Batch, BatchState, Failure, Line, LineState, PlanLine, Tally, Wish};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 debit",
    sql: "
CREATE TABLE debit_batch (
  batch_no TEXT NOT NULL PRIMARY KEY,
  bank TEXT NOT NULL,
  station TEXT,
  book TEXT,
  due_until TEXT NOT NULL,
  collect_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('made', 'sent', 'partly', 'answered', 'withdrawn', 'given-up')),
  made_at TEXT NOT NULL,
  made_by TEXT NOT NULL,
  sent_at TEXT,
  sent_by TEXT,
  digest TEXT,
  ended_at TEXT,
  ended_by TEXT,
  reason TEXT,
  CHECK ((state IN ('made', 'withdrawn')) = (digest IS NULL) AND (sent_at IS NULL) = (digest IS NULL))
);
CREATE INDEX debit_batch_state ON debit_batch (state, batch_no);
CREATE TABLE debit_line (
  line_no TEXT NOT NULL PRIMARY KEY,
  batch_no TEXT NOT NULL REFERENCES debit_batch (batch_no),
  mandate_id UUID NOT NULL REFERENCES mandate (id),
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  receivable_id UUID NOT NULL REFERENCES receivable (id),
  bill_no TEXT,
  month TEXT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  late_fen BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'withdrawn', 'collected', 'failed', 'given-up')),
  result_code TEXT,
  result_text TEXT,
  collected_fen BIGINT CHECK (collected_fen <= amount_fen),
  debited_at TEXT,
  answered_at TEXT,
  payment_id UUID UNIQUE REFERENCES payment (id),
  remark TEXT,
  CHECK ((state IN ('collected', 'failed')) = (result_code IS NOT NULL) AND (state = 'collected') = (payment_id IS NOT NULL))
);
CREATE INDEX debit_line_batch ON debit_line (batch_no, state);
CREATE INDEX debit_line_mandate ON debit_line (mandate_id, line_no);
CREATE INDEX debit_line_point ON debit_line (usage_point_id)
",
};

pub async fn insert_batch(tx: &Tx, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO debit_batch (batch_no, bank, station, book, due_until, collect_on, state, made_at, made_by) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let w = &batch.wish;
    let values = params![
        &batch.batch_no,
        &w.bank,
        w.station.clone(),
        w.book.clone(),
        w.due_until,
        w.collect_on,
        batch.state.word(),
        batch.made_at,
        &batch.made_by
    ];
    tx.run(sql, values).await.map(drop)
}

const LINES: Bulk = Bulk {
    into: "debit_line (line_no, batch_no, mandate_id, usage_point_id, receivable_id, bill_no, month, amount_fen, late_fen, state)",
    types: &["TEXT", "TEXT", "UUID", "UUID", "UUID", "TEXT NULL", "TEXT NULL", "BIGINT", "BIGINT", "TEXT"],
    then: "",
};

/// Under their numbers.
pub async fn insert_lines(tx: &Tx, batch_no: &str, lines: &[(String, &PlanLine)]) -> Result<()> {
    let rows = lines.iter().map(|(line_no, l)| {
        params![
            line_no,
            batch_no,
            l.mandate,
            l.point.uuid(),
            l.receivable,
            l.bill_no.clone(),
            l.month.clone(),
            l.amount,
            l.late_charge,
            LineState::Waiting.word()
        ]
    });
    tx.insert(&LINES, rows.collect()).await.map(drop)
}

fn batch(row: &Row) -> Result<Batch> {
    Ok(Batch {
        batch_no: row.get(0)?,
        wish: Wish {
            bank: row.get(1)?,
            station: row.get(2)?,
            book: row.get(3)?,
            due_until: row.get(4)?,
            collect_on: row.get(5)?,
        },
        state: row.word(6, BatchState::from_word)?,
        made_at: row.get(7)?,
        made_by: row.get(8)?,
        sent_at: row.get(9)?,
        sent_by: row.get(10)?,
        digest: row.get(11)?,
        ended_at: row.get(12)?,
        ended_by: row.get(13)?,
        reason: row.get(14)?,
    })
}

/// Batches with these numbers; nobody else changes them until the transaction ends.
pub async fn locked(tx: &Tx, batch_nos: Vec<String>) -> Result<Vec<Batch>> {
    let sql = "SELECT batch_no, bank, station, book, due_until, collect_on, state, made_at, made_by, sent_at, sent_by, digest, ended_at, ended_by, reason \
               FROM debit_batch WHERE batch_no IN LIST($1) ORDER BY batch_no";
    tx.rows_locked(sql, params![List::Texts(batch_nos)]).await?.iter().map(batch).collect()
}

/// The newest first; a batch of the whole bureau is seen by who sees the whole bureau.
pub async fn page(
    tx: &Tx,
    filter: &Filter,
    stations: Option<Vec<String>>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Batch>> {
    let sql = "SELECT batch_no, bank, station, book, due_until, collect_on, state, made_at, made_by, sent_at, sent_by, digest, ended_at, ended_by, reason \
               FROM debit_batch WHERE (CAST($1 AS TEXT) IS NULL OR batch_no < $1) AND (CAST($2 AS TEXT) IS NOT NULL OR station IN LIST($3)) \
                 AND (CAST($4 AS TEXT) IS NULL OR bank = $4) AND (CAST($5 AS TEXT) IS NULL OR state = $5) ORDER BY batch_no DESC LIMIT $6";
    let (everywhere, stations) = reach(stations.as_deref());
    let values = params![before, everywhere, stations, filter.bank.clone(), filter.state.map(BatchState::word), limit];
    tx.rows(sql, values).await?.iter().map(batch).collect()
}

pub async fn tallies(tx: &Tx, batch_nos: Vec<String>) -> Result<HashMap<String, Vec<Tally>>> {
    let sql = "SELECT batch_no, state, COUNT(*), CAST(SUM(amount_fen) AS BIGINT), CAST(SUM(COALESCE(collected_fen, 0)) AS BIGINT) FROM debit_line \
               WHERE batch_no IN LIST($1) GROUP BY batch_no, state ORDER BY batch_no, state";
    let mut tallies: HashMap<String, Vec<Tally>> = HashMap::new();
    for row in tx.rows(sql, params![List::Texts(batch_nos)]).await? {
        let tally = Tally {
            state: row.word(1, LineState::from_word)?,
            count: row.get(2)?,
            amount: row.get(3)?,
            collected: row.get(4)?,
        };
        tallies.entry(row.get(0)?).or_default().push(tally);
    }
    Ok(tallies)
}

pub async fn failures(tx: &Tx, batch_no: &str) -> Result<Vec<Failure>> {
    let sql = "SELECT result_code, COUNT(*), CAST(SUM(amount_fen) AS BIGINT) FROM debit_line \
               WHERE batch_no = $1 AND state = 'failed' GROUP BY result_code ORDER BY 3 DESC, result_code";
    let rows = tx.rows(sql, params![batch_no]).await?;
    rows.iter().map(|row| Ok(Failure { code: row.get(0)?, count: row.get(1)?, amount: row.get(2)? })).collect()
}

fn line(row: &Row) -> Result<Line> {
    let code: Option<String> = row.get(16)?;
    let (text, collected): (Option<String>, Option<i64>) = (row.get(17)?, row.get(18)?);
    let debited_at: Option<Timestamp> = row.get(19)?;
    let answer = code.map(|code| Answer {
        code,
        amount: Money::from_fen(collected.unwrap_or(0)),
        text: text.unwrap_or_default(),
        debited_at,
    });
    Ok(Line {
        line_no: row.get(0)?,
        batch_no: row.get(1)?,
        bank: row.get(2)?,
        mandate: row.get(3)?,
        point: row.get::<Uuid>(4)?.into(),
        supply_no: row.get(5)?,
        station: row.get(6)?,
        name: row.get(7)?,
        holder: row.get(8)?,
        account_no: row.get(9)?,
        receivable: row.get(10)?,
        bill_no: row.get(11)?,
        month: row.get(12)?,
        amount: row.get(13)?,
        late_charge: row.get(14)?,
        state: row.word(15, LineState::from_word)?,
        answer,
        answered_at: row.get(20)?,
        receipt_no: row.get(21)?,
        remark: row.get(22)?,
    })
}

/// The lines of a batch in order, those in a state or all.
pub async fn lines(
    tx: &Tx,
    batch_no: &str,
    state: Option<LineState>,
    code: Option<&str>,
    after: &str,
    limit: u32,
) -> Result<Vec<Line>> {
    let sql = "SELECT l.line_no, l.batch_no, b.bank, l.mandate_id, l.usage_point_id, u.supply_no, u.station, c.name, m.holder, m.account_no, \
                 l.receivable_id, l.bill_no, l.month, l.amount_fen, l.late_fen, l.state, l.result_code, l.result_text, l.collected_fen, l.debited_at, \
                 l.answered_at, p.receipt_no, l.remark \
               FROM debit_line l JOIN debit_batch b ON b.batch_no = l.batch_no JOIN mandate m ON m.id = l.mandate_id \
                 JOIN usage_point u ON u.id = l.usage_point_id JOIN customer c ON c.id = u.customer_id LEFT JOIN payment p ON p.id = l.payment_id \
               WHERE l.batch_no = $1 AND (CAST($2 AS TEXT) IS NULL OR l.state = $2) AND (CAST($3 AS TEXT) IS NULL OR l.result_code = $3) \
                 AND l.line_no > $4 ORDER BY l.line_no LIMIT $5";
    let values = params![batch_no, state.map(LineState::word), code, after, limit];
    tx.rows(sql, values).await?.iter().map(line).collect()
}

/// The lines with these numbers, of any batch.
pub async fn lines_with(tx: &Tx, line_nos: Vec<String>) -> Result<Vec<Line>> {
    let sql = "SELECT l.line_no, l.batch_no, b.bank, l.mandate_id, l.usage_point_id, u.supply_no, u.station, c.name, m.holder, m.account_no, \
                 l.receivable_id, l.bill_no, l.month, l.amount_fen, l.late_fen, l.state, l.result_code, l.result_text, l.collected_fen, l.debited_at, \
                 l.answered_at, p.receipt_no, l.remark \
               FROM debit_line l JOIN debit_batch b ON b.batch_no = l.batch_no JOIN mandate m ON m.id = l.mandate_id \
                 JOIN usage_point u ON u.id = l.usage_point_id JOIN customer c ON c.id = u.customer_id LEFT JOIN payment p ON p.id = l.payment_id \
               WHERE l.line_no IN LIST($1) ORDER BY l.line_no";
    tx.rows(sql, params![List::Texts(line_nos)]).await?.iter().map(line).collect()
}

/// The code of the last answer to a debit by each of these mandates.
pub async fn last_answers(tx: &Tx, mandates: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    let sql = "SELECT mandate_id, result_code FROM debit_line \
               WHERE mandate_id IN IDS($1) AND state IN ('collected', 'failed') ORDER BY answered_at, line_no";
    let rows = tx.rows(sql, params![List::Ids(mandates)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Ends waiting lines without an answer; the numbers of those that it ended.
pub async fn end_waiting(tx: &Tx, line_nos: Vec<String>, state: LineState, remark: &str) -> Result<Vec<String>> {
    let sql = "UPDATE debit_line SET state = $1, remark = $2 WHERE line_no IN LIST($3) AND state = 'waiting' RETURNING line_no";
    let rows = tx.rows(sql, params![state.word(), remark, List::Texts(line_nos)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Puts a bank's answer to a line on record.
pub async fn answer(
    tx: &Tx,
    line_no: &str,
    state: LineState,
    answer: &Answer,
    at: Timestamp,
    payment: Option<Uuid>,
) -> Result<()> {
    let sql = "UPDATE debit_line SET state = $1, result_code = $2, result_text = $3, collected_fen = $4, debited_at = $5, answered_at = $6, payment_id = $7 \
               WHERE line_no = $8 AND state IN ('waiting', 'given-up')";
    let values =
        params![state.word(), &answer.code, &answer.text, answer.amount, answer.debited_at, at, payment, line_no];
    match tx.run(sql, values).await? {
        1 => Ok(()),
        _ => Err(Fault::impossible(format!("the debit {line_no} was answered meanwhile"))),
    }
}

pub async fn send(tx: &Tx, ctx: &Ctx, batch_no: &str, digest: &str) -> Result<()> {
    let sql = "UPDATE debit_batch SET state = 'sent', sent_at = $1, sent_by = $2, digest = $3 WHERE batch_no = $4 AND state = 'made'";
    tx.run(sql, params![ctx.now, &ctx.actor.name, digest, batch_no]).await.map(drop)
}

pub async fn set_state(tx: &Tx, batch_no: &str, state: BatchState) -> Result<()> {
    tx.run("UPDATE debit_batch SET state = $1 WHERE batch_no = $2", params![state.word(), batch_no]).await.map(drop)
}

pub async fn end(tx: &Tx, ctx: &Ctx, batch_no: &str, state: BatchState, reason: &str) -> Result<()> {
    let sql = "UPDATE debit_batch SET state = $1, ended_at = $2, ended_by = $3, reason = $4 WHERE batch_no = $5";
    tx.run(sql, params![state.word(), ctx.now, &ctx.actor.name, reason, batch_no]).await.map(drop)
}

/// Recomputes the invariants; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT l.line_no FROM debit_line l JOIN debit_batch b ON b.batch_no = l.batch_no \
             LEFT JOIN in_flight f ON f.reference = l.line_no AND f.receivable_id = l.receivable_id AND f.collector = b.bank \
             WHERE (l.state = 'waiting') <> (f.reference IS NOT NULL) ORDER BY l.line_no LIMIT 100",
            "debit: a line waits without being in flight, or the other way round:",
        ),
        (
            "SELECT f.reference FROM in_flight f LEFT JOIN debit_line l ON l.line_no = f.reference WHERE l.line_no IS NULL ORDER BY f.reference LIMIT 100",
            "debit: something is in flight for no line:",
        ),
        (
            "SELECT l.line_no FROM debit_line l JOIN debit_batch b ON b.batch_no = l.batch_no LEFT JOIN payment p ON p.id = l.payment_id \
             WHERE l.state = 'collected' AND (p.id IS NULL OR p.kind <> 'payment' OR p.method <> 'bank-debit' OR p.channel <> b.bank \
               OR p.reference <> l.line_no OR p.amount_fen <> l.collected_fen) ORDER BY l.line_no LIMIT 100",
            "debit: a collected line is not its payment:",
        ),
        (
            "SELECT b.batch_no FROM debit_batch b WHERE (b.state IN ('answered', 'withdrawn', 'given-up') \
               AND EXISTS (SELECT 1 FROM debit_line l WHERE l.batch_no = b.batch_no AND l.state = 'waiting')) \
             OR (b.state IN ('made', 'sent', 'partly') AND NOT EXISTS (SELECT 1 FROM debit_line l WHERE l.batch_no = b.batch_no AND l.state = 'waiting')) \
             ORDER BY b.batch_no LIMIT 100",
            "debit: the state of a batch is not that of its lines:",
        ),
    ];
    let mut differences = Vec::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            differences.push(format!("{sentence} {}", row.get::<String>(0)?));
        }
    }
    Ok(differences)
}
