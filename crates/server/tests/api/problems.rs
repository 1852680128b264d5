use serde_json::json;

use crate::hall::Hall;

#[tokio::test]
async fn whatever_goes_wrong_below_the_handlers_is_a_problem_with_a_code() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let quote = || hall.ask("POST", "/api/quote").bearer(&token);
    let session = || hall.ask("POST", "/api/session");
    let large = vec![b' '; 2 * 1024 * 1024 + 1];
    let table = [
        (hall.ask("GET", "/api/nothing"), 404, "route.unknown"),
        (hall.ask("POST", "/nothing"), 404, "route.unknown"),
        (hall.ask("PUT", "/healthz"), 405, "method.not-allowed"),
        (hall.ask("PUT", "/api/session").bearer(&token), 405, "method.not-allowed"),
        (quote().body("application/json", "{"), 400, "request.malformed"),
        (quote().body("text/plain", "{}"), 415, "content-type.unsupported"),
        (quote().body("application/json", large), 413, "body.too-large"),
        (session().json(&json!({ "login": 1 })), 422, "body.wrong-shape"),
        (session().body("application/json", r#"{"login":"\u0000","password":""}"#), 422, "text.nul"),
        (hall.ask("GET", "/api/areas?limit=many").bearer(&token), 400, "request.malformed"),
        (hall.ask("GET", "/api/usage-points/%00").bearer(&token), 400, "text.nul"),
        (hall.ask("GET", "/api/usage-points/%ff").bearer(&token), 400, "request.malformed"),
    ];
    for (ask, status, code) in table {
        assert_eq!(ask.send().await.problem(status), code);
    }
}

#[tokio::test]
async fn a_problem_speaks_the_language_of_the_request_and_carries_both() {
    let hall = Hall::open().await;
    let chinese = hall.ask("GET", "/api/session").send().await;
    let english = hall.ask("GET", "/api/session").header("accept-language", "en-GB,en;q=0.9").send().await;
    assert_eq!(chinese.json()["detail"], "请先登录");
    assert_eq!(chinese.header("content-language"), Some("zh-CN"));
    assert_eq!(english.json()["detail"], "please sign in");
    assert_eq!(english.json()["message"], chinese.json()["message"]);
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_of_a_careful_house() {
    let hall = Hall::open().await;
    let first = hall.ask("GET", "/api/session").send().await;
    let second = hall.ask("GET", "/healthz").header("x-request-id", "mine").send().await;
    let ids = [&first, &second].map(|answer| answer.header("x-request-id").expect("an id"));
    assert_ne!(ids[0], ids[1]);
    assert_ne!(ids[1], "mine");
    for answer in [&first, &second] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'"));
    }
    assert_eq!(first.header("cache-control"), Some("no-store"));
}
