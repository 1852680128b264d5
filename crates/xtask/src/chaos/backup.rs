//! A back-up and a restore, cut off and begun again: what has its name is whole, what is half restored is nobody's
//! bureau, and in the end there is one that tells the same as the first.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bureau::{Bureau, Ground, Outcome};
use crate::rng::Rng;

use super::Blows;
use super::harm::{Harm, Kind};
use super::stage::{self, Attempt};

const EXPORTS: [&str; 6] = ["customers", "readings", "bills", "bill-lines", "payments", "ledger"];

/// Blows to the back-up of a bureau, and to the restore of what it made into another place.
pub fn siege(ground: &mut Ground, bureau: &Bureau, kills: usize, seed: u64) -> Result<[Blows; 2]> {
    let dir = tempfile::tempdir()?;
    let (whole, file) = (dir.path().join("whole"), dir.path().join("again"));
    let mut rng = Rng::new(seed);
    let takes = bureau.must(&["backup", text(&whole)?])?.elapsed;
    let of_backup = backup(bureau, &file, takes, kills.div_ceil(2), &mut rng)?;
    let of_restore = restore(ground, bureau, &file, kills / 2, &mut rng)?;
    Ok([of_backup, of_restore])
}

fn backup(bureau: &Bureau, file: &Path, takes: Duration, kills: usize, rng: &mut Rng) -> Result<Blows> {
    let args = ["backup", text(file)?, "--force"];
    let (mut hits, mut harms) = (0, Vec::new());
    for _ in 0..kills {
        let attempt = kill(bureau, &args, takes, rng)?;
        hits += usize::from(attempt.ended.is_none());
        if attempt.ended == Some(0) && !file.is_file() {
            harms.push(Harm::new(Kind::Lost, "backup: it ended well, yet there is no file".to_owned()));
        }
        // Cut off, it may have left none, or the one of before.
        if file.is_file() {
            harms.extend(not_whole(bureau, file)?);
        }
    }
    let last = when_free(bureau, &args)?;
    if last.code == Some(0) {
        harms.extend(not_whole(bureau, file)?);
    } else {
        harms.push(Harm::new(Kind::Other, format!("backup: run again it ended with {:?}: {}", last.code, last.tail())));
    }
    Ok(Blows { kills, hits, harms })
}

fn not_whole(bureau: &Bureau, file: &Path) -> Result<Option<Harm>> {
    let checked = bureau.run(&["restore", text(file)?, "--check"])?;
    let message = || format!("backup: what has the file's name is not whole: {}", checked.tail());
    Ok((checked.code != Some(0)).then(|| Harm::new(Kind::Lost, message())))
}

fn restore(ground: &mut Ground, bureau: &Bureau, file: &Path, kills: usize, rng: &mut Rng) -> Result<Blows> {
    let args = ["restore", text(file)?];
    let undisturbed = ground.new_bureau()?;
    let takes = undisturbed.must(&args)?.elapsed;
    ground.remove(undisturbed)?;
    let copy = ground.new_bureau()?;
    let (mut hits, mut harms, mut is_done) = (0, Vec::new(), false);
    for _ in 0..kills {
        let attempt = kill(&copy, &args, takes, rng)?;
        hits += usize::from(attempt.ended.is_none());
        is_done |= attempt.ended == Some(0);
        if !is_done && has_begun(&attempt.stderr) {
            let used = copy.run(&["export", "customers"])?;
            // The last of it may have been done before the blow.
            is_done = used.code == Some(0) && differences(bureau, &copy)?.is_empty();
            if !is_done && !used.stderr.contains("restore.unfinished") {
                let message = format!("restore: half a bureau was opened: {:?} {}", used.code, used.tail());
                harms.push(Harm::new(Kind::Other, message));
            }
        }
    }
    let last = when_free(&copy, &args)?;
    // The last commit may have been under way to the server when the blow fell. Then all of it is there.
    let is_there = last.stderr.contains("restore.not-empty");
    if last.code != Some(0) && !is_there {
        harms
            .push(Harm::new(Kind::Other, format!("restore: run again it ended with {:?}: {}", last.code, last.tail())));
    } else {
        harms.extend(differences(bureau, &copy)?);
        let verified = copy.run(&["verify"])?;
        if verified.code != Some(0) {
            harms.push(Harm::new(Kind::Verify, format!("restore: {}", verified.tail())));
        }
    }
    ground.remove(copy)?;
    Ok(Blows { kills, hits, harms })
}

fn differences(bureau: &Bureau, copy: &Bureau) -> Result<Vec<Harm>> {
    let mut harms = Vec::new();
    for what in EXPORTS {
        if bureau.export(what, None)? != copy.export(what, None)? {
            harms.push(Harm::new(Kind::Lost, format!("restore: the copy exports other {what}")));
        }
    }
    Ok(harms)
}

/// Whether it told of anything after it had found the file whole: by then the place is marked.
fn has_begun(stderr: &str) -> bool {
    stderr.lines().skip_while(|line| !line.starts_with("the back-up is whole")).count() > 1
}

fn kill(bureau: &Bureau, args: &[&str], takes: Duration, rng: &mut Rng) -> Result<Attempt> {
    let most = u64::try_from(takes.as_micros())? * 11 / 10;
    stage::kill_after(bureau.command(args)?, Duration::from_micros(rng.between(0, most)))
}

/// The database needs a moment to see that a killed client is gone.
fn when_free(bureau: &Bureau, args: &[&str]) -> Result<Outcome> {
    let mut outcome = bureau.run(args)?;
    for _ in 0..100 {
        if !["restore.running", "backup.running"].iter().any(|code| outcome.stderr.contains(code)) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        outcome = bureau.run(args)?;
    }
    Ok(outcome)
}

fn text(file: &Path) -> Result<&str> {
    file.to_str().context("a path that is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_has_begun_when_it_tells_more_than_that_the_file_is_whole() {
        let whole = "the back-up is whole: Qinghe, digest 00\n";
        assert!(!has_begun("check 1/2\n"));
        assert!(!has_begun(&format!("check 2/2\n{whole}")));
        assert!(has_begun(&format!("check 2/2\n{whole}files 1\n")));
    }
}
