//! Signing in and out, one's own password, and the guard before every route of somebody signed in.

use axum::Extension;
use axum::Json;
use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::Refusal;
use kernel::refusal::RefusalKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::people;
use crate::context::Rights;
use crate::http::problem::{Answer, Problem};
use crate::http::rate::{Attempts, Peer};
use crate::http::session::{self, Credential, OverTls};
use crate::http::{Input, Reading, SignedIn, Words, input};
use crate::{House, Scope, access};

const SESSION: &str = "/api/session";
const PASSWORD: &str = "/api/session/password";

/// What a browser may call itself, at most.
const AGENT: usize = 200;

/// What is open to everybody.
pub fn open_routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(begin)).layer(Extension(Attempts::default())).merge(people::api::open_routes())
}

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(show, end)).routes(routes!(change_password)).merge(people::api::routes())
}

/// The session that the guard found.
#[derive(Debug, Clone)]
pub(super) struct Own {
    token: String,
    must_change: bool,
}

impl Own {
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

/// Lets through who is signed in, with his context in the request; goes before every route that is
/// not open to everybody.
pub async fn guard(
    State(house): State<House>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    input::refuse_nul(request.uri())?;
    let credential = Credential::of(request.headers()).ok_or_else(session::signed_out)?;
    if credential.by_cookie {
        session::refuse_forgery(request.method(), request.uri(), request.headers())?;
    }
    let found = access::resume(&house, &house.db.glance().await?, &credential.token).await?;
    let (person, ctx) = found.ok_or_else(session::signed_out)?;
    if person.must_change && ![SESSION, PASSWORD].contains(&path.as_str()) {
        return Err(change_first().into());
    }
    let own = Own { token: credential.token, must_change: person.must_change };
    tracing::Span::current().record("actor", ctx.actor.name.as_str());
    request.extensions_mut().insert(SignedIn(ctx));
    request.extensions_mut().insert(own);
    Ok(next.run(request).await)
}

fn change_first() -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "password.change-first",
        "请先修改一次性密码",
        "change the one-time password first",
    )
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[schema(example = "wang.li")]
    login: String,
    #[schema(example = "correct horse battery")]
    password: String,
}

#[derive(Serialize, ToSchema)]
struct SessionBegun {
    /// For `Authorization: Bearer`; a browser has it in its cookie already. Told only now.
    #[schema(example = "f2b1…")]
    token: String,
    /// The password was for once: nothing opens before it is changed.
    #[schema(example = false)]
    must_change: bool,
}

/// Signs in.
#[utoipa::path(post, path = SESSION, tag = "session", operation_id = "sign_in", security(()), request_body = SignIn, responses(
    (status = 200, description = "signed in; the cookie `gridhall_session` is set", body = SessionBegun),
    (status = 400, description = "`request.malformed`: the body is no JSON", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "`sign-in.wrong`: the name or the password", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "`csrf.refused`: a page of another site; `sign-in.disabled`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "`body.wrong-shape`", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "`sign-in.locked`: five wrong passwords, 15 minutes; `sign-in.too-many`: see Retry-After", body = Problem, content_type = "application/problem+json"),
    (status = 500, description = "`fault`", body = Problem, content_type = "application/problem+json"),
))]
async fn begin(
    State(house): State<House>,
    Extension(attempts): Extension<Attempts>,
    Peer(peer): Peer,
    OverTls(tls): OverTls,
    uri: Uri,
    headers: HeaderMap,
    Input(wish): Input<SignIn>,
) -> Answer<Response> {
    session::refuse_other_origin(&uri, &headers)?;
    let ctx = house.nobody();
    attempts.admit(peer, ctx.now)?;
    let whence = whence(peer, &headers);
    let begun = access::sign_in_from(&house.db, &ctx, &wish.login, wish.password, &whence).await?;
    let access::Session { token, must_change } = begun;
    let cookie = session::cookie(&token, tls || house.config.http.secure_cookie)?;
    let body = Json(SessionBegun { token, must_change });
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

fn whence(peer: std::net::IpAddr, headers: &HeaderMap) -> access::Whence {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    access::Whence {
        peer: Some(peer.to_string()),
        agent: agent.map(|agent| agent.chars().take(AGENT).collect()),
        earlier: Credential::of(headers).filter(|found| found.by_cookie).map(|found| found.token),
    }
}

#[derive(Serialize, ToSchema)]
struct WhoAmI {
    #[schema(example = "wang.li")]
    login: String,
    /// The password was for once: nothing opens before it is changed.
    #[schema(example = false)]
    must_change: bool,
    posts: Vec<Post>,
    rights: Vec<Right>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Post {
    #[schema(example = "billing-officer")]
    role: String,
    name: Words,
    /// `bureau`, or the code of a supply station.
    #[schema(example = "bureau")]
    unit: String,
}

#[derive(Serialize, ToSchema)]
struct Right {
    #[schema(example = "archive.read")]
    right: String,
    /// Codes of the stations that it reaches; null: the whole bureau.
    #[schema(example = json!(["ST01"]))]
    stations: Option<Vec<String>>,
}

/// Who am I?
#[utoipa::path(get, path = SESSION, tag = "session", operation_id = "who_am_i", responses(
    (status = 200, description = "the person, his posts and the rights that come with them", body = WhoAmI), Reading,
))]
async fn show(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Extension(own): Extension<Own>,
) -> Answer<Json<WhoAmI>> {
    let tx = house.db.read().await?;
    let posts = access::own_posts(&tx, &ctx).await?;
    Ok(Json(WhoAmI {
        login: ctx.actor.name.clone(),
        must_change: own.must_change,
        posts: posts.into_iter().map(|(role, unit)| post(&house, role, unit)).collect(),
        rights: rights(ctx.rights()),
    }))
}

pub(super) fn post(house: &House, role: String, unit: String) -> Post {
    let name = match house.roles.get(&role) {
        Some(role) => role.name.clone().into(),
        None => Words { zh: role.clone(), en: role.clone() },
    };
    Post { role, name, unit }
}

fn rights(rights: &Rights) -> Vec<Right> {
    let Rights::Granted(granted) = rights else {
        return Vec::new();
    };
    let right = |(right, scope): &(String, Scope)| Right {
        right: right.clone(),
        stations: match scope {
            Scope::Bureau => None,
            Scope::Stations(stations) => Some(stations.clone()),
        },
    };
    granted.iter().map(right).collect()
}

/// Signs out.
#[utoipa::path(delete, path = SESSION, tag = "session", operation_id = "sign_out", responses(
    (status = 204, description = "the session has ended; the cookie is taken away"), Reading,
))]
async fn end(State(house): State<House>, SignedIn(ctx): SignedIn, Extension(own): Extension<Own>) -> Answer<Response> {
    let tx = house.db.write().await?;
    access::sign_out(&tx, &ctx, &own.token).await?;
    tx.commit().await?;
    let taken = [(header::SET_COOKIE, session::no_cookie())];
    Ok((StatusCode::NO_CONTENT, taken).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(example = "correct horse battery")]
    old: String,
    /// At least 10 characters, without the login name.
    #[schema(example = "staple the horse")]
    new: String,
}

/// Changes one's own password and ends one's other sessions. Takes no Idempotency-Key: what is kept
/// for a key would hold a trace of the password.
#[utoipa::path(post, path = PASSWORD, tag = "session", operation_id = "change_password", request_body = PasswordChange, responses(
    (status = 204, description = "changed; the session goes on, now with all rights"),
    (status = 422, description = "`password.wrong`, `password.weak`, `password.same`, `body.wrong-shape`", body = Problem, content_type = "application/problem+json"),
    Reading,
))]
async fn change_password(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Extension(own): Extension<Own>,
    Input(wish): Input<PasswordChange>,
) -> Answer<StatusCode> {
    access::change_password(&house.db, &ctx, &own.token, wish.old, wish.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
