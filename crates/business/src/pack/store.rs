use kernel::{Date, Text};
use platform::db::{Migration, Row};
use platform::{Fault, Result, Tx, params};

use super::model::{Signed, State, TariffPack};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 tariff pack",
    sql: "
CREATE TABLE tariff_pack (
  pack_no BIGINT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  text TEXT NOT NULL,
  digest TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  offered_by TEXT NOT NULL,
  offered_at TEXT NOT NULL,
  approved_by TEXT,
  approved_at TEXT,
  ended_by TEXT,
  ended_at TEXT,
  reason TEXT,
  state TEXT NOT NULL CHECK (state IN ('offered', 'approved', 'refused', 'withdrawn')),
  CHECK (approved_by IS NULL OR approved_by <> offered_by)
);
CREATE TABLE tariff_book (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  revision BIGINT NOT NULL
);
INSERT INTO tariff_book (one, revision) VALUES (1, 0);
CREATE TABLE tariff_billed (
  tariff TEXT NOT NULL PRIMARY KEY,
  billed_to TEXT NOT NULL
);
INSERT INTO tariff_billed (tariff, billed_to)
SELECT d.tariff, MAX(d.period_to)
FROM bill b JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence
WHERE b.kind = 'bill' AND d.tariff IS NOT NULL AND d.period_to IS NOT NULL
GROUP BY d.tariff
",
};

/// Whether a person has said that it holds from days that are billed already.
pub const BACKDATED: Migration = Migration {
    name: "2026-11-23 backdated packs",
    sql: "ALTER TABLE tariff_pack ADD COLUMN backdated BIGINT NOT NULL DEFAULT 0",
};

/// How often what is approved has changed.
pub async fn revision(tx: &Tx) -> Result<i64> {
    let row = tx.row("SELECT revision FROM tariff_book WHERE one = 1", params![]).await?;
    row.ok_or_else(|| Fault::impossible("the book of tariffs has lost its revision"))?.get(0)
}

/// Holds the book as it is until the transaction ends.
pub async fn lock(tx: &Tx) -> Result<()> {
    tx.lock_rows("SELECT revision FROM tariff_book WHERE one = 1", params![]).await
}

pub async fn raise_revision(tx: &Tx) -> Result<()> {
    tx.run("UPDATE tariff_book SET revision = revision + 1 WHERE one = 1", params![]).await.map(drop)
}

pub async fn billed_to(tx: &Tx, tariff: &str) -> Result<Option<Date>> {
    let row = tx.row("SELECT billed_to FROM tariff_billed WHERE tariff = $1", params![tariff]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// In order of tariff, so that two who note at once do not wait for each other.
pub async fn note_billed(tx: &Tx, billed: &[(String, Date)]) -> Result<()> {
    let sql = "INSERT INTO tariff_billed (tariff, billed_to) VALUES ($1, $2) \
               ON CONFLICT (tariff) DO UPDATE SET billed_to = excluded.billed_to WHERE tariff_billed.billed_to < excluded.billed_to";
    let mut billed: Vec<&(String, Date)> = billed.iter().collect();
    billed.sort();
    for (tariff, to) in billed {
        tx.run(sql, params![tariff, *to]).await?;
    }
    Ok(())
}

/// Number and text of what is approved, in order of approval.
pub async fn approved(tx: &Tx) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT pack_no, text FROM tariff_pack WHERE state = 'approved' ORDER BY starts_on, pack_no";
    let rows = tx.rows(sql, params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub async fn last_no(tx: &Tx) -> Result<i64> {
    let row = tx.row("SELECT COALESCE(MAX(pack_no), 0) FROM tariff_pack", params![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The number of a waiting pack of this content.
pub async fn offered(tx: &Tx, digest: &str) -> Result<Option<i64>> {
    let sql = "SELECT pack_no FROM tariff_pack WHERE digest = $1 AND state = 'offered' ORDER BY pack_no LIMIT 1";
    tx.row(sql, params![digest]).await?.map(|row| row.get(0)).transpose()
}

pub async fn insert(tx: &Tx, pack: &TariffPack) -> Result<()> {
    let sql = "INSERT INTO tariff_pack (pack_no, code, name_zh, name_en, text, digest, starts_on, offered_by, offered_at, state, backdated) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = params![
        pack.pack_no,
        &pack.code,
        pack.name.zh.as_ref(),
        pack.name.en.as_ref(),
        &pack.text,
        &pack.digest,
        pack.starts_on,
        &pack.offered_by,
        pack.offered_at,
        pack.state.word(),
        i64::from(pack.backdated),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Writes who decided what.
pub async fn save(tx: &Tx, pack: &TariffPack) -> Result<()> {
    let sql = "UPDATE tariff_pack SET state = $2, approved_by = $3, approved_at = $4, ended_by = $5, ended_at = $6, reason = $7 \
               WHERE pack_no = $1";
    let (approved, ended) = (pack.approved.as_ref(), pack.ended.as_ref());
    let values = params![
        pack.pack_no,
        pack.state.word(),
        approved.map(|signed| signed.by.clone()),
        approved.map(|signed| signed.at),
        ended.map(|(signed, _)| signed.by.clone()),
        ended.map(|(signed, _)| signed.at),
        ended.map(|(_, reason)| reason.clone()),
    ];
    tx.run(sql, values).await.map(drop)
}

pub async fn page(tx: &Tx, before: i64, limit: u32) -> Result<Vec<TariffPack>> {
    let sql = "SELECT pack_no, code, name_zh, name_en, text, digest, starts_on, offered_by, offered_at, approved_by, \
                 approved_at, ended_by, ended_at, reason, state, backdated \
               FROM tariff_pack WHERE pack_no < $1 ORDER BY pack_no DESC LIMIT $2";
    tx.rows(sql, params![before, limit]).await?.iter().map(pack).collect()
}

pub async fn find(tx: &Tx, pack_no: i64) -> Result<Option<TariffPack>> {
    let found = page(tx, pack_no.saturating_add(1), 1).await?;
    Ok(found.into_iter().find(|pack| pack.pack_no == pack_no))
}

fn pack(row: &Row) -> Result<TariffPack> {
    let reason: Option<String> = row.get(13)?;
    Ok(TariffPack {
        pack_no: row.get(0)?,
        code: row.get(1)?,
        name: Text::new(row.get::<String>(2)?, row.get::<String>(3)?),
        text: row.get(4)?,
        digest: row.get(5)?,
        starts_on: row.get(6)?,
        backdated: row.get::<i64>(15)? != 0,
        offered_by: row.get(7)?,
        offered_at: row.get(8)?,
        approved: signed(row, 9)?,
        ended: signed(row, 11)?.map(|signed| (signed, reason.unwrap_or_default())),
        state: row.word(14, State::from_word)?,
    })
}

fn signed(row: &Row, at: usize) -> Result<Option<Signed>> {
    let (by, when): (Option<String>, Option<kernel::Timestamp>) = (row.get(at)?, row.get(at + 1)?);
    Ok(by.zip(when).map(|(by, at)| Signed { by, at }))
}
