//! The demonstration: a county bureau that never was, with two years of life in it.
//!
//! ```text
//!   seed ──▶ land ▸ accounts ▸ meters ▸ habits of paying          (pure: the same seed, the same county)
//!                          │ lines of files, day by day
//!                          ▼
//!   fill: the clock of each day ──▶ the importers, the trial, the approval, the issue of the house
//! ```
//!
//! Nothing is written past the house: what the demonstration holds came in as a bureau's own data
//! would, on the days on which it would. Only that the bureau is one, and who its people are, is
//! kept here.
//!
//! **Invariants.** An own bureau is never filled. A filling that was cut off goes on where it was;
//! with the same seed, number and day, two bureaus export the same bytes.

pub mod chance;

pub mod names;

pub mod land;

pub mod season;

mod plan;

pub mod account;

pub mod meters;

mod lines;

pub mod paying;

mod store;

mod desk;

mod people;

mod fill;

pub mod api;

pub use desk::{Filled, Teller};
pub use fill::{OWN, fill, refuse_own};
pub use plan::Plan;
pub use store::{Account as DemoAccount, MIGRATION, State, state};
