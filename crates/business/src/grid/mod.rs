//! The network as the customer side needs it 台区档案: station, substation, feeder, transformer area.
//!
//! A feeder is known by its name within its substation.

pub mod api;
mod import;
mod store;

use kernel::Capacity;
use platform::{Ctx, Permission, Result, Tx};

pub use import::AreaImport;
pub use store::MIGRATION;

pub const READ: Permission = Permission("archive.read");
pub const IMPORT: Permission = Permission("archive.import");

/// A transformer area 台区 and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransformerArea {
    pub code: String,
    pub name: String,
    pub station: String,
    pub substation: String,
    pub feeder: String,
    pub capacity: Option<Capacity>,
}

/// Areas with these codes.
pub async fn areas(tx: &Tx, codes: Vec<String>) -> Result<Vec<TransformerArea>> {
    store::by_codes(tx, codes).await
}

/// A page of areas in order of code, within what the actor may see.
pub async fn page(tx: &Tx, ctx: &Ctx, after: Option<&str>, limit: u32) -> Result<Vec<TransformerArea>> {
    let stations = ctx.require(READ)?.stations();
    store::page(tx, stations, after.unwrap_or_default(), limit).await
}
