//! Mandates 代扣协议: a customer lets the bureau collect what an account owes from his bank account.
//!
//! ```text
//!   signed ──▶ coming ──since──▶ live ──until, or end (a reason)──▶ ended
//! ```
//!
//! One who pays from another account, or at another bank, ends the mandate and signs a new one: none is
//! ever changed, so that a debit always shows by what right it was made.
//!
//! Holders and account numbers are personal data: masked, and shown in full for a reason that stays in
//! the journal.
//!
//! **Invariants.** On no day has a usage point two mandates. A bank knows an agreement number once.

pub mod api;
mod import;
mod model;
mod rules;
mod store;

use std::collections::HashSet;

use kernel::id::Uuid;
use kernel::{Date, Refusal};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Scope, Tx};

pub use import::MandateImport;
pub use model::{Ending, Filter, Mandate, MandateState, Terms, masked_account};
pub use rules::{Again, Bank, Code, DebitRules, Outcome};
pub use store::MIGRATION;

use crate::supply::{self, UNMASK, UsagePoint, UsagePointId};

pub const READ: Permission = Permission("mandate.read");
/// To sign mandates and to end them.
pub const KEEP: Permission = Permission("mandate.keep");

/// Puts a mandate on record that a customer has signed.
pub async fn sign(tx: &Tx, ctx: &Ctx, packs: &Packs, supply_no: &str, terms: Terms) -> Result<Mandate> {
    let scope = ctx.require(KEEP)?;
    let rules = DebitRules::on(packs, ctx.today)?;
    rules.bank(&terms.bank)?;
    terms.check()?;
    let point = point_of(tx, &scope, supply_no).await?;
    supply::lock(tx, &[point.id]).await?;
    if let Some(known) = store::by_agreements(tx, vec![terms.agreement_no.clone()])
        .await?
        .into_iter()
        .find(|known| known.terms.bank == terms.bank)
    {
        let Mandate { supply_no, .. } = known;
        return Err(Refusal::conflict(
            "mandate.agreement-used",
            format!("该银行的协议号已用于户号 {supply_no}"),
            format!("this bank's agreement number belongs to {supply_no} already"),
        )
        .at("agreement_no")
        .into());
    }
    rules::free(&terms, &store::of_points(tx, &[point.id]).await?)?;
    let mandate = Mandate::signed(ctx, &point, terms);
    store::insert(tx, std::slice::from_ref(&mandate)).await?;
    let detail = serde_json::json!({
        "bank": mandate.terms.bank, "agreement": mandate.terms.agreement_no, "account": masked_account(&mandate.terms.account_no),
        "since": mandate.terms.since.to_string(), "until": mandate.terms.until.map(|day| day.to_string()),
    });
    let subject = format!("usage-point:{supply_no}");
    journal::record(tx, ctx, Entry { act: "mandate.sign", subject, reason: None, detail }).await?;
    Ok(mandate)
}

async fn point_of(tx: &Tx, scope: &Scope, supply_no: &str) -> Result<UsagePoint> {
    let point = supply::by_supply_nos(tx, vec![supply_no.to_owned()]).await?.pop();
    let point = point.ok_or_else(|| supply::unknown(supply_no))?;
    scope.admit(&point.station).map_err(|refusal| refusal.at("supply_no"))?;
    Ok(point)
}

/// Ends a mandate: from today on nothing is collected by it.
pub async fn end(tx: &Tx, ctx: &Ctx, id: Uuid, reason: &str) -> Result<Mandate> {
    ctx.require(KEEP)?;
    let reason = journal::short_reason(reason)?;
    let found = visible(tx, ctx, KEEP, id).await?;
    supply::lock(tx, &[found.point]).await?;
    // Read again under the lock: somebody may have been faster.
    let mut mandate = visible(tx, ctx, KEEP, id).await?;
    if mandate.state(ctx.today) == MandateState::Ended {
        let (zh, en) = ("该协议已终止", "this mandate has ended already");
        return Err(Refusal::conflict("mandate.ended", zh, en).into());
    }
    let ending = Ending { on: ctx.today, by: ctx.actor.name.clone(), reason: reason.to_owned() };
    store::end(tx, id, &ending).await?;
    mandate.ending = Some(ending);
    let detail = serde_json::json!({ "bank": mandate.terms.bank, "agreement": mandate.terms.agreement_no });
    let subject = format!("usage-point:{}", mandate.supply_no);
    journal::record(tx, ctx, Entry { act: "mandate.end", subject, reason: Some(reason), detail }).await?;
    Ok(mandate)
}

/// A mandate that the actor may see.
async fn visible(tx: &Tx, ctx: &Ctx, right: Permission, id: Uuid) -> Result<Mandate> {
    let scope = ctx.require(right)?;
    let unknown = || Refusal::not_found("mandate.unknown", "没有该代扣协议", "there is no such mandate").at("id");
    let found = store::one(tx, id).await?.filter(|mandate| scope.covers(&mandate.station));
    found.ok_or_else(|| unknown().into())
}

pub async fn find(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Mandate> {
    visible(tx, ctx, READ, id).await
}

/// Mandates of the actor's stations, the newest first.
pub async fn page(tx: &Tx, ctx: &Ctx, filter: &Filter, before: Option<Uuid>, limit: u32) -> Result<Vec<Mandate>> {
    let (stations, limit) = (ctx.require(READ)?.narrowed(filter.station.clone())?, limit.clamp(1, 200));
    let Some(supply_no) = &filter.supply_no else {
        return store::page(tx, ctx.today, filter, stations, before, limit).await;
    };
    // One account's few are not looked for among everybody's.
    let mut mandates = store::of_supply_no(tx, supply_no).await?;
    mandates.retain(|mandate| {
        let is_within = stations.as_ref().is_none_or(|stations| stations.contains(&mandate.station));
        is_within && filter.takes(mandate, ctx.today) && before.is_none_or(|before| mandate.id < before)
    });
    mandates.truncate(limit as usize);
    Ok(mandates)
}

/// A mandate with its personal data in full, for a reason that stays in the journal.
pub async fn unmask(tx: &Tx, ctx: &Ctx, id: Uuid, reason: &str) -> Result<Mandate> {
    ctx.require(UNMASK)?;
    supply::unmasking_reason(reason)?;
    let mandate = unmasked_again(tx, ctx, id).await?;
    let entry = Entry {
        act: "mandate.unmask",
        subject: format!("usage-point:{}", mandate.supply_no),
        reason: Some(reason.trim()),
        detail: serde_json::json!({ "shown": ["holder", "account_no"], "agreement": mandate.terms.agreement_no }),
    };
    journal::record(tx, ctx, entry).await?;
    Ok(mandate)
}

/// What an unmasking showed, for who did not hear the answer to it.
pub async fn unmasked_again(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Mandate> {
    let mandate = visible(tx, ctx, UNMASK, id).await?;
    ctx.require_at(READ, &mandate.station)?;
    Ok(mandate)
}

/// The mandate by which an account is collected on a day; whoever calls may see the account.
pub async fn live_of(tx: &Tx, point: UsagePointId, on: Date) -> Result<Option<Mandate>> {
    let mandates = store::of_points(tx, &[point]).await?;
    Ok(mandates.into_iter().find(|mandate| mandate.state(on) == MandateState::Live))
}

/// The mandates of these accounts that hold on a day.
pub(crate) async fn live_ids(tx: &Tx, points: &[UsagePointId], on: Date) -> Result<HashSet<Uuid>> {
    let mandates = store::of_points(tx, points).await?;
    Ok(mandates.iter().filter(|mandate| mandate.state(on) == MandateState::Live).map(|mandate| mandate.id).collect())
}

/// The mandates of a bank that hold on a day, in order of supply number after `after`.
pub(crate) async fn live_at(tx: &Tx, reach: &Reach<'_>, after: &str, limit: u32) -> Result<Vec<Mandate>> {
    store::live_at(tx, reach, after, limit).await
}

/// Which mandates a batch is made of.
pub(crate) struct Reach<'a> {
    pub bank: &'a str,
    pub on: Date,
    /// None: all stations.
    pub stations: Option<Vec<String>>,
    pub book: Option<&'a str>,
}
