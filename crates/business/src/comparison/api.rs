//! Comparing bills.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Reading, SignedIn, Words};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::Step;
use super::{Compared, Comparison};
use crate::comparison;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(compare))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ComparisonQuery {
    /// The number of another bill of the same account; the one before it when absent.
    #[param(example = "20160700000001")]
    with: Option<String>,
}

/// Why a bill is what it is beside another.
#[derive(Serialize, ToSchema)]
struct BillComparison {
    bill: ComparedBill,
    /// Null for an account's first bill.
    with: Option<ComparedBill>,
    /// What the bill is more, or less, than the other; yuan, decimal text.
    #[schema(example = "24.60")]
    difference: String,
    /// They add up to the difference.
    steps: Vec<ComparisonStep>,
    /// The bill of the same month of the year before.
    last_year: Option<ComparedBill>,
    /// What the comparison does not know.
    notes: Vec<Words>,
}

#[derive(Serialize, ToSchema)]
struct ComparedBill {
    #[schema(example = "20160800000001")]
    bill_no: String,
    #[schema(example = "2016-08")]
    cycle: String,
    #[schema(example = "2016-08-01")]
    period_from: String,
    #[schema(example = "2016-08-31")]
    period_to: String,
    #[schema(example = 31)]
    days: i64,
    /// Decimal text.
    #[schema(example = "240")]
    kwh: String,
    /// Yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
}

#[derive(Serialize, ToSchema)]
struct ComparisonStep {
    /// `days`, `use`, `shares`, `season`, `year-to-date`, `household`, `concession`, `voltage`,
    /// `price-list` or `rest`.
    #[schema(example = "use")]
    cause: String,
    label: Words,
    /// Yuan, decimal text; negative where it makes the bill lower.
    #[schema(example = "24.60")]
    amount: String,
    text: Words,
}

impl From<Compared> for ComparedBill {
    fn from(bill: Compared) -> ComparedBill {
        ComparedBill {
            bill_no: bill.bill_no,
            cycle: bill.cycle.to_string(),
            period_from: bill.period.from.to_string(),
            period_to: bill.period.to.to_string(),
            days: bill.period.days(),
            kwh: bill.energy.to_string(),
            amount: bill.amount.to_string(),
        }
    }
}

impl From<Step> for ComparisonStep {
    fn from(step: Step) -> ComparisonStep {
        ComparisonStep {
            cause: step.cause.word().into(),
            label: step.cause.label().into(),
            amount: step.amount.to_string(),
            text: step.text.into(),
        }
    }
}

impl From<Comparison> for BillComparison {
    fn from(comparison: Comparison) -> BillComparison {
        let difference: kernel::Money = comparison.steps.iter().map(|step| step.amount).sum();
        BillComparison {
            bill: comparison.bill.into(),
            with: comparison.with.map(ComparedBill::from),
            difference: difference.to_string(),
            steps: comparison.steps.into_iter().map(ComparisonStep::from).collect(),
            last_year: comparison.last_year.map(ComparedBill::from),
            notes: vec![
                kernel::Text::new(
                    "系统没有气温资料；用电随气温的变化不在以上步骤中单列。",
                    "The temperature is not known; what it changed is part of the use.",
                )
                .into(),
            ],
        }
    }
}

/// Why a bill is higher or lower than another of its account, in steps that add up. Needs `bill.read`.
#[utoipa::path(get, path = "/api/bills/{bill_no}/comparison", tag = "comparison", operation_id = "compare_bill",
    params(("bill_no" = String, Path, example = "20160800000001"), ComparisonQuery),
    responses(
        (status = 200, description = "the two bills and the steps between them", body = BillComparison),
        (status = 422, description = "`comparison.other-account`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn compare(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(bill_no): Path<String>,
    Query(query): Query<ComparisonQuery>,
) -> Answer<Json<BillComparison>> {
    let tx = house.db.read().await?;
    let found = comparison::compare(&tx, &ctx, &bill_no, query.with.as_deref()).await?;
    Ok(Json(found.into()))
}
