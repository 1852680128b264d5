//! What bills would have come to by other prices 电价测算.
//!
//! ```text
//!   bill that stood ──document──▶ its case, as it was billed ──the other price list──▶ another total
//!
//!   ask (pack, months, way) ──▶ trying ──▶ tried: sums on record, lines computed again for whoever wants the file
//!                                │  ▲
//!                                └──┘ stopped, killed: goes on from the last page that is in the sums
//! ```
//!
//! Nothing is billed. A case is priced as it was billed: reads, days, household, agreement and use of the year so far stay,
//! whatever customers would do at other prices. A trial may go by a pack that nobody has approved yet: that is its point.
//! Which bills are tried goes by the tariff that a bill ends with; days of another tariff within it keep that one's prices.
//!
//! The line of each bill is not kept: of a million bills a month, twelve months of lines would weigh more than the bills of
//! a year are worth looking at twice. They are computed again when somebody wants the file, and come out as they did: a trial
//! keeps the prices that it goes by and, of each month, the last number of a bill. Documents never change, numbers of a month
//! rise in the order of their commits, and a cancellation is a row with a number of its own: so the last number says which
//! bills stood, whatever was cancelled or issued since.
//!
//! **Invariants.** Each list of a trial's sums adds up to its total, to the fen. A bill is in the sums once, however often the
//! trial was interrupted: sums and the place that they reach are written together.

pub mod api;
mod model;
mod rules;
mod store;
pub mod work;

use std::borrow::Cow;
use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use kernel::{Month, Refusal};
use platform::jobs::{Job, Watch};
use platform::journal::{self, Entry};
use platform::{Ctx, Db, Fault, Permission, Result, Scope, Tx};
use pricing::{Case, Tariff, TariffBook};
use serde::Deserialize;

pub use model::{Change, Compared, Group, Months, PriceTrial, Reason, Tally, TrialState, Unpriced, Way, Wish};
pub use rules::{Band, Bands};
pub use store::MIGRATION;

use crate::pack::{self, Tariffs};
use crate::run::{self, RunScope};
use crate::{Bureau, bill};
use store::{Span, Standing};

pub const TRY: Permission = Permission("tariff.try");

/// Numbers of bills at a time.
const PAGE: i64 = 1000;
/// Pages whose sums are written together: as much is done again after a kill.
const SAVED_TOGETHER: u32 = 20;

/// The other prices, laid over the present ones.
#[derive(Debug, Clone)]
pub struct Prices {
    /// All price lists, the others in the place of the present ones of their tariffs.
    book: Arc<TariffBook>,
    /// The tariffs that have other prices.
    codes: Vec<String>,
}

impl Prices {
    /// Of each price list the last version, as if it had been in force: prices that are to come.
    pub fn to_come(present: &TariffBook, pack: &TariffBook) -> Prices {
        let mut own = TariffBook::default();
        pack.iter().for_each(|tariff| own.extend(tariff.held(tariff.versions.len().saturating_sub(1))));
        Prices::over(present, &own)
    }

    /// Each day by the version of that day, those of `pack` before those at `present`: prices that hold from a day of the
    /// past.
    pub fn by_day(present: &TariffBook, pack: &TariffBook) -> Prices {
        let mut own = TariffBook::default();
        for tariff in pack.iter() {
            present.get(&tariff.code).into_iter().chain([tariff]).for_each(|tariff| own.extend(tariff.clone()));
        }
        Prices::over(present, &own)
    }

    fn over(present: &TariffBook, own: &TariffBook) -> Prices {
        let mut book = TariffBook::default();
        let others = present.iter().filter(|tariff| own.get(&tariff.code).is_none());
        others.chain(own.iter()).for_each(|tariff| book.extend(tariff.clone()));
        Prices { book: Arc::new(book), codes: own.iter().map(|tariff| tariff.code.clone()).collect() }
    }

    /// The price lists that are not the present ones.
    fn own(&self) -> impl Iterator<Item = &Tariff> {
        self.codes.iter().filter_map(|code| self.book.get(code))
    }

    /// The price list that a bill is priced by: the one in the place of that by which it was billed. Where another tariff
    /// held on some of its days, those of that tariff beside it.
    fn of(&self, bill: &Standing, case: &Case) -> Option<Cow<'_, Tariff>> {
        self.book.of_case(&bill.tariff, case)
    }
}

/// Months, each with the last number that a bill of it had when the trial was asked for.
type Numbers = Vec<(Month, i64)>;

/// Bills as they stood at one moment, and the other prices for them.
struct View {
    prices: Prices,
    numbers: Numbers,
    stations: Option<Vec<String>>,
}

/// Some bills that follow each other.
struct Page {
    compared: Vec<Compared>,
    /// How many numbers were looked at from the beginning to here.
    done: i64,
}

impl View {
    fn new(prices: Prices, numbers: Numbers, stations: Option<Vec<String>>) -> Arc<View> {
        Arc::new(View { prices, numbers, stations })
    }

    fn of(&self) -> i64 {
        self.numbers.iter().map(|(_, last)| last).sum()
    }

    /// What is left after the first `done` numbers, in pages; with each how many are done behind it.
    fn spans(&self, done: i64) -> Vec<(Span, i64)> {
        let (mut before, mut spans) = (0, Vec::new());
        for (cycle, last) in &self.numbers {
            let mut after = (done - before).clamp(0, *last);
            while after < *last {
                let to = (after + PAGE).min(*last);
                spans.push((Span { cycle: *cycle, after, to, last: *last }, before + to));
                after = to;
            }
            before += last;
        }
        spans
    }

    /// The bills behind the first `done` numbers, in order. Reading goes on beside pricing, which takes every core; as many
    /// pages are in memory, whatever the number of bills.
    fn pages(self: &Arc<View>, db: &Db, done: i64) -> impl Stream<Item = Result<Page>> + Send + use<> {
        let ahead = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 6) + 1;
        let (view, db) = (Arc::clone(self), db.clone());
        let page = move |(span, done)| {
            let page = tokio::spawn(Arc::clone(&view).page(db.clone(), span, done));
            async move { page.await.map_err(|error| Fault::because("comparing bills", error))? }
        };
        stream::iter(self.spans(done)).map(page).buffered(ahead)
    }

    async fn page(self: Arc<View>, db: Db, span: Span, done: i64) -> Result<Page> {
        let tx = db.read().await?;
        tx.plan_afresh().await?;
        let bills = store::bills(&tx, span, &self.prices.codes, self.stations.as_deref()).await?;
        tx.rollback().await?;
        let pricing = tokio::task::spawn_blocking(move || self.priced(span.cycle, bills));
        let compared = pricing.await.map_err(|error| Fault::because("pricing bills by other prices", error))??;
        Ok(Page { compared, done })
    }

    fn priced(&self, cycle: Month, bills: Vec<Standing>) -> Result<Vec<Compared>> {
        let mut all = Vec::with_capacity(bills.len());
        for bill in bills {
            let Billed { case } = serde_json::from_str(&bill.document)?;
            let tariff = self.prices.of(&bill, &case);
            let tariff = tariff.ok_or_else(|| Fault::impossible(format!("no price list for bill {}", bill.bill_no)))?;
            let new = pricing::price(&tariff, &case).map(|priced| priced.total);
            all.push(Compared {
                cycle,
                bill_no: bill.bill_no,
                supply_no: bill.supply_no,
                station: bill.station,
                category: bill.category,
                tariff: bill.tariff,
                energy: bill.energy,
                now: bill.amount,
                new: new.map_err(|reason| pricing::quote::refusal(reason, &tariff.code)),
            });
        }
        Ok(all)
    }
}

/// What is read of a bill's document: the rest of it is only walked over.
#[derive(Deserialize)]
struct Billed {
    case: Case,
}

/// The last numbers of these months as they are now.
async fn numbers(tx: &Tx, months: Months) -> Result<Numbers> {
    let mut numbers = Vec::new();
    for cycle in months.all() {
        numbers.push((cycle, store::last_number(tx, cycle).await?));
    }
    Ok(numbers)
}

/// Where results and progress go.
pub struct Desk<'a> {
    pub compared: &'a mut (dyn FnMut(&Compared) -> Result<()> + Send),
    pub watch: &'a mut dyn Watch,
}

/// The standing bills of `months` that the actor may see and whose tariffs have other prices, in order of bill number.
/// Nothing is kept.
pub async fn compare(db: &Db, ctx: &Ctx, prices: &Prices, months: Months, desk: &mut Desk<'_>) -> Result<Tally> {
    let stations = ctx.require(TRY)?.stations();
    let view = View::new(prices.clone(), numbers(&db.read().await?, months).await?, stations);
    let mut tally = Tally::default();
    let mut pages = pin!(view.pages(db, 0));
    while let Some(page) = pages.next().await {
        let page = page?;
        for compared in &page.compared {
            (desk.compared)(compared)?;
            tally.add(compared);
        }
        desk.watch.progress(page.done.unsigned_abs(), Some(view.of().unsigned_abs()))?;
    }
    Ok(tally)
}

/// The columns of a comparison's file; the month is told where there are several.
pub fn columns(months: Months) -> &'static [&'static str] {
    let all = &["supply_no", "tariff", "amount_now", "amount_new", "difference", "cycle"];
    if months.from == months.to { &all[..5] } else { all }
}

/// A line of a comparison's file.
pub fn line(compared: &Compared, months: Months) -> Vec<String> {
    let shown = |amount: Option<kernel::Money>| amount.map_or_else(String::new, |amount| amount.to_string());
    let (new, difference) = (shown(compared.new.as_ref().ok().copied()), shown(compared.difference()));
    let mut line = vec![compared.supply_no.clone(), compared.tariff.clone(), compared.now.to_string(), new, difference];
    if months.from != months.to {
        line.push(compared.cycle.to_string());
    }
    line
}

/// Puts a trial on record, to be tried on the bills that stand now. One of the same wish that is not at its end goes on.
pub async fn ask(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, wish: Wish) -> Result<PriceTrial> {
    let station = wish.station.or_else(|| only_station(ctx));
    let wish = Wish { station, ..wish };
    let scope = RunScope { station: wish.station.clone(), ..RunScope::default() };
    run::require_over(ctx, TRY, &scope)?;
    run::check_scope(tx, &scope).await?;
    let (pack, check) = pack::find(tx, ctx, tariffs, wish.pack_no).await?;
    if let Some(known) = store::open_like(tx, &wish).await? {
        return Ok(known);
    }
    let Some(tariff) = check.read else {
        let first = check.problems.first().map(|problem| problem.refusal().at("pack_no"));
        return Err(first.map_or_else(|| Fault::impossible("a pack without a tariff"), Into::into));
    };
    if check.billed_to.is_none() {
        return Err(never_billed(&tariff.code).into());
    }
    let mut book = TariffBook::default();
    book.extend(tariff);
    let present = tariffs.now(tx).await?;
    let prices = match wish.way {
        Way::ToCome => Prices::to_come(&present, &book),
        Way::ByDay => Prices::by_day(&present, &book),
    };
    let numbers = numbers(tx, wish.months).await?;
    let of: i64 = numbers.iter().map(|(_, last)| last).sum();
    if of == 0 {
        let (zh, en) = ("这些月份还没有账单", "no bills of these months were issued yet");
        return Err(Refusal::conflict("price-trial.no-bills", zh, en).at("from").into());
    }
    let number = bill::take_numbers(tx, &format!("price trial {}", ctx.today), 1).await?;
    let trial = PriceTrial {
        trial_no: format!("{}{number:05}", ctx.today.strftime("%Y%m%d")),
        wish,
        tariff: pack.code,
        tariff_name: pack.name,
        state: TrialState::Trying,
        done: 0,
        of,
        total: Group::default(),
        asked_by: ctx.actor.name.clone(),
        asked_at: ctx.now,
        tried_at: None,
    };
    store::insert(tx, &trial, &prices, &numbers).await?;
    note(tx, ctx, TRY.0, &trial).await?;
    Ok(trial)
}

/// The station of whoever has the right at one alone: he need not name it.
fn only_station(ctx: &Ctx) -> Option<String> {
    match ctx.require(TRY) {
        Ok(Scope::Stations(stations)) if stations.len() == 1 => stations.into_iter().next(),
        _ => None,
    }
}

fn never_billed(tariff: &str) -> Refusal {
    Refusal::conflict(
        "price-trial.never-billed",
        format!("从未按电价 {tariff} 发行过账单，没有可测算的对象"),
        format!("nothing was ever billed by the tariff {tariff}: there is nothing to try these prices on"),
    )
    .at("pack_no")
}

async fn note(tx: &Tx, ctx: &Ctx, act: &str, trial: &PriceTrial) -> Result<()> {
    let Wish { pack_no, months, way, station } = &trial.wish;
    let Group { bills, now, new, unpriced, .. } = &trial.total;
    let detail = serde_json::json!({
        "pack_no": pack_no, "from": months.from, "to": months.to, "way": way, "station": station, "bills": bills,
        "now": now.to_string(), "new": new.to_string(), "unpriced": unpriced,
    });
    let subject = format!("price-trial:{}", trial.trial_no);
    journal::record(tx, ctx, Entry { act, subject, reason: None, detail }).await
}

/// A trial over bills that the actor may see.
async fn visible(tx: &Tx, ctx: &Ctx, trial_no: &str) -> Result<PriceTrial> {
    let scope = ctx.require(TRY)?;
    let is_seen = |trial: &PriceTrial| match &trial.wish.station {
        Some(station) => scope.covers(station),
        None => scope == Scope::Bureau,
    };
    let found = store::one(tx, trial_no).await?.filter(is_seen);
    found.ok_or_else(|| {
        let (zh, en) = (format!("没有电价测算 {trial_no}"), format!("there is no price trial {trial_no}"));
        Refusal::not_found("price-trial.unknown", zh, en).at("trial_no").into()
    })
}

/// Prices the bills of a trial that are not in its sums yet.
pub async fn try_bills(bureau: &Bureau, ctx: &Ctx, trial_no: &str, watch: &mut dyn Watch) -> Result<PriceTrial> {
    let db = &bureau.house.db;
    visible(&db.read().await?, ctx, trial_no).await?;
    let job = Job::claim(db, &format!("price trial {trial_no}")).await?;
    let outcome = try_claimed(bureau, ctx, trial_no, watch).await;
    job.end(outcome).await
}

async fn try_claimed(bureau: &Bureau, ctx: &Ctx, trial_no: &str, watch: &mut dyn Watch) -> Result<PriceTrial> {
    let db = &bureau.house.db;
    let (mut trial, view) = opened(&db.read().await?, ctx, &bureau.tariffs, trial_no).await?;
    let mut tally = store::sums(&db.read().await?, trial_no).await?;
    if trial.state == TrialState::Tried {
        return Ok(trial);
    }
    let (mut saved, mut unsaved) = (trial.done, 0);
    let mut pages = pin!(view.pages(db, trial.done));
    while let Some(page) = pages.next().await {
        let page = page?;
        page.compared.iter().for_each(|compared| tally.add(compared));
        (trial.done, unsaved) = (page.done, unsaved + 1);
        let told = watch.progress(trial.done.unsigned_abs(), Some(trial.of.unsigned_abs()));
        // Who is told to end keeps what is done.
        if told.is_err() || unsaved == SAVED_TOGETHER {
            let tx = db.write().await?;
            let is_mine = store::save(&tx, &trial, &tally, saved).await?;
            tx.commit().await?;
            told?;
            mine(is_mine, trial_no)?;
            (saved, unsaved) = (trial.done, 0);
        }
    }
    (trial.state, trial.tried_at) = (TrialState::Tried, Some(bureau.house.clock.now()));
    trial.total = tally.all;
    let tx = db.write().await?;
    mine(store::save(&tx, &trial, &tally, saved).await?, trial_no)?;
    note(&tx, ctx, "tariff.tried", &trial).await?;
    tx.commit().await?;
    Ok(trial)
}

fn mine(is_mine: bool, trial_no: &str) -> Result<()> {
    if is_mine { Ok(()) } else { Err(Fault::impossible(format!("two carry the price trial {trial_no}"))) }
}

async fn opened(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, trial_no: &str) -> Result<(PriceTrial, Arc<View>)> {
    let trial = visible(tx, ctx, trial_no).await?;
    let (own, numbers) = store::kept(tx, trial_no).await?;
    let prices = Prices::over(&*tariffs.now(tx).await?, &own);
    let view = View::new(prices, numbers, trial.wish.station.clone().map(|station| vec![station]));
    Ok((trial, view))
}

/// Trials that the actor may see, newest first, below the number `before`; of one pack or all.
pub async fn page(
    tx: &Tx,
    ctx: &Ctx,
    pack_no: Option<i64>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<PriceTrial>> {
    let stations = ctx.require(TRY)?.stations();
    store::page(tx, stations, pack_no, before, limit.clamp(1, 200)).await
}

/// A trial, and what it came to once it is at its end.
pub async fn find(tx: &Tx, ctx: &Ctx, trial_no: &str) -> Result<(PriceTrial, Option<Tally>)> {
    let trial = visible(tx, ctx, trial_no).await?;
    let sums = match trial.state {
        TrialState::Trying => None,
        TrialState::Tried => Some(store::sums(tx, trial_no).await?),
    };
    Ok((trial, sums))
}

/// The bills of a trial one by one, computed again as they are asked for.
pub struct Lines(Pin<Box<dyn Stream<Item = Result<Page>> + Send>>);

impl Lines {
    /// Some that follow each other; none at the end.
    pub async fn next(&mut self) -> Result<Vec<Compared>> {
        while let Some(page) = self.0.next().await {
            let page = page?;
            if !page.compared.is_empty() {
                return Ok(page.compared);
            }
        }
        Ok(Vec::new())
    }
}

/// The bills of a trial that is at its end, written in the journal as an export.
pub async fn lines(db: &Db, ctx: &Ctx, tariffs: &Tariffs, trial_no: &str) -> Result<(PriceTrial, Lines)> {
    let (trial, view) = opened(&db.read().await?, ctx, tariffs, trial_no).await?;
    if trial.state != TrialState::Tried {
        let (zh, en) = ("测算尚未完成，请稍候", "this trial is not at its end yet");
        return Err(Refusal::conflict("price-trial.under-way", zh, en).at("trial_no").into());
    }
    journal::note_export(db, ctx, "price-trial", serde_json::json!({ "trial_no": trial_no })).await?;
    Ok((trial, Lines(Box::pin(view.pages(db, 0)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_trial_begins_where_its_sums_end() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let numbers = vec![(month("2016-07"), 2_500), (month("2016-08"), 0), (month("2016-09"), 1)];
        let view = View::new(Prices::over(&TariffBook::default(), &TariffBook::default()), numbers, None);
        let spans = |done| {
            let of = |(span, done): (Span, i64)| format!("{} {}..{} {done}", span.cycle, span.after, span.to);
            view.spans(done).into_iter().map(of).collect::<Vec<_>>()
        };
        let all = ["2016-07 0..1000 1000", "2016-07 1000..2000 2000", "2016-07 2000..2500 2500", "2016-09 0..1 2501"];
        assert_eq!(spans(0), all);
        assert_eq!(spans(1_000), all[1..]);
        assert_eq!(spans(2_500), all[3..]);
        assert_eq!(spans(view.of()), [""; 0]);
    }
}
