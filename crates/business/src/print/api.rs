//! Papers over HTTP.

#![allow(unused_qualifications)] // in what utoipa::path writes for a query type of this file

use std::time::Duration;

use axum::extract::{FromRef, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Refusal;
use kernel::paper::{PaperLanguage, PaperSize};
use platform::http::problem::{Answer, Problem};
use platform::http::{Act, Acting, Finding, Reading, SignedIn, download};
use platform::{House, Result};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{payment, print};

pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    House: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(bill))
        .routes(routes!(receipt))
        .routes(routes!(receipt_bytes))
        .routes(routes!(print_receipt))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaperQuery {
    /// Language of the form: `zh`, which is also the default, or `en`.
    #[param(example = "zh")]
    language: Option<String>,
}

fn language(word: Option<&str>) -> Result<PaperLanguage> {
    PaperLanguage::from_word(word.unwrap_or("zh")).ok_or_else(|| {
        Refusal::invalid("language.unknown", "语言应为 zh 或 en", "the language is zh or en").at("language").into()
    })
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
    let language = language(query.language.as_deref())?;
    let tx = house.db.read().await?;
    let order = print::bill_paper(&tx, &ctx, &house, &bill_no, language).await?;
    tx.rollback().await?;
    let pdf = house.press.print(&order).await?;
    let tx = house.db.write().await?;
    print::note_print(&tx, &ctx, &bill_no, language).await?;
    tx.commit().await?;
    Ok(pdf_answer(&format!("bill-{bill_no}"), pdf))
}

fn pdf_answer(name: &str, pdf: Vec<u8>) -> Response {
    (download::inline(&format!("{name}.pdf"), download::PDF), pdf).into_response()
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReceiptQuery {
    /// Language of the form: `zh`, which is also the default, or `en`.
    #[param(example = "zh")]
    language: Option<String>,
    /// `a5`, which is also the default, or `a4`.
    #[param(example = "a5")]
    size: Option<String>,
}

impl ReceiptQuery {
    fn size(&self) -> Result<PaperSize> {
        PaperSize::from_word(self.size.as_deref().unwrap_or("a5")).ok_or_else(|| {
            Refusal::invalid("paper.size", "纸张应为 a4 或 a5", "the size is a4 or a5").at("size").into()
        })
    }
}

/// The receipt of a payment as PDF. Looking at it does not count as printing. Needs `payment.read`.
#[utoipa::path(get, path = "/api/payments/{receipt_no}/receipt.pdf", tag = "print", operation_id = "get_receipt_pdf",
    params(("receipt_no" = String, Path, example = "201609010000001"), ReceiptQuery),
    responses(
        (status = 200, description = "the receipt", content_type = "application/pdf", body = Vec<u8>),
        (status = 409, description = "`paper.glyphs`, `paper.fonts-missing`, `paper.program-missing`, `paper.too-slow`",
         body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`language.unknown`, `paper.size`", body = Problem, content_type = "application/problem+json"),
        Reading, Finding,
    ))]
async fn receipt(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(receipt_no): Path<String>,
    Query(query): Query<ReceiptQuery>,
) -> Answer<Response> {
    let (language, size) = (language(query.language.as_deref())?, query.size()?);
    let tx = house.db.read().await?;
    let receipt = payment::receipt(&tx, &ctx, &house, &receipt_no).await?;
    tx.rollback().await?;
    let order = print::receipt_paper(&house, &receipt, size, language)?;
    let pdf = house.press.print(&order).await?;
    Ok(pdf_answer(&format!("receipt-{receipt_no}"), pdf))
}

/// The receipt of a payment for a printer of 80 mm: ESC/POS, text in GB18030. Needs `payment.read`.
#[utoipa::path(get, path = "/api/payments/{receipt_no}/receipt.escpos", tag = "print", operation_id = "get_receipt_bytes",
    params(("receipt_no" = String, Path, example = "201609010000001")),
    responses(
        (status = 200, description = "the bytes for the printer", content_type = "application/octet-stream", body = Vec<u8>),
        Reading, Finding,
    ))]
async fn receipt_bytes(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(receipt_no): Path<String>,
) -> Answer<Response> {
    let tx = house.db.read().await?;
    let receipt = payment::receipt(&tx, &ctx, &house, &receipt_no).await?;
    tx.rollback().await?;
    let bytes = print::receipt_bytes(&house, &receipt)?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PrinterQuery {
    /// A name of `[printers]` in gridhall.toml.
    #[param(example = "till-1")]
    printer: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TillPrint {
    /// Why it is printed again; it stays in the journal.
    #[schema(example = json!(null))]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PrintedReceipt {
    #[schema(example = "201609010000001")]
    receipt_no: String,
    /// 0 for the first print, then how many times it was printed before 补打.
    #[schema(example = 0)]
    reprint: i64,
}

/// How long a printer may take to answer.
const PRINTER_PATIENCE: Duration = Duration::from_secs(3);

/// Prints a receipt on a till's printer: `printer.unknown`, `printer.silent`. From the second time on it
/// is marked 补打. Needs `payment.take`.
#[utoipa::path(post, path = "/api/payments/{receipt_no}/print", tag = "print", operation_id = "print_receipt_on_till",
    params(
        ("receipt_no" = String, Path, example = "201609010000001"),
        PrinterQuery,
        ("Idempotency-Key" = String, Header, description = "made up by the caller, 1 to 80 visible ASCII characters"),
    ),
    request_body = TillPrint,
    responses((status = 200, description = "printed; written in the journal", body = PrintedReceipt), Reading, Finding, Acting))]
async fn print_receipt(
    State(house): State<House>,
    SignedIn(ctx): SignedIn,
    Path(receipt_no): Path<String>,
    Query(query): Query<PrinterQuery>,
    act: Act<TillPrint>,
) -> Answer<Response> {
    ctx.require(payment::TAKE)?;
    // The line is open before the transaction begins: nobody waits for a printer that is off.
    let mut line = connect(&house, &query.printer).await?;
    act.once(payment::TAKE, async |tx, ctx, wish| {
        let receipt = payment::print(tx, ctx, &house, &receipt_no, wish.reason.as_deref()).await?;
        let bytes = print::receipt_bytes(&house, &receipt)?;
        send(&mut line, &bytes).await.map_err(|_| silent(&query.printer))?;
        Ok((StatusCode::OK, PrintedReceipt { receipt_no: receipt_no.clone(), reprint: receipt.reprint }))
    })
    .await
}

async fn connect(house: &House, printer: &str) -> Result<TcpStream> {
    let address = house.config.printers.get(printer).ok_or_else(|| {
        Refusal::not_found(
            "printer.unknown",
            format!("gridhall.toml 的 [printers] 中没有打印机“{printer}”"),
            format!("[printers] in gridhall.toml has no printer \"{printer}\""),
        )
        .at("printer")
    })?;
    match tokio::time::timeout(PRINTER_PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(line)) => Ok(line),
        _ => Err(silent(printer).into()),
    }
}

async fn send(line: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut left = bytes;
    let sending = async {
        while !left.is_empty() {
            line.writable().await?;
            match line.try_write(left) {
                Ok(sent) => left = &left[sent..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    tokio::time::timeout(PRINTER_PATIENCE, sending).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

fn silent(printer: &str) -> Refusal {
    Refusal::conflict(
        "printer.silent",
        format!("打印机“{printer}”没有应答：请检查电源、纸张和网络，然后重试"),
        format!("the printer \"{printer}\" does not answer: check its power, paper and network, and try again"),
    )
    .at("printer")
}
