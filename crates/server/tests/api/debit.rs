//! Bank debit over HTTP: what is masked, what is noted, what a retry does.

use business::mandate::MandateImport;
use serde_json::json;

use crate::hall::Hall;

async fn hall() -> Hall {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let packs = hall.house().packs.clone();
    let row =
        "supply_no,bank,holder,account_no,agreement_no,since\n0000000001,icbc,张三丰,6222000011112222,A1,2016-09-01\n";
    hall.load(&MandateImport { packs }, row).await;
    hall
}

#[tokio::test]
async fn account_numbers_are_masked_until_somebody_says_why() {
    let hall = hall().await;
    let token = hall.person("wang.li", &[("chief-cashier", "bureau")]).await;
    let mandate = hall.get(&token, "/api/mandates?state=live").await.ok()["items"][0].clone();
    assert_eq!((&mandate["holder"], &mandate["account_no"]), (&json!("张**"), &json!("****2222")));
    let path = format!("/api/mandates/{}/unmasking", mandate["id"].as_str().expect("an id"));
    let ask = |reason: &'static str, key: &'static str| {
        hall.ask("POST", &path).bearer(&token).key(key).json(&json!({ "reason": reason })).send()
    };
    assert_eq!(ask("看看", "a").await.problem(422), "reason.short");
    let full = ask("与银行核对扣款账号", "b").await.ok();
    assert_eq!((&full["holder"], &full["account_no"]), (&json!("张三丰"), &json!("6222000011112222")));
    assert_eq!(ask("与银行核对扣款账号", "b").await.ok(), full);
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?limit=50").await.ok().to_string();
    assert_eq!(journal.matches("mandate.unmask").count(), 1);
    assert!(!journal.contains("6222000011112222"));
}

#[tokio::test]
async fn a_batch_is_made_and_sent_once_and_each_download_is_noted() {
    let hall = hall().await;
    let token = hall.person("wang.li", &[("chief-cashier", "bureau")]).await;
    let plan = hall.get(&token, "/api/debit-plan?bank=icbc&due_until=2016-12-31&collect_on=2016-09-02").await.ok();
    assert_eq!(plan["count"], 1);
    let wish =
        json!({ "bank": "icbc", "due_until": "2016-12-31", "collect_on": "2016-09-02", "digest": plan["digest"] });
    let make = || hall.ask("POST", "/api/debit-batches").bearer(&token).key("make").json(&wish).send();
    let made = make().await.ok();
    assert_eq!(make().await.ok(), made, "a retry makes no second one");
    let path = format!("/api/debit-batches/{}", made["batch_no"].as_str().expect("a number"));
    assert_eq!(hall.get(&token, &format!("{path}/file")).await.problem(409), "debit.not-sent");
    let quote = json!({ "supply_nos": ["0000000001"] });
    let quote = hall.ask("POST", "/api/payments/quote").bearer(&token).json(&quote).send().await.ok();
    let bill = &quote["accounts"][0]["bills"][0];
    assert_eq!((&bill["collected_by"], &bill["debit_no"]), (&json!("icbc"), &json!("201609010001000001")));
    let pay = json!({ "supply_nos": ["0000000001"], "digest": quote["digest"], "amount": "10", "method": "cash" });
    let pay = hall.ask("POST", "/api/payments").bearer(&token).key("pay").json(&pay).send().await;
    assert_eq!((pay.problem(409).as_str(), &pay.json()["field"]), ("payment.in-flight", &json!("despite_debit")));

    let send = || hall.ask("POST", &format!("{path}/sending")).bearer(&token).key("send").json(&json!({})).send();
    let sent = send().await.ok();
    assert_eq!((&sent["state"], sent["digest"].is_string()), (&json!("sent"), true));
    assert_eq!(send().await.ok(), sent);
    let file = hall.get(&token, &format!("{path}/file")).await;
    assert!(file.text.contains("6222000011112222,张三丰,"), "{}", file.text);
    assert_eq!(hall.get(&token, &format!("{path}/file")).await.text, file.text);
    let lines = hall.get(&token, &format!("{path}/lines?state=waiting")).await.ok();
    assert_eq!(lines["items"][0]["account_no"], "****2222");
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?limit=50").await.ok().to_string();
    assert_eq!((journal.matches("export:debit-file").count(), journal.matches("\"debit.make\"").count()), (2, 1));
    let cashier = hall.person("li.na", &[("cashier", "bureau")]).await;
    assert_eq!(hall.get(&cashier, &format!("{path}/file")).await.problem(403), "access.forbidden");
    assert_eq!(hall.get(&cashier, &path).await.ok()["state"], "sent");
    let other = hall.person("zhao.qi", &[("chief-cashier", "ST02")]).await;
    assert_eq!(hall.get(&other, &path).await.problem(403), "access.other-station");
}
