//! What an operator watches of long work.

use kernel::Timestamp;
use metrics::{Counter, counter, describe_counter, describe_gauge, gauge};

use super::model::State;
use super::{Handlers, store};
use crate::{Result, Tx, figure};

const DONE: &str = "gridhall_work_done_total";
const ENDED: &str = "gridhall_work_ended_total";
const TAKEN_OVER: &str = "gridhall_work_taken_over_total";
const OPEN: &str = "gridhall_work_open";
const WAITING: &str = "gridhall_work_waiting_seconds";

/// Names what long work measures, once in a process.
pub fn describe_metrics() {
    describe_counter!(DONE, "What long work has done, in what its kind counts: rows, accounts, bills, pages.");
    describe_counter!(
        ENDED,
        "Long work that ended, by kind and how: done, failed, stopped, or put back to be tried again."
    );
    describe_counter!(TAKEN_OVER, "Long work that this server took over from one that was gone.");
    describe_gauge!(OPEN, "Long work that is queued, running or stopping, by kind.");
    describe_gauge!(WAITING, "How long the first in the queue has waited to be begun, by kind.");
}

pub(super) fn done(kind: &str) -> Counter {
    counter!(DONE, "kind" => kind.to_owned())
}

pub(super) fn ended(kind: &str, how: &'static str) {
    counter!(ENDED, "kind" => kind.to_owned(), "how" => how).increment(1);
}

pub(super) fn taken_over(kind: &str) {
    counter!(TAKEN_OVER, "kind" => kind.to_owned()).increment(1);
}

/// Brings the length of the queues up to date. Every kind has its series, also when nothing of it is open.
pub async fn show_metrics(tx: &Tx, handlers: &Handlers, now: Timestamp) -> Result<()> {
    let open = store::open_by_kind(tx).await?;
    for kind in handlers.kinds() {
        let of_kind = |state: State| open.iter().find(move |(name, found, ..)| name == kind.name && *found == state);
        for state in [State::Queued, State::Running, State::Stopping] {
            let number = of_kind(state).map_or(0, |(_, _, number, _)| *number);
            gauge!(OPEN, "kind" => kind.name, "state" => state.word()).set(figure(number));
        }
        let waiting = of_kind(State::Queued).map_or(0, |(.., since)| now.duration_since(*since).as_secs());
        gauge!(WAITING, "kind" => kind.name).set(figure(waiting));
    }
    Ok(())
}
