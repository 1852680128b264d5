//! What a trial finds improbable about bills, and what comes of what people decide about it.

use business::exception::{self, Act, Decision, Exception, ExceptionQuery, Order, Record, Show, Wish};
use business::review::Decision as Reviewed;
use kernel::Month;
use platform::Result;
use stories::house::{code, date, month, scope};
use stories::{Account, House};

/// The shipped rules with one line replaced.
async fn house_where(line: &str, other: &str) -> House {
    let mut house = House::with("[packs]\ndirectory = \"packs\"\n").await;
    let shipped = include_str!("../../../../packs/billing/rules.toml");
    assert!(shipped.contains(line), "{line}");
    house.ground.write("packs/billing/rules.toml", shipped.replace(line, other));
    house.bureau = house.reopen().await.expect("an open bureau");
    house
}

/// 100 kWh in August, issued; in September, which is not tried yet, 1000: a sudden rise.
async fn rise(house: &House) {
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    house.read("M1001 2016-09-30 total 1100\nM1002 2016-09-30 total 200").await;
}

fn september() -> Month {
    month("2016-09")
}

async fn list(house: &House, show: Option<Show>) -> Vec<Exception> {
    let query = ExceptionQuery {
        cycle: september(),
        scope: scope(None, None),
        doubt: None,
        show,
        order: Order::Weight,
        after: None,
    };
    exception::page(&house.reading_tx().await, &house.operator(), &query, 100).await.expect("a page")
}

/// Supply number, doubts and what was decided about each.
async fn told(house: &House, show: Option<Show>) -> Vec<String> {
    let line = |exception: Exception| {
        let decided = exception.decided.map_or_else(String::new, |decided| {
            let covers = if decided.covers { "" } else { " before" };
            format!(" {}{covers}", decided.decision)
        });
        format!("{} {}{decided}", exception.supply_no, exception.figures.doubts.trim_matches(','))
    };
    list(house, show).await.into_iter().map(line).collect()
}

async fn decide(house: &House, supply_no: &str, act: Act, reason: &str) -> Result<Record> {
    let found = list(house, None).await.into_iter().find(|exception| exception.supply_no == supply_no);
    let seen = found.map_or_else(String::new, |exception| exception.figures.seen());
    let wish = Wish { supply_no: supply_no.into(), act, reason: reason.into(), note: None, seen };
    let tx = house.writing_tx().await;
    let record = exception::decide(&tx, &house.operator(), &house.bureau.house.packs, september(), &wish).await?;
    tx.commit().await?;
    Ok(record)
}

async fn undo(house: &House, record: &Record) -> Result<()> {
    let tx = house.writing_tx().await;
    exception::undo(&tx, &house.operator(), record.id).await?;
    tx.commit().await
}

async fn pass_light(house: &House, below: i64, accounts: i64) -> Result<(u64, bool)> {
    let (tx, scope) = (house.writing_tx().await, scope(None, None));
    let (ctx, packs) = (house.operator(), &house.bureau.house.packs);
    let passed = exception::pass_light(&tx, &ctx, packs, (september(), &scope, below), "small", accounts).await?;
    tx.commit().await?;
    Ok(passed)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_rise_is_no_exception_and_who_did_not_rise_is_one() {
    let house = House::open().await;
    let numbers: Vec<String> = (1..=24).map(|n| format!("10{n:02}")).collect();
    let accounts: Vec<Account> = numbers.iter().map(|no| Account::trade(no)).collect();
    house.connect(&accounts).await;
    let august: Vec<String> = numbers.iter().map(|no| format!("M{no} 2016-08-31 total 100")).collect();
    house.read(&august.join("\n")).await;
    house.issue("2016-08").await;
    house.go_to("2016-10-05");
    let september: Vec<String> = numbers
        .iter()
        .map(|no| {
            let now = match no.as_str() {
                "1003" => 200,
                "1004" => 1700,
                _ => 500,
            };
            format!("M{no} 2016-09-30 total {now}")
        })
        .collect();
    house.read(&september.join("\n")).await;
    let first = house.trial("2016-09").await;
    assert_eq!(first.findings.sorted(), ["1003 swing", "1004 spike", "1004 swing"]);
    assert_eq!(told(&house, None).await, ["1004 spike,swing", "1003 swing"]);
    let text = &list(&house, None).await[1].findings[0].text;
    assert!(text.en.contains("24 peers changed by +300% since: about 387 kWh expected"), "{}", text.en);
    let again = house.trial("2016-09").await;
    assert_eq!((again.tally.computed, again.findings.sorted().len()), (0, 3), "told again, computed once");
    let alone = business::run::RunScope { supply_no: Some("1003".into()), station: Some("S1".into()), book: None };
    let alone = house.trial_as(&house.operator(), "2016-09", &alone).await.expect("a trial");
    assert_eq!(alone.findings.sorted(), ["1003 swing"], "its peers are the same");
    assert_eq!(house.issue("2016-09").await.tally.issued, 24, "as shipped nothing waits");
    assert_eq!(told(&house, None).await, [""; 0]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_left_out_of_issue_until_it_is_taken_back() {
    let house = House::open().await;
    rise(&house).await;
    house.trial("2016-09").await;
    let held = decide(&house, "1001", Act::Hold, "to-clarify").await.expect("held");
    assert_eq!(house.trial("2016-09").await.tally.computed, 0);
    assert_eq!(told(&house, Some(Show::Held)).await, ["1001 spike hold"], "a new trial leaves it");
    let left = house.issue("2016-09").await.tally;
    assert_eq!((left.issued, left.held, left.waiting, left.changed, left.left()), (1, 1, 0, 0, 1));
    undo(&house, &held).await.expect("taken back");
    assert_eq!(code(undo(&house, &held).await), "exception-decision.unknown");
    assert_eq!(told(&house, Some(Show::Open)).await, ["1001 spike"]);
    let passed = decide(&house, "1001", Act::Pass, "confirmed").await.expect("passed");
    assert_eq!(house.issue("2016-09").await.tally.issued, 1);
    assert_eq!(code(undo(&house, &passed).await), "exception.issued");
    assert_eq!(code(decide(&house, "1001", Act::Hold, "to-clarify").await), "exception.unknown");
    let acts = house.acts().await;
    let decisions = acts.iter().filter(|act| act.contains("bill.decide")).count();
    assert_eq!(decisions, 3, "{acts:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_asked_again_when_the_figures_change_and_a_hold_holds_on() {
    let house = House::open().await;
    rise(&house).await;
    house.trial("2016-09").await;
    decide(&house, "1001", Act::Pass, "season").await.expect("passed");
    assert_eq!(told(&house, Some(Show::Decided)).await, ["1001 spike pass"]);
    assert_eq!(code(decide(&house, "1001", Act::Pass, "season").await), "exception.decided");
    house.void("M1001", "2016-09-30").await.expect("voided");
    house.read("M1001 2016-09-30 total 1000").await;
    assert!(list(&house, None).await[0].is_stale, "the draft is of before");
    house.trial("2016-09").await;
    assert_eq!(told(&house, Some(Show::Open)).await, ["1001 spike pass before"]);

    decide(&house, "1001", Act::FieldCheck, "meter").await.expect("to be looked at");
    house.clock.advance(jiff::SignedDuration::from_secs(1));
    house.void("M1001", "2016-09-30").await.expect("voided");
    house.read("M1001 2016-09-30 total 200").await;
    house.trial("2016-09").await;
    assert_eq!(
        told(&house, None).await,
        ["1001 held field-check before"],
        "nothing is found, and it stays on the list"
    );
    assert_eq!(house.issue("2016-09").await.tally.held, 1);
    decide(&house, "1001", Act::Pass, "read-right").await.expect("passed");
    assert_eq!(house.issue("2016-09").await.tally.issued, 1);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bureau_wants_decided_waits_for_it_and_nothing_else_does() {
    let house = house_where("decide_before_issue = []", "decide_before_issue = [\"spike\"]").await;
    rise(&house).await;
    let left = house.issue("2016-09").await.tally;
    assert_eq!((left.issued, left.waiting, left.changed), (1, 1, 0));
    assert_eq!(code(decide(&house, "1001", Act::Pass, "nonsense").await), "exception.reason");
    assert_eq!(code(decide(&house, "1001", Act::Hold, "season").await), "exception.reason");
    assert_eq!(pass_light(&house, i64::MAX, 0).await.expect("none"), (0, false), "not with the light ones");
    decide(&house, "1001", Act::Pass, "use-changed").await.expect("passed");
    assert_eq!(house.issue("2016-09").await.tally.issued, 1);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lightest_are_passed_at_once_when_they_are_as_many_as_was_seen() {
    let house = House::open().await;
    rise(&house).await;
    house.trial("2016-09").await;
    let weight = list(&house, None).await[0].key;
    assert_eq!(pass_light(&house, weight, 0).await.expect("none"), (0, false), "none is lighter");
    assert_eq!(code(pass_light(&house, weight + 1, 2).await), "exception.count");
    assert_eq!(pass_light(&house, weight + 1, 1).await.expect("one"), (1, false));
    assert_eq!(told(&house, None).await, ["1001 spike pass"]);
    let (tx, everything) = (house.reading_tx().await, scope(None, None));
    let packs = &house.bureau.house.packs;
    let progress = exception::progress(&tx, &house.operator(), packs, (september(), &everything), i64::MAX).await;
    let progress = progress.expect("progress");
    assert_eq!((progress.accounts, progress.decided, progress.light, progress.held), (1, 1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_sent_back_or_estimated_from_the_list_and_taken_back_with_it() {
    let house = House::open().await;
    rise(&house).await;
    house.trial("2016-09").await;
    let again = Act::ReRead { due_on: date("2016-10-07"), reader: Some("zhao.qi".into()) };
    let ordered = decide(&house, "1001", again.clone(), "读数突增").await.expect("ordered");
    assert_eq!((ordered.decision, ordered.reviews.len()), (Decision::ReRead, 1));
    assert_eq!(house.trial("2016-09").await.tally.blocked, 1, "its reading is put aside");
    assert_eq!(told(&house, Some(Show::Decided)).await, ["1001 missing re-read"], "it waits for its reading");
    assert_eq!(code(decide(&house, "1001", Act::Pass, "season").await), "exception.blocked");
    undo(&house, &ordered).await.expect("taken back");
    assert_eq!(house.trial("2016-09").await.tally.ready, 2);

    house.clock.advance(jiff::SignedDuration::from_secs(1));
    let estimate = Act::Estimate { rule: None, beyond_limit: false };
    let estimated = decide(&house, "1001", estimate.clone(), "门锁").await.expect("estimated");
    assert_eq!(estimated.decision.word(), Reviewed::Estimate.word());
    house.trial("2016-09").await;
    assert_eq!(told(&house, None).await, ["1001 estimated estimate"]);
    assert_eq!(house.issue("2016-09").await.tally.issued, 2);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_read_is_estimated_from_the_list() {
    let house = House::open().await;
    rise(&house).await;
    house.void("M1002", "2016-09-30").await.expect("voided");
    house.trial("2016-09").await;
    decide(&house, "1002", Act::Estimate { rule: None, beyond_limit: false }, "门锁").await.expect("estimated");
    assert_eq!(house.trial("2016-09").await.tally.blocked, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_on_old_figures_is_refused() {
    let house = House::open().await;
    rise(&house).await;
    house.trial("2016-09").await;
    let wish = Wish {
        supply_no: "1001".into(),
        act: Act::Pass,
        reason: "season".into(),
        note: None,
        seen: "0000000000000000".into(),
    };
    let tx = house.writing_tx().await;
    let refused = exception::decide(&tx, &house.operator(), &house.bureau.house.packs, september(), &wish).await;
    assert_eq!(code(refused), "exception.changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn estimates_in_a_row_are_told_apart_from_one() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    for (cycle, day, state) in
        [("2016-08", "2016-08-31", 100), ("2016-09", "2016-09-30", 200), ("2016-10", "2016-10-31", 300)]
    {
        house.go_to(&format!("{}-05", month(cycle).next()));
        house
            .load("readings", format!("meter_no,read_on,register,value,kind\nM1001,{day},total,{state},estimated\n"))
            .await;
        let found = house.issue(cycle).await.findings.sorted();
        assert!(found.contains(&"1001 estimated".to_owned()), "{found:?}");
        assert_eq!(found.contains(&"1001 estimated-again".to_owned()), cycle == "2016-10", "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn demand_over_the_contract_and_a_new_penalty_are_told() {
    let house = House::open().await;
    let registers = ["sharp", "peak", "flat", "valley", "reactive", "demand"];
    let openings = registers.map(|register| format!("{register} 0")).join(", ");
    let account = Account::new("1001", "sample/industry-two-part").voltage("10kV").capacity("1000");
    house.connect(&[account.meter_times("M1", "2016-07-31", 100, &openings)]).await;
    house.agreements("1001,2012-03-01,contract,1000,800,low,0.325,").await.wholly();
    let states = ["10", "120", "150", "120", "600", "9"];
    let read: Vec<String> =
        registers.iter().zip(states).map(|(register, state)| format!("M1 2016-08-31 {register} {state}")).collect();
    house.read(&read.join("\n")).await;
    let found = house.trial("2016-08").await.findings.sorted();
    assert_eq!(found, ["1001 category-use", "1001 demand-excess", "1001 power-factor"]);
}
