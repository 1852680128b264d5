//! What was agreed on with a customer: read, entered, taken back.

use axum::Json;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Power, Rate};
use platform::http::problem::Answer;
use platform::http::{Act, Acting, Finding, Reading, SignedIn, input};
use platform::{Ctx, House, Result, Tx};
use pricing::tariff::DemandMode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ToldAgreement, ToldSuspension};
use crate::agreement;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, agree))
        .routes(routes!(withdraw))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(withdraw_rest))
}

/// What was agreed on with a customer who pays for more than energy 供用电合同约定.
#[derive(Serialize, ToSchema)]
struct Agreements {
    /// In order of day, newest last; each holds until the next.
    agreements: Vec<Agreement>,
    suspensions: Vec<Suspension>,
    /// The last day that is billed: up to it nothing changes any more.
    #[schema(example = "2016-08-31")]
    billed_to: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Agreement {
    #[schema(example = "2016-08-01")]
    from: String,
    /// What the basic charge goes by: `capacity`, `contract` or `actual`; null without one.
    #[schema(example = "contract")]
    demand_mode: Option<String>,
    /// 受电容量, decimal text.
    #[schema(example = "1000")]
    capacity_kva: String,
    /// 合同最大需量, decimal text; null unless the mode is `contract`.
    #[schema(example = "800")]
    contract_kw: Option<String>,
    /// Where the meter is: `high` or `low`.
    #[schema(example = "low")]
    meter_side: String,
    /// Iron loss 空载损耗, decimal text.
    #[schema(example = "0.325")]
    no_load_kw: Option<String>,
    /// 线损 as a share of the metered energy, decimal text.
    #[schema(example = "0.025")]
    line_loss: Option<String>,
}

/// Capacity that rests 暂停.
#[derive(Serialize, ToSchema)]
struct Suspension {
    #[schema(example = "2016-08-21")]
    from: String,
    #[schema(example = "2016-09-20")]
    to: String,
    /// Decimal text.
    #[schema(example = "300")]
    capacity_kva: String,
}

impl From<agreement::Agreement> for Agreement {
    fn from(of: agreement::Agreement) -> Agreement {
        Agreement {
            from: of.from.to_string(),
            demand_mode: of.mode.map(DemandMode::word).map(str::to_owned),
            capacity_kva: of.capacity.to_string(),
            contract_kw: of.contract.as_ref().map(Power::to_string),
            meter_side: of.side.word().to_owned(),
            no_load_kw: of.no_load.as_ref().map(Power::to_string),
            line_loss: of.line_loss.as_ref().map(Rate::to_string),
        }
    }
}

impl From<agreement::Suspension> for Suspension {
    fn from(rest: agreement::Suspension) -> Suspension {
        Suspension {
            from: rest.period.from.to_string(),
            to: rest.period.to.to_string(),
            capacity_kva: rest.capacity.to_string(),
        }
    }
}

/// The agreements and suspensions of a usage point. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/agreements", tag = "supply", operation_id = "list_agreements",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "what was agreed on, ever", body = Agreements), Reading, Finding))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<Agreements>> {
    let tx = house.db.read().await?;
    Ok(Json(now(&tx, &ctx, &supply_no).await?))
}

async fn now(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Agreements> {
    let contract = agreement::of_supply_no(tx, ctx, supply_no).await?;
    Ok(Agreements {
        agreements: contract.agreements.into_iter().map(Agreement::from).collect(),
        suspensions: contract.suspensions.into_iter().map(Suspension::from).collect(),
        billed_to: contract.billed_to.map(|day| day.to_string()),
    })
}

/// What an agreement says; figures are decimal text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgreementWish {
    /// The first day on which it holds.
    #[schema(example = "2030-01-01")]
    from: String,
    /// `capacity`, `contract` or `actual`; none without a basic charge.
    #[schema(example = "contract")]
    demand_mode: Option<String>,
    #[schema(example = "1000")]
    capacity_kva: String,
    /// Where the basic charge goes by it.
    #[schema(example = "800")]
    contract_kw: Option<String>,
    /// `high` or `low`; high when nothing is said.
    #[schema(example = "low")]
    meter_side: Option<String>,
    /// Iron loss; where the meter is on the low side.
    #[schema(example = "0.325")]
    no_load_kw: Option<String>,
    /// 0 to 1.
    #[schema(example = "0.025")]
    line_loss: Option<String>,
    /// By what: a contract, an application. It stays in the journal.
    #[schema(example = "增容合同 2016-18")]
    reason: String,
}

/// Agrees with a customer on what holds from a day on: `agreement.billed`, `agreement.mode-day`,
/// `agreement.contract`, `agreement.contract-over`, `agreement.no-load`, `agreement.on-record`, `suspension.capacity`,
/// `conflict` and what fields say tell why not. Needs `agreement.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/agreements", tag = "supply", operation_id = "enter_agreement",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = AgreementWish,
    responses((status = 200, description = "what was agreed on, ever; written in the journal", body = Agreements), Reading, Finding, Acting))]
async fn agree(Path(supply_no): Path<String>, act: Act<AgreementWish>) -> Answer<Response> {
    act.once(agreement::KEEP, async |tx, ctx, wish| {
        let told = ToldAgreement {
            from: &wish.from,
            demand_mode: wish.demand_mode.as_deref().unwrap_or_default(),
            capacity_kva: &wish.capacity_kva,
            contract_kw: wish.contract_kw.as_deref().unwrap_or_default(),
            meter_side: wish.meter_side.as_deref().unwrap_or_default(),
            no_load_kw: wish.no_load_kw.as_deref().unwrap_or_default(),
            line_loss: wish.line_loss.as_deref().unwrap_or_default(),
        };
        agreement::agree(tx, ctx, &supply_no, &told, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgreementWithdrawal {
    /// Why; it stays in the journal.
    #[schema(example = "登记错误")]
    reason: String,
}

/// Takes an agreement back that no bill has gone by; the one before it holds on: `agreement.unknown`,
/// `agreement.billed`, `agreement.mode-day`, `suspension.capacity` and `suspension.no-agreement` say why not. Needs
/// `agreement.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/agreements/{from}/withdrawal", tag = "supply", operation_id = "withdraw_agreement",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("from" = String, Path, description = "its first day", example = "2030-01-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = AgreementWithdrawal,
    responses((status = 200, description = "what is agreed on; written in the journal", body = Agreements), Reading, Finding, Acting))]
async fn withdraw(Path((supply_no, from)): Path<(String, String)>, act: Act<AgreementWithdrawal>) -> Answer<Response> {
    act.once(agreement::KEEP, async |tx, ctx, wish| {
        agreement::withdraw(tx, ctx, &supply_no, input::date(&from, "from")?, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}

/// What a suspension says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SuspensionWish {
    /// The first day at rest.
    #[schema(example = "2030-02-01")]
    from: String,
    /// The last day at rest.
    #[schema(example = "2030-03-15")]
    to: String,
    /// Decimal text.
    #[schema(example = "300")]
    capacity_kva: String,
    /// By what: an application. It stays in the journal.
    #[schema(example = "暂停申请 2016-05")]
    reason: String,
}

/// Lets capacity rest: `agreement.billed`, `suspension.no-agreement`, `suspension.capacity`, `suspension.on-record`,
/// `conflict` and what fields say tell why not. Needs `agreement.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/suspensions", tag = "supply", operation_id = "enter_suspension",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = SuspensionWish,
    responses((status = 200, description = "what is agreed on; written in the journal", body = Agreements), Reading, Finding, Acting))]
async fn suspend(Path(supply_no): Path<String>, act: Act<SuspensionWish>) -> Answer<Response> {
    act.once(agreement::KEEP, async |tx, ctx, wish| {
        let told = ToldSuspension { from: &wish.from, to: &wish.to, capacity_kva: &wish.capacity_kva };
        agreement::suspend(tx, ctx, &supply_no, &told, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resumption {
    /// The last day at rest.
    #[schema(example = "2030-03-31")]
    to: String,
    /// Why; it stays in the journal.
    #[schema(example = "客户申请提前恢复")]
    reason: String,
}

/// Gives a suspension another last day: `suspension.unknown`, `suspension.unchanged`, `agreement.billed`,
/// `suspension.capacity` and `date.order` say why not. Needs `agreement.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/suspensions/{from}/resumption", tag = "supply", operation_id = "resume_capacity",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("from" = String, Path, description = "its first day", example = "2030-02-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Resumption,
    responses((status = 200, description = "what is agreed on; written in the journal", body = Agreements), Reading, Finding, Acting))]
async fn resume(Path((supply_no, from)): Path<(String, String)>, act: Act<Resumption>) -> Answer<Response> {
    act.once(agreement::KEEP, async |tx, ctx, wish| {
        let (from, last) = (input::date(&from, "from")?, input::date(&wish.to, "to")?);
        agreement::resume(tx, ctx, &supply_no, from, last, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}

/// Takes a suspension back that no bill has gone by: `suspension.unknown` and `agreement.billed` say why not. Needs
/// `agreement.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/suspensions/{from}/withdrawal", tag = "supply", operation_id = "withdraw_suspension",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("from" = String, Path, description = "its first day", example = "2030-02-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = AgreementWithdrawal,
    responses((status = 200, description = "what is agreed on; written in the journal", body = Agreements), Reading, Finding, Acting))]
async fn withdraw_rest(
    Path((supply_no, from)): Path<(String, String)>,
    act: Act<AgreementWithdrawal>,
) -> Answer<Response> {
    act.once(agreement::KEEP, async |tx, ctx, wish| {
        agreement::withdraw_rest(tx, ctx, &supply_no, input::date(&from, "from")?, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}
