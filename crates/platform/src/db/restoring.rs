//! Filling an empty database from outside, so that nobody takes a half of it for the whole.
//!
//! ```text
//!   empty ──begin──▶ marked, schema without rows ──load──▶ references checked ──end──▶ a bureau
//!     ▲                  │ killed anywhere: every opening refuses it, the next begin drops what there is
//!     └──────────────────┘
//! ```
//!
//! The mark is a row in the record of the schema's steps, where every opening looks first.

use kernel::Refusal;

use super::{Db, Exclusive, Migration, Tx, dialect, migrate, whole};
use crate::{Result, params};

/// Stands where the name of a step would.
const MARK: &str = "restoring";

/// What lies where a back-up is to be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Empty,
    /// A restore began here and did not end.
    Unfinished,
    Taken,
}

/// A database that is being filled.
#[derive(Debug)]
pub struct Restoring {
    db: Db,
    claim: Exclusive,
    /// How the references are checked again.
    references: Vec<String>,
}

impl Db {
    pub async fn place(&self) -> Result<Place> {
        let tx = self.read().await?;
        let names = tx.table_names().await?;
        Ok(match names.iter().any(|name| name == whole::STEPS) {
            _ if names.is_empty() => Place::Empty,
            true if is_marked(&migrate::applied(&tx).await?) => Place::Unfinished,
            _ => Place::Taken,
        })
    }

    /// Makes the schema of `steps`, without a row in any table, in a place that is empty or half restored.
    pub async fn begin_restore(&self, steps: &[Migration]) -> Result<Restoring> {
        let Some(claim) = self.exclusive("migrate").await? else {
            let (zh, en) = (
                "另一个进程正在建立或恢复此数据库，请等它结束后再试",
                "another process is creating or restoring this database; try again when it has ended",
            );
            return Err(Refusal::conflict("restore.running", zh, en).into());
        };
        if self.place().await? == Place::Taken {
            return Err(taken().into());
        }
        dialect::suspend_references(self).await?;
        let tx = self.write().await?;
        tx.drop_all().await?;
        tx.execute_ddl(migrate::TABLE).await?;
        tx.run("INSERT INTO schema_migration (name, digest) VALUES ($1, '')", params![MARK]).await?;
        tx.commit().await?;
        migrate::apply_all(self, steps).await?;
        let references = dialect::suspend_references(self).await?;
        let tx = self.write().await?;
        tx.empty_all().await?;
        tx.commit().await?;
        Ok(Restoring { db: self.clone(), claim, references })
    }
}

impl Restoring {
    /// Every row is there: checks that each refers to rows that are.
    pub async fn loaded(&self) -> Result<()> {
        dialect::resume_references(&self.db, &self.references).await
    }

    /// Goes on to today's schema.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        migrate::apply_all(&self.db, migrations).await
    }

    /// With the commit of `tx` the database is a bureau.
    pub async fn end(self, tx: Tx) -> Result<()> {
        tx.run("DELETE FROM schema_migration WHERE name = $1", params![MARK]).await?;
        tx.commit().await?;
        self.claim.release().await?;
        let tx = self.db.write().await?;
        dialect::count_anew(&tx, None).await?;
        tx.commit().await
    }
}

pub fn taken() -> Refusal {
    Refusal::conflict(
        "restore.not-empty",
        "这里已有数据；恢复只能在空的数据目录（或空的 PostgreSQL 数据库）中进行，请另选一处",
        "there is something here already: restore into an empty data directory, or an empty database of PostgreSQL",
    )
}

fn is_marked(applied: &[(String, String)]) -> bool {
    applied.iter().any(|(name, _)| name == MARK)
}

pub(super) fn refuse_unfinished(applied: &[(String, String)]) -> Result<(), Refusal> {
    if is_marked(applied) { Err(unfinished()) } else { Ok(()) }
}

pub fn unfinished() -> Refusal {
    Refusal::conflict(
        "restore.unfinished",
        "此处的恢复没有完成，数据不全；请再次执行 gridhall restore，它会从头开始",
        "a restore did not end here and the data are not whole: run gridhall restore again, it starts over",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Param;

    const STEP: Migration = Migration {
        name: "2026-01-01 pair",
        sql: "CREATE TABLE parent (id BIGINT NOT NULL PRIMARY KEY);\n\
              CREATE TABLE child (id BIGINT NOT NULL PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parent (id));\n\
              CREATE VIEW both AS SELECT c.id FROM child c JOIN parent p ON p.id = c.parent;\n\
              INSERT INTO parent (id) VALUES (1)",
    };

    #[tokio::test]
    async fn a_row_without_its_parent_is_found_in_the_end_and_the_place_is_no_bureau() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(None, dir.path()).await.expect("a database");
        for orphan in [true, false] {
            let restoring = db.begin_restore(&[STEP]).await.expect("begun");
            let tx = db.write().await.expect("a transaction");
            let tables = tx.tables().await.expect("tables");
            assert_eq!(
                tx.count_of(&tables[1]).await.expect("a count"),
                0,
                "what the steps wrote is in the back-up too"
            );
            tx.insert_into(&tables[0], vec![vec![Param::from(5_i64), Param::from(7_i64)]]).await.expect("a child");
            if !orphan {
                tx.insert_into(&tables[1], vec![vec![Param::from(7_i64)]]).await.expect("its parent");
            }
            tx.commit().await.expect("committed");
            assert_eq!(restoring.loaded().await.is_err(), orphan);
            assert_eq!(db.place().await.expect("a place"), Place::Unfinished);
            let refused = db.migrate(&[STEP]).await.expect_err("no bureau");
            assert_eq!(refused.refusal().map(|refusal| refusal.code), Some("restore.unfinished"));
            if !orphan {
                restoring.end(db.write().await.expect("a transaction")).await.expect("ended");
            }
        }
        db.migrate(&[STEP]).await.expect("a bureau");
        let tx = db.write().await.expect("a transaction");
        assert!(
            tx.run("INSERT INTO child (id, parent) VALUES (6, 8)", params![]).await.is_err(),
            "references are kept"
        );
    }

    #[tokio::test]
    async fn two_do_not_restore_into_one_place() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(None, dir.path()).await.expect("a database");
        let first = db.begin_restore(&[STEP]).await.expect("begun");
        let code = |error: crate::Error| error.refusal().map(|refusal| refusal.code);
        assert_eq!(db.begin_restore(&[STEP]).await.map_err(code).err(), Some(Some("restore.running")));
        first.end(db.write().await.expect("a transaction")).await.expect("ended");
        assert_eq!(db.begin_restore(&[STEP]).await.map_err(code).err(), Some(Some("restore.not-empty")));
    }
}
