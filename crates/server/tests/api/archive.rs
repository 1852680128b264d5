use serde_json::json;

use crate::hall::Hall;

const POINT: &str = "/api/usage-points/0000000001";
const UNMASKING: &str = "/api/usage-points/0000000001/unmasking";

#[tokio::test]
async fn personal_data_is_masked_wherever_it_is_listed() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let list = hall.get(&token, "/api/usage-points").await.ok();
    let one = hall.get(&token, POINT).await.ok();
    assert_eq!(list["items"][0], one);
    assert_eq!(one["name"], "张**");
    assert_eq!(one["phone"], "138****1234");
    assert_eq!(one["address"], "扬中市三茅镇翠竹路***");
    assert_eq!(one["masked"], true);
}

#[tokio::test]
async fn unmasking_shows_all_and_stands_in_the_journal_with_its_reason() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let full = hall
        .ask("POST", UNMASKING)
        .bearer(&token)
        .key("k1")
        .json(&json!({ "reason": "核对用户来电身份" }))
        .send()
        .await
        .ok();
    assert_eq!(full["name"], "张三丰");
    assert_eq!(full["phone"], "13812341234");
    assert_eq!(full["address"], "扬中市三茅镇翠竹路12号3幢201室");
    assert_eq!(full["masked"], false);

    let head = hall.person("administrator", &[("administrator", "bureau")]).await;
    let about = "/api/journal?subject=usage-point:0000000001";
    let entries = hall.get(&head, about).await.ok();
    let entry = &entries["items"][0];
    assert_eq!(
        (&entry["actor"], &entry["act"], &entry["reason"], &entry["position"]),
        (&json!("wang.li"), &json!("usage-point.unmask"), &json!("核对用户来电身份"), &json!(null))
    );
    platform::journal::seal(&hall.house().db).await.expect("sealed");
    assert!(hall.get(&head, about).await.ok()["items"][0]["position"].is_i64());
}

#[tokio::test]
async fn unmasking_needs_a_reason_and_the_right() {
    let hall = Hall::open().await;
    hall.fill().await;
    let cashier = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let approver = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let unmask = |token: &str, reason: &str| {
        let wish = json!({ "reason": reason });
        hall.ask("POST", UNMASKING).bearer(token).key("k1").json(&wish).send()
    };
    let short = unmask(&cashier, " 看看  ").await;
    assert_eq!(short.problem(422), "reason.short");
    assert_eq!(short.json()["field"], "reason");
    assert_eq!(unmask(&approver, "核对用户来电身份").await.problem(403), "access.forbidden");
}

#[tokio::test]
async fn a_post_at_a_station_reaches_only_that_station() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "ST02")]).await;
    let points = hall.get(&token, "/api/usage-points").await.ok();
    assert_eq!(points["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(points["items"][0]["supply_no"], "0000000002");
    let areas = hall.get(&token, "/api/areas").await.ok();
    assert_eq!(areas["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(areas["items"][0]["code"], "TQ02");
    for path in [POINT, "/api/usage-points/0000000001/meters"] {
        assert_eq!(hall.get(&token, path).await.problem(404), "supply-no.unknown");
    }
    let unmask = hall.ask("POST", UNMASKING).bearer(&token).key("k1").json(&json!({ "reason": "核对用户来电身份" }));
    assert_eq!(unmask.send().await.problem(404), "supply-no.unknown");
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let first = hall.get(&token, "/api/usage-points?limit=1").await.ok();
    assert_eq!(first["next"], "0000000001");
    let second = hall.get(&token, "/api/usage-points?limit=1&after=0000000001").await.ok();
    assert_eq!(second["items"][0]["supply_no"], "0000000002");
    let last = hall.get(&token, "/api/usage-points?limit=1&after=0000000002").await.ok();
    assert_eq!((&last["items"], &last["next"]), (&json!([]), &json!(null)));
    let much = hall.get(&token, "/api/usage-points?limit=201").await;
    assert_eq!(much.problem(422), "page.limit");
}

#[tokio::test]
async fn meters_areas_and_tariffs_are_shown_with_their_figures() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let meters = hall.get(&token, "/api/usage-points/0000000001/meters").await.ok();
    assert_eq!(meters[0]["meter_no"], "M0000000001");
    assert_eq!(meters[0]["registers"][0]["opening"], "0.5");
    let areas = hall.get(&token, "/api/areas").await.ok();
    assert_eq!(areas["items"][0]["capacity_kva"], "400");
    let tariffs = hall.get(&token, "/api/tariffs").await.ok();
    let codes: Vec<_> = tariffs.as_array().expect("a list").iter().map(|t| &t["code"]).collect();
    assert!(codes.contains(&&json!("sample/general-single")));
    let path = "/api/tariffs/cn-zhejiang/resident-tou";
    let tariff = hall.get(&token, path).await.ok();
    assert_eq!(tariff["version"]["id"], "2012-07");
    let early = hall.get(&token, &format!("{path}?on=2000-01-01")).await;
    assert_eq!(early.problem(404), "tariff.no-version");
    let wrong = hall.get(&token, &format!("{path}?on=yesterday")).await;
    assert_eq!(wrong.problem(422), "date.invalid");
    let unknown = hall.get(&token, "/api/tariffs/cn-nowhere/none").await;
    assert_eq!(unknown.problem(404), "tariff.unknown");
}

#[tokio::test]
async fn a_case_is_priced_and_a_wrong_one_is_refused_at_its_field() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let quote = |usage: serde_json::Value| {
        let case =
            json!({ "tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "usage": usage, "year_to_date": "0" });
        hall.ask("POST", "/api/quote").bearer(&token).json(&case).send()
    };
    let priced = quote(json!({ "peak": "180", "valley": "120" })).await.ok();
    assert_eq!(priced["total"], "136.80");
    assert_eq!(priced["lines"][0]["amount"], "102.24");
    let wrong = quote(json!({ "peak": 180, "valley": "120" })).await;
    assert_eq!(wrong.problem(422), "field.type");
    assert_eq!(wrong.json()["field"], "usage.peak");
}
