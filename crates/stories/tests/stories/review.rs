//! Readings that people look at before they are billed, and what comes of what they decide.

use business::metering::Count;
use business::reading::ReadingKind;
use business::review::{self, Asked, Decided, Told, Wish};
use kernel::Register;
use platform::Result;
use stories::house::{code, date};
use stories::{Account, House};

/// The shipped rules, but that sudden rises wait for a decision.
async fn house_that_holds() -> House {
    let mut house = House::with("[packs]\ndirectory = \"packs\"\n").await;
    let shipped = include_str!("../../../../packs/billing/rules.toml");
    let holding = shipped.replace("hold_until_decided = []", "hold_until_decided = [\"spike\", \"rollover\"]");
    assert_ne!(shipped, holding);
    house.ground.write("packs/billing/rules.toml", holding);
    house.bureau = house.reopen().await.expect("an open bureau");
    house
}

/// 60 kWh in July, 1000 in August: a sudden rise.
async fn rise(house: &House) {
    house.connect(&[Account::new("1001", "sample/farming").meter("M1", "2016-06-30", "total 0")]).await;
    house.read("M1 2016-07-31 total 60").await;
    house.issue("2016-07").await;
    assert_eq!(house.read("M1 2016-08-31 total 1060").await.report(), ["2 value spike"]);
}

async fn decide(house: &House, wish: &Wish) -> Result<Vec<Decided>> {
    let asked = [Asked { meter_no: "M1".into(), register: Register::Total, on: date("2016-08-31") }];
    let tx = house.writing_tx().await;
    let packs = &house.bureau.house.packs;
    let decided = review::decide(&tx, &house.operator(), packs, &asked, wish, Some("现场核对")).await?;
    tx.commit().await?;
    Ok(decided)
}

fn estimate() -> Wish {
    Wish::Estimate { rule: None, beyond_limit: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_the_bureau_holds_back_is_billed_when_somebody_has_decided() {
    let house = house_that_holds().await;
    rise(&house).await;
    let trial = house.trial("2016-08").await;
    assert_eq!((trial.tally.ready, trial.tally.blocked), (0, 1));
    assert_eq!(trial.findings.sorted(), ["1001 undecided"]);
    let left = house.issue("2016-08").await.tally;
    assert_eq!((left.issued, left.undecided, left.left()), (0, 1, 1));

    let decided = decide(&house, &Wish::Accept).await.expect("accepted");
    assert_eq!(house.trial("2016-08").await.tally.ready, 1, "the draft is computed again");
    let tx = house.writing_tx().await;
    review::undo(&tx, &house.operator(), decided[0].id, "看错").await.expect("taken back");
    tx.commit().await.expect("committed");
    assert_eq!(house.trial("2016-08").await.tally.blocked, 1);

    house.clock.advance(jiff::SignedDuration::from_secs(1));
    decide(&house, &Wish::Accept).await.expect("accepted again");
    assert_eq!(house.issue("2016-08").await.tally.issued, 1);
    assert_eq!(house.bills_of("1001").await[1].split(' ').nth(1), Some("1000"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_shipped_a_doubt_is_shown_and_billed_all_the_same() {
    let house = House::open().await;
    rise(&house).await;
    let issued = house.issue("2016-08").await;
    assert_eq!((issued.tally.issued, issued.findings.sorted()), (1, vec!["1001 spike".to_owned()]));
    assert_eq!(code(decide(&house, &estimate()).await), "reading.billed");
    decide(&house, &Wish::Accept).await.expect("looked at afterwards");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_reading_is_what_is_billed_and_the_wrong_one_is_kept() {
    let house = house_that_holds().await;
    rise(&house).await;
    let right = Told { value: Count::from_thousandths(160_000), kind: ReadingKind::Actual };
    decide(&house, &Wish::Correct(vec![right])).await.expect("corrected");
    assert_eq!(house.issue("2016-08").await.findings.sorted(), Vec::<String>::new());
    assert_eq!(house.bills_of("1001").await[1].split(' ').nth(1), Some("100"));
    assert_eq!(house.count("SELECT COUNT(*) FROM reading_voided WHERE value = 1060000").await, 1);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimated_reading_stays_estimated_on_the_bill() {
    let house = House::open().await;
    rise(&house).await;
    let decided = decide(&house, &estimate()).await.expect("estimated");
    // 60 kWh in 31 days of July make 60 in 31 of August.
    assert_eq!(decided[0].after.map(|told| told.value), Some(Count::from_thousandths(120_000)));
    assert_eq!(house.issue("2016-08").await.findings.sorted(), ["1001 estimated"]);
    let bill = house.bill("1001", "2016-08").await;
    let tx = house.reading_tx().await;
    let (document, _) = business::bill::document_of(&tx, &bill).await.expect("a document");
    assert_eq!(document.reads[0].to.kind.word(), "estimated");
    drop(tx);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_decide_at_once_do_not_decide_twice() {
    let house = House::open().await;
    rise(&house).await;
    let (wish, other) = (Wish::Accept, estimate());
    let both = tokio::join!(decide(&house, &wish), decide(&house, &wish), decide(&house, &other));
    let codes: Vec<_> = [both.0, both.1, both.2]
        .into_iter()
        .map(|done| {
            done.map(|decided| decided[0].decision.word())
                .unwrap_or_else(|error| error.refusal().map_or("fault", |refusal| refusal.code))
        })
        .collect();
    assert!(!codes.contains(&"fault"), "{codes:?}");
    assert!(codes.iter().filter(|code| **code == "accept").count() <= 1, "{codes:?}");
    assert!(codes.contains(&"estimate"), "{codes:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM reading WHERE value = 120000").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_done_when_a_file_brings_the_reading() {
    let house = House::open().await;
    rise(&house).await;
    let order = Wish::ReRead { due_on: date("2016-09-08"), reader: Some("赵七".into()) };
    decide(&house, &order).await.expect("ordered");
    let orders = async |open| {
        let tx = house.reading_tx().await;
        let nil = kernel::id::Uuid::nil();
        let filter = review::Filter::default();
        review::orders(&tx, &house.operator(), &filter, Some(open), ("", nil), 10).await.expect("orders").len()
    };
    assert_eq!((orders(true).await, orders(false).await), (1, 0));
    assert_eq!(house.trial("2016-08").await.findings.sorted(), ["1001 missing"]);
    house.read("M1 2016-08-31 total 130").await;
    assert_eq!((orders(true).await, orders(false).await), (0, 1));
    assert_eq!(house.issue("2016-08").await.tally.issued, 1);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn books_come_by_file_like_everything_else() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    let header = "book,station,name,reading_day,cycle,reader";
    let good = format!("{header}\nB1,S1,一段,15,monthly,赵七\nB2,S1,二段,last,odd,\n");
    assert_eq!(house.load("books", &good).await.summary.loaded, 2);
    assert_eq!(house.load("books", &good).await.report(), ["2  unchanged", "3  unchanged"]);
    let bad = format!(
        "{header}\nB1,S1,一段,16,monthly,赵七\nB3,ST99,三段,1,monthly,\nB4,S1,四段,29,monthly,\n\
         B5,S1,五段,1,yearly,\nB6,S1,,1,even,\n,S1,六段,1,even,\n"
    );
    let expected = [
        "2 reading_day conflict",
        "3 station station.unknown",
        "4 reading_day reading-day.invalid",
        "5 cycle word.unknown",
        "6 name field.empty",
        "7 book field.empty",
    ];
    assert_eq!(house.load("books", &bad).await.report(), expected);
}
