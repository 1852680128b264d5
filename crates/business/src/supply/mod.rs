//! Customer and supply archive 客户档案: customers, and the usage points 用电户 where they take power.
//!
//! One row of `customers.csv` is one usage point with one settlement account; its supply number
//! 户号 keys both. Several usage points may belong to one customer.
//!
//! **Invariant.** Whatever a bill of a usage point is computed from (its archive, its meters, their
//! readings, its opening figures) raises its `revision` when it changes, in the same transaction.
//! A trial bill of an older revision is never issued.

pub mod api;
mod import;
mod model;
mod store;

use kernel::Refusal;
use kernel::id::Uuid;
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Scope, Tx};

pub use import::CustomerImport;
pub use model::{
    Customer, CustomerId, CustomerKind, PERSONS, UsageCategory, UsagePoint, UsagePointId, masked_address, masked_name,
    masked_phone,
};
pub use store::MIGRATION;
pub(crate) use store::ids;
pub(crate) use store::point;

pub use crate::grid::READ;
/// To see personal data in full.
pub const UNMASK: Permission = Permission("archive.unmask");

const REASON_LENGTH: usize = 5;

/// Usage points with these supply numbers.
pub async fn by_supply_nos(tx: &Tx, supply_nos: Vec<String>) -> Result<Vec<UsagePoint>> {
    store::by_supply_nos(tx, supply_nos).await
}

/// Holds these accounts until the transaction ends: whoever changes what one owes, has paid or was
/// billed does it first, so that acts on one account follow each other. Everybody takes them in the
/// same order, so that no two wait for each other.
pub async fn lock(tx: &Tx, ids: &[UsagePointId]) -> Result<()> {
    store::lock(tx, ids).await
}

/// The usage points with these numbers, held like by [`lock`].
pub async fn hold_by_supply_nos(tx: &Tx, supply_nos: Vec<String>) -> Result<Vec<UsagePoint>> {
    store::hold_by_supply_nos(tx, supply_nos).await
}

/// Raises the revision of usage points whose bills would now be computed otherwise.
pub async fn touch(tx: &Tx, ids: Vec<UsagePointId>) -> Result<()> {
    if ids.is_empty() { Ok(()) } else { store::touch(tx, &ids).await }
}

/// A page of usage points in order of supply number, within what the actor may see.
pub async fn page(tx: &Tx, ctx: &Ctx, after: Option<&str>, limit: u32) -> Result<Vec<UsagePoint>> {
    let stations = ctx.require(READ)?.stations();
    store::page(tx, stations, after.unwrap_or_default(), limit.clamp(1, 1000)).await
}

/// One usage point, if there is one that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<UsagePoint> {
    let scope = ctx.require(READ)?;
    let found = store::by_supply_nos(tx, vec![supply_no.to_owned()])
        .await?
        .into_iter()
        .find(|point| scope.covers(&point.station));
    found.ok_or_else(|| unknown(supply_no).into())
}

/// The other usage points of the same customer that the actor may see, at most so many.
pub async fn siblings(tx: &Tx, ctx: &Ctx, supply_no: &str, most: u32) -> Result<Vec<UsagePoint>> {
    let stations = ctx.require(READ)?.stations();
    let mut points = store::of_same_customer(tx, supply_no, stations.as_deref(), most + 1).await?.into_iter();
    points.next().ok_or_else(|| unknown(supply_no))?;
    Ok(points.collect())
}

/// One usage point with its personal data in full, for a reason that stays in the journal.
pub async fn unmask(tx: &Tx, ctx: &Ctx, supply_no: &str, reason: &str) -> Result<UsagePoint> {
    let scope = ctx.require(UNMASK)?;
    let reason = reason.trim();
    unmasking_reason(reason)?;
    let point = seen_in_full(tx, ctx, &scope, supply_no).await?;
    let entry = Entry {
        act: "usage-point.unmask",
        subject: format!("usage-point:{supply_no}"),
        reason: Some(reason),
        detail: serde_json::json!({ "shown": ["name", "phone", "address"] }),
    };
    journal::record(tx, ctx, entry).await?;
    Ok(point)
}

/// Refuses a reason that says nothing.
pub(crate) fn unmasking_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().chars().count() >= REASON_LENGTH {
        return Ok(());
    }
    Err(Refusal::invalid(
        "reason.short",
        format!("请说明理由，至少 {REASON_LENGTH} 个字"),
        format!("say why, in at least {REASON_LENGTH} characters"),
    )
    .at("reason"))
}

/// What an unmasking showed, for who did not hear the answer to it.
pub async fn unmasked_again(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<UsagePoint> {
    let scope = ctx.require(UNMASK)?;
    seen_in_full(tx, ctx, &scope, supply_no).await
}

async fn seen_in_full(tx: &Tx, ctx: &Ctx, scope: &Scope, supply_no: &str) -> Result<UsagePoint> {
    let point = find(tx, ctx, supply_no).await?;
    if scope.covers(&point.station) { Ok(point) } else { Err(unknown(supply_no).into()) }
}

pub(crate) fn unknown(supply_no: &str) -> Refusal {
    Refusal::not_found(
        "supply-no.unknown",
        format!("没有户号 {supply_no}"),
        format!("there is no supply number {supply_no}"),
    )
    .at("supply_no")
}

/// The station to which a usage point belongs.
pub async fn station_of(tx: &Tx, id: UsagePointId) -> Result<String> {
    store::station_of(tx, id).await
}

/// Supply numbers of usage points.
pub async fn supply_nos(tx: &Tx, ids: Vec<Uuid>) -> Result<std::collections::HashMap<Uuid, String>> {
    store::supply_nos(tx, ids).await
}
