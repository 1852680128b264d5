//! Receivable and received, and the rate of recovery.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Query, State};
use axum::response::Response;
use kernel::Refusal;
use kernel::id::Uuid;
use platform::http::problem::{Answer, Problem};
use platform::http::{Page, Reading, SignedIn, download, input, page};
use platform::{House, Result, journal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::percent;
use super::{By, LineCursor, RecoveryBy, ReportRow, Stretch};
use crate::recovery;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(report))
        .routes(routes!(report_file))
        .routes(routes!(report_lines))
        .routes(routes!(recovered))
}

fn unknown_word(field: &str, known: &str) -> Refusal {
    Refusal::invalid("word.unknown", format!("应为：{known}"), format!("must be one of: {known}")).at(field)
}

/// Reads `entry_id.line_no`.
fn cursor(text: Option<&str>) -> Result<Option<LineCursor>> {
    let Some(text) = text else { return Ok(None) };
    let parts = text.split_once('.');
    let read = parts
        .and_then(|(entry, line)| Some(LineCursor { entry: entry.parse::<Uuid>().ok()?, line: line.parse().ok()? }));
    let wrong = || {
        Refusal::invalid("page.after", "after 应为上一页的 next", "`after` is `next` of the page before").at("after")
    };
    Ok(Some(read.ok_or_else(wrong)?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// First day of the books.
    #[param(example = "2016-09-01")]
    from: String,
    /// Last day, included.
    #[param(example = "2016-09-30")]
    to: String,
    /// `day`, `month`, `station`, `book` or `category`.
    #[param(example = "day")]
    by: String,
}

impl ReportQuery {
    fn read(&self) -> Result<(Stretch, By)> {
        let stretch = Stretch { from: input::date(&self.from, "from")?, to: input::date(&self.to, "to")? };
        Ok((stretch, by(&self.by)?))
    }
}

fn by(word: &str) -> Result<By> {
    By::from_word(word).ok_or_else(|| unknown_word("by", "day, month, station, book, category").into())
}

/// Receivable and received; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct ReportPart {
    /// The day, month, station, book or category; empty: usage points without a book.
    #[schema(example = "2016-09-01")]
    key: String,
    /// 应收电费: bills issued less those reversed.
    #[schema(example = "136.80")]
    issued: String,
    /// Opening debts taken over.
    #[schema(example = "0.00")]
    opening: String,
    /// 实收电费: money for what was owed.
    #[schema(example = "0.00")]
    received: String,
    /// 违约金.
    #[schema(example = "0.00")]
    late_charge: String,
    /// 预收: paid ahead, less what was paid back.
    #[schema(example = "0.00")]
    ahead: String,
    /// Money paid ahead that met a debt.
    #[schema(example = "0.00")]
    applied: String,
    /// All money that came in.
    #[schema(example = "0.00")]
    money: String,
}

impl From<&ReportRow> for ReportPart {
    fn from(row: &ReportRow) -> ReportPart {
        ReportPart {
            key: row.key.clone(),
            issued: row.issued.to_string(),
            opening: row.opening.to_string(),
            received: row.received.to_string(),
            late_charge: row.late_charge.to_string(),
            ahead: row.ahead.to_string(),
            applied: row.applied.to_string(),
            money: row.money().to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ReportAnswer {
    /// Only the usage points of these stations; null: the whole bureau.
    #[schema(example = json!(null))]
    stations: Option<Vec<String>>,
    rows: Vec<ReportPart>,
    total: ReportPart,
}

/// What became receivable and what was received, by days of the books; it ties with the trial
/// balance. Needs `arrears.read`.
#[utoipa::path(get, path = "/api/receivables-report", tag = "arrears", operation_id = "get_receivables_report", params(ReportQuery), responses(
    (status = 200, description = "the parts and their total", body = ReportAnswer),
    (status = 422, description = "`date.invalid`, `range.invalid`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn report(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<ReportQuery>,
) -> Answer<Json<ReportAnswer>> {
    let (stretch, by) = query.read()?;
    let tx = house.db.read().await?;
    let found = recovery::report(&tx, &ctx, stretch, by).await?;
    let total = ReportPart::from(&found.total());
    Ok(Json(ReportAnswer { rows: found.rows.iter().map(ReportPart::from).collect(), total, stations: found.stations }))
}

/// The report as a CSV file; an act in the journal. Needs `arrears.read`.
#[utoipa::path(get, path = "/api/receivables-report.csv", tag = "arrears", operation_id = "export_receivables_report", params(ReportQuery), responses(
    (status = 200, description = "one part a row, the total last", body = String, content_type = "text/csv"),
    (status = 422, description = "`date.invalid`, `range.invalid`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn report_file(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<ReportQuery>,
) -> Answer<Response> {
    let (stretch, by) = query.read()?;
    let tx = house.db.read().await?;
    let found = recovery::report(&tx, &ctx, stretch, by).await?;
    let detail = serde_json::json!({ "from": query.from, "to": query.to, "by": query.by, "stations": found.stations });
    journal::note_export(&house.db, &ctx, "receivables-report", detail).await?;
    let total = ReportRow { key: "total".into(), ..found.total() };
    let text = |row: &ReportRow| {
        let part = ReportPart::from(row);
        vec![part.key, part.issued, part.opening, part.received, part.late_charge, part.ahead, part.applied, part.money]
    };
    let rows: Vec<Vec<String>> = found.rows.iter().chain([&total]).map(text).collect();
    let header = [by.word(), "issued", "opening", "received", "late_charge", "ahead", "applied", "money"];
    Ok(download::csv(&format!("receivables-{}-{}.csv", stretch.from, stretch.to), &header, rows)?)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    #[param(example = "2016-09-01")]
    from: String,
    #[param(example = "2016-09-30")]
    to: String,
    /// As of the report.
    #[param(example = "day")]
    by: String,
    /// `key` of the part.
    #[param(example = "2016-09-01")]
    key: String,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct ReportLineRow {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    entry_id: String,
    #[schema(example = 1)]
    line_no: i64,
    #[schema(example = "2016-09-01")]
    on: String,
    #[schema(example = "bill")]
    kind: String,
    #[schema(example = "receivable")]
    account: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    /// Yuan, decimal text; a debit is positive.
    #[schema(example = "136.80")]
    amount: String,
}

/// The ledger lines behind a part of the report. Needs `arrears.read`.
#[utoipa::path(get, path = "/api/receivables-report/lines", tag = "arrears", operation_id = "list_receivables_report_lines", params(LinesQuery), responses(
    (status = 200, description = "a page of lines in order of entry", body = Page<ReportLineRow>),
    (status = 422, description = "`date.invalid`, `range.invalid`, `word.unknown`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn report_lines(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<LinesQuery>,
) -> Answer<Json<Page<ReportLineRow>>> {
    let stretch = Stretch { from: input::date(&query.from, "from")?, to: input::date(&query.to, "to")? };
    let (by, limit, after) = (by(&query.by)?, page::limit(query.limit)?, cursor(query.after.as_deref())?);
    let tx = house.db.read().await?;
    let found = recovery::report_lines(&tx, &ctx, stretch, by, &query.key, after.as_ref(), limit).await?;
    let rows = found.into_iter().map(|line| ReportLineRow {
        entry_id: line.entry_id.to_string(),
        line_no: line.line_no,
        on: line.on.to_string(),
        kind: line.kind,
        account: line.account,
        supply_no: line.supply_no,
        bill_no: line.bill_no,
        amount: line.amount.to_string(),
    });
    Ok(Json(Page::of(rows.collect(), limit, |row: &ReportLineRow| format!("{}.{}", row.entry_id, row.line_no))))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecoveryQuery {
    /// First month of bills.
    #[param(example = "2016-01")]
    from: String,
    /// Last month of bills.
    #[param(example = "2016-12")]
    to: String,
    /// The state at the end of this day; today when absent.
    #[param(example = "2016-09-30")]
    as_of: Option<String>,
    /// `month` or `station`.
    #[param(example = "month")]
    by: String,
}

/// Recovery 电费回收: yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct RecoveryRow {
    /// The month of the bills, or the station.
    #[schema(example = "2016-08")]
    key: String,
    #[schema(example = "136.80")]
    issued: String,
    #[schema(example = "0.00")]
    received: String,
    #[schema(example = "136.80")]
    open: String,
    /// 回收率 in percent with two decimals; null where nothing was issued.
    #[schema(example = "0.00")]
    rate: Option<String>,
}

/// How much of what was issued had come in by a day, by month of bill or by station. Needs
/// `arrears.read`.
#[utoipa::path(get, path = "/api/recovery", tag = "arrears", operation_id = "list_recovery", params(RecoveryQuery), responses(
    (status = 200, description = "one for each month or station with bills", body = Vec<RecoveryRow>),
    (status = 422, description = "`month.invalid`, `date.invalid`, `range.invalid`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn recovered(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<RecoveryQuery>,
) -> Answer<Json<Vec<RecoveryRow>>> {
    let months = (input::month(&query.from, "from")?, input::month(&query.to, "to")?);
    let as_of = query.as_of.as_deref().filter(|text| !text.is_empty());
    let as_of = as_of.map(|text| input::date(text, "as_of")).transpose()?.unwrap_or(ctx.today);
    let by = RecoveryBy::from_word(&query.by).ok_or_else(|| unknown_word("by", "month, station"))?;
    let tx = house.db.read().await?;
    let rows = recovery::recovery(&tx, &ctx, months, as_of, by).await?.into_iter().map(|row| RecoveryRow {
        key: row.key,
        issued: row.issued.to_string(),
        received: row.received.to_string(),
        open: (row.issued - row.received).to_string(),
        rate: percent(row.received, row.issued),
    });
    Ok(Json(rows.collect()))
}
