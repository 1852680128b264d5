use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Energy, Money, Month, Period};
use platform::db::{Bulk, Row, reach};
use platform::{Ctx, Result, Tx, params};

use super::model::{Decided, Decision, Exception, ExceptionQuery, Figures, Record, Show};
use super::rules::swing::Base;
use crate::bill::{Marks, Weight, marks_of};
use crate::reading::rules::{Doubt, Use};
use crate::run::RunScope;
use crate::supply::{UsagePointId, ids};

pub async fn page(
    tx: &Tx,
    query: &ExceptionQuery,
    stations: Option<Vec<String>>,
    limit: u32,
) -> Result<Vec<Exception>> {
    let (everywhere, stations) = reach(stations.as_deref());
    let sql = "SELECT e.* FROM (SELECT u.id, u.supply_no, c.name, u.station, u.book, COALESCE(d.tariff, u.tariff) AS tariff, u.category, d.state, d.findings, d.energy_wh, \
                        d.amount_fen, d.likelihood, d.stake_fen, d.sequence, d.doubts, d.revision, u.revision AS revision_now, \
                        d.period_from, d.period_to, d.tier, d.surcharge_fen, d.adjustment_fen, d.excess_fen, d.estimated, \
                        d.decision_id, d.decision, d.reason, d.note, d.decided_by, d.decided_at, d.covers, \
                        CASE CAST($1 AS TEXT) WHEN 'weight' THEN d.weight WHEN 'money' THEN d.stake_fen ELSE 0 END AS sort_key \
                 FROM bill_exception d JOIN usage_point u ON u.id = d.usage_point_id JOIN customer c ON c.id = u.customer_id \
                 WHERE d.cycle = $2 AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
                   AND (CAST($5 AS TEXT) IS NULL OR u.supply_no = $5) \
                   AND (CAST($6 AS TEXT) IS NULL OR d.doubts LIKE '%,' || $6 || ',%') \
                   AND (CAST($7 AS TEXT) IS NULL OR CASE CAST($7 AS TEXT) WHEN 'open' THEN 1 - d.covers WHEN 'decided' THEN d.covers \
                        ELSE d.held END = 1) \
                   AND (CAST($8 AS TEXT) IS NOT NULL OR u.station IN LIST($9))) e \
               WHERE CAST($10 AS BIGINT) IS NULL OR e.sort_key < $10 OR (e.sort_key = $10 AND e.supply_no > $11) \
               ORDER BY e.sort_key DESC, e.supply_no LIMIT $12";
    let (key, supply_no) = query.after.clone().map_or((None, String::new()), |(key, no)| (Some(key), no));
    let values = params![
        query.order.word(),
        query.cycle,
        query.scope.station.clone(),
        query.scope.book.clone(),
        query.scope.supply_no.clone(),
        query.doubt.map(Doubt::word),
        query.show.map(Show::word),
        everywhere,
        stations,
        key,
        supply_no,
        limit
    ];
    tx.rows(sql, values).await?.iter().map(exception).collect()
}

/// The exception of one account.
pub async fn find(tx: &Tx, cycle: Month, point: UsagePointId) -> Result<Option<Exception>> {
    let sql = "SELECT u.id, u.supply_no, c.name, u.station, u.book, COALESCE(d.tariff, u.tariff) AS tariff, u.category, d.state, d.findings, d.energy_wh, \
                      d.amount_fen, d.likelihood, d.stake_fen, d.sequence, d.doubts, d.revision, u.revision, \
                      d.period_from, d.period_to, d.tier, d.surcharge_fen, d.adjustment_fen, d.excess_fen, d.estimated, \
                      d.decision_id, d.decision, d.reason, d.note, d.decided_by, d.decided_at, d.covers, d.weight \
               FROM bill_exception d JOIN usage_point u ON u.id = d.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE d.cycle = $1 AND d.usage_point_id = $2";
    tx.row(sql, params![cycle, point.uuid()]).await?.as_ref().map(exception).transpose()
}

fn exception(row: &Row) -> Result<Exception> {
    let (from, to) = (row.get::<Option<kernel::Date>>(17)?, row.get::<Option<kernel::Date>>(18)?);
    Ok(Exception {
        usage_point: row.get::<Uuid>(0)?.into(),
        supply_no: row.get(1)?,
        customer: row.get(2)?,
        station: row.get(3)?,
        book: row.get(4)?,
        tariff: row.get(5)?,
        category: row.get(6)?,
        is_ready: row.get::<String>(7)? == "ready",
        findings: serde_json::from_str(&row.get::<String>(8)?)?,
        figures: Figures { energy: row.get(9)?, amount: row.get(10)?, sequence: row.get(13)?, doubts: row.get(14)? },
        weight: Weight { likelihood: row.get(11)?, stake: row.get(12)? },
        is_stale: row.get::<i64>(15)? != row.get::<i64>(16)?,
        period: from.zip(to).map(|(from, to)| Period { from, to }),
        marks: marks_of(row, 19)?,
        decided: decided(row, 24)?,
        key: row.get(31)?,
        past: Vec::new(),
    })
}

fn decided(row: &Row, at: usize) -> Result<Option<Decided>> {
    let Some(id) = row.get::<Option<Uuid>>(at)? else { return Ok(None) };
    Ok(Some(Decided {
        id,
        decision: row.word(at + 1, Decision::from_word)?,
        reason: row.get(at + 2)?,
        note: row.get(at + 3)?,
        by: row.get(at + 4)?,
        at: row.get(at + 5)?,
        covers: row.get::<i64>(at + 6)? == 1,
    }))
}

/// Exceptions that are alike as far as counting them goes.
pub struct Alike {
    pub doubts: String,
    pub is_ready: bool,
    pub is_decided: bool,
    pub is_held: bool,
    /// Whether they weigh less than was asked.
    pub is_light: bool,
    pub accounts: i64,
}

pub async fn counts(
    tx: &Tx,
    cycle: Month,
    scope: &RunScope,
    below: i64,
    stations: Option<Vec<String>>,
) -> Result<Vec<Alike>> {
    let sql = "SELECT g.doubts, g.state, g.covers, g.held, g.light, COUNT(*) \
               FROM (SELECT d.doubts, d.state, d.covers, d.held, CASE WHEN d.weight < $1 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS light \
                     FROM bill_exception d JOIN usage_point u ON u.id = d.usage_point_id \
                     WHERE d.cycle = $2 AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
                       AND (CAST($5 AS TEXT) IS NULL OR u.supply_no = $5) AND (CAST($6 AS TEXT) IS NOT NULL OR u.station IN LIST($7))) g \
               GROUP BY g.doubts, g.state, g.covers, g.held, g.light ORDER BY g.doubts, g.state, g.covers, g.held, g.light";
    let RunScope { station, book, supply_no } = scope.clone();
    let (everywhere, stations) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![below, cycle, station, book, supply_no, everywhere, stations]).await?;
    rows.iter()
        .map(|row| {
            Ok(Alike {
                doubts: row.get(0)?,
                is_ready: row.get::<String>(1)? == "ready",
                is_decided: row.get::<i64>(2)? == 1,
                is_held: row.get::<i64>(3)? == 1,
                is_light: row.get::<i64>(4)? == 1,
                accounts: row.get(5)?,
            })
        })
        .collect()
}

/// An open, ready, light exception.
pub struct Light {
    pub weight: i64,
    pub supply_no: String,
    pub usage_point: UsagePointId,
    pub figures: Figures,
}

/// A page of them, lightest first.
pub async fn light(
    tx: &Tx,
    (cycle, scope, below): (Month, &RunScope, i64),
    stations: Option<Vec<String>>,
    (weight, after): (i64, &str),
    limit: u32,
) -> Result<Vec<Light>> {
    let sql = "SELECT d.weight, u.supply_no, u.id, d.sequence, d.doubts, d.energy_wh, d.amount_fen \
               FROM bill_exception d JOIN usage_point u ON u.id = d.usage_point_id \
               WHERE d.cycle = $1 AND d.state = 'ready' AND d.covers = 0 AND d.held = 0 AND d.weight < $2 \
                 AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR u.supply_no = $5) AND (CAST($6 AS TEXT) IS NOT NULL OR u.station IN LIST($7)) \
                 AND (d.weight > $8 OR (d.weight = $8 AND u.supply_no > $9)) ORDER BY d.weight, u.supply_no LIMIT $10";
    let RunScope { station, book, supply_no } = scope.clone();
    let (everywhere, stations) = reach(stations.as_deref());
    let values = params![cycle, below, station, book, supply_no, everywhere, stations, weight, after, limit];
    let light = |row: &Row| {
        let (sequence, doubts, energy, amount) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        let figures = Figures { sequence, doubts, energy, amount };
        Ok(Light { weight: row.get(0)?, supply_no: row.get(1)?, usage_point: row.get::<Uuid>(2)?.into(), figures })
    };
    tx.rows(sql, values).await?.iter().map(light).collect()
}

/// Doubts, whether it is held, and whether decided, of the ready drafts of these accounts about which
/// something was found.
pub async fn standings(
    tx: &Tx,
    cycle: Month,
    points: &[UsagePointId],
) -> Result<Vec<(UsagePointId, String, bool, bool)>> {
    let sql = "SELECT usage_point_id, doubts, held, covers FROM bill_exception \
               WHERE cycle = $1 AND usage_point_id IN IDS($2) AND state = 'ready' ORDER BY usage_point_id";
    let rows = tx.rows(sql, params![cycle, ids(points)]).await?;
    let standing =
        |row: &Row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?, row.get::<i64>(2)? == 1, row.get::<i64>(3)? == 1));
    rows.iter().map(standing).collect()
}

/// The sequences at which drafts of these accounts are held.
pub async fn held(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, i64>> {
    let sql = "SELECT usage_point_id, sequence FROM exception_decision \
               WHERE cycle = $1 AND usage_point_id IN IDS($2) AND latest = 1 AND decision IN ('hold', 'field-check')";
    let rows = tx.rows(sql, params![cycle, ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

/// Supply number and category of these accounts.
pub async fn named(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, (String, String)>> {
    let rows =
        tx.rows("SELECT id, supply_no, category FROM usage_point WHERE id IN IDS($1)", params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), (row.get(1)?, row.get(2)?)))).collect()
}

/// Puts decisions on record, each the latest about its draft.
pub async fn insert(tx: &Tx, records: &[Record]) -> Result<()> {
    for record in records {
        let sql = "UPDATE exception_decision SET latest = 0 WHERE cycle = $1 AND usage_point_id = $2 AND latest = 1";
        tx.run(sql, params![record.cycle, record.usage_point.uuid()]).await?;
    }
    let rows = records.iter().map(|record| {
        let reviews: Vec<String> = record.reviews.iter().map(Uuid::to_string).collect();
        params![
            record.id,
            record.cycle,
            record.usage_point.uuid(),
            record.figures.sequence,
            record.decision.word(),
            &record.reason,
            record.note.clone(),
            &record.figures.doubts,
            record.figures.energy,
            record.figures.amount,
            reviews.join(","),
            &record.by,
            record.at,
            1_i64
        ]
    });
    tx.insert(&DECISIONS, rows.collect()).await.map(drop)
}

const DECISIONS: Bulk = Bulk {
    into: "exception_decision (id, cycle, usage_point_id, sequence, decision, reason, note, doubts, energy_wh, amount_fen, reviews, \
           decided_by, decided_at, latest)",
    types: &[
        "UUID",
        "TEXT",
        "UUID",
        "BIGINT",
        "TEXT",
        "TEXT",
        "TEXT NULL",
        "TEXT",
        "BIGINT",
        "BIGINT",
        "TEXT",
        "TEXT",
        "TEXT",
        "BIGINT",
    ],
    then: "",
};

/// Account and cycle of a decision that stands, what was decided, and the decisions about readings that were made with it.
pub async fn standing(tx: &Tx, id: Uuid) -> Result<Option<(UsagePointId, Month, Decision, Vec<Uuid>)>> {
    let sql = "SELECT usage_point_id, cycle, decision, reviews FROM exception_decision WHERE id = $1 AND latest = 1";
    let Some(row) = tx.row(sql, params![id]).await? else { return Ok(None) };
    let reviews: String = row.get(3)?;
    let reviews = reviews.split(',').filter_map(|id| id.parse().ok()).collect();
    Ok(Some((row.get::<Uuid>(0)?.into(), row.get(1)?, row.word(2, Decision::from_word)?, reviews)))
}

pub async fn take_back(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<()> {
    let sql = "UPDATE exception_decision SET latest = 0, undone_by = $2, undone_at = $3 WHERE id = $1 AND latest = 1";
    tx.run(sql, params![id, &ctx.actor.name, ctx.now]).await.map(drop)
}

/// Whether there are bills of a month, cancelled ones too.
pub async fn was_billed(tx: &Tx, cycle: Month) -> Result<bool> {
    Ok(tx.row("SELECT 1 FROM bill WHERE cycle = $1 LIMIT 1", params![cycle]).await?.is_some())
}

/// By how many percent of then the use of how many of these accounts is now, by tariff and station, where
/// both bills are of a month; twenty times and more are one.
pub async fn changes(
    tx: &Tx,
    cycle: Month,
    then: Month,
    points: &[UsagePointId],
) -> Result<Vec<(String, String, i64, i64)>> {
    let sql = "SELECT g.tariff, g.station, g.percent, COUNT(*) \
               FROM (SELECT COALESCE(d.tariff, u.tariff) AS tariff, u.station, CASE WHEN d.energy_wh >= b.energy_wh * 20 THEN 2000 ELSE d.energy_wh * 100 / b.energy_wh END AS percent \
                     FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id \
                       JOIN bill b ON b.usage_point_id = d.usage_point_id AND b.cycle = $2 AND b.status = 'issued' \
                     WHERE d.cycle = $1 AND d.usage_point_id IN IDS($3) AND d.state = 'ready' AND d.energy_wh > 0 AND b.energy_wh > 0 \
                       AND d.doubts NOT LIKE '%,long-period,%' \
                       AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id)) g \
               GROUP BY g.tariff, g.station, g.percent ORDER BY g.tariff, g.station, g.percent";
    let rows = tx.rows(sql, params![cycle, then, ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// A ready draft beside the bills from which its use is expected.
pub struct Beside {
    pub usage_point: UsagePointId,
    pub supply_no: String,
    pub tariff: String,
    pub station: String,
    pub sequence: i64,
    pub now: Use,
    pub amount: Money,
    pub doubts: String,
    /// The bill of the same month of last year, the bill of the month before.
    pub earlier: Vec<(Base, Use)>,
    pub marks: Option<Marks>,
}

/// The unbilled ready drafts of these accounts.
pub async fn compared(tx: &Tx, cycle: Month, points: &[UsagePointId]) -> Result<Vec<Beside>> {
    let sql = "SELECT d.usage_point_id, u.supply_no, COALESCE(d.tariff, u.tariff) AS tariff, u.station, d.sequence, d.energy_wh, d.amount_fen, d.period_from, d.period_to, \
                 d.doubts, d.tier, d.surcharge_fen, d.adjustment_fen, d.excess_fen, d.estimated, \
                 yb.energy_wh, y.period_from, y.period_to, mb.energy_wh, m.period_from, m.period_to \
               FROM bill_document d JOIN usage_point u ON u.id = d.usage_point_id \
                 LEFT JOIN billing_position p ON p.usage_point_id = d.usage_point_id \
                 LEFT JOIN bill yb ON yb.usage_point_id = d.usage_point_id AND yb.cycle = $3 AND yb.status = 'issued' \
                 LEFT JOIN bill_document y ON y.cycle = yb.cycle AND y.usage_point_id = yb.usage_point_id AND y.sequence = yb.sequence \
                 LEFT JOIN bill mb ON mb.usage_point_id = d.usage_point_id AND mb.cycle = $4 AND mb.status = 'issued' \
                 LEFT JOIN bill_document m ON m.cycle = mb.cycle AND m.usage_point_id = mb.usage_point_id AND m.sequence = mb.sequence \
               WHERE d.cycle = $1 AND d.usage_point_id IN IDS($2) AND d.state = 'ready' AND COALESCE(p.last_cycle, '') < $1 \
                 AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id) \
               ORDER BY d.usage_point_id";
    let rows = tx.rows(sql, params![cycle, ids(points), cycle.back(12), cycle.back(1)]).await?;
    let used = |row: &Row, at: usize| -> Result<Option<Use>> {
        let Some(energy) = row.get::<Option<Energy>>(at)? else { return Ok(None) };
        let period = Period { from: row.get(at + 1)?, to: row.get(at + 2)? };
        Ok(Some(Use { energy, days: period.days() }))
    };
    let compared = |row: &Row| {
        let period = Period { from: row.get(7)?, to: row.get(8)? };
        let (year, month) = (used(row, 15)?, used(row, 18)?);
        Ok(Beside {
            usage_point: row.get::<Uuid>(0)?.into(),
            supply_no: row.get(1)?,
            tariff: row.get(2)?,
            station: row.get(3)?,
            sequence: row.get(4)?,
            now: Use { energy: row.get(5)?, days: period.days() },
            amount: row.get(6)?,
            doubts: row.get(9)?,
            marks: marks_of(row, 10)?,
            earlier: [year.map(|of| (Base::LastYear, of)), month.map(|of| (Base::LastMonth, of))]
                .into_iter()
                .flatten()
                .collect(),
        })
    };
    rows.iter().map(compared).collect()
}

/// What was found about a draft.
pub async fn findings(tx: &Tx, cycle: Month, (point, sequence): (UsagePointId, i64)) -> Result<String> {
    let sql = "SELECT findings FROM bill_document WHERE cycle = $1 AND usage_point_id = $2 AND sequence = $3";
    tx.row(sql, params![cycle, point.uuid(), sequence]).await?.map_or(Ok("[]".to_owned()), |row| row.get(0))
}

/// Writes what was found about a draft that is not issued.
pub async fn note(
    tx: &Tx,
    cycle: Month,
    (point, sequence): (UsagePointId, i64),
    (findings, doubts): (&str, &str),
    weight: Weight,
) -> Result<()> {
    let sql = "UPDATE bill_document SET findings = $4, doubts = $5, likelihood = $6, stake_fen = $7, weight = $8 \
               WHERE cycle = $1 AND usage_point_id = $2 AND sequence = $3 \
                 AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.cycle = $1 AND b.usage_point_id = $2 AND b.sequence = $3)";
    let Weight { likelihood, stake } = weight;
    let values = params![cycle, point.uuid(), sequence, findings, doubts, likelihood, stake, weight.product()];
    tx.run(sql, values).await.map(drop)
}
