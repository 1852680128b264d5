//! What an operator watches of the database.
//!
//! ```text
//!   gridhall_database_wait_seconds{engine,for}     for a connection, and on SQLite for the one writer
//!   gridhall_database_commit_seconds{engine}       down to the disk
//!   gridhall_database_connections{pool,state}      lent, idle, and how many there may be
//! ```

use std::time::Instant;

use metrics::{describe_gauge, describe_histogram, gauge, histogram};

use tracing::Instrument;

use super::Engine;
use crate::Result;

const WAIT: &str = "gridhall_database_wait_seconds";
const COMMIT: &str = "gridhall_database_commit_seconds";
const CONNECTIONS: &str = "gridhall_database_connections";

pub(super) fn describe() {
    let unit = metrics::Unit::Seconds;
    describe_histogram!(WAIT, unit, "Time until a transaction had its connection, and on SQLite the one writer.");
    describe_histogram!(COMMIT, unit, "Time that a commit took, down to the disk.");
    describe_gauge!(CONNECTIONS, "Connections to the database: lent, idle, and the most there may be.");
}

pub(super) async fn waited<T>(
    engine: Engine,
    purpose: &'static str,
    begin: impl Future<Output = Result<T>>,
) -> Result<T> {
    let span = tracing::debug_span!("database.wait", engine = engine.name(), purpose);
    let (begun, seconds) = timed(begin.instrument(span)).await;
    histogram!(WAIT, "engine" => engine.name(), "for" => purpose).record(seconds);
    begun
}

pub(super) async fn committed(engine: Engine, commit: impl Future<Output = Result<()>>) -> Result<()> {
    let span = tracing::debug_span!("database.commit", engine = engine.name());
    let (done, seconds) = timed(commit.instrument(span)).await;
    histogram!(COMMIT, "engine" => engine.name()).record(seconds);
    done
}

#[allow(clippy::disallowed_methods)] // clock: latency of the database
async fn timed<T>(work: impl Future<Output = T>) -> (T, f64) {
    let begun = Instant::now(); // clock: latency of the database
    let done = work.await;
    (done, begun.elapsed().as_secs_f64())
}

/// How the connections of one pool stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lent {
    pub pool: &'static str,
    pub lent: u32,
    pub idle: u32,
    pub most: u32,
}

impl Lent {
    pub(super) fn show(self) {
        for (state, number) in [("lent", self.lent), ("idle", self.idle), ("most", self.most)] {
            gauge!(CONNECTIONS, "pool" => self.pool, "state" => state).set(f64::from(number));
        }
    }
}
