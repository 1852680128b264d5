//! The ledger by day: trial balances, accounts with their balance, and days that are closed.

use business::closing;
use business::ledger::{self, AccountStretch, LineCursor};
use kernel::{Actor, Date, Money};
use platform::context::Rights;
use platform::{Ctx, Result, Scope};
use proptest::prelude::*;
use stories::house::{code, date};
use stories::{Account, House};

/// August issued on 5 September, September on 5 October; 1002 at S2.
async fn two_months() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002").station("S2")]).await;
    house.openings("1001,2016-07-31,0,50").await.wholly();
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 200").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 150\nM1002 2016-09-30 total 250").await;
    house.issue("2016-09").await;
    house
}

async fn balance(house: &House, ctx: &Ctx, from: &str, to: &str) -> Vec<String> {
    let tx = house.reading_tx().await;
    let found = ledger::trial_balance(&tx, ctx, date(from), date(to)).await.expect("a trial balance");
    assert!(found.balances(), "{found:#?}");
    let line = |sum: &ledger::AccountSum| {
        format!("{} {} +{} -{} {}", sum.account, sum.opening, sum.debit, sum.credit, sum.closing())
    };
    found.accounts.iter().map(line).collect()
}

async fn close(house: &House, day: &str) -> Result<()> {
    let (tx, ctx) = (house.writing_tx().await, house.operator());
    closing::close_day(&tx, &ctx, &house.bureau.house.packs, date(day), None).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_balance_carries_what_was_before_and_its_debits_equal_its_credits() {
    let house = two_months().await;
    // Tax: 11.35 and 22.70 in August, twice 5.67 in September.
    let expected = [
        "fund:renewables -5.70 +0.00 -1.90 -7.60",
        "opening 50.00 +0.00 -0.00 50.00",
        "output-tax -34.05 +0.00 -11.34 -45.39",
        "receivable 190.00 +80.00 -0.00 270.00",
        "revenue -200.25 +0.00 -66.76 -267.01",
    ];
    assert_eq!(balance(&house, &house.operator(), "2016-10-01", "2016-10-31").await, expected);
    let early = balance(&house, &house.operator(), "2016-09-01", "2016-09-30").await;
    assert!(early.contains(&"prepayment 0.00 +50.00 -50.00 0.00".to_owned()), "{early:?}");
    assert!(early.contains(&"receivable 0.00 +240.00 -50.00 190.00".to_owned()), "{early:?}");
    assert!(balance(&house, &house.operator(), "2016-01-01", "2016-01-31").await.is_empty());
    let tx = house.reading_tx().await;
    let wrong = ledger::trial_balance(&tx, &house.operator(), date("2016-02-01"), date("2016-01-31")).await;
    assert_eq!(code(wrong), "range.invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_gets_a_balance_of_its_entries_that_says_so() {
    let house = two_months().await;
    let rights = vec![("ledger.read".to_owned(), Scope::Stations(vec!["S2".into()]))];
    let ctx = house.bureau.house.ctx(Actor::person("head"), Rights::Granted(rights));
    let lines = balance(&house, &ctx, "2016-09-01", "2016-10-31").await;
    assert!(lines.contains(&"receivable 0.00 +200.00 -0.00 200.00".to_owned()), "{lines:?}");
    let tx = house.reading_tx().await;
    let found = ledger::trial_balance(&tx, &ctx, date("2016-09-01"), date("2016-10-31")).await.expect("a balance");
    assert_eq!(found.stations, Some(vec!["S2".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_read_day_by_day_and_line_by_line_with_its_running_balance() {
    let house = two_months().await;
    let (tx, ctx) = (house.reading_tx().await, house.operator());
    let stretch =
        |from: &str| AccountStretch { account: "receivable".into(), from: date(from), to: date("2016-12-31") };
    let days = ledger::account_days(&tx, &ctx, &stretch("2016-01-01"), None, 10).await.expect("days");
    let shown: Vec<String> = days.iter().map(|day| format!("{} {} {}", day.on, day.lines, day.balance)).collect();
    assert_eq!(shown, ["2016-09-05 3 190.00", "2016-10-05 2 270.00"]);
    let later =
        ledger::account_days(&tx, &ctx, &stretch("2016-01-01"), Some(date("2016-09-05")), 10).await.expect("days");
    assert_eq!(later, days[1..]);

    let all = ledger::account_lines(&tx, &ctx, &stretch("2016-01-01"), None, 100).await.expect("lines");
    assert_eq!(all.last().map(|line| line.balance), Some(Money::from_fen(27_000)));
    // Read one at a time, each page goes on where the one before it ended.
    let (mut after, mut again): (Option<LineCursor>, Vec<Money>) = (None, Vec::new());
    while let Some(line) =
        ledger::account_lines(&tx, &ctx, &stretch("2016-01-01"), after.as_ref(), 1).await.expect("a page").pop()
    {
        after = Some(LineCursor { on: line.row.on, entry: line.row.entry_id, line: line.row.line_no });
        again.push(line.balance);
    }
    assert_eq!(again, all.iter().map(|line| line.balance).collect::<Vec<_>>());
    let october = ledger::account_lines(&tx, &ctx, &stretch("2016-10-01"), None, 1).await.expect("lines");
    assert_eq!(october[0].balance, Money::from_fen(23_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_carried_from_a_closed_day_are_the_same_as_summed_from_the_beginning() {
    let house = two_months().await;
    let before = balance(&house, &house.operator(), "2016-10-01", "2016-10-31").await;
    close(&house, "2016-09-30").await.expect("closed");
    assert_eq!(balance(&house, &house.operator(), "2016-10-01", "2016-10-31").await, before);
    let (tx, ctx) = (house.reading_tx().await, house.operator());
    let stretch = AccountStretch { account: "receivable".into(), from: date("2016-10-01"), to: date("2016-10-31") };
    let days = ledger::account_days(&tx, &ctx, &stretch, None, 10).await.expect("days");
    assert_eq!(days[0].balance, Money::from_fen(27_000));
    assert_eq!(code(close(&house, "2016-09-30").await), "day.closed");
    assert_eq!(code(close(&house, "2016-09-01").await), "day.closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_after_the_close_is_booked_on_the_next_day_and_nothing_in_the_closed_one() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    close(&house, "2016-09-05").await.expect("closed");
    house.openings("1002,2016-07-31,0,-30").await.wholly();
    house.read("M1002 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let first = house.bill("1001", "2016-08").await.bill_no;
    house.cancel(&first).await.expect("cancelled");
    let days = "SELECT COUNT(*) FROM ledger_line WHERE entry_on = '2016-09-05'";
    assert_eq!(house.count(days).await, 4);
    assert_eq!(house.count("SELECT COUNT(*) FROM ledger_line WHERE entry_on = '2016-09-06'").await, 10);
    // The customer's day is the day on which it was done.
    let late = house.bill("1002", "2016-08").await;
    assert_eq!((late.issued_on, late.due_on), (date("2016-09-05"), date("2016-09-20")));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_into_a_closed_day_is_refused_whoever_posts_it() {
    let house = House::open().await;
    close(&house, "2016-09-04").await.expect("closed");
    let (tx, ctx) = (house.writing_tx().await, house.operator());
    let post = async |on: Date| {
        let postings = [1, -1].map(|fen| ledger::Posting::of(ledger::Account::Opening, None, Money::from_fen(fen)));
        let kind = ledger::EntryKind::Opening;
        let entry = ledger::LedgerEntry {
            id: ctx.new_id(),
            on,
            kind,
            bill_no: None,
            receipt_no: None,
            postings: postings.to_vec(),
        };
        ledger::post(&tx, &ledger::open_day(&tx, &ctx).await?, &[entry])
    };
    assert_eq!(code(post(date("2016-09-04")).await), "day.closed");
    assert_eq!(code(post(date("2016-01-01")).await), "day.closed");
    post(date("2016-09-05")).await.expect("an open day");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn a_trial_balance_adds_up_to_zero_whatever_was_billed_closed_and_cancelled(
        kwh in proptest::collection::vec(0_u32..3000, 3),
        ahead in proptest::collection::vec(-300_i32..300, 3),
        close_on in 0_usize..3,
        cancels in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let house = House::open().await;
            let numbers = ["1001", "1002", "1003"];
            house.connect(&numbers.map(Account::trade)).await;
            let rows: Vec<String> = numbers.iter().zip(&ahead).map(|(no, yuan)| format!("{no},2016-07-31,0,{yuan}")).collect();
            house.openings(&rows.join("\n")).await.wholly();
            let rows: Vec<String> = numbers.iter().zip(&kwh).map(|(no, kwh)| format!("M{no} 2016-08-31 total {kwh}")).collect();
            house.read(&rows.join("\n")).await;
            house.issue("2016-08").await;
            if let Some(day) = ["2016-09-04", "2016-09-05"].get(close_on) {
                close(&house, day).await.expect("closed");
            }
            if cancels {
                let bill = house.bill("1002", "2016-08").await;
                house.cancel(&bill.bill_no).await.expect("cancelled");
            }
            for (from, to) in [("2016-09-01", "2016-09-30"), ("2016-09-05", "2016-09-05"), ("2016-09-06", "2016-09-06"), ("2016-10-01", "2016-10-02")] {
                balance(&house, &house.operator(), from, to).await;
            }
            house.prove().await;
        });
    }
}
