//! Reading the meters of a usage point.

use axum::Json;
use axum::extract::{FromRef, Path, State};
use platform::House;
use platform::http::problem::Answer;
use platform::http::{Finding, Reading, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metering;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

/// A meter 电能表.
#[derive(Serialize, ToSchema)]
struct Meter {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "2012-07-01")]
    installed_on: String,
    /// Null while the meter is in use.
    #[schema(example = json!(null))]
    removed_on: Option<String>,
    /// What a difference of two counts is multiplied with.
    #[schema(example = 1)]
    multiplier: i64,
    registers: Vec<MeterRegister>,
}

/// A register 计度器.
#[derive(Serialize, ToSchema)]
struct MeterRegister {
    /// `sharp`, `peak`, `flat`, `valley`, `total`, `reactive` or `demand`.
    #[schema(example = "total")]
    register: String,
    /// Whole digits.
    #[schema(example = 6)]
    digits: u32,
    /// At 24:00 of the day of installation: kWh, kvarh or kW before the multiplier, decimal text.
    #[schema(example = "0")]
    opening: String,
    /// At 24:00 of the day of removal; null while the meter is in use.
    #[schema(example = json!(null))]
    closing: Option<String>,
}

impl From<metering::Meter> for Meter {
    fn from(meter: metering::Meter) -> Meter {
        let register = |known: &metering::MeterRegister| MeterRegister {
            register: known.register.word().into(),
            digits: known.digits,
            opening: known.opening.to_string(),
            closing: known.closing.map(|count| count.to_string()),
        };
        Meter {
            meter_no: meter.meter_no,
            installed_on: meter.installed_on.to_string(),
            removed_on: meter.removed_on.map(|day| day.to_string()),
            multiplier: meter.multiplier,
            registers: meter.registers.iter().map(register).collect(),
        }
    }
}

/// The meters that a usage point has or had. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/meters", tag = "metering", operation_id = "list_meters",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "its meters in order of making", body = Vec<Meter>), Reading, Finding))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<Vec<Meter>>> {
    let tx = house.db.glance().await?;
    let meters = metering::of_supply_no(&tx, &ctx, &supply_no).await?;
    Ok(Json(meters.into_iter().map(Meter::from).collect()))
}
