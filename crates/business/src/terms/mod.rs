//! What accounts are billed by 计价条件, by days: tariff, household, relief. The archive tells what holds from the opening
//! on; here is what holds instead from a later day 改类、户人口变更、优惠变更.
//!
//! ```text
//!   archive ─────────▶ change from ────────▶ change from ─────▶ until another holds
//! ```
//!
//! A change of days that are billed is an amendment, and a correction of bills follows.
//!
//! **Invariants.** A change holds from its day until the next one of the account does. Household and relief change on the
//! first of a month. No day that is billed changes but by an amendment, which keeps what was said before.

pub mod api;
mod import;
mod model;
mod rules;
mod store;

use std::collections::HashMap;

use kernel::Date;
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};
use pricing::TariffBook;

pub use import::TermsImport;
pub use model::{Terms, held_on};
pub use rules::{History, ToldTerms};
pub use store::MIGRATION;

use crate::bill;
use crate::supply::{self, UsagePoint, UsagePointId};

/// To change what an account is billed by, from a day on that is not billed.
pub const KEEP: Permission = Permission("terms.keep");

/// What was changed of these accounts since their opening, each account's by its days.
pub async fn changes(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Terms>> {
    store::of(tx, points).await
}

/// What an account is billed by on a day: with the tariff, household and relief of that day in place of the archive's.
pub async fn as_of(tx: &Tx, mut points: Vec<UsagePoint>, day: Date) -> Result<Vec<UsagePoint>> {
    let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
    for terms in changes(tx, &ids).await?.into_iter().filter(|terms| terms.from <= day) {
        if let Some(point) = points.iter_mut().find(|point| point.id == terms.usage_point) {
            (point.tariff, point.persons, point.concession) = (terms.tariff, terms.persons, terms.concession);
        }
    }
    Ok(points)
}

/// All that these accounts are billed by; whoever changes it holds them.
pub(crate) async fn histories(tx: &Tx, points: &[UsagePoint]) -> Result<HashMap<UsagePointId, History>> {
    let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
    let begun = |point: &UsagePoint| Terms {
        usage_point: point.id,
        from: point.opened_on,
        tariff: point.tariff.clone(),
        persons: point.persons,
        concession: point.concession,
    };
    let mut histories: HashMap<UsagePointId, History> =
        points.iter().map(|point| (point.id, History { terms: vec![begun(point)], billed_to: None })).collect();
    for terms in changes(tx, &ids).await? {
        if let Some(history) = histories.get_mut(&terms.usage_point) {
            history.terms.push(terms);
        }
    }
    for (point, day) in bill::billed_to_days(tx, &ids).await? {
        if let Some(history) = histories.get_mut(&point) {
            history.billed_to = Some(day);
        }
    }
    Ok(histories)
}

/// What an account that the actor may see is billed by.
pub async fn of_supply_no(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<History> {
    let point = supply::find(tx, ctx, supply_no).await?;
    history(tx, &point).await
}

pub(crate) async fn history(tx: &Tx, point: &UsagePoint) -> Result<History> {
    let history = histories(tx, std::slice::from_ref(point)).await?.remove(&point.id);
    history.ok_or_else(|| supply::unknown(&point.supply_no).into())
}

/// An account that the actor may change, held.
pub(crate) async fn held(tx: &Tx, ctx: &Ctx, right: Permission, supply_no: &str) -> Result<(UsagePoint, History)> {
    let scope = ctx.require(right)?;
    let held = supply::hold_by_supply_nos(tx, vec![supply_no.to_owned()]).await?;
    let point = held.into_iter().find(|point| scope.covers(&point.station));
    let point = point.ok_or_else(|| supply::unknown(supply_no))?;
    let history = history(tx, &point).await?;
    Ok((point, history))
}

/// Changes what an account is billed by from a day on.
pub async fn change(
    tx: &Tx,
    ctx: &Ctx,
    book: &TariffBook,
    supply_no: &str,
    told: &ToldTerms<'_>,
    reason: &str,
) -> Result<()> {
    let (point, mut history) = held(tx, ctx, KEEP, supply_no).await?;
    let terms = told.read(point.id, book)?;
    if !history.change(&terms)? {
        let (zh, en) = ("该变更已登记", "this is on record already");
        return Err(kernel::Refusal::conflict("terms.on-record", zh, en).at("from").into());
    }
    store::insert(tx, std::slice::from_ref(&terms)).await?;
    note(tx, ctx, &point, "terms.change", &terms, reason).await
}

/// Takes a change back that no bill has gone by.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, supply_no: &str, from: Date, reason: &str) -> Result<()> {
    let (point, mut history) = held(tx, ctx, KEEP, supply_no).await?;
    let taken = history.withdraw(from)?;
    store::delete(tx, point.id, from).await?;
    note(tx, ctx, &point, "terms.withdraw", &taken, reason).await
}

/// Puts what was found to hold on billed days on record, in the place of what was said of the same day.
pub(crate) async fn replace(tx: &Tx, terms: &Terms) -> Result<()> {
    store::delete(tx, terms.usage_point, terms.from).await?;
    store::insert(tx, std::slice::from_ref(terms)).await
}

/// Drafts of the account no longer hold, and the journal has it.
async fn note(tx: &Tx, ctx: &Ctx, point: &UsagePoint, act: &'static str, terms: &Terms, reason: &str) -> Result<()> {
    let reason = journal::short_reason(reason)?;
    supply::touch(tx, vec![point.id]).await?;
    let subject = format!("usage-point:{}", point.supply_no);
    journal::record(tx, ctx, Entry { act, subject, reason: Some(reason), detail: terms.detail() }).await
}
