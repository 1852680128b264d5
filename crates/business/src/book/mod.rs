//! Reading books 抄表段: which usage points are read together, on which day and in which months.
//!
//! ```text
//!   on record:      reading_book ◀── code ── usage_point.book
//!   not on record:                            usage_point.book alone
//! ```
//!
//! A usage point names its book by a code, which its archive keeps as text. A book is put on record
//! by a file or by hand; a code that no record explains, and usage points without any, are shown
//! with their numbers all the same, so that no usage point is in no list.
//!
//! **Invariant.** A book without a record is read every month, and is due on the last day.

pub mod api;
mod import;
mod model;
mod store;

use kernel::Refusal;
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};

pub use import::BookImport;
pub use model::{Book, BookLine, ReadingCycle, ReadingDay};
pub use store::MIGRATION;

use crate::supply::READ;

pub const MANAGE: Permission = Permission("book.manage");

/// A page of books in order of code: those on record and those that usage points name, of `station`
/// or of all stations that the actor may see.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    station: Option<String>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<BookLine>> {
    let stations = ctx.require(READ)?.narrowed(station)?;
    store::page(tx, stations, after, limit).await
}

/// One book, if there is one that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, code: &str) -> Result<BookLine> {
    let stations = ctx.require(READ)?.stations();
    store::line_of(tx, stations, code).await?.ok_or_else(|| unknown(code).into())
}

/// Books on record with these codes.
pub async fn by_codes(tx: &Tx, codes: Vec<String>) -> Result<Vec<Book>> {
    store::by_codes(tx, codes).await
}

/// Puts a book on record.
pub async fn create(tx: &Tx, ctx: &Ctx, book: Book) -> Result<Book> {
    ctx.require_at(MANAGE, &book.station)?;
    require_station(tx, &book.station).await?;
    if !store::by_codes(tx, vec![book.code.clone()]).await?.is_empty() {
        let (zh, en) = (format!("抄表段 {} 已建档", book.code), format!("the book {} is on record already", book.code));
        return Err(Refusal::conflict("book.exists", zh, en).at("code").into());
    }
    store::insert(tx, &book).await?;
    let entry = Entry {
        act: "book.create",
        subject: format!("book:{}", book.code),
        reason: None,
        detail: serde_json::to_value(&book)?,
    };
    journal::record(tx, ctx, entry).await?;
    Ok(book)
}

/// Changes a book on record: when it is read, by whom, and what it is called. Its station stays.
pub async fn change(tx: &Tx, ctx: &Ctx, book: Book) -> Result<Book> {
    let scope = ctx.require(MANAGE)?;
    let known = store::by_codes(tx, vec![book.code.clone()]).await?.into_iter().next();
    let known = known.filter(|known| scope.covers(&known.station)).ok_or_else(|| unknown(&book.code))?;
    let book = Book { station: known.station.clone(), ..book };
    if book == known {
        return Ok(book);
    }
    store::update(tx, &book).await?;
    let entry = Entry {
        act: "book.change",
        subject: format!("book:{}", book.code),
        reason: None,
        detail: serde_json::json!({ "before": known, "after": book }),
    };
    journal::record(tx, ctx, entry).await?;
    Ok(book)
}

async fn require_station(tx: &Tx, code: &str) -> Result<()> {
    if store::station_exists(tx, code).await? { Ok(()) } else { Err(no_station(code).into()) }
}

fn no_station(code: &str) -> Refusal {
    let (zh, en) = (format!("没有供电所 {code}"), format!("there is no station {code}"));
    Refusal::invalid("station.unknown", zh, en).at("station")
}

fn unknown(code: &str) -> Refusal {
    let (zh, en) = (format!("没有抄表段 {code}"), format!("there is no reading book {code}"));
    Refusal::not_found("book.unknown", zh, en).at("book")
}
