//! Who owes, and the rows that a payment writes.

use std::collections::HashMap;

use anyhow::{Context, Result};
use kernel::Money;
use kernel::id::Uuid;
use platform::db::{List, Param, Table};
use platform::{Tx, params};

use crate::store::tables;

/// Usage points, or payments, of one read.
const PAGE: u32 = 10_000;

/// The supply numbers of those who owe something.
pub async fn owing(tx: &Tx) -> Result<Vec<String>> {
    let sql = "SELECT u.supply_no FROM usage_point u WHERE u.supply_no > $1 AND EXISTS (SELECT 1 FROM receivable r \
               WHERE r.usage_point_id = u.id AND r.state = 'standing' AND r.settled_fen <> r.amount_fen) ORDER BY u.supply_no LIMIT $2";
    listed(tx, sql).await
}

/// The supply numbers of everybody.
pub async fn everybody(tx: &Tx) -> Result<Vec<String>> {
    listed(tx, "SELECT supply_no FROM usage_point WHERE supply_no > $1 ORDER BY supply_no LIMIT $2").await
}

async fn listed(tx: &Tx, sql: &str) -> Result<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let rows = tx.rows(sql, params![all.last().map_or("", String::as_str), PAGE]).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        for row in rows {
            all.push(row.get(0)?);
        }
    }
}

/// What each of those owes who owe something, by supply number.
pub async fn owed(tx: &Tx) -> Result<Vec<(String, Money)>> {
    let sql = "SELECT u.supply_no, CAST(SUM(r.amount_fen - r.settled_fen) AS BIGINT) \
               FROM usage_point u JOIN receivable r ON r.usage_point_id = u.id \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen GROUP BY u.supply_no ORDER BY u.supply_no";
    tx.rows(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub async fn bills(tx: &Tx) -> Result<u64> {
    Ok(tx.row("SELECT COUNT(*) FROM bill", params![]).await?.context("a count")?.get(0)?)
}

/// The last receipt number; empty before the first.
pub async fn last_receipt(tx: &Tx) -> Result<String> {
    let row = tx.row("SELECT MAX(receipt_no) FROM payment", params![]).await?;
    Ok(row.map_or(Ok(None), |row| row.get::<Option<String>>(0))?.unwrap_or_default())
}

/// A table in which a payment leaves rows: those of some payments ($1), and the column that tells whose a row is, by the
/// payment's id, its receipt or its subject in the journal.
struct Part {
    table: &'static str,
    which: &'static str,
    of: &'static str,
}

const PARTS: [Part; 6] = [
    Part { table: "payment", which: "WHERE id IN IDS($1)", of: "id" },
    Part { table: "payment_share", which: "WHERE payment_id IN IDS($1)", of: "payment_id" },
    Part { table: "settlement", which: "WHERE payment_id IN IDS($1)", of: "payment_id" },
    Part {
        table: "ledger_line",
        which: "WHERE receipt_no IN (SELECT p.receipt_no FROM payment p WHERE p.id IN IDS($1))",
        of: "receipt_no",
    },
    Part { table: "till_payment", which: "WHERE payment_id IN IDS($1)", of: "payment_id" },
    Part {
        table: JOURNAL,
        which: "WHERE act = 'payment.take' \
                AND subject IN (SELECT 'payment:' || p.receipt_no FROM payment p WHERE p.id IN IDS($1))",
        of: "subject",
    },
];

const JOURNAL: &str = "journal_entry";
/// What the sealer writes into an entry, behind the payment.
const SEAL: [&str; 2] = ["position", "chain"];

/// Where payments leave their rows, as the database describes it.
pub struct Tables {
    parts: Vec<Table>,
    key: Table,
    till: Table,
}

impl Tables {
    pub async fn of(tx: &Tx) -> Result<Tables> {
        let mut parts = tables(tx, PARTS.iter().map(|part| part.table)).await?;
        parts.extend(tables(tx, ["idempotency_key", "till"]).await?);
        let (till, key) = (parts.pop().context("a table")?, parts.pop().context("a table")?);
        Ok(Tables { parts, key, till })
    }
}

/// The rows of one payment, encoded.
#[derive(Default)]
pub struct Rows {
    parts: [Vec<Vec<Param>>; PARTS.len()],
    key: Vec<Vec<Param>>,
    /// What became of the debts.
    debts: Vec<Vec<Param>>,
}

/// All payments after a receipt number.
pub async fn payments(tx: &Tx, tables: &Tables, after: &str) -> Result<Vec<Rows>> {
    let paid = paid_after(tx, after, u32::MAX).await?;
    // Any key has the length of any other: which payment it belongs to makes no difference.
    let mut keys = tx.rows_of(&tables.key, "WHERE act_key LIKE 'pay-%'", params![]).await?;
    let mut all = Vec::with_capacity(paid.len());
    for page in paid.chunks(PAGE as usize) {
        for mut rows in left_by(tx, tables, page).await? {
            rows.key.push(keys.pop().context("a payment without a key")?);
            all.push(rows);
        }
    }
    Ok(all)
}

/// The payments after a receipt number, by their ids and receipt numbers.
pub async fn paid_after(tx: &Tx, after: &str, limit: u32) -> Result<Vec<(Uuid, String)>> {
    let sql = "SELECT id, receipt_no FROM payment WHERE receipt_no > $1 ORDER BY receipt_no LIMIT $2";
    tx.rows(sql, params![after, limit]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What these payments left, but for their keys.
pub async fn left_by(tx: &Tx, tables: &Tables, paid: &[(Uuid, String)]) -> Result<Vec<Rows>> {
    let ids: Vec<Uuid> = paid.iter().map(|(id, _)| *id).collect();
    let mut all: Vec<Rows> = paid.iter().map(|_| Rows::default()).collect();
    let names = |(at, (id, receipt_no)): (usize, &(Uuid, String))| {
        [Param::from(*id), Param::from(receipt_no), Param::from(format!("payment:{receipt_no}"))]
            .map(|of| (name(&of), at))
    };
    let owner: HashMap<String, usize> = paid.iter().enumerate().flat_map(names).collect();
    for (at, (part, table)) in PARTS.iter().zip(&tables.parts).enumerate() {
        let of = table.place_of(part.of).context("a column that tells whose a row is")?;
        let sealed: Vec<usize> = if part.table == JOURNAL {
            SEAL.into_iter().filter_map(|column| table.place_of(column)).collect()
        } else {
            Vec::new()
        };
        for mut row in tx.rows_of(table, part.which, params![List::Ids(ids.clone())]).await? {
            let whose = owner.get(&name(&row[of])).context("a row of another payment")?;
            for column in &sealed {
                row[*column] = row[*column].emptied();
            }
            all[*whose].parts[at].push(row);
        }
    }
    let debts = "SELECT DISTINCT s.payment_id, r.settled_fen, r.settled_until, r.cleared, r.id \
                 FROM settlement s JOIN receivable r ON r.id = s.receivable_id WHERE s.payment_id IN IDS($1)";
    for row in tx.rows(debts, params![List::Ids(ids)]).await? {
        let whose = owner.get(&name(&Param::from(row.get::<Uuid>(0)?))).context("a debt of another payment")?;
        let (settled, until): (i64, Option<String>) = (row.get(1)?, row.get(2)?);
        all[*whose].debts.push(params![settled, until, row.get::<Option<i64>>(3)?, row.get::<Uuid>(4)?]);
    }
    Ok(all)
}

/// A value as the name of a payment.
fn name(of: &Param) -> String {
    format!("{of:?}")
}

pub async fn insert(tx: &Tx, tables: &Tables, rows: Rows) -> Result<()> {
    for (table, rows) in tables.parts.iter().zip(rows.parts) {
        tx.insert_into(table, rows).await?;
    }
    for debt in rows.debts {
        let sql = "UPDATE receivable SET settled_fen = $1, settled_until = $2, cleared = $3 WHERE id = $4";
        tx.run(sql, debt).await?;
    }
    tx.insert_into(&tables.key, rows.key).await?;
    Ok(())
}

/// Those of many payments at once; what became of the debts follows from the settlements.
pub async fn insert_all(tx: &Tx, tables: &Tables, payments: Vec<Rows>) -> Result<()> {
    let (mut parts, mut debts): ([Vec<Vec<Param>>; PARTS.len()], Vec<Uuid>) = Default::default();
    for rows in payments {
        for (all, rows) in parts.iter_mut().zip(rows.parts) {
            all.extend(rows);
        }
        debts.extend(rows.debts.iter().filter_map(|debt| match debt.last() {
            Some(Param::Id(id)) => *id,
            _ => None,
        }));
    }
    for (table, rows) in tables.parts.iter().zip(parts) {
        tx.insert_into(table, rows).await?;
    }
    let sql = "UPDATE receivable SET cleared = 1, (settled_fen, settled_until) = \
                 (SELECT CAST(SUM(s.amount_fen) AS BIGINT), MAX(s.settled_on) FROM settlement s WHERE s.receivable_id = receivable.id) \
               WHERE id IN IDS($1)";
    tx.run(sql, params![List::Ids(debts)]).await?;
    Ok(())
}

/// Opens, in `to`, the tills in which payments lie.
pub async fn open_tills(to: &Tx, tables: &Tables, from: &Tx) -> Result<()> {
    let tills = from.rows_of(&tables.till, "", params![]).await?;
    to.insert_into(&tables.till, tills).await?;
    Ok(())
}
