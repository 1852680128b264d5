//! Tills, and the bureau's day.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Money, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, PageQuery, Reading, SignedIn, Words, input};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Counted, Tally, TillView, rules};
use crate::{closing, till};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(own, open))
        .routes(routes!(show))
        .routes(routes!(count))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(days))
        .routes(routes!(day))
        .routes(routes!(document))
        .routes(routes!(compare))
        .routes(routes!(close_day))
}

/// How many papers, and yuan as decimal text.
#[derive(Serialize, ToSchema)]
struct TallyRow {
    #[schema(example = 3)]
    count: i64,
    #[schema(example = "300.00")]
    amount: String,
}

impl From<Tally> for TallyRow {
    fn from(tally: Tally) -> TallyRow {
        TallyRow { count: tally.count, amount: tally.amount.to_string() }
    }
}

/// What of one method was expected and found.
#[derive(Serialize, ToSchema)]
struct ComparedRow {
    /// `cash`, `pos`, `cheque` or `voucher`.
    #[schema(example = "cash")]
    method: String,
    expected: TallyRow,
    found: TallyRow,
    /// Found less expected, yuan, decimal text.
    #[schema(example = "-10.00")]
    difference: String,
    #[schema(example = false)]
    agrees: bool,
}

/// A count of a till, with what the books said at that moment.
#[derive(Serialize, ToSchema)]
struct CountRow {
    #[schema(example = 1)]
    no: i64,
    #[schema(example = "2016-09-05T09:30:00Z")]
    at: String,
    #[schema(example = "wang.li")]
    by: String,
    /// Cash, the change included.
    #[schema(example = "490.00")]
    cash: String,
    /// Notes and coins by denomination in yuan.
    #[schema(example = json!({ "100": 4, "50": 1, "20": 2 }))]
    pieces: BTreeMap<String, i64>,
    compared: Vec<ComparedRow>,
    /// What is to be handed over: the cash less the change; null while less than the change lies there.
    #[schema(example = "290.00")]
    to_hand_over: Option<String>,
    /// Whether nothing was taken since.
    #[schema(example = true)]
    stands: bool,
}

/// How a till was closed.
#[derive(Serialize, ToSchema)]
struct CloseRow {
    #[schema(example = "2016-09-05T09:40:00Z")]
    at: String,
    #[schema(example = "wang.li")]
    by: String,
    #[schema(example = "S100234")]
    slip_no: Option<String>,
    #[schema(example = "290.00")]
    handed: String,
    #[schema(example = json!(null))]
    reopened_by: Option<String>,
    #[schema(example = json!(null))]
    reopen_reason: Option<String>,
}

/// A cashier's till of a day of the books 钱箱.
#[derive(Serialize, ToSchema)]
struct TillRow {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    #[schema(example = "wang.li")]
    cashier: String,
    #[schema(example = "2016-09-05")]
    day: String,
    #[schema(example = "ST01")]
    station: Option<String>,
    /// 备用金, yuan.
    #[schema(example = "200.00")]
    change: String,
    /// `open` or `closed`.
    #[schema(example = "open")]
    state: String,
    /// What the books say, by method; null until it has been counted.
    #[schema(example = json!(null))]
    book: Option<BTreeMap<String, TallyRow>>,
    counts: Vec<CountRow>,
    closes: Vec<CloseRow>,
}

impl From<TillView> for TillRow {
    /// The books are told to nobody before a count is on record: whoever counts shall not know.
    fn from(view: TillView) -> TillRow {
        let change = view.till.change;
        let counts = view.counts.iter().map(|count| CountRow {
            no: count.no,
            at: count.at.to_string(),
            by: count.by.clone(),
            cash: count.counted.cash.to_string(),
            pieces: count.counted.pieces.clone(),
            compared: rules::compare(change, &count.book, &count.counted)
                .into_iter()
                .map(|compared| ComparedRow {
                    difference: compared.difference().to_string(),
                    agrees: compared.agrees(),
                    method: compared.method,
                    expected: compared.expected.into(),
                    found: compared.found.into(),
                })
                .collect(),
            to_hand_over: rules::to_hand_over(change, &count.book, &count.counted).ok().map(|money| money.to_string()),
            stands: count.book == view.book,
        });
        let closes = view.closes.iter().map(|close| CloseRow {
            at: close.at.to_string(),
            by: close.by.clone(),
            slip_no: close.slip_no.clone(),
            handed: close.handed.to_string(),
            reopened_by: close.reopened.as_ref().map(|(_, by, _)| by.clone()),
            reopen_reason: close.reopened.as_ref().map(|(.., reason)| reason.clone()),
        });
        let book = view
            .standing_count()
            .map(|count| count.book.iter().map(|(method, tally)| (method.clone(), TallyRow::from(*tally))).collect());
        TillRow {
            counts: counts.collect(),
            closes: closes.collect(),
            book,
            id: view.till.id,
            cashier: view.till.cashier,
            day: view.till.day.to_string(),
            station: view.till.station,
            change: change.to_string(),
            state: view.till.state.to_string(),
        }
    }
}

/// One's own till now.
#[derive(Serialize, ToSchema)]
struct OwnTill {
    /// The day on which is booked now: today, or the next one after the bureau's close.
    #[schema(example = "2016-09-05")]
    day: String,
    /// Null: not opened yet; the first payment opens it.
    till: Option<TillRow>,
}

/// One's own till of the day on which is booked now. Needs `till.close`.
#[utoipa::path(get, path = "/api/till", tag = "closing", operation_id = "get_own_till",
    responses((status = 200, description = "the till, or that there is none", body = OwnTill), Reading))]
async fn own(State(house): State<House>, SignedIn(ctx): SignedIn) -> Answer<Json<OwnTill>> {
    let tx = house.db.read().await?;
    let (day, found) = closing::own_till(&tx, &ctx).await?;
    Ok(Json(OwnTill { day: day.to_string(), till: found.map(TillRow::from) }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Opening {
    /// 备用金, yuan, decimal text.
    #[schema(example = "200.00")]
    change: String,
}

fn yuan(text: &str, field: &str) -> Result<Money> {
    Ok(Money::parse_yuan(text.trim()).map_err(|_| {
        Refusal::invalid(
            "number.invalid",
            "金额须为最多两位小数的数",
            "an amount is a number with at most two decimals",
        )
        .at(field.to_owned())
    })?)
}

/// Opens one's till with change. Needs `till.close`.
#[utoipa::path(post, path = "/api/till", tag = "closing", operation_id = "open_till",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Opening,
    responses((status = 200, description = "the till, open; written in the journal", body = TillRow), Reading, Acting))]
async fn open(act: Act<Opening>) -> Answer<Response> {
    act.once(till::CLOSE, async |tx, ctx, wish| {
        let opened = till::open(tx, ctx, yuan(&wish.change, "change")?).await?;
        let found = closing::till_of(tx, ctx, opened.id).await?;
        Ok((StatusCode::OK, TillRow::from(found)))
    })
    .await
}

fn till_id(text: &str) -> Result<Uuid> {
    let unknown = || Refusal::not_found("till.unknown", "没有该钱箱", "there is no such till");
    Ok(text.parse().map_err(|_| unknown())?)
}

/// A till, for its cashier (`till.close`) or a head (`closing.read`).
#[utoipa::path(get, path = "/api/tills/{id}", tag = "closing", operation_id = "get_till",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000")),
    responses((status = 200, description = "the till", body = TillRow), Reading, Finding))]
async fn show(State(house): State<House>, SignedIn(ctx): SignedIn, Path(id): Path<String>) -> Answer<Json<TillRow>> {
    if ctx.require(closing::READ).is_err() {
        ctx.require(till::CLOSE)?;
    }
    let tx = house.db.read().await?;
    Ok(Json(closing::till_of(&tx, &ctx, till_id(&id)?).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Papers {
    /// `pos`, `cheque` or `voucher`.
    #[schema(example = "pos")]
    method: String,
    #[schema(example = 2)]
    count: i64,
    /// Yuan, decimal text.
    #[schema(example = "150.00")]
    amount: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountWish {
    /// All cash, the change included: yuan, decimal text.
    #[schema(example = "490.00")]
    cash: String,
    /// Notes and coins by denomination in yuan (`100`, `50`, `20`, `10`, `5`, `1`, `0.5`, `0.1`); empty when only the sum is told.
    #[schema(example = json!({ "100": 4, "50": 1, "20": 2 }))]
    pieces: BTreeMap<String, i64>,
    /// Slips, cheques and vouchers.
    #[schema(example = json!([]))]
    papers: Vec<Papers>,
}

impl CountWish {
    fn read(self) -> Result<Counted> {
        let mut counted = Counted { cash: yuan(&self.cash, "cash")?, pieces: self.pieces, papers: BTreeMap::default() };
        counted.pieces.retain(|_, count| *count != 0);
        for papers in self.papers {
            let amount = yuan(&papers.amount, &papers.method)?;
            counted.papers.insert(papers.method, Tally { count: papers.count, amount });
        }
        Ok(counted)
    }
}

/// Puts a count on record; the answer tells what the books expected. One's own till needs `till.close`,
/// another's `till.reopen`.
#[utoipa::path(post, path = "/api/tills/{id}/counts", tag = "closing", operation_id = "count_till",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = CountWish,
    responses((status = 200, description = "counted; written in the journal", body = TillRow), Reading, Finding, Acting))]
async fn count(SignedIn(ctx): SignedIn, Path(id): Path<String>, act: Act<CountWish>) -> Answer<Response> {
    let right = if ctx.require(till::CLOSE).is_ok() { till::CLOSE } else { closing::REOPEN };
    act.once(right, async |tx, ctx, wish| {
        let found = closing::count(tx, ctx, till_id(&id)?, wish.read()?).await?;
        Ok((StatusCode::OK, TillRow::from(found)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseWish {
    /// Number of the deposit slip 缴款单; null when there is no cash to hand over.
    #[schema(example = "S100234")]
    slip_no: Option<String>,
    /// The cash handed over, yuan, decimal text.
    #[schema(example = "290.00")]
    handed: String,
}

/// Closes a till by its last count. `till.not-counted`, `till.count-stale`, `till.hand-over`,
/// `till.change-short` and `till.slip` say why not. One's own needs `till.close`, another's `till.reopen`.
#[utoipa::path(post, path = "/api/tills/{id}/close", tag = "closing", operation_id = "close_till",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = CloseWish,
    responses((status = 200, description = "closed; written in the journal", body = TillRow), Reading, Finding, Acting))]
async fn close(SignedIn(ctx): SignedIn, Path(id): Path<String>, act: Act<CloseWish>) -> Answer<Response> {
    let right = if ctx.require(till::CLOSE).is_ok() { till::CLOSE } else { closing::REOPEN };
    act.once(right, async |tx, ctx, wish| {
        let handed = yuan(&wish.handed, "handed")?;
        let found = closing::close_till(tx, ctx, till_id(&id)?, wish.slip_no.as_deref(), handed).await?;
        Ok((StatusCode::OK, TillRow::from(found)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reopening {
    #[schema(example = "还有客户待缴费")]
    reason: String,
}

/// Opens a closed till again while its day is open; not one's own (`till.own`). Needs `till.reopen`.
#[utoipa::path(post, path = "/api/tills/{id}/reopening", tag = "closing", operation_id = "reopen_till",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Reopening,
    responses((status = 200, description = "open; written in the journal", body = TillRow), Reading, Finding, Acting))]
async fn reopen(Path(id): Path<String>, act: Act<Reopening>) -> Answer<Response> {
    act.once(closing::REOPEN, async |tx, ctx, wish| {
        let found = closing::reopen_till(tx, ctx, till_id(&id)?, &wish.reason).await?;
        Ok((StatusCode::OK, TillRow::from(found)))
    })
    .await
}

/// What a channel took on a day, by our books and by its statement.
#[derive(Serialize, ToSchema)]
struct ChannelRow {
    #[schema(example = "wechat")]
    channel: String,
    ours: TallyRow,
    theirs: TallyRow,
    /// Whether the channel has reported this day or a later one.
    #[schema(example = true)]
    reported: bool,
}

/// Why a day cannot be closed now.
#[derive(Serialize, ToSchema)]
struct Obstacle {
    #[schema(example = "day.till-open")]
    code: String,
    message: Words,
}

/// A day of the books.
#[derive(Serialize, ToSchema)]
struct DayRow {
    #[schema(example = "2016-09-05")]
    day: String,
    /// Only the tills and differences of these stations; null: the whole bureau.
    #[schema(example = json!(null))]
    stations: Option<Vec<String>>,
    #[schema(example = json!(null))]
    closed_at: Option<String>,
    #[schema(example = json!(null))]
    closed_by: Option<String>,
    /// SHA-256 of the sealed figures.
    #[schema(example = json!(null))]
    digest: Option<String>,
    /// Money taken, by method.
    taken: BTreeMap<String, TallyRow>,
    tills: Vec<TillRow>,
    channels: Vec<ChannelRow>,
    /// On its way and not credited, up to this day.
    in_transit: TallyRow,
    /// Lines of the bank up to this day that match nothing.
    unmatched: TallyRow,
    /// Differences of any day that are not settled.
    #[schema(example = 1)]
    open_differences: i64,
    obstacles: Vec<Obstacle>,
}

/// A day as whoever closes it sees it. Needs `closing.read`.
#[utoipa::path(get, path = "/api/closing-days/{day}", tag = "closing", operation_id = "get_closing_day",
    params(("day" = String, Path, example = "2016-09-01")),
    responses(
        (status = 200, description = "tills, channels, bank, and what keeps it from being closed", body = DayRow),
        (status = 422, description = "`date.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn day(State(house): State<House>, SignedIn(ctx): SignedIn, Path(day): Path<String>) -> Answer<Json<DayRow>> {
    let day = input::date(&day, "day")?;
    let tx = house.db.read().await?;
    let (found, stations) = closing::day(&tx, &ctx, day).await?;
    let (closed_at, closed_by, digest) = match found.closed {
        Some((at, by, digest)) => (Some(at.to_string()), Some(by), Some(digest)),
        None => (None, None, None),
    };
    let channel = |day: super::ChannelDay| ChannelRow {
        channel: day.channel,
        ours: day.ours.into(),
        theirs: day.theirs.into(),
        reported: day.reported,
    };
    let obstacle = |refusal: Refusal| Obstacle { code: refusal.code.to_owned(), message: refusal.text.into() };
    Ok(Json(DayRow {
        day: day.to_string(),
        stations,
        closed_at,
        closed_by,
        digest,
        taken: found.taken.into_iter().map(|(method, tally)| (method, tally.into())).collect(),
        tills: found.tills.into_iter().map(TillRow::from).collect(),
        channels: found.channels.into_iter().map(channel).collect(),
        in_transit: found.in_transit.into(),
        unmatched: found.unmatched.into(),
        open_differences: found.open_differences,
        obstacles: found.obstacles.into_iter().map(obstacle).collect(),
    }))
}

/// A closed day.
#[derive(Serialize, ToSchema)]
struct ClosedRow {
    #[schema(example = "2016-09-05")]
    day: String,
    #[schema(example = "2016-09-05T10:00:00Z")]
    closed_at: String,
    #[schema(example = "zhao.qi")]
    closed_by: String,
    /// SHA-256 of the sealed figures.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// Closed days, the newest first. Needs `closing.read` over the whole bureau.
#[utoipa::path(get, path = "/api/closing-days", tag = "closing", operation_id = "list_closed_days", params(PageQuery), responses(
    (status = 200, description = "a page of days", body = Page<ClosedRow>),
    (status = 422, description = "`date.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn days(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<ClosedRow>>> {
    let limit = query.limit()?;
    let before = query.after.as_deref().map(|text| input::date(text, "after")).transpose()?;
    let tx = house.db.read().await?;
    let rows = closing::closed_days(&tx, &ctx, before, limit).await?.into_iter().map(|closed| ClosedRow {
        day: closed.day.to_string(),
        closed_at: closed.closed_at.to_string(),
        closed_by: closed.closed_by,
        digest: closed.digest,
    });
    Ok(Json(Page::of(rows.collect(), limit, |row: &ClosedRow| row.day.clone())))
}

/// The sealed figures of a day, byte for byte as their digest covers them. Needs `closing.read` over the
/// whole bureau.
#[utoipa::path(get, path = "/api/closing-days/{day}/document", tag = "closing", operation_id = "get_closing_document",
    params(("day" = String, Path, example = "2016-09-01")),
    responses((status = 200, description = "the document", body = String, content_type = "application/json"), Reading, Finding))]
async fn document(State(house): State<House>, SignedIn(ctx): SignedIn, Path(day): Path<String>) -> Answer<Response> {
    let day = input::date(&day, "day")?;
    let tx = house.db.read().await?;
    let closed = closing::closed_day(&tx, &ctx, day).await?;
    let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
    Ok(axum::response::IntoResponse::into_response((kind, closed.document)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    /// Words for the journal, at most 500 characters.
    #[schema(example = json!(null))]
    note: Option<String>,
}

impl Note {
    fn words(&self) -> Result<Option<&str>> {
        self.note.as_deref().filter(|note| !note.trim().is_empty()).map(closing::words).transpose()
    }
}

#[derive(Serialize, ToSchema)]
struct Comparison {
    /// Differences that stand after it.
    #[schema(example = 2)]
    differences: usize,
}

/// Compares channels and bank with the books up to a day, and puts what differs on record. Needs
/// `closing.close`.
#[utoipa::path(post, path = "/api/closing-days/{day}/comparison", tag = "closing", operation_id = "compare_closing_day",
    params(("day" = String, Path, example = "2016-09-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Note,
    responses((status = 200, description = "compared; written in the journal", body = Comparison), Reading, Finding, Acting))]
async fn compare(State(house): State<House>, Path(day): Path<String>, act: Act<Note>) -> Answer<Response> {
    let day = input::date(&day, "day")?;
    act.once(closing::CLOSE, async |tx, ctx, wish| {
        let differences = crate::difference::compare(tx, ctx, &house.packs, day, wish.words()?).await?;
        Ok((StatusCode::OK, Comparison { differences }))
    })
    .await
}

/// Closes the bureau's day for ever: `day.till-open`, `day.order`, `day.future` and `day.closed` say why
/// not. Needs `closing.close` over the whole bureau.
#[utoipa::path(post, path = "/api/closing-days/{day}/close", tag = "closing", operation_id = "close_day",
    params(("day" = String, Path, example = "2016-09-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Note,
    responses((status = 200, description = "closed; written in the journal", body = ClosedRow), Reading, Finding, Acting))]
async fn close_day(State(house): State<House>, Path(day): Path<String>, act: Act<Note>) -> Answer<Response> {
    let day = input::date(&day, "day")?;
    act.once(closing::CLOSE, async |tx, ctx, wish| {
        let closed = closing::close_day(tx, ctx, &house.packs, day, wish.words()?).await?;
        let row = ClosedRow {
            day: closed.day.to_string(),
            closed_at: closed.closed_at.to_string(),
            closed_by: closed.closed_by,
            digest: closed.digest,
        };
        Ok((StatusCode::OK, row))
    })
    .await
}
