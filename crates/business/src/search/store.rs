use platform::{Result, Tx, params};

/// How many usage points are on record.
pub async fn usage_points(tx: &Tx) -> Result<u64> {
    let row = tx.row("SELECT COUNT(*) FROM usage_point", params![]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}
