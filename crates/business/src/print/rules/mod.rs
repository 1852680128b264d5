//! What papers say. Pure.

pub mod bill;
pub mod escpos;
pub mod receipt;
