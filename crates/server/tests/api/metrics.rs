//! What an operator watches: each figure moves with what it counts.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use platform::backup::{self, Untold};
use platform::journal;
use platform::long_work::State;

use crate::hall::Hall;
use crate::work::{SLOW, counting_to};

impl Hall {
    async fn figures(&self) -> String {
        let answer = self.ask("GET", "/metrics").send().await;
        assert!(answer.status.is_success());
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4"));
        answer.text
    }

    /// How many statements `asking` gives the database.
    pub async fn statements(&self, asking: impl Future) -> u64 {
        // Whoever asks for the figures asks the database for some of them, each time alike.
        self.figures().await;
        let (first, before) = (self.statements_so_far().await, self.statements_so_far().await);
        asking.await;
        (self.statements_so_far().await - before) - (before - first)
    }

    async fn statements_so_far(&self) -> u64 {
        let engine = self.house().db.engine().name();
        let series = format!("gridhall_database_statements_total{{engine=\"{engine}\"}} ");
        let text = self.figures().await;
        let figure = text.lines().find_map(|line| line.strip_prefix(&series)).expect("statements");
        figure.parse().expect("a number")
    }

    /// The figure of one series; None when there is no such series.
    async fn figure(&self, series: &str) -> Option<f64> {
        figure(&self.figures().await, series)
    }
}

fn figure(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status_and_never_by_customer() {
    let hall = Hall::open().await;
    hall.figures().await;
    hall.ask("GET", "/api/usage-points/3301987654").send().await;
    let text = hall.figures().await;
    let series = r#"gridhall_http_requests_total{method="GET",route="/api/usage-points/{supply_no}",status="401"}"#;
    assert!(figure(&text, series).is_some_and(|number| number >= 1.0), "{text}");
    assert!(!text.contains("3301987654"));
}

#[tokio::test]
async fn every_series_says_what_it_is() {
    let hall = Hall::open().await;
    hall.figures().await;
    hall.person("wang.li", &[("cashier", "bureau")]).await;
    let text = hall.figures().await;
    for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
        let name = line.split(' ').nth(2).expect("a name");
        let help = format!("# HELP {name} ");
        assert!(text.contains(&help), "{name} says nothing");
    }
    let size = r#"gridhall_database_bytes{part="database"}"#;
    for name in ["process_resident_memory_bytes", "process_open_fds", "gridhall_storage_free_bytes", size] {
        assert!(figure(&text, name).is_some_and(|number| number > 0.0), "{name}\n{text}");
    }
}

#[tokio::test]
async fn waiting_for_the_database_and_its_commits_is_timed() {
    let hall = Hall::open().await;
    hall.figures().await;
    let engine = hall.house().db.engine().name();
    let (waits, commits) = (
        format!("gridhall_database_wait_seconds_count{{engine=\"{engine}\",for=\"write\"}}"),
        format!("gridhall_database_commit_seconds_count{{engine=\"{engine}\"}}"),
    );
    let before = hall.figures().await;
    hall.new_person("wang.li", &[]).await;
    let after = hall.figures().await;
    for series in [waits, commits] {
        let moved = figure(&after, &series).unwrap_or_default() - figure(&before, &series).unwrap_or_default();
        assert!(moved >= 1.0, "{series}\n{after}");
    }
    let _lent = hall.house().db.write().await.expect("a transaction");
    let pool = if engine == "sqlite" { "writer" } else { "server" };
    let lent = hall.figure(&format!("gridhall_database_connections{{pool=\"{pool}\",state=\"lent\"}}")).await;
    assert!(lent.is_some_and(|lent| lent >= 1.0), "{lent:?}");
}

#[tokio::test]
async fn the_journal_tells_how_far_the_sealer_is_behind() {
    let hall = Hall::open().await;
    hall.new_person("wang.li", &[]).await;
    hall.advance_minutes(2);
    let text = hall.figures().await;
    assert!(figure(&text, "gridhall_journal_unsealed").is_some_and(|number| number >= 1.0), "{text}");
    assert!(figure(&text, "gridhall_journal_seal_lag_seconds").is_some_and(|lag| lag >= 120.0), "{text}");
    journal::seal(&hall.house().db).await.expect("sealed");
    let text = hall.figures().await;
    assert_eq!(figure(&text, "gridhall_journal_unsealed"), Some(0.0));
    assert_eq!(figure(&text, "gridhall_journal_seal_lag_seconds"), Some(0.0));
}

#[tokio::test]
async fn long_work_tells_its_queue_by_kind_and_what_it_has_done() {
    let hall = Hall::open().await;
    let text = hall.figures().await;
    assert_eq!(figure(&text, r#"gridhall_work_open{kind="bill.issue",state="queued"}"#), Some(0.0), "{text}");
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    hall.upload(&token, "/api/imports/readings", "k1", "meter_no\n1\n").await.ok();
    hall.advance_minutes(3);
    let text = hall.figures().await;
    assert_eq!(figure(&text, r#"gridhall_work_open{kind="import.readings",state="queued"}"#), Some(1.0));
    assert_eq!(figure(&text, r#"gridhall_work_waiting_seconds{kind="import.readings"}"#), Some(180.0));
    let id = hall.ask_slow("wang.li").await.id;
    let _runner = hall.working_with(counting_to(7, &Arc::new(AtomicU64::new(0))));
    hall.until(id, State::Done).await;
    let text = hall.figures().await;
    let name = SLOW.name;
    assert_eq!(figure(&text, &format!("gridhall_work_done_total{{kind=\"{name}\"}}")), Some(7.0), "{text}");
    assert_eq!(figure(&text, &format!("gridhall_work_ended_total{{kind=\"{name}\",how=\"done\"}}")), Some(1.0));
}

#[tokio::test]
async fn the_last_back_up_tells_its_age_and_size_and_before_the_first_how_long_nothing_is_safe() {
    let hall = Hall::open().await;
    hall.new_person("wang.li", &[]).await;
    hall.advance_minutes(5);
    let text = hall.figures().await;
    assert_eq!(figure(&text, "gridhall_backup_age_seconds"), Some(300.0), "{text}");
    assert_eq!(figure(&text, "gridhall_backup_bytes"), Some(0.0));
    let (house, dir) = (hall.house(), tempfile::tempdir().expect("a directory"));
    for name in ["1.backup", "2.backup"] {
        let file = dir.path().join(name);
        backup::make(house, &house.operator(), &file, false, &mut Untold).await.expect("a back-up");
        hall.advance_minutes(3);
        let text = hall.figures().await;
        assert_eq!(figure(&text, "gridhall_backup_age_seconds"), Some(180.0));
        let size = std::fs::metadata(&file).expect("a file").len();
        assert_eq!(figure(&text, "gridhall_backup_bytes"), Some(size as f64));
    }
}
