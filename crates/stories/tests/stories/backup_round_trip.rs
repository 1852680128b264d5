//! Random bureaus go from SQLite to PostgreSQL and back, and nobody can tell the copies from the first.

use std::path::Path;

use platform::db::{Engine, Place};
use platform::params;
use proptest::test_runner::{Config, TestRunner};
use stories::copy::{assert_same, back_up, restore, stand, whole, without_records};
use stories::house::code;
use stories::{Ground, House, Shell};

const EXPORTS: [&str; 6] = ["customers", "readings", "bills", "bill-lines", "ledger", "payments"];

/// A county that lived through its months: bills, reversals, tills, debits, doubts, all by chance.
async fn bureau(customers: u32, seed: u32) -> Shell {
    let shell = Shell { ground: Ground::blank_on(Engine::Sqlite).await.expect("always there") };
    shell.run(&format!("demo --customers {customers} --seed {seed}")).done();
    shell
}

fn exports(shell: &Shell) -> Vec<String> {
    EXPORTS.iter().map(|kind| shell.run(&format!("export {kind}")).done().out).collect()
}

/// The same bureau on another database, by way of a file.
async fn copied(from: &Shell, to: Engine, file: &str) -> Option<Shell> {
    let ground = Ground::blank_on(to).await?;
    let house = stand(&from.ground).await;
    let (path, _) = back_up(&house, &from.ground, file).await;
    house.db.close().await.expect("closed");
    let restored = restore(&ground, Path::new(&path)).await.expect("restored");
    assert_eq!(restored.differences, Vec::<String>::new());
    Some(Shell { ground })
}

async fn play(customers: u32, seed: u32) {
    let first = bureau(customers, seed).await;
    let told = without_records(whole(&stand(&first.ground).await.db).await);
    let mut copies = Vec::new();
    let middle = copied(&first, Engine::Postgres, "there").await;
    let from = middle.as_ref().unwrap_or(&first);
    copies.push(copied(from, Engine::Sqlite, "back").await.expect("always there"));
    copies.extend(middle);
    let exported = exports(&first);
    for copy in &copies {
        assert_same(&told, &without_records(whole(&stand(&copy.ground).await.db).await));
        assert_eq!(exports(copy), exported);
        let verified = copy.run("verify").done();
        assert!(verified.out.is_empty(), "{}", verified.out);
    }
}

#[test]
fn a_random_bureau_survives_the_way_there_and_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let config = Config { cases: 4, failure_persistence: None, max_shrink_iters: 4, ..Config::default() };
    let result = TestRunner::new(config).run(&(8_u32..24, 0_u32..10_000), |(customers, seed)| {
        runtime.block_on(play(customers, seed));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_postgresql_cannot_hold_is_told_before_anything_is_written_there() {
    let house = House::over(Ground::blank_on(Engine::Sqlite).await.expect("always there")).await.expect("a bureau");
    let odd = "INSERT INTO org_unit (code, parent) VALUES ($1, 'bureau')";
    house.tamper(odd, params!["a\u{0}b"]).await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let same = Ground::blank_on(Engine::Sqlite).await.expect("always there");
    restore(&same, &file).await.expect("restored");
    let Some(other) = Ground::blank_on(Engine::Postgres).await else { return };
    assert_eq!(code(restore(&other, &file).await), "restore.unheld");
    assert_eq!(stand(&other).await.db.place().await.expect("a place"), Place::Empty);
}
