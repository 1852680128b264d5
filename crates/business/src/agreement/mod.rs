//! What was agreed with a customer who pays for more than energy 供用电合同约定: capacity, what the basic charge goes by,
//! contracted demand, where the meter is; and the transformers that rest 暂停.
//!
//! ```text
//!   agreement from ─────────────▶ agreement from ─────────▶ until another holds
//!                  suspension ──▶
//! ```
//!
//! What was entered by mistake is withdrawn, a suspension is given another last day; the journal keeps what was.
//!
//! **Invariants.** An agreement holds from its day until the next one of the account does. No day that is billed
//! changes. What the basic charge goes by changes on the first of a month. On no day more rests than is agreed on.

pub mod api;
mod import;
mod model;
mod rules;
mod store;

use std::collections::HashMap;

use kernel::{Date, Refusal};
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};
use serde_json::{Value, json};

pub use import::{AgreementImport, SuspensionImport};
pub use model::{Agreement, Suspension};
pub use rules::{Metered, ToldAgreement, ToldSuspension, supply};
pub use store::MIGRATION;

use crate::bill;
use crate::supply::{self, UsagePoint, UsagePointId};
use rules::Contract;

/// To agree with a customer on capacity and demand, and on what rests.
pub const KEEP: Permission = Permission("agreement.keep");

/// The agreements of these accounts, each account's by their days.
pub async fn of(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Agreement>> {
    store::agreements(tx, points).await
}

/// The suspensions of these accounts, each account's by their first days.
pub async fn suspensions(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Suspension>> {
    store::suspensions(tx, points).await
}

/// All that these accounts have agreed on; whoever changes it holds them.
async fn contracts(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Contract>> {
    let mut contracts: HashMap<UsagePointId, Contract> = HashMap::new();
    for (point, day) in bill::billed_to_days(tx, points).await? {
        contracts.entry(point).or_default().billed_to = Some(day);
    }
    for agreement in of(tx, points).await? {
        contracts.entry(agreement.usage_point).or_default().agreements.push(agreement);
    }
    for rest in suspensions(tx, points).await? {
        contracts.entry(rest.usage_point).or_default().suspensions.push(rest);
    }
    Ok(contracts)
}

/// What an account that the actor may see has agreed on.
pub async fn of_supply_no(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Contract> {
    let point = supply::find(tx, ctx, supply_no).await?.id;
    Ok(contracts(tx, &[point]).await?.remove(&point).unwrap_or_default())
}

/// One account while its contract is changed.
struct Desk<'a> {
    tx: &'a Tx,
    ctx: &'a Ctx,
    point: UsagePoint,
    contract: Contract,
    reason: &'a str,
}

impl<'a> Desk<'a> {
    async fn open(tx: &'a Tx, ctx: &'a Ctx, supply_no: &str, reason: &'a str) -> Result<Desk<'a>> {
        let scope = ctx.require(KEEP)?;
        let reason = journal::short_reason(reason)?;
        let held = supply::hold_by_supply_nos(tx, vec![supply_no.to_owned()]).await?;
        let point = held.into_iter().find(|point| scope.covers(&point.station));
        let point = point.ok_or_else(|| supply::unknown(supply_no))?;
        let contract = contracts(tx, &[point.id]).await?.remove(&point.id).unwrap_or_default();
        Ok(Desk { tx, ctx, point, contract, reason })
    }

    /// Drafts of the account no longer hold, and the journal has it.
    async fn close(self, act: &str, detail: Value) -> Result<()> {
        supply::touch(self.tx, vec![self.point.id]).await?;
        let subject = format!("usage-point:{}", self.point.supply_no);
        journal::record(self.tx, self.ctx, Entry { act, subject, reason: Some(self.reason), detail }).await
    }
}

/// Agrees with a customer on what holds from a day on.
pub async fn agree(tx: &Tx, ctx: &Ctx, supply_no: &str, told: &ToldAgreement<'_>, reason: &str) -> Result<()> {
    let mut desk = Desk::open(tx, ctx, supply_no, reason).await?;
    let agreement = told.read(desk.point.id)?;
    if !desk.contract.agree(&agreement)? {
        let (zh, en) = ("该约定已登记", "this is on record already");
        return Err(Refusal::conflict("agreement.on-record", zh, en).at("from").into());
    }
    store::insert_agreements(tx, std::slice::from_ref(&agreement)).await?;
    desk.close("agreement.enter", agreement.detail()).await
}

/// Takes an agreement back that no bill has gone by.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, supply_no: &str, from: Date, reason: &str) -> Result<()> {
    let mut desk = Desk::open(tx, ctx, supply_no, reason).await?;
    let agreement = desk.contract.withdraw(from)?;
    store::delete_agreement(tx, agreement.usage_point, from).await?;
    desk.close("agreement.withdraw", agreement.detail()).await
}

/// Lets capacity rest 暂停.
pub async fn suspend(tx: &Tx, ctx: &Ctx, supply_no: &str, told: &ToldSuspension<'_>, reason: &str) -> Result<()> {
    let mut desk = Desk::open(tx, ctx, supply_no, reason).await?;
    let rest = told.read(desk.point.id)?;
    if !desk.contract.suspend(rest)? {
        let (zh, en) = ("该暂停已登记", "this is on record already");
        return Err(Refusal::conflict("suspension.on-record", zh, en).at("from").into());
    }
    store::insert_suspensions(tx, &[rest]).await?;
    desk.close("suspension.enter", rest.detail()).await
}

/// Gives a suspension another last day 恢复.
pub async fn resume(tx: &Tx, ctx: &Ctx, supply_no: &str, from: Date, last: Date, reason: &str) -> Result<()> {
    let mut desk = Desk::open(tx, ctx, supply_no, reason).await?;
    let (rest, before) = desk.contract.resume(from, last)?;
    store::set_last_day(tx, &rest).await?;
    let mut detail = rest.detail();
    detail["before"] = json!(before.to_string());
    desk.close("suspension.resume", detail).await
}

/// Takes a suspension back that no bill has gone by.
pub async fn withdraw_rest(tx: &Tx, ctx: &Ctx, supply_no: &str, from: Date, reason: &str) -> Result<()> {
    let mut desk = Desk::open(tx, ctx, supply_no, reason).await?;
    let rest = desk.contract.withdraw_rest(from)?;
    store::delete_suspension(tx, &rest).await?;
    desk.close("suspension.withdraw", rest.detail()).await
}
