//! Whatever is changed behind the program's back, `verify` finds.

use business::bill;
use platform::db::Param;
use platform::journal;
use stories::{Account, House};

/// Two accounts, two years, money paid ahead, a cancellation and a new bill.
async fn house() -> House {
    let house = House::open().await;
    house.go_to("2015-12-05");
    house
        .connect(&[
            Account::new("1001", "cn-zhejiang/resident").meter("M1", "2015-10-31", "total 0"),
            Account::trade("1002"),
        ])
        .await;
    house.openings("1001,2015-10-31,2700,30").await.wholly();
    house.read("M1 2015-11-30 total 100").await;
    house.issue("2015-11").await;
    house.go_to("2016-09-05");
    house.read("M1 2016-07-31 total 300\nM1 2016-08-31 total 400\nM1002 2016-08-31 total 50").await;
    house.issue("2016-07").await;
    house.issue("2016-08").await;
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    house.issue("2016-08").await;
    house.prove().await;
    house
}

/// One way to tamper, and a word of the sentence in which it must be told.
type Case = (&'static str, &'static str);

async fn found(cases: &[Case]) {
    let house = house().await;
    let mut missed = Vec::new();
    for (sql, word) in cases {
        let tx = house.writing_tx().await;
        let touched = tx.run(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_ne!(touched, 0, "{sql}");
        // Looked at within the same transaction, which then ends without a trace: one house for all.
        let report = business::proof::verify(&tx, &house.operator(), None, &mut |_| {}).await;
        tx.rollback().await.expect("rolled back");
        let differences = report.map_or_else(|error| vec![format!("fault: {error}")], |report| report.differences);
        if !differences.iter().any(|difference| difference.contains(word) && !difference.starts_with("fault: ")) {
            missed.push(format!("{sql}\n    {differences:?}"));
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_removed_reading_or_state_of_a_meter_is_found() {
    found(&[
        ("UPDATE reading SET value = value + 1 WHERE read_on = '2016-08-31'", "not on record"),
        ("UPDATE reading SET value = value + 1 WHERE read_on = '2015-11-30'", "not on record"),
        ("UPDATE reading SET kind = 'estimated' WHERE read_on = '2016-07-31'", "not on record"),
        ("DELETE FROM reading WHERE read_on = '2016-08-31'", "not on record"),
        ("UPDATE meter_register SET opening = 1", "not on record"),
        ("UPDATE meter SET installed_on = '2015-10-30' WHERE meter_no = 'M1'", "not on record"),
        ("UPDATE opening SET year_to_date_wh = 0", "on record"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_bill_is_found() {
    found(&[
        ("UPDATE bill_document SET document = replace(document, '2015-10-31', '2015-10-30')", "document was altered"),
        ("UPDATE bill_document SET digest = 'x' WHERE cycle = '2016-08'", "document was altered"),
        ("UPDATE bill_document SET period_from = '2016-08-02' WHERE cycle = '2016-08'", "its cycle, period or account"),
        ("UPDATE bill SET amount_fen = amount_fen + 1 WHERE status = 'issued'", "its amount is"),
        ("UPDATE bill SET amount_fen = 0 WHERE status = 'reversal'", "its amount is"),
        ("UPDATE bill SET energy_wh = energy_wh + 1000 WHERE status = 'issued'", "its energy is"),
        ("UPDATE bill SET output_tax_fen = output_tax_fen + 1 WHERE status = 'issued'", "on output-tax"),
        ("UPDATE bill SET output_tax_fen = 0 WHERE status = 'reversal'", "does not take back"),
        ("UPDATE bill SET status = 'cancelled' WHERE status = 'issued' AND cycle = '2016-08'", "its position is"),
        ("UPDATE bill SET status = 'issued' WHERE status = 'cancelled'", "year to date"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bill_is_found() {
    found(&[
        ("DELETE FROM bill WHERE status = 'issued' AND cycle = '2016-08'", "position"),
        ("DELETE FROM bill WHERE cycle = '2016-07'", "year to date"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bill_of_an_earlier_year_is_found() {
    found(&[("DELETE FROM bill WHERE cycle = '2015-11'", "")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_reversal_is_found() {
    found(&[("DELETE FROM bill WHERE status = 'reversal'", "")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_ledger_open_item_prepayment_or_position_is_found() {
    found(&[
        ("DELETE FROM ledger_line WHERE kind = 'reversal'", "the ledger has nothing"),
        ("UPDATE ledger_line SET amount_fen = 2 * amount_fen WHERE kind = 'bill'", "the ledger has"),
        ("UPDATE receivable SET amount_fen = amount_fen + 1", "the open items differ"),
        ("UPDATE receivable SET settled_fen = 0 WHERE settled_fen > 0", "the open items differ"),
        ("UPDATE receivable SET state = 'standing', settled_fen = 0", "the open items differ"),
        ("UPDATE receivable SET settled_until = '2099-01-01'", "the last day of settlements"),
        ("UPDATE receivable SET cleared = 1", "an item is cleared and owed"),
        (
            "DELETE FROM receivable WHERE state = 'standing' AND id NOT IN (SELECT receivable_id FROM settlement)",
            "the open items differ",
        ),
        ("UPDATE prepayment SET balance_fen = balance_fen + 1", "the prepayment and its balance differ"),
        ("DELETE FROM ledger_line WHERE kind = 'application'", "the prepayment and its balance differ"),
        ("UPDATE billing_position SET billed_in_year_wh = billed_in_year_wh + 1", "year to date"),
        ("UPDATE billing_position SET last_cycle = '2016-07'", "position"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_moved_between_revenue_and_tax_within_an_entry_is_found() {
    found(&[("UPDATE ledger_line SET amount_fen = amount_fen + CASE account WHEN 'revenue' THEN 100 ELSE -100 END WHERE kind = 'bill' AND account IN ('revenue', 'output-tax')", "that the journal signed")]).await;
    found(&[("UPDATE ledger_line SET amount_fen = amount_fen + CASE account WHEN 'revenue' THEN 100 ELSE -100 END WHERE kind = 'reversal' AND account IN ('revenue', 'output-tax')", "on output-tax")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_or_lost_tariff_version_is_found() {
    found(&[
        ("UPDATE tariff_version SET content = replace(content, '0.538', '0.537') WHERE tariff = 'cn-zhejiang/resident'", "tariff versions"),
        ("UPDATE tariff_version SET digest = 'x' WHERE tariff = 'cn-zhejiang/resident'", "tariff versions"),
        ("DELETE FROM tariff_version WHERE tariff = 'sample/general-single'", "tariff versions"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_added_or_removed_journal_entry_is_found() {
    found(&[
        ("UPDATE journal_entry SET actor = 'nobody' WHERE position = 3", "entry 3"),
        ("UPDATE journal_entry SET reason = 'x' WHERE act = 'bill.cancel'", "was altered"),
        ("UPDATE journal_entry SET detail = '{}' WHERE position = 1", "entry 1"),
        ("UPDATE journal_entry SET digest = 'x' WHERE position = 2", "chain breaks at entry 2"),
        ("UPDATE journal_entry SET position = 99 WHERE position = 2", "missing"),
        ("DELETE FROM journal_entry WHERE position = 4", "positions 4 to 4 are missing"),
        (
            "DELETE FROM journal_entry WHERE position = (SELECT MAX(position) FROM journal_entry)",
            "the head does not agree",
        ),
        ("UPDATE journal_head SET position = position - 1", "the head does not agree"),
        ("DELETE FROM journal_entry", "the head does not agree"),
    ])
    .await;
}

/// Rewrites the document of the standing bill of trade together with everything that lies beside it.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_rewritten_together_with_its_digest_is_found() {
    let house = house().await;
    let tx = house.writing_tx().await;
    let page = bill::with_documents(&tx, &house.operator(), None, "", 100).await.expect("documents");
    let (own, text, _) = page.iter().find(|(bill, ..)| bill.supply_no == "1002").expect("the bill");
    let forged = text.replace("\"persons\":null", "\"persons\":9");
    assert_ne!(*text, forged);
    let sql = "UPDATE bill_document SET document = $1, digest = $2 WHERE usage_point_id = $3";
    let values = vec![Param::from(&forged), Param::from(bill::digest(&forged)), Param::from(own.usage_point.uuid())];
    assert_eq!(tx.run(sql, values).await.expect("forged"), 1);
    tx.commit().await.expect("committed");
    assert_ne!(house.verify().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_sealed_in_the_order_of_acts_and_only_once() {
    let house = house().await;
    let sealed = "SELECT COUNT(*) FROM journal_entry WHERE position IS NOT NULL";
    let all = house.count("SELECT COUNT(*) FROM journal_entry").await;
    assert_eq!(house.count(sealed).await, all);
    assert_eq!(journal::seal(&house.bureau.house.db).await.expect("sealed"), 0);
    house.connect(&[Account::trade("1003")]).await;
    assert_eq!(house.count(sealed).await, all);
    assert_eq!(journal::seal(&house.bureau.house.db).await.expect("sealed"), 2);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_off_balance_is_found() {
    found(&[
        ("UPDATE ledger_line SET amount_fen = amount_fen + 1 WHERE account = 'revenue'", "off balance"),
        (
            "UPDATE ledger_line SET amount_fen = amount_fen + 1 WHERE account = 'receivable' AND kind = 'bill'",
            "the ledger has",
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_is_listed_like_any_other_difference() {
    found(&[("UPDATE bill_document SET document = '{}' WHERE cycle = '2016-08'", "cannot be read")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_position_is_found() {
    found(&[("DELETE FROM billing_position", "")]).await;
}
