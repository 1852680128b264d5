//! The index in its directory: one keeper who writes, any number of finders who read.
//!
//! ```text
//!   directory/
//!     keeper        locked while somebody writes
//!     terms/        the index itself; a commit is seen whole or not at all
//! ```
//!
//! A commit carries a note of the keeper's. An index of another format or layout counts as none.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tantivy::collector::TopDocs;
use tantivy::schema::Value;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

use crate::layout::{Layout, Record, Terms};
use crate::query::{Match, Way, Ways, ranked, within};
use crate::{LONGEST, MOST, Result};

/// Raised whenever the terms of a record become others: then everything is written anew.
const FORMAT: &str = "2";

/// What the writer holds before it writes to the disk.
const MEMORY: usize = 32 * 1024 * 1024;

/// Forgiving hits beside sure ones: they are there to be noticed, not to bury.
const FORGIVING_BESIDE_SURE: usize = 10;

/// What is asked of a finder.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// As typed; what is longer than [`LONGEST`] is cut.
    pub line: &'a str,
    /// Only in these scopes, or everywhere.
    pub scopes: Option<&'a [String]>,
    /// At most [`MOST`].
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub key: String,
    pub how: Match,
    /// The field's place in the layout, where one field was met.
    pub field: Option<usize>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The surest first.
    pub hits: Vec<Hit>,
    /// Whether there are more than these.
    pub more: bool,
}

/// Reads an index.
pub struct Finder {
    terms: Terms,
    index: Index,
    reader: IndexReader,
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Finder").field("index", &self.index).finish_non_exhaustive()
    }
}

fn terms_in(directory: &Path) -> PathBuf {
    directory.join("terms")
}

/// The index of this layout in `directory`, if it is one.
fn existing(directory: &Path, terms: &Terms) -> Option<Index> {
    let index = Index::open_in_dir(terms_in(directory)).ok()?;
    let known = index.load_metas().ok()?.payload.is_none_or(|payload| payload.lines().next() == Some(FORMAT));
    (index.schema() == terms.schema && known).then_some(index)
}

fn note_of(index: &Index) -> Result<Option<String>> {
    let payload = index.load_metas()?.payload;
    Ok(payload.and_then(|payload| payload.split_once('\n').map(|(_, note)| note.to_owned())))
}

impl Finder {
    /// The index in `directory`, if there is one of this layout.
    pub fn open(directory: &Path, layout: Layout) -> Result<Option<Finder>> {
        let terms = Terms::of(layout);
        match existing(directory, &terms) {
            Some(index) => Finder::of(index, terms).map(Some),
            None => Ok(None),
        }
    }

    fn of(index: Index, terms: Terms) -> Result<Finder> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Finder { terms, index, reader })
    }

    /// Sees what was committed since.
    pub fn refresh(&self) -> Result<()> {
        Ok(self.reader.reload()?)
    }

    /// The note of the last commit; none before the first.
    pub fn note(&self) -> Result<Option<String>> {
        note_of(&self.index)
    }

    /// How many records there are to find.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who is meant by a line: those whom it fits, and after them those whom it nearly fits, as long
    /// as no number was given in full.
    pub fn find(&self, wish: &Wish<'_>) -> Result<Found> {
        let line: String = wish.line.chars().take(LONGEST).collect();
        let limit = wish.limit.clamp(1, MOST);
        let searcher = self.reader.searcher();
        let ways = Ways::of(&self.terms, &line);
        let mut found = Found { hits: self.search(&searcher, ways.sure, wish.scopes, limit + 1)?, more: false };
        let told = found.hits.first().is_some_and(|hit| hit.how == Match::Exact && self.is_number(hit));
        if !told && found.hits.len() <= limit {
            let beside = if found.hits.is_empty() { limit + 1 } else { FORGIVING_BESIDE_SURE };
            let forgiving = self.search(&searcher, ways.forgiving, wish.scopes, beside + found.hits.len())?;
            let new = forgiving.into_iter().filter(|hit| found.hits.iter().all(|known| known.key != hit.key));
            let new: Vec<Hit> = new.take(beside).collect();
            found.hits.extend(new);
        }
        found.more = found.hits.len() > limit;
        found.hits.truncate(limit);
        Ok(found)
    }

    fn is_number(&self, hit: &Hit) -> bool {
        let field = hit.field.and_then(|at| self.terms.fields.get(at));
        matches!(field, Some(crate::layout::FieldTerms::Number { .. }))
    }

    fn search(&self, searcher: &Searcher, ways: Vec<Way>, scopes: Option<&[String]>, limit: usize) -> Result<Vec<Hit>> {
        if ways.is_empty() {
            return Ok(Vec::new());
        }
        let (query, told) = ranked(ways, scopes.map(|scopes| within(&self.terms, scopes)));
        let best = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let mut hits = Vec::with_capacity(best.len());
        for (score, address) in best {
            let document: TantivyDocument = searcher.doc(address)?;
            let key = document.get_first(self.terms.key).and_then(|value| value.as_str()).unwrap_or_default();
            // Scores are whole numbers: the first way has as many points as there are ways.
            let at =
                (1..=told.len()).find(|points| u16::try_from(*points).is_ok_and(|points| score <= f32::from(points)));
            let (how, field) =
                at.and_then(|points| told.get(told.len() - points)).copied().unwrap_or((Match::Near, None));
            hits.push((at, Hit { key: key.to_owned(), how, field }));
        }
        hits.sort_by(|(points, hit), (others, other)| others.cmp(points).then_with(|| hit.key.cmp(&other.key)));
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }
}

/// Writes an index; there is one at a time.
pub struct Keeper {
    terms: Terms,
    index: Index,
    writer: IndexWriter,
    /// Held as long as the keeper lives.
    _lock: File,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("index", &self.index).finish_non_exhaustive()
    }
}

impl Keeper {
    /// The right to write the index in `directory`, which only its owner may read; none while
    /// somebody else has it. An index that is missing, spoilt or of another layout is begun anew.
    pub fn claim(directory: &Path, layout: Layout) -> Result<Option<Keeper>> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let lock = File::options().create(true).append(true).open(directory.join("keeper"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        let terms = Terms::of(layout);
        let index = match existing(directory, &terms) {
            Some(index) => index,
            None => begin(&terms_in(directory), &terms)?,
        };
        let writer = index.writer_with_num_threads(1, MEMORY)?;
        Ok(Some(Keeper { terms, index, writer, _lock: lock }))
    }

    /// A finder of the same index.
    pub fn finder(&self) -> Result<Finder> {
        Finder::of(self.index.clone(), self.terms.clone())
    }

    /// The note of the last commit; none in a new index.
    pub fn note(&self) -> Result<Option<String>> {
        note_of(&self.index)
    }

    /// Forgets every record; finders see it with the next commit.
    pub fn clear(&self) -> Result<()> {
        self.writer.delete_all_documents()?;
        Ok(())
    }

    /// Writes records, in the place of those of the same key.
    pub fn put(&self, records: &[Record]) -> Result<()> {
        for record in records {
            self.writer.delete_term(Term::from_field_text(self.terms.key, &record.key));
            self.writer.add_document(self.terms.document(record))?;
        }
        Ok(())
    }

    pub fn remove(&self, key: &str) {
        self.writer.delete_term(Term::from_field_text(self.terms.key, key));
    }

    /// Makes what was written durable and visible, with a note of how far it goes.
    pub fn commit(&mut self, note: &str) -> Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&format!("{FORMAT}\n{note}"));
        commit.commit()?;
        Ok(())
    }

    /// Forgets what was written since the last commit.
    pub fn rollback(&mut self) -> Result<()> {
        self.writer.rollback()?;
        Ok(())
    }
}

fn begin(directory: &Path, terms: &Terms) -> Result<Index> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    Ok(Index::create_in_dir(directory, terms.schema.clone())?)
}
