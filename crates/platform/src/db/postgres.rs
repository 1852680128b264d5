//! The database of a server.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, Statement, TransactionOptions, TransactionTrait, Value,
};

use super::door::Door;
use super::meter::{self, Lent};
use super::param::{Cells, Param};
use super::soon::Waiting;
use super::{Bulk, Engine, Row, dialect};
use crate::{Fault, Result};

pub(super) async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .sqlx_logging(false);
    Database::connect(options).await.map_err(|error| Fault::because("the database cannot be opened", error))
}

pub(super) fn lent(server: &DatabaseConnection, most: u32) -> Lent {
    let pool = server.get_postgres_connection_pool();
    let idle = u32::try_from(pool.num_idle()).unwrap_or_default();
    Lent { pool: "server", lent: pool.size().saturating_sub(idle), idle, most }
}

#[derive(Debug)]
pub(super) enum Session {
    Transaction(DatabaseTransaction),
    /// Each question by whatever connection is free, with nothing begun and nothing to end.
    Glance(DatabaseConnection, Door),
}

impl Session {
    /// A view sees one state of the data only when asked to.
    pub(super) async fn read(server: &DatabaseConnection) -> Result<Session> {
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let server = server.clone();
        begun(async move { server.begin_with_options(options).await }).await
    }

    pub(super) async fn write(server: &DatabaseConnection) -> Result<Session> {
        let server = server.clone();
        begun(async move { server.begin().await }).await
    }

    pub(super) fn glance(server: &DatabaseConnection, door: &Door) -> Session {
        Session::Glance(server.clone(), door.clone())
    }

    pub(super) async fn rows(&self, sql: String, params: Vec<Param>) -> Result<Vec<Row>> {
        let statement = statement(sql, params);
        let rows = match self {
            Session::Transaction(tx) => tx.query_all_raw(statement).await?,
            Session::Glance(server, door) => {
                let ask = || async { Ok(server.query_all_raw(statement.clone()).await?) };
                meter::waited(Engine::Postgres, "glance", door.through(ask)).await?
            }
        };
        Ok(rows.into_iter().map(|row| Row(Cells::Postgres(row))).collect())
    }

    pub(super) async fn row(&self, sql: String, params: Vec<Param>) -> Result<Option<Row>> {
        let statement = statement(sql, params);
        let row = match self {
            Session::Transaction(tx) => tx.query_one_raw(statement).await?,
            Session::Glance(server, door) => {
                let ask = || async { Ok(server.query_one_raw(statement.clone()).await?) };
                meter::waited(Engine::Postgres, "glance", door.through(ask)).await?
            }
        };
        Ok(row.map(|row| Row(Cells::Postgres(row))))
    }

    pub(super) async fn run(&self, sql: String, params: Vec<Param>) -> Result<u64> {
        Ok(self.transaction()?.execute_raw(statement(sql, params)).await?.rows_affected())
    }

    pub(super) async fn insert(&self, bulk: &Bulk<'_>, rows: Vec<Vec<Param>>) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            dialect::insert_arrays(bulk),
            dialect::arrays(bulk, rows),
        );
        Ok(self.transaction()?.execute_raw(statement).await?.rows_affected())
    }

    pub(super) async fn insert_together(&self, waiting: Vec<Waiting>) -> Result<()> {
        let (sql, values) = dialect::insert_together(waiting);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.transaction()?.execute_raw(statement).await?;
        Ok(())
    }

    pub(super) async fn execute_ddl(&self, sql: &str) -> Result<()> {
        Ok(self.transaction()?.execute_unprepared(sql).await.map(drop)?)
    }

    fn transaction(&self) -> Result<&DatabaseTransaction> {
        match self {
            Session::Transaction(tx) => Ok(tx),
            Session::Glance(..) => Err(Fault::impossible("a glance changes nothing")),
        }
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Session::Transaction(tx) => Ok(tx.commit().await?),
            Session::Glance(..) => Ok(()),
        }
    }

    /// Commits, lets others on, and waits for the disk: the log is written in its order, so that what comes behind is never
    /// kept without this.
    pub(super) async fn commit_and_let_on(self) -> Result<()> {
        self.transaction()?.execute_unprepared(LET_ON).await?;
        self.commit().await
    }

    pub(super) async fn rollback(self) -> Result<()> {
        match self {
            Session::Transaction(tx) => Ok(tx.rollback().await?),
            Session::Glance(..) => Ok(()),
        }
    }
}

/// Begins beside whoever waits for it. The client library does not undo a beginning that is given up half-way: whoever got that
/// connection next would find himself in a transaction.
async fn begun(begin: impl Future<Output = Result<DatabaseTransaction, DbErr>> + Send + 'static) -> Result<Session> {
    let begun = tokio::spawn(begin).await.map_err(|error| Fault::because("the beginning of a transaction", error))?;
    Ok(Session::Transaction(begun?))
}

/// The commit alone would hold on to everything until the disk has it. Here another follows it, of a transaction that
/// holds nothing and leaves a word in the log, which has to be on the disk behind it.
const LET_ON: &str =
    "SET LOCAL synchronous_commit = off; COMMIT; BEGIN; SELECT pg_logical_emit_message(true, 'gridhall', '')";

fn statement(sql: String, params: Vec<Param>) -> Statement {
    let values = params.into_iter().map(Param::into_value).collect::<Vec<Value>>();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
