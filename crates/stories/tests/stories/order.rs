//! Runs in any order, over parts of the bureau, and again.

use stories::house::{code, scope, when_free};
use stories::{Account, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_later_cycle_issued_first_takes_the_whole_way_and_leaves_the_earlier_nothing() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    assert_eq!(house.trial("2016-08").await.tally.ready, 1);
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 250").await;
    assert_eq!(house.issue("2016-09").await.findings.sorted(), ["1001 long-period"]);
    let late = house.issue("2016-08").await;
    assert_eq!((late.tally.issued, late.tally.left()), (0, 0));
    assert_eq!(house.bills().await, ["1001 2016-09/1 2016-08-01..2016-09-30 250 200.00 issued"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_without_a_reading_is_caught_up_by_the_next() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    house.go_to("2016-11-05");
    assert_eq!(house.issue("2016-09").await.tally.missing, 1);
    house.read("M1001 2016-10-31 total 400").await;
    house.issue("2016-10").await;
    // The reading of September comes late: its cycle is billed already.
    house.read("M1001 2016-09-30 total 200").await;
    assert_eq!(house.issue("2016-09").await.tally.issued, 0);
    let expected = [
        "1001 2016-08/1 2016-08-01..2016-08-31 100 80.00 issued",
        "1001 2016-10/1 2016-09-01..2016-10-31 300 240.00 issued",
    ];
    assert_eq!(house.bills().await, expected);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_a_station_or_a_book_leaves_the_others_for_later() {
    let house = House::open().await;
    house
        .connect(&[
            Account::trade("1001").book("B1"),
            Account::trade("1002").book("B2"),
            Account::trade("1003").station("S2").book("B1"),
        ])
        .await;
    house.read("M1001 2016-08-31 total 1\nM1002 2016-08-31 total 2\nM1003 2016-08-31 total 3").await;
    let operator = house.operator();
    let issue = async |part| when_free(async || house.issue_as(&operator, "2016-08", &part, false).await).await;
    let by = async |part| issue(part).await.expect("bills").tally.issued;
    for (nowhere, refusal) in [(scope(Some("S9"), None), "station.unknown"), (scope(None, Some("B9")), "book.unknown")]
    {
        assert_eq!(code(issue(nowhere).await), refusal);
    }
    let both_but_nobody = by(scope(Some("S2"), Some("B2"))).await;
    let both = by(scope(Some("S1"), Some("B1"))).await;
    let station = by(scope(Some("S1"), None)).await;
    let book = by(scope(None, Some("B1"))).await;
    assert_eq!((both_but_nobody, both, station, book), (0, 1, 1, 1));
    assert_eq!(house.bills().await.len(), 3);
    assert_eq!(house.issue("2016-08").await.tally.issued, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_trial_and_issue_repeated_change_nothing() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    assert_eq!(house.plan("2016-08").await.findings.sorted(), ["1002 missing"]);
    assert_eq!(house.count("SELECT COUNT(*) FROM bill_document").await, 0);
    let (first, second) = (house.trial("2016-08").await.tally, house.trial("2016-08").await.tally);
    assert_eq!((first.computed, second.computed), (2, 0));
    assert_eq!((first.ready, first.blocked, first.amount), (second.ready, second.blocked, second.amount));
    house.issue("2016-08").await;
    let before = (house.bills().await, house.ledger().await, house.acts().await);
    house.go_to("2016-09-06");
    house.plan("2016-08").await;
    house.trial("2016-08").await;
    let again = house.issue("2016-08").await.tally;
    assert_eq!((again.issued, again.missing), (0, 1));
    assert_eq!((house.bills().await, house.ledger().await, house.acts().await), before);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_open_after_the_cycle_are_not_part_of_it() {
    let house = House::open().await;
    house
        .connect(&[Account::new("1001", "sample/farming").opened_on("2016-09-01").meter("M1", "2016-09-01", "total 0")])
        .await;
    assert_eq!(house.trial("2016-08").await.tally.accounts, 0);
    assert_eq!(house.trial("2016-09").await.findings.sorted(), ["1001 missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_reading_is_voided_with_a_reason_and_the_right_one_takes_its_place() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 900").await;
    assert_eq!(house.trial("2016-08").await.tally.amount.to_string(), "720.00");
    house.void("M1001", "2016-08-31").await.expect("voided");
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 missing"]);
    house.read("M1001 2016-08-31 total 90").await;
    house.issue("2016-08").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 90 72.00"]);
    assert_eq!(code(house.void("M1001", "2016-08-31").await), "reading.billed");
    assert_eq!(code(house.void("M1001", "2016-08-30").await), "reading.unknown");
    assert_eq!(code(house.void("M9", "2016-08-30").await), "reading.unknown");
    assert!(house.acts().await.contains(&"reading.void operator".to_owned()));
    house.prove().await;
}
