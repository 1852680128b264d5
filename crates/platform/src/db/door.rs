//! Whether the server of the database is there.
//!
//! The pool of the client library waits for a server that refuses connections as long as for one whose
//! connections are all lent. Whoever waits for long knocks himself, by a connection of his own: so that those who
//! ask hear at once that the database is away, and those who only stand in line go on waiting.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, ConnectOptions, Connection};
use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::Mutex;

use crate::signs::since_boot;
use crate::{Result, Trouble};

/// How long one waits before one knocks, and for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// So long an answer holds for others.
const HEARD_FOR: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub(super) struct Door {
    options: Arc<PgConnectOptions>,
    /// Connections that may have died while they lay idle.
    connections: u32,
    open_at: Arc<Mutex<Option<Duration>>>,
}

impl Door {
    pub(super) fn of(url: &str, connections: u32) -> Result<Door> {
        let options = PgConnectOptions::from_str(url).map_err(told)?;
        Ok(Door { options: Arc::new(options), connections, open_at: Arc::default() })
    }

    /// Does what takes a connection and has no effect before it has one. A connection that died with the server that
    /// was there before is left for the next, as long as a server is there.
    pub(super) async fn through<T, F>(&self, begin: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut left = self.connections;
        loop {
            match self.waiting(begin()).await {
                Err(error) if error.trouble() == Some(Trouble::Away) && left > 0 => {
                    self.knock().await?;
                    left -= 1;
                }
                begun => return begun,
            }
        }
    }

    async fn waiting<T>(&self, beginning: impl Future<Output = Result<T>>) -> Result<T> {
        let mut beginning = std::pin::pin!(beginning);
        loop {
            match tokio::time::timeout(PATIENCE, &mut beginning).await {
                Ok(begun) => return begun,
                Err(_) => self.knock().await?,
            }
        }
    }

    /// One at a time: who comes meanwhile hears the same answer.
    async fn knock(&self) -> Result<()> {
        let mut open_at = self.open_at.lock().await;
        if open_at.is_some_and(|at| since_boot().saturating_sub(at) < HEARD_FOR) {
            return Ok(());
        }
        match tokio::time::timeout(PATIENCE, self.options.connect()).await {
            Ok(Ok(connection)) => hang_up(connection),
            Ok(Err(error)) => {
                let error = told(error);
                // A server that has no connection left is there.
                if error.trouble() != Some(Trouble::Busy) {
                    return Err(error);
                }
            }
            Err(_) => return Err(told(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
        }
        *open_at = Some(since_boot());
        Ok(())
    }
}

fn hang_up(connection: PgConnection) {
    tokio::spawn(connection.close());
}

fn told(error: sqlx::Error) -> crate::Error {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into()
}
