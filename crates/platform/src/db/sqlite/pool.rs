//! Connections, and the one that writes.
//!
//! A person's act takes a fraction of a millisecond to do and more to bring to the disk. Acts that come one after the
//! other share the way there:
//!
//! ```text
//!   savepoint ▸ statements ▸ release ──▶ others wait for the writer: left with it, for them
//!                                    └─▶ nobody waits, or enough lie there: committed, all who wait are told
//! ```
//!
//! Each is undone by itself. None is acknowledged before it is on the disk; what the disk refuses, all are told. Who
//! writes alone, a chunk of a run say, begins when what lies there is committed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::threads::blocking;
use super::{Session, dialect};
use crate::db::meter::Lent;
use crate::{Fault, Result};

/// How long one waits for a connection, and a connection for another process that writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// Acts that share a commit.
const TOGETHER: usize = 32;
/// How long what was left with the writer lies there when nobody comes.
const LEFT_FOR: Duration = Duration::from_millis(5);

/// Connections that are lent to one transaction each, in the order in which they were asked for.
#[derive(Debug, Clone)]
pub(in crate::db) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Line>>,
    /// Who waits for a connection to write.
    in_line: AtomicUsize,
    commits: AtomicU64,
}

/// A connection, and who waits for what was done by it to be committed: with nobody waiting, nothing is begun.
#[derive(Debug)]
struct Line {
    connection: Connection,
    waiting: Vec<oneshot::Sender<Outcome>>,
}

type Outcome = std::result::Result<(), rusqlite::Error>;

impl Line {
    /// Commits what lies there.
    fn settle(&mut self, pool: &Shared) {
        if self.waiting.is_empty() {
            return;
        }
        let mut outcome = self.connection.execute_batch("COMMIT");
        pool.commits.fetch_add(1, Ordering::Relaxed);
        if outcome.is_err() && !self.connection.is_autocommit() {
            outcome = self.connection.execute_batch("ROLLBACK").and(outcome);
        }
        self.tell(outcome.as_ref().err());
    }

    /// Tells all who wait that they are on the disk, or what undid them.
    fn tell(&mut self, undone_by: Option<&rusqlite::Error>) {
        for waiting in self.waiting.drain(..) {
            // Who does not wait any more is not told.
            drop(waiting.send(undone_by.map_or(Ok(()), |error| Err(told_again(error)))));
        }
    }
}

fn told_again(error: &rusqlite::Error) -> rusqlite::Error {
    let (code, said) = match error {
        rusqlite::Error::SqliteFailure(code, said) => (*code, said.clone()),
        other => (ffi::Error::new(ffi::SQLITE_ERROR), Some(other.to_string())),
    };
    rusqlite::Error::SqliteFailure(code, said)
}

/// Where it is not known by what.
fn undone_with_others() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), None)
}

/// How a transaction writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Writing {
    Alone,
    /// Its commit may be shared with others'.
    Together,
}

impl Pool {
    pub(in crate::db) fn new(file: &Path, size: u32) -> Pool {
        let permits = Arc::new(Semaphore::new(size as usize));
        Pool(Arc::new(Shared {
            file: file.to_owned(),
            size,
            permits,
            idle: Mutex::default(),
            in_line: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
        }))
    }

    async fn lend(&self) -> Result<Lease> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.0.permits).acquire_owned()).await;
        let permit = permit.map_err(|error| Fault::because("no connection to the database came free", error))?;
        let permit = permit.map_err(|error| Fault::because("the database is closed", error))?;
        let (pool, line) = (self.clone(), self.0.idle().pop());
        match line {
            Some(line) => Ok(Lease::new(line, pool, permit)),
            None => blocking(move || Ok(Lease::new(open(&pool.0.file)?, pool, permit))).await,
        }
    }

    /// A consistent view, from its first statement on.
    pub(in crate::db) async fn read(&self) -> Result<Session> {
        Ok(self.lend().await?.into())
    }

    pub(in crate::db) async fn write(&self, how: Writing) -> Result<Session> {
        let in_line = InLine::of(&self.0);
        let mut lease = self.lend().await?;
        drop(in_line);
        let begun = blocking(move || {
            lease.begin_to_write(how)?;
            Ok(lease)
        });
        Ok(begun.await?.into())
    }

    /// Changes a setting that SQLite changes between transactions only; to be used where there is one connection.
    pub(in crate::db) async fn set(&self, name: &'static str, value: &'static str) -> Result<()> {
        let mut lease = self.lend().await?;
        blocking(move || {
            lease.settle();
            Ok(lease.connection()?.pragma_update(None, name, value)?)
        })
        .await
    }

    pub(in crate::db) fn lent(&self, pool: &'static str) -> Lent {
        let free = u32::try_from(self.0.permits.available_permits()).unwrap_or(self.0.size);
        let idle = u32::try_from(self.0.idle().len()).unwrap_or_default();
        Lent { pool, lent: self.0.size.saturating_sub(free), idle, most: self.0.size }
    }

    /// Waits for who still works, and lets nobody begin.
    pub(in crate::db) async fn close(&self) {
        if let Ok(all) = Arc::clone(&self.0.permits).acquire_many_owned(self.0.size).await {
            self.0.permits.close();
            drop(all);
        }
        let lines = std::mem::take(&mut *self.0.idle());
        lines.into_iter().for_each(|mut line| line.settle(&self.0));
    }

    /// Commits what lies with the writer once nobody has come for it. It waits in line like everybody, but not for
    /// others to leave it their acts.
    fn settle_soon(&self) {
        let pool = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LEFT_FOR).await;
            // Where no writer can be had any more, those who wait are told by its end.
            if let Ok(mut lease) = pool.lend().await {
                let settle = move || {
                    lease.settle();
                    Ok(())
                };
                drop(blocking(settle).await);
            }
        });
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for the writer; he may give up.
struct InLine(Arc<Shared>);

impl InLine {
    fn of(pool: &Arc<Shared>) -> InLine {
        pool.in_line.fetch_add(1, Ordering::Relaxed);
        InLine(Arc::clone(pool))
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        self.0.in_line.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long what is committed waits to be carried on; pages that are written again meanwhile are carried once.
const CARRIED_EVERY: Duration = Duration::from_millis(500);

/// Carries the log into the database file, by a connection of `readers`, as long as there is a writer.
pub(in crate::db) fn carry(readers: &Pool, writer: &Pool) {
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

fn open(file: &Path) -> Result<Line> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .map_err(|error| Fault::because(format!("the database {} cannot be opened", file.display()), error))?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // Without it a statement is prepared again for each new parameter that the condition of a partial index might be
    // compared with, which takes longer than to run it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    for (name, value) in dialect::SQLITE_SETTINGS {
        connection.pragma_update(None, name, value)?;
    }
    Ok(Line { connection, waiting: Vec::new() })
}

/// A connection on loan. It goes back with nothing begun but what others wait for.
#[derive(Debug)]
pub(super) struct Lease {
    line: Option<Line>,
    begun: Option<Begun>,
    pool: Pool,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// By a statement of its own, which its commit or rollback ends.
    Transaction,
    /// As a part of one that others may have begun.
    Savepoint,
}

impl Lease {
    fn new(line: Line, pool: Pool, permit: OwnedSemaphorePermit) -> Lease {
        Lease { line: Some(line), begun: None, pool, _permit: permit }
    }

    /// The view begins at its first statement. Some errors, a full disk say, end a transaction: then nothing more
    /// may be done in it, for that would be done without what was undone.
    pub(super) fn begin(&mut self) -> Result<()> {
        if self.begun.is_none() {
            self.connection()?.execute_batch("BEGIN")?;
            self.begun = Some(Begun::Transaction);
        } else if self.connection()?.is_autocommit() {
            return Err(undone());
        }
        Ok(())
    }

    /// IMMEDIATE takes the write lock, waiting, at the start: a transaction that reads first and writes later
    /// would fail at once when another has written meanwhile.
    fn begin_to_write(&mut self, how: Writing) -> Result<()> {
        if how == Writing::Alone {
            self.settle();
        }
        if self.connection()?.is_autocommit() {
            self.connection()?.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.begun = Some(Begun::Transaction);
        if how == Writing::Together {
            self.connection()?.execute_batch("SAVEPOINT act")?;
            self.begun = Some(Begun::Savepoint);
        }
        Ok(())
    }

    pub(super) fn commit(self) -> Result<Committed> {
        match self.begun {
            None => {}
            Some(Begun::Transaction) => {
                self.connection()?.execute_batch("COMMIT")?;
                self.pool.0.commits.fetch_add(1, Ordering::Relaxed);
            }
            Some(Begun::Savepoint) => return self.share_commit(),
        }
        Ok(Committed::Done)
    }

    fn share_commit(mut self) -> Result<Committed> {
        self.connection()?.execute_batch("RELEASE act")?;
        self.begun = None;
        let (tell, outcome) = oneshot::channel();
        let line = self.line.as_mut().ok_or_else(no_connection)?;
        line.waiting.push(tell);
        let others_come = self.pool.0.in_line.load(Ordering::Relaxed) > 0;
        if others_come && line.waiting.len() < TOGETHER {
            if line.waiting.len() == 1 {
                self.pool.settle_soon();
            }
        } else {
            self.settle();
        }
        Ok(Committed::Shared(outcome))
    }

    fn settle(&mut self) {
        if let Some(line) = &mut self.line {
            line.settle(&self.pool.0);
        }
    }

    /// After a statement that failed. Where the database undid the whole transaction, whoever left his act in it hears
    /// of the same: that the disk is full, say.
    pub(super) fn tell_if_undone(&mut self, error: &crate::Error) {
        if let (Some(line), Some(_)) = (&mut self.line, self.begun)
            && line.connection.is_autocommit()
        {
            let unknown = undone_with_others();
            line.tell(Some(error.cause().unwrap_or(&unknown)));
        }
    }

    pub(super) fn connection(&self) -> Result<&Connection> {
        self.line.as_ref().map(|line| &line.connection).ok_or_else(no_connection)
    }
}

impl Drop for Lease {
    /// A connection that cannot undo is of no use to the next one.
    fn drop(&mut self) {
        let Some(mut line) = self.line.take() else { return };
        let undone = match self.begun {
            // What was begun is over: committed, left for others, or undone by the database with all that lay there.
            _ if line.connection.is_autocommit() => {
                line.tell(Some(&undone_with_others()));
                true
            }
            None => true,
            Some(Begun::Savepoint) if !line.waiting.is_empty() => {
                let undone = line.connection.execute_batch("ROLLBACK TO act; RELEASE act").is_ok();
                if undone && self.pool.0.in_line.load(Ordering::Relaxed) == 0 {
                    line.settle(&self.pool.0);
                }
                undone
            }
            Some(_) => {
                line.tell(Some(&undone_with_others()));
                line.connection.execute_batch("ROLLBACK").is_ok()
            }
        };
        if undone {
            self.pool.0.idle().push(line);
        }
    }
}

/// How a commit went.
pub(super) enum Committed {
    Done,
    /// It will be told when it is on the disk, with others'.
    Shared(oneshot::Receiver<Outcome>),
}

impl Committed {
    pub(super) async fn heard(self) -> Result<()> {
        match self {
            Committed::Done => Ok(()),
            Committed::Shared(outcome) => Ok(outcome.await.map_err(|_| undone())??),
        }
    }
}

fn no_connection() -> crate::Error {
    Fault::impossible("a lease without its connection")
}

fn undone() -> crate::Error {
    Fault::impossible("the database has undone this transaction")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ADD, count, pool};
    use super::*;
    use crate::params;
    use crate::trouble::Trouble;
    use kernel::id::Uuid;
    use rusqlite::StatementStatus;

    async fn act(pool: &Pool, n: i64) -> Session {
        let tx = pool.write(Writing::Together).await.expect("a transaction");
        tx.run(ADD.to_owned(), params![n]).await.expect("added");
        tx
    }

    /// Somebody who waits for the writer that another has.
    async fn next(pool: &Pool, how: Writing) -> tokio::task::JoinHandle<Session> {
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { pool.write(how).await.expect("a transaction") }
        });
        while pool.0.in_line.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        waiting
    }

    fn commits(pool: &Pool) -> u64 {
        pool.0.commits.load(Ordering::Relaxed)
    }

    /// The writer alone, and readers beside it.
    async fn writer() -> (tempfile::TempDir, Pool, Pool) {
        let (dir, readers) = pool(2).await;
        let writer = Pool::new(&readers.0.file, 1);
        (dir, readers, writer)
    }

    #[tokio::test]
    async fn a_statement_is_prepared_once_whatever_its_parameters() {
        let (_dir, pool) = pool(1).await;
        let tx = pool.read().await.expect("a view");
        let prepared_again = tx.with(|connection| {
            connection.execute_batch("CREATE INDEX few ON t (n) WHERE name = 'few'")?;
            let mut statement = connection.prepare("SELECT id FROM t WHERE n = ?1 AND name = ?2")?;
            for (n, name) in [(1, "few"), (2, "many"), (3, "few")] {
                assert!(!statement.exists((n, name))?);
            }
            Ok(statement.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(prepared_again.await.expect("asked"), 0);
    }

    #[tokio::test]
    async fn acts_that_follow_each_other_are_committed_at_once_and_told_together() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(first.commit());
        let second = second.await.expect("it has its turn");
        second.run(ADD.to_owned(), params![2_i64]).await.expect("added");
        assert!(!told.is_finished(), "it is not on the disk yet");
        assert_eq!(count(&readers).await, 0);
        second.commit().await.expect("committed");
        told.await.expect("told").expect("committed");
        assert_eq!((count(&readers).await, commits(&writer)), (2, 1));
    }

    #[tokio::test]
    async fn an_act_that_is_undone_takes_nothing_of_the_others_with_it() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(first.commit());
        let second = second.await.expect("it has its turn");
        second.run(ADD.to_owned(), params![2_i64]).await.expect("added");
        drop(second);
        told.await.expect("told").expect("committed");
        assert_eq!(count(&readers).await, 1);
    }

    #[tokio::test]
    async fn what_was_left_for_somebody_who_gave_up_is_committed_soon() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(async move {
            let committed = first.commit().await;
            (committed, count(&readers).await)
        });
        second.abort();
        let (committed, rows) = told.await.expect("told");
        committed.expect("committed");
        assert_eq!(rows, 1);
    }

    #[tokio::test]
    async fn who_writes_alone_begins_when_the_others_are_on_the_disk() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let alone = next(&writer, Writing::Alone).await;
        let told = tokio::spawn(first.commit());
        let alone = alone.await.expect("it has its turn");
        told.await.expect("told").expect("committed");
        assert_eq!(count(&readers).await, 1);
        alone.rollback().await.expect("undone");
        assert_eq!(count(&readers).await, 1);
    }

    #[tokio::test]
    async fn what_the_database_undoes_with_another_act_is_not_told_as_committed() {
        let (_dir, readers, writer) = writer().await;
        let (first, same) = (act(&writer, 1).await, Uuid::from_u128(7));
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(first.commit());
        let second = second.await.expect("it has its turn");
        second.run("INSERT INTO t (id) VALUES ($1)".to_owned(), params![same]).await.expect("added");
        let undoing = "INSERT OR ROLLBACK INTO t (id) VALUES ($1)";
        assert!(second.run(undoing.to_owned(), params![same]).await.is_err());
        assert!(second.run(ADD.to_owned(), params![2_i64]).await.is_err(), "it would be kept without the first");
        assert!(second.commit().await.is_err());
        assert!(told.await.expect("told").is_err());
        assert_eq!(count(&readers).await, 0);
        act(&writer, 3).await.commit().await.expect("the next finds the writer in order");
        assert_eq!(count(&readers).await, 1);
    }

    #[tokio::test]
    async fn a_disk_that_is_full_for_one_is_told_to_all_whom_it_undoes() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(first.commit());
        let second = second.await.expect("it has its turn");
        let no_room = |connection: &Connection| Ok(connection.pragma_update(None, "max_page_count", 1)?);
        second.with(no_room).await.expect("set");
        let large = "INSERT INTO t (name) VALUES (hex(zeroblob(100000)))";
        let full = second.run(large.to_owned(), params![]).await.expect_err("there is no room");
        assert_eq!(full.trouble(), Some(Trouble::Full));
        let undone = told.await.expect("told").expect_err("it was undone with the other");
        assert_eq!(undone.trouble(), Some(Trouble::Full));
        drop(second);
        assert_eq!(count(&readers).await, 0);
    }

    #[tokio::test]
    async fn no_more_than_so_many_lie_with_the_writer() {
        let (_dir, readers, writer) = writer().await;
        let mut tx = act(&writer, 0).await;
        let mut told = Vec::new();
        for left in 1..=2 * TOGETHER {
            let following = next(&writer, Writing::Together).await;
            told.push(tokio::spawn(tx.commit()));
            tx = following.await.expect("it has its turn");
            // On a slow machine some are settled before there are so many.
            let on_disk = usize::try_from(count(&readers).await).expect("a number");
            assert!(left - on_disk < TOGETHER, "{left} were left and {on_disk} are on the disk");
            tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
        }
        tx.commit().await.expect("committed");
        for told in told {
            told.await.expect("told").expect("committed");
        }
        assert!(commits(&writer) >= 3, "{} commits", commits(&writer));
    }

    #[tokio::test]
    async fn closing_commits_what_was_left() {
        let (_dir, readers, writer) = writer().await;
        let first = act(&writer, 1).await;
        let second = next(&writer, Writing::Together).await;
        let told = tokio::spawn(first.commit());
        second.await.expect("it has its turn").rollback().await.expect("undone");
        writer.close().await;
        told.await.expect("told").expect("committed");
        assert_eq!(count(&readers).await, 1);
    }
}
