//! Finding a usage point.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Query, State};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Reading, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Found, Search, rules};
use crate::search;
use crate::supply::{masked_address, masked_name, masked_phone};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Search: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(find))
}

const USUAL: u32 = 20;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// As typed: a supply number or its last digits, a name or part of it, pinyin or its initials, a
    /// phone or its last digits, words of the address, a meter number; several of them with blanks.
    /// At most 100 characters.
    #[param(example = "张三丰")]
    q: String,
    /// 1 to 50 usage points.
    #[param(example = 20, minimum = 1, maximum = 50)]
    limit: Option<u32>,
}

/// Usage points that may be meant.
#[derive(Serialize, ToSchema)]
struct SearchAnswer {
    /// The surest first.
    items: Vec<FoundUsagePoint>,
    /// Whether there are more than these.
    #[schema(example = false)]
    more: bool,
    /// False while the index is being built for the first time: until then only whole supply numbers
    /// and meter numbers are found.
    #[schema(example = true)]
    complete: bool,
}

#[derive(Serialize, ToSchema)]
struct FoundUsagePoint {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    /// Masked.
    #[schema(example = "138****1234")]
    phone: Option<String>,
    /// Masked.
    #[schema(example = "扬中市三茅镇翠竹路***")]
    address: Option<String>,
    /// Code of the supply station.
    #[schema(example = "ST01")]
    station: String,
    /// Code of the tariff.
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    /// What the account owes, yuan; null for whoever may not see it.
    #[schema(example = "129.12")]
    owed: Option<String>,
    matched: Matched,
}

/// Why it was found.
#[derive(Serialize, ToSchema)]
struct Matched {
    /// `supply_no`, `meter_no`, `phone`, `name` or `address`; null where several words were met in
    /// several fields.
    #[schema(example = "name")]
    field: Option<String>,
    /// `exact`, `sound` (pinyin or its initials), `beginning`, `end`, `part`, `words`; and where a slip
    /// was forgiven, `alike` (another character of the same sound) or `near` (one character off).
    #[schema(example = "exact")]
    how: String,
}

impl From<Found> for FoundUsagePoint {
    fn from(found: Found) -> FoundUsagePoint {
        let point = found.point;
        FoundUsagePoint {
            supply_no: point.supply_no,
            name: masked_name(&point.customer.name),
            phone: point.phone.as_deref().map(masked_phone),
            address: point.address.as_deref().map(masked_address),
            station: point.station,
            tariff: point.tariff,
            owed: found.owed.map(|owed| owed.to_string()),
            matched: Matched { field: found.field.map(str::to_owned), how: rules::match_word(found.how).into() },
        }
    }
}

/// Finds usage points by whatever the customer gives: within your stations, and with `payment.take` everywhere. Needs
/// `archive.read`; what is owed needs `ledger.read` or `payment.take`.
#[utoipa::path(get, path = "/api/search", tag = "search", operation_id = "search_usage_points", params(SearchQuery), responses(
    (status = 200, description = "usage points, masked", body = SearchAnswer),
    (status = 422, description = "`search.empty`, `search.long`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn find(
    State(house): State<House>,
    State(search): State<Search>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<SearchAnswer>> {
    let tx = house.db.read().await?;
    let answer = search::find(&tx, &ctx, &search, &query.q, query.limit.unwrap_or(USUAL)).await?;
    let items = answer.rows.into_iter().map(FoundUsagePoint::from).collect();
    Ok(Json(SearchAnswer { items, more: answer.more, complete: answer.complete }))
}
