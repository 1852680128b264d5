//! The counter: what is due, taking it, finding payments, receipts.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Money, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Input, Page, Reading, SignedIn, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Filter, Method};
use crate::bill::cycle_of;
use crate::payment;
use crate::supply::{masked_address, masked_name};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(quote))
        .routes(routes!(list, take))
        .routes(routes!(show))
        .routes(routes!(receipt))
        .routes(routes!(print))
        .routes(routes!(waive))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteWish {
    /// 户号, 1 to 50.
    #[schema(example = json!(["0000000001"]))]
    supply_nos: Vec<String>,
}

/// What some accounts are to pay today.
#[derive(Serialize, ToSchema)]
struct PaymentQuote {
    /// In the order asked for.
    accounts: Vec<AccountDue>,
    /// Due in all: yuan, decimal text.
    #[schema(example = "129.12")]
    total: String,
    /// The day whose late charges these are.
    #[schema(example = "2016-09-01")]
    as_of: String,
    /// To be sent with the payment: it is refused when what is owed has changed since.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

#[derive(Serialize, ToSchema)]
struct AccountDue {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    /// Masked.
    #[schema(example = "扬中市三茅镇翠竹路***")]
    address: Option<String>,
    #[schema(example = "ST01")]
    station: String,
    /// The oldest first.
    bills: Vec<BillDue>,
    /// Owed without late charges: yuan, decimal text.
    #[schema(example = "129.12")]
    owed: String,
    /// 违约金: yuan, decimal text.
    #[schema(example = "0.00")]
    late_charge: String,
    /// Paid ahead; it settles debts before anything is taken. Yuan, decimal text.
    #[schema(example = "0.00")]
    prepaid: String,
    /// To be paid now: yuan, decimal text.
    #[schema(example = "129.12")]
    due: String,
}

#[derive(Serialize, ToSchema)]
struct BillDue {
    /// Null for an opening debt 期初欠费.
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    /// The month of the bill; null for an opening debt.
    #[schema(example = "2016-08")]
    cycle: Option<String>,
    #[schema(example = "2016-09-16")]
    due_on: String,
    /// Still owed for the bill; 0.00 where only a late charge is left. Yuan, decimal text.
    #[schema(example = "129.12")]
    open: String,
    /// How much of it money paid ahead will settle.
    #[schema(example = "0.00")]
    from_prepaid: String,
    #[schema(example = 0)]
    days_late: i64,
    /// 违约金 still to be taken: yuan, decimal text.
    #[schema(example = "0.00")]
    late_charge: String,
    /// To be paid now: yuan, decimal text.
    #[schema(example = "129.12")]
    due: String,
    /// The bank that is collecting this bill already; then it is taken only with `despite_debit`.
    #[schema(example = json!(null))]
    collected_by: Option<String>,
    /// The number of the bank's debit.
    #[schema(example = json!(null))]
    debit_no: Option<String>,
}

impl PaymentQuote {
    fn of(quote: payment::Quote) -> PaymentQuote {
        let bill = |bill: payment::BillDue| BillDue {
            cycle: bill.bill_no.as_deref().and_then(cycle_of).map(|month| month.to_string()),
            due_on: bill.due_on.to_string(),
            open: bill.open.to_string(),
            from_prepaid: bill.from_prepaid.to_string(),
            days_late: bill.days_late,
            late_charge: bill.late_charge.to_string(),
            due: bill.due().to_string(),
            collected_by: bill.in_flight.as_ref().map(|item| item.collector.clone()),
            debit_no: bill.in_flight.map(|item| item.reference),
            bill_no: bill.bill_no,
        };
        let (total, as_of, digest) = (quote.total().to_string(), quote.as_of.to_string(), quote.digest);
        let account = |(account, due): (payment::Account, payment::AccountDue)| AccountDue {
            supply_no: account.point.supply_no,
            name: masked_name(&account.point.customer.name),
            address: account.point.address.as_deref().map(masked_address),
            station: account.point.station,
            owed: due.owed().to_string(),
            late_charge: due.late_charge().to_string(),
            prepaid: due.prepaid.to_string(),
            due: due.due().to_string(),
            bills: due.bills.into_iter().map(bill).collect(),
        };
        PaymentQuote { accounts: quote.accounts.into_iter().map(account).collect(), total, as_of, digest }
    }
}

/// What accounts of any station are to pay today, bill by bill, with the late charge. Changes nothing.
/// Needs `payment.take`.
#[utoipa::path(post, path = "/api/payments/quote", tag = "payment", operation_id = "quote_payment", request_body = QuoteWish, responses(
    (status = 200, description = "what is due, in the order asked for", body = PaymentQuote),
    (status = 422, description = "`payment.accounts`, `body.wrong-shape`", body = Problem, content_type = "application/problem+json"),
    Reading, Finding,
))]
async fn quote(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Input(wish): Input<QuoteWish>,
) -> Answer<Json<PaymentQuote>> {
    let tx = house.db.read().await?;
    let quote = payment::quote(&tx, &ctx, &house.packs, &wish.supply_nos).await?;
    Ok(Json(PaymentQuote::of(quote)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaymentWish {
    /// 户号, 1 to 50, as in the quote and in its order.
    #[schema(example = json!(["0000000001"]))]
    supply_nos: Vec<String>,
    /// `digest` of the quote.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// To be taken: yuan, decimal text. Less than is due settles the oldest bill first.
    #[schema(example = "129.12")]
    amount: String,
    /// `cash`, `pos`, `cheque`, `voucher`, `transfer`, `wechat` or `alipay`.
    #[schema(example = "cash")]
    method: String,
    /// Cash handed over, for the change: yuan, decimal text.
    #[schema(example = "130.00")]
    tendered: Option<String>,
    /// The bank of a cheque or voucher.
    #[schema(example = json!(null))]
    bank: Option<String>,
    /// Number of the cheque, voucher, slip or transfer; these methods need it.
    #[schema(example = json!(null))]
    instrument: Option<String>,
    /// The account to which what is above the debts is paid ahead; without it nothing may be above.
    #[schema(example = json!(null))]
    prepay_to: Option<String>,
    /// Why money is taken for a bill that a bank is collecting already; it stays in the journal.
    #[schema(example = json!(null))]
    despite_debit: Option<String>,
}

impl PaymentWish {
    fn read(self) -> Result<payment::Wish> {
        Ok(payment::Wish {
            amount: yuan(&self.amount, "amount")?,
            method: method(&self.method)?,
            tendered: self.tendered.as_deref().map(|text| yuan(text, "tendered")).transpose()?,
            bank: short(self.bank, "bank")?,
            instrument: short(self.instrument, "instrument")?,
            supply_nos: self.supply_nos,
            digest: self.digest,
            prepay_to: self.prepay_to,
            despite_debit: self.despite_debit,
        })
    }
}

/// An amount of a request.
pub(crate) fn yuan(text: &str, field: &str) -> Result<Money> {
    Money::parse_yuan(text.trim()).map_err(|_| {
        let (zh, en) = ("金额为至多两位小数的数", "an amount is a number with at most two decimals");
        Refusal::invalid("amount.invalid", zh, en).at(field).into()
    })
}

/// How money comes or goes, of a request.
pub(crate) fn method(word: &str) -> Result<Method> {
    Method::from_word(word).ok_or_else(|| {
        let (zh, en) = (format!("没有缴费方式 {word}"), format!("there is no method {word}"));
        Refusal::invalid("payment.method", zh, en).at("method").into()
    })
}

/// A name or a number of a paper.
pub(crate) fn short(text: Option<String>, field: &str) -> Result<Option<String>> {
    match text {
        Some(text) if text.chars().count() > 60 || text.chars().any(char::is_control) => {
            let (zh, en) = ("至多 60 字，不含控制字符", "at most 60 characters, none of them control characters");
            Err(Refusal::invalid("field.long", zh, en).at(field).into())
        }
        text => Ok(text),
    }
}

/// A payment, a reversal or a refund. Of the last two the amounts are negative.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payment {
    /// The day, and a number of seven digits.
    #[schema(example = "201609010000001")]
    receipt_no: String,
    /// `payment`, `reversal` or `refund`.
    #[schema(example = "payment")]
    kind: String,
    /// `taken`, `reversed` or `reversal`.
    #[schema(example = "taken")]
    state: String,
    /// The receipt that it takes back.
    #[schema(example = json!(null))]
    reverses: Option<String>,
    /// The receipt that took it back.
    #[schema(example = json!(null))]
    reversed_by: Option<String>,
    #[schema(example = "cash")]
    method: String,
    /// `counter`, or the channel that reported it.
    #[schema(example = "counter")]
    channel: String,
    /// The channel's own number.
    #[schema(example = json!(null))]
    reference: Option<String>,
    #[schema(example = "2016-09-01T01:00:00Z")]
    paid_at: String,
    #[schema(example = "2016-09-01")]
    booked_on: String,
    /// Yuan, decimal text.
    #[schema(example = "50.00")]
    amount: String,
    #[schema(example = "100.00")]
    tendered: Option<String>,
    #[schema(example = "50.00")]
    change: Option<String>,
    #[schema(example = "li.na")]
    cashier: String,
    /// The station of the till.
    #[schema(example = json!(null))]
    station: Option<String>,
    #[schema(example = json!(null))]
    bank: Option<String>,
    #[schema(example = json!(null))]
    instrument: Option<String>,
    #[schema(example = json!(null))]
    reason: Option<String>,
    /// How often its receipt was printed.
    #[schema(example = 0)]
    prints: i64,
    shares: Vec<PaymentShare>,
}

#[derive(Serialize, ToSchema)]
struct PaymentShare {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    /// `debt`, `late-charge` or `prepayment`.
    #[schema(example = "prepayment")]
    purpose: String,
    /// Null for an opening debt and for money paid ahead.
    #[schema(example = json!(null))]
    bill_no: Option<String>,
    #[schema(example = json!(null))]
    cycle: Option<String>,
    /// Yuan, decimal text.
    #[schema(example = "50.00")]
    amount: String,
}

impl From<payment::InFull> for Payment {
    fn from(full: payment::InFull) -> Payment {
        let share = |row: payment::ShareRow| PaymentShare {
            supply_no: row.supply_no,
            name: masked_name(&row.name),
            purpose: row.share.purpose.word().into(),
            bill_no: row.bill_no,
            cycle: row.cycle,
            amount: row.share.amount.to_string(),
        };
        let p = full.payment;
        Payment {
            change: p.change().map(|money| money.to_string()),
            receipt_no: p.receipt_no,
            kind: p.kind.word().into(),
            state: p.state.word().into(),
            reverses: full.reverses,
            reversed_by: full.reversed_by,
            method: p.method.word().into(),
            channel: p.channel,
            reference: p.reference,
            paid_at: p.paid_at.to_string(),
            booked_on: p.booked_on.to_string(),
            amount: p.amount.to_string(),
            tendered: p.tendered.map(|money| money.to_string()),
            cashier: p.cashier,
            station: p.station,
            bank: p.bank,
            instrument: p.instrument,
            reason: p.reason,
            prints: p.prints,
            shares: full.shares.into_iter().map(share).collect(),
        }
    }
}

/// Takes money at the counter for accounts of any station: `payment.changed` when what is owed is no
/// longer what was told, `payment.above`, `payment.amount`, `payment.tendered`, `payment.instrument`,
/// `payment.instrument-used`, `payment.in-flight`, `payment.method`, `payment.prepayment`, `payment.prepay-account` and
/// `amount.invalid` say why not. Needs `payment.take`.
#[utoipa::path(post, path = "/api/payments", tag = "payment", operation_id = "take_payment",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = PaymentWish,
    responses((status = 200, description = "the payment, on record; written in the journal", body = Payment), Reading, Finding, Acting))]
async fn take(State(house): State<House>, act: Act<PaymentWish>) -> Answer<Response> {
    act.once(payment::TAKE, async |tx, ctx, wish| {
        let taken = payment::take(tx, ctx, &house.packs, wish.read()?).await?;
        Ok((StatusCode::OK, Payment::from(taken)))
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaymentQuery {
    /// Only what was booked on this day.
    #[param(example = "2016-09-01")]
    day: Option<String>,
    /// Only what this cashier took.
    #[param(example = "li.na")]
    cashier: Option<String>,
    /// Only what was for this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// Only `counter`, or what one channel reported.
    #[param(example = "counter")]
    channel: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 payments.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Payments, the newest first: one's own, and those of the tills and accounts of one's stations. Needs
/// `payment.read`.
#[utoipa::path(get, path = "/api/payments", tag = "payment", operation_id = "list_payments", params(PaymentQuery), responses(
    (status = 200, description = "a page of payments", body = Page<Payment>),
    (status = 422, description = "`date.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PaymentQuery>,
) -> Answer<Json<Page<Payment>>> {
    let filter = Filter {
        booked_on: query.day.as_deref().map(|text| input::date(text, "day")).transpose()?,
        cashier: query.cashier,
        supply_no: query.supply_no,
        channel: query.channel,
    };
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let payments = payment::page(&tx, &ctx, &filter, query.after.as_deref(), limit).await?;
    let payments = payments.into_iter().map(Payment::from).collect();
    Ok(Json(Page::of(payments, limit, |payment: &Payment| payment.receipt_no.clone())))
}

/// One payment with its shares. Needs `payment.read`.
#[utoipa::path(get, path = "/api/payments/{receipt_no}", tag = "payment", operation_id = "get_payment",
    params(("receipt_no" = String, Path, example = "201609010000001")),
    responses((status = 200, description = "the payment", body = Payment), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(receipt_no): Path<String>,
) -> Answer<Json<Payment>> {
    let tx = house.db.read().await?;
    Ok(Json(payment::find(&tx, &ctx, &receipt_no).await?.into()))
}

/// What a receipt 收费凭证 says.
#[derive(Serialize, ToSchema)]
struct Receipt {
    /// The company, by the installation's settings.
    #[schema(example = "供电公司")]
    company: String,
    payment: Payment,
    /// Civil time of the bureau.
    #[schema(example = "2016-09-01 09:00:00")]
    paid_at: String,
    /// 大写金额.
    #[schema(example = "伍拾元整")]
    in_capitals: String,
    /// What each account has paid ahead now.
    prepaid: Vec<AccountPrepaid>,
    /// 补打: 0 for the first print, then how many times it was printed before.
    #[schema(example = 0)]
    reprint: i64,
}

#[derive(Serialize, ToSchema)]
struct AccountPrepaid {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Yuan, decimal text.
    #[schema(example = "50.00")]
    prepaid: String,
}

impl From<payment::Receipt> for Receipt {
    fn from(receipt: payment::Receipt) -> Receipt {
        let ahead = |(supply_no, money): (String, Money)| AccountPrepaid { supply_no, prepaid: money.to_string() };
        Receipt {
            company: receipt.company,
            payment: receipt.payment.into(),
            paid_at: receipt.paid_at,
            in_capitals: receipt.in_capitals,
            prepaid: receipt.prepaid.into_iter().map(ahead).collect(),
            reprint: receipt.reprint,
        }
    }
}

/// What the receipt says; it is not counted as printed. Needs `payment.read`.
#[utoipa::path(get, path = "/api/payments/{receipt_no}/receipt", tag = "payment", operation_id = "get_receipt",
    params(("receipt_no" = String, Path, example = "201609010000001")),
    responses((status = 200, description = "the receipt", body = Receipt), Reading, Finding))]
async fn receipt(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(receipt_no): Path<String>,
) -> Answer<Json<Receipt>> {
    let tx = house.db.read().await?;
    Ok(Json(payment::receipt(&tx, &ctx, &house, &receipt_no).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Printing {
    /// Why it is printed again.
    #[schema(example = json!(null))]
    reason: Option<String>,
}

/// Counts a print of the receipt; from the second on it is marked 补打. Needs `payment.read`.
#[utoipa::path(post, path = "/api/payments/{receipt_no}/printing", tag = "payment", operation_id = "print_receipt",
    params(
        ("receipt_no" = String, Path, example = "201609010000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Printing,
    responses((status = 200, description = "the receipt; the print is written in the journal", body = Receipt), Reading, Finding, Acting))]
async fn print(State(house): State<House>, Path(receipt_no): Path<String>, act: Act<Printing>) -> Answer<Response> {
    act.once(payment::READ, async |tx, ctx, Printing { reason }| {
        let receipt = payment::print(tx, ctx, &house, &receipt_no, reason.as_deref()).await?;
        Ok((StatusCode::OK, Receipt::from(receipt)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WaiverWish {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Null for an opening debt.
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    /// Yuan, decimal text; all of it when absent.
    #[schema(example = json!(null))]
    amount: Option<String>,
    /// Why; it stays in the journal.
    #[schema(example = "停电致网点无法缴费，见工单 0817")]
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct Waived {
    /// Yuan, decimal text.
    #[schema(example = "3.00")]
    amount: String,
}

/// Forgoes the late charge of a bill: `late-charge.none` and `late-charge.amount` say why not. Needs
/// `payment.waive` at the account's station.
#[utoipa::path(post, path = "/api/late-charge-waivers", tag = "payment", operation_id = "waive_late_charge",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = WaiverWish,
    responses((status = 200, description = "what was forgone; written in the journal", body = Waived), Reading, Finding, Acting))]
async fn waive(State(house): State<House>, act: Act<WaiverWish>) -> Answer<Response> {
    act.once(payment::WAIVE, async |tx, ctx, wish| {
        let amount = wish.amount.as_deref().map(|text| yuan(text, "amount")).transpose()?;
        let (supply_no, bill_no) = (wish.supply_no.as_str(), wish.bill_no.as_deref());
        let waived = payment::waive(tx, ctx, &house.packs, supply_no, bill_no, amount, &wish.reason).await?;
        Ok((StatusCode::OK, Waived { amount: waived.to_string() }))
    })
    .await
}
