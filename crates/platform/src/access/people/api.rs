//! The pages of whoever manages people, and everybody's own sessions.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::extract::{FromRef, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kernel::Refusal;
use kernel::id::Uuid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Known, OwnSession};
use crate::access::api::{Own, Post, post};
use crate::access::{MANAGE, people};
use crate::http::problem::{Answer, Problem};
use crate::http::{Act, Acting, Finding, Page, PageQuery, Reading, SignedIn, Words, session};
use crate::{House, Result};

/// What a bureau without anybody needs to know.
pub fn open_routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(setup))
}

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(reset_password))
        .routes(routes!(unlock))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(appoint))
        .routes(routes!(dismiss))
        .routes(routes!(sign_out_everywhere))
        .routes(routes!(units))
        .routes(routes!(roles))
        .routes(routes!(own_sessions, end_own_sessions))
        .routes(routes!(end_own_session))
}

#[derive(Serialize, ToSchema)]
struct Setup {
    /// False: nobody can sign in yet, and `command` makes the first.
    #[schema(example = true)]
    has_administrator: bool,
    /// To be run where the server runs.
    #[schema(example = "gridhall admin create admin")]
    command: &'static str,
}

/// Whether there is an administrator, and nothing else.
#[utoipa::path(get, path = "/api/setup", tag = "session", operation_id = "get_setup", security(()), responses(
    (status = 200, description = "whether anybody manages people", body = Setup),
    (status = 500, description = "`fault`", body = Problem, content_type = "application/problem+json"),
))]
async fn setup(State(house): State<House>) -> Answer<Json<Setup>> {
    let tx = house.db.read().await?;
    let has_administrator = people::has_manager(&tx, &house.roles).await?;
    Ok(Json(Setup { has_administrator, command: "gridhall admin create admin" }))
}

/// A person who can sign in.
#[derive(Serialize, ToSchema)]
struct Person {
    #[schema(example = "zhao.qi")]
    login: String,
    #[schema(example = "赵七")]
    name: Option<String>,
    /// His password is for once: nothing opens before he has changed it.
    #[schema(example = false)]
    must_change: bool,
    /// Too many wrong passwords; null while he is not locked.
    #[schema(example = json!(null))]
    locked_until: Option<String>,
    /// Null while he may sign in.
    #[schema(example = json!(null))]
    disabled_at: Option<String>,
    #[schema(example = "2016-09-01T01:00:00Z")]
    last_sign_in_at: Option<String>,
    /// Sessions under way.
    #[schema(example = 1)]
    sessions: i64,
    posts: Vec<Post>,
}

impl Person {
    fn of(house: &House, known: Known) -> Person {
        Person {
            login: known.login,
            name: known.name,
            must_change: known.must_change,
            locked_until: known.locked_until.map(|at| at.to_string()),
            disabled_at: known.disabled_at.map(|at| at.to_string()),
            last_sign_in_at: known.last_sign_in_at.map(|at| at.to_string()),
            sessions: known.sessions,
            posts: known.posts.into_iter().map(|(role, unit)| post(house, role, unit)).collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PartQuery {
    /// Only people whose login or name holds this.
    #[param(example = "zhao")]
    q: Option<String>,
}

/// People in order of login. Needs `person.manage` over the whole bureau, as all of these.
#[utoipa::path(get, path = "/api/people", tag = "people", operation_id = "list_people", params(PartQuery, PageQuery), responses(
    (status = 200, description = "a page of people", body = Page<Person>),
    (status = 422, description = "`page.limit`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn list(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Query(of): Query<PartQuery>,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<Person>>> {
    let limit = query.limit()?;
    let tx = house.db.read().await?;
    let after = query.after.as_deref().unwrap_or_default();
    let found = people::page(&tx, &ctx, of.q.as_deref(), after, limit).await?;
    let items = found.into_iter().map(|known| Person::of(&house, known)).collect();
    Ok(Json(Page::of(items, limit, |person: &Person| person.login.clone())))
}

/// One person. Needs `person.manage`.
#[utoipa::path(get, path = "/api/people/{login}", tag = "people", operation_id = "get_person",
    params(("login" = String, Path, example = "zhao.qi")),
    responses((status = 200, description = "the person", body = Person), Reading, Finding))]
async fn show(State(house): State<House>, SignedIn(ctx): SignedIn, Path(login): Path<String>) -> Answer<Json<Person>> {
    let tx = house.db.read().await?;
    let known = people::find(&tx, &ctx, &login).await?;
    Ok(Json(Person::of(&house, known)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    /// 2 to 32 letters, digits, or `. - _`.
    #[schema(example = "zhao.qi")]
    login: String,
    #[schema(example = "赵七")]
    name: Option<String>,
    /// A first post, or none.
    #[schema(example = "cashier")]
    role: Option<String>,
    /// `bureau`, or the code of a supply station; `bureau` when absent.
    #[schema(example = "ST01")]
    unit: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct OneTimePassword {
    #[schema(example = "zhao.qi")]
    login: String,
    /// Told only now; it opens nothing but its own change.
    #[schema(example = "h7kmw2xq9cfd4tzp")]
    password: String,
}

/// What is told once is not told again.
fn told_already() -> crate::Error {
    let (zh, en) = (
        "一次性密码只显示一次；如未看到，请重置密码",
        "a one-time password is told once; if you missed it, reset the password",
    );
    Refusal::conflict("password.told", zh, en).into()
}

/// Makes a person, with a password for once that is told only in this answer: `login.taken`,
/// `login.invalid`, `role.unknown`, `unit.unknown`, `password.told`. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people", tag = "people", operation_id = "create_person",
    params(("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters")),
    request_body = NewPerson,
    responses((status = 200, description = "made; written in the journal", body = OneTimePassword), Reading, Acting))]
async fn create(State(house): State<House>, act: Act<NewPerson>) -> Answer<Response> {
    act.once_unkept(
        MANAGE,
        async |tx, ctx, wish| {
            let unit = wish.unit.as_deref().unwrap_or(crate::access::BUREAU);
            let first = wish.role.as_deref().map(|role| (role, unit));
            let password = people::create(tx, ctx, &house.roles, &wish.login, wish.name.as_deref(), first).await?;
            Ok((StatusCode::OK, OneTimePassword { login: wish.login, password }))
        },
        async |_, _| Err(told_already()),
    )
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    /// Where there is one, it stays in the journal.
    #[schema(example = "本人申请")]
    reason: Option<String>,
}

/// Gives a person a new password for once, told only in this answer, and ends his sessions:
/// `password.own`, `password.told`. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/password-reset", tag = "people", operation_id = "reset_password",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Why,
    responses((status = 200, description = "reset; written in the journal", body = OneTimePassword), Reading, Finding, Acting))]
async fn reset_password(Path(login): Path<String>, act: Act<Why>) -> Answer<Response> {
    act.once_unkept(
        MANAGE,
        async |tx, ctx, wish| {
            let password = people::reset_password(tx, ctx, &login, wish.reason.as_deref()).await?;
            Ok((StatusCode::OK, OneTimePassword { login: login.clone(), password }))
        },
        async |_, _| Err(told_already()),
    )
    .await
}

/// Lets a locked person try again now. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/unlocking", tag = "people", operation_id = "unlock_person",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Why,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn unlock(State(house): State<House>, Path(login): Path<String>, act: Act<Why>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| done(&house, people::unlock(tx, ctx, &login, wish.reason.as_deref()).await?))
        .await
}

fn done(house: &House, known: Known) -> Result<(StatusCode, Person)> {
    Ok((StatusCode::OK, Person::of(house, known)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Disabling {
    /// Why; it stays in the journal.
    #[schema(example = "已调离")]
    reason: String,
}

/// Lets a person in no more and ends his sessions at once: `person.self`, `administrator.last`. Needs
/// `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/disabling", tag = "people", operation_id = "disable_person",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Disabling,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn disable(State(house): State<House>, Path(login): Path<String>, act: Act<Disabling>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| {
        done(&house, people::disable(tx, ctx, &house.roles, &login, &wish.reason).await?)
    })
    .await
}

/// Lets a disabled person in again. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/enabling", tag = "people", operation_id = "enable_person",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Why,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn enable(State(house): State<House>, Path(login): Path<String>, act: Act<Why>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| done(&house, people::enable(tx, ctx, &login, wish.reason.as_deref()).await?))
        .await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenPost {
    /// A code of `/api/roles`.
    #[schema(example = "cashier")]
    role: String,
    /// A code of `/api/units`.
    #[schema(example = "ST01")]
    unit: String,
}

/// Gives a person a post: `role.unknown`, `unit.unknown`. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/posts", tag = "people", operation_id = "appoint_person",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = GivenPost,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn appoint(State(house): State<House>, Path(login): Path<String>, act: Act<GivenPost>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| {
        done(&house, people::appoint(tx, ctx, &house.roles, &login, &wish.role, &wish.unit).await?)
    })
    .await
}

/// Takes a post from a person: `post.unknown`, `administrator.last`. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/posts/dismissal", tag = "people", operation_id = "dismiss_person",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = GivenPost,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn dismiss(State(house): State<House>, Path(login): Path<String>, act: Act<GivenPost>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| {
        done(&house, people::dismiss(tx, ctx, &house.roles, &login, &wish.role, &wish.unit).await?)
    })
    .await
}

/// Ends all sessions of a person. Needs `person.manage`.
#[utoipa::path(post, path = "/api/people/{login}/sign-out", tag = "people", operation_id = "sign_person_out",
    params(
        ("login" = String, Path, example = "zhao.qi"),
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = Why,
    responses((status = 200, description = "the person; written in the journal", body = Person), Reading, Finding, Acting))]
async fn sign_out_everywhere(State(house): State<House>, Path(login): Path<String>, act: Act<Why>) -> Answer<Response> {
    act.once(MANAGE, async |tx, ctx, wish| {
        done(&house, people::sign_out_everywhere(tx, ctx, &login, wish.reason.as_deref()).await?)
    })
    .await
}

/// A unit of the organisation.
#[derive(Serialize, ToSchema)]
struct Unit {
    #[schema(example = "ST01")]
    code: String,
    /// Null for the bureau.
    #[schema(example = "bureau")]
    parent: Option<String>,
}

/// The units at which posts are held: the bureau, then its stations. Needs `person.manage`.
#[utoipa::path(get, path = "/api/units", tag = "people", operation_id = "list_units",
    responses((status = 200, description = "all units", body = Vec<Unit>), Reading))]
async fn units(State(house): State<House>, SignedIn(ctx): SignedIn) -> Answer<Json<Vec<Unit>>> {
    let tx = house.db.read().await?;
    let units = people::units(&tx, &ctx).await?;
    Ok(Json(units.into_iter().map(|(code, parent)| Unit { code, parent }).collect()))
}

/// A role and the rights that come with it.
#[derive(Serialize, ToSchema)]
struct RoleShown {
    #[schema(example = "cashier")]
    code: String,
    name: Words,
    #[schema(example = json!(["archive.read", "bill.read"]))]
    rights: Vec<String>,
}

/// The roles of the pack. Needs `person.manage`.
#[utoipa::path(get, path = "/api/roles", tag = "people", operation_id = "list_roles",
    responses((status = 200, description = "all roles", body = Vec<RoleShown>), Reading))]
async fn roles(State(house): State<House>, SignedIn(ctx): SignedIn) -> Answer<Json<Vec<RoleShown>>> {
    ctx.require_everywhere(MANAGE)?;
    let shown = |role: &crate::access::Role| RoleShown {
        code: role.code.clone(),
        name: role.name.clone().into(),
        rights: role.rights.clone(),
    };
    Ok(Json(house.roles.iter().map(shown).collect()))
}

/// A session of one's own.
#[derive(Serialize, ToSchema)]
struct SessionShown {
    /// Null: begun before sessions had names; it ends with all of them.
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    id: Option<String>,
    #[schema(example = "2016-09-01T01:00:00Z")]
    begun_at: String,
    #[schema(example = "2016-09-01T13:00:00Z")]
    ends_at: String,
    /// The address that it began from.
    #[schema(example = "10.1.2.3")]
    peer: Option<String>,
    /// The browser that it began in.
    #[schema(example = "Mozilla/5.0")]
    agent: Option<String>,
    #[schema(example = true)]
    is_this: bool,
}

impl From<OwnSession> for SessionShown {
    fn from(own: OwnSession) -> SessionShown {
        SessionShown {
            id: own.id.map(|id| id.to_string()),
            begun_at: own.begun_at.to_string(),
            ends_at: own.ends_at.to_string(),
            peer: own.peer,
            agent: own.agent,
            is_this: own.is_this,
        }
    }
}

/// One's own sessions, newest first.
#[utoipa::path(get, path = "/api/sessions", tag = "session", operation_id = "list_own_sessions",
    responses((status = 200, description = "all sessions under way", body = Vec<SessionShown>), Reading))]
async fn own_sessions(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Extension(own): Extension<Own>,
) -> Answer<Json<Vec<SessionShown>>> {
    let tx = house.db.read().await?;
    let sessions = people::own_sessions(&tx, &ctx, own.token()).await?;
    Ok(Json(sessions.into_iter().map(SessionShown::from).collect()))
}

/// Signs out everywhere: ends all of one's own sessions, also this one.
#[utoipa::path(delete, path = "/api/sessions", tag = "session", operation_id = "sign_out_everywhere", responses(
    (status = 204, description = "all have ended; the cookie is taken away"), Reading,
))]
async fn end_own_sessions(State(house): State<House>, SignedIn(ctx): SignedIn) -> Answer<Response> {
    let tx = house.db.write().await?;
    people::end_own_sessions(&tx, &ctx).await?;
    tx.commit().await?;
    let taken = [(header::SET_COOKIE, session::no_cookie())];
    Ok((StatusCode::NO_CONTENT, taken).into_response())
}

/// Ends one of one's own sessions: `session.unknown`.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "session", operation_id = "end_own_session",
    params(("id" = String, Path, example = "019385c2-7a00-7000-8000-000000000000")),
    responses((status = 204, description = "it has ended"), Reading, Finding))]
async fn end_own_session(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let tx = house.db.write().await?;
    let id = id.parse::<Uuid>().map_err(|_| super::unknown_session())?;
    people::end_own_session(&tx, &ctx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
