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
mod filled;
mod meter;
mod migrate;
mod param;
mod postgres;
mod restoring;
mod scan;
mod soon;
mod sqlite;
mod whole;

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::Refusal;
use sea_orm::DatabaseConnection;

pub use dialect::{Bulk, Carriers, Engine, Exclusive};
pub use filled::Filled;
pub use migrate::Migration;
pub use param::{FromColumn, List, Param, reach};
pub use restoring::{Place, Restoring, taken, unfinished};
pub use scan::Scan;
pub use whole::{Column, ColumnType, Table};

use soon::{Soon, Waiting};

use crate::{Fault, Result};

/// The database of a bureau.
#[derive(Debug, Clone)]
pub struct Db {
    source: Source,
    data: Arc<Path>,
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
        let data: Arc<Path> = data.into();
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

    /// How much room the database takes, where it tells; by a look of its own.
    pub async fn show_sizes(&self) -> Result<()> {
        meter::show_sizes(&dialect::sizes(self).await?);
        Ok(())
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
        Ok(Tx::of(meter::waited(self.engine(), "read", begin).await?, true))
    }

    /// A view for one question, which on PostgreSQL costs no transaction: several would each see what is there when they are
    /// asked. What is to agree with each other is asked in one statement, or in [`Db::read`].
    pub async fn glance(&self) -> Result<Tx> {
        match &self.source {
            Source::Sqlite { .. } => self.read().await,
            Source::Postgres(server, door) => {
                Ok(Tx::of(Session::Postgres(postgres::Session::glance(server, door)), true))
            }
        }
    }

    /// A transaction that may write; nothing of it is seen by others, or survives, before
    /// [`Tx::commit`].
    pub async fn write(&self) -> Result<Tx> {
        self.write_so(sqlite::Writing::Alone).await
    }

    /// Like [`Db::write`], for an act of a few statements: its commit may be one with those of others who write at the
    /// same time. It is acknowledged, and survives, no sooner than that.
    pub async fn write_together(&self) -> Result<Tx> {
        self.write_so(sqlite::Writing::Together).await
    }

    async fn write_so(&self, how: sqlite::Writing) -> Result<Tx> {
        let begin = async {
            Ok(match &self.source {
                Source::Sqlite { writer, .. } => Session::Sqlite(writer.write(how).await?),
                Source::Postgres(server, door) => {
                    Session::Postgres(door.through(|| postgres::Session::write(server)).await?)
                }
            })
        };
        Ok(Tx::of(meter::waited(self.engine(), "write", begin).await?, false))
    }

    /// Does work of many short statements, a request say, where none of them need be handed to another thread. When
    /// nobody waits for it any more it is given up.
    pub async fn near<F>(&self, work: F) -> Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        match &self.source {
            Source::Sqlite { .. } => sqlite::where_it_may_block(work).await,
            Source::Postgres(..) => Ok(work.await),
        }
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
    file: Arc<Path>,
    identity: (u64, u64),
}

impl OwnFile {
    fn of(file: PathBuf) -> Result<OwnFile> {
        let identity = identity(&file)?;
        Ok(OwnFile { file: file.into(), identity })
    }

    /// It must never be opened for this: a process that closes a file loses all its locks on it, those of SQLite too,
    /// and another process would take the database for its own.
    fn holds(&self) -> bool {
        identity(&self.file).is_ok_and(|identity| identity == self.identity)
    }

    /// Of the database, and of the log before it.
    fn sizes(&self) -> [Option<u64>; 2] {
        let mut log = self.file.as_os_str().to_owned();
        log.push("-wal");
        [self.file.as_os_str(), &log].map(|file| std::fs::metadata(file).ok().map(|known| known.len()))
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
    tally: filled::Tally,
    soon: Soon,
    lets_on: AtomicBool,
}

#[derive(Debug)]
enum Session {
    Sqlite(sqlite::Session),
    Postgres(postgres::Session),
}

impl Tx {
    fn of(session: Session, is_view: bool) -> Tx {
        let (tally, soon) = (filled::Tally::default(), Soon::default());
        Tx { session, is_view, tally, soon, lets_on: AtomicBool::new(false) }
    }

    fn engine(&self) -> Engine {
        match self.session {
            Session::Sqlite(_) => Engine::Sqlite,
            Session::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows. `IN LIST($n)` in the text stands for membership in a [`List`].
    pub async fn rows(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        self.before(sql).await?;
        let sql = dialect::membership(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => session.rows(sql, params, usize::MAX).await,
            Session::Postgres(session) => session.rows(sql, params).await,
        }
    }

    /// The first row.
    pub async fn row(&self, sql: &str, params: Vec<Param>) -> Result<Option<Row>> {
        self.before(sql).await?;
        let sql = dialect::membership(self.engine(), sql);
        match &self.session {
            Session::Sqlite(session) => Ok(session.rows(sql, params, 1).await?.pop()),
            Session::Postgres(session) => session.row(sql, params).await,
        }
    }

    /// Runs a statement and tells how many rows it touched.
    pub async fn run(&self, sql: &str, params: Vec<Param>) -> Result<u64> {
        self.before(sql).await?;
        let text = dialect::membership(self.engine(), sql);
        let rows = match &self.session {
            Session::Sqlite(session) => session.run(text, params).await?,
            Session::Postgres(session) => session.run(text, params).await?,
        };
        self.tally.note_statement(sql, rows);
        Ok(rows)
    }

    /// Inserts many rows at once, and tells how many it inserted.
    pub async fn insert(&self, bulk: &Bulk<'_>, rows: Vec<Vec<Param>>) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        self.before(bulk.into).await?;
        let inserted = match &self.session {
            Session::Sqlite(session) => session.insert(bulk, rows).await?,
            Session::Postgres(session) => session.insert(bulk, rows).await?,
        };
        self.tally.note(bulk.into, inserted);
        Ok(inserted)
    }

    /// Inserts rows before the next statement of this transaction, or its commit, is carried out: together with all
    /// that wait for it as well. What the database says against them is heard then.
    pub fn insert_soon(&self, bulk: &'static Bulk<'static>, rows: Vec<Vec<Param>>) {
        self.tally.note(bulk.into, rows.len() as u64);
        self.soon.add(bulk, rows);
    }

    /// Comes before every statement.
    async fn before(&self, sql: &str) -> Result<()> {
        self.catch_up().await?;
        meter::asked(self.engine(), sql);
        Ok(())
    }

    async fn catch_up(&self) -> Result<()> {
        let waiting = self.soon.take();
        if waiting.is_empty() {
            return Ok(());
        }
        meter::asked(self.engine(), &waiting.iter().map(|waiting| waiting.bulk.into).collect::<Vec<_>>().join("; "));
        match &self.session {
            Session::Sqlite(session) => {
                for Waiting { bulk, rows } in waiting {
                    session.insert(bulk, rows).await?;
                }
                Ok(())
            }
            Session::Postgres(session) => session.insert_together(waiting).await,
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

    /// The same, of a SELECT from several tables, of which `table` is the one whose rows are locked.
    pub async fn rows_locked_of(&self, table: &'static str, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        if self.is_view {
            return self.rows(sql, params).await;
        }
        self.rows(&dialect::locked_of(self.engine(), table, sql), params).await
    }

    /// Locks rows until the transaction ends, for who does not need to see them.
    pub async fn lock_rows(&self, sql: &str, params: Vec<Param>) -> Result<()> {
        if dialect::has_row_locks(self.engine()) { self.rows_locked(sql, params).await.map(drop) } else { Ok(()) }
    }

    pub async fn commit(self) -> Result<()> {
        self.catch_up().await?;
        let engine = self.engine();
        if self.is_view {
            return self.end(true).await;
        }
        meter::committed(engine, self.end(true)).await
    }

    /// Others stand in line for what this transaction holds: they shall go on when it is committed, and not wait for the
    /// disk as well. Whoever commits still hears of it when the disk has it.
    pub fn let_on(&self) {
        self.lets_on.store(true, Ordering::Relaxed);
    }

    async fn end(self, keep: bool) -> Result<()> {
        let lets_on = self.lets_on.into_inner();
        match (self.session, keep) {
            (Session::Sqlite(session), true) => session.commit().await,
            (Session::Sqlite(session), false) => session.rollback().await,
            (Session::Postgres(session), true) if lets_on => session.commit_and_let_on().await,
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
        dialect::count_anew(self, Some(table)).await
    }

    async fn execute_ddl(&self, sql: &str) -> Result<()> {
        self.catch_up().await?;
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
