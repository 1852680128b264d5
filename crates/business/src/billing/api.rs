//! Reading what a trial found.

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Page, PageQuery, Reading, SignedIn, Words, input};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::billing;
use crate::reading::rules::Finding;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
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
