//! Mass printing 批量打印: the bills of a month, sorted as they are handed out, in files of pages.
//!
//! ```text
//!   ask ──▶ plan (which bills in which file, once and for all) ──▶ file after file, two at a time ──▶ done
//!                                                     stopped, killed: files that are whole stay
//! ```
//!
//! Files come in the order of books and supply numbers, so that a reader takes his from the top. The
//! plan is made once: a bill that is issued or cancelled meanwhile moves no other to another file.
//!
//! **Invariants.** A file counts as printed when it lies on the disk whole, under the digest on record;
//! whoever resumes looks. Every file has its entry in the journal, which names its bills. A bill that
//! cannot be printed is left out, is named with the reason, and hinders no other.

pub mod api;
mod model;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use kernel::id::Uuid;
use kernel::{Refusal, Text};
use platform::jobs::Watch;
use platform::journal::{self, Entry};
use platform::long_work::{self, Ask, Counted, Kind, Report, Task};
use platform::paper::{Printed, SEATS};
use platform::{Ctx, Fault, House, Result, Tx};
use sha2::{Digest, Sha256};

pub use model::{Left, PrintFile, PrintRun, Wish};
pub use store::MIGRATION;

use crate::Bureau;
use crate::print::{self, PRINT};
use crate::run::{self, RunScope};

pub const KIND: Kind =
    Kind { name: "print.bills", zh: "批量打印账单", en: "printing of bills", counted: Counted::Bills };

/// Bills in one file: what a clerk carries, and a typesetter holds in little memory.
const IN_FILE: usize = 100;
/// Numbers that the plan reads and writes at once.
const PLANNED_AT_ONCE: u32 = 5000;
/// How long files with personal data are kept after they were asked for.
const DAYS_KEPT: i64 = 30;

/// Puts a print run on record; the server begins with it when its turn comes.
pub async fn ask(tx: &Tx, ctx: &Ctx, wish: &Wish) -> Result<PrintRun> {
    let scope = RunScope { station: wish.station.clone(), book: wish.book.clone(), ..RunScope::default() };
    run::require_over(ctx, PRINT, &scope)?;
    run::check_scope(tx, &scope).await?;
    let bills = store::count(tx, wish).await?;
    if bills == 0 {
        let (zh, en) = (
            format!("{} 在此范围内没有已发行的账单", wish.cycle),
            format!("no bill of {} is issued in this scope", wish.cycle),
        );
        return Err(Refusal::not_found("print.nothing", zh, en).at("cycle").into());
    }
    let id = ctx.new_id();
    let parts = [Some(wish.cycle.to_string()), wish.station.clone(), wish.book.clone()];
    let subject = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let asked = Ask { kind: KIND.name, subject, station: wish.station.clone(), params: serde_json::json!(wish) };
    long_work::ask_under(tx, ctx, id, asked).await?;
    store::insert(tx, ctx, id, wish, bills).await?;
    find(tx, ctx, id).await
}

/// One print run that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<PrintRun> {
    let stations = ctx.require(PRINT)?.stations();
    store::find(tx, id, stations).await?.ok_or_else(|| unknown(id).into())
}

/// Print runs that the actor may see, the newest first.
pub async fn page(tx: &Tx, ctx: &Ctx, before: Option<Uuid>, limit: u32) -> Result<Vec<PrintRun>> {
    let stations = ctx.require(PRINT)?.stations();
    store::page(tx, stations, before.unwrap_or(Uuid::max()), limit).await
}

/// The files of a run, in order.
pub async fn files(tx: &Tx, ctx: &Ctx, id: Uuid, after: i64, limit: u32) -> Result<Vec<PrintFile>> {
    find(tx, ctx, id).await?;
    store::files(tx, id, after, limit).await
}

/// A printed file, which is whole.
pub async fn file(tx: &Tx, ctx: &Ctx, house: &House, id: Uuid, number: i64) -> Result<Vec<u8>> {
    find(tx, ctx, id).await?;
    let none = || {
        let (zh, en) = ("没有该文件，或尚未打印、已过保存期", "there is no such file, or not yet, or no longer");
        Refusal::not_found("print-file.unknown", zh, en).at("file")
    };
    let file = store::file(tx, id, number).await?.ok_or_else(none)?;
    Ok(whole(&path(&folder(house, id), number), &file).await.ok_or_else(none)?)
}

/// Notes that a file is handed out; it is done before it leaves the house.
pub async fn note_fetch(tx: &Tx, ctx: &Ctx, id: Uuid, number: i64) -> Result<()> {
    ctx.require(PRINT)?;
    let (subject, detail) = (format!("print-run:{id}"), serde_json::json!({ "file": number }));
    journal::record(tx, ctx, Entry { act: "print-run.fetch", subject, reason: None, detail }).await
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::not_found("print-run.unknown", format!("没有打印任务 {id}"), format!("there is no print run {id}"))
        .at("id")
}

fn folder(house: &House, id: Uuid) -> PathBuf {
    house.data.join("prints").join(id.to_string())
}

fn path(folder: &Path, number: i64) -> PathBuf {
    folder.join(format!("{number:05}.pdf"))
}

/// The file, when it lies there as it was printed.
async fn whole(path: &Path, file: &PrintFile) -> Option<Vec<u8>> {
    let (path, digest) = (path.to_owned(), file.digest.clone()?);
    let read = tokio::task::spawn_blocking(move || {
        let pdf = std::fs::read(path).ok()?;
        (kernel::hex(Sha256::digest(&pdf)) == digest).then_some(pdf)
    });
    read.await.ok().flatten()
}

/// Carries a print run out, or what is left of it.
pub async fn carry_out(bureau: Bureau, ctx: Ctx, task: Task) -> Result<serde_json::Value> {
    let house = &bureau.house;
    let wish: Wish = task.params()?;
    let scope = RunScope { station: wish.station.clone(), book: wish.book.clone(), ..RunScope::default() };
    run::require_over(&ctx, PRINT, &scope)?;
    plan(house, &task, &wish).await?;
    let of = store::find(&house.db.read().await?, task.id, None).await?.map(|run| run.bills);
    let folder = folder(house, task.id);
    std::fs::create_dir_all(&folder)?;
    let desk = Arc::new(Desk { house: house.clone(), ctx: ctx.clone(), id: task.id, wish, folder });
    let mut watch = task.watch();
    let mut done = 0;
    let mut after = 0;
    loop {
        let page = store::files(&house.db.read().await?, task.id, after, 200).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        let mut printing =
            stream::iter(page).map(|file| tokio::spawn(Arc::clone(&desk).bring_about(file))).buffered(SEATS);
        while let Some(printed) = printing.next().await {
            done += printed.map_err(|error| Fault::because("printing a file", error))??;
            watch.progress(done, of)?;
        }
    }
    let tx = house.db.read().await?;
    let (files, left) = (store::printed(&tx, task.id).await?, store::left(&tx, task.id).await?);
    tell(&task, &ctx, &left)?;
    Ok(serde_json::json!({ "files": files.0, "bills": files.1, "bytes": files.2, "left": left.len() }))
}

/// What was left out, as a file for people.
fn tell(task: &Task, ctx: &Ctx, left: &[Left]) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let mut report: Report = task.report(&["bill_no", "characters", "text"])?;
    for bill in left {
        report.line(&[&bill.bill_no, &bill.characters, &bill.text])?;
    }
    report.end()?;
    let count = left.len();
    let (zh, en) = (
        format!("{count} 张账单含有字体没有的字，未打印，见报告"),
        format!("{count} bills hold characters that no font has and were left out; see the report"),
    );
    task.say(ctx, Text::new(zh, en));
    Ok(())
}

/// Decides once which bills lie in which file.
async fn plan(house: &House, task: &Task, wish: &Wish) -> Result<()> {
    if store::is_planned(&house.db.read().await?, task.id).await? {
        return Ok(());
    }
    let tx = house.db.write().await?;
    store::forget_files(&tx, task.id).await?;
    tx.commit().await?;
    let mut after = (String::new(), String::new(), String::new());
    let (mut number, mut watch) = (0, task.watch());
    loop {
        // A multiple of what a file holds, so that only the last file is smaller.
        let page = store::in_order(&house.db.read().await?, wish, &after, PLANNED_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.clone();
        let tx = house.db.write().await?;
        for bills in page.chunks(IN_FILE) {
            number += 1;
            let numbers: Vec<&str> = bills.iter().map(|(.., bill_no)| bill_no.as_str()).collect();
            store::insert_file(&tx, task.id, number, &numbers).await?;
        }
        tx.commit().await?;
        watch.progress(0, None)?;
    }
    let tx = house.db.write().await?;
    store::set_planned(&tx, task.id).await?;
    tx.commit().await
}

struct Desk {
    house: House,
    ctx: Ctx,
    id: Uuid,
    wish: Wish,
    folder: PathBuf,
}

impl Desk {
    /// Prints a file unless it is there whole. Returns how many bills are dealt with.
    async fn bring_about(self: Arc<Self>, file: PrintFile) -> Result<u64> {
        let path = path(&self.folder, file.number);
        if file.digest.is_some() && (file.bills == 0 || whole(&path, &file).await.is_some()) {
            return Ok(file.planned);
        }
        let tx = self.house.db.read().await?;
        let numbers = store::bills_of(&tx, self.id, file.number).await?;
        let title = format!("{} {}", self.wish.cycle, file.number);
        let mut order = print::bills_paper(&tx, &self.ctx, &self.house, &numbers, self.wish.language, title).await?;
        tx.rollback().await?;
        let mut left = Vec::new();
        let pdf = loop {
            if order.sheets.is_empty() {
                break Vec::new();
            }
            match self.house.press.try_print(&order).await? {
                Printed::Pdf(pdf) => break pdf,
                Printed::Uncovered(sheets) => {
                    let before = order.sheets.len();
                    order.sheets.retain(|sheet| sheets.iter().all(|bare| bare.number != sheet.number()));
                    if order.sheets.len() == before {
                        // It is in what all sheets share: nothing can be printed.
                        let first = sheets.first().ok_or_else(|| Fault::impossible("a refusal of nothing"))?;
                        return Err(first.refusal().into());
                    }
                    left.extend(sheets.into_iter().map(|sheet| Left {
                        bill_no: sheet.number,
                        characters: sheet.characters,
                        text: sheet.text,
                    }));
                }
            }
        };
        let printed = PrintFile {
            bills: order.sheets.len() as u64,
            bytes: pdf.len() as u64,
            digest: Some(kernel::hex(Sha256::digest(&pdf))),
            ..file
        };
        let planned = printed.planned;
        put(path, pdf).await?;
        self.note(&printed, &numbers, &left).await?;
        Ok(planned)
    }

    async fn note(&self, file: &PrintFile, numbers: &[String], left: &[Left]) -> Result<()> {
        let ctx = self.house.ctx(self.ctx.actor.clone(), self.ctx.rights().clone());
        let tx = self.house.db.write().await?;
        store::note_file(&tx, self.id, file, left).await?;
        let detail = serde_json::json!({
            "file": file.number, "bills": file.bills, "left": left.len(), "first": numbers.first(), "last": numbers.last(),
            "numbers": kernel::hex(Sha256::digest(numbers.join(";"))), "digest": file.digest,
        });
        let subject = format!("print-run:{}", self.id);
        journal::record(&tx, &ctx, Entry { act: PRINT.0, subject, reason: None, detail }).await?;
        tx.commit().await
    }
}

/// Writes a file beside its place and then into it, so that it is there whole or not at all.
async fn put(path: PathBuf, pdf: Vec<u8>) -> Result<()> {
    let write = move || -> std::io::Result<()> {
        let part = path.with_extension("part");
        std::fs::write(&part, &pdf)?;
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, &path)
    };
    let written = tokio::task::spawn_blocking(write).await.map_err(|error| Fault::because("a printed file", error))?;
    Ok(written?)
}

/// Removes the files of runs that were asked for long ago; the record of them stays.
pub async fn sweep(house: &House) -> Result<u64> {
    let Ok(entries) = std::fs::read_dir(house.data.join("prints")) else { return Ok(0) };
    let (tx, today) = (house.db.read().await?, house.system().today);
    let mut swept = 0;
    for entry in entries {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok()) else { continue };
        let run = store::find(&tx, id, None).await?;
        if run.is_none_or(|run| kernel::time::days_between(run.asked_on, today) > DAYS_KEPT) {
            std::fs::remove_dir_all(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}
