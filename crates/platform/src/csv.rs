//! Files from outside: CSV in UTF-8 (with or without a byte order mark) or GBK, loaded in chunks,
//! with a report of every row that was not simply loaded.
//!
//! A row's number is the one that a spreadsheet shows: the header is row 1.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Encoding, GB18030, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;
use kernel::{Refusal, Text};
use sha2::{Digest, Sha256};

use crate::db::Filled;
use crate::jobs::{Job, Watch};
use crate::journal::{self, Entry};
use crate::{Ctx, Db, Fault, Permission, Result, Tx};

/// The columns of a kind of file.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
}

impl Columns {
    fn at(&self, name: &str) -> Option<usize> {
        self.required.iter().chain(self.optional).position(|known| *known == name)
    }

    fn count(&self) -> usize {
        self.required.len() + self.optional.len()
    }
}

/// One row, its fields trimmed and found by name.
#[derive(Debug, Clone)]
pub struct Record {
    pub row: u64,
    columns: Columns,
    fields: Vec<String>,
}

impl Record {
    /// A row that came otherwise than in a file, so that it is judged by the same rules; a field
    /// without a column of that name is left out.
    pub fn of(columns: Columns, given: &[(&str, &str)]) -> Record {
        let mut fields = vec![String::new(); columns.count()];
        for (name, value) in given {
            if let Some(at) = columns.at(name) {
                value.trim().clone_into(&mut fields[at]);
            }
        }
        Record { row: 1, columns, fields }
    }

    /// The field, empty where the file leaves it out.
    pub fn field(&self, name: &str) -> &str {
        self.columns.at(name).and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    pub fn is_empty(&self, name: &str) -> bool {
        self.field(name).is_empty()
    }
}

/// A note in the report about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub row: u64,
    pub field: String,
    pub code: &'static str,
    pub message: Text,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not loaded.
    Refused,
    /// Known already, equal in everything.
    Unchanged,
    /// Loaded; a person should look.
    Doubtful,
}

impl Finding {
    pub fn refused(row: u64, refusal: Refusal) -> Finding {
        Finding {
            row,
            field: refusal.field.unwrap_or_default(),
            code: refusal.code,
            message: refusal.text,
            verdict: Verdict::Refused,
        }
    }

    pub fn unchanged(row: u64) -> Finding {
        let message = Text::new("与已有记录相同", "equal to what is on record");
        Finding { row, field: String::new(), code: "unchanged", message, verdict: Verdict::Unchanged }
    }

    pub fn doubtful(row: u64, field: &str, code: &'static str, message: Text) -> Finding {
        Finding { row, field: field.to_owned(), code, message, verdict: Verdict::Doubtful }
    }
}

/// A known key with other content: what is on record stays.
pub fn conflict(field: &str, known: &str, given: &str) -> Refusal {
    Refusal::conflict(
        "conflict",
        format!("与已有记录不符：已有“{known}”，文件为“{given}”；请更正文件，或按业务流程变更"),
        format!("differs from what is on record: known \"{known}\", given \"{given}\"; correct the file, or change the record by its process"),
    )
    .at(field)
}

/// What a chunk of rows came to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub loaded: u64,
    /// The keys of what the loaded rows changed, where somebody follows their changes; the journal
    /// keeps them.
    pub touched: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Each row judged in turn: new, None where it is on record and equal, or refused. Gives what is new.
    pub fn of<T>(
        records: &[Record],
        mut judge: impl FnMut(&Record) -> Result<Option<T>, Refusal>,
    ) -> (Vec<T>, Outcome) {
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in records {
            match judge(record) {
                Ok(Some(read)) => {
                    new.push(read);
                    outcome.loaded += 1;
                }
                Ok(None) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        (new, outcome)
    }
}

/// A kind of file that can be loaded.
pub trait Importer: Sync {
    /// The word on the command line.
    const KIND: &'static str;
    const COLUMNS: Columns;
    /// What whoever loads it must hold.
    const RIGHT: Permission;

    /// Loads `records` within `tx`. Rows that are refused change nothing.
    fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> impl Future<Output = Result<Outcome>> + Send;
}

#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Say what would happen, change nothing.
    pub dry_run: bool,
    /// Load every row or none.
    pub all_or_nothing: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub loaded: u64,
    pub unchanged: u64,
    pub doubtful: u64,
    pub refused: u64,
    /// Whether what was loaded is on record: not after a dry run, nor after a refusal of all.
    pub kept: bool,
}

/// Rows in one transaction: few enough that others get their turn within a moment.
const CHUNK: usize = 1000;

/// Loads the file at `path`, telling `report` of every finding.
///
/// Each chunk is one transaction with its own journal entry, and is reported when it is durable, so
/// that a killed import has lost nothing that it reported and can simply be repeated. A dry run,
/// and a load of all or nothing, is one transaction over the whole file: only so can later rows be
/// judged by earlier ones.
pub async fn import<I: Importer>(
    importer: &I,
    db: &Db,
    ctx: &Ctx,
    path: &Path,
    options: ImportOptions,
    desk: &mut Desk<'_>,
) -> Result<Summary> {
    let job = Job::claim(db, &format!("import {}", I::KIND)).await?;
    let mut filled = Filled::default();
    let outcome = import_claimed(importer, db, ctx, path, options, desk, &mut filled).await;
    // However it ended: what is durable shall be found fast. It stays loaded where that does not go well.
    if let Err(error) = db.count_anew(&filled).await {
        tracing::warn!(%error, kind = I::KIND, "the tables that were filled are not counted yet");
    }
    job.end(outcome).await
}

async fn import_claimed<I: Importer>(
    importer: &I,
    db: &Db,
    ctx: &Ctx,
    path: &Path,
    options: ImportOptions,
    desk: &mut Desk<'_>,
    filled: &mut Filled,
) -> Result<Summary> {
    let mut file = CsvFile::open(path, I::COLUMNS)?;
    let mut summary = Summary::default();
    if let Err(findings) = &file.header {
        summary.refused = findings.len() as u64;
        return findings.iter().try_for_each(|finding| (desk.report)(finding)).map(|()| summary);
    }
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let whole = if options.dry_run || options.all_or_nothing { Some(db.write().await?) } else { None };
    while let Some(chunk) = file.chunk()? {
        let own = if whole.is_none() { Some(db.write().await?) } else { None };
        let Some(tx) = whole.as_ref().or(own.as_ref()) else {
            break;
        };
        let (loaded, findings) = load_chunk(importer, tx, ctx, &name, chunk).await?;
        if let Some(own) = own {
            keep(own, filled).await?;
        }
        summary.add(loaded, &findings);
        findings.iter().try_for_each(|finding| (desk.report)(finding))?;
        desk.watch.progress(file.row - 1, None)?;
    }
    summary.kept = !options.dry_run && (summary.refused == 0 || !options.all_or_nothing);
    match whole {
        Some(tx) if summary.kept => keep(tx, filled).await?,
        Some(tx) => tx.rollback().await?,
        None => {}
    }
    Ok(summary)
}

async fn keep(tx: Tx, filled: &mut Filled) -> Result<()> {
    let more = tx.filled();
    tx.commit().await?;
    filled.add(more);
    Ok(())
}

/// Where the findings and the progress of an import go.
pub struct Desk<'a> {
    pub report: &'a mut (dyn FnMut(&Finding) -> Result<()> + Send),
    pub watch: &'a mut dyn Watch,
}

impl Summary {
    fn add(&mut self, loaded: u64, findings: &[Finding]) {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
        self.loaded += loaded;
        self.unchanged += count(Verdict::Unchanged);
        self.doubtful += count(Verdict::Doubtful);
        self.refused += count(Verdict::Refused);
    }
}

async fn load_chunk<I: Importer>(
    importer: &I,
    tx: &Tx,
    ctx: &Ctx,
    file: &str,
    chunk: Chunk,
) -> Result<(u64, Vec<Finding>)> {
    let mut findings = chunk.findings;
    let outcome = importer.load(tx, ctx, chunk.records).await?;
    findings.extend(outcome.findings);
    findings.sort_by_key(|finding| finding.row);
    if outcome.loaded > 0 {
        let mut detail =
            serde_json::json!({ "file": file, "rows": chunk.rows, "loaded": outcome.loaded, "sha256": chunk.digest });
        if !outcome.touched.is_empty() {
            detail["touched"] = outcome.touched.into();
        }
        let act = format!("import.{}", I::KIND);
        journal::record(tx, ctx, Entry { act: &act, subject: format!("import:{}", I::KIND), reason: None, detail })
            .await?;
    }
    Ok((outcome.loaded, findings))
}

/// Some rows of a file, those that are no rows at all already found out.
struct Chunk {
    records: Vec<Record>,
    findings: Vec<Finding>,
    /// First and last row.
    rows: (u64, u64),
    digest: String,
}

struct CsvFile {
    reader: csv::Reader<Box<dyn Read + Send>>,
    columns: Columns,
    /// For each column of the file, which of [`Columns`] it is; or what is wrong with the header.
    header: std::result::Result<Vec<usize>, Vec<Finding>>,
    /// The row read last.
    row: u64,
    /// Line ends within quoted fields so far: to a spreadsheet they begin no row.
    inner_lines: u64,
}

impl CsvFile {
    fn open(path: &Path, columns: Columns) -> Result<CsvFile> {
        let text = decoded(path)?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut names = csv::StringRecord::new();
        reader.read_record(&mut names).map_err(|error| unreadable(path, &error))?;
        let header = read_header(&names, columns);
        let inner_lines = line_ends(&names);
        Ok(CsvFile { reader, columns, header, row: 1, inner_lines })
    }

    fn chunk(&mut self) -> Result<Option<Chunk>> {
        let Ok(order) = &self.header else {
            return Ok(None);
        };
        let mut chunk = Chunk {
            records: Vec::with_capacity(CHUNK),
            findings: Vec::new(),
            rows: (self.row + 1, self.row),
            digest: String::new(),
        };
        let mut hash = Sha256::new();
        let mut raw = csv::StringRecord::new();
        while chunk.records.len() + chunk.findings.len() < CHUNK {
            let more = self.reader.read_record(&mut raw).map_err(|error| Fault::because("reading the file", error))?;
            if !more {
                break;
            }
            self.inner_lines += line_ends(&raw);
            // The reader stands at the line after the record: empty lines, which it skips, are counted.
            self.row = self.reader.position().line() - 1 - self.inner_lines;
            if raw.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            raw.iter().for_each(|field| {
                hash.update(field.as_bytes());
                hash.update([0x1f]);
            });
            hash.update([0x1e]);
            if raw.len() != order.len() {
                chunk.findings.push(wrong_length(self.row, raw.len(), order.len()));
                continue;
            }
            let mut fields = vec![String::new(); self.columns.count()];
            for (at, field) in order.iter().zip(raw.iter()) {
                field.trim().clone_into(&mut fields[*at]);
            }
            chunk.records.push(Record { row: self.row, columns: self.columns, fields });
        }
        chunk.rows.1 = self.row;
        chunk.digest = kernel::hex(hash.finalize());
        Ok((!chunk.records.is_empty() || !chunk.findings.is_empty()).then_some(chunk))
    }
}

fn line_ends(record: &csv::StringRecord) -> u64 {
    record.iter().map(|field| field.matches('\n').count() as u64).sum()
}

/// Text whose lines all end in `\n` alone, the last one too, so that lines can be counted.
struct PlainLines<R>(R);

impl<R: Read> Read for PlainLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            let mut kept = 0;
            for at in 0..read {
                if buffer[at] != b'\r' {
                    buffer[kept] = buffer[at];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

fn wrong_length(row: u64, found: usize, expected: usize) -> Finding {
    let refusal = Refusal::invalid(
        "row.length",
        format!("该行有 {found} 个字段，表头有 {expected} 个"),
        format!("this row has {found} fields, the header has {expected}"),
    );
    Finding::refused(row, refusal)
}

fn read_header(names: &csv::StringRecord, columns: Columns) -> std::result::Result<Vec<usize>, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut wrong = |name: &str, code, zh: &str, en: &str| {
        findings.push(Finding::refused(1, Refusal::invalid(code, zh.to_owned(), en.to_owned()).at(name)));
    };
    let mut order = Vec::with_capacity(names.len());
    for name in names.iter().map(str::trim) {
        match columns.at(name) {
            None => wrong(
                name,
                "column.unknown",
                "未知的列，请删除或更正列名",
                "unknown column: remove it or correct its name",
            ),
            Some(at) if order.contains(&at) => wrong(name, "column.twice", "该列出现两次", "this column occurs twice"),
            Some(at) => order.push(at),
        }
    }
    for name in columns.required {
        if !names.iter().any(|given| given.trim() == *name) {
            wrong(name, "column.missing", "缺少该列", "this column is missing");
        }
    }
    if findings.is_empty() { Ok(order) } else { Err(findings) }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Refusal {
    Refusal::invalid(
        "file.unreadable",
        format!("无法读取文件 {}：{error}", path.display()),
        format!("the file {} cannot be read: {error}", path.display()),
    )
}

/// The file as UTF-8 text. GB18030 contains GBK and the rare characters of names besides.
fn decoded(path: &Path) -> Result<Box<dyn Read + Send>> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let encoding = match [UTF_8, GB18030].into_iter().find_map(|encoding| match is_in(&mut file, encoding) {
        Ok(true) => Some(Ok(encoding)),
        Ok(false) => None,
        Err(error) => Some(Err(error)),
    }) {
        Some(found) => found.map_err(|error| unreadable(path, &error))?,
        None => {
            let zh = "文件既不是 UTF-8 也不是 GBK 编码，请另存为 UTF-8";
            return Err(
                Refusal::invalid("file.encoding", zh, "the file is neither UTF-8 nor GBK; save it as UTF-8").into()
            );
        }
    };
    file.seek(SeekFrom::Start(0)).map_err(|error| unreadable(path, &error))?;
    let text = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(BufReader::new(file));
    Ok(Box::new(PlainLines(text).chain(&b"\n"[..])))
}

fn is_in(file: &mut File, encoding: &'static Encoding) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut input, mut output) = (vec![0_u8; 64 * 1024], vec![0_u8; 256 * 1024]);
    loop {
        let read = reader.read(&mut input)?;
        let (result, ..) = decoder.decode_to_utf8_without_replacement(&input[..read], &mut output, read == 0);
        match result {
            encoding_rs::DecoderResult::Malformed(..) => return Ok(false),
            _ if read == 0 => return Ok(true),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["supply_no", "name"], optional: &["book"] };

    fn read(bytes: &[u8]) -> Result<(Vec<Record>, Vec<Finding>)> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), bytes)?;
        let mut file = CsvFile::open(file.path(), COLUMNS)?;
        if let Err(findings) = file.header {
            return Ok((Vec::new(), findings));
        }
        Ok(file.chunk()?.map_or_else(Default::default, |chunk| (chunk.records, chunk.findings)))
    }

    #[test]
    fn utf8_with_and_without_mark_and_gbk_read_the_same() {
        let text = "name,supply_no\n张三丰, 1001 \n";
        let (gbk, ..) = encoding_rs::GBK.encode(text);
        let marked = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), marked.as_bytes(), &gbk] {
            let (records, findings) = read(bytes).expect("readable");
            assert!(findings.is_empty());
            assert_eq!(
                (records[0].field("name"), records[0].field("supply_no"), records[0].field("book")),
                ("张三丰", "1001", "")
            );
            assert_eq!(records[0].row, 2);
        }
    }

    #[test]
    fn a_file_in_no_known_encoding_is_refused_as_a_whole() {
        let error = read(b"name,supply_no\n\xff\xff\xff,1\n").expect_err("refused");
        assert_eq!(error.refusal().map(|refusal| refusal.code), Some("file.encoding"));
    }

    #[test]
    fn every_wrong_column_is_named() {
        let (_, findings) = read(b"supply_no,nmae,supply_no\n").expect("readable");
        let codes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.field.as_str())).collect();
        assert_eq!(codes, [("column.unknown", "nmae"), ("column.twice", "supply_no"), ("column.missing", "name")]);
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_shows_them() {
        let text = "\r\nsupply_no,name\r\n1,a\r\n\r\n2,\"b\r\nb\"\r\n3,c";
        let (records, _) = read(text.as_bytes()).expect("readable");
        assert_eq!(records.iter().map(|record| record.row).collect::<Vec<_>>(), [3, 5, 6]);
    }

    #[test]
    fn a_row_of_another_length_is_refused_and_the_next_is_read() {
        let (records, findings) = read(b"supply_no,name\n1\n2,b\n\n3,c,d\n4,e\n").expect("readable");
        assert_eq!(
            findings.iter().map(|finding| (finding.row, finding.code)).collect::<Vec<_>>(),
            [(2, "row.length"), (5, "row.length")]
        );
        assert_eq!(records.iter().map(|record| record.field("name")).collect::<Vec<_>>(), ["b", "e"]);
    }
}
