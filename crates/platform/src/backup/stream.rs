//! Between the file and the tasks: reading and inflating, deflating and writing, on a thread of their own.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use kernel::Refusal;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Teller;
use super::format::{Block, Header, Reader, Trailer, Writer};
use crate::db::Migration;
use crate::{Fault, Result};

/// Blocks that wait between two threads.
const WAITING: usize = 2;

/// What a block of rows comes to before it goes out, more or less.
pub const BLOCK: usize = 512 << 10;

/// A back-up that was read to its end and found whole.
#[derive(Debug, Clone)]
pub struct Checked {
    pub header: Header,
    pub trailer: Trailer,
    /// Of the whole.
    pub digest: String,
    pub(super) path: PathBuf,
    pub(super) size: u64,
}

/// Reads a back-up to its end. Refuses one that is spoilt, or that a program with more steps of the schema made.
pub async fn check(path: &Path, steps: &[Migration], teller: &mut dyn Teller) -> Result<Checked> {
    let unreadable = |error: &std::io::Error| {
        let (zh, en) =
            (format!("无法读取 {}：{error}", path.display()), format!("{} cannot be read: {error}", path.display()));
        Refusal::invalid("file.unreadable", zh, en).at("file")
    };
    let found = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    File::open(path).map_err(|error| unreadable(&error))?;
    if !found.is_file() {
        return Err(super::format::foreign().into());
    }
    let mut blocks = Blocks::of(path.to_owned());
    let header = blocks.header().await?;
    super::load::steps_of(&header, steps)?;
    while let Some((read, _)) = blocks.next().await? {
        teller.tell("check", read, found.len())?;
    }
    let (trailer, digest) = blocks.end().await?;
    teller.tell("check", found.len(), found.len())?;
    Ok(Checked { header, trailer, digest, path: path.to_owned(), size: found.len() })
}

enum Item {
    Header(Header),
    /// How far the file has been read with it.
    Block(u64, Block),
}

/// The blocks of a back-up, read ahead.
pub struct Blocks {
    items: mpsc::Receiver<Item>,
    reading: JoinHandle<Result<(Trailer, String)>>,
}

impl Blocks {
    pub fn of(path: PathBuf) -> Blocks {
        let (sender, items) = mpsc::channel(WAITING);
        Blocks { items, reading: spawn_blocking(move || read(&path, &sender)) }
    }

    pub async fn header(&mut self) -> Result<Header> {
        match self.items.recv().await {
            Some(Item::Header(header)) => Ok(header),
            Some(Item::Block(..)) => Err(Fault::impossible("a block before the header")),
            None => match self.ended().await {
                Err(error) => Err(error),
                Ok(_) => Err(Fault::impossible("a back-up without a header")),
            },
        }
    }

    /// The next block and how far the file has been read.
    pub async fn next(&mut self) -> Result<Option<(u64, Block)>> {
        match self.items.recv().await {
            Some(Item::Block(read, block)) => Ok(Some((read, block))),
            _ => Ok(None),
        }
    }

    /// How the reading ended: with the trailer and the digest, or with a refusal.
    pub async fn end(mut self) -> Result<(Trailer, String)> {
        self.ended().await
    }

    async fn ended(&mut self) -> Result<(Trailer, String)> {
        (&mut self.reading).await.map_err(|error| Fault::because("the reading of a back-up", error))?
    }
}

fn read(path: &Path, to: &mpsc::Sender<Item>) -> Result<(Trailer, String)> {
    let mut reader = Reader::open(BufReader::with_capacity(1 << 20, File::open(path)?))?;
    let nobody = || Fault::impossible("nobody waits for the back-up any more");
    to.blocking_send(Item::Header(reader.header.clone())).map_err(|_| nobody())?;
    while let Some(block) = reader.next()? {
        to.blocking_send(Item::Block(reader.read, block)).map_err(|_| nobody())?;
    }
    Ok((reader.seen().clone(), reader.digest()))
}

/// What a file came to.
#[derive(Debug)]
pub struct Written {
    pub bytes: u64,
    pub digest: String,
    pub trailer: Trailer,
}

/// Takes blocks and writes them behind.
pub struct Sink {
    blocks: mpsc::Sender<Block>,
    writing: JoinHandle<Result<Written>>,
}

impl Sink {
    pub fn to(file: File, header: Header) -> Sink {
        let (blocks, waiting) = mpsc::channel(WAITING);
        Sink { blocks, writing: spawn_blocking(move || write(file, &header, waiting)) }
    }

    /// Tells whether it was taken; where not, [`Sink::end`] says why.
    pub async fn put(&self, block: Block) -> bool {
        self.blocks.send(block).await.is_ok()
    }

    pub async fn end(self) -> Result<Written> {
        drop(self.blocks);
        self.writing.await.map_err(|error| Fault::because("the writing of a back-up", error))?
    }
}

fn write(file: File, header: &Header, mut blocks: mpsc::Receiver<Block>) -> Result<Written> {
    let mut writer = Writer::begin(BufWriter::with_capacity(1 << 20, file), header)?;
    while let Some(block) = blocks.blocking_recv() {
        writer.put(&block)?;
    }
    let (out, bytes, digest, trailer) = writer.end()?;
    let file = out.into_inner().map_err(|error| Fault::because("the writing of a back-up", error.into_error()))?;
    file.sync_all()?;
    Ok(Written { bytes, digest, trailer })
}
