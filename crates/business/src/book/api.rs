//! Reading books: looking at them, putting them on record, changing them.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Refusal;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, PageQuery, Reading, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{BookLine, ReadingCycle, ReadingDay};
use crate::{book, fields};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show)).routes(routes!(change))
}

/// A reading book 抄表段.
#[derive(Serialize, ToSchema)]
struct Book {
    /// Empty: the usage points that name no book.
    #[schema(example = "B001")]
    code: String,
    /// Code of the supply station; null where nothing tells it.
    #[schema(example = "ST01")]
    station: Option<String>,
    /// False: usage points name the book, and nobody has put it on record. What follows is then null.
    #[schema(example = true)]
    on_record: bool,
    #[schema(example = "翠竹路一段")]
    name: Option<String>,
    /// `1` to `28`, or `last`.
    #[schema(example = "15")]
    reading_day: Option<String>,
    /// `monthly`, `odd` or `even`.
    #[schema(example = "monthly")]
    cycle: Option<String>,
    /// Login or name of whoever reads it.
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
    /// Its place on the reader's way.
    #[schema(example = 1)]
    route_order: Option<i64>,
    /// Of the stations that you may see.
    #[schema(example = 420)]
    usage_points: i64,
}

impl From<BookLine> for Book {
    fn from(line: BookLine) -> Book {
        let record = line.record.as_ref();
        Book {
            on_record: record.is_some(),
            name: record.map(|book| book.name.clone()),
            reading_day: record.map(|book| book.day.to_string()),
            cycle: record.map(|book| book.cycle.word().to_owned()),
            reader: record.and_then(|book| book.reader.clone()),
            route_order: record.and_then(|book| book.route_order),
            code: line.code,
            station: line.station,
            usage_points: line.usage_points,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StationQuery {
    /// Only the books of this station.
    #[param(example = "ST01")]
    station: Option<String>,
}

/// Reading books in order of code, also those that only usage points name. Needs `archive.read`.
#[utoipa::path(get, path = "/api/books", tag = "book", operation_id = "list_books", params(StationQuery, PageQuery), responses(
    (status = 200, description = "a page of books of the stations that you may see", body = Page<Book>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(of): Query<StationQuery>,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<Book>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let books = book::page(&tx, &ctx, of.station, query.after.as_deref(), limit).await?;
    Ok(Json(Page::of(books.into_iter().map(Book::from).collect(), limit, |book| book.code.clone())))
}

/// One reading book. Needs `archive.read`.
#[utoipa::path(get, path = "/api/books/{book}", tag = "book", operation_id = "get_book",
    params(("book" = String, Path, description = "抄表段", example = "B001")),
    responses((status = 200, description = "the book", body = Book), Reading, Finding))]
async fn show(State(house): State<House>, SignedIn(ctx): SignedIn, Path(code): Path<String>) -> Answer<Json<Book>> {
    let tx = house.db.read().await?;
    Ok(Json(book::find(&tx, &ctx, &code).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBook {
    #[schema(example = "B001")]
    code: String,
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "翠竹路一段")]
    name: String,
    /// `1` to `28`, or `last`.
    #[schema(example = "15")]
    reading_day: String,
    /// `monthly`, `odd` or `even`.
    #[schema(example = "monthly")]
    cycle: String,
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
    #[schema(example = 1)]
    route_order: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedBook {
    #[schema(example = "翠竹路一段")]
    name: String,
    /// `1` to `28`, or `last`.
    #[schema(example = "last")]
    reading_day: String,
    /// `monthly`, `odd` or `even`.
    #[schema(example = "monthly")]
    cycle: String,
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
    #[schema(example = 1)]
    route_order: Option<i64>,
}

fn given(wish: NewBook) -> Result<book::Book, Refusal> {
    Ok(book::Book {
        code: fields::code_of(&wish.code, "code")?,
        station: wish.station,
        name: fields::text_of(&wish.name, "name")?,
        day: ReadingDay::parse(&wish.reading_day).ok_or_else(ReadingDay::refusal)?,
        cycle: fields::word_of(&wish.cycle, "cycle", ReadingCycle::from_word, "monthly, odd, even")?,
        reader: wish.reader.map(|reader| fields::text_of(&reader, "reader")).transpose()?,
        route_order: wish.route_order,
    })
}

/// Puts a reading book on record: `book.exists`, `station.unknown`. Needs `book.manage` at its station.
#[utoipa::path(post, path = "/api/books", tag = "book", operation_id = "create_book",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = NewBook,
    responses((status = 200, description = "the book; written in the journal", body = Book), Reading, Acting))]
async fn create(act: Act<NewBook>) -> Answer<Response> {
    act.once(book::MANAGE, async |tx, ctx, wish| {
        let made = book::create(tx, ctx, given(wish)?).await?;
        Ok((StatusCode::OK, Book::from(book::find(tx, ctx, &made.code).await?)))
    })
    .await
}

/// Changes a reading book on record; its code and its station stay. Needs `book.manage` at its station.
#[utoipa::path(post, path = "/api/books/{book}/change", tag = "book", operation_id = "change_book",
    params(
        ("book" = String, Path, description = "抄表段", example = "B001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = ChangedBook,
    responses((status = 200, description = "the book as it is now; written in the journal", body = Book), Reading, Finding, Acting))]
async fn change(Path(code): Path<String>, act: Act<ChangedBook>) -> Answer<Response> {
    act.once(book::MANAGE, async |tx, ctx, wish| {
        let ChangedBook { name, reading_day, cycle, reader, route_order } = wish;
        let whole = NewBook { code, station: String::new(), name, reading_day, cycle, reader, route_order };
        let changed = book::change(tx, ctx, given(whole)?).await?;
        Ok((StatusCode::OK, Book::from(book::find(tx, ctx, &changed.code).await?)))
    })
    .await
}
