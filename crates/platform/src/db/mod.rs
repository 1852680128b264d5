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
//! **One writer.** On SQLite every write transaction comes from a pool of one connection, whose
//! queue is fair, and begins IMMEDIATE: it can wait for another process, but never fails half-way
//! because somebody else wrote. PostgreSQL hands out as many as its pool holds.

mod dialect;
mod migrate;
mod param;

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, QueryResult, Statement,
    TransactionTrait,
};

pub use dialect::{Bulk, Carriers, Engine, Exclusive};
pub use migrate::Migration;
pub use param::{FromColumn, List, Param, reach};

use crate::{Fault, Result};

/// The database of a bureau.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    readers: DatabaseConnection,
    writers: DatabaseConnection,
    data: PathBuf,
}

impl Db {
    /// Opens the database at `url`, or the embedded one in `data` when there is no url.
    pub async fn open(url: Option<&str>, data: &Path) -> Result<Db> {
        let engine = Engine::of(url);
        if engine == Engine::Sqlite {
            // Personal data lies here: nobody else on the machine may look.
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data)?;
        }
        let url = url.map_or_else(|| sqlite_url(data), str::to_owned);
        let readers = connect(engine, &url, engine.readers()).await?;
        let writers = match engine {
            Engine::Sqlite => connect(engine, &url, 1).await?,
            Engine::Postgres => readers.clone(),
        };
        Ok(Db { engine, readers, writers, data: data.to_owned() })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A consistent view for reading.
    pub async fn read(&self) -> Result<Tx> {
        let inner = self.readers.begin_with_options(self.engine.read_options()).await?;
        Ok(Tx { inner, engine: self.engine, is_view: true })
    }

    /// A transaction that may write; nothing of it is seen by others, or survives, before
    /// [`Tx::commit`].
    pub async fn write(&self) -> Result<Tx> {
        let inner = self.writers.begin_with_options(self.engine.write_options()).await?;
        Ok(Tx { inner, engine: self.engine, is_view: false })
    }

    /// Brings the schema up to date; safe to call from several processes at once.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        migrate::run(self, migrations).await
    }

    /// Claims `name` for this process until the claim is dropped or the process dies, or says that
    /// somebody else holds it.
    pub async fn exclusive(&self, name: &str) -> Result<Option<Exclusive>> {
        dialect::exclusive(self.engine, &self.writers, &self.data, name).await
    }

    /// Whether this process may carry out the bureau's long work, and who else may.
    pub async fn carriers(&self) -> Result<Carriers> {
        dialect::carriers(self.engine, &self.writers, &self.data).await
    }

    pub async fn close(self) -> Result<()> {
        self.readers.close_by_ref().await?;
        Ok(self.writers.close_by_ref().await?)
    }
}

fn sqlite_url(data: &Path) -> String {
    format!("sqlite://{}?mode=rwc", data.join("gridhall.db").display())
}

async fn connect(engine: Engine, url: &str, connections: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .sqlx_logging(false);
    engine.tune(&mut options);
    Database::connect(options).await.map_err(|error| Fault::because("the database cannot be opened", error))
}

/// A transaction.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    engine: Engine,
    is_view: bool,
}

impl Tx {
    /// All rows. `IN LIST($n)` in the text stands for membership in a [`List`].
    pub async fn rows(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        let rows = self.inner.query_all_raw(self.statement(sql, params)?).await?;
        Ok(rows.into_iter().map(Row).collect())
    }

    pub async fn row(&self, sql: &str, params: Vec<Param>) -> Result<Option<Row>> {
        Ok(self.inner.query_one_raw(self.statement(sql, params)?).await?.map(Row))
    }

    /// Runs a statement and tells how many rows it touched.
    pub async fn run(&self, sql: &str, params: Vec<Param>) -> Result<u64> {
        Ok(self.inner.execute_raw(self.statement(sql, params)?).await?.rows_affected())
    }

    /// Inserts many rows with few statements.
    pub async fn insert(&self, bulk: &Bulk, rows: Vec<Vec<Param>>) -> Result<u64> {
        let mut inserted = 0;
        for statement in dialect::bulk_insert(self.engine, bulk, rows)? {
            inserted += self.inner.execute_raw(statement).await?.rows_affected();
        }
        Ok(inserted)
    }

    /// Rows that are locked until the transaction ends. `sql` is a plain SELECT; in a view, which
    /// changes nothing, it is no more than that.
    pub async fn rows_locked(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>> {
        if self.is_view {
            return self.rows(sql, params).await;
        }
        self.rows(&dialect::locked(self.engine, sql), params).await
    }

    /// Locks rows until the transaction ends, for who does not need to see them.
    pub async fn lock_rows(&self, sql: &str, params: Vec<Param>) -> Result<()> {
        if dialect::has_row_locks(self.engine) { self.rows_locked(sql, params).await.map(drop) } else { Ok(()) }
    }

    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Ends the transaction without a trace.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
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

    async fn execute_ddl(&self, sql: &str) -> Result<()> {
        self.inner.execute_unprepared(&dialect::ddl(self.engine, sql)).await?;
        Ok(())
    }

    fn statement(&self, sql: &str, params: Vec<Param>) -> Result<Statement> {
        let sql = dialect::membership(self.engine, sql);
        let values = params.into_iter().map(|param| param.into_value(self.engine)).collect::<Result<Vec<_>>>()?;
        Ok(Statement::from_sql_and_values(self.engine.backend(), sql, values))
    }
}

/// One row of an answer, read by position.
#[derive(Debug)]
pub struct Row(QueryResult);

impl Row {
    pub fn get<T: FromColumn>(&self, at: usize) -> Result<T> {
        T::from_column(&self.0, at)
    }

    /// A column that holds one of a few words.
    pub fn word<T>(&self, at: usize, from_word: fn(&str) -> Option<T>) -> Result<T> {
        let word: String = self.get(at)?;
        from_word(&word).ok_or_else(|| Fault::impossible(format!("column {at} holds the unknown word {word}")))
    }
}

/// Parameters of a statement, each converted by [`Param`]'s `From`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Param::from($value)),*] };
}
