//! Files that a browser keeps.

use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::{Fault, Result};

/// Where the rows come from.
pub trait Rows: Send + 'static {
    /// The next rows; none when there are no more.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Vec<String>>>> + Send;
}

/// Rows that are at hand already.
impl Rows for Vec<Vec<String>> {
    async fn next(&mut self) -> Result<Vec<Vec<String>>> {
        Ok(std::mem::take(self))
    }
}

const MARK: &str = "\u{feff}";

pub const CSV: &str = "text/csv; charset=utf-8";
pub const PDF: &str = "application/pdf";

/// The headers of a file of this name, to be kept and not shown. The name is ASCII: numbers and words of ours.
pub fn attachment(name: &str, media: &'static str) -> [(HeaderName, String); 2] {
    disposed("attachment", name, media)
}

/// The headers of a file of this name that a browser shows.
pub fn inline(name: &str, media: &'static str) -> [(HeaderName, String); 2] {
    disposed("inline", name, media)
}

fn disposed(how: &str, name: &str, media: &str) -> [(HeaderName, String); 2] {
    let disposition = format!("{how}; filename=\"{name}\"");
    [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)]
}

/// A list, sent page by page while it is read. It begins with a byte order mark, so that a spreadsheet reads
/// it as UTF-8. When reading fails half-way the connection breaks off: a file that arrived is whole.
pub fn csv(name: &str, header: &[&str], rows: impl Rows) -> Result<Response> {
    let mut first = MARK.as_bytes().to_vec();
    first.extend(written(&[header.iter().map(|name| (*name).to_owned()).collect()])?);
    let body = stream::unfold((Some(first), rows), async |(first, mut rows)| {
        if let Some(first) = first {
            return Some((Ok(first), (None, rows)));
        }
        match rows.next().await.and_then(|page| if page.is_empty() { Ok(None) } else { written(&page).map(Some) }) {
            Ok(None) => None,
            Ok(Some(text)) => Some((Ok(text), (None, rows))),
            Err(error) => {
                tracing::error!("a download broke off: {error:?}");
                Some((Err(std::io::Error::other("the list could not be read to its end")), (None, rows)))
            }
        }
    });
    Ok((attachment(name, CSV), Body::from_stream(Box::pin(body))).into_response())
}

fn written(rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        out.write_record(row.iter().map(|field| harmless(field)))
            .map_err(|error| Fault::because("a CSV row", error))?;
    }
    out.into_inner().map_err(|error| Fault::because("a CSV page", error))
}

/// A spreadsheet takes text that begins like this for a formula, and would run it.
fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_a_spreadsheet_would_run_is_disarmed() {
        let rows = [vec!["=HYPERLINK(\"x\")".to_owned(), "-10.00".to_owned(), "张*, 三".to_owned()]];
        let text = String::from_utf8(written(&rows).expect("written")).expect("text");
        assert_eq!(text, "\"'=HYPERLINK(\"\"x\"\")\",-10.00,\"张*, 三\"\r\n");
    }
}
