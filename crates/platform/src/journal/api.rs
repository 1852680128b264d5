//! Reading the journal.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Query, State};
use kernel::id::Uuid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::JournalEntry;
use crate::http::problem::{Answer, Problem};
use crate::http::{Page, Reading, SignedIn, page};
use crate::{House, Result, journal};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JournalQuery {
    /// Only acts on this thing.
    #[param(example = "usage-point:0000000001")]
    subject: Option<String>,
    /// Only entries made before this one: `next` of the page before.
    before: Option<Uuid>,
    /// 1 to 200 entries.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct JournalLine {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    /// UTC.
    #[schema(example = "2016-08-31T16:00:00Z")]
    at: String,
    /// A login name, `operator` for the command line, `system` for the house itself.
    #[schema(example = "wang.li")]
    actor: String,
    #[schema(example = "usage-point.unmask")]
    act: String,
    #[schema(example = "usage-point:0000000001")]
    subject: String,
    #[schema(example = "核对用户来电身份")]
    reason: Option<String>,
    /// Before, after and figures, as the act wrote them.
    #[schema(value_type = Object)]
    detail: Value,
    /// Its place in the sealed chain; null in the first second of its life.
    #[schema(example = 1042)]
    position: Option<i64>,
}

impl JournalLine {
    fn of(entry: JournalEntry) -> Result<JournalLine> {
        Ok(JournalLine {
            id: entry.id,
            at: entry.at.to_string(),
            actor: entry.actor,
            act: entry.act,
            subject: entry.subject,
            reason: entry.reason,
            detail: serde_json::from_str(&entry.detail)?,
            position: entry.position,
        })
    }
}

/// Who did what, newest first. Needs `journal.read`.
#[utoipa::path(get, path = "/api/journal", tag = "journal", operation_id = "list_journal", params(JournalQuery), responses(
    (status = 200, description = "a page of entries", body = Page<JournalLine>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<JournalQuery>,
) -> Answer<Json<Page<JournalLine>>> {
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let entries = journal::page(&tx, &ctx, query.subject.as_deref(), query.before, limit).await?;
    let lines: Vec<JournalLine> = entries.into_iter().map(JournalLine::of).collect::<Result<_>>()?;
    Ok(Json(Page::of(lines, limit, |line| line.id.to_string())))
}
