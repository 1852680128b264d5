use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const RUN: &str = "/api/billing-runs/2016-08";
const APPROVAL: &str = "/api/billing-runs/2016-08/approval";
const FINDINGS: &str = "/api/billing-runs/2016-08/findings";

async fn approve(hall: &Hall, token: &str, key: &str, station: Option<&str>, digest: &Value) -> Answer {
    let wish = json!({ "station": station, "digest": digest });
    hall.ask("POST", APPROVAL).bearer(token).key(key).json(&wish).send().await
}

/// A bureau whose bills of August were tried by wang.li.
async fn tried() -> Hall {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.try_august("wang.li", None).await;
    hall
}

#[tokio::test]
async fn a_second_person_approves_the_drafts_as_they_are() {
    let hall = tried().await;
    let token = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let run = hall.get(&token, RUN).await.ok();
    assert_eq!((&run["accounts"], &run["ready"], &run["blocked"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&run["amount"], &run["tried_by"]), (&json!("129.12"), &json!("wang.li")));
    assert_eq!((&run["approved"], &run["approved_by"]), (&json!(false), &json!(null)));
    let first = approve(&hall, &token, "k1", None, &run["digest"]).await;
    assert_eq!((&first.ok()["approved"], &first.ok()["approved_by"]), (&json!(true), &json!("zhao.qi")));
    assert_eq!(hall.get(&token, RUN).await.ok(), first.ok());
    let again = approve(&hall, &token, "k1", None, &run["digest"]).await;
    assert_eq!((&again.text, again.header("idempotent-replayed")), (&first.text, Some("true")));
}

#[tokio::test]
async fn whoever_tried_does_not_approve() {
    let hall = tried().await;
    let posts = [("billing-officer", "bureau"), ("billing-approver", "bureau")];
    let token = hall.person("wang.li", &posts).await;
    let digest = hall.get(&token, RUN).await.ok()["digest"].clone();
    assert_eq!(approve(&hall, &token, "k1", None, &digest).await.problem(409), "run.own");
    assert_eq!(hall.get(&token, RUN).await.ok()["approved"], false);
}

#[tokio::test]
async fn a_change_of_the_drafts_voids_what_was_seen_and_what_was_approved() {
    let hall = tried().await;
    let token = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let seen = hall.get(&token, RUN).await.ok()["digest"].clone();
    approve(&hall, &token, "k1", None, &seen).await.ok();
    let officer = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let voiding = "/api/meters/M0000000001/readings/2016-08-31/total/voiding";
    let wish = json!({ "reason": "抄错表" });
    hall.ask("POST", voiding).bearer(&officer).key("k1").json(&wish).send().await.ok();
    hall.read("M0000000001,2016-08-31,total,140.5,actual").await;
    hall.try_august("wang.li", None).await;
    let run = hall.get(&token, RUN).await.ok();
    assert_ne!(run["digest"], seen);
    assert_eq!((&run["approved"], &run["approved_by"]), (&json!(false), &json!("zhao.qi")));
    assert_eq!(approve(&hall, &token, "k2", None, &seen).await.problem(409), "run.changed");
    approve(&hall, &token, "k2", None, &run["digest"]).await.ok();
}

#[tokio::test]
async fn a_post_at_a_station_sees_and_approves_only_runs_of_that_station() {
    let hall = tried().await;
    hall.try_august("wang.li", Some("ST01")).await;
    let token = hall.person("zhao.qi", &[("billing-approver", "ST01")]).await;
    let digest = json!("00");
    for (query, station) in [("", None), ("?station=ST02", Some("ST02")), ("?book=B001", None)] {
        assert_eq!(hall.get(&token, &format!("{RUN}{query}")).await.problem(403), "access.other-station", "{query}");
        assert_eq!(
            approve(&hall, &token, "k1", station, &digest).await.problem(403),
            "access.other-station",
            "{query}"
        );
    }
    let run = hall.get(&token, &format!("{RUN}?station=ST01")).await.ok();
    assert_eq!((&run["accounts"], &run["blocked"]), (&json!(1), &json!(0)));
    approve(&hall, &token, "k1", Some("ST01"), &run["digest"]).await.ok();
    let everywhere = hall.person("li.na", &[("billing-approver", "bureau")]).await;
    assert_eq!(hall.get(&everywhere, RUN).await.ok()["approved"], false);
    assert_eq!(hall.get(&everywhere, &format!("{RUN}?station=ST02")).await.problem(404), "run.unknown");
    assert_eq!(hall.get(&everywhere, "/api/billing-runs/2016-7").await.problem(422), "month.invalid");
}

#[tokio::test]
async fn findings_are_listed_until_their_bill_is_issued() {
    let hall = Hall::open().await;
    hall.fill().await;
    hall.try_august("wang.li", None).await;
    let token = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let first = hall.get(&token, &format!("{FINDINGS}?limit=1")).await.ok();
    assert_eq!((&first["items"][0]["supply_no"], &first["next"]), (&json!("0000000001"), &json!("0000000001")));
    let second = hall.get(&token, &format!("{FINDINGS}?limit=1&after=0000000001")).await.ok();
    let account = &second["items"][0];
    assert_eq!((&account["supply_no"], &account["ready"]), (&json!("0000000002"), &json!(false)));
    let finding = &account["findings"][0];
    assert_eq!((&finding["doubt"], &finding["blocking"]), (&json!("missing"), &json!(true)));
    assert!(finding["message"]["zh"].is_string() && finding["name"]["en"].is_string());

    let here = hall.person("li.na", &[("billing-approver", "ST02")]).await;
    let own = hall.get(&here, FINDINGS).await.ok();
    assert_eq!(own["items"].as_array().map(Vec::len), Some(1));
    hall.read("M0000000001,2016-08-31,total,240.5,actual").await;
    hall.issue_august().await;
    assert_eq!(hall.get(&token, FINDINGS).await.ok()["items"], json!([account]));
    assert_eq!(hall.get(&token, "/api/billing-runs/2016-07/findings").await.ok()["items"], json!([]));
}
