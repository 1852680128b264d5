//! `gridhall bill …`, `gridhall reading …` and `gridhall meter …`.

use std::path::PathBuf;

use business::amendment::{self, Found, ReadingWish};
use business::billing::{self, AccountFinding, Desk};
use business::correction::{self, AccountOrder, Wish};
use business::reading::ReadingKind;
use business::run::RunScope;
use business::what_if::{self, Compared, Months, Prices};
use clap::{ArgGroup, Args, Subcommand};
use kernel::{Date, Language, Month, Register};
use platform::{Fault, Result};

use super::desk::{Progress, Report, print};
use super::tariff::packs_below;
use super::{Done, Session, export, parse_date, parse_month, parse_months, seal};

#[derive(Subcommand)]
pub enum BillCommand {
    /// Say what can be billed; findings are CSV on stdout.
    Plan(Run),
    /// Compute the bills without issuing them; findings are CSV on stdout.
    Trial(Run),
    /// Issue every bill that nothing blocks; the findings of those left are CSV on stdout. Or issue a correction.
    Issue(Issue),
    /// Compute issued bills again by what is known now; those that come out otherwise are CSV on stdout, nothing is issued.
    Rebill(Rebill),
    /// Say which bill stood for a bill's account and month on the evening of a day.
    AsOf {
        bill_no: String,
        #[arg(value_parser = parse_date)]
        on: Date,
    },
    /// Cancel an account's latest bill.
    Cancel {
        bill_no: String,
        #[arg(long)]
        reason: String,
    },
    /// Say why a bill is what it is.
    Explain { bill_no: String },
    /// Price the bills of a month, or of several, by other price lists, bill by bill as CSV; nothing is kept.
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
    /// A month, or up to twelve: `2016-01..2016-12`.
    #[arg(long, value_parser = parse_months)]
    cycle: Months,
    /// Go by the days from which the versions hold; otherwise the last version is tried as if it had been in force.
    #[arg(long)]
    by_day: bool,
    /// Where the CSV goes, instead of stdout.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["cycle", "run"])))]
pub struct Issue {
    #[arg(long, value_parser = parse_month)]
    cycle: Option<Month>,
    #[arg(long)]
    station: Option<String>,
    #[arg(long)]
    book: Option<String>,
    /// Number of a correction, as `bill rebill` told it.
    #[arg(long, conflicts_with_all = ["station", "book"])]
    run: Option<String>,
}

#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true).args(["supply_no", "tariff", "affected"])))]
pub struct Rebill {
    /// Bills that bill this day or later ones.
    #[arg(long, value_parser = parse_date)]
    since: Date,
    /// Why; it stays with the bills that are cancelled.
    #[arg(long)]
    reason: String,
    /// The bills of this account.
    #[arg(long)]
    supply_no: Option<String>,
    /// The bills of all accounts that were billed by this tariff.
    #[arg(long)]
    tariff: Option<String>,
    /// All bills; as for the others, those that come out as they are stay.
    #[arg(long)]
    affected: bool,
    /// Only of this station.
    #[arg(long)]
    station: Option<String>,
    /// Only of this reading book.
    #[arg(long)]
    book: Option<String>,
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
    /// Say what a register showed on a day that is billed already; bills stand until `bill rebill`.
    Amend {
        meter_no: String,
        #[arg(value_parser = parse_date)]
        read_on: Date,
        #[arg(value_parser = parse_register)]
        register: Register,
        value: String,
        #[arg(long, value_parser = parse_kind, default_value = "actual")]
        kind: ReadingKind,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
pub enum MeterCommand {
    /// Say what a meter's multiplier has been since it was installed, or how it counted; bills stand until `bill rebill`.
    Amend(MeterAmendment),
}

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["multiplier", "error", "factor"])))]
pub struct MeterAmendment {
    meter_no: String,
    /// Since it was installed.
    #[arg(long)]
    multiplier: Option<i64>,
    /// In percent, `5` where 105 were counted of 100: for half the time since the last test.
    #[arg(long, requires_all = ["tested_on", "found_on"], allow_negative_numbers = true)]
    error: Option<String>,
    /// The day of the last test.
    #[arg(long, value_parser = parse_date)]
    tested_on: Option<Date>,
    /// Wrong wiring: what was used is so many times what was counted.
    #[arg(long, requires_all = ["since", "found_on"])]
    factor: Option<String>,
    /// The first day of the wrong wiring.
    #[arg(long, value_parser = parse_date)]
    since: Option<Date>,
    /// The last day on which it counted so.
    #[arg(long, value_parser = parse_date)]
    found_on: Option<Date>,
    #[arg(long)]
    reason: String,
}

fn parse_kind(word: &str) -> Result<ReadingKind, String> {
    ReadingKind::from_word(word).ok_or_else(|| "actual, customer, estimated".into())
}

fn parse_register(word: &str) -> Result<Register, String> {
    Register::from_word(word).ok_or_else(|| "sharp, peak, flat, valley, total, reactive, demand".into())
}

pub async fn run(session: &Session, command: BillCommand) -> Result<Done> {
    match command {
        BillCommand::Plan(run) => plan(session, run).await,
        BillCommand::Trial(run) => trial(session, run).await,
        BillCommand::Issue(Issue { run: Some(correction_no), .. }) => issue_correction(session, &correction_no).await,
        BillCommand::Issue(Issue { cycle: Some(cycle), station, book, .. }) => {
            issue(session, Run { cycle, station, book }).await
        }
        BillCommand::Issue(Issue { cycle: None, run: None, .. }) => Err(Fault::impossible("clap asks for one of both")),
        BillCommand::Rebill(wish) => rebill(session, wish).await,
        BillCommand::AsOf { bill_no, on } => as_of(session, &bill_no, on).await,
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
    let billing::IssueTally { issued, amount, missing, negative, unpriced, undecided, held, waiting, changed } = &tally;
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
    if *held + *waiting > 0 {
        let zh = format!("其中 {held} 户暂缓发行，{waiting} 户的异常须先处理");
        let en = format!("of these, {held} are held, and {waiting} have an exception that must be decided about first");
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
    let present = bureau.book().await?;
    let prices = match wish.by_day {
        true => Prices::by_day(&present, &pack),
        false => Prices::to_come(&present, &pack),
    };
    let months = wish.cycle;
    export::note(&bureau, "compare", Some(months)).await?;
    let mut report = Report::to(wish.out.as_deref(), what_if::columns(months))?;
    let mut compared = |one: &Compared| {
        let line = what_if::line(one, months);
        report.line(&line.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mut progress = Progress::new("bills");
    let mut desk = what_if::Desk { compared: &mut compared, watch: &mut progress };
    let tally = what_if::compare(&bureau.house.db, &bureau.house.operator(), &prices, months, &mut desk).await?;
    report.end()?;
    for (name, group) in tally.by_tariff.iter().chain(&tally.by_station) {
        say_group(session, name, group);
    }
    for (month, group) in tally.by_month.iter().filter(|_| months.from != months.to) {
        say_group(session, &month.to_string(), group);
    }
    say_group(session, session.say("合计", "in all"), &tally.all);
    Ok(if tally.all.unpriced == 0 { Done::Wholly } else { Done::InPart })
}

fn say_group(session: &Session, name: &str, group: &what_if::Group) {
    let what_if::Group { bills, now, new, more, less, unpriced, .. } = group;
    let difference = group.difference();
    let zh = format!(
        "{name}：{bills} 张，{now} 元变为 {new} 元，差 {difference} 元；增 {more} 张，减 {less} 张，无法定价 {unpriced} 张"
    );
    let en = format!(
        "{name}: {bills} bills, {now} yuan become {new}, a difference of {difference}; {more} higher, {less} lower, {unpriced} without a price"
    );
    eprintln!("{}", session.say(&zh, &en));
}

async fn rebill(session: &Session, wish: Rebill) -> Result<Done> {
    let bureau = session.bureau().await?;
    let (db, ctx) = (&bureau.house.db, bureau.house.operator());
    let Rebill { since, reason, supply_no, tariff, station, book, out, .. } = wish;
    let mut report = Report::to(
        out.as_deref(),
        &[
            "supply_no",
            "state",
            "from_cycle",
            "bills",
            "kwh_before",
            "kwh_after",
            "before",
            "after",
            "difference",
            "message",
        ],
    )?;
    let tx = db.write().await?;
    let wish = Wish { since, scope: RunScope { station, book, supply_no }, tariff, reason };
    let asked = correction::ask(&tx, &ctx, wish).await?;
    tx.commit().await?;
    let mut progress = Progress::new("accounts");
    let tried = correction::try_bills(&bureau, &ctx, &asked.correction_no, &mut progress).await?;
    let (no, mut after) = (&tried.correction_no, None);
    loop {
        let tx = db.read().await?;
        let rows = correction::accounts(&tx, &ctx, no, None, AccountOrder::SupplyNo, after, 1000).await?;
        let Some(last) = rows.last() else { break };
        after = Some((0, last.supply_no.clone()));
        for row in &rows {
            let obstacles = correction::obstacles(row)?;
            let message: Vec<&str> = obstacles.iter().map(|text| text.in_language(session.language)).collect();
            report.line(&[
                &row.supply_no,
                row.state.word(),
                &row.from_cycle.map_or_else(String::new, |cycle| cycle.to_string()),
                &row.bills.to_string(),
                &row.energy_before.to_string(),
                &row.energy_after.to_string(),
                &row.before.to_string(),
                &row.after.to_string(),
                &row.difference().to_string(),
                &message.join("; "),
            ])?;
        }
    }
    report.end()?;
    seal(&bureau).await?;
    let correction::Sums { looked_at, affected, blocked, bills, before, after } = &tried.sums;
    let difference = tried.sums.difference();
    let zh = format!(
        "更正 {no}：重算 {looked_at} 户，{affected} 户 {bills} 张账单有变，{before} 元变为 {after} 元，差 {difference} 元；{blocked} 户无法重算。发行：gridhall bill issue --run {no}"
    );
    let en = format!(
        "correction {no}: {looked_at} accounts computed again, {affected} with {bills} bills come out otherwise, {before} yuan become {after}, a difference of {difference}; {blocked} cannot be computed. To issue it: gridhall bill issue --run {no}"
    );
    eprintln!("{}", session.say(&zh, &en));
    Ok(if *blocked == 0 { Done::Wholly } else { Done::InPart })
}

async fn issue_correction(session: &Session, correction_no: &str) -> Result<Done> {
    let bureau = session.bureau().await?;
    let second_person = bureau.house.config.cli.second_person;
    let mut progress = Progress::new("accounts");
    let tally =
        correction::issue(&bureau, &bureau.house.operator(), correction_no, second_person, &mut progress).await?;
    seal(&bureau).await?;
    let correction::IssueTally { accounts, bills, changed } = tally;
    let zh = format!("更正 {correction_no} 已发行：{accounts} 户，重开 {bills} 张账单；期间有变化未更正 {changed} 户");
    let en = format!(
        "correction {correction_no} is issued: {accounts} accounts, {bills} bills in the place of others; {changed} accounts changed meanwhile and were left"
    );
    eprintln!("{}", session.say(&zh, &en));
    Ok(if changed == 0 { Done::Wholly } else { Done::InPart })
}

async fn as_of(session: &Session, bill_no: &str, on: Date) -> Result<Done> {
    let bureau = session.bureau().await?;
    let known = business::bill::as_of(&bureau.house.db.read().await?, &bureau.house.operator(), bill_no, on).await?;
    let (supply_no, cycle) = (&known.asked.supply_no, known.asked.cycle);
    match &known.stood {
        None => {
            let zh = format!("{on} 日终，户号 {supply_no} {cycle} 没有有效账单");
            let en = format!("on the evening of {on}, no bill of {cycle} stood for {supply_no}");
            print(session.say(&zh, &en))?;
        }
        Some(bill) => {
            let (no, kwh, amount, issued, settled) =
                (&bill.bill_no, bill.energy, bill.amount, bill.issued_on, known.settled);
            let zh = format!(
                "{on} 日终，户号 {supply_no} {cycle} 的有效账单为 {no}：{kwh} 千瓦时，{amount} 元，{issued} 发行，已结清 {settled} 元"
            );
            let en = format!(
                "on the evening of {on}, the bill of {cycle} for {supply_no} was {no}: {kwh} kWh, {amount} yuan, issued on {issued}, {settled} settled"
            );
            print(session.say(&zh, &en))?;
        }
    }
    for bill in &known.later {
        let (no, issued, amount, status) = (&bill.bill_no, bill.issued_on, bill.amount, bill.status.label());
        let zh = format!("此后：{issued} {no} {amount} 元，{}", status.zh);
        let en = format!("later: {no} of {issued}, {amount} yuan, {}", status.en);
        print(session.say(&zh, &en))?;
    }
    Ok(Done::Wholly)
}

pub async fn run_reading(session: &Session, command: ReadingCommand) -> Result<Done> {
    let bureau = session.bureau().await?;
    let ctx = bureau.house.operator();
    let tx = bureau.house.db.write().await?;
    let done = match command {
        ReadingCommand::Void { meter_no, read_on, register, reason } => {
            business::bill::void_reading(&tx, &ctx, &meter_no, register, read_on, &reason).await?;
            session.say("读数已作废", "the reading is void")
        }
        ReadingCommand::Amend { meter_no, read_on, register, value, kind, reason } => {
            let wish = ReadingWish { meter_no, register, read_on, value, kind, reason };
            amendment::amend_reading(&tx, &ctx, wish).await?;
            session.say("读数已更正，账单待更正", "the reading is amended; the bills wait for a correction")
        }
    };
    tx.commit().await?;
    seal(&bureau).await?;
    print(done)?;
    Ok(Done::Wholly)
}

pub async fn run_meter(session: &Session, command: MeterCommand) -> Result<Done> {
    let MeterCommand::Amend(wish) = command;
    let bureau = session.bureau().await?;
    let (tx, ctx) = (bureau.house.db.write().await?, bureau.house.operator());
    let MeterAmendment { meter_no, multiplier, error, tested_on, factor, since, found_on, reason } = wish;
    let found = match (error.zip(tested_on), factor.zip(since)) {
        (Some((percent, tested_on)), _) => Some(Found::Error { percent, tested_on }),
        (None, Some((factor, since))) => Some(Found::Wiring { factor, since }),
        (None, None) => None,
    };
    match (multiplier, found.zip(found_on)) {
        (Some(multiplier), _) => amendment::amend_multiplier(&tx, &ctx, &meter_no, multiplier, reason).await?,
        (None, Some((found, found_on))) => {
            amendment::amend_counting(&tx, &ctx, &meter_no, found, found_on, reason).await?
        }
        (None, None) => return Err(Fault::impossible("clap asks for one of the three")),
    };
    tx.commit().await?;
    seal(&bureau).await?;
    print(session.say("电能表已更正，账单待更正", "the meter is amended; its bills wait for a correction"))?;
    Ok(Done::Wholly)
}
