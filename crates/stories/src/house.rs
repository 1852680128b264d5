//! A bureau at work in a story: its clock is turned by hand.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use business::Bureau;
use business::billing::{self, AccountFinding, Desk, IssueTally, Tally};
use business::run::RunScope;
use gridhall::migrations::MIGRATIONS;
use jiff::SignedDuration;
use kernel::{Clock, Date, Month, Timestamp};
use platform::house::Open;
use platform::jobs::Unwatched;
use platform::{Ctx, Error, Result, Tx};

use crate::Ground;

pub struct House {
    // Before the ground: its connections end before the database does.
    pub bureau: Bureau,
    pub clock: Clock,
    pub ground: Ground,
    files: AtomicU32,
}

/// Ten in the morning of the first working Monday of September 2016, in Shanghai.
const START: &str = "2016-09-05T02:00:00Z";

impl House {
    pub async fn open() -> House {
        House::with("").await
    }

    /// A bureau with these settings in its `gridhall.toml`, and an empty folder `packs`.
    pub async fn with(settings: &str) -> House {
        let ground = Ground::new().await;
        std::fs::create_dir_all(ground.data().join("packs")).expect("a folder");
        ground.write("gridhall.toml", settings);
        House::over(ground).await.expect("an open bureau")
    }

    /// The bureau that lies on this ground.
    pub async fn over(ground: Ground) -> Result<House> {
        let clock = Clock::manual(START.parse::<Timestamp>().expect("an instant"));
        let bureau = open(&ground, &clock).await?;
        Ok(House { bureau, clock, ground, files: AtomicU32::new(0) })
    }

    /// Ends the bureau and leaves its ground to somebody else.
    pub async fn leave(self) -> Ground {
        self.bureau.house.db.close().await.expect("closed");
        self.ground
    }

    /// The same bureau opened again, as another process would; fails as it would.
    pub async fn reopen(&self) -> Result<Bureau> {
        open(&self.ground, &self.clock).await
    }

    pub fn operator(&self) -> Ctx {
        self.bureau.house.operator()
    }

    /// Goes on to the same hour of a later day.
    pub fn go_to(&self, day: &str) {
        let days = kernel::time::days_between(self.operator().today, date(day));
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }

    pub fn scratch(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        self.ground.write(&format!("files/{number}/{name}"), content)
    }

    pub async fn reading_tx(&self) -> Tx {
        self.bureau.house.db.read().await.expect("a view")
    }

    pub async fn writing_tx(&self) -> Tx {
        self.bureau.house.db.write().await.expect("a transaction")
    }

    pub async fn plan(&self, cycle: &str) -> Ran<Tally> {
        let mut ran = Ran::default();
        let mut finding = |found: &AccountFinding| ran.findings.note(found);
        let (mut watch, scope) = (Unwatched, RunScope::default());
        let mut desk = Desk { finding: &mut finding, watch: &mut watch };
        ran.tally =
            billing::plan(&self.bureau, &self.operator(), month(cycle), &scope, &mut desk).await.expect("a plan");
        ran
    }

    pub async fn trial(&self, cycle: &str) -> Ran<Tally> {
        when_free(async || self.trial_as(&self.operator(), cycle, &RunScope::default()).await).await.expect("a trial")
    }

    pub async fn trial_as(&self, ctx: &Ctx, cycle: &str, scope: &RunScope) -> Result<Ran<Tally>> {
        let mut ran = Ran::default();
        let mut finding = |found: &AccountFinding| ran.findings.note(found);
        let mut watch = Unwatched;
        let mut desk = Desk { finding: &mut finding, watch: &mut watch };
        ran.tally = billing::trial(&self.bureau, ctx, month(cycle), scope, &mut desk).await?;
        Ok(ran)
    }

    pub async fn issue(&self, cycle: &str) -> Ran<IssueTally> {
        when_free(async || self.issue_as(&self.operator(), cycle, &RunScope::default(), false).await)
            .await
            .expect("bills")
    }

    pub async fn issue_as(
        &self,
        ctx: &Ctx,
        cycle: &str,
        scope: &RunScope,
        second_person: bool,
    ) -> Result<Ran<IssueTally>> {
        let mut ran = Ran::default();
        let mut finding = |found: &AccountFinding| ran.findings.note(found);
        let mut watch = Unwatched;
        let mut desk = Desk { finding: &mut finding, watch: &mut watch };
        ran.tally = billing::issue(&self.bureau, ctx, month(cycle), scope, second_person, &mut desk).await?;
        Ok(ran)
    }
}

/// Waits for a claim that was just given up: on PostgreSQL it ends a moment after the work that held
/// it. Stories about claims ask without waiting.
pub async fn when_free<T>(mut work: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    for _ in 0..100 {
        // A story waits for many works; each is kept elsewhere than on its stack.
        match Box::pin(work()).await {
            Err(Error::Refused(refusal)) if refusal.code == "job.running" => {
                tokio::time::sleep(Duration::from_millis(10)).await
            }
            ended => return ended,
        }
    }
    Box::pin(work()).await
}

async fn open(ground: &Ground, clock: &Clock) -> Result<Bureau> {
    Box::pin(Bureau::open(opening(ground, clock), MIGRATIONS)).await
}

/// How what lies on this ground is opened, with ids of its own.
pub fn opening(ground: &Ground, clock: &Clock) -> Open {
    static SEED: AtomicU32 = AtomicU32::new(0);
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&SEED.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Open { data: ground.data().to_owned(), database_url: ground.url(), clock: clock.clone(), seed }
}

/// What a run came to, and its findings as `supply number, doubt`.
#[derive(Debug, Default)]
pub struct Ran<T> {
    pub tally: T,
    pub findings: Findings,
}

#[derive(Debug, Default)]
pub struct Findings(pub Vec<String>);

impl Findings {
    fn note(&mut self, found: &AccountFinding) -> Result<()> {
        self.0.push(format!("{} {}", found.supply_no, found.finding.doubt.word()));
        Ok(())
    }

    pub fn sorted(mut self) -> Vec<String> {
        self.0.sort();
        self.0
    }
}

pub fn month(text: &str) -> Month {
    text.parse().unwrap_or_else(|_| panic!("{text} is no month"))
}

pub fn date(text: &str) -> Date {
    kernel::time::parse_date(text).unwrap_or_else(|| panic!("{text} is no day"))
}

pub fn scope(station: Option<&str>, book: Option<&str>) -> RunScope {
    RunScope { station: station.map(str::to_owned), book: book.map(str::to_owned), supply_no: None }
}

/// The code by which something was refused.
#[track_caller]
pub fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    let error = result.expect_err("this is refused");
    error.refusal().unwrap_or_else(|| panic!("a refusal, not a fault: {error}")).code
}
