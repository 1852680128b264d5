//! Looking at the readings of a usage point.

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, NewestQuery, Reading, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shown;
use crate::reading;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

/// What a register showed 示数.
#[derive(Serialize, ToSchema)]
struct RegisterReading {
    #[schema(example = "M0000000001")]
    meter_no: String,
    /// `sharp`, `peak`, `flat`, `valley`, `total`, `reactive` or `demand`.
    #[schema(example = "total")]
    register: String,
    /// The state is that at 24:00 of this day.
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// In `unit`, before the multiplier, decimal text.
    #[schema(example = "1520.5")]
    value: String,
    /// `kWh`, `kvarh` or `kW`.
    #[schema(example = "kWh")]
    unit: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
    /// What was noticed when it came in: `spike`, `over-capacity`, `rollover` and the like.
    #[schema(example = json!(["spike"]))]
    doubts: Vec<String>,
}

impl From<Shown> for RegisterReading {
    fn from(reading: Shown) -> RegisterReading {
        let doubts = reading.doubts.unwrap_or_default();
        RegisterReading {
            meter_no: reading.meter_no,
            register: reading.register.word().into(),
            read_on: reading.read_on.to_string(),
            value: reading.value.to_string(),
            unit: reading.register.unit().into(),
            kind: reading.kind.word().into(),
            doubts: doubts.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        }
    }
}

/// The readings of a usage point, newest first. Needs `reading.read` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/readings", tag = "reading", operation_id = "list_readings",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001"), NewestQuery),
    responses(
        (status = 200, description = "the newest readings of all its meters", body = Vec<RegisterReading>),
        (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
    Query(query): Query<NewestQuery>,
) -> Answer<Json<Vec<RegisterReading>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let readings = reading::of_usage_point(&tx, &ctx, &supply_no, limit).await?;
    Ok(Json(readings.into_iter().map(RegisterReading::from).collect()))
}
