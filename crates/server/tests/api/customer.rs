use serde_json::{Value, json};

use crate::hall::Hall;

const POINT: &str = "/api/usage-points/0000000001";
const BILL: &str = "/api/bills/20160800000001";

/// A bureau with one bill, and its billing officer.
async fn billed() -> (Hall, String) {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.issue_august().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    (hall, token)
}

async fn part(hall: &Hall, token: &str, part: &str) -> Value {
    hall.get(token, &format!("{POINT}/{part}")).await.ok()
}

#[tokio::test]
async fn the_top_of_the_page_tells_who_it_is_what_is_owed_and_what_came_last() {
    let (hall, token) = billed().await;
    let summary = part(&hall, &token, "summary").await;
    let shown = ["name", "phone", "address", "station", "tariff"].map(|field| summary[field].clone());
    let expected =
        ["张**", "138****1234", "扬中市三茅镇翠竹路***", "ST01", "cn-zhejiang/resident"].map(|text| json!(text));
    assert_eq!(shown, expected);
    let balance =
        json!({ "owed": "129.12", "prepaid": "0.00", "overdue": "0.00", "overdue_since": null, "open_items": 1 });
    assert_eq!(summary["balance"], balance);
    assert_eq!(
        (&summary["last_bill"]["bill_no"], &summary["last_bill"]["open"]),
        (&json!("20160800000001"), &json!("129.12"))
    );
    assert_eq!(summary["last_reading"]["read_on"], "2016-08-31");
    assert_eq!((&summary["meters"], &summary["siblings"]), (&json!(1), &json!(0)));
    hall.advance_minutes(60 * 24 * 20);
    let token = hall.person("li.na", &[("billing-officer", "bureau")]).await;
    let late = part(&hall, &token, "summary").await;
    assert_eq!(
        (&late["balance"]["overdue"], &late["balance"]["overdue_since"]),
        (&json!("129.12"), &json!("2016-09-16"))
    );
}

/// One for the guard and one for the answer: a bureau's morning is thousands of these.
#[tokio::test]
async fn each_part_of_a_page_is_asked_in_one_statement() {
    let (hall, token) = billed().await;
    for part in ["", "/summary", "/network", "/meters", "/siblings"] {
        let path = format!("{POINT}{part}");
        let asked = hall.statements(async { hall.get(&token, &path).await.ok() }).await;
        assert!((1..=2).contains(&asked), "{part}: {asked} statements");
    }
    let officer = hall.person("zhang.wei", &[("cashier", "bureau")]).await;
    let mandates = "/api/mandates?supply_no=0000000001&state=live&limit=1";
    let asked = hall.statements(async { hall.get(&officer, mandates).await.ok() }).await;
    assert!((1..=2).contains(&asked), "{asked} statements");
    let banks = hall.statements(async { hall.get(&officer, "/api/debit-banks").await.ok() }).await;
    assert!(banks <= 1, "{banks} statements");
}

#[tokio::test]
async fn the_top_tells_the_last_bill_that_stands_and_the_last_reading_of_any_meter() {
    let (hall, token) = billed().await;
    hall.read("M0000000001,2016-09-01,total,250,customer").await;
    let summary = part(&hall, &token, "summary").await;
    let reading = json!({ "meter_no": "M0000000001", "read_on": "2016-09-01", "kind": "customer" });
    assert_eq!(summary["last_reading"], reading);
    assert_eq!(
        (&summary["last_bill"]["period_from"], &summary["last_bill"]["period_to"], &summary["last_bill"]["kwh"]),
        (&json!("2016-08-01"), &json!("2016-08-31"), &json!("240"))
    );
    let cancel = hall.ask("POST", &format!("{BILL}/cancellation")).bearer(&token).key("k1");
    cancel.json(&json!({ "reason": "抄错表" })).send().await.ok();
    let summary = part(&hall, &token, "summary").await;
    assert_eq!(summary["last_bill"], json!(null));
    assert_eq!((&summary["balance"]["owed"], &summary["balance"]["open_items"]), (&json!("0.00"), &json!(0)));
}

#[tokio::test]
async fn who_was_never_billed_nor_read_has_a_page_all_the_same() {
    let hall = Hall::open().await;
    hall.fill().await;
    let token = hall.person("wang.li", &[("billing-officer", "bureau")]).await;
    let summary = part(&hall, &token, "summary").await;
    assert_eq!((&summary["last_bill"], &summary["last_reading"]), (&json!(null), &json!(null)));
    let nothing =
        json!({ "owed": "0.00", "prepaid": "0.00", "overdue": "0.00", "overdue_since": null, "open_items": 0 });
    assert_eq!((&summary["balance"], &summary["meters"]), (&nothing, &json!(1)));
}

#[tokio::test]
async fn what_somebody_has_no_right_to_is_left_out_of_the_page() {
    let (hall, _) = billed().await;
    let approver = hall.person("zhao.qi", &[("billing-approver", "bureau")]).await;
    let summary = part(&hall, &approver, "summary").await;
    assert_eq!((&summary["balance"], &summary["last_bill"]["open"]), (&json!(null), &json!(null)));
    assert_eq!(summary["last_bill"]["amount"], "129.12");
    let cashier = hall.person("zhang.wei", &[("cashier", "bureau")]).await;
    assert_eq!(part(&hall, &cashier, "summary").await["balance"]["owed"], "129.12");
    assert_eq!(hall.get(&cashier, &format!("{POINT}/journal")).await.problem(403), "access.forbidden");
    let elsewhere = hall.person("li.na", &[("station-head", "ST02")]).await;
    for part in ["summary", "network", "siblings", "usage", "bill-months", "journal"] {
        assert_eq!(hall.get(&elsewhere, &format!("{POINT}/{part}")).await.problem(404), "supply-no.unknown", "{part}");
    }
    assert_eq!(hall.get(&elsewhere, &format!("{BILL}/comparison")).await.problem(404), "bill.unknown");
}

#[tokio::test]
async fn the_way_of_the_power_leads_from_the_substation_to_the_meter() {
    let (hall, token) = billed().await;
    let network = part(&hall, &token, "network").await;
    let way = ["substation", "feeder", "area_code", "area_capacity_kva"].map(|field| network[field].clone());
    assert_eq!(way, [json!("城东变"), json!("翠竹线"), json!("TQ01"), json!("400")]);
    assert_eq!(network["meters"][0]["meter_no"], "M0000000001");
}

#[tokio::test]
async fn other_usage_points_of_a_customer_are_shown_within_ones_stations() {
    let hall = Hall::open().await;
    hall.fill().await;
    hall.load_customers_of(
        "0000000011,C1,连锁店,02,401,,扬中市三茅镇一路1号,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n\
         0000000012,C1,连锁店,02,401,,扬中市三茅镇二路2号,ST02,TQ02,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n",
    )
    .await;
    let everywhere = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let one = hall.person("li.na", &[("cashier", "ST01")]).await;
    let path = "/api/usage-points/0000000011/siblings";
    let siblings = hall.get(&everywhere, path).await.ok();
    assert_eq!(
        (&siblings[0]["supply_no"], &siblings[0]["address"]),
        (&json!("0000000012"), &json!("扬中市三茅镇二路***"))
    );
    assert_eq!(hall.get(&one, path).await.ok(), json!([]));
    let summary = "/api/usage-points/0000000011/summary";
    let counted = [hall.get(&everywhere, summary).await.ok(), hall.get(&one, summary).await.ok()];
    assert_eq!(counted.map(|summary| summary["siblings"].clone()), [json!(1), json!(0)]);
}

#[tokio::test]
async fn use_between_readings_is_a_days_average_with_estimates_marked() {
    let hall = Hall::open().await;
    hall.fill_and_read().await;
    hall.read("M0000000001,2016-08-15,total,120.5,estimated").await;
    let token = hall.person("wang.li", &[("cashier", "bureau")]).await;
    let spans = part(&hall, &token, "usage").await;
    let told = |at: usize| {
        ["from", "to", "kwh", "kwh_per_day", "kind"].map(|field| spans[at][field].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(told(0), ["2016-08-01", "2016-08-15", "120", "8", "estimated"]);
    assert_eq!(told(1), ["2016-08-16", "2016-08-31", "120", "7.5", "actual"]);
    assert_eq!([&spans[0]["estimated"], &spans[1]["estimated"]], [&json!(true), &json!(true)]);
    let wrong = hall.get(&token, &format!("{POINT}/usage?months=0")).await;
    assert_eq!(wrong.problem(422), "months.range");
}

#[tokio::test]
async fn bills_stand_by_month_and_cancelled_ones_are_seen_but_not_counted() {
    let (hall, token) = billed().await;
    let months = part(&hall, &token, "bill-months").await;
    assert_eq!(months.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&months[0]["cycle"], &months[0]["kwh"], &months[0]["amount"]),
        (&json!("2016-08"), &json!("240"), &json!("129.12"))
    );
    let cancel = hall.ask("POST", &format!("{BILL}/cancellation")).bearer(&token).key("k1");
    cancel.json(&json!({ "reason": "抄错表" })).send().await.ok();
    let months = part(&hall, &token, "bill-months").await;
    let states: Vec<_> = months[0]["bills"].as_array().expect("bills").iter().map(|bill| &bill["status"]).collect();
    assert_eq!(states, ["cancelled", "reversal"]);
    assert_eq!((&months[0]["kwh"], &months[0]["amount"]), (&json!("0"), &json!("0.00")));
}

#[tokio::test]
async fn the_account_has_its_own_journal_without_personal_data() {
    let (hall, token) = billed().await;
    let act = |path: String, key: &'static str| {
        hall.ask("POST", &path).bearer(&token).key(key).json(&json!({ "reason": "核对用户来电身份" })).send()
    };
    act(format!("{POINT}/unmasking"), "k1").await.ok();
    act(format!("{BILL}/cancellation"), "k2").await.ok();
    act("/api/meters/M0000000001/readings/2016-08-31/total/voiding".into(), "k3").await.ok();
    act("/api/usage-points/0000000002/unmasking".into(), "k4").await.ok();
    let journal = part(&hall, &token, "journal").await;
    let acts: Vec<_> = journal["items"].as_array().expect("entries").iter().map(|entry| &entry["act"]).collect();
    assert_eq!(acts, ["reading.void", "bill.cancel", "usage-point.unmask"]);
    assert!(
        journal["items"][1]["facts"]
            .as_array()
            .is_some_and(|facts| facts.contains(&json!({ "name": "amount", "value": "129.12" })))
    );
    assert!(!journal.to_string().contains("张三丰") && !journal.to_string().contains("13812341234"));
    let first = part(&hall, &token, "journal?limit=1").await;
    let second =
        part(&hall, &token, &format!("journal?limit=1&before={}", first["next"].as_str().expect("more"))).await;
    assert_eq!(second["items"][0]["act"], "bill.cancel");
}

#[tokio::test]
async fn a_bill_is_compared_with_the_one_before_it_in_steps_that_add_up() {
    let (hall, _) = billed().await;
    hall.advance_minutes(60 * 24 * 35);
    hall.read("M0000000001,2016-09-30,total,790.5,actual").await;
    hall.issue("2016-09").await;
    let token = hall.person("li.na", &[("billing-officer", "bureau")]).await;
    let first = hall.get(&token, &format!("{BILL}/comparison")).await.ok();
    assert_eq!((&first["with"], &first["steps"], &first["difference"]), (&json!(null), &json!([]), &json!("0.00")));
    let second = hall.get(&token, "/api/bills/20160900000001/comparison").await.ok();
    assert_eq!(second["with"]["bill_no"], "20160800000001");
    let fen = |text: &Value| text.as_str().map_or(0, |text| text.replace('.', "").parse::<i64>().expect("yuan"));
    let steps = second["steps"].as_array().expect("steps");
    let causes: Vec<_> = steps.iter().map(|step| &step["cause"]).collect();
    assert_eq!(causes, ["days", "use"]);
    let sum: i64 = steps.iter().map(|step| fen(&step["amount"])).sum();
    assert_eq!(sum, fen(&second["bill"]["amount"]) - fen(&second["with"]["amount"]));
    assert_eq!(sum, fen(&second["difference"]));
    assert!(steps[0]["text"]["zh"].as_str().is_some_and(|text| text.contains("31 天变为 30 天")), "{steps:?}");
    let back = hall.get(&token, &format!("{BILL}/comparison?with=20160900000001")).await.ok();
    assert_eq!(fen(&back["difference"]), -sum);
    let unknown = hall.get(&token, &format!("{BILL}/comparison?with=20160800000009")).await;
    assert_eq!(unknown.problem(404), "bill.unknown");
}
