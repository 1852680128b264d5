//! What an account is billed by: read, changed, taken back.

use axum::Json;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use platform::House;
use platform::http::problem::Answer;
use platform::http::{Act, Acting, Finding, Reading, SignedIn, input};
use platform::{Ctx, Result, Tx};
use pricing::Concession;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ToldTerms;
use crate::pack::Tariffs;
use crate::terms;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Tariffs: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list, change)).routes(routes!(withdraw))
}

/// What an account is billed by 计价条件.
#[derive(Serialize, ToSchema)]
struct AccountTerms {
    /// By their first days; the first are those of the archive. Each hold until the next.
    terms: Vec<Terms>,
    /// The last day that is billed: up to it nothing changes but by an amendment.
    #[schema(example = "2016-08-31")]
    billed_to: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Terms {
    #[schema(example = "2016-09-01")]
    from: String,
    /// Code of the tariff.
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    /// Persons of the household.
    #[schema(example = 5)]
    persons: Option<u32>,
    /// `low-income` or `five-guarantee`.
    #[schema(example = json!(null))]
    concession: Option<String>,
}

impl From<terms::Terms> for Terms {
    fn from(of: terms::Terms) -> Terms {
        Terms {
            from: of.from.to_string(),
            tariff: of.tariff,
            persons: of.persons,
            concession: of.concession.map(Concession::word).map(str::to_owned),
        }
    }
}

/// What a usage point has been and will be billed by. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/terms", tag = "supply", operation_id = "list_terms",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "what it is billed by, from its opening on", body = AccountTerms), Reading, Finding))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<AccountTerms>> {
    let tx = house.db.read().await?;
    Ok(Json(now(&tx, &ctx, &supply_no).await?))
}

async fn now(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<AccountTerms> {
    let history = terms::of_supply_no(tx, ctx, supply_no).await?;
    Ok(AccountTerms {
        terms: history.terms.into_iter().map(Terms::from).collect(),
        billed_to: history.billed_to.map(|day| day.to_string()),
    })
}

/// What holds from a day on: all of it, also what stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsWish {
    /// The first day on which it holds; the first of a month where household or relief change.
    #[schema(example = "2030-01-01")]
    from: String,
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    #[schema(example = "5")]
    persons: Option<String>,
    /// `low-income` or `five-guarantee`.
    #[schema(example = json!(null))]
    concession: Option<String>,
    /// By what: an application. It stays in the journal.
    #[schema(example = "客户申请改类 2016-31")]
    pub(crate) reason: String,
}

impl TermsWish {
    pub(crate) fn told(&self) -> ToldTerms<'_> {
        ToldTerms {
            from: &self.from,
            tariff: &self.tariff,
            persons: self.persons.as_deref().unwrap_or_default(),
            concession: self.concession.as_deref().unwrap_or_default(),
        }
    }
}

/// Changes what an account is billed by from a day on: `terms.billed`, `terms.month`, `terms.first-day`,
/// `terms.unchanged`, `terms.on-record`, `tariff.unknown`, `tariff.no-version`, `conflict` and what fields say tell why
/// not. Needs `terms.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/terms", tag = "supply", operation_id = "change_terms",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = TermsWish,
    responses((status = 200, description = "what it is billed by, from its opening on; written in the journal", body = AccountTerms), Reading, Finding, Acting))]
async fn change(
    State(tariffs): State<Tariffs>,
    Path(supply_no): Path<String>,
    act: Act<TermsWish>,
) -> Answer<Response> {
    act.once(terms::KEEP, async |tx, ctx, wish| {
        let book = tariffs.now(tx).await?;
        terms::change(tx, ctx, &book, &supply_no, &wish.told(), &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TermsWithdrawal {
    /// Why; it stays in the journal.
    #[schema(example = "登记错误")]
    reason: String,
}

/// Takes a change back that no bill has gone by; what was before holds on: `terms.unknown`, `terms.billed` and
/// `terms.month` say why not. Needs `terms.keep` at the account's station.
#[utoipa::path(post, path = "/api/usage-points/{supply_no}/terms/{from}/withdrawal", tag = "supply", operation_id = "withdraw_terms",
    params(
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
        ("from" = String, Path, description = "its first day", example = "2030-01-01"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = TermsWithdrawal,
    responses((status = 200, description = "what it is billed by; written in the journal", body = AccountTerms), Reading, Finding, Acting))]
async fn withdraw(Path((supply_no, from)): Path<(String, String)>, act: Act<TermsWithdrawal>) -> Answer<Response> {
    act.once(terms::KEEP, async |tx, ctx, wish| {
        terms::withdraw(tx, ctx, &supply_no, input::date(&from, "from")?, &wish.reason).await?;
        Ok((StatusCode::OK, now(tx, ctx, &supply_no).await?))
    })
    .await
}
