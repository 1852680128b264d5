//! Two servers of one bureau.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use platform::db::Engine;
use platform::long_work::{Runner, State};
use serde_json::{Value, json};

use crate::hall::Hall;
use crate::work::{counting_to, let_leases_end};

#[tokio::test]
async fn two_servers_share_the_work_and_do_none_of_it_twice() {
    let hall = Hall::open().await;
    let begun = [Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0))];
    let other = hall.other_server().await;
    let mut asked = Vec::new();
    for _ in 0..12 {
        asked.push(hall.ask_slow("operator").await.id);
    }
    let runner = Runner::new(other.house.clone(), counting_to(40, &begun[1]));
    let _other = tokio::spawn(async move { runner.run().await });
    let _one = hall.working_with(counting_to(40, &begun[0]));
    for id in asked {
        let done = hall.until(id, State::Done).await;
        assert_eq!((done.takeovers, done.done), (0, 40));
    }
    let begun = begun.map(|begun| begun.load(Ordering::SeqCst));
    assert_eq!(begun.iter().sum::<u64>(), 12, "{begun:?}");
    match hall.house().db.engine() {
        Engine::Postgres => assert!(begun.iter().all(|begun| *begun > 0), "{begun:?}"),
        // Only one server carries work of an embedded database.
        Engine::Sqlite => assert!(begun.contains(&12), "{begun:?}"),
    }
}

#[tokio::test]
async fn work_tells_who_carries_it_how_fast_it_goes_and_how_long_it_will_take() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let id = hall.ask_slow("wang.li").await.id;
    let path = format!("/api/long-work/{id}");
    let queued = hall.get(&token, &path).await.ok();
    let nothing = ["carrier", "per_minute", "seconds_left"].map(|name| queued[name].clone());
    assert_eq!(nothing, [Value::Null, Value::Null, Value::Null]);
    let _runner = hall.working_with(counting_to(1000, &Arc::new(AtomicU64::new(0))));
    while hall.house().board.get(id).is_none_or(|(done, _)| done < 20) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    hall.advance_minutes(1);
    let running = hall.get(&token, &path).await.ok();
    assert_eq!(running["carrier"]["process"], json!(std::process::id()), "{running}");
    assert!(running["carrier"]["machine"].as_str().is_some_and(|name| !name.is_empty()));
    assert!(running["carrier"]["until"].is_string());
    let (done, per_minute) = (running["done"].as_u64().expect("done"), running["per_minute"].as_u64().expect("a pace"));
    assert!(per_minute > 0 && per_minute <= done, "{running}");
    let left = running["seconds_left"].as_u64().expect("a time");
    assert!((1..=60 * 1000 / 20).contains(&left), "{running}");
    assert_eq!(running["takeovers"], 0);
}

#[tokio::test]
async fn work_waits_no_longer_because_the_clock_was_set_back() {
    let hall = Hall::open().await;
    let id = hall.ask_slow("operator").await.id;
    hall.advance_minutes(-600);
    let _runner = hall.working_with(counting_to(1, &Arc::new(AtomicU64::new(0))));
    hall.until(id, State::Done).await;
}

#[tokio::test]
async fn a_lease_is_renewed_by_the_clock_as_it_is_and_not_as_it_was() {
    let hall = Hall::open().await;
    let begun = Arc::new(AtomicU64::new(0));
    let id = hall.ask_slow("operator").await.id;
    let killed = hall.working_with(counting_to(100_000, &begun));
    while hall.house().board.get(id).is_none_or(|(done, _)| done == 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    hall.advance_minutes(-600);
    let reasonable = |until: kernel::Timestamp| until.duration_since(hall.clock.now()).as_secs() <= 60;
    for _ in 0..1000 {
        if hall.work(id).await.lease_until.is_some_and(reasonable) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(hall.work(id).await.lease_until.is_some_and(reasonable));
    killed.abort();
    let _ = killed.await;
    let_leases_end(&hall);
    let _next = hall.working_with(counting_to(3, &begun));
    assert_eq!(hall.until(id, State::Done).await.takeovers, 1);

    assert_eq!(begun.load(Ordering::SeqCst), 2);
}
