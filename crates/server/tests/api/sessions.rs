use platform::access;
use serde_json::json;

use crate::hall::{Hall, PASSWORD};

#[tokio::test]
async fn signing_in_gives_a_cookie_and_a_token_that_say_who_one_is() {
    let hall = Hall::open().await;
    hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let answer = hall.sign_in("wang.li", PASSWORD).await;
    let body = answer.ok();
    assert_eq!(body["must_change"], false);
    let token = body["token"].as_str().expect("a token");
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert_eq!(cookie, format!("gridhall_session={token}; HttpOnly; SameSite=Strict; Path=/"));

    let by_token = hall.get(token, "/api/session").await.ok();
    let by_cookie = hall.ask("GET", "/api/session").cookie(token).send().await;
    assert_eq!(by_token, by_cookie.ok());
    assert_eq!(by_token["login"], "wang.li");
    assert_eq!(by_token["posts"][0]["role"], "billing-officer");
    assert_eq!(by_token["posts"][0]["name"]["zh"], "核算员");
    let rights = by_token["rights"].as_array().expect("rights");
    assert!(rights.contains(&json!({ "right": "bill.issue", "stations": null })));
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_tls_only() {
    let hall = Hall::open().await;
    hall.person("wang.li", &[]).await;
    let answer = hall
        .ask("POST", "/api/session")
        .header("x-forwarded-proto", "https")
        .json(&json!({ "login": "wang.li", "password": PASSWORD }))
        .send()
        .await;
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.ends_with("; Secure")));
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike() {
    let hall = Hall::open().await;
    hall.person("wang.li", &[]).await;
    let name = hall.sign_in("nobody", "wrong").await;
    let password = hall.sign_in("wang.li", "wrong").await;
    assert_eq!(name.problem(401), "sign-in.wrong");
    assert_eq!(name.text, password.text);
}

#[tokio::test]
async fn five_wrong_passwords_lock_for_a_quarter_of_an_hour() {
    let hall = Hall::open().await;
    hall.person("wang.li", &[]).await;
    for _ in 0..5 {
        assert_eq!(hall.sign_in("wang.li", "wrong").await.problem(401), "sign-in.wrong");
    }
    assert_eq!(hall.sign_in("wang.li", PASSWORD).await.problem(429), "sign-in.locked");
    hall.advance_minutes(16);
    hall.sign_in("wang.li", PASSWORD).await.ok();
}

#[tokio::test]
async fn one_address_may_try_thirty_times_a_minute() {
    let hall = Hall::open().await;
    for _ in 0..30 {
        hall.sign_in("nobody", "wrong").await.problem(401);
    }
    let refused = hall.sign_in("nobody", "wrong").await;
    assert_eq!(refused.problem(429), "sign-in.too-many");
    assert_eq!(refused.header("retry-after"), Some("60"));
    hall.advance_minutes(1);
    hall.sign_in("nobody", "wrong").await.problem(401);
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_its_change() {
    let hall = Hall::open().await;
    let once = hall.new_person("wang.li", &[("administrator", "bureau")]).await;
    let begun = hall.sign_in("wang.li", &once).await.ok();
    assert_eq!(begun["must_change"], true);
    let token = begun["token"].as_str().expect("a token");

    assert_eq!(hall.get(token, "/api/journal").await.problem(403), "password.change-first");
    let who = hall.get(token, "/api/session").await.ok();
    assert_eq!((&who["must_change"], &who["rights"]), (&json!(true), &json!([])));

    let change = |old: &str, new: &str| {
        let wish = json!({ "old": old, "new": new });
        hall.ask("POST", "/api/session/password").bearer(token).json(&wish).send()
    };
    assert_eq!(change("wrong", PASSWORD).await.problem(422), "password.wrong");
    assert_eq!(change(&once, "short").await.problem(422), "password.weak");
    assert_eq!(change(&once, &once).await.problem(422), "password.same");
    assert_eq!(change(&once, PASSWORD).await.status, 204);
    hall.get(token, "/api/journal").await.ok();
    assert_eq!(hall.sign_in("wang.li", &once).await.problem(401), "sign-in.wrong");
}

#[tokio::test]
async fn a_change_of_password_ends_the_other_sessions() {
    let hall = Hall::open().await;
    let first = hall.person("wang.li", &[]).await;
    let second = hall.sign_in("wang.li", PASSWORD).await.ok()["token"].clone();
    let wish = json!({ "old": PASSWORD, "new": "staple the horse" });
    let changed = hall.ask("POST", "/api/session/password").bearer(second.as_str().expect("a token")).json(&wish);
    assert_eq!(changed.send().await.status, 204);
    assert_eq!(hall.get(&first, "/api/session").await.problem(401), "access.signed-out");
}

#[tokio::test]
async fn a_session_ends_when_asked_to_and_after_twelve_hours() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[]).await;
    let ended = hall.ask("DELETE", "/api/session").bearer(&token).send().await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    hall.get(&token, "/api/session").await.problem(401);

    let token = hall.sign_in("wang.li", PASSWORD).await.ok()["token"].clone();
    hall.advance_minutes(12 * 60);
    hall.get(token.as_str().expect("a token"), "/api/session").await.problem(401);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_with_our_cookie() {
    let hall = Hall::open().await;
    let token = hall.person("wang.li", &[]).await;
    let end = || hall.ask("DELETE", "/api/session").cookie(&token);
    assert_eq!(end().send().await.problem(403), "csrf.refused");
    let foreign = end().header("x-gridhall-request", "1").header("origin", "https://evil.example");
    assert_eq!(foreign.send().await.problem(403), "csrf.refused");
    let sign_in = hall
        .ask("POST", "/api/session")
        .header("origin", "https://evil.example")
        .json(&json!({ "login": "wang.li", "password": PASSWORD }));
    assert_eq!(sign_in.send().await.problem(403), "csrf.refused");
    let own = end().header("x-gridhall-request", "1").header("origin", "https://hall.example");
    assert_eq!(own.send().await.status, 204);
}

#[tokio::test]
async fn what_is_written_at_a_glance_is_not_kept() {
    let hall = Hall::open().await;
    let (db, ctx) = (&hall.house().db, hall.house().operator());
    let glance = db.glance().await.expect("a glance");
    // SQLite forgets it, PostgreSQL is not even asked.
    let _ = access::create_person(&glance, &ctx, "li.na").await;
    drop(glance);
    let tx = db.write().await.expect("a transaction");
    access::create_person(&tx, &ctx, "li.na").await.expect("a name that is not taken");
}

#[tokio::test]
async fn of_two_changes_of_a_password_at_once_one_holds() {
    let hall = Hall::open().await;
    let here = hall.person("wang.li", &[]).await;
    let there = hall.sign_in("wang.li", PASSWORD).await.ok()["token"].as_str().expect("a token").to_owned();
    let change = async |token: &str, new: &str| {
        let wish = json!({ "old": PASSWORD, "new": new });
        hall.ask("POST", "/api/session/password").bearer(token).json(&wish).send().await.status.as_u16()
    };
    let (one, other) = tokio::join!(change(&here, "staple the horse"), change(&there, "battery of horses"));
    let holds = match (one, other) {
        (204, 401 | 422) => "staple the horse",
        (401 | 422, 204) => "battery of horses",
        both => panic!("{both:?}"),
    };
    hall.sign_in("wang.li", holds).await.ok();
}
