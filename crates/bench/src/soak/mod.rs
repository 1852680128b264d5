//! A server at work for long: cashiers by the clock, readings that are imported while another station is billed,
//! customers' pages, all at once. Whether memory and answers stay flat is told by the first and the last quarter.

mod months;
mod watch;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use business::proof;
use clap::Args;
use platform::access;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::Browser;
use crate::clock::{self, Pace};
use crate::http::Client;
use crate::month::Officers;
use crate::pay::{self, proof::Sum};
use crate::place::{Place, settle};
use crate::residents;
use crate::serve::Server;
use crate::staff::{self, Hired, Post};
use months::{Months, Work};
use watch::Watch;

#[derive(Args)]
pub struct Wish {
    /// Residents of the city, as it was prepared.
    #[arg(long)]
    customers: u64,
    #[arg(long, default_value_t = 3600)]
    seconds: u32,
    /// Payments that begin each second, with a quote each.
    #[arg(long, default_value_t = 100)]
    payments_per_second: u32,
    /// Customers' pages that are opened each second.
    #[arg(long, default_value_t = 5)]
    pages_per_second: u32,
    /// Cashiers, and half as many clerks who open pages.
    #[arg(long, default_value_t = 32)]
    clients: usize,
}

/// On a bureau whose first month was billed for everybody.
pub async fn run(place: &Place, wish: &Wish) -> Result<()> {
    let months = Months::of(wish);
    // The morning after the last month that could be reached.
    let place = &Place { now: Some(months.now()?), ..place.clone() };
    let opened = Opened::of(place, wish).await?;
    let server = Server::of(place).await?;
    let mut cashiers = staff::sign_in(&opened.cashiers, server.address).await?;
    for (at, cashier) in cashiers.iter_mut().enumerate() {
        let key = format!("till-{}-{at}", opened.run);
        cashier.post("/api/till", Some(&key), &json!({ "change": "500.00" })).await?;
    }
    let mut browsers = Vec::new();
    for (desk, clerk) in (cashiers.len() + 1..).zip(&opened.clerks) {
        browsers.push(Browser::at(desk, clerk, server.address).await?);
    }
    let officers = Officers::of(staff::sign_in(&opened.officers, server.address).await?)?;
    let reader = officers.officer.another(3, server.address).await?;
    let looker = Client::at_desk(0, server.address).await?;

    let payers = usize::try_from(months.length().as_secs())?.max(1) * usize::try_from(wish.payments_per_second)?;
    let (begun, lasts) = (Instant::now(), Duration::from_secs(wish.seconds.into()));
    let watch = RefCell::new(Watch::over(begun, lasts)?);
    let work = RefCell::new(Work::default());
    tokio::try_join!(
        take_money(&opened, payers, cashiers, wish, begun + lasts, &watch),
        open_pages(&opened, browsers, wish, begun + lasts, &watch),
        months.keep_billing(officers, reader, &opened.run, begun + lasts, &work),
        watch::keep_looking(looker, &watch, &work),
    )?;
    let peak_mb = server.peak_mb()?;
    server.end().await?;

    let (watch, work) = (watch.into_inner(), work.into_inner());
    let line = json!({
        "bench": "soak", "engine": opened.engine, "peak_mb": peak_mb,
        "readings": work.readings, "bills": work.bills, "months": work.months,
    });
    let line = watch.report(line);
    prove(place, &opened, watch.paid, work.bills).await?;
    println!("{line}");
    Ok(())
}

/// What is made ready before the server is started.
struct Opened {
    /// The supply numbers of all, in an order of chance.
    customers: Arc<Vec<String>>,
    /// The last receipt of those who paid before.
    last_receipt: String,
    cashiers: Vec<Hired>,
    clerks: Vec<Hired>,
    officers: Vec<Hired>,
    /// What the keys of this run begin with.
    run: String,
    engine: &'static str,
    /// Bills of before.
    bills: u64,
}

impl Opened {
    async fn of(place: &Place, wish: &Wish) -> Result<Opened> {
        let bureau = place.open().await?;
        let stations = pay::stations(&bureau).await?;
        let cashier = |(at, unit): (usize, &String)| {
            let (login, unit) = (format!("cashier-{at}"), unit.clone());
            Post { login, role: "cashier", unit }
        };
        let cashiers = (0..wish.clients).zip(stations.iter().cycle()).map(cashier).collect();
        let at_bureau = |login: String, role| Post { login, role, unit: access::BUREAU.to_owned() };
        let clerks = (0..wish.clients.div_ceil(2)).map(|at| at_bureau(format!("clerk-{at}"), "cashier")).collect();
        let officers = ["billing-officer", "billing-approver"].map(|role| at_bureau(role.to_owned(), role)).into();
        let [cashiers, clerks, officers] = [
            staff::hire(&bureau, cashiers).await?,
            staff::hire(&bureau, clerks).await?,
            staff::hire(&bureau, officers).await?,
        ];
        settle(&bureau).await?;
        let tx = bureau.house.db.read().await?;
        let bills = pay::bills(&tx).await?;
        let mut customers = pay::everybody(&tx).await?;
        ensure!(customers.len() as u64 == wish.customers, "the city has {} residents", customers.len());
        customers.shuffle(&mut residents::random());
        let last_receipt = pay::last_receipt(&tx).await?;
        drop(tx);
        let engine = bureau.house.db.engine().name();
        bureau.house.db.close().await?;
        let run = format!("{:08x}", rand::rng().random::<u32>());
        Ok(Opened { customers: Arc::new(customers), last_receipt, cashiers, clerks, officers, run, engine, bills })
    }
}

fn pace(per_second: u32, wish: &Wish, until: Instant) -> Pace {
    Pace { per_second, turns: u64::from(wish.seconds) * u64::from(per_second), until: Some(until) }
}

/// One customer after the other comes to pay, and comes again when all the others have been there. They are as many as
/// come in the time of a month, so that each owes one month whenever he comes and no payment is more work than the
/// first; the others never come.
async fn take_money(
    opened: &Opened,
    payers: usize,
    cashiers: Vec<Client>,
    wish: &Wish,
    until: Instant,
    watch: &RefCell<Watch>,
) -> Result<()> {
    let pay = |mut cashier: Client, turn: u64| {
        let (customers, key) = (Arc::clone(&opened.customers), format!("{}-{turn}", opened.run));
        async move {
            let supply_no = &customers[usize::try_from(turn)? % payers.min(customers.len())];
            let paid = pay::take(&mut cashier, &key, supply_no).await?;
            anyhow::Ok((cashier, paid))
        }
    };
    let heard = |micros, paid| watch.borrow_mut().paid(micros, paid);
    let pace = pace(wish.payments_per_second, wish, until);
    let begun = clock::keep(cashiers, pace, pay, heard).await?;
    watch.borrow_mut().left = pace.turns - begun;
    Ok(())
}

async fn open_pages(
    opened: &Opened,
    browsers: Vec<Browser>,
    wish: &Wish,
    until: Instant,
    watch: &RefCell<Watch>,
) -> Result<()> {
    let random = RefCell::new(residents::random());
    let open = |mut browser: Browser, _| {
        let at = random.borrow_mut().random_range(0..opened.customers.len());
        let customers = Arc::clone(&opened.customers);
        async move {
            browser.open(&customers[at]).await?;
            anyhow::Ok((browser, ()))
        }
    };
    let pace = pace(wish.pages_per_second, wish, until);
    clock::keep(browsers, pace, open, |micros, ()| watch.borrow_mut().opened(micros)).await.map(drop)
}

/// Nothing that was acknowledged is missing, nothing is there twice, and every bill and sum is right.
async fn prove(place: &Place, opened: &Opened, paid: Sum, bills: u64) -> Result<()> {
    let on_record = Sum::on_record(place, &opened.last_receipt).await?;
    ensure!(
        on_record == paid,
        "{} payments of {} yuan were acknowledged, {} of {} are on record",
        paid.payments,
        paid.amount,
        on_record.payments,
        on_record.amount
    );
    let house = place.open().await?.house;
    let report = proof::verify(&house.db.read().await?, &house.operator(), None, &mut |_| {}).await?;
    let wrong = report.differences.first();
    ensure!(wrong.is_none(), "{} differences: {wrong:?}", report.differences.len());
    let there = report.bills;
    ensure!(there == opened.bills + bills, "{} bills before, {bills} issued, {there} there", opened.bills);
    eprintln!("each of {} payments is on record once, and each of {there} bills is right", paid.payments);
    Ok(house.db.close().await?)
}

fn number(of: &Value, name: &str) -> Result<u64> {
    of[name].as_u64().ok_or_else(|| anyhow::anyhow!("no {name} in {of}"))
}

/// What an import came to: nothing of it may be refused.
fn loaded(outcome: &Value) -> Result<u64> {
    ensure!(number(outcome, "refused")? == 0, "readings were refused: {outcome}");
    number(outcome, "loaded")
}
