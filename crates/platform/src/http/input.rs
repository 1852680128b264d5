//! A JSON body, and the words of a path or a query.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kernel::{Date, Month, Refusal};
use serde::de::DeserializeOwned;

use super::problem::Failure;
use crate::Result;

/// A JSON body of the shape `T`, free of the one character that a database cannot keep.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Response;
    async fn from_request(request: Request, state: &S) -> Result<Input<T>, Response> {
        let (parts, body) = request.into_parts();
        let bounded = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(bounded, state).await.map_err(IntoResponse::into_response)?;
        if holds_nul(&bytes) {
            return Err(nul().into_response());
        }
        let request = Request::from_parts(parts, Body::from(bytes));
        let Json(input) = Json::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Input(input))
    }
}

/// Refuses an address with that character, before it reaches a query.
pub fn refuse_nul(uri: &Uri) -> Result<(), Failure> {
    if uri.to_string().contains("%00") {
        return Err(nul().with_status(StatusCode::BAD_REQUEST));
    }
    Ok(())
}

/// A month of the path or the query.
pub fn month(text: &str, field: &str) -> Result<Month> {
    text.parse().map_err(|_| {
        Refusal::invalid("month.invalid", "月份须写作 2016-08", "a month is written 2016-08").at(field).into()
    })
}

/// A civil day of the path or the query.
pub fn date(text: &str, field: &str) -> Result<Date> {
    kernel::time::parse_date(text).ok_or_else(|| {
        Refusal::invalid("date.invalid", "日期须写作 2016-08-31", "a date is written 2016-08-31").at(field).into()
    })
}

fn holds_nul(json: &[u8]) -> bool {
    json.windows(6).any(|six| six == b"\\u0000")
}

fn nul() -> Failure {
    Failure::from(Refusal::invalid("text.nul", "内容不能含有空字符（U+0000）", "no text may hold the character U+0000"))
}
