//! Where the bureaus of a measurement lie.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use business::Bureau;
use business::search::Search;
use clap::Args;
use gridhall::migrations::MIGRATIONS;
use kernel::{Clock, Month, Timestamp};
use platform::house::Open;
use platform::journal;

#[derive(Args, Clone)]
pub struct Place {
    /// Directory of the bureau.
    #[arg(long)]
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded database.
    #[arg(long)]
    pub database_url: Option<String>,
    /// What its clock says at first, instead of the morning after the month that is billed.
    #[arg(long)]
    pub now: Option<Timestamp>,
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
        Place { data: self.other_data.clone(), database_url: self.other_database_url.clone(), now: None }
    }
}

/// The morning after the month that is billed.
const NOW: &str = "2026-09-01T01:00:00Z";
pub const CYCLE: &str = "2026-08";

impl Place {
    pub async fn open(&self) -> Result<Bureau> {
        let clock = Clock::manual(self.now.map_or_else(|| NOW.parse(), Ok)?);
        let open =
            Open { data: self.data.clone(), database_url: self.database_url.clone(), clock, seed: rand::random() };
        Ok(Bureau::open(open, MIGRATIONS).await?)
    }
}

/// Leaves a bureau as one that has been at work: its journal sealed, its customers indexed.
pub async fn settle(bureau: &Bureau) -> Result<()> {
    journal::seal(&bureau.house.db).await?;
    Search::at(&bureau.house.data).follow(&bureau.house).await?;
    Ok(())
}

/// The month that is billed.
pub fn month() -> Result<Month> {
    CYCLE.parse().map_err(|_| anyhow!("{CYCLE} is no month"))
}
