//! Bank debit: mandates, batches, what banks answer, and what is in flight meanwhile.

use business::debit::{self, BatchState, LineState, Plan, Summary, Wish};
use business::difference::{self, DifferenceFilter};
use business::mandate;
use business::payment::{self, InFull, Method};
use business::reversal::{self, Reversed};
use kernel::{Actor, Money};
use platform::context::Rights;
use platform::{Ctx, Result, Scope};
use stories::house::{code, date};
use stories::{Account, House};

const MANDATES: &str = "supply_no,bank,holder,account_no,agreement_no,since,until";
const RESULTS: &str = "line_no,amount,result_code,result_text,debited_at,bank";
const ALL: [&str; 8] = [
    "mandate.read",
    "mandate.keep",
    "debit.read",
    "debit.make",
    "debit.download",
    "debit.import",
    "debit.give-up",
    "closing.read",
];

fn yuan(text: &str) -> Money {
    text.parse().expect("yuan")
}

fn chief(house: &House) -> Ctx {
    chief_at(house, &Scope::Bureau)
}

fn chief_at(house: &House, scope: &Scope) -> Ctx {
    let granted = ALL.iter().map(|right| ((*right).to_owned(), scope.clone())).collect();
    house.bureau.house.ctx(Actor::person("chief"), Rights::Granted(granted))
}

/// Accounts 1001 to 1004, of which three have a mandate at one bank and 1004 at another; each owes 80.00 for
/// August, due on 2016-09-20.
async fn owing() -> House {
    let house = House::open().await;
    let numbers = ["1001", "1002", "1003", "1004"];
    let accounts: Vec<Account> = numbers.iter().map(|number| Account::trade(number)).collect();
    house.connect(&accounts).await;
    let readings: Vec<String> = numbers.iter().map(|number| format!("M{number} 2016-08-31 total 100")).collect();
    house.read(&readings.join("\n")).await;
    house.issue("2016-08").await;
    house
        .load(
            "mandates",
            format!(
                "{MANDATES}\n1001,icbc,张三,6222000000001001,A1001,2016-09-01,\n1002,icbc,\"李四, 家电\",6222000000001002,A1002,2016-09-01,\n\
                 1003,icbc,王五,6222000000001003,A1003,2016-09-01,\n1004,abc,赵六,6228000000001004,A1004,2016-09-01,\n"
            ),
        )
        .await
        .wholly();
    house
}

fn wish(bank: &str, collect_on: &str) -> Wish {
    Wish { bank: bank.into(), station: None, book: None, due_until: date("2016-09-20"), collect_on: date(collect_on) }
}

async fn plan(house: &House, bank: &str, collect_on: &str) -> Plan {
    let tx = house.reading_tx().await;
    debit::plan(&tx, &chief(house), &house.bureau.house.packs, wish(bank, collect_on)).await.expect("a plan")
}

async fn make(house: &House, bank: &str, collect_on: &str) -> Summary {
    let digest = plan(house, bank, collect_on).await.digest;
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let made = debit::make(&tx, &chief(house), packs, wish(bank, collect_on), &digest).await.expect("a batch");
    tx.commit().await.expect("committed");
    made
}

async fn send(house: &House, batch_no: &str) -> Result<Summary> {
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let sent = debit::send(&tx, &chief(house), packs, batch_no, None).await?;
    tx.commit().await?;
    Ok(sent)
}

async fn sent(house: &House, bank: &str, collect_on: &str) -> Summary {
    let made = make(house, bank, collect_on).await;
    send(house, &made.batch.batch_no).await.expect("sent")
}

async fn file(house: &House, batch_no: &str) -> String {
    let tx = house.reading_tx().await;
    debit::file_of(&tx, &chief(house), batch_no).await.expect("a file").1
}

async fn withdraw(house: &House, batch_no: &str, lines: Option<Vec<String>>) -> Result<Summary> {
    let tx = house.writing_tx().await;
    let summary = debit::withdraw(&tx, &chief(house), batch_no, lines, "客户到柜台缴费").await?;
    tx.commit().await?;
    Ok(summary)
}

async fn give_up(house: &House, batch_no: &str) -> Result<Summary> {
    let tx = house.writing_tx().await;
    let summary = debit::give_up(&tx, &chief(house), batch_no, "银行确认未处理").await?;
    tx.commit().await?;
    Ok(summary)
}

async fn state(house: &House, batch_no: &str) -> BatchState {
    let tx = house.reading_tx().await;
    debit::find(&tx, &chief(house), batch_no).await.expect("a batch").batch.state
}

/// `1001 collected 80.00`, in order of number.
async fn lines(house: &House, batch_no: &str) -> Vec<String> {
    let tx = house.reading_tx().await;
    let lines = debit::lines(&tx, &chief(house), batch_no, None, None, "", 200).await.expect("lines");
    let shown = |line: &debit::Line| {
        let taken = line.answer.as_ref().map_or_else(|| "-".to_owned(), |answer| answer.amount.to_string());
        format!("{} {} {taken}", line.supply_no, line.state)
    };
    lines.iter().map(shown).collect()
}

async fn results(house: &House, rows: &str) -> Vec<String> {
    house.load("debit-results", format!("{RESULTS}\n{rows}\n")).await.report()
}

async fn pay(house: &House, supply_no: &str, amount: &str, despite_debit: Option<&str>) -> Result<InFull> {
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let ctx = house.bureau.house.ctx(Actor::person("li.na"), Rights::All);
    let supply_nos = vec![supply_no.to_owned()];
    let quote = payment::quote(&tx, &ctx, packs, &supply_nos).await?;
    let wish = payment::Wish {
        amount: yuan(amount),
        digest: quote.digest,
        method: Method::Cash,
        tendered: None,
        bank: None,
        instrument: None,
        prepay_to: None,
        despite_debit: despite_debit.map(str::to_owned),
        supply_nos,
    };
    let taken = payment::take(&tx, &ctx, packs, wish).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn differences(house: &House) -> Vec<String> {
    let filter = DifferenceFilter { only_open: true, ..DifferenceFilter::default() };
    let tx = house.reading_tx().await;
    let found = difference::list(&tx, &chief(house), &filter, None, 100).await.expect("differences");
    found.iter().map(|found| format!("{} {}", found.kind, found.amount())).collect()
}

/// The number of a line of a batch.
fn line(batch: &Summary, no: usize) -> String {
    format!("{}{no:06}", batch.batch.batch_no)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_mandates_is_loaded_known_or_refused_by_name() {
    let house = owing().await;
    let row = "1001,icbc,张三,6222000000001001,A1001,2016-09-01,";
    let table = [
        (row, "2  unchanged"),
        ("1001,icbc,张三丰,6222000000001001,A1001,2016-09-01,", "2 holder conflict"),
        ("1001,icbc,张三,6222000000009999,A1001,2016-09-01,", "2 account_no conflict"),
        ("1002,icbc,张三,6222000000001001,A1001,2016-09-01,", "2 supply_no conflict"),
        ("1001,icbc,张三,6222000000001001,A1001,2016-09-02,", "2 since conflict"),
        ("1001,icbc,张三,6222000000001001,A1001,2016-09-01,2017-01-01", "2 until conflict"),
        ("1001,abc,张三,6222000000001001,B1,2016-10-01,", "2 since mandate.live"),
        ("9999,icbc,张三,6222000000001001,B1,2016-09-01,", "2 supply_no supply-no.unknown"),
        ("1001,nowhere,张三,6222000000001001,B1,2016-09-01,", "2 bank bank.unknown"),
        ("1001,icbc,,6222000000001001,B1,2016-09-01,", "2 holder field.empty"),
        ("1001,icbc,张三,6222-0001,B1,2016-09-01,", "2 account_no mandate.account"),
        ("1001,icbc,张三,6222000000001001,B 1,2016-09-01,", "2 agreement_no code.invalid"),
        ("1001,icbc,张三,6222000000001001,B1,2016-09-31,", "2 since date.invalid"),
        ("1001,icbc,张三,6222000000001001,B1,2016-09-02,2016-09-01", "2 until mandate.until"),
    ];
    for (row, expected) in table {
        assert_eq!(house.load("mandates", format!("{MANDATES}\n{row}\n")).await.report(), [expected], "{row}");
    }
    let twice = "1001,abc,张三,6228000000001001,C1,2015-01-01,2015-12-31\n1001,abc,张三,6228000000001001,C2,2015-06-01,2015-12-31";
    assert_eq!(house.load("mandates", format!("{MANDATES}\n{twice}\n")).await.report(), ["3 since mandate.live"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_seen_before_it_is_made_and_its_file_is_always_the_same() {
    let house = owing().await;
    let seen = plan(&house, "icbc", "2016-09-15").await;
    assert_eq!((seen.lines.len(), seen.amount(), seen.left_out.len()), (3, yuan("240"), 0));
    let made = make(&house, "icbc", "2016-09-15").await;
    assert_eq!(made.batch.batch_no, "201609050001");
    let tx = house.reading_tx().await;
    assert_eq!(code(debit::file_of(&tx, &chief(&house), "201609050001").await), "debit.not-sent");
    drop(tx);
    send(&house, "201609050001").await.expect("sent");
    let text = file(&house, "201609050001").await;
    let expected = "H,201609050001,icbc,2016-09-15,3,240.00\r\n\
                    D,201609050001000001,6222000000001001,张三,80.00,1001,2016-08\r\n\
                    D,201609050001000002,6222000000001002,\"李四, 家电\",80.00,1002,2016-08\r\n\
                    D,201609050001000003,6222000000001003,王五,80.00,1003,2016-08\r\n";
    assert_eq!(text, expected);
    send(&house, "201609050001").await.expect("sent already");
    results(&house, "201609050001000001,80.00,00,,2016-09-05T09:59:00+08:00,icbc").await;
    give_up(&house, "201609050001").await.expect("given up");
    assert_eq!(file(&house, "201609050001").await, text);
    let again = plan(&house, "icbc", "2016-09-15").await;
    assert_eq!(again.lines.len(), 2, "what was given up is free again");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_another_batch_than_he_saw_and_no_debt_is_in_two() {
    let house = owing().await;
    let digest = plan(&house, "icbc", "2016-09-15").await.digest;
    pay(&house, "1001", "30", None).await.expect("taken");
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let late = debit::make(&tx, &chief(&house), packs, wish("icbc", "2016-09-15"), &digest).await;
    assert_eq!(code(late), "debit.changed");
    tx.rollback().await.expect("nothing");
    let made = make(&house, "icbc", "2016-09-15").await;
    let second = plan(&house, "icbc", "2016-09-15").await;
    assert_eq!((second.lines.len(), second.left_out.len()), (0, 3));
    assert_eq!(second.left_out[0].detail.as_deref(), Some(line(&made, 1).as_str()));
    let tx = house.writing_tx().await;
    let empty = debit::make(&tx, &chief(&house), packs, wish("icbc", "2016-09-15"), &second.digest).await;
    assert_eq!(code(empty), "debit.nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_answers_is_booked_once() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-15").await;
    house.go_to("2016-09-16");
    let (first, second, third) = (line(&batch, 1), line(&batch, 2), line(&batch, 3));
    let rows = format!(
        "{first},80.00,00,成功,2016-09-15T03:00:00+08:00,icbc\n{second},0,01,余额不足,,icbc\n{third},50.00,02,部分,2016-09-15T03:00:00+08:00,icbc"
    );
    assert_eq!(results(&house, &rows).await, ["4 line_no debit.partly"]);
    let no = &batch.batch.batch_no;
    assert_eq!(lines(&house, no).await, ["1001 collected 80.00", "1002 failed 0.00", "1003 collected 50.00"]);
    assert_eq!(state(&house, no).await, BatchState::Answered);
    assert_eq!(results(&house, &rows).await, ["2  unchanged", "3  unchanged", "4  unchanged"]);
    for (account, balance) in [("1001", "owes 0.00"), ("1002", "owes 80.00"), ("1003", "owes 30.00")] {
        assert_eq!(house.balance(account).await, format!("{balance}, ahead 0.00"));
    }
    let other = format!(
        "{first},80.00,01,,,\n{second},80.00,00,,2016-09-15T03:00:00+08:00,\n{third},51.00,02,,2016-09-15T03:00:00+08:00,"
    );
    let conflicts = ["2 result_code conflict", "3 result_code conflict", "4 amount conflict"];
    assert_eq!(results(&house, &other).await, conflicts);
    assert_eq!(house.count("SELECT COUNT(*) FROM payment WHERE method = 'bank-debit' AND channel = 'icbc'").await, 2);
    let again = plan(&house, "icbc", "2016-09-16").await;
    let again: Vec<String> = again.lines.iter().map(|line| format!("{} {}", line.supply_no, line.amount)).collect();
    assert_eq!(again, ["1002 80.00", "1003 30.00"]);
    assert!(differences(&house).await.is_empty());
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_that_cannot_be_is_refused_by_name_and_the_others_are_booked() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-15").await;
    let made = make(&house, "abc", "2016-09-15").await;
    let first = line(&batch, 1);
    let at = "2016-09-05T09:00:00+08:00";
    let table = [
        (format!("{first},79.99,00,,{at},icbc"), "2 amount debit.amount"),
        (format!("{first},80.01,00,,{at},icbc"), "2 amount debit.amount"),
        (format!("{first},abc,00,,{at},icbc"), "2 amount number.invalid"),
        (format!("{first},80.00,77,,{at},icbc"), "2 result_code debit.code-unknown"),
        (format!("{first},80.00,,,{at},icbc"), "2 result_code field.empty"),
        (format!("{first},80.00,00,,,icbc"), "2 debited_at field.empty"),
        (format!("{first},80.00,00,,2016-09-04T09:00:00+08:00,icbc"), "2 debited_at debit.early"),
        (format!("{first},80.00,00,,2016-09-06T09:00:00+08:00,icbc"), "2 debited_at date.future"),
        (format!("{first},80.00,00,,yesterday,icbc"), "2 debited_at instant.invalid"),
        (format!("{first},80.00,00,,{at},abc"), "2 bank debit.other-bank"),
        (format!("201609050001000009,80.00,00,,{at},icbc"), "2 line_no debit-line.unknown"),
        (format!("{},80.00,00,,{at},abc", line(&made, 1)), "2 line_no debit.not-sent"),
    ];
    for (row, expected) in &table {
        assert_eq!(results(&house, row).await, [*expected], "{row}");
    }
    assert_eq!(lines(&house, &batch.batch.batch_no).await[0], "1001 waiting -");
    let sound = format!("{},79.99,00,,{at},\n{first},80.00,00,,{at},\n{first},80.00,00,,{at},", line(&batch, 2));
    assert_eq!(results(&house, &sound).await, ["2 amount debit.amount", "4  unchanged"]);
    assert_eq!(state(&house, &batch.batch.batch_no).await, BatchState::Partly);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_not_taken_for_a_debt_in_flight_unless_somebody_says_why_and_then_the_banks_is_paid_ahead() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-15").await;
    assert_eq!(code(pay(&house, "1001", "80", None).await), "payment.in-flight");
    assert_eq!(code(pay(&house, "1001", "80", Some(" ")).await), "reason.empty");
    pay(&house, "1004", "80", None).await.expect("another bank has no batch");
    let taken = pay(&house, "1001", "80", Some("客户坚持当面交清")).await.expect("taken");
    assert_eq!(taken.payment.reason.as_deref(), Some("客户坚持当面交清"));
    let row = format!("{},80.00,00,,2016-09-05T10:00:00+08:00,icbc", line(&batch, 1));
    assert_eq!(results(&house, &row).await, ["2 line_no debit.not-owed"]);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 80.00");
    assert_eq!(differences(&house).await, ["debit-unexpected 80.00"]);
    let channel = "reference,supply_no,paid_at,amount,method\nW1,1002,2016-09-05T09:00:00+08:00,80.00,wechat\n";
    assert_eq!(house.load("payments", channel).await.report(), ["2 supply_no payment.in-flight"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_can_be_withdrawn_and_what_is_paid_meanwhile_is_not_sent() {
    let house = owing().await;
    let made = make(&house, "icbc", "2016-09-15").await;
    let no = made.batch.batch_no.clone();
    withdraw(&house, &no, Some(vec![line(&made, 1)])).await.expect("withdrawn");
    assert_eq!(code(withdraw(&house, &no, Some(vec![line(&made, 1)])).await), "debit-line.not-waiting");
    pay(&house, "1001", "80", None).await.expect("free again");
    pay(&house, "1002", "80", Some("客户已在柜台")).await.expect("taken");
    let sent = send(&house, &no).await.expect("sent");
    assert_eq!(sent.batch.state, BatchState::Sent);
    assert_eq!(lines(&house, &no).await, ["1001 withdrawn -", "1002 withdrawn -", "1003 waiting -"]);
    assert!(file(&house, &no).await.starts_with("H,201609050001,icbc,2016-09-15,1,80.00\r\nD,201609050001000003,"));
    assert_eq!(code(withdraw(&house, &no, None).await), "debit.sent");
    let late = format!("{},80.00,00,,2016-09-05T10:00:00+08:00,", line(&made, 1));
    assert_eq!(results(&house, &late).await, ["2 line_no debit.not-sent"]);

    let other = make(&house, "abc", "2016-09-15").await.batch.batch_no;
    assert_eq!(code(give_up(&house, &other).await), "debit.not-awaited");
    assert_eq!(withdraw(&house, &other, None).await.expect("withdrawn").batch.state, BatchState::Withdrawn);
    assert_eq!(code(send(&house, &other).await), "debit.sent");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_a_batch_was_given_up_is_booked_and_stands_as_a_difference() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-15").await;
    let no = batch.batch.batch_no.clone();
    give_up(&house, &no).await.expect("given up");
    assert_eq!(code(give_up(&house, &no).await), "debit.not-awaited");
    pay(&house, "1001", "80", None).await.expect("free again");
    let second = sent(&house, "icbc", "2016-09-15").await;
    assert_eq!(lines(&house, &second.batch.batch_no).await, ["1002 waiting -", "1003 waiting -"]);
    let at = "2016-09-05T10:00:00+08:00";
    let rows = format!(
        "{},80.00,00,,{at},\n{},80.00,00,,{at},\n{},0,01,,,",
        line(&batch, 1),
        line(&batch, 2),
        line(&batch, 3)
    );
    assert_eq!(results(&house, &rows).await, ["2 line_no debit.late-answer", "3 line_no debit.late-answer"]);
    assert_eq!(results(&house, &rows).await, ["2  unchanged", "3  unchanged", "4  unchanged"]);
    assert_eq!(state(&house, &no).await, BatchState::GivenUp);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 80.00");
    assert_eq!(house.balance("1002").await, "owes 0.00, ahead 0.00");
    // The second batch collects the same bill again: that money is paid ahead too.
    let again = format!("{},80.00,00,,{at},", line(&second, 1));
    assert_eq!(results(&house, &again).await, ["2 line_no debit.not-owed"]);
    assert_eq!(house.balance("1002").await, "owes 0.00, ahead 80.00");
    assert_eq!(differences(&house).await.len(), 3);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_takes_the_late_charge_of_its_day_and_the_banks_delay_costs_the_customer_nothing() {
    let house = owing().await;
    house.go_to("2016-09-28");
    let batch = sent(&house, "icbc", "2016-09-30").await;
    // 10 days of 80.00 at 1‰, and the least charge of a bill is 1.00.
    assert_eq!(batch.tallies[0].amount, yuan("243.00"));
    house.go_to("2016-10-20");
    let row = format!("{},81.00,00,,2016-10-19T10:00:00+08:00,", line(&batch, 1));
    assert_eq!(results(&house, &row).await, Vec::<String>::new());
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    let open = plan(&house, "icbc", "2016-10-20").await;
    assert!(open.lines.iter().all(|line| line.supply_no != "1001"), "nothing is left of it");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_the_bank_refuses_for_good_waits_for_a_new_mandate() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-15").await;
    results(&house, &format!("{},0,04,账户已销户,,icbc", line(&batch, 1))).await;
    let next = plan(&house, "icbc", "2016-09-15").await;
    assert_eq!(
        next.left_out.iter().map(|left| left.why.word()).collect::<Vec<_>>(),
        ["refused", "in-flight", "in-flight"]
    );
    let ctx = chief(&house);
    let tx = house.writing_tx().await;
    let filter = mandate::Filter { supply_no: Some("1001".into()), ..mandate::Filter::default() };
    let old = mandate::page(&tx, &ctx, &filter, None, 10).await.expect("mandates").remove(0);
    let terms =
        mandate::Terms { agreement_no: "B1001".into(), account_no: "6222999900001111".into(), ..old.terms.clone() };
    let packs = &house.bureau.house.packs;
    assert_eq!(code(mandate::sign(&tx, &ctx, packs, "1001", terms.clone()).await), "mandate.live");
    mandate::end(&tx, &ctx, old.id, "换卡").await.expect("ended");
    assert_eq!(code(mandate::end(&tx, &ctx, old.id, "换卡").await), "mandate.ended");
    assert_eq!(code(mandate::sign(&tx, &ctx, packs, "1001", old.terms.clone()).await), "mandate.agreement-used");
    let terms = mandate::Terms { since: date("2016-09-05"), ..terms };
    mandate::sign(&tx, &ctx, packs, "1001", terms).await.expect("signed");
    tx.commit().await.expect("committed");
    let next = plan(&house, "icbc", "2016-09-15").await;
    assert_eq!(next.lines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_collects_from_its_own_accounts_and_sees_no_batch_of_others() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("2001").station("S2")]).await;
    house.read("M1001 2016-08-31 total 100\nM2001 2016-08-31 total 100").await;
    house.issue("2016-08").await;
    let rows = "1001,icbc,张三,6222000000001001,A1,2016-09-01,\n2001,icbc,张三,6222000000002001,A2,2016-09-01,";
    let scope = |station: &str| Scope::Stations(vec![station.to_owned()]);
    let (one, two) = (chief_at(&house, &scope("S1")), chief_at(&house, &scope("S2")));
    let text = format!("{MANDATES}\n{rows}\n");
    let loaded = house.load_as(&one, "mandates", &text, Default::default()).await.expect("loaded");
    assert_eq!(loaded.report(), ["3 supply_no access.other-station"]);
    house.load("mandates", &text).await.wholly();
    let (tx, packs) = (house.writing_tx().await, &house.bureau.house.packs);
    let plan = debit::plan(&tx, &one, packs, wish("icbc", "2016-09-15")).await.expect("a plan");
    assert_eq!(plan.lines.iter().map(|line| line.supply_no.as_str()).collect::<Vec<_>>(), ["1001"]);
    let made = debit::make(&tx, &one, packs, wish("icbc", "2016-09-15"), &plan.digest).await.expect("a batch");
    assert_eq!(made.batch.wish.station.as_deref(), Some("S1"));
    assert_eq!(code(debit::find(&tx, &two, &made.batch.batch_no).await), "access.other-station");
    assert!(debit::page(&tx, &two, &debit::Filter::default(), None, 10).await.expect("a page").is_empty());
    let both = chief_at(&house, &Scope::Stations(vec!["S1".into(), "S2".into()]));
    assert_eq!(code(debit::plan(&tx, &both, packs, wish("icbc", "2016-09-15")).await), "debit.station");
    let nobody = house.bureau.house.ctx(Actor::person("li.na"), Rights::Granted(Vec::new()));
    assert_eq!(code(debit::plan(&tx, &nobody, packs, wish("icbc", "2016-09-15")).await), "access.forbidden");
}

/// The next number of a small generator, so that a failure can be repeated.
fn dice(state: &mut u64, sides: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % sides
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_bank_answers_the_money_it_took_is_in_payments_and_nowhere_else() {
    let house = owing().await;
    let mut state = 7;
    for round in 0..6 {
        let seen = plan(&house, "icbc", "2016-09-15").await;
        if seen.lines.is_empty() {
            break;
        }
        let batch = sent(&house, "icbc", "2016-09-15").await;
        let no = batch.batch.batch_no.clone();
        if dice(&mut state, 3) == 0 {
            give_up(&house, &no).await.expect("given up");
        }
        let asked = seen.lines.len() + 1;
        let mut rows = Vec::new();
        for _ in 0..12 {
            let line_no = line(&batch, 1 + usize::try_from(dice(&mut state, asked as u64)).expect("small"));
            let result = ["00", "01", "02", "04", "77"][usize::try_from(dice(&mut state, 5)).expect("small")];
            let amount = ["80.00", "0", "30.00", "80.01", "-5"][usize::try_from(dice(&mut state, 5)).expect("small")];
            rows.push(format!("{line_no},{amount},{result},,2016-09-05T10:00:00+08:00,"));
        }
        if round == 2 {
            pay(&house, "1003", "10", Some("先收一部分")).await.ok();
        }
        let text = rows.join("\n");
        results(&house, &text).await;
        let tx = house.reading_tx().await;
        let all = debit::lines(&tx, &chief(&house), &no, None, None, "", 200).await.expect("lines");
        for line in all.iter().filter(|line| line.state == LineState::Collected) {
            assert!(
                line.receipt_no.is_some() && line.answer.as_ref().is_some_and(|answer| answer.amount <= line.amount)
            );
        }
        drop(tx);
        if house.count("SELECT COUNT(*) FROM in_flight").await > 0 {
            give_up(&house, &no).await.ok();
        }
        let sum = |sql: &'static str| house.count(sql);
        let taken =
            sum("SELECT CAST(COALESCE(SUM(collected_fen), 0) AS BIGINT) FROM debit_line WHERE state = 'collected'")
                .await;
        let paid =
            sum("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM payment WHERE method = 'bank-debit'").await;
        let shared = sum("SELECT CAST(COALESCE(SUM(s.amount_fen), 0) AS BIGINT) FROM payment_share s JOIN payment p ON p.id = s.payment_id \
                          WHERE p.method = 'bank-debit'")
        .await;
        assert_eq!((taken, taken), (paid, shared), "round {round}: {text}");
        house.prove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_is_answered_for_after_the_day_is_closed_on_the_next_and_its_money_can_be_taken_back() {
    let house = owing().await;
    let batch = sent(&house, "icbc", "2016-09-05").await;
    let tx = house.writing_tx().await;
    let operator = house.operator();
    business::closing::close_day(&tx, &operator, &house.bureau.house.packs, date("2016-09-05"), None)
        .await
        .expect("closed");
    tx.commit().await.expect("committed");
    house.go_to("2016-09-06");
    let row = format!("{},80.00,00,,2016-09-05T18:00:00+08:00,", line(&batch, 1));
    assert_eq!(results(&house, &row).await, Vec::<String>::new());
    assert_eq!(
        house.count("SELECT COUNT(*) FROM payment WHERE booked_on = '2016-09-06' AND method = 'bank-debit'").await,
        1
    );
    let tx = house.writing_tx().await;
    let filter = payment::Filter { channel: Some("icbc".into()), ..payment::Filter::default() };
    let paid = payment::page(&tx, &operator, &filter, None, 10).await.expect("payments").remove(0);
    assert_eq!(paid.payment.reference, Some(line(&batch, 1)));
    let packs = &house.bureau.house.packs;
    let asked = reversal::reverse(&tx, &operator, packs, &paid.payment.receipt_no, "银行退款").await.expect("asked");
    let Reversed::Asked(request) = asked else { panic!("another day's money goes back by two") };
    let second = house.bureau.house.ctx(Actor::person("second"), Rights::All);
    reversal::approve(&tx, &second, &request.request_no, None).await.expect("taken back");
    tx.commit().await.expect("committed");
    assert_eq!(results(&house, &row).await, ["2  unchanged"]);
    assert_eq!(house.balance("1001").await, "owes 80.00, ahead 0.00");
    house.prove().await;
}
