//! Reading transformer areas.

use axum::Json;
use axum::extract::{FromRef, Query, State};
use kernel::Capacity;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Page, PageQuery, Reading, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::TransformerArea;
use crate::grid;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

/// A transformer area 台区.
#[derive(Serialize, ToSchema)]
struct Area {
    #[schema(example = "TQ0001")]
    code: String,
    #[schema(example = "翠竹路1号台区")]
    name: String,
    /// Code of the supply station.
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "城东变")]
    substation: String,
    #[schema(example = "翠竹线")]
    feeder: String,
    /// kVA, decimal text.
    #[schema(example = "400")]
    capacity_kva: Option<String>,
}

impl From<TransformerArea> for Area {
    fn from(area: TransformerArea) -> Area {
        Area {
            code: area.code,
            name: area.name,
            station: area.station,
            substation: area.substation,
            feeder: area.feeder,
            capacity_kva: area.capacity.as_ref().map(Capacity::to_string),
        }
    }
}

/// Transformer areas in order of code. Needs `archive.read`.
#[utoipa::path(get, path = "/api/areas", tag = "grid", operation_id = "list_areas", params(PageQuery), responses(
    (status = 200, description = "a page of areas of the stations that you may see", body = Page<Area>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<Area>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let areas = grid::page(&tx, &ctx, query.after.as_deref(), limit).await?;
    let areas = areas.into_iter().map(Area::from).collect();
    Ok(Json(Page::of(areas, limit, |area| area.code.clone())))
}
