//! Corrections of bills: asked for, looked at, approved, issued.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Refusal;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, PageQuery, Reading, SignedIn, Words, input, page};
use platform::long_work::{self, Handlers};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccountMark, AccountOrder, AccountRow, AccountState, Pair, Wish, causes, obstacles, work};
use crate::bill::BillDocument;
use crate::billing::ISSUE;
use crate::correction::{self, REBILL};
use crate::run::{APPROVE, RunScope};
use crate::supply::masked_name;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, ask))
        .routes(routes!(show))
        .routes(routes!(accounts))
        .routes(routes!(account))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
        .routes(routes!(issue))
}

/// A correction of bills 电费更正.
#[derive(Serialize, ToSchema)]
struct Correction {
    #[schema(example = "2016090100001")]
    correction_no: String,
    /// Bills that bill this day or later ones were computed again.
    #[schema(example = "2016-07-01")]
    since: String,
    /// Code of the supply station; null: the whole bureau.
    #[schema(example = json!(null))]
    station: Option<String>,
    #[schema(example = json!(null))]
    book: Option<String>,
    /// 户号 of a correction of a single account.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    /// Only accounts with bills by this tariff.
    #[schema(example = json!(null))]
    tariff: Option<String>,
    #[schema(example = "倍率更正")]
    reason: String,
    /// `trying`, `tried`, `approved`, `issuing`, `issued` or `withdrawn`.
    #[schema(example = "tried")]
    state: String,
    state_name: Words,
    /// Accounts whose bills were computed again.
    #[schema(example = 1200)]
    looked_at: i64,
    /// Accounts whose bills come out otherwise.
    #[schema(example = 3)]
    affected: i64,
    /// Accounts whose bills cannot be computed again as things are.
    #[schema(example = 0)]
    blocked: i64,
    /// Bills that take the place of others.
    #[schema(example = 9)]
    bills: i64,
    /// Of the bills that are to be cancelled, yuan, decimal text.
    #[schema(example = "1520.40")]
    before: String,
    /// Of those that take their place.
    #[schema(example = "1610.02")]
    after: String,
    #[schema(example = "89.62")]
    difference: String,
    /// SHA-256 of all that is to be done: what an approval signs.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    #[schema(example = "wang.li")]
    tried_by: String,
    /// RFC 3339.
    #[schema(example = "2016-09-01T01:00:00Z")]
    tried_at: String,
    #[schema(example = json!(null))]
    approved_by: Option<String>,
    #[schema(example = json!(null))]
    approved_at: Option<String>,
    /// Who issued or withdrew it.
    #[schema(example = json!(null))]
    ended_by: Option<String>,
    #[schema(example = json!(null))]
    ended_at: Option<String>,
    /// Accounts corrected so far; null in a list.
    #[schema(example = 0)]
    posted: Option<i64>,
    /// Accounts left out because something changed since the trial; null in a list.
    #[schema(example = 0)]
    changed: Option<i64>,
}

impl From<correction::Correction> for Correction {
    fn from(of: correction::Correction) -> Correction {
        let Wish { since, scope, tariff, reason } = of.wish;
        Correction {
            correction_no: of.correction_no,
            since: since.to_string(),
            station: scope.station,
            book: scope.book,
            supply_no: scope.supply_no,
            tariff,
            reason,
            state: of.state.word().into(),
            state_name: of.state.label().into(),
            looked_at: of.sums.looked_at,
            affected: of.sums.affected,
            blocked: of.sums.blocked,
            bills: of.sums.bills,
            before: of.sums.before.to_string(),
            after: of.sums.after.to_string(),
            difference: of.sums.difference().to_string(),
            digest: of.digest,
            tried_by: of.tried_by,
            tried_at: of.tried_at.to_string(),
            approved_by: of.approved_by,
            approved_at: of.approved_at.map(|at| at.to_string()),
            ended_by: of.ended_by,
            ended_at: of.ended_at.map(|at| at.to_string()),
            posted: None,
            changed: None,
        }
    }
}

/// Corrections, newest first. Needs `bill.read`; a post at a station sees those of its station.
#[utoipa::path(get, path = "/api/corrections", tag = "billing", operation_id = "list_corrections", params(PageQuery), responses(
    (status = 200, description = "a page of corrections", body = Page<Correction>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<Correction>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let found = correction::page(&tx, &ctx, query.after.as_deref(), limit).await?;
    let found = found.into_iter().map(Correction::from).collect();
    Ok(Json(Page::of(found, limit, |one: &Correction| one.correction_no.clone())))
}

/// Which bills to compute again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionWish {
    /// Bills that bill this day or later ones.
    #[schema(example = "2016-07-01")]
    since: String,
    /// Only of this station.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// Only of this reading book.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// Only of this account.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    /// Only of accounts with bills by this tariff.
    #[schema(example = json!(null))]
    tariff: Option<String>,
    /// Why; it stays with the bills that are cancelled.
    #[schema(example = "倍率更正")]
    reason: String,
}

/// A correction, and the work that was asked for it.
#[derive(Serialize, ToSchema)]
struct CorrectionAsked {
    correction: Correction,
    work: long_work::api::Work,
}

/// Computes bills again by what is known now and keeps those that come out otherwise; nothing is issued. One about the
/// same bills that is not issued yet is tried anew, which voids its approval. `date.future`, `station.unknown`,
/// `book.unknown`, `tariff.unknown`, `supply-no.unknown` and `work.asked` say why not. Needs `bill.rebill` over the scope.
#[utoipa::path(post, path = "/api/corrections", tag = "billing", operation_id = "ask_correction",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = CorrectionWish,
    responses((status = 202, description = "the correction, its trial queued; written in the journal", body = CorrectionAsked), Reading, Finding, Acting))]
async fn ask(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    act: Act<CorrectionWish>,
) -> Answer<Response> {
    act.once(REBILL, async |tx, ctx, wish| {
        let wish = Wish {
            since: input::date(&wish.since, "since")?,
            scope: RunScope { station: wish.station, book: wish.book, supply_no: wish.supply_no },
            tariff: wish.tariff,
            reason: wish.reason,
        };
        let (correction, asked) = work::ask_trial(tx, ctx, wish).await?;
        let work = long_work::api::Work::of(asked, &house, &handlers)?;
        Ok((StatusCode::ACCEPTED, CorrectionAsked { correction: correction.into(), work }))
    })
    .await
}

/// A correction as it is. Needs `bill.read`.
#[utoipa::path(get, path = "/api/corrections/{correction_no}", tag = "billing", operation_id = "get_correction",
    params(("correction_no" = String, Path, description = "its number", example = "2016090100001")),
    responses((status = 200, description = "the correction", body = Correction), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(correction_no): Path<String>,
) -> Answer<Json<Correction>> {
    let tx = house.db.read().await?;
    let (found, counts) = correction::find(&tx, &ctx, &correction_no).await?;
    let count = |state| counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
    let (posted, changed) = (Some(count(AccountState::Posted)), Some(count(AccountState::Changed)));
    Ok(Json(Correction { posted, changed, ..found.into() }))
}

/// An account of a correction.
#[derive(Serialize, ToSchema)]
struct CorrectionAccount {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    customer: String,
    #[schema(example = "ST01")]
    station: String,
    /// `ready`, `blocked`, `posted` or `changed`.
    #[schema(example = "ready")]
    state: String,
    state_name: Words,
    /// The first month that comes out otherwise, or that cannot be computed.
    #[schema(example = "2016-07")]
    from_cycle: Option<String>,
    #[schema(example = 2)]
    bills: i64,
    /// kWh, decimal text.
    #[schema(example = "410")]
    kwh_before: String,
    #[schema(example = "390")]
    kwh_after: String,
    /// Yuan, decimal text.
    #[schema(example = "221.40")]
    before: String,
    #[schema(example = "210.60")]
    after: String,
    #[schema(example = "-10.80")]
    difference: String,
    /// Why it cannot be computed.
    obstacles: Vec<Words>,
}

impl CorrectionAccount {
    fn of(row: AccountRow) -> Result<CorrectionAccount> {
        let obstacles = obstacles(&row)?.into_iter().map(Words::from).collect();
        Ok(CorrectionAccount {
            difference: row.difference().to_string(),
            supply_no: row.supply_no,
            customer: masked_name(&row.customer),
            station: row.station,
            state: row.state.word().into(),
            state_name: row.state.label().into(),
            from_cycle: row.from_cycle.map(|cycle| cycle.to_string()),
            bills: row.bills,
            kwh_before: row.energy_before.to_string(),
            kwh_after: row.energy_after.to_string(),
            before: row.before.to_string(),
            after: row.after.to_string(),
            obstacles,
        })
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Only those in this state.
    #[param(example = "ready")]
    state: Option<String>,
    /// `difference` (the greatest first) or `supply-no`.
    #[param(example = "difference")]
    order: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 accounts.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The accounts of a correction. Needs `bill.read`.
#[utoipa::path(get, path = "/api/corrections/{correction_no}/accounts", tag = "billing", operation_id = "list_correction_accounts",
    params(("correction_no" = String, Path, description = "its number", example = "2016090100001"), AccountsQuery),
    responses(
        (status = 200, description = "a page of accounts", body = Page<CorrectionAccount>),
        (status = 422, description = "`word.unknown`, `page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn accounts(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(correction_no): Path<String>,
    Query(query): Query<AccountsQuery>,
) -> Answer<Json<Page<CorrectionAccount>>> {
    let limit = page::limit(query.limit)?;
    let state = query.state.as_deref().map(|word| known(word, "state", AccountState::from_word)).transpose()?;
    let order = query.order.as_deref().map(|word| known(word, "order", AccountOrder::from_word)).transpose()?;
    let after = query.after.as_deref().map(mark).transpose()?;
    let order = order.unwrap_or(AccountOrder::Difference);
    let tx = house.db.read().await?;
    let rows = correction::accounts(&tx, &ctx, &correction_no, state, order, after, limit).await?;
    let next = |row: &AccountRow| format!("{}~{}", row.difference().fen().abs(), row.supply_no);
    let Page { items, next } = Page::of(rows, limit, next);
    let items = items.into_iter().map(CorrectionAccount::of).collect::<Result<Vec<_>>>()?;
    Ok(Json(Page { items, next }))
}

fn known<T>(word: &str, field: &'static str, from_word: fn(&str) -> Option<T>) -> Result<T> {
    crate::fields::word_of(word, field, from_word, "").map_err(Into::into)
}

fn mark(text: &str) -> Result<AccountMark> {
    let parts = text.split_once('~').and_then(|(fen, supply_no)| Some((fen.parse().ok()?, supply_no.to_owned())));
    parts.ok_or_else(|| {
        let (zh, en) = ("after 须为上一页的 next", "after is the next of the page before");
        Refusal::invalid("page.after", zh, en).at("after").into()
    })
}

/// A bill and the one that takes its place.
#[derive(Serialize, ToSchema)]
struct CorrectedBill {
    #[schema(example = "2016-07")]
    cycle: String,
    /// Number of the bill that is cancelled.
    #[schema(example = "20160700000001")]
    cancels: String,
    /// Of the bill in its place, once it is issued.
    #[schema(example = json!(null))]
    bill_no: Option<String>,
    before: BillFigures,
    after: BillFigures,
    #[schema(example = "-10.80")]
    difference: String,
    /// What is otherwise, in words.
    causes: Vec<Words>,
}

#[derive(Serialize, ToSchema)]
struct BillFigures {
    #[schema(example = "2016-07-01")]
    from: String,
    #[schema(example = "2016-07-31")]
    to: String,
    /// kWh, decimal text.
    #[schema(example = "210")]
    kwh: String,
    /// Yuan, decimal text.
    #[schema(example = "113.40")]
    amount: String,
}

impl From<&BillDocument> for BillFigures {
    fn from(of: &BillDocument) -> BillFigures {
        BillFigures {
            from: of.period.from.to_string(),
            to: of.period.to.to_string(),
            kwh: of.energy.to_string(),
            amount: of.total.to_string(),
        }
    }
}

impl From<Pair> for CorrectedBill {
    fn from(pair: Pair) -> CorrectedBill {
        CorrectedBill {
            cycle: pair.cycle.to_string(),
            cancels: pair.cancels,
            bill_no: pair.bill_no,
            before: BillFigures::from(&pair.before),
            after: BillFigures::from(&pair.after),
            difference: (pair.after.total - pair.before.total).to_string(),
            causes: causes(&pair.before, &pair.after).into_iter().map(Words::from).collect(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct CorrectionAccountInFull {
    account: CorrectionAccount,
    /// Oldest first.
    bills: Vec<CorrectedBill>,
}

/// An account of a correction, bill by bill. Needs `bill.read`.
#[utoipa::path(get, path = "/api/corrections/{correction_no}/accounts/{supply_no}", tag = "billing", operation_id = "get_correction_account",
    params(
        ("correction_no" = String, Path, description = "its number", example = "2016090100001"),
        ("supply_no" = String, Path, description = "户号", example = "0000000001"),
    ),
    responses((status = 200, description = "its bills before and after", body = CorrectionAccountInFull), Reading, Finding))]
async fn account(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path((correction_no, supply_no)): Path<(String, String)>,
) -> Answer<Json<CorrectionAccountInFull>> {
    let tx = house.db.read().await?;
    let (row, pairs) = correction::account(&tx, &ctx, &correction_no, &supply_no).await?;
    let bills = pairs.into_iter().map(CorrectedBill::from).collect();
    Ok(Json(CorrectionAccountInFull { account: CorrectionAccount::of(row)?, bills }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionApproval {
    /// The correction's `digest` as the approver saw it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// Approves a correction as another person than the one who tried it: `correction.own`, `correction.state`,
/// `correction.empty` and `correction.other-content` say why not. Needs `bill.approve` over the scope.
#[utoipa::path(post, path = "/api/corrections/{correction_no}/approval", tag = "billing", operation_id = "approve_correction",
    params(
        ("correction_no" = String, Path, description = "its number", example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = CorrectionApproval,
    responses((status = 200, description = "the correction, approved; written in the journal", body = Correction), Reading, Finding, Acting))]
async fn approve(Path(correction_no): Path<String>, act: Act<CorrectionApproval>) -> Answer<Response> {
    act.once(APPROVE, async |tx, ctx, wish| {
        let approved = correction::approve(tx, ctx, &correction_no, &wish.digest).await?;
        Ok((StatusCode::OK, Correction::from(approved)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionWithdrawal {
    /// Why; it stays in the journal.
    #[schema(example = "读数须再核实")]
    reason: String,
}

/// Ends a correction of which nothing was issued: `correction.state` says why not. Needs `bill.rebill` or `bill.approve`
/// over the scope.
#[utoipa::path(post, path = "/api/corrections/{correction_no}/withdrawal", tag = "billing", operation_id = "withdraw_correction",
    params(
        ("correction_no" = String, Path, description = "its number", example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = CorrectionWithdrawal,
    responses((status = 200, description = "the correction, withdrawn; written in the journal", body = Correction), Reading, Finding, Acting))]
async fn withdraw(Path(correction_no): Path<String>, act: Act<CorrectionWithdrawal>) -> Answer<Response> {
    act.once(crate::bill::READ, async |tx, ctx, wish| {
        let withdrawn = correction::withdraw(tx, ctx, &correction_no, &wish.reason).await?;
        Ok((StatusCode::OK, Correction::from(withdrawn)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionIssue {}

/// Cancels the bills of an approved correction and issues those in their place: `correction.not-approved` and
/// `correction.state` say why not. Needs `bill.issue` over the scope.
#[utoipa::path(post, path = "/api/corrections/{correction_no}/issue", tag = "billing", operation_id = "issue_correction",
    params(
        ("correction_no" = String, Path, description = "its number", example = "2016090100001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = CorrectionIssue,
    responses((status = 202, description = "the work, queued; written in the journal", body = long_work::api::Work), Reading, Finding, Acting))]
async fn issue(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(correction_no): Path<String>,
    act: Act<CorrectionIssue>,
) -> Answer<Response> {
    act.once(ISSUE, async |tx, ctx, _| {
        let asked = work::ask_issue(tx, ctx, &correction_no).await?;
        Ok((StatusCode::ACCEPTED, long_work::api::Work::of(asked, &house, &handlers)?))
    })
    .await
}
