//! Amending what bills were computed from, and what was amended.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Refusal, Register};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, input, page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Change, Found, ReadingWish};
use crate::pack::Tariffs;
use crate::reading::ReadingKind;
use crate::terms::api::{Terms, TermsWish};
use crate::{amendment, fields};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Tariffs: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(amend_reading))
        .routes(routes!(amend_multiplier))
        .routes(routes!(amend_counting))
        .routes(routes!(amend_terms))
}

/// What bills were computed from, and is known better since 更正.
#[derive(Serialize, ToSchema)]
struct Amendment {
    #[schema(example = "2016090100001")]
    amendment_no: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "ST01")]
    station: String,
    /// Null where it is about the account.
    #[schema(example = "M0000000001")]
    meter_no: Option<String>,
    /// `reading`, `multiplier`, `factor` or `terms`.
    #[schema(example = "reading")]
    kind: String,
    kind_name: Words,
    /// The first day from which bills may be wrong.
    #[schema(example = "2016-08-31")]
    since: String,
    /// Of a reading.
    #[schema(example = "total")]
    register: Option<String>,
    register_name: Option<Words>,
    #[schema(example = "2016-08-31")]
    read_on: Option<String>,
    /// Of a factor, the last day of it.
    #[schema(example = json!(null))]
    until: Option<String>,
    /// Of a factor, `error` or `wiring`.
    #[schema(example = json!(null))]
    cause: Option<String>,
    cause_name: Option<Words>,
    /// What it was taken for: a count before the multiplier, or a multiplier; of a factor, what stands for `after` of what
    /// was used; of terms, the tariff.
    #[schema(example = "240.5")]
    before: String,
    /// `actual`, `customer` or `estimated`, of a reading.
    #[schema(example = "estimated")]
    before_kind: Option<String>,
    #[schema(example = "220")]
    after: String,
    #[schema(example = "actual")]
    after_kind: Option<String>,
    /// Of terms, all that they say.
    terms_before: Option<Terms>,
    terms_after: Option<Terms>,
    #[schema(example = "现场核实抄错")]
    reason: String,
    #[schema(example = "wang.li")]
    by: String,
    /// RFC 3339.
    #[schema(example = "2016-09-01T01:00:00Z")]
    at: String,
    /// Number of the correction of bills that took it into account; null while bills wait for one.
    #[schema(example = json!(null))]
    corrected_by: Option<String>,
}

impl From<amendment::Amendment> for Amendment {
    fn from(of: amendment::Amendment) -> Amendment {
        let kind = of.change.kind();
        let (register, read_on, before, after, kinds) = match &of.change {
            Change::Reading { register, read_on, before, after } => {
                let kinds = (Some(before.kind.word().to_owned()), Some(after.kind.word().to_owned()));
                (Some(*register), Some(read_on.to_string()), before.value.to_string(), after.value.to_string(), kinds)
            }
            Change::Multiplier { before, after } => (None, None, before.to_string(), after.to_string(), (None, None)),
            Change::Factor { numerator, denominator, .. } => {
                (None, None, denominator.to_string(), numerator.to_string(), (None, None))
            }
            Change::Terms { before, after } => (None, None, before.tariff.clone(), after.tariff.clone(), (None, None)),
        };
        let (until, cause) = match &of.change {
            Change::Factor { period, cause, .. } => (Some(period.to.to_string()), Some(*cause)),
            Change::Reading { .. } | Change::Multiplier { .. } | Change::Terms { .. } => (None, None),
        };
        let terms = match &of.change {
            Change::Terms { before, after } => (Some(before.clone().into()), Some(after.clone().into())),
            _ => (None, None),
        };
        Amendment {
            amendment_no: of.amendment_no,
            supply_no: of.supply_no,
            station: of.station,
            meter_no: of.meter_no,
            kind: kind.word().into(),
            kind_name: kind.label().into(),
            since: of.since.to_string(),
            register: register.map(|register| register.word().to_owned()),
            register_name: register.map(|register| register.label().into()),
            read_on,
            until,
            cause: cause.map(|cause| cause.word().to_owned()),
            cause_name: cause.map(|cause| cause.label().into()),
            before,
            before_kind: kinds.0,
            after,
            after_kind: kinds.1,
            terms_before: terms.0,
            terms_after: terms.1,
            reason: of.reason,
            by: of.by,
            at: of.at.to_string(),
            corrected_by: of.corrected_by,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AmendmentsQuery {
    /// 户号: only those of this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// Only those whose bills wait for a correction.
    #[param(example = false)]
    waiting: Option<bool>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Amendments, newest first. Needs `bill.read`; a post at a station sees those of its accounts.
#[utoipa::path(get, path = "/api/amendments", tag = "billing", operation_id = "list_amendments", params(AmendmentsQuery), responses(
    (status = 200, description = "a page of amendments", body = Page<Amendment>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading, Finding,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<AmendmentsQuery>,
) -> Answer<Json<Page<Amendment>>> {
    let limit = page::limit(query.limit)?;
    let (of, waiting) = (query.supply_no.as_deref(), query.waiting.unwrap_or(false));
    let tx = house.db.read().await?;
    let found = amendment::page(&tx, &ctx, of, waiting, query.after.as_deref(), limit).await?;
    let found = found.into_iter().map(Amendment::from).collect();
    Ok(Json(Page::of(found, limit, |one: &Amendment| one.amendment_no.clone())))
}

/// What a register showed on a day, as is known now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadingAmendment {
    /// `sharp`, `peak`, `flat`, `valley`, `total`, `reactive` or `demand`.
    #[schema(example = "total")]
    register: String,
    /// The state is that at 24:00 of this day.
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// What the register showed, before the multiplier, decimal text.
    #[schema(example = "220")]
    value: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
    /// How it is known; it stays in the journal.
    #[schema(example = "现场核实抄错")]
    reason: String,
}

/// Says what a register showed on a day by whose reading a standing bill was computed; the bill stands until it is
/// corrected. `reading.unknown`, `amendment.unchanged` and `amendment.not-billed` say why not. Needs `amendment.enter` at
/// the meter's station.
#[utoipa::path(post, path = "/api/meters/{meter_no}/amendments/reading", tag = "billing", operation_id = "amend_reading",
    params(
        ("meter_no" = String, Path, description = "表号", example = "M0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = ReadingAmendment,
    responses((status = 200, description = "on record; written in the journal", body = Amendment), Reading, Finding, Acting))]
async fn amend_reading(Path(meter_no): Path<String>, act: Act<ReadingAmendment>) -> Answer<Response> {
    act.once(amendment::AMEND, async |tx, ctx, wish| {
        let registers = "sharp, peak, flat, valley, total, reactive, demand";
        let wish = ReadingWish {
            meter_no,
            register: fields::word_of(&wish.register, "register", Register::from_word, registers)?,
            read_on: input::date(&wish.read_on, "read_on")?,
            value: wish.value,
            kind: fields::word_of(&wish.kind, "kind", ReadingKind::from_word, "actual, customer, estimated")?,
            reason: wish.reason,
        };
        let made = amendment::amend_reading(tx, ctx, wish).await?;
        Ok((StatusCode::OK, Amendment::from(made)))
    })
    .await
}

/// What a meter's registers have been multiplied by since it was installed, as is known now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MultiplierAmendment {
    /// 1 to 1 000 000.
    #[schema(example = 40)]
    multiplier: i64,
    /// How it is known; it stays in the journal.
    #[schema(example = "互感器铭牌 200/5")]
    reason: String,
}

/// Says what a meter's multiplier has been; bills stand until they are corrected. `amendment.unchanged` and `number.range`
/// say why not. Needs `amendment.enter` at the meter's station.
#[utoipa::path(post, path = "/api/meters/{meter_no}/amendments/multiplier", tag = "billing", operation_id = "amend_multiplier",
    params(
        ("meter_no" = String, Path, description = "表号", example = "M0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = MultiplierAmendment,
    responses((status = 200, description = "on record; written in the journal", body = Amendment), Reading, Finding, Acting))]
async fn amend_multiplier(Path(meter_no): Path<String>, act: Act<MultiplierAmendment>) -> Answer<Response> {
    act.once(amendment::AMEND, async |tx, ctx, wish| {
        let made = amendment::amend_multiplier(tx, ctx, &meter_no, wish.multiplier, wish.reason).await?;
        Ok((StatusCode::OK, Amendment::from(made)))
    })
    .await
}

/// That a meter counted otherwise than was used: out of tolerance since a test, or wrongly wired since a day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountingAmendment {
    /// The last day on which it did.
    #[schema(example = "2016-08-31")]
    found_on: String,
    /// Its error in percent, decimal text: `5` where 105 were counted of 100. It counts for half the time since the last
    /// test.
    #[schema(example = "5")]
    error_percent: Option<String>,
    /// The day of the last test; with `error_percent`.
    #[schema(example = "2016-07-31")]
    tested_on: Option<String>,
    /// What was used is so many times what was counted, decimal text; instead of an error.
    #[schema(example = json!(null))]
    wiring_factor: Option<String>,
    /// The first day of the wrong wiring; with `wiring_factor`.
    #[schema(example = json!(null))]
    since: Option<String>,
    /// How it is known; it stays in the journal.
    #[schema(example = "检定证书 2016-0831")]
    reason: String,
}

/// Says that a meter counted otherwise than was used; bills stand until they are corrected, later ones go by it.
/// `amendment.not-in-use`, `amendment.overlap`, `amendment.either`, `date.order` and `number.range` say why not. Needs
/// `amendment.enter` at the meter's station.
#[utoipa::path(post, path = "/api/meters/{meter_no}/amendments/counting", tag = "billing", operation_id = "amend_counting",
    params(
        ("meter_no" = String, Path, description = "表号", example = "M0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = CountingAmendment,
    responses((status = 200, description = "on record; written in the journal", body = Amendment), Reading, Finding, Acting))]
async fn amend_counting(Path(meter_no): Path<String>, act: Act<CountingAmendment>) -> Answer<Response> {
    act.once(amendment::AMEND, async |tx, ctx, wish| {
        let found = match (wish.error_percent, wish.tested_on, wish.wiring_factor, wish.since) {
            (Some(percent), Some(day), None, None) => {
                Found::Error { percent, tested_on: input::date(&day, "tested_on")? }
            }
            (None, None, Some(factor), Some(day)) => Found::Wiring { factor, since: input::date(&day, "since")? },
            _ => return Err(either().into()),
        };
        let found_on = input::date(&wish.found_on, "found_on")?;
        let made = amendment::amend_counting(tx, ctx, &meter_no, found, found_on, wish.reason).await?;
        Ok((StatusCode::OK, Amendment::from(made)))
    })
    .await
}

/// Says what an account should have been billed by since a day that is billed; bills stand until they are corrected.
/// `amendment.not-billed`, `amendment.unchanged`, `terms.month`, `terms.first-day`, `tariff.unknown` and
/// `tariff.no-version` say why not. Needs `amendment.enter` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/amendments/terms", tag = "billing", operation_id = "amend_terms",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = TermsWish,
    responses((status = 200, description = "on record; written in the journal", body = Amendment), Reading, Finding, Acting))]
async fn amend_terms(
    State(tariffs): State<Tariffs>,
    Path(supply_no): Path<String>,
    act: Act<TermsWish>,
) -> Answer<Response> {
    act.once(amendment::AMEND, async |tx, ctx, wish| {
        let book = tariffs.now(tx).await?;
        let made = amendment::amend_terms(tx, ctx, &book, &supply_no, &wish.told(), wish.reason.clone()).await?;
        Ok((StatusCode::OK, Amendment::from(made)))
    })
    .await
}

fn either() -> Refusal {
    let (zh, en) =
        ("请填误差和上次检定日，或更正系数和起始日", "give an error and the last test, or a factor and its first day");
    Refusal::invalid("amendment.either", zh, en).at("error_percent")
}
