use std::collections::{HashMap, HashSet};

use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{InFull, Method, Payment, PaymentKind, PaymentState, Purpose, Reported, Share, ShareRow};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 payment",
    sql: "
CREATE TABLE payment (
  id UUID NOT NULL PRIMARY KEY,
  receipt_no TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'reversal', 'refund')),
  state TEXT NOT NULL CHECK (state IN ('taken', 'reversed', 'reversal')),
  reverses UUID UNIQUE REFERENCES payment (id),
  method TEXT NOT NULL CHECK (method IN ('cash', 'pos', 'cheque', 'voucher', 'transfer', 'wechat', 'alipay', 'bank-debit')),
  channel TEXT NOT NULL,
  reference TEXT,
  paid_at TEXT NOT NULL,
  booked_on TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen <> 0),
  tendered_fen BIGINT CHECK (tendered_fen >= amount_fen),
  cashier TEXT NOT NULL,
  station TEXT,
  bank TEXT,
  instrument TEXT,
  reason TEXT,
  prints BIGINT NOT NULL,
  UNIQUE (reference, channel),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL) AND (kind = 'reversal') = (state = 'reversal'))
);
CREATE INDEX payment_day ON payment (booked_on, cashier);
CREATE UNIQUE INDEX payment_instrument ON payment (instrument, bank, method) WHERE kind = 'payment' AND state = 'taken' AND method IN ('cheque', 'voucher');
CREATE TABLE payment_share (
  payment_id UUID NOT NULL REFERENCES payment (id),
  line_no BIGINT NOT NULL,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  receivable_id UUID REFERENCES receivable (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('debt', 'late-charge', 'prepayment')),
  amount_fen BIGINT NOT NULL CHECK (amount_fen <> 0),
  PRIMARY KEY (payment_id, line_no),
  CHECK ((purpose = 'prepayment') = (receivable_id IS NULL))
);
CREATE INDEX payment_share_point ON payment_share (usage_point_id)
",
};

const PAYMENTS: Bulk = Bulk {
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

const SHARES: Bulk = Bulk {
    into: "payment_share (payment_id, line_no, usage_point_id, receivable_id, purpose, amount_fen)",
    types: &["UUID", "BIGINT", "UUID", "UUID NULL", "TEXT", "BIGINT"],
    then: "",
};

pub fn insert(tx: &Tx, payments: &[Payment], shares: &[Share]) {
    let rows = payments.iter().map(|p| {
        params![
            p.id,
            &p.receipt_no,
            p.kind.word(),
            p.state.word(),
            p.reverses,
            p.method.word(),
            &p.channel,
            p.reference.clone(),
            p.paid_at,
            p.booked_on,
            p.amount,
            p.tendered.map(Money::fen),
            &p.cashier,
            p.station.clone(),
            p.bank.clone(),
            p.instrument.clone(),
            p.reason.clone(),
            p.prints
        ]
    });
    tx.insert_soon(&PAYMENTS, rows.collect());
    let rows = shares
        .iter()
        .map(|s| params![s.payment, s.line_no, s.usage_point.uuid(), s.receivable, s.purpose.word(), s.amount]);
    tx.insert_soon(&SHARES, rows.collect());
}

fn payment(row: &Row) -> Result<Payment> {
    let tendered: Option<i64> = row.get(11)?;
    Ok(Payment {
        id: row.get(0)?,
        receipt_no: row.get(1)?,
        kind: row.word(2, PaymentKind::from_word)?,
        state: row.word(3, PaymentState::from_word)?,
        reverses: row.get(4)?,
        method: row.word(5, Method::from_word)?,
        channel: row.get(6)?,
        reference: row.get(7)?,
        paid_at: row.get(8)?,
        booked_on: row.get(9)?,
        amount: row.get(10)?,
        tendered: tendered.map(Money::from_fen),
        cashier: row.get(12)?,
        station: row.get(13)?,
        bank: row.get(14)?,
        instrument: row.get(15)?,
        reason: row.get(16)?,
        prints: row.get(17)?,
    })
}

/// Who may see which payments: everybody his own, and those of his stations' tills and accounts.
#[derive(Debug, Clone)]
pub struct Seen {
    pub me: String,
    /// None: all.
    pub stations: Option<Vec<String>>,
}

/// What a list is limited to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub booked_on: Option<Date>,
    pub cashier: Option<String>,
    pub supply_no: Option<String>,
    pub channel: Option<String>,
}

/// A page, the newest first: by receipt number, which begins with the day.
pub async fn page(tx: &Tx, seen: &Seen, filter: &Filter, before: Option<&str>, limit: u32) -> Result<Vec<Payment>> {
    let sql = "SELECT p.id, p.receipt_no, p.kind, p.state, p.reverses, p.method, p.channel, p.reference, p.paid_at, p.booked_on, p.amount_fen, \
                      p.tendered_fen, p.cashier, p.station, p.bank, p.instrument, p.reason, p.prints FROM payment p \
               WHERE (CAST($1 AS TEXT) IS NULL OR p.receipt_no < $1) AND (CAST($2 AS TEXT) IS NULL OR p.booked_on = $2) \
                 AND (CAST($3 AS TEXT) IS NULL OR p.cashier = $3) AND (CAST($4 AS TEXT) IS NULL OR p.channel = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR p.id IN (SELECT s.payment_id FROM payment_share s JOIN usage_point u ON u.id = s.usage_point_id \
                                                           WHERE u.supply_no = $5)) \
                 AND (CAST($6 AS TEXT) IS NOT NULL OR p.cashier = $7 OR p.station IN LIST($8) \
                      OR EXISTS (SELECT 1 FROM payment_share s JOIN usage_point u ON u.id = s.usage_point_id \
                                 WHERE s.payment_id = p.id AND u.station IN LIST($8))) \
               ORDER BY p.receipt_no DESC LIMIT $9";
    let (everywhere, stations) = reach(seen.stations.as_deref());
    let Filter { booked_on, cashier, supply_no, channel } = filter.clone();
    let values = params![before, booked_on, cashier, channel, supply_no, everywhere, &seen.me, stations, limit];
    tx.rows(sql, values).await?.iter().map(payment).collect()
}

/// Payments in order of receipt number, those booked from `from` to `to`; for export.
pub async fn in_order(tx: &Tx, from: &str, to: &str, after: &str, limit: u32) -> Result<Vec<Payment>> {
    let sql = "SELECT id, receipt_no, kind, state, reverses, method, channel, reference, paid_at, booked_on, amount_fen, tendered_fen, cashier, \
                      station, bank, instrument, reason, prints FROM payment \
               WHERE booked_on BETWEEN $1 AND $2 AND receipt_no > $3 ORDER BY receipt_no LIMIT $4";
    tx.rows(sql, params![from, to, after, limit]).await?.iter().map(payment).collect()
}

/// Payments by receipt number, from `first` to `last`.
pub async fn between(tx: &Tx, first: &str, last: &str) -> Result<Vec<Payment>> {
    let sql = "SELECT id, receipt_no, kind, state, reverses, method, channel, reference, paid_at, booked_on, amount_fen, tendered_fen, cashier, \
                      station, bank, instrument, reason, prints FROM payment WHERE receipt_no BETWEEN $1 AND $2 ORDER BY receipt_no";
    tx.rows(sql, params![first, last]).await?.iter().map(payment).collect()
}

pub async fn by_receipt(tx: &Tx, receipt_no: &str) -> Result<Option<Payment>> {
    Ok(between(tx, receipt_no, receipt_no).await?.pop())
}

/// The receipt numbers of what these payments reverse, and of what reversed them.
pub async fn reversals(tx: &Tx, payments: &[Payment]) -> Result<(HashMap<Uuid, String>, HashMap<Uuid, String>)> {
    let ids = List::Ids(payments.iter().map(|payment| payment.id).collect());
    let sql = "SELECT o.id, o.receipt_no, r.id, r.receipt_no FROM payment r JOIN payment o ON o.id = r.reverses \
               WHERE r.id IN IDS($1) OR r.reverses IN IDS($1)";
    let (mut reverses, mut reversed_by) = (HashMap::new(), HashMap::new());
    for row in tx.rows(sql, params![ids]).await? {
        reverses.insert(row.get(2)?, row.get(1)?);
        reversed_by.insert(row.get(0)?, row.get(3)?);
    }
    Ok((reverses, reversed_by))
}

/// The shares of payments, in order.
pub async fn shares(tx: &Tx, payments: &[Uuid]) -> Result<Vec<ShareRow>> {
    let sql = "SELECT s.payment_id, s.line_no, s.usage_point_id, s.receivable_id, s.purpose, s.amount_fen, u.supply_no, c.name, r.bill_no, b.cycle \
               FROM payment_share s JOIN usage_point u ON u.id = s.usage_point_id JOIN customer c ON c.id = u.customer_id \
                 LEFT JOIN receivable r ON r.id = s.receivable_id LEFT JOIN bill b ON b.bill_no = r.bill_no \
               WHERE s.payment_id IN IDS($1) ORDER BY s.payment_id, s.line_no";
    let rows = tx.rows(sql, params![List::Ids(payments.to_vec())]).await?;
    rows.iter()
        .map(|row| {
            let share = Share {
                payment: row.get(0)?,
                line_no: row.get(1)?,
                usage_point: row.get::<Uuid>(2)?.into(),
                receivable: row.get(3)?,
                purpose: row.word(4, Purpose::from_word)?,
                amount: row.get(5)?,
            };
            Ok(ShareRow { share, supply_no: row.get(6)?, name: row.get(7)?, bill_no: row.get(8)?, cycle: row.get(9)? })
        })
        .collect()
}

/// Puts payments and their shares together.
pub async fn in_full(tx: &Tx, payments: Vec<Payment>) -> Result<Vec<InFull>> {
    let (mut reverses, mut reversed_by) = reversals(tx, &payments).await?;
    let mut by_payment: HashMap<Uuid, Vec<ShareRow>> = HashMap::new();
    for row in shares(tx, &payments.iter().map(|payment| payment.id).collect::<Vec<_>>()).await? {
        by_payment.entry(row.share.payment).or_default().push(row);
    }
    let full = payments.into_iter().map(|payment| InFull {
        shares: by_payment.remove(&payment.id).unwrap_or_default(),
        reverses: reverses.remove(&payment.id),
        reversed_by: reversed_by.remove(&payment.id),
        payment,
    });
    Ok(full.collect())
}

pub async fn mark_reversed(tx: &Tx, payment: Uuid) -> Result<u64> {
    tx.run("UPDATE payment SET state = 'reversed' WHERE id = $1 AND state = 'taken'", params![payment]).await
}

pub async fn count_print(tx: &Tx, payment: Uuid) -> Result<i64> {
    let sql = "UPDATE payment SET prints = prints + 1 WHERE id = $1 RETURNING prints";
    tx.row(sql, params![payment]).await?.map_or(Ok(0), |row| row.get(0))
}

/// The receipt for which a cheque or voucher of a bank was taken already.
pub async fn with_instrument(tx: &Tx, method: Method, bank: &str, instrument: &str) -> Result<Option<String>> {
    let sql = "SELECT receipt_no FROM payment WHERE method = $1 AND bank = $2 AND instrument = $3 AND kind = 'payment' AND state = 'taken'";
    tx.row(sql, params![method.word(), bank, instrument]).await?.map(|row| row.get(0)).transpose()
}

/// What is on record under these references, of any channel.
pub async fn reported(tx: &Tx, references: Vec<String>) -> Result<Vec<Reported>> {
    let sql = "SELECT p.channel, p.reference, u.supply_no, p.paid_at, p.amount_fen, p.method \
               FROM payment p JOIN payment_share s ON s.payment_id = p.id AND s.line_no = 1 JOIN usage_point u ON u.id = s.usage_point_id \
               WHERE p.reference IN LIST($1)";
    let rows = tx.rows(sql, params![List::Texts(references)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Reported {
                channel: row.get(0)?,
                reference: row.get(1)?,
                supply_no: row.get(2)?,
                paid_at: row.get(3)?,
                amount: row.get(4)?,
                method: row.word(5, Method::from_word)?,
            })
        })
        .collect()
}

/// Recomputes the invariants of payments; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT p.receipt_no FROM payment p LEFT JOIN (SELECT payment_id, SUM(amount_fen) AS fen FROM payment_share GROUP BY payment_id) s \
             ON s.payment_id = p.id WHERE p.amount_fen <> COALESCE(s.fen, 0) ORDER BY p.receipt_no LIMIT 100",
            "a payment is not the sum of its shares: receipt",
        ),
        (
            "SELECT p.receipt_no FROM payment p LEFT JOIN (SELECT receipt_no, account, SUM(amount_fen) AS fen FROM ledger_line \
               WHERE receipt_no IS NOT NULL AND account LIKE 'money:%' GROUP BY receipt_no, account) l \
             ON l.receipt_no = p.receipt_no AND l.account = CASE WHEN p.kind = 'refund' OR (p.kind = 'reversal' AND p.amount_fen > 0) \
               THEN 'money:expenditure' ELSE 'money:' || p.method END WHERE p.amount_fen <> COALESCE(l.fen, 0) ORDER BY p.receipt_no LIMIT 100",
            "the ledger does not have the money of a payment: receipt",
        ),
        (
            "SELECT x.receipt_no FROM (SELECT p.receipt_no AS receipt_no, s.usage_point_id AS point, \
                 CASE s.purpose WHEN 'debt' THEN 'receivable' ELSE s.purpose END AS account, s.amount_fen AS fen \
               FROM payment_share s JOIN payment p ON p.id = s.payment_id \
               UNION ALL SELECT l.receipt_no, l.usage_point_id, l.account, l.amount_fen FROM ledger_line l \
               WHERE l.receipt_no IS NOT NULL AND l.account NOT LIKE 'money:%') x \
             GROUP BY x.receipt_no, x.point, x.account HAVING SUM(x.fen) <> 0 ORDER BY x.receipt_no LIMIT 100",
            "the shares of a payment and its ledger entry differ: receipt",
        ),
        (
            "SELECT x.receipt_no FROM (SELECT p.receipt_no AS receipt_no, s.receivable_id AS item, s.purpose AS what, s.amount_fen AS fen \
               FROM payment_share s JOIN payment p ON p.id = s.payment_id WHERE s.purpose <> 'prepayment' \
               UNION ALL SELECT p.receipt_no, t.receivable_id, t.settles, -t.amount_fen FROM settlement t JOIN payment p ON p.id = t.payment_id) x \
             GROUP BY x.receipt_no, x.item, x.what HAVING SUM(x.fen) <> 0 ORDER BY x.receipt_no LIMIT 100",
            "the shares of a payment and what it settled differ: receipt",
        ),
        (
            "SELECT DISTINCT l.receipt_no FROM ledger_line l WHERE l.receipt_no IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.receipt_no = l.receipt_no) ORDER BY l.receipt_no LIMIT 100",
            "the ledger has an entry of a payment that is gone: receipt",
        ),
        (
            "SELECT p.receipt_no FROM payment p LEFT JOIN payment r ON r.reverses = p.id \
             WHERE (p.state = 'reversed') <> (r.id IS NOT NULL) OR p.amount_fen + COALESCE(r.amount_fen, -p.amount_fen) <> 0 \
             ORDER BY p.receipt_no LIMIT 100",
            "a payment and its reversal do not agree: receipt",
        ),
    ];
    let mut differences = Vec::new();
    let mut told = HashSet::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            let difference = format!("{sentence} {}", row.get::<String>(0)?);
            if told.insert(difference.clone()) {
                differences.push(difference);
            }
        }
    }
    Ok(differences)
}
