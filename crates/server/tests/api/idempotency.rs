use std::time::Duration;

use platform::db::Engine;
use platform::http::idempotency;
use serde_json::json;

use crate::hall::{Answer, Hall};

const UNMASKING: &str = "/api/usage-points/0000000001/unmasking";

async fn unmask(hall: &Hall, token: &str, key: &str, reason: &str) -> Answer {
    let wish = json!({ "reason": reason });
    hall.ask("POST", UNMASKING).bearer(token).key(key).json(&wish).send().await
}

async fn times_unmasked(hall: &Hall) -> usize {
    let (tx, ctx) = (hall.house().db.read().await.expect("a view"), hall.house().operator());
    let subject = Some("usage-point:0000000001");
    let entries = platform::journal::page(&tx, &ctx, subject, None, 200).await;
    entries.expect("the journal").len()
}

async fn bureau_with_a_cashier() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    (hall, token)
}

#[tokio::test]
async fn the_same_request_is_done_once_and_answered_alike_also_after_a_restart() {
    let (mut hall, token) = bureau_with_a_cashier().await;
    let first = unmask(&hall, &token, "k1", "核对用户来电身份").await;
    first.ok();
    assert_eq!(first.header("idempotent-replayed"), None);
    let second = unmask(&hall, &token, "k1", "核对用户来电身份").await;
    hall.reopen().await;
    let third = unmask(&hall, &token, "k1", "核对用户来电身份").await;
    for again in [second, third] {
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("content-type"), Some("application/json"));
    }
    assert_eq!(times_unmasked(&hall).await, 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let (hall, token) = bureau_with_a_cashier().await;
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
    let other = unmask(&hall, &token, "k1", "核对用户来访身份").await;
    assert_eq!(other.problem(422), "idempotency.other-request");
    let elsewhere = hall
        .ask("POST", "/api/usage-points/0000000002/unmasking")
        .bearer(&token)
        .key("k1")
        .json(&json!({ "reason": "核对用户来电身份" }));
    assert_eq!(elsewhere.send().await.problem(422), "idempotency.other-request");
}

#[tokio::test]
async fn a_key_belongs_to_its_actor() {
    let (hall, token) = bureau_with_a_cashier().await;
    let other = hall.person("zhao.qi", &[("cashier", "bureau")]).await;
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
    let theirs = unmask(&hall, &other, "k1", "核对用户来访身份").await;
    theirs.ok();
    assert_eq!(theirs.header("idempotent-replayed"), None);
    assert_eq!(times_unmasked(&hall).await, 2);
}

#[tokio::test]
async fn a_refused_act_can_be_repeated_under_its_key() {
    let (hall, token) = bureau_with_a_cashier().await;
    assert_eq!(unmask(&hall, &token, "k1", "短").await.problem(422), "reason.short");
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
}

#[tokio::test]
async fn an_act_under_way_is_not_begun_again() {
    let (hall, token) = bureau_with_a_cashier().await;
    let running = hall.house().busy.claim("idempotency:wang.li:k1".into());
    let second = unmask(&hall, &token, "k1", "核对用户来电身份").await;
    assert_eq!(second.problem(409), "idempotency.running");
    drop(running);
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
}

#[tokio::test]
async fn an_act_under_way_in_another_process_is_not_begun_again() {
    let (hall, token) = bureau_with_a_cashier().await;
    // On SQLite the second process waits for the first, and then hears its answer.
    if hall.house().db.engine() == Engine::Postgres {
        let running = hall.house().db.write().await.expect("a transaction");
        let held = running.try_hold("idempotency:wang.li:k1").await;
        assert!(held.expect("an answer"));
        let second = unmask(&hall, &token, "k1", "核对用户来电身份").await;
        assert_eq!(second.problem(409), "idempotency.running");
        running.rollback().await.expect("ended");
    }
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
}

#[tokio::test]
async fn of_many_at_once_one_is_done_and_the_others_hear_of_it() {
    let (hall, token) = bureau_with_a_cashier().await;
    let asks: Vec<_> = (0..8)
        .map(|_| {
            let wish = json!({ "reason": "核对用户来电身份" });
            let ask = hall.ask("POST", UNMASKING).bearer(&token).key("k1");
            tokio::spawn(ask.json(&wish).send())
        })
        .collect();
    let mut done = 0;
    for ask in asks {
        let answer = ask.await.expect("an answer");
        match answer.status.as_u16() {
            200 => done += 1,
            _ => assert_eq!(answer.problem(409), "idempotency.running"),
        }
    }
    assert!(done >= 1);
    assert_eq!(times_unmasked(&hall).await, 1);
}

#[tokio::test]
async fn an_act_needs_a_key_that_can_be_told_from_others() {
    let (hall, token) = bureau_with_a_cashier().await;
    let wish = json!({ "reason": "核对用户来电身份" });
    let keyless = hall.ask("POST", UNMASKING).bearer(&token).json(&wish);
    assert_eq!(keyless.send().await.problem(400), "idempotency.missing");
    let blank = unmask(&hall, &token, "two words", "核对用户来电身份").await;
    assert_eq!(blank.problem(400), "idempotency.invalid");
}

#[tokio::test]
async fn a_key_is_forgotten_after_ninety_days() {
    let (hall, token) = bureau_with_a_cashier().await;
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
    let sweep = || async {
        let tx = hall.house().db.write().await.expect("a transaction");
        let swept = idempotency::sweep(&tx, hall.clock.now()).await;
        tx.commit().await.expect("committed");
        swept.expect("swept")
    };
    hall.clock.advance(Duration::from_secs(90 * 24 * 3600).try_into().expect("a span"));
    assert_eq!(sweep().await, 0);
    hall.advance_minutes(1);
    assert_eq!(sweep().await, 1);
}

#[tokio::test]
async fn personal_data_is_not_kept_with_its_key_and_the_key_is_soon_spent() {
    let (hall, token) = bureau_with_a_cashier().await;
    unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
    let tx = hall.house().db.read().await.expect("a transaction");
    let kept = tx.rows("SELECT answer FROM idempotency_key", Vec::new()).await.expect("rows");
    assert_eq!(kept[0].get::<String>(0).expect("text"), "");
    drop(tx);
    hall.advance_minutes(9);
    let again = unmask(&hall, &token, "k1", "核对用户来电身份").await.ok();
    assert_eq!(again["phone"], "13812341234");
    hall.advance_minutes(2);
    let late = unmask(&hall, &token, "k1", "核对用户来电身份").await;
    assert_eq!(late.problem(409), "idempotency.spent");
    assert_eq!(times_unmasked(&hall).await, 1);
}
