//! Rows that wait for company.
//!
//! An act writes into many tables what it does not read again. Such rows wait in the transaction until its next
//! statement, or its commit, and go together: over a wire all tables in one statement.

use std::sync::{Mutex, PoisonError};

use super::{Bulk, Param};

#[derive(Debug, Default)]
pub(super) struct Soon(Mutex<Vec<Waiting>>);

/// Rows of one table.
#[derive(Debug)]
pub(super) struct Waiting {
    pub bulk: &'static Bulk<'static>,
    pub rows: Vec<Vec<Param>>,
}

impl Soon {
    pub(super) fn add(&self, bulk: &'static Bulk<'static>, rows: Vec<Vec<Param>>) {
        if !rows.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { bulk, rows });
        }
    }

    /// All that waits, in the order in which it came.
    pub(super) fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
