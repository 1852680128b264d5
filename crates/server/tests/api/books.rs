//! Reading books, and readings told by hand.

use business::book::BookImport;
use serde_json::json;

use crate::hall::Hall;

const BOOKS: &str = "book,station,name,reading_day,cycle,reader,route_order\n\
                     B001,ST01,翠竹路一段,15,monthly,zhao.qi,1\n\
                     B002,ST02,江洲路一段,last,odd,,\n";

async fn hall() -> Hall {
    let hall = Hall::open().await;
    hall.fill().await;
    hall.load(&BookImport, BOOKS).await;
    let tx = hall.house().db.write().await.expect("a transaction");
    for (book, supply_no) in [("B001", "0000000001"), ("X9", "0000000002")] {
        let params = platform::params![book, supply_no];
        tx.run("UPDATE usage_point SET book = $1 WHERE supply_no = $2", params).await.expect("a book");
    }
    tx.commit().await.expect("committed");
    hall
}

#[tokio::test]
async fn books_are_listed_whether_they_are_on_record_or_only_named() {
    let hall = hall().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let books = hall.get(&token, "/api/books").await.ok();
    let shown = |book: &serde_json::Value| {
        (book["code"].as_str().map(str::to_owned), book["on_record"] == true, book["usage_points"].as_i64())
    };
    let shown: Vec<_> = books["items"].as_array().expect("books").iter().map(shown).collect();
    let expected = [("B001", true, 1), ("B002", true, 0), ("X9", false, 1)];
    assert_eq!(shown, expected.map(|(code, on_record, points)| (Some(code.to_owned()), on_record, Some(points))));
    assert_eq!(books["items"][0]["reading_day"], "15");
    assert_eq!((&books["items"][2]["station"], &books["items"][2]["name"]), (&json!("ST02"), &json!(null)));

    let second = hall.get(&token, "/api/books?limit=1&after=B001").await.ok();
    assert_eq!((&second["items"][0]["code"], &second["next"]), (&json!("B002"), &json!("B002")));
    let of_one = hall.get(&token, "/api/books?station=ST01").await.ok();
    assert_eq!(of_one["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn usage_points_without_a_book_are_not_lost() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let books = hall.get(&token, "/api/books").await.ok();
    assert_eq!(
        books["items"],
        json!([{
            "code": "", "station": "ST01", "on_record": false, "name": null, "reading_day": null, "cycle": null,
            "reader": null, "route_order": null, "usage_points": 2,
        }])
    );
}

#[tokio::test]
async fn a_station_sees_and_changes_only_its_own_books() {
    let hall = hall().await;
    let token = hall.person("wang.li", &[("billing-officer", "ST02")]).await;
    let books = hall.get(&token, "/api/books").await.ok();
    let codes: Vec<_> = books["items"].as_array().expect("books").iter().map(|book| book["code"].clone()).collect();
    assert_eq!(codes, [json!("B002"), json!("X9")]);
    assert_eq!(hall.get(&token, "/api/books/B001").await.problem(404), "book.unknown");
    assert_eq!(hall.get(&token, "/api/books?station=ST01").await.problem(403), "access.other-station");
    let wish = json!({ "name": "翠竹路", "reading_day": "3", "cycle": "monthly", "reader": null, "route_order": null });
    let change = |code: &str, key: &str| {
        hall.ask("POST", &format!("/api/books/{code}/change")).bearer(&token).key(key).json(&wish).send()
    };
    assert_eq!(change("B001", "a").await.problem(404), "book.unknown");
    assert_eq!(change("B002", "b").await.ok()["reading_day"], "3");
    let mut new = wish.clone();
    (new["code"], new["station"]) = (json!("B003"), json!("ST01"));
    let create =
        |body: &serde_json::Value, key: &str| hall.ask("POST", "/api/books").bearer(&token).key(key).json(body).send();
    assert_eq!(create(&new, "c").await.problem(403), "access.other-station");
    new["station"] = json!("ST02");
    assert_eq!(create(&new, "d").await.ok()["on_record"], true);
    assert_eq!(create(&new, "e").await.problem(409), "book.exists");
    new["reading_day"] = json!("29");
    assert_eq!(create(&new, "f").await.problem(422), "reading-day.invalid");
}

#[tokio::test]
async fn a_reading_told_by_hand_is_judged_like_a_row_of_a_file() {
    let hall = hall().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let tell = |meter: &str, on: &str, value: &str, key: &str| {
        let wish = json!({ "meter_no": meter, "register": "total", "read_on": on, "value": value, "kind": "actual" });
        hall.ask("POST", "/api/readings").bearer(&token).key(key).json(&wish).send()
    };
    let kept = tell("M0000000001", "2016-08-31", "0.5", "a").await.ok();
    assert_eq!((&kept["unchanged"], &kept["doubts"][0]["doubt"]), (&json!(false), &json!("vacancy")));
    assert!(kept["doubts"][0]["message"]["zh"].is_string());
    assert_eq!(tell("M0000000001", "2016-08-31", "0.5", "b").await.ok()["unchanged"], true);
    assert_eq!(tell("M0000000001", "2016-08-31", "7", "c").await.problem(409), "conflict");
    assert_eq!(tell("M9", "2016-08-31", "7", "d").await.problem(404), "meter.unknown");
    assert_eq!(tell("M0000000001", "2016-09-30", "7", "e").await.problem(422), "date.future");
    let long = tell("M0000000001", "2016-08-30", "1234567", "f").await;
    assert_eq!((long.problem(422), &long.json()["field"]), ("value.digits".to_owned(), &json!("value")));
    let other = hall.person("li.hua", &[("billing-officer", "ST02")]).await;
    let wish = json!({ "meter_no": "M0000000001", "register": "total", "read_on": "2016-08-30", "value": "1", "kind": "actual" });
    let refused = hall.ask("POST", "/api/readings").bearer(&other).key("g").json(&wish).send().await;
    assert_eq!(refused.problem(403), "access.other-station");
}
