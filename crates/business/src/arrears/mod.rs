//! Arrears 欠费: who owes what since when, what was to be received 应收 and was received 实收, and how
//! much of what was issued has come in 回收率.
//!
//! It owns nothing and changes nothing: every figure is a sum over the ledger, its open items and
//! their settlements, and leads down to them.
//!
//! | figure | from |
//! |---|---|
//! | arrears, their age | open items whose due day has passed |
//! | receivable and received, by day, station, book, category | ledger lines by day of the books; they tie with the trial balance |
//! | recovery rate by month of bill | bills issued, and the settlements of their items, up to a day |

pub mod api;
mod model;
mod rules;
mod store;

use kernel::{Date, Month, Refusal};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx};

pub use model::{
    Age, AgeSum, By, Cursor, Debtor, Filter, OpenBill, Order, Recovery, RecoveryBy, Report, ReportLine, ReportRow,
    Stretch,
};
pub use rules::Ages;
pub use store::MIGRATION;

pub const READ: Permission = Permission("arrears.read");

/// Those who owe something whose due day has passed before `ctx.today`, in order.
pub async fn debtors(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    filter: &Filter,
    order: Order,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Debtor>> {
    let stations = stations(ctx, filter)?;
    let ages = Ages::on(packs, ctx.today)?;
    let reach = filter.reach(&ages, ctx.today)?;
    let mut found =
        store::debtors(tx, ctx.today, filter, &reach, &stations, order, after, limit.clamp(1, 1000)).await?;
    for debtor in &mut found {
        debtor.age = ages.of(ctx.today, debtor.oldest_due);
    }
    store::add_last_payments(tx, &mut found).await?;
    Ok(found)
}

/// The arrears by age: each debt in its class, each account in the class of its oldest debt.
pub async fn ages(tx: &Tx, ctx: &Ctx, packs: &Packs, filter: &Filter) -> Result<Vec<AgeSum>> {
    let stations = stations(ctx, filter)?;
    let ages = Ages::on(packs, ctx.today)?;
    let debts = store::debts_by_due_day(tx, ctx.today, filter, &stations).await?;
    let accounts = store::accounts_by_due_day(tx, ctx.today, filter, &stations).await?;
    Ok(ages.sums(ctx.today, &debts, &accounts))
}

/// Bills and opening debts that are open, due or not, in order of due day.
pub async fn open_bills(
    tx: &Tx,
    ctx: &Ctx,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<OpenBill>> {
    let stations = stations(ctx, filter)?;
    store::open_bills(tx, filter, &stations, after, limit.clamp(1, 1000)).await
}

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
    after: Option<&Cursor>,
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

/// The stations that the actor may see, within those that he asks for.
fn stations(ctx: &Ctx, filter: &Filter) -> Result<Option<Vec<String>>> {
    let scope = ctx.require(READ)?;
    if let Some(station) = &filter.station {
        scope.admit(station)?;
    }
    Ok(scope.stations())
}
