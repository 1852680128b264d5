//! Looking at billing runs, approving them, and taking an approval back.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Month, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, input, page};
use platform::{Ctx, House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{RunMark, RunScope, RunState, Seen};
use crate::run;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(progress))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
}

/// A billing run 计费批次.
#[derive(Serialize, ToSchema)]
struct BillingRun {
    #[schema(example = "2016-08")]
    cycle: String,
    /// Code of the supply station; null: the whole bureau.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// The reading book 抄表段; null: all.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// 户号 of a run over a single account.
    #[schema(example = json!(null))]
    supply_no: Option<String>,
    /// `tried`, `approved`, `partly-issued` or `issued`.
    #[schema(example = "tried")]
    state: String,
    /// The state in words.
    state_name: Words,
    /// Usage points of the scope.
    #[schema(example = 1454)]
    accounts: i64,
    /// Those with a bill, issued or ready to be.
    #[schema(example = 1450)]
    ready: i64,
    /// Those that something stops.
    #[schema(example = 4)]
    blocked: i64,
    /// Those with an issued bill.
    #[schema(example = 0)]
    issued: i64,
    /// Sum of the drafts, yuan, decimal text.
    #[schema(example = "198402.55")]
    amount: String,
    /// Who made the drafts as they are.
    #[schema(example = "wang.li")]
    tried_by: String,
    /// RFC 3339; null for runs from before this was kept.
    #[schema(example = "2016-09-01T01:00:00Z")]
    tried_at: Option<String>,
    /// The last who approved, whether or not the drafts have changed since.
    #[schema(example = json!(null))]
    approved_by: Option<String>,
    #[schema(example = json!(null))]
    approved_at: Option<String>,
    /// Whether the drafts are approved as they are.
    #[schema(example = false)]
    approved: bool,
    /// Who began to issue the bills last.
    #[schema(example = json!(null))]
    issued_by: Option<String>,
    #[schema(example = json!(null))]
    issued_at: Option<String>,
    /// SHA-256 of all drafts as they are: what an approval signs. Null in a list.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: Option<String>,
}

impl BillingRun {
    fn of(run: run::Run, state: RunState, issued: i64, digest: Option<String>) -> BillingRun {
        let approved = match &digest {
            Some(digest) => run.approved_digest.as_ref() == Some(digest),
            None => state != RunState::Tried && run.approved_digest.is_some(),
        };
        BillingRun {
            cycle: run.cycle.to_string(),
            station: run.scope.station,
            book: run.scope.book,
            supply_no: run.scope.supply_no,
            state: state.word().into(),
            state_name: state.label().into(),
            accounts: run.accounts,
            ready: run.ready,
            blocked: run.blocked,
            issued,
            amount: run.amount.to_string(),
            tried_by: run.tried_by,
            tried_at: run.tried_at.map(|at| at.to_string()),
            approved,
            approved_by: run.approved_by,
            approved_at: run.approved_at.map(|at| at.to_string()),
            issued_by: run.issued_by,
            issued_at: run.issued_at.map(|at| at.to_string()),
            digest,
        }
    }

    /// With the digest of its drafts as they are.
    fn as_it_is(run: run::Run, seen: Seen) -> BillingRun {
        let state = run.state(&seen.digest, seen.billed);
        BillingRun::of(run, state, seen.billed, Some(seen.digest))
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// Only runs of this calendar month.
    #[param(example = "2016-08")]
    cycle: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 runs.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Billing runs on record, newest month first. Needs `bill.read`; a post at a station sees those of its
/// station.
#[utoipa::path(get, path = "/api/billing-runs", tag = "billing", operation_id = "list_billing_runs", params(RunsQuery), responses(
    (status = 200, description = "a page of runs", body = Page<BillingRun>),
    (status = 422, description = "`month.invalid`, `page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<Page<BillingRun>>> {
    let cycle = query.cycle.as_deref().map(|text| input::month(text, "cycle")).transpose()?;
    let (limit, after) = (page::limit(query.limit)?, query.after.as_deref().map(mark).transpose()?);
    let tx = house.db.read().await?;
    let runs = run::page(&tx, &ctx, cycle, after, limit).await?;
    let runs = runs.into_iter().map(|(run, state, issued)| BillingRun::of(run, state, issued, None)).collect();
    Ok(Json(Page::of(runs, limit, cursor)))
}

/// No code holds a tab.
fn cursor(run: &BillingRun) -> String {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    [run.cycle.clone(), text(&run.station), text(&run.book), text(&run.supply_no)].join("\t")
}

fn mark(text: &str) -> Result<RunMark> {
    let parts: Vec<&str> = text.split('\t').collect();
    let [cycle, station, book, supply_no] = parts[..] else {
        let (zh, en) = ("after 须为上一页的 next", "after is the next of the page before");
        return Err(Refusal::invalid("page.after", zh, en).at("after").into());
    };
    Ok((cycle.into(), station.into(), book.into(), supply_no.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunQuery {
    /// The run of this station alone.
    #[param(example = "ST01")]
    station: Option<String>,
    /// The run of this reading book alone.
    #[param(example = "B001")]
    book: Option<String>,
    /// The run of this single account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
}

/// The run of a cycle and scope, with the digest to approve. Needs `bill.read` over the scope.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}", tag = "billing", operation_id = "get_billing_run",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), RunQuery),
    responses(
        (status = 200, description = "the run as its last trial left it", body = BillingRun),
        (status = 422, description = "`month.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<RunQuery>,
) -> Answer<Json<BillingRun>> {
    let cycle = input::month(&cycle, "cycle")?;
    let scope = RunScope { station: query.station, book: query.book, supply_no: query.supply_no };
    let tx = house.db.read().await?;
    let scope = run::named_scope(&tx, &ctx, scope).await?;
    let (run, seen) = run::find_run(&tx, &ctx, cycle, &scope).await?;
    Ok(Json(BillingRun::as_it_is(run, seen)))
}

/// How far the accounts of a book have come in a month.
#[derive(Serialize, ToSchema)]
struct BookBilling {
    #[schema(example = "ST01")]
    station: String,
    /// Null: accounts of no book.
    #[schema(example = "B001")]
    book: Option<String>,
    #[schema(example = 320)]
    accounts: i64,
    /// With a standing bill of the month.
    #[schema(example = 300)]
    issued: i64,
    /// With a draft that nothing stops.
    #[schema(example = 15)]
    ready: i64,
    /// With a draft that something stops.
    #[schema(example = 2)]
    blocked: i64,
    /// Neither a bill nor a draft.
    #[schema(example = 3)]
    untried: i64,
    /// Of the issued bills, yuan, decimal text.
    #[schema(example = "30210.55")]
    issued_amount: String,
    /// Of the drafts.
    #[schema(example = "1502.10")]
    ready_amount: String,
}

impl From<run::Progress> for BookBilling {
    fn from(book: run::Progress) -> BookBilling {
        BookBilling {
            station: book.station,
            book: book.book,
            untried: book.accounts - book.issued - book.ready - book.blocked,
            accounts: book.accounts,
            issued: book.issued,
            ready: book.ready,
            blocked: book.blocked,
            issued_amount: book.issued_amount.to_string(),
            ready_amount: book.ready_amount.to_string(),
        }
    }
}

/// How far each book of each station has come in a month. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/progress", tag = "billing", operation_id = "get_billing_progress",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08")),
    responses(
        (status = 200, description = "the books of the stations that you may see", body = Vec<BookBilling>),
        (status = 422, description = "`month.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn progress(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
) -> Answer<Json<Vec<BookBilling>>> {
    let cycle = input::month(&cycle, "cycle")?;
    let tx = house.db.read().await?;
    let books = run::progress(&tx, &ctx, cycle).await?;
    Ok(Json(books.into_iter().map(BookBilling::from).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approval {
    /// The run of this station alone.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// The run of this reading book alone.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// The run of this single account.
    #[schema(example = json!(null))]
    supply_no: Option<String>,
    /// The run's `digest` as the approver saw it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// Approves a run as another person than the one who tried it: `run.own` and `run.changed` say why
/// not. Needs `bill.approve` over the scope.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/approval", tag = "billing", operation_id = "approve_billing_run",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Approval,
    responses((status = 200, description = "the run, approved; written in the journal", body = BillingRun), Reading, Finding, Acting))]
async fn approve(State(house): State<House>, Path(cycle): Path<String>, act: Act<Approval>) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    let Approval { station, book, supply_no, .. } = act.wish();
    let seen = seen(&house, act.ctx(), cycle, [station, book, supply_no]).await?;
    act.once(run::APPROVE, async |tx, ctx, wish| {
        let run = run::approve(tx, ctx, &seen, &wish.digest).await?;
        Ok((StatusCode::OK, BillingRun::as_it_is(run, seen)))
    })
    .await
}

/// The drafts of the run of a station, a book or an account, before anything is written.
async fn seen(house: &House, ctx: &Ctx, cycle: Month, scope: [&Option<String>; 3]) -> Result<Seen> {
    let [station, book, supply_no] = scope.map(Clone::clone);
    let tx = house.db.read().await?;
    let scope = run::named_scope(&tx, ctx, RunScope { station, book, supply_no }).await?;
    run::look_to_approve(&tx, ctx, cycle, &scope).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    /// The run of this station alone.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// The run of this reading book alone.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// The run of this single account.
    #[schema(example = json!(null))]
    supply_no: Option<String>,
    /// Why; it stays in the journal.
    #[schema(example = "二号台区读数须复核")]
    reason: String,
}

/// Takes an approval back before the bills are issued: `run.no-approval` and `run.issued` say why not.
/// Needs `bill.approve` over the scope.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/approval-withdrawal", tag = "billing", operation_id = "withdraw_billing_approval",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Withdrawal,
    responses((status = 200, description = "the run, no longer approved; written in the journal", body = BillingRun), Reading, Finding, Acting))]
async fn withdraw(State(house): State<House>, Path(cycle): Path<String>, act: Act<Withdrawal>) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    let Withdrawal { station, book, supply_no, .. } = act.wish();
    let seen = seen(&house, act.ctx(), cycle, [station, book, supply_no]).await?;
    act.once(run::APPROVE, async |tx, ctx, wish| {
        let run = run::withdraw(tx, ctx, cycle, &seen.scope, &wish.reason).await?;
        Ok((StatusCode::OK, BillingRun::as_it_is(run, seen)))
    })
    .await
}
