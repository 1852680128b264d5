//! Cashiers who take money over HTTP, each from one customer after the other, with or without a month being billed
//! in the same server meanwhile.

pub mod file;
pub mod floor;
mod meanwhile;
pub mod proof;
mod store;

pub use store::{bills, everybody, last_receipt};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use business::billing::{self, AccountFinding, Desk};
use business::run::RunScope;
use clap::Args;
use kernel::Money;
use platform::access;
use platform::jobs::Unwatched;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::http::{Client, Refused, text};
use crate::month::Officers;
use crate::place::{Place, month, settle};
use crate::report::{Latencies, Measured};
use crate::residents;
use crate::serve::Server;
use crate::staff::{self, Hired, Post};

/// Of a cashier whose customer is being billed at that moment.
const ATTEMPTS: u32 = 5;

#[derive(Args)]
pub struct Wish {
    /// Cashiers, each with one connection.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How long they work at most.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The server bills the other half of the month meanwhile; see `bill-half`. The cashiers stop when it has.
    #[arg(long)]
    while_billing: bool,
}

/// Bills the accounts of every other station.
pub async fn bill_half(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let (ctx, cycle) = (bureau.house.operator(), month()?);
    let mut desk = Desk { finding: &mut |_: &AccountFinding| Ok(()), watch: &mut Unwatched };
    for station in stations(&bureau).await?.into_iter().step_by(2) {
        let scope = RunScope { station: Some(station), ..RunScope::default() };
        billing::trial(&bureau, &ctx, cycle, &scope, &mut desk).await?;
        billing::issue(&bureau, &ctx, cycle, &scope, false, &mut desk).await?;
    }
    Ok(bureau.house.db.close().await?)
}

pub async fn stations(bureau: &business::Bureau) -> Result<Vec<String>> {
    let units = access::people::units(&bureau.house.db.read().await?, &bureau.house.operator()).await?;
    Ok(units.into_iter().filter(|(_, parent)| parent.is_some()).map(|(code, _)| code).collect())
}

pub async fn run(place: &Place, wish: &Wish) -> Result<()> {
    let opened = Opened::of(place, wish).await?;
    let server = Server::of(place).await?;
    let mut cashiers = staff::sign_in(&opened.cashiers, server.address).await?;
    for (at, cashier) in cashiers.iter_mut().enumerate() {
        let key = format!("till-{}-{at}", opened.run);
        cashier.post("/api/till", Some(&key), &json!({ "change": "500.00" })).await?;
    }
    let hall = Arc::new(Hall {
        accounts: opened.owing,
        next: AtomicUsize::new(0),
        ending: AtomicBool::new(false),
        run: opened.run,
    });
    let officers = staff::sign_in(&opened.officers, server.address).await?;
    let ready_mb = server.peak_mb()?;
    let month = if wish.while_billing {
        Some(meanwhile::begin(Officers::of(officers)?, Arc::clone(&hall)).await?)
    } else {
        None
    };
    let begun = Instant::now();
    let paid = work(&hall, cashiers, Duration::from_secs(wish.seconds)).await?;
    let time = begun.elapsed();
    let meanwhile = match month {
        Some(month) => month.end().await?,
        None => json!(null),
    };
    let peak_mb = server.peak_mb()?;
    server.end().await?;
    proof::prove(place, &opened.last_receipt, &paid).await?;
    let mut line = report(opened.engine, wish, &paid, time)?;
    line["peak_mb"] = json!(peak_mb);
    // When everybody had signed in, and nobody had paid.
    line["ready_mb"] = json!(ready_mb);
    line["meanwhile"] = meanwhile;
    println!("{line}");
    Ok(())
}

/// What is made ready before the server is started.
struct Opened {
    /// The supply numbers of those who owe, in an order of chance.
    owing: Vec<String>,
    /// The last receipt of those who paid before.
    last_receipt: String,
    cashiers: Vec<Hired>,
    officers: Vec<Hired>,
    /// What the keys of this run begin with.
    run: String,
    engine: &'static str,
}

impl Opened {
    async fn of(place: &Place, wish: &Wish) -> Result<Opened> {
        let bureau = place.open().await?;
        let stations = stations(&bureau).await?;
        let station = stations.iter().step_by(2).cycle();
        let cashier = |(at, unit): (usize, &String)| {
            let (login, unit) = (format!("cashier-{at}"), unit.clone());
            Post { login, role: "cashier", unit }
        };
        let cashiers = staff::hire(&bureau, (0..wish.clients).zip(station).map(cashier).collect()).await?;
        let officer = |role: &'static str| Post { login: role.to_owned(), role, unit: access::BUREAU.to_owned() };
        let officers = if wish.while_billing { vec!["billing-officer", "billing-approver"] } else { Vec::new() };
        let officers = staff::hire(&bureau, officers.into_iter().map(officer).collect()).await?;
        settle(&bureau).await?;
        let tx = bureau.house.db.read().await?;
        let mut owing = store::owing(&tx).await?;
        ensure!(!owing.is_empty(), "nobody owes anything: bill the month first");
        owing.shuffle(&mut residents::random());
        let last_receipt = last_receipt(&tx).await?;
        drop(tx);
        let engine = bureau.house.db.engine().name();
        bureau.house.db.close().await?;
        let run = format!("{:08x}", rand::rng().random::<u32>());
        Ok(Opened { owing, last_receipt, cashiers, officers, run, engine })
    }
}

/// Where the cashiers sit.
struct Hall {
    accounts: Vec<String>,
    next: AtomicUsize,
    ending: AtomicBool,
    run: String,
}

/// A payment that was acknowledged.
pub struct Paid {
    pub supply_no: String,
    pub receipt_no: String,
    pub amount: Money,
    /// How long the customer waited to be told what he owes, and for his receipt, in microseconds.
    pub told_after: u32,
    pub taken_after: u32,
}

async fn work(hall: &Arc<Hall>, cashiers: Vec<Client>, most: Duration) -> Result<Vec<Paid>> {
    let mut all = JoinSet::new();
    let bell = tokio::spawn({
        let hall = Arc::clone(hall);
        async move {
            tokio::time::sleep(most).await;
            hall.ending.store(true, Ordering::Relaxed);
        }
    });
    for cashier in cashiers {
        all.spawn(sit(cashier, Arc::clone(hall)));
    }
    let mut paid = Vec::new();
    while let Some(done) = all.join_next().await {
        paid.extend(done??);
    }
    bell.abort();
    ensure!(!paid.is_empty(), "nobody paid");
    if hall.next.load(Ordering::Relaxed) >= hall.accounts.len() {
        eprintln!("everybody has paid before the time was over: prepare more customers");
    }
    Ok(paid)
}

async fn sit(mut cashier: Client, hall: Arc<Hall>) -> Result<Vec<Paid>> {
    let mut paid = Vec::new();
    while !hall.ending.load(Ordering::Relaxed) {
        let Some(supply_no) = hall.accounts.get(hall.next.fetch_add(1, Ordering::Relaxed)) else { break };
        let taken = take(&mut cashier, &format!("{}-{supply_no}", hall.run), supply_no).await?;
        paid.push(taken.with_context(|| format!("{supply_no} owes nothing any more"))?);
    }
    Ok(paid)
}

/// What is due is asked, as the page at the counter does, and then taken; asked again where a bill has come in between.
/// Nothing where nothing is owed.
pub async fn take(cashier: &mut Client, key: &str, supply_no: &str) -> Result<Option<Paid>> {
    let mut told_after = 0;
    for attempt in 0..ATTEMPTS {
        let told = cashier.post("/api/payments/quote", None, &json!({ "supply_nos": [supply_no] })).await?;
        told_after += told.micros();
        let quote = told.json()?;
        let (digest, total) = (text(&quote, "digest")?, text(&quote, "total")?);
        let amount = Money::parse_yuan(total).ok().context("an amount")?;
        if amount == Money::ZERO {
            return Ok(None);
        }
        let wish = json!({ "supply_nos": [supply_no], "digest": digest, "amount": total, "method": "cash" });
        let taken = match cashier.post("/api/payments", Some(&format!("pay-{key}-{attempt}")), &wish).await {
            Err(error) if Refused::is(&error, "payment.changed") => continue,
            taken => taken?,
        };
        let receipt_no = text(&taken.json()?, "receipt_no")?.to_owned();
        let supply_no = supply_no.to_owned();
        return Ok(Some(Paid { supply_no, receipt_no, amount, told_after, taken_after: taken.micros() }));
    }
    bail!("what {supply_no} owes changes each time that somebody looks")
}

fn report(engine: &'static str, wish: &Wish, paid: &[Paid], time: Duration) -> Result<Value> {
    let answers = Latencies(paid.iter().map(|paid| paid.taken_after).collect());
    let mut quotes = Latencies(paid.iter().map(|paid| paid.told_after).collect());
    let bench = if wish.while_billing { "pay-while-billing" } else { "pay" };
    let measured = Measured { bench, engine, work: paid.len() as u64, time, answers: Some(answers) };
    let (mut line, quotes) = (measured.line()?, quotes.sorted());
    line["clients"] = json!(wish.clients);
    line["quote_p50_ms"] = json!(quotes.percentile(50));
    line["quote_p99_ms"] = json!(quotes.percentile(99));
    Ok(line)
}
