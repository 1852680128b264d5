//! Trials of prices: asked for, looked at, taken along as files.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, download, input, page};
use platform::long_work::{self, Handlers};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::{self, AMOUNTS, PERCENTS};
use super::{Bands, Compared, Group, Lines, Months, Tally, Way, Wish, work};
use crate::pack::Tariffs;
use crate::what_if::{self, TRY};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Handlers: FromRef<S>,
    Tariffs: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, ask))
        .routes(routes!(show))
        .routes(routes!(bills))
        .routes(routes!(unpriced))
}

/// A trial of a price list on bills of the past 电价测算.
#[derive(Serialize, ToSchema)]
struct PriceTrial {
    #[schema(example = "2016090100001")]
    trial_no: String,
    /// Of the pack with the prices that are tried.
    #[schema(example = 1)]
    pack_no: i64,
    /// Whose bills they are tried on.
    #[schema(example = "sample/farming")]
    tariff: String,
    tariff_name: Words,
    #[schema(example = "2016-01")]
    from: String,
    #[schema(example = "2016-08")]
    to: String,
    /// `to-come`: as if the last version had been in force; `by-day`: each version from its first day.
    #[schema(example = "to-come")]
    way: String,
    /// Code of the supply station; null: the whole bureau.
    #[schema(example = json!(null))]
    station: Option<String>,
    /// `trying` or `tried`.
    #[schema(example = "tried")]
    state: String,
    state_name: Words,
    /// How many numbers of bills are looked at; not all of them are bills by this tariff.
    #[schema(example = 12000)]
    done: i64,
    #[schema(example = 12000)]
    of: i64,
    total: TrialGroup,
    #[schema(example = "wang.li")]
    asked_by: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    asked_at: String,
    #[schema(example = json!(null))]
    tried_at: Option<String>,
}

impl From<what_if::PriceTrial> for PriceTrial {
    fn from(of: what_if::PriceTrial) -> PriceTrial {
        let Wish { pack_no, months, way, station } = of.wish;
        PriceTrial {
            trial_no: of.trial_no,
            pack_no,
            tariff: of.tariff,
            tariff_name: of.tariff_name.into(),
            from: months.from.to_string(),
            to: months.to.to_string(),
            way: way.word().into(),
            station,
            state: of.state.word().into(),
            state_name: of.state.label().into(),
            done: of.done,
            of: of.of,
            total: TrialGroup::from(of.total),
            asked_by: of.asked_by,
            asked_at: of.asked_at.to_string(),
            tried_at: of.tried_at.map(|at| at.to_string()),
        }
    }
}

/// What some bills come to, yuan in decimal text. Those without a price by the other list are counted alone.
#[derive(Serialize, ToSchema)]
struct TrialGroup {
    #[schema(example = 1200)]
    bills: u64,
    #[schema(example = "410000")]
    kwh: String,
    #[schema(example = "221400.00")]
    now: String,
    #[schema(example = "229600.00")]
    new: String,
    #[schema(example = "8200.00")]
    difference: String,
    /// Of what they come to now, percent with two decimals; null where that is nothing.
    #[schema(example = "3.70")]
    percent: Option<String>,
    /// What a kWh costs on the average, yuan with four decimals; null without use.
    #[schema(example = "0.5400")]
    average_now: Option<String>,
    #[schema(example = "0.5600")]
    average_new: Option<String>,
    /// Bills that are higher, lower and the same by the other prices.
    #[schema(example = 1100)]
    more: u64,
    #[schema(example = 60)]
    less: u64,
    #[schema(example = 40)]
    same: u64,
    /// By how much, all together; what is lower is negative.
    #[schema(example = "8310.00")]
    rise: String,
    #[schema(example = "-110.00")]
    fall: String,
    #[schema(example = 0)]
    unpriced: u64,
}

impl From<Group> for TrialGroup {
    fn from(of: Group) -> TrialGroup {
        let averages = of.averages();
        TrialGroup {
            bills: of.bills,
            kwh: of.energy.to_string(),
            now: of.now.to_string(),
            new: of.new.to_string(),
            difference: of.difference().to_string(),
            percent: of.percent().map(|hundredths| decimals(hundredths, 2)),
            average_now: averages.map(|(now, _)| decimals(now, 4)),
            average_new: averages.map(|(_, new)| decimals(new, 4)),
            more: of.more,
            less: of.less,
            same: of.same(),
            rise: of.rise.to_string(),
            fall: of.fall.to_string(),
            unpriced: of.unpriced,
        }
    }
}

/// With all of its decimals, so that a column of them stands in line.
fn decimals(units: i64, decimals: u32) -> String {
    let (sign, size, scale) = (if units < 0 { "-" } else { "" }, units.unsigned_abs(), 10_u64.pow(decimals));
    format!("{sign}{}.{:0width$}", size / scale, size % scale, width = decimals as usize)
}

/// The bills of a tariff, a category of use, a station or a month.
#[derive(Serialize, ToSchema)]
struct TrialPart {
    /// Its code; a month as 2016-08.
    #[schema(example = "ST01")]
    key: String,
    /// In words, of a category of use.
    name: Option<Words>,
    #[serde(flatten)]
    group: TrialGroup,
}

impl TrialPart {
    fn of(key: impl ToString, name: Option<kernel::Text>, group: Group) -> TrialPart {
        TrialPart { key: key.to_string(), name: name.map(Words::from), group: group.into() }
    }
}

/// Bills whose difference lies between two ends; without a from or to it is open there, with both zero there is none.
#[derive(Serialize, ToSchema)]
struct TrialBand {
    /// The lower end: of yuan decimal text, of a share percent. A rise is above it, a fall reaches it.
    #[schema(example = "5.00")]
    from: Option<String>,
    /// The upper end: a rise reaches it, a fall is below it.
    #[schema(example = "10.00")]
    to: Option<String>,
    #[schema(example = 310)]
    bills: u64,
    #[schema(example = "2210.50")]
    difference: String,
}

fn bands(of: &Bands, ends: &[i64], shown: fn(i64) -> String) -> Vec<TrialBand> {
    let band = |at| {
        let ((from, to), band) = (rules::ends_of(ends, at), of.at(at));
        TrialBand {
            from: from.map(shown),
            to: to.map(shown),
            bills: band.bills,
            difference: band.difference.to_string(),
        }
    };
    rules::bands_of(ends).map(band).collect()
}

/// A bill that the other prices change much.
#[derive(Serialize, ToSchema)]
struct TrialChange {
    #[schema(example = "20160800000001")]
    bill_no: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "2016-08")]
    cycle: String,
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "sample/farming")]
    tariff: String,
    /// Yuan, decimal text.
    #[schema(example = "221.40")]
    now: String,
    #[schema(example = "229.60")]
    new: String,
    #[schema(example = "8.20")]
    difference: String,
}

impl From<what_if::Change> for TrialChange {
    fn from(of: what_if::Change) -> TrialChange {
        TrialChange {
            difference: of.difference().to_string(),
            bill_no: of.bill_no,
            supply_no: of.supply_no,
            cycle: of.cycle.to_string(),
            station: of.station,
            tariff: of.tariff,
            now: of.now.to_string(),
            new: of.new.to_string(),
        }
    }
}

/// Bills that have no price by the other list, for one kind of reason.
#[derive(Serialize, ToSchema)]
struct TrialUnpriced {
    #[schema(example = "unpriced.no-price")]
    code: String,
    #[schema(example = 3)]
    bills: u64,
    /// What they come to now, yuan in decimal text; in no other sum.
    #[schema(example = "410.00")]
    now: String,
    /// The first of them, at most twenty; all are in the file.
    some: Vec<TrialReason>,
}

#[derive(Serialize, ToSchema)]
struct TrialReason {
    #[schema(example = "20160800000001")]
    bill_no: String,
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "2016-08")]
    cycle: String,
    message: Words,
}

impl From<what_if::Unpriced> for TrialUnpriced {
    fn from(of: what_if::Unpriced) -> TrialUnpriced {
        let reason = |one: what_if::Reason| TrialReason {
            bill_no: one.bill_no,
            supply_no: one.supply_no,
            cycle: one.cycle.to_string(),
            message: one.text.into(),
        };
        TrialUnpriced {
            code: of.code,
            bills: of.bills,
            now: of.now.to_string(),
            some: of.some.into_iter().map(reason).collect(),
        }
    }
}

/// What a trial came to. Each list adds up to the trial's total, to the fen.
#[derive(Serialize, ToSchema)]
struct TrialSums {
    by_tariff: Vec<TrialPart>,
    /// By category of use 用电类别, as the accounts have it now.
    by_category: Vec<TrialPart>,
    by_station: Vec<TrialPart>,
    by_month: Vec<TrialPart>,
    /// By the difference of a bill, from the largest fall to the largest rise.
    by_amount: Vec<TrialBand>,
    /// The same by its share of the bill as it is now.
    by_share: Vec<TrialBand>,
    /// Of bills that came to nothing there is no share.
    baseless: TrialBand,
    /// The largest rises and falls, at most twenty of each.
    up: Vec<TrialChange>,
    down: Vec<TrialChange>,
    unpriced: Vec<TrialUnpriced>,
}

impl From<Tally> for TrialSums {
    fn from(of: Tally) -> TrialSums {
        let baseless = of.by_share.baseless();
        TrialSums {
            by_tariff: of.by_tariff.into_iter().map(|(code, group)| TrialPart::of(code, None, group)).collect(),
            by_category: of
                .by_category
                .into_iter()
                .map(|(category, group)| TrialPart::of(category, Some(category.label()), group))
                .collect(),
            by_station: of.by_station.into_iter().map(|(code, group)| TrialPart::of(code, None, group)).collect(),
            by_month: of.by_month.into_iter().map(|(month, group)| TrialPart::of(month, None, group)).collect(),
            by_amount: bands(&of.by_amount, &AMOUNTS, |fen| kernel::Money::from_fen(fen).to_string()),
            by_share: bands(&of.by_share, &PERCENTS, |percent| percent.to_string()),
            baseless: TrialBand {
                from: None,
                to: None,
                bills: baseless.bills,
                difference: baseless.difference.to_string(),
            },
            up: of.up.into_iter().map(TrialChange::from).collect(),
            down: of.down.into_iter().map(TrialChange::from).collect(),
            unpriced: of.unpriced.into_iter().map(TrialUnpriced::from).collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TrialsQuery {
    /// Only trials of this pack.
    #[param(example = 1)]
    pack_no: Option<i64>,
    /// `next` of the page before; absent for the newest.
    after: Option<String>,
    /// 1 to 200 trials.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Trials over bills that you may see, newest first. Needs `tariff.try`.
#[utoipa::path(get, path = "/api/price-trials", tag = "tariff", operation_id = "list_price_trials", params(TrialsQuery), responses(
    (status = 200, description = "a page of trials", body = Page<PriceTrial>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<TrialsQuery>,
) -> Answer<Json<Page<PriceTrial>>> {
    let limit = page::limit(query.limit)?;
    let tx = house.db.glance().await?;
    let found = what_if::page(&tx, &ctx, query.pack_no, query.after.as_deref(), limit).await?;
    let found = found.into_iter().map(PriceTrial::from).collect();
    Ok(Json(Page::of(found, limit, |one: &PriceTrial| one.trial_no.clone())))
}

/// Which prices to try on which bills.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PriceTrialWish {
    /// A pack that was handed in, approved or not.
    #[schema(example = 1)]
    pack_no: i64,
    /// First month of the bills.
    #[schema(example = "2016-08")]
    from: String,
    /// Last month; at most twelve in all.
    #[schema(example = "2016-08")]
    to: String,
    /// `to-come`: as if the pack's last version had been in force; `by-day`: each version from its first day.
    #[schema(example = "to-come")]
    way: String,
    /// Only bills of this station; null: of all.
    #[schema(example = json!(null))]
    station: Option<String>,
}

/// A trial, and the work that was asked for it.
#[derive(Serialize, ToSchema)]
struct PriceTrialAsked {
    trial: PriceTrial,
    work: long_work::api::Work,
}

/// Tries a pack's prices on the bills that stand now; nothing is billed. One of the same wish that was stopped goes on.
/// `tariff-pack.unknown`, `price-trial.months`, `price-trial.no-bills`, `price-trial.never-billed`, `station.unknown` and
/// `work.open` say why not. Needs `tariff.try` over the station, or over the bureau.
#[utoipa::path(post, path = "/api/price-trials", tag = "tariff", operation_id = "ask_price_trial",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = PriceTrialWish,
    responses((status = 202, description = "the trial, its work queued; written in the journal", body = PriceTrialAsked), Reading, Finding, Acting))]
async fn ask(
    State(house): State<House>,
    State(handlers): State<Handlers>,
    State(tariffs): State<Tariffs>,
    act: Act<PriceTrialWish>,
) -> Answer<Response> {
    act.once(TRY, async |tx, ctx, wish| {
        let months = Months::new(input::month(&wish.from, "from")?, input::month(&wish.to, "to")?)?;
        let way = crate::fields::word_of(&wish.way, "way", Way::from_word, "to-come, by-day")?;
        let wish = Wish { pack_no: wish.pack_no, months, way, station: wish.station };
        let (trial, asked) = work::ask(tx, ctx, &tariffs, wish).await?;
        let work = long_work::api::Work::of(asked, &house, &handlers)?;
        Ok((StatusCode::ACCEPTED, PriceTrialAsked { trial: trial.into(), work }))
    })
    .await
}

#[derive(Serialize, ToSchema)]
struct PriceTrialInFull {
    trial: PriceTrial,
    /// Null until the trial is at its end.
    sums: Option<TrialSums>,
}

/// A trial and what it came to. Needs `tariff.try`.
#[utoipa::path(get, path = "/api/price-trials/{trial_no}", tag = "tariff", operation_id = "get_price_trial",
    params(("trial_no" = String, Path, description = "its number", example = "2016090100001")),
    responses((status = 200, description = "the trial", body = PriceTrialInFull), Reading, Finding))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(trial_no): Path<String>,
) -> Answer<Json<PriceTrialInFull>> {
    let tx = house.db.read().await?;
    let (trial, sums) = what_if::find(&tx, &ctx, &trial_no).await?;
    Ok(Json(PriceTrialInFull { trial: trial.into(), sums: sums.map(TrialSums::from) }))
}

/// The lines of a file, page by page while they are sent.
struct Rows<F> {
    lines: Lines,
    line: F,
}

impl<F: Fn(&Compared) -> Option<Vec<String>> + Send + 'static> download::Rows for Rows<F> {
    async fn next(&mut self) -> Result<Vec<Vec<String>>> {
        loop {
            let bills = self.lines.next().await?;
            let rows: Vec<Vec<String>> = bills.iter().filter_map(&self.line).collect();
            if bills.is_empty() || !rows.is_empty() {
                return Ok(rows);
            }
        }
    }
}

/// Every bill of a trial as a CSV file: what it comes to now and by the other prices; an act in the journal.
/// `price-trial.under-way` says why not yet. Needs `tariff.try`.
#[utoipa::path(get, path = "/api/price-trials/{trial_no}/bills.csv", tag = "tariff", operation_id = "export_price_trial",
    params(("trial_no" = String, Path, description = "its number", example = "2016090100001")),
    responses(
        (status = 200, description = "one bill a row; the month is told where there are several", body = String, content_type = "text/csv"),
        (status = 409, description = "`price-trial.under-way`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn bills(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Path(trial_no): Path<String>,
) -> Answer<Response> {
    let (trial, lines) = what_if::lines(&house.db, &ctx, &tariffs, &trial_no).await?;
    let months = trial.wish.months;
    let rows = Rows { lines, line: move |one: &Compared| Some(what_if::line(one, months)) };
    Ok(download::csv(&format!("price-trial-{}.csv", trial.trial_no), what_if::columns(months), rows)?)
}

/// The bills of a trial that have no price by the other list, each with the reason, as a CSV file; an act in the journal.
/// `price-trial.under-way` says why not yet. Needs `tariff.try`.
#[utoipa::path(get, path = "/api/price-trials/{trial_no}/unpriced.csv", tag = "tariff", operation_id = "export_price_trial_unpriced",
    params(("trial_no" = String, Path, description = "its number", example = "2016090100001")),
    responses(
        (status = 200, description = "one bill a row", body = String, content_type = "text/csv"),
        (status = 409, description = "`price-trial.under-way`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn unpriced(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Path(trial_no): Path<String>,
) -> Answer<Response> {
    let (trial, lines) = what_if::lines(&house.db, &ctx, &tariffs, &trial_no).await?;
    let header =
        ["supply_no", "bill_no", "cycle", "station", "tariff", "amount_now", "code", "message_zh", "message_en"];
    let line = |one: &Compared| {
        let refusal = one.new.as_ref().err()?;
        Some(vec![
            one.supply_no.clone(),
            one.bill_no.clone(),
            one.cycle.to_string(),
            one.station.clone(),
            one.tariff.clone(),
            one.now.to_string(),
            refusal.code.to_owned(),
            refusal.text.zh.to_string(),
            refusal.text.en.to_string(),
        ])
    };
    Ok(download::csv(&format!("price-trial-{}-unpriced.csv", trial.trial_no), &header, Rows { lines, line })?)
}
