//! Where the bureaus of a measurement lie.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use business::Bureau;
use clap::Args;
use gridhall::migrations::MIGRATIONS;
use kernel::{Clock, Month};
use platform::house::Open;

#[derive(Args, Clone)]
pub struct Place {
    /// Directory of the bureau.
    #[arg(long)]
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded database.
    #[arg(long)]
    pub database_url: Option<String>,
}

#[derive(Args)]
pub struct Other {
    #[arg(long)]
    other_data: PathBuf,
    #[arg(long)]
    other_database_url: Option<String>,
}

impl Other {
    pub fn place(&self) -> Place {
        Place { data: self.other_data.clone(), database_url: self.other_database_url.clone() }
    }
}

/// The morning after the month that is billed.
const NOW: &str = "2026-09-01T01:00:00Z";
pub const CYCLE: &str = "2026-08";

impl Place {
    pub async fn open(&self) -> Result<Bureau> {
        let clock = Clock::manual(NOW.parse()?);
        let open =
            Open { data: self.data.clone(), database_url: self.database_url.clone(), clock, seed: rand::random() };
        Ok(Bureau::open(open, MIGRATIONS).await?)
    }
}

/// The month that is billed.
pub fn month() -> Result<Month> {
    CYCLE.parse().map_err(|_| anyhow!("{CYCLE} is no month"))
}
