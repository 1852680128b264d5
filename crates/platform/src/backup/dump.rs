//! Making a back-up while the bureau works.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use kernel::Refusal;

use super::files;
use super::format::{Block, Header, Trailer};
use super::stream::{BLOCK, Sink, Written};
use super::{KEEP, LEFT_OUT, MADE, SUBJECT, Teller};
use crate::db::{Param, Place, Table, unfinished};
use crate::journal::{self, Entry};
use crate::{Ctx, Fault, House, Result, Tx};

/// A back-up that lies there whole.
#[derive(Debug)]
pub struct Made {
    pub trailer: Trailer,
    pub bytes: u64,
    pub digest: String,
    /// Packs that are not in it, because they lie outside of the data directory.
    pub packs_elsewhere: Option<PathBuf>,
}

/// Writes a back-up to `target`, which is there when it is whole, and puts on record that it was made.
pub async fn make(house: &House, ctx: &Ctx, target: &Path, force: bool, teller: &mut dyn Teller) -> Result<Made> {
    ctx.require_everywhere(KEEP)?;
    match house.db.place().await? {
        Place::Empty => return Err(nothing().into()),
        Place::Unfinished => return Err(unfinished().into()),
        Place::Taken => {}
    }
    let part = Part::beside(target, force)?;
    let tx = house.db.read().await?;
    let header = header(house, ctx, &tx).await?;
    let sink = Sink::to(part.file.try_clone()?, header.clone());
    let poured = pour(house, &tx, &header, &sink, teller).await;
    // What hindered the writing is the cause of what hindered the pouring.
    let written = sink.end().await.map_err(|error| unwritable(target, &error))?;
    let counts = poured?;
    if counts != written.trailer.rows {
        return Err(Fault::impossible("a page of a table was lost or read twice"));
    }
    tx.rollback().await?;
    let Written { bytes, digest, trailer, .. } = written;
    part.into_place(target, force)?;
    let made = Made { trailer, bytes, digest, packs_elsewhere: files::packs_elsewhere(&house.data, &house.config) };
    note(house, ctx, target, &made).await?;
    Ok(made)
}

async fn header(house: &House, ctx: &Ctx, tx: &Tx) -> Result<Header> {
    Ok(Header {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: ctx.now,
        bureau: house.config.company.name.clone(),
        engine: house.db.engine().name().to_owned(),
        steps: tx.schema_steps().await?,
        tables: tx.tables().await?,
        left_out: LEFT_OUT.iter().map(|(name, _)| (*name).to_owned()).collect(),
    })
}

/// Sends everything to `sink`, and tells how many rows each table has by its own count.
async fn pour(
    house: &House,
    tx: &Tx,
    header: &Header,
    sink: &Sink,
    teller: &mut dyn Teller,
) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    // First, while the files still are as the view saw them: what was given to work goes when the work is done.
    if !files::put(&house.data, &house.config, sink, teller).await? {
        return Ok(counts);
    }
    for (at, table) in header.tables.iter().enumerate() {
        if header.left_out.contains(&table.name) {
            continue;
        }
        let count = tx.count_of(table).await?;
        if count > 0 {
            counts.insert(table.name.clone(), count);
        }
        let told = |done| teller.tell(&table.name, done, count);
        if !pour_table(tx, at, table, sink, told).await? {
            return Ok(counts);
        }
    }
    Ok(counts)
}

const FIRST_PAGE: u32 = 100;
const LARGEST_PAGE: usize = 4000;

/// Page by page; how many rows make a page, the page before tells. False when nobody takes them any more.
async fn pour_table(
    tx: &Tx,
    at: usize,
    table: &Table,
    sink: &Sink,
    mut told: impl FnMut(u64) -> Result<()>,
) -> Result<bool> {
    let (mut scan, mut limit, mut done) = (tx.scan(table).await?, FIRST_PAGE, 0);
    loop {
        let rows = scan.next(limit).await?;
        if rows.is_empty() {
            return Ok(true);
        }
        let (count, size) = (rows.len(), rows.iter().flatten().map(weight).sum::<usize>().max(1));
        let is_last = count < limit as usize;
        limit = u32::try_from((count * BLOCK / size).clamp(1, LARGEST_PAGE)).unwrap_or(FIRST_PAGE);
        if !sink.put(Block::Rows { table: at, rows }).await {
            return Ok(false);
        }
        done += count as u64;
        told(done)?;
        if is_last {
            return Ok(true);
        }
    }
}

fn weight(param: &Param) -> usize {
    match param {
        Param::Text(Some(text)) => text.len() + 2,
        _ => 8,
    }
}

/// That everything leaves the house is an act.
async fn note(house: &House, ctx: &Ctx, target: &Path, made: &Made) -> Result<()> {
    let tx = house.db.write().await?;
    let rows: u64 = made.trailer.rows.values().sum();
    let detail = serde_json::json!({
        "digest": made.digest, "made_at": ctx.now.to_string(), "rows": rows, "files": made.trailer.files, "bytes": made.bytes,
    });
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let entry = Entry { act: MADE, subject: format!("{SUBJECT}{name}"), reason: None, detail };
    journal::record(&tx, ctx, entry).await?;
    tx.commit().await
}

/// The file while it is not whole; gone when it does not become so.
struct Part {
    path: PathBuf,
    file: File,
    is_whole: bool,
}

impl Part {
    fn beside(target: &Path, force: bool) -> Result<Part> {
        refuse_existing(target, force)?;
        let path = target.with_added_extension("part");
        let opened = File::options().create(true).append(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| unwritable(target, &error))?;
        if file.try_lock().is_err() {
            let (zh, en) = ("另一个进程正在写此备份文件", "another process is writing this back-up");
            return Err(Refusal::conflict("backup.running", zh, en).at("file").into());
        }
        // What a process that was killed left there is nobody's.
        file.set_len(0)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Part { path, file, is_whole: false })
    }

    fn into_place(mut self, target: &Path, force: bool) -> Result<()> {
        refuse_existing(target, force)?;
        std::fs::rename(&self.path, target).map_err(|error| unwritable(target, &error))?;
        self.is_whole = true;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(File::open(folder)?.sync_all()?)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

pub fn nothing() -> Refusal {
    let (zh, en) = (
        "这里没有可备份的数据，请检查 --data 和 --database-url",
        "there is no bureau here to back up: check --data and --database-url",
    );
    Refusal::not_found("backup.nothing", zh, en)
}

fn refuse_existing(target: &Path, force: bool) -> Result<()> {
    if target.is_dir() || target.exists() && !force {
        let shown = target.display();
        let (zh, en) = (
            format!("{shown} 已存在；请换一个文件名，或加 --force 覆盖"),
            format!("{shown} exists: name another file, or overwrite it with --force"),
        );
        return Err(Refusal::conflict("backup.exists", zh, en).at("file").into());
    }
    Ok(())
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Refusal {
    let shown = path.display();
    Refusal::invalid(
        "file.unwritable",
        format!("无法写入 {shown}：{error}"),
        format!("{shown} cannot be written: {error}"),
    )
    .at("file")
}
