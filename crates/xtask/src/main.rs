//! `cargo xtask`: everything one does with this repository, under one name.
//! It runs the product from outside and depends on none of its crates.
#![expect(
    clippy::disallowed_methods,
    reason = "a tool outside the product: it measures its steps and knows today's month"
)]

mod audit;
mod bench;
mod bureau;
mod chaos;
mod ci;
mod http;
mod month;
mod node;
mod openapi;
mod postgres;
mod repo;
mod report;
mod rng;
mod sample;
mod shell;
mod stories;
mod table;
mod test;
mod tidy;
mod tools;
mod up;
mod web;
mod yangzhong;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use bureau::Engines;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, run, test and check Gridhall")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build, fill an empty data directory with the demonstration, and serve
    Up {
        #[arg(long, default_value = "./data")]
        data: PathBuf,
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// How many customers the demonstration has, instead of 20 000
        #[arg(long)]
        customers: Option<u32>,
        /// Which demonstration it is, instead of 1
        #[arg(long)]
        seed: Option<u32>,
    },
    /// Run every test and browser story, on both databases
    Test {
        #[arg(long, value_enum, default_value_t = Engines::Both)]
        engine: Engines,
        /// Passed on to nextest or `cargo test`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Play the browser stories, in real Chromium
    Stories {
        #[arg(long, value_enum, default_value_t = Engines::Sqlite)]
        engine: Engines,
        /// Parts of file names: only these
        only: Vec<String>,
    },
    /// Every check that a change must pass, in order
    Ci,
    /// Licences, sources and bans of all dependencies
    Audit,
    /// The house rules that a compiler does not know
    Tidy,
    /// Write docs/openapi.json, or compare it
    Openapi {
        #[arg(long)]
        check: bool,
    },
    /// Bill a real city, 21 cycles, and check every figure
    RealYangzhong {
        #[arg(long, value_enum, default_value_t = Engines::Both)]
        engine: Engines,
        #[arg(long)]
        data_file: Option<PathBuf>,
    },
    /// Measure the product, built for release, beside what the machine itself needs for the same work
    Bench {
        #[arg(value_enum)]
        name: bench::Name,
        #[arg(long, value_enum, default_value_t = Engines::Both)]
        engine: Engines,
        /// How many customers the bureau has, instead of a million, for `soak` 200 000
        #[arg(long)]
        customers: Option<u64>,
        /// How long `soak` lasts
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// How often it is measured
        #[arg(long, default_value_t = 1)]
        repeat: u32,
    },
    /// Kill commands at random moments and prove that nothing is lost or doubled
    Chaos {
        #[arg(long, value_enum, default_value_t = Engines::Both)]
        engine: Engines,
        /// Kills per engine
        #[arg(long, default_value_t = 300)]
        kills: usize,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<bool> {
    match task {
        Task::Up { data, listen, customers, seed } => {
            up::run(&data, &listen, &up::Wish { customers, seed }).map(|()| true)
        }
        Task::Test { engine, args } => test::run(engine, &args),
        Task::Stories { engine, only } => stories::run(engine, &only),
        Task::Ci => ci::run(),
        Task::Audit => audit::run().map(|()| true),
        Task::Tidy => tidy::run(),
        Task::Openapi { check } => openapi::run(check).map(|()| true),
        Task::RealYangzhong { engine, data_file } => yangzhong::run(engine, data_file),
        Task::Bench { name, engine, customers, minutes, repeat } => {
            bench::run(name, engine, customers, minutes, repeat)
        }
        Task::Chaos { engine, kills, seed } => chaos::run(engine, kills, seed),
    }
}
