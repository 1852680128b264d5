use std::os::unix::fs::PermissionsExt;

use platform::long_work::Runner;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

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

impl Hall {
    fn printing(&self) -> JoinHandle<()> {
        let runner = Runner::new(self.house().clone(), gridhall::work::handlers(&self.bureau));
        tokio::spawn(async move { runner.run().await })
    }

    async fn ask_run(&self, token: &str, key: &str, wish: &Value) -> crate::hall::Answer {
        self.ask("POST", "/api/print-runs").bearer(token).key(key).json(wish).send().await
    }

    async fn run_until(&self, token: &str, id: &str, state: &str) -> Value {
        let mut run = Value::Null;
        for _ in 0..2000 {
            run = self.get(token, &format!("/api/print-runs/{id}")).await.ok();
            if run["state"] == state {
                return run;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{run}");
    }
}

#[tokio::test]
async fn the_bills_of_a_month_are_printed_into_files_and_a_lost_file_is_printed_again() {
    let (hall, _press) = echoing().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau"), ("administrator", "bureau")]).await;
    let wish = json!({ "cycle": "2016-08", "language": "zh" });
    let asked = hall.ask_run(&officer, "k1", &wish).await.ok();
    assert_eq!((&asked["bills"], &asked["state"]), (&json!(1), &json!("queued")));
    let again = hall.ask_run(&officer, "k1", &wish).await.ok();
    assert_eq!(again, asked);
    let id = asked["id"].as_str().expect("an id").to_owned();
    let working = hall.printing();
    let run = hall.run_until(&officer, &id, "done").await;
    assert_eq!((&run["printed_bills"], &run["printed_files"], &run["left"]), (&json!(1), &json!(1), &json!(0)));
    let files = hall.get(&officer, &format!("/api/print-runs/{id}/files")).await.ok();
    assert_eq!(files["items"][0]["first_bill"], "20160800000001");
    let path = format!("/api/print-runs/{id}/files/1.pdf");
    let order = hall.get(&officer, &path).await.ok();
    assert_eq!(order["sheets"][0]["bill"]["bill_no"], "20160800000001");
    assert_eq!(
        hall.get(&officer, &format!("/api/print-runs/{id}/files/2.pdf")).await.problem(404),
        "print-file.unknown"
    );
    let journal = hall.get(&officer, &format!("/api/journal?subject=print-run:{id}")).await.ok();
    let acts: Vec<_> = journal["items"].as_array().expect("entries").iter().map(|entry| &entry["act"]).collect();
    assert_eq!(acts, ["print-run.fetch", "bill.print"]);
    working.abort();

    // What lies on the disk otherwise than it was printed is nobody's file, and is printed anew.
    let lying = hall.house().data.join("prints").join(&id).join("00001.pdf");
    std::fs::write(&lying, "half").expect("spoilt");
    assert_eq!(hall.get(&officer, &path).await.problem(404), "print-file.unknown");
    let tx = hall.house().db.write().await.expect("a transaction");
    tx.run("UPDATE work SET state = 'stopped'", Vec::new()).await.expect("stopped");
    tx.commit().await.expect("committed");
    let resume = hall.ask("POST", &format!("/api/long-work/{id}/resume")).bearer(&officer).key("k2").json(&json!({}));
    resume.send().await.ok();
    let working = hall.printing();
    hall.run_until(&officer, &id, "done").await;
    working.abort();
    assert_eq!(hall.get(&officer, &path).await.ok(), order);
}

#[tokio::test]
async fn a_print_run_needs_bills_a_scope_that_exists_and_a_right_that_reaches_over_it() {
    let (hall, _press) = echoing().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let table = [
        (json!({ "cycle": "2016-07" }), 404, "print.nothing"),
        (json!({ "cycle": "2016-13" }), 422, "month.invalid"),
        (json!({ "cycle": "2016-08", "language": "fr" }), 422, "language.unknown"),
        (json!({ "cycle": "2016-08", "station": "ST99" }), 404, "station.unknown"),
        (json!({ "cycle": "2016-08", "book": "B999" }), 404, "book.unknown"),
    ];
    for (at, (wish, status, code)) in table.into_iter().enumerate() {
        assert_eq!(hall.ask_run(&officer, &format!("k{at}"), &wish).await.problem(status), code, "{wish}");
    }
    let elsewhere = hall.person("li.na", &[("station-head", "ST02")]).await;
    let everywhere = json!({ "cycle": "2016-08" });
    assert_eq!(hall.ask_run(&elsewhere, "k", &everywhere).await.problem(403), "access.other-station");
    let asked = hall.ask_run(&officer, "k9", &everywhere).await.ok();
    let path = format!("/api/print-runs/{}", asked["id"].as_str().expect("an id"));
    assert_eq!(hall.get(&elsewhere, &path).await.problem(404), "print-run.unknown");
    assert_eq!(hall.get(&elsewhere, "/api/print-runs").await.ok()["items"], json!([]));
}

/// A bureau whose bill is paid in cash, and the number of its receipt; `printer` is that of the till.
async fn paid(printer: &str) -> (Hall, tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let press = folder.path().join("press");
    std::fs::write(&press, ECHO).expect("written");
    std::fs::set_permissions(&press, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let settings = format!(
        "[paper]\nprogram = {:?}\n[printers]\ntill-1 = {printer:?}\noff = \"127.0.0.1:1\"\n",
        press.display().to_string()
    );
    let hall = billed(&settings).await;
    let cashier = hall.person("zhao.qi", &[("cashier", "bureau")]).await;
    let quote = hall.ask("POST", "/api/payments/quote").bearer(&cashier).json(&json!({ "supply_nos": ["0000000001"] }));
    let quote = quote.send().await.ok();
    let wish = json!({
        "supply_nos": ["0000000001"], "digest": quote["digest"], "amount": "129.12", "method": "cash", "tendered": "130.00",
        "bank": null, "instrument": null, "prepay_to": null,
    });
    let taken = hall.ask("POST", "/api/payments").bearer(&cashier).key("pay").json(&wish).send().await.ok();
    let receipt_no = taken["receipt_no"].as_str().expect("a number").to_owned();
    (hall, folder, cashier, receipt_no)
}

#[tokio::test]
async fn a_receipt_says_what_was_paid_and_hides_whose_account_it_was() {
    let (hall, _press, cashier, receipt_no) = paid("127.0.0.1:1").await;
    let order = hall.get(&cashier, &format!("/api/payments/{receipt_no}/receipt.pdf")).await.ok();
    assert_eq!(order["size"], "a5");
    let receipt = &order["sheets"][0]["receipt"];
    assert_eq!((&receipt["amount"], &receipt["capitals"]), (&json!("129.12"), &json!("壹佰贰拾玖元壹角贰分")));
    assert!(receipt["rows"][0]["name"].as_str().is_some_and(|name| name.contains('*')), "{receipt}");
    assert_eq!((&receipt["after"][0]["value"], &receipt["after"][1]["value"]), (&json!("130.00"), &json!("0.88")));
    let odd = hall.get(&cashier, &format!("/api/payments/{receipt_no}/receipt.pdf?size=a3")).await;
    assert_eq!(odd.problem(422), "paper.size");
    assert_eq!(hall.get(&cashier, "/api/payments/7/receipt.pdf").await.problem(404), "payment.unknown");
    let bytes = hall.get(&cashier, &format!("/api/payments/{receipt_no}/receipt.escpos")).await;
    assert_eq!(bytes.header("content-type"), Some("application/octet-stream"));
    assert!(bytes.text.starts_with("\u{1b}@\u{1c}&") && bytes.text.contains("129.12"), "{:?}", bytes.text);
}

#[tokio::test]
async fn the_printer_of_the_till_gets_the_bytes_once_and_a_copy_is_marked() {
    let printer = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = printer.local_addr().expect("an address").to_string();
    let (hall, _press, cashier, receipt_no) = paid(&address).await;
    let print = |key: &'static str| {
        let path = format!("/api/payments/{receipt_no}/print?printer=till-1");
        hall.ask("POST", &path).bearer(&cashier).key(key).json(&json!({})).send()
    };
    let heard = |printer: &std::net::TcpListener| {
        let (mut line, _) = printer.accept().expect("a line");
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut line, &mut bytes).expect("bytes");
        bytes
    };
    let copy = [0xb2, 0xb9, 0xb4, 0xf2];
    assert_eq!(print("k1").await.ok()["reprint"], 0);
    let first = heard(&printer);
    assert!(first.starts_with(b"\x1b@\x1c&\x1ba\x01") && first.ends_with(b"\x1bd\x04\x1dVB\x00"), "{first:?}");
    assert!(!first.windows(4).any(|four| four == copy));
    // Asked for again with the same key: the answer of then, and no second paper.
    assert_eq!(print("k1").await.ok()["reprint"], 0);
    assert_eq!(heard(&printer), b"");
    assert_eq!(print("k2").await.ok()["reprint"], 1);
    assert!(heard(&printer).windows(4).any(|four| four == copy));
}

#[tokio::test]
async fn a_printer_that_is_off_or_unknown_is_told_and_the_receipt_counts_as_not_printed() {
    let (hall, _press, cashier, receipt_no) = paid("127.0.0.1:1").await;
    for (printer, status, code) in [("off", 409, "printer.silent"), ("nowhere", 404, "printer.unknown")] {
        let path = format!("/api/payments/{receipt_no}/print?printer={printer}");
        let answer = hall.ask("POST", &path).bearer(&cashier).key(printer).json(&json!({})).send().await;
        assert_eq!(answer.problem(status), code);
    }
    let order = hall.get(&cashier, &format!("/api/payments/{receipt_no}/receipt.pdf")).await.ok();
    assert_eq!(order["sheets"][0]["receipt"]["copy"], json!(null));
}
