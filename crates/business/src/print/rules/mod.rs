//! What papers say. Pure.

pub mod bill;
