//! Every kind of file that can be loaded, one line each, for the command line and the server alike;
//! and loading one over HTTP, as long work.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, Path as UrlPath, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use business::Bureau;
use business::agreement::{AgreementImport, SuspensionImport};
use business::book::BookImport;
use business::debit::DebitResultImport;
use business::grid::AreaImport;
use business::mandate::MandateImport;
use business::metering::MeterImport;
use business::opening::OpeningImport;
use business::payment::PaymentImport;
use business::reading::ReadingImport;
use business::supply::CustomerImport;
use business::terms::TermsImport;
use business::transit::{BankStatementImport, ChannelStatementImport};
use futures_util::future::BoxFuture;
use kernel::Refusal;
use platform::csv::{Columns, Desk, Finding, ImportOptions, Importer, Summary, Verdict, import};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding as NotFound, Reading, SignedIn, Upload, Words, idempotency, upload};
use platform::jobs::Watch;
use platform::long_work::{self, Ask, Counted, Handlers, Kind, Task};
use platform::{Ctx, House, Permission, Result, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub const KINDS: &[FileKind] = &[
    kind("areas", "import.areas", "导入台区", "Import of areas", &Of(|_| AreaImport)),
    kind("books", "import.books", "导入抄表段", "Import of reading books", &Of(|_| BookImport)),
    kind(
        "customers",
        "import.customers",
        "导入客户档案",
        "Import of customers",
        &Of(|bureau| CustomerImport { tariffs: bureau.tariffs.clone() }),
    ),
    kind(
        "channel-statement",
        "import.channel-statement",
        "导入渠道对账单",
        "Import of a channel's statement",
        &Of(|bureau| ChannelStatementImport::new(bureau.house.clone())),
    ),
    kind(
        "bank-statement",
        "import.bank-statement",
        "导入银行对账单",
        "Import of a bank statement",
        &Of(|bureau| BankStatementImport { house: bureau.house.clone() }),
    ),
    kind(
        "mandates",
        "import.mandates",
        "导入代扣协议",
        "Import of mandates",
        &Of(|bureau| MandateImport { packs: Arc::clone(&bureau.house.packs) }),
    ),
    kind(
        "debit-results",
        "import.debit-results",
        "导入银行代扣回盘",
        "Import of a bank's answers to debits",
        &Of(|bureau| DebitResultImport { house: bureau.house.clone() }),
    ),
    kind("meters", "import.meters", "导入电能表", "Import of meters", &Of(|_| MeterImport)),
    kind(
        "agreements",
        "import.agreements",
        "导入供用电合同约定",
        "Import of supply agreements",
        &Of(|_| AgreementImport),
    ),
    kind("suspensions", "import.suspensions", "导入暂停", "Import of suspensions", &Of(|_| SuspensionImport)),
    kind(
        "terms",
        "import.terms",
        "导入计价条件变更",
        "Import of changed terms",
        &Of(|bureau| TermsImport { tariffs: bureau.tariffs.clone() }),
    ),
    kind("openings", "import.openings", "导入期初", "Import of openings", &Of(|_| OpeningImport)),
    kind(
        "readings",
        "import.readings",
        "导入抄表读数",
        "Import of readings",
        &Of(|bureau| ReadingImport { packs: Arc::clone(&bureau.house.packs) }),
    ),
    kind(
        "payments",
        "import.payments",
        "导入收费",
        "Import of payments",
        &Of(|bureau| PaymentImport { house: bureau.house.clone() }),
    ),
];

/// A kind of file.
#[derive(Clone, Copy)]
pub struct FileKind {
    /// The word on the command line and in the address.
    pub name: &'static str,
    pub work: Kind,
    importer: &'static dyn Loads,
}

const fn kind(
    name: &'static str,
    work: &'static str,
    zh: &'static str,
    en: &'static str,
    importer: &'static dyn Loads,
) -> FileKind {
    FileKind { name, work: Kind { name: work, zh, en, counted: Counted::Rows }, importer }
}

impl FileKind {
    pub fn named(name: &str) -> Option<&'static FileKind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// What whoever loads it must hold.
    pub fn right(&self) -> Permission {
        self.importer.right()
    }

    pub async fn load(
        &self,
        bureau: &Bureau,
        ctx: &Ctx,
        path: &Path,
        options: ImportOptions,
        desk: &mut Desk<'_>,
    ) -> Result<Summary> {
        self.importer.load(bureau, ctx, path, options, desk).await
    }
}

/// How to make an importer of a bureau.
struct Of<I>(fn(&Bureau) -> I);

/// An importer whose type is forgotten, so that all stand in one table.
trait Loads: Sync {
    fn right(&self) -> Permission;

    fn columns(&self) -> Columns;

    fn load<'a>(
        &'a self,
        bureau: &'a Bureau,
        ctx: &'a Ctx,
        path: &'a Path,
        options: ImportOptions,
        desk: &'a mut Desk<'_>,
    ) -> BoxFuture<'a, Result<Summary>>;
}

impl<I: Importer + Send> Loads for Of<I> {
    fn right(&self) -> Permission {
        I::RIGHT
    }

    fn columns(&self) -> Columns {
        I::COLUMNS
    }

    fn load<'a>(
        &'a self,
        bureau: &'a Bureau,
        ctx: &'a Ctx,
        path: &'a Path,
        options: ImportOptions,
        desk: &'a mut Desk<'_>,
    ) -> BoxFuture<'a, Result<Summary>> {
        Box::pin(async move { import(&(self.0)(bureau), &bureau.house.db, ctx, path, options, desk).await })
    }
}

/// Larger files are better split: an import is repeated as a whole.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Findings that the work itself shows; all are in its report.
const SHOWN: usize = 200;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(begin))
}

/// A kind of file that can be loaded.
#[derive(Serialize, ToSchema)]
struct ImportKind {
    #[schema(example = "readings")]
    name: String,
    /// Its work in words.
    label: Words,
    /// What whoever loads it must hold.
    #[schema(example = "reading.import")]
    right: String,
    /// Columns that the file must have.
    #[schema(example = json!(["meter_no", "read_on", "register", "value", "kind"]))]
    required: Vec<String>,
    /// Columns that it may have.
    #[schema(example = json!([]))]
    optional: Vec<String>,
}

impl From<&FileKind> for ImportKind {
    fn from(kind: &FileKind) -> ImportKind {
        let Columns { required, optional } = kind.importer.columns();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ImportKind {
            name: kind.name.into(),
            label: kind.work.label().into(),
            right: kind.right().0.into(),
            required: owned(required),
            optional: owned(optional),
        }
    }
}

/// The kinds of files that can be loaded, with their columns. Needs `work.own`.
#[utoipa::path(get, path = "/api/imports", tag = "work", operation_id = "list_import_kinds", responses(
    (status = 200, description = "all kinds, whether or not you hold their rights", body = Vec<ImportKind>), Reading,
))]
async fn list(SignedIn(ctx): SignedIn) -> Answer<Json<Vec<ImportKind>>> {
    ctx.require(long_work::OWN)?;
    Ok(Json(KINDS.iter().map(ImportKind::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Say what would happen, change nothing.
    #[param(example = true)]
    dry_run: Option<bool>,
    /// Load every row or none.
    #[param(example = false)]
    all_or_nothing: Option<bool>,
    /// What the file is called where it comes from.
    #[param(example = "readings.csv")]
    name: Option<String>,
}

/// What an import has to know; it lies beside the file.
#[derive(Serialize, Deserialize)]
struct Params {
    file: String,
    sha256: String,
    bytes: u64,
    dry_run: bool,
    all_or_nothing: bool,
}

/// Loads a CSV file (UTF-8 or GBK, at most 64 MiB) as long work: `areas`, `books`, `customers`, `meters`,
/// `openings`, `readings` and the other kinds of `gridhall import`. Its outcome has the summary and the
/// first 200 findings, its report all of them. Needs the right of the kind, and `work.own`.
#[utoipa::path(post, path = "/api/imports/{kind}", tag = "work", operation_id = "import_file",
    params(
        ("kind" = String, Path, example = "readings"), ImportQuery,
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body(content = String, content_type = "text/csv", description = "the file as it is"),
    responses(
        (status = 202, description = "the work, queued; written in the journal", body = long_work::api::Work),
        (status = 413, description = "`file.too-large`: more than 64 MiB", body = Problem, content_type = "application/problem+json"),
        Reading, NotFound, Acting,
    ))]
async fn begin(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    SignedIn(ctx): SignedIn,
    UrlPath(name): UrlPath<String>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Answer<Response> {
    // The right before the body: a stranger shall not fill the disk.
    ctx.require(long_work::OWN)?;
    let kind = FileKind::named(&name).ok_or_else(|| unknown(&name))?;
    let scope = ctx.require(kind.right())?;
    let (parts, body) = request.into_parts();
    idempotency::require_key(&parts.headers)?;
    let arrived = Upload::receive(&long_work::arrivals(&house), &ctx, body, LARGEST).await?;
    let told = query.name.as_deref().unwrap_or_default();
    let params = Params {
        file: upload::plain_name(told, &format!("{name}.csv")),
        sha256: arrived.digest.clone(),
        bytes: arrived.bytes,
        dry_run: query.dry_run.unwrap_or(false),
        all_or_nothing: query.all_or_nothing.unwrap_or(false),
    };
    let act = Act::with_upload(house.clone(), ctx, &parts, arrived)?;
    act.once(kind.right(), async |tx, ctx, arrived: Upload| {
        let id = ctx.new_id();
        let ask = Ask {
            kind: kind.work.name,
            subject: params.file.clone(),
            station: single_station(scope),
            params: serde_json::to_value(&params)?,
        };
        let asked = long_work::ask_under(tx, ctx, id, ask).await?;
        // A file without its work is swept; work without its file could not be done.
        arrived.keep(&long_work::folder(&house, id), &params.file)?;
        Ok((StatusCode::ACCEPTED, long_work::api::Work::of(asked, &house, &handlers)?))
    })
    .await
}

/// Where a right reaches over one station alone, the work is that station's.
fn single_station(scope: Scope) -> Option<String> {
    scope.stations().filter(|stations| stations.len() == 1).and_then(|mut stations| stations.pop())
}

fn unknown(name: &str) -> Refusal {
    let known = KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    let (zh, en) =
        (format!("不能导入“{name}”，可用：{known}"), format!("there is no import of \"{name}\", but: {known}"));
    Refusal::not_found("import.unknown", zh, en).at("kind")
}

/// The handlers of all kinds.
pub fn handlers(mut handlers: Handlers, bureau: &Bureau) -> Handlers {
    for kind in KINDS {
        let bureau = bureau.clone();
        handlers = handlers.with(kind.work, move |ctx, task| {
            let bureau = bureau.clone();
            async move { carry_out(kind, &bureau, &ctx, &task).await }
        });
    }
    handlers
}

async fn carry_out(kind: &FileKind, bureau: &Bureau, ctx: &Ctx, task: &Task) -> Result<Value> {
    ctx.require(kind.right())?;
    let params: Params = task.params()?;
    let path = task.file(&params.file);
    if !path.is_file() {
        let (zh, en) = ("文件已过保存期，请重新上传", "the file is no longer kept; send it again");
        return Err(Refusal::not_found("import.file-gone", zh, en).into());
    }
    let mut report = task.report(&["row", "field", "code", "verdict", "message_zh", "message_en"])?;
    let mut shown = Vec::new();
    let mut tell = |finding: &Finding| {
        if shown.len() < SHOWN && finding.verdict != Verdict::Unchanged {
            shown.push(shown_finding(finding));
        }
        let (row, verdict) = (finding.row.to_string(), verdict(finding.verdict));
        report.line(&[&row, &finding.field, finding.code, verdict, &finding.message.zh, &finding.message.en])
    };
    let mut watch = Counting { watch: Box::new(task.watch()), of: rows(&path)? };
    let mut desk = Desk { report: &mut tell, watch: &mut watch };
    let options = ImportOptions { dry_run: params.dry_run, all_or_nothing: params.all_or_nothing };
    let summary = kind.load(bureau, ctx, &path, options, &mut desk).await?;
    let lines = report.lines();
    report.end()?;
    let Summary { loaded, unchanged, doubtful, refused, kept } = summary;
    Ok(json!({
        "loaded": loaded, "unchanged": unchanged, "doubtful": doubtful, "refused": refused, "kept": kept,
        "dry_run": params.dry_run, "findings": shown, "findings_in_report": lines,
    }))
}

/// A watch that knows of how many rows the file is.
struct Counting {
    watch: Box<dyn Watch>,
    of: u64,
}

impl Watch for Counting {
    fn progress(&mut self, done: u64, of: Option<u64>) -> Result<()> {
        self.watch.progress(done, of.or(Some(self.of.max(done))))
    }
}

/// The lines of a file but the first: its rows, unless a field holds a line's end.
fn rows(path: &Path) -> Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut lines, mut last) = (0, b'\n');
    loop {
        let piece = file.fill_buf()?;
        let Some(end) = piece.last() else { break };
        lines += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        last = *end;
        let length = piece.len();
        file.consume(length);
    }
    Ok((lines + u64::from(last != b'\n')).saturating_sub(1))
}

fn shown_finding(finding: &Finding) -> Value {
    json!({
        "row": finding.row, "field": finding.field, "code": finding.code, "verdict": verdict(finding.verdict),
        "message": { "zh": finding.message.zh, "en": finding.message.en },
    })
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refused => "refused",
        Verdict::Unchanged => "unchanged",
        Verdict::Doubtful => "doubtful",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_has_a_name_of_its_own_and_its_work_is_named_after_it() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.work.name, format!("import.{}", kind.name));
            assert!(KINDS[..at].iter().all(|other| other.name != kind.name));
            assert_eq!(FileKind::named(kind.name).map(FileKind::right), Some(kind.right()));
        }
        assert!(FileKind::named("bills").is_none());
    }

    #[test]
    fn the_rows_of_a_file_are_its_lines_but_the_first() {
        for (text, expected) in [("", 0), ("a\n", 0), ("a", 0), ("a\n1\n2\n", 2), ("a\r\n1\r\n2", 2)] {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("written");
            assert_eq!(rows(file.path()).expect("readable"), expected, "{text:?}");
        }
    }
}
