//! Price lists that a bureau buys later, and those that it may not change any more.

use stories::correct::all_since;
use stories::house::{code, when_free};
use stories::{Account, House};

const SETTINGS: &str = "[packs]\ndirectory = \"packs\"\n";

fn pack(versions: &[(&str, &str, &str)]) -> String {
    let mut text = "kind = \"tariff\"\nformat = 1\ncode = \"own/trade\"\nzh = \"自有\"\nen = \"own\"\n".to_owned();
    for (id, from, price) in versions {
        text.push_str(&format!(
            "\n[[version]]\nid = \"{id}\"\nfrom = {from}\nsource = \"虚构\"\nmark = \"fictional\"\nregisters = [\"total\"]\n\n\
             [[version.price]]\nvoltage = [\"0.22kV\"]\nenergy = {{ total = \"{price}\" }}\n"
        ));
    }
    text
}

const OLD: (&str, &str, &str) = ("2016-01", "2016-01-01", "0.60");

async fn house_with_a_pack() -> House {
    let mut house = House::with(SETTINGS).await;
    write(&mut house, &[OLD]).await;
    house.connect(&[Account::new("1001", "own/trade").meter("M1", "2016-07-31", "total 0")]).await;
    house
}

/// Puts the pack in place and opens the bureau anew, as the next command does.
async fn write(house: &mut House, versions: &[(&str, &str, &str)]) {
    house.ground.write("packs/tariff/own/trade.toml", pack(versions));
    house.bureau = house.reopen().await.expect("an open bureau");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_holds_from_its_day_and_the_months_before_keep_theirs() {
    let mut house = house_with_a_pack().await;
    house.read("M1 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let new = ("2016-09", "2016-09-01", "0.70");
    write(&mut house, &[OLD, new]).await;
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 total 200").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 100 60.00", "2016-09 100 70.00"]);
    assert_eq!(house.bill("1001", "2016-09").await.tariff_version, "2016-09");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_begins_inside_a_bill_divides_it_by_days() {
    let mut house = house_with_a_pack().await;
    write(&mut house, &[OLD, ("2016-08", "2016-08-11", "0.90")]).await;
    house.read("M1 2016-08-31 total 310").await;
    house.issue("2016-08").await;
    // Ten days of 31 at the old price, twenty-one at the new.
    assert_eq!(
        house.lines_of("1001", "2016-08").await,
        ["energy.total 100 x 0.6 = 60.00", "energy.total 210 x 0.9 = 189.00"]
    );
    assert_eq!(house.bill("1001", "2016-08").await.tariff_version, "2016-01+2016-08");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_list_from_a_day_that_is_billed_corrects_every_bill_of_its_tariff_since() {
    let mut house = house_with_a_pack().await;
    house.connect(&[Account::trade("1002")]).await;
    house.read("M1 2016-08-31 total 310\nM1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 total 410\nM1002 2016-09-30 total 20").await;
    house.issue("2016-09").await;
    assert_eq!(house.bills_of("1001").await, ["2016-08 310 186.00", "2016-09 100 60.00"]);
    write(&mut house, &[OLD, ("2016-08", "2016-08-11", "0.50")]).await;
    let done = house.correct(all_since("2016-08-11")).await;
    // Ten days of August's 31 keep 0.60.
    assert_eq!(house.corrected(&done.correction_no).await, ["1001 posted 2016-08 2 246.00 -> 215.00"]);
    assert_eq!(house.bill("1001", "2016-08").await.amount.to_string(), "165.00");
    assert_eq!(house.bill("1001", "2016-09").await.amount.to_string(), "50.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_tried_by_yesterdays_prices_is_left_today() {
    let mut house = house_with_a_pack().await;
    house.read("M1 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    house.amend("M1", "2016-08-31", "90").await.expect("amended");
    let operator = house.operator();
    let tried = house.try_correction(&operator, all_since("2016-08-01")).await.expect("a trial");
    write(&mut house, &[OLD, ("2016-08", "2016-08-11", "0.50")]).await;
    let left = house.issue_correction(&operator, &tried.correction_no, false).await.expect("ended");
    assert_eq!((left.accounts, left.changed), (0, 1));
    assert_eq!(house.bills_of("1001").await, ["2016-08 100 60.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_made_by_yesterdays_prices_is_not_issued_today() {
    let mut house = house_with_a_pack().await;
    house.read("M1 2016-08-31 total 100").await;
    assert_eq!(house.trial("2016-08").await.tally.amount.to_string(), "60.00");
    write(&mut house, &[("2016-01", "2016-01-01", "0.65")]).await;
    assert_eq!(house.issue("2016-08").await.tally.amount.to_string(), "65.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_bills_were_computed_by_cannot_change_any_more() {
    let mut house = house_with_a_pack().await;
    house.read("M1 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    write(&mut house, &[("2016-01", "2016-01-01", "0.61")]).await;
    let operator = house.operator();
    let tried = when_free(async || house.trial_as(&operator, "2016-09", &Default::default()).await).await;
    assert_eq!(code(tried), "tariff.changed");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_prove_themselves_without_the_pack_that_they_came_from() {
    let mut house = house_with_a_pack().await;
    house.read("M1 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    std::fs::remove_dir_all(house.ground.data().join("packs/tariff")).expect("removed");
    house.bureau = house.reopen().await.expect("an open bureau");
    house.prove().await;
    house.go_to("2016-10-05");
    house.read("M1 2016-09-30 total 200").await;
    assert_eq!(house.issue("2016-09").await.findings.sorted(), ["1001 unpriced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_with_a_mistake_opens_no_bureau() {
    let house = house_with_a_pack().await;
    house.ground.write("packs/tariff/own/trade.toml", pack(&[("2016-01", "2016-01-01", "cheap")]));
    assert_eq!(code(house.reopen().await), "pack.invalid");
}
