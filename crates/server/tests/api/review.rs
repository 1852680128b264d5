//! The reading workbench: what is doubtful or missing, and what is decided about it.

use business::metering::MeterImport;
use business::reading::ReadingImport;
use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const OFFICER: [(&str, &str); 1] = [("billing-officer", "bureau")];

/// M2 at station ST02: ten kWh every day for thirteen months, then 2000 in August 2016.
async fn hall() -> Hall {
    let hall = Hall::open().await;
    hall.fill().await;
    let meters = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing\n\
                  M2,0000000002,2015-06-30,,1,6,total,0,\n";
    hall.load(&MeterImport, meters).await;
    let states = [
        ("2015-07-31", 310),
        ("2015-08-31", 620),
        ("2015-09-30", 920),
        ("2015-10-31", 1230),
        ("2015-11-30", 1530),
        ("2015-12-31", 1840),
        ("2016-01-31", 2150),
        ("2016-02-29", 2440),
        ("2016-03-31", 2750),
        ("2016-04-30", 3050),
        ("2016-05-31", 3360),
        ("2016-06-30", 3660),
        ("2016-07-31", 3970),
    ];
    let rows = states.map(|(on, value)| format!("M2,{on},total,{value},actual\n")).concat();
    let packs = hall.house().packs.clone();
    hall.load(&ReadingImport { packs }, &format!("meter_no,read_on,register,value,kind\n{rows}")).await;
    hall
}

/// The same, with the doubtful reading of August.
async fn spiked() -> (Hall, Desk) {
    let hall = hall().await;
    let token = hall.person("wang.li", &OFFICER).await;
    let desk = Desk { token };
    let told = desk.tell(&hall, "M2", "2016-08-31", "5970").await.ok();
    assert_eq!(told["doubts"][0]["doubt"], "spike");
    (hall, desk)
}

struct Desk {
    token: String,
}

impl Desk {
    async fn post(&self, hall: &Hall, path: &str, wish: &Value) -> Answer {
        // Each act has its own instant, so that what it puts aside has its own too.
        hall.advance_minutes(1);
        let key = format!("{path}{}", hall.clock.now().as_second());
        hall.ask("POST", path).bearer(&self.token).key(&key).json(wish).send().await
    }

    async fn tell(&self, hall: &Hall, meter: &str, on: &str, value: &str) -> Answer {
        let wish = json!({ "meter_no": meter, "register": "total", "read_on": on, "value": value, "kind": "actual" });
        self.post(hall, "/api/readings", &wish).await
    }

    async fn decide(&self, hall: &Hall, meter: &str, on: &str, mut wish: Value) -> Answer {
        let mut item = json!({ "meter_no": meter, "register": "total", "read_on": on });
        if let Some(value) = wish.as_object_mut().and_then(|wish| wish.remove("value")) {
            item["value"] = value;
        }
        wish["items"] = json!([item]);
        self.post(hall, "/api/review-decisions", &wish).await
    }

    async fn undo(&self, hall: &Hall, decided: &Value) -> Answer {
        let id = decided["id"].as_str().or(decided[0]["id"].as_str()).expect("an id");
        self.post(hall, &format!("/api/review-decisions/{id}/undoing"), &json!({ "reason": "按错键" })).await
    }

    async fn doubtful(&self, hall: &Hall, query: &str) -> Vec<Value> {
        let page = hall.get(&self.token, &format!("/api/reading-months/2016-08/doubtful{query}")).await.ok();
        page["items"].as_array().expect("a list").clone()
    }

    /// The newest reading of M2: value, kind, doubts.
    async fn standing(&self, hall: &Hall) -> (String, String, usize) {
        let list = hall.get(&self.token, "/api/usage-points/0000000002/readings?limit=1").await.ok();
        let text = |field: &str| list[0][field].as_str().expect("text").to_owned();
        assert_eq!(text("read_on").len(), 10);
        (
            format!("{} {}", text("read_on"), text("value")),
            text("kind"),
            list[0]["doubts"].as_array().map_or(0, Vec::len),
        )
    }
}

fn standing(state: &str, kind: &str, doubts: usize) -> (String, String, usize) {
    (state.to_owned(), kind.to_owned(), doubts)
}

#[tokio::test]
async fn a_doubtful_reading_comes_with_what_helps_to_judge_it() {
    let (hall, desk) = spiked().await;
    let list = desk.doubtful(&hall, "").await;
    assert_eq!(list.len(), 1);
    let found = &list[0];
    assert_eq!((&found["site"]["supply_no"], &found["site"]["name"]), (&json!("0000000002"), &json!("李*")));
    assert_eq!((&found["value"], &found["decision"], &found["billed"]), (&json!("5970"), &json!(null), &json!(false)));
    assert_eq!(found["doubts"][0]["doubt"], "spike");
    for text in ["label", "meaning", "message"] {
        assert!(found["doubts"][0][text]["zh"].is_string() && found["doubts"][0][text]["en"].is_string(), "{text}");
    }
    let background = &found["background"];
    assert_eq!((&background["before_on"], &background["before"]), (&json!("2016-07-31"), &json!("3970")));
    assert_eq!((&background["days"], &background["use_kwh"]), (&json!(31), &json!("2000")));
    assert_eq!((&background["average_kwh"], &background["last_year_kwh"]), (&json!("310"), &json!("310")));
    let history = background["history"].as_array().expect("a history");
    assert_eq!(history.len(), 13);
    assert_eq!((&history[12]["on"], &history[12]["use_kwh"]), (&json!("2016-08-31"), &json!("2000")));

    let other = desk.doubtful(&hall, "?doubt=vacancy").await;
    assert_eq!(other.len(), 0);
    assert_eq!(desk.doubtful(&hall, "?station=ST02&doubt=spike&undecided=true&book=").await.len(), 1);
    assert_eq!(desk.doubtful(&hall, "?undecided=false").await.len(), 0);
    assert_eq!(desk.doubtful(&hall, &format!("?after={}", found["cursor"].as_str().expect("a cursor"))).await.len(), 0);
    let wrong = hall.get(&desk.token, "/api/reading-months/2016-08/doubtful?after=x").await;
    assert_eq!(wrong.problem(422), "page.after");
}

#[tokio::test]
async fn progress_counts_what_is_read_missing_doubtful_and_estimated() {
    let (hall, desk) = spiked().await;
    let book = async || {
        let books = hall.get(&desk.token, "/api/reading-months/2016-08/books").await.ok();
        let one = &books["items"][0];
        ["usage_points", "registers", "read", "missing", "estimated", "undecided", "orders", "share"]
            .map(|field| one[field].as_i64().expect("a number"))
    };
    assert_eq!(book().await, [2, 2, 1, 1, 0, 1, 0, 5000]);
    desk.decide(&hall, "M2", "2016-08-31", json!({ "decision": "estimate", "reason": "表计损坏" })).await.ok();
    assert_eq!(book().await, [2, 2, 1, 1, 1, 0, 0, 5000]);
    let order = json!({ "decision": "re-read", "reason": "漏抄", "due_on": "2016-09-03" });
    desk.decide(&hall, "M0000000001", "2016-08-31", order).await.ok();
    assert_eq!(book().await, [2, 2, 1, 1, 1, 0, 1, 5000]);
    desk.tell(&hall, "M0000000001", "2016-08-31", "240.5").await.ok();
    assert_eq!(book().await, [2, 2, 2, 0, 1, 0, 0, 10_000]);
}

#[tokio::test]
async fn an_accepted_reading_stands_and_can_be_taken_up_again() {
    let (hall, desk) = spiked().await;
    let accept = json!({ "decision": "accept" });
    let decided = desk.decide(&hall, "M2", "2016-08-31", accept.clone()).await.ok();
    assert_eq!((&decided[0]["decision"], &decided[0]["by"]), (&json!("accept"), &json!("wang.li")));
    let list = desk.doubtful(&hall, "").await;
    assert_eq!(list[0]["decision"]["id"], decided[0]["id"]);
    assert_eq!(desk.decide(&hall, "M2", "2016-08-31", accept.clone()).await.problem(409), "review.decided");
    let undone = desk.undo(&hall, &decided).await.ok();
    assert_eq!((&undone["decision"], &undone["undoes"]), (&json!("undo"), &decided[0]["id"]));
    assert_eq!(desk.doubtful(&hall, "").await[0]["decision"], json!(null));
    assert_eq!(desk.undo(&hall, &decided).await.problem(409), "decision.undone");
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 5970", "actual", 1));
    let plain = desk.decide(&hall, "M2", "2016-07-31", accept).await;
    assert_eq!((plain.problem(409), &plain.json()["field"]), ("review.no-doubt".to_owned(), &json!("items.0")));

    let record = hall.get(&desk.token, "/api/reading-months/2016-08/decisions").await.ok();
    let words: Vec<_> = record["items"].as_array().expect("a list").iter().map(|d| d["decision"].clone()).collect();
    assert_eq!(words, [json!("undo"), json!("accept")]);
    let admin = hall.person("admin", &[("administrator", "bureau")]).await;
    let journal = hall.get(&admin, "/api/journal?subject=meter:M2").await.ok();
    let acts: Vec<_> = journal["items"].as_array().expect("entries").iter().map(|e| e["act"].clone()).collect();
    assert_eq!(acts, [json!("reading.decide"), json!("reading.decide"), json!("reading.tell")]);
}

#[tokio::test]
async fn a_corrected_reading_takes_the_place_and_the_wrong_one_is_kept() {
    let (hall, desk) = spiked().await;
    let correct = |value: &str| json!({ "decision": "correct", "value": value, "reason": "抄错千位" });
    let without = desk.decide(&hall, "M2", "2016-08-31", json!({ "decision": "correct", "value": "4285" })).await;
    assert_eq!((without.problem(422), &without.json()["field"]), ("reason.empty".to_owned(), &json!("reason")));
    let long = desk.decide(&hall, "M2", "2016-08-31", correct("1000000")).await;
    assert_eq!((long.problem(422), &long.json()["field"]), ("value.digits".to_owned(), &json!("items.0.value")));
    assert_eq!(desk.decide(&hall, "M2", "2016-08-31", correct("5970")).await.problem(422), "review.same");
    assert_eq!(desk.decide(&hall, "M2", "2016-08-30", correct("4285")).await.problem(404), "reading.unknown");

    let decided = desk.decide(&hall, "M2", "2016-08-31", correct("4285")).await.ok();
    assert_eq!((&decided[0]["before"]["value"], &decided[0]["after"]["value"]), (&json!("5970"), &json!("4285")));
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 4285", "actual", 0));
    assert_eq!(desk.doubtful(&hall, "").await.len(), 0);
    let voided = "SELECT COUNT(*) FROM reading_voided WHERE value = 5970000";
    let tx = hall.house().db.read().await.expect("a view");
    let count: i64 = tx.row(voided, Vec::new()).await.expect("an answer").expect("a row").get(0).expect("a number");
    assert_eq!(count, 1);
    drop(tx);

    desk.undo(&hall, &decided).await.ok();
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 5970", "actual", 1));
    // Still a sudden rise, but looked at: whoever corrected it has decided.
    desk.decide(&hall, "M2", "2016-08-31", correct("5900")).await.ok();
    let list = desk.doubtful(&hall, "").await;
    assert_eq!(list[0]["decision"]["decision"], "correct");
}

#[tokio::test]
async fn an_estimate_is_shown_before_it_is_kept_and_stays_one() {
    let (hall, desk) = spiked().await;
    let path = "/api/meters/M2/readings/2016-08-31/total/estimate";
    let shown = hall.get(&desk.token, path).await.ok();
    assert_eq!((&shown["rule"], &shown["value"]), (&json!("same-month-last-year"), &json!("4280")));
    assert_eq!((&shown["use_kwh"], &shown["in_a_row"], &shown["limit"]), (&json!("310"), &json!(0), &json!(2)));
    let months = hall.get(&desk.token, &format!("{path}?rule=last-three-months")).await.ok();
    assert_eq!(months["value"], "4280");
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 5970", "actual", 1), "nothing is kept");

    let estimate = json!({ "decision": "estimate", "reason": "表计损坏" });
    let decided = desk.decide(&hall, "M2", "2016-08-31", estimate).await.ok();
    assert_eq!(
        (&decided[0]["rule"], &decided[0]["after"]["kind"]),
        (&json!("same-month-last-year"), &json!("estimated"))
    );
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 4280", "estimated", 0));
    desk.undo(&hall, &decided).await.ok();
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 5970", "actual", 1));
}

#[tokio::test]
async fn more_estimates_in_a_row_than_the_pack_allows_take_a_right_and_a_reason() {
    let hall = hall().await;
    hall.advance_minutes(60 * 24 * 90);
    let desk = Desk { token: hall.person("wang.li", &OFFICER).await };
    let estimate = json!({ "decision": "estimate", "reason": "门闭" });
    for on in ["2016-08-31", "2016-09-30"] {
        desk.decide(&hall, "M2", on, estimate.clone()).await.ok();
    }
    assert_eq!(desk.decide(&hall, "M2", "2016-10-31", estimate).await.problem(409), "estimate.limit");
    let beyond = json!({ "decision": "estimate", "reason": "拆迁户无法进入", "beyond_limit": true });
    let refused = desk.decide(&hall, "M2", "2016-10-31", beyond.clone()).await;
    assert_eq!(refused.problem(403), "access.forbidden");
    let posts = [("billing-officer", "bureau"), ("station-head", "ST02")];
    let head = Desk { token: hall.person("li.hua", &posts).await };
    let decided = head.decide(&hall, "M2", "2016-10-31", beyond).await.ok();
    assert_eq!(decided[0]["after"]["kind"], "estimated");
}

#[tokio::test]
async fn an_order_to_read_again_is_open_until_a_reading_comes() {
    let (hall, desk) = spiked().await;
    let order = |due: &str| json!({ "decision": "re-read", "reason": "现场复核", "due_on": due, "reader": "赵七" });
    assert_eq!(desk.decide(&hall, "M2", "2016-08-31", order("2016-08-20")).await.problem(422), "due.past");
    let decided = desk.decide(&hall, "M2", "2016-08-31", order("2016-09-03")).await.ok();
    assert_eq!(desk.standing(&hall).await.0, "2016-07-31 3970", "the doubtful one is put aside");
    let orders = hall.get(&desk.token, "/api/reading-orders?open=true").await.ok();
    let only = &orders["items"][0];
    assert_eq!(
        (&only["due_on"], &only["reader"], &only["done_on"]),
        (&json!("2016-09-03"), &json!("赵七"), &json!(null))
    );
    assert_eq!(desk.decide(&hall, "M2", "2016-08-31", order("2016-09-03")).await.problem(409), "review.ordered");
    let missing = hall.get(&desk.token, "/api/reading-months/2016-08/missing?station=ST02").await.ok();
    assert_eq!(missing["items"][0]["order"]["decision"], only["decision"]);

    desk.undo(&hall, &decided).await.ok();
    assert_eq!(desk.standing(&hall).await, standing("2016-08-31 5970", "actual", 1));
    let none = hall.get(&desk.token, "/api/reading-orders").await.ok();
    assert_eq!(none["items"], json!([]));

    let again = desk.decide(&hall, "M2", "2016-08-31", order("2016-09-03")).await.ok();
    desk.tell(&hall, "M2", "2016-09-01", "4290").await.ok();
    let done = hall.get(&desk.token, "/api/reading-orders?open=false").await.ok();
    assert_eq!(
        (&done["items"][0]["done_on"], &done["items"][0]["done"]["value"]),
        (&json!("2016-09-01"), &json!("4290"))
    );
    assert_eq!(desk.undo(&hall, &again).await.problem(409), "decision.superseded");
}

#[tokio::test]
async fn a_register_without_a_reading_is_missing_until_it_has_one() {
    let hall = hall().await;
    let desk = Desk { token: hall.person("wang.li", &OFFICER).await };
    let missing = async || {
        let page = hall.get(&desk.token, "/api/reading-months/2016-08/missing").await.ok();
        let items = page["items"].as_array().expect("a list").clone();
        items.iter().map(|item| item["site"]["meter_no"].as_str().expect("a meter").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(missing().await, ["M0000000001", "M2"]);
    let second =
        hall.get(&desk.token, "/api/reading-months/2016-08/missing?limit=1&after=M0000000001~total").await.ok();
    assert_eq!(second["items"][0]["site"]["meter_no"], "M2");
    assert_eq!(second["items"][0]["due_on"], "2016-08-31");
    assert_eq!(second["items"][0]["background"]["last_year_kwh"], "310");
    let basis = hall.get(&desk.token, "/api/meters/M0000000001/readings/2016-08-31/total/estimate").await;
    assert_eq!(basis.problem(422), "estimate.no-basis");
    let removed = hall.get(&desk.token, "/api/meters/M2/readings/2015-06-30/total/estimate").await;
    assert_eq!(removed.problem(422), "review.day");
    desk.tell(&hall, "M0000000001", "2016-08-31", "240.5").await.ok();
    let future = json!({ "decision": "estimate", "reason": "门闭" });
    assert_eq!(desk.decide(&hall, "M2", "2016-09-30", future.clone()).await.problem(422), "date.future");
    desk.decide(&hall, "M2", "2016-08-31", future).await.ok();
    assert_eq!(missing().await, Vec::<String>::new());
}

#[tokio::test]
async fn all_readings_of_one_doubt_are_accepted_at_once_but_none_that_went_backwards() {
    let (hall, desk) = spiked().await;
    desk.tell(&hall, "M0000000001", "2016-08-31", "0.5").await.ok();
    let path = "/api/reading-months/2016-08/acceptances";
    let all = |doubt: &str| json!({ "doubt": doubt, "station": null, "book": null, "reason": "空置户" });
    assert_eq!(desk.post(&hall, path, &all("negative")).await.problem(409), "review.negative");
    let accepted = desk.post(&hall, path, &all("vacancy")).await.ok();
    assert_eq!(accepted, json!({ "accepted": 1, "more": false }));
    assert_eq!(desk.doubtful(&hall, "?undecided=true").await.len(), 1, "the sudden rise is left");
    assert_eq!(desk.post(&hall, path, &all("vacancy")).await.ok()["accepted"], 0);
    desk.tell(&hall, "M2", "2016-09-01", "4000").await.ok();
    let september = hall.get(&desk.token, "/api/reading-months/2016-09/doubtful").await.ok();
    assert_eq!(september["items"][0]["doubts"][0]["doubt"], "negative");
    let accept = desk.decide(&hall, "M2", "2016-09-01", json!({ "decision": "accept" })).await;
    assert_eq!(accept.problem(409), "review.negative");
}

#[tokio::test]
async fn what_a_bill_stands_on_is_not_replaced() {
    let (hall, desk) = spiked().await;
    hall.issue_august().await;
    assert_eq!(desk.doubtful(&hall, "").await[0]["billed"], true);
    let estimate = json!({ "decision": "estimate", "reason": "门闭" });
    assert_eq!(desk.decide(&hall, "M2", "2016-08-31", estimate).await.problem(409), "reading.billed");
    let accepted = desk.decide(&hall, "M2", "2016-08-31", json!({ "decision": "accept" })).await.ok();
    assert_eq!(desk.undo(&hall, &accepted).await.problem(409), "reading.billed");
}

#[tokio::test]
async fn another_stations_readings_are_neither_seen_nor_decided() {
    let (hall, _) = spiked().await;
    let stranger = Desk { token: hall.person("li.hua", &[("billing-officer", "ST01")]).await };
    assert_eq!(stranger.doubtful(&hall, "").await.len(), 0);
    let other = hall.get(&stranger.token, "/api/reading-months/2016-08/doubtful?station=ST02").await;
    assert_eq!(other.problem(403), "access.other-station");
    let accept = stranger.decide(&hall, "M2", "2016-08-31", json!({ "decision": "accept" })).await;
    assert_eq!(accept.problem(404), "meter.unknown");
    let all = json!({ "doubt": "spike", "station": "ST02", "book": null, "reason": null });
    let bulk = stranger.post(&hall, "/api/reading-months/2016-08/acceptances", &all).await;
    assert_eq!(bulk.problem(403), "access.other-station");
    let none = json!({ "doubt": "spike", "station": null, "book": null, "reason": null });
    assert_eq!(stranger.post(&hall, "/api/reading-months/2016-08/acceptances", &none).await.ok()["accepted"], 0);
}

#[tokio::test]
async fn many_are_decided_together_or_none_is() {
    let (hall, desk) = spiked().await;
    let item = |meter: &str| json!({ "meter_no": meter, "register": "total", "read_on": "2016-08-31" });
    let wish = |items: &[Value]| json!({ "decision": "accept", "items": items });
    let mixed = desk.post(&hall, "/api/review-decisions", &wish(&[item("M2"), item("M0000000001")])).await;
    assert_eq!((mixed.problem(404), &mixed.json()["field"]), ("reading.unknown".to_owned(), &json!("items.1")));
    let twice = desk.post(&hall, "/api/review-decisions", &wish(&[item("M2"), item("M2")])).await;
    assert_eq!(twice.problem(422), "review.twice");
    assert_eq!(desk.post(&hall, "/api/review-decisions", &wish(&[])).await.problem(422), "review.nothing");
    assert_eq!(desk.doubtful(&hall, "?undecided=true").await.len(), 1);
}
