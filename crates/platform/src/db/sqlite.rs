//! The embedded database.
//!
//! A statement runs on a thread where it may block, and gives all its rows back at once: a hand-over for
//! each row would cost more than the row. The connection goes with it. Whoever stops waiting for an answer
//! loses the connection and with it the transaction, which is undone when the statement ends.
//!
//! A commit writes to the log of the database. [`carry`] brings the log into the database file beside the work,
//! so that nobody's commit has to wait for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kernel::id::Uuid;
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::dialect;
use super::meter::Lent;
use super::param::{Cell, Cells, Param};
use super::{Bulk, Row};
use crate::{Fault, Result};

/// How long one waits for a connection, and a connection for another process that writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// Connections that are lent to one transaction each, in the order in which they were asked for.
#[derive(Debug, Clone)]
pub(super) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    commits: AtomicU64,
}

impl Pool {
    pub(super) fn new(file: &Path, size: u32) -> Pool {
        let permits = Arc::new(Semaphore::new(size as usize));
        Pool(Arc::new(Shared {
            file: file.to_owned(),
            size,
            permits,
            idle: Mutex::default(),
            commits: AtomicU64::new(0),
        }))
    }

    async fn lend(&self) -> Result<Lease> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.0.permits).acquire_owned()).await;
        let permit = permit.map_err(|error| Fault::because("no connection to the database came free", error))?;
        let permit = permit.map_err(|error| Fault::because("the database is closed", error))?;
        let (pool, connection) = (self.clone(), self.0.idle().pop());
        match connection {
            Some(connection) => Ok(Lease::new(connection, pool, permit)),
            None => blocking(move || Ok(Lease::new(open(&pool.0.file)?, pool, permit))).await,
        }
    }

    /// A consistent view, from its first statement on.
    pub(super) async fn read(&self) -> Result<Session> {
        Ok(Session(tokio::sync::Mutex::new(Some(self.lend().await?))))
    }

    /// IMMEDIATE takes the write lock, waiting, at the start: a transaction that reads first and writes later
    /// would fail at once when another has written meanwhile.
    pub(super) async fn write(&self) -> Result<Session> {
        let mut lease = self.lend().await?;
        let begun = blocking(move || {
            lease.begin("BEGIN IMMEDIATE")?;
            Ok(lease)
        });
        Ok(Session(tokio::sync::Mutex::new(Some(begun.await?))))
    }

    /// Changes a setting that SQLite changes between transactions only; to be used where there is one connection.
    pub(super) async fn set(&self, name: &'static str, value: &'static str) -> Result<()> {
        let lease = self.lend().await?;
        blocking(move || Ok(lease.connection()?.pragma_update(None, name, value)?)).await
    }

    pub(super) fn lent(&self, pool: &'static str) -> Lent {
        let free = u32::try_from(self.0.permits.available_permits()).unwrap_or(self.0.size);
        let idle = u32::try_from(self.0.idle().len()).unwrap_or_default();
        Lent { pool, lent: self.0.size.saturating_sub(free), idle, most: self.0.size }
    }

    /// Waits for who still works, and lets nobody begin.
    pub(super) async fn close(&self) {
        if let Ok(all) = Arc::clone(&self.0.permits).acquire_many_owned(self.0.size).await {
            self.0.permits.close();
            drop(all);
        }
        self.0.idle().clear();
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long what is committed waits to be carried on; pages that are written again meanwhile are carried once.
const CARRIED_EVERY: Duration = Duration::from_millis(500);

/// Carries the log into the database file, by a connection of `readers`, as long as there is a writer.
pub(super) fn carry(readers: &Pool, writer: &Pool) {
    let (readers, writer) = (Arc::downgrade(&readers.0), Arc::downgrade(&writer.0));
    let commits = move || writer.upgrade().map(|writer| writer.commits.load(Ordering::Relaxed));
    tokio::spawn(async move {
        let mut carried = 0;
        while let Some(committed) = commits() {
            if committed != carried {
                match carry_once(&readers).await {
                    Ok(()) => carried = committed,
                    // A commit carries the log itself when it has grown too long, and tells what hinders it.
                    Err(error) => tracing::warn!("the log of the database was not carried on: {error}"),
                }
            }
            tokio::time::sleep(CARRIED_EVERY).await;
        }
    });
}

async fn carry_once(readers: &Weak<Shared>) -> Result<()> {
    let Some(readers) = readers.upgrade() else { return Ok(()) };
    let lease = Pool(readers).lend().await?;
    blocking(move || Ok(lease.connection()?.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)).await
}

fn open(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .map_err(|error| Fault::because(format!("the database {} cannot be opened", file.display()), error))?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    for (name, value) in dialect::SQLITE_SETTINGS {
        connection.pragma_update(None, name, value)?;
    }
    Ok(connection)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(|error| Fault::because("a thread of the database", error))?
}

/// A connection on loan. It goes back with nothing begun.
#[derive(Debug)]
struct Lease {
    connection: Option<Connection>,
    has_begun: bool,
    pool: Pool,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    fn new(connection: Connection, pool: Pool, permit: OwnedSemaphorePermit) -> Lease {
        Lease { connection: Some(connection), has_begun: false, pool, _permit: permit }
    }

    /// The transaction begins at its first statement. Some errors, a full disk say, end it: then nothing more
    /// may be done in it, for that would be done without what was undone.
    fn begin(&mut self, sql: &str) -> Result<()> {
        if !self.has_begun {
            self.connection()?.execute_batch(sql)?;
            self.has_begun = true;
        } else if self.connection()?.is_autocommit() {
            return Err(Fault::impossible("the database has undone this transaction"));
        }
        Ok(())
    }

    fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or_else(|| Fault::impossible("a lease without its connection"))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A connection that cannot undo is of no use to the next one.
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.pool.0.idle().push(connection);
        }
    }
}

/// A transaction. It is undone when it is dropped without having been committed.
#[derive(Debug)]
pub(super) struct Session(tokio::sync::Mutex<Option<Lease>>);

impl Session {
    /// Lends the connection to `work` on a thread that may block.
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let mut place = self.0.lock().await;
        let mut lease = place.take().ok_or_else(abandoned)?;
        let run = move || {
            let answer = lease.begin("BEGIN").and_then(|()| work(lease.connection()?));
            Ok((answer, lease))
        };
        let (answer, lease) = blocking(run).await?;
        *place = Some(lease);
        answer
    }

    pub(super) async fn rows(&self, sql: String, params: Vec<Param>, most: usize) -> Result<Vec<Row>> {
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            bind(&mut statement, &params)?;
            let width = statement.column_count();
            let mut answer = statement.raw_query();
            let mut rows = Vec::new();
            while rows.len() < most
                && let Some(row) = answer.next()?
            {
                let cells = (0..width).map(|at| cell(row.get_ref(at)?)).collect::<Result<Box<[Cell]>>>()?;
                rows.push(Row(Cells::Sqlite(cells)));
            }
            Ok(rows)
        })
        .await
    }

    pub(super) async fn run(&self, sql: String, params: Vec<Param>) -> Result<u64> {
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            bind(&mut statement, &params)?;
            Ok(statement.raw_execute()? as u64)
        })
        .await
    }

    pub(super) async fn insert(&self, bulk: &Bulk<'_>, rows: Vec<Vec<Param>>) -> Result<u64> {
        let sql = dialect::insert_row(bulk);
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut inserted = 0;
            for row in &rows {
                bind(&mut statement, row)?;
                inserted += statement.raw_execute()? as u64;
            }
            Ok(inserted)
        })
        .await
    }

    pub(super) async fn execute_ddl(&self, sql: String) -> Result<()> {
        self.with(move |connection| Ok(connection.execute_batch(&sql)?)).await
    }

    pub(super) async fn commit(self) -> Result<()> {
        let lease = self.0.into_inner().ok_or_else(abandoned)?;
        let commit = move || {
            if lease.has_begun {
                lease.connection()?.execute_batch("COMMIT")?;
                lease.pool.0.commits.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        blocking(commit).await
    }

    pub(super) async fn rollback(self) -> Result<()> {
        let lease = self.0.into_inner();
        blocking(move || {
            drop(lease);
            Ok(())
        })
        .await
    }
}

fn abandoned() -> crate::Error {
    Fault::impossible("a transaction whose statement nobody waited for")
}

/// `$3` is the third parameter wherever it stands; `?` is the one of its place.
fn bind(statement: &mut Statement<'_>, params: &[Param]) -> Result<()> {
    for at in 1..=statement.parameter_count() {
        let number = match statement.parameter_name(at) {
            Some(name) => name.get(1..).and_then(|number| number.parse().ok()).unwrap_or(0),
            None => at,
        };
        let param = number.checked_sub(1_usize).and_then(|place| params.get(place));
        match param.ok_or_else(|| Fault::impossible(format!("a statement without its parameter {number}")))? {
            Param::Integer(Some(value)) => statement.raw_bind_parameter(at, value)?,
            Param::Text(Some(text)) => statement.raw_bind_parameter(at, text.as_str())?,
            Param::Id(Some(id)) => statement.raw_bind_parameter(at, id.as_bytes().as_slice())?,
            Param::List(list) => statement.raw_bind_parameter(at, dialect::members(list)?)?,
            Param::Integer(None) | Param::Text(None) | Param::Id(None) => statement.raw_bind_parameter(at, Null)?,
        }
    }
    Ok(())
}

fn cell(value: ValueRef<'_>) -> Result<Cell> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Integer(value),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| Fault::because("a text of the database", error))?;
            Cell::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => {
            Cell::Id(Uuid::from_slice(bytes).map_err(|error| Fault::because("an id of the database", error))?)
        }
        ValueRef::Real(_) => return Err(Fault::impossible("a number that is not whole")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;
    use tempfile::TempDir;

    async fn pool(size: u32) -> (TempDir, Pool) {
        let dir = tempfile::tempdir().expect("a directory");
        let pool = Pool::new(&dir.path().join("test.db"), size);
        let tx = pool.write().await.expect("a transaction");
        tx.execute_ddl("CREATE TABLE t (id UUID UNIQUE, n BIGINT, name TEXT)".to_owned()).await.expect("a table");
        tx.commit().await.expect("committed");
        (dir, pool)
    }

    const COUNT: &str = "SELECT COUNT(*) FROM t";
    const ADD: &str = "INSERT INTO t (n) VALUES ($1)";

    async fn count(pool: &Pool) -> i64 {
        let rows = pool.read().await.expect("a view").rows(COUNT.to_owned(), params![], 1).await.expect("a count");
        rows[0].get(0).expect("a number")
    }

    #[tokio::test]
    async fn a_parameter_is_found_by_its_number() {
        let (_dir, pool) = pool(1).await;
        let (tx, id) = (pool.read().await.expect("a view"), Uuid::from_u128(7));
        let sql = "SELECT $2, $1, $2, $3, $4".to_owned();
        let row = tx.rows(sql, params![1_i64, "two", id, None::<i64>], 1).await.expect("a row").remove(0);
        assert_eq!((row.get::<String>(0).expect("text"), row.get::<i64>(1).expect("number")), ("two".to_owned(), 1));
        assert_eq!((row.get::<String>(2).expect("text"), row.get::<Uuid>(3).expect("id")), ("two".to_owned(), id));
        assert_eq!(row.get::<Option<i64>>(4).expect("nothing"), None);
        assert!(row.get::<i64>(4).is_err(), "nothing is no number");
        assert!(row.get::<i64>(0).is_err(), "a text is no number");
        assert!(tx.rows("SELECT $3".to_owned(), params![1_i64], 1).await.is_err(), "there is no third parameter");
    }

    #[tokio::test]
    async fn what_is_dropped_leaves_no_trace_and_the_connection_serves_the_next() {
        let (_dir, pool) = pool(1).await;
        let tx = pool.write().await.expect("a transaction");
        tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
        drop(tx);
        assert_eq!(count(&pool).await, 0);
        let tx = pool.write().await.expect("a transaction");
        tx.run(ADD.to_owned(), params![2_i64]).await.expect("added");
        tx.commit().await.expect("committed");
        assert_eq!(count(&pool).await, 1);
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_takes_its_transaction_with_it() {
        let (_dir, pool) = pool(1).await;
        let tx = pool.write().await.expect("a transaction");
        tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
        let long =
            "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT MAX(n) FROM c";
        let waited = tokio::time::timeout(Duration::from_millis(1), tx.rows(long.to_owned(), params![], 1)).await;
        assert!(waited.is_err(), "nobody waited for it");
        assert!(tx.run(ADD.to_owned(), params![2_i64]).await.is_err(), "nothing more can be done in it");
        assert!(tx.commit().await.is_err(), "nor can it be committed");
        assert_eq!(count(&pool).await, 0);
    }

    #[tokio::test]
    async fn what_the_database_has_undone_cannot_be_gone_on_with() {
        let (_dir, pool) = pool(1).await;
        let (tx, same) = (pool.write().await.expect("a transaction"), Uuid::from_u128(7));
        tx.run("INSERT INTO t (id) VALUES ($1)".to_owned(), params![same]).await.expect("added");
        let undoing = "INSERT OR ROLLBACK INTO t (id) VALUES ($1)";
        assert!(tx.run(undoing.to_owned(), params![same]).await.is_err());
        assert!(tx.run(ADD.to_owned(), params![1_i64]).await.is_err(), "it would be kept without the first");
        assert!(tx.commit().await.is_err());
        assert_eq!(count(&pool).await, 0);
    }

    #[tokio::test]
    async fn rows_that_conflict_are_not_counted_as_inserted() {
        let (_dir, pool) = pool(1).await;
        let bulk = Bulk { into: "t (id, n)", types: &["UUID", "BIGINT"], then: "ON CONFLICT DO NOTHING" };
        let (tx, same) = (pool.write().await.expect("a transaction"), Uuid::from_u128(7));
        let rows = vec![params![same, 1_i64], params![same, 2_i64], params![None::<Uuid>, 3_i64]];
        assert_eq!(tx.insert(&bulk, rows).await.expect("inserted"), 2);
    }

    #[tokio::test]
    async fn closing_waits_for_who_still_works_and_lets_nobody_begin() {
        let (_dir, pool) = pool(2).await;
        let tx = pool.read().await.expect("a view");
        let closing = tokio::spawn({
            let pool = pool.clone();
            async move { pool.close().await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!closing.is_finished());
        tx.rows(COUNT.to_owned(), params![], 1).await.expect("it may finish its work");
        tx.rollback().await.expect("undone");
        closing.await.expect("closed");
        assert!(pool.read().await.is_err());
    }
}
