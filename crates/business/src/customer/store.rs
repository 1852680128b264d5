use std::collections::HashMap;

use kernel::{Date, Money};
use platform::db::{List, Migration};
use platform::{Result, Tx, params};

use super::model::Balance;
use crate::supply::{CustomerId, UsagePointId};

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 customer",
    sql: "
CREATE INDEX usage_point_customer ON usage_point (customer_id)
",
};

/// The supply numbers of a customer's usage points.
pub async fn points_of(tx: &Tx, customer: CustomerId, limit: u32) -> Result<Vec<String>> {
    let sql = "SELECT supply_no FROM usage_point WHERE customer_id = $1 ORDER BY supply_no LIMIT $2";
    tx.rows(sql, params![customer.uuid(), limit]).await?.iter().map(|row| row.get(0)).collect()
}

pub async fn balance(tx: &Tx, point: UsagePointId, today: Date) -> Result<Balance> {
    let sql = "SELECT CAST(COALESCE(SUM(amount_fen - settled_fen), 0) AS BIGINT), \
                      CAST(COALESCE(SUM(CASE WHEN due_on < $2 THEN amount_fen - settled_fen ELSE 0 END), 0) AS BIGINT), \
                      MIN(CASE WHEN due_on < $2 THEN due_on END), COUNT(*) \
               FROM receivable WHERE usage_point_id = $1 AND state = 'standing' AND settled_fen <> amount_fen";
    let row = tx.row(sql, params![point.uuid(), today]).await?;
    let prepaid = tx.row("SELECT balance_fen FROM prepayment WHERE usage_point_id = $1", params![point.uuid()]).await?;
    let prepaid = prepaid.map_or(Ok(Money::ZERO), |row| row.get(0))?;
    row.map_or(Ok(Balance::default()), |row| {
        Ok(Balance {
            owed: row.get(0)?,
            overdue: row.get(1)?,
            overdue_since: row.get(2)?,
            open_items: row.get(3)?,
            prepaid,
        })
    })
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
