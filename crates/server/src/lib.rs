//! The one binary: command line, HTTP, wiring.

pub mod cli;
pub mod migrations;
