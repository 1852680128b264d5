//! Deciding about readings, what was decided, and orders to read again.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Refusal, Register};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Page, Reading, SignedIn, Words, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Asked, Decided, Decision, EstimateRule, Filter, Told, Wish};
use crate::fields;
use crate::metering::Count;
use crate::reading::ReadingKind;
use crate::reading::rules::Doubt;
use crate::review;
use crate::supply::{masked_address, masked_name};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(decisions))
        .routes(routes!(accept_all))
        .routes(routes!(orders))
        .routes(routes!(preview))
        .routes(routes!(decide))
        .routes(routes!(undo))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkQuery {
    /// Only of this station.
    #[param(example = "ST01")]
    pub station: Option<String>,
    /// Only of this reading book; empty: of usage points that name none.
    #[param(example = "B001")]
    pub book: Option<String>,
    /// Only with this doubt: `negative`, `over-capacity`, `spike`, `rollover`, `constant` or `vacancy`.
    #[param(example = "spike")]
    doubt: Option<String>,
    /// Only those that nobody has decided about, or only the others.
    #[param(example = true)]
    undecided: Option<bool>,
    /// Only open orders, or only those done.
    #[param(example = true)]
    open: Option<bool>,
    /// `next` of the page before; absent for the first.
    pub after: Option<String>,
    /// 1 to 200 items.
    #[param(example = 50, minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl WorkQuery {
    pub fn filter(&self) -> Result<Filter> {
        let doubt = self.doubt.as_deref().filter(|word| !word.is_empty()).map(known_doubt).transpose()?;
        Ok(Filter { station: self.station.clone(), book: self.book.clone(), doubt, undecided: self.undecided })
    }

    /// The parts of the cursor, as many as there are; empty for the first page.
    pub fn cursor<const N: usize>(&self) -> Result<Option<[&str; N]>> {
        let Some(after) = self.after.as_deref() else {
            return Ok(None);
        };
        let parts: Vec<&str> = after.split(SEPARATOR).collect();
        parts.try_into().map(Some).map_err(|_| wrong_cursor().into())
    }
}

/// Stands in no code, number or day.
const SEPARATOR: char = '~';

pub(crate) fn wrong_cursor() -> Refusal {
    Refusal::invalid("page.after", "翻页标记有误", "this is no place where a page begins").at("after")
}

fn known_doubt(word: &str) -> Result<Doubt> {
    Ok(fields::word_of(word, "doubt", Doubt::from_word, "negative, over-capacity, spike, rollover, constant, vacancy")?)
}

fn known_register(word: &str) -> Result<Register, Refusal> {
    fields::word_of(word, "register", Register::from_word, "sharp, peak, flat, valley, total, reactive, demand")
}

fn known_rule(word: Option<&str>) -> Result<Option<EstimateRule>, Refusal> {
    let known = "between-readings, same-month-last-year, last-three-months";
    word.map(|word| fields::word_of(word, "rule", EstimateRule::from_word, known)).transpose()
}

/// Where a register hangs; personal data is masked.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingSite {
    #[schema(example = "0000000001")]
    supply_no: String,
    #[schema(example = "张**")]
    name: String,
    #[schema(example = "扬中市三茅镇翠竹路***")]
    address: Option<String>,
    #[schema(example = "ST01")]
    station: String,
    /// Empty: none.
    #[schema(example = "B001")]
    book: String,
    #[schema(example = "M0000000001")]
    pub meter_no: String,
}

impl From<review::Site> for ReadingSite {
    fn from(site: review::Site) -> ReadingSite {
        ReadingSite {
            supply_no: site.supply_no,
            name: masked_name(&site.name),
            address: site.address.as_deref().map(masked_address),
            station: site.station,
            book: site.book,
            meter_no: site.meter_no,
        }
    }
}

/// A value of a register and where it comes from.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToldValue {
    #[schema(example = "1520.5")]
    value: String,
    /// `actual`, `customer` or `estimated`.
    #[schema(example = "actual")]
    kind: String,
}

impl From<Told> for ToldValue {
    fn from(told: Told) -> ToldValue {
        ToldValue { value: told.value.to_string(), kind: told.kind.word().into() }
    }
}

/// A decision on record.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewDecision {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: String,
    /// Null where it goes without saying.
    #[schema(example = "0000000001")]
    supply_no: Option<String>,
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "total")]
    register: String,
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// `accept`, `correct`, `estimate`, `re-read` or `undo`.
    #[schema(example = "accept")]
    decision: String,
    label: Words,
    #[schema(example = "2016-09-01T01:00:00Z")]
    at: String,
    #[schema(example = "wang.li")]
    by: String,
    #[schema(example = "现场核对无误")]
    reason: Option<String>,
    /// Of an estimate: `between-readings`, `same-month-last-year` or `last-three-months`.
    #[schema(example = json!(null))]
    rule: Option<String>,
    /// What stood before; null where nothing was read.
    before: Option<ToldValue>,
    /// What the decision left; null where it is to be read again.
    after: Option<ToldValue>,
    /// The decision that this one takes back.
    #[schema(example = json!(null))]
    undoes: Option<String>,
    #[schema(example = false)]
    undone: bool,
}

impl ReviewDecision {
    pub fn of(decided: Decided, supply_no: Option<String>) -> ReviewDecision {
        ReviewDecision {
            id: decided.id.to_string(),
            supply_no,
            meter_no: decided.meter_no,
            register: decided.place.register.word().into(),
            read_on: decided.place.on.to_string(),
            decision: decided.decision.word().into(),
            label: decided.decision.label().into(),
            at: decided.at.to_string(),
            by: decided.by,
            reason: decided.reason,
            rule: decided.rule.map(|rule| rule.word().to_owned()),
            before: decided.before.map(ToldValue::from),
            after: decided.after.map(ToldValue::from),
            undoes: decided.undoes.map(|id| id.to_string()),
            undone: decided.undone,
        }
    }
}

/// An order to read again 重抄.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingOrder {
    /// The decision that ordered it; to be taken back by it.
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    decision: String,
    site: ReadingSite,
    #[schema(example = "total")]
    register: String,
    /// The day of the reading that was put aside, or that is missing.
    #[schema(example = "2016-08-31")]
    read_on: String,
    #[schema(example = "wang.li")]
    ordered_by: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    ordered_at: String,
    #[schema(example = "读数突增，现场复核")]
    reason: Option<String>,
    #[schema(example = "2016-09-03")]
    due_on: String,
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
    /// The day of the reading that has come; null while the order is open.
    #[schema(example = json!(null))]
    done_on: Option<String>,
    /// The reading that has come.
    done: Option<ToldValue>,
}

impl From<review::Order> for ReadingOrder {
    fn from(order: review::Order) -> ReadingOrder {
        ReadingOrder {
            decision: order.decision.to_string(),
            site: order.site.into(),
            register: order.place.register.word().into(),
            read_on: order.place.on.to_string(),
            ordered_by: order.ordered_by,
            ordered_at: order.ordered_at.to_string(),
            reason: order.reason,
            due_on: order.due_on.to_string(),
            reader: order.reader,
            done_on: order.done.map(|(on, ..)| on.to_string()),
            done: order.done.map(|(_, value, kind)| Told { value, kind }.into()),
        }
    }
}

/// Orders to read again, by the day on which they are due. Needs `reading.read`.
#[utoipa::path(get, path = "/api/reading-orders", tag = "review", operation_id = "list_reading_orders", params(WorkQuery),
    responses(
        (status = 200, description = "a page of orders of the stations that you may see", body = Page<ReadingOrder>),
        (status = 422, description = "`page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn orders(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<ReadingOrder>>> {
    let limit = page::limit(query.limit)?;
    let [due_on, id] = query.cursor::<2>()?.unwrap_or_default();
    let id = if id.is_empty() { Uuid::nil() } else { id.parse().map_err(|_| wrong_cursor())? };
    let tx = house.db.read().await?;
    let found = review::orders(&tx, &ctx, &query.filter()?, query.open, (due_on, id), limit).await?;
    let items = found.into_iter().map(ReadingOrder::from).collect();
    Ok(Json(Page::of(items, limit, |order: &ReadingOrder| [order.due_on.as_str(), &order.decision].join("~"))))
}

/// What was decided about readings of a month, newest first. Needs `reading.read`.
#[utoipa::path(get, path = "/api/reading-months/{month}/decisions", tag = "review", operation_id = "list_review_decisions",
    params(("month" = String, Path, description = "calendar month", example = "2016-08"), WorkQuery),
    responses(
        (status = 200, description = "a page of decisions of the stations that you may see", body = Page<ReviewDecision>),
        (status = 422, description = "`month.invalid`, `page.limit`, `page.after`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn decisions(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(month): Path<String>,
    Query(query): Query<WorkQuery>,
) -> Answer<Json<Page<ReviewDecision>>> {
    let (month, limit) = (input::month(&month, "month")?, page::limit(query.limit)?);
    let before = query.after.as_deref().map(|id| id.parse().map_err(|_| wrong_cursor())).transpose()?;
    let tx = house.db.read().await?;
    let before = before.unwrap_or(Uuid::max());
    let found = review::decisions(&tx, &ctx, month, &query.filter()?, before, limit).await?;
    let items = found.into_iter().map(|(decided, supply_no)| ReviewDecision::of(decided, Some(supply_no))).collect();
    Ok(Json(Page::of(items, limit, |decision: &ReviewDecision| decision.id.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptAll {
    /// The only doubt of the readings that are accepted; not `negative`.
    #[schema(example = "vacancy")]
    doubt: String,
    #[schema(example = "ST01")]
    station: Option<String>,
    #[schema(example = json!(null))]
    book: Option<String>,
    #[schema(example = "空置户，已现场核对")]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct AcceptedAll {
    #[schema(example = 12)]
    accepted: u64,
    /// There are more: repeat it with another key.
    #[schema(example = false)]
    more: bool,
}

/// Accepts at once the undecided readings of a month, a book or a station whose only doubt is this
/// one; `review.negative`. Needs `reading.decide`.
#[utoipa::path(post, path = "/api/reading-months/{month}/acceptances", tag = "review", operation_id = "accept_readings",
    params(
        ("month" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = AcceptAll,
    responses((status = 200, description = "how many; written in the journal, each by name", body = AcceptedAll), Reading, Acting))]
async fn accept_all(Path(month): Path<String>, act: Act<AcceptAll>) -> Answer<Response> {
    let month = input::month(&month, "month")?;
    act.once(review::DECIDE, async |tx, ctx, wish| {
        let doubt = known_doubt(&wish.doubt)?;
        let filter = Filter { station: wish.station, book: wish.book, ..Filter::default() };
        let (accepted, more) = review::accept_all(tx, ctx, month, &filter, doubt, wish.reason.as_deref()).await?;
        Ok((StatusCode::OK, AcceptedAll { accepted, more }))
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RuleQuery {
    /// `between-readings`, `same-month-last-year` or `last-three-months`; absent: the first of the
    /// pack that has what it needs.
    #[param(example = "last-three-months")]
    rule: Option<String>,
}

/// An estimate; nothing is kept.
#[derive(Serialize, ToSchema)]
struct Estimate {
    #[schema(example = "same-month-last-year")]
    rule: String,
    label: Words,
    #[schema(example = "2016-07-31")]
    before_on: String,
    #[schema(example = "1280")]
    before: String,
    #[schema(example = 31)]
    days: i64,
    #[schema(example = "240.5")]
    use_kwh: String,
    /// What the register would show.
    #[schema(example = "1520.5")]
    value: String,
    /// Estimates in a row right before this one.
    #[schema(example = 1)]
    in_a_row: i64,
    /// How many may be; one more takes the right `reading.over-limit`.
    #[schema(example = 2)]
    limit: i64,
}

/// What a register would be estimated to show on a day: `estimate.no-basis`. Needs `reading.read`.
#[utoipa::path(get, path = "/api/meters/{meter_no}/readings/{read_on}/{register}/estimate", tag = "review", operation_id = "preview_estimate",
    params(
        ("meter_no" = String, Path, example = "M0000000001"),
        ("read_on" = String, Path, example = "2016-08-31"),
        ("register" = String, Path, example = "total"),
        RuleQuery,
    ),
    responses(
        (status = 200, description = "the estimate", body = Estimate),
        (status = 422, description = "`estimate.no-basis`, `register.unknown`, `review.day`, `date.invalid`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn preview(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path((meter_no, read_on, register)): Path<(String, String, String)>,
    Query(query): Query<RuleQuery>,
) -> Answer<Json<Estimate>> {
    let asked = Asked { meter_no, register: known_register(&register)?, on: input::date(&read_on, "read_on")? };
    let rule = known_rule(query.rule.as_deref())?;
    let tx = house.db.read().await?;
    let found = review::preview(&tx, &ctx, &house.packs, &asked, rule).await?;
    Ok(Json(Estimate {
        rule: found.rule.word().into(),
        label: found.rule.label().into(),
        before_on: found.before.0.to_string(),
        before: found.before.1.to_string(),
        days: found.days,
        use_kwh: found.energy.to_string(),
        value: found.value.to_string(),
        in_a_row: found.in_a_row,
        limit: found.limit,
    }))
}

/// A register on a day; for a correction, with what it showed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecidedItem {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "total")]
    register: String,
    #[schema(example = "2016-08-31")]
    read_on: String,
    /// Of a correction.
    #[schema(example = json!(null))]
    value: Option<String>,
    /// Of a correction: `actual` or `customer`; `actual` when absent.
    #[schema(example = json!(null))]
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionWish {
    /// `accept`, `correct`, `estimate` or `re-read`.
    #[schema(example = "re-read")]
    decision: String,
    /// 1 to 200; all are decided or none.
    #[schema(example = json!([{ "meter_no": "M0000000001", "register": "total", "read_on": "2016-08-31" }]))]
    items: Vec<DecidedItem>,
    /// Required but to accept.
    #[schema(example = "读数突增，现场复核")]
    reason: Option<String>,
    /// Of an estimate: by this rule; absent: by the first of the pack that has what it needs.
    #[schema(example = json!(null))]
    rule: Option<String>,
    /// Of an estimate: also beyond the limit of estimates in a row. Needs `reading.over-limit`.
    #[serde(default)]
    #[schema(example = false)]
    beyond_limit: bool,
    /// Of an order to read again.
    #[schema(example = "2016-09-03")]
    due_on: Option<String>,
    /// Of an order to read again: login or name of whoever goes.
    #[schema(example = "zhao.qi")]
    reader: Option<String>,
}

impl DecisionWish {
    fn wish(&self) -> Result<Wish> {
        let known = "accept, correct, estimate, re-read";
        let decision = fields::word_of(&self.decision, "decision", Decision::from_word, known)?;
        Ok(match decision {
            Decision::Accept => Wish::Accept,
            Decision::Correct => {
                let told = self
                    .items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| item.told().map_err(|refusal| review::rules::decide::at_item(refusal, n)));
                Wish::Correct(told.collect::<Result<_, _>>()?)
            }
            Decision::Estimate => {
                Wish::Estimate { rule: known_rule(self.rule.as_deref())?, beyond_limit: self.beyond_limit }
            }
            Decision::ReRead => Wish::ReRead {
                due_on: input::date(self.due_on.as_deref().unwrap_or_default(), "due_on")?,
                reader: self.reader.as_deref().map(|reader| fields::text_of(reader, "reader")).transpose()?,
            },
            Decision::Undo => {
                let (zh, en) = (format!("应为：{known}"), format!("must be one of: {known}"));
                return Err(Refusal::invalid("word.unknown", zh, en).at("decision").into());
            }
        })
    }

    fn asked(&self) -> Result<Vec<Asked>> {
        let asked = |item: &DecidedItem| -> Result<Asked> {
            let (register, on) = (known_register(&item.register)?, input::date(&item.read_on, "read_on")?);
            Ok(Asked { meter_no: item.meter_no.trim().to_owned(), register, on })
        };
        let numbered = self.items.iter().enumerate();
        numbered.map(|(n, item)| asked(item).map_err(|error| review::rules::decide::at_item(error, n))).collect()
    }
}

impl DecidedItem {
    fn told(&self) -> Result<Told, Refusal> {
        let value = fields::quantity_of(self.value.as_deref().unwrap_or_default(), "value")?;
        let kind = self.kind.as_deref().unwrap_or("actual");
        let kind = fields::word_of(kind, "kind", ReadingKind::from_word, "actual, customer")?;
        Ok(Told { value: Count::from_thousandths(value), kind })
    }
}

/// Decides about one or many readings, or about registers that were not read. Needs `reading.decide`.
#[utoipa::path(post, path = "/api/review-decisions", tag = "review", operation_id = "decide_readings",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = DecisionWish,
    responses((status = 200, description = "the decisions, in the order asked; each written in the journal", body = Vec<ReviewDecision>), Reading, Finding, Acting))]
async fn decide(State(house): State<House>, act: Act<DecisionWish>) -> Answer<Response> {
    act.once(review::DECIDE, async |tx, ctx, body| {
        let (asked, wish) = (body.asked()?, body.wish()?);
        let decided = review::decide(tx, ctx, &house.packs, &asked, &wish, body.reason.as_deref()).await?;
        let shown: Vec<_> = decided.into_iter().map(|decided| ReviewDecision::of(decided, None)).collect();
        Ok((StatusCode::OK, shown))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Undoing {
    #[schema(example = "按错键")]
    reason: String,
}

/// Takes a decision back: `decision.undone`, `decision.not-latest`, `decision.superseded` and
/// `reading.billed` say why not. Needs `reading.decide`.
#[utoipa::path(post, path = "/api/review-decisions/{id}/undoing", tag = "review", operation_id = "undo_decision",
    params(
        ("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Undoing,
    responses((status = 200, description = "the record of it; written in the journal", body = ReviewDecision), Reading, Finding, Acting))]
async fn undo(Path(id): Path<String>, act: Act<Undoing>) -> Answer<Response> {
    act.once(review::DECIDE, async |tx, ctx, wish| {
        let id = id.parse::<Uuid>().map_err(|_| review::rules::decide::unknown())?;
        let undone = review::undo(tx, ctx, id, &wish.reason).await?;
        Ok((StatusCode::OK, ReviewDecision::of(undone, None)))
    })
    .await
}
