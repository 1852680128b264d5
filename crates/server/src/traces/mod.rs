//! Traces: where the time of a request goes, told to a collector by OTLP (HTTP, JSON) when one is configured.
//!
//! ```text
//!   span closes ──try_send──▶ 2 048 spans at most ──▶ a thread: a batch a second ──▶ collector
//!                    └ full: counted and forgotten        └ away: counted and forgotten
//! ```
//!
//! Nobody's work waits for a collector. Spans carry routes, states and figures, never paths or texts of people.

mod export;
mod span;

use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use metrics::{counter, describe_counter};
use platform::Result;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

pub use export::Endpoint;
use span::{Noted, Parent};

const WAITING: usize = 2048;
const FLUSHED_WITHIN: Duration = Duration::from_secs(3);

const SENT: &str = "gridhall_trace_spans_total";

pub fn describe_metrics() {
    describe_counter!(SENT, "Spans of traces, by what became of them: sent to the collector, or lost.");
}

fn count(outcome: &'static str, spans: usize) {
    counter!(SENT, "outcome" => outcome).increment(spans as u64);
}

/// What the thread is told.
enum Message {
    Span(Box<Noted>),
    /// Send what is there, and say so.
    Flush(SyncSender<()>),
}

/// Notes the spans of this program and has them sent.
#[derive(Debug, Clone)]
pub struct Traces {
    sender: SyncSender<Message>,
}

impl Traces {
    /// Begins to send to a collector; whether it is there shows when there is something to send.
    pub fn to(endpoint: Endpoint) -> Result<Traces> {
        let (sender, receiver) = sync_channel(WAITING);
        std::thread::Builder::new().name("traces".into()).spawn(move || export::run(&endpoint, &receiver))?;
        Ok(Traces { sender })
    }

    /// Waits a moment for what was noted to be sent.
    pub fn flush(&self) {
        let (done, sent) = sync_channel(1);
        if self.sender.try_send(Message::Flush(done)).is_ok()
            && sent.recv_timeout(FLUSHED_WITHIN) == Err(RecvTimeoutError::Timeout)
        {
            tracing::warn!("the last traces were not sent");
        }
    }

    fn send(&self, noted: Noted) {
        match self.sender.try_send(Message::Span(Box::new(noted))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => count("lost", 1),
        }
    }
}

/// Requests, long work, and what they wait for.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    ["request", "work", "database.wait", "database.commit"].contains(&metadata.name())
}

impl<S> Layer<S> for Traces
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !is_ours(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let above = span.scope().skip(1).find_map(|above| above.extensions().get::<Noted>().map(Noted::as_parent));
        let mut noted = Noted::begun(attributes.metadata().name(), above, rand::random());
        attributes.record(&mut noted);
        span.extensions_mut().insert(noted);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(noted) = span.extensions_mut().get_mut::<Noted>()
        {
            values.record(noted);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let noted = context.span(&id).and_then(|span| span.extensions_mut().remove::<Noted>());
        if let Some(noted) = noted {
            self.send(noted.ended());
        }
    }
}

impl Visit for Noted {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match (field.name(), Parent::read(value)) {
            ("traceparent", Some(parent)) => self.adopt(parent),
            ("traceparent", None) => {}
            (name, _) => self.set(name, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set_number(field.name(), value);
    }
}
