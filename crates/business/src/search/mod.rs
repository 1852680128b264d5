//! Finding a usage point 客户查询 by whatever the customer gives: number, name, sound, phone, address, meter.
//!
//! ```text
//!   archive ──pages──▶ rebuild ─┐
//!                               ├─▶ index in the data directory ──▶ supply numbers ──▶ rows of the database,
//!   sealed journal ──follow─────┘   (noted: how far it follows)                        within the actor's reach
//! ```
//!
//! The index is no truth: it only says which usage points to look at, and can be thrown away at any
//! time. What is shown is read from the database, where the actor's stations are asked again.
//!
//! **Invariants.** The index notes the journal's position and link up to which it is true; whoever
//! opens it over another journal, or finds another number of usage points in it than on record,
//! builds it anew. Every act that changes the archive or the meters names its usage point or meter
//! as the subject of its journal entry, an import names them in `touched`. One process of a data
//! directory writes the index, the others read it; servers on one PostgreSQL have a directory and an
//! index each.

pub mod api;
mod model;
mod rules;
mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use finder::{Finder, Keeper, LONGEST, MOST};
use kernel::Refusal;
use platform::jobs::Watch;
use platform::{Ctx, Fault, House, Result, Scope, Tx, journal};
use tokio::sync::Mutex;

pub use model::{Answer, Found, Mark, Standing};

use crate::grid::READ;
use crate::ledger;
use crate::metering::{self, Meter};
use crate::payment;
use crate::supply::{self, UsagePoint, UsagePointId};
use crate::terms;
use rules::{LAYOUT, Touched};

/// Usage points of one read.
const PAGE: u32 = 1000;
/// Journal entries of one read.
const ENTRIES: u32 = 500;
/// Entries that may pass without a change before the note says so.
const SILENT: i64 = 10_000;

/// The index of a data directory; clones share it.
#[derive(Debug, Clone)]
pub struct Search(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    follower: Mutex<Option<Follower>>,
    finder: RwLock<Option<Arc<Finder>>>,
}

/// Who writes the index, and how far he has read.
#[derive(Debug)]
struct Follower {
    keeper: Keeper,
    mark: Option<Mark>,
    /// The position that the last commit notes.
    noted: i64,
}

impl Search {
    /// The index of the bureau whose files lie in `data`. Nothing is opened yet.
    pub fn at(data: &Path) -> Search {
        let directory = data.join("search");
        Search(Arc::new(Inner { directory, follower: Mutex::new(None), finder: RwLock::new(None) }))
    }

    /// Brings the index up to what is sealed: from nothing, or by what has happened since. A process
    /// that may not write only looks at what the writer left. To be called again and again.
    pub async fn follow(&self, house: &House) -> Result<()> {
        let mut slot = self.0.follower.lock().await;
        let follower = match slot.take() {
            Some(follower) => follower,
            None => match self.claim(house).await? {
                Some(follower) => follower,
                None => return self.look_again().await,
            },
        };
        // A follower that failed is let go: the next one begins from the last commit.
        *slot = Some(self.catch_up(house, follower).await?);
        Ok(())
    }

    /// Builds the index anew from the archive, or tells that another process writes it.
    pub async fn rebuild(&self, house: &House, watch: &mut dyn Watch) -> Result<Option<u64>> {
        let mut slot = self.0.follower.lock().await;
        let follower = match slot.take() {
            Some(follower) => Some(follower),
            None => self.claim(house).await?,
        };
        let Some(follower) = follower else {
            return Ok(None);
        };
        let (follower, count) = self.build(house, follower, watch).await?;
        *slot = Some(follower);
        Ok(Some(count))
    }

    /// Asks the process that writes the index to build it anew.
    pub fn wish_rebuild(&self) -> Result<()> {
        Ok(std::fs::write(self.wish_file(), "")?)
    }

    /// How much the index holds, and how far it follows the journal; none before it is built.
    pub async fn standing(&self) -> Result<Option<Standing>> {
        let Some(finder) = self.finder().await? else {
            return Ok(None);
        };
        let note = finder.note().map_err(fault)?;
        Ok(note.as_deref().and_then(Mark::read).map(|mark| Standing { records: finder.len(), position: mark.position }))
    }

    fn wish_file(&self) -> PathBuf {
        self.0.directory.join("rebuild")
    }

    async fn claim(&self, house: &House) -> Result<Option<Follower>> {
        let directory = self.0.directory.clone();
        let claimed = blocking(move || {
            let Some(keeper) = Keeper::claim(&directory, LAYOUT)? else {
                return Ok(None);
            };
            let (note, finder) = (keeper.note()?, keeper.finder()?);
            Ok(Some((keeper, note, finder)))
        });
        let Some((keeper, note, finder)) = claimed.await? else {
            return Ok(None);
        };
        let mut mark = note.as_deref().and_then(Mark::read);
        let tx = house.db.read().await?;
        if let Some(known) = &mark {
            let same = journal::link_at(&tx, known.position).await?.unwrap_or_default() == known.link;
            if !same || store::usage_points(&tx).await? != finder.len() {
                mark = None;
            }
        }
        if mark.is_some() {
            self.show(finder);
        }
        let noted = mark.as_ref().map_or(0, |mark| mark.position);
        Ok(Some(Follower { keeper, mark, noted }))
    }

    async fn look_again(&self) -> Result<()> {
        match self.finder().await? {
            Some(finder) => blocking(move || finder.refresh()).await,
            None => Ok(()),
        }
    }

    async fn catch_up(&self, house: &House, mut follower: Follower) -> Result<Follower> {
        if self.wish_file().exists() {
            follower.mark = None;
        }
        let Some(mut mark) = follower.mark.clone() else {
            return self.build(house, follower, &mut platform::jobs::Unwatched).await.map(|(follower, _)| follower);
        };
        loop {
            let tx = house.db.read().await?;
            let entries = journal::sealed_after(&tx, mark.position, ENTRIES).await?;
            let Some(last) = entries.last().and_then(|entry| entry.position) else {
                break;
            };
            let touched = Touched::by(&entries);
            if touched.everything {
                return self.build(house, follower, &mut platform::jobs::Unwatched).await.map(|(follower, _)| follower);
            }
            let records = records_of(&tx, touched).await?;
            mark = Mark { position: last, link: journal::link_at(&tx, last).await?.unwrap_or_default() };
            if !records.is_empty() || last - follower.noted >= SILENT {
                let note = mark.to_string();
                let mut keeper = follower.keeper;
                let (keeper, finder) = blocking(move || {
                    keeper.put(&records)?;
                    keeper.commit(&note)?;
                    let finder = keeper.finder()?;
                    Ok((keeper, finder))
                })
                .await?;
                self.show(finder);
                (follower.keeper, follower.noted) = (keeper, last);
            }
            follower.mark = Some(mark.clone());
            if entries.len() < ENTRIES as usize {
                break;
            }
        }
        Ok(follower)
    }

    /// Reads the whole archive, a page at a time. Until the end is reached, the former content is
    /// what is found; what happens meanwhile is in the journal after the position noted.
    async fn build(&self, house: &House, follower: Follower, watch: &mut dyn Watch) -> Result<(Follower, u64)> {
        let (ctx, mut keeper) = (house.system(), follower.keeper);
        let tx = house.db.read().await?;
        let position = journal::head(&tx).await?;
        let mark = Mark { position, link: journal::link_at(&tx, position).await?.unwrap_or_default() };
        drop(tx);
        keeper = blocking(move || keeper.rollback().and_then(|()| keeper.clear()).map(|()| keeper)).await?;
        let (mut after, mut count) = (String::new(), 0);
        loop {
            let tx = house.db.read().await?;
            let points = supply::page(&tx, &ctx, Some(&after), PAGE).await?;
            let Some(last) = points.last() else {
                break;
            };
            after.clone_from(&last.supply_no);
            count += points.len() as u64;
            let records = records(&tx, points).await?;
            keeper = blocking(move || keeper.put(&records).map(|()| keeper)).await?;
            watch.progress(count, None)?;
        }
        let note = mark.to_string();
        let (keeper, finder) = blocking(move || {
            keeper.commit(&note)?;
            let finder = keeper.finder()?;
            Ok((keeper, finder))
        })
        .await?;
        self.show(finder);
        match std::fs::remove_file(self.wish_file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        tracing::info!(usage_points = count, position, "the search index was built");
        Ok((Follower { keeper, mark: Some(mark), noted: position }, count))
    }

    fn show(&self, finder: Finder) {
        *self.0.finder.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(finder));
    }

    /// The finder at hand, or one of the index that another process left.
    async fn finder(&self) -> Result<Option<Arc<Finder>>> {
        let known = self.0.finder.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_some() {
            return Ok(known);
        }
        let directory = self.0.directory.clone();
        let found = blocking(move || Finder::open(&directory, LAYOUT)).await?;
        // An index without a note was begun and never finished.
        if let Some(finder) = found
            && finder.note().map_err(fault)?.is_some()
        {
            self.show(finder);
        }
        Ok(self.0.finder.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn ask(&self, line: &str, stations: Option<Vec<String>>, limit: u32) -> Result<Option<finder::Found>> {
        let Some(finder) = self.finder().await? else {
            return Ok(None);
        };
        let (line, limit) = (line.to_owned(), limit as usize);
        let found = blocking(move || finder.find(&finder::Wish { line: &line, scopes: stations.as_deref(), limit }));
        found.await.map(Some)
    }
}

/// How far somebody finds: within his stations; who takes payments finds everybody, since customers
/// pay where they are. What is shown of them is masked.
fn reach(ctx: &Ctx) -> Result<Scope> {
    let own = ctx.require(READ)?;
    Ok(if ctx.require(payment::TAKE).is_ok() { Scope::Bureau } else { own })
}

/// Usage points that a line may mean, the surest first, within the reach of the actor. A supply
/// number or a meter number is looked up on record besides, so that it is found whatever the index
/// knows.
pub async fn find(tx: &Tx, ctx: &Ctx, search: &Search, line: &str, limit: u32) -> Result<Answer> {
    let scope = reach(ctx)?;
    let line = line.trim();
    check(line, limit)?;
    let found = search.ask(line, scope.clone().stations(), limit).await?;
    let complete = found.is_some();
    let found = found.unwrap_or_default();
    let mut hits = on_record(tx, line).await?;
    for hit in found.hits {
        if hits.iter().all(|known| known.key != hit.key) {
            hits.push(hit);
        }
    }
    let numbers = hits.iter().map(|hit| hit.key.clone()).collect();
    let points = supply::by_supply_nos(tx, numbers).await?;
    let points = points.into_iter().filter(|point| scope.covers(&point.station)).collect();
    let points = terms::as_of(tx, points, ctx.today).await?.into_iter();
    let mut points: HashMap<String, UsagePoint> = points.map(|point| (point.supply_no.clone(), point)).collect();
    let ids: Vec<UsagePointId> = points.values().map(|point| point.id).collect();
    let owed = owed(tx, ctx, &ids).await?;
    let rows = hits.into_iter().filter_map(|hit| {
        let point = points.remove(&hit.key)?;
        let owed = owed.as_ref().filter(|(scope, _)| scope.covers(&point.station));
        let owed = owed.map(|(_, owed)| owed.get(&point.id).copied().unwrap_or_default());
        Some(Found { how: hit.how, field: rules::field_word(hit.field), owed, point })
    });
    let mut rows: Vec<Found> = rows.collect();
    let more = found.more || rows.len() > limit as usize;
    rows.truncate(limit as usize);
    Ok(Answer { rows, more, complete })
}

fn check(line: &str, limit: u32) -> Result<()> {
    if !line.chars().any(char::is_alphanumeric) {
        let (zh, en) = ("请输入户号、户名、电话、地址或表号", "type a number, a name, a phone, an address or a meter");
        return Err(Refusal::invalid("search.empty", zh, en).at("q").into());
    }
    if line.chars().count() > LONGEST {
        let zh = format!("查询内容至多 {LONGEST} 字");
        return Err(Refusal::invalid("search.long", zh, format!("a search has at most {LONGEST} characters"))
            .at("q")
            .into());
    }
    if !(1..=MOST).contains(&(limit as usize)) {
        let (zh, en) = (format!("结果 1 至 {MOST} 条"), format!("an answer has 1 to {MOST} items"));
        return Err(Refusal::invalid("page.limit", zh, en).at("limit").into());
    }
    Ok(())
}

/// Usage points whose own number, or a meter's, is exactly the line.
async fn on_record(tx: &Tx, line: &str) -> Result<Vec<finder::Hit>> {
    let exact = |key: String, field| finder::Hit { key, how: finder::Match::Exact, field: Some(field) };
    let mut hits: Vec<finder::Hit> = Vec::new();
    for point in supply::by_supply_nos(tx, vec![line.to_owned()]).await? {
        hits.push(exact(point.supply_no, rules::SUPPLY_NO));
    }
    let meters = metering::by_meter_nos(tx, vec![line.to_owned(), line.to_uppercase()]).await?;
    if meters.is_empty() {
        return Ok(hits);
    }
    let numbers = supply::supply_nos(tx, meters.iter().map(|meter| meter.usage_point.uuid()).collect()).await?;
    for number in numbers.into_values() {
        if hits.iter().all(|known| known.key != number) {
            hits.push(exact(number, rules::METER_NO));
        }
    }
    Ok(hits)
}

/// What these accounts owe, and where the actor may see it; none without the right.
async fn owed(
    tx: &Tx,
    ctx: &Ctx,
    points: &[UsagePointId],
) -> Result<Option<(Scope, HashMap<UsagePointId, kernel::Money>)>> {
    // Who takes payments tells everybody what there is to pay.
    let taker = ctx.require(payment::TAKE).map(|_| Scope::Bureau);
    let Ok(scope) = taker.or_else(|_| ctx.require(ledger::READ)) else {
        return Ok(None);
    };
    Ok(Some((scope, ledger::owed(tx, points).await?)))
}

/// What the index shall say of these usage points.
async fn records(tx: &Tx, points: Vec<UsagePoint>) -> Result<Vec<finder::Record>> {
    let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
    let mut meters: HashMap<UsagePointId, Vec<Meter>> = HashMap::new();
    for meter in metering::of_usage_points(tx, &ids).await? {
        meters.entry(meter.usage_point).or_default().push(meter);
    }
    let empty = Vec::new();
    Ok(points.iter().map(|point| rules::record(point, meters.get(&point.id).unwrap_or(&empty))).collect())
}

async fn records_of(tx: &Tx, touched: Touched) -> Result<Vec<finder::Record>> {
    let mut numbers = touched.supply_nos;
    if !touched.meter_nos.is_empty() {
        let meters = metering::by_meter_nos(tx, touched.meter_nos.into_iter().collect()).await?;
        let points = meters.iter().map(|meter| meter.usage_point.uuid()).collect();
        numbers.extend(supply::supply_nos(tx, points).await?.into_values());
    }
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let points = supply::by_supply_nos(tx, numbers.into_iter().collect()).await?;
    records(tx, points).await
}

/// The index reads and writes files: never on the workers that serve others.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> finder::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Fault::because("the search index", error))?;
    done.map_err(fault)
}

fn fault(error: finder::Error) -> platform::Error {
    Fault::because("the search index", error)
}
