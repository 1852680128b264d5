//! The billing officer's desk: asking for the steps of a month, and judging what they found.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Month, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding as NotFound, Page, PageQuery, Reading, SignedIn, Words, input, page};
use platform::long_work::{self, Handlers, Kind};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ExceptionQuery, GroupBy, Order, work};
use crate::reading::rules::{Doubt, Finding};
use crate::run::{self, RunScope};
use crate::supply::{UsageCategory, masked_name};
use crate::{bill, billing};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(exceptions))
        .routes(routes!(counts))
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

#[derive(Serialize, ToSchema)]
struct TrialFinding {
    /// `missing`, `negative`, `unpriced`, `long-period`, `over-capacity`, `spike`, `constant`,
    /// `vacancy`, `rollover`, `total-mismatch` or `estimated`.
    #[schema(example = "missing")]
    doubt: String,
    name: Words,
    /// Whether no bill can be issued while it stands.
    #[schema(example = true)]
    blocking: bool,
    /// What exactly was found.
    message: Words,
}

impl From<Finding> for TrialFinding {
    fn from(finding: Finding) -> TrialFinding {
        TrialFinding {
            doubt: finding.doubt.word().into(),
            name: finding.doubt.label().into(),
            blocking: finding.doubt.blocks(),
            message: finding.text.into(),
        }
    }
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

/// An account about whose bill the trial found something, with what helps to judge it.
#[derive(Serialize, ToSchema)]
struct BillException {
    /// 户号.
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    customer: String,
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "B001")]
    book: Option<String>,
    #[schema(example = "cn-zhejiang/resident")]
    tariff: String,
    /// Category of use.
    category: Words,
    /// Whether no bill can be issued while it stands.
    #[schema(example = false)]
    blocking: bool,
    findings: Vec<TrialFinding>,
    /// That something is wrong, 0 to 100: that of the gravest doubt, 5 more for each further one, 10 more
    /// for each doubling of the distance from the usual daily use, up to three times.
    #[schema(example = 70)]
    likelihood: i64,
    /// How far the amount is from the usual one for as many days, yuan; of a bill that cannot be computed,
    /// the usual amount of the month.
    #[schema(example = "240.00")]
    stake: String,
    /// As the draft has it; null when it cannot be computed.
    #[schema(example = "500")]
    kwh: Option<String>,
    #[schema(example = "300.00")]
    amount: Option<String>,
    /// The last standing bill.
    last: Option<PastBill>,
    /// The bill of the same month of the year before.
    year_before: Option<PastBill>,
    /// Standing bills of the twelve months before, oldest first.
    past: Vec<PastBill>,
    /// By what it is ordered; with the supply number, where the next page begins.
    #[schema(example = "2400000 0000000001")]
    cursor: String,
}

#[derive(Clone, Serialize, ToSchema)]
struct PastBill {
    #[schema(example = "2016-07")]
    cycle: String,
    #[schema(example = "120")]
    kwh: String,
    #[schema(example = "60.00")]
    amount: String,
    #[schema(example = 31)]
    days: i64,
}

impl From<&bill::PastBill> for PastBill {
    fn from(past: &bill::PastBill) -> PastBill {
        let (cycle, kwh, amount) = (past.cycle.to_string(), past.energy.to_string(), past.amount.to_string());
        PastBill { cycle, kwh, amount, days: past.days }
    }
}

impl BillException {
    fn of(exception: billing::Exception, cycle: Month) -> BillException {
        let category = UsageCategory::from_word(&exception.category).unwrap_or(UsageCategory::Other);
        let computed = |text: String| exception.is_ready.then_some(text);
        let year_before = exception.past.iter().find(|bill| bill.cycle == cycle.back(12));
        BillException {
            customer: masked_name(&exception.customer),
            category: category.label().into(),
            blocking: !exception.is_ready,
            likelihood: exception.weight.likelihood,
            stake: exception.weight.stake.to_string(),
            kwh: computed(exception.energy.to_string()),
            amount: computed(exception.amount.to_string()),
            last: exception.past.last().map(PastBill::from),
            year_before: year_before.map(PastBill::from),
            past: exception.past.iter().map(PastBill::from).collect(),
            cursor: format!("{} {}", exception.key, exception.supply_no),
            findings: exception.findings.into_iter().map(TrialFinding::from).collect(),
            supply_no: exception.supply_no,
            station: exception.station,
            book: exception.book,
            tariff: exception.tariff,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExceptionsQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
    /// Only this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// Only accounts with this doubt.
    #[param(example = "spike")]
    doubt: Option<String>,
    /// `weight` (likelihood times stake, the usual), `money` or `supply-no`.
    #[param(example = "weight")]
    order: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 accounts.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl ExceptionsQuery {
    fn read(self, cycle: Month) -> Result<ExceptionQuery> {
        let wrong = |field: &'static str, text: &str| {
            let (zh, en) = (format!("没有“{text}”"), format!("there is no \"{text}\""));
            Refusal::invalid("word.unknown", zh, en).at(field)
        };
        let doubt = self.doubt.map(|word| Doubt::from_word(&word).ok_or_else(|| wrong("doubt", &word))).transpose()?;
        let order = self.order.map(|word| Order::from_word(&word).ok_or_else(|| wrong("order", &word))).transpose()?;
        let after = |text: String| {
            let (key, supply_no) = text.split_once(' ')?;
            Some((key.parse().ok()?, supply_no.to_owned()))
        };
        let bad_page =
            || Refusal::invalid("page.after", "after 须为上一页的 next", "after is the next of the page before");
        Ok(ExceptionQuery {
            cycle,
            scope: RunScope { station: self.station, book: self.book, supply_no: self.supply_no },
            doubt,
            order: order.unwrap_or(Order::Weight),
            after: self.after.map(|text| after(text).ok_or_else(|| bad_page().at("after"))).transpose()?,
        })
    }
}

/// The accounts about whose bills of a month the last trial found something and that are not issued yet,
/// those first at which a person should look first. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/exceptions", tag = "billing", operation_id = "list_bill_exceptions",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), ExceptionsQuery),
    responses(
        (status = 200, description = "a page of accounts of the stations that you may see", body = Page<BillException>),
        (status = 422, description = "`month.invalid`, `page.limit`, `page.after`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn exceptions(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<ExceptionsQuery>,
) -> Answer<Json<Page<BillException>>> {
    let (cycle, limit) = (input::month(&cycle, "cycle")?, page::limit(query.limit)?);
    let query = query.read(cycle)?;
    let tx = house.db.read().await?;
    let found = billing::exceptions(&tx, &ctx, &query, limit).await?;
    let found = found.into_iter().map(|exception| BillException::of(exception, cycle)).collect();
    Ok(Json(Page::of(found, limit, |exception: &BillException| exception.cursor.clone())))
}

#[derive(Serialize, ToSchema)]
struct DoubtCount {
    #[schema(example = "spike")]
    doubt: String,
    name: Words,
    #[schema(example = false)]
    blocking: bool,
    /// An account with two doubts counts for both.
    #[schema(example = 12)]
    accounts: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ScopeQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
    /// Only this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
}

/// How many accounts each doubt is about, most first. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/exception-counts", tag = "billing", operation_id = "count_bill_exceptions",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), ScopeQuery),
    responses(
        (status = 200, description = "the doubts of the stations that you may see", body = Vec<DoubtCount>),
        (status = 422, description = "`month.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn counts(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<ScopeQuery>,
) -> Answer<Json<Vec<DoubtCount>>> {
    let cycle = input::month(&cycle, "cycle")?;
    let scope = RunScope { station: query.station, book: query.book, supply_no: query.supply_no };
    let query = ExceptionQuery { cycle, scope, doubt: None, order: Order::Weight, after: None };
    let tx = house.db.read().await?;
    let counts = billing::exception_counts(&tx, &ctx, &query).await?;
    let count = |(doubt, accounts): (Doubt, i64)| DoubtCount {
        doubt: doubt.word().into(),
        name: doubt.label().into(),
        blocking: doubt.blocks(),
        accounts,
    };
    Ok(Json(counts.into_iter().map(count).collect()))
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
