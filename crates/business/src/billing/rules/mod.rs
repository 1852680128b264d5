//! From an account's inputs to its draft. Pure: no database, no clock.

mod assemble;
mod price;

pub use price::{Outcome, Rates, funds, outcome};
