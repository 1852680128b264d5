//! What a change must pass, on one page.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::bureau::Engines;
use crate::node::Node;
use crate::test::{self, Tally};
use crate::{audit, chaos, openapi, repo, shell, stories, tidy, web};

struct Step {
    name: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

const STEPS: [Step; 9] = [
    Step {
        name: "format",
        run: |_| {
            shell::cargo(&["fmt", "--all", "--check"])?;
            shell::cargo(&["fmt", "--manifest-path", repo::PAPER, "--check"])
        },
    },
    Step {
        name: "clippy",
        run: |_| {
            let (what, strict) = (["clippy", "--all-targets", "--quiet"], ["--", "-D", "warnings"]);
            shell::cargo(&[&what[..], &["--workspace"], &strict].concat())?;
            shell::cargo(&[&what[..], &["--manifest-path", repo::PAPER], &strict].concat())
        },
    },
    Step { name: "tidy", run: |_| holds(tidy::run()?, "house rules are broken") },
    Step { name: "audit", run: |_| audit::run() },
    Step {
        name: "web",
        run: |_| {
            let node = Node::ensure()?;
            web::check(&node)?;
            web::build(&node)
        },
    },
    // After the pages: the program carries them, and would be built again.
    Step { name: "openapi", run: |_| openapi::run(true) },
    Step {
        name: "test",
        run: |tally| {
            *tally = test::tally(Engines::Both, &[])?;
            holds(tally.failed == 0, "tests failed")
        },
    },
    Step {
        name: "stories",
        run: |tally| {
            let played = stories::tally(Engines::Both, &[])?;
            *tally = tally.plus(played);
            holds(played.failed == 0, "browser stories failed")
        },
    },
    Step { name: "chaos", run: |_| holds(chaos::run(Engines::Both, 20, 1)?, "a kill did harm") },
];

pub fn run() -> Result<bool> {
    let mut tally = Tally::default();
    let mut times = Vec::new();
    let mut failure = None;
    for step in &STEPS {
        println!("\n==> {}", step.name);
        let (result, time) = shell::timed(|| (step.run)(&mut tally));
        times.push((step.name, time));
        println!("<== {} {} s", step.name, shell::seconds(time));
        if let Err(error) = result {
            failure = Some(format!("FAILED at `{}`: {error:#}", step.name));
            tally.failed = tally.failed.max(1);
            break;
        }
    }
    println!("\n{}", table(&times));
    if let Some(failure) = &failure {
        println!("{failure}");
    }
    println!("{}", tally.line());
    Ok(failure.is_none())
}

fn holds(ok: bool, complaint: &str) -> Result<()> {
    if !ok {
        bail!("{complaint}");
    }
    Ok(())
}

fn table(times: &[(&str, Duration)]) -> String {
    let total = times.iter().map(|(_, time)| *time).sum();
    times
        .iter()
        .copied()
        .chain([("total", total)])
        .map(|(name, time)| format!("{name:<10}{:>9} s\n", shell::seconds(time)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_total() {
        let times = [("format", Duration::from_millis(1500)), ("test", Duration::from_secs(61))];
        let table = table(&times);
        assert_eq!(table, "format          1.5 s\ntest           61.0 s\ntotal          62.5 s\n");
    }
}
