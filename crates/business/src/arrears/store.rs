use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::db::{self, List, Migration, Row};
use platform::{Result, Tx, params};

use super::model::{Cursor, Debtor, Filter, OpenBill, Order, Reach};

/// What is open, by the day on which it falls due.
pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 arrears",
    sql: "
CREATE INDEX receivable_due ON receivable (due_on, usage_point_id) WHERE state = 'standing' AND settled_fen <> amount_fen
",
};

type Stations = Option<Vec<String>>;

#[allow(clippy::too_many_arguments)] // the parts of one question
pub async fn debtors(
    tx: &Tx,
    today: Date,
    filter: &Filter,
    reach: &Reach,
    stations: &Stations,
    order: Order,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Debtor>> {
    let by_amount = "SELECT u.id, u.supply_no, c.name, u.station, u.book, u.category, COUNT(*), MIN(r.due_on), CAST(SUM(r.amount_fen - r.settled_fen) AS BIGINT) \
               FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen AND r.amount_fen > r.settled_fen AND r.due_on < $1 \
                 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) AND (CAST($4 AS TEXT) IS NULL OR u.station = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR u.book = $5) AND (CAST($6 AS TEXT) IS NULL OR u.category = $6) \
                 AND (CAST($7 AS TEXT) IS NULL OR u.supply_no = $7) \
                 AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM bill b WHERE b.bill_no = r.bill_no AND b.cycle = $8)) \
               GROUP BY u.id, u.supply_no, c.name, u.station, u.book, u.category \
               HAVING MIN(r.due_on) BETWEEN $9 AND $10 AND SUM(r.amount_fen - r.settled_fen) >= $11 \
                 AND (SUM(r.amount_fen - r.settled_fen) < $12 OR (SUM(r.amount_fen - r.settled_fen) = $12 AND u.supply_no > $13)) \
               ORDER BY SUM(r.amount_fen - r.settled_fen) DESC, u.supply_no LIMIT $14";
    let by_age = "SELECT u.id, u.supply_no, c.name, u.station, u.book, u.category, COUNT(*), MIN(r.due_on), CAST(SUM(r.amount_fen - r.settled_fen) AS BIGINT) \
               FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id JOIN customer c ON c.id = u.customer_id \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen AND r.amount_fen > r.settled_fen AND r.due_on < $1 \
                 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) AND (CAST($4 AS TEXT) IS NULL OR u.station = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR u.book = $5) AND (CAST($6 AS TEXT) IS NULL OR u.category = $6) \
                 AND (CAST($7 AS TEXT) IS NULL OR u.supply_no = $7) \
                 AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM bill b WHERE b.bill_no = r.bill_no AND b.cycle = $8)) \
               GROUP BY u.id, u.supply_no, c.name, u.station, u.book, u.category \
               HAVING MIN(r.due_on) BETWEEN $9 AND $10 AND SUM(r.amount_fen - r.settled_fen) >= $11 \
                 AND (MIN(r.due_on) > $12 OR (MIN(r.due_on) = $12 AND u.supply_no > $13)) \
               ORDER BY MIN(r.due_on), u.supply_no LIMIT $14";
    let (everywhere, reachable) = db::reach(stations.as_deref());
    let mut values = params![
        today,
        everywhere,
        reachable,
        filter.station.clone(),
        filter.book.clone(),
        filter.category.clone(),
        filter.supply_no.clone(),
        filter.cycle,
        reach.first,
        reach.last,
        filter.least.unwrap_or(Money::from_fen(1))
    ];
    let tie = after.map_or_else(String::new, |after| after.tie.clone());
    let sql = match order {
        Order::Amount => {
            let most = after.and_then(|after| after.key.parse().ok()).unwrap_or(i64::MAX);
            values.extend(params![most, tie, limit]);
            by_amount
        }
        Order::Age => {
            values.extend(params![after.map_or_else(String::new, |after| after.key.clone()), tie, limit]);
            by_age
        }
    };
    tx.rows(sql, values).await?.iter().map(debtor).collect()
}

fn debtor(row: &Row) -> Result<Debtor> {
    Ok(Debtor {
        usage_point: row.get(0)?,
        supply_no: row.get(1)?,
        name: row.get(2)?,
        station: row.get(3)?,
        book: row.get(4)?,
        category: row.get(5)?,
        bills: row.get(6)?,
        oldest_due: row.get(7)?,
        amount: row.get(8)?,
        late_charge: Money::ZERO,
        age: None,
        last_payment: None,
    })
}

/// The newest payment of each that still stands.
pub async fn add_last_payments(tx: &Tx, debtors: &mut [Debtor]) -> Result<()> {
    let sql = "SELECT s.usage_point_id, p.booked_on, CAST(SUM(s.amount_fen) AS BIGINT) FROM payment_share s JOIN payment p ON p.id = s.payment_id \
               WHERE s.usage_point_id IN IDS($1) AND p.state = 'taken' GROUP BY s.usage_point_id, p.booked_on, p.paid_at, p.id \
               ORDER BY s.usage_point_id, p.booked_on, p.paid_at, p.id";
    let ids = List::Ids(debtors.iter().map(|debtor| debtor.usage_point).collect());
    let mut last: HashMap<Uuid, (Date, Money)> = HashMap::new();
    for row in tx.rows(sql, params![ids]).await? {
        last.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
    }
    for debtor in debtors {
        debtor.last_payment = last.get(&debtor.usage_point).copied();
    }
    Ok(())
}

/// Overdue debts: due day, how many, how much.
pub async fn debts_by_due_day(
    tx: &Tx,
    today: Date,
    filter: &Filter,
    stations: &Stations,
) -> Result<Vec<(Date, i64, Money)>> {
    let sql = "SELECT r.due_on, COUNT(*), CAST(SUM(r.amount_fen - r.settled_fen) AS BIGINT) \
               FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen AND r.amount_fen > r.settled_fen AND r.due_on < $1 \
                 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) AND (CAST($4 AS TEXT) IS NULL OR u.station = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR u.book = $5) AND (CAST($6 AS TEXT) IS NULL OR u.category = $6) \
               GROUP BY r.due_on ORDER BY r.due_on";
    let (everywhere, reachable) = db::reach(stations.as_deref());
    let values =
        params![today, everywhere, reachable, filter.station.clone(), filter.book.clone(), filter.category.clone()];
    let rows = tx.rows(sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Accounts with overdue debts: due day of the oldest, how many.
pub async fn accounts_by_due_day(
    tx: &Tx,
    today: Date,
    filter: &Filter,
    stations: &Stations,
) -> Result<Vec<(Date, i64)>> {
    let sql = "SELECT oldest, COUNT(*) FROM (SELECT MIN(r.due_on) AS oldest FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen AND r.amount_fen > r.settled_fen AND r.due_on < $1 \
                 AND (CAST($2 AS TEXT) IS NOT NULL OR u.station IN LIST($3)) AND (CAST($4 AS TEXT) IS NULL OR u.station = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR u.book = $5) AND (CAST($6 AS TEXT) IS NULL OR u.category = $6) \
               GROUP BY r.usage_point_id) owing GROUP BY oldest ORDER BY oldest";
    let (everywhere, reachable) = db::reach(stations.as_deref());
    let values =
        params![today, everywhere, reachable, filter.station.clone(), filter.book.clone(), filter.category.clone()];
    let rows = tx.rows(sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub async fn open_bills(
    tx: &Tx,
    filter: &Filter,
    stations: &Stations,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<OpenBill>> {
    let sql = "SELECT r.id, u.supply_no, c.name, u.station, r.bill_no, b.cycle, r.due_on, r.amount_fen, r.settled_fen \
               FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id JOIN customer c ON c.id = u.customer_id LEFT JOIN bill b ON b.bill_no = r.bill_no \
               WHERE r.state = 'standing' AND r.settled_fen <> r.amount_fen \
                 AND (CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2)) AND (CAST($3 AS TEXT) IS NULL OR u.station = $3) \
                 AND (CAST($4 AS TEXT) IS NULL OR u.book = $4) AND (CAST($5 AS TEXT) IS NULL OR u.category = $5) \
                 AND (CAST($6 AS TEXT) IS NULL OR u.supply_no = $6) AND (CAST($7 AS TEXT) IS NULL OR b.cycle = $7) \
                 AND r.due_on >= $8 AND (r.due_on > $8 OR r.id > $9) ORDER BY r.due_on, r.id LIMIT $10";
    let (everywhere, reachable) = db::reach(stations.as_deref());
    let key = after.map_or_else(String::new, |after| after.key.clone());
    let tie = after.and_then(|after| after.tie.parse().ok()).unwrap_or(Uuid::nil());
    let values = params![
        everywhere,
        reachable,
        filter.station.clone(),
        filter.book.clone(),
        filter.category.clone(),
        filter.supply_no.clone(),
        filter.cycle,
        key,
        tie,
        limit
    ];
    let rows = tx.rows(sql, values).await?;
    let bill = |row: &Row| {
        Ok(OpenBill {
            id: row.get(0)?,
            supply_no: row.get(1)?,
            name: row.get(2)?,
            station: row.get(3)?,
            bill_no: row.get(4)?,
            cycle: row.get(5)?,
            due_on: row.get(6)?,
            amount: row.get(7)?,
            settled: row.get(8)?,
        })
    };
    rows.iter().map(bill).collect()
}
