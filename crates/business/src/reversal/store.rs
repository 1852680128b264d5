use kernel::id::Uuid;
use platform::db::{Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{Request, RequestKind, RequestState};
use crate::payment::{Method, Seen};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 payment request",
    sql: "
CREATE TABLE payment_request (
  request_no TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('reversal', 'refund')),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn')),
  payment_id UUID REFERENCES payment (id),
  usage_point_id UUID REFERENCES usage_point (id),
  method TEXT NOT NULL,
  instrument TEXT,
  amount_fen BIGINT NOT NULL,
  station TEXT,
  reason TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  decided_by TEXT,
  decided_at TEXT,
  decision TEXT,
  outcome_id UUID REFERENCES payment (id),
  CHECK ((kind = 'reversal') = (payment_id IS NOT NULL) AND (kind = 'refund') = (usage_point_id IS NOT NULL))
);
CREATE UNIQUE INDEX payment_request_open ON payment_request (payment_id) WHERE state = 'waiting' AND payment_id IS NOT NULL;
CREATE INDEX payment_request_waiting ON payment_request (state, request_no)
",
};

pub async fn insert(tx: &Tx, request: &Request, payment: Option<Uuid>, point: Option<Uuid>) -> Result<()> {
    let sql = "INSERT INTO payment_request (request_no, kind, state, payment_id, usage_point_id, method, instrument, amount_fen, station, reason, \
                 asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let r = request;
    let values = params![
        &r.request_no,
        r.kind.word(),
        r.state.word(),
        payment,
        point,
        r.method.word(),
        r.instrument.clone(),
        r.amount,
        r.station.clone(),
        &r.reason,
        &r.asked_by,
        r.asked_at
    ];
    tx.run(sql, values).await.map(drop)
}

/// Closes a request that still waits; tells whether it did.
pub async fn decide(tx: &Tx, request: &Request, outcome: Option<Uuid>) -> Result<bool> {
    let sql = "UPDATE payment_request SET state = $1, decided_by = $2, decided_at = $3, decision = $4, outcome_id = $5 \
               WHERE request_no = $6 AND state = 'waiting'";
    let r = request;
    let values =
        params![r.state.word(), r.decided_by.clone(), r.decided_at, r.decision.clone(), outcome, &r.request_no];
    Ok(tx.run(sql, values).await? == 1)
}

fn request(row: &Row) -> Result<Request> {
    Ok(Request {
        request_no: row.get(0)?,
        kind: row.word(1, RequestKind::from_word)?,
        state: row.word(2, RequestState::from_word)?,
        receipt_no: row.get(3)?,
        supply_no: row.get(4)?,
        method: row.word(5, Method::from_word)?,
        instrument: row.get(6)?,
        amount: row.get(7)?,
        station: row.get(8)?,
        reason: row.get(9)?,
        asked_by: row.get(10)?,
        asked_at: row.get(11)?,
        decided_by: row.get(12)?,
        decided_at: row.get(13)?,
        decision: row.get(14)?,
        outcome: row.get(15)?,
    })
}

/// Requests, the newest first: those of a state or all, asked by `seen.me` or at one of his stations.
pub async fn page(
    tx: &Tx,
    seen: &Seen,
    state: Option<RequestState>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Request>> {
    let sql = "SELECT q.request_no, q.kind, q.state, p.receipt_no, u.supply_no, q.method, q.instrument, q.amount_fen, q.station, q.reason, q.asked_by, \
                      q.asked_at, q.decided_by, q.decided_at, q.decision, o.receipt_no \
               FROM payment_request q LEFT JOIN payment p ON p.id = q.payment_id LEFT JOIN payment o ON o.id = q.outcome_id \
                 LEFT JOIN usage_point u ON u.id = q.usage_point_id \
               WHERE (CAST($1 AS TEXT) IS NULL OR q.request_no < $1) AND (CAST($2 AS TEXT) IS NULL OR q.state = $2) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR q.asked_by = $4 OR q.station IN LIST($5)) ORDER BY q.request_no DESC LIMIT $6";
    let (everywhere, stations) = reach(seen.stations.as_deref());
    let values = params![before, state.map(RequestState::word), everywhere, &seen.me, stations, limit];
    tx.rows(sql, values).await?.iter().map(request).collect()
}

pub async fn one(tx: &Tx, request_no: &str) -> Result<Option<Request>> {
    let sql = "SELECT q.request_no, q.kind, q.state, p.receipt_no, u.supply_no, q.method, q.instrument, q.amount_fen, q.station, q.reason, q.asked_by, \
                      q.asked_at, q.decided_by, q.decided_at, q.decision, o.receipt_no \
               FROM payment_request q LEFT JOIN payment p ON p.id = q.payment_id LEFT JOIN payment o ON o.id = q.outcome_id \
                 LEFT JOIN usage_point u ON u.id = q.usage_point_id WHERE q.request_no = $1";
    tx.row(sql, params![request_no]).await?.as_ref().map(request).transpose()
}

/// The request that waits for the reversal of a payment.
pub async fn waiting_for(tx: &Tx, payment: Uuid) -> Result<Option<String>> {
    let sql = "SELECT request_no FROM payment_request WHERE payment_id = $1 AND state = 'waiting'";
    tx.row(sql, params![payment]).await?.map(|row| row.get(0)).transpose()
}
