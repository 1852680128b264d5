//! A tariff as data, and the arithmetic of a bill. No I/O, no clock, no float.
//!
//! ```text
//! pack text ──pack──▶ Tariff (dated versions) ──┐
//!                                               ├─rules─▶ Priced (parts, lines, total) ──explain──▶ plain words
//! reads, household, year to date ──▶ Case ──────┘
//! ```
//!
//! [`rules::price`] is a pure function: the same [`Case`] and the same version give the same lines,
//! bit for bit, for ever. That is what lets a bill be replayed years later.

pub mod tariff;

pub mod pack;

pub mod rules;

pub mod curve;

pub mod explain;

pub mod book;

pub mod quote;

pub use book::TariffBook;
pub use rules::{Case, Line, Priced, Stretch, Unpriced, price};
pub use tariff::{Concession, Tariff, Version};
