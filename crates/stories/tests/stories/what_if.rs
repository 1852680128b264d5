//! What a month's bills would have come to by other prices.

use business::what_if::{self, Compared, Prices};
use platform::jobs::Unwatched;
use pricing::TariffBook;
use stories::house::month;
use stories::{Account, House};

/// Trade at this price from this day.
fn trade_at(price: &str, from: &str) -> TariffBook {
    let text = format!(
        r#"kind = "tariff"
format = 1
code = "sample/general-single"
zh = "示例"
en = "Sample"

[[version]]
id = "{from}"
from = {from}
source = "虚构的通知"
mark = "fictional"
registers = ["total"]

[[version.price]]
voltage = ["0.22kV"]
energy = {{ total = "{price}" }}
"#
    );
    TariffBook::read([("trade.toml", text.as_str())]).expect("a price list")
}

/// 1001 and 1003 pay as trade, 1002 as a household; all are billed for August.
async fn billed() -> House {
    let house = House::open().await;
    let household = Account::new("1002", "cn-zhejiang/resident").meter("M1002", "2016-07-31", "total 0");
    house.connect(&[Account::trade("1001"), household, Account::trade("1003").voltage("10kV")]).await;
    house.read("M1001 2016-08-31 total 100\nM1002 2016-08-31 total 100\nM1003 2016-08-31 total 200").await;
    house.issue("2016-08").await;
    house
}

async fn compared(house: &House, prices: &Prices) -> (Vec<String>, what_if::Tally) {
    let mut lines = Vec::new();
    let mut tell = |one: &Compared| {
        let new = one.new.as_ref().map_or_else(|refusal| refusal.code.to_owned(), ToString::to_string);
        lines.push(format!("{} {} {new}", one.supply_no, one.now));
        Ok(())
    };
    let mut desk = what_if::Desk { compared: &mut tell, watch: &mut Unwatched };
    let (tx, ctx) = (house.reading_tx().await, house.operator());
    let tally = what_if::compare(&tx, &ctx, prices, month("2016-08"), &mut desk).await.expect("compared");
    (lines, tally)
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_to_come_are_tried_on_a_month_of_the_past_and_nothing_is_kept() {
    let house = billed().await;
    let before = (house.bills().await, house.acts().await);
    let (lines, tally) = compared(&house, &Prices::to_come(&trade_at("0.90", "2030-01-01"))).await;
    assert_eq!(lines[0], "1001 80.00 90.00");
    assert!(lines.len() == 2 && lines[1] == "1003 160.00 unpriced.no-price", "{lines:?}");
    assert_eq!((tally.all.bills, tally.all.more, tally.all.unpriced), (1, 1, 1));
    assert_eq!(tally.all.difference().to_string(), "10.00");
    assert_eq!(tally.by_tariff.keys().collect::<Vec<_>>(), ["sample/general-single"]);
    assert_eq!((house.bills().await, house.acts().await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_of_the_past_are_tried_on_the_days_from_which_they_hold() {
    let house = billed().await;
    let present = house.bureau.book().await.expect("price lists");
    let by_day = |from| Prices::by_day(&present, &trade_at("0.90", from));
    let (lines, _) = compared(&house, &by_day("2030-01-01")).await;
    assert_eq!(lines, ["1001 80.00 80.00", "1003 160.00 160.00"], "they hold later");
    let (lines, _) = compared(&house, &by_day("2016-08-17")).await;
    assert_eq!(lines[0], "1001 80.00 84.84", "15 of 31 days, 48.387 kWh, are ten fen dearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_bill_is_not_compared() {
    let house = billed().await;
    house.cancel(&house.bill("1001", "2016-08").await.bill_no).await.expect("cancelled");
    let (lines, _) = compared(&house, &Prices::to_come(&trade_at("0.90", "2030-01-01"))).await;
    assert_eq!(lines.len(), 1);
}
