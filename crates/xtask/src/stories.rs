//! The browser stories: each file in real Chromium, on a demonstration and a server of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bureau::{Engine, Engines};
use crate::node::Node;
use crate::postgres::{Cluster, Durability};
use crate::test::Tally;
use crate::{repo, shell, tools, up, web};

pub fn run(engines: Engines, only: &[String]) -> Result<bool> {
    let tally = tally(engines, only)?;
    println!("{}", tally.line());
    Ok(tally.failed == 0)
}

/// Runs the stories whose file names hold one of `only`, or all.
pub fn tally(engines: Engines, only: &[String]) -> Result<Tally> {
    let node = Node::ensure()?;
    let browser = tools::ensure_browser()?;
    let binary = up::build()?;
    web::install(&node)?;
    let stage = Stage { node, browser, binary };
    let mut sum = Tally::default();
    for engine in engines.list() {
        println!("\n== browser stories on {} ==", engine.name());
        sum = sum.plus(stage.on(*engine, only)?);
    }
    Ok(sum)
}

struct Stage {
    node: Node,
    browser: PathBuf,
    binary: PathBuf,
}

impl Stage {
    fn on(&self, engine: Engine, only: &[String]) -> Result<Tally> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Cluster::start(Durability::Fast)?),
        };
        let mut sum = Tally::default();
        for (at, file) in files(only)?.iter().enumerate() {
            let create = |cluster: &Cluster| cluster.create_database(&format!("story_{at}"));
            let database = cluster.as_ref().map(create).transpose()?;
            sum = sum.plus(self.play(engine, file, database)?);
        }
        Ok(sum)
    }

    fn play(&self, engine: Engine, file: &Path, database: Option<String>) -> Result<Tally> {
        let mut command = self.node.node()?;
        command
            .args(["--test", "--test-reporter=spec"])
            .arg(file)
            .env("GRIDHALL_BIN", &self.binary)
            .env("GRIDHALL_CHROMIUM", &self.browser)
            .env("GRIDHALL_TEST_ENGINE", engine.name())
            .env_remove("GRIDHALL_STORY_DATABASE")
            .env_remove("DATABASE_URL");
        if let Some(database) = database {
            command.env("GRIDHALL_STORY_DATABASE", database);
        }
        let (ok, output) = shell::tee(&mut command)?;
        Ok(judge(ok, &output))
    }
}

fn files(only: &[String]) -> Result<Vec<PathBuf>> {
    let dir = repo::root()?.join("web/stories");
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let wanted = only.is_empty() || only.iter().any(|part| name.contains(part));
        if name.ends_with(".story.mjs") && wanted {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `ℹ pass 3` and `ℹ fail 0`, at the end; a run that failed without them is one failure.
fn judge(ok: bool, output: &str) -> Tally {
    let count = |word: &str| -> u64 {
        let of_line = |line: &str| {
            line.split_once(&format!(" {word} ")).and_then(|(_, number)| number.trim().parse::<u64>().ok())
        };
        output.lines().filter(|line| line.starts_with(['ℹ', '#'])).filter_map(of_line).sum()
    };
    let failed = count("fail") + count("cancelled");
    Tally { passed: count("pass"), failed: if ok { failed } else { failed.max(1) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_node_counts_is_counted() {
        let output = "✔ a cashier's morning (812ms)\nℹ tests 4\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\n";
        assert_eq!(judge(false, output), Tally { passed: 3, failed: 1 });
        assert_eq!(judge(false, "Error: cannot find module"), Tally { passed: 0, failed: 1 });
        assert_eq!(judge(true, "ℹ pass 2\nℹ fail 0\n"), Tally { passed: 2, failed: 0 });
    }
}
