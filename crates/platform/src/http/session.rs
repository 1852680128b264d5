//! How a session travels: in a cookie for browsers, as a bearer token for programs.
//!
//! A browser sends the cookie along with requests that other pages made it send. Hence what changes
//! something needs a header that such pages cannot set without asking us first, and we never grant
//! it; where the browser tells the origin, that has to be ours as well.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use kernel::Refusal;
use kernel::refusal::RefusalKind;

use super::problem::Failure;
use crate::{Ctx, Fault, Result};

pub const COOKIE: &str = "gridhall_session";
pub const OWN_REQUEST: &str = "x-gridhall-request";

/// The context of whoever has signed in. The guard before the routes puts it there.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Ctx);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<SignedIn, Failure> {
        let signed_in = parts.extensions.get::<SignedIn>().cloned();
        signed_in.ok_or_else(|| signed_out().into())
    }
}

/// What a request shows of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub token: String,
    pub by_cookie: bool,
}

impl Credential {
    /// A bearer token goes before a cookie: no browser adds it by itself.
    pub fn of(headers: &HeaderMap) -> Option<Credential> {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if let Some(token) = bearer {
            return Some(Credential { token: token.trim().to_owned(), by_cookie: false });
        }
        let token = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == COOKIE)?
            .1;
        Some(Credential { token: token.to_owned(), by_cookie: true })
    }
}

pub fn signed_out() -> Refusal {
    Refusal::new(RefusalKind::Unauthenticated, "access.signed-out", "请先登录", "please sign in")
}

/// Refuses a request by cookie that another site's page may have caused.
pub fn refuse_forgery(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    if headers.get(OWN_REQUEST).is_none_or(|value| value != "1") {
        return Err(forged().into());
    }
    refuse_other_origin(uri, headers)
}

/// Refuses a request whose browser says that it came from a page of another site.
pub fn refuse_other_origin(uri: &Uri, headers: &HeaderMap) -> Result<()> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()));
    let ours = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .zip(host)
        .is_some_and(|((_, theirs), host)| theirs.eq_ignore_ascii_case(host));
    if ours { Ok(()) } else { Err(forged().into()) }
}

fn forged() -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "csrf.refused",
        "请求不是由本系统页面发出的（须带请求头 X-Gridhall-Request: 1，且来源一致）",
        "the request did not come from our own pages (it needs the header X-Gridhall-Request: 1 and our own origin)",
    )
}

/// The cookie that carries `token`, until the browser is closed.
pub fn cookie(token: &str, secure: bool) -> Result<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/{secure}");
    HeaderValue::from_str(&text).map_err(|error| Fault::because("the session's cookie", error))
}

/// Takes the cookie away.
pub fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("gridhall_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
}

/// Whether the browser speaks TLS, with us or with the proxy before us.
#[derive(Debug, Clone, Copy)]
pub struct OverTls(pub bool);

impl<S: Sync> FromRequestParts<S> for OverTls {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<OverTls, Infallible> {
        // A lie here only makes the liar's own cookie stricter.
        let told = parts.headers.get("x-forwarded-proto");
        let direct = parts.uri.scheme_str() == Some("https");
        Ok(OverTls(direct || told.is_some_and(|scheme| scheme == "https")))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            let name = name.parse::<HeaderName>().expect("a name");
            (name, value.parse::<HeaderValue>().expect("a value"))
        };
        list.iter().map(pair).collect()
    }

    #[test]
    fn a_session_is_found_in_either_place_and_the_bearer_goes_first() {
        let cookie = ("cookie", "a=b; gridhall_session=abc; c=d");
        let by_cookie = Credential::of(&headers(&[cookie])).expect("a credential");
        assert_eq!((by_cookie.token.as_str(), by_cookie.by_cookie), ("abc", true));
        let both = headers(&[cookie, ("authorization", "Bearer xyz")]);
        let bearer = Credential::of(&both).expect("a credential");
        assert_eq!((bearer.token.as_str(), bearer.by_cookie), ("xyz", false));
        assert_eq!(Credential::of(&headers(&[("cookie", "not_gridhall_session=abc")])), None);
    }

    #[test]
    fn only_our_own_pages_may_change_something_by_cookie() {
        let uri = Uri::from_static("/api/session");
        let own = (OWN_REQUEST, "1");
        let host = ("host", "hall.example:8080");
        let table: [(&[(&str, &str)], bool); 6] = [
            (&[], false),
            (&[("x-gridhall-request", "0")], false),
            (&[own, host], true),
            (&[own, host, ("origin", "https://Hall.example:8080")], true),
            (&[own, host, ("origin", "https://evil.example")], false),
            (&[own, host, ("origin", "null")], false),
        ];
        for (list, fine) in table {
            let answer = refuse_forgery(&Method::POST, &uri, &headers(list));
            assert_eq!(answer.is_ok(), fine, "{list:?}");
        }
        assert!(refuse_forgery(&Method::GET, &uri, &HeaderMap::new()).is_ok());
    }
}
