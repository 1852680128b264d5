//! The server killed under the cashiers' hands: each takes payments one after the other and, when the
//! server dies over one, sends the same again under the same key until it is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::bureau::Bureau;
use crate::http::{self, Answer};
use crate::postgres::free_port;
use crate::rng::Rng;

use super::Blows;
use super::harm::{Harm, Kind};

const CASHIERS: usize = 4;
/// How long the server works at most before the next blow.
const LONGEST_MS: u64 = 400;
/// An answer that has not come by then will not come.
const PATIENCE: Duration = Duration::from_secs(120);
const LAST_LINES: usize = 30;
const PASSWORD: &str = "correct horse battery";

/// What became of the counter.
pub struct Outcome {
    /// A hit cut somebody's payment off.
    pub blows: Blows,
    pub payments: usize,
    /// Payments that were sent more than once.
    pub repeated: usize,
}

/// Kills the server of a bureau that has bills, so many times, while its cashiers work.
pub fn siege(bureau: &Bureau, kills: usize, seed: u64) -> Result<Outcome> {
    let mut kill = |server: &mut Server, _: usize| {
        server.kill()?;
        server.start()
    };
    let scene = Scene { login: "li.na", dressing: Dressing::default() };
    besieged(bureau, kills, seed, &scene, &mut kill)
}

/// Deals so many blows to the server of a bureau, or to what it rests on, while its cashiers work.
pub fn besieged(bureau: &Bureau, blows: usize, seed: u64, scene: &Scene, blow: &mut Blow) -> Result<Outcome> {
    let before = on_record(bureau)?;
    let mut server = Server::of(bureau, &scene.dressing)?;
    let customers = bureau.table("customers", None)?;
    let accounts: Vec<&str> = customers.select(["supply_no"])?.into_iter().map(|[number]| number).collect();
    let hall = Hall {
        address: server.address,
        token: signed_in(bureau, server.address, scene.login)?,
        ending: AtomicBool::new(false),
        taken: AtomicU64::new(0),
        cut_off: AtomicU64::new(0),
    };
    let worked = thread::scope(|scope| {
        let cashiers: Vec<_> = (0..CASHIERS)
            .map(|at| {
                let own: Vec<&str> = accounts.iter().skip(at).step_by(CASHIERS).copied().collect();
                let (hall, rng) = (&hall, Rng::new(seed.wrapping_add(1 + at as u64)));
                scope.spawn(move || hall.work(at, &own, rng))
            })
            .collect();
        let hits = dealt(&mut server, &hall, Rng::new(seed), blows, blow);
        hall.ending.store(true, Ordering::Relaxed);
        let paid: Result<Vec<Vec<Paid>>> = cashiers
            .into_iter()
            .map(|cashier| cashier.join().unwrap_or_else(|_| bail!("a cashier has panicked")))
            .collect();
        Ok::<_, anyhow::Error>((paid?.into_iter().flatten().collect::<Vec<_>>(), hits?))
    });
    let (paid, hits) = worked.with_context(|| format!("the server said last:\n{}", server.last_said()))?;
    let mut harms = Vec::new();
    for paid in &paid {
        harms.extend(hall.ask_again(paid)?);
    }
    server.kill()?;
    let mut new = on_record(bureau)?;
    new.retain(|receipt_no, _| !before.contains_key(receipt_no));
    harms.extend(differences(&paid, &new));
    let repeated = paid.iter().filter(|paid| paid.sent > 1).count();
    Ok(Outcome { blows: Blows { kills: blows, hits, harms }, payments: paid.len(), repeated })
}

/// What is done to a server at work; the number tells which blow it is.
pub type Blow<'b> = dyn FnMut(&mut Server, usize) -> Result<()> + 'b;

/// Who sits at the counter, and in what its server is started.
pub struct Scene {
    /// A person that the bureau does not have yet.
    pub login: &'static str,
    pub dressing: Dressing,
}

/// In what a server is started: a program that starts it, and its surroundings.
#[derive(Default)]
pub struct Dressing {
    pub program: Vec<String>,
    pub env: Vec<(String, String)>,
}

impl Dressing {
    pub fn put_on(&self, bare: &Command) -> Command {
        let mut command = match self.program.split_first() {
            Some((program, args)) => {
                let mut command = Command::new(program);
                command.args(args).arg(bare.get_program());
                command
            }
            None => Command::new(bare.get_program()),
        };
        command.args(bare.get_args()).stdin(Stdio::null());
        if let Some(dir) = bare.get_current_dir() {
            command.current_dir(dir);
        }
        for (name, value) in bare.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Each blow falls while payments come in. Tells how many cut a payment off.
fn dealt(server: &mut Server, hall: &Hall, mut rng: Rng, blows: usize, blow: &mut Blow) -> Result<usize> {
    let mut hits = 0;
    for at in 0..blows {
        hall.wait_for_a_payment()?;
        thread::sleep(Duration::from_millis(rng.between(0, LONGEST_MS)));
        let before = hall.cut_off.load(Ordering::Relaxed);
        blow(server, at)?;
        hits += usize::from(hall.cut_off.load(Ordering::Relaxed) > before);
    }
    hall.wait_for_a_payment()?;
    Ok(hits)
}

/// A payment that was acknowledged.
struct Paid {
    key: String,
    wish: String,
    fen: u64,
    receipt_no: String,
    sent: u32,
}

/// Where the cashiers sit.
struct Hall {
    address: SocketAddr,
    token: String,
    ending: AtomicBool,
    taken: AtomicU64,
    /// Payments whose server died before it answered.
    cut_off: AtomicU64,
}

impl Hall {
    fn work(&self, cashier: usize, accounts: &[&str], mut rng: Rng) -> Result<Vec<Paid>> {
        let mut all = Vec::new();
        for at in 0.. {
            if self.ending.load(Ordering::Relaxed) {
                break;
            }
            let (account, fen) = (*rng.pick(accounts), rng.between(1, 99_999));
            let quote =
                self.ask_until_heard("/api/payments/quote", "", &format!(r#"{{"supply_nos":["{account}"]}}"#))?.0;
            ensure!(quote.status == 200, "no quote: {} {}", quote.status, quote.body);
            let (digest, amount) = (quote.text("digest").context("a quote without a digest")?, yuan(fen));
            let wish = format!(
                r#"{{"supply_nos":["{account}"],"digest":"{digest}","amount":"{amount}","method":"cash","prepay_to":"{account}"}}"#
            );
            let key = format!("cashier-{cashier}-{at}");
            let (answer, sent) = self.ask_until_heard("/api/payments", &key, &wish)?;
            // At midnight a day's late charge is added: the cashier asks what is due now, and begins anew.
            if answer.text("code") == Some("payment.changed") {
                continue;
            }
            let receipt_no = receipt(&answer)?;
            self.taken.fetch_add(1, Ordering::Relaxed);
            all.push(Paid { key, wish, fen, receipt_no, sent });
        }
        Ok(all)
    }

    /// Sends the same until an answer is heard to its end; tells how often it may have arrived.
    fn ask_until_heard(&self, path: &str, key: &str, wish: &str) -> Result<(Answer, u32)> {
        let (token, begun, mut sent) = (format!("Bearer {}", self.token), Instant::now(), 0);
        while begun.elapsed() < PATIENCE {
            let headers = [("authorization", token.as_str()), ("idempotency-key", key)];
            match http::ask(self.address, "POST", path, &headers[..1 + usize::from(!key.is_empty())], wish) {
                Ok(answer) if answer.text("code") == Some("idempotency.running") => sent += 1,
                // Not possible just now, it says, and nothing is done twice.
                Ok(answer) if answer.status == 503 && answer.text("code").is_some_and(passes) => {
                    sent += 1;
                    self.cut_off.fetch_add(u64::from(!key.is_empty()), Ordering::Relaxed);
                }
                Ok(answer) => return Ok((answer, sent + 1)),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => {
                    sent += 1;
                    self.cut_off.fetch_add(u64::from(!key.is_empty()), Ordering::Relaxed);
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("{path} {key} was not answered within {} s", PATIENCE.as_secs())
    }

    fn wait_for_a_payment(&self) -> Result<()> {
        let (before, begun) = (self.taken.load(Ordering::Relaxed), Instant::now());
        while self.taken.load(Ordering::Relaxed) == before {
            ensure!(begun.elapsed() < PATIENCE, "no payment comes in any more");
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// What was acknowledged once is answered by the same receipt for ever.
    fn ask_again(&self, paid: &Paid) -> Result<Option<Harm>> {
        let (answer, _) = self.ask_until_heard("/api/payments", &paid.key, &paid.wish)?;
        let same = receipt(&answer).is_ok_and(|receipt_no| receipt_no == paid.receipt_no);
        let message = || format!("{} was {}, asked again it is {}", paid.key, paid.receipt_no, answer.body);
        Ok((!same).then(|| Harm::new(Kind::Lost, message())))
    }
}

fn passes(code: &str) -> bool {
    ["storage.full", "database.away", "database.busy"].contains(&code)
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn receipt(answer: &Answer) -> Result<String> {
    ensure!(answer.status == 200, "a payment was answered by {} {}", answer.status, answer.body);
    Ok(answer.text("receipt_no").context("a payment without a receipt")?.to_owned())
}

/// The session of a new cashier.
fn signed_in(bureau: &Bureau, server: SocketAddr, login: &str) -> Result<String> {
    let once = bureau.must(&["admin", "person", login, "--role", "cashier"])?.stdout.trim().to_owned();
    let session = format!(r#"{{"login":"{login}","password":"{once}"}}"#);
    let session = http::ask(server, "POST", "/api/session", &[], &session)?;
    let token = session.text("token").with_context(|| format!("no session: {}", session.body))?;
    let (bearer, change) = (format!("Bearer {token}"), format!(r#"{{"old":"{once}","new":"{PASSWORD}"}}"#));
    let changed = http::ask(server, "POST", "/api/session/password", &[("authorization", bearer.as_str())], &change)?;
    ensure!(changed.status == 204, "the password was not changed: {}", changed.body);
    Ok(token.to_owned())
}

/// Amounts of the counter's payments by receipt.
fn on_record(bureau: &Bureau) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for [channel, receipt_no, amount] in bureau.table("payments", None)?.select(["channel", "receipt_no", "amount"])? {
        if channel == "counter" {
            *found.entry(receipt_no.to_owned()).or_default() += amount.replace('.', "").parse::<u64>()?;
        }
    }
    Ok(found)
}

/// One payment for each key, of its amount, and no other.
fn differences(paid: &[Paid], on_record: &BTreeMap<String, u64>) -> Vec<Harm> {
    let (mut harms, mut acknowledged) = (Vec::new(), BTreeSet::new());
    for paid in paid {
        let Paid { key, receipt_no, fen, .. } = paid;
        match on_record.get(receipt_no) {
            None => harms.push(Harm::new(Kind::Lost, format!("{key} was acknowledged as {receipt_no}"))),
            Some(found) if found != fen => {
                harms.push(Harm::new(Kind::Other, format!("{receipt_no} is {}, paid {}", yuan(*found), yuan(*fen))));
            }
            Some(_) => {}
        }
        if !acknowledged.insert(receipt_no) {
            harms.push(Harm::new(Kind::Lost, format!("{key} got the receipt {receipt_no} of another payment")));
        }
    }
    let unasked = on_record.keys().filter(|receipt_no| !acknowledged.contains(receipt_no));
    harms.extend(unasked.map(|receipt_no| Harm::new(Kind::Doubled, format!("no key asked for {receipt_no}"))));
    harms
}

/// A serving process. Dropped, it is ended.
pub struct Server<'a> {
    bureau: &'a Bureau,
    dressing: &'a Dressing,
    address: SocketAddr,
    child: Child,
    logs: TempDir,
}

impl<'a> Server<'a> {
    fn of(bureau: &'a Bureau, dressing: &'a Dressing) -> Result<Server<'a>> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let logs = tempfile::tempdir()?;
        let child = serving(bureau, dressing, address, &logs)?;
        let mut server = Server { bureau, dressing, address, child, logs };
        server.wait_until_ready()?;
        Ok(server)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server says by its health that `check` is so; tells the whole of it.
    pub fn wait_for_health(&self, check: &str, status: &str) -> Result<Answer> {
        let (begun, wanted) = (Instant::now(), format!(r#"{{"name":"{check}","status":"{status}""#));
        while begun.elapsed() < PATIENCE {
            if let Ok(answer) = http::ask(self.address, "GET", "/healthz", &[], "")
                && answer.body.contains(&wanted)
            {
                return Ok(answer);
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("the server does not say that {check} is {status}")
    }

    fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        self.child = serving(self.bureau, self.dressing, self.address, &self.logs)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.child.try_wait()?.is_none() {
            if http::ask(self.address, "GET", "/healthz", &[], "").is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("the server did not start:\n{}", self.last_said())
    }

    fn last_said(&self) -> String {
        let log = fs::read_to_string(self.logs.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // It may be dead already; either way it is waited for, so that no zombie stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serving(bureau: &Bureau, dressing: &Dressing, address: SocketAddr, logs: &TempDir) -> Result<Child> {
    let log = File::create(logs.path().join("log"))?;
    let mut command = dressing.put_on(&bureau.command(&["serve", "--listen", &address.to_string()])?);
    command.env("RUST_LOG", "warn").stdout(log.try_clone()?).stderr(log);
    command.spawn().context("cannot start gridhall serve")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(key: &str, receipt_no: &str, fen: u64) -> Paid {
        Paid { key: key.to_owned(), wish: String::new(), fen, receipt_no: receipt_no.to_owned(), sent: 1 }
    }

    #[test]
    fn each_key_must_have_its_own_payment_and_no_payment_may_be_without_a_key() {
        let record: BTreeMap<String, u64> = [("r1".to_owned(), 100), ("r2".to_owned(), 5)].into();
        let kinds = |paid: &[Paid]| differences(paid, &record).iter().map(|harm| harm.kind).collect::<Vec<_>>();
        assert_eq!(kinds(&[paid("a", "r1", 100), paid("b", "r2", 5)]), []);
        assert_eq!(kinds(&[paid("a", "r1", 100)]), [Kind::Doubled]);
        assert_eq!(kinds(&[paid("a", "r1", 100), paid("b", "r2", 5), paid("c", "r3", 7)]), [Kind::Lost]);
        assert_eq!(kinds(&[paid("a", "r1", 100), paid("b", "r1", 100), paid("c", "r2", 5)]), [Kind::Lost]);
        assert_eq!(kinds(&[paid("a", "r1", 101), paid("b", "r2", 5)]), [Kind::Other]);
    }

    #[test]
    fn fen_are_written_as_yuan() {
        assert_eq!([5, 100, 99_999].map(yuan), ["0.05", "1.00", "999.99"]);
    }
}
