//! The command line.
//!
//! Results go to stdout, progress and refusals to stderr. Exit codes: 0 done, 1 refused in whole or
//! part, 2 wrong use or unreadable file, 3 a fault of the program or of what it stands on.

mod admin;
mod backup;
mod bill;
mod demo;
mod desk;
mod export;
mod import;
mod search;
mod tariff;
mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use business::Bureau;
use business::what_if::Months;
use clap::{Parser, Subcommand};
use kernel::{Clock, Language, Month, Refusal};
use platform::house::Open;
use platform::{Error, Fault, Result, Trouble, journal};

use crate::migrations::MIGRATIONS;

#[derive(Parser)]
#[command(
    name = "gridhall",
    version,
    about = "供电服务与营销平台 · customer service and marketing of a power supply company"
)]
struct Cli {
    /// Directory of the bureau's data and settings.
    #[arg(long, global = true, env = "GRIDHALL_DATA", default_value = "data")]
    data: PathBuf,
    /// PostgreSQL to use instead of the embedded database in the data directory.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Language of messages; by default that of the locale, and Chinese where it names none.
    #[arg(long, global = true, value_parser = parse_language)]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve {
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Print the API document.
    #[command(hide = true)]
    Openapi,
    /// Load a CSV file (UTF-8 or GBK); the report is CSV on stdout.
    Import(import::Arguments),
    /// Plan, try, issue, cancel and explain bills.
    #[command(subcommand)]
    Bill(bill::BillCommand),
    /// Void or amend a reading.
    #[command(subcommand)]
    Reading(bill::ReadingCommand),
    /// Amend what is known of a meter.
    #[command(subcommand)]
    Meter(bill::MeterCommand),
    /// Write CSV to stdout or a file.
    Export(export::Arguments),
    /// Price one case; needs no database.
    Quote { case: PathBuf },
    /// Check and show tariff packs; needs no database.
    #[command(subcommand)]
    Tariff(tariff::TariffCommand),
    /// Prove that every bill follows from its inputs.
    Verify {
        #[arg(long, value_parser = parse_month)]
        cycle: Option<Month>,
    },
    /// Write the whole bureau to a file, while it works.
    Backup(backup::BackupArguments),
    /// Bring a back-up into an empty place, on either database.
    Restore(backup::RestoreArguments),
    /// Fill an empty bureau with a county that never was, to look at and to learn with.
    Demo(demo::Arguments),
    /// The index by which usage points are found.
    #[command(subcommand)]
    Search(search::SearchCommand),
    /// Create the first administrator.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
}

fn parse_language(text: &str) -> Result<Language, String> {
    match text {
        "zh" => Ok(Language::Zh),
        "en" => Ok(Language::En),
        _ => Err("zh or en".into()),
    }
}

fn parse_month(text: &str) -> Result<Month, String> {
    text.parse().map_err(|_| "月份写作 2016-08 · a month is written 2016-08".into())
}

/// `2016-08`, or `2016-01..2016-12`.
fn parse_months(text: &str) -> Result<Months, String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let refused = |refusal: Refusal| format!("{} · {}", refusal.text.zh, refusal.text.en);
    Months::new(parse_month(from)?, parse_month(to)?).map_err(refused)
}

fn parse_date(text: &str) -> Result<kernel::Date, String> {
    kernel::time::parse_date(text).ok_or_else(|| "日期写作 2016-08-31 · a date is written 2016-08-31".into())
}

/// How a command ended that did not fail outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Wholly,
    /// Something was refused, or found to differ.
    InPart,
}

/// What every command has at hand.
struct Session {
    data: PathBuf,
    database_url: Option<String>,
    language: Language,
}

impl Session {
    async fn bureau(&self) -> Result<Bureau> {
        self.bureau_at(Clock::System, rand_seed()).await
    }

    fn open(&self, clock: Clock, seed: [u8; 32]) -> Open {
        Open { data: self.data.clone(), database_url: self.database_url.clone(), clock, seed }
    }

    async fn bureau_at(&self, clock: Clock, seed: [u8; 32]) -> Result<Bureau> {
        let bureau = Bureau::open(self.open(clock, seed), MIGRATIONS).await?;
        crate::rights::check(&bureau.house.roles)?;
        Ok(bureau)
    }

    /// Text in the user's language.
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

fn rand_seed() -> [u8; 32] {
    rand::random()
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let session = Session {
        data: cli.data,
        database_url: cli.database_url.filter(|url| !url.is_empty()),
        language: cli.lang.unwrap_or_else(language_of_locale),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fault(&error),
    };
    match runtime.block_on(run(&session, cli.command)) {
        Ok(Done::Wholly) => ExitCode::SUCCESS,
        Ok(Done::InPart) => ExitCode::from(1),
        Err(Error::Refused(refusal)) => refused(&session, &refusal),
        Err(Error::Fault(error)) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(Error::Fault(error)) => match error.trouble() {
            Some(trouble) => cut_off(&session, trouble, &error),
            None => fault(&error),
        },
    }
}

async fn run(session: &Session, command: Command) -> Result<Done> {
    match command {
        Command::Serve { listen } => {
            let traces = crate::log::begin(&session.data)?;
            let served = crate::serve::serve(session.bureau().await?, listen).await;
            if let Some(traces) = traces {
                traces.end();
            }
            served.map(|()| Done::Wholly)
        }
        Command::Openapi => {
            desk::print(crate::openapi().to_pretty_json()?)?;
            Ok(Done::Wholly)
        }
        Command::Import(arguments) => import::run(session, arguments).await,
        Command::Bill(command) => bill::run(session, command).await,
        Command::Reading(command) => bill::run_reading(session, command).await,
        Command::Meter(command) => bill::run_meter(session, command).await,
        Command::Export(arguments) => export::run(session, arguments).await,
        Command::Quote { case } => tariff::quote(session, &case),
        Command::Tariff(command) => tariff::run(session, command),
        Command::Verify { cycle } => verify::run(session, cycle).await,
        Command::Backup(arguments) => backup::make(session, &arguments).await,
        Command::Restore(arguments) => backup::restore(session, &arguments).await,
        Command::Demo(arguments) => demo::run(session, &arguments).await,
        Command::Search(command) => search::run(session, command).await,
        Command::Admin(command) => admin::run(session, command).await,
    }
}

/// Ends a command that wrote: what it did is sealed in the journal.
async fn seal(bureau: &Bureau) -> Result<()> {
    journal::seal(&bureau.house.db).await.map(drop)
}

fn language_of_locale() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale.starts_with("en")) { Language::En } else { Language::Zh }
}

fn refused(session: &Session, refusal: &Refusal) -> ExitCode {
    let field = refusal.field.as_ref().map_or_else(String::new, |field| format!(" {field}"));
    eprintln!(
        "{}: [{}]{field} {}",
        session.say("拒绝", "refused"),
        refusal.code,
        refusal.text.in_language(session.language)
    );
    ExitCode::from(if refusal.code.starts_with("file.") { 2 } else { 1 })
}

/// What passes is told in words that say what to do; the cause stands behind it.
fn cut_off(session: &Session, trouble: Trouble, fault: &Fault) -> ExitCode {
    let text = trouble.text();
    eprintln!(
        "{}: [{}] {} ({fault})",
        session.say("中断", "cut off"),
        trouble.code(),
        text.in_language(session.language)
    );
    ExitCode::from(3)
}

fn fault(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("故障 · fault: {error}");
    ExitCode::from(3)
}
