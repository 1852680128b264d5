//! Who owes, and the rows that a payment writes.

use std::collections::HashMap;

use anyhow::{Context, Result};
use kernel::id::Uuid;
use platform::db::{Bulk, List, Param, Row};
use platform::{Tx, params};

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

/// The last receipt number; empty before the first.
pub async fn last_receipt(tx: &Tx) -> Result<String> {
    let row = tx.row("SELECT MAX(receipt_no) FROM payment", params![]).await?;
    Ok(row.map_or(Ok(None), |row| row.get::<Option<String>>(0))?.unwrap_or_default())
}

const PAYMENT: Bulk = Bulk {
    into: "payment (id, receipt_no, kind, state, reverses, method, channel, reference, paid_at, booked_on, amount_fen, tendered_fen, cashier, \
           station, bank, instrument, reason, prints)",
    types: &[
        "UUID",
        "TEXT",
        "TEXT",
        "TEXT",
        "UUID NULL",
        "TEXT",
        "TEXT",
        "TEXT NULL",
        "TEXT",
        "TEXT",
        "BIGINT",
        "BIGINT NULL",
        "TEXT",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "BIGINT",
    ],
    then: "",
};
const PAYMENT_READ: &str = "SELECT id, id, receipt_no, kind, state, reverses, method, channel, reference, paid_at, booked_on, amount_fen, tendered_fen, \
                            cashier, station, bank, instrument, reason, prints FROM payment WHERE id IN IDS($1)";

const SHARE: Bulk = Bulk {
    into: "payment_share (payment_id, line_no, usage_point_id, receivable_id, purpose, amount_fen)",
    types: &["UUID", "BIGINT", "UUID", "UUID NULL", "TEXT", "BIGINT"],
    then: "",
};
const SHARE_READ: &str = "SELECT payment_id, payment_id, line_no, usage_point_id, receivable_id, purpose, amount_fen \
                          FROM payment_share WHERE payment_id IN IDS($1)";

const SETTLEMENT: Bulk = Bulk {
    into: "settlement (id, receivable_id, settled_on, settles, settled_by, payment_id, amount_fen)",
    types: &["UUID", "UUID", "TEXT", "TEXT", "TEXT", "UUID NULL", "BIGINT"],
    then: "",
};
const SETTLEMENT_READ: &str = "SELECT payment_id, id, receivable_id, settled_on, settles, settled_by, payment_id, amount_fen \
                               FROM settlement WHERE payment_id IN IDS($1)";

const LINE: Bulk = Bulk {
    into: "ledger_line (entry_id, line_no, entry_on, kind, bill_no, usage_point_id, account, amount_fen, receipt_no)",
    types: &["UUID", "BIGINT", "TEXT", "TEXT", "TEXT NULL", "UUID NULL", "TEXT", "BIGINT", "TEXT NULL"],
    then: "",
};
const LINE_READ: &str = "SELECT p.id, l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, l.usage_point_id, l.account, l.amount_fen, l.receipt_no \
                         FROM payment p JOIN ledger_line l ON l.receipt_no = p.receipt_no WHERE p.id IN IDS($1)";

const IN_TILL: Bulk = Bulk { into: "till_payment (payment_id, till_id)", types: &["UUID", "UUID"], then: "" };
const IN_TILL_READ: &str = "SELECT payment_id, payment_id, till_id FROM till_payment WHERE payment_id IN IDS($1)";

const JOURNAL: Bulk = Bulk {
    into: "journal_entry (id, at, actor, act, subject, reason, detail, digest)",
    types: &["UUID", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT NULL", "TEXT", "TEXT"],
    then: "",
};
const JOURNAL_READ: &str = "SELECT p.id, j.id, j.at, j.actor, j.act, j.subject, j.reason, j.detail, j.digest \
                            FROM payment p JOIN journal_entry j ON j.subject = 'payment:' || p.receipt_no AND j.act = 'payment.take' \
                            WHERE p.id IN IDS($1)";

const KEY: Bulk = Bulk {
    into: "idempotency_key (actor, act_key, request_digest, status, answer, created_at)",
    types: &["TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT"],
    then: "",
};

const TILL: Bulk = Bulk {
    into: "till (id, cashier, day, station, change_fen, opened_at, state)",
    types: &["UUID", "TEXT", "TEXT", "TEXT NULL", "BIGINT", "TEXT", "TEXT"],
    then: "ON CONFLICT DO NOTHING",
};

/// The rows of one payment, encoded.
#[derive(Default)]
pub struct Rows {
    payment: Vec<Vec<Param>>,
    shares: Vec<Vec<Param>>,
    settlements: Vec<Vec<Param>>,
    lines: Vec<Vec<Param>>,
    in_till: Vec<Vec<Param>>,
    journal: Vec<Vec<Param>>,
    key: Vec<Vec<Param>>,
    /// What became of the debts.
    debts: Vec<Vec<Param>>,
}

/// All payments after a receipt number.
pub async fn payments(tx: &Tx, after: &str) -> Result<Vec<Rows>> {
    let ids = tx.rows("SELECT id FROM payment WHERE receipt_no > $1 ORDER BY receipt_no", params![after]).await?;
    let ids = ids.iter().map(|row| row.get::<Uuid>(0)).collect::<platform::Result<Vec<Uuid>>>()?;
    // Any key has the length of any other: which payment it belongs to makes no difference.
    let keys = "SELECT actor, actor, act_key, request_digest, status, answer, created_at FROM idempotency_key WHERE act_key LIKE 'pay-%'";
    let mut keys = tx.rows(keys, params![]).await?;
    let mut all = Vec::with_capacity(ids.len());
    for page in ids.chunks(PAGE as usize) {
        let mut of = Page::read(tx, page).await?;
        for id in page {
            let mut rows = of.rows.remove(id).context("a payment without rows")?;
            let key = keys.pop().context("a payment without a key")?;
            rows.key.push(encoded(&key, KEY.types)?);
            all.push(rows);
        }
    }
    Ok(all)
}

struct Page {
    rows: HashMap<Uuid, Rows>,
}

impl Page {
    async fn read(tx: &Tx, ids: &[Uuid]) -> Result<Page> {
        let mut page = Page { rows: HashMap::new() };
        page.add(tx, ids, PAYMENT_READ, PAYMENT.types, |rows| &mut rows.payment).await?;
        page.add(tx, ids, SHARE_READ, SHARE.types, |rows| &mut rows.shares).await?;
        page.add(tx, ids, SETTLEMENT_READ, SETTLEMENT.types, |rows| &mut rows.settlements).await?;
        page.add(tx, ids, LINE_READ, LINE.types, |rows| &mut rows.lines).await?;
        page.add(tx, ids, IN_TILL_READ, IN_TILL.types, |rows| &mut rows.in_till).await?;
        page.add(tx, ids, JOURNAL_READ, JOURNAL.types, |rows| &mut rows.journal).await?;
        let debts = "SELECT DISTINCT s.payment_id, r.settled_fen, r.settled_until, r.cleared, r.id \
                     FROM settlement s JOIN receivable r ON r.id = s.receivable_id WHERE s.payment_id IN IDS($1)";
        page.add(tx, ids, debts, &["BIGINT", "TEXT", "BIGINT", "UUID"], |rows| &mut rows.debts).await?;
        Ok(page)
    }

    /// The first column says whose row it is.
    async fn add(
        &mut self,
        tx: &Tx,
        ids: &[Uuid],
        sql: &str,
        types: &[&str],
        part: fn(&mut Rows) -> &mut Vec<Vec<Param>>,
    ) -> Result<()> {
        for row in tx.rows(sql, params![List::Ids(ids.to_vec())]).await? {
            part(self.rows.entry(row.get(0)?).or_default()).push(encoded(&row, types)?);
        }
        Ok(())
    }
}

/// The columns after the first.
fn encoded(row: &Row, types: &[&str]) -> platform::Result<Vec<Param>> {
    let cell = |(at, declared): (usize, &&str)| {
        Ok(match declared.strip_suffix(" NULL").unwrap_or(declared) {
            "BIGINT" => Param::Integer(row.get(at)?),
            "UUID" => Param::Id(row.get(at)?),
            _ => Param::Text(row.get(at)?),
        })
    };
    (1..).zip(types).map(cell).collect()
}

pub async fn insert(tx: &Tx, rows: Rows) -> Result<()> {
    tx.insert(&PAYMENT, rows.payment).await?;
    tx.insert(&SHARE, rows.shares).await?;
    tx.insert(&SETTLEMENT, rows.settlements).await?;
    for debt in rows.debts {
        let sql = "UPDATE receivable SET settled_fen = $1, settled_until = $2, cleared = $3 WHERE id = $4";
        tx.run(sql, debt).await?;
    }
    tx.insert(&LINE, rows.lines).await?;
    tx.insert(&IN_TILL, rows.in_till).await?;
    tx.insert(&JOURNAL, rows.journal).await?;
    tx.insert(&KEY, rows.key).await?;
    Ok(())
}

/// The tills in which payments lie.
pub async fn tills(tx: &Tx) -> Result<Vec<Vec<Param>>> {
    let sql = "SELECT id, id, cashier, day, station, change_fen, opened_at, state FROM till";
    Ok(tx.rows(sql, params![]).await?.iter().map(|row| encoded(row, TILL.types)).collect::<platform::Result<_>>()?)
}

pub async fn open_tills(tx: &Tx, tills: Vec<Vec<Param>>) -> Result<()> {
    tx.insert(&TILL, tills).await?;
    Ok(())
}
