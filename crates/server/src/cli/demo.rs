//! `gridhall demo`.

use std::io::{self, Write};

use clap::Args;
use kernel::{Clock, Refusal, Text};
use platform::jobs::Job;
use platform::{Error, Result};

use super::{Done, Session};

#[derive(Args)]
pub struct Arguments {
    /// How many customers the county has.
    #[arg(long, value_parser = clap::value_parser!(u32).range(8..=2_000_000))]
    customers: Option<u32>,
    /// Which county it is: the same seed on the same day makes the same one.
    #[arg(long)]
    seed: Option<u32>,
    /// Do nothing, and say so, where a bureau or the whole demonstration is already.
    #[arg(long)]
    if_empty: bool,
}

const CUSTOMERS: u32 = 20_000;
const SEED: u32 = 1;

pub async fn run(session: &Session, arguments: &Arguments) -> Result<Done> {
    let bureau = session.bureau().await?;
    let job = Job::claim(&bureau.house.db, "demo").await?;
    let outcome = job.end(claimed(session, arguments, &bureau).await).await;
    match outcome {
        Err(Error::Refused(refusal)) if arguments.if_empty && THERE.contains(&refusal.code) => {
            eprintln!("{}", refusal.text.in_language(session.language));
            Ok(Done::Wholly)
        }
        other => other,
    }
}

/// Refusals that say that there is nothing to fill.
const THERE: [&str; 2] = [demo::OWN, COMPLETE];
const COMPLETE: &str = "demonstration.complete";

async fn claimed(session: &Session, arguments: &Arguments, bureau: &business::Bureau) -> Result<Done> {
    let house = &bureau.house;
    let tx = house.db.read().await?;
    let state = demo::state(&tx).await?;
    tx.rollback().await?;
    let (plan, begun) = match state {
        Some(state) if state.complete => return Err(complete().into()),
        Some(state) if differs(arguments, &state.plan) => return Err(another(&state.plan).into()),
        Some(state) => (state.plan, state.begun),
        None => {
            demo::refuse_own(bureau).await?;
            let customers = arguments.customers.unwrap_or(CUSTOMERS) as usize;
            let seed = u64::from(arguments.seed.unwrap_or(SEED));
            (demo::Plan::up_to(house.operator().today, customers, seed), 0)
        }
    };
    let clock = Clock::manual(house.clock.now());
    let bureau = session.bureau_at(clock, plan.ids(begun)).await?;
    demo::fill(&bureau, &plan, &mut Teller { session }).await?;
    Ok(Done::Wholly)
}

fn differs(arguments: &Arguments, plan: &demo::Plan) -> bool {
    arguments.customers.is_some_and(|customers| customers as usize != plan.customers)
        || arguments.seed.is_some_and(|seed| u64::from(seed) != plan.seed)
}

fn complete() -> Refusal {
    Refusal::conflict(
        COMPLETE,
        "演示数据已经装好；如要重新开始，请删除数据目录（或数据库）后再执行",
        "the demonstration is there already; to begin anew, delete the data directory (or the database) and run again",
    )
}

fn another(plan: &demo::Plan) -> Refusal {
    let (customers, seed) = (plan.customers, plan.seed);
    Refusal::conflict(
        "demonstration.other",
        format!(
            "这里中断了一次装入（客户 {customers}，种子 {seed}）；不带参数执行即继续，删除数据目录（或数据库）即重新开始"
        ),
        format!(
            "a filling with {customers} customers and seed {seed} was cut off here: run without arguments to go on, \
             or delete the data directory (or the database) to begin anew"
        ),
    )
}

struct Teller<'a> {
    session: &'a Session,
}

impl demo::Teller for Teller<'_> {
    fn tell(&mut self, done: i32, of: i32, what: &Text) {
        let _ = writeln!(io::stderr(), "{done:>3}/{of} {}", what.in_language(self.session.language));
    }

    fn hand_over(&mut self, filled: &demo::Filled) -> Result<()> {
        tell(self.session, filled)
    }
}

/// The passwords go to stdout, once: nothing keeps them.
fn tell(session: &Session, filled: &demo::Filled) -> Result<()> {
    eprintln!("{}", session.say("演示账号（密码只显示这一次）", "accounts of the demonstration (told only now)"));
    let mut out = io::stdout().lock();
    writeln!(out, "login,password,post")?;
    for (account, password) in &filled.accounts {
        let who = session.say(&account.zh, &account.en);
        writeln!(out, "{},{password},{who}", account.login)?;
    }
    Ok(out.flush()?)
}
