//! The end of a day: tills counted and closed, channels and the bank compared, the day sealed.

use business::closing::{self, Counted, Tally, TillView};
use business::difference::{self, Difference, DifferenceFilter, DifferenceState, Settlement};
use business::payment::{self, InFull, Method, Wish};
use business::transit::{self, LineFilter};
use business::{arrears, ledger, recovery, till};
use kernel::{Actor, Money};
use platform::context::Rights;
use platform::{Ctx, Result, Scope};
use stories::house::{code, date};
use stories::{Account, House};

const CASHIER: [&str; 4] = ["payment.take", "payment.reverse", "payment.read", "till.close"];
const CHIEF: [&str; 9] = [
    "till.reopen",
    "closing.read",
    "closing.close",
    "closing.settle",
    "statement.import",
    "statement.match",
    "ledger.read",
    "arrears.read",
    "payment.import",
];

fn yuan(text: &str) -> Money {
    Money::parse_yuan(text).expect("an amount")
}

fn person(house: &House, login: &str, rights: &[&str]) -> Ctx {
    let granted = rights.iter().map(|right| ((*right).to_owned(), Scope::Bureau)).collect();
    house.bureau.house.ctx(Actor::person(login), Rights::Granted(granted))
}

fn li(house: &House) -> Ctx {
    person(house, "li", &CASHIER)
}

fn chief(house: &House) -> Ctx {
    person(house, "chief", &CHIEF)
}

/// Ten accounts that owe 80.00 each, from 1001 on.
async fn ten_debts() -> House {
    let house = House::open().await;
    let accounts: Vec<Account> = (1001..1011).map(|number| Account::trade(&number.to_string())).collect();
    house.connect(&accounts).await;
    let readings: Vec<String> = (1001..1011).map(|number| format!("M{number} 2016-08-31 total 100")).collect();
    house.read(&readings.join("\n")).await;
    house.issue("2016-08").await;
    house
}

/// The account pays all that it owes.
async fn pay(house: &House, ctx: &Ctx, supply_no: &str, method: Method) -> Result<InFull> {
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let numbers = vec![supply_no.to_owned()];
    let quote = payment::quote(&tx, ctx, packs, &numbers).await?;
    let needs_paper = matches!(method, Method::Cheque | Method::Voucher | Method::Transfer | Method::Pos);
    let wish = Wish {
        supply_nos: numbers,
        digest: quote.digest.clone(),
        amount: quote.total(),
        method,
        tendered: (method == Method::Cash).then(|| quote.total()),
        bank: needs_paper.then(|| "工行".to_owned()),
        instrument: needs_paper.then(|| format!("N{supply_no}")),
        prepay_to: None,
        despite_debit: None,
    };
    let taken = payment::take(&tx, ctx, packs, wish).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn own(house: &House, ctx: &Ctx) -> TillView {
    let tx = house.reading_tx().await;
    closing::own_till(&tx, ctx).await.expect("a till").1.expect("an open till")
}

async fn count(house: &House, ctx: &Ctx, cash: &str, papers: &[(&str, i64, &str)]) -> Result<TillView> {
    let id = own(house, ctx).await.till.id;
    let tx = house.writing_tx().await;
    let papers = papers
        .iter()
        .map(|(method, count, amount)| ((*method).to_owned(), Tally { count: *count, amount: yuan(amount) }));
    let counted = Counted { cash: yuan(cash), papers: papers.collect(), ..Counted::default() };
    let found = closing::count(&tx, ctx, id, counted).await?;
    tx.commit().await?;
    Ok(found)
}

async fn close_till(house: &House, ctx: &Ctx, handed: &str) -> Result<TillView> {
    let id = own(house, ctx).await.till.id;
    let tx = house.writing_tx().await;
    let found = closing::close_till(&tx, ctx, id, Some("S100234"), yuan(handed)).await?;
    tx.commit().await?;
    Ok(found)
}

async fn close_day(house: &House, day: &str) -> Result<ledger::ClosedDay> {
    let tx = house.writing_tx().await;
    let closed = closing::close_day(&tx, &chief(house), &house.bureau.house.packs, date(day), None).await?;
    tx.commit().await?;
    Ok(closed)
}

async fn open_differences(house: &House) -> Vec<Difference> {
    let filter = DifferenceFilter { only_open: true, ..DifferenceFilter::default() };
    difference::list(&house.reading_tx().await, &chief(house), &filter, None, 100).await.expect("differences")
}

async fn shown(house: &House) -> Vec<String> {
    let mut shown: Vec<String> = open_differences(house)
        .await
        .iter()
        .map(|d| {
            format!(
                "{} {} {} {}",
                d.kind,
                d.reference.clone().or(d.method.clone()).unwrap_or_default(),
                d.amount(),
                d.owner
            )
        })
        .collect();
    shown.sort();
    shown
}

async fn account(house: &House, code: &str) -> Money {
    let (tx, day) = (house.reading_tx().await, date("2016-12-31"));
    let sums = ledger::sums_of(&tx, day, day).await.expect("sums");
    assert_eq!(sums.iter().map(ledger::AccountSum::closing).sum::<Money>(), Money::ZERO);
    sums.iter().find(|sum| sum.account == code).map_or(Money::ZERO, ledger::AccountSum::closing)
}

const PAYMENTS: &str = "reference,supply_no,paid_at,amount,method,channel";
const CHANNEL: &str = "channel,reference,paid_at,amount,kind";
const BANK: &str = "account,value_date,amount,reference,text";

async fn import(house: &House, kind: &str, header: &str, rows: &[&str]) -> stories::Loaded {
    house.load(kind, format!("{header}\n{}\n", rows.join("\n"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_every_kind_of_money_closes_with_its_differences_and_arrives_at_the_bank() {
    let house = ten_debts().await;
    let li = li(&house);
    for (supply_no, method) in [
        ("1001", Method::Cash),
        ("1002", Method::Cash),
        ("1003", Method::Cash),
        ("1004", Method::Pos),
        ("1005", Method::Transfer),
    ] {
        pay(&house, &li, supply_no, method).await.expect("taken");
    }
    let rows = [
        "W1,1006,2016-09-05T09:00:00,80,wechat,wechat",
        "W2,1007,2016-09-05T09:10:00,80,wechat,wechat",
        "W3,1008,2016-09-05T09:20:00,80,wechat,wechat",
    ];
    import(&house, "payments", PAYMENTS, &rows).await.wholly();
    // Ten yuan short of 240.
    let counted = count(&house, &li, "230", &[("pos", 1, "80")]).await.expect("counted");
    assert!(counted.standing_count().is_some());
    assert_eq!(code(close_till(&house, &li, "240").await), "till.hand-over");
    close_till(&house, &li, "230").await.expect("closed");
    assert_eq!(shown(&house).await, ["till cash -10.00 li"]);
    assert_eq!(account(&house, "till-difference").await, yuan("10"));
    assert_eq!(account(&house, "money:cash").await, Money::ZERO);
    assert_eq!(code(pay(&house, &li, "1009", Method::Cash).await), "till.closed");

    // The channel knows W1, W2 with another amount, not W3, and W4, which we do not.
    let rows =
        ["wechat,W1,2016-09-05T09:00:00,80,", "wechat,W2,2016-09-05T09:10:00,79,", "wechat,W4,2016-09-05T09:30:00,55,"];
    import(&house, "channel-statement", CHANNEL, &rows).await.wholly();
    let closed = close_day(&house, "2016-09-05").await.expect("closed");
    assert_eq!(
        shown(&house).await,
        [
            "channel-amount W2 -1.00 chief",
            "channel-missing-here W4 55.00 chief",
            "channel-missing-there W3 -80.00 chief",
            "till cash -10.00 li",
        ]
    );
    assert!(closed.document.contains("till-difference"));
    assert_eq!(account(&house, "money:in-transit").await, yuan("630"));

    // The bank credits the cash by its slip and the card by its amount; the transfer is missing.
    house.go_to("2016-09-06");
    let rows =
        ["6222,2016-09-06,230,B1,现金缴款 S100234", "6222,2016-09-06,240,B2,财付通", "6222,2016-09-06,99,B3,不明"];
    import(&house, "bank-statement", BANK, &rows).await.wholly();
    assert_eq!(account(&house, "money:collection").await, yuan("470"));
    house.go_to("2016-09-10");
    close_day(&house, "2016-09-06").await.expect("closed");
    close_day(&house, "2016-09-09").await.expect("closed");
    let now = shown(&house).await;
    assert!(now.contains(&"bank-unknown B3 99.00 chief".to_owned()), "{now:?}");
    assert!(now.contains(&"bank-missing N1005 -80.00 chief".to_owned()), "{now:?}");
    // It comes after all, and is no difference any more.
    import(&house, "bank-statement", BANK, &["6222,2016-09-10,80,B4,N1005 转账"]).await.wholly();
    let tx = house.writing_tx().await;
    difference::compare(&tx, &chief(&house), &house.bureau.house.packs, date("2016-09-09"), None)
        .await
        .expect("compared");
    tx.commit().await.expect("committed");
    let now = shown(&house).await;
    assert!(!now.iter().any(|line| line.contains("N1005")), "{now:?}");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_hidden_until_a_count_is_on_record_and_a_later_payment_voids_it() {
    let house = ten_debts().await;
    let li = li(&house);
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    assert!(own(&house, &li).await.standing_count().is_none());
    assert_eq!(code(close_till(&house, &li, "80").await), "till.not-counted");
    count(&house, &li, "80", &[]).await.expect("counted");
    pay(&house, &li, "1002", Method::Cash).await.expect("taken");
    assert_eq!(code(close_till(&house, &li, "80").await), "till.count-stale");
    count(&house, &li, "160", &[]).await.expect("counted");
    let closed = close_till(&house, &li, "160").await.expect("closed");
    assert_eq!(closed.counts.len(), 2);
    assert!(open_differences(&house).await.is_empty());
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_is_no_customers_money_and_stays_in_the_till() {
    let house = ten_debts().await;
    let li = li(&house);
    let tx = house.writing_tx().await;
    till::open(&tx, &li, yuan("200")).await.expect("open");
    tx.commit().await.expect("committed");
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    let tx = house.writing_tx().await;
    assert_eq!(code(till::open(&tx, &li, yuan("300")).await), "till.opened");
    drop(tx);
    count(&house, &li, "190", &[]).await.expect("counted");
    assert_eq!(code(close_till(&house, &li, "0").await), "till.change-short");
    count(&house, &li, "285", &[]).await.expect("counted");
    close_till(&house, &li, "85").await.expect("closed");
    // Five yuan over.
    assert_eq!(account(&house, "till-difference").await, -yuan("5"));
    assert_eq!(account(&house, "money:in-transit").await, yuan("85"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_reopens_a_till_with_reason_and_what_its_close_wrote_is_taken_back() {
    let house = ten_debts().await;
    let li = li(&house);
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    count(&house, &li, "70", &[]).await.expect("counted");
    let id = close_till(&house, &li, "70").await.expect("closed").till.id;
    let tx = house.writing_tx().await;
    assert_eq!(code(closing::reopen_till(&tx, &li, id, "点错").await), "access.forbidden");
    assert_eq!(code(closing::reopen_till(&tx, &chief(&house), id, " ").await), "reason.empty");
    closing::reopen_till(&tx, &chief(&house), id, "点错").await.expect("open");
    tx.commit().await.expect("committed");
    assert!(open_differences(&house).await.is_empty());
    assert_eq!(
        (account(&house, "money:cash").await, account(&house, "till-difference").await),
        (yuan("80"), Money::ZERO)
    );
    pay(&house, &li, "1002", Method::Cash).await.expect("taken");
    count(&house, &li, "160", &[]).await.expect("counted");
    close_till(&house, &li, "160").await.expect("closed");
    assert_eq!(account(&house, "money:in-transit").await, yuan("160"));
    close_day(&house, "2016-09-05").await.expect("closed");
    let tx = house.writing_tx().await;
    assert_eq!(code(closing::reopen_till(&tx, &chief(&house), id, "晚了").await), "day.closed");
    drop(tx);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_owns_a_difference_does_not_settle_it_and_its_end_stands_in_the_books() {
    let house = ten_debts().await;
    let li = li(&house);
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    count(&house, &li, "70", &[]).await.expect("counted");
    close_till(&house, &li, "70").await.expect("closed");
    let id = open_differences(&house).await[0].id;
    let both = person(&house, "li", &["till.close", "closing.settle", "closing.read"]);
    let tx = house.writing_tx().await;
    assert_eq!(code(difference::settle(&tx, &both, id, Settlement::WrittenOff, None, "小额").await), "difference.own");
    assert_eq!(code(difference::settle(&tx, &li, id, Settlement::WrittenOff, None, "小额").await), "access.forbidden");
    let other = person(&house, "wang", &CASHIER);
    assert_eq!(code(difference::explain(&tx, &other, id, "不是我").await), "access.forbidden");
    assert_eq!(code(difference::explain(&tx, &li, id, &"长".repeat(501)).await), "field.long");
    let explained = difference::explain(&tx, &li, id, "找零多付").await.expect("explained");
    assert_eq!(explained.state, DifferenceState::Explained);
    let no_slip = difference::settle(&tx, &chief(&house), id, Settlement::PaidIn, None, "补缴").await;
    assert_eq!(code(no_slip), "till.slip");
    drop(tx);
    let tx = house.writing_tx().await;
    difference::settle(&tx, &chief(&house), id, Settlement::PaidIn, Some("S2"), "补缴").await.expect("settled");
    assert_eq!(
        code(difference::settle(&tx, &chief(&house), id, Settlement::PaidIn, Some("S3"), "再来").await),
        "difference.ended"
    );
    tx.commit().await.expect("committed");
    assert_eq!(account(&house, "till-difference").await, Money::ZERO);
    assert_eq!(account(&house, "money:in-transit").await, yuan("80"));
    let own_view =
        difference::list(&house.reading_tx().await, &li, &DifferenceFilter::default(), None, 10).await.expect("own");
    assert_eq!(own_view.len(), 1);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_not_closed_while_a_till_is_open_nor_before_its_turn_nor_before_it_comes() {
    let house = ten_debts().await;
    let li = li(&house);
    close_day(&house, "2016-09-04").await.expect("the first close takes all before with it");
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    assert_eq!(code(close_day(&house, "2016-09-05").await), "day.till-open");
    assert_eq!(code(close_day(&house, "2016-09-06").await), "day.future");
    count(&house, &li, "80", &[]).await.expect("counted");
    close_till(&house, &li, "80").await.expect("closed");
    house.go_to("2016-09-07");
    assert_eq!(code(close_day(&house, "2016-09-07").await), "day.order");
    close_day(&house, "2016-09-05").await.expect("closed");
    close_day(&house, "2016-09-07").await.expect("a day without entries needs no close of its own");
    assert_eq!(code(close_day(&house, "2016-09-06").await), "day.closed");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_posted_into_a_closed_day_by_any_act_and_the_evening_goes_into_the_next() {
    let house = ten_debts().await;
    let li = li(&house);
    let first = pay(&house, &li, "1001", Method::Cash).await.expect("taken").payment;
    count(&house, &li, "80", &[]).await.expect("counted");
    close_till(&house, &li, "80").await.expect("closed");
    close_day(&house, "2016-09-05").await.expect("closed");
    let lines = "SELECT COUNT(*) FROM ledger_line WHERE entry_on <= '2016-09-05'";
    let before = house.count(lines).await;
    // The same evening: a payment over the counter, one of a channel, a bill cancelled, issued, an opening.
    let evening = pay(&house, &li, "1002", Method::Cash).await.expect("taken").payment;
    assert_eq!((evening.booked_on, own(&house, &li).await.till.day), (date("2016-09-06"), date("2016-09-06")));
    import(&house, "payments", PAYMENTS, &["W1,1003,2016-09-05T09:50:00,80,wechat,wechat"]).await.wholly();
    let bill = house.bill("1004", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    house.issue("2016-08").await;
    house.connect(&[Account::trade("1099")]).await;
    house.openings("1099,2016-07-31,0,-30").await.wholly();
    import(&house, "bank-statement", BANK, &["6222,2016-09-05,80,B1,S100234"]).await.wholly();
    assert_eq!(house.count(lines).await, before);
    assert_eq!(first.booked_on, date("2016-09-05"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_and_the_close_of_its_till_at_once_end_with_the_payment_in_or_refused() {
    for _ in 0..8 {
        let house = ten_debts().await;
        let li = li(&house);
        pay(&house, &li, "1001", Method::Cash).await.expect("taken");
        count(&house, &li, "80", &[]).await.expect("counted");
        let (taken, closed) = tokio::join!(pay(&house, &li, "1002", Method::Cash), close_till(&house, &li, "80"));
        match (taken, closed) {
            (Ok(_), closed) => assert_eq!(code(closed), "till.count-stale"),
            (taken, Ok(_)) => assert_eq!(code(taken), "till.closed"),
            both => panic!("{both:?}"),
        }
        house.prove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_and_the_close_of_the_day_at_once_lose_nothing() {
    for _ in 0..8 {
        let house = ten_debts().await;
        let rows: Vec<String> =
            (1001..1011).map(|n| format!("W{n},{n},2016-09-05T09:00:00,80,wechat,wechat")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let (loaded, closed) =
            tokio::join!(import(&house, "payments", PAYMENTS, &rows), close_day(&house, "2016-09-05"));
        closed.expect("closed");
        assert_eq!(loaded.wholly().summary.loaded, 10);
        assert_eq!(house.count("SELECT COUNT(*) FROM payment").await, 10);
        house.prove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_reports_a_payment_twice_is_told_and_a_repeated_file_is_not() {
    let house = ten_debts().await;
    import(&house, "payments", PAYMENTS, &["W1,1001,2016-09-05T09:00:00,80,wechat,wechat"]).await.wholly();
    let row = "wechat,W1,2016-09-05T09:00:00,80,";
    assert_eq!(import(&house, "channel-statement", CHANNEL, &[row]).await.counts(), [1, 0, 0, 0]);
    assert_eq!(import(&house, "channel-statement", CHANNEL, &[row]).await.counts(), [0, 1, 0, 0]);
    let other = import(&house, "channel-statement", CHANNEL, &["wechat,W1,2016-09-05T09:00:00,81,"]).await;
    assert_eq!(other.report(), ["2 amount conflict"]);
    close_day(&house, "2016-09-05").await.expect("closed");
    assert!(open_differences(&house).await.is_empty());
    let twice = ["alipay,A1,2016-09-05T09:00:00,80,", "alipay,A1,2016-09-05T09:00:00,80,"];
    import(&house, "payments", PAYMENTS, &["A1,1002,2016-09-05T09:00:00,80,alipay,alipay"]).await.wholly();
    assert_eq!(import(&house, "channel-statement", CHANNEL, &twice).await.report(), ["3 reference statement.twice"]);
    house.go_to("2016-09-06");
    close_day(&house, "2016-09-06").await.expect("closed");
    assert_eq!(shown(&house).await, ["channel-twice A1 80.00 chief"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_the_bank_are_matched_by_hand_with_reason_and_parted_again() {
    let house = ten_debts().await;
    let li = li(&house);
    let wang = person(&house, "wang", &CASHIER);
    for (cashier, supply_no) in [(&li, "1001"), (&wang, "1002")] {
        pay(&house, cashier, supply_no, Method::Cash).await.expect("taken");
        count(&house, cashier, "80", &[]).await.expect("counted");
        close_till(&house, cashier, "80").await.expect("closed");
    }
    // Two equal sums with one slip: nothing is beyond doubt.
    import(&house, "bank-statement", BANK, &["6222,2016-09-05,160,B1,合并缴款"]).await.wholly();
    let (tx, chief) = (house.writing_tx().await, chief(&house));
    let open = LineFilter { only_open: true, ..LineFilter::default() };
    let line = transit::lines(&tx, &chief, &open, None, 10).await.expect("lines")[0].id;
    let deposits: Vec<_> =
        transit::deposits(&tx, &chief, true, None, 10).await.expect("deposits").iter().map(|d| d.id).collect();
    assert_eq!(code(transit::match_by_hand(&tx, &chief, line, deposits[..1].to_vec(), "合并").await), "match.sum");
    assert_eq!(code(transit::match_by_hand(&tx, &chief, line, deposits.clone(), "").await), "reason.empty");
    transit::match_by_hand(&tx, &chief, line, deposits.clone(), "合并").await.expect("matched");
    assert_eq!(code(transit::match_by_hand(&tx, &chief, line, deposits.clone(), "合并").await), "line.matched");
    transit::unmatch(&tx, &chief, line, "勾错").await.expect("parted");
    assert_eq!(code(transit::unmatch(&tx, &chief, line, "勾错").await), "line.not-matched");
    transit::match_by_hand(&tx, &chief, line, deposits, "合并").await.expect("matched again");
    tx.commit().await.expect("committed");
    assert_eq!(account(&house, "money:collection").await, yuan("160"));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_day_that_somebody_reached_into_is_found() {
    let house = ten_debts().await;
    close_day(&house, "2016-09-05").await.expect("closed");
    house.prove().await;
    house.tamper("UPDATE closed_day SET document = REPLACE(document, '800', '900')", Vec::new()).await;
    let differences = house.verify().await;
    assert!(differences.iter().any(|line| line.starts_with("closed day 2016-09-05: ")), "{differences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn arrears_are_told_by_account_and_age_and_recovery_by_month_and_station() {
    let house = ten_debts().await;
    let li = li(&house);
    pay(&house, &li, "1001", Method::Cash).await.expect("taken");
    house.go_to("2016-10-05");
    let (tx, chief, packs) = (house.reading_tx().await, chief(&house), &house.bureau.house.packs);
    let all = arrears::Filter::default();
    let first = arrears::debtors(&tx, &chief, packs, &all, arrears::Order::Amount, None, 4).await.expect("debtors");
    let numbers: Vec<&str> = first.iter().map(|debtor| debtor.supply_no.as_str()).collect();
    assert_eq!(numbers, ["1002", "1003", "1004", "1005"]);
    let after = arrears::Cursor { key: "8000".into(), tie: "1005".into() };
    let rest =
        arrears::debtors(&tx, &chief, packs, &all, arrears::Order::Amount, Some(&after), 10).await.expect("debtors");
    assert_eq!((rest.len(), rest[0].supply_no.as_str()), (5, "1006"));
    let by_age = arrears::debtors(&tx, &chief, packs, &all, arrears::Order::Age, None, 10).await.expect("debtors");
    assert_eq!((by_age.len(), by_age[0].age.map(|age| age.number)), (9, Some(0)));
    let ages = arrears::ages(&tx, &chief, packs, &all).await.expect("ages");
    let shown: Vec<String> = ages.iter().map(|sum| format!("{} {} {}", sum.accounts, sum.bills, sum.amount)).collect();
    assert_eq!(shown, ["9 9 720.00", "0 0 0.00", "0 0 0.00", "0 0 0.00"]);
    let older = arrears::Filter { age: Some(1), ..all.clone() };
    assert!(
        arrears::debtors(&tx, &chief, packs, &older, arrears::Order::Age, None, 10).await.expect("none").is_empty()
    );
    assert_eq!(arrears::open_bills(&tx, &chief, &all, None, 100).await.expect("bills").len(), 9);

    let months = ("2016-08".parse().expect("a month"), "2016-08".parse().expect("a month"));
    let by_month =
        recovery::recovery(&tx, &chief, months, date("2016-10-05"), recovery::RecoveryBy::Month).await.expect("rows");
    assert_eq!((by_month[0].issued, by_month[0].received), (yuan("800"), yuan("80")));
    let before =
        recovery::recovery(&tx, &chief, months, date("2016-09-04"), recovery::RecoveryBy::Station).await.expect("rows");
    assert!(before.is_empty());
    let stretch = recovery::Stretch { from: date("2016-09-01"), to: date("2016-09-30") };
    for by in recovery::By::ALL {
        let total = recovery::report(&tx, &chief, stretch, *by).await.expect("a report").total();
        assert_eq!((total.issued, total.received, total.money()), (yuan("800"), yuan("80"), yuan("80")), "{by}");
    }
    let lines =
        recovery::report_lines(&tx, &chief, stretch, recovery::By::Day, "2016-09-05", None, 100).await.expect("lines");
    assert_eq!(lines.len(), 11);
    let s2 = house
        .bureau
        .house
        .ctx(Actor::person("head"), Rights::Granted(vec![("arrears.read".into(), Scope::Stations(vec!["S2".into()]))]));
    assert!(arrears::debtors(&tx, &s2, packs, &all, arrears::Order::Age, None, 10).await.expect("none").is_empty());
    let other = arrears::Filter { station: Some("S1".into()), ..all };
    assert_eq!(
        code(arrears::debtors(&tx, &s2, packs, &other, arrears::Order::Age, None, 10).await),
        "access.other-station"
    );
}
