//! Looking at bills, cancelling them, and voiding a reading that none stands on.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Month, Refusal, Register};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, NewestQuery, Page, Reading, SignedIn, Words, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{bill, reading};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(explain))
        .routes(routes!(as_of))
        .routes(routes!(of_usage_point))
        .routes(routes!(cancel))
        .routes(routes!(void_reading))
}

/// A bill 电费账单, as lists show it. Of a reversal, energy and amount are negative.
#[derive(Serialize, ToSchema)]
struct Bill {
    #[schema(example = "20160800000001")]
    bill_no: String,
    /// 户号.
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "2016-08")]
    cycle: String,
    /// 1, and one more for each bill that took the place of a cancelled one.
    #[schema(example = 1)]
    sequence: i64,
    /// First day billed.
    #[schema(example = "2016-08-01")]
    period_from: String,
    /// Last day billed.
    #[schema(example = "2016-08-31")]
    period_to: String,
    /// Decimal text.
    #[schema(example = "240")]
    kwh: String,
    /// Yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
    /// Code of the tariff.
    #[schema(example = "cn-zhejiang/resident")]
    tariff: String,
    /// Ids of the versions that it was computed by, joined by `+`.
    #[schema(example = "2012-07")]
    tariff_version: String,
    /// `issued`, `cancelled` or `reversal`.
    #[schema(example = "issued")]
    status: String,
    #[schema(example = "2016-09-01")]
    issued_on: String,
    #[schema(example = "2016-09-16")]
    due_on: String,
    /// The bill whose place it takes, or that it reverses.
    #[schema(example = json!(null))]
    replaces: Option<String>,
}

impl From<bill::Bill> for Bill {
    fn from(bill: bill::Bill) -> Bill {
        Bill {
            bill_no: bill.bill_no,
            supply_no: bill.supply_no,
            cycle: bill.cycle.to_string(),
            sequence: bill.sequence,
            period_from: bill.period.from.to_string(),
            period_to: bill.period.to.to_string(),
            kwh: bill.energy.to_string(),
            amount: bill.amount.to_string(),
            tariff: bill.tariff,
            tariff_version: bill.tariff_version,
            status: bill.status.word().into(),
            issued_on: bill.issued_on.to_string(),
            due_on: bill.due_on.to_string(),
            replaces: bill.replaces,
        }
    }
}

/// A bill with everything that it was computed from.
#[derive(Serialize, ToSchema)]
struct BillInFull {
    head: Bill,
    lines: Vec<BillLine>,
    /// The registers' ways from state to state; of a reversal, those of the bill that it reverses.
    reads: Vec<BillRead>,
    versions: Vec<BillVersion>,
    /// SHA-256 of the document that the bill was issued from.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

#[derive(Serialize, ToSchema)]
struct BillLine {
    #[schema(example = "energy.peak")]
    code: String,
    /// Null where the line is about no register.
    #[schema(example = "peak")]
    register: Option<String>,
    /// 1 is the lowest; null without tiers.
    #[schema(example = 1)]
    tier: Option<u8>,
    /// In `unit`, decimal text.
    #[schema(example = "180")]
    quantity: String,
    #[schema(example = "kWh")]
    unit: String,
    /// Of a month, where the line is for less than a whole one: `15/30`.
    #[schema(example = json!(null))]
    share: Option<String>,
    /// Yuan per unit, decimal text.
    #[schema(example = "0.568")]
    price: String,
    /// Yuan, decimal text.
    #[schema(example = "102.24")]
    amount: String,
}

impl From<pricing::Line> for BillLine {
    fn from(line: pricing::Line) -> BillLine {
        BillLine {
            code: line.code(),
            register: line.register.map(|register| register.word().into()),
            tier: line.tier,
            quantity: line.quantity(),
            unit: line.unit().into(),
            share: line.share(),
            price: line.price(),
            amount: line.amount.to_string(),
        }
    }
}

/// One register over the period of a bill.
#[derive(Serialize, ToSchema)]
struct BillRead {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "total")]
    register: String,
    #[schema(example = 1)]
    multiplier: i64,
    from: ReadState,
    to: ReadState,
    /// What the register counted, with the multiplier; in `unit`, decimal text.
    #[schema(example = "240")]
    quantity: String,
    /// `kWh`, `kvarh` or `kW`.
    #[schema(example = "kWh")]
    unit: String,
    /// Whether the register started again at zero on the way.
    #[schema(example = false)]
    rolled_over: bool,
    /// Days of which a multiple counts of what the register counted, in words with the arithmetic.
    adjusted: Vec<Words>,
    /// Whether it is priced as energy.
    #[schema(example = true)]
    billed: bool,
    /// Whether it is active energy that only checks what is billed.
    #[schema(example = false)]
    check: bool,
}

#[derive(Serialize, ToSchema)]
struct ReadState {
    /// At 24:00 of this day.
    #[schema(example = "2016-08-31")]
    on: String,
    /// Before the multiplier, decimal text.
    #[schema(example = "1520.5")]
    value: String,
    /// `opening`, `closing`, `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
}

impl From<bill::State> for ReadState {
    fn from(state: bill::State) -> ReadState {
        ReadState { on: state.on.to_string(), value: state.value.to_string(), kind: state.kind.word().into() }
    }
}

impl From<bill::Read> for BillRead {
    fn from(read: bill::Read) -> BillRead {
        BillRead {
            check: read.is_check(),
            adjusted: read.adjusted.iter().map(|part| bill::adjustment(part, &read).into()).collect(),
            meter_no: read.meter_no,
            register: read.register.word().into(),
            multiplier: read.multiplier,
            from: read.from.into(),
            to: read.to.into(),
            quantity: read.energy.to_string(),
            unit: read.register.unit().into(),
            rolled_over: read.rolled_over,
            billed: read.billed,
        }
    }
}

/// A version of the tariff that the bill was computed by.
#[derive(Serialize, ToSchema)]
struct BillVersion {
    #[schema(example = "2012-07")]
    id: String,
    /// SHA-256 of the version's content.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

impl BillInFull {
    fn of(bill: bill::Bill, document: bill::BillDocument, digest: String) -> BillInFull {
        let version = |version: bill::VersionRef| BillVersion { id: version.id, digest: version.digest };
        BillInFull {
            lines: bill.lines(&document).into_iter().map(BillLine::from).collect(),
            reads: document.reads.into_iter().map(BillRead::from).collect(),
            versions: document.versions.into_iter().map(version).collect(),
            head: bill.into(),
            digest,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BillQuery {
    /// Only bills of this cycle.
    #[param(example = "2016-08")]
    cycle: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 bills.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl BillQuery {
    fn cycle(&self) -> Result<Option<Month>> {
        self.cycle.as_deref().map(|text| input::month(text, "cycle")).transpose()
    }
}

/// Bills in order of number. Needs `bill.read`.
#[utoipa::path(get, path = "/api/bills", tag = "bill", operation_id = "list_bills", params(BillQuery), responses(
    (status = 200, description = "a page of bills of the stations that you may see", body = Page<Bill>),
    (status = 422, description = "`month.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<BillQuery>,
) -> Answer<Json<Page<Bill>>> {
    let (cycle, limit) = (query.cycle()?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let bills = bill::page(&tx, &ctx, cycle, query.after.as_deref().unwrap_or_default(), limit).await?;
    let bills = bills.into_iter().map(Bill::from).collect();
    Ok(Json(Page::of(bills, limit, |bill: &Bill| bill.bill_no.clone())))
}

/// One bill with its lines, reads and tariff versions. Needs `bill.read`.
#[utoipa::path(get, path = "/api/bills/{bill_no}", tag = "bill", operation_id = "get_bill",
    params(("bill_no" = String, Path, example = "20160800000001")),
    responses((status = 200, description = "the bill", body = BillInFull), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(bill_no): Path<String>,
) -> Answer<Json<BillInFull>> {
    let tx = house.db.read().await?;
    let (bill, document, digest) = bill::in_full(&tx, &ctx, &bill_no).await?;
    Ok(Json(BillInFull::of(bill, document, digest)))
}

/// Why a bill is what it is, step by step. Needs `bill.read`.
#[utoipa::path(get, path = "/api/bills/{bill_no}/explanation", tag = "bill", operation_id = "explain_bill",
    params(("bill_no" = String, Path, example = "20160800000001")),
    responses((status = 200, description = "the steps from reads to total", body = Vec<Words>), Reading, Finding))]
async fn explain(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(bill_no): Path<String>,
) -> Answer<Json<Vec<Words>>> {
    let tx = house.db.read().await?;
    let steps = bill::explain(&tx, &ctx, &bill_no).await?;
    Ok(Json(steps.into_iter().map(Words::from).collect()))
}

/// The bills of a usage point, newest first. Needs `bill.read` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/bills", tag = "bill", operation_id = "list_bills_of_usage_point",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001"), NewestQuery),
    responses(
        (status = 200, description = "its newest bills", body = Vec<Bill>),
        (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn of_usage_point(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
    Query(query): Query<NewestQuery>,
) -> Answer<Json<Vec<Bill>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let bills = bill::of_usage_point(&tx, &ctx, &supply_no, limit).await?;
    Ok(Json(bills.into_iter().map(Bill::from).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenReason {
    /// Why; it stays in the journal.
    #[schema(example = "抄错表，见工单 0817")]
    reason: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AsOfQuery {
    /// The evening of this day.
    #[param(example = "2016-09-30")]
    on: String,
}

/// What was known of the bill of an account and month on the evening of a day.
#[derive(Serialize, ToSchema)]
struct BillAsOf {
    /// The bill that was asked about, as it is now.
    asked: Bill,
    #[schema(example = "2016-09-30")]
    on: String,
    /// The bill that stood for the month on that evening, as it is now; null: none did.
    stood: Option<Bill>,
    /// How much of it was settled, yuan, decimal text.
    #[schema(example = "0.00")]
    settled: String,
    /// What was issued for the month after that day: reversals, and bills in others' places.
    later: Vec<Bill>,
}

/// Which bill stood for a bill's account and month on the evening of a day, and how much of it was settled. Needs
/// `bill.read`.
#[utoipa::path(get, path = "/api/bills/{bill_no}/as-of", tag = "bill", operation_id = "get_bill_as_of",
    params(("bill_no" = String, Path, example = "20160800000001"), AsOfQuery),
    responses(
        (status = 200, description = "what was known then", body = BillAsOf),
        (status = 422, description = "`date.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn as_of(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(bill_no): Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Answer<Json<BillAsOf>> {
    let on = input::date(&query.on, "on")?;
    let known = bill::as_of(&house.db.read().await?, &ctx, &bill_no, on).await?;
    Ok(Json(BillAsOf {
        asked: known.asked.into(),
        on: known.on.to_string(),
        stood: known.stood.map(Bill::from),
        settled: known.settled.to_string(),
        later: known.later.into_iter().map(Bill::from).collect(),
    }))
}

/// Cancels the latest bill of an account: `bill.cancelled`, `bill.reversal` and `bill.not-latest` say
/// why not. Needs `bill.cancel`.
#[utoipa::path(post, path = "/api/bills/{bill_no}/cancellation", tag = "bill", operation_id = "cancel_bill",
    params(
        ("bill_no" = String, Path, example = "20160800000001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = GivenReason,
    responses((status = 200, description = "the reversal, posted today; written in the journal", body = Bill), Reading, Finding, Acting))]
async fn cancel(Path(bill_no): Path<String>, act: Act<GivenReason>) -> Answer<Response> {
    act.once(bill::CANCEL, async |tx, ctx, wish| {
        let reversal = bill::cancel(tx, ctx, &bill_no, &wish.reason).await?;
        Ok((StatusCode::OK, Bill::from(reversal)))
    })
    .await
}

/// A reading that is out of use; the right one can be loaded in its place.
#[derive(Serialize, ToSchema)]
struct VoidedReading {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "2016-08-31")]
    read_on: String,
    #[schema(example = "total")]
    register: String,
    /// In `unit`, before the multiplier, decimal text.
    #[schema(example = "1520.5")]
    value: String,
    /// `kWh`, `kvarh` or `kW`.
    #[schema(example = "kWh")]
    unit: String,
}

/// Takes a reading out of use; `reading.billed` when a standing bill was computed from it. Needs
/// `reading.void`.
#[utoipa::path(post, path = "/api/meters/{meter_no}/readings/{read_on}/{register}/voiding", tag = "reading", operation_id = "void_reading",
    params(
        ("meter_no" = String, Path, example = "M0000000001"),
        ("read_on" = String, Path, example = "2016-08-31"),
        ("register" = String, Path, example = "total"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = GivenReason,
    responses((status = 200, description = "the reading that was; written in the journal", body = VoidedReading), Reading, Finding, Acting))]
async fn void_reading(
    Path((meter_no, read_on, register)): Path<(String, String, String)>,
    act: Act<GivenReason>,
) -> Answer<Response> {
    let (read_on, register) = (input::date(&read_on, "read_on")?, known_register(&register)?);
    act.once(reading::VOID, async |tx, ctx, wish| {
        let was = bill::void_reading(tx, ctx, &meter_no, register, read_on, &wish.reason).await?;
        Ok((StatusCode::OK, voided(meter_no, &was)))
    })
    .await
}

fn known_register(word: &str) -> Result<Register> {
    let unknown = || {
        Refusal::invalid("register.unknown", format!("没有计度器 {word}"), format!("there is no register {word}"))
            .at("register")
    };
    Register::from_word(word).ok_or_else(|| unknown().into())
}

fn voided(meter_no: String, was: &reading::Reading) -> VoidedReading {
    VoidedReading {
        meter_no,
        read_on: was.read_on.to_string(),
        register: was.register.word().into(),
        value: was.value.to_string(),
        unit: was.register.unit().into(),
    }
}
