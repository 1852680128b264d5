//! What was agreed with a customer who pays for more than energy 供用电合同约定: capacity, what the basic charge goes by,
//! contracted demand, where the meter is; and the transformers that rest 暂停.
//!
//! ```text
//!   agreement from ─────────────▶ agreement from ─────────▶ until another holds
//!                  suspension ──▶
//! ```
//!
//! **Invariants.** An agreement holds from its day until the next one of the account does. Neither it nor a suspension
//! begins on a day that is billed. What the basic charge goes by changes on the first of a month.

pub mod api;
mod import;
mod model;
mod rules;
mod store;

use platform::{Ctx, Result, Tx};

pub use import::{AgreementImport, SuspensionImport};
pub use model::{Agreement, Suspension};
pub use rules::{Metered, supply};
pub use store::MIGRATION;

use crate::supply::{self, UsagePointId};

/// The agreements of these accounts, each account's by their days.
pub async fn of(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Agreement>> {
    store::agreements(tx, points).await
}

/// The suspensions of these accounts, each account's by their first days.
pub async fn suspensions(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Suspension>> {
    store::suspensions(tx, points).await
}

/// What was ever agreed on with an account that the actor may see.
pub async fn of_supply_no(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<(Vec<Agreement>, Vec<Suspension>)> {
    let point = [supply::find(tx, ctx, supply_no).await?.id];
    Ok((of(tx, &point).await?, suspensions(tx, &point).await?))
}
