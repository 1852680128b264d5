//! Every refusal of a row, by file: which row, which field, which code.

use stories::files::{AGREEMENTS, AREAS, CUSTOMERS, METERS, OPENINGS, READINGS, SUSPENSIONS, TERMS, changed};
use stories::{Account, House};

/// One row: what is changed in a good one, and the field and code of its refusal.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str);

/// Loads all cases as one file and compares its report row by row; nothing must be loaded.
#[track_caller]
fn refusals<'a>(
    house: &'a House,
    kind: &'static str,
    header: &'static str,
    base: &'static str,
    cases: &'a [Case<'a>],
) -> impl Future<Output = ()> + 'a {
    let rows: Vec<String> = cases.iter().map(|(changes, _)| changed(header, base, changes)).collect();
    async move {
        let loaded = house.load(kind, format!("{header}\n{}\n", rows.join("\n"))).await;
        let expected: Vec<String> = (2..).zip(cases).map(|(row, (_, refusal))| format!("{row} {refusal}")).collect();
        assert_eq!(loaded.report(), expected);
        assert_eq!(loaded.counts(), [0, 0, 0, cases.len() as u64]);
    }
}

const LONG: &str = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一";

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_area_is_refused_at_its_field() {
    let house = House::open().await;
    let base = "S1,城区变,城区线,A1,一号台区,400";
    let cases: &[Case] = &[
        (&[("station", "")], "station field.empty"),
        (&[("station", "S 1")], "station code.invalid"),
        (&[("station", "bureau")], "station station.reserved"),
        (&[("substation", "")], "substation field.empty"),
        (&[("feeder", "")], "feeder field.empty"),
        (&[("feeder", LONG)], "feeder field.long"),
        (&[("area_code", "")], "area_code field.empty"),
        (&[("area_code", "A1?")], "area_code code.invalid"),
        (&[("area_code", "A2345678901234567890123456789012345678901")], "area_code code.invalid"),
        (&[("area_name", "")], "area_name field.empty"),
        (&[("area_name", "\"一号\n台区\"")], "area_name field.control"),
        (&[("capacity_kva", "four")], "capacity_kva number.invalid"),
        (&[("capacity_kva", "1e3")], "capacity_kva number.invalid"),
        (&[("capacity_kva", "0.0001")], "capacity_kva number.decimals"),
        (&[("capacity_kva", "-1")], "capacity_kva number.negative"),
        (&[("capacity_kva", "99999999999999999999")], "capacity_kva number.range"),
    ];
    refusals(&house, "areas", AREAS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_customer_is_refused_at_its_field() {
    let house = House::open().await;
    house.areas("S1,变,线,A1,台区,400\nS2,变,线,A2,台区,400").await.wholly();
    let base = "1001,张三,03,200,13812341234,翠竹路12号,S1,A1,0.22kV,8,cn-zhejiang/resident,3,,2012-03-01,,B1";
    let cases: &[Case] = &[
        (&[("supply_no", "")], "supply_no field.empty"),
        (&[("supply_no", "10O1")], "supply_no supply-no.invalid"),
        (&[("supply_no", "12345678901234567")], "supply_no supply-no.invalid"),
        (&[("name", "")], "name field.empty"),
        (&[("name", LONG)], "name field.long"),
        (&[("kind", "")], "kind field.empty"),
        (&[("kind", "04")], "kind word.unknown"),
        (&[("category", "250")], "category word.unknown"),
        (&[("phone", "手机")], "phone phone.invalid"),
        (&[("phone", "138123412345678901234")], "phone phone.invalid"),
        (&[("address", LONG)], "address field.long"),
        (&[("station", "")], "station field.empty"),
        (&[("station", "S2")], "station area.other-station"),
        (&[("area_code", "A9")], "area_code area.unknown"),
        (&[("area_code", "A 1")], "area_code code.invalid"),
        (&[("voltage", "220V")], "voltage word.unknown"),
        (&[("capacity_kva", "0")], "capacity_kva capacity.range"),
        (&[("capacity_kva", "10000001")], "capacity_kva capacity.range"),
        (&[("capacity_kva", "-8")], "capacity_kva number.negative"),
        (&[("tariff", "cn-zhejiang/none")], "tariff tariff.unknown"),
        (&[("tariff", "")], "tariff field.empty"),
        (&[("persons", "1000")], "persons number.range"),
        (&[("persons", "2.5")], "persons number.decimals"),
        (&[("persons", "-1")], "persons number.range"),
        (&[("concession", "poor")], "concession word.unknown"),
        (&[("opened_on", "")], "opened_on field.empty"),
        (&[("opened_on", "2012-02-30")], "opened_on date.invalid"),
        (&[("opened_on", "2012/03/01")], "opened_on date.invalid"),
        (&[("customer_no", "C 1")], "customer_no code.invalid"),
        (&[("book", "B 1")], "book code.invalid"),
    ];
    refusals(&house, "customers", CUSTOMERS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_meter_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::new("1001", "sample/farming")]).await;
    let base = "M1,1001,2016-07-31,,1,6,total,0,";
    let removed = |on, closing| [("removed_on", on), ("closing", closing)];
    let cases: &[Case] = &[
        (&[("meter_no", "")], "meter_no field.empty"),
        (&[("meter_no", "M 1")], "meter_no code.invalid"),
        (&[("supply_no", "")], "supply_no field.empty"),
        (&[("supply_no", "x")], "supply_no supply-no.invalid"),
        (&[("supply_no", "1009")], "supply_no supply-no.unknown"),
        (&[("installed_on", "")], "installed_on field.empty"),
        (&[("installed_on", "31.07.2016")], "installed_on date.invalid"),
        (&removed("2016-8-1", "10"), "removed_on date.invalid"),
        (&removed("2016-07-30", "10"), "removed_on removal.early"),
        (&removed("2016-08-10", ""), "closing closing.missing"),
        (&removed("", "10"), "removed_on removal.missing"),
        (&removed("2016-08-10", "1000000"), "closing value.digits"),
        (&removed("2016-08-10", "-1"), "closing number.negative"),
        (&[("multiplier", "")], "multiplier field.empty"),
        (&[("multiplier", "0")], "multiplier number.range"),
        (&[("multiplier", "1000001")], "multiplier number.range"),
        (&[("multiplier", "1.5")], "multiplier number.decimals"),
        (&[("digits", "0")], "digits number.range"),
        (&[("digits", "13")], "digits number.range"),
        (&[("register", "day")], "register word.unknown"),
        (&[("opening", "")], "opening field.empty"),
        (&[("opening", "1000000")], "opening value.digits"),
        (&[("opening", "0.0001")], "opening number.decimals"),
        (&[("opening", "NaN")], "opening number.invalid"),
    ];
    refusals(&house, "meters", METERS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_opening_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    let base = "1001,2016-07-31,2700,0";
    let cases: &[Case] = &[
        (&[("supply_no", "1009")], "supply_no supply-no.unknown"),
        (&[("supply_no", "-1")], "supply_no supply-no.invalid"),
        (&[("supply_no", "1002")], "supply_no opening.late"),
        (&[("as_of", "")], "as_of field.empty"),
        (&[("as_of", "2016-02-30")], "as_of date.invalid"),
        (&[("year_to_date_kwh", "")], "year_to_date_kwh field.empty"),
        (&[("year_to_date_kwh", "-1")], "year_to_date_kwh number.negative"),
        (&[("year_to_date_kwh", "1e400")], "year_to_date_kwh number.invalid"),
        (&[("year_to_date_kwh", "9000000000000000")], "year_to_date_kwh number.range"),
        (&[("balance", "")], "balance field.empty"),
        (&[("balance", "1.001")], "balance number.decimals"),
        (&[("balance", "1000000000000.01")], "balance number.range"),
        (&[("balance", "-1000000000000.01")], "balance number.range"),
    ];
    refusals(&house, "openings", OPENINGS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_change_of_terms_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.read("M1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    let base = "1001,2016-09-01,sample/farming,5,low-income";
    let cases: &[Case] = &[
        (&[("supply_no", "1009")], "supply_no supply-no.unknown"),
        (&[("supply_no", "")], "supply_no field.empty"),
        (&[("from", "")], "from field.empty"),
        (&[("from", "2016-09-31")], "from date.invalid"),
        (&[("from", "2012-03-01")], "from terms.first-day"),
        (&[("from", "2016-09-02")], "from terms.month"),
        (&[("from", "2016-09-02"), ("persons", "")], "from terms.month"),
        (&[("supply_no", "1002"), ("from", "2016-08-31")], "from terms.billed"),
        (&[("from", "1999-01-01")], "from tariff.no-version"),
        (&[("tariff", "")], "tariff tariff.unknown"),
        (&[("tariff", "sample/none")], "tariff tariff.unknown"),
        (&[("tariff", "sample/general-single"), ("persons", ""), ("concession", "")], "from terms.unchanged"),
        (&[("persons", "x")], "persons number.invalid"),
        (&[("persons", "1.5")], "persons number.decimals"),
        (&[("persons", "1000")], "persons number.range"),
        (&[("persons", "-1")], "persons number.range"),
        (&[("concession", "rich")], "concession word.unknown"),
    ];
    refusals(&house, "terms", TERMS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_agreement_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.agreements("1001,2016-01-01,contract,800,400,,,").await.wholly();
    house.read("M1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    let base = "1001,2016-09-01,contract,1000,800,low,0.325,0.01";
    let cases: &[Case] = &[
        (&[("supply_no", "1009")], "supply_no supply-no.unknown"),
        (&[("from", "")], "from field.empty"),
        (&[("from", "2016-02-30")], "from date.invalid"),
        (&[("supply_no", "1002"), ("from", "2016-08-31")], "from agreement.billed"),
        (&[("demand_mode", "peak")], "demand_mode word.unknown"),
        (&[("demand_mode", "actual"), ("contract_kw", ""), ("from", "2016-09-02")], "demand_mode agreement.mode-day"),
        (&[("demand_mode", ""), ("contract_kw", ""), ("from", "2016-09-02")], "demand_mode agreement.mode-day"),
        (&[("capacity_kva", "")], "capacity_kva field.empty"),
        (&[("capacity_kva", "0")], "capacity_kva number.range"),
        (&[("capacity_kva", "10000000.001")], "capacity_kva number.range"),
        (&[("contract_kw", "")], "contract_kw agreement.contract"),
        (&[("contract_kw", "1000.001")], "contract_kw agreement.contract-over"),
        (&[("demand_mode", "capacity")], "contract_kw agreement.contract"),
        (&[("demand_mode", "")], "contract_kw agreement.contract"),
        (&[("contract_kw", "-1")], "contract_kw number.negative"),
        (&[("meter_side", "left")], "meter_side word.unknown"),
        (&[("no_load_kw", "")], "no_load_kw agreement.no-load"),
        (&[("no_load_kw", "x")], "no_load_kw number.invalid"),
        (&[("line_loss", "1.01")], "line_loss number.range"),
        (&[("line_loss", "0.0000001")], "line_loss number.decimals"),
    ];
    refusals(&house, "agreements", AGREEMENTS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_suspension_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002"), Account::trade("1003")]).await;
    house.agreements("1001,2016-08-10,capacity,800,,,,\n1002,2016-01-01,capacity,800,,,,").await.wholly();
    house.read("M1002 2016-08-31 total 10").await;
    house.issue("2016-08").await;
    let base = "1001,2016-09-01,2016-09-30,800";
    let cases: &[Case] = &[
        (&[("supply_no", "1009")], "supply_no supply-no.unknown"),
        (&[("supply_no", "1003")], "from suspension.no-agreement"),
        (&[("from", "2016-08-09")], "from suspension.no-agreement"),
        (&[("from", "")], "from field.empty"),
        (&[("supply_no", "1002"), ("from", "2016-08-31")], "from agreement.billed"),
        (&[("to", "2016-08-31")], "to date.order"),
        (&[("capacity_kva", "800.001")], "capacity_kva suspension.capacity"),
        (&[("capacity_kva", "0")], "capacity_kva number.range"),
    ];
    refusals(&house, "suspensions", SUSPENSIONS, base, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_reading_is_refused_at_its_field() {
    let house = House::open().await;
    house.connect(&[Account::trade("1001"), Account::trade("1002")]).await;
    house.meters("M1002,1002,2016-07-31,2016-08-20,1,6,total,0,10").await.wholly();
    let base = "M1001,2016-08-31,total,100,actual";
    let cases: &[Case] = &[
        (&[("meter_no", "")], "meter_no field.empty"),
        (&[("meter_no", "M9")], "meter_no meter.unknown"),
        (&[("meter_no", "M 1")], "meter_no code.invalid"),
        (&[("read_on", "")], "read_on field.empty"),
        (&[("read_on", "2016-08-32")], "read_on date.invalid"),
        (&[("read_on", "2016-09-06")], "read_on date.future"),
        (&[("read_on", "2016-07-31")], "read_on date.before-installation"),
        (&[("meter_no", "M1002"), ("read_on", "2016-08-20")], "read_on date.after-removal"),
        (&[("register", "")], "register field.empty"),
        (&[("register", "day")], "register word.unknown"),
        (&[("register", "peak")], "register register.unknown"),
        (&[("value", "")], "value field.empty"),
        (&[("value", "1000000")], "value value.digits"),
        (&[("value", "-1")], "value number.negative"),
        (&[("value", "1.0001")], "value number.decimals"),
        (&[("value", "\"1,000\"")], "value number.invalid"),
        (&[("kind", "")], "kind field.empty"),
        (&[("kind", "guessed")], "kind word.unknown"),
    ];
    refusals(&house, "readings", READINGS, base, cases).await;
    // The last day that has come, and the last on which the meter hung there.
    house.read("M1001 2016-09-05 total 5\nM1002 2016-08-19 total 5").await;
}
