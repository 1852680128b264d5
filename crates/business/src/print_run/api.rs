//! Print runs over HTTP.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Refusal;
use kernel::id::Uuid;
use kernel::paper::PaperLanguage;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, download, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::print::PRINT;
use crate::print_run;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(ask))
        .routes(routes!(show))
        .routes(routes!(files))
        .routes(routes!(fetch))
}

/// A print run 批量打印. It is stopped and resumed as the long work of the same id.
#[derive(Serialize, ToSchema)]
struct PrintRun {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Uuid,
    #[schema(example = "2016-08")]
    cycle: String,
    /// Null: all stations.
    #[schema(example = "ST01")]
    station: Option<String>,
    /// Null: all reading books.
    #[schema(example = "B001")]
    book: Option<String>,
    /// `zh` or `en`.
    #[schema(example = "zh")]
    language: String,
    #[schema(example = "wang.li")]
    asked_by: String,
    #[schema(example = "2016-09-01")]
    asked_on: String,
    /// Bills to be printed.
    #[schema(example = 1454)]
    bills: u64,
    #[schema(example = 1453)]
    printed_bills: u64,
    #[schema(example = 15)]
    printed_files: u64,
    /// Bills left out because no font has a character of them; the report of the work names them.
    #[schema(example = 1)]
    left: u64,
    /// `queued`, `running`, `stopping`, `stopped`, `done` or `failed`.
    #[schema(example = "done")]
    state: String,
}

impl From<print_run::PrintRun> for PrintRun {
    fn from(run: print_run::PrintRun) -> PrintRun {
        PrintRun {
            id: run.id,
            cycle: run.wish.cycle.to_string(),
            station: run.wish.station,
            book: run.wish.book,
            language: run.wish.language.word().into(),
            asked_by: run.asked_by,
            asked_on: run.asked_on.to_string(),
            bills: run.bills,
            printed_bills: run.printed_bills,
            printed_files: run.printed_files,
            left: run.left,
            state: run.state,
        }
    }
}

/// A file of a print run.
#[derive(Serialize, ToSchema)]
struct PrintFile {
    #[schema(example = 1)]
    number: i64,
    /// How many bills it holds; 0 until it is printed.
    #[schema(example = 100)]
    bills: u64,
    #[schema(example = "20160800000001")]
    first_bill: String,
    #[schema(example = "20160800000100")]
    last_bill: String,
    #[schema(example = 1060874)]
    bytes: u64,
    /// SHA-256 of the file; null until it is printed.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: Option<String>,
}

impl From<print_run::PrintFile> for PrintFile {
    fn from(file: print_run::PrintFile) -> PrintFile {
        PrintFile {
            number: file.number,
            bills: file.bills,
            first_bill: file.first,
            last_bill: file.last,
            bytes: file.bytes,
            digest: file.digest,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// `next` of the page before; absent for the newest.
    before: Option<Uuid>,
    /// 1 to 200 runs.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Print runs, the newest first. Needs `bill.print`.
#[utoipa::path(get, path = "/api/print-runs", tag = "print", operation_id = "list_print_runs", params(RunsQuery), responses(
    (status = 200, description = "a page of runs over the stations that you may see", body = Page<PrintRun>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<Page<PrintRun>>> {
    let limit = page::limit(query.limit)?;
    let tx = house.db.read().await?;
    let runs = print_run::page(&tx, &ctx, query.before, limit).await?;
    let runs = runs.into_iter().map(PrintRun::from).collect();
    Ok(Json(Page::of(runs, limit, |run: &PrintRun| run.id.to_string())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrintWish {
    /// The bills of this month.
    #[schema(example = "2016-08")]
    cycle: String,
    /// Only those of this station.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// Only those of this reading book.
    #[schema(example = json!(null))]
    book: Option<String>,
    /// `zh`, which is also the default, or `en`.
    #[schema(example = "zh")]
    language: Option<String>,
}

impl PrintWish {
    fn read(self) -> Result<print_run::Wish> {
        let language = self.language.as_deref().unwrap_or("zh");
        let language = PaperLanguage::from_word(language).ok_or_else(|| {
            Refusal::invalid("language.unknown", "语言应为 zh 或 en", "the language is zh or en").at("language")
        })?;
        Ok(print_run::Wish {
            cycle: input::month(&self.cycle, "cycle")?,
            station: self.station,
            book: self.book,
            language,
        })
    }
}

/// Prints the issued bills of a month, of a station or of a book, as long work: `print.nothing` when
/// there are none. Needs `bill.print` over the scope, and `work.own`.
#[utoipa::path(post, path = "/api/print-runs", tag = "print", operation_id = "ask_print_run",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = PrintWish,
    responses((status = 200, description = "the run, queued; written in the journal", body = PrintRun), Reading, Finding, Acting))]
async fn ask(act: Act<PrintWish>) -> Answer<Response> {
    act.once(PRINT, async |tx, ctx, wish| {
        let run = print_run::ask(tx, ctx, &wish.read()?).await?;
        Ok((StatusCode::OK, PrintRun::from(run)))
    })
    .await
}

/// One print run. Needs `bill.print`.
#[utoipa::path(get, path = "/api/print-runs/{id}", tag = "print", operation_id = "get_print_run",
    params(("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000")),
    responses((status = 200, description = "the run", body = PrintRun), Reading, Finding))]
async fn show(State(house): State<House>, SignedIn(ctx): SignedIn, Path(id): Path<Uuid>) -> Answer<Json<PrintRun>> {
    let tx = house.db.read().await?;
    Ok(Json(print_run::find(&tx, &ctx, id).await?.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilesQuery {
    /// `next` of the page before; absent for the first.
    #[param(example = "100")]
    after: Option<String>,
    /// 1 to 200 files.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The files of a print run, in order of books and supply numbers. Needs `bill.print`.
#[utoipa::path(get, path = "/api/print-runs/{id}/files", tag = "print", operation_id = "list_print_files",
    params(("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000"), FilesQuery),
    responses(
        (status = 200, description = "a page of files", body = Page<PrintFile>),
        (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn files(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<FilesQuery>,
) -> Answer<Json<Page<PrintFile>>> {
    let limit = page::limit(query.limit)?;
    let after = query.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let tx = house.db.read().await?;
    let files = print_run::files(&tx, &ctx, id, after, limit).await?;
    let files = files.into_iter().map(PrintFile::from).collect();
    Ok(Json(Page::of(files, limit, |file: &PrintFile| file.number.to_string())))
}

/// A printed file. Needs `bill.print`; the journal notes who took it.
#[utoipa::path(get, path = "/api/print-runs/{id}/files/{file}", tag = "print", operation_id = "get_print_file",
    params(
        ("id" = Uuid, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("file" = String, Path, description = "its number with the ending `.pdf`", example = "1.pdf"),
    ),
    responses((status = 200, description = "the file", content_type = "application/pdf", body = Vec<u8>), Reading, Finding))]
async fn fetch(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path((id, file)): Path<(Uuid, String)>,
) -> Answer<Response> {
    let number = file.strip_suffix(".pdf").and_then(|number| number.parse().ok()).unwrap_or(0);
    let tx = house.db.read().await?;
    let pdf = print_run::file(&tx, &ctx, &house, id, number).await?;
    tx.rollback().await?;
    let tx = house.db.write().await?;
    print_run::note_fetch(&tx, &ctx, id, number).await?;
    tx.commit().await?;
    Ok((download::attachment(&format!("bills-{id}-{number}.pdf"), download::PDF), pdf).into_response())
}
