use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Date, Month, Period};
use platform::db::{Bulk, List, Migration, Row, reach};
use platform::{Fault, Result, Tx, params};

use super::Ready;
use super::model::{Bill, BillDocument, BillStatus, Draft, Marks, PastBill, Position};
use crate::supply::{UsagePointId, ids};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-11 bill",
    sql: "
CREATE TABLE bill_document (
  cycle TEXT NOT NULL,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  sequence BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  basis TEXT NOT NULL,
  tried_by TEXT NOT NULL,
  after_cycle TEXT NOT NULL,
  after_sequence BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'blocked')),
  findings TEXT NOT NULL,
  energy_wh BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  period_from TEXT,
  period_to TEXT,
  tariff TEXT,
  tariff_version TEXT,
  document TEXT,
  digest TEXT,
  PRIMARY KEY (cycle, usage_point_id, sequence),
  CHECK (state = 'blocked' OR (document IS NOT NULL AND digest IS NOT NULL))
);
CREATE TABLE bill (
  bill_no TEXT NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  cycle TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('bill', 'reversal')),
  status TEXT NOT NULL CHECK (status IN ('issued', 'cancelled', 'reversal')),
  energy_wh BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  issued_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  replaces TEXT REFERENCES bill (bill_no),
  UNIQUE (usage_point_id, cycle, sequence, kind),
  FOREIGN KEY (cycle, usage_point_id, sequence) REFERENCES bill_document (cycle, usage_point_id, sequence)
);
CREATE TABLE billing_position (
  usage_point_id UUID NOT NULL PRIMARY KEY REFERENCES usage_point (id),
  last_cycle TEXT NOT NULL,
  last_sequence BIGINT NOT NULL,
  year BIGINT NOT NULL,
  billed_in_year_wh BIGINT NOT NULL
);
CREATE TABLE number_series (
  name TEXT NOT NULL PRIMARY KEY,
  next BIGINT NOT NULL
)
",
};

/// How soon a person should look at a draft, kept so that the gravest come first.
pub const WEIGHTS: Migration = Migration {
    name: "2026-11-22 bill weights",
    sql: "
ALTER TABLE bill_document ADD COLUMN doubts TEXT NOT NULL DEFAULT '';
ALTER TABLE bill_document ADD COLUMN likelihood BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bill_document ADD COLUMN stake_fen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bill_document ADD COLUMN weight BIGINT NOT NULL DEFAULT 0;
CREATE INDEX bill_document_doubtful ON bill_document (cycle, weight) WHERE doubts <> '';
CREATE INDEX bill_of_cycle ON bill (cycle, status)
",
};

/// Of what was issued before, the tax is in the entry of each bill.
pub const TAX: Migration = Migration {
    name: "2026-11-22 bill tax",
    sql: "
ALTER TABLE bill ADD COLUMN output_tax_fen BIGINT NOT NULL DEFAULT 0;
UPDATE bill SET output_tax_fen = COALESCE((SELECT -SUM(t.amount_fen) FROM ledger_line r
  JOIN ledger_line t ON t.entry_id = r.entry_id AND t.account = 'output-tax'
  WHERE r.bill_no = bill.bill_no AND r.account = 'receivable' AND r.kind IN ('bill', 'reversal')), 0)
",
};

/// What later bills are compared with; unknown of what was tried before.
pub const MARKS: Migration = Migration {
    name: "2026-11-23 bill marks",
    sql: "
ALTER TABLE bill_document ADD COLUMN tier BIGINT;
ALTER TABLE bill_document ADD COLUMN surcharge_fen BIGINT;
ALTER TABLE bill_document ADD COLUMN adjustment_fen BIGINT;
ALTER TABLE bill_document ADD COLUMN excess_fen BIGINT;
ALTER TABLE bill_document ADD COLUMN estimated BIGINT
",
};

/// A position from four columns, the first at `at`, as stored: an account without a standing bill has an empty cycle.
pub fn position_of(row: &Row, at: usize) -> Result<Position> {
    let cycle: Option<String> = row.get(at)?;
    let sequence: Option<i64> = row.get(at + 1)?;
    let last = match (cycle.as_deref(), sequence) {
        (None | Some(""), _) | (_, None) => None,
        (Some(cycle), Some(sequence)) => Some((
            cycle.parse::<Month>().map_err(|_| Fault::impossible(format!("a position in the cycle {cycle}")))?,
            sequence,
        )),
    };
    let year = i16::try_from(row.get::<Option<i64>>(at + 2)?.unwrap_or(0)).unwrap_or(0);
    let billed_in_year = kernel::Energy::from_wh(row.get::<Option<i64>>(at + 3)?.unwrap_or(0));
    Ok(Position { last, year, billed_in_year })
}

pub async fn position(tx: &Tx, point: UsagePointId) -> Result<Position> {
    let sql =
        "SELECT last_cycle, last_sequence, year, billed_in_year_wh FROM billing_position WHERE usage_point_id = $1";
    tx.row(sql, params![point.uuid()]).await?.map_or(Ok(Position::default()), |row| position_of(&row, 0))
}

pub async fn positions(tx: &Tx, after: Uuid, limit: u32) -> Result<Vec<(UsagePointId, Position)>> {
    let sql = "SELECT usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh FROM billing_position \
               WHERE usage_point_id > $1 ORDER BY usage_point_id LIMIT $2";
    let rows = tx.rows(sql, params![after, limit]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), position_of(row, 1)?))).collect()
}

const POSITIONS: Bulk = Bulk {
    into: "billing_position (usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh)",
    types: &["UUID", "TEXT", "BIGINT", "BIGINT", "BIGINT"],
    then: "ON CONFLICT (usage_point_id) DO UPDATE SET last_cycle = excluded.last_cycle, last_sequence = excluded.last_sequence, \
           year = excluded.year, billed_in_year_wh = excluded.billed_in_year_wh",
};

pub async fn set_positions(tx: &Tx, positions: &[(UsagePointId, Position)]) -> Result<()> {
    let rows = positions.iter().map(|(point, position)| {
        let (cycle, sequence) = last_columns(position.last);
        params![point.uuid(), cycle, sequence, i64::from(position.year), position.billed_in_year]
    });
    tx.insert(&POSITIONS, rows.collect()).await.map(drop)
}

/// An account's last bill as two columns; none is an empty cycle.
pub fn last_columns(last: Option<(Month, i64)>) -> (String, i64) {
    last.map_or((String::new(), 0), |(cycle, sequence)| (cycle.to_string(), sequence))
}

pub async fn standings(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, (Position, BillDocument)>> {
    let sql = "SELECT p.usage_point_id, p.last_cycle, p.last_sequence, p.year, p.billed_in_year_wh, d.document \
               FROM billing_position p JOIN bill_document d \
                 ON d.cycle = p.last_cycle AND d.usage_point_id = p.usage_point_id AND d.sequence = p.last_sequence \
               WHERE p.usage_point_id IN IDS($1)";
    let mut standings = HashMap::with_capacity(points.len());
    for row in tx.rows(sql, params![ids(points)]).await? {
        let document = serde_json::from_str(&row.get::<String>(5)?)?;
        standings.insert(row.get::<Uuid>(0)?.into(), (position_of(&row, 1)?, document));
    }
    Ok(standings)
}

pub async fn billed_to(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Date>> {
    let sql = "SELECT p.usage_point_id, d.period_to FROM billing_position p JOIN bill_document d \
                 ON d.cycle = p.last_cycle AND d.usage_point_id = p.usage_point_id AND d.sequence = p.last_sequence \
               WHERE p.usage_point_id IN IDS($1)";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

pub async fn sequences(tx: &Tx, points: &[UsagePointId], cycle: Month) -> Result<HashMap<UsagePointId, i64>> {
    let sql = "SELECT usage_point_id, MAX(sequence) FROM bill WHERE usage_point_id IN IDS($1) AND cycle = $2 GROUP BY usage_point_id";
    let rows = tx.rows(sql, params![ids(points), cycle]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

const DRAFTS: Bulk = Bulk {
    into: "bill_document (cycle, usage_point_id, sequence, revision, basis, tried_by, after_cycle, after_sequence, state, findings, energy_wh, \
           amount_fen, period_from, period_to, tariff, tariff_version, document, digest, doubts, likelihood, stake_fen, weight, tier, surcharge_fen, adjustment_fen, \
           excess_fen, estimated)",
    types: &[
        "TEXT",
        "UUID",
        "BIGINT",
        "BIGINT",
        "TEXT",
        "TEXT",
        "TEXT",
        "BIGINT",
        "TEXT",
        "TEXT",
        "BIGINT",
        "BIGINT",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT NULL",
        "TEXT",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "BIGINT NULL",
        "BIGINT NULL",
        "BIGINT NULL",
        "BIGINT NULL",
        "BIGINT NULL",
    ],
    then: "ON CONFLICT (cycle, usage_point_id, sequence) DO UPDATE SET revision = excluded.revision, basis = excluded.basis, tried_by = excluded.tried_by, \
           after_cycle = excluded.after_cycle, after_sequence = excluded.after_sequence, state = excluded.state, \
           findings = excluded.findings, energy_wh = excluded.energy_wh, amount_fen = excluded.amount_fen, \
           period_from = excluded.period_from, period_to = excluded.period_to, tariff = excluded.tariff, \
           tariff_version = excluded.tariff_version, document = excluded.document, digest = excluded.digest, \
           doubts = excluded.doubts, likelihood = excluded.likelihood, stake_fen = excluded.stake_fen, weight = excluded.weight, \
           tier = excluded.tier, surcharge_fen = excluded.surcharge_fen, adjustment_fen = excluded.adjustment_fen, \
           excess_fen = excluded.excess_fen, estimated = excluded.estimated \
           WHERE NOT EXISTS (SELECT 1 FROM bill b WHERE b.cycle = excluded.cycle AND b.usage_point_id = excluded.usage_point_id \
                             AND b.sequence = excluded.sequence)",
};

pub async fn upsert_drafts(tx: &Tx, drafts: &[Draft]) -> Result<()> {
    let rows = drafts.iter().map(|draft| {
        let (after_cycle, after_sequence) = last_columns(draft.after);
        let state = if draft.bill.is_some() { "ready" } else { "blocked" };
        let bill = draft.bill.as_ref();
        let marks = bill.map(|bill| bill.marks);
        params![
            draft.cycle,
            draft.usage_point.uuid(),
            draft.sequence,
            draft.revision,
            &draft.basis,
            &draft.tried_by,
            after_cycle,
            after_sequence,
            state,
            &draft.findings,
            bill.map_or(0, |bill| bill.energy.wh()),
            bill.map_or(0, |bill| bill.amount.fen()),
            bill.map(|bill| bill.period.from),
            bill.map(|bill| bill.period.to),
            bill.map(|bill| bill.tariff.clone()),
            bill.map(|bill| bill.tariff_version.clone()),
            bill.map(|bill| bill.document.clone()),
            bill.map(|bill| bill.digest.clone()),
            between_commas(&draft.doubts),
            draft.weight.likelihood,
            draft.weight.stake,
            draft.weight.product(),
            marks.map(|marks| marks.tier),
            marks.map(|marks| marks.surcharge.fen()),
            marks.map(|marks| marks.adjustment.fen()),
            marks.map(|marks| marks.excess.fen()),
            marks.map(|marks| i64::from(marks.is_estimated))
        ]
    });
    tx.insert(&DRAFTS, rows.collect()).await.map(drop)
}

pub async fn count_drafts_anew(tx: &Tx) -> Result<()> {
    tx.count_anew("bill_document").await
}

/// A draft that is ready to be posted, as it was kept.
#[derive(Debug)]
pub struct Kept {
    pub usage_point: UsagePointId,
    pub sequence: i64,
    pub standing: Standing,
    pub tariff_version: String,
    pub document: String,
    pub digest: String,
    pub is_doubtful: bool,
}

/// What a draft was computed from, and what must be so still when it is posted: the account's revision, and its last
/// bill as two columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    pub revision: i64,
    pub last_cycle: String,
    pub last_sequence: i64,
}

impl Standing {
    fn of(row: &Row, at: usize) -> Result<Standing> {
        Ok(Standing { revision: row.get(at)?, last_cycle: row.get(at + 1)?, last_sequence: row.get(at + 2)? })
    }
}

/// Ready drafts of these accounts by the rules of `basis`, in order of account; some of them may be issued.
pub async fn ready_drafts(tx: &Tx, points: &[UsagePointId], cycle: Month, basis: &str) -> Result<Vec<Kept>> {
    let sql = "SELECT usage_point_id, sequence, revision, after_cycle, after_sequence, tariff_version, document, digest, doubts FROM bill_document \
               WHERE cycle = $1 AND usage_point_id IN IDS($2) AND state = 'ready' AND basis = $3 ORDER BY usage_point_id, sequence";
    let rows = tx.rows(sql, params![cycle, ids(points), basis]).await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                usage_point: row.get::<Uuid>(0)?.into(),
                sequence: row.get(1)?,
                standing: Standing::of(row, 2)?,
                tariff_version: row.get(5)?,
                document: row.get(6)?,
                digest: row.get(7)?,
                is_doubtful: !row.get::<String>(8)?.is_empty(),
            })
        })
        .collect()
}

/// How these accounts stand now, and at which station.
pub async fn now_standing(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, (Standing, String)>> {
    let sql = "SELECT u.id, u.revision, COALESCE(p.last_cycle, ''), COALESCE(p.last_sequence, 0), u.station \
               FROM usage_point u LEFT JOIN billing_position p ON p.usage_point_id = u.id WHERE u.id IN IDS($1)";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), (Standing::of(row, 1)?, row.get(4)?)))).collect()
}

/// `,missing,spike,`, so that one word is found by its commas.
pub fn between_commas(words: &[&str]) -> String {
    if words.is_empty() { String::new() } else { format!(",{},", words.join(",")) }
}

pub async fn past(
    tx: &Tx,
    points: &[UsagePointId],
    from: Month,
    before: Month,
) -> Result<HashMap<UsagePointId, Vec<PastBill>>> {
    let sql = "SELECT b.usage_point_id, b.cycle, b.energy_wh, b.amount_fen, d.period_from, d.period_to, \
                 d.tier, d.surcharge_fen, d.adjustment_fen, d.excess_fen, d.estimated FROM bill b \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.usage_point_id IN IDS($1) AND b.status = 'issued' AND b.cycle >= $2 AND b.cycle < $3 ORDER BY b.cycle";
    let mut past: HashMap<UsagePointId, Vec<PastBill>> = HashMap::new();
    for row in tx.rows(sql, params![ids(points), from, before]).await? {
        let period = Period { from: row.get(4)?, to: row.get(5)? };
        let (energy, amount, days, marks) = (row.get(2)?, row.get(3)?, period.days(), marks_of(&row, 6)?);
        let bill = PastBill { cycle: row.get(1)?, energy, amount, days, marks };
        past.entry(row.get::<Uuid>(0)?.into()).or_default().push(bill);
    }
    Ok(past)
}

/// From five columns, the first at `at`.
pub fn marks_of(row: &Row, at: usize) -> Result<Option<Marks>> {
    let Some(tier) = row.get::<Option<i64>>(at)? else { return Ok(None) };
    let (surcharge, adjustment, excess) = (row.get(at + 1)?, row.get(at + 2)?, row.get(at + 3)?);
    Ok(Some(Marks { tier, surcharge, adjustment, excess, is_estimated: row.get::<i64>(at + 4)? != 0 }))
}

pub async fn take_numbers(tx: &Tx, series: &str, count: usize) -> Result<i64> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = "INSERT INTO number_series (name, next) VALUES ($1, $2 + 1) \
               ON CONFLICT (name) DO UPDATE SET next = number_series.next + $2 RETURNING next";
    let row = tx.row(sql, params![series, count]).await?;
    tx.let_on();
    let next: i64 = row.map_or(Err(Fault::impossible("a number series gave no number")), |row| row.get(0))?;
    Ok(next - count)
}

/// The cancelled bills whose place these drafts take.
pub async fn cancelled_before(tx: &Tx, drafts: &[Ready], cycle: Month) -> Result<HashMap<UsagePointId, String>> {
    let later = |draft: &&Ready| draft.kept.sequence > 1;
    let points: Vec<UsagePointId> = drafts.iter().filter(later).map(|draft| draft.kept.usage_point).collect();
    if points.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT usage_point_id, bill_no FROM bill WHERE usage_point_id IN IDS($1) AND cycle = $2 AND status = 'cancelled' ORDER BY sequence";
    let rows = tx.rows(sql, params![ids(&points), cycle]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

const BILLS: Bulk = Bulk {
    into: "bill (bill_no, usage_point_id, cycle, sequence, kind, status, energy_wh, amount_fen, output_tax_fen, issued_on, due_on, replaces)",
    types: &[
        "TEXT",
        "UUID",
        "TEXT",
        "BIGINT",
        "TEXT",
        "TEXT",
        "BIGINT",
        "BIGINT",
        "BIGINT",
        "TEXT",
        "TEXT",
        "TEXT NULL",
    ],
    then: "",
};

pub async fn insert_bills(tx: &Tx, bills: &[Bill]) -> Result<()> {
    let rows = bills.iter().map(|b| {
        let kind = if b.status == BillStatus::Reversal { "reversal" } else { "bill" };
        params![
            &b.bill_no,
            b.usage_point.uuid(),
            b.cycle,
            b.sequence,
            kind,
            b.status.word(),
            b.energy,
            b.amount,
            b.output_tax,
            b.issued_on,
            b.due_on,
            b.replaces.clone()
        ]
    });
    tx.insert(&BILLS, rows.collect()).await.map(drop)
}

pub async fn mark_cancelled(tx: &Tx, bill_no: &str) -> Result<()> {
    tx.run("UPDATE bill SET status = 'cancelled' WHERE bill_no = $1 AND status = 'issued'", params![bill_no])
        .await
        .map(drop)
}

fn bill_of(row: &Row) -> Result<Bill> {
    Ok(Bill {
        bill_no: row.get(0)?,
        usage_point: row.get::<Uuid>(1)?.into(),
        supply_no: row.get(2)?,
        station: row.get(3)?,
        cycle: row.get(4)?,
        sequence: row.get(5)?,
        energy: row.get(6)?,
        amount: row.get(7)?,
        status: row.word(8, BillStatus::from_word)?,
        issued_on: row.get(9)?,
        due_on: row.get(10)?,
        replaces: row.get(11)?,
        period: Period { from: row.get(12)?, to: row.get(13)? },
        tariff: row.get(14)?,
        tariff_version: row.get(15)?,
        output_tax: row.get(16)?,
    })
}

pub async fn bill(tx: &Tx, bill_no: &str) -> Result<Option<Bill>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no = $1";
    tx.row(sql, params![bill_no]).await?.as_ref().map(bill_of).transpose()
}

pub async fn page(
    tx: &Tx,
    cycle: Option<Month>,
    stations: Option<Vec<String>>,
    after: &str,
    limit: u32,
) -> Result<Vec<Bill>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no > $1 AND (CAST($2 AS TEXT) IS NULL OR b.cycle = $2) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) ORDER BY b.bill_no LIMIT $5";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![after, cycle, everywhere, stations, limit]).await?.iter().map(bill_of).collect()
}

pub async fn of_usage_point(tx: &Tx, point: UsagePointId, limit: u32) -> Result<Vec<Bill>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.usage_point_id = $1 ORDER BY b.cycle DESC, b.sequence DESC, b.kind DESC LIMIT $2";
    tx.rows(sql, params![point.uuid(), limit]).await?.iter().map(bill_of).collect()
}

/// All bills of an account and cycle, in order of issue.
pub async fn of_month(tx: &Tx, point: UsagePointId, cycle: Month) -> Result<Vec<Bill>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.usage_point_id = $1 AND b.cycle = $2 ORDER BY b.sequence, b.kind";
    tx.rows(sql, params![point.uuid(), cycle]).await?.iter().map(bill_of).collect()
}

pub async fn document(tx: &Tx, point: UsagePointId, cycle: Month, sequence: i64) -> Result<Option<(String, String)>> {
    let sql = "SELECT document, digest FROM bill_document WHERE cycle = $1 AND usage_point_id = $2 AND sequence = $3 AND document IS NOT NULL";
    let row = tx.row(sql, params![cycle, point.uuid(), sequence]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

pub async fn with_documents(
    tx: &Tx,
    cycle: Option<Month>,
    stations: Option<Vec<String>>,
    after: &str,
    limit: u32,
) -> Result<Vec<(Bill, String, String)>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen, d.document, d.digest \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no > $1 AND (CAST($2 AS TEXT) IS NULL OR b.cycle = $2) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR u.station IN LIST($4)) ORDER BY b.bill_no LIMIT $5";
    let (everywhere, stations) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![after, cycle, everywhere, stations, limit]).await?;
    rows.iter().map(|row| Ok((bill_of(row)?, row.get(17)?, row.get(18)?))).collect()
}

pub async fn by_numbers(tx: &Tx, numbers: Vec<String>) -> Result<Vec<(Bill, String, String)>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen, d.document, d.digest \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no IN LIST($1)";
    let rows = tx.rows(sql, params![List::Texts(numbers)]).await?;
    rows.iter().map(|row| Ok((bill_of(row)?, row.get(17)?, row.get(18)?))).collect()
}

pub async fn standing_since(tx: &Tx, points: &[UsagePointId], since: Date) -> Result<Vec<(Bill, BillDocument)>> {
    let sql = "SELECT b.bill_no, b.usage_point_id, u.supply_no, u.station, b.cycle, b.sequence, b.energy_wh, b.amount_fen, b.status, \
                      b.issued_on, b.due_on, b.replaces, d.period_from, d.period_to, d.tariff, d.tariff_version, b.output_tax_fen, d.document \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.usage_point_id IN IDS($1) AND b.status = 'issued' AND d.period_to >= $2 ORDER BY b.usage_point_id, b.cycle";
    let rows = tx.rows(sql, params![ids(points), since]).await?;
    rows.iter().map(|row| Ok((bill_of(row)?, serde_json::from_str(&row.get::<String>(17)?)?))).collect()
}
