//! Differences, money on its way and the bank's lines.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Date, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Difference, DifferenceEvent, DifferenceFilter, SETTLE, Settlement};
use crate::transit::{self, BankLine, Deposit, LineFilter};
use crate::{difference, till};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(explain))
        .routes(routes!(settle))
        .routes(routes!(deposits))
        .routes(routes!(bank_lines))
        .routes(routes!(match_line))
        .routes(routes!(unmatch_line))
}

fn id(text: &str, field: &str) -> Result<Uuid> {
    let wrong = || {
        Refusal::invalid("page.after", "应为上一页的 next", "must be `next` of the page before").at(field.to_owned())
    };
    Ok(text.parse().map_err(|_| wrong())?)
}

fn cursor(text: &Option<String>) -> Result<Option<Uuid>> {
    text.as_deref().map(|text| id(text, "after")).transpose()
}

fn day(text: &Option<String>, field: &str) -> Result<Option<Date>> {
    text.as_deref().filter(|text| !text.is_empty()).map(|text| input::date(text, field)).transpose()
}

/// A step in the life of a difference.
#[derive(Serialize, ToSchema)]
struct EventRow {
    /// `open`, `explained`, `settled` or `withdrawn`.
    #[schema(example = "explained")]
    state: String,
    #[schema(example = "2016-09-05T10:00:00Z")]
    at: String,
    #[schema(example = "wang.li")]
    by: String,
    #[schema(example = "找零多付 10 元")]
    text: String,
    /// `paid-in`, `written-off` or `corrected`, of a settlement.
    #[schema(example = json!(null))]
    how: Option<String>,
}

impl From<DifferenceEvent> for EventRow {
    fn from(event: DifferenceEvent) -> EventRow {
        EventRow {
            state: event.state.to_string(),
            at: event.at.to_string(),
            by: event.by,
            text: event.text,
            how: event.how.map(|how| how.to_string()),
        }
    }
}

/// A difference 差异; yuan, decimal text.
#[derive(Serialize, ToSchema)]
pub struct DifferenceRow {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    /// The day whose close found it.
    #[schema(example = "2016-09-05")]
    day: String,
    /// `till`, `channel-missing-here`, `channel-missing-there`, `channel-amount`, `channel-twice`,
    /// `bank-unknown` or `bank-missing`.
    #[schema(example = "till")]
    kind: String,
    name: Words,
    #[schema(example = "cash")]
    method: Option<String>,
    #[schema(example = json!(null))]
    channel: Option<String>,
    /// The channel's or the bank's number.
    #[schema(example = json!(null))]
    reference: Option<String>,
    #[schema(example = 3)]
    expected_count: i64,
    #[schema(example = "300.00")]
    expected: String,
    #[schema(example = 3)]
    found_count: i64,
    #[schema(example = "290.00")]
    found: String,
    /// Found less expected.
    #[schema(example = "-10.00")]
    amount: String,
    /// Login of who is answerable for it.
    #[schema(example = "wang.li")]
    owner: String,
    #[schema(example = "ST01")]
    station: Option<String>,
    #[schema(example = "open")]
    state: String,
    /// The acts that its state allows: `explain`, `settle`.
    #[schema(example = json!(["explain", "settle"]))]
    acts: Vec<String>,
    events: Vec<EventRow>,
}

impl From<Difference> for DifferenceRow {
    fn from(d: Difference) -> DifferenceRow {
        let acts: &[&str] = if d.refuse_ended().is_ok() { &["explain", "settle"] } else { &[] };
        DifferenceRow {
            amount: d.amount().to_string(),
            acts: acts.iter().map(|act| (*act).to_owned()).collect(),
            id: d.id,
            day: d.day.to_string(),
            kind: d.kind.to_string(),
            name: d.kind.label().into(),
            method: d.method,
            channel: d.channel,
            reference: d.reference,
            expected_count: d.expected.count,
            expected: d.expected.amount.to_string(),
            found_count: d.found.count,
            found: d.found.amount.to_string(),
            owner: d.owner,
            station: d.station,
            state: d.state.to_string(),
            events: d.events.into_iter().map(EventRow::from).collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those of this day's close.
    day: Option<String>,
    /// Only those of this owner.
    owner: Option<String>,
    /// Only those that are neither settled nor withdrawn.
    #[param(example = true)]
    open: Option<bool>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Differences, the newest first: those of one's stations, or, without `closing.read`, one's own.
/// Needs `closing.read` or `till.close`.
#[utoipa::path(get, path = "/api/differences", tag = "closing", operation_id = "list_differences", params(ListQuery), responses(
    (status = 200, description = "a page of differences", body = Page<DifferenceRow>),
    (status = 422, description = "`date.invalid`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<DifferenceRow>>> {
    let filter = DifferenceFilter {
        day: day(&query.day, "day")?,
        only_open: query.open.unwrap_or(false),
        owner: query.owner.filter(|owner| !owner.is_empty()),
    };
    let (after, limit) = (cursor(&query.after)?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let found = difference::list(&tx, &ctx, &filter, after, limit).await?;
    let rows = found.into_iter().map(DifferenceRow::from).collect();
    Ok(Json(Page::of(rows, limit, |row: &DifferenceRow| row.id.to_string())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Explanation {
    /// Where it comes from, at most 500 characters.
    #[schema(example = "找零多付 10 元")]
    text: String,
}

fn known(text: &str) -> Result<Uuid> {
    let unknown = || Refusal::not_found("difference.unknown", "没有该差异", "there is no such difference");
    Ok(text.parse().map_err(|_| unknown())?)
}

/// Says where a difference comes from: its owner, or whoever holds `closing.settle`.
#[utoipa::path(post, path = "/api/differences/{id}/explanation", tag = "closing", operation_id = "explain_difference",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Explanation,
    responses((status = 200, description = "explained; written in the journal", body = DifferenceRow), Reading, Finding, Acting))]
async fn explain(SignedIn(ctx): SignedIn, Path(id): Path<String>, act: Act<Explanation>) -> Answer<Response> {
    let right = if ctx.require(SETTLE).is_ok() { SETTLE } else { till::CLOSE };
    act.once(right, async |tx, ctx, wish| {
        let found = difference::explain(tx, ctx, known(&id)?, &wish.text).await?;
        Ok((StatusCode::OK, DifferenceRow::from(found)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettlementWish {
    /// `paid-in` (cash short, made good), `written-off` (cash, taken to profit and loss) or `corrected`.
    #[schema(example = "written-off")]
    how: String,
    /// Number of the deposit slip, of `paid-in`.
    #[schema(example = json!(null))]
    slip_no: Option<String>,
    /// Why, at most 500 characters.
    #[schema(example = "金额小，计入损益")]
    text: String,
}

/// Ends a difference, as another person than its owner (`difference.own`). Needs `closing.settle`.
#[utoipa::path(post, path = "/api/differences/{id}/settlement", tag = "closing", operation_id = "settle_difference",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = SettlementWish,
    responses((status = 200, description = "settled; written in the journal", body = DifferenceRow), Reading, Finding, Acting))]
async fn settle(Path(id): Path<String>, act: Act<SettlementWish>) -> Answer<Response> {
    act.once(SETTLE, async |tx, ctx, wish| {
        let how = Settlement::from_word(&wish.how).ok_or_else(|| {
            Refusal::invalid(
                "word.unknown",
                "应为 paid-in、written-off 或 corrected",
                "must be paid-in, written-off or corrected",
            )
            .at("how")
        })?;
        let found = difference::settle(tx, ctx, known(&id)?, how, wish.slip_no.as_deref(), &wish.text).await?;
        Ok((StatusCode::OK, DifferenceRow::from(found)))
    })
    .await
}

/// Money on its way to the collection account 在途资金; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct DepositRow {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    /// The day of the books on which it went.
    #[schema(example = "2016-09-05")]
    day: String,
    /// `cash`, `pos`, `cheque`, `voucher`, `channel` or `transfer`.
    #[schema(example = "cash")]
    kind: String,
    #[schema(example = "wang.li")]
    cashier: Option<String>,
    #[schema(example = json!(null))]
    channel: Option<String>,
    /// Number of the deposit slip or of the transfer.
    #[schema(example = "S100234")]
    reference: Option<String>,
    #[schema(example = "290.00")]
    amount: String,
}

impl From<Deposit> for DepositRow {
    fn from(deposit: Deposit) -> DepositRow {
        DepositRow {
            id: deposit.id,
            day: deposit.day.to_string(),
            kind: deposit.kind.to_string(),
            cashier: deposit.cashier,
            channel: deposit.channel,
            reference: deposit.reference,
            amount: deposit.amount.to_string(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TransitQuery {
    /// Only what is not matched; true when absent.
    #[param(example = true)]
    open: Option<bool>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Money on its way, oldest first. Needs `closing.read` over the whole bureau.
#[utoipa::path(get, path = "/api/deposits", tag = "closing", operation_id = "list_deposits", params(TransitQuery), responses(
    (status = 200, description = "a page of deposits", body = Page<DepositRow>),
    (status = 422, description = "`page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn deposits(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<TransitQuery>,
) -> Answer<Json<Page<DepositRow>>> {
    let (after, limit) = (cursor(&query.after)?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let found = transit::deposits(&tx, &ctx, query.open.unwrap_or(true), after, limit).await?;
    Ok(Json(Page::of(found.into_iter().map(DepositRow::from).collect(), limit, |row: &DepositRow| row.id.to_string())))
}

/// A line of the bank's statement; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct BankLineRow {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    #[schema(example = "3201040160000123456")]
    account: String,
    #[schema(example = "2016-09-06")]
    value_date: String,
    /// Negative: money that went out.
    #[schema(example = "290.00")]
    amount: String,
    #[schema(example = "20160906000017")]
    reference: String,
    #[schema(example = "现金缴款 S100234")]
    text: String,
    #[schema(example = false)]
    matched: bool,
}

impl From<BankLine> for BankLineRow {
    fn from(line: BankLine) -> BankLineRow {
        BankLineRow {
            id: line.id,
            account: line.account,
            value_date: line.value_date.to_string(),
            amount: line.amount.to_string(),
            reference: line.reference,
            text: line.text,
            matched: line.matched,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// Only what is not matched; true when absent.
    #[param(example = true)]
    open: Option<bool>,
    /// First value date.
    from: Option<String>,
    /// Last value date.
    to: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Lines of the bank's statements. Needs `closing.read` over the whole bureau.
#[utoipa::path(get, path = "/api/bank-lines", tag = "closing", operation_id = "list_bank_lines", params(LinesQuery), responses(
    (status = 200, description = "a page of lines", body = Page<BankLineRow>),
    (status = 422, description = "`date.invalid`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn bank_lines(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<LinesQuery>,
) -> Answer<Json<Page<BankLineRow>>> {
    let filter = LineFilter {
        only_open: query.open.unwrap_or(true),
        from: day(&query.from, "from")?,
        to: day(&query.to, "to")?,
    };
    let (after, limit) = (cursor(&query.after)?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let found = transit::lines(&tx, &ctx, &filter, after, limit).await?;
    Ok(Json(Page::of(found.into_iter().map(BankLineRow::from).collect(), limit, |row: &BankLineRow| {
        row.id.to_string()
    })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Match {
    /// The deposits that it is, which add up to it.
    #[schema(example = json!(["019385c2-7a00-7000-8000-000000000000"]))]
    deposits: Vec<Uuid>,
    #[schema(example = "两个钱箱合并缴款")]
    reason: String,
}

fn line_id(text: &str) -> Result<Uuid> {
    let unknown = || Refusal::not_found("line.unknown", "没有该银行流水", "there is no such line of the bank");
    Ok(text.parse().map_err(|_| unknown())?)
}

/// Matches a line of the bank with money on its way, by hand. Needs `statement.match`.
#[utoipa::path(post, path = "/api/bank-lines/{id}/match", tag = "closing", operation_id = "match_bank_line",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Match,
    responses((status = 200, description = "matched; written in the journal", body = BankLineRow), Reading, Finding, Acting))]
async fn match_line(Path(id): Path<String>, act: Act<Match>) -> Answer<Response> {
    act.once(transit::MATCH, async |tx, ctx, wish| {
        let line = transit::match_by_hand(tx, ctx, line_id(&id)?, wish.deposits, &wish.reason).await?;
        Ok((StatusCode::OK, BankLineRow::from(line)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Undoing {
    #[schema(example = "勾错")]
    reason: String,
}

/// Parts a line of the bank from its deposits again. Needs `statement.match`.
#[utoipa::path(post, path = "/api/bank-lines/{id}/unmatching", tag = "closing", operation_id = "unmatch_bank_line",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Undoing,
    responses((status = 200, description = "open again; written in the journal", body = BankLineRow), Reading, Finding, Acting))]
async fn unmatch_line(Path(id): Path<String>, act: Act<Undoing>) -> Answer<Response> {
    act.once(transit::MATCH, async |tx, ctx, wish| {
        let line = transit::unmatch(tx, ctx, line_id(&id)?, &wish.reason).await?;
        Ok((StatusCode::OK, BankLineRow::from(line)))
    })
    .await
}
