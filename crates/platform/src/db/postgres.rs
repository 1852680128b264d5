//! The database of a server.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, Statement, TransactionOptions, TransactionTrait, Value,
};

use super::meter::Lent;
use super::param::{Cells, Param};
use super::{Bulk, Row, dialect};
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

/// A transaction.
#[derive(Debug)]
pub(super) struct Session(DatabaseTransaction);

impl Session {
    /// A view sees one state of the data only when asked to.
    pub(super) async fn read(server: &DatabaseConnection) -> Result<Session> {
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        Ok(Session(server.begin_with_options(options).await?))
    }

    pub(super) async fn write(server: &DatabaseConnection) -> Result<Session> {
        Ok(Session(server.begin().await?))
    }

    pub(super) async fn rows(&self, sql: String, params: Vec<Param>) -> Result<Vec<Row>> {
        let rows = self.0.query_all_raw(statement(sql, params)).await?;
        Ok(rows.into_iter().map(|row| Row(Cells::Postgres(row))).collect())
    }

    pub(super) async fn row(&self, sql: String, params: Vec<Param>) -> Result<Option<Row>> {
        Ok(self.0.query_one_raw(statement(sql, params)).await?.map(|row| Row(Cells::Postgres(row))))
    }

    pub(super) async fn run(&self, sql: String, params: Vec<Param>) -> Result<u64> {
        Ok(self.0.execute_raw(statement(sql, params)).await?.rows_affected())
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
        Ok(self.0.execute_raw(statement).await?.rows_affected())
    }

    pub(super) async fn execute_ddl(&self, sql: &str) -> Result<()> {
        Ok(self.0.execute_unprepared(sql).await.map(drop)?)
    }

    pub(super) async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    pub(super) async fn rollback(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}

fn statement(sql: String, params: Vec<Param>) -> Statement {
    let values = params.into_iter().map(Param::into_value).collect::<Vec<Value>>();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
