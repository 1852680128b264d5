//! Reading what was agreed on with a customer.

use axum::Json;
use axum::extract::{FromRef, Path, State};
use kernel::{Power, Rate};
use platform::House;
use platform::http::problem::Answer;
use platform::http::{Finding, Reading, SignedIn};
use pricing::tariff::DemandMode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::agreement;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

/// What was agreed on with a customer who pays for more than energy 供用电合同约定.
#[derive(Serialize, ToSchema)]
struct Agreements {
    /// In order of day, newest last; each holds until the next.
    agreements: Vec<Agreement>,
    suspensions: Vec<Suspension>,
}

#[derive(Serialize, ToSchema)]
struct Agreement {
    #[schema(example = "2016-08-01")]
    from: String,
    /// What the basic charge goes by: `capacity`, `contract` or `actual`; null without one.
    #[schema(example = "contract")]
    demand_mode: Option<String>,
    /// 受电容量, decimal text.
    #[schema(example = "1000")]
    capacity_kva: String,
    /// 合同最大需量, decimal text; null unless the mode is `contract`.
    #[schema(example = "800")]
    contract_kw: Option<String>,
    /// Where the meter is: `high` or `low`.
    #[schema(example = "low")]
    meter_side: String,
    /// Iron loss 空载损耗, decimal text.
    #[schema(example = "0.325")]
    no_load_kw: Option<String>,
    /// 线损 as a share of the metered energy, decimal text.
    #[schema(example = "0.025")]
    line_loss: Option<String>,
}

/// Capacity that rests 暂停.
#[derive(Serialize, ToSchema)]
struct Suspension {
    #[schema(example = "2016-08-21")]
    from: String,
    #[schema(example = "2016-09-20")]
    to: String,
    /// Decimal text.
    #[schema(example = "300")]
    capacity_kva: String,
}

impl From<agreement::Agreement> for Agreement {
    fn from(of: agreement::Agreement) -> Agreement {
        Agreement {
            from: of.from.to_string(),
            demand_mode: of.mode.map(DemandMode::word).map(str::to_owned),
            capacity_kva: of.capacity.to_string(),
            contract_kw: of.contract.as_ref().map(Power::to_string),
            meter_side: of.side.word().to_owned(),
            no_load_kw: of.no_load.as_ref().map(Power::to_string),
            line_loss: of.line_loss.as_ref().map(Rate::to_string),
        }
    }
}

impl From<agreement::Suspension> for Suspension {
    fn from(rest: agreement::Suspension) -> Suspension {
        Suspension {
            from: rest.period.from.to_string(),
            to: rest.period.to.to_string(),
            capacity_kva: rest.capacity.to_string(),
        }
    }
}

/// The agreements and suspensions of a usage point. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/agreements", tag = "supply", operation_id = "list_agreements",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "what was agreed on, ever", body = Agreements), Reading, Finding))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<Agreements>> {
    let tx = house.db.read().await?;
    let (agreements, suspensions) = agreement::of_supply_no(&tx, &ctx, &supply_no).await?;
    Ok(Json(Agreements {
        agreements: agreements.into_iter().map(Agreement::from).collect(),
        suspensions: suspensions.into_iter().map(Suspension::from).collect(),
    }))
}
