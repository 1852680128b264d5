//! Acts that are done once, however often they are asked for.
//!
//! ```text
//!   key unknown ──▶ act, answer kept in the act's own transaction ──▶ answer
//!   known, same request  ──▶ the kept answer, byte for byte
//!   known, other request ──▶ 422        under way ──▶ 409        act refused ──▶ nothing kept
//! ```
//!
//! The caller makes the key up and repeats it when he does not know whether he was heard.
//!
//! Of an answer that nobody may find in the database later ([`Act::once_unkept`]: personal data in
//! full, a password for once) only a mark is kept. Who repeats his request at once is answered anew
//! from what is on record; later, the key is spent.

mod store;

use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use kernel::{Refusal, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub use store::{MIGRATION, UNKEEP};

use super::input::Input;
use super::problem::{Answer, Failure};
use super::session::SignedIn;
use super::upload::Upload;
use crate::jobs::BusyClaim;
use crate::{Ctx, Fault, House, Permission, Result, Tx};

pub const HEADER: &str = "idempotency-key";
pub const REPLAYED: &str = "idempotent-replayed";

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long who was not heard may have an unkept answer made again under the same key.
const ANSWERED_ANEW_FOR: SignedDuration = SignedDuration::from_mins(10);
const LONGEST: usize = 80;

/// A request to do something: who asks, with which key, and what he wishes.
#[derive(Debug)]
pub struct Act<T> {
    house: House,
    ctx: Ctx,
    key: String,
    request_digest: String,
    wish: T,
}

impl Act<Upload> {
    /// The wish to do something with a file that has arrived as the body of the request.
    pub fn with_upload(house: House, ctx: Ctx, parts: &Parts, upload: Upload) -> Answer<Act<Upload>> {
        let key = key_of(&parts.headers)?;
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let request_digest = digest(&[parts.method.as_str(), path], upload.digest.as_bytes());
        Ok(Act { house, ctx, key, request_digest, wish: upload })
    }
}

/// Refuses a request without a key, before its body is taken in.
pub fn require_key(headers: &HeaderMap) -> Answer<()> {
    key_of(headers).map(drop)
}

impl<T> Act<T> {
    /// Who asks; whoever looks things up for the act beforehand asks his right.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    pub fn wish(&self) -> &T {
        &self.wish
    }

    /// Does `act` in a transaction, or gives the answer that it had when it was done. The right is
    /// asked here too, so that whoever lost it does not read an old answer.
    pub async fn once<A: Serialize>(
        self,
        right: Permission,
        act: impl AsyncFnOnce(&Tx, &Ctx, T) -> Result<(StatusCode, A)>,
    ) -> Answer<Response> {
        match self.begin(right).await? {
            Begun::Done(done) => Ok(replayed(answer(done)?)),
            Begun::New(tx, _claim) => {
                let (status, body) = match act(&tx, &self.ctx, self.wish).await {
                    Ok(done) => done,
                    Err(error) => {
                        tx.rollback().await?;
                        return Err(error.into());
                    }
                };
                let done = store::Done::of(self.request_digest, status, text(&body)?, self.ctx.now);
                store::keep(&tx, &self.ctx.actor.name, &self.key, &done);
                tx.commit().await?;
                Ok(answer(done)?)
            }
        }
    }

    /// Like [`Act::once`], for an answer that is not kept. `act` does it and answers; `again` answers
    /// what was done, changes nothing, and asks the right itself.
    pub async fn once_unkept<A: Serialize>(
        self,
        right: Permission,
        act: impl AsyncFnOnce(&Tx, &Ctx, T) -> Result<(StatusCode, A)>,
        again: impl AsyncFnOnce(&Tx, &Ctx) -> Result<A>,
    ) -> Answer<Response> {
        match self.begin(right).await? {
            Begun::Done(done) if done.created_at + ANSWERED_ANEW_FOR < self.ctx.now => Err(spent().into()),
            Begun::Done(done) => {
                let tx = self.house.db.read().await?;
                let body = again(&tx, &self.ctx).await?;
                Ok(replayed(answer(store::Done { answer: text(&body)?, ..done })?))
            }
            Begun::New(tx, _claim) => {
                let (status, body) = match act(&tx, &self.ctx, self.wish).await {
                    Ok(done) => done,
                    Err(error) => {
                        tx.rollback().await?;
                        return Err(error.into());
                    }
                };
                let done = store::Done::of(self.request_digest, status, UNKEPT.to_owned(), self.ctx.now);
                store::keep(&tx, &self.ctx.actor.name, &self.key, &done);
                tx.commit().await?;
                Ok(answer(store::Done { answer: text(&body)?, ..done })?)
            }
        }
    }

    /// The transaction of a new act, or how the act went when it was done.
    async fn begin(&self, right: Permission) -> Result<Begun> {
        self.ctx.require(right)?;
        let name = format!("idempotency:{}:{}", self.ctx.actor.name, self.key);
        let Some(claim) = self.house.busy.claim(name.clone()) else {
            return Err(running().into());
        };
        let tx = self.house.db.write_together().await?;
        if !tx.try_hold(&name).await? {
            return Err(running().into());
        }
        let Some(done) = store::find(&tx, &self.ctx.actor.name, &self.key).await? else {
            return Ok(Begun::New(Box::new(tx), claim));
        };
        tx.rollback().await?;
        if done.request_digest == self.request_digest { Ok(Begun::Done(done)) } else { Err(other_request().into()) }
    }
}

/// What a key was found to be.
enum Begun {
    /// The claim is held until the act is over.
    New(Box<Tx>, BusyClaim),
    Done(store::Done),
}

/// Stands for an answer that is not kept; no answer is empty.
const UNKEPT: &str = "";

fn text<A: Serialize>(body: &A) -> Result<String> {
    serde_json::to_string(body).map_err(|error| Fault::because("an answer", error))
}

fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn answer(done: store::Done) -> Result<Response> {
    let status = u16::try_from(done.status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| Fault::impossible("a kept answer has no status"))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, kind, done.answer).into_response())
}

/// Forgets what was answered so long ago that nobody repeats it.
pub async fn sweep(tx: &Tx, now: Timestamp) -> Result<u64> {
    store::delete_before(tx, now - KEPT_FOR).await
}

impl<S, T> FromRequest<S> for Act<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    House: FromRef<S>,
{
    type Rejection = Response;
    async fn from_request(request: Request, state: &S) -> Result<Act<T>, Response> {
        let (mut parts, body) = request.into_parts();
        let SignedIn(ctx) =
            SignedIn::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)?;
        let key = key_of(&parts.headers).map_err(IntoResponse::into_response)?;
        let bounded = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(bounded, state).await.map_err(IntoResponse::into_response)?;
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let request_digest = digest(&[parts.method.as_str(), path], &bytes);
        let request = Request::from_parts(parts, Body::from(bytes));
        let Input(wish) = Input::from_request(request, state).await?;
        Ok(Act { house: House::from_ref(state), ctx, key, request_digest, wish })
    }
}

fn digest(line: &[&str], body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in line {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.update(body);
    kernel::hex(hash.finalize())
}

fn key_of(headers: &HeaderMap) -> Answer<String> {
    let bad = |refusal: Refusal| Failure::from(refusal.at("Idempotency-Key")).with_status(StatusCode::BAD_REQUEST);
    let Some(value) = headers.get(HEADER) else {
        return Err(bad(Refusal::invalid(
            "idempotency.missing",
            "缺少请求头 Idempotency-Key：请为每个操作生成一个，重试时重复使用",
            "the header Idempotency-Key is missing: make one up for each act and repeat it when you retry",
        )));
    };
    let visible = |key: &&str| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match value.to_str().ok().filter(visible) {
        Some(key) => Ok(key.to_owned()),
        None => Err(bad(Refusal::invalid(
            "idempotency.invalid",
            format!("Idempotency-Key 为 1 至 {LONGEST} 个可见 ASCII 字符"),
            format!("Idempotency-Key has 1 to {LONGEST} visible ASCII characters"),
        ))),
    }
}

fn running() -> Refusal {
    Refusal::conflict(
        "idempotency.running",
        "同一操作正在进行，请稍后用同一 Idempotency-Key 重试",
        "the same act is under way; try again with the same Idempotency-Key",
    )
}

fn spent() -> Refusal {
    Refusal::conflict(
        "idempotency.spent",
        "该操作早已完成，其结果不予保存；如仍需要，请重新提交",
        "this act was done some time ago and its answer is not kept; if you still need it, ask anew",
    )
    .at("Idempotency-Key")
}

fn other_request() -> Refusal {
    Refusal::invalid(
        "idempotency.other-request",
        "该 Idempotency-Key 已用于另一请求，请换一个",
        "this Idempotency-Key was used for another request; make up a new one",
    )
    .at("Idempotency-Key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_to_eighty_visible_characters() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(value).expect("a header");
            headers.insert(HEADER, value);
            key_of(&headers).is_ok()
        };
        assert!(with("7f3c"));
        assert!(with(&"k".repeat(80)));
        assert!(!with(""));
        assert!(!with("two words"));
        assert!(!with(&"k".repeat(81)));
        assert!(key_of(&HeaderMap::new()).is_err());
    }

    #[test]
    fn requests_that_differ_in_anything_differ_in_their_digest() {
        let first = digest(&["POST", "/a"], b"bc");
        assert_eq!(first, digest(&["POST", "/a"], b"bc"));
        assert_ne!(first, digest(&["POST", "/ab"], b"c"));
        assert_ne!(first, digest(&["PUT", "/a"], b"bc"));
    }
}
