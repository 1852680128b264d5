//! Price lists in use 电价: from packs, and kept for ever once a bill was computed by them.
//!
//! Packs are files and may be replaced; what a bill was computed by may not. Before a version is
//! first used it is stored under its digest, and a bill names the digest. A pack that changes a
//! version already used is refused: a change is a new version with its own first day.

pub mod api;
mod store;

use kernel::{Date, Refusal, Text};
use platform::packs::Packs;
use platform::{Ctx, Result, Tx};
use pricing::pack::Mistake;
use pricing::quote::Quote;
use pricing::{Tariff, TariffBook, Version};

pub use crate::pack::READ;
pub use store::MIGRATION;

/// The folder of tariff packs.
pub const FOLDER: &str = "tariff";

/// All tariffs of an installation.
pub fn book(packs: &Packs) -> Result<TariffBook> {
    TariffBook::read(packs.under(FOLDER)).map_err(|mistakes| {
        let list = |pick: fn(&Text) -> &str| {
            mistakes
                .iter()
                .map(|m| format!("{}:{} {} {}", m.file, m.line, m.field, pick(&m.message)))
                .collect::<Vec<_>>()
                .join("\n")
        };
        Refusal::invalid("pack.invalid", list(|text| &text.zh), list(|text| &text.en)).into()
    })
}

/// Every tariff, by code.
pub fn list<'b>(ctx: &Ctx, book: &'b TariffBook) -> Result<impl Iterator<Item = &'b Tariff>> {
    ctx.require(READ)?;
    Ok(book.iter())
}

/// One tariff and its version in force on `day`.
pub fn on<'b>(ctx: &Ctx, book: &'b TariffBook, code: &str, day: Date) -> Result<(&'b Tariff, &'b Version)> {
    ctx.require(READ)?;
    let tariff = book.get(code).ok_or_else(|| {
        Refusal::not_found("tariff.unknown", format!("没有电价“{code}”"), format!("there is no tariff \"{code}\""))
    })?;
    let version = tariff.on(day).ok_or_else(|| {
        Refusal::not_found(
            "tariff.no-version",
            format!("电价 {code} 在 {day} 没有执行版本"),
            format!("tariff {code} has no version in force on {day}"),
        )
        .at("on")
    })?;
    Ok((tariff, version))
}

/// Prices one case that somebody wrote down as JSON.
pub fn quote(ctx: &Ctx, book: &TariffBook, case: &str) -> Result<Quote> {
    ctx.require(READ)?;
    Ok(pricing::quote::quote(book, case)?)
}

/// A mistake as one line that an editor can jump to.
pub fn mistake_line(mistake: &Mistake, language: kernel::refusal::Language) -> String {
    let field = if mistake.field.is_empty() { String::new() } else { format!("{}: ", mistake.field) };
    format!("{}:{}: {field}{}", mistake.file, mistake.line, mistake.message.in_language(language))
}

/// Keeps every version of `book`, so that bills can be replayed without the packs.
pub async fn keep(tx: &Tx, book: &TariffBook) -> Result<()> {
    let known = store::versions(tx).await?;
    for tariff in book.iter() {
        for version in &tariff.versions {
            let digest = version.digest();
            match known.iter().find(|known| known.tariff == tariff.code && known.id == version.id) {
                None => store::insert(tx, tariff, version, &digest).await?,
                Some(known) if known.digest == digest => {}
                Some(_) if !store::is_used(tx, &tariff.code, &version.id).await? => {
                    store::replace(tx, tariff, version, &digest).await?
                }
                Some(_) => return Err(changed(&tariff.code, &version.id).into()),
            }
        }
    }
    Ok(())
}

/// Refuses the code of a tariff that nothing was ever billed by.
pub async fn check_known(tx: &Tx, code: &str) -> Result<()> {
    if store::versions(tx).await?.iter().any(|known| known.tariff == code) {
        return Ok(());
    }
    let (zh, en) = (format!("没有电价“{code}”"), format!("there is no tariff \"{code}\""));
    Err(Refusal::not_found("tariff.unknown", zh, en).at("tariff").into())
}

fn changed(tariff: &str, version: &str) -> Refusal {
    Refusal::conflict(
        "tariff.changed",
        format!("电价 {tariff} 版本 {version} 已用于计费，不能再改；请另立新版本"),
        format!("version {version} of tariff {tariff} has been billed by and cannot change; publish a new version"),
    )
}

/// Marks versions as used by bills.
pub async fn use_versions(tx: &Tx, digests: &[String]) -> Result<()> {
    store::mark_used(tx, digests).await
}

/// The kept versions with these digests, as the tariff `code` of only these; those of others are among them where a bill
/// changed its tariff.
pub async fn kept(tx: &Tx, code: &str, digests: &[String]) -> Result<Option<Tariff>> {
    store::kept(tx, code, digests).await
}

/// The digest of a whole book: what a trial was computed by.
pub fn digests(book: &TariffBook) -> impl Iterator<Item = String> + '_ {
    book.iter().flat_map(|tariff| tariff.versions.iter().map(Version::digest))
}
