//! Batches of debits: planning, making, sending, what became of them.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Money;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, download, input, page};
use platform::{House, Result, journal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{BatchState, Filter, LineState, Plan, Summary, Wish};
use crate::debit;
use crate::fields;
use crate::mandate::masked_account;
use crate::supply::masked_name;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(list, make))
        .routes(routes!(show))
        .routes(routes!(lines))
        .routes(routes!(send))
        .routes(routes!(file))
        .routes(routes!(withdraw))
        .routes(routes!(give_up))
}

/// Lines that a plan shows; all count.
const SHOWN: usize = 200;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlanQuery {
    /// A code of `/api/debit-banks`.
    #[param(example = "icbc")]
    bank: String,
    /// Debts that fall due up to this day.
    #[param(example = "2016-12-31")]
    due_until: String,
    /// The day on which the bank is to debit: today or within the days of `billing/debit.toml`.
    #[param(example = "2016-09-20")]
    collect_on: String,
    /// Only accounts of this station; whoever has a single station means it.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
}

/// What a batch would be.
#[derive(Serialize, ToSchema)]
struct DebitPlan {
    #[schema(example = 120)]
    count: usize,
    /// Yuan, decimal text.
    #[schema(example = "15432.10")]
    amount: String,
    /// How much of it is late charge; yuan, decimal text.
    #[schema(example = "12.30")]
    late_charge: String,
    /// The first 200 debits, by supply number.
    lines: Vec<DebitPlanLine>,
    /// How many debts under a mandate are left out.
    #[schema(example = 3)]
    left_out_count: usize,
    /// The first 200 of them.
    left_out: Vec<DebitPlanLine>,
    /// Whoever makes the batch names it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

#[derive(Serialize, ToSchema)]
struct DebitPlanLine {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    #[schema(example = "ST01")]
    station: String,
    /// Null for an opening debt.
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    #[schema(example = "2016-08")]
    month: Option<String>,
    #[schema(example = "2016-09-16")]
    due_on: String,
    /// With the late charge; yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
    #[schema(example = "0.00")]
    late_charge: String,
    /// Why it is left out: `in-flight`, `refused` or `too-large`.
    #[schema(example = json!(null))]
    why: Option<String>,
    /// The number of the other debit, or the code of the bank's answer.
    #[schema(example = json!(null))]
    detail: Option<String>,
}

impl From<Plan> for DebitPlan {
    fn from(plan: Plan) -> DebitPlan {
        let line = |line: &debit::PlanLine| DebitPlanLine {
            supply_no: line.supply_no.clone(),
            name: masked_name(&line.name),
            station: line.station.clone(),
            bill_no: line.bill_no.clone(),
            month: line.month.clone(),
            due_on: line.due_on.to_string(),
            amount: line.amount.to_string(),
            late_charge: line.late_charge.to_string(),
            why: None,
            detail: None,
        };
        let left = |left: &debit::LeftOut| DebitPlanLine {
            why: Some(left.why.word().into()),
            detail: left.detail.clone(),
            ..line(&left.line)
        };
        DebitPlan {
            count: plan.lines.len(),
            amount: plan.amount().to_string(),
            late_charge: plan.lines.iter().map(|line| line.late_charge).sum::<Money>().to_string(),
            lines: plan.lines.iter().take(SHOWN).map(line).collect(),
            left_out_count: plan.left_out.len(),
            left_out: plan.left_out.iter().take(SHOWN).map(left).collect(),
            digest: plan.digest,
        }
    }
}

fn wish(bank: String, station: Option<String>, book: Option<String>, days: [&String; 2]) -> Result<Wish> {
    let due_until = input::date(days[0], "due_until")?;
    let collect_on = input::date(days[1], "collect_on")?;
    Ok(Wish { bank, station, book, due_until, collect_on })
}

/// What a batch for a bank would be: every debt of accounts under a live mandate that falls due in time, with
/// its late charge up to the day of the debit. Changes nothing. Needs `debit.make`.
#[utoipa::path(get, path = "/api/debit-plan", tag = "debit", operation_id = "plan_debit", params(PlanQuery), responses(
    (status = 200, description = "the debits, and what is left out", body = DebitPlan),
    (status = 422, description = "`bank.unknown`, `debit.day`, `debit.station`, `date.invalid`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn plan(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PlanQuery>,
) -> Answer<Json<DebitPlan>> {
    let days = [&query.due_until, &query.collect_on];
    let wish = wish(query.bank, query.station, query.book, days)?;
    let tx = house.db.read().await?;
    Ok(Json(debit::plan(&tx, &ctx, &house.packs, wish).await?.into()))
}

/// A batch of debits 代扣批次.
#[derive(Serialize, ToSchema)]
struct DebitBatch {
    /// The day, and a number of four digits.
    #[schema(example = "201609050001")]
    batch_no: String,
    #[schema(example = "icbc")]
    bank: String,
    /// Null: the whole bureau.
    #[schema(example = json!(null))]
    station: Option<String>,
    #[schema(example = json!(null))]
    book: Option<String>,
    #[schema(example = "2016-09-20")]
    due_until: String,
    /// The day on which the bank is to debit.
    #[schema(example = "2016-09-20")]
    collect_on: String,
    /// `made`, `sent`, `partly`, `answered`, `withdrawn` or `given-up`.
    #[schema(example = "made")]
    state: String,
    #[schema(example = "2016-09-05T02:00:00Z")]
    made_at: String,
    #[schema(example = "wang.li")]
    made_by: String,
    #[schema(example = json!(null))]
    sent_at: Option<String>,
    #[schema(example = json!(null))]
    sent_by: Option<String>,
    /// SHA-256 of the file that was sent.
    #[schema(example = json!(null))]
    digest: Option<String>,
    /// When it was withdrawn or given up, by whom and why.
    #[schema(example = json!(null))]
    ended_at: Option<String>,
    #[schema(example = json!(null))]
    ended_by: Option<String>,
    #[schema(example = json!(null))]
    reason: Option<String>,
    /// Debits that are not withdrawn.
    #[schema(example = 120)]
    count: i64,
    /// What they ask for: yuan, decimal text.
    #[schema(example = "15432.10")]
    amount: String,
    /// What the bank has taken: yuan, decimal text.
    #[schema(example = "0.00")]
    collected: String,
    /// The debits by state.
    tallies: Vec<DebitTally>,
    /// The failed ones by the bank's code, the largest sum first; empty in lists.
    failures: Vec<DebitFailure>,
}

#[derive(Serialize, ToSchema)]
struct DebitTally {
    /// `waiting`, `withdrawn`, `collected`, `failed` or `given-up`.
    #[schema(example = "waiting")]
    state: String,
    #[schema(example = 120)]
    count: i64,
    /// Asked for: yuan, decimal text.
    #[schema(example = "15432.10")]
    amount: String,
    /// Taken: yuan, decimal text.
    #[schema(example = "0.00")]
    collected: String,
}

#[derive(Serialize, ToSchema)]
struct DebitFailure {
    #[schema(example = "01")]
    code: String,
    #[schema(example = 2)]
    count: i64,
    /// Asked for: yuan, decimal text.
    #[schema(example = "250.00")]
    amount: String,
}

impl From<Summary> for DebitBatch {
    fn from(summary: Summary) -> DebitBatch {
        let Summary { batch, tallies, failures } = summary;
        let live = || tallies.iter().filter(|tally| tally.state != LineState::Withdrawn);
        DebitBatch {
            count: live().map(|tally| tally.count).sum(),
            amount: live().map(|tally| tally.amount).sum::<Money>().to_string(),
            collected: live().map(|tally| tally.collected).sum::<Money>().to_string(),
            tallies: tallies
                .iter()
                .map(|tally| DebitTally {
                    state: tally.state.word().into(),
                    count: tally.count,
                    amount: tally.amount.to_string(),
                    collected: tally.collected.to_string(),
                })
                .collect(),
            failures: failures
                .into_iter()
                .map(|failure| DebitFailure {
                    code: failure.code,
                    count: failure.count,
                    amount: failure.amount.to_string(),
                })
                .collect(),
            batch_no: batch.batch_no,
            bank: batch.wish.bank,
            station: batch.wish.station,
            book: batch.wish.book,
            due_until: batch.wish.due_until.to_string(),
            collect_on: batch.wish.collect_on.to_string(),
            state: batch.state.word().into(),
            made_at: batch.made_at.to_string(),
            made_by: batch.made_by,
            sent_at: batch.sent_at.map(|at| at.to_string()),
            sent_by: batch.sent_by,
            digest: batch.digest,
            ended_at: batch.ended_at.map(|at| at.to_string()),
            ended_by: batch.ended_by,
            reason: batch.reason,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BatchQuery {
    #[param(example = "icbc")]
    bank: Option<String>,
    /// `made`, `sent`, `partly`, `answered`, `withdrawn` or `given-up`.
    #[param(example = "sent")]
    state: Option<String>,
    #[param(example = "ST01")]
    station: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 batches.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

fn state<T>(word: Option<&str>, from_word: fn(&str) -> Option<T>) -> Result<Option<T>> {
    let known = "made, sent, partly, answered, withdrawn, given-up; waiting, collected, failed";
    Ok(word.map(|word| fields::word_of(word, "state", from_word, known)).transpose()?)
}

/// Batches, the newest first; those of the whole bureau are for who sees the whole bureau. Needs
/// `debit.read`.
#[utoipa::path(get, path = "/api/debit-batches", tag = "debit", operation_id = "list_debit_batches", params(BatchQuery), responses(
    (status = 200, description = "a page of batches", body = Page<DebitBatch>),
    (status = 422, description = "`word.unknown`, `page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<BatchQuery>,
) -> Answer<Json<Page<DebitBatch>>> {
    let state = state(query.state.as_deref(), BatchState::from_word)?;
    let filter = Filter { bank: query.bank, state, station: query.station };
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let batches = debit::page(&tx, &ctx, &filter, query.after.as_deref(), limit).await?;
    let batches = batches.into_iter().map(DebitBatch::from).collect();
    Ok(Json(Page::of(batches, limit, |batch: &DebitBatch| batch.batch_no.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DebitBatchWish {
    #[schema(example = "icbc")]
    bank: String,
    #[schema(example = "2016-12-31")]
    due_until: String,
    #[schema(example = "2016-09-20")]
    collect_on: String,
    #[schema(example = json!(null))]
    station: Option<String>,
    #[schema(example = json!(null))]
    book: Option<String>,
    /// `digest` of the plan.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// Makes the batch of a plan; its debts are in flight from then on. `debit.changed` when the plan is another
/// one now, `debit.nothing`, `debit.too-many`, `debit.day`, `debit.station` and `bank.unknown` say why not.
/// Needs `debit.make`.
#[utoipa::path(post, path = "/api/debit-batches", tag = "debit", operation_id = "make_debit_batch",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = DebitBatchWish,
    responses((status = 200, description = "the batch; written in the journal", body = DebitBatch), Reading, Finding, Acting))]
async fn make(State(house): State<House>, act: Act<DebitBatchWish>) -> Answer<Response> {
    act.once(debit::MAKE, async |tx, ctx, asked| {
        let days = [&asked.due_until, &asked.collect_on];
        let wish = wish(asked.bank, asked.station, asked.book, days)?;
        let made = debit::make(tx, ctx, &house.packs, wish, &asked.digest).await?;
        Ok((StatusCode::OK, DebitBatch::from(made)))
    })
    .await
}

/// One batch. Needs `debit.read`.
#[utoipa::path(get, path = "/api/debit-batches/{batch_no}", tag = "debit", operation_id = "get_debit_batch",
    params(("batch_no" = String, Path, example = "201609050001")),
    responses((status = 200, description = "the batch", body = DebitBatch), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(batch_no): Path<String>,
) -> Answer<Json<DebitBatch>> {
    let tx = house.db.read().await?;
    Ok(Json(debit::find(&tx, &ctx, &batch_no).await?.into()))
}

/// A debit of a batch.
#[derive(Serialize, ToSchema)]
struct DebitLine {
    /// The batch's number, and one of six digits: the reference of its payment.
    #[schema(example = "201609050001000001")]
    line_no: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    name: String,
    /// Of the bank account; masked.
    #[schema(example = "张**")]
    holder: String,
    /// Masked.
    #[schema(example = "****2222")]
    account_no: String,
    /// Null for an opening debt.
    #[schema(example = "20160800000001")]
    bill_no: Option<String>,
    #[schema(example = "2016-08")]
    month: Option<String>,
    /// Asked for: yuan, decimal text.
    #[schema(example = "129.12")]
    amount: String,
    #[schema(example = "0.00")]
    late_charge: String,
    /// `waiting`, `withdrawn`, `collected`, `failed` or `given-up`.
    #[schema(example = "waiting")]
    state: String,
    /// What the bank said.
    #[schema(example = json!(null))]
    result_code: Option<String>,
    #[schema(example = json!(null))]
    result_text: Option<String>,
    /// Taken: yuan, decimal text.
    #[schema(example = json!(null))]
    collected: Option<String>,
    #[schema(example = json!(null))]
    debited_at: Option<String>,
    #[schema(example = json!(null))]
    answered_at: Option<String>,
    /// The receipt of its payment.
    #[schema(example = json!(null))]
    receipt_no: Option<String>,
    /// Why it was withdrawn or given up.
    #[schema(example = json!(null))]
    remark: Option<String>,
}

impl From<debit::Line> for DebitLine {
    fn from(line: debit::Line) -> DebitLine {
        let answer = line.answer;
        DebitLine {
            name: masked_name(&line.name),
            holder: masked_name(&line.holder),
            account_no: masked_account(&line.account_no),
            line_no: line.line_no,
            supply_no: line.supply_no,
            bill_no: line.bill_no,
            month: line.month,
            amount: line.amount.to_string(),
            late_charge: line.late_charge.to_string(),
            state: line.state.word().into(),
            result_code: answer.as_ref().map(|answer| answer.code.clone()),
            collected: answer.as_ref().map(|answer| answer.amount.to_string()),
            debited_at: answer.as_ref().and_then(|answer| answer.debited_at).map(|at| at.to_string()),
            result_text: answer.map(|answer| answer.text),
            answered_at: line.answered_at.map(|at| at.to_string()),
            receipt_no: line.receipt_no,
            remark: line.remark,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LineQuery {
    /// `waiting`, `withdrawn`, `collected`, `failed` or `given-up`.
    #[param(example = "failed")]
    state: Option<String>,
    /// Only those with this code of the bank.
    #[param(example = "01")]
    code: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 lines.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The debits of a batch, in order, masked. Needs `debit.read`.
#[utoipa::path(get, path = "/api/debit-batches/{batch_no}/lines", tag = "debit", operation_id = "list_debit_lines",
    params(("batch_no" = String, Path, example = "201609050001"), LineQuery),
    responses(
        (status = 200, description = "a page of debits", body = Page<DebitLine>),
        (status = 422, description = "`word.unknown`, `page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn lines(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(batch_no): Path<String>,
    Query(query): Query<LineQuery>,
) -> Answer<Json<Page<DebitLine>>> {
    let state = state(query.state.as_deref(), LineState::from_word)?;
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let after = query.after.as_deref().unwrap_or_default();
    let lines = debit::lines(&tx, &ctx, &batch_no, state, query.code.as_deref(), after, limit).await?;
    let lines = lines.into_iter().map(DebitLine::from).collect();
    Ok(Json(Page::of(lines, limit, |line: &DebitLine| line.line_no.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DebitSending {
    /// What there is to say about it.
    #[schema(example = json!(null))]
    remark: Option<String>,
}

/// Marks a batch as sent, so that its file can be had; what has been paid since, or whose mandate has ended, is
/// withdrawn. `debit.sent` and `debit.day` say why not. Needs `debit.download`.
#[utoipa::path(post, path = "/api/debit-batches/{batch_no}/sending", tag = "debit", operation_id = "send_debit_batch",
    params(
        ("batch_no" = String, Path, example = "201609050001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = DebitSending,
    responses((status = 200, description = "the batch, sent; written in the journal", body = DebitBatch), Reading, Finding, Acting))]
async fn send(State(house): State<House>, Path(batch_no): Path<String>, act: Act<DebitSending>) -> Answer<Response> {
    act.once(debit::DOWNLOAD, async |tx, ctx, DebitSending { remark }| {
        let sent = debit::send(tx, ctx, &house.packs, &batch_no, remark.as_deref()).await?;
        Ok((StatusCode::OK, DebitBatch::from(sent)))
    })
    .await
}

/// The file for the bank, with account numbers in full: the same, byte by byte, each time. Every download is
/// written in the journal. Needs `debit.download`.
#[utoipa::path(get, path = "/api/debit-batches/{batch_no}/file", tag = "debit", operation_id = "get_debit_file",
    params(("batch_no" = String, Path, example = "201609050001")),
    responses(
        (status = 200, description = "a line `H` and a line `D` for each debit, as docs/files.md says", body = String, content_type = "text/csv"),
        (status = 409, description = "`debit.not-sent`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn file(State(house): State<House>, SignedIn(ctx): SignedIn, Path(batch_no): Path<String>) -> Answer<Response> {
    let tx = house.db.read().await?;
    let (batch, text) = debit::file_of(&tx, &ctx, &batch_no).await?;
    drop(tx);
    let detail = serde_json::json!({ "batch": batch_no, "bank": batch.wish.bank, "sha256": batch.digest });
    journal::note_export(&house.db, &ctx, "debit-file", detail).await?;
    let name = format!("debit-{}-{}.csv", batch.wish.bank, batch.batch_no);
    Ok((download::attachment(&name, download::CSV), text).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DebitWithdrawal {
    /// Numbers of debits; all of the batch when absent.
    #[schema(example = json!(["201609050001000001"]))]
    lines: Option<Vec<String>>,
    /// Why; it stays in the journal.
    #[schema(example = "客户要求到柜台缴费")]
    reason: String,
}

/// Takes debits out of a batch that is not sent, or all of them: their debts are free again. `debit.sent` and
/// `debit-line.not-waiting` say why not. Needs `debit.make`.
#[utoipa::path(post, path = "/api/debit-batches/{batch_no}/withdrawal", tag = "debit", operation_id = "withdraw_debits",
    params(
        ("batch_no" = String, Path, example = "201609050001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = DebitWithdrawal,
    responses((status = 200, description = "the batch; written in the journal", body = DebitBatch), Reading, Finding, Acting))]
async fn withdraw(Path(batch_no): Path<String>, act: Act<DebitWithdrawal>) -> Answer<Response> {
    act.once(debit::MAKE, async |tx, ctx, wish| {
        let batch = debit::withdraw(tx, ctx, &batch_no, wish.lines, &wish.reason).await?;
        Ok((StatusCode::OK, DebitBatch::from(batch)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DebitGivingUp {
    /// Why; it stays in the journal.
    #[schema(example = "银行系统升级，确认未处理本批")]
    reason: String,
}

/// Waits no longer for the bank's answer: the debts that wait are free again. What the bank answers later is booked
/// all the same, and shown as a difference. `debit.not-awaited` says why not. Needs `debit.give-up`.
#[utoipa::path(post, path = "/api/debit-batches/{batch_no}/giving-up", tag = "debit", operation_id = "give_up_debit_batch",
    params(
        ("batch_no" = String, Path, example = "201609050001"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = DebitGivingUp,
    responses((status = 200, description = "the batch, given up; written in the journal", body = DebitBatch), Reading, Finding, Acting))]
async fn give_up(Path(batch_no): Path<String>, act: Act<DebitGivingUp>) -> Answer<Response> {
    act.once(debit::GIVE_UP, async |tx, ctx, wish| {
        let batch = debit::give_up(tx, ctx, &batch_no, &wish.reason).await?;
        Ok((StatusCode::OK, DebitBatch::from(batch)))
    })
    .await
}
