//! When the bureau was last safe elsewhere, by the journal.

use jiff::SignedDuration;
use kernel::Timestamp;
use metrics::{Unit, describe_gauge, gauge};
use serde::Deserialize;

use crate::{Result, Tx, figure, journal};

const AGE: &str = "gridhall_backup_age_seconds";
const BYTES: &str = "gridhall_backup_bytes";

/// The last back-up: one that was made, or from which the bureau was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Last {
    /// The state that it holds is of then.
    pub made_at: Timestamp,
    /// Not told of one that an older program restored from.
    pub bytes: Option<u64>,
}

pub async fn last(tx: &Tx) -> Result<Option<Last>> {
    let mut last: Option<Last> = None;
    for act in [super::MADE, super::RESTORED] {
        for detail in journal::details_below(tx, act, super::SUBJECT).await? {
            let found: Last = serde_json::from_str(&detail)?;
            last = Some(last.map_or(found, |last| if found.made_at > last.made_at { found } else { last }));
        }
    }
    Ok(last)
}

/// Names what is told of back-ups, once in a process.
pub fn describe_metrics() {
    describe_gauge!(
        AGE,
        Unit::Seconds,
        "Age of the last back-up; before the first one, of the first entry of the journal, since when nothing is safe."
    );
    describe_gauge!(BYTES, Unit::Bytes, "Size of the last back-up.");
}

/// How old the last back-up is; before the first, how long nothing is safe.
pub async fn age(tx: &Tx, now: Timestamp) -> Result<SignedDuration> {
    let since = match last(tx).await? {
        Some(last) => Some(last.made_at),
        None => journal::begun(tx).await?,
    };
    Ok(since.map_or(SignedDuration::ZERO, |since| now.duration_since(since)))
}

/// Brings the figures up to date.
pub async fn show_metrics(tx: &Tx, now: Timestamp) -> Result<()> {
    gauge!(AGE).set(figure(age(tx, now).await?.as_secs()));
    gauge!(BYTES).set(figure(last(tx).await?.and_then(|last| last.bytes).unwrap_or_default()));
    Ok(())
}
