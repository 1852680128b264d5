//! Taking payments back, and requests to a second person.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Refusal;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::RequestState;
use crate::payment::api::{Payment, method, short, yuan};
use crate::reversal;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(reverse))
        .routes(routes!(list, ask_refund))
        .routes(routes!(approve))
        .routes(routes!(decline))
        .routes(routes!(withdraw))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReversalReason {
    /// Why; it stays in the journal.
    #[schema(example = "金额录错")]
    reason: String,
}

/// What came of the wish: one of the two.
#[derive(Serialize, ToSchema)]
struct ReversalOutcome {
    /// The reversal, when one person was enough.
    reversal: Option<Payment>,
    /// The request that waits for a second person.
    request: Option<PaymentRequest>,
}

/// What a second person is asked for, and what came of it.
#[derive(Serialize, ToSchema)]
struct PaymentRequest {
    #[schema(example = "2016090100001")]
    request_no: String,
    /// `reversal` or `refund`.
    #[schema(example = "refund")]
    kind: String,
    /// `waiting`, `approved`, `declined` or `withdrawn`.
    #[schema(example = "waiting")]
    state: String,
    /// The receipt to be reversed.
    #[schema(example = json!(null))]
    receipt_no: Option<String>,
    /// The account whose money paid ahead goes back.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    #[schema(example = "cash")]
    method: String,
    #[schema(example = json!(null))]
    instrument: Option<String>,
    /// Yuan, decimal text.
    #[schema(example = "20.00")]
    amount: String,
    #[schema(example = "ST01")]
    station: Option<String>,
    #[schema(example = "搬迁销户")]
    reason: String,
    #[schema(example = "li.na")]
    asked_by: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    asked_at: String,
    #[schema(example = json!(null))]
    decided_by: Option<String>,
    #[schema(example = json!(null))]
    decided_at: Option<String>,
    /// What the second person said.
    #[schema(example = json!(null))]
    decision: Option<String>,
    /// The receipt of the reversal or refund that it became.
    #[schema(example = json!(null))]
    outcome: Option<String>,
}

impl From<reversal::Request> for PaymentRequest {
    fn from(request: reversal::Request) -> PaymentRequest {
        PaymentRequest {
            request_no: request.request_no,
            kind: request.kind.word().into(),
            state: request.state.word().into(),
            receipt_no: request.receipt_no,
            supply_no: request.supply_no,
            method: request.method.word().into(),
            instrument: request.instrument,
            amount: request.amount.to_string(),
            station: request.station,
            reason: request.reason,
            asked_by: request.asked_by,
            asked_at: request.asked_at.to_string(),
            decided_by: request.decided_by,
            decided_at: request.decided_at.map(|at| at.to_string()),
            decision: request.decision,
            outcome: request.outcome,
        }
    }
}

/// Takes a payment back, or asks a second person: one's own of today up to the limit needs none.
/// `payment.reversed`, `payment.reversal`, `payment.spent` and `request.waiting` say why not. Needs
/// `payment.reverse`.
#[utoipa::path(post, path = "/api/payments/{receipt_no}/reversal", tag = "payment", operation_id = "reverse_payment",
    params(
        ("receipt_no" = String, Path, example = "201609010000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = ReversalReason,
    responses((status = 200, description = "the reversal, or the request for it; written in the journal", body = ReversalOutcome), Reading, Finding, Acting))]
async fn reverse(
    State(house): State<House>,
    Path(receipt_no): Path<String>,
    act: Act<ReversalReason>,
) -> Answer<Response> {
    act.once(reversal::REVERSE, async |tx, ctx, wish| {
        let outcome = match reversal::reverse(tx, ctx, &house.packs, &receipt_no, &wish.reason).await? {
            reversal::Reversed::Done(payment) => ReversalOutcome { reversal: Some(payment.into()), request: None },
            reversal::Reversed::Asked(request) => ReversalOutcome { reversal: None, request: Some(request.into()) },
        };
        Ok((StatusCode::OK, outcome))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refund {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Yuan, decimal text.
    #[schema(example = "20.00")]
    amount: String,
    /// `cash` or `transfer`.
    #[schema(example = "cash")]
    method: String,
    /// Of a transfer: the customer's account or the number of the transfer.
    #[schema(example = json!(null))]
    instrument: Option<String>,
    /// Why; it stays in the journal.
    #[schema(example = "搬迁销户")]
    reason: String,
}

/// Asks a second person to let money paid ahead be paid back: `payment.prepayment-short`,
/// `payment.method`, `payment.instrument` and `payment.amount` say why not. Needs `payment.reverse`.
#[utoipa::path(post, path = "/api/payment-requests", tag = "payment", operation_id = "ask_refund",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = Refund,
    responses((status = 200, description = "the request, waiting; written in the journal", body = PaymentRequest), Reading, Finding, Acting))]
async fn ask_refund(act: Act<Refund>) -> Answer<Response> {
    act.once(reversal::REVERSE, async |tx, ctx, wish| {
        let wish = reversal::RefundWish {
            amount: yuan(&wish.amount, "amount")?,
            method: method(&wish.method)?,
            instrument: short(wish.instrument, "instrument")?,
            supply_no: wish.supply_no,
            reason: wish.reason,
        };
        let request = reversal::ask_refund(tx, ctx, wish).await?;
        Ok((StatusCode::OK, PaymentRequest::from(request)))
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RequestQuery {
    /// `waiting`, `approved`, `declined` or `withdrawn`; all when absent.
    #[param(example = "waiting")]
    state: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 requests.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Requests, the newest first: one's own and those of one's stations. Needs `payment.read`.
#[utoipa::path(get, path = "/api/payment-requests", tag = "payment", operation_id = "list_payment_requests", params(RequestQuery), responses(
    (status = 200, description = "a page of requests", body = Page<PaymentRequest>),
    (status = 422, description = "`word.unknown`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<RequestQuery>,
) -> Answer<Json<Page<PaymentRequest>>> {
    let known = |word: &str| {
        let (zh, en) = (format!("没有状态 {word}"), format!("there is no state {word}"));
        RequestState::from_word(word).ok_or_else(|| Refusal::invalid("word.unknown", zh, en).at("state"))
    };
    let state = query.state.as_deref().map(known).transpose()?;
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let requests = reversal::requests(&tx, &ctx, state, query.after.as_deref(), limit).await?;
    let requests = requests.into_iter().map(PaymentRequest::from).collect();
    Ok(Json(Page::of(requests, limit, |request: &PaymentRequest| request.request_no.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestRemark {
    /// What there is to say about it.
    #[schema(example = json!(null))]
    remark: Option<String>,
}

/// Does what was asked for, as another person than the one who asked: `request.own`,
/// `request.decided`, `payment.spent` and `payment.prepayment-short` say why not. Needs
/// `payment.approve-reversal` at the station of the till.
#[utoipa::path(post, path = "/api/payment-requests/{request_no}/approval", tag = "payment", operation_id = "approve_payment_request",
    params(
        ("request_no" = String, Path, example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = RequestRemark,
    responses((status = 200, description = "the request, done; written in the journal", body = PaymentRequest), Reading, Finding, Acting))]
async fn approve(Path(request_no): Path<String>, act: Act<RequestRemark>) -> Answer<Response> {
    act.once(reversal::APPROVE, async |tx, ctx, RequestRemark { remark }| {
        let request = reversal::approve(tx, ctx, &request_no, remark.as_deref()).await?;
        Ok((StatusCode::OK, PaymentRequest::from(request)))
    })
    .await
}

/// Says no, as another person than the one who asked. Needs `payment.approve-reversal` at the station
/// of the till.
#[utoipa::path(post, path = "/api/payment-requests/{request_no}/refusal", tag = "payment", operation_id = "decline_payment_request",
    params(
        ("request_no" = String, Path, example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = ReversalReason,
    responses((status = 200, description = "the request, declined; written in the journal", body = PaymentRequest), Reading, Finding, Acting))]
async fn decline(Path(request_no): Path<String>, act: Act<ReversalReason>) -> Answer<Response> {
    act.once(reversal::APPROVE, async |tx, ctx, wish| {
        let request = reversal::decline(tx, ctx, &request_no, &wish.reason).await?;
        Ok((StatusCode::OK, PaymentRequest::from(request)))
    })
    .await
}

/// Takes one's own request back. Needs `payment.reverse`.
#[utoipa::path(post, path = "/api/payment-requests/{request_no}/withdrawal", tag = "payment", operation_id = "withdraw_payment_request",
    params(
        ("request_no" = String, Path, example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = RequestRemark,
    responses((status = 200, description = "the request, withdrawn; written in the journal", body = PaymentRequest), Reading, Finding, Acting))]
async fn withdraw(Path(request_no): Path<String>, act: Act<RequestRemark>) -> Answer<Response> {
    act.once(reversal::REVERSE, async |tx, ctx, RequestRemark { remark }| {
        let request = reversal::withdraw(tx, ctx, &request_no, remark.as_deref()).await?;
        Ok((StatusCode::OK, PaymentRequest::from(request)))
    })
    .await
}
