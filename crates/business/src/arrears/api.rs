//! Arrears, receivable and received, recovery.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Query, State};
use axum::response::Response;
use kernel::{Date, Money, Refusal, time};
use platform::http::problem::{Answer, Problem};
use platform::http::{Page, Reading, SignedIn, download, input, page};
use platform::packs::Packs;
use platform::{Ctx, House, Result, Tx, journal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Age, Cursor, Debtor, Filter, OpenBill, Order};
use crate::arrears;
use crate::supply::masked_name;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(file)).routes(routes!(ages)).routes(routes!(open_bills))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `amount` (the default, largest first) or `age` (oldest first).
    #[param(example = "amount")]
    order: Option<String>,
    #[param(example = "ST01")]
    station: Option<String>,
    /// Reading book 抄表段.
    book: Option<String>,
    /// Category of use, `200`.
    category: Option<String>,
    supply_no: Option<String>,
    /// Month of the bill.
    cycle: Option<String>,
    /// Class of the oldest debt, from 0; see `/api/arrears/ages`.
    #[param(minimum = 0, maximum = 20)]
    age: Option<u32>,
    /// Owes at least so much, yuan.
    least: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// `amount` (the default, largest first) or `age` (oldest first).
    #[param(example = "amount")]
    order: Option<String>,
    #[param(example = "ST01")]
    station: Option<String>,
    /// Reading book 抄表段.
    book: Option<String>,
    /// Category of use, `200`.
    category: Option<String>,
    /// Month of the bill.
    cycle: Option<String>,
    /// Class of the oldest debt, from 0; see `/api/arrears/ages`.
    #[param(minimum = 0, maximum = 20)]
    age: Option<u32>,
    /// Owes at least so much, yuan.
    least: Option<String>,
}

impl From<FileQuery> for ListQuery {
    fn from(query: FileQuery) -> ListQuery {
        let FileQuery { order, station, book, category, cycle, age, least } = query;
        ListQuery { order, station, book, category, supply_no: None, cycle, age, least, after: None, limit: None }
    }
}

fn given(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

impl ListQuery {
    fn filter(&self) -> Result<Filter> {
        let least = given(&self.least).map(|text| {
            Money::parse_yuan(&text).map_err(|_| {
                Refusal::invalid("number.invalid", "金额须为最多两位小数的数", "an amount has at most two decimals")
                    .at("least")
            })
        });
        Ok(Filter {
            station: given(&self.station),
            book: given(&self.book),
            category: given(&self.category),
            supply_no: given(&self.supply_no),
            cycle: given(&self.cycle).map(|text| input::month(&text, "cycle")).transpose()?,
            age: self.age.map(|age| age as usize),
            least: least.transpose()?,
        })
    }

    fn order(&self) -> Result<Order> {
        match given(&self.order) {
            None => Ok(Order::Amount),
            Some(word) => Order::from_word(&word).ok_or_else(|| unknown_word("order", "amount, age").into()),
        }
    }
}

fn unknown_word(field: &str, known: &str) -> Refusal {
    Refusal::invalid("word.unknown", format!("应为：{known}"), format!("must be one of: {known}")).at(field)
}

/// Reads `key.tie`.
fn cursor(text: Option<&str>) -> Result<Option<Cursor>> {
    let Some(text) = text else { return Ok(None) };
    match text.rsplit_once('.').filter(|(key, tie)| !key.is_empty() && !tie.is_empty()) {
        Some((key, tie)) => Ok(Some(Cursor { key: key.to_owned(), tie: tie.to_owned() })),
        None => Err(Refusal::invalid("page.after", "after 应为上一页的 next", "`after` is `next` of the page before")
            .at("after")
            .into()),
    }
}

/// A class of age 账龄, in days past the due day.
#[derive(Serialize, ToSchema)]
struct AgeClass {
    #[schema(example = 0)]
    number: usize,
    #[schema(example = 1)]
    from_days: i64,
    /// Null: without end.
    #[schema(example = 30)]
    to_days: Option<i64>,
}

impl From<Age> for AgeClass {
    fn from(age: Age) -> AgeClass {
        AgeClass { number: age.number, from_days: age.from_days, to_days: age.to_days }
    }
}

/// An account that owes; amounts are yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct DebtorRow {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "B001")]
    book: Option<String>,
    /// Category of use.
    #[schema(example = "200")]
    category: String,
    /// Overdue bills.
    #[schema(example = 2)]
    bills: i64,
    #[schema(example = "273.60")]
    amount: String,
    #[schema(example = "2016-09-16")]
    oldest_due: String,
    /// Days since then.
    #[schema(example = 20)]
    days: i64,
    /// 违约金 as of today.
    #[schema(example = "0.00")]
    late_charge: String,
    age: Option<AgeClass>,
    /// Day of the last payment.
    #[schema(example = json!(null))]
    last_paid_on: Option<String>,
    #[schema(example = json!(null))]
    last_paid: Option<String>,
}

impl DebtorRow {
    fn of(debtor: Debtor, today: Date) -> DebtorRow {
        DebtorRow {
            name: masked_name(&debtor.name),
            supply_no: debtor.supply_no,
            station: debtor.station,
            book: debtor.book,
            category: debtor.category,
            bills: debtor.bills,
            amount: debtor.amount.to_string(),
            late_charge: debtor.late_charge.to_string(),
            days: time::days_between(debtor.oldest_due, today),
            oldest_due: debtor.oldest_due.to_string(),
            age: debtor.age.map(AgeClass::from),
            last_paid_on: debtor.last_payment.map(|(on, _)| on.to_string()),
            last_paid: debtor.last_payment.map(|(_, amount)| amount.to_string()),
        }
    }
}

fn cursor_of(debtor: &Debtor, order: Order) -> Cursor {
    let key = match order {
        Order::Amount => debtor.amount.fen().to_string(),
        Order::Age => debtor.oldest_due.to_string(),
    };
    Cursor { key, tie: debtor.supply_no.clone() }
}

/// Who owes what since when. Needs `arrears.read`; names are masked.
#[utoipa::path(get, path = "/api/arrears", tag = "arrears", operation_id = "list_arrears", params(ListQuery), responses(
    (status = 200, description = "a page of accounts with overdue debts", body = Page<DebtorRow>),
    (status = 422, description = "`word.unknown`, `month.invalid`, `age.unknown`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<DebtorRow>>> {
    let (filter, order, limit) = (query.filter()?, query.order()?, page::limit(query.limit)?);
    let after = cursor(query.after.as_deref())?;
    let tx = house.db.read().await?;
    let found = arrears::debtors(&tx, &ctx, &house.packs, &filter, order, after.as_ref(), limit).await?;
    let Page { items, next } = Page::of(found, limit, |debtor: &Debtor| {
        let cursor = cursor_of(debtor, order);
        format!("{}.{}", cursor.key, cursor.tie)
    });
    let items = items.into_iter().map(|debtor| DebtorRow::of(debtor, ctx.today)).collect();
    Ok(Json(Page { items, next }))
}

/// Reads the list to its end while it is sent.
struct AllDebtors {
    tx: Tx,
    ctx: Ctx,
    packs: std::sync::Arc<Packs>,
    filter: Filter,
    order: Order,
    after: Option<Cursor>,
}

impl download::Rows for AllDebtors {
    async fn next(&mut self) -> Result<Vec<Vec<String>>> {
        let AllDebtors { tx, ctx, packs, filter, order, after } = self;
        let found = arrears::debtors(tx, ctx, packs, filter, *order, after.as_ref(), 1000).await?;
        *after = found.last().map(|debtor| cursor_of(debtor, *order)).or(after.take());
        let text = |row: DebtorRow| {
            vec![
                row.supply_no,
                row.name,
                row.station,
                row.book.unwrap_or_default(),
                row.category,
                row.bills.to_string(),
                row.amount,
                row.oldest_due,
                row.days.to_string(),
                row.late_charge,
                row.last_paid_on.unwrap_or_default(),
                row.last_paid.unwrap_or_default(),
            ]
        };
        Ok(found.into_iter().map(|debtor| text(DebtorRow::of(debtor, ctx.today))).collect())
    }
}

/// The whole list as a CSV file; an act in the journal. Needs `arrears.read`; names are masked.
#[utoipa::path(get, path = "/api/arrears.csv", tag = "arrears", operation_id = "export_arrears", params(FileQuery), responses(
    (status = 200, description = "one account a row", body = String, content_type = "text/csv"),
    (status = 422, description = "`word.unknown`, `month.invalid`, `age.unknown`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn file(State(house): State<House>, SignedIn(ctx): SignedIn, Query(query): Query<FileQuery>) -> Answer<Response> {
    let query = ListQuery::from(query);
    let (filter, order) = (query.filter()?, query.order()?);
    // Asked before the answer begins, so that a refusal is an answer and no broken file.
    let tx = house.db.read().await?;
    arrears::debtors(&tx, &ctx, &house.packs, &filter, order, None, 1).await?;
    let detail = serde_json::json!({ "station": filter.station, "book": filter.book, "category": filter.category });
    journal::note_export(&house.db, &ctx, "arrears", detail).await?;
    let header = [
        "supply_no",
        "name",
        "station",
        "book",
        "category",
        "bills",
        "amount",
        "oldest_due",
        "days",
        "late_charge",
        "last_paid_on",
        "last_paid",
    ];
    let name = format!("arrears-{}.csv", ctx.today);
    let rows = AllDebtors { tx, packs: house.packs.clone(), filter, order, after: None, ctx };
    Ok(download::csv(&name, &header, rows)?)
}

/// What lies in a class of age; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct AgeRow {
    age: AgeClass,
    /// Accounts whose oldest debt is of this class.
    #[schema(example = 12)]
    accounts: i64,
    /// Debts of this class.
    #[schema(example = 15)]
    bills: i64,
    #[schema(example = "2043.10")]
    amount: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AgesQuery {
    #[param(example = "ST01")]
    station: Option<String>,
    /// Reading book 抄表段.
    book: Option<String>,
    /// Category of use, `200`.
    category: Option<String>,
}

/// The arrears by age, in the classes of the pack `billing/arrears.toml`. Needs `arrears.read`.
#[utoipa::path(get, path = "/api/arrears/ages", tag = "arrears", operation_id = "list_arrears_ages", params(AgesQuery), responses(
    (status = 200, description = "one for each class", body = Vec<AgeRow>), Reading,
))]
async fn ages(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<AgesQuery>,
) -> Answer<Json<Vec<AgeRow>>> {
    let filter = Filter {
        station: given(&query.station),
        book: given(&query.book),
        category: given(&query.category),
        ..Filter::default()
    };
    let tx = house.db.read().await?;
    let sums = arrears::ages(&tx, &ctx, &house.packs, &filter).await?;
    let row = |sum: arrears::AgeSum| AgeRow {
        age: sum.age.into(),
        accounts: sum.accounts,
        bills: sum.bills,
        amount: sum.amount.to_string(),
    };
    Ok(Json(sums.into_iter().map(row).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BillsQuery {
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    station: Option<String>,
    /// Reading book 抄表段.
    book: Option<String>,
    /// Month of the bill.
    cycle: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A bill or an opening debt that is not settled; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct OpenBillRow {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    #[schema(example = "ST01")]
    station: String,
    /// Null: an opening debt.
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    #[schema(example = "2016-08")]
    cycle: Option<String>,
    #[schema(example = "2016-09-16")]
    due_on: String,
    #[schema(example = "136.80")]
    amount: String,
    #[schema(example = "0.00")]
    settled: String,
    #[schema(example = "136.80")]
    open: String,
    /// Days past the due day; negative before it.
    #[schema(example = 3)]
    days: i64,
}

impl OpenBillRow {
    fn of(bill: OpenBill, today: Date) -> OpenBillRow {
        OpenBillRow {
            name: masked_name(&bill.name),
            supply_no: bill.supply_no,
            station: bill.station,
            bill_no: bill.bill_no,
            cycle: bill.cycle.map(|cycle| cycle.to_string()),
            days: time::days_between(bill.due_on, today),
            due_on: bill.due_on.to_string(),
            amount: bill.amount.to_string(),
            settled: bill.settled.to_string(),
            open: (bill.amount - bill.settled).to_string(),
        }
    }
}

/// Open bills and opening debts, due or not, in order of due day. Needs `arrears.read`.
#[utoipa::path(get, path = "/api/arrears/bills", tag = "arrears", operation_id = "list_open_bills", params(BillsQuery), responses(
    (status = 200, description = "a page of what is open", body = Page<OpenBillRow>),
    (status = 422, description = "`month.invalid`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn open_bills(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<BillsQuery>,
) -> Answer<Json<Page<OpenBillRow>>> {
    let filter = Filter {
        station: given(&query.station),
        book: given(&query.book),
        supply_no: given(&query.supply_no),
        cycle: given(&query.cycle).map(|text| input::month(&text, "cycle")).transpose()?,
        ..Filter::default()
    };
    let (limit, after) = (page::limit(query.limit)?, cursor(query.after.as_deref())?);
    let tx = house.db.read().await?;
    let found = arrears::open_bills(&tx, &ctx, &filter, after.as_ref(), limit).await?;
    let Page { items, next } = Page::of(found, limit, |bill: &OpenBill| format!("{}.{}", bill.due_on, bill.id));
    Ok(Json(Page { items: items.into_iter().map(|bill| OpenBillRow::of(bill, ctx.today)).collect(), next }))
}
