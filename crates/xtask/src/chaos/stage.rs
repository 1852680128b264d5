//! The commands of a bureau's life, one after the other, and what a killed one owed.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bureau::{Bureau, Outcome};
use crate::report;
use crate::rng::Rng;
use crate::sample::Plan;

use super::harm::{Harm, Kind};
use super::snapshot::Snapshot;

pub enum Stage {
    Import {
        kind: &'static str,
        file: PathBuf,
    },
    Bill {
        act: &'static str,
        cycle: String,
    },
    /// The latest bill of an account; its number is another in every bureau.
    Cancel {
        supply_no: String,
        cycle: String,
    },
}

pub fn of_a_bureau(plan: Plan, imports: Vec<(&'static str, PathBuf)>, rng: &mut Rng, cancelled: usize) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut cycle = plan.first;
    for (kind, file) in imports {
        stages.push(Stage::Import { kind, file });
        if kind != "readings" {
            continue;
        }
        for act in ["plan", "trial", "issue"] {
            let cycle = cycle.to_string();
            stages.push(Stage::Bill { act, cycle });
        }
        cycle = cycle.plus(1);
    }
    let last = cycle.plus(-1).to_string();
    // The first accounts of a sample are those with trouble.
    for index in rng.choose(cancelled, plan.customers - 20) {
        stages.push(Stage::Cancel { supply_no: format!("{}", 3_301_000_001 + 20 + index), cycle: last.clone() });
    }
    stages.push(Stage::Bill { act: "issue", cycle: last });
    stages
}

impl Stage {
    pub fn label(&self) -> &'static str {
        match self {
            Self::Import { kind, .. } => match *kind {
                "areas" => "import areas",
                "customers" => "import customers",
                "meters" => "import meters",
                "openings" => "import openings",
                "payments" => "import payments",
                _ => "import readings",
            },
            Self::Bill { act, .. } => match *act {
                "plan" => "bill plan",
                "trial" => "bill trial",
                _ => "bill issue",
            },
            Self::Cancel { .. } => "bill cancel",
        }
    }

    /// Whether it works long enough for something to happen meanwhile.
    pub fn is_heavy(&self) -> bool {
        match self {
            Self::Import { kind, .. } => *kind != "areas",
            Self::Bill { act, .. } => *act != "plan",
            Self::Cancel { .. } => false,
        }
    }

    pub fn args(&self, bureau: &Bureau) -> Result<Vec<String>> {
        let args = match self {
            Self::Import { kind, file } => {
                vec!["import", kind, &file.to_string_lossy()].into_iter().map(str::to_owned).collect()
            }
            Self::Bill { act, cycle } => ["bill", act, "--cycle", cycle].map(str::to_owned).into(),
            Self::Cancel { supply_no, cycle } => {
                let bill_no = issued_bill(bureau, supply_no, cycle)?;
                let reason = "misread meter";
                ["bill", "cancel", &bill_no, "--reason", reason].map(str::to_owned).into()
            }
        };
        Ok(args)
    }

    /// What the killed attempts and the last, whole one owed each other.
    pub fn judge(&self, attempts: &[Attempt], again: &Outcome, seen: &Snapshot, expected: &Snapshot) -> Vec<Harm> {
        let mut harms = Vec::new();
        let done = attempts.iter().any(|attempt| attempt.ended == Some(0));
        if done && seen.differs_from(expected).is_some() {
            let message = "it ended well, yet its work was not there".to_owned();
            harms.push(Harm::new(Kind::Lost, message));
        }
        if !self.may_end_so(attempts, again) {
            let message = format!("run again it ended with {:?}: {}", again.code, again.tail());
            harms.push(Harm::new(Kind::Other, message));
        }
        harms.extend(self.acknowledged_but_absent(attempts, again, seen, expected));
        harms
    }

    /// A bill that is cancelled cannot be cancelled again, and the command may say so; whether it
    /// spoke the truth shows when the bureau is compared with the control.
    fn may_end_so(&self, attempts: &[Attempt], again: &Outcome) -> bool {
        let ends = |code: Option<i32>, text: &str| {
            code == Some(0) || matches!(self, Self::Cancel { .. }) && code == Some(1) && text.contains("cancelled")
        };
        ends(again.code, &format!("{}{}", again.stdout, again.stderr))
            && attempts.iter().all(|attempt| {
                let text = format!("{}{}", attempt.stdout, attempt.stderr);
                let waits = asks_to_wait(attempt.ended, &attempt.stdout, &attempt.stderr);
                waits || attempt.ended.is_none_or(|code| ends(Some(code), &text))
            })
    }

    fn acknowledged_but_absent(
        &self,
        attempts: &[Attempt],
        again: &Outcome,
        seen: &Snapshot,
        expected: &Snapshot,
    ) -> Option<Harm> {
        let acknowledged = attempts.iter().filter_map(|attempt| report::committed(&attempt.stderr)).max()?;
        let present = match self {
            Self::Import { .. } => report::unchanged(&again.stdout, &again.stderr)?,
            // The progress counts accounts, among them those that get no bill.
            Self::Bill { act: "issue", cycle } => {
                let without = seen.customers().saturating_sub(expected.bills_of(cycle));
                (seen.bills_of(cycle) + without) as u64
            }
            _ => return None,
        };
        let message = format!("{acknowledged} acknowledged, {present} there");
        (present < acknowledged).then(|| Harm::new(Kind::Lost, message))
    }
}

/// Another process, perhaps one that was just killed, holds the claim on this work.
pub fn asks_to_wait(code: Option<i32>, stdout: &str, stderr: &str) -> bool {
    let says = |text: &str| text.contains("job.running") || text.contains("another process");
    code == Some(1) && (says(stdout) || says(stderr))
}

fn issued_bill(bureau: &Bureau, supply_no: &str, cycle: &str) -> Result<String> {
    let bills = bureau.table("bills", Some(cycle))?;
    bills
        .select(["supply_no", "status", "bill_no"])?
        .into_iter()
        .find(|[account, status, _]| *account == supply_no && *status == "issued")
        .map(|[_, _, bill_no]| bill_no.to_owned())
        .with_context(|| format!("{supply_no} has no issued bill of {cycle}"))
}

/// A command that was killed, or ended before the blow.
pub struct Attempt {
    pub ended: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn kill_after(command: Command, delay: Duration) -> Result<Attempt> {
    watch(command, |child| {
        thread::sleep(delay);
        Ok(child.kill()?)
    })
}

/// Starts a command, does something meanwhile, and waits for its end.
pub fn watch(mut command: Command, meanwhile: impl FnOnce(&mut Child) -> Result<()>) -> Result<Attempt> {
    let dir = tempfile::tempdir()?;
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let mut child = command.stdout(File::create(&out)?).stderr(File::create(&err)?).spawn()?;
    let done = meanwhile(&mut child);
    if done.is_err() {
        let _ = child.kill();
    }
    // A process that ended by itself shows its code even when the signal came later.
    let ended = child.wait()?.code();
    done?;
    let read = |path: &PathBuf| std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
    Ok(Attempt { ended, stdout: read(&out)?, stderr: read(&err)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::month::Month;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn outcome(code: i32, stderr: &str) -> Outcome {
        Outcome { code: Some(code), stdout: String::new(), stderr: stderr.to_owned(), elapsed: Duration::ZERO }
    }

    fn attempt(ended: Option<i32>, stderr: &str) -> Attempt {
        Attempt { ended, stdout: String::new(), stderr: stderr.to_owned() }
    }

    #[test]
    fn a_kill_hits_what_runs_and_leaves_what_has_ended() {
        let hit = kill_after(sh("echo begun; sleep 30"), Duration::from_millis(300));
        let hit = hit.expect("runs");
        assert_eq!((hit.ended, hit.stdout.as_str()), (None, "begun\n"));
        let missed = kill_after(sh("exit 0"), Duration::from_millis(300)).expect("runs");
        assert_eq!(missed.ended, Some(0));
    }

    #[test]
    fn a_bureau_runs_through_every_command() {
        let plan = Plan { customers: 400, first: Month::new(2025, 6), cycles: 2, seed: 1 };
        let imports = ["areas", "readings", "payments", "readings"].map(|kind| (kind, PathBuf::new()));
        let stages = of_a_bureau(plan, imports.into(), &mut Rng::new(1), 2);
        let labels: Vec<&str> = stages.iter().map(Stage::label).collect();
        assert_eq!(
            labels.join(", "),
            "import areas, import readings, bill plan, bill trial, bill issue, import payments, import readings, \
             bill plan, bill trial, bill issue, bill cancel, bill cancel, bill issue"
        );
        assert!(matches!(&stages[12], Stage::Bill { cycle, .. } if cycle == "2025-07"));
    }

    #[test]
    fn only_a_cancellation_may_be_refused_as_done() {
        let cancel = Stage::Cancel { supply_no: "1".to_owned(), cycle: "2025-07".to_owned() };
        let issue = Stage::Bill { act: "issue", cycle: "2025-07".to_owned() };
        let refused = outcome(1, "already cancelled");
        assert!(cancel.may_end_so(&[], &refused));
        assert!(!issue.may_end_so(&[], &refused));
        assert!(!cancel.may_end_so(&[], &outcome(1, "locked")));
        assert!(!cancel.may_end_so(&[attempt(Some(101), "")], &outcome(0, "")));
    }

    #[test]
    fn a_claim_that_the_dead_still_hold_is_waited_for() {
        assert!(asks_to_wait(Some(1), "", "job.running: another process is doing it"));
        assert!(!asks_to_wait(Some(0), "job.running", ""));
        assert!(!asks_to_wait(Some(1), "", "refused"));
    }

    #[test]
    fn acknowledged_rows_that_are_not_there_again_are_lost() {
        let import = Stage::Import { kind: "customers", file: PathBuf::new() };
        let nothing = Snapshot::default();
        let killed = [attempt(None, "200 committed\n")];
        let judged = |again: &str| import.judge(&killed, &outcome(0, again), &nothing, &nothing);
        assert!(judged("300 unchanged").is_empty());
        let harms = judged("100 unchanged");
        assert_eq!(harms[0].kind, Kind::Lost, "{harms:?}");
    }
}
