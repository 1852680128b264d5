//! From an empty machine to a bureau that one can look at.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::month::Month;
use crate::sample::{self, Plan};
use crate::{repo, shell, tools};

const CUSTOMERS: usize = 120;
const CYCLES: usize = 3;

pub fn run(data: &Path, listen: &str) -> Result<()> {
    tools::ensure_c_compiler()?;
    let binary = repo::build_gridhall()?;
    fs::create_dir_all(data)?;
    let desk = Desk { binary, data: data.to_path_buf() };
    match desk.state()? {
        State::Own => println!("{} already holds a bureau", data.display()),
        State::Sample => println!("{} holds the sample bureau", data.display()),
        State::ToFill => desk.fill()?,
    }
    println!("serving http://{listen}, Ctrl-C ends it\n");
    let error = Command::new(&desk.binary).args(["serve", "--listen", listen, "--data"]).arg(data).exec();
    Err(error).context("cannot start gridhall serve")
}

struct Desk {
    binary: PathBuf,
    data: PathBuf,
}

#[derive(PartialEq, Eq, Debug)]
enum State {
    /// Somebody's own data: never touched.
    Own,
    Sample,
    ToFill,
}

impl Desk {
    fn sample_dir(&self) -> PathBuf {
        self.data.join("sample")
    }

    fn marker(&self) -> PathBuf {
        self.sample_dir().join("complete")
    }

    /// The month with which an interrupted filling began: another month would be another bureau.
    fn first_month(&self) -> PathBuf {
        self.sample_dir().join("first-month")
    }

    fn state(&self) -> Result<State> {
        if self.marker().is_file() {
            return Ok(State::Sample);
        }
        if self.first_month().is_file() {
            return Ok(State::ToFill);
        }
        let customers = self.must(&["export", "customers"])?;
        Ok(if customers.lines().count() > 1 { State::Own } else { State::ToFill })
    }

    fn fill(&self) -> Result<()> {
        println!("filling {} with a sample bureau", self.data.display());
        let first = self.begin()?;
        let sample = sample::generate(Plan { customers: CUSTOMERS, first, cycles: CYCLES, seed: 1 });
        for (kind, path) in sample.write(&self.sample_dir())? {
            let path = path.to_string_lossy().into_owned();
            println!("  import {kind:<10} {path}");
            self.must(&["import", kind, &path])?;
        }
        for month in [first, first.plus(1)] {
            let cycle = month.to_string();
            for act in ["trial", "issue"] {
                println!("  bill {act} --cycle {cycle}");
                self.must(&["bill", act, "--cycle", &cycle])?;
            }
        }
        self.create_admin()?;
        fs::write(self.marker(), "")?;
        self.tell_what_to_try(first.plus(2));
        Ok(())
    }

    fn begin(&self) -> Result<Month> {
        fs::create_dir_all(self.sample_dir())?;
        if let Ok(text) = fs::read_to_string(self.first_month()) {
            return Month::parse(&text);
        }
        let first = Month::current()?.plus(-3);
        fs::write(self.first_month(), first.to_string())?;
        Ok(first)
    }

    /// An administrator of an earlier, interrupted filling stays as he is.
    fn create_admin(&self) -> Result<()> {
        let output = self.output(&["admin", "create", "admin"])?;
        match output.status.code() {
            Some(0) => {
                let password = String::from_utf8_lossy(&output.stdout);
                println!("\nadministrator `admin`, one-time password: {}", password.trim());
                Ok(())
            }
            Some(1) => {
                println!("{}", String::from_utf8_lossy(&output.stderr).trim());
                Ok(())
            }
            _ => bail!("gridhall admin create: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn tell_what_to_try(&self, open: Month) {
        let program = self.binary.display();
        let data = self.data.display();
        let billed = open.plus(-1);
        println!("\nThe last month, {open}, is read and not billed. In another terminal, try:\n");
        for act in [
            format!("bill trial --cycle {open}"),
            format!("bill issue --cycle {open}"),
            format!("export bills --cycle {billed}"),
            "bill explain BILL_NO".to_owned(),
            "verify".to_owned(),
        ] {
            println!("  {program} {act} --data {data}");
        }
        println!();
    }

    fn output(&self, args: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.binary);
        command.args(args).arg("--data").arg(&self.data);
        command.output().with_context(|| format!("cannot start {}", shell::describe(&command)))
    }

    fn must(&self, args: &[&str]) -> Result<String> {
        let output = self.output(args)?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!(
                "gridhall {} ended with {}:\n{stdout}{}",
                args.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(stdout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A desk whose `gridhall` prints the given text.
    fn desk(dir: &Path, prints: &str) -> Desk {
        let binary = dir.join("fake");
        fs::write(&binary, format!("#!/bin/sh\nprintf '{prints}'\n")).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&binary, mode).expect("executable");
        Desk { binary, data: dir.join("data") }
    }

    #[test]
    fn a_bureau_of_ones_own_is_never_filled() {
        let dir = tempfile::tempdir().expect("a directory");
        let own = desk(dir.path(), "supply_no\\n1\\n");
        assert_eq!(own.state().expect("state"), State::Own);
        let empty = desk(dir.path(), "supply_no\\n");
        assert_eq!(empty.state().expect("state"), State::ToFill);
    }

    #[test]
    fn an_interrupted_filling_is_taken_up_with_its_own_months() {
        let dir = tempfile::tempdir().expect("a directory");
        let desk = desk(dir.path(), "supply_no\\n1\\n");
        fs::create_dir_all(desk.sample_dir()).expect("made");
        fs::write(desk.first_month(), "2020-02").expect("written");
        assert_eq!(desk.state().expect("state"), State::ToFill);
        assert_eq!(desk.begin().expect("begins"), Month::new(2020, 2));
        fs::write(desk.marker(), "").expect("written");
        assert_eq!(desk.state().expect("state"), State::Sample);
    }
}
