//! What bills would have come to by other prices.

use business::pack;
use business::what_if::{self, Compared, Months, PriceTrial, Prices, Tally, TrialState, Way, Wish};
use kernel::{Actor, Refusal};
use platform::context::Rights;
use platform::jobs::{Unwatched, Watch};
use platform::{Ctx, Result, Scope};
use pricing::TariffBook;
use stories::house::{code, date, month, when_free};
use stories::{Account, House};

/// Trade at this price from this day.
fn trade_at(price: &str, from: &str) -> TariffBook {
    TariffBook::read([("trade.toml", text(price, from).as_str())]).expect("a price list")
}

fn text(price: &str, from: &str) -> String {
    format!(
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
    )
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

async fn compared(house: &House, prices: &Prices) -> (Vec<String>, Tally) {
    let mut lines = Vec::new();
    let mut tell = |one: &Compared| {
        let new = one.new.as_ref().map_or_else(|refusal| refusal.code.to_owned(), ToString::to_string);
        lines.push(format!("{} {} {new}", one.supply_no, one.now));
        Ok(())
    };
    let mut desk = what_if::Desk { compared: &mut tell, watch: &mut Unwatched };
    let august = Months::new(month("2016-08"), month("2016-08")).expect("a month");
    let (db, ctx) = (&house.bureau.house.db, house.operator());
    let tally = what_if::compare(db, &ctx, prices, august, &mut desk).await.expect("compared");
    (lines, tally)
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_to_come_are_tried_on_a_month_of_the_past_and_nothing_is_kept() {
    let house = billed().await;
    let before = (house.bills().await, house.acts().await);
    let (lines, tally) = compared(&house, &to_come(&house, &trade_at("0.90", "2030-01-01")).await).await;
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
    let (lines, _) = compared(&house, &to_come(&house, &trade_at("0.90", "2030-01-01")).await).await;
    assert_eq!(lines.len(), 1);
}

async fn to_come(house: &House, pack: &TariffBook) -> Prices {
    Prices::to_come(&house.bureau.book().await.expect("price lists"), pack)
}

fn months(from: &str, to: &str) -> Months {
    Months::new(month(from), month(to)).expect("months")
}

#[tokio::test(flavor = "multi_thread")]
async fn days_of_another_tariff_within_a_bill_keep_their_price() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001")]).await;
    house.read("M1001 2016-08-15 total 100\nM1001 2016-08-31 total 150").await;
    house.terms("1001,2016-08-16,sample/farming,,").await.wholly();
    house.issue("2016-08").await;
    let farming = text("0.60", "2030-01-01").replace("sample/general-single", "sample/farming");
    let farming = TariffBook::read([("farming.toml", farming.as_str())]).expect("a price list");
    let (lines, tally) = compared(&house, &to_come(&house, &farming).await).await;
    // 100 x 0.8 + 50 x 0.5, and 50 x 0.6 in its place.
    assert_eq!(lines, ["1001 105.00 110.00"]);
    assert_eq!(tally.by_tariff.keys().collect::<Vec<_>>(), ["sample/farming"]);
}

/// 1001 at S1 and 1002 at S2 pay as trade and are billed for June, July and August; 1003 at 10 kV.
async fn three_months() -> House {
    let house = House::open().await;
    let trade = |supply_no: &str| {
        Account::new(supply_no, "sample/general-single").meter(&format!("M{supply_no}"), "2016-05-31", "total 0")
    };
    house.connect(&[trade("1001"), trade("1002").station("S2"), trade("1003").voltage("10kV")]).await;
    for (cycle, day, used) in
        [("2016-06", "2016-06-30", 100), ("2016-07", "2016-07-31", 200), ("2016-08", "2016-08-31", 300)]
    {
        house.read(&format!("M1001 {day} total {used}\nM1002 {day} total {}\nM1003 {day} total 5", used * 2)).await;
        house.issue(cycle).await;
    }
    house
}

impl Desk<'_> {
    /// A pack with trade at this price, handed in and approved by nobody.
    async fn offer(&self, price: &str) -> i64 {
        let tx = self.0.writing_tx().await;
        let (operator, tariffs) = (self.0.operator(), &self.0.bureau.tariffs);
        let offered = pack::offer(&tx, &operator, tariffs, &text(price, "2030-01-01"), date("2030-01-01"), false).await;
        tx.commit().await.expect("committed");
        offered.expect("a pack").pack_no
    }

    async fn ask(&self, ctx: &Ctx, wish: Wish) -> Result<PriceTrial> {
        let tx = self.0.writing_tx().await;
        let asked = what_if::ask(&tx, ctx, &self.0.bureau.tariffs, wish).await?;
        tx.commit().await?;
        Ok(asked)
    }

    async fn carry(&self, ctx: &Ctx, trial: &PriceTrial, watch: &mut dyn Watch) -> Result<PriceTrial> {
        when_free(async || what_if::try_bills(&self.0.bureau, ctx, &trial.trial_no, watch).await).await
    }

    async fn tried(&self, ctx: &Ctx, wish: Wish) -> PriceTrial {
        let asked = self.ask(ctx, wish).await.expect("asked");
        self.carry(ctx, &asked, &mut Unwatched).await.expect("tried")
    }

    async fn sums(&self, trial: &PriceTrial) -> Tally {
        let found = what_if::find(&self.0.reading_tx().await, &self.0.operator(), &trial.trial_no).await;
        found.expect("the trial").1.expect("its sums")
    }

    /// Every line of the file: `1001 2016-08 80.00 90.00`.
    async fn lines(&self, trial: &PriceTrial) -> Vec<String> {
        let (db, ctx) = (&self.0.bureau.house.db, self.0.operator());
        let (_, mut lines) = what_if::lines(db, &ctx, &self.0.bureau.tariffs, &trial.trial_no).await.expect("the file");
        let mut all = Vec::new();
        loop {
            let some = lines.next().await.expect("lines");
            if some.is_empty() {
                return all;
            }
            all.extend(some.iter().map(|one| {
                let new = one.new.as_ref().map_or_else(|refusal| refusal.code.to_owned(), ToString::to_string);
                format!("{} {} {} {new}", one.supply_no, one.cycle, one.now)
            }));
        }
    }
}

/// Where somebody tries prices.
struct Desk<'h>(&'h House);

fn all_of(pack_no: i64, months: Months) -> Wish {
    Wish { pack_no, months, way: Way::ToCome, station: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_nobody_approved_is_tried_on_the_bills_of_several_months() {
    let house = three_months().await;
    let (desk, operator) = (Desk(&house), house.operator());
    let pack_no = desk.offer("0.90").await;
    let bills = house.bills().await;
    let trial = desk.tried(&operator, all_of(pack_no, months("2016-06", "2016-08"))).await;
    assert_eq!((trial.state, trial.done, trial.of), (TrialState::Tried, 9, 9));
    let sums = desk.sums(&trial).await;
    assert_eq!(sums.all, trial.total);
    assert_eq!((sums.all.bills, sums.all.more, sums.all.less, sums.all.unpriced), (6, 6, 0, 3));
    assert_eq!((sums.all.now.to_string(), sums.all.new.to_string()), ("720.00".into(), "810.00".into()));
    let parts: Vec<String> = sums.by_month.iter().map(|(of, group)| format!("{of} {}", group.difference())).collect();
    assert_eq!(parts, ["2016-06 30.00", "2016-07 30.00", "2016-08 30.00"]);
    let parts: Vec<String> = sums.by_station.iter().map(|(of, group)| format!("{of} {}", group.difference())).collect();
    assert_eq!(parts, ["S1 30.00", "S2 60.00"]);
    assert_eq!(
        sums.up.iter().map(|one| one.supply_no.as_str()).take(4).collect::<Vec<_>>(),
        ["1002", "1002", "1002", "1001"]
    );
    assert_eq!(
        (sums.unpriced.len(), sums.unpriced[0].code.as_str(), sums.unpriced[0].bills),
        (1, "unpriced.no-price", 3)
    );
    let lines = desk.lines(&trial).await;
    assert_eq!(
        lines[..3],
        ["1001 2016-06 80.00 90.00", "1002 2016-06 160.00 180.00", "1003 2016-06 4.00 unpriced.no-price"]
    );
    assert_eq!(lines.len(), 9);
    assert_eq!(house.bills().await, bills, "nothing is billed");
    house.prove().await;
}

/// Ends the work when so many bills are looked at.
struct Stop(u64);

impl Watch for Stop {
    fn progress(&mut self, done: u64, _of: Option<u64>) -> Result<()> {
        if done < self.0 { Ok(()) } else { Err(Refusal::conflict("work.stopped", "停", "stopped").into()) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_was_stopped_goes_on_and_counts_nothing_twice() {
    let house = three_months().await;
    let (desk, operator) = (Desk(&house), house.operator());
    let wish = all_of(desk.offer("0.90").await, months("2016-06", "2016-08"));
    let asked = desk.ask(&operator, wish.clone()).await.expect("asked");
    assert_eq!(code(desk.carry(&operator, &asked, &mut Stop(4)).await), "work.stopped");
    let (stopped, sums) =
        what_if::find(&house.reading_tx().await, &operator, &asked.trial_no).await.expect("the trial");
    assert_eq!((stopped.state, stopped.done, sums), (TrialState::Trying, 6, None));
    assert_eq!(
        code(
            what_if::lines(&house.bureau.house.db, &operator, &house.bureau.tariffs, &asked.trial_no).await.map(|_| ())
        ),
        "price-trial.under-way"
    );
    let again = desk.ask(&operator, wish.clone()).await.expect("asked again");
    assert_eq!(again.trial_no, asked.trial_no, "what is not at its end goes on");
    let tried = desk.carry(&operator, &again, &mut Unwatched).await.expect("tried");
    assert_eq!((tried.done, tried.total.bills, tried.total.difference().to_string()), (9, 6, "90.00".into()));
    let twice = desk.carry(&operator, &again, &mut Stop(0)).await.expect("nothing is left to do");
    assert_eq!(twice, tried);
    let anew = desk.ask(&operator, wish).await.expect("asked anew");
    assert_ne!(anew.trial_no, asked.trial_no, "what is at its end stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_trial_come_out_as_they_did_whatever_was_cancelled_since() {
    let house = three_months().await;
    let (desk, operator) = (Desk(&house), house.operator());
    let wish = all_of(desk.offer("0.90").await, months("2016-08", "2016-08"));
    let trial = desk.tried(&operator, wish.clone()).await;
    let lines = desk.lines(&trial).await;
    house.cancel(&house.bill("1001", "2016-08").await.bill_no).await.expect("cancelled");
    assert_eq!(desk.lines(&trial).await, lines);
    let without = desk.tried(&operator, wish.clone()).await;
    assert_eq!((trial.total.bills, without.total.bills), (2, 1));
    house.read("M1001 2016-08-31 total 300").await;
    house.issue("2016-08").await;
    let anew = desk.tried(&operator, wish).await;
    assert_eq!((anew.total, anew.of), (trial.total, trial.of + 2), "a reversal and the bill in its place have numbers");
    assert_eq!((desk.lines(&trial).await, desk.lines(&without).await.len()), (lines, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_refused_when_it_is_asked_for() {
    let house = three_months().await;
    let (desk, operator) = (Desk(&house), house.operator());
    let pack_no = desk.offer("0.90").await;
    let august = months("2016-08", "2016-08");
    assert_eq!(code(desk.ask(&operator, all_of(99, august)).await), "tariff-pack.unknown");
    assert_eq!(code(desk.ask(&operator, all_of(pack_no, months("2015-01", "2015-12"))).await), "price-trial.no-bills");
    let nowhere = Wish { station: Some("S9".into()), ..all_of(pack_no, august) };
    assert_eq!(code(desk.ask(&operator, nowhere).await), "station.unknown");
    let tx = house.writing_tx().await;
    let new = text("0.90", "2030-01-01").replace("sample/general-single", "sample/charging-new");
    let never = pack::offer(&tx, &operator, &house.bureau.tariffs, &new, date("2030-01-01"), false).await;
    tx.commit().await.expect("committed");
    let never = never.expect("a pack").pack_no;
    assert_eq!(code(desk.ask(&operator, all_of(never, august)).await), "price-trial.never-billed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_one_station_tries_prices_on_its_bills_and_sees_no_other_trial() {
    let house = three_months().await;
    let (desk, operator) = (Desk(&house), house.operator());
    let wish = all_of(desk.offer("0.90").await, months("2016-06", "2016-08"));
    let at = |right: &str, station: &str| {
        let reach = Scope::Stations(vec![station.to_owned()]);
        let granted = [right, "tariff.read"].map(|right| (right.to_owned(), reach.clone())).to_vec();
        house.bureau.house.ctx(Actor::person("somebody"), Rights::Granted(granted))
    };
    let (here, there) = (at("tariff.try", "S2"), at("tariff.try", "S1"));
    let whole = desk.tried(&operator, wish.clone()).await;
    let own = desk.tried(&here, wish.clone()).await;
    assert_eq!((own.wish.station.as_deref(), own.total.bills), (Some("S2"), 3));
    assert_eq!(own.total.difference().to_string(), "60.00");
    assert_eq!(desk.lines(&own).await.len(), 3);
    let elsewhere = Wish { station: Some("S1".into()), ..wish.clone() };
    assert_eq!(code(desk.ask(&here, elsewhere).await), "access.other-station");
    let tx = house.reading_tx().await;
    for (ctx, no) in [(&here, &whole.trial_no), (&there, &own.trial_no)] {
        assert_eq!(code(what_if::find(&tx, ctx, no).await.map(drop)), "price-trial.unknown");
    }
    let seen = what_if::page(&tx, &here, None, None, 10).await.expect("a page");
    assert_eq!(seen.iter().map(|trial| &trial.trial_no).collect::<Vec<_>>(), [&own.trial_no]);
    assert_eq!(code(what_if::page(&tx, &at("bill.trial", "S2"), None, None, 10).await), "access.forbidden");
    assert_eq!(code(desk.ask(&at("bill.trial", "S2"), wish).await), "access.forbidden");
}
