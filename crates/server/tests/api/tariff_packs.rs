//! A price list on its way from a file to the bills.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::hall::{Answer, Hall};

const CODE: &str = "cn-zhejiang/resident";

/// Every act has a key of its own.
static KEYS: AtomicU64 = AtomicU64::new(0);

/// A pack that adds a version to the flat residential tariff of Zhejiang.
fn pack(id: &str, from: &str, price: &str) -> String {
    format!(
        "kind = \"tariff\"\nformat = 1\ncode = \"{CODE}\"\nzh = \"浙江居民\"\nen = \"Zhejiang residential\"\n\
         [[version]]\nid = \"{id}\"\nfrom = {from}\nsource = \"虚构的通知\"\nmark = \"fictional\"\nregisters = [\"total\"]\n\
         [[version.price]]\nvoltage = [\"0.22kV\", \"0.38kV\"]\nenergy = {{ total = \"{price}\" }}\n"
    )
}

struct Desk<'h> {
    hall: &'h Hall,
    uploader: String,
    approver: String,
}

impl Desk<'_> {
    async fn of(hall: &Hall) -> Desk<'_> {
        let uploader = hall.person("lin.mo", &[("administrator", "bureau")]).await;
        let approver = hall.person("he.xun", &[("billing-approver", "bureau")]).await;
        Desk { hall, uploader, approver }
    }

    async fn post(&self, token: &str, path: &str, wish: Value) -> Answer {
        let key = format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed));
        self.hall.ask("POST", &format!("/api/tariff-packs{path}")).bearer(token).key(&key).json(&wish).send().await
    }

    async fn check(&self, text: &str) -> Value {
        let wish = json!({ "text": text });
        self.hall.ask("POST", "/api/tariff-packs/check").bearer(&self.uploader).json(&wish).send().await.ok()
    }

    async fn offer(&self, text: &str, starts_on: &str) -> Answer {
        self.post(&self.uploader, "", json!({ "text": text, "starts_on": starts_on })).await
    }

    /// The first tier's price on a day, as the API tells it.
    async fn price_on(&self, day: &str) -> String {
        let tariff = self.hall.get(&self.uploader, &format!("/api/tariffs/{CODE}?on={day}")).await.ok();
        tariff["content"]["bands"][0]["energy"][0][1].as_str().expect("a price").to_owned()
    }
}

#[tokio::test]
async fn a_pack_holds_from_its_first_day_once_another_person_has_approved_it() {
    let mut hall = Hall::open().await;
    let before = hall.router.clone();
    hall.reopen().await;
    let desk = Desk::of(&hall).await;
    let text = pack("2016-12", "2016-12-01", "0.55");
    let check = desk.check(&text).await;
    assert_eq!(
        (&check["sound"], &check["starts_on"], &check["new_tariff"]),
        (&json!(true), &json!("2016-12-01"), &json!(false))
    );
    let offered = desk.offer(&text, "2016-12-01").await.ok();
    assert_eq!((&offered["pack_no"], &offered["state"]), (&json!(1), &json!("offered")));
    assert_eq!(desk.price_on("2016-12-01").await, "0.538", "not before it is approved");
    let wish = json!({ "digest": offered["digest"] });
    assert_eq!(desk.post(&desk.uploader, "/1/approval", wish.clone()).await.problem(403), "access.forbidden");
    desk.post(&desk.approver, "/1/approval", wish).await.ok();
    assert_eq!(desk.price_on("2016-11-30").await, "0.538");
    assert_eq!(desk.price_on("2016-12-01").await, "0.55");

    // A server that was running all the time prices by it too.
    let (uploader, approver) = (desk.uploader, desk.approver);
    hall.router = before;
    let desk = Desk { hall: &hall, uploader, approver };
    assert_eq!(desk.price_on("2016-12-01").await, "0.55");
    let journal = hall.get(&desk.uploader, "/api/journal?limit=20").await.ok();
    for act in ["tariff.upload", "tariff.approve"] {
        let entries = journal["items"].as_array().expect("entries");
        assert!(entries.iter().any(|entry| entry["act"] == act && entry["subject"] == "tariff-pack:1"), "{act}");
    }
}

#[tokio::test]
async fn nobody_decides_about_his_own_pack_or_about_another_content() {
    let hall = Hall::open().await;
    hall.fill().await;
    let desk = Desk::of(&hall).await;
    let both = hall.person("both", &[("administrator", "bureau"), ("billing-approver", "bureau")]).await;
    let text = pack("2016-12", "2016-12-01", "0.55");
    let wish = json!({ "text": text, "starts_on": "2016-12-01" });
    let offered = desk.post(&both, "", wish).await.ok();
    let own = desk.post(&both, "/1/approval", json!({ "digest": offered["digest"] })).await;
    assert_eq!(own.problem(409), "tariff-pack.own");
    let other = desk.post(&desk.approver, "/1/approval", json!({ "digest": "0".repeat(64) })).await;
    assert_eq!(other.problem(409), "tariff-pack.other-content");
    assert_eq!(desk.offer(&text, "2016-12-01").await.problem(409), "tariff-pack.offered-already");
    let short = json!({ "digest": offered["digest"], "reason": "错" });
    assert_eq!(desk.post(&desk.approver, "/1/refusal", short).await.problem(422), "reason.missing");
    let refusal = json!({ "digest": offered["digest"], "reason": "价格与文件不符" });
    assert_eq!(desk.post(&desk.approver, "/1/refusal", refusal).await.ok()["state"], "refused");
    let late = desk.post(&desk.approver, "/1/approval", json!({ "digest": offered["digest"] })).await;
    assert_eq!(late.problem(409), "tariff-pack.decided");
    assert_eq!(desk.offer(&text, "2016-12-01").await.ok()["pack_no"], 2, "it may be offered again");
    let station = hall.person("station.admin", &[("administrator", "ST01")]).await;
    let answer = desk.post(&station, "", json!({ "text": text, "starts_on": "2016-12-01" })).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
}

#[tokio::test]
async fn every_mistake_of_a_pack_is_told_with_its_line_and_nothing_is_kept() {
    let hall = Hall::open().await;
    let desk = Desk::of(&hall).await;
    let wrong = pack("2016-12", "2016-12-01", "0,55").replace("\"fictional\"", "\"guessed\"");
    let check = desk.check(&wrong).await;
    let lines: Vec<_> = check["problems"].as_array().expect("problems").iter().map(|one| one["line"].clone()).collect();
    assert_eq!((check["sound"].clone(), lines), (json!(false), vec![json!(10), json!(14)]));
    let refused = desk.offer(&wrong, "2016-12-01").await;
    assert_eq!((refused.problem(422).as_str(), &refused.json()["field"]), ("tariff-pack.invalid", &json!("text")));
    let slip = desk.offer(&pack("2016-12", "2016-12-01", "0.55"), "2017-12-01").await;
    assert_eq!((slip.problem(422).as_str(), &slip.json()["field"]), ("tariff-pack.other-start", &json!("starts_on")));
    assert_eq!(desk.check("kind = ").await["sound"], false);
    assert_eq!(hall.get(&desk.uploader, "/api/tariff-packs").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_version_neither_changes_nor_reaches_into_what_is_billed() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let desk = Desk::of(&hall).await;
    let code = |check: Value| check["problems"][0]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(desk.check(&pack("2012-07", "2012-07-01", "0.55")).await), "tariff-pack.version-changed");
    assert_eq!(code(desk.check(&pack("2011-01", "2011-01-01", "0.55")).await), "tariff-pack.not-last");
    assert_eq!(code(desk.check(&pack("2016-08", "2016-08-31", "0.55")).await), "tariff-pack.billed");
    assert_eq!(code(desk.check(&pack("2016-09", "2016-09-01", "0.55")).await), "");
    let billed = desk.offer(&pack("2016-08", "2016-08-31", "0.55"), "2016-08-31").await;
    assert_eq!(billed.problem(409), "tariff-pack.billed");
}

#[tokio::test]
async fn a_pack_holds_from_a_day_that_is_billed_where_two_people_say_so_and_bills_stand_until_they_are_corrected() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let desk = Desk::of(&hall).await;
    let text = pack("2016-08", "2016-08-01", "0.50");
    let wish = json!({ "text": text, "starts_on": "2016-08-01", "backdated": true });
    let offered = desk.post(&desk.uploader, "", wish).await.ok();
    assert_eq!(offered["backdated"], true);
    let no = &offered["pack_no"];
    let approval = json!({ "digest": offered["digest"] });
    desk.post(&desk.approver, &format!("/{no}/approval"), approval).await.ok();
    assert_eq!(desk.price_on("2016-08-31").await, "0.5");
    let bill = hall.get(&desk.approver, "/api/bills/20160800000001").await.ok();
    assert_eq!((&bill["head"]["amount"], &bill["head"]["status"]), (&json!("129.12"), &json!("issued")));
    let later = json!({ "text": pack("2016-09", "2016-09-01", "0.55"), "starts_on": "2016-09-01", "backdated": true });
    let offered = desk.post(&desk.uploader, "", later).await.ok();
    assert_eq!(offered["backdated"], false, "nothing of September is billed");
}

#[tokio::test]
async fn an_approved_pack_is_withdrawn_before_its_first_day_and_never_after() {
    let hall = Hall::open().await;
    let desk = Desk::of(&hall).await;
    for (at, (id, from)) in [("2016-10", "2016-10-01"), ("2016-11", "2016-11-01")].into_iter().enumerate() {
        let offered = desk.offer(&pack(id, from, "0.55"), from).await.ok();
        let path = format!("/{}/approval", at + 1);
        desk.post(&desk.approver, &path, json!({ "digest": offered["digest"] })).await.ok();
    }
    let reason = json!({ "reason": "通知推迟执行" });
    desk.post(&desk.uploader, "/2/withdrawal", reason.clone()).await.ok();
    assert_eq!(desk.price_on("2016-11-01").await, "0.55", "the October version goes on");
    let content = hall.get(&desk.uploader, &format!("/api/tariffs/{CODE}?on=2016-11-01")).await.ok();
    assert_eq!(content["version"]["id"], "2016-10");
    hall.advance_minutes(31 * 24 * 60);
    let renewed = hall.sign_in("lin.mo", crate::hall::PASSWORD).await.ok();
    let token = renewed["token"].as_str().expect("a token");
    assert_eq!(desk.post(token, "/1/withdrawal", reason).await.problem(409), "tariff-pack.started");
}

#[tokio::test]
async fn bills_are_not_posted_by_a_book_that_was_replaced_meanwhile() {
    let hall = Hall::open().await;
    let desk = Desk::of(&hall).await;
    let book = hall.bureau.book().await.expect("the book");
    let tx = hall.house().db.write().await.expect("a transaction");
    hall.bureau.tariffs.hold(&tx, &book).await.expect("it still holds");
    tx.rollback().await.expect("ended");
    let offered = desk.offer(&pack("2016-12", "2016-12-01", "0.55"), "2016-12-01").await.ok();
    desk.post(&desk.approver, "/1/approval", json!({ "digest": offered["digest"] })).await.ok();
    let tx = hall.house().db.write().await.expect("a transaction");
    let error = hall.bureau.tariffs.hold(&tx, &book).await.expect_err("it was replaced");
    assert_eq!(error.refusal().expect("a refusal").code, "tariff.replaced");
}
