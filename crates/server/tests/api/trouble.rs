//! The disk full and the database gone in the middle: a clear answer, nothing lost, nothing doubled, no restart.

use std::time::Duration;

use platform::Trouble;
use platform::db::Engine;
use platform::long_work::State;
use platform::params;
use serde_json::{Value, json};

use crate::hall::{Answer, Hall};
use crate::work::id_of;

const READINGS: &str = "/api/imports/readings?name=8%E6%9C%88.csv";
const ROW: &str = "meter_no,read_on,register,value,kind\nM0000000001,2016-08-31,total,240.5,actual\n";

impl Hall {
    async fn tell(&self, sql: &str) {
        let tx = self.house().db.write().await.expect("a transaction");
        // A statement of SQLite's that answers with a row has to be asked for it.
        if sql.starts_with("PRAGMA") {
            tx.row(sql, params![]).await.expect("an answer");
        } else {
            tx.run(sql, params![]).await.expect("done");
        }
        tx.commit().await.expect("committed");
    }

    /// From now on no page can be added to the database, or on PostgreSQL no entry to the journal.
    async fn fill_the_disk(&self) {
        if self.house().db.engine() == Engine::Sqlite {
            return self.tell("PRAGMA max_page_count = 1").await;
        }
        self.tell(
            "CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''53100''; END'",
        )
        .await;
        self.tell("CREATE TRIGGER no_room BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION no_room()")
            .await;
    }

    async fn make_room(&self) {
        match self.house().db.engine() {
            Engine::Sqlite => self.tell("PRAGMA max_page_count = 1000000").await,
            Engine::Postgres => self.tell("DROP TRIGGER no_room ON journal_entry").await,
        }
    }

    /// What a server of PostgreSQL does to its clients when it is started anew.
    async fn drop_connections(&self) {
        let tx = self.house().db.read().await.expect("a view");
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        tx.row(sql, params![]).await.expect("terminated");
        drop(tx);
        let tx = self.house().db.read().await.expect("a view");
        let _ = tx.row("SELECT COUNT(pg_terminate_backend(pg_backend_pid()))", params![]).await;
    }

    /// Acts until there is no room: the key of the act that found none, and what it was told.
    async fn act_until_full(&self, token: &str) -> (String, Answer) {
        for at in 0..500 {
            let key = format!("k{at}");
            let answer = self.upload(token, READINGS, &key, ROW).await;
            if answer.status != 202 {
                return (key, answer);
            }
        }
        panic!("there is always room");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_acts_by_name_lets_one_read_and_is_forgotten_when_there_is_room() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    hall.fill_the_disk().await;
    let (key, refused) = hall.act_until_full(&token).await;
    assert_eq!(refused.problem(503), "storage.full");
    assert_eq!(refused.header("retry-after"), Some("5"));
    let words = &refused.json()["message"];
    assert!(words["zh"].as_str().is_some_and(|text| text.contains("腾出空间")), "{words}");
    assert_eq!(hall.upload(&token, READINGS, &key, ROW).await.problem(503), "storage.full");
    assert_eq!(hall.get(&token, "/api/usage-points/0000000001").await.ok()["supply_no"], "0000000001");
    let health = hall.ask("GET", "/healthz").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["checks"][1]["status"]), (503, &json!("down")));
    let before = hall.number("SELECT COUNT(*) FROM work").await;
    hall.make_room().await;
    assert_eq!(hall.upload(&token, READINGS, &key, ROW).await.status, 202);
    assert_eq!(hall.upload(&token, READINGS, &key, ROW).await.header("idempotent-replayed"), Some("true"));
    assert_eq!(hall.number("SELECT COUNT(*) FROM work").await, before + 1);
}

fn customers() -> String {
    let mut text = String::from(
        "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on\n",
    );
    for number in 11..=2610 {
        text += &format!("{number:010},张三,03,200,,,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n");
    }
    text
}

impl Hall {
    /// Waits for a line of the log of a piece of work.
    async fn until_said(&self, id: uuid::Uuid, words: &str) {
        for _ in 0..2000 {
            if self.log_of(id).await.iter().any(|line| line.contains(words)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody says {words}: {:?} {:?}", self.work(id).await, self.log_of(id).await);
    }

    async fn finish_customers(&self, id: uuid::Uuid) {
        self.advance_minutes(1);
        let done = self.until(id, State::Done).await;
        let outcome: Value = serde_json::from_str(done.outcome.as_deref().expect("an outcome")).expect("JSON");
        let count = |name: &str| outcome[name].as_i64().expect("a number");
        assert_eq!((count("loaded") + count("unchanged"), count("refused")), (2600, 0), "{outcome}");
        assert_eq!(self.number("SELECT COUNT(*) FROM usage_point").await, 2602);
        assert_eq!(done.takeovers, 0);
    }
}

#[tokio::test]
async fn an_import_that_finds_no_room_waits_for_it_and_goes_on_by_itself() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let id = id_of(&hall.upload(&token, "/api/imports/customers", "k1", &customers()).await.ok());
    hall.fill_the_disk().await;
    let _runner = hall.working();
    hall.until_said(id, "the storage is full").await;
    let waiting = hall.work(id).await;
    assert_eq!((waiting.state, waiting.failure), (State::Queued, None));
    hall.make_room().await;
    hall.finish_customers(id).await;
}

#[tokio::test]
async fn an_import_goes_on_by_itself_after_its_database_was_started_anew() {
    let hall = Hall::open().await;
    if hall.house().db.engine() == Engine::Sqlite {
        return;
    }
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let id = id_of(&hall.upload(&token, "/api/imports/customers", "k1", &customers()).await.ok());
    let _runner = hall.working();
    while hall.house().board.get(id).is_none_or(|(done, _)| done == 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    hall.drop_connections().await;
    // What is cut off between two transactions does not even feel it.
    while hall.work(id).await.state == State::Running {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    hall.finish_customers(id).await;
}

#[tokio::test]
async fn connections_that_died_with_their_server_are_not_felt_by_who_comes_after() {
    let hall = Hall::open().await;
    if hall.house().db.engine() == Engine::Sqlite {
        return;
    }
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let open = futures_util::future::join_all((0..8).map(|_| hall.house().db.read())).await;
    let under_way = hall.house().db.write().await.expect("a transaction");
    drop(open);
    hall.drop_connections().await;
    let cut_off = under_way.row("SELECT 1", params![]).await.expect_err("it has died");
    assert_eq!(cut_off.trouble(), Some(Trouble::Away));
    for _ in 0..12 {
        hall.get(&token, "/api/usage-points/0000000001").await.ok();
    }
    assert_eq!(hall.upload(&token, READINGS, "k1", ROW).await.status, 202);
}
