//! What an operator watches of the database.
//!
//! ```text
//!   gridhall_database_wait_seconds{engine,for}     for a connection, and on SQLite for the one writer; of a
//!                                                  glance, which has none of its own, with the answer
//!   gridhall_database_commit_seconds{engine}       down to the disk
//!   gridhall_database_statements_total{engine}     a bulk insert is one
//!   gridhall_database_connections{pool,state}      lent, idle, and how many there may be
//!   gridhall_database_bytes{part}                  of the database, and of the log before it
//! ```

use std::time::Instant;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use tracing::Instrument;

use super::Engine;
use crate::{Result, figure};

const WAIT: &str = "gridhall_database_wait_seconds";
const COMMIT: &str = "gridhall_database_commit_seconds";
const STATEMENTS: &str = "gridhall_database_statements_total";
const CONNECTIONS: &str = "gridhall_database_connections";
const BYTES: &str = "gridhall_database_bytes";

pub(super) fn describe() {
    let unit = metrics::Unit::Seconds;
    describe_histogram!(
        WAIT,
        unit,
        "Time until a transaction had its connection, and on SQLite the one writer; until a glance had its answer."
    );
    describe_histogram!(COMMIT, unit, "Time that a commit took, down to the disk.");
    describe_counter!(STATEMENTS, "Statements that the database was given, many rows inserted at once being one.");
    describe_gauge!(CONNECTIONS, "Connections to the database: lent, idle, and the most there may be.");
    describe_gauge!(BYTES, metrics::Unit::Bytes, "Room that the database takes, and the log before it.");
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

/// Told of each statement that is carried out. Its text holds no value that it was given.
pub(super) fn asked(engine: Engine, sql: &str) {
    tracing::trace!(target: "gridhall::statement", sql);
    counter!(STATEMENTS, "engine" => engine.name()).increment(1);
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

/// What is not told is left as it was.
pub(super) fn show_sizes(sizes: &[Option<u64>; 2]) {
    for (part, size) in ["database", "log"].into_iter().zip(sizes) {
        if let Some(size) = size {
            gauge!(BYTES, "part" => part).set(figure(*size));
        }
    }
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
