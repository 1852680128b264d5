//! The rows that the measured work leaves, read back table by table.

use anyhow::Result;
use kernel::id::Uuid;
use platform::db::{Bulk, List, Param, Row};
use platform::{Tx, params};

/// A table that was written, and how its rows of some usage points ($1) and one cycle or day ($2) are read.
pub struct Table {
    bulk: Bulk<'static>,
    read: &'static str,
}

/// What billing a cycle writes.
pub const BILLS: [Table; 5] = [
    Table {
        bulk: Bulk {
            into: "bill_document (cycle, usage_point_id, sequence, revision, basis, tried_by, after_cycle, after_sequence, state, findings, \
                   energy_wh, amount_fen, period_from, period_to, tariff, tariff_version, document, digest, doubts, likelihood, stake_fen, weight)",
            types: &[
                "TEXT",
                "UUID",
                "BIGINT",
                "BIGINT",
                "TEXT",
                "TEXT",
                "TEXT",
                "BIGINT",
                "TEXT",
                "TEXT",
                "BIGINT",
                "BIGINT",
                "TEXT NULL",
                "TEXT NULL",
                "TEXT NULL",
                "TEXT NULL",
                "TEXT NULL",
                "TEXT NULL",
                "TEXT",
                "BIGINT",
                "BIGINT",
                "BIGINT",
            ],
            then: "",
        },
        read: "SELECT cycle, usage_point_id, sequence, revision, basis, tried_by, after_cycle, after_sequence, state, findings, \
               energy_wh, amount_fen, period_from, period_to, tariff, tariff_version, document, digest, doubts, likelihood, stake_fen, weight \
               FROM bill_document WHERE usage_point_id IN IDS($1) AND cycle = $2 ORDER BY usage_point_id",
    },
    Table {
        bulk: Bulk {
            into: "bill (bill_no, usage_point_id, cycle, sequence, kind, status, energy_wh, amount_fen, issued_on, due_on, replaces)",
            types: &["TEXT", "UUID", "TEXT", "BIGINT", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT", "TEXT", "TEXT NULL"],
            then: "",
        },
        read: "SELECT bill_no, usage_point_id, cycle, sequence, kind, status, energy_wh, amount_fen, issued_on, due_on, replaces \
               FROM bill WHERE usage_point_id IN IDS($1) AND cycle = $2 ORDER BY bill_no",
    },
    Table {
        bulk: Bulk {
            into: "billing_position (usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh)",
            types: &["UUID", "TEXT", "BIGINT", "BIGINT", "BIGINT"],
            then: "",
        },
        read: "SELECT usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh FROM billing_position \
               WHERE usage_point_id IN IDS($1) AND last_cycle = $2 ORDER BY usage_point_id",
    },
    Table {
        bulk: Bulk {
            into: "ledger_line (entry_id, line_no, entry_on, kind, bill_no, usage_point_id, account, amount_fen, receipt_no)",
            types: &["UUID", "BIGINT", "TEXT", "TEXT", "TEXT NULL", "UUID NULL", "TEXT", "BIGINT", "TEXT NULL"],
            then: "",
        },
        read: "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, l.usage_point_id, l.account, l.amount_fen, l.receipt_no \
               FROM ledger_line l WHERE l.entry_id IN (SELECT o.entry_id FROM ledger_line o JOIN bill b ON b.bill_no = o.bill_no \
                 WHERE o.usage_point_id IN IDS($1) AND o.account = 'receivable' AND o.kind = 'bill' AND b.cycle = $2) \
               ORDER BY l.entry_id, l.line_no",
    },
    Table {
        bulk: Bulk {
            into: "receivable (id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen, state)",
            types: &["UUID", "UUID", "TEXT NULL", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT"],
            then: "",
        },
        read: "SELECT r.id, r.usage_point_id, r.bill_no, r.arisen_on, r.due_on, r.amount_fen, r.settled_fen, r.state \
               FROM receivable r JOIN bill b ON b.bill_no = r.bill_no WHERE r.usage_point_id IN IDS($1) AND b.cycle = $2 ORDER BY r.id",
    },
];

/// What importing a day's readings writes.
pub const READINGS: [Table; 1] = [Table {
    bulk: Bulk {
        into: "reading (meter_id, register, read_on, value, kind, doubts)",
        types: &["UUID", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT NULL"],
        then: "",
    },
    read: "SELECT r.meter_id, r.register, r.read_on, r.value, r.kind, r.doubts FROM meter m JOIN reading r ON r.meter_id = m.id \
           WHERE m.usage_point_id IN IDS($1) AND r.read_on = $2 ORDER BY r.meter_id, r.register",
}];

/// Rows of one table, ready to be inserted.
pub type Batch = (&'static Bulk<'static>, Vec<Vec<Param>>);

/// Goes through the usage points, a page at a time.
pub struct Pages {
    tables: &'static [Table],
    /// The cycle or the day.
    of: String,
    after: Uuid,
    size: u32,
}

impl Pages {
    pub fn new(tables: &'static [Table], of: String, size: u32) -> Pages {
        Pages { tables, of, after: Uuid::nil(), size }
    }

    /// What was written for the next usage points, table by table; nothing after the last.
    pub async fn next(&mut self, tx: &Tx) -> Result<Vec<Batch>> {
        let sql = "SELECT id FROM usage_point WHERE id > $1 ORDER BY id LIMIT $2";
        let points = tx.rows(sql, params![self.after, self.size]).await?;
        let points = points.iter().map(|row| row.get::<Uuid>(0)).collect::<platform::Result<Vec<Uuid>>>()?;
        let Some(last) = points.last() else { return Ok(Vec::new()) };
        self.after = *last;
        let mut batches = Vec::new();
        for Table { bulk, read } in self.tables {
            let rows = tx.rows(read, params![List::Ids(points.clone()), &self.of]).await?;
            batches.push((bulk, rows.iter().map(|row| encoded(row, bulk.types)).collect::<platform::Result<_>>()?));
        }
        Ok(batches)
    }
}

fn encoded(row: &Row, types: &[&str]) -> platform::Result<Vec<Param>> {
    let cell = |(at, declared): (usize, &&str)| {
        Ok(match declared.strip_suffix(" NULL").unwrap_or(declared) {
            "BIGINT" => Param::Integer(row.get(at)?),
            "UUID" => Param::Id(row.get(at)?),
            _ => Param::Text(row.get(at)?),
        })
    };
    types.iter().enumerate().map(cell).collect()
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
