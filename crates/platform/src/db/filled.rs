//! What work brought into which tables, so that the database can be told of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::dialect;
use super::{Db, Tx};
use crate::Result;

/// Fewer rows make no plan wrong that was right before.
const WORTH_A_COUNT: u64 = 1_000;

/// Rows that were inserted, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled(BTreeMap<String, u64>);

impl Filled {
    pub fn add(&mut self, more: Filled) {
        for (table, rows) in more.0 {
            *self.0.entry(table).or_default() += rows;
        }
    }

    fn worth_a_count(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(table, rows)| (table.as_str(), *rows)).filter(|(_, rows)| *rows >= WORTH_A_COUNT)
    }
}

/// What a transaction has inserted so far.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Filled>);

impl Tally {
    /// `into` is what follows INSERT INTO, up to wherever.
    pub(super) fn note(&self, into: &str, rows: u64) {
        let table = into.split(|c: char| c == '(' || c.is_whitespace()).next().unwrap_or_default();
        let mut filled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match filled.0.get_mut(table) {
            Some(sum) => *sum += rows,
            None => drop(filled.0.insert(table.to_owned(), rows)),
        }
    }

    /// The same of a whole statement; one that inserts nothing is none of its business.
    pub(super) fn note_statement(&self, sql: &str, rows: u64) {
        if let Some(into) = sql.trim_start().strip_prefix("INSERT INTO ") {
            self.note(into, rows);
        }
    }

    pub(super) fn filled(&self) -> Filled {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Tx {
    /// What this transaction has inserted so far.
    pub fn filled(&self) -> Filled {
        self.tally.filled()
    }
}

impl Db {
    /// Tells the database of tables that now hold a good deal more than it takes them to hold: for work that has filled
    /// tables, when it is done. A transaction for each, so that nobody waits for long.
    pub async fn count_anew(&self, filled: &Filled) -> Result<()> {
        for (table, rows) in filled.worth_a_count() {
            let tx = self.write().await?;
            let taken = dialect::taken_to_hold(&tx, table).await?;
            if taken.is_some_and(|taken| rows >= taken / 10) {
                dialect::count_anew(&tx, Some(table)).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[tokio::test]
    async fn whatever_is_inserted_is_noted_by_its_table_and_much_of_it_is_worth_a_count() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(None, dir.path()).await.expect("a database");
        let tx = db.write().await.expect("a transaction");
        tx.execute_ddl("CREATE TABLE much (n BIGINT)").await.expect("a table");
        tx.execute_ddl("CREATE TABLE little (n BIGINT)").await.expect("a table");
        let bulk = super::super::Bulk { into: "much (n)", types: &["BIGINT"], then: "" };
        tx.insert(&bulk, (0..1_000_i64).map(|n| params![n]).collect()).await.expect("rows");
        for n in 0..3_i64 {
            tx.run("\n  INSERT INTO little (n) VALUES ($1)", params![n]).await.expect("a row");
        }
        tx.run("UPDATE little SET n = n + 1", params![]).await.expect("changed");
        let mut filled = tx.filled();
        tx.commit().await.expect("committed");
        assert_eq!(filled.0, BTreeMap::from([("little".to_owned(), 3), ("much".to_owned(), 1_000)]));
        assert_eq!(filled.worth_a_count().collect::<Vec<_>>(), [("much", 1_000)]);
        filled.add(filled.clone());
        assert_eq!(filled.0["little"], 6);
        db.count_anew(&filled).await.expect("nothing to be done here");
    }
}
