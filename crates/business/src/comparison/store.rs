use kernel::Month;
use platform::{Result, Tx, params};

use crate::supply::UsagePointId;

/// The standing bill before a cycle's.
pub async fn standing_before(tx: &Tx, point: UsagePointId, cycle: Month) -> Result<Option<String>> {
    let sql = "SELECT bill_no FROM bill WHERE usage_point_id = $1 AND status = 'issued' AND cycle < $2 \
               ORDER BY cycle DESC, sequence DESC LIMIT 1";
    tx.row(sql, params![point.uuid(), cycle]).await?.map(|row| row.get(0)).transpose()
}

/// The standing bill of a cycle.
pub async fn standing_in(tx: &Tx, point: UsagePointId, cycle: Month) -> Result<Option<String>> {
    let sql = "SELECT bill_no FROM bill WHERE usage_point_id = $1 AND status = 'issued' AND cycle = $2 \
               ORDER BY sequence DESC LIMIT 1";
    tx.row(sql, params![point.uuid(), cycle]).await?.map(|row| row.get(0)).transpose()
}
