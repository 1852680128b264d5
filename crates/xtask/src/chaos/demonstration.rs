//! The demonstration, cut off while it fills a bureau and begun again: in the end it is the one that was
//! never cut off, and somebody has been told its passwords.

use std::time::Duration;

use anyhow::Result;

use crate::bureau::{Bureau, Ground, Outcome};
use crate::rng::Rng;

use super::harm::{Harm, Kind};
use super::snapshot::Snapshot;
use super::stage::{self, Attempt};
use super::{Blows, run_to_the_end};

const CUSTOMERS: usize = 30;

/// Fills one bureau undisturbed and another one with so many kills.
pub fn siege(ground: &mut Ground, kills: usize, seed: u64) -> Result<Blows> {
    let args = ["demo", "--customers", &CUSTOMERS.to_string(), "--seed", &seed.to_string()].map(str::to_owned);
    let bureau = ground.new_bureau()?;
    let takes = bureau.must(&args)?.elapsed;
    let control = Snapshot::take(&bureau)?;
    ground.remove(bureau)?;
    let (bureau, mut rng) = (ground.new_bureau()?, Rng::new(seed));
    let mut attempts = Vec::new();
    for _ in 0..kills {
        // What was done before the last kill need not be done again: later ones fall sooner.
        let most = u64::try_from(takes.as_micros())? / (1 + attempts.len() as u64);
        attempts.push(stage::kill_after(bureau.command(&args)?, Duration::from_micros(rng.between(0, most)))?);
    }
    let last = run_to_the_end(&bureau, &args)?;
    let mut harms: Vec<Harm> = judge(&attempts, &last).into_iter().collect();
    harms.extend(differences(&bureau, &control)?);
    ground.remove(bureau)?;
    let hits = attempts.iter().filter(|attempt| attempt.ended.is_none()).count();
    Ok(Blows { kills, hits, harms })
}

fn differences(bureau: &Bureau, control: &Snapshot) -> Result<Vec<Harm>> {
    let now = Snapshot::take(bureau)?;
    let mut harms = now.doubled();
    harms.extend(now.differs_from(control));
    let verified = bureau.run(&["verify"])?;
    if verified.code != Some(0) {
        harms.push(Harm::new(Kind::Verify, verified.tail()));
    }
    for harm in &mut harms {
        harm.message = format!("demo: {}", harm.message);
    }
    Ok(harms)
}

/// A filling that is complete may say so, when its passwords were told before.
fn judge(attempts: &[Attempt], last: &Outcome) -> Option<Harm> {
    let complete = last.code == Some(1) && last.stderr.contains("demonstration.complete");
    let texts = || attempts.iter().map(|attempt| attempt.stdout.as_str()).chain([last.stdout.as_str()]);
    if last.code != Some(0) && !complete {
        let message = format!("demo: run again it ended with {:?}: {}", last.code, last.tail());
        return Some(Harm::new(Kind::Other, message));
    }
    let told = texts().any(|text| text.starts_with("login,password,post\n") && text.lines().count() > 1);
    (!told).then(|| Harm::new(Kind::Lost, "demo: nobody was told the passwords".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filling_that_is_complete_must_have_told_its_passwords() {
        let outcome = |code, stdout: &str, stderr: &str| Outcome {
            code: Some(code),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            elapsed: Duration::ZERO,
        };
        let attempt = |stdout: &str| [Attempt { ended: None, stdout: stdout.to_owned(), stderr: String::new() }];
        let (told, complete) = ("login,password,post\nhead,x,y\n", "[demonstration.complete] there");
        let kind = |attempts: &[Attempt], last| judge(attempts, &last).map(|harm| harm.kind);
        assert_eq!(kind(&attempt(""), outcome(0, told, "")), None);
        assert_eq!(kind(&attempt(told), outcome(1, "", complete)), None);
        assert_eq!(kind(&attempt(""), outcome(1, "", complete)), Some(Kind::Lost));
        assert_eq!(kind(&attempt(told), outcome(3, "", "fault")), Some(Kind::Other));
    }
}
