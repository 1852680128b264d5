//! Reading a table from its beginning to its end, some rows at a time.
//!
//! Rows come in the order in which they lie. In the order of a key each row of a large table might be fetched from another
//! page, and each page many times.

use super::dialect::{self, Lie};
use super::whole::{ColumnType, Table, quoted};
use super::{Param, Tx};
use crate::{Result, params};

pub struct Scan<'t> {
    tx: &'t Tx,
    table: &'t Table,
    way: Way,
}

enum Way {
    /// Each page begins behind the last row of the one before, by these columns.
    Behind { by: Vec<(String, ColumnType)>, last: Vec<Param> },
    /// The database keeps the place, under this name.
    Cursor(String),
}

impl Tx {
    /// One scan of a table in a transaction.
    pub async fn scan<'t>(&'t self, table: &'t Table) -> Result<Scan<'t>> {
        let by = match dialect::lie(self, &table.name).await? {
            Lie::Numbered(number) => vec![(number.to_owned(), ColumnType::BigInt)],
            Lie::ByKey => {
                let key = table.key.iter().map(|at| &table.columns[*at]);
                key.map(|column| (quoted(&column.name), column.kind)).collect()
            }
            Lie::Heap => {
                let (all, from) = (table.list(), table.quoted());
                let name = quoted(&format!("scan of {}", table.name));
                let declare = format!("DECLARE {name} NO SCROLL CURSOR FOR SELECT {all} FROM {from}");
                self.run(&declare, params![]).await?;
                return Ok(Scan { tx: self, table, way: Way::Cursor(name) });
            }
        };
        Ok(Scan { tx: self, table, way: Way::Behind { by, last: Vec::new() } })
    }
}

impl Scan<'_> {
    /// The next rows, at most `limit`; fewer only at the end.
    pub async fn next(&mut self, limit: u32) -> Result<Vec<Vec<Param>>> {
        let rows = match &mut self.way {
            Way::Cursor(name) => self.tx.rows(&format!("FETCH FORWARD {limit} FROM {name}"), params![]).await?,
            Way::Behind { by, last } => {
                let sql = page(self.table, by, !last.is_empty());
                let mut params = params![limit];
                params.append(last);
                let rows = self.tx.rows(&sql, params).await?;
                if let Some(row) = rows.last() {
                    let place =
                        by.iter().enumerate().map(|(at, (_, kind))| kind.read(row, self.table.columns.len() + at));
                    *last = place.collect::<Result<_>>()?;
                }
                rows
            }
        };
        rows.iter().map(|row| self.table.read(row)).collect()
    }
}

/// All columns, and behind them those by which one goes on.
fn page(table: &Table, by: &[(String, ColumnType)], goes_on: bool) -> String {
    let order = by.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let places = (2..by.len() + 2).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let behind = if goes_on { format!("WHERE ({order}) > ({places})") } else { String::new() };
    let (all, table) = (table.list(), table.quoted());
    format!("SELECT {all}, {order} FROM {table} {behind} ORDER BY {order} LIMIT $1")
}

#[cfg(test)]
mod tests {
    use super::super::Db;

    #[tokio::test]
    async fn a_table_is_read_to_its_end_however_it_lies() {
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(None, dir.path()).await.expect("a database");
        let tx = db.write().await.expect("a transaction");
        tx.execute_ddl("CREATE TABLE numbered (t TEXT)").await.expect("a table");
        tx.execute_ddl("CREATE TABLE by_key (a BIGINT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID")
            .await
            .expect("a table");
        let count = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)";
        for insert in ["INSERT INTO numbered SELECT n FROM c", "INSERT INTO by_key SELECT n, n % 7 FROM c"] {
            let (table, rest) = insert.split_once(" SELECT ").expect("a statement");
            tx.run(&[table, " ", count, " SELECT ", rest].concat(), Vec::new()).await.expect("rows");
        }
        // Numbers of rows may have gaps.
        tx.run("DELETE FROM numbered WHERE rowid % 5 = 0", Vec::new()).await.expect("fewer");
        for (table, expected) in tx.tables().await.expect("tables").iter().zip([1000, 800]) {
            let (mut scan, mut rows) = (tx.scan(table).await.expect("a scan"), Vec::new());
            loop {
                let page = scan.next(7).await.expect("a page");
                rows.extend(page.iter().map(|row| format!("{row:?}")));
                if page.len() < 7 {
                    break;
                }
            }
            rows.sort();
            rows.dedup();
            assert_eq!(rows.len(), expected, "{}", table.name);
        }
    }
}
