use kernel::id::Uuid;
use kernel::{Date, Month, Timestamp};
use platform::db::{Bulk, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{
    AccountOrder, AccountRow, AccountState, Chain, ChainOutcome, Correction, CorrectionState, Link, Pair, Sums, Wish,
};
use super::rules;
use crate::bill::{Draft, Marks, PricedDraft, Weight, last_columns};
use crate::run::RunScope;
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-23 correction",
    sql: "
CREATE TABLE correction (
  correction_no TEXT NOT NULL PRIMARY KEY,
  since TEXT NOT NULL,
  station TEXT NOT NULL,
  book TEXT NOT NULL,
  supply_no TEXT NOT NULL,
  tariff TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('trying', 'tried', 'approved', 'issuing', 'issued', 'withdrawn')),
  looked_at BIGINT NOT NULL,
  affected BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  bills BIGINT NOT NULL,
  before_fen BIGINT NOT NULL,
  after_fen BIGINT NOT NULL,
  digest TEXT NOT NULL,
  tried_by TEXT NOT NULL,
  tried_at TEXT NOT NULL,
  approved_by TEXT,
  approved_at TEXT,
  ended_by TEXT,
  ended_at TEXT
);
CREATE TABLE correction_account (
  correction_no TEXT NOT NULL REFERENCES correction (correction_no),
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  state TEXT NOT NULL CHECK (state IN ('ready', 'blocked', 'posted', 'changed')),
  revision BIGINT NOT NULL,
  last_cycle TEXT NOT NULL,
  last_sequence BIGINT NOT NULL,
  from_cycle TEXT,
  bills BIGINT NOT NULL,
  energy_before_wh BIGINT NOT NULL,
  energy_after_wh BIGINT NOT NULL,
  before_fen BIGINT NOT NULL,
  after_fen BIGINT NOT NULL,
  difference_fen BIGINT NOT NULL,
  findings TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (correction_no, usage_point_id)
);
CREATE INDEX correction_account_difference ON correction_account (correction_no, difference_fen);
CREATE TABLE correction_bill (
  correction_no TEXT NOT NULL,
  usage_point_id UUID NOT NULL,
  cycle TEXT NOT NULL,
  cancels TEXT NOT NULL REFERENCES bill (bill_no),
  sequence BIGINT NOT NULL,
  basis TEXT NOT NULL,
  tried_by TEXT NOT NULL,
  after_cycle TEXT NOT NULL,
  after_sequence BIGINT NOT NULL,
  findings TEXT NOT NULL,
  energy_wh BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  period_from TEXT NOT NULL,
  period_to TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version TEXT NOT NULL,
  document TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (correction_no, usage_point_id, cycle),
  FOREIGN KEY (correction_no, usage_point_id) REFERENCES correction_account (correction_no, usage_point_id)
)
",
};

pub async fn insert(tx: &Tx, of: &Correction) -> Result<()> {
    let sql = "INSERT INTO correction (correction_no, since, station, book, supply_no, tariff, reason, state, looked_at, affected, blocked, \
                 bills, before_fen, after_fen, digest, tried_by, tried_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, '', $9, $10)";
    let Wish { since, scope, tariff, reason } = &of.wish;
    let RunScope { station, book, supply_no } = scope;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let row = params![
        &of.correction_no,
        *since,
        text(station),
        text(book),
        text(supply_no),
        text(tariff),
        reason,
        of.state.word(),
        &of.tried_by,
        of.tried_at
    ];
    tx.run(sql, row).await.map(drop)
}

/// What changes after it was put on record, if its state was `was`.
pub async fn save(tx: &Tx, of: &Correction, was: CorrectionState) -> Result<bool> {
    let sql = "UPDATE correction SET state = $1, looked_at = $2, affected = $3, blocked = $4, bills = $5, before_fen = $6, after_fen = $7, \
                 digest = $8, tried_by = $9, tried_at = $10, approved_by = $11, approved_at = $12, ended_by = $13, ended_at = $14, reason = $15 \
               WHERE correction_no = $16 AND state = $17";
    let Sums { looked_at, affected, blocked, bills, before, after } = of.sums;
    let row = params![
        of.state.word(),
        looked_at,
        affected,
        blocked,
        bills,
        before,
        after,
        &of.digest,
        &of.tried_by,
        of.tried_at,
        of.approved_by.clone(),
        of.approved_at,
        of.ended_by.clone(),
        of.ended_at,
        &of.wish.reason,
        &of.correction_no,
        was.word()
    ];
    Ok(tx.run(sql, row).await? == 1)
}

fn correction(row: &Row) -> Result<Correction> {
    let part = |at: usize| Ok::<_, platform::Error>(Some(row.get::<String>(at)?).filter(|text| !text.is_empty()));
    Ok(Correction {
        correction_no: row.get(0)?,
        wish: Wish {
            since: row.get(1)?,
            scope: RunScope { station: part(2)?, book: part(3)?, supply_no: part(4)? },
            tariff: part(5)?,
            reason: row.get(6)?,
        },
        state: row.word(7, CorrectionState::from_word)?,
        sums: Sums {
            looked_at: row.get(8)?,
            affected: row.get(9)?,
            blocked: row.get(10)?,
            bills: row.get(11)?,
            before: row.get(12)?,
            after: row.get(13)?,
        },
        digest: row.get(14)?,
        tried_by: row.get(15)?,
        tried_at: row.get::<Timestamp>(16)?,
        approved_by: row.get(17)?,
        approved_at: row.get(18)?,
        ended_by: row.get(19)?,
        ended_at: row.get(20)?,
    })
}

pub async fn one(tx: &Tx, correction_no: &str) -> Result<Option<Correction>> {
    let sql = "SELECT correction_no, since, station, book, supply_no, tariff, reason, state, looked_at, affected, blocked, bills, before_fen, \
                 after_fen, digest, tried_by, tried_at, approved_by, approved_at, ended_by, ended_at FROM correction WHERE correction_no = $1";
    tx.row(sql, params![correction_no]).await?.as_ref().map(correction).transpose()
}

/// The one about the same bills that is not decided about yet.
pub async fn open_like(tx: &Tx, wish: &Wish) -> Result<Option<Correction>> {
    let sql = "SELECT correction_no, since, station, book, supply_no, tariff, reason, state, looked_at, affected, blocked, bills, before_fen, \
                 after_fen, digest, tried_by, tried_at, approved_by, approved_at, ended_by, ended_at FROM correction \
               WHERE since = $1 AND station = $2 AND book = $3 AND supply_no = $4 AND tariff = $5 AND state IN ('trying', 'tried', 'approved') \
               ORDER BY correction_no DESC LIMIT 1";
    let RunScope { station, book, supply_no } = wish.scope.clone();
    let text = Option::unwrap_or_default;
    let values = params![wish.since, text(station), text(book), text(supply_no), text(wish.tariff.clone())];
    tx.row(sql, values).await?.as_ref().map(correction).transpose()
}

/// Newest first, below the number `before`.
pub async fn page(tx: &Tx, stations: Option<Vec<String>>, before: Option<&str>, limit: u32) -> Result<Vec<Correction>> {
    let sql = "SELECT correction_no, since, station, book, supply_no, tariff, reason, state, looked_at, affected, blocked, bills, before_fen, \
                 after_fen, digest, tried_by, tried_at, approved_by, approved_at, ended_by, ended_at FROM correction \
               WHERE (CAST($1 AS TEXT) IS NULL OR correction_no < $1) AND (CAST($2 AS TEXT) IS NOT NULL OR station IN LIST($3)) \
               ORDER BY correction_no DESC LIMIT $4";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![before, everywhere, stations, limit]).await?.iter().map(correction).collect()
}

const ACCOUNTS: Bulk = Bulk {
    into: "correction_account (correction_no, usage_point_id, state, revision, last_cycle, last_sequence, from_cycle, bills, energy_before_wh, \
           energy_after_wh, before_fen, after_fen, difference_fen, findings, digest)",
    types: &[
        "TEXT",
        "UUID",
        "TEXT",
        "BIGINT",
        "TEXT",
        "BIGINT",
        "TEXT NULL",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "TEXT",
        "TEXT",
    ],
    then: "",
};

const BILLS: Bulk = Bulk {
    into: "correction_bill (correction_no, usage_point_id, cycle, cancels, sequence, basis, tried_by, after_cycle, after_sequence, findings, \
           energy_wh, amount_fen, period_from, period_to, tariff, tariff_version, document, digest)",
    types: &[
        "TEXT", "UUID", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT", "BIGINT", "TEXT",
        "TEXT", "TEXT", "TEXT", "TEXT", "TEXT",
    ],
    then: "",
};

/// Puts what was found of these accounts in the place of what an earlier trial had found.
pub async fn keep(tx: &Tx, correction_no: &str, points: &[UsagePointId], chains: &[Chain]) -> Result<()> {
    let of = || params![correction_no, ids(points)];
    tx.run("DELETE FROM correction_bill WHERE correction_no = $1 AND usage_point_id IN IDS($2)", of()).await?;
    tx.run("DELETE FROM correction_account WHERE correction_no = $1 AND usage_point_id IN IDS($2)", of()).await?;
    let (mut accounts, mut bills) = (Vec::new(), Vec::new());
    for chain in chains {
        let (state, from, links, findings) = match &chain.outcome {
            ChainOutcome::Same => continue,
            ChainOutcome::Blocked(cycle, findings) => (AccountState::Blocked, Some(*cycle), &[][..], findings.as_str()),
            ChainOutcome::Other(links) => {
                (AccountState::Ready, links.first().map(|link| link.draft.cycle), links.as_slice(), "[]")
            }
        };
        let (cycle, sequence) = last_columns(chain.last);
        let energy_before: kernel::Energy = links.iter().map(|link| link.energy_before).sum();
        let before: kernel::Money = links.iter().map(|link| link.before).sum();
        let (energy_after, after) = rules::after(links);
        accounts.push(params![
            correction_no,
            chain.usage_point.uuid(),
            state.word(),
            chain.revision,
            cycle,
            sequence,
            from,
            links.len() as i64,
            energy_before,
            energy_after,
            before,
            after,
            (after - before).fen().abs(),
            findings,
            rules::digest(links)
        ]);
        bills.extend(links.iter().filter_map(|link| bill_row(correction_no, link)));
    }
    tx.insert(&ACCOUNTS, accounts).await?;
    tx.insert(&BILLS, bills).await.map(drop)
}

fn bill_row(correction_no: &str, link: &Link) -> Option<Vec<platform::db::Param>> {
    let draft = &link.draft;
    let bill = draft.bill.as_ref()?;
    let (after_cycle, after_sequence) = last_columns(draft.after);
    Some(params![
        correction_no,
        draft.usage_point.uuid(),
        draft.cycle,
        &link.cancels,
        draft.sequence,
        &draft.basis,
        &draft.tried_by,
        after_cycle,
        after_sequence,
        &draft.findings,
        bill.energy,
        bill.amount,
        bill.period.from,
        bill.period.to,
        &bill.tariff,
        &bill.tariff_version,
        &bill.document,
        &bill.digest
    ])
}

/// What is to be done, in order of account: usage point and digest; those that are done too.
pub async fn digests(tx: &Tx, correction_no: &str, after: Uuid, limit: u32) -> Result<Vec<(Uuid, String)>> {
    let sql = "SELECT usage_point_id, digest FROM correction_account \
               WHERE correction_no = $1 AND usage_point_id > $2 AND state <> 'blocked' ORDER BY usage_point_id LIMIT $3";
    let rows = tx.rows(sql, params![correction_no, after, limit]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What the accounts come to; how many were looked at is not known from them.
pub async fn sums(tx: &Tx, correction_no: &str) -> Result<Sums> {
    let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'blocked' THEN 1 ELSE 0 END), 0) AS BIGINT), \
                 CAST(COALESCE(SUM(bills), 0) AS BIGINT), CAST(COALESCE(SUM(before_fen), 0) AS BIGINT), \
                 CAST(COALESCE(SUM(after_fen), 0) AS BIGINT) FROM correction_account WHERE correction_no = $1";
    let Some(row) = tx.row(sql, params![correction_no]).await? else { return Ok(Sums::default()) };
    let (all, blocked): (i64, i64) = (row.get(0)?, row.get(1)?);
    let (before, after) = (row.get(3)?, row.get(4)?);
    Ok(Sums { looked_at: 0, affected: all - blocked, blocked, bills: row.get(2)?, before, after })
}

/// How many accounts are in each state.
pub async fn counts(tx: &Tx, correction_no: &str) -> Result<Vec<(AccountState, i64)>> {
    let sql = "SELECT state, COUNT(*) FROM correction_account WHERE correction_no = $1 GROUP BY state ORDER BY state";
    let rows = tx.rows(sql, params![correction_no]).await?;
    rows.iter().map(|row| Ok((row.word(0, AccountState::from_word)?, row.get(1)?))).collect()
}

/// Where a page of accounts begins: after this difference in fen, regardless of sign, and this supply number.
pub type AccountMark = (i64, String);

pub async fn accounts(
    tx: &Tx,
    correction_no: &str,
    state: Option<AccountState>,
    order: AccountOrder,
    after: Option<AccountMark>,
    limit: u32,
) -> Result<Vec<AccountRow>> {
    let sql = match order {
        AccountOrder::Difference => {
            "SELECT a.usage_point_id, u.supply_no, c.name, u.station, a.state, a.bills, a.from_cycle, a.energy_before_wh, a.energy_after_wh, \
               a.before_fen, a.after_fen, a.findings \
             FROM correction_account a JOIN usage_point u ON u.id = a.usage_point_id JOIN customer c ON c.id = u.customer_id \
             WHERE a.correction_no = $1 AND (CAST($2 AS TEXT) IS NULL OR a.state = $2) \
               AND (a.difference_fen < $3 OR (a.difference_fen = $3 AND u.supply_no > $4)) \
             ORDER BY a.difference_fen DESC, u.supply_no LIMIT $5"
        }
        AccountOrder::SupplyNo => {
            "SELECT a.usage_point_id, u.supply_no, c.name, u.station, a.state, a.bills, a.from_cycle, a.energy_before_wh, a.energy_after_wh, \
               a.before_fen, a.after_fen, a.findings \
             FROM correction_account a JOIN usage_point u ON u.id = a.usage_point_id JOIN customer c ON c.id = u.customer_id \
             WHERE a.correction_no = $1 AND (CAST($2 AS TEXT) IS NULL OR a.state = $2) AND $3 = $3 AND u.supply_no > $4 \
             ORDER BY u.supply_no LIMIT $5"
        }
    };
    let (difference, supply_no) = after.unwrap_or((i64::MAX, String::new()));
    let values = params![correction_no, state.map(AccountState::word), difference, supply_no, limit];
    tx.rows(sql, values).await?.iter().map(account_row).collect()
}

pub async fn account(tx: &Tx, correction_no: &str, supply_no: &str) -> Result<Option<AccountRow>> {
    let sql = "SELECT a.usage_point_id, u.supply_no, c.name, u.station, a.state, a.bills, a.from_cycle, a.energy_before_wh, a.energy_after_wh, \
                 a.before_fen, a.after_fen, a.findings \
               FROM correction_account a JOIN usage_point u ON u.id = a.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE a.correction_no = $1 AND u.supply_no = $2";
    tx.row(sql, params![correction_no, supply_no]).await?.as_ref().map(account_row).transpose()
}

fn account_row(row: &Row) -> Result<AccountRow> {
    Ok(AccountRow {
        usage_point: row.get::<Uuid>(0)?.into(),
        supply_no: row.get(1)?,
        customer: row.get(2)?,
        station: row.get(3)?,
        state: row.word(4, AccountState::from_word)?,
        bills: row.get(5)?,
        from_cycle: row.get(6)?,
        energy_before: row.get(7)?,
        energy_after: row.get(8)?,
        before: row.get(9)?,
        after: row.get(10)?,
        findings: row.get(11)?,
    })
}

/// The bills of an account, each with the one that takes its place, oldest first.
pub async fn pairs(tx: &Tx, correction_no: &str, point: UsagePointId) -> Result<Vec<Pair>> {
    let sql = "SELECT c.cycle, c.cancels, o.document, c.document, n.bill_no FROM correction_bill c \
                 JOIN bill b ON b.bill_no = c.cancels \
                 JOIN bill_document o ON o.cycle = b.cycle AND o.usage_point_id = b.usage_point_id AND o.sequence = b.sequence \
                 LEFT JOIN bill n ON n.usage_point_id = c.usage_point_id AND n.cycle = c.cycle AND n.sequence = c.sequence AND n.kind = 'bill' \
                   AND n.replaces = c.cancels \
               WHERE c.correction_no = $1 AND c.usage_point_id IN IDS($2) ORDER BY c.cycle";
    let rows = tx.rows(sql, params![correction_no, ids(&[point])]).await?;
    rows.iter()
        .map(|row| {
            Ok(Pair {
                cycle: row.get(0)?,
                cancels: row.get(1)?,
                before: serde_json::from_str(&row.get::<String>(2)?)?,
                after: serde_json::from_str(&row.get::<String>(3)?)?,
                bill_no: row.get(4)?,
            })
        })
        .collect()
}

/// Accounts that are still to be done, as they were when they were tried; each with its links, oldest first.
pub async fn ready(tx: &Tx, correction_no: &str, limit: u32) -> Result<Vec<Chain>> {
    let sql = "SELECT usage_point_id, revision, last_cycle, last_sequence FROM correction_account \
               WHERE correction_no = $1 AND state = 'ready' ORDER BY usage_point_id LIMIT $2";
    let rows = tx.rows(sql, params![correction_no, limit]).await?;
    let last = |row: &Row, at: usize| -> Result<Option<(Month, i64)>> {
        let (cycle, sequence): (String, i64) = (row.get(at)?, row.get(at + 1)?);
        Ok(cycle.parse().ok().map(|cycle| (cycle, sequence)))
    };
    let mut chains = Vec::with_capacity(rows.len());
    for row in &rows {
        let outcome = ChainOutcome::Other(Vec::new());
        let usage_point = row.get::<Uuid>(0)?.into();
        chains.push(Chain { usage_point, revision: row.get(1)?, last: last(row, 2)?, outcome });
    }
    let points: Vec<UsagePointId> = chains.iter().map(|chain| chain.usage_point).collect();
    let sql = "SELECT c.usage_point_id, c.cycle, c.cancels, c.sequence, c.basis, c.tried_by, c.after_cycle, c.after_sequence, c.findings, \
                 c.energy_wh, c.amount_fen, c.period_from, c.period_to, c.tariff, c.tariff_version, c.document, c.digest, b.energy_wh, b.amount_fen \
               FROM correction_bill c JOIN bill b ON b.bill_no = c.cancels \
               WHERE c.correction_no = $1 AND c.usage_point_id IN IDS($2) ORDER BY c.usage_point_id, c.cycle";
    for row in tx.rows(sql, params![correction_no, ids(&points)]).await? {
        let usage_point: UsagePointId = row.get::<Uuid>(0)?.into();
        let chain = chains.iter_mut().find(|chain| chain.usage_point == usage_point);
        let Some(Chain { revision, outcome: ChainOutcome::Other(links), .. }) = chain else { continue };
        let document: String = row.get(15)?;
        let bill = PricedDraft {
            marks: Marks::read(&document)?,
            energy: row.get(9)?,
            amount: row.get(10)?,
            period: kernel::Period { from: row.get::<Date>(11)?, to: row.get(12)? },
            tariff: row.get(13)?,
            tariff_version: row.get(14)?,
            document,
            digest: row.get(16)?,
        };
        let draft = Draft {
            usage_point,
            cycle: row.get(1)?,
            sequence: row.get(3)?,
            revision: *revision,
            basis: row.get(4)?,
            tried_by: row.get(5)?,
            after: last(&row, 6)?,
            findings: row.get(8)?,
            doubts: Vec::new(),
            weight: Weight::default(),
            bill: Some(bill),
        };
        links.push(Link { cancels: row.get(2)?, energy_before: row.get(17)?, before: row.get(18)?, draft });
    }
    Ok(chains)
}

pub async fn mark(tx: &Tx, correction_no: &str, points: &[UsagePointId], state: AccountState) -> Result<()> {
    let sql = "UPDATE correction_account SET state = $1 WHERE correction_no = $2 AND usage_point_id IN IDS($3)";
    tx.run(sql, params![state.word(), correction_no, ids(points)]).await.map(drop)
}
