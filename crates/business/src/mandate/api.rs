//! Mandates: who lets which bank account be debited.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Date, Refusal};
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, input, page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{DebitRules, Filter, MandateState, Terms, masked_account};
use crate::mandate;
use crate::supply::{UNMASK, masked_name};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(banks))
        .routes(routes!(list, sign))
        .routes(routes!(show))
        .routes(routes!(end))
        .routes(routes!(unmask))
}

/// A bank with which the bureau has an agreement.
#[derive(Serialize, ToSchema)]
struct DebitBank {
    #[schema(example = "icbc")]
    code: String,
    label: Words,
    /// What the codes of its result files mean.
    codes: Vec<DebitCode>,
}

#[derive(Serialize, ToSchema)]
struct DebitCode {
    #[schema(example = "01")]
    code: String,
    /// `collected`, `partly` or `failed`.
    #[schema(example = "failed")]
    outcome: String,
    label: Words,
    /// Whether a failed debit may succeed when it is tried again.
    #[schema(example = true)]
    again: bool,
}

/// The banks of `billing/debit.toml`, as of today. Needs `mandate.read`.
#[utoipa::path(get, path = "/api/debit-banks", tag = "debit", operation_id = "list_debit_banks", responses(
    (status = 200, description = "all banks", body = Vec<DebitBank>), Reading,
))]
async fn banks(State(house): State<House>, SignedIn(ctx): SignedIn) -> Answer<Json<Vec<DebitBank>>> {
    ctx.require(mandate::READ)?;
    let code = |code: mandate::Code| DebitCode {
        outcome: code.outcome.word().into(),
        label: code.label.into(),
        again: code.again == mandate::Again::Yes,
        code: code.code,
    };
    let bank = |bank: mandate::Bank| DebitBank {
        code: bank.code,
        label: bank.label.into(),
        codes: bank.codes.into_iter().map(code).collect(),
    };
    Ok(Json(DebitRules::on(&house.packs, ctx.today)?.banks.into_iter().map(bank).collect()))
}

/// A mandate 代扣协议.
#[derive(Serialize, ToSchema)]
pub(crate) struct Mandate {
    #[schema(example = "0198c5d0-0000-7000-8000-000000000000")]
    id: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "ST01")]
    station: String,
    /// Of the customer; masked.
    #[schema(example = "张**")]
    name: String,
    #[schema(example = "icbc")]
    bank: String,
    #[schema(example = "DK2016000001")]
    agreement_no: String,
    /// Of the bank account; masked unless `masked` is false.
    #[schema(example = "张**")]
    holder: String,
    /// Masked unless `masked` is false.
    #[schema(example = "****2222")]
    account_no: String,
    #[schema(example = true)]
    masked: bool,
    /// The first day on which it holds.
    #[schema(example = "2016-09-01")]
    since: String,
    /// The last day, where it was agreed.
    #[schema(example = json!(null))]
    until: Option<String>,
    /// `coming`, `live` or `ended`, as of today.
    #[schema(example = "live")]
    state: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    signed_at: String,
    #[schema(example = "li.na")]
    signed_by: String,
    /// The first day on which it holds no more, where it was ended by hand.
    #[schema(example = json!(null))]
    ended_on: Option<String>,
    #[schema(example = json!(null))]
    ended_by: Option<String>,
    #[schema(example = json!(null))]
    end_reason: Option<String>,
}

impl Mandate {
    fn full(mandate: mandate::Mandate, today: Date) -> Mandate {
        let state = mandate.state(today).word().into();
        let ending = mandate.ending;
        Mandate {
            id: mandate.id.to_string(),
            supply_no: mandate.supply_no,
            station: mandate.station,
            name: masked_name(&mandate.name),
            bank: mandate.terms.bank,
            agreement_no: mandate.terms.agreement_no,
            holder: mandate.terms.holder,
            account_no: mandate.terms.account_no,
            masked: false,
            since: mandate.terms.since.to_string(),
            until: mandate.terms.until.map(|day| day.to_string()),
            state,
            signed_at: mandate.signed_at.to_string(),
            signed_by: mandate.signed_by,
            ended_on: ending.as_ref().map(|ending| ending.on.to_string()),
            ended_by: ending.as_ref().map(|ending| ending.by.clone()),
            end_reason: ending.map(|ending| ending.reason),
        }
    }

    pub(crate) fn masked(mandate: mandate::Mandate, today: Date) -> Mandate {
        let full = Mandate::full(mandate, today);
        Mandate {
            holder: masked_name(&full.holder),
            account_no: masked_account(&full.account_no),
            masked: true,
            ..full
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MandateQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    #[param(example = "icbc")]
    bank: Option<String>,
    /// `coming`, `live` or `ended`.
    #[param(example = "live")]
    state: Option<String>,
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 mandates.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Mandates of one's stations, masked, the newest first. Needs `mandate.read`.
#[utoipa::path(get, path = "/api/mandates", tag = "debit", operation_id = "list_mandates", params(MandateQuery), responses(
    (status = 200, description = "a page of mandates", body = Page<Mandate>),
    (status = 422, description = "`word.unknown`, `page.limit`, `id.invalid`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<MandateQuery>,
) -> Answer<Json<Page<Mandate>>> {
    let known = |word: &str| {
        let (zh, en) = (format!("没有状态 {word}"), format!("there is no state {word}"));
        MandateState::from_word(word).ok_or_else(|| Refusal::invalid("word.unknown", zh, en).at("state"))
    };
    let state = query.state.as_deref().map(known).transpose()?;
    let filter = Filter { station: query.station, bank: query.bank, state, supply_no: query.supply_no };
    let before = query.after.as_deref().map(|text| id(text, "after")).transpose()?;
    let limit = page::limit(query.limit)?;
    let tx = house.db.glance().await?;
    let mandates = mandate::page(&tx, &ctx, &filter, before, limit).await?;
    let mandates = mandates.into_iter().map(|mandate| Mandate::masked(mandate, ctx.today)).collect();
    Ok(Json(Page::of(mandates, limit, |mandate: &Mandate| mandate.id.clone())))
}

fn id(text: &str, field: &str) -> Result<Uuid, Refusal> {
    let (zh, en) = ("编号不正确", "this is no id");
    text.parse().map_err(|_| Refusal::invalid("id.invalid", zh, en).at(field))
}

/// One mandate, masked. Needs `mandate.read`.
#[utoipa::path(get, path = "/api/mandates/{id}", tag = "debit", operation_id = "get_mandate",
    params(("id" = Uuid, Path, example = "0198c5d0-0000-7000-8000-000000000000")),
    responses((status = 200, description = "the mandate", body = Mandate), Reading, Finding))]
async fn show(State(house): State<House>, SignedIn(ctx): SignedIn, Path(id): Path<Uuid>) -> Answer<Json<Mandate>> {
    let tx = house.db.read().await?;
    Ok(Json(Mandate::masked(mandate::find(&tx, &ctx, id).await?, ctx.today)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MandateWish {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// A code of `/api/debit-banks`.
    #[schema(example = "icbc")]
    bank: String,
    #[schema(example = "DK2016000001")]
    agreement_no: String,
    /// Of the bank account, as the bank writes it.
    #[schema(example = "张三丰")]
    holder: String,
    /// 8 to 32 digits.
    #[schema(example = "6222000011112222")]
    account_no: String,
    /// The first day on which it holds.
    #[schema(example = "2016-09-01")]
    since: String,
    /// The last day; none when it holds until it is ended.
    #[schema(example = json!(null))]
    until: Option<String>,
}

/// Puts a mandate on record that a customer has signed: `mandate.live`, `mandate.agreement-used`,
/// `mandate.account`, `mandate.until`, `bank.unknown` and `date.invalid` say why not. Needs `mandate.keep` at
/// the account's station.
#[utoipa::path(post, path = "/api/mandates", tag = "debit", operation_id = "sign_mandate",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = MandateWish,
    responses((status = 200, description = "the mandate, masked; written in the journal", body = Mandate), Reading, Finding, Acting))]
async fn sign(State(house): State<House>, act: Act<MandateWish>) -> Answer<Response> {
    act.once(mandate::KEEP, async |tx, ctx, wish| {
        let terms = Terms {
            bank: wish.bank,
            agreement_no: wish.agreement_no.trim().to_owned(),
            holder: wish.holder.trim().to_owned(),
            account_no: wish.account_no.split_whitespace().collect(),
            since: input::date(&wish.since, "since")?,
            until: wish.until.as_deref().map(|text| input::date(text, "until")).transpose()?,
        };
        let signed = mandate::sign(tx, ctx, &house.packs, wish.supply_no.trim(), terms).await?;
        Ok((StatusCode::OK, Mandate::masked(signed, ctx.today)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MandateEnding {
    /// Why; it stays in the journal.
    #[schema(example = "客户换卡")]
    reason: String,
}

/// Ends a mandate: from today on nothing is collected by it. `mandate.ended` says why not. Needs
/// `mandate.keep` at the account's station.
#[utoipa::path(post, path = "/api/mandates/{id}/ending", tag = "debit", operation_id = "end_mandate",
    params(
        ("id" = Uuid, Path, example = "0198c5d0-0000-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = MandateEnding,
    responses((status = 200, description = "the mandate, ended; written in the journal", body = Mandate), Reading, Finding, Acting))]
async fn end(Path(id): Path<Uuid>, act: Act<MandateEnding>) -> Answer<Response> {
    act.once(mandate::KEEP, async |tx, ctx, wish| {
        let ended = mandate::end(tx, ctx, id, &wish.reason).await?;
        Ok((StatusCode::OK, Mandate::masked(ended, ctx.today)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MandateUnmasking {
    /// Why, in at least five characters; it stays in the journal.
    #[schema(example = "与银行核对扣款账号")]
    reason: String,
}

/// A mandate with holder and account number in full, for a reason. Needs `archive.unmask` and
/// `mandate.read` at the account's station.
#[utoipa::path(post, path = "/api/mandates/{id}/unmasking", tag = "debit", operation_id = "unmask_mandate",
    params(
        ("id" = Uuid, Path, example = "0198c5d0-0000-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = MandateUnmasking,
    responses((status = 200, description = "the mandate in full; written in the journal", body = Mandate), Reading, Finding, Acting))]
async fn unmask(Path(id): Path<Uuid>, act: Act<MandateUnmasking>) -> Answer<Response> {
    act.once_unkept(
        UNMASK,
        async |tx, ctx, wish| {
            let mandate = mandate::unmask(tx, ctx, id, &wish.reason).await?;
            Ok((StatusCode::OK, Mandate::full(mandate, ctx.today)))
        },
        async |tx, ctx| Ok(Mandate::full(mandate::unmasked_again(tx, ctx, id).await?, ctx.today)),
    )
    .await
}
