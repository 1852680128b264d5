//! Lives the months: each file on its day, each act by the person whose work it is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use business::agreement::AgreementImport;
use business::billing::{self, AccountFinding};
use business::book::BookImport;
use business::grid::AreaImport;
use business::mandate::MandateImport;
use business::metering::MeterImport;
use business::opening::OpeningImport;
use business::payment::PaymentImport;
use business::reading::ReadingImport;
use business::run::{self, RunScope};
use business::supply::{self, CustomerImport};
use business::{Bureau, bill, payment};
use jiff::tz::TimeZone;
use kernel::{Date, Month, Refusal, Register, Text};
use platform::csv::Verdict;
use platform::jobs::Unwatched;
use platform::journal::{self, Entry};
use platform::{Ctx, Fault, Result};

use crate::account;
use crate::desk::{self, APPROVER, CHIEF, Life, Teller};
use crate::land;
use crate::lines;
use crate::meters::{Meters, Misread, Told};
use crate::paying::{self, Issued, Paid, Payment, Till};
use crate::{Plan, store};

/// Fills the bureau, or goes on where a filling was cut off. Its clock must be one that can be turned.
pub async fn fill(bureau: &Bureau, plan: &Plan, teller: &mut dyn Teller) -> Result<()> {
    let areas = land::areas(plan.seed, plan.customers);
    let accounts = account::accounts(plan, &areas);
    let zone = TimeZone::get(&bureau.house.config.zone)
        .map_err(|error| Fault::because("the time zone of the bureau", error))?;
    // One that was cut off left its files there.
    let files = bureau.house.data.join("demonstration");
    std::fs::create_dir_all(&files)?;
    let today = desk::instant(&zone, plan.until, 0, 0)?;
    let latest = bureau.house.clock.now().max(today);
    let life = Life { bureau, plan, areas: &areas, accounts: &accounts, zone, latest, files };
    let outcome = life.live(teller).await;
    // What is left of the files is of no use to anybody; that it cannot be removed hurts nobody.
    let _ = std::fs::remove_dir_all(&life.files);
    outcome
}

impl Life<'_> {
    async fn live(&self, teller: &mut dyn Teller) -> Result<()> {
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
        let mut till = Till::new(plan, self.accounts);
        let turns = plan.turns();
        if done == 0 {
            teller.tell(0, turns, &Text::new("接收档案", "taking over the archive"));
            self.take_over(&taken_over).await?;
            self.note_done(1).await?;
        }
        for turn in 0..turns {
            let told = meters.month(turn);
            let month = plan.month(turn);
            let is_done = i64::from(turn) + 1 < done.max(1);
            if !is_done {
                self.month(turn, &told).await?;
            }
            self.note_bills(turn, &mut till).await?;
            for day in self.days_after(month) {
                let payments = till.of(day);
                if !is_done {
                    self.pay(day, &payments).await?;
                }
            }
            if !is_done {
                self.note_done(i64::from(turn) + 2).await?;
            }
            let what = Text::new(format!("{month} 已抄表、发行、收费"), format!("{month} is read, billed and paid"));
            teller.tell(turn + 1, turns, &what);
        }
        self.hand_over(teller).await
    }

    async fn note_done(&self, months: i64) -> Result<()> {
        let tx = self.bureau.house.db.write().await?;
        store::note_done(&tx, months).await?;
        tx.commit().await?;
        journal::seal(&self.bureau.house.db).await.map(drop)
    }

    async fn take_over(&self, told: &Told) -> Result<()> {
        let house = &self.bureau.house;
        let tariffs = self.bureau.tariffs.clone();
        let mut areas = String::from(lines::AREA_COLUMNS);
        for area in self.areas {
            lines::area_line(&mut areas, area, &area.code, &area.name, area.capacity_kva);
        }
        for account in self.accounts {
            let Some(code) = account.own_area() else { continue };
            let near = &self.areas[account.area];
            // Without the name of the customer, which is masked.
            let name = format!("{}专变{:04}", near.place, account.index % 10_000);
            lines::area_line(&mut areas, near, &code, &name, account.capacity_kva);
        }
        self.import(&AreaImport, &house.operator(), "areas.csv", &areas).await?;
        self.hire().await?;
        let officer = self.officer().await?;
        self.import(&BookImport, &officer, "books.csv", &land::books(self.areas)).await?;
        let customers = [lines::CUSTOMER_COLUMNS, &told.customers].concat();
        self.import(&CustomerImport { tariffs }, &officer, "customers.csv", &customers).await?;
        self.import(&MeterImport, &officer, "meters.csv", &[lines::METER_COLUMNS, &told.meters].concat()).await?;
        self.agree(&officer, "agreements.csv", told).await?;
        let openings = [lines::OPENING_COLUMNS, &told.openings].concat();
        self.import(&OpeningImport, &officer, "openings.csv", &openings).await?;
        let mut mandates = String::from(lines::MANDATE_COLUMNS);
        // Who moves in later signs later.
        let there = told.customers.lines().filter_map(|line| line.split(',').next()).collect::<HashSet<_>>();
        let debited = self.accounts.iter().filter(|account| paying::is_debited(self.plan.seed, account));
        for account in debited.filter(|account| there.contains(account.supply_no.as_str())) {
            lines::mandate_line(&mut mandates, account, self.plan.first.first_day());
        }
        let importer = MandateImport { packs: Arc::clone(&house.packs) };
        self.import(&importer, &officer, "mandates.csv", &mandates).await?;
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
        let officer = self.officer().await?;
        if !told.customers.is_empty() {
            let customers = [lines::CUSTOMER_COLUMNS, &told.customers].concat();
            let importer = CustomerImport { tariffs: self.bureau.tariffs.clone() };
            self.import(&importer, &officer, &format!("customers-{month}.csv"), &customers).await?;
        }
        if !told.meters.is_empty() {
            let meters = [lines::METER_COLUMNS, &told.meters].concat();
            self.import(&MeterImport, &officer, &format!("meters-{month}.csv"), &meters).await?;
        }
        self.agree(&officer, &format!("agreements-{month}.csv"), told).await?;
        let importer = ReadingImport { packs: Arc::clone(&self.bureau.house.packs) };
        let readings = [lines::READING_COLUMNS, &told.readings].concat();
        self.import(&importer, &officer, &format!("readings-{month}.csv"), &readings).await?;
        if !told.misread.is_empty() {
            self.correct(&importer, &officer, month, &told.misread).await?;
        }
        Ok(())
    }

    async fn agree(&self, officer: &Ctx, file: &str, told: &Told) -> Result<()> {
        if told.agreements.is_empty() {
            return Ok(());
        }
        let agreements = [lines::AGREEMENT_COLUMNS, &told.agreements].concat();
        self.import(&AgreementImport, officer, file, &agreements).await.map(drop)
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
        let (officer, scope) = (self.officer().await?, RunScope::default());
        let mut watch = Unwatched;
        let mut quiet = |_: &AccountFinding| Ok(());
        let mut desk = billing::Desk { finding: &mut quiet, watch: &mut watch };
        billing::trial(self.bureau, &officer, month, &scope, &mut desk).await?;
        self.clock(after.saturating_add(jiff::Span::new().days(1)), 15, 0)?;
        let approver = self.person(APPROVER).await?;
        let seen = run::look_to_approve(&self.bureau.house.db.read().await?, &approver, month, &scope).await?;
        if seen.billed == 0 {
            let tx = self.bureau.house.db.write().await?;
            run::approve(&tx, &approver, &seen, &seen.digest).await?;
            tx.commit().await?;
        }
        self.clock(after.saturating_add(jiff::Span::new().days(2)), 9, 0)?;
        let officer = self.officer().await?;
        billing::issue(self.bureau, &officer, month, &scope, false, &mut desk).await.map(drop)
    }

    /// The days on which the bills of `month` are new: those of the month after, from the issue on.
    fn days_after(&self, month: Month) -> impl Iterator<Item = Date> + use<'_> {
        let (first, until) = (month.next().first_day(), self.plan.until);
        let days = std::iter::successors(Some(first), |day| Some(kernel::time::next_day(*day)));
        days.take_while(move |day| *day <= first.last_of_month() && *day < until)
    }

    /// Whoever has a bill of this month thinks about how to pay it.
    async fn note_bills(&self, turn: i32, till: &mut Till<'_>) -> Result<()> {
        let officer = self.officer().await?;
        let mut after = String::new();
        loop {
            let tx = self.bureau.house.db.read().await?;
            let page = bill::page(&tx, &officer, Some(self.plan.month(turn)), &after, 1000).await?;
            tx.rollback().await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.bill_no);
            for bill in page {
                let at = account::place_of(&bill.supply_no).filter(|at| *at < self.accounts.len());
                if let Some(at) = at {
                    till.note(&Issued {
                        at,
                        turn,
                        amount: bill.amount,
                        issued_on: bill.issued_on,
                        due_on: bill.due_on,
                    });
                }
            }
        }
    }

    /// What came in on one day, reported by the channels at its end.
    async fn pay(&self, day: Date, payments: &[Payment]) -> Result<()> {
        if payments.is_empty() {
            return Ok(());
        }
        self.clock(day, 23, 30)?;
        let chief = self.person(CHIEF).await?;
        let owed = self.owed(&chief, payments).await?;
        let mut lines = String::from(lines::PAYMENT_COLUMNS);
        for payment in payments {
            let supply_no = &self.accounts[payment.at].supply_no;
            let fen = match payment.paid {
                Paid::Fen(fen) => fen,
                Paid::AllOwed => owed.get(supply_no).copied().unwrap_or(0),
            };
            // Paid already, when a filling that was cut off comes by again.
            if fen > 0 {
                lines::payment_line(&mut lines, supply_no, day, fen, payment);
            }
        }
        let importer = PaymentImport { house: self.bureau.house.clone() };
        self.import(&importer, &chief, &format!("payments-{day}.csv"), &lines).await.map(drop)
    }

    async fn owed(&self, ctx: &Ctx, payments: &[Payment]) -> Result<HashMap<String, i64>> {
        /// As many accounts as one may ask about at once.
        const ASKED: usize = 50;
        let late = payments.iter().filter(|payment| payment.paid == Paid::AllOwed);
        let mut numbers: Vec<String> = late.map(|payment| self.accounts[payment.at].supply_no.clone()).collect();
        numbers.sort();
        numbers.dedup();
        let mut owed = HashMap::new();
        let tx = self.bureau.house.db.read().await?;
        for some in numbers.chunks(ASKED) {
            let quote = payment::quote(&tx, ctx, &self.bureau.house.packs, some).await?;
            for (account, due) in &quote.accounts {
                owed.insert(account.point.supply_no.clone(), due.due().fen());
            }
        }
        tx.rollback().await?;
        Ok(owed)
    }
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
