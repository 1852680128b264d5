//! People, their posts and their sessions, as an administrator and as themselves.

use serde_json::{Value, json};

use crate::hall::{Answer, Hall, PASSWORD};

const ADMINISTRATOR: [(&str, &str); 1] = [("administrator", "bureau")];

struct Office {
    hall: Hall,
    token: String,
}

impl Office {
    async fn open() -> Office {
        let hall = Hall::open().await;
        hall.fill().await;
        let token = hall.person("admin", &ADMINISTRATOR).await;
        Office { hall, token }
    }

    async fn act(&self, path: &str, wish: Value) -> Answer {
        self.act_with(path, wish, path).await
    }

    async fn act_with(&self, path: &str, wish: Value, key: &str) -> Answer {
        let key: String = key.chars().filter(char::is_ascii_graphic).take(80).collect();
        self.hall.ask("POST", path).bearer(&self.token).key(&key).json(&wish).send().await
    }

    async fn person(&self, login: &str) -> Value {
        self.hall.get(&self.token, &format!("/api/people/{login}")).await.ok()
    }

    async fn acts_on(&self, login: &str) -> Vec<String> {
        let journal = self.hall.get(&self.token, &format!("/api/journal?subject=person:{login}")).await.ok();
        let acts = journal["items"].as_array().expect("entries").iter();
        acts.map(|entry| entry["act"].as_str().expect("an act").to_owned()).rev().collect()
    }
}

#[tokio::test]
async fn a_person_is_made_appointed_disabled_and_enabled_and_the_journal_says_so() {
    let office = Office::open().await;
    let wish = json!({ "login": "zhao.qi", "name": "赵七", "role": "cashier", "unit": "ST01" });
    let made = office.act("/api/people", wish.clone()).await.ok();
    let once = made["password"].as_str().expect("a password").to_owned();
    assert_eq!(office.act("/api/people", wish.clone()).await.problem(409), "password.told");
    assert_eq!(office.act_with("/api/people", wish, "again").await.problem(409), "login.taken");
    let kept = "SELECT COUNT(*) FROM idempotency_key WHERE answer LIKE '%password%'";
    let tx = office.hall.house().db.read().await.expect("a view");
    let count: i64 = tx.row(kept, Vec::new()).await.expect("an answer").expect("a row").get(0).expect("a number");
    assert_eq!(count, 0, "no password is kept with a key");
    drop(tx);
    let known = office.person("zhao.qi").await;
    assert_eq!(
        (&known["name"], &known["must_change"], &known["last_sign_in_at"]),
        (&json!("赵七"), &json!(true), &json!(null))
    );
    assert_eq!(
        known["posts"],
        json!([{ "role": "cashier", "name": { "zh": "收费员", "en": "Cashier" }, "unit": "ST01" }])
    );

    office.hall.sign_in("zhao.qi", &once).await.ok();
    assert_eq!(office.person("zhao.qi").await["sessions"], 1);
    let posts = "/api/people/zhao.qi/posts";
    let appointed = office.act(posts, json!({ "role": "station-head", "unit": "ST02" })).await.ok();
    assert_eq!(appointed["posts"].as_array().map(Vec::len), Some(2));
    let nowhere = office.act_with(posts, json!({ "role": "cashier", "unit": "ST09" }), "a").await;
    assert_eq!((nowhere.problem(422), &nowhere.json()["field"]), ("unit.unknown".to_owned(), &json!("unit")));
    let nothing = office.act_with(posts, json!({ "role": "king", "unit": "ST01" }), "b").await;
    assert_eq!(nothing.problem(422), "role.unknown");
    let dismissal = "/api/people/zhao.qi/posts/dismissal";
    let dismissed = office.act(dismissal, json!({ "role": "cashier", "unit": "ST01" })).await.ok();
    assert_eq!(dismissed["posts"][0]["role"], "station-head");
    let twice = office.act_with(dismissal, json!({ "role": "cashier", "unit": "ST01" }), "c").await;
    assert_eq!(twice.problem(404), "post.unknown");

    let disabling = "/api/people/zhao.qi/disabling";
    assert_eq!(office.act_with(disabling, json!({ "reason": " " }), "d").await.problem(422), "reason.empty");
    let disabled = office.act(disabling, json!({ "reason": "已调离" })).await.ok();
    assert!(disabled["disabled_at"].is_string());
    assert_eq!(disabled["sessions"], 0);
    assert_eq!(
        office.act("/api/people/zhao.qi/enabling", json!({ "reason": null })).await.ok()["disabled_at"],
        json!(null)
    );
    let acts = office.acts_on("zhao.qi").await;
    let expected = [
        "person.create",
        "person.appoint",
        "session.begin",
        "person.appoint",
        "person.dismiss",
        "person.disable",
        "person.enable",
    ];
    assert_eq!(acts, expected);
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_and_does_not_come_in_again() {
    let office = Office::open().await;
    let token = office.hall.person("zhao.qi", &[("cashier", "ST01")]).await;
    office.hall.get(&token, "/api/usage-points").await.ok();
    office.act("/api/people/zhao.qi/disabling", json!({ "reason": "已调离" })).await.ok();
    assert_eq!(office.hall.get(&token, "/api/usage-points").await.problem(401), "access.signed-out");
    assert_eq!(office.hall.sign_in("zhao.qi", PASSWORD).await.problem(403), "sign-in.disabled");
    assert_eq!(office.hall.sign_in("zhao.qi", "wrong").await.problem(401), "sign-in.wrong", "only he learns it");
    office.act("/api/people/zhao.qi/enabling", json!({ "reason": null })).await.ok();
    office.hall.sign_in("zhao.qi", PASSWORD).await.ok();
}

#[tokio::test]
async fn rights_that_are_lost_are_lost_at_the_next_request() {
    let office = Office::open().await;
    let token = office.hall.person("zhao.qi", &[("cashier", "ST01")]).await;
    office.hall.get(&token, "/api/usage-points").await.ok();
    let dismissal = json!({ "role": "cashier", "unit": "ST01" });
    office.act("/api/people/zhao.qi/posts/dismissal", dismissal).await.ok();
    assert_eq!(office.hall.get(&token, "/api/usage-points").await.problem(403), "access.forbidden");
    office.hall.get(&token, "/api/session").await.ok();
}

#[tokio::test]
async fn there_is_always_an_administrator_left() {
    let office = Office::open().await;
    let own_post = json!({ "role": "administrator", "unit": "bureau" });
    let own = |key: &'static str| office.act_with("/api/people/admin/posts/dismissal", own_post.clone(), key);
    assert_eq!(own("a").await.problem(409), "administrator.last");
    let itself = office.act("/api/people/admin/disabling", json!({ "reason": "不想干了" })).await;
    assert_eq!(itself.problem(409), "person.self");
    let reset = office.act("/api/people/admin/password-reset", json!({ "reason": null })).await;
    assert_eq!(reset.problem(409), "password.own");

    office.hall.person("second", &ADMINISTRATOR).await;
    let disabled = office.act("/api/people/second/disabling", json!({ "reason": "休假" })).await.ok();
    assert!(disabled["disabled_at"].is_string());
    assert_eq!(own("b").await.problem(409), "administrator.last", "who may not sign in does not count");
    office.act("/api/people/second/enabling", json!({ "reason": null })).await.ok();
    own("c").await.ok();
    assert_eq!(office.hall.get(&office.token, "/api/people").await.problem(403), "access.forbidden");
}

#[tokio::test]
async fn who_administers_one_station_only_manages_nobody() {
    let office = Office::open().await;
    let token = office.hall.person("half", &[("administrator", "ST01")]).await;
    assert_eq!(office.hall.get(&token, "/api/people").await.problem(403), "access.other-station");
    let post = json!({ "role": "administrator", "unit": "bureau" });
    let rise = office.hall.ask("POST", "/api/people/half/posts").bearer(&token).key("k").json(&post).send().await;
    assert_eq!(rise.problem(403), "access.other-station");
    office.act("/api/people/half/disabling", json!({ "reason": "越权" })).await.ok();
}

#[tokio::test]
async fn a_reset_password_serves_once_and_ends_all_sessions() {
    let office = Office::open().await;
    let token = office.hall.person("zhao.qi", &[("cashier", "ST01")]).await;
    for _ in 0..5 {
        office.hall.sign_in("zhao.qi", "wrong").await.problem(401);
    }
    assert!(office.person("zhao.qi").await["locked_until"].is_string());
    let reset = office.act("/api/people/zhao.qi/password-reset", json!({ "reason": null })).await.ok();
    assert_eq!(office.hall.get(&token, "/api/session").await.problem(401), "access.signed-out");
    assert_eq!(office.hall.sign_in("zhao.qi", PASSWORD).await.problem(401), "sign-in.wrong");
    let begun = office.hall.sign_in("zhao.qi", reset["password"].as_str().expect("a password")).await.ok();
    assert_eq!(begun["must_change"], true);
}

#[tokio::test]
async fn a_locked_person_is_let_in_by_an_administrator_before_his_time() {
    let office = Office::open().await;
    office.hall.person("zhao.qi", &[]).await;
    for _ in 0..5 {
        office.hall.sign_in("zhao.qi", "wrong").await.problem(401);
    }
    assert_eq!(office.hall.sign_in("zhao.qi", PASSWORD).await.problem(429), "sign-in.locked");
    let unlocked = office.act("/api/people/zhao.qi/unlocking", json!({ "reason": null })).await.ok();
    assert_eq!(unlocked["locked_until"], json!(null));
    office.hall.sign_in("zhao.qi", PASSWORD).await.ok();
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_and_nobody_elses() {
    let office = Office::open().await;
    let hall = &office.hall;
    let first = hall.person("zhao.qi", &[]).await;
    hall.advance_minutes(1);
    let wish = json!({ "login": "zhao.qi", "password": PASSWORD });
    let second = hall.ask("POST", "/api/session").header("user-agent", "Kiosk/1").json(&wish).send().await.ok();
    let second = second["token"].as_str().expect("a token");
    let sessions = hall.get(&first, "/api/sessions").await.ok();
    let sessions = sessions.as_array().expect("sessions");
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["agent"], &sessions[0]["is_this"]), (&json!("Kiosk/1"), &json!(false)));
    assert_eq!(sessions[1]["is_this"], true);
    let path = format!("/api/sessions/{}", sessions[0]["id"].as_str().expect("an id"));
    let foreign = hall.ask("DELETE", &path).bearer(&office.token).send().await;
    assert_eq!(foreign.problem(404), "session.unknown");
    assert_eq!(hall.ask("DELETE", &path).bearer(&first).send().await.status, 204);
    assert_eq!(hall.get(second, "/api/session").await.problem(401), "access.signed-out");
    hall.get(&first, "/api/session").await.ok();
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_whoever_asks() {
    let office = Office::open().await;
    let hall = &office.hall;
    let first = hall.person("zhao.qi", &[]).await;
    let second = hall.sign_in("zhao.qi", PASSWORD).await.ok()["token"].as_str().expect("a token").to_owned();
    let forged = hall.ask("DELETE", "/api/sessions").cookie(&first).send().await;
    assert_eq!(forged.problem(403), "csrf.refused");
    let ended = hall.ask("DELETE", "/api/sessions").cookie(&first).header("x-gridhall-request", "1").send().await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    for token in [&first, &second] {
        hall.get(token, "/api/session").await.problem(401);
    }
    let third = hall.sign_in("zhao.qi", PASSWORD).await.ok()["token"].as_str().expect("a token").to_owned();
    office.act("/api/people/zhao.qi/sign-out", json!({ "reason": null })).await.ok();
    hall.get(&third, "/api/session").await.problem(401);
}

#[tokio::test]
async fn a_session_from_before_signing_in_is_never_taken_over() {
    let hall = Hall::open().await;
    hall.person("wang.li", &[]).await;
    let earlier = hall.person("zhao.qi", &[]).await;
    let wish = json!({ "login": "wang.li", "password": PASSWORD });
    for planted in ["planted-by-somebody", earlier.as_str()] {
        let answer = hall.ask("POST", "/api/session").cookie(planted).json(&wish).send().await;
        let token = answer.ok()["token"].as_str().expect("a token").to_owned();
        assert_ne!(token, planted);
        assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains(&token)));
        assert_eq!(hall.get(planted, "/api/session").await.problem(401), "access.signed-out");
        assert_eq!(hall.get(&token, "/api/session").await.ok()["login"], "wang.li");
    }
}

#[tokio::test]
async fn a_bureau_without_an_administrator_says_so_and_nothing_else() {
    let hall = Hall::open().await;
    let setup = hall.ask("GET", "/api/setup").send().await.ok();
    assert_eq!(setup, json!({ "has_administrator": false, "command": "gridhall admin create admin" }));
    hall.person("clerk", &[("cashier", "bureau"), ("administrator", "bureau")]).await;
    let setup = hall.ask("GET", "/api/setup").send().await.ok();
    assert_eq!(setup["has_administrator"], true);
}

#[tokio::test]
async fn units_roles_and_people_are_listed_for_who_manages_them() {
    let office = Office::open().await;
    let units = office.hall.get(&office.token, "/api/units").await.ok();
    assert_eq!(units[0], json!({ "code": "bureau", "parent": null }));
    assert_eq!(units[1], json!({ "code": "ST01", "parent": "bureau" }));
    let roles = office.hall.get(&office.token, "/api/roles").await.ok();
    assert!(roles.as_array().expect("roles").iter().any(|role| role["code"] == "cashier"));
    office.hall.person("zhao.qi", &[]).await;
    let first = office.hall.get(&office.token, "/api/people?limit=1").await.ok();
    assert_eq!((&first["items"][0]["login"], &first["next"]), (&json!("admin"), &json!("admin")));
    let found = office.hall.get(&office.token, "/api/people?q=zhao").await.ok();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(office.hall.get(&office.token, "/api/people/nobody").await.problem(404), "person.unknown");
}
