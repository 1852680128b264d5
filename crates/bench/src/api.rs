//! What the pages at the counter ask, on a bureau that has been billed.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::header;
use clap::Args;
use platform::access;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use crate::clock;
use crate::http::{Answer, Client};
use crate::pay;
use crate::place::{Place, settle};
use crate::report::{Latencies, Measured};
use crate::residents;
use crate::serve::Server;
use crate::staff::{self, Hired, Post};

#[derive(Args)]
pub struct Wish {
    /// Clerks, each in a browser of his own.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

/// Clerks who ask for the summary of one customer after the other, as fast as they are answered.
pub async fn summary(place: &Place, wish: &Wish) -> Result<()> {
    let opened = Opened::of(place, wish).await?;
    let server = Server::of(place).await?;
    let clerks = staff::sign_in(&opened.clerks, server.address).await?;
    let paths = opened.customers.iter().map(|supply_no| format!("/api/usage-points/{supply_no}/summary")).collect();
    let asked = at_full_speed(clerks, paths, wish.seconds).await?;
    asked.report("api-summary", opened.engine, server).await
}

/// The same clerks, and a server that only answers so many bytes.
pub async fn floor(bytes: usize, wish: &Wish) -> Result<()> {
    let server = Server::bare(bytes).await?;
    let mut clerks = Vec::new();
    for desk in 1..=wish.clients {
        let mut clerk = Client::at_desk(desk, server.address).await?;
        clerk.keep_session(&"0".repeat(64))?;
        clerks.push(clerk);
    }
    let paths = vec!["/api/usage-points/3300000000/summary".to_owned()];
    let asked = at_full_speed(clerks, paths, wish.seconds).await?;
    asked.report("api-floor", "none", server).await
}

/// Answers so many bytes whatever is asked, and does nothing else.
pub async fn bare(bytes: usize, listen: SocketAddr) -> Result<()> {
    let body = axum::body::Bytes::from(vec![b' '; bytes]);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let mut asked_to_end = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, Router::new().fallback(answer)) => Ok(served?),
        _ = asked_to_end.recv() => Ok(()),
    }
}

struct Opened {
    customers: Vec<String>,
    clerks: Vec<Hired>,
    engine: &'static str,
}

impl Opened {
    async fn of(place: &Place, wish: &Wish) -> Result<Opened> {
        let bureau = place.open().await?;
        let clerk = |at: usize| Post { login: format!("clerk-{at}"), role: "cashier", unit: access::BUREAU.to_owned() };
        let clerks = staff::hire(&bureau, (0..wish.clients).map(clerk).collect()).await?;
        settle(&bureau).await?;
        let customers = pay::everybody(&bureau.house.db.read().await?).await?;
        ensure!(!customers.is_empty(), "there are no customers");
        let engine = bureau.house.db.engine().name();
        bureau.house.db.close().await?;
        Ok(Opened { customers, clerks, engine })
    }
}

/// What was asked, and how it was answered.
struct Asked {
    time: Duration,
    answers: Latencies,
    bytes: usize,
}

async fn at_full_speed(clerks: Vec<Client>, paths: Vec<String>, seconds: u32) -> Result<Asked> {
    let (paths, begun) = (Arc::new(paths), Instant::now());
    let until = begun + Duration::from_secs(seconds.into());
    let mut all = JoinSet::new();
    for (at, mut clerk) in (0_u64..).zip(clerks) {
        let paths = Arc::clone(&paths);
        all.spawn(async move {
            let (mut random, mut times, mut bytes) = (SmallRng::seed_from_u64(at), Vec::new(), 0);
            while Instant::now() < until {
                let answer = clerk.get(&paths[random.random_range(0..paths.len())]).await?;
                bytes += answer.body.len();
                times.push(answer.micros());
            }
            anyhow::Ok((times, bytes))
        });
    }
    let (mut answers, mut bytes) = (Latencies::default(), 0);
    while let Some(done) = all.join_next().await {
        let (times, read) = done??;
        answers.0.extend(times);
        bytes += read;
    }
    let time = begun.elapsed();
    let bytes = bytes / answers.0.len().max(1);
    Ok(Asked { time, answers, bytes })
}

impl Asked {
    async fn report(self, bench: &'static str, engine: &'static str, server: Server) -> Result<()> {
        let Asked { time, answers, bytes } = self;
        let measured = Measured { bench, engine, work: answers.0.len() as u64, time, answers: Some(answers) };
        let mut line = measured.line()?;
        line["peak_mb"] = json!(server.peak_mb()?);
        // Of one answer, or of all answers of a page, on average.
        line["bytes"] = json!(bytes);
        server.end().await?;
        println!("{line}");
        Ok(())
    }
}

#[derive(Args)]
pub struct Pages {
    #[command(flatten)]
    wish: Wish,
    /// Pages that are opened each second, at times fixed beforehand.
    #[arg(long, default_value_t = 200)]
    per_second: u32,
}

/// Customers' pages that are opened by the clock, each counted to its last answer.
pub async fn pages(place: &Place, wish: &Pages) -> Result<()> {
    let opened = Opened::of(place, &wish.wish).await?;
    let server = Server::of(place).await?;
    let hall = Arc::new(Hall::of(&opened.clerks, server.address).await?);
    let mut random = residents::random();
    let open = || {
        let supply_no = opened.customers[random.random_range(0..opened.customers.len())].clone();
        let hall = Arc::clone(&hall);
        async move { hall.open(&supply_no).await }
    };
    let clock::Asked { time, latencies, answers } = clock::ask(wish.wish.seconds, wish.per_second, open).await?;
    let bytes = answers.iter().sum::<usize>() / answers.len().max(1);
    Asked { time, answers: latencies, bytes }.report("api-page", opened.engine, server).await
}

/// Clerks who wait for somebody to come.
struct Hall {
    free: Semaphore,
    browsers: Mutex<VecDeque<Browser>>,
}

impl Hall {
    async fn of(clerks: &[Hired], server: SocketAddr) -> Result<Hall> {
        let mut browsers = VecDeque::new();
        for (desk, clerk) in (1..).zip(clerks) {
            browsers.push_back(Browser::at(desk, clerk, server).await?);
        }
        Ok(Hall { free: Semaphore::new(browsers.len()), browsers: Mutex::new(browsers) })
    }

    async fn open(&self, supply_no: &str) -> Result<usize> {
        let _free = self.free.acquire().await?;
        let mut browser = self.browsers.lock().await.pop_front().context("a free browser")?;
        let bytes = browser.open(supply_no).await;
        self.browsers.lock().await.push_back(browser);
        bytes
    }
}

/// As many connections as a browser makes to one server.
pub struct Browser([Client; 6]);

impl Browser {
    /// The names of tariffs and banks are asked once: every page that shows them goes by the same answer for minutes.
    pub async fn at(desk: usize, clerk: &Hired, server: SocketAddr) -> Result<Browser> {
        let mut connections = vec![clerk.sign_in(desk, server).await?];
        while connections.len() < 6 {
            connections.push(connections[0].another(desk, server).await?);
        }
        for names in ["/api/tariffs", "/api/debit-banks"] {
            connections[0].get(names).await?;
        }
        Ok(Browser(connections.try_into().ok().context("six connections")?))
    }

    /// Asks what `web/src/pages/customers` asks for its first view: the summary; then, beside each other, the parts below
    /// it. Whether there are other usage points of the customer is told by the summary.
    pub async fn open(&mut self, supply_no: &str) -> Result<usize> {
        let [first, archive, mandate, network, meters, siblings] = &mut self.0;
        let point = format!("/api/usage-points/{supply_no}");
        let part = |name: &str| format!("{point}/{name}");
        let top = first.get(&part("summary")).await?;
        let has_siblings = top.json()?["siblings"] != 0;
        let (network_at, meters_at, siblings_at) = (part("network"), part("meters"), part("siblings"));
        let mandates = format!("/api/mandates?supply_no={supply_no}&state=live&limit=1");
        let others = async { if has_siblings { siblings.get(&siblings_at).await.map(Some) } else { Ok(None) } };
        let (archive, mandate, network, meters, others) = tokio::try_join!(
            archive.get(&point),
            mandate.get(&mandates),
            network.get(&network_at),
            meters.get(&meters_at),
            others
        )?;
        let size = |answer: &Answer| answer.body.len();
        Ok([top, archive, mandate, network, meters].iter().chain(&others).map(size).sum())
    }
}
