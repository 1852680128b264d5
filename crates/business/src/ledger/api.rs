//! Reading the ledger.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use kernel::id::Uuid;
use kernel::{Money, Month, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Page, Reading, SignedIn, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LedgerRow;
use crate::ledger;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(balance)).routes(routes!(list))
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
    /// `opening`, `bill`, `reversal`, `application` or `application-reversed`.
    #[schema(example = "bill")]
    kind: String,
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    /// Null where the line belongs to no account of a customer.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    /// `receivable`, `prepayment`, `revenue`, `output-tax`, `opening` or `fund:…`.
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
    }
}
