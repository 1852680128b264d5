use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::hall::Hall;

const PAPER: &str = "/api/bills/20160800000001/bill.pdf";

/// A press that answers every order with the order itself, so that a test can read what it was.
const ECHO: &str = r#"#!/bin/sh
printf 'R\000\000\000\016{"error":null}'
while length=$(head -c 4 | od -An -tu1) && [ -n "$length" ]; do
  set -- $length
  bytes=$(( ($1 << 24) + ($2 << 16) + ($3 << 8) + $4 ))
  printf "P\\$(printf %03o $1)\\$(printf %03o $2)\\$(printf %03o $3)\\$(printf %03o $4)"
  head -c $bytes
done
"#;

/// A bureau with one bill and an echoing press.
async fn echoing() -> (Hall, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let press = folder.path().join("press");
    std::fs::write(&press, ECHO).expect("written");
    std::fs::set_permissions(&press, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let settings =
        format!("[company]\nname = \"示范县供电公司\"\n[paper]\nprogram = {:?}\n", press.display().to_string());
    (billed(&settings).await, folder)
}

async fn billed(settings: &str) -> Hall {
    let hall = Hall::open_with(settings).await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    hall
}

#[tokio::test]
async fn a_bill_is_printed_in_full_and_each_print_stands_in_the_journal() {
    let (hall, _press) = echoing().await;
    let cashier = hall.person("zhao.qi", &[("cashier", "bureau")]).await;
    let answer = hall.get(&cashier, PAPER).await;
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert_eq!(answer.header("content-disposition"), Some("inline; filename=\"bill-20160800000001.pdf\""));
    let order = answer.ok();
    assert_eq!((&order["issuer"]["name"], &order["dated_on"]), (&json!("示范县供电公司"), &json!("2016-09-01")));
    let bill = &order["sheets"][0]["bill"];
    assert_eq!(bill["standing"], "valid");
    assert!(bill["name"].as_str().is_some_and(|name| !name.contains('*')), "{bill}");
    assert!(bill["address"].as_str().is_some_and(|address| !address.contains('*')), "{bill}");
    assert_eq!((&bill["amount"], &bill["capitals"]), (&json!("129.12"), &json!("壹佰贰拾玖元壹角贰分")));
    assert_eq!((&bill["due"]["amount"], &bill["due"]["due_on"]), (&json!("129.12"), &json!("2016-09-16")));
    assert_eq!(bill["lines"][0]["basis"], 1);
    assert!(bill["bases"][0].as_str().is_some_and(|basis| basis.contains("浙江省物价局")), "{bill}");
    let months = bill["history"].as_array().expect("months");
    assert_eq!((months.len(), &months[0]["cycle"], &months[12]["cycle"]), (13, &json!("2015-08"), &json!("2016-08")));
    assert_eq!((&months[11]["energy"], &months[12]["energy"]), (&json!(null), &json!(240_000)));
    assert_eq!(bill["tiers"]["limits"], json!([2_760_000, 4_800_000]));
    assert!(bill["code"].as_str().is_some_and(|code| code.contains("20160800000001")), "{bill}");

    let admin = hall.person("li.jing", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?subject=bill:20160800000001").await.ok();
    let prints = || journal["items"].as_array().into_iter().flatten().filter(|entry| entry["act"] == "bill.print");
    assert_eq!(prints().count(), 1, "{journal}");
    assert_eq!(prints().next().map(|entry| &entry["actor"]), Some(&json!("zhao.qi")));
}

#[tokio::test]
async fn the_form_speaks_english_when_asked_and_no_third_language() {
    let (hall, _press) = echoing().await;
    let cashier = hall.person("zhao.qi", &[("cashier", "bureau")]).await;
    let bill = hall.get(&cashier, &format!("{PAPER}?language=en")).await.ok()["sheets"][0]["bill"].clone();
    assert_eq!(bill["facts"][0]["label"], "Period");
    assert_eq!(hall.get(&cashier, &format!("{PAPER}?language=fr")).await.problem(422), "language.unknown");
}

#[tokio::test]
async fn a_cancelled_bill_and_its_reversal_are_printed_as_such() {
    let (hall, _press) = echoing().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let cancel = hall.ask("POST", "/api/bills/20160800000001/cancellation").bearer(&officer).key("k");
    cancel.json(&json!({ "reason": "抄错表" })).send().await.ok();
    let bill = hall.get(&officer, PAPER).await.ok()["sheets"][0]["bill"].clone();
    assert_eq!((&bill["standing"], &bill["due"]["amount"]), (&json!("cancelled"), &json!("0.00")));
    assert!(bill["remark"].as_str().is_some_and(|remark| remark.contains("20160800000002")), "{bill}");
    assert_eq!(bill["due"]["due_on"], json!(null));
    let reversal = hall.get(&officer, "/api/bills/20160800000002/bill.pdf").await.ok()["sheets"][0]["bill"].clone();
    assert_eq!((&reversal["standing"], &reversal["amount"]), (&json!("reversal"), &json!("-129.12")));
    assert_eq!(
        (&reversal["capitals"], &reversal["lines"][0]["amount"]),
        (&json!("负壹佰贰拾玖元壹角贰分"), &json!("-129.12"))
    );
}

#[tokio::test]
async fn nobody_prints_the_bill_of_another_station_or_without_the_right() {
    let (hall, _press) = echoing().await;
    let elsewhere = hall.person("li.na", &[("station-head", "ST02")]).await;
    assert_eq!(hall.get(&elsewhere, PAPER).await.problem(404), "bill.unknown");
    let approver = hall.person("sun.bo", &[("billing-approver", "bureau")]).await;
    assert_eq!(hall.get(&approver, PAPER).await.problem(403), "access.forbidden");
}

#[tokio::test]
async fn without_the_printing_program_it_is_said_what_is_missing_and_nothing_is_noted() {
    let hall = billed("").await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau"), ("administrator", "bureau")]).await;
    let answer = hall.get(&officer, PAPER).await;
    assert_eq!(answer.problem(409), "paper.program-missing");
    let journal = hall.get(&officer, "/api/journal?subject=bill:20160800000001").await.ok();
    let mut entries = journal["items"].as_array().into_iter().flatten();
    assert!(entries.all(|entry| entry["act"] != "bill.print"), "{journal}");
}

/// The real press, which `cargo xtask test` builds and names.
#[tokio::test]
async fn the_real_press_prints_the_same_bill_twice_to_the_byte() {
    let Ok(press) = std::env::var("GRIDHALL_PAPER") else { return };
    let hall = billed(&format!("[paper]\nprogram = {press:?}\n")).await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let first = hall.get(&officer, PAPER).await;
    assert!(first.status.is_success() && first.text.starts_with("%PDF-"), "{}", first.text);
    assert_eq!(hall.get(&officer, PAPER).await.text, first.text);
    let english = hall.get(&officer, &format!("{PAPER}?language=en")).await;
    assert!(english.text.starts_with("%PDF-") && english.text != first.text);
}
