//! Measures the product, built for release, beside what the machine itself needs for the same work.
//!
//! Each step is a process of its own (`crates/bench`): a bureau is prepared once for each engine, and each measurement
//! gets a fresh copy of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bureau::{Engine, Engines};
use crate::postgres::{Cluster, Durability};
use crate::{repo, shell};

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Name {
    /// A month's bills, trial and issue
    Bill,
    /// Pricing alone, in memory: residents, industry, curves
    Price,
    /// Readings from a file
    Import,
    /// Customers found by what they say, while others are added
    Search,
    /// Every bill replayed
    Verify,
    /// Every bill priced by other prices
    Compare,
    /// Payments over HTTP
    Pay,
    /// The same, while half of the month is billed
    PayWhileBilling,
    /// Payments from a file
    PaymentsFile,
    /// Customers' summaries over HTTP, at full speed
    Api,
    /// Customers' pages over HTTP, opened by the clock
    Page,
    /// Payments, imports, billing runs and pages together, for an hour: whether memory and answers stay flat
    Soak,
}

/// How many there are unless told.
const CUSTOMERS: u64 = 1_000_000;
/// In an hour each of them is billed twelve times.
const SOAKED: u64 = 200_000;
/// Days of readings that `import` loads, of two registers each.
const DAYS: &str = "5";
/// What `price` prices: residents, industry, industry from its curves.
const STRUCTURES: [&str; 3] = ["resident", "two-part", "curve"];
/// How long `search` asks.
const SECONDS: &str = "60";

pub fn run(name: Name, engines: Engines, customers: Option<u64>, minutes: u32, repeat: u32) -> Result<bool> {
    let binary = repo::build_bench()?;
    let customers = customers.unwrap_or(if name == Name::Soak { SOAKED } else { CUSTOMERS }).to_string();
    if name == Name::Price {
        for structure in STRUCTURES {
            for _ in 0..repeat {
                let lines = step(&binary, &["price", "--customers", &customers, "--structure", structure])?;
                let [measured, floor] = lines.as_slice() else { anyhow::bail!("two lines were expected: {lines:?}") };
                println!("{}", beside(measured, floor));
            }
        }
        return Ok(true);
    }
    for engine in engines.list() {
        let ground = Ground::prepare(&binary, *engine, &customers, name)?;
        for _ in 0..repeat {
            println!("{}", ground.measure(name, minutes)?);
        }
    }
    Ok(true)
}

/// Runs a step, shows what it says, and answers its lines of JSON.
fn step<S: AsRef<std::ffi::OsStr>>(binary: &Path, args: &[S]) -> Result<Vec<Value>> {
    let mut command = Command::new(binary);
    command.args(args).stdin(Stdio::null()).stderr(Stdio::inherit()).env_remove("DATABASE_URL");
    let output = command.output().with_context(|| format!("cannot start {}", shell::describe(&command)))?;
    ensure!(output.status.success(), "{} ended with {}", shell::describe(&command), output.status);
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// The measurement with its floor's time beside it.
#[expect(clippy::float_arithmetic, reason = "a ratio to be read")]
fn beside(measured: &Value, floor: &Value) -> Value {
    let mut line = measured.clone();
    let seconds = |of: &Value| of["seconds"].as_f64().unwrap_or(0.0);
    // In proportion to the work, where the floor did another amount of it.
    let amount = |of: &Value| of["work"].as_f64().unwrap_or(0.0);
    let floor_seconds = seconds(floor) * amount(measured) / amount(floor);
    line["floor_seconds"] = json!((floor_seconds * 1000.0).round() / 1000.0);
    line["ratio"] = json!((seconds(measured) / floor_seconds * 100.0).round() / 100.0);
    line
}

/// A prepared bureau on one engine, and room for copies of it.
struct Ground {
    binary: PathBuf,
    dir: TempDir,
    cluster: Option<Cluster>,
    customers: String,
}

const BASE: &str = "base";

impl Ground {
    fn prepare(binary: &Path, engine: Engine, customers: &str, name: Name) -> Result<Self> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Cluster::start(Durability::Large)?),
        };
        let under = repo::root()?.join("target");
        let dir = tempfile::Builder::new().prefix("bench-").tempdir_in(under)?;
        let ground = Self { binary: binary.to_owned(), dir, cluster, customers: customers.to_owned() };
        ground.make(BASE, None)?;
        let mut more = vec!["--customers", customers];
        if name == Name::Import {
            more.push("--without-readings");
        }
        ground.step("prepare", BASE, &more)?;
        match name {
            Name::Verify | Name::Compare | Name::PaymentsFile | Name::Api | Name::Page | Name::Soak => {
                drop(ground.step("bill", BASE, &[])?)
            }
            Name::Pay | Name::PayWhileBilling => drop(ground.step("bill-half", BASE, &[])?),
            Name::Bill | Name::Import | Name::Search | Name::Price => {}
        }
        Ok(ground)
    }

    fn measure(&self, name: Name, minutes: u32) -> Result<Value> {
        let line = match name {
            Name::Bill => self.against_rows("bill", "bill-floor", &[])?,
            Name::Import => {
                let about = ["--customers", &self.customers, "--days", DAYS];
                self.against_rows("import", "import-floor", &about)?
            }
            Name::Verify => {
                let measured = self.last("verify", BASE, &[])?;
                beside(&measured, &self.last("verify-floor", BASE, &[])?)
            }
            Name::Compare => {
                let measured = self.last("compare", BASE, &[])?;
                beside(&measured, &self.last("compare-floor", BASE, &[])?)
            }
            Name::Search => self.in_a_copy("search", &["--customers", &self.customers, "--seconds", SECONDS])?,
            Name::Pay => self.against_rows("pay", "pay-floor", &[])?,
            Name::PaymentsFile => self.against_rows("payments-file", "payments-file-floor", &[])?,
            Name::PayWhileBilling => self.in_a_copy("pay", &["--while-billing"])?,
            Name::Api => {
                let measured = self.in_a_copy("api-summary", &[])?;
                let bytes = measured["bytes"].to_string();
                let floor = step(&self.binary, &["api-floor", "--bytes", &bytes])?.pop();
                beside(&measured, &floor.context("api-floor measured nothing")?)
            }
            Name::Page => self.in_a_copy("api-page", &[])?,
            Name::Soak => {
                let seconds = minutes.saturating_mul(60).to_string();
                self.in_a_copy("soak", &["--customers", &self.customers, "--seconds", &seconds])?
            }
            Name::Price => unreachable!("needs no ground"),
        };
        for copy in ["run", "floor"] {
            self.remove(copy)?;
        }
        Ok(line)
    }

    /// In one copy by the product, in another as bare rows.
    fn against_rows(&self, bench: &str, floor: &str, about: &[&str]) -> Result<Value> {
        self.make("run", Some(BASE))?;
        self.make("floor", Some(BASE))?;
        let measured = self.last(bench, "run", about)?;
        let mut other = self.place("run", "--other-data", "--other-database-url")?;
        other.extend(about.iter().skip_while(|arg| **arg != "--days").map(ToString::to_string));
        let other: Vec<&str> = other.iter().map(String::as_str).collect();
        Ok(beside(&measured, &self.last(floor, "floor", &other)?))
    }

    fn in_a_copy(&self, bench: &str, about: &[&str]) -> Result<Value> {
        self.make("run", Some(BASE))?;
        self.last(bench, "run", about)
    }

    fn last(&self, step: &str, place: &str, more: &[&str]) -> Result<Value> {
        self.step(step, place, more)?.pop().with_context(|| format!("{step} measured nothing"))
    }

    fn step(&self, step: &str, place: &str, more: &[&str]) -> Result<Vec<Value>> {
        let mut args = vec![step.to_owned()];
        args.extend(self.place(place, "--data", "--database-url")?);
        args.extend(more.iter().map(ToString::to_string));
        self::step(&self.binary, &args)
    }

    fn place(&self, name: &str, data: &str, url: &str) -> Result<Vec<String>> {
        let mut args = vec![data.to_owned(), self.dir.path().join(name).display().to_string()];
        if let Some(cluster) = &self.cluster {
            args.extend([url.to_owned(), cluster.url(name)]);
        }
        Ok(args)
    }

    fn make(&self, name: &str, like: Option<&str>) -> Result<()> {
        self.remove(name)?;
        let folder = self.dir.path().join(name);
        fs::create_dir(&folder)?;
        match (&self.cluster, like) {
            (Some(cluster), like) => cluster.create_database_like(name, like).map(drop),
            (None, None) => Ok(()),
            (None, Some(like)) => {
                let file = "gridhall.db";
                Ok(fs::copy(self.dir.path().join(like).join(file), folder.join(file)).map(drop)?)
            }
        }
    }

    fn remove(&self, name: &str) -> Result<()> {
        let folder = self.dir.path().join(name);
        if !folder.exists() {
            return Ok(());
        }
        fs::remove_dir_all(folder)?;
        match &self.cluster {
            Some(cluster) => cluster.drop_database(name),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_taken_in_proportion_to_the_work() {
        let measured = json!({ "bench": "bill", "work": 200, "seconds": 5.0 });
        let line = beside(&measured, &json!({ "bench": "bill-floor", "work": 100, "seconds": 1.0 }));
        assert_eq!(line["floor_seconds"], json!(2.0));
        assert_eq!(line["ratio"], json!(2.5));
        assert_eq!(line["bench"], json!("bill"));
    }
}
