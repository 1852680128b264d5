//! How fast the house is, beside what the machine itself needs for the same work.
//!
//! `cargo xtask bench NAME` runs it: builds it for release, makes the databases, and starts one process for each
//! step, so that the memory of one is not that of another. Each step ends in one line of JSON.
#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    reason = "a tool that measures time, and divides by it"
)]

mod api;
mod bill;
mod clock;
mod compare;
mod floor;
mod http;
mod import;
mod month;
mod pay;
mod place;
mod price;
mod report;
mod residents;
mod search;
mod serve;
mod soak;
mod staff;
mod store;
mod verify;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use place::{Other, Place};

#[derive(Parser)]
#[command(name = "gridhall-bench", about = "One step of a measurement; `cargo xtask bench` puts them together")]
struct Cli {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Fill an empty bureau with residents and their readings of one month.
    Prepare {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        customers: u64,
        #[arg(long)]
        without_readings: bool,
    },
    /// Bill that month: trial and issue.
    Bill {
        #[command(flatten)]
        place: Place,
    },
    /// Insert, into a bureau that was prepared alike, the rows that billing wrote elsewhere.
    BillFloor {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        other: Other,
    },
    /// Price in memory.
    Price {
        #[arg(long)]
        customers: u64,
        #[arg(long, value_enum, default_value_t = price::Structure::Resident)]
        structure: price::Structure,
    },
    /// Import readings of some days.
    Import {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        customers: u64,
        #[arg(long)]
        days: u8,
    },
    /// Insert the readings that were imported elsewhere.
    ImportFloor {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        other: Other,
        #[arg(long)]
        days: u8,
    },
    /// Find customers while others are added.
    Search {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        customers: u64,
        #[arg(long)]
        seconds: u32,
    },
    /// Prove what was billed.
    Verify {
        #[command(flatten)]
        place: Place,
    },
    /// Read what is proved.
    VerifyFloor {
        #[command(flatten)]
        place: Place,
    },
    /// Price every bill of the month by other prices.
    Compare {
        #[command(flatten)]
        place: Place,
    },
    /// Read and parse what is priced.
    CompareFloor {
        #[command(flatten)]
        place: Place,
    },
    /// Serve the bureau as the product does.
    #[command(hide = true)]
    Serve {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Serve nothing but so many bytes.
    #[command(hide = true)]
    ServeBare {
        #[arg(long)]
        bytes: usize,
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Bill the accounts of every other station, so that the others are left for `pay --while-billing`.
    BillHalf {
        #[command(flatten)]
        place: Place,
    },
    /// Take payments over HTTP.
    Pay {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wish: pay::Wish,
    },
    /// Cashiers, imports, billing runs and customers' pages on one server, for long.
    Soak {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wish: soak::Wish,
    },
    /// Insert, into a copy from before, the payments that were taken elsewhere.
    PayFloor {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        other: Other,
        #[arg(long, default_value_t = 64)]
        clients: usize,
    },
    /// Load a file with a payment of each who owes.
    PaymentsFile {
        #[command(flatten)]
        place: Place,
    },
    /// Insert, into a copy from before, the payments that were loaded elsewhere.
    PaymentsFileFloor {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        other: Other,
    },
    /// Ask for customers' summaries at full speed.
    ApiSummary {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wish: api::Wish,
    },
    /// Ask, as fast, a server that does nothing.
    ApiFloor {
        /// Of each answer, as `api-summary` tells it.
        #[arg(long)]
        bytes: usize,
        #[command(flatten)]
        wish: api::Wish,
    },
    /// Open customers' pages by the clock.
    ApiPage {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        pages: api::Pages,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(&cli.step)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(step: &Step) -> anyhow::Result<()> {
    match step {
        Step::Prepare { place, customers, without_readings } => {
            residents::prepare(place, *customers, !without_readings).await
        }
        Step::Bill { place } => bill::run(place).await,
        Step::BillFloor { place, other } => bill::floor(place, &other.place()).await,
        Step::Price { customers, structure } => price::run(*customers, *structure),
        Step::Import { place, customers, days } => import::run(place, *customers, *days).await,
        Step::ImportFloor { place, other, days } => import::floor(place, &other.place(), *days).await,
        Step::Search { place, customers, seconds } => search::run(place, *customers, *seconds).await,
        Step::Verify { place } => verify::run(place).await,
        Step::VerifyFloor { place } => verify::floor(place).await,
        Step::Compare { place } => compare::run(place).await,
        Step::CompareFloor { place } => compare::floor(place).await,
        Step::Serve { place, listen } => serve::run(place, *listen).await,
        Step::ServeBare { bytes, listen } => api::bare(*bytes, *listen).await,
        Step::BillHalf { place } => pay::bill_half(place).await,
        Step::Pay { place, wish } => pay::run(place, wish).await,
        Step::Soak { place, wish } => soak::run(place, wish).await,
        Step::PayFloor { place, other, clients } => pay::floor::run(place, &other.place(), *clients).await,
        Step::PaymentsFile { place } => pay::file::run(place).await,
        Step::PaymentsFileFloor { place, other } => pay::file::floor(place, &other.place()).await,
        Step::ApiSummary { place, wish } => api::summary(place, wish).await,
        Step::ApiFloor { bytes, wish } => api::floor(*bytes, wish).await,
        Step::ApiPage { place, pages } => api::pages(place, pages).await,
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("gridhall-bench: {error:#}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[tokio::test]
    async fn a_small_city_goes_through_every_step() {
        let dir = tempfile::tempdir().expect("a directory");
        let place = |name: &str| Place { data: dir.path().join(name), database_url: None, now: None };
        let copy = |from: &Place, name: &str| {
            let to = place(name);
            std::fs::create_dir(&to.data).expect("a directory");
            std::fs::copy(from.data.join("gridhall.db"), to.data.join("gridhall.db")).expect("a copy");
            to
        };
        let (billed, imported) = (place("billed"), place("imported"));
        residents::prepare(&billed, 120, true).await.expect("a city");
        residents::prepare(&imported, 120, false).await.expect("a city without readings");
        let (bare, unread) = (copy(&billed, "bare"), copy(&imported, "unread"));
        bill::run(&billed).await.expect("billed");
        bill::floor(&bare, &billed).await.expect("the rows of its bills");
        verify::run(&billed).await.expect("proved");
        verify::floor(&billed).await.expect("read");
        compare::run(&billed).await.expect("compared");
        compare::floor(&billed).await.expect("parsed");
        import::run(&imported, 120, 3).await.expect("imported");
        import::floor(&unread, &imported, 3).await.expect("the rows of its readings");
        search::run(&billed, 120, 1).await.expect("found");
        for structure in price::Structure::value_variants() {
            price::run(120, *structure).expect("priced");
        }
    }
}
