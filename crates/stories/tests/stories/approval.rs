//! Four eyes: who tried, who approved, who issues.

use business::run;
use kernel::Actor;
use platform::context::Rights;
use platform::{Ctx, Result, Scope};
use stories::house::{code, month, scope, when_free};
use stories::{Account, House};

/// A person with every right of billing, over the whole bureau.
fn person(house: &House, name: &str) -> Ctx {
    let rights = ["bill.trial", "bill.issue", "bill.approve", "bill.read", "bill.cancel"];
    house
        .bureau
        .house
        .ctx(Actor::person(name), Rights::Granted(rights.map(|right| (right.to_owned(), Scope::Bureau)).to_vec()))
}

async fn tried() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 200").await;
    try_as(&house, "trier", None).await;
    house
}

async fn approve(house: &House, name: &str) -> Result<()> {
    let (ctx, tx) = (person(house, name), house.writing_tx().await);
    let seen = run::look_to_approve(&tx, &ctx, month("2016-08"), &scope(None, None)).await?;
    run::approve(&tx, &ctx, &seen, &seen.digest).await?;
    tx.commit().await
}

async fn issue(house: &House, name: &str) -> Result<u64> {
    let ctx = person(house, name);
    let ran = when_free(async || house.issue_as(&ctx, "2016-08", &scope(None, None), true).await).await?;
    Ok(ran.tally.issued)
}

async fn try_as(house: &House, name: &str, station: Option<&str>) {
    let ctx = person(house, name);
    when_free(async || house.trial_as(&ctx, "2016-08", &scope(station, None)).await).await.expect("a trial");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_issued_that_nobody_else_approved() {
    let house = tried().await;
    assert_eq!(code(issue(&house, "trier").await), "run.not-approved");
    assert_eq!(code(issue(&house, "approver").await), "run.not-approved");
    assert!(house.bills().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_approves_and_then_the_bills_go_out() {
    let house = tried().await;
    assert_eq!(code(approve(&house, "trier").await), "run.own");
    approve(&house, "approver").await.expect("approved");
    assert_eq!(code(issue(&house, "approver").await), "run.not-approved", "who approved does not issue");
    assert_eq!(issue(&house, "trier").await.expect("issued"), 2);
    let acts = house.acts().await;
    assert!(
        acts.contains(&"bill.approve approver".to_owned()) && acts.contains(&"bill.issue trier".to_owned()),
        "{acts:?}"
    );
    assert_eq!(issue(&house, "trier").await.expect("nothing left"), 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_signs_the_drafts_that_were_seen_and_no_others() {
    let house = tried().await;
    let (ctx, tx) = (person(&house, "approver"), house.writing_tx().await);
    let seen = async |cycle| run::look_to_approve(&tx, &ctx, month(cycle), &scope(None, None)).await.expect("seen");
    let refused = run::approve(&tx, &ctx, &seen("2016-08").await, "another digest").await;
    assert_eq!(code(refused), "run.changed");
    let unknown = run::approve(&tx, &ctx, &seen("2016-07").await, "").await;
    assert_eq!(code(unknown), "run.unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_any_reading_voids_the_approval() {
    let house = tried().await;
    approve(&house, "approver").await.expect("approved");
    house.void("M1002", "2016-08-31").await.expect("voided");
    house.read("M1002 2016-08-31 total 201").await;
    assert_eq!(code(issue(&house, "trier").await), "run.not-approved");
    approve(&house, "approver").await.expect("approved again");
    assert_eq!(issue(&house, "trier").await.expect("issued"), 2);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_reading_of_another_account_voids_the_approval_too() {
    let house = tried().await;
    house.connect(&[Account::trade("1003")]).await;
    try_as(&house, "trier", None).await;
    approve(&house, "approver").await.expect("approved");
    house.read("M1003 2016-08-31 total 1").await;
    assert_eq!(code(issue(&house, "trier").await), "run.not-approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_made_the_last_trial_cannot_approve_it() {
    let house = tried().await;
    house.void("M1002", "2016-08-31").await.expect("voided");
    house.read("M1002 2016-08-31 total 999").await;
    try_as(&house, "second", None).await;
    assert_eq!(code(approve(&house, "second").await), "run.own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_on_record_shows_the_amount_of_its_last_trial() {
    let house = tried().await;
    house.void("M1002", "2016-08-31").await.expect("voided");
    house.read("M1002 2016-08-31 total 300").await;
    house.trial("2016-08").await;
    let tx = house.reading_tx().await;
    let (known, _) = run::find_run(&tx, &house.operator(), month("2016-08"), &scope(None, None)).await.expect("a run");
    assert_eq!(known.amount.to_string(), "320.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_second_person_the_issuer_approves_and_the_journal_says_so() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let acts = house.acts().await;
    assert_eq!(acts[acts.len() - 3..], ["bill.trial operator", "bill.approve operator", "bill.issue operator"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_drafts_that_he_made_in_a_run_over_a_part() {
    let house = tried().await;
    house.void("M1002", "2016-08-31").await.expect("voided");
    house.read("M1002 2016-08-31 total 999").await;
    try_as(&house, "second", Some("S1")).await;
    try_as(&house, "trier", None).await;
    assert_eq!(code(approve(&house, "second").await), "run.own");
}
