use std::collections::HashMap;

use kernel::{Date, Money, Period};
use platform::db::{List, Migration, Row, reach};
use platform::{Result, Tx, params};

use super::model::{Balance, HangingMeter, LastBill, LastReading, Network, Summary};
use crate::grid::TransformerArea;
use crate::reading::ReadingKind;
use crate::supply::{self, UsagePointId};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 customer",
    sql: "
CREATE INDEX usage_point_customer ON usage_point (customer_id)
",
};

/// Everything that the top of a page shows, whoever looks at it; siblings are those at `stations`, counted up to `most`.
///
/// It is one statement, because a page is opened with it: each further one costs more than all that this one finds. The
/// last bill and the last reading of a register are looked for at the ends of their indexes, not among all: `CROSS JOIN`
/// keeps SQLite from beginning with the readings.
pub async fn summary(
    tx: &Tx,
    supply_no: &str,
    today: Date,
    stations: Option<&[String]>,
    most: u32,
) -> Result<Option<Summary>> {
    let sql = "SELECT u.id, u.supply_no, u.customer_id, c.customer_no, c.name, u.kind, u.category, u.phone, u.address, u.station, \
                      u.area_code, u.voltage, u.capacity_va, COALESCE(t.tariff, u.tariff), \
                      CASE WHEN t.tariff IS NULL THEN u.concession ELSE t.concession END, \
                      CASE WHEN t.tariff IS NULL THEN u.persons ELSE t.persons END, u.opened_on, u.book, \
                      (SELECT COUNT(*) FROM meter m WHERE m.usage_point_id = u.id AND m.removed_on IS NULL), \
                      (SELECT COUNT(*) FROM (SELECT s.id FROM usage_point s WHERE s.customer_id = u.customer_id AND s.id <> u.id \
                         AND (CAST($3 AS TEXT) IS NOT NULL OR s.station IN LIST($4)) LIMIT $5) seen), \
                      w.owed_fen, w.overdue_fen, w.overdue_since, w.items, COALESCE(p.balance_fen, 0), \
                      b.bill_no, b.cycle, d.period_from, d.period_to, b.energy_wh, b.amount_fen, b.due_on, \
                      COALESCE(o.amount_fen - o.settled_fen, 0), r.meter_no, r.read_on, r.kind \
               FROM usage_point u JOIN customer c ON c.id = u.customer_id \
                 LEFT JOIN pricing_terms t ON t.usage_point_id = u.id AND t.from_on = \
                      (SELECT MAX(x.from_on) FROM pricing_terms x WHERE x.usage_point_id = u.id AND x.from_on <= $2) \
                 LEFT JOIN prepayment p ON p.usage_point_id = u.id \
                 CROSS JOIN (SELECT CAST(COALESCE(SUM(i.amount_fen - i.settled_fen), 0) AS BIGINT) AS owed_fen, \
                        CAST(COALESCE(SUM(CASE WHEN i.due_on < $2 THEN i.amount_fen - i.settled_fen ELSE 0 END), 0) AS BIGINT) AS overdue_fen, \
                        MIN(CASE WHEN i.due_on < $2 THEN i.due_on END) AS overdue_since, COUNT(*) AS items \
                      FROM usage_point h JOIN receivable i ON i.usage_point_id = h.id \
                      WHERE h.supply_no = $1 AND i.state = 'standing' AND i.settled_fen <> i.amount_fen) w \
                 LEFT JOIN bill b ON b.bill_no = (SELECT l.bill_no FROM bill l WHERE l.usage_point_id = u.id AND l.status = 'issued' \
                      ORDER BY l.cycle DESC, l.sequence DESC LIMIT 1) \
                 LEFT JOIN bill_document d ON d.cycle = b.cycle AND d.usage_point_id = b.usage_point_id AND d.sequence = b.sequence \
                 LEFT JOIN receivable o ON o.bill_no = b.bill_no AND o.state = 'standing' \
                 LEFT JOIN (SELECT m.meter_no, n.read_on, n.kind FROM usage_point h JOIN meter m ON m.usage_point_id = h.id \
                        JOIN meter_register g ON g.meter_id = m.id CROSS JOIN reading n \
                      WHERE h.supply_no = $1 AND n.meter_id = g.meter_id AND n.register = g.register \
                        AND n.read_on = (SELECT MAX(x.read_on) FROM reading x WHERE x.meter_id = g.meter_id AND x.register = g.register) \
                      ORDER BY n.read_on DESC, m.meter_no, n.register LIMIT 1) r ON TRUE \
               WHERE u.supply_no = $1";
    let (everywhere, stations) = reach(stations);
    let row = tx.row(sql, params![supply_no, today, everywhere, stations, most]).await?;
    row.as_ref().map(summary_of).transpose()
}

fn summary_of(row: &Row) -> Result<Summary> {
    let balance = Balance {
        owed: row.get(20)?,
        overdue: row.get(21)?,
        overdue_since: row.get(22)?,
        open_items: row.get(23)?,
        prepaid: row.get(24)?,
    };
    let last_bill = match row.get(25)? {
        Some(bill_no) => Some(LastBill {
            bill_no,
            cycle: row.get(26)?,
            period: Period { from: row.get(27)?, to: row.get(28)? },
            energy: row.get(29)?,
            amount: row.get(30)?,
            due_on: row.get(31)?,
            open: Some(row.get(32)?),
        }),
        None => None,
    };
    let last_reading = match row.get(33)? {
        Some(meter_no) => {
            Some(LastReading { meter_no, read_on: row.get(34)?, kind: row.word(35, ReadingKind::from_word)? })
        }
        None => None,
    };
    Ok(Summary {
        point: supply::point(row)?,
        balance: Some(balance),
        last_bill,
        last_reading,
        meters: row.get(18)?,
        siblings: row.get(19)?,
    })
}

/// The station of a usage point, and the way of the power to it.
pub async fn network(tx: &Tx, supply_no: &str) -> Result<Option<(String, Network)>> {
    let sql = "SELECT u.station, a.code, a.name, a.station, a.substation, a.feeder, a.capacity_va, m.meter_no, m.installed_on, m.multiplier \
               FROM usage_point u JOIN transformer_area a ON a.code = u.area_code \
                 LEFT JOIN meter m ON m.usage_point_id = u.id AND m.removed_on IS NULL \
               WHERE u.supply_no = $1 ORDER BY m.id";
    let rows = tx.rows(sql, params![supply_no]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let area = TransformerArea {
        code: first.get(1)?,
        name: first.get(2)?,
        station: first.get(3)?,
        substation: first.get(4)?,
        feeder: first.get(5)?,
        capacity: first.get(6)?,
    };
    let mut meters = Vec::new();
    for row in &rows {
        if let Some(meter_no) = row.get(7)? {
            meters.push(HangingMeter { meter_no, installed_on: row.get(8)?, multiplier: row.get(9)? });
        }
    }
    Ok(Some((first.get(0)?, Network { area, meters })))
}

/// What is still to be paid of these bills.
pub async fn open_of(tx: &Tx, bill_nos: Vec<String>) -> Result<HashMap<String, Money>> {
    let sql =
        "SELECT bill_no, amount_fen - settled_fen FROM receivable WHERE bill_no IN LIST($1) AND state = 'standing'";
    let rows = tx.rows(sql, params![List::Texts(bill_nos)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The numbers of all bills of an account.
pub async fn bill_nos(tx: &Tx, point: UsagePointId) -> Result<Vec<String>> {
    let sql = "SELECT bill_no FROM bill WHERE usage_point_id = $1 ORDER BY bill_no DESC LIMIT 1000";
    tx.rows(sql, params![point.uuid()]).await?.iter().map(|row| row.get(0)).collect()
}

/// The numbers of all receipts that an account has a share of.
pub async fn receipt_nos(tx: &Tx, point: UsagePointId) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT p.receipt_no FROM payment_share s JOIN payment p ON p.id = s.payment_id \
               WHERE s.usage_point_id = $1 ORDER BY p.receipt_no DESC LIMIT 1000";
    tx.rows(sql, params![point.uuid()]).await?.iter().map(|row| row.get(0)).collect()
}
