use business::search::Search;
use platform::jobs::Unwatched;
use serde_json::{Value, json};

use crate::hall::Hall;

/// A filled bureau whose index follows, and a cashier of all of it.
async fn followed() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.follow().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    (hall, token)
}

fn escaped(line: &str) -> String {
    line.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn ask(hall: &Hall, token: &str, line: &str) -> Value {
    hall.get(token, &format!("/api/search?q={}", escaped(line))).await.ok()
}

fn numbers(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().expect("items");
    items.iter().filter_map(|item| item["supply_no"].as_str()).collect()
}

#[tokio::test]
async fn a_usage_point_is_found_by_whatever_its_customer_gives_and_shown_masked() {
    let (hall, token) = followed().await;
    let table = [
        ("0000000001", "supply_no", "exact"),
        ("1", "supply_no", "exact"),
        ("m0000000001", "meter_no", "exact"),
        ("张三丰", "name", "exact"),
        ("張三豐", "name", "exact"),
        ("zsf", "name", "sound"),
        ("１３８１２３４１２３４", "phone", "exact"),
        ("1234", "phone", "end"),
        ("翠竹路12号", "address", "part"),
        ("章三丰", "name", "alike"),
        ("13812341235", "phone", "near"),
    ];
    for (line, field, how) in table {
        let answer = ask(&hall, &token, line).await;
        assert_eq!(numbers(&answer), ["0000000001"], "{line}");
        assert_eq!(answer["items"][0]["matched"], json!({ "field": field, "how": how }), "{line}");
    }
    let found = ask(&hall, &token, "张三丰").await;
    assert_eq!((&found["more"], &found["complete"]), (&json!(false), &json!(true)));
    let item = &found["items"][0];
    let shown = [&item["name"], &item["phone"], &item["address"], &item["station"]];
    assert_eq!(shown, [&json!("张**"), &json!("138****1234"), &json!("扬中市三茅镇翠竹路***"), &json!("ST01")]);
}

#[tokio::test]
async fn what_is_owed_is_shown_to_those_who_read_the_ledger_or_take_payments() {
    let (hall, cashier) = followed().await;
    hall.issue_august().await;
    let approver = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let officer = hall.person("li.na", &[("billing-officer", "bureau")]).await;
    assert_eq!(ask(&hall, &officer, "张三丰").await["items"][0]["owed"], json!("129.12"));
    assert_eq!(ask(&hall, &officer, "李四").await["items"][0]["owed"], json!("0.00"));
    assert_eq!(ask(&hall, &cashier, "张三丰").await["items"][0]["owed"], json!("129.12"));
    assert_eq!(ask(&hall, &approver, "张三丰").await["items"][0]["owed"], json!(null));
}

#[tokio::test]
async fn a_post_at_a_station_finds_nobody_of_another() {
    let (hall, _) = followed().await;
    let token = hall.person("zhao.qi", &[("station-head", "ST02")]).await;
    assert_eq!(numbers(&ask(&hall, &token, "李四").await), ["0000000002"]);
    for line in ["张三丰", "0000000001", "M0000000001", "1234", "zsf"] {
        assert!(!numbers(&ask(&hall, &token, line).await).contains(&"0000000001"), "{line}");
    }
}

#[tokio::test]
async fn who_takes_payments_finds_customers_of_every_station() {
    let (hall, _) = followed().await;
    let token = hall.person("zhao.qi", &[("cashier", "ST02")]).await;
    let found = ask(&hall, &token, "张三丰").await;
    assert_eq!((&found["items"][0]["station"], &found["items"][0]["name"]), (&json!("ST01"), &json!("张**")));
    assert_eq!(hall.get(&token, "/api/usage-points/0000000001").await.problem(404), "supply-no.unknown");
}

#[tokio::test]
async fn before_the_index_is_there_numbers_are_found_all_the_same() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    for (line, expected) in [("0000000001", 1), ("m0000000001", 1), ("张三丰", 0)] {
        let answer = ask(&hall, &token, line).await;
        assert_eq!((numbers(&answer).len(), &answer["complete"]), (expected, &json!(false)), "{line}");
    }
}

#[tokio::test]
async fn what_an_import_brought_is_found_as_soon_as_it_is_sealed() {
    let (hall, token) = followed().await;
    hall.load_customers(
        "0000000003,欧阳修,03,200,13700000003,扬中市油坊镇,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n",
    )
    .await;
    hall.load_meters("M77,0000000002,2016-07-31,,1,6,total,0,\n").await;
    assert_eq!(numbers(&ask(&hall, &token, "欧阳修").await), Vec::<&str>::new());
    hall.follow().await;
    assert_eq!(numbers(&ask(&hall, &token, "oyx").await), ["0000000003"]);
    assert_eq!(numbers(&ask(&hall, &token, "M77").await), ["0000000002"]);
    let standing = hall.search.standing().await.expect("readable").expect("an index");
    assert_eq!(standing.records, 3);
}

#[tokio::test]
async fn one_writes_the_index_and_the_others_read_what_he_wrote() {
    let (hall, _) = followed().await;
    let other = Search::at(&hall.house().data);
    assert_eq!(other.rebuild(hall.house(), &mut Unwatched).await.expect("asked"), None);
    hall.load_customers("0000000003,欧阳修,03,200,,,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n").await;
    other.follow(hall.house()).await.expect("looked");
    assert_eq!(other.standing().await.expect("readable").expect("an index").records, 2);
    other.wish_rebuild().expect("wished");
    hall.follow().await;
    other.follow(hall.house()).await.expect("looked");
    assert_eq!(other.standing().await.expect("readable").expect("an index").records, 3);
    assert!(!hall.house().data.join("search/rebuild").exists());
}

#[tokio::test]
async fn an_index_of_another_bureau_or_of_lost_records_is_built_anew() {
    let (mut hall, token) = followed().await;
    let elsewhere = Hall::open().await;
    elsewhere.fill().await;
    elsewhere.load_customers("0000000009,外人,03,200,,,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n").await;
    platform::journal::seal(&elsewhere.house().db).await.expect("sealed");
    // The other bureau's server begins over this bureau's files.
    hall.reopen().await;
    let mistaken = Search::at(&hall.house().data);
    mistaken.follow(elsewhere.house()).await.expect("built");
    assert_eq!(mistaken.standing().await.expect("readable").expect("an index").records, 3);
    drop(mistaken);
    hall.follow().await;
    assert_eq!(hall.search.standing().await.expect("readable").expect("an index").records, 2);
    assert_eq!(numbers(&ask(&hall, &token, "外人").await), Vec::<&str>::new());
}

#[tokio::test]
async fn an_empty_or_endless_line_is_refused() {
    let (hall, token) = followed().await;
    for (line, code) in [("", "search.empty"), (" -. ", "search.empty"), (&"三".repeat(101), "search.long")] {
        let answer = hall.get(&token, &format!("/api/search?q={}", escaped(line))).await;
        assert_eq!(answer.problem(422), code);
        assert_eq!(answer.json()["field"], "q");
    }
    for limit in ["0", "51"] {
        let answer = hall.get(&token, &format!("/api/search?q=1&limit={limit}")).await;
        assert_eq!(answer.problem(422), "page.limit");
    }
}
