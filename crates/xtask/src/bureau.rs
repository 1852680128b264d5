//! A bureau as an operator has it: a data directory or a database, and the command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use tempfile::TempDir;

use crate::postgres::{Cluster, Durability, End};
use crate::table::Table;
use crate::{repo, shell};

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Engines {
    Sqlite,
    Postgres,
    Both,
}

impl Engines {
    pub fn list(self) -> &'static [Engine] {
        match self {
            Self::Sqlite => &[Engine::Sqlite],
            Self::Postgres => &[Engine::Postgres],
            Self::Both => &[Engine::Sqlite, Engine::Postgres],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Makes bureaus on one engine; a server of its own, durable, where the engine needs one.
pub struct Ground {
    binary: PathBuf,
    cluster: Option<Cluster>,
    made: u32,
}

impl Ground {
    pub fn prepare(engine: Engine, binary: &Path) -> Result<Self> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Cluster::start(Durability::Full)?),
        };
        Ok(Self { binary: binary.to_path_buf(), cluster, made: 0 })
    }

    pub fn new_bureau(&mut self) -> Result<Bureau> {
        self.made += 1;
        let database_url = match &self.cluster {
            Some(cluster) => Some(cluster.create_database(&format!("bureau_{}", self.made))?),
            None => None,
        };
        let dir = tempfile::Builder::new().prefix("gridhall-bureau-").tempdir()?;
        Ok(Bureau { binary: self.binary.clone(), dir, database_url })
    }

    /// Starts the server of the database anew, where there is one.
    pub fn restart_database(&mut self, end: End) -> Result<()> {
        self.cluster.as_mut().map_or(Ok(()), |cluster| cluster.restart(end))
    }

    pub fn remove(&self, bureau: Bureau) -> Result<()> {
        let name = bureau.database_url.as_ref().and_then(|url| url.rsplit('/').next().map(str::to_owned));
        if let (Some(cluster), Some(name)) = (&self.cluster, name) {
            cluster.drop_database(&name)?;
        }
        drop(bureau);
        Ok(())
    }
}

pub struct Bureau {
    binary: PathBuf,
    dir: TempDir,
    database_url: Option<String>,
}

/// What a finished command left.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub elapsed: Duration,
}

impl Outcome {
    /// The end of both outputs, for a message.
    pub fn tail(&self) -> String {
        let tail = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(8)..].join("\n")
        };
        format!("{}\n{}", tail(&self.stdout), tail(&self.stderr)).trim().to_owned()
    }
}

impl Bureau {
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Command> {
        let mut command = Command::new(&self.binary);
        command.args(args).arg("--data").arg(self.dir.path()).current_dir(repo::root()?).stdin(Stdio::null());
        match &self.database_url {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        Ok(command)
    }

    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Outcome> {
        let mut command = self.command(args)?;
        let (output, elapsed) = shell::timed(|| command.output());
        let output = output.with_context(|| format!("cannot start {}", shell::describe(&command)))?;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            elapsed,
        })
    }

    /// Runs a command that must succeed.
    pub fn must<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Outcome> {
        let outcome = self.run(args)?;
        if outcome.code != Some(0) {
            let command = shell::describe(&self.command(args)?);
            bail!("{command} ended with {:?}:\n{}", outcome.code, outcome.tail());
        }
        Ok(outcome)
    }

    pub fn export(&self, what: &str, cycle: Option<&str>) -> Result<String> {
        let mut args = vec!["export", what];
        if let Some(cycle) = cycle {
            args.extend(["--cycle", cycle]);
        }
        Ok(self.must(&args)?.stdout)
    }

    pub fn table(&self, what: &str, cycle: Option<&str>) -> Result<Table> {
        let text = self.export(what, cycle)?;
        let table = Table::parse(&text).with_context(|| format!("export {what}"))?;
        ensure!(!table.header.is_empty(), "export {what} printed no header row");
        Ok(table)
    }
}
