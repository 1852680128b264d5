//! What a house says of itself when something that it rests on is not well.

use platform::backup::{self, Untold};
use platform::db::Engine;
use platform::journal;
use serde_json::{Value, json};

use crate::hall::Hall;

impl Hall {
    async fn health(&self, status: u16) -> Value {
        let answer = self.ask("GET", "/healthz").send().await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json()
    }
}

/// The checks that are not well, with how they are.
fn ills(health: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let checks = health["checks"].as_array().expect("checks").iter();
    let ills: Vec<&Value> = checks.filter(|check| check["status"] != "ok").collect();
    for check in &ills {
        assert!(check["message"]["zh"].is_string() && check["message"]["en"].is_string(), "{check}");
    }
    ills.into_iter().map(|check| (word(&check["name"]), word(&check["status"]))).collect()
}

fn pair(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_house_that_is_well_says_so_of_each_thing_it_rests_on() {
    let hall = Hall::open().await;
    let health = hall.health(200).await;
    assert_eq!((&health["status"], ills(&health)), (&json!("ok"), vec![]));
    assert!(health["journal"].is_i64());
    let names: Vec<&Value> = health["checks"].as_array().expect("checks").iter().map(|check| &check["name"]).collect();
    assert_eq!(names, ["database", "storage", "clock", "journal", "tasks"]);
    assert_eq!(hall.ask("GET", "/livez").send().await.ok(), json!({ "status": "ok" }));
}

#[tokio::test]
async fn without_its_database_the_house_is_down_yet_alive_and_tells_no_secret() {
    let hall = Hall::open().await;
    hall.house().db.clone().close().await.expect("closed");
    let health = hall.health(503).await;
    assert_eq!((&health["status"], &health["journal"]), (&json!("down"), &Value::Null));
    assert_eq!(ills(&health), [pair("database", "down")]);
    let text = health.to_string();
    assert!(!text.contains("pool") && !text.contains("sql:") && !text.contains("postgres:"), "{text}");
    hall.ask("GET", "/livez").send().await.ok();
    let metrics = hall.ask("GET", "/metrics").send().await;
    assert!(metrics.status.is_success());
    assert!(metrics.text.contains("gridhall_health_check{check=\"database\"} 0"), "{}", metrics.text);
}

#[tokio::test]
async fn a_database_file_that_was_removed_or_replaced_is_no_database() {
    let hall = Hall::open().await;
    if hall.house().db.engine() == Engine::Postgres {
        return;
    }
    let (file, aside) = (hall.house().data.join("gridhall.db"), hall.house().data.join("aside.db"));
    std::fs::rename(&file, &aside).expect("moved");
    assert_eq!(ills(&hall.health(503).await), [pair("database", "down")]);
    std::fs::copy(&aside, &file).expect("copied");
    assert_eq!(ills(&hall.health(503).await), [pair("database", "down")], "the same bytes, another file");
    std::fs::rename(&aside, &file).expect("moved back");
    assert_eq!(ills(&hall.health(200).await), []);
}

/// The locks that the system knows of on a file.
fn locks_on(file: &std::path::Path) -> usize {
    let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(file).expect("a file"));
    let (locks, mark) = (std::fs::read_to_string("/proc/locks").expect("locks"), format!(":{inode} "));
    locks.lines().filter(|line| line.contains("POSIX") && line.contains(&mark)).count()
}

#[tokio::test]
async fn looking_after_the_health_leaves_the_database_its_locks() {
    let hall = Hall::open().await;
    if hall.house().db.engine() == Engine::Postgres {
        return;
    }
    let file = hall.house().data.join("gridhall.db");
    hall.health(200).await;
    hall.ask("GET", "/metrics").send().await.ok();
    assert!(locks_on(&file) > 0, "another process could take the database for its own, and remove its log");
}

#[tokio::test]
async fn a_disk_with_less_room_than_the_bureau_wants_is_told() {
    let hall = Hall::open_with("[health]\nfree_mib = 1000000000000\n").await;
    let health = hall.health(200).await;
    assert_eq!((&health["status"], ills(&health)), (&json!("degraded"), vec![pair("storage", "degraded")]));
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_told() {
    let hall = Hall::open().await;
    std::fs::remove_dir_all(&hall.house().data).expect("removed");
    let health = hall.health(503).await;
    assert!(ills(&health).contains(&pair("storage", "down")), "{health}");
}

#[tokio::test]
async fn a_clock_that_was_set_is_told_until_it_is_set_back() {
    let hall = Hall::open().await;
    assert_eq!(ills(&hall.health(200).await), []);
    hall.advance_minutes(90);
    let forward = hall.health(200).await;
    assert_eq!(ills(&forward), [pair("clock", "degraded")]);
    hall.advance_minutes(-90);
    assert_eq!(ills(&hall.health(200).await), []);
    hall.advance_minutes(-10);
    let back = hall.health(200).await;
    assert_eq!(ills(&back), [pair("clock", "degraded")]);
    assert_ne!(forward["checks"][2]["message"], back["checks"][2]["message"]);
}

#[tokio::test]
async fn a_clock_behind_the_last_entry_of_the_journal_is_told_by_a_process_that_was_just_started() {
    let mut hall = Hall::open().await;
    hall.person("wang.li", &[("cashier", "bureau")]).await;
    journal::seal(&hall.house().db).await.expect("sealed");
    hall.advance_minutes(-1);
    hall.reopen().await;
    assert_eq!(ills(&hall.health(200).await), [], "servers may differ by a little");
    hall.advance_minutes(-5);
    hall.reopen().await;
    let health = hall.health(200).await;
    assert_eq!(ills(&health), [pair("clock", "degraded")]);
    assert!(health["checks"][2]["message"]["en"].as_str().expect("a text").contains("behind"));
}

#[tokio::test]
async fn a_journal_that_nobody_seals_is_told() {
    let mut hall = Hall::open().await;
    hall.person("wang.li", &[("cashier", "bureau")]).await;
    hall.advance_minutes(5);
    hall.reopen().await;
    assert_eq!(ills(&hall.health(200).await), [pair("journal", "degraded")]);
    journal::seal(&hall.house().db).await.expect("sealed");
    assert_eq!(ills(&hall.health(200).await), []);
}

#[tokio::test]
async fn a_runner_that_has_died_is_told() {
    let hall = Hall::open().await;
    let runner = hall.working();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(ills(&hall.health(200).await), []);
    runner.abort();
    let _ = runner.await;
    let health = hall.health(200).await;
    assert_eq!(ills(&health), [pair("tasks", "degraded")]);
    assert!(health["checks"][4]["message"]["zh"].as_str().expect("a text").contains("long-work"), "{health}");
}

#[tokio::test]
async fn a_bureau_that_asks_for_back_ups_is_degraded_without_one() {
    let hall = Hall::open_with("[health]\nbackup_hours = 24\n").await;
    hall.new_person("wang.li", &[]).await;
    assert_eq!(status_of(&hall, "backup").await, Some("ok".to_owned()));
    hall.advance_minutes(25 * 60);
    assert_eq!(status_of(&hall, "backup").await, Some("degraded".to_owned()));
    let (house, dir) = (hall.house(), tempfile::tempdir().expect("a directory"));
    backup::make(house, &house.operator(), &dir.path().join("1.backup"), false, &mut Untold).await.expect("a back-up");
    assert_eq!(status_of(&hall, "backup").await, Some("ok".to_owned()));
    assert_eq!(status_of(&Hall::open().await, "backup").await, None);
}

async fn status_of(hall: &Hall, name: &str) -> Option<String> {
    let health = hall.health(200).await;
    let checks = health["checks"].as_array()?;
    let check = checks.iter().find(|check| check["name"] == name)?;
    check["status"].as_str().map(str::to_owned)
}
