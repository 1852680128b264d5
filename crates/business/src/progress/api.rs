//! The lists of the reading workbench.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use kernel::Month;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Page, Reading, SignedIn, Words, input, page};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::book::Book;
use crate::progress;
use crate::reading::rules::Doubt;
use crate::review::api::{ReadingOrder, ReadingSite, ReviewDecision, WorkQuery, wrong_cursor};
use crate::review::{Background, Past};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(books)).routes(routes!(doubtful)).routes(routes!(missing))
}

fn kwh(energy: Option<kernel::Energy>) -> Option<String> {
    energy.map(|energy| energy.to_string())
}

/// How far the reading of a book has come in a month.
#[derive(Serialize, ToSchema)]
struct BookProgress {
    /// Empty: the usage points that name no book.
    #[schema(example = "B001")]
    book: String,
    #[schema(example = "翠竹路一段")]
    name: Option<String>,
    #[schema(example = "ST01")]
    station: Option<String>,
    #[schema(example = true)]
    on_record: bool,
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
    /// Whether it is read in this month.
    #[schema(example = true)]
    is_due: bool,
    #[schema(example = "2016-08-15")]
    due_on: String,
    #[schema(example = 420)]
    usage_points: i64,
    /// Registers of active energy in use.
    #[schema(example = 510)]
    registers: i64,
    #[schema(example = 498)]
    read: i64,
    /// 0 where the book is not read in this month.
    #[schema(example = 12)]
    missing: i64,
    #[schema(example = 3)]
    estimated: i64,
    /// Doubtful readings that nobody has decided about.
    #[schema(example = 4)]
    undecided: i64,
    /// Open orders to read again.
    #[schema(example = 1)]
    orders: i64,
    /// Share read, in hundredths of a percent, rounded down.
    #[schema(example = 9764)]
    share: i64,
}

impl BookProgress {
    fn of(of: progress::Progress, month: Month) -> BookProgress {
        let (book, tally) = (of.book.as_ref(), of.tally);
        let is_due = Book::is_due(book, month);
        BookProgress {
            name: book.map(|book| book.name.clone()),
            on_record: book.is_some(),
            reader: book.and_then(|book| book.reader.clone()),
            is_due,
            due_on: Book::due_on(book, month).to_string(),
            usage_points: of.usage_points,
            registers: tally.registers,
            read: tally.read,
            missing: if is_due { tally.registers - tally.read } else { 0 },
            estimated: tally.estimated,
            undecided: tally.undecided,
            orders: tally.orders,
            share: tally.share(),
            book: of.code,
            station: of.station,
        }
    }
}

/// Books in order of code with the progress of their reading in a month. Needs `reading.read` and
/// `archive.read`.
#[utoipa::path(get, path = "/api/reading-months/{month}/books", tag = "review", operation_id = "list_reading_progress",
    params(("month" = String, Path, description = "calendar month", example = "2016-08"), WorkQuery),
    responses(
        (status = 200, description = "a page of books of the stations that you may see", body = Page<BookProgress>),
        (status = 422, description = "`month.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn books(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(month): Path<String>,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<BookProgress>>> {
    let (month, limit) = (input::month(&month, "month")?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let found = progress::progress(&tx, &ctx, month, query.station, query.after.as_deref(), limit).await?;
    let items = found.into_iter().map(|progress| BookProgress::of(progress, month)).collect();
    Ok(Json(Page::of(items, limit, |progress| progress.book.clone())))
}

/// A past state of a register.
#[derive(Serialize, ToSchema)]
struct PastState {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "2016-07-31")]
    on: String,
    #[schema(example = "1280")]
    value: String,
    /// `opening`, `closing`, `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
    /// Since the state before, multiplied; null for the first and where it went backwards.
    #[schema(example = "240.5")]
    use_kwh: Option<String>,
    #[schema(example = 31)]
    days: i64,
}

/// What helps to judge a register.
#[derive(Serialize, ToSchema)]
struct ReadingBackground {
    #[schema(example = "2016-07-31")]
    before_on: Option<String>,
    #[schema(example = "1280")]
    before: Option<String>,
    /// From the state before to the day in question.
    #[schema(example = 31)]
    days: i64,
    /// Use of these days, multiplied; null where it went backwards or nothing was read.
    #[schema(example = "240.5")]
    use_kwh: Option<String>,
    /// Use of as many days, by the twelve months before.
    #[schema(example = "210")]
    average_kwh: Option<String>,
    /// Use of as many days, by the same days a year before.
    #[schema(example = "260")]
    last_year_kwh: Option<String>,
    /// The last 13 states, oldest first, over every meter that hung there.
    history: Vec<PastState>,
}

impl From<Background> for ReadingBackground {
    fn from(background: Background) -> ReadingBackground {
        let past = |past: Past| PastState {
            meter_no: past.meter_no,
            on: past.on.to_string(),
            value: past.value.to_string(),
            kind: past.kind.to_owned(),
            use_kwh: kwh(past.energy),
            days: past.days,
        };
        ReadingBackground {
            before_on: background.before.map(|(on, _)| on.to_string()),
            before: background.before.map(|(_, value)| value.to_string()),
            days: background.days,
            use_kwh: kwh(background.energy),
            average_kwh: kwh(background.average),
            last_year_kwh: kwh(background.last_year),
            history: background.history.into_iter().map(past).collect(),
        }
    }
}

/// A doubt about a reading.
#[derive(Serialize, ToSchema)]
struct DoubtShown {
    #[schema(example = "spike")]
    doubt: String,
    label: Words,
    /// What it may mean.
    meaning: Words,
    /// With its figures; null where what is on record now does not give them any more.
    message: Option<Words>,
}

/// A doubtful reading with what helps to decide about it.
#[derive(Serialize, ToSchema)]
struct DoubtfulReading {
    site: ReadingSite,
    #[schema(example = "total")]
    register: String,
    #[schema(example = "2016-08-31")]
    read_on: String,
    #[schema(example = "1520.5")]
    value: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
    /// The gravest kind of doubt first.
    doubts: Vec<DoubtShown>,
    background: ReadingBackground,
    /// A standing bill was computed from it: only to accept it is possible.
    #[schema(example = false)]
    billed: bool,
    /// The decision by which it stands; null: nobody has decided.
    decision: Option<ReviewDecision>,
    /// Where the page after this reading begins.
    #[schema(example = "0~2~M0000000001~total~2016-08-31")]
    cursor: String,
}

impl From<progress::DoubtfulReading> for DoubtfulReading {
    fn from(found: progress::DoubtfulReading) -> DoubtfulReading {
        let of = found.of;
        let shown = |(doubt, text): (Doubt, Option<kernel::Text>)| DoubtShown {
            doubt: doubt.word().into(),
            label: doubt.label().into(),
            meaning: doubt.meaning().into(),
            message: text.map(Words::from),
        };
        let cursor = [
            i64::from(of.decided).to_string(),
            of.severity.to_string(),
            of.site.meter_no.clone(),
            of.place.register.word().into(),
            of.place.on.to_string(),
        ];
        DoubtfulReading {
            register: of.place.register.word().into(),
            read_on: of.place.on.to_string(),
            value: of.told.value.to_string(),
            kind: of.told.kind.word().into(),
            doubts: found.doubts.into_iter().map(shown).collect(),
            background: found.background.into(),
            billed: found.billed,
            decision: found.decision.map(|decided| ReviewDecision::of(decided, None)),
            cursor: cursor.join("~"),
            site: of.site.into(),
        }
    }
}

/// The doubtful readings of a month, undecided and gravest first. Needs `reading.read`.
#[utoipa::path(get, path = "/api/reading-months/{month}/doubtful", tag = "review", operation_id = "list_doubtful_readings",
    params(("month" = String, Path, description = "calendar month", example = "2016-08"), WorkQuery),
    responses(
        (status = 200, description = "a page of readings of the stations that you may see", body = Page<DoubtfulReading>),
        (status = 422, description = "`month.invalid`, `word.unknown`, `page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn doubtful(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(month): Path<String>,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<DoubtfulReading>>> {
    let (month, limit) = (input::month(&month, "month")?, page::limit(query.limit)?);
    let after = match query.cursor::<5>()? {
        None => (-1, 0, String::new(), String::new(), String::new()),
        Some([decided, severity, meter_no, register, on]) => {
            let number = |text: &str| text.parse::<i64>().map_err(|_| wrong_cursor());
            (number(decided)?, number(severity)?, meter_no.to_owned(), register.to_owned(), on.to_owned())
        }
    };
    let tx = house.db.read().await?;
    let found = progress::doubtful(&tx, &ctx, &house.packs, month, &query.filter()?, after, limit).await?;
    let items = found.into_iter().map(DoubtfulReading::from).collect();
    Ok(Json(Page::of(items, limit, |reading| reading.cursor.clone())))
}

/// A register without a reading in the month, with what helps to decide about it.
#[derive(Serialize, ToSchema)]
struct MissingReading {
    site: ReadingSite,
    #[schema(example = "total")]
    register: String,
    /// The day on which its book was to be read.
    #[schema(example = "2016-08-15")]
    due_on: String,
    background: ReadingBackground,
    /// The open order to read it.
    order: Option<ReadingOrder>,
}

/// Registers of active energy without a reading in a month, of books that are read in it. Needs
/// `reading.read`.
#[utoipa::path(get, path = "/api/reading-months/{month}/missing", tag = "review", operation_id = "list_missing_readings",
    params(("month" = String, Path, description = "calendar month", example = "2016-08"), WorkQuery),
    responses(
        (status = 200, description = "a page of registers of the stations that you may see", body = Page<MissingReading>),
        (status = 422, description = "`month.invalid`, `page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn missing(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(month): Path<String>,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<MissingReading>>> {
    let (month, limit) = (input::month(&month, "month")?, page::limit(query.limit)?);
    let [meter_no, register] = query.cursor::<2>()?.unwrap_or_default();
    let tx = house.db.read().await?;
    let filter = query.filter()?;
    let found = progress::missing(&tx, &ctx, &house.packs, month, &filter, (meter_no, register), limit).await?;
    let shown = |found: progress::MissingReading| MissingReading {
        register: found.of.register.word().into(),
        due_on: found.due_on.to_string(),
        background: found.background.into(),
        order: found.order.map(ReadingOrder::from),
        site: found.of.site.into(),
    };
    let items = found.into_iter().map(shown).collect();
    Ok(Json(Page::of(items, limit, |found: &MissingReading| [found.site.meter_no.as_str(), &found.register].join("~"))))
}
