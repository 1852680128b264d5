//! Pieces of the API document that operations share.

use std::collections::BTreeMap;

use kernel::Text;
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::problem::CONTENT_TYPE;

/// One sentence or name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Words {
    #[schema(example = "浙江居民生活用电")]
    pub zh: String,
    #[schema(example = "Zhejiang residential")]
    pub en: String,
}

impl From<Text> for Words {
    fn from(text: Text) -> Words {
        Words { zh: text.zh.into_owned(), en: text.en.into_owned() }
    }
}

/// What every operation of somebody signed in may answer instead.
#[derive(Debug)]
pub struct Reading;

/// What an operation on one named thing may answer instead.
#[derive(Debug)]
pub struct Finding;

/// What every act may answer instead; see `Idempotency-Key`.
#[derive(Debug)]
pub struct Acting;

const READING: [(&str, &str); 5] = [
    ("400", "`request.malformed`: the path or the query cannot be read"),
    ("401", "`access.signed-out`: no session, or one that has ended"),
    (
        "403",
        "`access.forbidden`, `access.other-station`: no post gives the right; `password.change-first`: a one-time \
         password opens nothing else; `csrf.refused`: the request did not come from our own pages",
    ),
    ("500", "`fault`: ours; the reference is in the log"),
    (
        "503",
        "`storage.full`, `database.away`, `database.busy`: not possible just now; Retry-After tells when to try again, an \
         act under the same Idempotency-Key",
    ),
];

const FINDING: [(&str, &str); 1] = [("404", "`….unknown`: there is no such thing, or none that you may see")];

const ACTING: [(&str, &str); 5] = [
    (
        "400",
        "`idempotency.missing`, `idempotency.invalid`: the header Idempotency-Key; `request.malformed`: the body is no JSON",
    ),
    (
        "409",
        "`idempotency.running`: the same act is under way; any other code: the state of the thing does not allow it now",
    ),
    ("413", "`body.too-large`: more than 2 MB"),
    ("415", "`content-type.unsupported`: not application/json"),
    (
        "422",
        "`idempotency.other-request`: the key was used for another request; `body.wrong-shape`: not the shape \
         described here; any other code: a rule of the business",
    ),
];

fn problems(list: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let response = |description: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content(CONTENT_TYPE, content).build()
    };
    list.iter().map(|(status, description)| ((*status).to_owned(), response(description).into())).collect()
}

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&READING)
    }
}

impl IntoResponses for Finding {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&FINDING)
    }
}

impl IntoResponses for Acting {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&ACTING)
    }
}
