//! Recovery 电费回收: what was to be received 应收 and what was received 实收, and how much of what was
//! issued has come in 回收率.
//!
//! It owns nothing and changes nothing: every figure is a sum over the ledger and the settlements of
//! its open items, and leads down to them.
//!
//! | figure | from |
//! |---|---|
//! | receivable and received, by day, month, station, book, category | ledger lines by day of the books; they tie with the trial balance |
//! | recovery by month of bill or station | bills issued, and the settlements of their items, up to a day |

pub mod api;
mod model;
mod rules;
mod store;

use kernel::{Date, Month, Refusal};
use platform::{Ctx, Result, Tx};

pub use model::{By, LineCursor, Recovery, RecoveryBy, Report, ReportLine, ReportRow, Stretch};

pub use crate::arrears::READ;

/// What became receivable and what was received in some days of the books.
pub async fn report(tx: &Tx, ctx: &Ctx, stretch: Stretch, by: By) -> Result<Report> {
    let stations = ctx.require(READ)?.stations();
    stretch.check()?;
    Ok(Report { rows: store::report(tx, stretch, by, &stations).await?, stations })
}

/// The ledger lines of which a row of the report is the sum.
pub async fn report_lines(
    tx: &Tx,
    ctx: &Ctx,
    stretch: Stretch,
    by: By,
    key: &str,
    after: Option<&LineCursor>,
    limit: u32,
) -> Result<Vec<ReportLine>> {
    let stations = ctx.require(READ)?.stations();
    stretch.check()?;
    store::report_lines(tx, stretch, by, key, &stations, after, limit.clamp(1, 1000)).await
}

/// How much of what was issued for the months from `first` to `last` had come in by the end of
/// `as_of`.
pub async fn recovery(
    tx: &Tx,
    ctx: &Ctx,
    months: (Month, Month),
    as_of: Date,
    by: RecoveryBy,
) -> Result<Vec<Recovery>> {
    let stations = ctx.require(READ)?.stations();
    if months.0 > months.1 {
        return Err(Refusal::invalid(
            "range.invalid",
            "起始月份不能晚于截止月份",
            "the first month must not be after the last",
        )
        .at("from")
        .into());
    }
    store::recovery(tx, months, as_of, by, &stations).await
}
