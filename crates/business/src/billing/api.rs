//! The billing officer's desk: asking for the steps of a month, and judging what they found.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Refusal;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding as NotFound, Page, PageQuery, Reading, SignedIn, Words, input};
use platform::long_work::{self, Handlers, Kind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{GroupBy, work};
use crate::billing;
use crate::exception::api::TrialFinding;
use crate::run::{self, RunScope};
use crate::supply::UsageCategory;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(summary))
        .routes(routes!(plan))
        .routes(routes!(try_bills))
        .routes(routes!(issue))
}

/// All that a trial found about one account 异常.
#[derive(Serialize, ToSchema)]
struct TrialFindings {
    /// 户号.
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Whether the bill can be issued all the same.
    #[schema(example = false)]
    ready: bool,
    findings: Vec<TrialFinding>,
}

impl From<billing::TrialFindings> for TrialFindings {
    fn from(account: billing::TrialFindings) -> TrialFindings {
        TrialFindings {
            supply_no: account.supply_no,
            ready: account.is_ready,
            findings: account.findings.into_iter().map(TrialFinding::from).collect(),
        }
    }
}

/// What the last trial of a cycle found about bills not issued yet, in order of supply number.
/// Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/findings", tag = "billing", operation_id = "list_trial_findings",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), PageQuery),
    responses(
        (status = 200, description = "a page of accounts of the stations that you may see", body = Page<TrialFindings>),
        (status = 422, description = "`month.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<TrialFindings>>> {
    let (cycle, limit) = (input::month(&cycle, "cycle")?, query.limit()?);
    let tx = house.db.read().await?;
    let accounts = billing::findings(&tx, &ctx, cycle, query.after.as_deref().unwrap_or_default(), limit).await?;
    let accounts = accounts.into_iter().map(TrialFindings::from).collect();
    Ok(Json(Page::of(accounts, limit, |account: &TrialFindings| account.supply_no.clone())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
    /// Only this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// `tariff` (the usual), `category` or `station`.
    #[param(example = "tariff")]
    by: Option<String>,
}

/// What the bills of one tariff, category of use or station come to.
#[derive(Serialize, ToSchema)]
struct BillGroup {
    /// Code of the tariff, category or station.
    #[schema(example = "cn-zhejiang/resident")]
    code: String,
    /// In words, where the code has a name.
    name: Option<Words>,
    now: BillSums,
    /// The month before.
    before: BillSums,
    /// The same month of the year before.
    year_before: BillSums,
}

#[derive(Serialize, ToSchema)]
struct BillSums {
    #[schema(example = 1450)]
    accounts: i64,
    #[schema(example = "312040.5")]
    kwh: String,
    #[schema(example = "198402.55")]
    amount: String,
}

impl From<billing::Sums> for BillSums {
    fn from(sums: billing::Sums) -> BillSums {
        BillSums { accounts: sums.accounts, kwh: sums.energy.to_string(), amount: sums.amount.to_string() }
    }
}

/// What the bills of a month come to, issued or ready to be, beside the month before and the year
/// before. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/summary", tag = "billing", operation_id = "get_billing_summary",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), SummaryQuery),
    responses(
        (status = 200, description = "the groups of the stations that you may see", body = Vec<BillGroup>),
        (status = 422, description = "`month.invalid`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn summary(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<SummaryQuery>,
) -> Answer<Json<Vec<BillGroup>>> {
    let cycle = input::month(&cycle, "cycle")?;
    let by = query.by.as_deref().map_or(Some(GroupBy::Tariff), GroupBy::from_word);
    let by = by.ok_or_else(|| {
        Refusal::invalid("word.unknown", "by 为 tariff、category 或 station", "by is tariff, category or station")
            .at("by")
    })?;
    let scope = RunScope { station: query.station, book: query.book, supply_no: query.supply_no };
    let tx = house.db.read().await?;
    let groups = billing::summary(&tx, &ctx, cycle, &scope, by).await?;
    let group = |group: billing::Group| BillGroup {
        name: match by {
            GroupBy::Category => UsageCategory::from_word(&group.code).map(|category| category.label().into()),
            GroupBy::Tariff | GroupBy::Station => None,
        },
        code: group.code,
        now: group.now.into(),
        before: group.before.into(),
        year_before: group.year_before.into(),
    };
    Ok(Json(groups.into_iter().map(group).collect()))
}

/// Which accounts a step is over; nothing: the whole bureau.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepScope {
    /// Those of this station.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// Those of this reading book.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// This single account.
    #[schema(example = json!(null))]
    supply_no: Option<String>,
}

/// Looks at what could be billed, as long work. Needs `bill.trial` over the scope, `work.own`.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/plan", tag = "billing", operation_id = "plan_bills",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = StepScope,
    responses((status = 202, description = "the work, queued; written in the journal", body = long_work::api::Work), Reading, NotFound, Acting))]
async fn plan(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(cycle): Path<String>,
    act: Act<StepScope>,
) -> Answer<Response> {
    begin(house, handlers, cycle, act, &work::PLAN).await
}

/// Computes the bills of a month as drafts, as long work; `work.open` while the same is under way. Needs
/// `bill.trial` over the scope, `work.own`.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/trial", tag = "billing", operation_id = "try_bills",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = StepScope,
    responses((status = 202, description = "the work, queued; written in the journal", body = long_work::api::Work), Reading, NotFound, Acting))]
async fn try_bills(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(cycle): Path<String>,
    act: Act<StepScope>,
) -> Answer<Response> {
    begin(house, handlers, cycle, act, &work::TRY).await
}

/// Issues the bills that a second person has approved, as long work; `run.not-approved` otherwise. Needs
/// `bill.issue` over the scope, `work.own`.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/issue", tag = "billing", operation_id = "issue_bills",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = StepScope,
    responses((status = 202, description = "the work, queued; written in the journal", body = long_work::api::Work), Reading, NotFound, Acting))]
async fn issue(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(cycle): Path<String>,
    act: Act<StepScope>,
) -> Answer<Response> {
    begin(house, handlers, cycle, act, &work::POST).await
}

async fn begin(
    house: House,
    handlers: Handlers,
    cycle: String,
    act: Act<StepScope>,
    kind: &'static Kind,
) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    act.once(work::right(kind), async |tx, ctx, wish| {
        let scope = RunScope { station: wish.station, book: wish.book, supply_no: wish.supply_no };
        let scope = run::named_scope(tx, ctx, scope).await?;
        let asked = work::ask(tx, ctx, kind, cycle, scope).await?;
        Ok((StatusCode::ACCEPTED, long_work::api::Work::of(asked, &house, &handlers)?))
    })
    .await
}
