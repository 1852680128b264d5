//! Traces and the log, as a collector and an administrator get them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gridhall::traces::{Endpoint, Traces};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::hall::Hall;

/// Takes what is posted, and answers that it is welcome.
fn collector() -> (SocketAddr, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let posted = take(stream.expect("a connection"));
            if sender.send(posted).is_err() {
                break;
            }
        }
    });
    (address, receiver)
}

fn take(mut stream: TcpStream) -> (String, Value) {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            if body.len() >= length.parse::<usize>().expect("a number") {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").expect("answered");
                return (head.to_owned(), serde_json::from_str(body).expect("JSON"));
            }
        }
        let read = stream.read(&mut piece).expect("more");
        bytes.extend_from_slice(&piece[..read]);
    }
}

fn traced_to(address: SocketAddr) -> (Traces, DefaultGuard) {
    let traces = Traces::to(&Endpoint::of(&format!("http://{address}")).expect("an endpoint")).expect("traces");
    let guard = tracing::subscriber::set_default(Registry::default().with(traces.layer()));
    (traces, guard)
}

fn attribute<'v>(span: &'v Value, key: &str) -> Option<&'v str> {
    let found = span["attributes"].as_array()?.iter().find(|attribute| attribute["key"] == key)?;
    found["value"]["stringValue"].as_str().or(found["value"]["intValue"].as_str())
}

#[tokio::test]
async fn a_request_becomes_a_span_with_its_route_its_status_and_what_it_waited_for() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let (address, posted) = collector();
    let (traces, _guard) = traced_to(address);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    hall.ask("GET", "/api/usage-points/0000000001").bearer(&token).header("traceparent", parent).send().await.ok();
    traces.flush();
    let (head, body) = posted.recv_timeout(Duration::from_secs(5)).expect("a post");
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let resource = &body["resourceSpans"][0]["resource"];
    assert_eq!(attribute(resource, "service.name"), Some("gridhall"));
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans");
    let request = spans.iter().find(|span| span["kind"] == 2).expect("a request");
    assert_eq!(request["name"], "GET /api/usage-points/{supply_no}");
    assert_eq!(attribute(request, "http.route"), Some("/api/usage-points/{supply_no}"));
    assert_eq!(attribute(request, "http.response.status_code"), Some("200"));
    assert_eq!(attribute(request, "enduser.id"), Some("wang.li"));
    assert_eq!((&request["traceId"], &request["parentSpanId"]), (&json!(&parent[3..35]), &json!(&parent[36..52])));
    let waits: Vec<&Value> = spans.iter().filter(|span| span["name"] == "database.wait").collect();
    assert!(!waits.is_empty() && waits.iter().all(|wait| wait["parentSpanId"] == request["spanId"]), "{body}");
    assert!(!body.to_string().contains("0000000001\""), "no customer's number leaves the house");
}

#[tokio::test]
async fn a_collector_that_is_away_neither_slows_nor_breaks_anything() {
    let hall = Hall::open().await;
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    // One that takes connections and never answers is worse than one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    for address in [nobody, silent.local_addr().expect("an address")] {
        let (_traces, _guard) = traced_to(address);
        let asked = async {
            for _ in 0..3000 {
                hall.ask("GET", "/livez").send().await.ok();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asked).await.expect("nobody waits for a collector");
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_act_is_in_the_log_with_its_id_actor_route_status_and_time_and_without_its_customer() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt::layer().json().with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(Registry::default().with(log));
    let text = "meter_no\n1\n";
    let answer = hall.upload(&token, "/api/imports/readings?name=%E5%BC%A0%E4%B8%89.csv", "k1", text).await;
    let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    let line = text.lines().find(|line| line.contains("\"answered\"")).unwrap_or_else(|| panic!("{text}"));
    let line: Value = serde_json::from_str(line).expect("JSON");
    let span = &line["span"];
    assert_eq!((&span["route"], &span["method"]), (&json!("/api/imports/{kind}"), &json!("POST")));
    assert_eq!(
        (&span["actor"], &span["id"]),
        (&json!("wang.li"), &json!(answer.header("x-request-id").expect("an id")))
    );
    assert_eq!(line["fields"]["status"], 202);
    assert!(line["fields"]["millis"].is_u64());
    assert!(!text.contains("张三") && !text.contains("%E5"), "{text}");
}
