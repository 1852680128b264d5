//! What a request asks of the database: over a wire each statement is a way there and back, and whoever holds what others
//! wait for holds it longer.

use std::sync::{Arc, Mutex, PoisonError};

use platform::db::{Engine, Param};
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
    /// Hears all threads: some statements have their own.
    fn listening() -> Ear {
        let ear = Ear::default();
        tracing::subscriber::set_global_default(Registry::default().with(ear.clone())).expect("nobody else listens");
        ear
    }

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
    let ear = Ear::listening();
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

/// What may be read whole: it does not grow with the customers.
const SMALL: [&str; 2] = ["json_each", "tariff_version"];

/// The first row of a loose key is enough for these.
const TAKE_ONE: [&str; 1] = ["SELECT 1 FROM bill WHERE cycle = $1 LIMIT 1"];

/// Steps of the plans of these statements that go through all accounts, or all of a month, for want of a key.
async fn walks(hall: &Hall, statements: &[String]) -> Vec<String> {
    let tx = hall.house().db.read().await.expect("a view");
    let mut walks = Vec::new();
    let asks = |sql: &&String| sql.starts_with("SELECT") && !TAKE_ONE.contains(&sql.as_str());
    for sql in statements.iter().filter(asks) {
        let nothing = vec![Param::Text(None); sql.matches('$').count()];
        for row in tx.rows(&format!("EXPLAIN QUERY PLAN {sql}"), nothing).await.expect("a plan") {
            let step: String = row.get(3).expect("a step");
            let mut words = step.split_whitespace();
            let is_scan = words.next() == Some("SCAN") && words.next().is_none_or(|table| !SMALL.contains(&table));
            let is_loose = ["(cycle=?)", "(cycle=? AND status=?)", "(id>?)"].iter().any(|key| step.ends_with(key));
            if is_scan || is_loose {
                walks.push(format!("{step}: {sql}"));
            }
        }
    }
    walks
}

#[tokio::test]
async fn a_run_of_a_station_does_not_walk_the_accounts_of_all() {
    let hall = Hall::open().await;
    if hall.house().db.engine() != Engine::Sqlite {
        eprintln!("skipped: PostgreSQL plans by what its tables hold, and here they hold nothing");
        return;
    }
    hall.fill_and_read().await;
    let approver = hall.person("wang.wu", &[("billing-approver", "bureau")]).await;
    let ear = Ear::listening();
    hall.try_august("li.na", Some("ST01")).await;
    let path = "/api/billing-runs/2016-08";
    let run = hall.get(&approver, &format!("{path}?station=ST01")).await.ok();
    let wish = json!({ "station": "ST01", "digest": run["digest"] });
    hall.ask("POST", &format!("{path}/approval")).bearer(&approver).key("k1").json(&wish).send().await.ok();
    hall.issue_of("2016-08", Some("ST01")).await;
    let walks = walks(&hall, &ear.heard()).await;
    assert!(walks.is_empty(), "{}", walks.join("\n"));
}
