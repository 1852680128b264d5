//! Reading the ledger.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Date, Money, Month, Refusal, Text};
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Page, Reading, SignedIn, Words, download, input, page};
use platform::{House, Result, journal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Account, AccountStretch, AccountSum, LedgerRow, LineCursor};
use crate::ledger;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(balance))
        .routes(routes!(list))
        .routes(routes!(trial_balance))
        .routes(routes!(trial_balance_file))
        .routes(routes!(account_days))
        .routes(routes!(account_lines))
}

/// Where an account stands with the bureau.
#[derive(Serialize, ToSchema)]
struct Balance {
    /// 应收余额: issued and not yet settled; yuan, decimal text.
    #[schema(example = "136.80")]
    owed: String,
    /// 预收余额: paid ahead; yuan, decimal text.
    #[schema(example = "0.00")]
    prepaid: String,
}

/// What a usage point owes and has paid ahead. Needs `ledger.read` and `archive.read`.
#[utoipa::path(get, path = "/api/usage-points/{supply_no}/balance", tag = "ledger", operation_id = "get_balance",
    params(("supply_no" = String, Path, description = "户号", example = "0000000001")),
    responses((status = 200, description = "its two balances", body = Balance), Reading, Finding))]
async fn balance(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(supply_no): Path<String>,
) -> Answer<Json<Balance>> {
    let tx = house.db.read().await?;
    let (owed, prepaid) = ledger::balance(&tx, &ctx, &supply_no).await?;
    Ok(Json(Balance { owed: owed.to_string(), prepaid: prepaid.to_string() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LedgerQuery {
    /// Only what was posted in this month; all when absent.
    #[param(example = "2016-09")]
    month: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 lines.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl LedgerQuery {
    fn month(&self) -> Result<Option<Month>> {
        self.month.as_deref().map(|text| input::month(text, "month")).transpose()
    }

    fn after(&self) -> Result<Option<(Uuid, i64)>> {
        self.after.as_deref().map(cursor).transpose()
    }
}

/// Reads `entry_id.line_no`.
fn cursor(text: &str) -> Result<(Uuid, i64)> {
    let parts = text.split_once('.');
    let read = parts.and_then(|(entry, line)| Some((entry.parse().ok()?, line.parse().ok()?)));
    read.ok_or_else(|| {
        Refusal::invalid("page.after", "after 应为上一页的 next", "`after` is `next` of the page before")
            .at("after")
            .into()
    })
}

/// A line of an entry 分录. The lines of an entry add up to zero.
#[derive(Serialize, ToSchema)]
struct LedgerLine {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    entry_id: Uuid,
    #[schema(example = 1)]
    line_no: i64,
    /// The day of posting.
    #[schema(example = "2016-09-01")]
    entry_on: String,
    /// `opening`, `bill`, `reversal`, `application`, `application-reversed`, `payment`,
    /// `payment-reversed` or `refund`.
    #[schema(example = "bill")]
    kind: String,
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    /// The payment, reversal or refund that the entry books.
    #[schema(example = json!(null))]
    receipt_no: Option<String>,
    /// Null where the line belongs to no account of a customer.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    /// `receivable`, `prepayment`, `revenue`, `output-tax`, `opening`, `late-charge`, `fund:…`
    /// or `money:…`.
    #[schema(example = "receivable")]
    account: String,
    /// 借方: yuan, decimal text; null on a line of the other side.
    #[schema(example = "136.80")]
    debit: Option<String>,
    /// 贷方: yuan, decimal text; null on a line of the other side.
    #[schema(example = json!(null))]
    credit: Option<String>,
}

impl From<LedgerRow> for LedgerLine {
    fn from(row: LedgerRow) -> LedgerLine {
        let amount: Money = row.amount;
        let is_credit = amount.is_negative();
        LedgerLine {
            entry_id: row.entry_id,
            line_no: row.line_no,
            entry_on: row.on.to_string(),
            kind: row.kind,
            bill_no: row.bill_no,
            receipt_no: row.receipt_no,
            supply_no: row.supply_no,
            account: row.account,
            debit: (!is_credit).then(|| amount.to_string()),
            credit: is_credit.then(|| (-amount).to_string()),
        }
    }
}

/// Lines of the ledger in order of entry; whoever sees only stations sees the entries of their
/// accounts. Needs `ledger.read`.
#[utoipa::path(get, path = "/api/ledger", tag = "ledger", operation_id = "list_ledger", params(LedgerQuery), responses(
    (status = 200, description = "a page of lines; an entry may go over to the next page", body = Page<LedgerLine>),
    (status = 422, description = "`month.invalid`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<LedgerQuery>,
) -> Answer<Json<Page<LedgerLine>>> {
    let (month, after, limit) = (query.month()?, query.after()?, page::limit(query.limit)?);
    let tx = house.db.read().await?;
    let rows = ledger::page(&tx, &ctx, month, after, limit).await?;
    let lines = rows.into_iter().map(LedgerLine::from).collect();
    Ok(Json(Page::of(lines, limit, |line: &LedgerLine| format!("{}.{}", line.entry_id, line.line_no))))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// First day.
    #[param(example = "2016-09-01")]
    from: String,
    /// Last day, included.
    #[param(example = "2016-09-30")]
    to: String,
}

/// An account over the days asked for; yuan, decimal text. Debit balances are positive.
#[derive(Serialize, ToSchema)]
struct AccountRow {
    /// `receivable`, `money:cash`, `fund:…` and so on.
    #[schema(example = "receivable")]
    account: String,
    name: Words,
    /// 期初余额: before the first day.
    #[schema(example = "0.00")]
    opening: String,
    /// 借方发生额.
    #[schema(example = "136.80")]
    debit: String,
    /// 贷方发生额.
    #[schema(example = "0.00")]
    credit: String,
    /// 期末余额.
    #[schema(example = "136.80")]
    closing: String,
}

impl From<&AccountSum> for AccountRow {
    fn from(sum: &AccountSum) -> AccountRow {
        AccountRow {
            account: sum.account.clone(),
            name: Account::from_code(&sum.account).label().into(),
            opening: sum.opening.to_string(),
            debit: sum.debit.to_string(),
            credit: sum.credit.to_string(),
            closing: sum.closing().to_string(),
        }
    }
}

/// 试算平衡表.
#[derive(Serialize, ToSchema)]
struct TrialBalance {
    #[schema(example = "2016-09-01")]
    from: String,
    #[schema(example = "2016-09-30")]
    to: String,
    /// Only the entries of accounts at these stations; null: the whole bureau.
    #[schema(example = json!(null))]
    stations: Option<Vec<String>>,
    accounts: Vec<AccountRow>,
    /// Sum of the debits, which is that of the credits.
    #[schema(example = "136.80")]
    debit: String,
    #[schema(example = "136.80")]
    credit: String,
    /// Whether debits equal credits and the openings add up to zero.
    #[schema(example = true)]
    balances: bool,
}

impl DaysQuery {
    fn days(&self) -> Result<(Date, Date)> {
        Ok((input::date(&self.from, "from")?, input::date(&self.to, "to")?))
    }
}

/// Every account over some days: opening, debits, credits, closing. Needs `ledger.read`; whoever
/// sees only stations gets the entries of their accounts, and `stations` says so.
#[utoipa::path(get, path = "/api/trial-balance", tag = "ledger", operation_id = "get_trial_balance", params(DaysQuery), responses(
    (status = 200, description = "the accounts that stand at anything or moved", body = TrialBalance),
    (status = 422, description = "`date.invalid`, `range.invalid`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn trial_balance(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<DaysQuery>,
) -> Answer<Json<TrialBalance>> {
    let (from, to) = query.days()?;
    let tx = house.db.read().await?;
    let found = ledger::trial_balance(&tx, &ctx, from, to).await?;
    let total = found.total();
    Ok(Json(TrialBalance {
        from: from.to_string(),
        to: to.to_string(),
        accounts: found.accounts.iter().map(AccountRow::from).collect(),
        debit: total.debit.to_string(),
        credit: total.credit.to_string(),
        balances: found.balances(),
        stations: found.stations,
    }))
}

/// The trial balance as a CSV file; an act in the journal. Needs `ledger.read`.
#[utoipa::path(get, path = "/api/trial-balance.csv", tag = "ledger", operation_id = "export_trial_balance", params(DaysQuery), responses(
    (status = 200, description = "account, name, opening, debit, credit, closing", body = String, content_type = "text/csv"),
    (status = 422, description = "`date.invalid`, `range.invalid`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn trial_balance_file(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<DaysQuery>,
) -> Answer<Response> {
    let (from, to) = query.days()?;
    let tx = house.db.read().await?;
    let found = ledger::trial_balance(&tx, &ctx, from, to).await?;
    let detail = serde_json::json!({ "from": from.to_string(), "to": to.to_string(), "stations": found.stations });
    journal::note_export(&house.db, &ctx, "trial-balance", detail).await?;
    let total = found.total();
    let rows = found.accounts.iter().chain([&total]).map(|sum| {
        let name = if sum.account.is_empty() {
            Text::new("合计", "Total")
        } else {
            Account::from_code(&sum.account).label()
        };
        let amounts = [sum.opening, sum.debit, sum.credit, sum.closing()].map(|amount| amount.to_string());
        [vec![sum.account.clone(), name.zh.into_owned()], amounts.to_vec()].concat()
    });
    let header = ["account", "name", "opening", "debit", "credit", "closing"];
    Ok(download::csv(&format!("trial-balance-{from}-{to}.csv"), &header, rows.collect::<Vec<_>>())?)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// First day.
    #[param(example = "2016-09-01")]
    from: String,
    /// Last day, included.
    #[param(example = "2016-09-30")]
    to: String,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl AccountQuery {
    fn stretch(&self, account: String) -> Result<AccountStretch> {
        Ok(AccountStretch { account, from: input::date(&self.from, "from")?, to: input::date(&self.to, "to")? })
    }
}

/// A day of an account; yuan, decimal text.
#[derive(Serialize, ToSchema)]
struct AccountDayRow {
    #[schema(example = "2016-09-01")]
    on: String,
    #[schema(example = 12)]
    lines: i64,
    #[schema(example = "136.80")]
    debit: String,
    #[schema(example = "0.00")]
    credit: String,
    /// At the end of the day.
    #[schema(example = "136.80")]
    balance: String,
}

/// The days on which an account moved, each with its balance at the end. Needs `ledger.read`.
#[utoipa::path(get, path = "/api/ledger-accounts/{account}/days", tag = "ledger", operation_id = "list_account_days",
    params(("account" = String, Path, description = "code of the account", example = "receivable"), AccountQuery),
    responses(
        (status = 200, description = "a page of days", body = Page<AccountDayRow>),
        (status = 422, description = "`date.invalid`, `range.invalid`, `page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn account_days(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(account): Path<String>,
    Query(query): Query<AccountQuery>,
) -> Answer<Json<Page<AccountDayRow>>> {
    let (stretch, limit) = (query.stretch(account)?, page::limit(query.limit)?);
    let after = query.after.as_deref().map(|text| input::date(text, "after")).transpose()?;
    let tx = house.db.read().await?;
    let days = ledger::account_days(&tx, &ctx, &stretch, after, limit).await?;
    let rows = days.into_iter().map(|day| AccountDayRow {
        on: day.on.to_string(),
        lines: day.lines,
        debit: day.debit.to_string(),
        credit: day.credit.to_string(),
        balance: day.balance.to_string(),
    });
    Ok(Json(Page::of(rows.collect(), limit, |row: &AccountDayRow| row.on.clone())))
}

/// A line of an account with the balance after it.
#[derive(Serialize, ToSchema)]
struct AccountLineRow {
    #[serde(flatten)]
    line: LedgerLine,
    /// 余额 after this line; yuan, decimal text.
    #[schema(example = "136.80")]
    balance: String,
}

/// The lines of an account in order of day, each with the balance after it. Needs `ledger.read`.
#[utoipa::path(get, path = "/api/ledger-accounts/{account}/lines", tag = "ledger", operation_id = "list_account_lines",
    params(("account" = String, Path, description = "code of the account", example = "receivable"), AccountQuery),
    responses(
        (status = 200, description = "a page of lines", body = Page<AccountLineRow>),
        (status = 422, description = "`date.invalid`, `range.invalid`, `page.after`, `page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn account_lines(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(account): Path<String>,
    Query(query): Query<AccountQuery>,
) -> Answer<Json<Page<AccountLineRow>>> {
    let (stretch, limit) = (query.stretch(account)?, page::limit(query.limit)?);
    let after = query.after.as_deref().map(line_cursor).transpose()?;
    let tx = house.db.read().await?;
    let lines = ledger::account_lines(&tx, &ctx, &stretch, after.as_ref(), limit).await?;
    let rows =
        lines.into_iter().map(|line| AccountLineRow { line: line.row.into(), balance: line.balance.to_string() });
    let next = |row: &AccountLineRow| format!("{}.{}.{}", row.line.entry_on, row.line.entry_id, row.line.line_no);
    Ok(Json(Page::of(rows.collect(), limit, next)))
}

/// Reads `day.entry_id.line_no`.
fn line_cursor(text: &str) -> Result<LineCursor> {
    let read = text.split_once('.').and_then(|(day, rest)| Some((kernel::time::parse_date(day)?, rest)));
    let (on, rest) = read.map_or_else(|| cursor("").map(|_| (Date::MIN, "")), Ok)?;
    let (entry, line) = cursor(rest)?;
    Ok(LineCursor { on, entry, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_an_entry_and_a_line() {
        let entry = Uuid::from_u128(7);
        assert_eq!(cursor(&format!("{entry}.2")).expect("a cursor"), (entry, 2));
        for wrong in ["", "7.2", "x.y", &entry.to_string(), &format!("{entry}.")] {
            let error = cursor(wrong).expect_err("no cursor");
            assert_eq!(error.refusal().map(|refusal| refusal.code), Some("page.after"), "{wrong:?}");
        }
        let line = line_cursor(&format!("2016-09-01.{entry}.2")).expect("a cursor");
        assert_eq!(line, LineCursor { on: jiff::civil::date(2016, 9, 1), entry, line: 2 });
        assert!(line_cursor(&format!("2016-09.{entry}.2")).is_err());
    }
}
