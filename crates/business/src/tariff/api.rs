//! Reading price lists, and pricing a case.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use kernel::Date;
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Input, Reading, SignedIn, Words, input};
use platform::{Ctx, House, Result};
use pricing::{Version, quote};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::pack::Tariffs;
use crate::tariff;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Tariffs: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(price))
}

#[derive(Serialize, ToSchema)]
struct TariffLine {
    #[schema(example = "cn-zhejiang/resident-tou")]
    code: String,
    name: Words,
    versions: Vec<VersionLine>,
}

#[derive(Serialize, ToSchema)]
struct VersionLine {
    #[schema(example = "2012-07")]
    id: String,
    /// First day.
    #[schema(example = "2012-07-01")]
    from: String,
    /// Last day where the tariff was withdrawn; otherwise the next version ends this one.
    #[schema(example = json!(null))]
    until: Option<String>,
    /// SHA-256 of the version's content; a bill names it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// The text in which the figures were published.
    #[schema(example = "浙江省物价局《关于完善居民生活用电阶梯电价政策有关事项的通知》")]
    source: String,
    /// How well the figures are known: `published`, `digest`, `assumed` or `fictional`.
    #[schema(example = "published")]
    mark: String,
}

impl From<&Version> for VersionLine {
    fn from(version: &Version) -> VersionLine {
        VersionLine {
            id: version.id.clone(),
            from: version.from.to_string(),
            until: version.until.map(|day| day.to_string()),
            digest: version.digest(),
            source: version.source.title.clone(),
            mark: version.source.mark.word().into(),
        }
    }
}

/// Every tariff with its versions. Needs `tariff.read`.
#[utoipa::path(get, path = "/api/tariffs", tag = "tariff", operation_id = "list_tariffs", responses(
    (status = 200, description = "the tariffs in order of code", body = Vec<TariffLine>), Reading,
))]
async fn list(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
) -> Answer<Json<Vec<TariffLine>>> {
    let book = tariffs.now(&house.db.read().await?).await?;
    let line = |tariff: &pricing::Tariff| TariffLine {
        code: tariff.code.clone(),
        name: tariff.name.clone().into(),
        versions: tariff.versions.iter().map(VersionLine::from).collect(),
    };
    Ok(Json(tariff::list(&ctx, &book)?.map(line).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OnQuery {
    /// The day; today when absent.
    #[param(example = "2016-08-31")]
    on: Option<String>,
}

impl OnQuery {
    fn day(&self, ctx: &Ctx) -> Result<Date> {
        let Some(text) = &self.on else {
            return Ok(ctx.today);
        };
        input::date(text, "on")
    }
}

#[derive(Serialize, ToSchema)]
struct TariffOn {
    #[schema(example = "cn-zhejiang/resident-tou")]
    code: String,
    name: Words,
    version: VersionLine,
    /// The version as a bill keeps it: energy in Wh, prices in yuan per kWh as decimal text.
    #[schema(value_type = Object)]
    content: Value,
}

/// One tariff as it is in force on a day. Needs `tariff.read`.
#[utoipa::path(get, path = "/api/tariffs/{province}/{name}", tag = "tariff", operation_id = "get_tariff",
    params(
        ("province" = String, Path, example = "cn-zhejiang"),
        ("name" = String, Path, example = "resident-tou"),
        OnQuery,
    ),
    responses(
        (status = 200, description = "the tariff with the version of that day", body = TariffOn),
        (status = 422, description = "`date.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn show(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Path((province, name)): Path<(String, String)>,
    Query(query): Query<OnQuery>,
) -> Answer<Json<TariffOn>> {
    let book = tariffs.now(&house.db.read().await?).await?;
    let code = format!("{province}/{name}");
    let (tariff, version) = tariff::on(&ctx, &book, &code, query.day(&ctx)?)?;
    Ok(Json(TariffOn {
        name: tariff.name.clone().into(),
        version: version.into(),
        content: serde_json::to_value(version).map_err(platform::Error::from)?,
        code,
    }))
}

/// A case to price. It is read leniently only here: what is wrong in it comes out as a refusal with
/// its field, not as a body of the wrong shape.
#[derive(ToSchema)]
#[allow(dead_code)]
struct QuoteCase {
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    /// Calendar month.
    #[schema(example = "2016-08")]
    cycle: String,
    /// Days of supply, where they are fewer than the month has; they are its last.
    #[schema(example = json!(null))]
    days: Option<u32>,
    /// kWh by register, decimal text with at most three decimals.
    #[schema(example = json!({"peak": "180", "valley": "120"}))]
    usage: Option<BTreeMap<String, String>>,
    /// A curve in place of the use by register.
    #[schema(example = json!(null))]
    intervals: Option<Vec<QuoteInterval>>,
    /// How long an interval is: 15, 30 or 60.
    #[schema(example = json!(null))]
    minutes: Option<u32>,
    /// How what is missing of a curve is made up: `interpolate` or `same-quarter`.
    #[schema(example = json!(null))]
    fill: Option<String>,
    /// Days that the hours of the tariff go by.
    #[schema(example = json!(null))]
    holidays: Option<Vec<String>>,
    #[schema(example = json!(null))]
    festivals: Option<Vec<String>>,
    #[schema(example = json!(null))]
    worked_weekends: Option<Vec<String>>,
    #[schema(example = json!(null))]
    hot_days: Option<Vec<String>>,
    /// kWh of the year before this case, decimal text.
    #[schema(example = "2700")]
    year_to_date: Option<String>,
    /// Persons of the household.
    #[schema(example = 4)]
    persons: Option<u32>,
    /// `low-income` or `five-guarantee`.
    #[schema(example = json!(null))]
    concession: Option<String>,
    /// `0.22kV` when absent.
    #[schema(example = "0.22kV")]
    voltage: Option<String>,
    /// First day of supply, where it falls in the month.
    #[schema(example = json!(null))]
    opened_on: Option<String>,
    /// Of transformers and motors, decimal text.
    #[schema(example = json!(null))]
    capacity_kva: Option<String>,
    /// `capacity`, `contract` or `actual`.
    #[schema(example = json!(null))]
    demand_mode: Option<String>,
    #[schema(example = json!(null))]
    contract_kw: Option<String>,
    /// The highest demand of each feed; one alone may be given without the list.
    #[schema(example = json!(["500", "400"]))]
    max_demand_kw: Option<Vec<String>>,
    #[schema(example = json!(null))]
    kvarh: Option<String>,
    #[schema(example = json!(null))]
    reverse_kvarh: Option<String>,
    loss: Option<QuoteLoss>,
    /// Transformers that rest.
    suspended: Option<Vec<QuoteSuspension>>,
}

/// A transformer, and the line before the meter.
#[derive(ToSchema)]
#[allow(dead_code)]
struct QuoteLoss {
    /// Under voltage, without load.
    #[schema(example = "0.325")]
    no_load_kw: String,
    #[schema(example = "720")]
    hours: String,
    /// The side of the meter: `low` or `high`.
    #[schema(example = "low")]
    side: String,
    /// Loss of the line as a share of the energy.
    #[schema(example = json!(null))]
    line: Option<String>,
    /// Reactive loss, where it is known.
    #[schema(example = json!(null))]
    kvarh: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct QuoteSuspension {
    #[schema(example = "2024-07-01")]
    from: String,
    #[schema(example = "2024-07-20")]
    to: String,
    #[schema(example = "400")]
    kva: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct QuoteInterval {
    #[schema(example = "2019-07-01T00:00")]
    start: String,
    #[schema(example = "12.3")]
    kwh: String,
}

#[derive(Serialize, ToSchema)]
struct Quote {
    /// Yuan, decimal text.
    #[schema(example = "148.80")]
    total: String,
    lines: Vec<QuoteLine>,
    /// The steps from use to total.
    explanation: Vec<Words>,
    /// Values of a curve that were missing and made up.
    filled: Vec<QuoteFilled>,
}

#[derive(Serialize, ToSchema)]
struct QuoteFilled {
    #[schema(example = "2019-07-01T00:15")]
    start: String,
    #[schema(example = "12.3")]
    kwh: String,
    #[schema(example = "interpolate")]
    rule: String,
}

#[derive(Serialize, ToSchema)]
struct QuoteLine {
    #[schema(example = "energy.peak")]
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "peak")]
    register: Option<String>,
    /// 1 is the lowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    tier: Option<u8>,
    /// In `unit`, decimal text.
    #[schema(example = "180")]
    quantity: String,
    #[schema(example = "kWh")]
    unit: String,
    /// Yuan per unit, decimal text.
    #[schema(example = "0.568")]
    price: String,
    /// Of a month, where the line is for less than a whole one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "15/30")]
    share: Option<String>,
    /// Yuan, decimal text.
    #[schema(example = "102.24")]
    amount: String,
}

impl From<quote::Quote> for Quote {
    fn from(quote: quote::Quote) -> Quote {
        let line = |line: quote::QuoteLine| QuoteLine {
            code: line.code,
            register: line.register.map(|register| register.word().into()),
            tier: line.tier,
            quantity: line.quantity,
            unit: line.unit.into(),
            price: line.price,
            share: line.share,
            amount: line.amount,
        };
        let filled = |filled: quote::Filled| QuoteFilled {
            start: filled.start,
            kwh: filled.kwh,
            rule: filled.rule.word().into(),
        };
        Quote {
            total: quote.total,
            lines: quote.lines.into_iter().map(line).collect(),
            explanation: quote.explanation.into_iter().map(Words::from).collect(),
            filled: quote.filled.into_iter().map(filled).collect(),
        }
    }
}

/// Prices a case; nothing is kept. Needs `tariff.read`.
#[utoipa::path(post, path = "/api/quote", tag = "tariff", operation_id = "quote", request_body = QuoteCase, responses(
    (status = 200, description = "lines, total and explanation", body = Quote),
    (status = 422, description = "`field.…`, `number.…`, `tariff.unknown`, `unpriced.…`: what is wrong in the case, with its field", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn price(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Input(case): Input<Value>,
) -> Answer<Json<Quote>> {
    let book = tariffs.now(&house.db.read().await?).await?;
    Ok(Json(tariff::quote(&ctx, &book, &case.to_string())?.into()))
}
