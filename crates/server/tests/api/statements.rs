//! What a request asks of the database: over a wire each statement is a way there and back, and whoever holds what others
//! wait for holds it longer.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::hall::Hall;

/// Hears the texts of statements.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<String>>>);

impl Ear {
    /// What was heard since one asked last.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "gridhall::statement" {
            event.record(&mut Text(&self.0));
        }
    }
}

struct Text<'e>(&'e Mutex<Vec<String>>);

impl Visit for Text<'_> {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value.to_owned());
        }
    }
}

/// Beginnings and ends of transactions are not counted.
#[track_caller]
fn assert_few(what: &str, statements: &[String], most: usize) {
    assert!(
        statements.len() <= most,
        "{what} takes {} statements, not {most}:\n{}",
        statements.len(),
        statements.join("\n")
    );
    assert!(!statements.is_empty(), "nothing was heard of {what}");
}

#[tokio::test]
async fn a_quote_and_a_payment_take_few_statements() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let cashier = hall.person("li.na", &[("cashier", "bureau")]).await;
    let ear = Ear::default();
    // For all threads: some statements have their own.
    tracing::subscriber::set_global_default(Registry::default().with(ear.clone())).expect("nobody else listens");
    // The first payment of a day opens the till; of the second is told what a payment takes.
    for (key, amount) in [("k1", "100.00"), ("k2", "29.12")] {
        ear.heard();
        let told = hall.ask("POST", "/api/payments/quote").bearer(&cashier);
        let quote = told.json(&json!({ "supply_nos": ["0000000001"] })).send().await.ok();
        let of_quote = ear.heard();
        let wish =
            json!({ "supply_nos": ["0000000001"], "digest": quote["digest"], "amount": amount, "method": "cash" });
        hall.ask("POST", "/api/payments").bearer(&cashier).key(key).json(&wish).send().await.ok();
        let of_payment = ear.heard();
        if key == "k2" {
            assert_few("a quote", &of_quote, 4);
            assert_few("a payment", &of_payment, 13);
        }
    }
}
