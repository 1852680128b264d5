//! Cancelling and issuing anew.

use stories::house::code;
use stories::{Account, House};

async fn billed(balance: &str) -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.openings(&format!("1001,2016-07-31,0,{balance}")).await.wholly();
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_bill_keeps_its_number_and_a_reversal_takes_it_back_today() {
    let house = billed("0").await;
    let bill = house.bill("1001", "2016-08").await;
    house.go_to("2016-09-09");
    let reversal = house.cancel(&bill.bill_no).await.expect("cancelled");
    assert_eq!(reversal.replaces.as_deref(), Some(bill.bill_no.as_str()));
    assert_ne!(reversal.bill_no, bill.bill_no);
    assert_eq!(reversal.issued_on.to_string(), "2016-09-09");
    let expected = [
        "1001 2016-08/1 2016-08-01..2016-08-31 100 80.00 cancelled",
        "1001 2016-08/1 2016-08-01..2016-08-31 -100 -80.00 reversal",
    ];
    assert_eq!(house.bills().await, expected);
    assert_eq!(house.lines(&reversal.bill_no).await, ["energy.total -100 x 0.8 = -80.00"]);
    let taken_back = [
        "reversal receivable -80.00",
        "reversal revenue 66.75",
        "reversal output-tax 11.35",
        "reversal fund:renewables 1.90",
    ];
    assert_eq!(house.ledger().await[4..], taken_back);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_settled_of_a_cancelled_bill_goes_back_and_pays_the_new_one() {
    let house = billed("50").await;
    assert_eq!(house.balance("1001").await, "owes 30.00, ahead 0.00");
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 50.00");
    house.prove().await;
    house.issue("2016-08").await;
    assert_eq!(house.balance("1001").await, "owes 30.00, ahead 0.00");
    let anew = house.bill("1001", "2016-08").await;
    assert_eq!((anew.sequence, anew.replaces), (2, Some(bill.bill_no)));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_reading_of_a_cancelled_bill_is_voided_and_the_right_one_billed() {
    let house = billed("0").await;
    let wrong = house.bill("1001", "2016-08").await.bill_no;
    house.cancel(&wrong).await.expect("cancelled");
    house.void("M1001", "2016-08-31").await.expect("voided");
    house.read("M1001 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    let expected = [
        "1001 2016-08/1 2016-08-01..2016-08-31 100 80.00 cancelled",
        "1001 2016-08/1 2016-08-01..2016-08-31 -100 -80.00 reversal",
        "1001 2016-08/2 2016-08-01..2016-08-31 10 8.00 issued",
    ];
    assert_eq!(house.bills().await, expected);
    assert_eq!(house.balance("1001").await, "owes 8.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_can_be_replaced_again_and_again_each_naming_the_one_before() {
    let house = billed("0").await;
    let mut last = house.bill("1001", "2016-08").await;
    for sequence in 2..=4 {
        house.cancel(&last.bill_no).await.expect("cancelled");
        house.issue("2016-08").await;
        let anew = house.bill("1001", "2016-08").await;
        assert_eq!((anew.sequence, anew.replaces.as_deref()), (sequence, Some(last.bill_no.as_str())));
        last = anew;
    }
    assert_eq!(house.bills().await.len(), 7);
    assert_eq!(house.balance("1001").await, "owes 80.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_latest_standing_bill_can_be_cancelled_and_only_with_a_reason() {
    let house = billed("0").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150").await;
    house.issue("2016-09").await;
    let (august, september) = (house.bill("1001", "2016-08").await, house.bill("1001", "2016-09").await);
    assert_eq!(code(house.cancel(&august.bill_no).await), "bill.not-latest");
    assert_eq!(code(house.cancel("20160800009999").await), "bill.unknown");
    let tx = house.writing_tx().await;
    assert_eq!(code(business::bill::cancel(&tx, &house.operator(), &september.bill_no, "  ").await), "reason.empty");
    drop(tx);
    let reversal = house.cancel(&september.bill_no).await.expect("cancelled");
    assert_eq!(code(house.cancel(&september.bill_no).await), "bill.cancelled");
    assert_eq!(code(house.cancel(&reversal.bill_no).await), "bill.reversal");
    house.cancel(&august.bill_no).await.expect("now the latest");
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_to_date_follows_a_cancellation_and_the_new_bill() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "cn-zhejiang/resident").meter("M1", "2016-06-30", "total 0")]).await;
    house.openings("1001,2016-06-30,2600,0").await.wholly();
    house.read("M1 2016-07-31 total 150\nM1 2016-08-31 total 250").await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    // 2 600 + 150 = 2 750 in July; of August's 100 only 10 lie in the first tier.
    assert_eq!(house.bills_of("1001").await, ["2016-07 150 80.70", "2016-08 100 58.30"]);
    for cycle in ["2016-08", "2016-07"] {
        let bill = house.bill("1001", cycle).await;
        house.cancel(&bill.bill_no).await.expect("cancelled");
        house.prove().await;
    }
    house.void("M1", "2016-07-31").await.expect("voided");
    house.read("M1 2016-07-31 total 50").await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    let standing = [
        house.bill("1001", "2016-07").await.amount.to_string(),
        house.bill("1001", "2016-08").await.amount.to_string(),
    ];
    // 2 650 after July; August's 200 go to 2 850: 90 above the limit.
    assert_eq!(standing, ["26.90", "112.10"]);
    assert_eq!(house.count("SELECT billed_in_year_wh FROM billing_position").await, 250_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cancellation_the_next_cycle_may_take_the_whole_way_instead() {
    let house = billed("0").await;
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150").await;
    assert_eq!(house.issue("2016-09").await.findings.sorted(), ["1001 long-period"]);
    assert_eq!(house.issue("2016-08").await.tally.issued, 0);
    assert_eq!(house.bills().await[2], "1001 2016-09/1 2016-08-01..2016-09-30 150 120.00 issued");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_figures_do_not_come_after_the_first_bill_even_when_it_is_cancelled() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    assert_eq!(house.openings("1001,2016-07-31,0,5").await.report(), ["2 supply_no opening.late"]);
}
