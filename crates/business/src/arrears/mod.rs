//! Arrears 欠费: who owes what since when.
//!
//! It owns nothing and changes nothing: an account is in arrears by its open items whose due day has
//! passed, and every figure leads down to them.

pub mod api;
mod model;
mod rules;
mod store;

use kernel::Money;
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx};

pub use model::{Age, AgeSum, Cursor, Debtor, Filter, OpenBill, Order};
pub use rules::Ages;
pub use store::MIGRATION;

use crate::payment;

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
    let numbers = found.iter().map(|debtor| debtor.supply_no.clone()).collect();
    let charges = payment::late_charges(tx, packs, numbers, ctx.today).await?;
    for debtor in &mut found {
        debtor.late_charge = charges.get(&debtor.supply_no).copied().unwrap_or(Money::ZERO);
    }
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

/// The stations that the actor may see, within those that he asks for.
fn stations(ctx: &Ctx, filter: &Filter) -> Result<Option<Vec<String>>> {
    let scope = ctx.require(READ)?;
    if let Some(station) = &filter.station {
        scope.admit(station)?;
    }
    Ok(scope.stations())
}
