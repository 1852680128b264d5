//! The one program `gridhall`: what the floors offer, put together.

// A line for stdout goes by `cli::desk::print`: whoever reads may close the pipe.
#![warn(clippy::print_stdout)]

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
