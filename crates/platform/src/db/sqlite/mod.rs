//! The embedded database.
//!
//! A statement runs on a thread where it may block, and gives all its rows back at once: a hand-over for
//! each row would cost more than the row. The connection goes with it. Whoever stops waiting for an answer
//! loses the connection and with it the transaction, which is undone when the statement ends. Work of many short
//! statements goes to such a thread as a whole ([`where_it_may_block`]); then none is handed over.
//!
//! A commit writes to the log of the database; short acts share one ([`pool`]). [`carry`] brings the log into the
//! database file beside the work, so that nobody's commit has to wait for it.

mod pool;
mod threads;

use kernel::id::Uuid;
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Connection, Statement};

pub(super) use pool::{Pool, Writing, carry};
pub(super) use threads::where_it_may_block;

use super::dialect;
use super::param::{Cell, Cells, Param};
use super::{Bulk, Row};
use crate::{Fault, Result};
use pool::Lease;
use threads::blocking;

/// A transaction. It is undone when it is dropped without having been committed.
#[derive(Debug)]
pub(super) struct Session(tokio::sync::Mutex<Option<Lease>>);

impl From<Lease> for Session {
    fn from(lease: Lease) -> Session {
        Session(tokio::sync::Mutex::new(Some(lease)))
    }
}

impl Session {
    /// Lends the connection to `work` on a thread that may block.
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let mut place = self.0.lock().await;
        let mut lease = place.take().ok_or_else(abandoned)?;
        let run = move || {
            let answer = lease.begin().and_then(|()| work(lease.connection()?));
            if let Err(error) = &answer {
                lease.tell_if_undone(error);
            }
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
        blocking(move || lease.commit()).await?.heard().await
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
    use std::time::Duration;

    use super::*;
    use crate::params;
    use tempfile::TempDir;

    pub(super) async fn pool(size: u32) -> (TempDir, Pool) {
        let dir = tempfile::tempdir().expect("a directory");
        let pool = Pool::new(&dir.path().join("test.db"), size);
        let tx = pool.write(Writing::Alone).await.expect("a transaction");
        tx.execute_ddl("CREATE TABLE t (id UUID UNIQUE, n BIGINT, name TEXT)".to_owned()).await.expect("a table");
        tx.commit().await.expect("committed");
        (dir, pool)
    }

    pub(super) const COUNT: &str = "SELECT COUNT(*) FROM t";
    pub(super) const ADD: &str = "INSERT INTO t (n) VALUES ($1)";

    pub(super) async fn count(pool: &Pool) -> i64 {
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
        let tx = pool.write(Writing::Alone).await.expect("a transaction");
        tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
        drop(tx);
        assert_eq!(count(&pool).await, 0);
        let tx = pool.write(Writing::Alone).await.expect("a transaction");
        tx.run(ADD.to_owned(), params![2_i64]).await.expect("added");
        tx.commit().await.expect("committed");
        assert_eq!(count(&pool).await, 1);
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_takes_its_transaction_with_it() {
        let (_dir, pool) = pool(1).await;
        let tx = pool.write(Writing::Alone).await.expect("a transaction");
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
        let (tx, same) = (pool.write(Writing::Alone).await.expect("a transaction"), Uuid::from_u128(7));
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
        let (tx, same) = (pool.write(Writing::Alone).await.expect("a transaction"), Uuid::from_u128(7));
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
