//! Looking at long work, stopping and resuming it.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use std::fs::File;
use std::io::Read;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kernel::Refusal;
use kernel::id::Uuid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Filter, Handlers, folder, model, report};
use crate::http::problem::{Answer, Problem};
use crate::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, download, page};
use crate::jobs::Board;
use crate::{House, Result, long_work};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(kinds))
        .routes(routes!(show))
        .routes(routes!(log))
        .routes(routes!(download))
        .routes(routes!(stop))
        .routes(routes!(resume))
}

/// A piece of long work 长任务.
#[derive(Serialize, ToSchema)]
pub struct Work {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    #[schema(example = "bill.trial")]
    kind: String,
    /// The kind in words.
    name: Words,
    /// What it is about: a month and scope, the name of a file.
    #[schema(example = "2016-08 ST01")]
    subject: String,
    /// The station to which it belongs; null: the bureau.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// What was asked for, as its kind has it.
    #[schema(value_type = Object)]
    params: Value,
    #[schema(example = "wang.li")]
    asked_by: String,
    /// RFC 3339.
    #[schema(example = "2016-09-01T01:00:00Z")]
    asked_at: String,
    /// `queued`, `running`, `stopping`, `stopped`, `done` or `failed`.
    #[schema(example = "running")]
    state: String,
    /// How many of what `counted` names are done.
    #[schema(example = 1250)]
    done: u64,
    /// Of how many, where that is known.
    #[schema(example = 20000)]
    of: Option<u64>,
    /// What is counted.
    counted: Words,
    #[schema(example = "2016-09-01T01:00:00Z")]
    started_at: Option<String>,
    #[schema(example = json!(null))]
    ended_at: Option<String>,
    /// What it came to, as its kind has it; null until it is done.
    #[schema(value_type = Object)]
    outcome: Option<Value>,
    /// Why it was not done.
    failure: Option<WorkFailure>,
    /// The server that carries it out; null unless one does.
    carrier: Option<WorkCarrier>,
    /// How often it was taken over from a server that had died.
    #[schema(example = 0)]
    takeovers: i64,
    /// How many are done in a minute, on the average since it was begun; null before that is known.
    #[schema(example = 75000)]
    per_minute: Option<u64>,
    /// How long it will take at this pace; null where that is not known.
    #[schema(example = 15)]
    seconds_left: Option<u64>,
    /// Whether `report.csv` can be fetched.
    #[schema(example = true)]
    report: bool,
    acts: Vec<WorkAct>,
}

#[derive(Serialize, ToSchema)]
struct WorkFailure {
    /// A refusal's code, or `fault`.
    #[schema(example = "run.not-approved")]
    code: String,
    message: Words,
}

/// A server at work.
#[derive(Serialize, ToSchema)]
struct WorkCarrier {
    #[schema(example = "hall-2")]
    machine: String,
    #[schema(example = 417)]
    process: u32,
    /// RFC 3339: unless it says by then that it is still at work, another takes over.
    #[schema(example = "2016-09-01T01:01:00Z")]
    until: Option<String>,
}

impl WorkCarrier {
    fn of(work: &model::Work) -> Option<WorkCarrier> {
        let model::Carrier { machine, process } = model::Carrier::of(work.carrier.as_deref()?)?;
        Some(WorkCarrier { machine, process, until: work.lease_until.map(|until| until.to_string()) })
    }
}

/// Something that a person may do with it, or why not now.
#[derive(Serialize, ToSchema)]
struct WorkAct {
    /// `stop` or `resume`.
    #[schema(example = "stop")]
    act: String,
    name: Words,
    #[schema(example = true)]
    allowed: bool,
    /// Why not.
    why_not: Option<Words>,
}

impl Work {
    pub fn of(work: model::Work, house: &House, handlers: &Handlers) -> Result<Work> {
        let kind = handlers.kind(&work.kind);
        let (done, of) = fresh(&house.board, &work);
        let pace = work.millis(house.clock.now()).and_then(|millis| model::pace(done, of, millis));
        let nameless = || Words { zh: work.kind.clone(), en: work.kind.clone() };
        let carrier = WorkCarrier::of(&work);
        let counted = kind.map_or(model::Counted::Items, |kind| kind.counted);
        Ok(Work {
            id: work.id,
            name: kind.map_or_else(nameless, |kind| kind.label().into()),
            kind: work.kind.clone(),
            subject: work.subject,
            station: work.station,
            params: serde_json::from_str(&work.params)?,
            asked_by: work.asked_by,
            asked_at: work.asked_at.to_string(),
            state: work.state.word().into(),
            done,
            of,
            counted: counted.label().into(),
            started_at: work.started_at.map(|at| at.to_string()),
            ended_at: work.ended_at.map(|at| at.to_string()),
            outcome: work.outcome.as_deref().map(serde_json::from_str).transpose()?,
            failure: work.failure.map(|failure| WorkFailure { code: failure.code, message: failure.text.into() }),
            carrier,
            takeovers: work.takeovers,
            per_minute: pace.map(|(per_minute, _)| per_minute),
            seconds_left: pace.and_then(|(_, left)| left),
            report: work.state.is_at_rest() && report::in_folder(&folder(house, work.id)).is_some(),
            acts: model::Act::ALL.iter().map(|act| act_of(work.state, *act)).collect(),
        })
    }
}

/// The progress that this process knows, when it is the one that carries the work.
fn fresh(board: &Board, work: &model::Work) -> (u64, Option<u64>) {
    let known = board.get(work.id).filter(|_| !work.state.is_at_rest());
    known.unwrap_or((work.done, work.of))
}

fn act_of(state: model::State, act: model::Act) -> WorkAct {
    let why_not = state.after(act).err().map(Words::from);
    WorkAct { act: act.word().into(), name: act.label().into(), allowed: why_not.is_none(), why_not }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WorkQuery {
    /// Only work of this kind.
    #[param(example = "bill.trial")]
    kind: Option<String>,
    /// Only work in this state.
    #[param(example = "running")]
    state: Option<String>,
    /// `next` of the page before; absent for the newest.
    before: Option<Uuid>,
    /// 1 to 200 pieces of work.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Long work, newest first: one's own, and with `work.manage` that of others. Needs `work.own`.
#[utoipa::path(get, path = "/api/long-work", tag = "work", operation_id = "list_work", params(WorkQuery), responses(
    (status = 200, description = "a page of work that you may see", body = Page<Work>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<Work>>> {
    let limit = page::limit(query.limit)?;
    let filter = Filter { kind: query.kind, state: query.state, before: query.before };
    let tx = house.db.read().await?;
    let found = long_work::page(&tx, &ctx, &filter, limit).await?;
    let found = found.into_iter().map(|work| Work::of(work, &house, &handlers)).collect::<Result<Vec<_>>>()?;
    Ok(Json(Page::of(found, limit, |work| work.id.to_string())))
}

/// A kind of long work.
#[derive(Serialize, ToSchema)]
struct WorkKind {
    #[schema(example = "bill.trial")]
    kind: String,
    name: Words,
}

/// The kinds of long work that this server carries out. Needs `work.own`.
#[utoipa::path(get, path = "/api/long-work/kinds", tag = "work", operation_id = "list_work_kinds", responses(
    (status = 200, description = "every kind", body = [WorkKind]),
    Reading,
))]
async fn kinds(State(handlers): State<Handlers>, SignedIn(ctx): SignedIn) -> Answer<Json<Vec<WorkKind>>> {
    ctx.require(long_work::OWN)?;
    let kind = |kind: &model::Kind| WorkKind { kind: kind.name.to_owned(), name: kind.label().into() };
    Ok(Json(handlers.kinds().map(kind).collect()))
}

/// One piece of long work. Needs `work.own`.
#[utoipa::path(get, path = "/api/long-work/{id}", tag = "work", operation_id = "get_work",
    params(("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000")),
    responses((status = 200, description = "the work, with its progress", body = Work), Reading, Finding))]
async fn show(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    SignedIn(ctx): SignedIn,
    Path(id): Path<Uuid>,
) -> Answer<Json<Work>> {
    let tx = house.db.read().await?;
    let found = long_work::find(&tx, &ctx, id).await?;
    Ok(Json(Work::of(found, &house, &handlers)?))
}

#[derive(Serialize, ToSchema)]
struct WorkLogLine {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    /// RFC 3339.
    #[schema(example = "2016-09-01T01:00:00Z")]
    at: String,
    message: Words,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogQuery {
    /// `next` of the page before; absent for the first.
    after: Option<Uuid>,
    /// 1 to 200 lines.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What happened to a piece of long work, in order. Needs `work.own`.
#[utoipa::path(get, path = "/api/long-work/{id}/log", tag = "work", operation_id = "list_work_log",
    params(("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000"), LogQuery),
    responses(
        (status = 200, description = "a page of lines", body = Page<WorkLogLine>),
        (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn log(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<LogQuery>,
) -> Answer<Json<Page<WorkLogLine>>> {
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let lines = long_work::log(&tx, &ctx, id, query.after, limit).await?;
    let line = |line: model::LogLine| WorkLogLine { id: line.id, at: line.at.to_string(), message: line.text.into() };
    Ok(Json(Page::of(lines.into_iter().map(line).collect(), limit, |line: &WorkLogLine| line.id.to_string())))
}

/// The lines that a piece of long work left for people, as CSV in UTF-8. Needs `work.own`.
#[utoipa::path(get, path = "/api/long-work/{id}/report.csv", tag = "work", operation_id = "get_work_report",
    params(("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000")),
    responses((status = 200, description = "the report", body = String, content_type = "text/csv"), Reading, Finding))]
async fn download(State(house): State<House>, SignedIn(ctx): SignedIn, Path(id): Path<Uuid>) -> Answer<Response> {
    let tx = house.db.read().await?;
    let found = long_work::find(&tx, &ctx, id).await?;
    tx.rollback().await?;
    let path = report::in_folder(&folder(&house, found.id)).filter(|_| found.state.is_at_rest());
    let path = path.ok_or_else(|| {
        let (zh, en) = ("该任务没有报告，或报告已过保存期", "this work has no report, or no longer");
        Refusal::not_found("report.unknown", zh, en)
    })?;
    let file = File::open(path).map_err(crate::Error::from)?;
    let headers = download::attachment(&format!("{}-{id}.csv", found.kind), download::CSV);
    Ok((headers, Body::from_stream(pieces(file))).into_response())
}

/// A file in pieces, each read beside the async workers.
fn pieces(file: File) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; 256 * 1024];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, std::io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(std::io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Steering {
    /// Why, where there is something to say; it stays in the journal.
    #[schema(example = "先处理急件")]
    reason: Option<String>,
}

/// Asks a piece of long work to stop; it does so after its next commit. `work.not-stoppable` says why
/// not. Needs `work.own`.
#[utoipa::path(post, path = "/api/long-work/{id}/stop", tag = "work", operation_id = "stop_work",
    params(
        ("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Steering,
    responses((status = 200, description = "stopping or stopped; written in the journal", body = Work), Reading, Finding, Acting))]
async fn stop(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(id): Path<Uuid>,
    act: Act<Steering>,
) -> Answer<Response> {
    steer(house, handlers, id, act, model::Act::Stop).await
}

/// Puts a piece of long work that was stopped, or that failed, back into the queue; it does what is
/// left. `work.not-resumable` says why not. Needs `work.own`.
#[utoipa::path(post, path = "/api/long-work/{id}/resume", tag = "work", operation_id = "resume_work",
    params(
        ("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Steering,
    responses((status = 200, description = "queued; written in the journal", body = Work), Reading, Finding, Acting))]
async fn resume(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    Path(id): Path<Uuid>,
    act: Act<Steering>,
) -> Answer<Response> {
    steer(house, handlers, id, act, model::Act::Resume).await
}

async fn steer(house: House, handlers: Handlers, id: Uuid, act: Act<Steering>, wish: model::Act) -> Answer<Response> {
    act.once(long_work::OWN, async |tx, ctx, said: Steering| {
        let reason = said.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let steered = long_work::steer(tx, ctx, id, wish, reason).await?;
        Ok((StatusCode::OK, Work::of(steered, &house, &handlers)?))
    })
    .await
}
