//! The rows that the measured work leaves, read back table by table, with whatever columns the tables have.

use anyhow::{Context, Result};
use kernel::id::Uuid;
use platform::db::{self, List, Param};
use platform::{Tx, params};

/// A table that was written, and which of its rows are of some usage points ($1) and one cycle or day ($2).
pub struct Written {
    table: &'static str,
    which: &'static str,
}

/// What billing a cycle writes.
pub const BILLS: [Written; 5] = [
    Written { table: "bill_document", which: "WHERE usage_point_id IN IDS($1) AND cycle = $2 ORDER BY usage_point_id" },
    Written { table: "bill", which: "WHERE usage_point_id IN IDS($1) AND cycle = $2 ORDER BY bill_no" },
    Written {
        table: "billing_position",
        which: "WHERE usage_point_id IN IDS($1) AND last_cycle = $2 ORDER BY usage_point_id",
    },
    Written {
        table: "ledger_line",
        // The sums of an entry come with its first customer.
        which: "WHERE (entry_id, line_no) IN (SELECT l.entry_id, l.line_no \
                FROM ledger_line o JOIN bill b ON b.bill_no = o.bill_no JOIN ledger_line l ON l.entry_id = o.entry_id \
                  AND (l.line_no = o.line_no OR (o.line_no = 1 AND l.usage_point_id IS NULL)) \
                WHERE o.usage_point_id IN IDS($1) AND o.account = 'receivable' AND o.kind = 'bill' AND b.cycle = $2) \
                ORDER BY entry_id, line_no",
    },
    Written {
        table: "receivable",
        which: "WHERE usage_point_id IN IDS($1) AND bill_no IN (SELECT b.bill_no FROM bill b \
                WHERE b.usage_point_id IN IDS($1) AND b.cycle = $2) ORDER BY id",
    },
];

/// What importing a day's readings writes.
pub const READINGS: [Written; 1] = [Written {
    table: "reading",
    which: "WHERE meter_id IN (SELECT m.id FROM meter m WHERE m.usage_point_id IN IDS($1)) AND read_on = $2 \
            ORDER BY meter_id, register",
}];

/// Rows of one table, ready to be inserted.
pub type Batch<'t> = (&'t db::Table, Vec<Vec<Param>>);

/// The tables with these names, in this order, as the database describes them.
pub async fn tables(tx: &Tx, names: impl IntoIterator<Item = &'static str>) -> Result<Vec<db::Table>> {
    let all = tx.tables().await?;
    let named = |name| {
        let found = all.iter().find(|table| table.name == name);
        found.cloned().with_context(|| format!("there is no table {name}"))
    };
    names.into_iter().map(named).collect()
}

/// Goes through the usage points, a page at a time.
pub struct Pages {
    written: Vec<(&'static Written, db::Table)>,
    /// The cycle or the day.
    of: String,
    after: Uuid,
    size: u32,
}

impl Pages {
    pub async fn new(tx: &Tx, written: &'static [Written], of: String, size: u32) -> Result<Pages> {
        let tables = tables(tx, written.iter().map(|written| written.table)).await?;
        Ok(Pages { written: written.iter().zip(tables).collect(), of, after: Uuid::nil(), size })
    }

    /// What was written for the next usage points, table by table; nothing after the last.
    pub async fn next(&mut self, tx: &Tx) -> Result<Vec<Batch<'_>>> {
        let sql = "SELECT id FROM usage_point WHERE id > $1 ORDER BY id LIMIT $2";
        let points = tx.rows(sql, params![self.after, self.size]).await?;
        let points = points.iter().map(|row| row.get::<Uuid>(0)).collect::<platform::Result<Vec<Uuid>>>()?;
        let Some(last) = points.last() else { return Ok(Vec::new()) };
        self.after = *last;
        let mut batches = Vec::new();
        for (written, table) in &self.written {
            let of = params![List::Ids(points.clone()), &self.of];
            batches.push((table, tx.rows_of(table, written.which, of).await?));
        }
        Ok(batches)
    }
}

/// Bills with their documents as they lie there, after a number: how many, how long the texts are, and the last number.
pub async fn scanned(tx: &Tx, after: &str, limit: u32) -> Result<Option<(u64, usize, String)>> {
    let sql = "SELECT b.bill_no, b.amount_fen, d.document, d.digest FROM bill b \
               JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no > $1 ORDER BY b.bill_no LIMIT $2";
    let rows = tx.rows(sql, params![after, limit]).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let lengths = rows.iter().map(|row| row.get::<String>(2).map(|text| text.len()));
    let length = lengths.sum::<platform::Result<usize>>()?;
    Ok(Some((rows.len() as u64, length, last.get(0)?)))
}

/// The documents of bills after a number, and the last number.
pub async fn documents(tx: &Tx, after: &str, limit: u32) -> Result<Option<(Vec<String>, String)>> {
    let sql = "SELECT b.bill_no, d.document FROM bill b \
               JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
               WHERE b.bill_no > $1 ORDER BY b.bill_no LIMIT $2";
    let rows = tx.rows(sql, params![after, limit]).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = last.get(0)?;
    Ok(Some((rows.iter().map(|row| row.get(1)).collect::<platform::Result<_>>()?, last)))
}
