//! Uploading price lists, and deciding about them.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::Json;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Refusal;
use platform::House;
use platform::http::problem::{Answer, Problem as ProblemDocument};
use platform::http::{Act, Acting, Finding, Input, Page, PageQuery, Reading, SignedIn, Words, input};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Check, Problem, Tariffs};
use crate::pack;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
    Tariffs: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, offer))
        .routes(routes!(check))
        .routes(routes!(show))
        .routes(routes!(approve))
        .routes(routes!(refuse))
        .routes(routes!(withdraw))
}

/// A price list that the bureau uploaded 电价包.
#[derive(Serialize, ToSchema)]
struct TariffPack {
    #[schema(example = 1)]
    pack_no: i64,
    /// Of the tariff that it adds to.
    #[schema(example = "sample/charging")]
    code: String,
    name: Words,
    /// First day of the first version that it adds.
    #[schema(example = "2026-01-01")]
    starts_on: String,
    /// Whether it was offered to hold from days that are billed already; their bills are then to be corrected.
    #[schema(example = false)]
    backdated: bool,
    /// SHA-256 of the text: what an approval signs.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// `offered`, `approved`, `refused` or `withdrawn`.
    #[schema(example = "offered")]
    state: String,
    #[schema(example = "wang.li")]
    offered_by: String,
    #[schema(example = "2016-09-01T01:00:00Z")]
    offered_at: String,
    #[schema(example = json!(null))]
    approved_by: Option<String>,
    #[schema(example = json!(null))]
    approved_at: Option<String>,
    /// Who sent it back or withdrew it.
    #[schema(example = json!(null))]
    ended_by: Option<String>,
    #[schema(example = json!(null))]
    ended_at: Option<String>,
    /// Why it was sent back or withdrawn.
    #[schema(example = json!(null))]
    reason: Option<String>,
}

impl From<pack::TariffPack> for TariffPack {
    fn from(pack: pack::TariffPack) -> TariffPack {
        let (ended, reason) = pack.ended.unzip();
        TariffPack {
            pack_no: pack.pack_no,
            code: pack.code,
            name: pack.name.into(),
            starts_on: pack.starts_on.to_string(),
            backdated: pack.backdated,
            digest: pack.digest,
            state: pack.state.word().into(),
            offered_by: pack.offered_by,
            offered_at: pack.offered_at.to_string(),
            approved_by: pack.approved.as_ref().map(|signed| signed.by.clone()),
            approved_at: pack.approved.map(|signed| signed.at.to_string()),
            ended_by: ended.as_ref().map(|signed| signed.by.clone()),
            ended_at: ended.map(|signed| signed.at.to_string()),
            reason,
        }
    }
}

/// Uploaded price lists, newest first. Needs `tariff.read`.
#[utoipa::path(get, path = "/api/tariff-packs", tag = "tariff", operation_id = "list_tariff_packs", params(PageQuery), responses(
    (status = 200, description = "a page of packs", body = Page<TariffPack>),
    (status = 422, description = "`page.limit`, `page.cursor`", body = ProblemDocument, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<TariffPack>>> {
    let limit = query.limit()?;
    let before = query.after.as_deref().map(number).transpose()?;
    let tx = house.db.read().await?;
    let packs = pack::page(&tx, &ctx, before, limit).await?;
    let packs: Vec<TariffPack> = packs.into_iter().map(TariffPack::from).collect();
    Ok(Json(Page::of(packs, limit, |pack| pack.pack_no.to_string())))
}

fn number(cursor: &str) -> Result<i64, Refusal> {
    cursor.parse().map_err(|_| {
        let (zh, en) = ("after 应为上一页给出的 next", "after must be the next of the page before");
        Refusal::invalid("page.cursor", zh, en).at("after")
    })
}

#[derive(Serialize, ToSchema)]
struct TariffPackInFull {
    #[serde(flatten)]
    pack: TariffPack,
    /// TOML, as it was uploaded.
    #[schema(example = "kind = \"tariff\"\n…")]
    text: String,
    check: TariffPackCheck,
}

/// One uploaded price list with its text, and what it would add now. Needs `tariff.read`.
#[utoipa::path(get, path = "/api/tariff-packs/{pack_no}", tag = "tariff", operation_id = "get_tariff_pack",
    params(("pack_no" = i64, Path, example = "1")),
    responses((status = 200, description = "the pack", body = TariffPackInFull), Reading, Finding))]
async fn show(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Path(pack_no): Path<i64>,
) -> Answer<Json<TariffPackInFull>> {
    let tx = house.db.read().await?;
    let (pack, check) = pack::find(&tx, &ctx, &tariffs, pack_no).await?;
    let text = pack.text.clone();
    Ok(Json(TariffPackInFull { pack: pack.into(), text, check: check.into() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackText {
    /// A tariff pack: TOML, as docs/adding-a-feature.md and the packs of the program show it.
    #[schema(
        example = "kind = \"tariff\"\nformat = 1\ncode = \"sample/charging\"\nzh = \"充电\"\nen = \"Charging\"\n[[version]]\nid = \"2026-01\"\nfrom = 2026-01-01\nsource = \"虚构\"\nmark = \"fictional\"\nregisters = [\"total\"]\n[[version.price]]\nvoltage = [\"0.38kV\"]\nenergy = { total = \"0.61\" }\n"
    )]
    text: String,
}

/// What a pack comes to.
#[derive(Serialize, ToSchema)]
struct TariffPackCheck {
    /// Whether nothing speaks against it.
    #[schema(example = true)]
    sound: bool,
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// Null where the text cannot be read.
    #[schema(example = "sample/charging")]
    code: Option<String>,
    name: Option<Words>,
    /// Whether no tariff of this code is known yet.
    #[schema(example = true)]
    new_tariff: bool,
    /// First day of the first version that is added.
    #[schema(example = "2026-01-01")]
    starts_on: Option<String>,
    /// The last day billed by this tariff: a version must begin after it.
    #[schema(example = json!(null))]
    billed_to: Option<String>,
    versions: Vec<PackVersion>,
    problems: Vec<PackProblem>,
}

#[derive(Serialize, ToSchema)]
struct PackVersion {
    #[schema(example = "2026-01")]
    id: String,
    #[schema(example = "2026-01-01")]
    from: String,
    #[schema(example = json!(null))]
    until: Option<String>,
    /// Whether it is added; otherwise it is there already, the same.
    #[schema(example = true)]
    added: bool,
    #[schema(example = "虚构")]
    source: String,
    #[schema(example = "fictional")]
    mark: String,
    /// As of `GET /api/tariffs/{province}/{name}`.
    #[schema(value_type = Object)]
    content: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
struct PackProblem {
    #[schema(example = "tariff-pack.invalid")]
    code: String,
    /// Counted from 1, where it has a place in the text.
    #[schema(example = 7)]
    line: Option<usize>,
    /// What is wrong, by its dotted name; empty for the whole.
    #[schema(example = "version[1].from")]
    field: String,
    message: Words,
}

impl From<Problem> for PackProblem {
    fn from(problem: Problem) -> PackProblem {
        PackProblem {
            code: problem.code.into(),
            line: problem.line,
            field: problem.field,
            message: problem.text.into(),
        }
    }
}

impl From<Check> for TariffPackCheck {
    fn from(check: Check) -> TariffPackCheck {
        let version = |version: &pricing::Version| PackVersion {
            id: version.id.clone(),
            from: version.from.to_string(),
            until: version.until.map(|day| day.to_string()),
            added: check.adds(version),
            source: version.source.title.clone(),
            mark: version.source.mark.word().into(),
            content: serde_json::to_value(version).unwrap_or_default(),
        };
        let versions = check.read.iter().flat_map(|tariff| &tariff.versions).map(version).collect();
        let added = check.added.iter().flat_map(|tariff| &tariff.versions);
        TariffPackCheck {
            sound: check.problems.is_empty(),
            versions,
            starts_on: added.map(|version| version.from).min().map(|day| day.to_string()),
            digest: check.digest,
            code: check.read.as_ref().map(|tariff| tariff.code.clone()),
            name: check.read.map(|tariff| tariff.name.into()),
            new_tariff: check.is_new,
            billed_to: check.billed_to.map(|day| day.to_string()),
            problems: check.problems.into_iter().map(PackProblem::from).collect(),
        }
    }
}

/// Checks a pack and tells every mistake with its line; nothing is kept. Needs `tariff.upload`.
#[utoipa::path(post, path = "/api/tariff-packs/check", tag = "tariff", operation_id = "check_tariff_pack", request_body = PackText, responses(
    (status = 200, description = "what it would add, and what speaks against it", body = TariffPackCheck),
    (status = 422, description = "`body.wrong-shape`", body = ProblemDocument, content_type = "application/problem+json"),
    Reading,
))]
async fn check(
    State(house): State<House>,
    State(tariffs): State<Tariffs>,
    SignedIn(ctx): SignedIn,
    Input(wish): Input<PackText>,
) -> Answer<Json<TariffPackCheck>> {
    let tx = house.db.read().await?;
    Ok(Json(pack::check(&tx, &ctx, &tariffs, &wish.text).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackOffer {
    /// A tariff pack, TOML.
    #[schema(
        example = "kind = \"tariff\"\nformat = 1\ncode = \"sample/charging\"\nzh = \"充电\"\nen = \"Charging\"\n[[version]]\nid = \"2026-01\"\nfrom = 2026-01-01\nsource = \"虚构\"\nmark = \"fictional\"\nregisters = [\"total\"]\n[[version.price]]\nvoltage = [\"0.38kV\"]\nenergy = { total = \"0.61\" }\n"
    )]
    text: String,
    /// The first day of what it adds, given apart from the text so that a slip there is found.
    #[schema(example = "2026-01-01")]
    starts_on: String,
    /// That it shall hold from days that are billed already. Their bills stand until they are corrected.
    #[serde(default)]
    #[schema(example = false)]
    backdated: bool,
}

/// Uploads a pack, to be approved by somebody else: `tariff-pack.…` says why not. Needs
/// `tariff.upload` over the whole bureau.
#[utoipa::path(post, path = "/api/tariff-packs", tag = "tariff", operation_id = "offer_tariff_pack",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = PackOffer,
    responses((status = 200, description = "the pack, waiting; written in the journal", body = TariffPack), Reading, Acting))]
async fn offer(State(tariffs): State<Tariffs>, act: Act<PackOffer>) -> Answer<Response> {
    act.once(pack::UPLOAD, async |tx, ctx, wish| {
        let starts_on = input::date(&wish.starts_on, "starts_on")?;
        let pack = pack::offer(tx, ctx, &tariffs, &wish.text, starts_on, wish.backdated).await?;
        Ok((StatusCode::OK, TariffPack::from(pack)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackApproval {
    /// The pack's `digest` as the approver saw it.
    #[schema(example = "657a2277f63278586e4f3126ec99ad1e025ce0d483739204b56ea188c9b107aa")]
    digest: String,
}

/// Approves a pack as another person than the one who uploaded it; it holds from its first day.
/// Needs `tariff.approve` over the whole bureau.
#[utoipa::path(post, path = "/api/tariff-packs/{pack_no}/approval", tag = "tariff", operation_id = "approve_tariff_pack",
    params(
        ("pack_no" = i64, Path, example = "1"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = PackApproval,
    responses((status = 200, description = "the pack, approved; written in the journal", body = TariffPack), Reading, Finding, Acting))]
async fn approve(State(tariffs): State<Tariffs>, Path(pack_no): Path<i64>, act: Act<PackApproval>) -> Answer<Response> {
    act.once(pack::APPROVE, async |tx, ctx, wish| {
        let pack = pack::approve(tx, ctx, &tariffs, pack_no, &wish.digest).await?;
        Ok((StatusCode::OK, TariffPack::from(pack)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackRefusal {
    /// The pack's `digest` as the approver saw it.
    #[schema(example = "657a2277f63278586e4f3126ec99ad1e025ce0d483739204b56ea188c9b107aa")]
    digest: String,
    /// At least four characters; whoever uploaded it reads them.
    #[schema(example = "第二档加价与文件不符")]
    reason: String,
}

/// Sends a pack back to whoever uploaded it. Needs `tariff.approve` over the whole bureau.
#[utoipa::path(post, path = "/api/tariff-packs/{pack_no}/refusal", tag = "tariff", operation_id = "refuse_tariff_pack",
    params(
        ("pack_no" = i64, Path, example = "1"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = PackRefusal,
    responses((status = 200, description = "the pack, sent back; written in the journal", body = TariffPack), Reading, Finding, Acting))]
async fn refuse(Path(pack_no): Path<i64>, act: Act<PackRefusal>) -> Answer<Response> {
    act.once(pack::APPROVE, async |tx, ctx, wish| {
        let pack = pack::refuse(tx, ctx, pack_no, &wish.digest, &wish.reason).await?;
        Ok((StatusCode::OK, TariffPack::from(pack)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackWithdrawal {
    /// At least four characters.
    #[schema(example = "文件推迟执行")]
    reason: String,
}

/// Takes a pack back before its first day. Needs `tariff.upload` over the whole bureau.
#[utoipa::path(post, path = "/api/tariff-packs/{pack_no}/withdrawal", tag = "tariff", operation_id = "withdraw_tariff_pack",
    params(
        ("pack_no" = i64, Path, example = "1"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = PackWithdrawal,
    responses((status = 200, description = "the pack, withdrawn; written in the journal", body = TariffPack), Reading, Finding, Acting))]
async fn withdraw(Path(pack_no): Path<i64>, act: Act<PackWithdrawal>) -> Answer<Response> {
    act.once(pack::UPLOAD, async |tx, ctx, wish| {
        let pack = pack::withdraw(tx, ctx, pack_no, &wish.reason).await?;
        Ok((StatusCode::OK, TariffPack::from(pack)))
    })
    .await
}
