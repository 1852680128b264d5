//! Papers over HTTP.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use axum::extract::{FromRef, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::Refusal;
use kernel::paper::PaperLanguage;
use platform::http::problem::{Answer, Problem};
use platform::http::{Finding, Reading, SignedIn};
use platform::{House, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::print;

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(bill))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaperQuery {
    /// Language of the form: `zh`, which is also the default, or `en`.
    #[param(example = "zh")]
    language: Option<String>,
}

impl PaperQuery {
    fn language(&self) -> Result<PaperLanguage> {
        let Some(word) = &self.language else { return Ok(PaperLanguage::Zh) };
        PaperLanguage::from_word(word).ok_or_else(|| {
            Refusal::invalid("language.unknown", "语言应为 zh 或 en", "the language is zh or en").at("language").into()
        })
    }
}

/// A bill as its customer gets it, with his name and address in full; each print stands in the journal.
/// Needs `bill.print` and `bill.read`.
#[utoipa::path(get, path = "/api/bills/{bill_no}/bill.pdf", tag = "print", operation_id = "print_bill",
    params(("bill_no" = String, Path, example = "20160800000001"), PaperQuery),
    responses(
        (status = 200, description = "the bill", content_type = "application/pdf", body = Vec<u8>),
        (status = 409, description = "`paper.glyphs`: no font has a character of it; `paper.fonts-missing`, `paper.program-missing`, \
         `paper.too-slow`: the press is not ready", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`language.unknown`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn bill(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(bill_no): Path<String>,
    Query(query): Query<PaperQuery>,
) -> Answer<Response> {
    let language = query.language()?;
    let tx = house.db.read().await?;
    let order = print::bill_paper(&tx, &ctx, &house, &bill_no, language).await?;
    tx.rollback().await?;
    let pdf = house.press.print(&order).await?;
    let tx = house.db.write().await?;
    print::note_print(&tx, &ctx, &bill_no, language).await?;
    tx.commit().await?;
    Ok(pdf_answer(&format!("bill-{bill_no}"), pdf))
}

/// `name` is ASCII: the numbers of papers are.
fn pdf_answer(name: &str, pdf: Vec<u8>) -> Response {
    let disposition = format!("inline; filename=\"{name}.pdf\"");
    ([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)], pdf)
        .into_response()
}
