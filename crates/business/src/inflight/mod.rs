//! In flight 在途锁: open items that somebody outside is collecting, so that nobody collects them twice.
//!
//! ```text
//!   free ──begin──▶ in flight ──end: answered, withdrawn or given up──▶ free
//! ```
//!
//! A bank's batch claims its items here; the counter looks here before it takes money. It stands below
//! both, so that taking money need not know who collects.
//!
//! **Invariant.** An item is in flight once, kept by the database. Whoever begins holds the lock of the
//! item's account ([`crate::supply::lock`]), and so does whoever takes money for it.

mod model;
mod store;

use kernel::Refusal;
use kernel::id::Uuid;
use platform::{Result, Tx};

pub use model::InFlight;
pub use store::MIGRATION;

/// What of these open items is in flight.
pub async fn of_items(tx: &Tx, receivables: Vec<Uuid>) -> Result<Vec<InFlight>> {
    if receivables.is_empty() { Ok(Vec::new()) } else { store::of_items(tx, receivables).await }
}

/// Claims items; refused when another has one of them.
pub async fn begin(tx: &Tx, items: &[InFlight]) -> Result<()> {
    if store::insert(tx, items).await? == items.len() as u64 {
        return Ok(());
    }
    let (zh, en) = ("其中有欠费已在别的批次中", "one of these debts is in another batch already");
    Err(Refusal::conflict("debit.in-flight", zh, en).into())
}

/// Frees what was claimed under these references.
pub async fn end(tx: &Tx, references: Vec<String>) -> Result<()> {
    if references.is_empty() { Ok(()) } else { store::delete(tx, references).await }
}
