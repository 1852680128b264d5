//! The thread that speaks to the collector.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use kernel::Refusal;
use serde_json::json;

use super::span::Noted;
use super::{Message, count};

/// Spans of one batch, and how long the first of them waits for others.
const BATCH: usize = 512;
const GATHERED_FOR: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a collector listens. Without TLS: it stands on the same machine or beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    path: String,
}

impl Endpoint {
    /// `http://127.0.0.1:4318`, to which the path of traces is added, as OTEL_EXPORTER_OTLP_ENDPOINT has it.
    pub fn of(base: &str) -> Result<Endpoint, Refusal> {
        let (host, path) = parts(base)?;
        Ok(Endpoint { host, path: format!("{}/v1/traces", path.trim_end_matches('/')) })
    }
}

fn parts(url: &str) -> Result<(String, String), Refusal> {
    let (zh, en) = (
        "追踪收集器的地址写作 http://127.0.0.1:4318（OTLP，HTTP）；需要 TLS 时请在本机运行收集器转发",
        "a collector's address is written http://127.0.0.1:4318 (OTLP over HTTP); where TLS is needed, run a collector on \
         this machine that passes traces on",
    );
    let wrong = || Refusal::invalid("traces.endpoint", zh, en).at("traces.endpoint");
    let rest = url.trim().strip_prefix("http://").ok_or_else(wrong)?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.is_empty() || host.contains('@') || url.contains(char::is_whitespace) {
        return Err(wrong());
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let host = if has_port { host.to_owned() } else { format!("{host}:80") };
    Ok((host, path.to_owned()))
}

/// Ends when nobody notes spans any more.
pub(super) fn run(endpoint: &Endpoint, messages: &Receiver<Message>) {
    let (mut batch, mut is_away, mut flushed) = (Vec::new(), false, Vec::new());
    while gather(messages, &mut batch, &mut flushed) {
        deliver(endpoint, &mut batch, &mut is_away);
        for done in flushed.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = SyncSender::try_send(&done, ());
        }
    }
    deliver(endpoint, &mut batch, &mut is_away);
}

/// Takes what comes within a moment; false when no more will come.
fn gather(messages: &Receiver<Message>, batch: &mut Vec<Noted>, flushed: &mut Vec<SyncSender<()>>) -> bool {
    let mut patience = Duration::MAX;
    while batch.len() < BATCH {
        match messages.recv_timeout(patience) {
            Ok(Message::Span(noted)) => batch.push(*noted),
            Ok(Message::Flush(done)) => {
                flushed.push(done);
                return true;
            }
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        patience = GATHERED_FOR;
    }
    true
}

/// Tells once that the collector is away, and once that it is back.
fn deliver(endpoint: &Endpoint, batch: &mut Vec<Noted>, is_away: &mut bool) {
    if batch.is_empty() {
        return;
    }
    let spans = batch.len();
    let body = document(batch);
    batch.clear();
    match post(endpoint, &body) {
        Ok(()) => {
            count("sent", spans);
            if std::mem::take(is_away) {
                tracing::info!("the collector takes traces again");
            }
        }
        Err(error) => {
            count("lost", spans);
            if !std::mem::replace(is_away, true) {
                tracing::warn!(%error, collector = endpoint.host, "the collector takes no traces; they are not kept");
            }
        }
    }
}

fn document(spans: &[Noted]) -> String {
    let name = std::env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty());
    let attribute = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let carrier = platform::long_work::Carrier::this();
    let resource = [
        attribute("service.name", name.as_deref().unwrap_or("gridhall")),
        attribute("service.version", env!("CARGO_PKG_VERSION")),
        attribute("host.name", &carrier.machine),
        attribute("process.pid", &carrier.process.to_string()),
    ];
    let spans: Vec<_> = spans.iter().map(Noted::to_json).collect();
    let scope = json!({ "scope": { "name": "gridhall" }, "spans": spans });
    json!({ "resourceSpans": [{ "resource": { "attributes": resource }, "scopeSpans": [scope] }] }).to_string()
}

fn post(endpoint: &Endpoint, body: &str) -> std::io::Result<()> {
    let nowhere = || std::io::Error::other("the name of the collector is unknown");
    let address = endpoint.host.to_socket_addrs()?.next().ok_or_else(nowhere)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Endpoint { host, path } = endpoint;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') { Ok(()) } else { Err(std::io::Error::other(format!("it answered {}", line.trim()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_collectors_write_theirs_and_anything_else_is_refused() {
        let table = [
            ("http://127.0.0.1:4318", Some(("127.0.0.1:4318", "/v1/traces"))),
            ("http://collector/otlp/", Some(("collector:80", "/otlp/v1/traces"))),
            ("http://[::1]:4318/", Some(("[::1]:4318", "/v1/traces"))),
            ("https://collector:4318", None),
            ("http://", None),
            ("http://user:secret@collector", None),
            ("collector:4318", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = Endpoint::of(text).ok();
            assert_eq!(found.as_ref().map(|found| (found.host.as_str(), found.path.as_str())), expected, "{text}");
        }
    }
}
