//! Reading usage points: personal data is masked unless somebody says why he needs it.

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Capacity;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, PageQuery, Reading, SignedIn};
use pricing::Concession;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{masked_address, masked_name, masked_phone};
use crate::supply;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(unmask))
}

/// A usage point 用电户.
#[derive(Serialize, ToSchema)]
struct UsagePoint {
    /// 户号.
    #[schema(example = "0000000001")]
    supply_no: String,
    /// 客户编号; null where the customer has this one usage point.
    #[schema(example = "C0001")]
    customer_no: Option<String>,
    /// Masked unless `masked` is false.
    #[schema(example = "张**")]
    name: String,
    /// Masked unless `masked` is false.
    #[schema(example = "138****1234")]
    phone: Option<String>,
    /// Masked unless `masked` is false.
    #[schema(example = "扬中市三茅镇翠竹路***")]
    address: Option<String>,
    #[schema(example = true)]
    masked: bool,
    /// 客户类别: `01`, `02` or `03`.
    #[schema(example = "03")]
    kind: String,
    /// 用电类别.
    #[schema(example = "200")]
    category: String,
    /// Code of the supply station.
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "TQ0001")]
    area_code: String,
    /// Voltage of supply.
    #[schema(example = "0.22kV")]
    voltage: String,
    /// kVA, decimal text.
    #[schema(example = "8")]
    capacity_kva: Option<String>,
    /// Code of the tariff at its opening, as household and relief; what was changed since is under `terms`.
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    /// Persons of the household.
    #[schema(example = 4)]
    persons: Option<u32>,
    /// `low-income` or `five-guarantee`.
    #[schema(example = json!(null))]
    concession: Option<String>,
    #[schema(example = "2012-07-01")]
    opened_on: String,
    /// The reading book 抄表段.
    #[schema(example = "B001")]
    book: Option<String>,
}

impl UsagePoint {
    fn full(point: supply::UsagePoint) -> UsagePoint {
        UsagePoint {
            supply_no: point.supply_no,
            customer_no: point.customer.customer_no,
            name: point.customer.name,
            phone: point.phone,
            address: point.address,
            masked: false,
            kind: point.kind.word().into(),
            category: point.category.word().into(),
            station: point.station,
            area_code: point.area_code,
            voltage: point.voltage.word().into(),
            capacity_kva: point.capacity.as_ref().map(Capacity::to_string),
            tariff: point.tariff,
            persons: point.persons,
            concession: point.concession.map(Concession::word).map(str::to_owned),
            opened_on: point.opened_on.to_string(),
            book: point.book,
        }
    }

    fn masked(point: supply::UsagePoint) -> UsagePoint {
        let full = UsagePoint::full(point);
        UsagePoint {
            name: masked_name(&full.name),
            phone: full.phone.as_deref().map(masked_phone),
            address: full.address.as_deref().map(masked_address),
            masked: true,
            ..full
        }
    }
}

/// Usage points in order of supply number, masked. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points", tag = "supply", operation_id = "list_usage_points", params(PageQuery), responses(
    (status = 200, description = "a page of usage points of the stations that you may see", body = Page<UsagePoint>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<UsagePoint>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let points = supply::page(&tx, &ctx, query.after.as_deref(), limit).await?;
    let points = points.into_iter().map(UsagePoint::masked).collect();
    Ok(Json(Page::of(points, limit, |point| point.supply_no.clone())))
}

/// One usage point, masked. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}", tag = "supply", operation_id = "get_usage_point",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "the usage point", body = UsagePoint), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<UsagePoint>> {
    let tx = house.db.glance().await?;
    let point = supply::find(&tx, &ctx, &supply_no).await?;
    Ok(Json(UsagePoint::masked(point)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unmasking {
    /// Why, in at least five characters; it stays in the journal.
    #[schema(example = "核对用户来电身份")]
    reason: String,
}

/// One usage point in full, for a reason. Needs `archive.unmask`.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/unmasking", tag = "supply", operation_id = "unmask_usage_point",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Unmasking,
    responses((status = 200, description = "the usage point in full; written in the journal", body = UsagePoint), Reading, Finding, Acting))]
async fn unmask(Path(supply_no): Path<String>, act: Act<Unmasking>) -> Answer<Response> {
    act.once_unkept(
        supply::UNMASK,
        async |tx, ctx, wish| {
            let point = supply::unmask(tx, ctx, &supply_no, &wish.reason).await?;
            Ok((StatusCode::OK, UsagePoint::full(point)))
        },
        async |tx, ctx| Ok(UsagePoint::full(supply::unmasked_again(tx, ctx, &supply_no).await?)),
    )
    .await
}
