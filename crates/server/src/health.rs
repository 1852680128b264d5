//! Whether the house can do its work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::http::Failure;
use platform::http::problem::{Answer, Problem};
use platform::{Fault, House, Result, journal};
use serde::Serialize;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    database: &'static str,
    /// Position of the last sealed journal entry.
    #[schema(example = 1042)]
    journal: i64,
}

/// Says ok when the database answers and the journal has its head.
#[utoipa::path(get, path = "/healthz", tag = "house", operation_id = "health", security(()), responses(
    (status = 200, description = "at work", body = Health),
    (status = 503, description = "`fault`: the database or the journal does not answer", body = Problem, content_type = "application/problem+json"),
))]
pub async fn show(State(house): State<House>) -> Answer<Json<Health>> {
    let journal = match tokio::time::timeout(PATIENCE, head(&house)).await {
        Ok(Ok(journal)) => journal,
        Ok(Err(error)) => return Err(unwell(error)),
        Err(_) => return Err(unwell(Fault::impossible("the database does not answer"))),
    };
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), database: house.db.engine().name(), journal }))
}

async fn head(house: &House) -> Result<i64> {
    let tx = house.db.read().await?;
    journal::head(&tx).await
}

fn unwell(error: platform::Error) -> Failure {
    Failure::from(error).with_status(StatusCode::SERVICE_UNAVAILABLE)
}
