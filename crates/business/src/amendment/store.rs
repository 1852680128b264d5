use kernel::id::Uuid;
use kernel::{Date, Period, Register};
use platform::db::{List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{Amendment, AmendmentKind, Change, Factor, Shown};
use crate::bill::FactorCause;
use crate::metering::{Count, MeterId};
use crate::reading::ReadingKind;
use crate::supply::{UsagePointId, ids};
use crate::terms::Terms;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-23 amendment",
    sql: "
CREATE TABLE amendment (
  amendment_no TEXT NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  meter_id UUID NOT NULL REFERENCES meter (id),
  kind TEXT NOT NULL CHECK (kind IN ('reading', 'multiplier', 'factor')),
  since TEXT NOT NULL,
  register TEXT,
  read_on TEXT,
  value_before BIGINT NOT NULL,
  value_after BIGINT NOT NULL,
  kind_before TEXT,
  kind_after TEXT,
  until TEXT,
  cause TEXT,
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at TEXT NOT NULL,
  corrected_by TEXT,
  CHECK (kind <> 'factor' OR (until IS NOT NULL AND cause IS NOT NULL AND value_before > 0)),
  CHECK (kind <> 'reading' OR (register IS NOT NULL AND read_on IS NOT NULL AND kind_before IS NOT NULL AND kind_after IS NOT NULL))
);
CREATE INDEX amendment_account ON amendment (usage_point_id);
CREATE INDEX amendment_meter ON amendment (meter_id)
",
};

pub const OF_TERMS: Migration = Migration {
    name: "2026-11-23 amendment of terms",
    sql: "
CREATE TABLE amendment_of_all (
  amendment_no TEXT NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  meter_id UUID REFERENCES meter (id),
  kind TEXT NOT NULL CHECK (kind IN ('reading', 'multiplier', 'factor', 'terms')),
  since TEXT NOT NULL,
  register TEXT,
  read_on TEXT,
  value_before BIGINT,
  value_after BIGINT,
  kind_before TEXT,
  kind_after TEXT,
  until TEXT,
  cause TEXT,
  terms_before TEXT,
  terms_after TEXT,
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at TEXT NOT NULL,
  corrected_by TEXT,
  CHECK (kind = 'terms' OR (meter_id IS NOT NULL AND value_before IS NOT NULL AND value_after IS NOT NULL)),
  CHECK (kind <> 'terms' OR (terms_before IS NOT NULL AND terms_after IS NOT NULL)),
  CHECK (kind <> 'factor' OR (until IS NOT NULL AND cause IS NOT NULL AND value_before > 0)),
  CHECK (kind <> 'reading' OR (register IS NOT NULL AND read_on IS NOT NULL AND kind_before IS NOT NULL AND kind_after IS NOT NULL))
);
INSERT INTO amendment_of_all (amendment_no, usage_point_id, meter_id, kind, since, register, read_on, value_before, value_after,
    kind_before, kind_after, until, cause, reason, made_by, made_at, corrected_by)
  SELECT amendment_no, usage_point_id, meter_id, kind, since, register, read_on, value_before, value_after,
    kind_before, kind_after, until, cause, reason, made_by, made_at, corrected_by FROM amendment;
DROP TABLE amendment;
ALTER TABLE amendment_of_all RENAME TO amendment;
CREATE INDEX amendment_account ON amendment (usage_point_id);
CREATE INDEX amendment_meter ON amendment (meter_id)
",
};

pub async fn insert(tx: &Tx, of: &Amendment, meter: Option<MeterId>) -> Result<()> {
    let sql = "INSERT INTO amendment (amendment_no, usage_point_id, meter_id, kind, since, register, read_on, value_before, value_after, \
                 kind_before, kind_after, reason, made_by, made_at, corrected_by, until, cause, terms_before, terms_after) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let (until, cause) = match &of.change {
        Change::Factor { period, cause, .. } => (Some(period.to), Some(cause.word())),
        _ => (None, None),
    };
    let terms = match &of.change {
        Change::Terms { before, after } => (Some(before.to_text()?), Some(after.to_text()?)),
        _ => (None, None),
    };
    let (register, read_on, before, after, kinds) = match &of.change {
        Change::Reading { register, read_on, before, after } => {
            let kinds = (Some(before.kind.word()), Some(after.kind.word()));
            (
                Some(register.word()),
                Some(*read_on),
                Some(before.value.thousandths()),
                Some(after.value.thousandths()),
                kinds,
            )
        }
        Change::Multiplier { before, after } => (None, None, Some(*before), Some(*after), (None, None)),
        Change::Factor { numerator, denominator, .. } => {
            (None, None, Some(*denominator), Some(*numerator), (None, None))
        }
        Change::Terms { .. } => (None, None, None, None, (None, None)),
    };
    let row = params![
        &of.amendment_no,
        of.usage_point.uuid(),
        meter.map(|meter| meter.uuid()),
        of.change.kind().word(),
        of.since,
        register,
        read_on,
        before,
        after,
        kinds.0,
        kinds.1,
        &of.reason,
        &of.by,
        of.at,
        of.corrected_by.clone(),
        until,
        cause,
        terms.0,
        terms.1
    ];
    tx.run(sql, row).await.map(drop)
}

fn amendment(row: &Row) -> Result<Amendment> {
    let figures = || -> Result<(i64, i64)> { Ok((row.get(8)?, row.get(9)?)) };
    let usage_point = row.get::<Uuid>(1)?.into();
    let change = match row.word(5, AmendmentKind::from_word)? {
        AmendmentKind::Multiplier => {
            let (before, after) = figures()?;
            Change::Multiplier { before, after }
        }
        AmendmentKind::Factor => {
            let (denominator, numerator) = figures()?;
            let period = Period { from: row.get(12)?, to: row.get(17)? };
            Change::Factor { period, numerator, denominator, cause: row.word(18, FactorCause::from_word)? }
        }
        AmendmentKind::Reading => {
            let (before, after) = figures()?;
            let shown = |value, at| -> Result<Shown> {
                Ok(Shown { value: Count::from_thousandths(value), kind: row.word(at, ReadingKind::from_word)? })
            };
            Change::Reading {
                register: row.word(6, Register::from_word)?,
                read_on: row.get(7)?,
                before: shown(before, 10)?,
                after: shown(after, 11)?,
            }
        }
        AmendmentKind::Terms => {
            let terms = |at| Terms::of_text(usage_point, &row.get::<String>(at)?);
            Change::Terms { before: terms(19)?, after: terms(20)? }
        }
    };
    Ok(Amendment {
        amendment_no: row.get(0)?,
        usage_point,
        supply_no: row.get(2)?,
        station: row.get(3)?,
        meter_no: row.get(4)?,
        since: row.get(12)?,
        change,
        reason: row.get(13)?,
        by: row.get(14)?,
        at: row.get(15)?,
        corrected_by: row.get(16)?,
    })
}

/// Of all or one account, newest first, below the number `before`.
pub async fn page(
    tx: &Tx,
    point: Option<UsagePointId>,
    waiting_only: bool,
    stations: Option<Vec<String>>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Amendment>> {
    let sql = "SELECT a.amendment_no, a.usage_point_id, u.supply_no, u.station, m.meter_no, a.kind, a.register, a.read_on, a.value_before, \
                      a.value_after, a.kind_before, a.kind_after, a.since, a.reason, a.made_by, a.made_at, a.corrected_by, a.until, a.cause, \
                      a.terms_before, a.terms_after \
               FROM amendment a JOIN usage_point u ON u.id = a.usage_point_id LEFT JOIN meter m ON m.id = a.meter_id \
               WHERE ($1 = 1 OR a.usage_point_id IN IDS($2)) AND ($3 = 0 OR a.corrected_by IS NULL) \
                 AND (CAST($4 AS TEXT) IS NULL OR a.amendment_no < $4) \
                 AND (CAST($5 AS TEXT) IS NOT NULL OR u.station IN LIST($6)) ORDER BY a.amendment_no DESC LIMIT $7";
    let (everywhere, stations) = reach(stations.as_deref());
    let (of_all, points) = (i64::from(point.is_none()), point.into_iter().collect::<Vec<_>>());
    let values = params![of_all, ids(&points), i64::from(waiting_only), before, everywhere, stations, limit];
    tx.rows(sql, values).await?.iter().map(amendment).collect()
}

/// Days on which these meters counted otherwise than was used, in order of meter and day.
pub async fn factors(tx: &Tx, meters: &[MeterId]) -> Result<Vec<Factor>> {
    let sql = "SELECT meter_id, since, until, value_after, value_before, cause FROM amendment \
               WHERE meter_id IN IDS($1) AND kind = 'factor' ORDER BY meter_id, since";
    let meters = List::Ids(meters.iter().map(|meter| meter.uuid()).collect());
    let rows = tx.rows(sql, params![meters]).await?;
    rows.iter()
        .map(|row| {
            Ok(Factor {
                meter: row.get::<Uuid>(0)?.into(),
                period: Period { from: row.get(1)?, to: row.get(2)? },
                numerator: row.get(3)?,
                denominator: row.get(4)?,
                cause: row.word(5, FactorCause::from_word)?,
            })
        })
        .collect()
}

pub async fn settle(
    tx: &Tx,
    points: &[UsagePointId],
    since: Date,
    lasting_too: bool,
    correction_no: &str,
) -> Result<()> {
    let sql = "UPDATE amendment SET corrected_by = $1 WHERE usage_point_id IN IDS($2) AND corrected_by IS NULL \
                 AND (since >= $3 OR ($4 = 1 AND kind <> 'reading'))";
    tx.run(sql, params![correction_no, ids(points), since, i64::from(lasting_too)]).await.map(drop)
}

/// What was said of registers before it was amended, as meter number, register, day, value and kind.
pub async fn said_before(tx: &Tx, meters: Vec<String>) -> Result<Vec<(String, Register, Date, Shown)>> {
    let sql = "SELECT m.meter_no, a.register, a.read_on, a.value_before, a.kind_before FROM meter m JOIN amendment a ON a.meter_id = m.id \
               WHERE m.meter_no IN LIST($1) AND a.kind = 'reading'";
    let rows = tx.rows(sql, params![List::Texts(meters)]).await?;
    rows.iter()
        .map(|row| {
            let shown =
                Shown { value: Count::from_thousandths(row.get(3)?), kind: row.word(4, ReadingKind::from_word)? };
            Ok((row.get(0)?, row.word(1, Register::from_word)?, row.get(2)?, shown))
        })
        .collect()
}
