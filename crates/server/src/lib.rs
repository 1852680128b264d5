//! The one program `gridhall`: what the floors offer, put together.

pub mod migrations;

pub mod rights;

pub mod traces;

pub mod log;

pub mod process;

pub mod health;

pub mod metrics;

pub mod pages;

pub mod imports;

pub mod work;

pub mod router;

pub mod serve;

pub mod cli;

pub use router::{openapi, router};
