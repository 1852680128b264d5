//! What a house rests on gives way: the database is started anew, the disk is full, the clock is set forth and back,
//! while commands run and while cashiers take payments. Nobody starts the server again: it says what is wrong, and goes
//! on when that is over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::bureau::{Bureau, Engine, Ground};
use crate::postgres::End;
use crate::rng::Rng;
use crate::{shell, tools};

use super::counter::{self, Dressing, Scene, Server};
use super::stage::{self, Attempt};

/// Blows to a server at work, of each kind.
const OF_A_SERVER: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    DatabaseRestarted,
    DiskFull,
    ClockSet,
}

impl Trouble {
    /// A full disk of a server of PostgreSQL is that server's; the tests let it say so.
    pub fn of(engine: Engine) -> [Self; 2] {
        match engine {
            Engine::Sqlite => [Self::DiskFull, Self::ClockSet],
            Engine::Postgres => [Self::DatabaseRestarted, Self::ClockSet],
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::DatabaseRestarted => "database restarted",
            Self::DiskFull => "disk full",
            Self::ClockSet => "clock set",
        }
    }
}

/// A clock that can be set under a program that runs.
pub struct Hand {
    library: PathBuf,
    dir: TempDir,
}

impl Hand {
    pub fn ready() -> Result<Self> {
        if library().is_none() {
            tools::install(&["faketime"], "chaos sets the clock of the program")?;
        }
        let library = library().context("faketime is installed, but its library is not where Debian puts it")?;
        let hand = Self { library, dir: tempfile::tempdir()? };
        hand.set("+0")?;
        Ok(hand)
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("hand")
    }

    /// `-2h`, `+150m`, `+0`; a reader sees the old text or the new.
    fn set(&self, to: &str) -> Result<()> {
        let new = self.dir.path().join("new");
        fs::write(&new, to)?;
        Ok(fs::rename(new, self.file())?)
    }

    fn dressing(&self) -> Dressing {
        let of = |name: &str, value: &Path| (name.to_owned(), value.to_string_lossy().into_owned());
        let flag = |name: &str| (name.to_owned(), "1".to_owned());
        let env = vec![
            of("LD_PRELOAD", &self.library),
            of("FAKETIME_TIMESTAMP_FILE", &self.file()),
            flag("FAKETIME_NO_CACHE"),
            flag("FAKETIME_DONT_FAKE_MONOTONIC"),
            flag("NO_FAKE_STAT"),
        ];
        Dressing { program: Vec::new(), env }
    }
}

/// A clock that is wrong by hours, and by no day: on another day a bureau rightly does other things. In the afternoon it
/// is set back, and then forth.
fn away() -> &'static str {
    const BEIJING: u64 = 8 * 3600;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if (seconds + BEIJING) % 86_400 < 43_200 { "+170m" } else { "-170m" }
}

fn library() -> Option<PathBuf> {
    let of = |entry: fs::DirEntry| entry.path().join("faketime/libfaketimeMT.so.1");
    fs::read_dir("/usr/lib").ok()?.flatten().map(of).find(|file| file.is_file())
}

/// A program that hears that its file is too large instead of being ended for it. With a limit, in blocks of 512 bytes,
/// no file grows beyond it.
fn deaf_to_limits(blocks: Option<u64>) -> Dressing {
    let limit = blocks.map_or_else(String::new, |blocks| format!("ulimit -f {blocks}; "));
    let script = format!(r#"trap '' XFSZ; {limit}exec "$@""#);
    Dressing { program: ["sh", "-c", &script, "sh"].map(str::to_owned).into(), env: Vec::new() }
}

/// A command in trouble. One that says so by name counts as cut off.
pub fn struck(
    ground: &mut Ground,
    bureau: &Bureau,
    args: &[String],
    trouble: Trouble,
    hand: &Hand,
    takes: Duration,
    rng: &mut Rng,
) -> Result<Attempt> {
    let takes = u64::try_from(takes.as_micros())?;
    let mut after = |share: u64| Duration::from_micros(rng.between(0, takes * share / 10));
    let mut attempt = match trouble {
        Trouble::DatabaseRestarted => {
            let (delay, end) = (after(9), if takes % 2 == 0 { End::Fast } else { End::Immediate });
            stage::watch(bureau.command(args)?, |_: &mut Child| {
                thread::sleep(delay);
                ground.restart_database(end)
            })?
        }
        Trouble::DiskFull => {
            let blocks = rng.between(8, 1_500);
            stage::watch(deaf_to_limits(Some(blocks)).put_on(&bureau.command(args)?), |_| Ok(()))?
        }
        Trouble::ClockSet => {
            let (away, back) = (away(), "+0");
            let delays = [away, back, away, back].map(|to| (after(3), to));
            stage::watch(hand.dressing().put_on(&bureau.command(args)?), |_| {
                for (delay, to) in delays {
                    thread::sleep(delay);
                    hand.set(to)?;
                }
                Ok(())
            })?
        }
    };
    let told = ["storage.full", "database.away", "database.busy"].iter().any(|code| attempt.stderr.contains(code));
    if attempt.ended == Some(3) && told {
        attempt.ended = None;
    }
    Ok(attempt)
}

/// Deals blows to what the server of a bureau rests on, while its cashiers take payments.
pub fn of_server(
    ground: &mut Ground,
    bureau: &Bureau,
    trouble: Trouble,
    hand: &Hand,
    seed: u64,
) -> Result<counter::Outcome> {
    let scene = match trouble {
        Trouble::DatabaseRestarted => Scene { login: "wang.li", dressing: Dressing::default() },
        Trouble::DiskFull => Scene { login: "zhao.min", dressing: deaf_to_limits(None) },
        Trouble::ClockSet => Scene { login: "sun.wu", dressing: hand.dressing() },
    };
    let mut blow = |server: &mut Server, at: usize| match trouble {
        Trouble::DatabaseRestarted => ground.restart_database([End::Fast, End::Immediate][at % 2]),
        Trouble::DiskFull => full_for_a_moment(server),
        Trouble::ClockSet => {
            hand.set(away())?;
            server.wait_for_health("clock", "degraded")?;
            thread::sleep(Duration::from_millis(300));
            hand.set("+0")
        }
    };
    counter::besieged(bureau, OF_A_SERVER, seed, &scene, &mut blow)
}

/// Nothing can be written; the server says so, and goes on when there is room.
fn full_for_a_moment(server: &Server) -> Result<()> {
    let limit = |soft: &str| {
        let (process, limit) = (server.process().to_string(), format!("--fsize={soft}:unlimited"));
        shell::run(Command::new("prlimit").args(["--pid", &process, &limit]))
    };
    limit("1")?;
    let health = server.wait_for_health("storage", "down")?;
    ensure!(health.status == 503, "a house without room says {}", health.status);
    if !health.body.contains(r#"{"name":"database","status":"ok""#) {
        bail!("one cannot read while the disk is full: {}", health.body);
    }
    limit("unlimited")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_hears_that_its_file_is_too_large() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bare = Command::new("sh");
        bare.args(["-c", "head -c 2000 /dev/zero > large; echo said $?"]).current_dir(dir.path());
        let heard = deaf_to_limits(Some(1)).put_on(&bare).output().expect("runs");
        let said = String::from_utf8_lossy(&heard.stdout).into_owned();
        assert_eq!((said.as_str(), fs::metadata(dir.path().join("large")).expect("a file").len()), ("said 1\n", 512));
    }
}
