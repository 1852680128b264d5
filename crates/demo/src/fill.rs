//! Lives the months: each file on its day, each act by the person whose work it is.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use business::billing::{self, AccountFinding};
use business::book::BookImport;
use business::grid::AreaImport;
use business::metering::MeterImport;
use business::opening::OpeningImport;
use business::reading::ReadingImport;
use business::run::{self, RunScope};
use business::supply::{self, CustomerImport};
use business::{Bureau, bill};
use jiff::tz::TimeZone;
use kernel::{Actor, Date, Month, Refusal, Register, Text};
use platform::context::Rights;
use platform::csv::{self, Finding, ImportOptions, Importer, Summary, Verdict};
use platform::jobs::Unwatched;
use platform::journal::{self, Entry};
use platform::{Ctx, Fault, Result, access};

use crate::account::{self, Account};
use crate::land::{self, Area};
use crate::lines;
use crate::meters::{Meters, Misread, Told};
use crate::{Plan, store};

/// Who is told how far the filling has come.
pub trait Teller: Send {
    fn tell(&mut self, done: i32, of: i32, what: &Text);
}

/// The accounts that a filling has made, with their passwords: told once and kept nowhere.
#[derive(Debug)]
pub struct Filled {
    pub accounts: Vec<(store::Account, String)>,
}

/// A post of the demonstration: login, role, unit, and what it is called.
struct Post {
    login: &'static str,
    role: &'static str,
    unit: &'static str,
    zh: &'static str,
    en: &'static str,
}

const CASHIER: &str = "cashier";
const OFFICER: &str = "billing";
const APPROVER: &str = "approver";

const POSTS: [Post; 5] = [
    Post { login: CASHIER, role: "cashier", unit: access::BUREAU, zh: "收费员", en: "Cashier" },
    Post { login: OFFICER, role: "billing-officer", unit: access::BUREAU, zh: "核算员", en: "Billing officer" },
    Post {
        login: APPROVER, role: "billing-approver", unit: access::BUREAU, zh: "核算审核员", en: "Second officer"
    },
    Post { login: "head", role: "station-head", unit: "CG", zh: "城关供电所所长", en: "Station head" },
    Post { login: "admin", role: "administrator", unit: access::BUREAU, zh: "系统管理员", en: "Administrator" },
];

/// Fills the bureau, or goes on where a filling was cut off. Its clock must be one that can be turned.
pub async fn fill(bureau: &Bureau, plan: &Plan, teller: &mut dyn Teller) -> Result<Filled> {
    let areas = land::areas(plan.seed, plan.customers);
    let accounts = account::accounts(plan, &areas);
    let zone = TimeZone::get(&bureau.house.config.zone)
        .map_err(|error| Fault::because("the time zone of the bureau", error))?;
    let life = Life { bureau, plan, areas: &areas, accounts: &accounts, zone, files: tempfile::tempdir()?.keep() };
    let outcome = life.live(teller).await;
    // What is left of the files is of no use to anybody; that it cannot be removed hurts nobody.
    let _ = std::fs::remove_dir_all(&life.files);
    outcome
}

struct Life<'a> {
    bureau: &'a Bureau,
    plan: &'a Plan,
    areas: &'a [Area],
    accounts: &'a [Account],
    zone: TimeZone,
    files: PathBuf,
}

impl Life<'_> {
    async fn live(&self, teller: &mut dyn Teller) -> Result<Filled> {
        let (plan, db) = (self.plan, &self.bureau.house.db);
        self.clock(plan.first.first_day(), 8, 30)?;
        let tx = db.write().await?;
        store::begin(&tx, plan).await?;
        let detail = serde_json::json!({ "seed": plan.seed, "customers": plan.customers });
        let entry = Entry { act: "demonstration.fill", subject: "demonstration".to_owned(), reason: None, detail };
        journal::record(&tx, &self.bureau.house.operator(), entry).await?;
        let done = store::state(&tx).await?.map_or(0, |state| state.months_done);
        tx.commit().await?;

        let mut meters = Meters::new(plan, self.areas, self.accounts);
        let taken_over = meters.take_over();
        let turns = plan.turns();
        if done == 0 {
            teller.tell(0, turns, &Text::new("接收档案", "taking over the archive"));
            self.take_over(&taken_over).await?;
            self.note_done(1).await?;
        }
        for turn in 0..turns {
            let told = meters.month(turn);
            if i64::from(turn) + 1 >= done.max(1) {
                self.month(turn, &told).await?;
                self.note_done(i64::from(turn) + 2).await?;
            }
            let month = plan.month(turn);
            let what = Text::new(format!("{month} 已抄表发行"), format!("{month} is read and billed"));
            teller.tell(turn + 1, turns, &what);
        }
        self.employ().await
    }

    async fn note_done(&self, months: i64) -> Result<()> {
        let tx = self.bureau.house.db.write().await?;
        store::note_done(&tx, months).await?;
        tx.commit().await?;
        journal::seal(&self.bureau.house.db).await.map(drop)
    }

    async fn take_over(&self, told: &Told) -> Result<()> {
        let officer = self.officer();
        let tariffs = self.bureau.tariffs.clone();
        let mut areas = String::from("station,substation,feeder,area_code,area_name,capacity_kva\n");
        for a in self.areas {
            let (station, substation, feeder) = (a.station, a.substation, &a.feeder);
            areas.push_str(&format!("{station},{substation},{feeder},{},{},{}\n", a.code, a.name, a.capacity_kva));
        }
        self.import(&AreaImport, &officer, "areas.csv", &areas).await?;
        self.import(&BookImport, &officer, "books.csv", &land::books(self.areas)).await?;
        let customers = [lines::CUSTOMER_COLUMNS, &told.customers].concat();
        self.import(&CustomerImport { tariffs }, &officer, "customers.csv", &customers).await?;
        self.import(&MeterImport, &officer, "meters.csv", &[lines::METER_COLUMNS, &told.meters].concat()).await?;
        let openings = [lines::OPENING_COLUMNS, &told.openings].concat();
        self.import(&OpeningImport, &officer, "openings.csv", &openings).await?;
        Ok(())
    }

    /// What is done about one month in the days after it.
    async fn month(&self, turn: i32, told: &Told) -> Result<()> {
        let month = self.plan.month(turn);
        let after = month.next().first_day();
        self.clock(after, 8, 30)?;
        self.read(month, told).await?;
        if month == self.plan.last {
            return Ok(());
        }
        self.clock(after.saturating_add(jiff::Span::new().days(1)), 9, 0)?;
        self.bill(month, after).await
    }

    async fn read(&self, month: Month, told: &Told) -> Result<()> {
        let officer = self.officer();
        if !told.customers.is_empty() {
            let customers = [lines::CUSTOMER_COLUMNS, &told.customers].concat();
            let importer = CustomerImport { tariffs: self.bureau.tariffs.clone() };
            self.import(&importer, &officer, &format!("customers-{month}.csv"), &customers).await?;
        }
        if !told.meters.is_empty() {
            let meters = [lines::METER_COLUMNS, &told.meters].concat();
            self.import(&MeterImport, &officer, &format!("meters-{month}.csv"), &meters).await?;
        }
        let importer = ReadingImport { packs: Arc::clone(&self.bureau.house.packs) };
        let readings = [lines::READING_COLUMNS, &told.readings].concat();
        self.import(&importer, &officer, &format!("readings-{month}.csv"), &readings).await?;
        if !told.misread.is_empty() {
            self.correct(&importer, &officer, month, &told.misread).await?;
        }
        Ok(())
    }

    /// Somebody finds a wrong reading and takes it back; the right one follows.
    async fn correct(&self, importer: &ReadingImport, ctx: &Ctx, month: Month, misread: &[Misread]) -> Result<()> {
        let file = |pick: &dyn Fn(&Misread) -> &str| {
            let lines: String = misread.iter().map(pick).collect();
            [lines::READING_COLUMNS, &lines].concat()
        };
        // One that is refused was corrected before the filling was cut off.
        let mut corrected = HashSet::new();
        let (_, findings) =
            self.load(importer, ctx, &format!("readings-{month}-b.csv"), &file(&|misread| &misread.wrong)).await?;
        for finding in findings.iter().filter(|finding| finding.verdict == Verdict::Refused) {
            corrected.insert(usize::try_from(finding.row).unwrap_or(0));
        }
        for (at, misread) in misread.iter().enumerate() {
            if corrected.contains(&(at + 2)) {
                continue;
            }
            let tx = self.bureau.house.db.write().await?;
            let register = Register::from_word(misread.register).unwrap_or(Register::Total);
            bill::void_reading(&tx, ctx, &misread.meter_no, register, misread.read_on, "现场核对，抄表读错").await?;
            tx.commit().await?;
        }
        let right = file(&|misread| &misread.right);
        self.import(importer, ctx, &format!("readings-{month}-c.csv"), &right).await.map(drop)
    }

    /// Tried by the officer, approved by the second one, issued the day after.
    async fn bill(&self, month: Month, after: Date) -> Result<()> {
        let (officer, scope) = (self.officer(), RunScope::default());
        let mut watch = Unwatched;
        let mut quiet = |_: &AccountFinding| Ok(());
        let mut desk = billing::Desk { finding: &mut quiet, watch: &mut watch };
        billing::trial(self.bureau, &officer, month, &scope, &mut desk).await?;
        self.clock(after.saturating_add(jiff::Span::new().days(1)), 15, 0)?;
        let tx = self.bureau.house.db.write().await?;
        let approver = self.person(APPROVER);
        let digest = run::drafts_digest(&tx, month, &scope).await?;
        if run::billed(&tx, month, &scope).await? == 0 {
            run::approve(&tx, &approver, month, &scope, &digest).await?;
        }
        tx.commit().await?;
        self.clock(after.saturating_add(jiff::Span::new().days(2)), 9, 0)?;
        let officer = self.officer();
        billing::issue(self.bureau, &officer, month, &scope, false, &mut desk).await.map(drop)
    }

    /// The people at the end, so that their passwords are told when all is there.
    async fn employ(&self) -> Result<Filled> {
        let house = &self.bureau.house;
        self.clock(self.plan.until, 8, 0)?;
        let mut accounts = Vec::new();
        for post in &POSTS {
            let tx = house.db.write().await?;
            let once = access::employ(&tx, &house.operator(), &house.roles, post.login, post.role, post.unit).await?;
            tx.commit().await?;
            let password = self.own_password(post.login, once).await?;
            let (login, zh, en) = (post.login.to_owned(), post.zh.to_owned(), post.en.to_owned());
            accounts.push((store::Account { login, zh, en }, password));
        }
        let tx = house.db.write().await?;
        let names: Vec<store::Account> = accounts.iter().map(|(account, _)| account.clone()).collect();
        store::complete(&tx, &names).await?;
        tx.commit().await?;
        journal::seal(&house.db).await?;
        Ok(Filled { accounts })
    }

    /// Each changes the one-time password as everybody must.
    async fn own_password(&self, login: &str, once: String) -> Result<String> {
        let house = &self.bureau.house;
        let session = access::sign_in(&house.db, &house.nobody(), login, once.clone()).await?;
        let tx = house.db.write().await?;
        let resumed = access::resume(house, &tx, &session.token).await?;
        let (person, ctx) = resumed.ok_or_else(|| Fault::impossible("a session that has just begun is gone"))?;
        let password = password();
        access::change_password(&tx, &ctx, &person, &session.token, once, password.clone()).await?;
        access::sign_out(&tx, &ctx, &session.token).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Turns the clock to an hour of a day in the bureau.
    fn clock(&self, day: Date, hour: i8, minute: i8) -> Result<()> {
        let then = day
            .at(hour, minute, 0, 0)
            .to_zoned(self.zone.clone())
            .map_err(|error| Fault::because("an hour of the bureau", error))?
            .timestamp();
        let clock = &self.bureau.house.clock;
        clock.advance(then.duration_since(clock.now()));
        Ok(())
    }

    fn person(&self, login: &str) -> Ctx {
        self.bureau.house.ctx(Actor::person(login), Rights::All)
    }

    fn officer(&self) -> Ctx {
        self.person(OFFICER)
    }

    /// Loads a file that must go in whole, but for rows that are there already.
    async fn import<I: Importer>(&self, importer: &I, ctx: &Ctx, name: &str, text: &str) -> Result<Summary> {
        let (summary, findings) = self.load(importer, ctx, name, text).await?;
        match findings.into_iter().find(|finding| finding.verdict == Verdict::Refused) {
            None => Ok(summary),
            Some(finding) => Err(Fault::impossible(format!(
                "{name}, row {}: {} {}",
                finding.row,
                finding.code,
                finding.message.in_language(kernel::Language::En)
            ))),
        }
    }

    async fn load<I: Importer>(
        &self,
        importer: &I,
        ctx: &Ctx,
        name: &str,
        text: &str,
    ) -> Result<(Summary, Vec<Finding>)> {
        let path = self.files.join(name);
        std::fs::write(&path, text)?;
        let mut findings = Vec::new();
        let mut report = |finding: &Finding| {
            if finding.verdict == Verdict::Refused {
                findings.push(finding.clone());
            }
            Ok(())
        };
        let mut watch = Unwatched;
        let mut desk = csv::Desk { report: &mut report, watch: &mut watch };
        let options = ImportOptions::default();
        let summary = csv::import(importer, &self.bureau.house.db, ctx, &path, options, &mut desk).await?;
        std::fs::remove_file(&path)?;
        Ok((summary, findings))
    }
}

/// Four groups of letters and digits that are not mistaken for each other.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    use rand::RngExt;
    let mut random = rand::rng();
    let group = |random: &mut rand::rngs::ThreadRng| -> String {
        (0..4).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
    };
    (0..4).map(|_| group(&mut random)).collect::<Vec<_>>().join("-")
}

/// The code of the refusal of a bureau that is not empty.
pub const OWN: &str = "demonstration.own";

/// Refuses a bureau that holds anything of its own.
pub async fn refuse_own(bureau: &Bureau) -> Result<()> {
    let tx = bureau.house.db.read().await?;
    let operator = bureau.house.operator();
    let own = !supply::page(&tx, &operator, None, 1).await?.is_empty()
        || !journal::page(&tx, &operator, None, None, 1).await?.is_empty();
    tx.rollback().await?;
    if own {
        return Err(Refusal::conflict(
            OWN,
            "该数据目录已有单位的数据，演示数据只能装入空的数据目录",
            "this data directory holds a bureau of its own; the demonstration goes into an empty one",
        )
        .into());
    }
    Ok(())
}
