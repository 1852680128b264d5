//! The real thing: 1 454 customers of a city, 639 days, billed month by month and checked against
//! the file itself.

mod checks;
mod city;
mod decimal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bureau::{Bureau, Engines, Ground};
use crate::month::Month;
use crate::table::Table;
use crate::{repo, report, shell};

use checks::Billed;
use city::City;

const DEFAULT_FILE: &str = "../shared/data/yangzhong/daily_kwh.csv";

pub fn run(engines: Engines, data_file: Option<PathBuf>) -> Result<bool> {
    let file = match data_file {
        Some(file) => file,
        None => repo::root()?.join(DEFAULT_FILE),
    };
    if !file.is_file() {
        println!("SKIPPED: the real data is not here: {}", file.display());
        return Ok(true);
    }
    let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    let city = City::read(&text)?;
    println!(
        "{} customers, {} cycles; capacity: the daily kWh that 98 % of a customer's days do not \
         exceed, over 24 h, rounded up",
        city.customers.len(),
        city.months.len()
    );
    let binary = repo::build_gridhall()?;
    let files = tempfile::tempdir()?;
    city.write(files.path())?;
    let mut all_hold = true;
    for engine in engines.list() {
        let mut ground = Ground::prepare(*engine, &binary)?;
        let bureau = ground.new_bureau()?;
        let mut run = Run {
            city: &city,
            files: files.path(),
            bureau: &bureau,
            phases: Vec::new(),
            exceptions: BTreeMap::new(),
            checks: Vec::new(),
        };
        println!("\n== {} ==", engine.name());
        let billed = run.everything()?;
        all_hold &= run.print(&billed);
        ground.remove(bureau)?;
    }
    Ok(all_hold)
}

struct Run<'a> {
    city: &'a City,
    files: &'a Path,
    bureau: &'a Bureau,
    phases: Vec<(&'static str, Duration)>,
    /// Which accounts showed which exception, and how often in all cycles.
    exceptions: BTreeMap<String, BTreeMap<(String, Month), u64>>,
    checks: Vec<(&'static str, Option<String>)>,
}

impl Run<'_> {
    fn everything(&mut self) -> Result<Billed> {
        for kind in ["areas", "customers", "meters"] {
            self.import("import master data", kind, &format!("{kind}.csv"))?;
        }
        for month in &self.city.months {
            let cycle = month.to_string();
            let file = format!("readings-{cycle}.csv");
            self.import("import readings", "readings", &file)?;
            let (trial, time) = self.timed(&["bill", "trial", "--cycle", &cycle])?;
            self.add("bill trial", time);
            self.note_exceptions(*month, &trial)?;
            let (_, time) = self.timed(&["bill", "issue", "--cycle", &cycle])?;
            self.add("bill issue", time);
            eprintln!("  {cycle}");
        }
        let (billed, time) = shell::timed(|| Billed::read(self.bureau, &self.city.months));
        self.add("export", time);
        let billed = billed?;
        self.checks.extend(billed.check(self.city));
        let found = checks::exceptions(self.city, &self.exceptions);
        self.checks.extend(found);
        self.repeat_imports()?;
        let verify = self.bureau.run(&["verify"])?;
        self.add("verify", verify.elapsed);
        let failure = (verify.code != Some(0)).then(|| verify.tail());
        self.checks.push(("gridhall verify passes", failure));
        Ok(billed)
    }

    fn import(&mut self, phase: &'static str, kind: &str, file: &str) -> Result<()> {
        let path = self.files.join(file).to_string_lossy().into_owned();
        let (_, time) = self.timed(&["import", kind, &path])?;
        self.add(phase, time);
        Ok(())
    }

    fn timed(&self, args: &[&str]) -> Result<(String, Duration)> {
        let outcome = self.bureau.must(args)?;
        Ok((outcome.stdout, outcome.elapsed))
    }

    fn add(&mut self, phase: &'static str, time: Duration) {
        match self.phases.iter_mut().find(|(name, _)| *name == phase) {
            Some((_, sum)) => *sum += time,
            None => self.phases.push((phase, time)),
        }
    }

    fn note_exceptions(&mut self, month: Month, stdout: &str) -> Result<()> {
        if stdout.trim().is_empty() {
            return Ok(());
        }
        let table = Table::parse(stdout)?;
        for [supply_no, code] in table.select(["supply_no", "exception"])? {
            let accounts = self.exceptions.entry(code.to_owned()).or_default();
            *accounts.entry((supply_no.to_owned(), month)).or_default() += 1;
        }
        Ok(())
    }

    fn repeat_imports(&mut self) -> Result<()> {
        let before = self.exports()?;
        let mut files: Vec<(&str, String)> =
            ["areas", "customers", "meters"].map(|kind| (kind, format!("{kind}.csv"))).into();
        for month in &self.city.months {
            files.push(("readings", format!("readings-{month}.csv")));
        }
        let mut changed = None;
        for (kind, file) in files {
            let path = self.files.join(&file);
            let rows = fs::read_to_string(&path)?.lines().count() - 1;
            let path = path.to_string_lossy();
            let outcome = self.bureau.run(&["import", kind, &path])?;
            self.add("repeat all imports", outcome.elapsed);
            let why = report::not_a_repetition(outcome.code, &outcome.stdout, &outcome.stderr, rows);
            changed = changed.or(why.map(|why| format!("{file}: {why}")));
        }
        self.checks.push(("repeated imports are unchanged", changed));
        let differs = (self.exports()? != before).then(|| "an export differs".to_owned());
        self.checks.push(("exports stay equal byte for byte", differs));
        Ok(())
    }

    fn exports(&self) -> Result<Vec<String>> {
        ["customers", "readings", "bills", "bill-lines", "ledger"]
            .iter()
            .map(|what| self.bureau.export(what, None))
            .collect()
    }

    fn print(&self, billed: &Billed) -> bool {
        println!("bills       {:>16}", billed.count());
        println!("kWh         {:>16}", decimal::show(billed.energy(), 3));
        println!("yuan        {:>16}", decimal::show(billed.amount(), 2));
        for (code, accounts) in &self.exceptions {
            let rows: u64 = accounts.values().sum();
            let mut people: Vec<&str> = accounts.keys().map(|(no, _)| no.as_str()).collect();
            people.dedup();
            println!("exception   {code:<16} {rows:>6} rows, {} accounts", people.len());
        }
        for (phase, time) in &self.phases {
            println!("seconds     {phase:<20} {:>8}", shell::seconds(*time));
        }
        for (name, failure) in &self.checks {
            match failure {
                None => println!("PASS        {name}"),
                Some(why) => println!("FAIL        {name}: {why}"),
            }
        }
        self.checks.iter().all(|(_, failure)| failure.is_none())
    }
}
