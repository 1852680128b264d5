//! The rows that a billing run leaves.

use anyhow::Result;
use kernel::id::Uuid;
use platform::db::{Bulk, List, Param, Row};
use platform::{Tx, params};

/// A table that billing writes, and how its rows of some usage points are read.
struct Table {
    bulk: Bulk,
    read: &'static str,
}

const TABLES: [Table; 5] = [
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
               FROM bill_document WHERE usage_point_id IN IDS($1) AND cycle = '2026-08' ORDER BY usage_point_id",
    },
    Table {
        bulk: Bulk {
            into: "bill (bill_no, usage_point_id, cycle, sequence, kind, status, energy_wh, amount_fen, issued_on, due_on, replaces)",
            types: &["TEXT", "UUID", "TEXT", "BIGINT", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT", "TEXT", "TEXT NULL"],
            then: "",
        },
        read: "SELECT bill_no, usage_point_id, cycle, sequence, kind, status, energy_wh, amount_fen, issued_on, due_on, replaces \
               FROM bill WHERE usage_point_id IN IDS($1) AND cycle = '2026-08' ORDER BY bill_no",
    },
    Table {
        bulk: Bulk {
            into: "billing_position (usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh)",
            types: &["UUID", "TEXT", "BIGINT", "BIGINT", "BIGINT"],
            then: "",
        },
        read: "SELECT usage_point_id, last_cycle, last_sequence, year, billed_in_year_wh FROM billing_position \
               WHERE usage_point_id IN IDS($1) ORDER BY usage_point_id",
    },
    Table {
        bulk: Bulk {
            into: "ledger_line (entry_id, line_no, entry_on, kind, bill_no, usage_point_id, account, amount_fen, receipt_no)",
            types: &["UUID", "BIGINT", "TEXT", "TEXT", "TEXT NULL", "UUID NULL", "TEXT", "BIGINT", "TEXT NULL"],
            then: "",
        },
        read: "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, l.usage_point_id, l.account, l.amount_fen, l.receipt_no \
               FROM ledger_line l WHERE l.entry_id IN (SELECT o.entry_id FROM ledger_line o \
                 WHERE o.usage_point_id IN IDS($1) AND o.account = 'receivable' AND o.kind = 'bill') ORDER BY l.entry_id, l.line_no",
    },
    Table {
        bulk: Bulk {
            into: "receivable (id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen, state)",
            types: &["UUID", "UUID", "TEXT NULL", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT"],
            then: "",
        },
        read: "SELECT id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen, state FROM receivable \
               WHERE usage_point_id IN IDS($1) AND bill_no IS NOT NULL ORDER BY id",
    },
];

/// Goes through the usage points, a page at a time.
pub struct Pages {
    after: Uuid,
    size: u32,
}

impl Pages {
    pub fn new(size: u32) -> Pages {
        Pages { after: Uuid::nil(), size }
    }

    /// What billing wrote for the next usage points, table by table; nothing after the last.
    pub async fn next(&mut self, tx: &Tx) -> Result<Vec<(&'static Bulk, Vec<Vec<Param>>)>> {
        let sql = "SELECT id FROM usage_point WHERE id > $1 ORDER BY id LIMIT $2";
        let points = tx.rows(sql, params![self.after, self.size]).await?;
        let points = points.iter().map(|row| row.get::<Uuid>(0)).collect::<platform::Result<Vec<Uuid>>>()?;
        let Some(last) = points.last() else { return Ok(Vec::new()) };
        self.after = *last;
        let mut batches = Vec::new();
        for Table { bulk, read } in &TABLES {
            let rows = tx.rows(read, params![List::Ids(points.clone())]).await?;
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
