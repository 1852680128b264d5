use kernel::{Money, Month, Text};
use platform::db::{List, Migration, Row, reach};
use platform::{Fault, Result, Tx, params};
use pricing::{Tariff, TariffBook, Version};
use serde::{Deserialize, Serialize};

use super::model::{Group, Months, PriceTrial, Tally, TrialState, Way, Wish};
use super::{Numbers, Prices};
use crate::bill::{number_of, running_no};
use crate::supply::UsageCategory;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-24 price trial",
    sql: "
CREATE TABLE price_trial (
  trial_no TEXT NOT NULL PRIMARY KEY,
  pack_no BIGINT NOT NULL REFERENCES tariff_pack (pack_no),
  from_cycle TEXT NOT NULL,
  to_cycle TEXT NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('to-come', 'by-day')),
  station TEXT NOT NULL,
  prices TEXT NOT NULL,
  numbers TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('trying', 'tried')),
  done BIGINT NOT NULL,
  of_all BIGINT NOT NULL,
  total TEXT NOT NULL,
  sums TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  tried_at TEXT
);
CREATE INDEX price_trial_pack ON price_trial (pack_no, trial_no)
",
};

/// A price list as a trial keeps it.
#[derive(Serialize, Deserialize)]
struct KeptTariff {
    code: String,
    name: Text,
    versions: Vec<Version>,
}

fn prices_text(prices: &Prices) -> Result<String> {
    let kept = |tariff: &Tariff| KeptTariff {
        code: tariff.code.clone(),
        name: tariff.name.clone(),
        versions: tariff.versions.clone(),
    };
    Ok(serde_json::to_string(&prices.own().map(kept).collect::<Vec<_>>())?)
}

fn prices_of(text: &str) -> Result<TariffBook> {
    let mut book = TariffBook::default();
    for KeptTariff { code, name, versions } in serde_json::from_str::<Vec<KeptTariff>>(text)? {
        book.extend(Tariff { code, name, versions, others: Vec::new() });
    }
    Ok(book)
}

pub async fn insert(tx: &Tx, trial: &PriceTrial, prices: &Prices, numbers: &Numbers) -> Result<()> {
    let sql = "INSERT INTO price_trial (trial_no, pack_no, from_cycle, to_cycle, way, station, prices, numbers, state, done, of_all, total, \
                 sums, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let Wish { pack_no, months, way, station } = trial.wish.clone();
    let values = params![
        &trial.trial_no,
        pack_no,
        months.from,
        months.to,
        way.word(),
        station.unwrap_or_default(),
        prices_text(prices)?,
        serde_json::to_string(numbers)?,
        trial.state.word(),
        trial.done,
        trial.of,
        serde_json::to_string(&trial.total)?,
        serde_json::to_string(&Tally::default())?,
        &trial.asked_by,
        trial.asked_at,
    ];
    tx.run(sql, values).await.map(drop)
}

/// Writes how far a trial has come, unless another has meanwhile brought it further than `was`.
pub async fn save(tx: &Tx, trial: &PriceTrial, tally: &Tally, was: i64) -> Result<bool> {
    let sql = "UPDATE price_trial SET state = $1, done = $2, total = $3, sums = $4, tried_at = $5 \
               WHERE trial_no = $6 AND state = 'trying' AND done = $7";
    let values = params![
        trial.state.word(),
        trial.done,
        serde_json::to_string(&tally.all)?,
        serde_json::to_string(tally)?,
        trial.tried_at,
        &trial.trial_no,
        was,
    ];
    Ok(tx.run(sql, values).await? == 1)
}

fn trial(row: &Row) -> Result<PriceTrial> {
    let station: String = row.get(5)?;
    let wish = Wish {
        pack_no: row.get(1)?,
        months: Months { from: row.get(2)?, to: row.get(3)? },
        way: row.word(4, Way::from_word)?,
        station: Some(station).filter(|station| !station.is_empty()),
    };
    let total: Group = serde_json::from_str(&row.get::<String>(9)?)?;
    Ok(PriceTrial {
        trial_no: row.get(0)?,
        wish,
        state: row.word(6, TrialState::from_word)?,
        done: row.get(7)?,
        of: row.get(8)?,
        total,
        asked_by: row.get(10)?,
        asked_at: row.get(11)?,
        tried_at: row.get(12)?,
        tariff: row.get(13)?,
        tariff_name: Text::new(row.get::<String>(14)?, row.get::<String>(15)?),
    })
}

pub async fn one(tx: &Tx, trial_no: &str) -> Result<Option<PriceTrial>> {
    let sql = "SELECT t.trial_no, t.pack_no, t.from_cycle, t.to_cycle, t.way, t.station, t.state, t.done, t.of_all, t.total, t.asked_by, \
                 t.asked_at, t.tried_at, p.code, p.name_zh, p.name_en \
               FROM price_trial t JOIN tariff_pack p ON p.pack_no = t.pack_no WHERE t.trial_no = $1";
    tx.row(sql, params![trial_no]).await?.as_ref().map(trial).transpose()
}

/// The one of the same wish that is not at its end.
pub async fn open_like(tx: &Tx, wish: &Wish) -> Result<Option<PriceTrial>> {
    let sql = "SELECT t.trial_no, t.pack_no, t.from_cycle, t.to_cycle, t.way, t.station, t.state, t.done, t.of_all, t.total, t.asked_by, \
                 t.asked_at, t.tried_at, p.code, p.name_zh, p.name_en \
               FROM price_trial t JOIN tariff_pack p ON p.pack_no = t.pack_no \
               WHERE t.pack_no = $1 AND t.from_cycle = $2 AND t.to_cycle = $3 AND t.way = $4 AND t.station = $5 AND t.state = 'trying' \
               ORDER BY t.trial_no DESC LIMIT 1";
    let Wish { pack_no, months, way, station } = wish.clone();
    let values = params![pack_no, months.from, months.to, way.word(), station.unwrap_or_default()];
    tx.row(sql, values).await?.as_ref().map(trial).transpose()
}

/// Newest first, below the number `before`, of one pack or all.
pub async fn page(
    tx: &Tx,
    stations: Option<Vec<String>>,
    pack_no: Option<i64>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<PriceTrial>> {
    let sql = "SELECT t.trial_no, t.pack_no, t.from_cycle, t.to_cycle, t.way, t.station, t.state, t.done, t.of_all, t.total, t.asked_by, \
                 t.asked_at, t.tried_at, p.code, p.name_zh, p.name_en \
               FROM price_trial t JOIN tariff_pack p ON p.pack_no = t.pack_no \
               WHERE (CAST($1 AS TEXT) IS NULL OR t.trial_no < $1) AND (CAST($2 AS BIGINT) IS NULL OR t.pack_no = $2) \
                 AND (CAST($3 AS TEXT) IS NOT NULL OR t.station IN LIST($4)) \
               ORDER BY t.trial_no DESC LIMIT $5";
    let (everywhere, stations) = reach(stations.as_deref());
    tx.rows(sql, params![before, pack_no, everywhere, stations, limit]).await?.iter().map(trial).collect()
}

/// What a trial goes by: the price lists that are not the present ones, and the last numbers of its months.
pub async fn kept(tx: &Tx, trial_no: &str) -> Result<(TariffBook, Numbers)> {
    let row = tx.row("SELECT prices, numbers FROM price_trial WHERE trial_no = $1", params![trial_no]).await?;
    let row = row.ok_or_else(|| gone(trial_no))?;
    Ok((prices_of(&row.get::<String>(0)?)?, serde_json::from_str(&row.get::<String>(1)?)?))
}

/// What a trial came to so far.
pub async fn sums(tx: &Tx, trial_no: &str) -> Result<Tally> {
    let row = tx.row("SELECT sums FROM price_trial WHERE trial_no = $1", params![trial_no]).await?;
    Ok(serde_json::from_str(&row.ok_or_else(|| gone(trial_no))?.get::<String>(0)?)?)
}

fn gone(trial_no: &str) -> platform::Error {
    Fault::impossible(format!("the price trial {trial_no} is gone"))
}

/// The last number that a bill or reversal of `cycle` has; 0 where there is none.
pub async fn last_number(tx: &Tx, cycle: Month) -> Result<i64> {
    let sql = "SELECT bill_no FROM bill WHERE bill_no > $1 AND bill_no <= $2 ORDER BY bill_no DESC LIMIT 1";
    let row = tx.row(sql, params![number_of(cycle, 0), number_of(cycle, LAST)]).await?;
    let last: Option<String> = row.map(|row| row.get(0)).transpose()?;
    Ok(last.as_deref().and_then(running_no).unwrap_or(0))
}

/// Of eight digits.
const LAST: i64 = 99_999_999;

/// Bills of a month by their running numbers: those after `after` and up to `to`, as they stood when `last` was the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub cycle: Month,
    pub after: i64,
    pub to: i64,
    pub last: i64,
}

/// A bill with all that its comparison tells, and its document.
pub struct Standing {
    pub bill_no: String,
    pub supply_no: String,
    pub station: String,
    pub category: UsageCategory,
    pub energy: kernel::Energy,
    pub amount: Money,
    pub tariff: String,
    pub document: String,
}

/// The bills of a span by one of `tariffs` at `stations`. One that was cancelled by a later number than the last stood then.
pub async fn bills(tx: &Tx, span: Span, tariffs: &[String], stations: Option<&[String]>) -> Result<Vec<Standing>> {
    let sql = "SELECT b.bill_no, u.supply_no, u.station, u.category, b.energy_wh, b.amount_fen, d.tariff, d.document \
               FROM bill b JOIN usage_point u ON u.id = b.usage_point_id \
                 JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no > $1 AND b.bill_no <= $2 AND b.kind = 'bill' AND d.tariff IN LIST($3) \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR u.station IN LIST($5)) \
                 AND (b.status = 'issued' OR EXISTS (SELECT 1 FROM bill r WHERE r.usage_point_id = b.usage_point_id AND r.cycle = b.cycle \
                        AND r.sequence = b.sequence AND r.kind = 'reversal' AND r.bill_no > $6)) \
               ORDER BY b.bill_no LIMIT $7";
    let (everywhere, stations) = reach(stations);
    let number = |at| number_of(span.cycle, at);
    let values = params![
        number(span.after),
        number(span.to),
        List::Texts(tariffs.to_vec()),
        everywhere,
        stations,
        number(span.last),
        span.to - span.after,
    ];
    tx.rows(sql, values).await?.iter().map(standing).collect()
}

fn standing(row: &Row) -> Result<Standing> {
    Ok(Standing {
        bill_no: row.get(0)?,
        supply_no: row.get(1)?,
        station: row.get(2)?,
        category: row.word(3, UsageCategory::from_word)?,
        energy: row.get(4)?,
        amount: row.get(5)?,
        tariff: row.get(6)?,
        document: row.get(7)?,
    })
}
