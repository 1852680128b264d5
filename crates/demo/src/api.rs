//! Whether this is a demonstration, and the names of its accounts. Never a password.

use axum::Json;
use axum::extract::{FromRef, State};
use platform::House;
use platform::http::problem::{Answer, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::store;

/// What is open to everybody: it stands beside the form of signing in.
pub fn open_routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(show))
}

#[derive(Serialize, ToSchema)]
struct Demonstration {
    /// Accounts to sign in with; none in a bureau of one's own.
    accounts: Vec<DemonstrationAccount>,
}

#[derive(Serialize, ToSchema)]
struct DemonstrationAccount {
    #[schema(example = "cashier")]
    login: String,
    /// What this person does, in Chinese.
    #[schema(example = "收费员")]
    zh: String,
    #[schema(example = "Cashier")]
    en: String,
}

/// The accounts of the demonstration.
#[utoipa::path(get, path = "/api/demonstration", tag = "session", operation_id = "show_demonstration", security(()), responses(
    (status = 200, description = "no accounts unless this is the demonstration", body = Demonstration),
    (status = 500, description = "`fault`", body = Problem, content_type = "application/problem+json"),
))]
async fn show(State(house): State<House>) -> Answer<Json<Demonstration>> {
    let tx = house.db.read().await?;
    let accounts = store::accounts(&tx).await?;
    tx.rollback().await?;
    let accounts = accounts.into_iter().map(|a| DemonstrationAccount { login: a.login, zh: a.zh, en: a.en }).collect();
    Ok(Json(Demonstration { accounts }))
}
