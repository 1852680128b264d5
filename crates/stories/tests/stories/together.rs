//! Several at once, on one database.

use std::sync::Arc;

use platform::jobs::Job;
use stories::files::readings;
use stories::house::{code, scope};
use stories::{Account, House};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

async fn many(accounts: u32) -> Arc<House> {
    let house = House::open().await;
    let numbers: Vec<String> = (0..accounts).map(|number| (1001 + number).to_string()).collect();
    house.connect(&numbers.iter().map(|number| Account::trade(number)).collect::<Vec<_>>()).await;
    Arc::new(house)
}

fn states(accounts: u32, from: u32) -> String {
    let rows: Vec<String> =
        (from..accounts).map(|number| format!("M{} 2016-08-31 total {}", 1001 + number, number + 1)).collect();
    rows.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_come_in_while_bills_go_out_and_nothing_is_lost_or_double() {
    let house = many(600).await;
    house.read(&states(300, 0)).await;
    let importing = {
        let house = Arc::clone(&house);
        let handle = Handle::current();
        spawn_blocking(move || handle.block_on(house.load("readings", readings(&states(600, 0)))).counts())
    };
    let issuing = {
        let house = Arc::clone(&house);
        let handle = Handle::current();
        spawn_blocking(move || handle.block_on(house.issue("2016-08")).tally.issued)
    };
    assert_eq!(importing.await.expect("an import")[..2], [300, 300]);
    let first = issuing.await.expect("bills");
    assert!(first >= 300);
    assert_eq!(first + house.issue("2016-08").await.tally.issued, 600);
    // 1 + 2 + … + 600 kWh.
    assert_eq!(house.count("SELECT CAST(SUM(energy_wh) AS BIGINT) FROM bill").await, 180_300_000);
    assert_eq!(house.count("SELECT COUNT(DISTINCT usage_point_id) FROM bill").await, 600);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_or_issue_of_a_cycle_that_somebody_works_on_is_refused() {
    let house = many(1).await;
    let claim = Job::claim(&house.bureau.house.db, "bill 2016-08").await.expect("free");
    let (ctx, all) = (house.operator(), scope(None, None));
    assert_eq!(code(house.trial_as(&ctx, "2016-08", &all).await), "job.running");
    assert_eq!(code(house.issue_as(&ctx, "2016-08", &all, false).await), "job.running");
    house.trial_as(&ctx, "2016-09", &all).await.expect("another cycle is free");
    house.plan("2016-08").await;
    drop(claim);
    house.trial("2016-08").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_trials_at_once_end_in_bills_or_in_a_plain_refusal() {
    let house = many(500).await;
    house.read(&states(500, 0)).await;
    let (ctx, all) = (house.operator(), scope(None, None));
    let (one, other) = tokio::join!(house.trial_as(&ctx, "2016-08", &all), house.trial_as(&ctx, "2016-08", &all));
    let refused: Vec<_> = [one, other].into_iter().filter_map(|ran| ran.err()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].refusal().map(|refusal| refusal.code), Some("job.running"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_given_up_is_free_at_once() {
    let house = many(1).await;
    for _ in 0..20 {
        let claim = Job::claim(&house.bureau.house.db, "import readings").await.expect("it is free");
        claim.end(Ok(())).await.expect("given back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_cancel_one_bill_at_once_one_comes_too_late() {
    let house = many(1).await;
    house.read(&states(1, 0)).await;
    house.issue("2016-08").await;
    let bill = house.bill("1001", "2016-08").await;
    let (one, other) = tokio::join!(house.cancel(&bill.bill_no), house.cancel(&bill.bill_no));
    let refused = if one.is_err() { one } else { other };
    assert_eq!(code(refused), "bill.cancelled");
    assert_eq!(house.bills().await.len(), 2);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_different_kinds_load_side_by_side() {
    let house = many(300).await;
    let openings: Vec<String> = (1001..1301).map(|number| format!("{number},2016-07-31,10,5")).collect();
    let openings = openings.join("\n");
    let readings = readings(&states(300, 0));
    let (openings, readings) = tokio::join!(house.openings(&openings), house.load("readings", &readings));
    assert_eq!((openings.summary.loaded, readings.summary.loaded), (300, 300));
    house.issue("2016-08").await;
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancellations_and_issues_of_other_accounts_do_not_hinder_each_other() {
    let house = many(200).await;
    house.read(&states(100, 0)).await;
    house.issue("2016-08").await;
    house.read(&states(200, 100)).await;
    let bills = house.all_bills().await;
    let cancelling = async {
        for bill in bills.iter().take(20) {
            house.cancel(&bill.bill_no).await.expect("cancelled");
        }
    };
    let ((), issued) = tokio::join!(cancelling, house.issue("2016-08"));
    assert!(issued.tally.issued >= 100);
    house.issue("2016-08").await;
    let standing = "SELECT COUNT(*) FROM bill WHERE status = 'issued'";
    assert_eq!(house.count(standing).await, 200);
    house.prove().await;
}
