//! Prices tried on bills of the past, over HTTP: asked for, carried out, looked at, taken along.

use std::sync::atomic::{AtomicU64, Ordering};

use platform::long_work::State;
use serde_json::{Value, json};

use crate::hall::{Answer, Hall};
use crate::work::id_of;

const TRIALS: &str = "/api/price-trials";

/// Every act has a key of its own.
static KEYS: AtomicU64 = AtomicU64::new(0);

async fn post(hall: &Hall, token: &str, path: &str, wish: &Value) -> Answer {
    let key = format!("trial-{}", KEYS.fetch_add(1, Ordering::Relaxed));
    hall.ask("POST", path).bearer(token).key(&key).json(wish).send().await
}

/// Hands in a pack with a price of residents in Zhejiang at these voltages.
async fn offer(hall: &Hall, voltage: &str) -> Value {
    let admin = hall.person(&format!("lin.mo{voltage}"), &[("administrator", "bureau")]).await;
    let text = format!(
        "kind = \"tariff\"\nformat = 1\ncode = \"cn-zhejiang/resident\"\nzh = \"浙江居民\"\nen = \"Zhejiang residential\"\n\
         [[version]]\nid = \"2026-12\"\nfrom = 2026-12-01\nsource = \"虚构的通知\"\nmark = \"fictional\"\nregisters = [\"total\"]\n\
         [[version.price]]\nvoltage = [\"{voltage}\"]\nenergy = {{ total = \"0.60\" }}\n"
    );
    let offered =
        post(hall, &admin, "/api/tariff-packs", &json!({ "text": text, "starts_on": "2026-12-01" })).await.ok();
    assert_eq!(offered["state"], "offered");
    offered["pack_no"].clone()
}

fn august(pack_no: &Value) -> Value {
    json!({ "pack_no": pack_no, "from": "2016-08", "to": "2016-08", "way": "to-come" })
}

async fn carried_out(hall: &Hall, asked: &Value) -> Value {
    let runner = hall.working();
    let work = hall.until(id_of(&asked["work"]), State::Done).await;
    runner.abort();
    let _ = runner.await;
    serde_json::from_str(&work.outcome.expect("an outcome")).expect("JSON")
}

async fn billed() -> Hall {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    hall
}

#[tokio::test]
async fn a_pack_that_waits_for_approval_is_tried_and_its_sums_and_lines_agree() {
    let hall = billed().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let approver = hall.person("he.xun", &[("billing-approver", "bureau")]).await;
    let pack_no = offer(&hall, "0.22kV").await;
    let ask = || hall.ask("POST", TRIALS).bearer(&officer).key("august").json(&august(&pack_no)).send();
    let asked = ask().await.ok();
    assert_eq!(ask().await.ok(), asked, "a retry asks for nothing");
    let path = format!("{TRIALS}/{}", asked["trial"]["trial_no"].as_str().expect("a number"));
    let early = hall.get(&approver, &path).await.ok();
    assert_eq!((&early["trial"]["state"], &early["sums"]), (&json!("trying"), &Value::Null));
    assert_eq!(hall.get(&officer, &format!("{path}/bills.csv")).await.problem(409), "price-trial.under-way");
    assert_eq!(post(&hall, &officer, TRIALS, &august(&pack_no)).await.problem(409), "work.open");

    let outcome = carried_out(&hall, &asked).await;
    assert_eq!(outcome, json!({ "bills": 1, "more": 1, "less": 0, "without_price": 0, "difference": "14.88" }));
    let told = hall.get(&approver, &path).await.ok();
    let total = &told["trial"]["total"];
    assert_eq!(
        (&total["now"], &total["new"], &total["percent"], &total["average_now"]),
        (&json!("129.12"), &json!("144.00"), &json!("11.52"), &json!("0.5380"))
    );
    let sums = &told["sums"];
    for parts in ["by_tariff", "by_category", "by_station", "by_month"] {
        assert_eq!((&sums[parts][0]["difference"], &sums[parts][1]), (&json!("14.88"), &Value::Null), "{parts}");
    }
    assert_eq!(sums["by_category"][0]["name"]["zh"], "居民生活");
    for (bands, from, to) in [("by_amount", "10.00", "20.00"), ("by_share", "10", "15")] {
        let filled: Vec<&Value> =
            sums[bands].as_array().expect("bands").iter().filter(|one| one["bills"] != 0).collect();
        assert_eq!(filled.len(), 1, "{bands}");
        assert_eq!((&filled[0]["from"], &filled[0]["to"]), (&json!(from), &json!(to)));
    }
    assert_eq!(sums["up"][0]["supply_no"], "0000000001");
    let file = hall.get(&officer, &format!("{path}/bills.csv")).await;
    let text = file.text.trim_start_matches('\u{feff}');
    assert_eq!(
        text,
        "supply_no,tariff,amount_now,amount_new,difference\r\n0000000001,cn-zhejiang/resident,129.12,144.00,14.88\r\n"
    );
    let list = hall.get(&officer, &format!("{TRIALS}?pack_no={pack_no}&limit=1")).await.ok();
    assert_eq!(list["items"][0], told["trial"]);
    let next = format!("{TRIALS}?limit=1&after={}", list["next"].as_str().expect("a full page"));
    assert_eq!(hall.get(&officer, &next).await.ok()["items"], json!([]));
    assert_eq!(hall.get(&officer, &format!("{TRIALS}?pack_no=2")).await.ok()["items"], json!([]));
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?limit=100").await.ok().to_string();
    for act in ["tariff.try", "tariff.tried", "export:price-trial"] {
        assert!(journal.contains(act), "{act}");
    }
}

#[tokio::test]
async fn a_bill_without_a_price_is_told_with_its_reason() {
    let hall = billed().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let pack_no = offer(&hall, "10kV").await;
    let two = json!({ "pack_no": pack_no, "from": "2016-07", "to": "2016-08", "way": "to-come" });
    let asked = post(&hall, &officer, TRIALS, &two).await.ok();
    carried_out(&hall, &asked).await;
    let path = format!("{TRIALS}/{}", asked["trial"]["trial_no"].as_str().expect("a number"));
    let told = hall.get(&officer, &path).await.ok();
    assert_eq!((&told["trial"]["total"]["bills"], &told["trial"]["total"]["unpriced"]), (&json!(0), &json!(1)));
    assert_eq!(told["trial"]["total"]["percent"], Value::Null);
    let unpriced = &told["sums"]["unpriced"][0];
    assert_eq!((&unpriced["code"], &unpriced["now"]), (&json!("unpriced.no-price"), &json!("129.12")));
    assert_eq!(unpriced["some"][0]["supply_no"], "0000000001");
    let file = hall.get(&officer, &format!("{path}/unpriced.csv")).await.text;
    assert!(
        file.contains("0000000001,20160800000001,2016-08,ST01,cn-zhejiang/resident,129.12,unpriced.no-price,"),
        "{file}"
    );
    let file = hall.get(&officer, &format!("{path}/bills.csv")).await.text;
    assert!(file.ends_with("difference,cycle\r\n0000000001,cn-zhejiang/resident,129.12,,,2016-08\r\n"), "{file}");
}

#[tokio::test]
async fn a_trial_is_refused_at_the_field_that_has_to_change() {
    let hall = billed().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let at_station = hall.person("zhao.min", &[("billing-officer", "ST02")]).await;
    let pack_no = offer(&hall, "0.22kV").await;
    let wish = |field: &str, value: Value| {
        let mut wish = august(&pack_no);
        wish[field] = value;
        wish
    };
    for (field, value, status, code) in [
        ("pack_no", json!(99), 404, "tariff-pack.unknown"),
        ("from", json!("2016-8"), 422, "month.invalid"),
        ("to", json!("2016-07"), 422, "price-trial.months"),
        ("to", json!("2017-08"), 422, "price-trial.months"),
        ("way", json!("soon"), 422, "word.unknown"),
        ("station", json!("ST09"), 404, "station.unknown"),
    ] {
        let refused = post(&hall, &officer, TRIALS, &wish(field, value)).await;
        assert_eq!(refused.problem(status), code);
        assert!(refused.json()["field"] == field || code == "tariff-pack.unknown", "{}", refused.text);
    }
    let elsewhere = post(&hall, &at_station, TRIALS, &wish("station", json!("ST01"))).await;
    assert_eq!(elsewhere.problem(403), "access.other-station");
    let own = post(&hall, &at_station, TRIALS, &august(&pack_no)).await.ok();
    assert_eq!(own["trial"]["station"], "ST02");
    let cashier = hall.person("chen.min", &[("cashier", "bureau")]).await;
    assert_eq!(post(&hall, &cashier, TRIALS, &august(&pack_no)).await.problem(403), "access.forbidden");
    assert_eq!(hall.get(&cashier, TRIALS).await.problem(403), "access.forbidden");
}

#[tokio::test]
async fn a_trial_whose_server_was_killed_is_carried_out_by_the_next() {
    let hall = billed().await;
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let pack_no = offer(&hall, "0.22kV").await;
    let asked = post(&hall, &officer, TRIALS, &august(&pack_no)).await.ok();
    let runner = hall.working();
    hall.until(id_of(&asked["work"]), State::Running).await;
    runner.abort();
    let _ = runner.await;
    hall.advance_minutes(2);
    carried_out(&hall, &asked).await;
    let path = format!("{TRIALS}/{}", asked["trial"]["trial_no"].as_str().expect("a number"));
    let renewed = hall.sign_in("wang.li", crate::hall::PASSWORD).await.ok();
    let told = hall.get(renewed["token"].as_str().expect("a token"), &path).await.ok();
    assert_eq!((&told["trial"]["state"], &told["trial"]["total"]["bills"]), (&json!("tried"), &json!(1)));
}
