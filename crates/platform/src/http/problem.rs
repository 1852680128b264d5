//! Problems (RFC 9457): how a refusal or a fault looks to a program, and to the person before it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::id::Uuid;
use kernel::refusal::{Language, RefusalKind};
use kernel::{Refusal, Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::documents::Words;
use crate::{Error, Fault, House, Trouble};

pub const CONTENT_TYPE: &str = "application/problem+json";

/// What a handler answers.
pub type Answer<T> = Result<T, Failure>;

/// An error on its way out. [`speak`] puts it into words, because only the request knows whose.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    /// Where HTTP has a more exact word than the kind of the refusal.
    status: Option<StatusCode>,
    /// Seconds.
    retry_after: Option<i64>,
}

impl Failure {
    pub fn with_status(mut self, status: StatusCode) -> Failure {
        self.status = Some(status);
        self
    }

    pub fn retry_after(mut self, seconds: i64) -> Failure {
        self.retry_after = Some(seconds);
        self
    }

    fn trouble(&self) -> Option<Trouble> {
        self.error.trouble()
    }

    fn status(&self) -> StatusCode {
        self.status.unwrap_or(match &self.error {
            Error::Refused(refusal) => status_of(refusal.kind),
            Error::Fault(fault) if fault.trouble().is_some() => StatusCode::SERVICE_UNAVAILABLE,
            Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, status: None, retry_after: None }
    }
}
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Error::from(refusal).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

fn status_of(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// A problem document, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The code as a relative URI.
    #[serde(rename = "type")]
    #[schema(example = "/problems/supply-no.unknown")]
    pub kind: String,
    /// What sort of problem it is, in the language of the request.
    #[schema(example = "没有找到")]
    pub title: String,
    #[schema(example = 404)]
    pub status: u16,
    /// What is wrong and what to do, in the language of the request.
    #[schema(example = "没有户号 0000000001")]
    pub detail: String,
    /// Stable: programs may rely on it.
    #[schema(example = "supply-no.unknown")]
    pub code: String,
    /// The input that has to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "supply_no")]
    pub field: Option<String>,
    /// The detail in both languages.
    pub message: Words,
    /// Of a fault only: what to tell the administrator, who finds it in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "019385c2-7a00-7000-8000-000000000000")]
    pub reference: Option<String>,
}

/// The id of a request, in its trace and in the answer's `X-Request-Id`.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Marks an answer that tells of trouble in a document of its own.
#[derive(Debug, Clone, Copy)]
pub struct SpeaksForItself;

/// Seconds after which it is worth trying again.
const RETRY_AFTER_TROUBLE: i64 = 5;

/// The outermost layer: names the request and turns every failed answer into a problem, also those
/// that come from below the handlers (no such route, unreadable body, too slow).
pub async fn speak(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let id = house.system().new_id();
    let language = language_of(request.headers());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    let status = response.status();
    if let Some(failure) = response.extensions_mut().remove::<Arc<Failure>>() {
        if let Some(trouble) = failure.trouble() {
            house.signs.note(trouble);
        }
        response = spoken(&failure, language, id, response);
    } else if response.extensions_mut().remove::<SpeaksForItself>().is_some() {
        // As its handler wrote it.
    } else if status.is_client_error() || status.is_server_error() {
        let (parts, body) = response.into_parts();
        let failure = nameless(status, &beginning_of(body).await);
        response = spoken(&failure, language, id, Response::from_parts(parts, Body::empty()));
    }
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn spoken(failure: &Failure, language: Language, id: Uuid, mut response: Response) -> Response {
    let problem = problem(failure, language, id);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    let tag = match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    };
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    let retry_after = failure.retry_after.or(failure.trouble().map(|_| RETRY_AFTER_TROUBLE));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = Body::from(body);
    response
}

fn problem(failure: &Failure, language: Language, id: Uuid) -> Problem {
    let status = failure.status();
    let (code, field, text, reference) = match &failure.error {
        Error::Refused(refusal) => (refusal.code, refusal.field.clone(), refusal.text.clone(), None),
        Error::Fault(fault) => {
            let trouble = fault.trouble();
            let code = trouble.map_or("fault", Trouble::code);
            metrics::counter!("gridhall_faults_total", "code" => code).increment(1);
            tracing::error!(reference = %id, code, error = %fault, "fault");
            (code, None, trouble.map_or_else(|| fault_text(id), Trouble::text), Some(id.to_string()))
        }
    };
    Problem {
        kind: format!("/problems/{code}"),
        title: title(status).in_language(language).to_owned(),
        status: status.as_u16(),
        detail: text.in_language(language).to_owned(),
        code: code.to_owned(),
        field,
        message: text.into(),
        reference,
    }
}

fn fault_text(id: Uuid) -> Text {
    Text::new(
        format!("系统出错，请将编号 {id} 告知管理员"),
        format!("something broke on our side; tell your administrator the reference {id}"),
    )
}

fn title(status: StatusCode) -> Text {
    match status.as_u16() {
        401 => Text::new("尚未登录", "Not signed in"),
        403 => Text::new("没有权限", "Not allowed"),
        404 => Text::new("没有找到", "Not found"),
        409 => Text::new("现在不能这样做", "Not possible now"),
        429 => Text::new("过于频繁", "Too many attempts"),
        503 => Text::new("暂时无法处理", "Not possible just now"),
        500.. => Text::new("系统出错", "Our fault"),
        _ => Text::new("请求有误", "The request is wrong"),
    }
}

/// The failure that a bare status stands for; `said` is what the framework wrote about it.
fn nameless(status: StatusCode, said: &str) -> Failure {
    let (code, zh, en) = match status.as_u16() {
        400 => ("request.malformed", "请求格式有误", "the request cannot be read"),
        404 => ("route.unknown", "没有这个地址", "there is nothing at this address"),
        405 => ("method.not-allowed", "该地址不支持此方法", "this address does not take this method"),
        408 | 504 => ("request.timeout", "处理超时，请稍后再试", "this took too long; try again later"),
        413 => ("body.too-large", "请求内容过大", "the request body is too large"),
        415 => {
            ("content-type.unsupported", "请求内容应为 application/json", "the request body must be application/json")
        }
        422 => (
            "body.wrong-shape",
            "请求内容与接口文档不符",
            "the request body does not have the shape that the API document describes",
        ),
        500.. => {
            let what = format!("an answer {status} without a cause: {said}");
            return Failure::from(Fault::impossible(what)).with_status(status);
        }
        _ => ("request.refused", "请求被拒绝", "the request was refused"),
    };
    let said =
        if matches!(status.as_u16(), 400 | 422) && !said.is_empty() { format!(" ({said})") } else { String::new() };
    let refusal = Refusal::invalid(code, format!("{zh}{said}"), format!("{en}{said}"));
    Failure::from(refusal).with_status(status)
}

async fn beginning_of(body: Body) -> String {
    const ENOUGH: usize = 4096;
    let bytes = axum::body::to_bytes(body, ENOUGH).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The language that the request likes best among ours; Chinese when it does not say.
fn language_of(headers: &HeaderMap) -> Language {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (0, Language::Zh);
    for wish in wishes.split(',') {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let language = match tag.trim().to_ascii_lowercase() {
            tag if tag == "zh" || tag.starts_with("zh-") => Language::Zh,
            tag if tag == "en" || tag.starts_with("en-") => Language::En,
            _ => continue,
        };
        let weight = thousandths(weight);
        if weight > best.0 {
            best = (weight, language);
        }
    }
    best.1
}

/// `q=0.8` in thousandths; 1 when absent.
fn thousandths(weight: &str) -> i64 {
    let quality = weight.trim().strip_prefix("q=");
    quality.map_or(1000, |text| kernel::decimal::parse(text, 3).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_wished_most_among_ours_and_chinese_otherwise() {
        let table = [
            ("", Language::Zh),
            ("en", Language::En),
            ("en-GB,zh;q=0.9", Language::En),
            ("fr, en;q=0.5, zh-CN;q=0.8", Language::Zh),
            ("fr", Language::Zh),
            ("zh;q=0, en;q=0.1", Language::En),
            ("english", Language::Zh),
        ];
        for (wish, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wish));
            assert_eq!(language_of(&headers), expected, "{wish}");
        }
    }

    #[test]
    fn a_fault_keeps_its_cause_to_the_log_and_gives_a_reference() {
        let failure = Failure::from(Fault::impossible("secret table"));
        let problem = problem(&failure, Language::En, Uuid::nil());
        let text = serde_json::to_string(&problem).expect("JSON");
        assert!(!text.contains("secret"));
        assert_eq!(problem.reference, Some(Uuid::nil().to_string()));
        assert_eq!((problem.status, problem.code.as_str()), (500, "fault"));
    }

    #[test]
    fn a_trouble_that_passes_is_told_by_its_name_and_keeps_its_cause_to_the_log() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let failure = Failure::from(Fault::because("secret table", full));
        let problem = problem(&failure, Language::Zh, Uuid::nil());
        assert_eq!((problem.status, problem.code.as_str()), (503, "storage.full"));
        assert!(problem.detail.contains("腾出空间") && problem.reference.is_some());
        assert!(!serde_json::to_string(&problem).expect("JSON").contains("secret"));
    }

    #[test]
    fn each_kind_of_refusal_has_its_status() {
        let table = [
            (RefusalKind::Invalid, 422),
            (RefusalKind::Unauthenticated, 401),
            (RefusalKind::Forbidden, 403),
            (RefusalKind::NotFound, 404),
            (RefusalKind::Conflict, 409),
            (RefusalKind::TooMany, 429),
        ];
        for (kind, status) in table {
            let failure = Failure::from(Refusal::new(kind, "a.code", "", ""));
            assert_eq!(failure.status().as_u16(), status);
        }
    }
}
