//! The parts of a customer's page, each its own route.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use kernel::Capacity;
use kernel::id::Uuid;
use platform::House;
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Page, Reading, SignedIn, page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::curve::Span;
use super::{BillMonth, BillOfMonth, Event, HangingMeter, LastBill, Network, Summary};
use crate::bill::BillStatus;
use crate::customer;
use crate::supply::{UsagePoint, masked_address, masked_name, masked_phone};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(summary))
        .routes(routes!(network))
        .routes(routes!(siblings))
        .routes(routes!(usage))
        .routes(routes!(bill_months))
        .routes(routes!(events))
}

const USUAL_MONTHS: u32 = 24;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MonthsQuery {
    /// How many months to look back, this one included: 1 to 60, 24 when absent.
    #[param(example = 24, minimum = 1, maximum = 60)]
    months: Option<u32>,
}

/// The top of a customer's page. What you have no right to is null.
#[derive(Serialize, ToSchema)]
struct CustomerSummary {
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
    /// 客户类别: `01`, `02` or `03`.
    #[schema(example = "03")]
    kind: String,
    /// 用电类别.
    #[schema(example = "200")]
    category: String,
    #[schema(example = "ST01")]
    station: String,
    /// Code of the tariff.
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
    /// The reading book 抄表段.
    #[schema(example = "B001")]
    book: Option<String>,
    #[schema(example = "2012-07-01")]
    opened_on: String,
    /// Meters that hang there now.
    #[schema(example = 1)]
    meters: i64,
    /// Further usage points of the same customer that you may see; 200 stands for more.
    #[schema(example = 0)]
    siblings: i64,
    /// Needs `ledger.read` or `payment.take`.
    balance: Option<SummaryBalance>,
    /// The last bill that was not cancelled. Needs `bill.read`.
    last_bill: Option<MonthBill>,
    /// Needs `reading.read`.
    last_reading: Option<LastReading>,
}

#[derive(Serialize, ToSchema)]
struct SummaryBalance {
    /// 应收余额: yuan, decimal text.
    #[schema(example = "136.80")]
    owed: String,
    /// 预收余额: yuan, decimal text.
    #[schema(example = "0.00")]
    prepaid: String,
    /// Of what is owed, what should have been paid before today; yuan.
    #[schema(example = "0.00")]
    overdue: String,
    /// When the oldest of it was due.
    #[schema(example = json!(null))]
    overdue_since: Option<String>,
    /// How many bills and other items are open.
    #[schema(example = 1)]
    open_items: i64,
}

#[derive(Serialize, ToSchema)]
struct LastReading {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
}

impl From<Summary> for CustomerSummary {
    fn from(summary: Summary) -> CustomerSummary {
        let point = summary.point;
        CustomerSummary {
            name: masked_name(&point.customer.name),
            phone: point.phone.as_deref().map(masked_phone),
            address: point.address.as_deref().map(masked_address),
            kind: point.kind.word().into(),
            category: point.category.word().into(),
            station: point.station,
            tariff: point.tariff,
            book: point.book,
            opened_on: point.opened_on.to_string(),
            supply_no: point.supply_no,
            meters: summary.meters,
            siblings: summary.siblings,
            balance: summary.balance.map(|balance| SummaryBalance {
                owed: balance.owed.to_string(),
                prepaid: balance.prepaid.to_string(),
                overdue: balance.overdue.to_string(),
                overdue_since: balance.overdue_since.map(|day| day.to_string()),
                open_items: balance.open_items,
            }),
            last_bill: summary.last_bill.map(MonthBill::from),
            last_reading: summary.last_reading.map(|reading| LastReading {
                meter_no: reading.meter_no,
                read_on: reading.read_on.to_string(),
                kind: reading.kind.word().into(),
            }),
        }
    }
}

/// The top of a customer's page, in one answer. Needs `archive.read`; its parts need their own rights.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/summary", tag = "customer", operation_id = "get_customer_summary",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "the usage point, its balance, its last bill and reading", body = CustomerSummary), Reading, Finding))]
async fn summary(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<CustomerSummary>> {
    let tx = house.db.glance().await?;
    Ok(Json(customer::summary(&tx, &ctx, &supply_no).await?.into()))
}

/// The way of the power: substation, feeder, transformer area, meters.
#[derive(Serialize, ToSchema)]
struct NetworkPath {
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "城东变")]
    substation: String,
    #[schema(example = "翠竹线")]
    feeder: String,
    #[schema(example = "TQ0001")]
    area_code: String,
    #[schema(example = "翠竹路1号台区")]
    area_name: String,
    /// Of the area's transformer; kVA, decimal text.
    #[schema(example = "400")]
    area_capacity_kva: Option<String>,
    /// Meters that hang there now.
    meters: Vec<NetworkMeter>,
}

#[derive(Serialize, ToSchema)]
struct NetworkMeter {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "2012-07-01")]
    installed_on: String,
    #[schema(example = 1)]
    multiplier: i64,
}

impl From<HangingMeter> for NetworkMeter {
    fn from(meter: HangingMeter) -> NetworkMeter {
        NetworkMeter {
            meter_no: meter.meter_no,
            installed_on: meter.installed_on.to_string(),
            multiplier: meter.multiplier,
        }
    }
}

impl From<Network> for NetworkPath {
    fn from(network: Network) -> NetworkPath {
        let area = network.area;
        NetworkPath {
            station: area.station,
            substation: area.substation,
            feeder: area.feeder,
            area_code: area.code,
            area_name: area.name,
            area_capacity_kva: area.capacity.as_ref().map(Capacity::to_string),
            meters: network.meters.into_iter().map(NetworkMeter::from).collect(),
        }
    }
}

/// Where a usage point hangs in the network. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/network", tag = "customer", operation_id = "get_network_path",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "from the substation to the meters", body = NetworkPath), Reading, Finding))]
async fn network(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<NetworkPath>> {
    let tx = house.db.glance().await?;
    Ok(Json(customer::network(&tx, &ctx, &supply_no).await?.into()))
}

/// Another usage point of the same customer.
#[derive(Serialize, ToSchema)]
struct Sibling {
    #[schema(example = "0000000002")]
    supply_no: String,
    /// Masked.
    #[schema(example = "扬中市三茅镇翠竹路***")]
    address: Option<String>,
    #[schema(example = "ST01")]
    station: String,
    /// 用电类别.
    #[schema(example = "200")]
    category: String,
    #[schema(example = "cn-zhejiang/resident-tou")]
    tariff: String,
}

impl From<UsagePoint> for Sibling {
    fn from(point: UsagePoint) -> Sibling {
        Sibling {
            supply_no: point.supply_no,
            address: point.address.as_deref().map(masked_address),
            station: point.station,
            category: point.category.word().into(),
            tariff: point.tariff,
        }
    }
}

/// The other usage points of the same customer. Needs `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/siblings", tag = "customer", operation_id = "list_siblings",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "at most 200, of the stations that you may see", body = Vec<Sibling>), Reading, Finding))]
async fn siblings(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<Vec<Sibling>>> {
    let tx = house.db.glance().await?;
    let points = customer::siblings(&tx, &ctx, &supply_no).await?;
    Ok(Json(points.into_iter().map(Sibling::from).collect()))
}

/// What a register counted between two of its states.
#[derive(Serialize, ToSchema)]
struct UseSpan {
    #[schema(example = "M0000000001")]
    meter_no: String,
    /// `sharp`, `peak`, `flat`, `valley` or `total`.
    #[schema(example = "total")]
    register: String,
    /// First day of the use.
    #[schema(example = "2016-08-01")]
    from: String,
    /// Last day of the use.
    #[schema(example = "2016-08-31")]
    to: String,
    #[schema(example = 31)]
    days: i64,
    /// With the multiplier, decimal text; null where the register went backwards.
    #[schema(example = "240")]
    kwh: Option<String>,
    /// Average of a day, decimal text.
    #[schema(example = "7.742")]
    kwh_per_day: Option<String>,
    /// How the state at the end is known: `actual`, `customer`, `estimated` or `closing`.
    #[schema(example = "actual")]
    kind: String,
    /// Whether it rests on an estimated state, at its beginning or its end.
    #[schema(example = false)]
    estimated: bool,
    /// Whether the register started again at zero on the way.
    #[schema(example = false)]
    rolled_over: bool,
}

impl From<Span> for UseSpan {
    fn from(span: Span) -> UseSpan {
        UseSpan {
            meter_no: span.meter_no,
            register: span.register.word().into(),
            from: span.from.to_string(),
            to: span.to.to_string(),
            days: span.days,
            kwh: span.energy.map(|energy| energy.to_string()),
            kwh_per_day: span.per_day.map(|energy| energy.to_string()),
            kind: span.kind.word().into(),
            estimated: span.estimated,
            rolled_over: span.rolled_over,
        }
    }
}

/// Use between readings, by register, oldest first. Needs `reading.read` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/usage", tag = "customer", operation_id = "get_usage",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001"), MonthsQuery),
    responses(
        (status = 200, description = "the spans that end within these months", body = Vec<UseSpan>),
        (status = 422, description = "`months.range`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn usage(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
    Query(query): Query<MonthsQuery>,
) -> Answer<Json<Vec<UseSpan>>> {
    let tx = house.db.read().await?;
    let months = query.months.unwrap_or(USUAL_MONTHS);
    let spans = customer::usage(&tx, &ctx, &house.packs, &supply_no, months).await?;
    Ok(Json(spans.into_iter().map(UseSpan::from).collect()))
}

/// A month with its bills.
#[derive(Serialize, ToSchema)]
struct MonthOfBills {
    #[schema(example = "2016-08")]
    cycle: String,
    /// Of the bills that stand; decimal text.
    #[schema(example = "240")]
    kwh: String,
    /// Of the bills that stand; yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
    /// All of the month, the cancelled and their reversals too, in order of making.
    bills: Vec<MonthBill>,
}

#[derive(Serialize, ToSchema)]
struct MonthBill {
    #[schema(example = "20160800000001")]
    bill_no: String,
    #[schema(example = "2016-08")]
    cycle: String,
    /// `issued`, `cancelled` or `reversal`.
    #[schema(example = "issued")]
    status: String,
    #[schema(example = "2016-08-01")]
    period_from: String,
    #[schema(example = "2016-08-31")]
    period_to: String,
    /// Decimal text.
    #[schema(example = "240")]
    kwh: String,
    /// Yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
    #[schema(example = "2016-09-16")]
    due_on: String,
    /// What is still to be paid of it; null without `ledger.read` or `payment.take`.
    #[schema(example = "129.12")]
    open: Option<String>,
}

impl From<BillOfMonth> for MonthBill {
    fn from(of: BillOfMonth) -> MonthBill {
        MonthBill {
            bill_no: of.bill.bill_no,
            cycle: of.bill.cycle.to_string(),
            status: of.bill.status.word().into(),
            period_from: of.bill.period.from.to_string(),
            period_to: of.bill.period.to.to_string(),
            kwh: of.bill.energy.to_string(),
            amount: of.bill.amount.to_string(),
            due_on: of.bill.due_on.to_string(),
            open: of.open.map(|open| open.to_string()),
        }
    }
}

impl From<LastBill> for MonthBill {
    fn from(bill: LastBill) -> MonthBill {
        MonthBill {
            bill_no: bill.bill_no,
            cycle: bill.cycle.to_string(),
            status: BillStatus::Issued.word().into(),
            period_from: bill.period.from.to_string(),
            period_to: bill.period.to.to_string(),
            kwh: bill.energy.to_string(),
            amount: bill.amount.to_string(),
            due_on: bill.due_on.to_string(),
            open: bill.open.map(|open| open.to_string()),
        }
    }
}

impl From<BillMonth> for MonthOfBills {
    fn from(month: BillMonth) -> MonthOfBills {
        MonthOfBills {
            cycle: month.cycle.to_string(),
            kwh: month.energy.to_string(),
            amount: month.amount.to_string(),
            bills: month.bills.into_iter().map(MonthBill::from).collect(),
        }
    }
}

/// The bills of the last months, month by month, oldest first; from the first month that has one.
/// Needs `bill.read` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/bill-months", tag = "customer", operation_id = "list_bill_months",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001"), MonthsQuery),
    responses(
        (status = 200, description = "the months, also those without a bill between others", body = Vec<MonthOfBills>),
        (status = 422, description = "`months.range`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn bill_months(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
    Query(query): Query<MonthsQuery>,
) -> Answer<Json<Vec<MonthOfBills>>> {
    let tx = house.db.read().await?;
    let months = customer::bill_months(&tx, &ctx, &supply_no, query.months.unwrap_or(USUAL_MONTHS)).await?;
    Ok(Json(months.into_iter().map(MonthOfBills::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// Only entries made before this one: `next` of the page before.
    before: Option<Uuid>,
    /// 1 to 200 entries.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Something that was done about an account.
#[derive(Serialize, ToSchema)]
struct AccountEvent {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    /// UTC.
    #[schema(example = "2016-08-31T16:00:00Z")]
    at: String,
    #[schema(example = "wang.li")]
    actor: String,
    #[schema(example = "usage-point.unmask")]
    act: String,
    /// The account itself, its meter, its bill or its payment.
    #[schema(example = "usage-point:0000000001")]
    subject: String,
    #[schema(example = "核对用户来电身份")]
    reason: Option<String>,
    /// Figures and words of the act; never personal data.
    facts: Vec<EventFact>,
}

#[derive(Serialize, ToSchema)]
struct EventFact {
    #[schema(example = "shown")]
    name: String,
    #[schema(example = "name, phone, address")]
    value: String,
}

impl From<Event> for AccountEvent {
    fn from(event: Event) -> AccountEvent {
        AccountEvent {
            id: event.entry.id,
            at: event.entry.at.to_string(),
            actor: event.entry.actor,
            act: event.entry.act,
            subject: event.entry.subject,
            reason: event.entry.reason,
            facts: event.facts.into_iter().map(|(name, value)| EventFact { name, value }).collect(),
        }
    }
}

/// What was done about an account, newest first. Needs `archive.journal` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/journal", tag = "customer", operation_id = "list_account_events",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001"), EventsQuery),
    responses(
        (status = 200, description = "a page of entries about the usage point, its meters, bills and payments", body = Page<AccountEvent>),
        (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn events(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
    Query(query): Query<EventsQuery>,
) -> Answer<Json<Page<AccountEvent>>> {
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let events = customer::events(&tx, &ctx, &supply_no, query.before, limit).await?;
    let events = events.into_iter().map(AccountEvent::from).collect();
    Ok(Json(Page::of(events, limit, |event| event.id.to_string())))
}
