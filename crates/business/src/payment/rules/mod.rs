//! Policy and arithmetic of taking money.

pub mod allocate;
pub mod book;
pub mod late;
pub mod policy;
pub mod wish;
