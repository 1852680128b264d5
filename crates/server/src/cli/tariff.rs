//! `gridhall tariff …` and `gridhall quote`: what needs no database.

use std::path::{Path, PathBuf};

use business::tariff::{FOLDER, mistake_line};
use clap::Subcommand;
use kernel::{Date, Refusal};
use platform::{Result, house};
use pricing::pack::{kind_of, read_tariff};
use pricing::{Tariff, TariffBook, Version, explain};

use super::desk::print;
use super::{Done, Session, parse_date};

#[derive(Subcommand)]
pub enum TariffCommand {
    /// Check a pack, or every tariff pack below a directory, and explain every mistake.
    Check { pack: PathBuf },
    /// Print the codes of all tariffs, one a line.
    List,
    /// Show a tariff's versions, or the one in force on a day.
    Show {
        code: String,
        #[arg(long, value_parser = parse_date)]
        on: Option<Date>,
    },
}

pub fn run(session: &Session, command: TariffCommand) -> Result<Done> {
    match command {
        TariffCommand::Check { pack } => check(session, &pack),
        TariffCommand::List => {
            book(session)?.iter().try_for_each(|tariff| print(&tariff.code))?;
            Ok(Done::Wholly)
        }
        TariffCommand::Show { code, on } => show(session, &code, on),
    }
}

fn book(session: &Session) -> Result<TariffBook> {
    business::tariff::book(&house::packs_of(&session.data)?)
}

fn check(session: &Session, pack: &Path) -> Result<Done> {
    let mut files = Vec::new();
    collect(pack, &mut files)?;
    let (mut mistakes, mut checked) = (0, 0);
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        // Below a directory there may be packs of other kinds; a file that is named is meant.
        if files.len() > 1 && kind_of(&text).is_some_and(|kind| kind != FOLDER) {
            continue;
        }
        checked += 1;
        if let Err(found) = read_tariff(&file.display().to_string(), &text) {
            mistakes += found.len();
            found.iter().for_each(|mistake| drop(print(mistake_line(mistake, session.language))));
        }
    }
    let (zh, en) = (
        format!("检查 {checked} 个电价包，{mistakes} 处错误"),
        format!("{checked} tariff packs checked, {mistakes} mistakes"),
    );
    eprintln!("{}", session.say(&zh, &en));
    Ok(if mistakes == 0 { Done::Wholly } else { Done::InPart })
}

/// The price lists in a file, or below a directory; each mistake in them is told on stderr.
pub fn packs_below(session: &Session, pack: &Path) -> Result<TariffBook> {
    let mut files = Vec::new();
    collect(pack, &mut files)?;
    let mut texts = Vec::with_capacity(files.len());
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        if files.len() == 1 || kind_of(&text).is_none_or(|kind| kind == FOLDER) {
            texts.push((file.display().to_string(), text));
        }
    }
    let book = TariffBook::read(texts.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    let book = book.map_err(|mistakes| {
        mistakes.iter().for_each(|mistake| eprintln!("{}", mistake_line(mistake, session.language)));
        Refusal::invalid("pack.mistakes", "电价包有错误，见上", "the price lists have mistakes, see above").at("pack")
    })?;
    if book.iter().next().is_none() {
        let (zh, en) =
            (format!("{} 下没有电价包", pack.display()), format!("there is no price list at {}", pack.display()));
        return Err(Refusal::invalid("pack.none", zh, en).at("pack").into());
    }
    Ok(book)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::invalid(
        "file.unreadable",
        format!("无法读取 {}：{error}", path.display()),
        format!("{} cannot be read: {error}", path.display()),
    )
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        entries.push(entry.map_err(|error| unreadable(path, &error))?.path());
    }
    entries.sort();
    entries
        .into_iter()
        .filter(|entry| entry.is_dir() || entry.extension().is_some_and(|end| end == "toml"))
        .try_for_each(|entry| collect(&entry, files))
}

fn show(session: &Session, code: &str, on: Option<Date>) -> Result<Done> {
    let book = book(session)?;
    let unknown = || {
        Refusal::not_found(
            "tariff.unknown",
            format!("没有电价“{code}”，可用 tariff list 查看"),
            format!("there is no tariff \"{code}\"; see tariff list"),
        )
    };
    let tariff = book.get(code).ok_or_else(unknown)?;
    let versions: Vec<&Version> = match on {
        Some(day) => tariff.on(day).into_iter().collect(),
        None => tariff.versions.iter().collect(),
    };
    if versions.is_empty() {
        let (zh, en) =
            (format!("电价 {code} 在该日没有执行版本"), format!("tariff {code} has no version in force on that day"));
        return Err(Refusal::not_found("tariff.no-version", zh, en).into());
    }
    print_tariff(session, tariff, &versions)?;
    Ok(Done::Wholly)
}

fn print_tariff(session: &Session, tariff: &Tariff, versions: &[&Version]) -> Result<()> {
    print(format_args!("{}  {}", tariff.code, tariff.name.in_language(session.language)))?;
    let mut lines = versions.iter().flat_map(|version| explain::price_list(version));
    lines.try_for_each(|line| print(line.in_language(session.language)))
}

/// Prices one case.
pub fn quote(session: &Session, path: &Path) -> Result<Done> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let quote = pricing::quote::quote(&book(session)?, &text)?;
    print(serde_json::to_string_pretty(&quote)?)?;
    Ok(Done::Wholly)
}
