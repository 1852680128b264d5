//! Money at the counter and from channels, and its way back.

use std::sync::Arc;

use business::ledger;
use business::payment::{self, InFull, Method, Wish};
use business::reversal::{self, RefundWish, Request, Reversed};
use business::supply;
use kernel::{Actor, Money};
use platform::context::Rights;
use platform::{Ctx, Result};
use stories::house::code;
use stories::{Account, House};

fn person(house: &House, name: &str) -> Ctx {
    house.bureau.house.ctx(Actor::person(name), Rights::All)
}

fn yuan(text: &str) -> Money {
    text.parse().expect("yuan")
}

/// Pays `amount` in cash for some accounts, as they owe now; what is above goes to the first of them.
async fn pay(house: &House, accounts: &[&str], amount: &str) -> Result<InFull> {
    let (tx, ctx, packs) = (house.writing_tx().await, person(house, "li.na"), &house.bureau.house.packs);
    let supply_nos: Vec<String> = accounts.iter().map(|number| (*number).to_owned()).collect();
    let quote = payment::quote(&tx, &ctx, packs, &supply_nos).await?;
    let wish = Wish {
        amount: yuan(amount),
        digest: quote.digest,
        method: Method::Cash,
        tendered: None,
        bank: None,
        instrument: None,
        prepay_to: supply_nos.first().cloned(),
        despite_debit: None,
        supply_nos,
    };
    let taken = payment::take(&tx, &ctx, packs, wish).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn reverse(house: &House, who: &str, receipt_no: &str) -> Result<Reversed> {
    let (tx, ctx) = (house.writing_tx().await, person(house, who));
    let reversed = reversal::reverse(&tx, &ctx, &house.bureau.house.packs, receipt_no, "金额录错").await?;
    tx.commit().await?;
    Ok(reversed)
}

async fn approve(house: &House, who: &str, request_no: &str) -> Result<Request> {
    let tx = house.writing_tx().await;
    let request = reversal::approve(&tx, &person(house, who), request_no, None).await?;
    tx.commit().await?;
    Ok(request)
}

/// `debt 80.00`, `late-charge 1.00`, `prepayment 5.00`.
fn shares(full: &InFull) -> Vec<String> {
    full.shares.iter().map(|row| format!("{} {}", row.share.purpose, row.share.amount)).collect()
}

/// An account that owes 80.00 for August, due on 2016-09-20.
async fn owing() -> House {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 50").await;
    house.issue("2016-08").await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payment_settles_many_accounts_and_what_is_above_is_paid_ahead() {
    let house = owing().await;
    let taken = pay(&house, &["1001", "1002"], "150").await.expect("taken");
    assert_eq!(taken.payment.receipt_no, "201609050000001");
    assert_eq!(shares(&taken), ["debt 80.00", "debt 40.00", "prepayment 30.00"]);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 30.00");
    assert_eq!(house.balance("1002").await, "owes 0.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_charge_is_taken_before_its_debt_and_never_twice() {
    let house = owing().await;
    house.go_to("2016-10-05");
    // 15 days of 80.00 at 1‰ are 1.20.
    let first = pay(&house, &["1001"], "41.20").await.expect("taken");
    assert_eq!(shares(&first), ["late-charge 1.20", "debt 40.00"]);
    assert_eq!(asked_about(&house).await, 1, "its debt is open");
    let rest = pay(&house, &["1001"], "40").await.expect("taken");
    assert_eq!(shares(&rest), ["debt 40.00"]);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    assert_eq!(asked_about(&house).await, 0, "nothing can be asked for it any more");
    assert!(matches!(reverse(&house, "li.na", &rest.payment.receipt_no).await, Ok(Reversed::Done(_))));
    assert_eq!(asked_about(&house).await, 1, "it is open again");
    house.prove().await;
}

/// How many items of 1001 a payment looks at.
async fn asked_about(house: &House) -> usize {
    let tx = house.bureau.house.db.read().await.expect("a view");
    let point = supply::by_supply_nos(&tx, vec!["1001".into()]).await.expect("an answer").remove(0);
    ledger::standing(&tx, &[point.id]).await.expect("a standing")[&point.id].debts.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pays_other_figures_than_he_was_told() {
    let house = owing().await;
    let (tx, ctx, packs) = (house.writing_tx().await, person(&house, "li.na"), &house.bureau.house.packs);
    let quote = payment::quote(&tx, &ctx, packs, &["1001".to_owned()]).await.expect("a quote");
    tx.rollback().await.expect("nothing");
    pay(&house, &["1001"], "30").await.expect("taken");
    let wish = Wish {
        supply_nos: vec!["1001".into()],
        digest: quote.digest,
        amount: yuan("80"),
        method: Method::Cash,
        tendered: None,
        bank: None,
        instrument: None,
        prepay_to: None,
        despite_debit: None,
    };
    let tx = house.writing_tx().await;
    assert_eq!(code(payment::take(&tx, &ctx, packs, wish).await), "payment.changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_taken_back_leaves_the_account_as_if_it_had_never_been() {
    let house = owing().await;
    house.go_to("2016-10-05");
    let taken = pay(&house, &["1001"], "100").await.expect("taken");
    assert!(matches!(reverse(&house, "li.na", &taken.payment.receipt_no).await, Ok(Reversed::Done(_))));
    assert_eq!(code(reverse(&house, "li.na", &taken.payment.receipt_no).await), "payment.reversed");
    assert_eq!(house.balance("1001").await, "owes 80.00, ahead 0.00");
    let again = pay(&house, &["1001"], "81.20").await.expect("taken");
    assert_eq!(shares(&again), ["late-charge 1.20", "debt 80.00"]);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_days_payment_is_taken_back_by_two() {
    let house = owing().await;
    let taken = pay(&house, &["1001"], "80").await.expect("taken");
    house.go_to("2016-09-06");
    let Ok(Reversed::Asked(request)) = reverse(&house, "li.na", &taken.payment.receipt_no).await else {
        panic!("a second person is needed");
    };
    assert_eq!(code(reverse(&house, "li.na", &taken.payment.receipt_no).await), "request.waiting");
    assert_eq!(code(approve(&house, "li.na", &request.request_no).await), "request.own");
    let done = approve(&house, "wang.li", &request.request_no).await.expect("approved");
    assert_eq!(done.outcome.as_deref(), Some("201609060000001"));
    assert_eq!(code(approve(&house, "wang.li", &request.request_no).await), "request.decided");
    assert_eq!(house.balance("1001").await, "owes 80.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_taken_back_after_its_bill_was_cancelled_and_what_it_left_was_spent() {
    let house = owing().await;
    house.go_to("2016-10-05");
    let taken = pay(&house, &["1001"], "81.20").await.expect("taken");
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 81.20");
    house.prove().await;
    house.issue("2016-08").await;
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 1.20");
    assert!(matches!(reverse(&house, "li.na", &taken.payment.receipt_no).await, Ok(Reversed::Done(_))));
    assert_eq!(house.balance("1001").await, "owes 80.00, ahead 0.00");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_paid_ahead_goes_back_by_two_and_then_its_payment_stands() {
    let house = owing().await;
    let taken = pay(&house, &["1001"], "100").await.expect("taken");
    let wish = |amount: &str| RefundWish {
        supply_no: "1001".into(),
        amount: yuan(amount),
        method: Method::Cash,
        instrument: None,
        reason: "搬迁".into(),
    };
    let tx = house.writing_tx().await;
    assert_eq!(
        code(reversal::ask_refund(&tx, &person(&house, "li.na"), wish("20.01")).await),
        "payment.prepayment-short"
    );
    tx.rollback().await.expect("nothing");
    let tx = house.writing_tx().await;
    let request = reversal::ask_refund(&tx, &person(&house, "li.na"), wish("20")).await.expect("asked");
    tx.commit().await.expect("committed");
    approve(&house, "wang.li", &request.request_no).await.expect("approved");
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    assert_eq!(code(reverse(&house, "li.na", &taken.payment.receipt_no).await), "payment.spent");
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channels_file_is_booked_once_and_each_wrong_row_says_why() {
    let house = owing().await;
    let rows = "W1,1001,2016-09-01T10:00:00+08:00,80.00,wechat,wx\n\
                W2,1002,2016-09-01 10:00:00,50,wechat,wx\n\
                W1,1001,2016-09-01T02:00:00Z,80.00,wechat,wx\n\
                W1,1001,2016-09-01T02:00:00Z,81.00,wechat,wx\n\
                W3,9999,2016-09-01T02:00:00Z,1,wechat,wx\n\
                W4,1001,2016-09-06T02:00:00Z,1,wechat,wx\n\
                W5,1001,2016-09-01,1,wechat,wx\n\
                W6,1001,2016-09-01T02:00:00Z,0,wechat,wx\n\
                W7,1001,2016-09-01T02:00:00Z,1.001,wechat,wx\n\
                W8,1001,2016-09-01T02:00:00Z,1,gold,wx\n\
                W9,1001,2016-09-01T02:00:00Z,1,cash,counter\n";
    let loaded = house.payments(rows).await;
    assert_eq!(
        loaded.report(),
        [
            "4  unchanged",
            "5 amount conflict",
            "6 supply_no supply-no.unknown",
            "7 paid_at date.future",
            "8 paid_at instant.invalid",
            "9 amount amount.not-positive",
            "10 amount number.decimals",
            "11 method word.unknown",
            "12 channel channel.reserved",
        ]
    );
    assert_eq!(loaded.summary.loaded, 2);
    assert_eq!(house.balance("1001").await, "owes 0.00, ahead 0.00");
    assert_eq!(house.balance("1002").await, "owes 0.00, ahead 10.00");
    assert_eq!(house.payments(rows).await.summary.loaded, 0);
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_reversals_bills_and_cancellations_of_one_account_at_once_leave_it_in_balance() {
    let house = Arc::new(owing().await);
    let mut acts = tokio::task::JoinSet::new();
    let handle = tokio::runtime::Handle::current();
    for at in 0..8_u32 {
        let (house, handle) = (Arc::clone(&house), handle.clone());
        acts.spawn_blocking(move || {
            handle.block_on(async {
                // Whoever comes too late is refused in plain words; nothing else may happen.
                let outcome = match at % 4 {
                    0 | 1 => match pay(&house, &["1001", "1002"], "33").await {
                        Ok(taken) if at % 4 == 1 => reverse(&house, "li.na", &taken.payment.receipt_no).await.map(drop),
                        other => other.map(drop),
                    },
                    2 => {
                        let bill = house.bill("1001", "2016-08").await;
                        house.cancel(&bill.bill_no).await.map(drop)
                    }
                    _ => {
                        house.issue("2016-08").await;
                        Ok(())
                    }
                };
                if let Err(error) = outcome {
                    assert!(error.refusal().is_some(), "{error}");
                }
            });
        });
    }
    while let Some(ended) = acts.join_next().await {
        // A bill that somebody has just cancelled is not found: that is the scene's own panic.
        drop(ended);
    }
    house.issue("2016-08").await;
    house.prove().await;
}
