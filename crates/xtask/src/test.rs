//! The whole suite, on SQLite and then what uses a database again on PostgreSQL.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::bureau::{Engine, Engines};
use crate::postgres::{Cluster, Durability};
use crate::{repo, shell, stories, tools};

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub fn line(self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    pub fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// With arguments, which are the test runner's, the browser stories stay out.
pub fn run(engines: Engines, args: &[String]) -> Result<bool> {
    let mut tally = tally(engines, args)?;
    if args.is_empty() {
        tally = tally.plus(stories::tally(engines, &[])?);
    }
    println!("{}", tally.line());
    Ok(tally.failed == 0)
}

pub fn tally(engines: Engines, args: &[String]) -> Result<Tally> {
    tools::ensure_c_compiler()?;
    let binary = repo::build_gridhall()?;
    let mut sum = if args.is_empty() { of_paper()? } else { Tally::default() };
    for engine in engines.list() {
        println!("\n== tests on {} ==", engine.name());
        sum = sum.plus(on(*engine, &binary, args)?);
    }
    Ok(sum)
}

/// The printing program has no database.
fn of_paper() -> Result<Tally> {
    tools::ensure_fonts()?;
    println!("\n== tests of printed papers ==");
    repo::build_paper()?;
    let (ok, output) = shell::tee(runner(Engine::Sqlite)?.args(["--manifest-path", repo::PAPER]))?;
    Ok(judge(ok, &output))
}

fn on(engine: Engine, binary: &Path, args: &[String]) -> Result<Tally> {
    let mut command = runner(engine)?;
    command
        .arg("--workspace")
        .env("GRIDHALL_BIN", binary)
        .env_remove("GRIDHALL_PAPER")
        .env("GRIDHALL_TEST_ENGINE", engine.name())
        .env_remove("GRIDHALL_TEST_DATABASE_URL")
        .env_remove("DATABASE_URL");
    // Tests that print do so where the program was built; see `of_paper`.
    let press = binary.with_file_name("gridhall-paper");
    if press.is_file() {
        command.env("GRIDHALL_PAPER", press);
    }
    // Held until the tests have ended.
    let _cluster = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => {
            let cluster = Cluster::start(Durability::Fast)?;
            command.env("GRIDHALL_TEST_DATABASE_URL", cluster.url("postgres"));
            Some(cluster)
        }
    };
    let (ok, output) = shell::tee(command.args(args))?;
    Ok(judge(ok, &output))
}

/// The profile of PostgreSQL leaves out the packages that open no database. Naming those that do would
/// build them again, see [`repo::build_gridhall`].
fn runner(engine: Engine) -> Result<Command> {
    let mut command = shell::cargo_command()?;
    if tools::find("cargo-nextest").is_some() {
        command.args(["nextest", "run", "--no-tests=pass"]);
        if engine == Engine::Postgres {
            command.args(["--profile", "postgres"]);
        }
    } else {
        command.args(["test", "--no-fail-fast"]);
    }
    Ok(command)
}

/// A run that failed without naming a failed test (it did not compile, say) is one failure.
fn judge(ok: bool, output: &str) -> Tally {
    let mut sum = output
        .lines()
        .filter_map(|line| nextest_summary(line).or_else(|| cargo_test_summary(line)))
        .fold(Tally::default(), Tally::plus);
    if !ok && sum.failed == 0 {
        sum.failed = 1;
    }
    sum
}

/// `Summary [ 1.2s] 12/14 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped`
fn nextest_summary(line: &str) -> Option<Tally> {
    let rest = line.trim_start().strip_prefix("Summary [")?;
    let (planned, counts) = rest.split_once("run:")?;
    let mut tally = counts_of(counts, ',', &["failed", "timed out", "exec failed"]);
    let planned = planned.split(']').nth(1)?.trim();
    // Tests that an interrupted run never reached have not passed.
    if let Some((done, all)) = planned.split(' ').next()?.split_once('/') {
        tally.failed += all.parse::<u64>().ok()? - done.parse::<u64>().ok()?;
    }
    Some(tally)
}

/// `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`
fn cargo_test_summary(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    Some(counts_of(counts, ';', &["failed"]))
}

fn counts_of(text: &str, separator: char, failures: &[&str]) -> Tally {
    let mut tally = Tally::default();
    for part in text.split(separator) {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        let word = word.split(" (").next().unwrap_or(word);
        if word == "passed" {
            tally.passed += number;
        } else if failures.contains(&word) {
            tally.failed += number;
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_nextest_is_counted() {
        let line =
            "     Summary [   3.021s] 12 tests run: 9 passed (2 slow, 1 flaky), 2 failed, 1 timed out, 3 skipped";
        let expected = Tally { passed: 9, failed: 3 };
        assert_eq!(judge(false, line), expected);
    }

    #[test]
    fn tests_that_an_interrupted_run_did_not_reach_have_not_passed() {
        let line = "     Summary [   3.021s] 10/12 tests run: 10 passed, 0 skipped";
        assert_eq!(nextest_summary(line).expect("a summary").failed, 2);
    }

    #[test]
    fn the_summaries_of_cargo_test_are_added_up() {
        let output = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured\nnoise\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n";
        let expected = Tally { passed: 8, failed: 2 };
        assert_eq!(judge(false, output), expected);
        assert_eq!(expected.line(), "8 passed, 2 failed");
    }

    #[test]
    fn a_run_that_does_not_compile_has_failed() {
        let tally = judge(false, "error: could not compile");
        assert_eq!(tally.line(), "0 passed, 1 failed");
    }
}
