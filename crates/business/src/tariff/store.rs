use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use kernel::Text;
use platform::db::{List, Migration};
use platform::{Result, Tx, params};
use pricing::{Tariff, Version};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-03 tariff",
    sql: "
CREATE TABLE tariff_version (
  tariff TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  content TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('known', 'used')),
  PRIMARY KEY (tariff, version)
)
",
};

pub struct Known {
    pub tariff: String,
    pub id: String,
    pub digest: String,
}

pub async fn versions(tx: &Tx) -> Result<Vec<Known>> {
    let rows = tx.rows("SELECT tariff, version, digest FROM tariff_version", params![]).await?;
    rows.iter().map(|row| Ok(Known { tariff: row.get(0)?, id: row.get(1)?, digest: row.get(2)? })).collect()
}

pub async fn insert(tx: &Tx, tariff: &Tariff, version: &Version, digest: &str) -> Result<()> {
    let sql = "INSERT INTO tariff_version (tariff, version, digest, name_zh, name_en, content, state) VALUES ($1, $2, $3, $4, $5, $6, 'known')";
    let (zh, en) = (tariff.name.zh.as_ref(), tariff.name.en.as_ref());
    tx.run(sql, params![&tariff.code, &version.id, digest, zh, en, serde_json::to_string(version)?]).await.map(drop)
}

pub async fn replace(tx: &Tx, tariff: &Tariff, version: &Version, digest: &str) -> Result<()> {
    let sql = "UPDATE tariff_version SET digest = $1, name_zh = $2, name_en = $3, content = $4 WHERE tariff = $5 AND version = $6 AND state = 'known'";
    let (zh, en) = (tariff.name.zh.as_ref(), tariff.name.en.as_ref());
    tx.run(sql, params![digest, zh, en, serde_json::to_string(version)?, &tariff.code, &version.id]).await.map(drop)
}

pub async fn is_used(tx: &Tx, tariff: &str, version: &str) -> Result<bool> {
    let sql = "SELECT digest FROM tariff_version WHERE tariff = $1 AND version = $2 AND state = 'used'";
    Ok(tx.row(sql, params![tariff, version]).await?.is_some())
}

pub async fn mark_used(tx: &Tx, digests: &[String]) -> Result<()> {
    let sql = "UPDATE tariff_version SET state = 'used' WHERE digest IN LIST($1) AND state = 'known'";
    tx.run(sql, params![List::Texts(digests.to_vec())]).await.map(drop)
}

pub async fn kept(tx: &Tx, code: &str, digests: &[String]) -> Result<Option<Tariff>> {
    let sql = "SELECT tariff, name_zh, name_en, content FROM tariff_version WHERE digest IN LIST($1)";
    let rows = tx.rows(sql, params![List::Texts(digests.to_vec())]).await?;
    let mut tariffs: BTreeMap<String, Tariff> = BTreeMap::new();
    for row in &rows {
        let name = || -> Result<Text> { Ok(Text::new(row.get::<String>(1)?, row.get::<String>(2)?)) };
        let tariff = match tariffs.entry(row.get(0)?) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let (code, name) = (new.key().clone(), name()?);
                new.insert(Tariff { code, name, versions: Vec::new(), others: Vec::new() })
            }
        };
        tariff.versions.push(serde_json::from_str(&row.get::<String>(3)?)?);
    }
    let named = tariffs.remove(code).filter(|_| rows.len() == digests.len());
    Ok(named.map(|named| {
        let mut all = tariffs.into_values().fold(named, Tariff::with);
        all.versions.sort_by_key(|version| version.from);
        all
    }))
}
