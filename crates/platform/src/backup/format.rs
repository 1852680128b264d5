//! The file: a line that names it, a header, blocks, a trailer.
//!
//! ```text
//!   GRIDHALL BACKUP 1␊
//!   ┌ head, 93 bytes ───────────────────────────────────────────────────────────────┐┌ body ────────┐
//!   │ kind 1 · rows 4 · size 4 · stored 4 · SHA-256 of the body 32 · chain 32 · check 16 ││ deflated     │  …
//!   └───────────────────────────────────────────────────────────────────────────────┘└──────────────┘
//!   chain(n) = SHA-256(chain(n−1), the head before it)           check = SHA-256(the head before it)[..16]
//! ```
//!
//! The check tells a damaged head, the digest a damaged body, the chain a sound block at a wrong place. The last chain is
//! the digest of the whole. Numbers are big-endian; in a body they are LEB128, signed ones zigzag. A row is, for each
//! column of its table, a byte for what follows (nothing, a number, a text, an id) and the value.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use kernel::id::Uuid;
use kernel::{Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::db::{ColumnType, Param, Table};
use crate::{Error, Fault, Result};

#[cfg(test)]
mod tests;

const NAME: &str = "GRIDHALL BACKUP ";
const FORMAT: u32 = 1;
/// The longest first line that this or a later format has.
const LINE: usize = 64;

const SIGNED: usize = 13 + 32;
const CHECKED: usize = SIGNED + 32;
const HEAD: usize = CHECKED + 16;

/// No body is larger, so that a reader need not believe every number.
const LARGEST: usize = 256 << 20;

const HEADER: u8 = b'H';
const ROWS: u8 = b'R';
const BYTES: u8 = b'F';
const TRAILER: u8 = b'T';

/// What is told before the first row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    /// The version of the program that made it.
    pub program: String,
    pub made_at: Timestamp,
    pub bureau: String,
    pub engine: String,
    /// The steps of the schema, each with the digest of its text.
    pub steps: Vec<(String, String)>,
    pub tables: Vec<Table>,
    /// Tables whose rows are not in it.
    pub left_out: Vec<String>,
}

/// What is told after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailer {
    /// Rows of each table that has any.
    pub rows: BTreeMap<String, u64>,
    pub files: u64,
    pub blocks: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Rows {
        /// Its place in the header.
        table: usize,
        rows: Vec<Vec<Param>>,
    },
    File {
        path: String,
        /// Whether the file begins here.
        begins: bool,
        bytes: Vec<u8>,
    },
}

pub struct Writer<W: Write> {
    out: W,
    chain: [u8; 32],
    tables: Vec<Table>,
    trailer: Trailer,
    written: u64,
}

impl<W: Write> Writer<W> {
    pub fn begin(mut out: W, header: &Header) -> Result<Writer<W>> {
        let line = format!("{NAME}{FORMAT}\n");
        out.write_all(line.as_bytes())?;
        let chain = Sha256::digest(line.as_bytes()).into();
        let (tables, written) = (header.tables.clone(), line.len() as u64);
        let mut writer = Writer { out, chain, tables, trailer: Trailer::default(), written };
        writer.block(HEADER, 0, &serde_json::to_vec(header)?)?;
        Ok(writer)
    }

    pub fn put(&mut self, block: &Block) -> Result<()> {
        self.trailer.blocks += 1;
        match block {
            Block::Rows { table, rows } => {
                let mut body = Vec::new();
                put_number(&mut body, *table as u64);
                rows.iter().flatten().for_each(|param| put_param(&mut body, param));
                *self.trailer.rows.entry(self.tables[*table].name.clone()).or_default() += rows.len() as u64;
                self.block(ROWS, rows.len(), &body)
            }
            Block::File { path, begins, bytes } => {
                let mut body = Vec::with_capacity(path.len() + bytes.len() + 10);
                put_text(&mut body, path);
                body.extend_from_slice(bytes);
                self.trailer.files += u64::from(*begins);
                self.block(BYTES, usize::from(*begins), &body)
            }
        }
    }

    /// The output, its length, and the digest of the whole.
    pub fn end(mut self) -> Result<(W, u64, String, Trailer)> {
        let trailer = serde_json::to_vec(&self.trailer)?;
        self.block(TRAILER, 0, &trailer)?;
        self.out.flush()?;
        Ok((self.out, self.written, kernel::hex(self.chain), self.trailer))
    }

    fn block(&mut self, kind: u8, rows: usize, body: &[u8]) -> Result<()> {
        if body.len() > LARGEST {
            return Err(Fault::impossible(format!("a row of {} bytes", body.len())));
        }
        let mut deflate = DeflateEncoder::new(Vec::with_capacity(body.len() / 3), Compression::fast());
        deflate.write_all(body)?;
        let stored = deflate.finish()?;
        let mut head = Vec::with_capacity(HEAD);
        head.push(kind);
        for number in [rows, body.len(), stored.len()] {
            let number = u32::try_from(number).map_err(|error| Fault::because("a block of a back-up", error))?;
            head.extend_from_slice(&number.to_be_bytes());
        }
        head.extend_from_slice(&Sha256::digest(&stored));
        self.chain = link(&self.chain, &head);
        head.extend_from_slice(&self.chain);
        let check = Sha256::digest(&head);
        head.extend_from_slice(&check[..HEAD - CHECKED]);
        self.out.write_all(&head)?;
        self.out.write_all(&stored)?;
        self.written += (head.len() + stored.len()) as u64;
        Ok(())
    }
}

fn link(chain: &[u8; 32], signed: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(chain).chain_update(signed).finalize().into()
}

pub struct Reader<R: Read> {
    input: R,
    pub header: Header,
    chain: [u8; 32],
    seen: Trailer,
    /// Bytes read so far.
    pub read: u64,
}

impl<R: Read> Reader<R> {
    /// Refuses what is no back-up, or one that this program cannot read.
    pub fn open(mut input: R) -> Result<Reader<R>> {
        let line = first_line(&mut input)?;
        let header = Header {
            program: String::new(),
            made_at: Timestamp::UNIX_EPOCH,
            bureau: String::new(),
            engine: String::new(),
            steps: Vec::new(),
            tables: Vec::new(),
            left_out: Vec::new(),
        };
        let (chain, read) = (Sha256::digest(&line).into(), line.len() as u64);
        let mut reader = Reader { input, header, chain, seen: Trailer::default(), read };
        let (kind, _, body) = reader.block()?;
        if kind != HEADER {
            return Err(misplaced().into());
        }
        reader.header = serde_json::from_slice(&body).map_err(|_| altered())?;
        Ok(reader)
    }

    /// The next block, until the trailer has been found true and nothing follows it.
    pub fn next(&mut self) -> Result<Option<Block>> {
        let (kind, rows, body) = self.block()?;
        let mut body = Body(&body);
        match kind {
            ROWS => {
                let table = usize::try_from(body.number()?).map_err(|_| altered())?;
                let columns = &self.header.tables.get(table).ok_or_else(altered)?.columns;
                let mut decoded = Vec::with_capacity(rows);
                for _ in 0..rows {
                    let row: Result<Vec<Param>> =
                        columns.iter().map(|column| body.param(column.kind, column.nullable)).collect();
                    decoded.push(row?);
                }
                if !body.0.is_empty() {
                    return Err(altered().into());
                }
                let name = self.header.tables[table].name.clone();
                *self.seen.rows.entry(name).or_default() += rows as u64;
                self.seen.blocks += 1;
                Ok(Some(Block::Rows { table, rows: decoded }))
            }
            BYTES => {
                let path = body.text()?;
                self.seen.files += rows as u64;
                self.seen.blocks += 1;
                Ok(Some(Block::File { path, begins: rows == 1, bytes: body.0.to_vec() }))
            }
            TRAILER => {
                let trailer: Trailer = serde_json::from_slice(body.0).map_err(|_| altered())?;
                if trailer != self.seen {
                    return Err(miscounted().into());
                }
                if fill(&mut self.input, &mut [0])? > 0 {
                    return Err(altered().into());
                }
                Ok(None)
            }
            _ => Err(misplaced().into()),
        }
    }

    /// What has been read so far; at the end, what the trailer says.
    pub fn seen(&self) -> &Trailer {
        &self.seen
    }

    /// Of the whole, once it has been read.
    pub fn digest(&self) -> String {
        kernel::hex(self.chain)
    }

    fn block(&mut self) -> Result<(u8, usize, Vec<u8>)> {
        let mut head = [0; HEAD];
        if fill(&mut self.input, &mut head)? < HEAD {
            return Err(cut_short().into());
        }
        if Sha256::digest(&head[..CHECKED])[..HEAD - CHECKED] != head[CHECKED..] {
            return Err(altered().into());
        }
        let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (kind, rows, size, stored) = (head[0], number(1), number(5), number(9));
        // What does not compress is stored with a few bytes for each stretch.
        if size > LARGEST || stored > LARGEST + LARGEST / 64 {
            return Err(altered().into());
        }
        let mut body = vec![0; stored];
        if fill(&mut self.input, &mut body)? < stored {
            return Err(cut_short().into());
        }
        if Sha256::digest(&body)[..] != head[13..SIGNED] {
            return Err(altered().into());
        }
        self.chain = link(&self.chain, &head[..SIGNED]);
        if self.chain[..] != head[SIGNED..CHECKED] {
            return Err(if kind == TRAILER { other_trailer() } else { misplaced() }.into());
        }
        self.read += (HEAD + stored) as u64;
        let mut plain = Vec::with_capacity(size);
        DeflateDecoder::new(&body[..]).take(size as u64 + 1).read_to_end(&mut plain).map_err(|_| altered())?;
        if plain.len() != size {
            return Err(altered().into());
        }
        Ok((kind, rows, plain))
    }
}

fn first_line(input: &mut impl Read) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < LINE && line.last() != Some(&b'\n') {
        let mut byte = [0];
        if fill(input, &mut byte)? == 0 {
            break;
        }
        line.push(byte[0]);
    }
    let known = format!("{NAME}{FORMAT}\n");
    if known.as_bytes().starts_with(&line) {
        return if line.len() == known.len() { Ok(line) } else { Err(cut_short().into()) };
    }
    let text = std::str::from_utf8(&line).ok();
    let version = text.and_then(|text| text.strip_prefix(NAME)?.strip_suffix('\n')?.parse::<u32>().ok());
    Err(version.filter(|version| *version > FORMAT).map_or_else(foreign, newer_format).into())
}

/// Reads until `into` is full or the input ends, and tells how much there was.
fn fill(input: &mut impl Read, into: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match input.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

const NOTHING: u8 = 0;
const NUMBER: u8 = 1;
const TEXT: u8 = 2;
const ID: u8 = 3;

fn put_number(body: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        body.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    body.push(number.to_le_bytes()[0]);
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    put_number(body, text.len() as u64);
    body.extend_from_slice(text.as_bytes());
}

fn put_param(body: &mut Vec<u8>, param: &Param) {
    match param {
        Param::Integer(Some(number)) => {
            body.push(NUMBER);
            put_number(body, (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned());
        }
        Param::Text(Some(text)) => {
            body.push(TEXT);
            put_text(body, text);
        }
        Param::Id(Some(id)) => {
            body.push(ID);
            body.extend_from_slice(id.as_bytes());
        }
        Param::Integer(None) | Param::Text(None) | Param::Id(None) | Param::List(_) => body.push(NOTHING),
    }
}

/// What is left to read of a body.
struct Body<'b>(&'b [u8]);

impl Body<'_> {
    fn take(&mut self, size: usize) -> Result<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or_else(altered)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(altered().into())
    }

    fn text(&mut self) -> Result<String> {
        let size = usize::try_from(self.number()?).map_err(|_| altered())?;
        Ok(std::str::from_utf8(self.take(size)?).map_err(|_| altered())?.to_owned())
    }

    fn param(&mut self, kind: ColumnType, nullable: bool) -> Result<Param> {
        Ok(match (self.take(1)?[0], kind) {
            (NOTHING, ColumnType::BigInt) if nullable => Param::Integer(None),
            (NOTHING, ColumnType::Text) if nullable => Param::Text(None),
            (NOTHING, ColumnType::Uuid) if nullable => Param::Id(None),
            (NUMBER, ColumnType::BigInt) => {
                let number = self.number()?;
                Param::from((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
            }
            (TEXT, ColumnType::Text) => Param::from(self.text()?),
            (ID, ColumnType::Uuid) => {
                Param::from(Uuid::from_slice(self.take(16)?).map_err(|_| Error::from(altered()))?)
            }
            _ => return Err(altered().into()),
        })
    }
}

pub fn foreign() -> Refusal {
    Refusal::invalid(
        "backup.foreign",
        "这不是 gridhall 的备份文件，请检查文件名",
        "this is no back-up of gridhall: check the name of the file",
    )
}

fn newer_format(version: u32) -> Refusal {
    Refusal::invalid(
        "backup.newer-format",
        format!("备份格式为第 {version} 版，本程序只识别到第 {FORMAT} 版；请用新版程序恢复"),
        format!(
            "the back-up is of format {version}, this program reads up to {FORMAT}: restore it with a newer program"
        ),
    )
}

fn cut_short() -> Refusal {
    Refusal::invalid(
        "backup.cut-short",
        "备份文件不完整，后面的部分缺失；请重新复制该文件，或用另一份备份",
        "the back-up is cut short: copy the file again, or take another back-up",
    )
}

fn altered() -> Refusal {
    Refusal::invalid(
        "backup.altered",
        "备份文件的内容已损坏或被改动；请重新复制该文件，或用另一份备份",
        "the back-up is damaged or was altered: copy the file again, or take another back-up",
    )
}

fn misplaced() -> Refusal {
    Refusal::invalid(
        "backup.misplaced",
        "备份文件中的数据块次序不对，或有缺块、混入别的文件的块；请用另一份备份",
        "blocks of the back-up are out of order, missing, or from another file: take another back-up",
    )
}

fn other_trailer() -> Refusal {
    Refusal::invalid(
        "backup.other-trailer",
        "备份文件的结尾不属于这份备份；请用另一份备份",
        "the end of the file is not this back-up's: take another back-up",
    )
}

fn miscounted() -> Refusal {
    Refusal::invalid(
        "backup.miscounted",
        "备份文件中的行数与结尾所记不符；请用另一份备份",
        "the back-up does not hold as many rows as its end says: take another back-up",
    )
}
