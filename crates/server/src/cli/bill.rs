//! `gridhall bill …` and `gridhall reading …`.

use std::path::PathBuf;

use business::billing::{self, AccountFinding, Desk};
use business::run::RunScope;
use business::what_if::{self, Compared, Prices};
use clap::{Args, Subcommand};
use kernel::{Date, Language, Money, Month, Register};
use platform::Result;

use super::desk::{Progress, Report, print};
use super::tariff::packs_below;
use super::{Done, Session, export, parse_date, parse_month, seal};

#[derive(Subcommand)]
pub enum BillCommand {
    /// Say what can be billed; findings are CSV on stdout.
    Plan(Run),
    /// Compute the bills without issuing them; findings are CSV on stdout.
    Trial(Run),
    /// Issue every bill that nothing blocks; the findings of those left are CSV on stdout.
    Issue(Run),
    /// Cancel an account's latest bill.
    Cancel {
        bill_no: String,
        #[arg(long)]
        reason: String,
    },
    /// Say why a bill is what it is.
    Explain { bill_no: String },
    /// Price a month's bills by other price lists, bill by bill as CSV; nothing is kept.
    Compare(Compare),
}

#[derive(Args)]
pub struct Run {
    #[arg(long, value_parser = parse_month)]
    cycle: Month,
    #[arg(long)]
    station: Option<String>,
    #[arg(long)]
    book: Option<String>,
}

#[derive(Args)]
pub struct Compare {
    /// A price list, or a directory of them; tariffs that are not in it are left out.
    #[arg(long)]
    pack: PathBuf,
    #[arg(long, value_parser = parse_month)]
    cycle: Month,
    /// Go by the days from which the versions hold; otherwise the last version is tried as if it had been in force.
    #[arg(long)]
    by_day: bool,
    /// Where the CSV goes, instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Run {
    fn scope(&self) -> RunScope {
        RunScope { station: self.station.clone(), book: self.book.clone(), supply_no: None }
    }
}

#[derive(Subcommand)]
pub enum ReadingCommand {
    /// Void a reading that no issued bill was computed from; the right one can then be imported.
    Void {
        meter_no: String,
        #[arg(value_parser = parse_date)]
        read_on: Date,
        #[arg(value_parser = parse_register)]
        register: Register,
        #[arg(long)]
        reason: String,
    },
}

fn parse_register(word: &str) -> Result<Register, String> {
    Register::from_word(word).ok_or_else(|| "sharp, peak, flat, valley, total, reactive, demand".into())
}

pub async fn run(session: &Session, command: BillCommand) -> Result<Done> {
    match command {
        BillCommand::Plan(run) => plan(session, run).await,
        BillCommand::Trial(run) => trial(session, run).await,
        BillCommand::Issue(run) => issue(session, run).await,
        BillCommand::Cancel { bill_no, reason } => cancel(session, &bill_no, &reason).await,
        BillCommand::Explain { bill_no } => explain(session, &bill_no).await,
        BillCommand::Compare(wish) => compare(session, wish).await,
    }
}

const HEADER: [&str; 4] = ["supply_no", "exception", "blocking", "message"];

fn tell(report: &mut Report, language: Language, found: &AccountFinding) -> Result<()> {
    let finding = &found.finding;
    let blocking = if finding.doubt.blocks() { "yes" } else { "no" };
    report.line(&[&found.supply_no, finding.doubt.word(), blocking, finding.text.in_language(language)])
}

async fn plan(session: &Session, run: Run) -> Result<Done> {
    let bureau = session.bureau().await?;
    let mut report = Report::new(&HEADER);
    let mut finding = |found: &AccountFinding| tell(&mut report, session.language, found);
    let mut progress = Progress::new("accounts");
    let mut desk = Desk { finding: &mut finding, watch: &mut progress };
    let tally = billing::plan(&bureau, &bureau.house.operator(), run.cycle, &run.scope(), &mut desk).await?;
    report.end()?;
    say_tally(session, &tally);
    Ok(Done::Wholly)
}

async fn trial(session: &Session, run: Run) -> Result<Done> {
    let bureau = session.bureau().await?;
    let mut report = Report::new(&HEADER);
    let mut finding = |found: &AccountFinding| tell(&mut report, session.language, found);
    let mut progress = Progress::new("accounts");
    let mut desk = Desk { finding: &mut finding, watch: &mut progress };
    let tally = billing::trial(&bureau, &bureau.house.operator(), run.cycle, &run.scope(), &mut desk).await?;
    report.end()?;
    seal(&bureau).await?;
    say_tally(session, &tally);
    Ok(Done::Wholly)
}

fn say_tally(session: &Session, tally: &billing::Tally) {
    let billing::Tally { accounts, ready, blocked, idle, energy, amount, .. } = tally;
    let zh = format!(
        "待计费 {accounts} 户：可发行 {ready} 户，受阻 {blocked} 户，已无计量 {idle} 户；{energy} 千瓦时，{amount} 元"
    );
    let en = format!(
        "{accounts} accounts to bill: {ready} ready, {blocked} blocked, {idle} without anything left; {energy} kWh, {amount} yuan"
    );
    eprintln!("{}", session.say(&zh, &en));
}

async fn issue(session: &Session, run: Run) -> Result<Done> {
    let bureau = session.bureau().await?;
    let mut report = Report::new(&HEADER);
    let mut finding = |found: &AccountFinding| {
        if found.finding.doubt.blocks() { tell(&mut report, session.language, found) } else { Ok(()) }
    };
    let mut progress = Progress::new("issued");
    let mut desk = Desk { finding: &mut finding, watch: &mut progress };
    let second_person = bureau.house.config.cli.second_person;
    let tally =
        billing::issue(&bureau, &bureau.house.operator(), run.cycle, &run.scope(), second_person, &mut desk).await?;
    report.end()?;
    seal(&bureau).await?;
    let billing::IssueTally { issued, amount, missing, negative, unpriced, undecided, changed } = &tally;
    let left = tally.left();
    let zh = format!(
        "发行 {issued} 户 {amount} 元；余 {left} 户未发行：缺读数 {missing}，倒走 {negative}，无法定价 {unpriced}，期间有变化 {changed}"
    );
    let en = format!(
        "issued {issued} bills, {amount} yuan; {left} left: {missing} missing, {negative} negative, {unpriced} unpriced, {changed} changed meanwhile"
    );
    eprintln!("{}", session.say(&zh, &en));
    if *undecided > 0 {
        let zh = format!("其中 {undecided} 户的读数存疑未复核");
        let en = format!("of these, {undecided} have a doubtful reading that nobody has decided about");
        eprintln!("{}", session.say(&zh, &en));
    }
    Ok(Done::Wholly)
}

async fn cancel(session: &Session, bill_no: &str, reason: &str) -> Result<Done> {
    let bureau = session.bureau().await?;
    let tx = bureau.house.db.write().await?;
    let reversal = business::bill::cancel(&tx, &bureau.house.operator(), bill_no, reason).await?;
    tx.commit().await?;
    seal(&bureau).await?;
    let zh = format!("账单 {bill_no} 已作废，红冲账单 {}，{} 元", reversal.bill_no, reversal.amount);
    let en = format!("bill {bill_no} is cancelled, reversal {}, {} yuan", reversal.bill_no, reversal.amount);
    print(session.say(&zh, &en))?;
    Ok(Done::Wholly)
}

async fn explain(session: &Session, bill_no: &str) -> Result<Done> {
    let bureau = session.bureau().await?;
    let tx = bureau.house.db.read().await?;
    for step in business::bill::explain(&tx, &bureau.house.operator(), bill_no).await? {
        print(step.in_language(session.language))?;
    }
    Ok(Done::Wholly)
}

async fn compare(session: &Session, wish: Compare) -> Result<Done> {
    let bureau = session.bureau().await?;
    let pack = packs_below(session, &wish.pack)?;
    let prices = match wish.by_day {
        true => Prices::by_day(&*bureau.book().await?, &pack),
        false => Prices::to_come(&pack),
    };
    export::note(&bureau, "compare", Some(wish.cycle)).await?;
    let mut report =
        Report::to(wish.out.as_deref(), &["supply_no", "tariff", "amount_now", "amount_new", "difference"])?;
    let mut compared = |one: &Compared| {
        let shown = |amount: Option<Money>| amount.map_or_else(String::new, |amount| amount.to_string());
        let (new, difference) = (shown(one.new.as_ref().ok().copied()), shown(one.difference()));
        report.line(&[&one.supply_no, &one.tariff, &one.now.to_string(), &new, &difference])
    };
    let mut progress = Progress::new("bills");
    let mut desk = what_if::Desk { compared: &mut compared, watch: &mut progress };
    let (tx, ctx) = (bureau.house.db.read().await?, bureau.house.operator());
    let tally = what_if::compare(&tx, &ctx, &prices, wish.cycle, &mut desk).await?;
    report.end()?;
    for (name, group) in tally.by_tariff.iter().chain(&tally.by_station) {
        say_group(session, name, group);
    }
    say_group(session, session.say("合计", "in all"), &tally.all);
    Ok(if tally.all.unpriced == 0 { Done::Wholly } else { Done::InPart })
}

fn say_group(session: &Session, name: &str, group: &what_if::Group) {
    let what_if::Group { bills, now, new, more, less, unpriced } = group;
    let difference = group.difference();
    let zh = format!(
        "{name}：{bills} 张，{now} 元变为 {new} 元，差 {difference} 元；增 {more} 张，减 {less} 张，无法定价 {unpriced} 张"
    );
    let en = format!(
        "{name}: {bills} bills, {now} yuan become {new}, a difference of {difference}; {more} higher, {less} lower, {unpriced} without a price"
    );
    eprintln!("{}", session.say(&zh, &en));
}

pub async fn run_reading(session: &Session, command: ReadingCommand) -> Result<Done> {
    let ReadingCommand::Void { meter_no, read_on, register, reason } = command;
    let bureau = session.bureau().await?;
    let tx = bureau.house.db.write().await?;
    business::bill::void_reading(&tx, &bureau.house.operator(), &meter_no, register, read_on, &reason).await?;
    tx.commit().await?;
    seal(&bureau).await?;
    print(session.say("读数已作废", "the reading is void"))?;
    Ok(Done::Wholly)
}
