//! What may be agreed, and what a bill goes by.

mod contract;
mod supply;
mod told;

pub(super) use contract::Contract;
pub use supply::{Metered, supply};
pub use told::{ToldAgreement, ToldSuspension};
