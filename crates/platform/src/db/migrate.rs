//! Bringing a schema up to date.
//!
//! Each step is DDL text that runs in one transaction together with its record, on both databases:
//! a process killed in the middle leaves either all of a step or nothing.

use sha2::{Digest, Sha256};

use super::{Db, Tx, restoring};
use crate::{Fault, Result, params};

/// One step: a dated name that never changes, and its statements, separated by `;` at line ends.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

impl Migration {
    pub fn digest(&self) -> String {
        kernel::hex(Sha256::digest(self.sql.as_bytes()))
    }
}

pub(super) const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, digest TEXT NOT NULL)";

pub(super) async fn run(db: &Db, migrations: &[Migration]) -> Result<()> {
    if is_current(db, migrations).await? {
        return Ok(());
    }
    // Waiting here is short: whoever holds the claim is migrating too.
    let claim = loop {
        if let Some(claim) = db.exclusive("migrate").await? {
            break claim;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let tx = db.write().await?;
    tx.execute_ddl(TABLE).await?;
    let known = applied(&tx).await?;
    tx.commit().await?;
    restoring::refuse_unfinished(&known)?;
    apply_all(db, migrations).await?;
    drop(claim);
    Ok(())
}

pub(super) async fn apply_all(db: &Db, migrations: &[Migration]) -> Result<()> {
    for migration in migrations {
        apply(db, migration).await?;
    }
    Ok(())
}

/// The steps on record, each with the digest of its text.
pub(super) async fn applied(tx: &Tx) -> Result<Vec<(String, String)>> {
    let rows = tx.rows("SELECT name, digest FROM schema_migration ORDER BY name", params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Whether every step is on record; a cheap look that needs no claim.
async fn is_current(db: &Db, migrations: &[Migration]) -> Result<bool> {
    let tx = db.read().await?;
    let Ok(applied) = applied(&tx).await else {
        return Ok(false);
    };
    restoring::refuse_unfinished(&applied)?;
    Ok(migrations
        .iter()
        .all(|migration| applied.iter().any(|(name, digest)| name == migration.name && *digest == migration.digest())))
}

async fn apply(db: &Db, migration: &Migration) -> Result<()> {
    let tx = db.write().await?;
    let known = tx.row("SELECT digest FROM schema_migration WHERE name = $1", params![migration.name]).await?;
    match known.map(|row| row.get::<String>(0)).transpose()? {
        Some(digest) if digest == migration.digest() => return Ok(()),
        Some(_) => {
            return Err(Fault::impossible(format!(
                "migration {} was changed after it had been applied",
                migration.name
            )));
        }
        None => {}
    }
    for statement in migration.sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        tx.execute_ddl(statement).await?;
    }
    let insert = "INSERT INTO schema_migration (name, digest) VALUES ($1, $2)";
    tx.run(insert, params![migration.name, migration.digest()]).await?;
    tx.commit().await
}
