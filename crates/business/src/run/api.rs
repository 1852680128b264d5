//! Looking at billing runs, and approving them.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Reading, SignedIn, input};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::RunScope;
use crate::run;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(approve))
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
    /// Usage points of the scope.
    #[schema(example = 1454)]
    accounts: i64,
    /// Those with a bill, issued or ready to be.
    #[schema(example = 1450)]
    ready: i64,
    /// Those that something stops.
    #[schema(example = 4)]
    blocked: i64,
    /// Sum of the drafts, yuan, decimal text.
    #[schema(example = "198402.55")]
    amount: String,
    /// Who made the drafts as they are.
    #[schema(example = "wang.li")]
    tried_by: String,
    /// The last who approved, whether or not the drafts have changed since.
    #[schema(example = json!(null))]
    approved_by: Option<String>,
    /// Whether the drafts are approved as they are.
    #[schema(example = false)]
    approved: bool,
    /// SHA-256 of all drafts as they are: what an approval signs.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

impl BillingRun {
    fn of(run: run::Run, digest: String) -> BillingRun {
        BillingRun {
            cycle: run.cycle.to_string(),
            station: run.scope.station,
            book: run.scope.book,
            accounts: run.accounts,
            ready: run.ready,
            blocked: run.blocked,
            amount: run.amount.to_string(),
            tried_by: run.tried_by,
            approved: run.approved_digest.as_ref() == Some(&digest),
            approved_by: run.approved_by,
            digest,
        }
    }
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
    let scope = RunScope { station: query.station, book: query.book };
    let tx = house.db.read().await?;
    let (run, digest) = run::find_run(&tx, &ctx, cycle, &scope).await?;
    Ok(Json(BillingRun::of(run, digest)))
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
async fn approve(Path(cycle): Path<String>, act: Act<Approval>) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    act.once(run::APPROVE, async |tx, ctx, wish| {
        let scope = RunScope { station: wish.station, book: wish.book };
        let run = run::approve(tx, ctx, cycle, &scope, &wish.digest).await?;
        Ok((StatusCode::OK, BillingRun::of(run, wish.digest)))
    })
    .await
}
