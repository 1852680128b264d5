//! The exceptions of a month's bills, and what is decided about them.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::Uuid;
use kernel::{Money, Month, Refusal};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding as NotFound, Page, Reading, SignedIn, Words, input, page};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Decision, ExceptionQuery, ExceptionRules, Order, Show, Wish, rules};
use crate::reading::rules::{Doubt, Finding};
use crate::review::EstimateRule;
use crate::run::RunScope;
use crate::supply::{UsageCategory, masked_name};
use crate::{bill, exception, fields};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(desk))
        .routes(routes!(registers))
        .routes(routes!(decide))
        .routes(routes!(pass_light))
        .routes(routes!(undo))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TrialFinding {
    /// One of docs/files.md, Doubts: `missing`, `negative`, `spike`, `swing` and so on.
    #[schema(example = "missing")]
    doubt: String,
    name: Words,
    /// Whether no bill can be issued while it stands.
    #[schema(example = true)]
    blocking: bool,
    /// What exactly was found.
    message: Words,
}

impl From<Finding> for TrialFinding {
    fn from(finding: Finding) -> TrialFinding {
        TrialFinding {
            doubt: finding.doubt.word().into(),
            name: finding.doubt.label().into(),
            blocking: finding.doubt.blocks(),
            message: finding.text.into(),
        }
    }
}

/// An account about whose bill the trial found something.
#[derive(Serialize, ToSchema)]
struct BillException {
    /// 户号.
    #[schema(example = "0000000001")]
    supply_no: String,
    /// Masked.
    #[schema(example = "张**")]
    customer: String,
    #[schema(example = "ST01")]
    station: String,
    #[schema(example = "B001")]
    book: Option<String>,
    #[schema(example = "cn-zhejiang/resident")]
    tariff: String,
    /// Category of use.
    category: Words,
    /// Whether no bill can be issued while it stands.
    #[schema(example = false)]
    blocking: bool,
    findings: Vec<TrialFinding>,
    /// That something is wrong, 0 to 100: that of the gravest doubt, 5 more for each further one, 10 more
    /// for each doubling of the distance from the usual daily use, up to three times.
    #[schema(example = 70)]
    likelihood: i64,
    /// How far the amount is from the usual one for as many days, yuan; of a bill that cannot be computed,
    /// the usual amount of the month.
    #[schema(example = "240.00")]
    stake: String,
    /// As the draft has it; null when it cannot be computed.
    #[schema(example = "500")]
    kwh: Option<String>,
    #[schema(example = "300.00")]
    amount: Option<String>,
    /// The last standing bill.
    last: Option<PastBill>,
    /// The bill of the same month of the year before.
    year_before: Option<PastBill>,
    /// Standing bills of the twelve months before, oldest first.
    past: Vec<PastBill>,
    /// Why it stands where it stands.
    because: Words,
    /// Likelihood times stake, yuan: by this it is ordered.
    #[schema(example = "168.00")]
    risk: String,
    /// What the draft was computed from has changed since: try it again.
    #[schema(example = false)]
    stale: bool,
    /// Left out of issue.
    #[schema(example = false)]
    held: bool,
    /// Not issued before somebody has decided about it.
    #[schema(example = false)]
    waiting: bool,
    /// What was decided last; it counts while `covers`.
    decided: Option<ExceptionDecision>,
    /// Names findings and figures; whoever decides says that he saw these.
    #[schema(example = "5f0c6a3b9d21e784")]
    seen: String,
    /// By what it is ordered; with the supply number, where the next page begins.
    #[schema(example = "2400000 0000000001")]
    cursor: String,
}

#[derive(Clone, Serialize, ToSchema)]
struct PastBill {
    #[schema(example = "2016-07")]
    cycle: String,
    #[schema(example = "120")]
    kwh: String,
    #[schema(example = "60.00")]
    amount: String,
    #[schema(example = 31)]
    days: i64,
}

impl From<&bill::PastBill> for PastBill {
    fn from(past: &bill::PastBill) -> PastBill {
        let (cycle, kwh, amount) = (past.cycle.to_string(), past.energy.to_string(), past.amount.to_string());
        PastBill { cycle, kwh, amount, days: past.days }
    }
}

/// What somebody decided about an exception.
#[derive(Serialize, ToSchema)]
struct ExceptionDecision {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: String,
    /// `pass`, `hold`, `field-check`, `re-read` or `estimate`.
    #[schema(example = "pass")]
    decision: String,
    label: Words,
    /// A code of the month's reasons, or words where a reading was changed.
    #[schema(example = "season")]
    reason: String,
    reason_name: Option<Words>,
    #[schema(example = json!(null))]
    note: Option<String>,
    #[schema(example = "wang.li")]
    by: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    at: String,
    /// Whether findings and figures still are those that it was about.
    #[schema(example = true)]
    covers: bool,
}

impl ExceptionDecision {
    fn of(decided: exception::Decided, rules: &ExceptionRules) -> ExceptionDecision {
        let reason = rules.reason(decided.decision, &decided.reason);
        ExceptionDecision {
            id: decided.id.to_string(),
            decision: decided.decision.word().into(),
            label: decided.decision.label().into(),
            reason_name: reason.map(|reason| reason.name.clone().into()),
            reason: decided.reason,
            note: decided.note,
            by: decided.by,
            at: decided.at.to_string(),
            covers: decided.covers,
        }
    }
}

impl BillException {
    fn of(exception: exception::Exception, cycle: Month, rules: &ExceptionRules) -> BillException {
        let category = UsageCategory::from_word(&exception.category).unwrap_or(UsageCategory::Other);
        let computed = |text: String| exception.is_ready.then_some(text);
        let doubts = rules::decide::doubts_of(&exception.figures.doubts);
        let is_decided = exception.decided.as_ref().is_some_and(|decided| decided.covers);
        let is_held = exception.decided.as_ref().is_some_and(|decided| decided.decision.holds());
        let year_before = exception.past.iter().find(|bill| bill.cycle == cycle.back(12));
        BillException {
            customer: masked_name(&exception.customer),
            category: category.label().into(),
            blocking: !exception.is_ready,
            likelihood: exception.weight.likelihood,
            stake: exception.weight.stake.to_string(),
            kwh: computed(exception.figures.energy.to_string()),
            amount: computed(exception.figures.amount.to_string()),
            last: exception.past.last().map(PastBill::from),
            year_before: year_before.map(PastBill::from),
            past: exception.past.iter().map(PastBill::from).collect(),
            because: exception.weighing(cycle).explain().into(),
            risk: Money::from_fen(exception.weight.product() / 100).to_string(),
            stale: exception.is_stale,
            held: is_held,
            waiting: exception.is_ready && !is_decided && rules.waits(&doubts),
            seen: exception.figures.seen(),
            decided: exception.decided.map(|decided| ExceptionDecision::of(decided, rules)),
            cursor: format!("{} {}", exception.key, exception.supply_no),
            findings: exception.findings.into_iter().map(TrialFinding::from).collect(),
            supply_no: exception.supply_no,
            station: exception.station,
            book: exception.book,
            tariff: exception.tariff,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExceptionsQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
    /// Only this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// Only accounts with this doubt.
    #[param(example = "spike")]
    doubt: Option<String>,
    /// Only those to be decided (`open`), `decided` or `held`.
    #[param(example = "open")]
    show: Option<String>,
    /// `weight` (likelihood times stake, the usual), `money` or `supply-no`.
    #[param(example = "weight")]
    order: Option<String>,
    /// `next` of the page before; absent for the first.
    after: Option<String>,
    /// 1 to 200 accounts.
    #[param(example = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl ExceptionsQuery {
    fn read(self, cycle: Month) -> Result<ExceptionQuery> {
        let wrong = |field: &'static str, text: &str| {
            let (zh, en) = (format!("没有“{text}”"), format!("there is no \"{text}\""));
            Refusal::invalid("word.unknown", zh, en).at(field)
        };
        let doubt = self.doubt.map(|word| Doubt::from_word(&word).ok_or_else(|| wrong("doubt", &word))).transpose()?;
        let order = self.order.map(|word| Order::from_word(&word).ok_or_else(|| wrong("order", &word))).transpose()?;
        let show = self.show.map(|word| Show::from_word(&word).ok_or_else(|| wrong("show", &word))).transpose()?;
        let after = |text: String| {
            let (key, supply_no) = text.split_once(' ')?;
            Some((key.parse().ok()?, supply_no.to_owned()))
        };
        let bad_page =
            || Refusal::invalid("page.after", "after 须为上一页的 next", "after is the next of the page before");
        Ok(ExceptionQuery {
            cycle,
            scope: RunScope { station: self.station, book: self.book, supply_no: self.supply_no },
            doubt,
            show,
            order: order.unwrap_or(Order::Weight),
            after: self.after.map(|text| after(text).ok_or_else(|| bad_page().at("after"))).transpose()?,
        })
    }
}

/// The accounts about whose bills of a month the last trial found something and that are not issued yet,
/// those first at which a person should look first. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/exceptions", tag = "billing", operation_id = "list_bill_exceptions",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), ExceptionsQuery),
    responses(
        (status = 200, description = "a page of accounts of the stations that you may see", body = Page<BillException>),
        (status = 422, description = "`month.invalid`, `page.limit`, `page.after`, `word.unknown`", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<ExceptionsQuery>,
) -> Answer<Json<Page<BillException>>> {
    let (cycle, limit) = (input::month(&cycle, "cycle")?, page::limit(query.limit)?);
    let query = query.read(cycle)?;
    let found = exception::page(&house.db.read().await?, &ctx, &query, limit).await?;
    let rules = ExceptionRules::of(&house.packs, cycle)?;
    let found = found.into_iter().map(|exception| BillException::of(exception, cycle, &rules)).collect();
    Ok(Json(Page::of(found, limit, |exception: &BillException| exception.cursor.clone())))
}

#[derive(Serialize, ToSchema)]
struct DoubtCount {
    #[schema(example = "spike")]
    doubt: String,
    name: Words,
    #[schema(example = false)]
    blocking: bool,
    /// An account with two doubts counts for both.
    #[schema(example = 12)]
    accounts: i64,
    /// Of these, how many are decided.
    #[schema(example = 5)]
    decided: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeskQuery {
    /// Only accounts of this station.
    #[param(example = "ST01")]
    station: Option<String>,
    /// Only accounts of this reading book.
    #[param(example = "B001")]
    book: Option<String>,
    /// Only this account.
    #[param(example = "0000000001")]
    supply_no: Option<String>,
    /// Those whose likelihood times stake is less, yuan, are light.
    #[param(example = "5.00")]
    below: Option<String>,
}

/// How far the work on a month's exceptions has come.
#[derive(Serialize, ToSchema)]
struct ExceptionDesk {
    #[schema(example = 42)]
    accounts: i64,
    #[schema(example = 17)]
    decided: i64,
    /// Left out of issue by a decision.
    #[schema(example = 2)]
    held: i64,
    /// Ready, but not issued before somebody has decided.
    #[schema(example = 3)]
    waiting: i64,
    /// Open ones that can be passed at once.
    #[schema(example = 9)]
    light: i64,
    /// The doubts that wait for a decision, by the bureau's rules.
    #[schema(example = json!(["negative-amount"]))]
    decide_before_issue: Vec<String>,
    /// How many accounts each doubt is about, most first.
    doubts: Vec<DoubtCount>,
    /// Why something is passed or held.
    reasons: Vec<DecisionReason>,
}

#[derive(Serialize, ToSchema)]
struct DecisionReason {
    #[schema(example = "pass")]
    decision: String,
    #[schema(example = "season")]
    code: String,
    name: Words,
}

/// Progress, counts and reasons. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/exception-desk", tag = "billing", operation_id = "get_exception_desk",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), DeskQuery),
    responses(
        (status = 200, description = "of the stations that you may see", body = ExceptionDesk),
        (status = 422, description = "`month.invalid`, a `below` that is no amount", body = Problem, content_type = "application/problem+json"),
        Reading,
    ))]
async fn desk(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(cycle): Path<String>,
    Query(query): Query<DeskQuery>,
) -> Answer<Json<ExceptionDesk>> {
    let cycle = input::month(&cycle, "cycle")?;
    let below = query.below.as_deref().map_or(Ok(0), weight_of)?;
    let scope = RunScope { station: query.station, book: query.book, supply_no: query.supply_no };
    let rules = ExceptionRules::of(&house.packs, cycle)?;
    let of = (cycle, &scope);
    let progress = exception::progress(&house.db.read().await?, &ctx, &house.packs, of, below).await?;
    let count = |(doubt, accounts, decided): (Doubt, i64, i64)| DoubtCount {
        doubt: doubt.word().into(),
        name: doubt.label().into(),
        blocking: doubt.blocks(),
        accounts,
        decided,
    };
    let reason = |exception::Reason { decision, code, name }: exception::Reason| DecisionReason {
        decision: decision.word().into(),
        code,
        name: name.into(),
    };
    Ok(Json(ExceptionDesk {
        accounts: progress.accounts,
        decided: progress.decided,
        held: progress.held,
        waiting: progress.waiting,
        light: progress.light,
        doubts: progress.doubts.into_iter().map(count).collect(),
        decide_before_issue: rules.decide_before_issue.iter().map(|doubt| doubt.word().into()).collect(),
        reasons: rules.reasons.into_iter().map(reason).collect(),
    }))
}

/// Of yuan at risk, the weight: fen times hundredths of likelihood.
fn weight_of(yuan: &str) -> Result<i64> {
    Ok(fields::not_negative_of(yuan, "below", 2)?.saturating_mul(100))
}

/// A register that can be read again or estimated.
#[derive(Serialize, ToSchema)]
struct ExceptionRegister {
    #[schema(example = "M0000000001")]
    meter_no: String,
    #[schema(example = "total")]
    register: String,
    /// Of its reading, or the day on which it is due.
    #[schema(example = "2016-08-31")]
    read_on: String,
}

/// The registers that are read again or estimated when this is decided about an exception. Needs `bill.read`.
#[utoipa::path(get, path = "/api/billing-runs/{cycle}/exceptions/{supply_no}/registers", tag = "billing", operation_id = "list_exception_registers",
    params(("cycle" = String, Path, description = "calendar month", example = "2016-08"), ("supply_no" = String, Path, example = "0000000001")),
    responses(
        (status = 200, description = "those without a reading, where one is missing; else those that were read", body = Vec<ExceptionRegister>),
        (status = 422, description = "`month.invalid`", body = Problem, content_type = "application/problem+json"),
        Reading, NotFound,
    ))]
async fn registers(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path((cycle, supply_no)): Path<(String, String)>,
) -> Answer<Json<Vec<ExceptionRegister>>> {
    let cycle = input::month(&cycle, "cycle")?;
    let asked = exception::registers_of(&house.db.read().await?, &ctx, cycle, &supply_no).await?;
    let register = |asked: crate::review::Asked| ExceptionRegister {
        meter_no: asked.meter_no,
        register: asked.register.word().into(),
        read_on: asked.on.to_string(),
    };
    Ok(Json(asked.into_iter().map(register).collect()))
}

/// What is decided about one exception, as it was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExceptionWish {
    #[schema(example = "0000000001")]
    supply_no: String,
    /// `pass`, `hold`, `field-check`, `re-read` or `estimate`.
    #[schema(example = "pass")]
    decision: String,
    /// To pass or to hold: a code of the month's reasons. To read again or to estimate: words.
    #[schema(example = "season")]
    reason: String,
    #[schema(example = json!(null))]
    note: Option<String>,
    /// As the list gave it.
    #[schema(example = "5f0c6a3b9d21e784")]
    seen: String,
    /// To read again: by when.
    #[schema(example = json!(null))]
    due_on: Option<String>,
    /// To read again: login or name of whoever goes.
    #[schema(example = json!(null))]
    reader: Option<String>,
    /// To estimate: by this rule; absent: by the first of the pack that has what it needs.
    #[schema(example = json!(null))]
    rule: Option<String>,
    /// To estimate: also beyond the limit in a row. Needs `reading.over-limit`.
    #[serde(default)]
    #[schema(example = false)]
    beyond_limit: bool,
}

impl ExceptionWish {
    fn wish(self) -> Result<Wish> {
        let known = "pass, hold, field-check, re-read, estimate";
        let act = match fields::word_of(&self.decision, "decision", Decision::from_word, known)? {
            Decision::Pass => exception::Act::Pass,
            Decision::Hold => exception::Act::Hold,
            Decision::FieldCheck => exception::Act::FieldCheck,
            Decision::ReRead => exception::Act::ReRead {
                due_on: input::date(self.due_on.as_deref().unwrap_or_default(), "due_on")?,
                reader: self.reader.as_deref().map(|reader| fields::text_of(reader, "reader")).transpose()?,
            },
            Decision::Estimate => {
                let known = "between-readings, same-month-last-year, last-three-months";
                let rule = self.rule.as_deref();
                let rule =
                    rule.map(|word| fields::word_of(word, "rule", EstimateRule::from_word, known)).transpose()?;
                exception::Act::Estimate { rule, beyond_limit: self.beyond_limit }
            }
        };
        Ok(Wish { supply_no: self.supply_no, act, reason: self.reason, note: self.note, seen: self.seen })
    }
}

/// Decides about one exception: passes its bill, holds it or has it looked at in the field, which leaves it
/// out of issue, or has its registers read again or estimated, by the rules of the review of readings.
/// `exception.changed` when it is not any more as it was seen. Needs `bill.decide`, for readings `reading.decide`.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/exception-decisions", tag = "billing", operation_id = "decide_exception",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = ExceptionWish,
    responses((status = 200, description = "the decision; written in the journal", body = ExceptionDecision), Reading, NotFound, Acting))]
async fn decide(State(house): State<House>, Path(cycle): Path<String>, act: Act<ExceptionWish>) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    act.once(exception::DECIDE, async |tx, ctx, wish| {
        let record = exception::decide(tx, ctx, &house.packs, cycle, &wish.wish()?).await?;
        let rules = ExceptionRules::of(&house.packs, cycle)?;
        Ok((StatusCode::OK, ExceptionDecision::of(record.into(), &rules)))
    })
    .await
}

/// Which open exceptions are passed at once, as somebody saw them counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LightWish {
    /// Those whose likelihood times stake is less, yuan.
    #[schema(example = "5.00")]
    below: String,
    /// How many they are.
    #[schema(example = 9)]
    accounts: i64,
    #[schema(example = "small")]
    reason: String,
    #[schema(example = json!(null))]
    station: Option<String>,
    #[schema(example = json!(null))]
    book: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PassedLight {
    #[schema(example = 9)]
    passed: u64,
    /// There are more: repeat it with another key.
    #[schema(example = false)]
    more: bool,
}

/// Passes the lightest exceptions of a scope at once, 1000 at most, but for those that the bureau wants decided
/// one by one; `exception.count` when they are not so many any more. Needs `bill.decide`.
#[utoipa::path(post, path = "/api/billing-runs/{cycle}/exception-passes", tag = "billing", operation_id = "pass_light_exceptions",
    params(
        ("cycle" = String, Path, description = "calendar month", example = "2016-08"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = LightWish,
    responses((status = 200, description = "how many; written in the journal, each by number", body = PassedLight), Reading, Acting))]
async fn pass_light(State(house): State<House>, Path(cycle): Path<String>, act: Act<LightWish>) -> Answer<Response> {
    let cycle = input::month(&cycle, "cycle")?;
    act.once(exception::DECIDE, async |tx, ctx, wish| {
        let below = weight_of(&wish.below)?;
        let scope = RunScope { station: wish.station, book: wish.book, supply_no: None };
        let of = (cycle, &scope, below);
        let (passed, more) = exception::pass_light(tx, ctx, &house.packs, of, &wish.reason, wish.accounts).await?;
        Ok((StatusCode::OK, PassedLight { passed, more }))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, ToSchema)]
struct UndoneDecision {
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: String,
}

/// Takes a decision about an exception back, with what it did to readings, until the bill is issued:
/// `exception-decision.unknown`, `exception.issued`. Needs `bill.decide`.
#[utoipa::path(post, path = "/api/exception-decisions/{id}/undoing", tag = "billing", operation_id = "undo_exception_decision",
    params(
        ("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Nothing,
    responses((status = 200, description = "the decision that was taken back; written in the journal", body = UndoneDecision), Reading, NotFound, Acting))]
async fn undo(Path(id): Path<String>, act: Act<Nothing>) -> Answer<Response> {
    act.once(exception::DECIDE, async |tx, ctx, _wish| {
        let parsed = id.parse::<Uuid>().map_err(|_| rules::decide::no_decision())?;
        exception::undo(tx, ctx, parsed).await?;
        Ok((StatusCode::OK, UndoneDecision { id }))
    })
    .await
}
