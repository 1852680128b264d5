//! Looking at the readings of a usage point, and telling one by hand.

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, NewestQuery, Reading, SignedIn, Words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Shown, Told};
use crate::reading;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(tell))
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToldReading {
    #[schema(example = "M0000000001")]
    meter_no: String,
    /// `sharp`, `peak`, `flat`, `valley`, `total`, `reactive` or `demand`.
    #[schema(example = "total")]
    register: String,
    /// The state is that at 24:00 of this day.
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// What the register shows, before the multiplier, decimal text.
    #[schema(example = "240.5")]
    value: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
}

#[derive(Serialize, ToSchema)]
struct TakenReading {
    /// True: it was on record already, the same.
    #[schema(example = false)]
    unchanged: bool,
    /// What is doubtful about it; it is kept all the same.
    doubts: Vec<ReadingDoubt>,
}

/// What was noticed about a reading.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingDoubt {
    #[schema(example = "spike")]
    pub doubt: String,
    pub message: Words,
}

/// Takes in one reading by hand, by the rules of `readings.csv` and with their codes. Needs
/// `reading.import`.
#[utoipa::path(post, path = "/api/readings", tag = "reading", operation_id = "tell_reading",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = ToldReading,
    responses((status = 200, description = "kept, with its doubts; written in the journal", body = TakenReading), Reading, Finding, Acting))]
async fn tell(State(house): State<House>, act: Act<ToldReading>) -> Answer<Response> {
    act.once(reading::IMPORT, async |tx, ctx, wish| {
        let fields = [
            ("meter_no", wish.meter_no.as_str()),
            ("register", &wish.register),
            ("read_on", &wish.read_on),
            ("value", &wish.value),
            ("kind", &wish.kind),
        ];
        let (unchanged, findings) = match reading::tell(tx, ctx, &house.packs, &fields).await? {
            Told::Unchanged => (true, Vec::new()),
            Told::Kept(findings) => (false, findings),
        };
        let doubt = |finding: platform::csv::Finding| ReadingDoubt {
            doubt: finding.code.to_owned(),
            message: finding.message.into(),
        };
        Ok((StatusCode::OK, TakenReading { unchanged, doubts: findings.into_iter().map(doubt).collect() }))
    })
    .await
}
