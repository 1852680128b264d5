//! Progress of reading 抄表进度: how far each book has come in a month, and what is left to look at.
//!
//! **Invariant.** Counted are registers of active energy, which bills rest on, of meters in use at the
//! end of the month and there before its last day. Nothing is kept here: every number is what the
//! readings and the decisions about them come to.

pub mod api;
mod model;
mod store;

use std::collections::HashMap;

use kernel::Month;
use platform::packs::Packs;
use platform::{Ctx, Result, Tx};

pub use model::{DoubtfulReading, MissingReading, Progress, Tally};
pub use store::DoubtfulAfter;

use crate::bill;
use crate::book::{self, Book};
use crate::metering::MeterId;
use crate::reading::READ;
use crate::reading::rules::{Doubt, ReviewRules};
use crate::review::{self, Filter, Place, Scene};
use crate::supply::UsagePointId;
use model::{Doubtful, Missing};

/// A page of books in order of code, each with how far its reading has come in `month`.
pub async fn progress(
    tx: &Tx,
    ctx: &Ctx,
    month: Month,
    station: Option<String>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Progress>> {
    let filter = Filter { station, ..Filter::default() };
    let reach = review::reach(ctx.require(READ)?, &filter)?;
    let lines = book::page(tx, ctx, filter.station, after, limit).await?;
    let codes: Vec<String> = lines.iter().map(|line| line.code.clone()).collect();
    let mut tallies: HashMap<String, Tally> = HashMap::new();
    for (code, [registers, read, estimated]) in store::registers(tx, month, &reach, &codes).await? {
        tallies.insert(code, Tally { registers, read, estimated, ..Tally::default() });
    }
    for (code, undecided) in store::undecided_by_book(tx, month, &reach, &codes).await? {
        tallies.entry(code).or_default().undecided = undecided;
    }
    for (code, orders) in store::orders_by_book(tx, month, &reach, &codes).await? {
        tallies.entry(code).or_default().orders = orders;
    }
    let progress = lines.into_iter().map(|line| Progress {
        tally: tallies.remove(&line.code).unwrap_or_default(),
        code: line.code,
        station: line.station,
        book: line.record,
        usage_points: line.usage_points,
    });
    Ok(progress.collect())
}

/// A page of the doubtful readings of `month`, undecided and gravest first, each with what helps to
/// decide about it.
pub async fn doubtful(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    month: Month,
    filter: &Filter,
    after: DoubtfulAfter,
    limit: u32,
) -> Result<Vec<DoubtfulReading>> {
    let reach = review::reach(ctx.require(READ)?, filter)?;
    let found = store::doubtful(tx, month, &reach, filter.doubt, filter.undecided, after, limit).await?;
    let rules = ReviewRules::of(packs, month)?;
    let scenes =
        review::scenes(tx, found.iter().map(|found| &found.site), review::look_back(month), month.last_day()).await?;
    let points: Vec<UsagePointId> = found.iter().map(|found| found.site.usage_point).collect();
    let standings = bill::standings(tx, &points).await?;
    let meters: Vec<MeterId> = found.iter().map(|found| found.place.meter).collect();
    let decisions = review::decisions_of(tx, &meters, month.first_day(), month.last_day()).await?;
    let nothing = Scene::default();
    let whole = |of: Doubtful| {
        let scene = scenes.get(&of.site.usage_point).unwrap_or(&nothing);
        let findings = scene.findings(&rules, &of.place, of.told.value, of.told.kind);
        let sentence =
            |doubt: Doubt| findings.iter().find(|found| found.doubt == doubt).map(|found| found.text.clone());
        let standing = standings.get(&of.site.usage_point);
        DoubtfulReading {
            doubts: of.doubts.iter().map(|doubt| (*doubt, sentence(*doubt))).collect(),
            background: scene.background(&rules, &of.place),
            billed: standing
                .is_some_and(|(_, document)| document.stands_on(&of.site.meter_no, of.place.register, of.place.on)),
            decision: review::covering(&decisions, &of.place, of.told).cloned(),
            of,
        }
    };
    Ok(found.into_iter().map(whole).collect())
}

/// A page of registers without a reading in `month`, each with what helps to decide about it.
pub async fn missing(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    month: Month,
    filter: &Filter,
    after: (&str, &str),
    limit: u32,
) -> Result<Vec<MissingReading>> {
    let reach = review::reach(ctx.require(READ)?, filter)?;
    let found = store::missing(tx, month, &reach, after, limit).await?;
    let rules = ReviewRules::of(packs, month)?;
    let scenes =
        review::scenes(tx, found.iter().map(|found| &found.site), review::look_back(month), month.last_day()).await?;
    let books = book::by_codes(tx, found.iter().map(|found| found.site.book.clone()).collect()).await?;
    let meters: Vec<MeterId> = found.iter().map(|found| found.meter).collect();
    let open = review::open_orders(tx, &meters).await?;
    let mut orders = Vec::new();
    for (place, id) in open.into_iter().filter(|(place, _)| Month::of(place.on) == month) {
        orders.extend(review::order(tx, id).await?.map(|order| (place, order)));
    }
    let nothing = Scene::default();
    let whole = |of: Missing| {
        let due_on = Book::due_on(books.iter().find(|book| book.code == of.site.book), month);
        let place = Place { meter: of.meter, register: of.register, on: due_on };
        let scene = scenes.get(&of.site.usage_point).unwrap_or(&nothing);
        let order = orders.iter().find(|(at, _)| (at.meter, at.register) == (of.meter, of.register));
        MissingReading {
            background: scene.background(&rules, &place),
            order: order.map(|(_, order)| order.clone()),
            due_on,
            of,
        }
    };
    Ok(found.into_iter().map(whole).collect())
}
