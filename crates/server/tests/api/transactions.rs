//! What a transaction promises beyond its statements.

use platform::db::Bulk;
use platform::{Tx, params};

use crate::hall::Hall;

const KEYS: Bulk = Bulk {
    into: "idempotency_key (actor, act_key, request_digest, status, answer, created_at)",
    types: &["TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT"],
    then: "",
};
const UNITS: Bulk = Bulk { into: "org_unit (code, parent)", types: &["TEXT", "TEXT NULL"], then: "" };

fn note(tx: &Tx, key: &str) {
    tx.insert_soon(&KEYS, vec![params!["wang.li", key, "", 200_i64, "", "2016-09-01T01:00:00.000000Z"]]);
}

async fn keys(tx: &Tx) -> i64 {
    let row = tx.row("SELECT COUNT(*) FROM idempotency_key", params![]).await.expect("a row");
    row.expect("a row").get(0).expect("a number")
}

#[tokio::test]
async fn rows_that_wait_are_there_for_the_next_statement_and_kept_by_the_commit() {
    let hall = Hall::open().await;
    let db = &hall.house().db;
    let tx = db.write().await.expect("a transaction");
    note(&tx, "k1");
    assert_eq!(keys(&tx).await, 1);
    note(&tx, "k2");
    // Of several tables, the one referring to the other.
    tx.insert_soon(&UNITS, vec![params!["S1", None::<&str>]]);
    tx.insert_soon(&UNITS, vec![params!["S2", Some("S1")], params!["S3", None::<&str>]]);
    tx.commit().await.expect("committed");
    let tx = db.write().await.expect("a transaction");
    assert_eq!(keys(&tx).await, 2);
    note(&tx, "k3");
    tx.rollback().await.expect("undone");
    assert_eq!(keys(&db.read().await.expect("a view")).await, 2);
}

#[tokio::test]
async fn rows_that_cannot_be_kept_take_the_whole_transaction_with_them() {
    let hall = Hall::open().await;
    let db = &hall.house().db;
    let tx = db.write().await.expect("a transaction");
    note(&tx, "k1");
    note(&tx, "k1");
    assert!(tx.commit().await.is_err());
    assert_eq!(keys(&db.read().await.expect("a view")).await, 0);
}

#[tokio::test]
async fn whoever_lets_others_on_has_committed_all_the_same() {
    let hall = Hall::open().await;
    let db = &hall.house().db;
    for (at, key) in ["k1", "k2"].into_iter().enumerate() {
        let tx = db.write().await.expect("a transaction");
        note(&tx, key);
        tx.let_on();
        tx.commit().await.expect("committed");
        assert_eq!(keys(&db.read().await.expect("a view")).await, at as i64 + 1);
    }
    let tx = db.write().await.expect("a transaction");
    note(&tx, "k1");
    tx.let_on();
    assert!(tx.commit().await.is_err());
    let tx = db.write().await.expect("a transaction");
    note(&tx, "k3");
    tx.let_on();
    tx.rollback().await.expect("undone");
    assert_eq!(keys(&db.read().await.expect("a view")).await, 2);
}
