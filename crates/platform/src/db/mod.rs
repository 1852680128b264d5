//! One query text on two databases.
//!
//! A use-case gets a [`Tx`]; its feature's `store.rs` sends SQL with `$n` parameters through it.
//! Both databases hold the same bytes: ids are UUID, civil days `2016-08-31` and months `2016-08`
//! are text, instants are text in UTC to the microsecond (so that text order is time order),
//! quantities are BIGINT in their smallest unit, states are text with a CHECK.
//!
//! **Architecture invariant:** whatever differs between the databases is in [`dialect`], each
//! difference a function with a sentence that says why.
//!
//! Each database has its own client: [`sqlite`] lends connections of this process, [`postgres`] speaks to a
//! server.
//!
//! **One writer.** On SQLite every write transaction comes from a pool of one connection, whose
//! queue is fair, and begins IMMEDIATE: it can wait for another process, but never fails half-way
//! because somebody else wrote. PostgreSQL hands out as many as its pool holds.

mod dialect;
mod door;
mod meter;
mod migrate;
mod param;
mod postgres;
mod restoring;
mod scan;
mod sqlite;
mod whole;

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use kernel::Refusal;
use sea_orm::DatabaseConnection;

pub use dialect::{Bulk, Carriers, Engine, Exclusive};
pub use migrate::Migration;
pub use param::{FromColumn, List, Param, reach};
pub use restoring::{Place, Restoring, taken, unfinished};
pub use scan::Scan;
pub use whole::{Column, ColumnType, Table};

use crate::{Fault, Result};

/// The database of a bureau.
#[derive(Debug, Clone)]
pub struct Db {
    source: Source,
    data: PathBuf,
}

#[derive(Debug, Clone)]
enum Source {
    Sqlite { readers: sqlite::Pool, writer: sqlite::Pool, own: OwnFile },
    Postgres(DatabaseConnection, door::Door),
}

/// How many may read at once. Of SQLite they are threads of this process; of PostgreSQL, writers among them,
/// processes of a server that is shared with others.
const SQLITE_READERS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;

const SQLITE_FILE: &str = "gridhall.db";

impl Db {
    /// Whether there is something that [`Db::open`] would not have to make.
    pub fn is_there(url: Option<&str>, data: &Path) -> bool {
        url.is_some_and(|url| !url.is_empty()) || data.join(SQLITE_FILE).exists()
    }

    /// Opens the database of PostgreSQL at `url`, or the embedded one in `data` when there is no url. Refuses
    /// any other url with `database.url`.
    pub async fn open(url: Option<&str>, data: &Path) -> Result<Db> {
        let data = data.to_owned();
        if let Some(url) = url.filter(|url| !url.is_empty()) {
            let url = known(url)?;
            let door = door::Door::of(url, POSTGRES_CONNECTIONS)?;
            let server = postgres::connect(url, POSTGRES_CONNECTIONS).await?;
            return Ok(Db { source: Source::Postgres(server, door), data });
        }
        // Personal data lies here: nobody else on the machine may look.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data)?;
        let file = data.join(SQLITE_FILE);
        let (readers, writer) = (sqlite::Pool::new(&file, SQLITE_READERS), sqlite::Pool::new(&file, 1));
        // What cannot be opened shall be told now.
        readers.read().await?.rollback().await?;
        sqlite::carry(&readers, &writer);
        let own = OwnFile::of(file)?;
        Ok(Db { source: Source::Sqlite { readers, writer, own }, data })
    }

    pub fn engine(&self) -> Engine {
        match self.source {
            Source::Sqlite { .. } => Engine::Sqlite,
            Source::Postgres(..) => Engine::Postgres,
        }
    }

    /// Whether the embedded database is still the file of its name: into one that was removed or replaced one could
    /// write for long, and keep nothing.
    pub fn is_in_place(&self) -> bool {
        match &self.source {
            Source::Sqlite { own, .. } => own.holds(),
            Source::Postgres(..) => true,
        }
    }

    /// Names what the database measures, once in a process.
    pub fn describe_metrics() {
        meter::describe();
    }

    /// Brings the figures up to date that change without anything being counted.
    pub fn show_metrics(&self) {
        match &self.source {
            Source::Sqlite { readers, writer, .. } => {
                readers.lent("readers").show();
                writer.lent("writer").show();
            }
            Source::Postgres(server, _) => postgres::lent(server, POSTGRES_CONNECTIONS).show(),
        }
    }

    /// A consistent view for reading.
    pub async fn read(&self) -> Result<Tx> {
        let begin = async {
            Ok(match &self.source {
                Source::Sqlite { readers, .. } => Session::Sqlite(readers.read().await?),
                Source::Postgres(server, door) => {
                    Session::Postgres(door.through(|| postgres::Session::read(server)).await?)
                }
            })
        };
        Ok(Tx { session: meter::waited(self.engine(), "read", begin).await?, is_view: true })
    }

    /// A transaction that may write; nothing of it is seen by others, or survives, before
    /// [`Tx::commit`].
    pub async fn write(&self) -> Result<Tx> {
        let begin = async {
            Ok(match &self.source {
                Source::Sqlite { writer, .. } => Session::Sqlite(writer.write().await?),
                Source::Postgres(server, door) => {
                    Session::Postgres(door.through(|| postgres::Session::write(server)).await?)
                }
            })
        };
        Ok(Tx { session: meter::waited(self.engine(), "write", begin).await?, is_view: false })
    }

    /// Brings the schema up to date; safe to call from several processes at once.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        migrate::run(self, migrations).await
    }

    /// Claims `name` for this process until the claim is dropped or the process dies, or says that
    /// somebody else holds it.
    pub async fn exclusive(&self, name: &str) -> Result<Option<Exclusive>> {
        match &self.source {
            Source::Sqlite { .. } => dialect::exclusive(self, name).await,
            Source::Postgres(_, door) => door.through(|| dialect::exclusive(self, name)).await,
        }
    }

    /// Whether this process may carry out the bureau's long work, and who else may.
    pub async fn carriers(&self) -> Result<Carriers> {
        dialect::carriers(self).await
    }

    pub async fn close(self) -> Result<()> {
        match self.source {
            Source::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
                Ok(())
            }
            Source::Postgres(server, _) => Ok(server.close().await?),
        }
    }
}

/// A file, known by more than its name.
#[derive(Debug, Clone)]
struct OwnFile {
    file: PathBuf,
    identity: (u64, u64),
}

impl OwnFile {
    fn of(file: PathBuf) -> Result<OwnFile> {
        let identity = identity(&file)?;
        Ok(OwnFile { file, identity })
    }

    /// It must never be opened for this: a process that closes a file loses all its locks on it, those of SQLite too,
    /// and another process would take the database for its own.
    fn holds(&self) -> bool {
        identity(&self.file).is_ok_and(|identity| identity == self.identity)
    }
}

fn identity(file: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(file).map(|known| (known.dev(), known.ino()))
}

/// The url itself is not told: it holds a password.
fn known(url: &str) -> Result<&str, Refusal> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(url);
    }
    let zh = "数据库地址须以 postgres:// 开头；用内嵌数据库时不要设置 DATABASE_URL";
    let en = "the url of a database begins with postgres://; for the embedded one leave DATABASE_URL unset";
    Err(Refusal::invalid("database.url", zh, en).at("database_url"))
}

/// A transaction.
#[derive(Debug)]
pub struct Tx {
    session: Session,
    is_view: bool,
}

#[derive(Debug)]
enum Session {
    Sqlite(sqlite::Session),
    Postgres(postgres::Session),
}

impl Tx {
    fn engine(&self) -> Engine {
        match self.session {
            Session::Sqlite(_) => Engine::Sqlite,
            Session::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows. `IN LIST($n)` in the text stands for membership in a [`List`].
    pub async fn rows(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        let sql = dialect::membership(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => session.rows(sql, params, usize::MAX).await,
            Session::Postgres(session) => session.rows(sql, params).await,
        }
    }

    /// The first row.
    pub async fn row(&self, sql: &str, params: Vec<Param>) -> Result<Option<Row>> {
        let sql = dialect::membership(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => Ok(session.rows(sql, params, 1).await?.pop()),
            Session::Postgres(session) => session.row(sql, params).await,
        }
    }

    /// Runs a statement and tells how many rows it touched.
    pub async fn run(&self, sql: &str, params: Vec<Param>) -> Result<u64> {
        let sql = dialect::membership(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => session.run(sql, params).await,
            Session::Postgres(session) => session.run(sql, params).await,
        }
    }

    /// Inserts many rows at once, and tells how many it inserted.
    pub async fn insert(&self, bulk: &Bulk<'_>, rows: Vec<Vec<Param>>) -> Result<u64> {
        match &self.session {
            Session::Sqlite(session) => session.insert(bulk, rows).await,
            Session::Postgres(session) => session.insert(bulk, rows).await,
        }
    }

    /// Rows that are locked until the transaction ends. `sql` is a plain SELECT; in a view, which
    /// changes nothing, it is no more than that.
    pub async fn rows_locked(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        if self.is_view {
            return self.rows(sql, params).await;
        }
        self.rows(&dialect::locked(self.engine(), sql), params).await
    }

    /// Locks rows until the transaction ends, for who does not need to see them.
    pub async fn lock_rows(&self, sql: &str, params: Vec<Param>) -> Result<()> {
        if dialect::has_row_locks(self.engine()) { self.rows_locked(sql, params).await.map(drop) } else { Ok(()) }
    }

    pub async fn commit(self) -> Result<()> {
        let engine = self.engine();
        if self.is_view {
            return self.end(true).await;
        }
        meter::committed(engine, self.end(true)).await
    }

    async fn end(self, keep: bool) -> Result<()> {
        match (self.session, keep) {
            (Session::Sqlite(session), true) => session.commit().await,
            (Session::Sqlite(session), false) => session.rollback().await,
            (Session::Postgres(session), true) => session.commit().await,
            (Session::Postgres(session), false) => session.rollback().await,
        }
    }

    /// Ends the transaction without a trace.
    pub async fn rollback(self) -> Result<()> {
        self.end(false).await
    }

    /// Tries to hold `key` until the transaction ends, against other processes.
    pub async fn try_hold(&self, key: &str) -> Result<bool> {
        dialect::try_hold(self, key).await
    }

    /// Holds `key` together with others until the transaction ends; waits for one who holds it alone.
    pub async fn hold_shared(&self, key: &str) -> Result<()> {
        dialect::hold(self, key, false).await
    }

    /// Holds `key` alone until the transaction ends; waits for all who hold it.
    pub async fn hold_alone(&self, key: &str) -> Result<()> {
        dialect::hold(self, key, true).await
    }

    /// Has each statement of this transaction planned by what its tables hold now: for runs that fill tables.
    pub async fn plan_afresh(&self) -> Result<()> {
        dialect::plan_afresh(self).await
    }

    /// Tells the database to look at a table that was filled by a run before it plans the next statement about it.
    pub async fn count_anew(&self, table: &'static str) -> Result<()> {
        dialect::count_anew(self, table).await
    }

    async fn execute_ddl(&self, sql: &str) -> Result<()> {
        let sql = dialect::ddl(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => session.execute_ddl(sql).await,
            Session::Postgres(session) => session.execute_ddl(&sql).await,
        }
    }
}

/// One row of an answer, read by position.
#[derive(Debug)]
pub struct Row(param::Cells);

impl Row {
    pub fn get<T: FromColumn>(&self, at: usize) -> Result<T> {
        T::from_column(self, at)
    }

    /// A column that holds one of a few words.
    pub fn word<T>(&self, at: usize, from_word: fn(&str) -> Option<T>) -> Result<T> {
        self.word_or_null(at, from_word)?.ok_or_else(|| Fault::impossible(format!("column {at} is empty")))
    }

    pub fn word_or_null<T>(&self, at: usize, from_word: fn(&str) -> Option<T>) -> Result<Option<T>> {
        let unknown = |word: &str| Fault::impossible(format!("column {at} holds the unknown word {word}"));
        let word: Option<String> = self.get(at)?;
        word.map(|word| from_word(&word).ok_or_else(|| unknown(&word))).transpose()
    }
}

/// Parameters of a statement, each converted by [`Param`]'s `From`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Param::from($value)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_url_of_another_database_is_refused_and_makes_no_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let refused = Db::open(Some("mysql://root:secret@localhost/x"), dir.path()).await.expect_err("refused");
        let refusal = refused.refusal().expect("a refusal");
        assert_eq!(refusal.code, "database.url");
        assert!(!refused.to_string().contains("secret"));
        assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 0);
    }
}
