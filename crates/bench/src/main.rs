//! How fast the house is, beside what the machine itself needs for the same work.
//!
//! `cargo xtask bench NAME` runs it: builds it for release, makes the databases, and starts one process for each
//! step, so that the memory of one is not that of another. Each bench ends in one line of JSON.
#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    reason = "a tool that measures time, and divides by it"
)]

mod bill;
mod place;
mod report;
mod residents;
mod store;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use place::Place;

#[derive(Parser)]
#[command(name = "gridhall-bench", about = "One step of a measurement; `cargo xtask bench` puts them together")]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Fill an empty bureau with residents and their readings of one month.
    Prepare {
        #[arg(long, default_value_t = 1_000_000)]
        customers: u64,
    },
    /// Bill that month: trial and issue.
    Bill,
    /// Insert, into a bureau that was prepared alike, the rows that billing wrote elsewhere.
    BillFloor {
        /// The bureau that was billed.
        #[command(flatten)]
        billed: place::Other,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(&cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(cli: &Cli) -> anyhow::Result<()> {
    match &cli.step {
        Step::Prepare { customers } => residents::prepare(&cli.place, *customers).await,
        Step::Bill => bill::run(&cli.place).await,
        Step::BillFloor { billed } => bill::floor(&cli.place, &billed.place()).await,
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("gridhall-bench: {error:#}");
    ExitCode::FAILURE
}
