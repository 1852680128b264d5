//! kill -9 at random moments, again and again: after running the command once more nothing that
//! was acknowledged is missing, nothing is there twice, and `verify` passes.
//!
//! One undisturbed bureau per engine is the control. Each disturbed bureau runs the same stages;
//! after every killed stage it must show what the control showed at that point. Shares of the kills fall
//! on the server of the control, after its last stage, while cashiers take payments there; on its back-up
//! and the restore of that; and on the filling of a demonstration. And what the house rests on gives way,
//! see [`trouble`].

mod backup;
mod counter;
mod demonstration;
mod harm;
mod snapshot;
mod stage;
mod trouble;

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bureau::{Bureau, Engine, Engines, Ground, Outcome};
use crate::month::Month;
use crate::rng::Rng;
use crate::sample::{self, Plan};
use crate::{repo, shell};

use harm::{Harm, Kind};
use snapshot::Snapshot;
use stage::{Attempt, Stage};
use trouble::{Hand, Trouble};

/// More than one transaction's worth of rows in each of the larger files.
const CUSTOMERS: usize = 600;
const CYCLES: usize = 3;
const CANCELLED: usize = 8;
const KILLS_PER_VERIFY: usize = 10;
/// One of so many kills is for the server, one of so many for the demonstration.
const KILLS_PER_KILLED_SERVER: usize = 4;
const KILLS_PER_KILLED_DEMONSTRATION: usize = 10;
/// One of so many for a back-up, or for a restore.
const KILLS_PER_KILLED_BACKUP: usize = 10;
/// Commands whose database, disk or clock gives way.
const MOST_TROUBLES: usize = 6;
/// A program that does harm does it again; more of the same teaches nothing.
const ENOUGH_HARM: usize = 5;

pub fn run(engines: Engines, kills: usize, seed: u64) -> Result<bool> {
    let binary = repo::build_gridhall()?;
    let files = tempfile::tempdir()?;
    let plan = Plan { customers: CUSTOMERS, first: Month::new(2025, 6), cycles: CYCLES, seed };
    let imports = sample::generate(plan).write(files.path())?;
    let stages = stage::of_a_bureau(plan, imports, &mut Rng::new(seed), CANCELLED);
    let mut unharmed = true;
    for engine in engines.list() {
        unharmed &= on(*engine, &binary, &stages, kills, seed)?;
    }
    Ok(unharmed)
}

fn on(engine: Engine, binary: &Path, stages: &[Stage], kills: usize, seed: u64) -> Result<bool> {
    println!("\n== chaos on {}: {kills} kills, seed {seed} ==", engine.name());
    let mut ground = Ground::prepare(engine, binary)?;
    let (control, bureau) = Control::make(&mut ground, stages)?;
    let of_server = kills / KILLS_PER_KILLED_SERVER;
    let of_demonstration = kills / KILLS_PER_KILLED_DEMONSTRATION;
    let of_backup = kills / KILLS_PER_KILLED_BACKUP;
    let mut siege = Siege {
        stages,
        troubles: Trouble::of(engine),
        hand: Hand::ready()?,
        struck: 0,
        control: &control,
        rng: Rng::new(seed),
        left: kills - of_server - of_demonstration - of_backup,
        kills: BTreeMap::new(),
        harms: Vec::new(),
        slowest: Duration::ZERO,
    };
    if of_server > 0 {
        siege.server(&bureau, of_server, seed)?;
    }
    for trouble in Trouble::of(engine) {
        siege.server_in_trouble(&mut ground, &bureau, trouble, seed)?;
    }
    if of_backup > 0 {
        let [of_backup, of_restore] = backup::siege(&mut ground, &bureau, of_backup, seed)?;
        siege.note("backup", of_backup);
        siege.note("restore", of_restore);
    }
    ground.remove(bureau)?;
    if of_demonstration > 0 {
        siege.note("demo", demonstration::siege(&mut ground, of_demonstration, seed)?);
    }
    while (siege.left > 0 || siege.struck == 0) && siege.harms.len() < ENOUGH_HARM {
        let bureau = ground.new_bureau()?;
        siege.round(&mut ground, &bureau)?;
        ground.remove(bureau)?;
    }
    siege.print();
    Ok(siege.harms.is_empty())
}

/// What some kills came to.
struct Blows {
    kills: usize,
    /// Those that hit something at work.
    hits: usize,
    harms: Vec<Harm>,
}

/// What each stage takes and leaves when nobody interferes.
struct Control {
    takes: Vec<Duration>,
    leaves: Vec<Snapshot>,
}

impl Control {
    /// The bureau is left as it is after the last stage.
    fn make(ground: &mut Ground, stages: &[Stage]) -> Result<(Self, Bureau)> {
        let bureau = ground.new_bureau()?;
        let (mut takes, mut leaves) = (Vec::new(), Vec::new());
        for stage in stages {
            let outcome = bureau.must(&stage.args(&bureau)?)?;
            takes.push(outcome.elapsed);
            leaves.push(Snapshot::take(&bureau)?);
        }
        bureau.must(&["verify"])?;
        let last = &leaves[leaves.len() - 1];
        ensure!(last.bills() > 0, "the control bureau issued no bill");
        ensure!(last.payments() > 0, "the control bureau took no payment");
        Ok((Self { takes, leaves }, bureau))
    }
}

/// The database needs a moment to see that a killed client is gone; until then its claim on the work
/// stands, and the command asks to be run again.
fn run_to_the_end(bureau: &Bureau, args: &[String]) -> Result<Outcome> {
    let mut outcome = bureau.run(args)?;
    for _ in 0..100 {
        if !stage::asks_to_wait(outcome.code, &outcome.stdout, &outcome.stderr) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        outcome = bureau.run(args)?;
    }
    Ok(outcome)
}

struct Siege<'a> {
    stages: &'a [Stage],
    troubles: [Trouble; 2],
    hand: Hand,
    /// Commands that were in trouble.
    struck: usize,
    control: &'a Control,
    rng: Rng,
    left: usize,
    /// Kills of each command, and how many of them hit it while it ran.
    kills: BTreeMap<&'static str, (usize, usize)>,
    harms: Vec<Harm>,
    slowest: Duration,
}

impl Siege<'_> {
    fn server(&mut self, bureau: &Bureau, kills: usize, seed: u64) -> Result<()> {
        let outcome = counter::siege(bureau, kills, seed)?;
        println!("{} payments at the counter, {} of them sent again", outcome.payments, outcome.repeated);
        self.note("serve", outcome.blows);
        self.verify(bureau, "the counter")
    }

    fn server_in_trouble(&mut self, ground: &mut Ground, bureau: &Bureau, trouble: Trouble, seed: u64) -> Result<()> {
        let outcome = trouble::of_server(ground, bureau, trouble, &self.hand, seed)?;
        let (label, payments) = (trouble.label(), outcome.payments);
        println!("{label}: {payments} payments at the counter, {} of them sent again", outcome.repeated);
        self.note(label, outcome.blows);
        self.verify(bureau, label)
    }

    fn note(&mut self, label: &'static str, blows: Blows) {
        let count = self.kills.entry(label).or_default();
        *count = (count.0 + blows.kills, count.1 + blows.hits);
        self.harms.extend(blows.harms);
    }

    fn round(&mut self, ground: &mut Ground, bureau: &Bureau) -> Result<()> {
        let disturbed = self.rng.choose(self.left, self.stages.len());
        let mut since_verify = 0;
        for (i, stage) in self.stages.iter().enumerate() {
            let harms = if disturbed.contains(&i) && self.left > 0 {
                self.disturb(bureau, i)?
            } else if stage.is_heavy() && self.struck < MOST_TROUBLES {
                self.strike(ground, bureau, i)?
            } else {
                bureau.must(&stage.args(bureau)?)?;
                continue;
            };
            if !harms.is_empty() {
                self.harms.extend(harms);
                return Ok(());
            }
            since_verify += 1;
            if since_verify == KILLS_PER_VERIFY {
                self.verify(bureau, stage.label())?;
                since_verify = 0;
            }
        }
        self.verify(bureau, "the last stage")
    }

    fn disturb(&mut self, bureau: &Bureau, i: usize) -> Result<Vec<Harm>> {
        let stage = &self.stages[i];
        let args = stage.args(bureau)?;
        let mut attempts = vec![self.kill_once(bureau, i, &args)?];
        // A command that takes up after a kill may be killed as well.
        if self.left > 0 && self.rng.one_in(4) {
            attempts.push(self.kill_once(bureau, i, &args)?);
        }
        self.judge(bureau, i, &args, &attempts)
    }

    /// Lets what a command rests on give way while it runs.
    fn strike(&mut self, ground: &mut Ground, bureau: &Bureau, i: usize) -> Result<Vec<Harm>> {
        let (args, takes) = (self.stages[i].args(bureau)?, self.control.takes[i]);
        let trouble = self.troubles[self.struck % self.troubles.len()];
        self.struck += 1;
        let attempt = trouble::struck(ground, bureau, &args, trouble, &self.hand, takes, &mut self.rng)?;
        let count = self.kills.entry(trouble.label()).or_default();
        count.0 += 1;
        count.1 += usize::from(attempt.ended.is_none());
        let mut harms = self.judge(bureau, i, &args, &[attempt])?;
        for harm in &mut harms {
            harm.message = format!("{}: {}", trouble.label(), harm.message);
        }
        Ok(harms)
    }

    /// What the attempts left, and what a last one, that nobody disturbs, makes of it.
    fn judge(&mut self, bureau: &Bureau, i: usize, args: &[String], attempts: &[Attempt]) -> Result<Vec<Harm>> {
        let stage = &self.stages[i];
        let seen = Snapshot::take(bureau)?;
        let (again, time) = shell::timed(|| run_to_the_end(bureau, args));
        let again = again?;
        self.slowest = self.slowest.max(time);
        let now = Snapshot::take(bureau)?;
        let expected = &self.control.leaves[i];
        let mut harms = stage.judge(attempts, &again, &seen, expected);
        harms.extend(seen.lost_in(&now));
        harms.extend(now.doubled());
        harms.extend(now.differs_from(expected));
        for harm in &mut harms {
            harm.message = format!("{}: {}", stage.label(), harm.message);
        }
        Ok(harms)
    }

    fn kill_once(&mut self, bureau: &Bureau, i: usize, args: &[String]) -> Result<Attempt> {
        let most = u64::try_from(self.control.takes[i].as_micros())? * 11 / 10;
        let delay = Duration::from_micros(self.rng.between(0, most));
        let attempt = stage::kill_after(bureau.command(args)?, delay)?;
        let count = self.kills.entry(self.stages[i].label()).or_default();
        count.0 += 1;
        count.1 += usize::from(attempt.ended.is_none());
        self.left -= 1;
        Ok(attempt)
    }

    fn verify(&mut self, bureau: &Bureau, after: &str) -> Result<()> {
        let outcome = bureau.run(&["verify"])?;
        if outcome.code != Some(0) {
            self.harms.push(Harm::new(Kind::Verify, format!("after {after}: {}", outcome.tail())));
        }
        Ok(())
    }

    fn print(&self) {
        println!("{:<20} {:>6} {:>8}", "command", "kills", "running");
        let (mut kills, mut hits) = (0, 0);
        for (label, (killed, hit)) in &self.kills {
            println!("{label:<20} {killed:>6} {hit:>8}");
            kills += killed;
            hits += hit;
        }
        println!("{:<20} {kills:>6} {hits:>8}", "all");
        println!("longest recovery {} s", shell::seconds(self.slowest));
        for harm in &self.harms {
            println!("HARM {harm}");
        }
        println!("{}", harm::verdict(&self.harms));
    }
}
