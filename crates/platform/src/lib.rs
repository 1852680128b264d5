//! The ground under every floor: database, journal, people and rights, packs, long work, HTTP.
//!
//! Features are listed in order of dependency: each may use those above it.

pub mod trouble;

pub mod error;

pub mod signs;

pub mod figure;

pub mod db;

pub mod packs;

pub mod config;

pub mod context;

pub mod jobs;

pub mod roles;

pub mod paper;

pub mod house;

pub mod http;

pub mod journal;

pub mod csv;

pub mod access;

pub mod long_work;

pub mod backup;

pub use context::{Ctx, Permission, Scope};
pub use db::{Db, Tx};
pub use error::{Error, Fault, Result};
pub use figure::figure;
pub use house::House;
pub use trouble::Trouble;
