//! Money over HTTP: taken once, whatever is repeated, dropped or done at the same moment.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use business::{ledger, proof};
use kernel::Money;
use platform::journal;
use platform::long_work::Runner;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::hall::{Answer, Ask, Hall};

const ACCOUNT: &str = "0000000001";

/// A cashier's window; the account in front of it owes 129.12.
struct Counter {
    hall: Hall,
    cashier: String,
}

impl Counter {
    async fn open() -> Counter {
        let hall = Hall::open().await;
        hall.fill_and_read().await;
        hall.issue_august().await;
        let cashier = hall.person("li.na", &[("cashier", "bureau")]).await;
        Counter { hall, cashier }
    }

    /// What a cashier sends who takes `amount` for the account as it stands now; what is above its debts
    /// is paid ahead.
    async fn wish_of(&self, token: &str, amount: &str) -> Value {
        let quote = self.hall.ask("POST", "/api/payments/quote").bearer(token);
        let quote = quote.json(&json!({ "supply_nos": [ACCOUNT] })).send().await.ok();
        json!({
            "supply_nos": [ACCOUNT], "digest": quote["digest"], "amount": amount, "method": "cash",
            "tendered": null, "bank": null, "instrument": null, "prepay_to": ACCOUNT,
        })
    }

    async fn wish(&self, amount: &str) -> Value {
        self.wish_of(&self.cashier, amount).await
    }

    fn pay(&self, key: &str, wish: &Value) -> Ask {
        self.hall.ask("POST", "/api/payments").bearer(&self.cashier).key(key).json(wish)
    }

    /// Repeats the request under its key for as long as the same is still under way.
    async fn pay_to_the_end(&self, key: &str, wish: &Value) -> Answer {
        for _ in 0..500 {
            let answer = self.pay(key, wish).send().await;
            if answer.status != 409 || answer.problem(409) != "idempotency.running" {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{key} stays under way");
    }

    /// Receipts and their amounts, the oldest first.
    async fn on_record(&self) -> Vec<(String, Money)> {
        let (mut found, mut path) = (Vec::new(), "/api/payments?limit=200".to_owned());
        loop {
            let page = self.hall.get(&self.cashier, &path).await.ok();
            found.extend(page["items"].as_array().expect("payments").iter().map(receipt));
            match page["next"].as_str() {
                Some(next) => path = format!("/api/payments?limit=200&after={next}"),
                None => break,
            }
        }
        found.reverse();
        found
    }

    async fn prove(&self) {
        let house = self.hall.house();
        journal::seal(&house.db).await.expect("sealed");
        let tx = house.db.read().await.expect("a view");
        let report = proof::verify(&tx, &house.operator(), None, &mut |_| {}).await.expect("a proof");
        assert!(report.differences.is_empty(), "{:#?}", report.differences);
    }
}

fn receipt(payment: &Value) -> (String, Money) {
    let text = |name: &str| payment[name].as_str().unwrap_or_else(|| panic!("no {name}: {payment}")).to_owned();
    (text("receipt_no"), yuan(&text("amount")))
}

fn yuan(text: &str) -> Money {
    Money::parse_yuan(text).expect("yuan")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_sent_twice_is_taken_once_and_answered_alike() {
    let mut counter = Counter::open().await;
    let wish = counter.wish("129.12").await;
    let first = counter.pay("k1", &wish).send().await;
    let again = counter.pay("k1", &wish).send().await;
    counter.hall.reopen().await;
    let later = counter.pay("k1", &wish).send().await;
    for answer in [&again, &later] {
        assert_eq!((answer.status, &answer.text), (first.status, &first.text));
        assert_eq!(answer.header("idempotent-replayed"), Some("true"));
    }
    assert_eq!(counter.on_record().await, [receipt(&first.ok())]);
    counter.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_takes_no_second_payment_of_another_amount() {
    let counter = Counter::open().await;
    let first = counter.pay("k1", &counter.wish("100.00").await).send().await.ok();
    let other = counter.pay("k1", &counter.wish("29.12").await).send().await;
    assert_eq!(other.problem(422), "idempotency.other-request");
    assert_eq!(counter.on_record().await, [receipt(&first)]);
    counter.pay("k2", &counter.wish("29.12").await).send().await.ok();
    assert_eq!(counter.on_record().await.len(), 2);
    counter.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_of_one_key_at_once_to_two_servers_are_one_payment_with_one_answer() {
    let counter = Arc::new(Counter::open().await);
    let other_server = counter.hall.beside().await;
    let wish = counter.wish("129.12").await;
    let mut asks = JoinSet::new();
    for at in 0..10 {
        let ask = counter.pay("k1", &wish);
        asks.spawn(if at % 2 == 0 { ask.send() } else { ask.to(&other_server).send() });
    }
    let mut answers = Vec::new();
    while let Some(answer) = asks.join_next().await {
        let answer = answer.expect("an answer");
        if answer.status == 409 {
            assert_eq!(answer.problem(409), "idempotency.running");
            answers.push(counter.pay_to_the_end("k1", &wish).await);
        } else {
            answers.push(answer);
        }
    }
    assert_eq!(answers.len(), 10);
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.text), (200, &answers[0].text));
    }
    let anew = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_none());
    assert_eq!(anew.count(), 1, "one of them was the payment, the others heard of it");
    assert_eq!(counter.on_record().await, [receipt(&answers[0].ok())]);
    counter.prove().await;
}

/// Lets a request run until it has waited so many times, and then drops it as a server drops one whose
/// client has gone or whose time is up.
async fn dropped_after<F: Future>(request: F, waits: usize) -> Option<F::Output> {
    let (mut request, mut polls) = (pin!(request), 0);
    poll_fn(|cx| {
        if polls > waits {
            return Poll::Ready(None);
        }
        polls += 1;
        request.as_mut().poll(cx).map(Some)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_dropped_at_any_of_its_waits_is_taken_once_when_it_is_sent_again() {
    let counter = Counter::open().await;
    let (mut taken, mut waits) = (Vec::new(), 0);
    // On SQLite an answer may be there before anybody waits for it: several rounds make up for that.
    while taken.len() < 60 || waits > 0 {
        let (key, wish) = (format!("k{}", taken.len()), counter.wish("3.00").await);
        let heard = dropped_after(counter.pay(&key, &wish).send(), waits).await;
        let answer = counter.pay_to_the_end(&key, &wish).await;
        taken.push(receipt(&answer.ok()));
        waits = match heard {
            Some(heard) => {
                assert_eq!(heard.text, answer.text);
                0
            }
            None => waits + 1,
        };
    }
    assert_eq!(counter.on_record().await, taken);
    let (owed, ahead) = balance(&counter).await;
    let paid = taken.iter().map(|(_, amount)| *amount).sum::<Money>();
    assert_eq!(paid - yuan("129.12"), ahead - owed);
    counter.prove().await;
}

async fn balance(counter: &Counter) -> (Money, Money) {
    let house = counter.hall.house();
    let tx = house.db.read().await.expect("a view");
    ledger::balance(&tx, &house.operator(), ACCOUNT).await.expect("a balance")
}

/// Somebody who acts again and again while others do, and hears either yes or why not.
struct Somebody {
    counter: Arc<Counter>,
    token: String,
}

impl Somebody {
    async fn get(&self, path: &str) -> Value {
        self.counter.hall.get(&self.token, path).await.ok()
    }

    /// The answer, if the act was not refused.
    async fn act(&self, path: &str, key: &str, wish: &Value) -> Option<Value> {
        let answer = self.counter.hall.ask("POST", path).bearer(&self.token).key(key).json(wish).send().await;
        if answer.status.is_success() {
            return Some(answer.json());
        }
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.text);
        answer.problem(answer.status.as_u16());
        None
    }

    /// Takes ten yuan, and gives them back where that is wished.
    async fn pay(&self, key: &str, and_reverse: bool) {
        let wish = self.counter.wish_of(&self.token, "10.00").await;
        if let Some(taken) = self.act("/api/payments", key, &wish).await
            && and_reverse
        {
            let path = format!("/api/payments/{}/reversal", taken["receipt_no"].as_str().expect("a receipt"));
            self.act(&path, &format!("{key}-back"), &json!({ "reason": "金额录错" })).await;
        }
    }

    /// Carries out a step of August's bills to its end.
    async fn step(&self, step: &str, key: &str) {
        let Some(asked) = self.act(&format!("/api/billing-runs/2016-08/{step}"), key, &json!({})).await else {
            return;
        };
        let path = format!("/api/long-work/{}", asked["id"].as_str().expect("an id"));
        for _ in 0..2000 {
            let work = self.get(&path).await;
            if ["done", "failed"].contains(&work["state"].as_str().expect("a state")) {
                assert_ne!(work["failure"]["code"], "fault", "{work}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{step} does not end");
    }

    async fn approve(&self, key: &str) {
        let run = self.get("/api/billing-runs/2016-08").await;
        let wish = json!({ "station": null, "book": null, "supply_no": null, "digest": run["digest"] });
        self.act("/api/billing-runs/2016-08/approval", key, &wish).await;
    }

    /// Counts and closes every till of the day, and then the day itself.
    async fn close(&self, key: &str) {
        let day = self.get("/api/closing-days/2016-09-01").await;
        for (at, till) in day["tills"].as_array().expect("tills").iter().enumerate() {
            let path = format!("/api/tills/{}", till["id"].as_str().expect("an id"));
            let counted = json!({ "cash": "0.00", "pieces": {}, "papers": [] });
            self.act(&format!("{path}/counts"), &format!("{key}-count-{at}"), &counted).await;
            let handed = json!({ "slip_no": null, "handed": "0.00" });
            self.act(&format!("{path}/close"), &format!("{key}-close-{at}"), &handed).await;
        }
        self.act("/api/closing-days/2016-09-01/comparison", &format!("{key}-compare"), &json!({ "note": null })).await;
        self.act("/api/closing-days/2016-09-01/close", &format!("{key}-day"), &json!({ "note": null })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_reversals_bills_and_closing_of_one_account_at_once_leave_the_ledger_in_balance() {
    let counter = Arc::new(Counter::open().await);
    let runner = Runner::new(counter.hall.house().clone(), gridhall::work::handlers(&counter.hall.bureau));
    let running = tokio::spawn(async move { runner.run().await });
    let somebody = async |login: &str, role: &str| {
        let token = counter.hall.person(login, &[(role, "bureau")]).await;
        Arc::new(Somebody { counter: Arc::clone(&counter), token })
    };
    let officer = somebody("wang.li", "billing-officer").await;
    let approver = somebody("zhao.qi", "billing-approver").await;
    let chief = somebody("chen.jing", "chief-cashier").await;
    let mut acts = JoinSet::new();
    for (login, and_reverse) in [("sun.wei", false), ("zhou.min", true), ("wu.tao", true)] {
        let cashier = somebody(login, "cashier").await;
        acts.spawn(async move {
            for at in 0..6 {
                cashier.pay(&format!("p{at}"), and_reverse).await;
            }
        });
    }
    let (issuing, approving) = (Arc::clone(&officer), Arc::clone(&approver));
    acts.spawn(async move {
        issuing.act("/api/bills/20160800000001/cancellation", "c", &json!({ "reason": "抄错表" })).await;
        for at in 0..2 {
            issuing.step("trial", &format!("t{at}")).await;
            approving.approve(&format!("a{at}")).await;
            issuing.step("issue", &format!("i{at}")).await;
        }
    });
    acts.spawn(async move {
        for at in 0..3 {
            chief.close(&format!("e{at}")).await;
        }
    });
    while let Some(ended) = acts.join_next().await {
        ended.expect("every answer was yes or a plain no");
    }
    officer.step("trial", "last-trial").await;
    approver.approve("last-approval").await;
    officer.step("issue", "last-issue").await;
    running.abort();
    let (owed, ahead) = balance(&counter).await;
    let operator = counter.hall.person("head", &[("chief-cashier", "bureau")]).await;
    let payments = counter.hall.get(&operator, "/api/payments?limit=200").await.ok();
    let payments: Vec<(String, Money)> = payments["items"].as_array().expect("payments").iter().map(receipt).collect();
    let kept = payments.iter().map(|(_, amount)| *amount);
    assert_eq!(kept.sum::<Money>() - yuan("129.12"), ahead - owed);
    // Whatever was refused meanwhile, no number is missing.
    let numbers = (1..=payments.len()).rev().map(|number| format!("20160901{number:07}"));
    assert!(numbers.eq(payments.iter().map(|(receipt_no, _)| receipt_no.clone())), "{payments:?}");
    counter.prove().await;
}
