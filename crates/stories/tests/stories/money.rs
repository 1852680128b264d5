//! What a bill does to the ledger, to debts and to money paid ahead.

use business::bill;
use business::ledger::{self, Account as Books, EntryKind, LedgerEntry, Posting};
use business::supply;
use kernel::Money;
use platform::params;
use stories::{Account, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_is_one_balanced_entry_of_receivable_revenue_tax_and_fund() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 1000").await;
    house.issue("2016-08").await;
    // 800.00; fund 1000 x 0.019 = 19.00; tax contained in 781.00 at 17 %: 113.48; revenue the rest.
    let expected =
        ["bill receivable 800.00", "bill revenue -667.52", "bill output-tax -113.48", "bill fund:renewables -19.00"];
    assert_eq!(house.ledger().await, expected);
    assert_eq!(house.balance("1001").await, "owes 800.00, ahead 0.00");
    let bill = house.bill("1001", "2016-08").await;
    assert_eq!((bill.issued_on.to_string(), bill.due_on.to_string()), ("2016-09-05".into(), "2016-09-20".into()));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_issued_together_are_one_entry_for_each_station_and_a_cancelled_one_goes_by_itself() {
    let house = House::open().await;
    let [first, second, elsewhere] = ["1001", "1002", "1003"].map(Account::trade);
    house.connect(&[first, elsewhere.station("S2"), second]).await;
    house.read("M1001 2016-08-31 total 1000\nM1002 2016-08-31 total 500\nM1003 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let tx = house.reading_tx().await;
    let page = ledger::page(&tx, &house.operator(), None, None, 20).await.expect("the ledger");
    drop(tx);
    let mut entries: Vec<Vec<String>> = Vec::new();
    for line in &page {
        if line.line_no == 1 {
            entries.push(Vec::new());
        }
        let customer = line.supply_no.as_deref().unwrap_or("-");
        entries.last_mut().expect("an entry").push(format!("{customer} {} {}", line.account, line.amount));
        // Each customer's line names his bill, the sums none.
        assert_eq!(line.bill_no.is_some(), line.supply_no.is_some());
    }
    entries.sort();
    let at_s1 = [
        "1001 receivable 800.00",
        "1002 receivable 400.00",
        "- revenue -1001.28",
        "- output-tax -170.22",
        "- fund:renewables -28.50",
    ];
    let at_s2 = ["1003 receivable 80.00", "- revenue -66.75", "- output-tax -11.35", "- fund:renewables -1.90"];
    assert_eq!(entries, [at_s1.to_vec(), at_s2.to_vec()]);
    house.prove().await;

    let bill = house.bill("1001", "2016-08").await;
    assert_eq!(bill.output_tax, Money::from_fen(11_348));
    house.cancel(&bill.bill_no).await.expect("cancelled");
    let taken_back = [
        "reversal receivable -800.00",
        "reversal revenue 667.52",
        "reversal output-tax 113.48",
        "reversal fund:renewables 19.00",
    ];
    assert_eq!(house.ledger().await[9..], taken_back);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_bill_that_has_an_entry_of_its_own_tax_and_lines_are_found_there() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 1000").await;
    house.issue("2016-08").await;
    let bill = house.bill("1001", "2016-08").await;
    // As entries were when each bill had one: all its lines name the bill.
    let own = "UPDATE ledger_line SET bill_no = $1 WHERE kind = 'bill'";
    assert_eq!(house.tamper(own, params![&bill.bill_no]).await, 4);
    house.tamper("UPDATE bill SET output_tax_fen = 0", params![]).await;
    let (_, from_entries) = bill::TAX.sql.split_once(';').expect("two statements");
    house.tamper(from_entries, params![]).await;
    assert_eq!(house.bill("1001", "2016-08").await.output_tax, bill.output_tax);
    let tx = house.reading_tx().await;
    let lines = ledger::lines_between(&tx, &bill.bill_no, &bill.bill_no).await.expect("lines");
    assert!(lines.iter().all(|(of, ..)| *of == bill.bill_no), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tax_is_that_of_the_day_of_issue() {
    let house = House::open().await;
    house.go_to("2019-04-01");
    house.connect(&[Account::new("1001", "sample/farming").meter("M1", "2019-02-28", "total 0")]).await;
    house.read("M1 2019-03-31 total 226").await;
    house.issue("2019-03").await;
    assert_eq!(house.ledger().await, ["bill receivable 113.00", "bill revenue -100.00", "bill output-tax -13.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_of_a_busy_month_balances() {
    let house = House::open().await;
    let numbers: Vec<String> = (1001..1041).map(|number| number.to_string()).collect();
    house.connect(&numbers.iter().map(|number| Account::trade(number)).collect::<Vec<_>>()).await;
    let openings: Vec<String> = (0_i64..)
        .zip(&numbers)
        .map(|(at, number)| format!("{number},2016-07-31,0,{}.{:02}", (at - 20) * 7, at))
        .collect();
    house.openings(&openings.join("\n").replace("-0.", "0.")).await.wholly();
    let readings: Vec<String> = (1_i64..)
        .zip(&numbers)
        .map(|(at, number)| format!("M{number} 2016-08-31 total {}.{:03}", at * 3, at * 7))
        .collect();
    house.read(&readings.join("\n")).await;
    house.issue("2016-08").await;
    let off = "SELECT COUNT(*) FROM (SELECT entry_id FROM ledger_line GROUP BY entry_id HAVING SUM(amount_fen) <> 0) unbalanced";
    assert_eq!(house.count(off).await, 0);
    assert_eq!(house.count("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM ledger_line").await, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_paid_ahead_is_applied_at_once_and_what_is_left_stays() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.openings("1001,2016-07-31,0,100").await.wholly();
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 100.00");
    house.read("M1001 2016-08-31 total 75").await;
    house.issue("2016-08").await;
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 40.00");
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150").await;
    house.issue("2016-09").await;
    assert_eq!(house.balance("1001").await, "owes 20.00, ahead 0.00");
    let applied: Vec<String> =
        house.ledger().await.into_iter().filter(|line| line.starts_with("application ")).collect();
    let expected = [
        "application prepayment 60.00",
        "application receivable -60.00",
        "application prepayment 40.00",
        "application receivable -40.00",
    ];
    assert_eq!(applied, expected);
    house.prove().await;
}

/// Money that comes in before payments have their own feature: booked against the opening.
async fn pay_ahead(house: &House, supply_no: &str, fen: i64) {
    let (tx, ctx, money) = (house.writing_tx().await, house.operator(), Money::from_fen(fen));
    let point = supply::find(&tx, &ctx, supply_no).await.expect("an account").id;
    let postings = vec![Posting::of(Books::Prepayment, Some(point), -money), Posting::of(Books::Opening, None, money)];
    let entry = LedgerEntry {
        id: ctx.new_id(),
        on: ctx.today,
        kind: EntryKind::Opening,
        bill_no: None,
        receipt_no: None,
        postings,
    };
    let day = ledger::open_day(&tx, &ctx).await.expect("an open day");
    ledger::post(&tx, &day, &[entry]).expect("posted");
    ledger::change_prepayment(&tx, point, money).await.expect("changed");
    tx.commit().await.expect("committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_to_the_oldest_debt_first_and_the_opening_debt_is_the_oldest() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.openings("1001,2016-07-31,0,-30").await.wholly();
    assert_eq!(house.balance("1001").await, "owes 30.00, ahead 0.00");
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    assert_eq!(house.balance("1001").await, "owes 110.00, ahead 0.00");
    pay_ahead(&house, "1001", 8_000).await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150").await;
    house.issue("2016-09").await;
    // 30 to the opening debt, 50 to August; 30 of August and 40 of September stay open.
    assert_eq!(house.balance("1001").await, "owes 70.00, ahead 0.00");
    let open = "SELECT CAST(amount_fen - settled_fen AS BIGINT) FROM receivable WHERE bill_no";
    assert_eq!(house.count(&format!("{open} IS NULL")).await, 0);
    assert_eq!(house.count(&format!("{open} LIKE '201608%'")).await, 3_000);
    assert_eq!(house.count(&format!("{open} LIKE '201609%'")).await, 4_000);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_does_not_balance_is_a_fault_and_is_not_posted() {
    let house = House::open().await;
    let (tx, ctx) = (house.writing_tx().await, house.operator());
    let postings = vec![Posting::of(Books::Revenue, None, Money::from_fen(1))];
    let entry = LedgerEntry {
        id: ctx.new_id(),
        on: ctx.today,
        kind: EntryKind::Bill,
        bill_no: None,
        receipt_no: None,
        postings,
    };
    let day = ledger::open_day(&tx, &ctx).await.expect("an open day");
    let error = ledger::post(&tx, &day, &[entry]).expect_err("a fault");
    assert!(error.refusal().is_none());
}
