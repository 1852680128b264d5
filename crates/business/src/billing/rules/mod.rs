//! From an account's inputs to its draft. Pure: no database, no clock.

mod assemble;
mod legs;
mod price;
mod way;

pub use price::{Outcome, Rates, funds, outcome};
