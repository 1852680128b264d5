//! Who takes power: households, shops, offices, works, farms.

use jiff::ToSpan;
use jiff::civil::date;
use kernel::{Date, Month};

use crate::Plan;
use crate::chance::{Chance, Stream};
use crate::land::{Area, COUNTY};
use crate::names;
use crate::season::Habit;

/// The price lists of the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tariff {
    Resident,
    ResidentTou,
    ResidentShared,
    Trade,
    Farming,
    Industry,
}

impl Tariff {
    pub fn code(self) -> &'static str {
        match self {
            Tariff::Resident => "cn-zhejiang/resident",
            Tariff::ResidentTou => "cn-zhejiang/resident-tou",
            Tariff::ResidentShared => "cn-zhejiang/resident-shared",
            Tariff::Trade => "sample/general-single",
            Tariff::Farming => "sample/farming",
            Tariff::Industry => "sample/industry-two-part",
        }
    }

    pub fn is_resident(self) -> bool {
        matches!(self, Tariff::Resident | Tariff::ResidentTou | Tariff::ResidentShared)
    }
}

/// One usage point with what it is and what it is like.
#[derive(Debug, Clone)]
pub struct Account {
    pub index: u64,
    pub supply_no: String,
    pub name: String,
    pub customer_no: String,
    pub kind: &'static str,
    pub category: &'static str,
    pub phone: String,
    pub address: String,
    /// Its place among the areas, or that of the one near it.
    pub area: usize,
    pub voltage: &'static str,
    pub capacity_kva: i64,
    pub multiplier: i64,
    pub tariff: Tariff,
    pub persons: Option<i64>,
    pub concession: &'static str,
    pub opened_on: Date,
    pub habit: Habit,
    /// Use of a mean day in Wh, in the first month.
    pub daily_wh: i64,
    /// How much more or less a month is than a year before, in thousandths.
    pub growth: i64,
    /// Of a household with time of use: its part by day, in hundredths.
    pub peak_percent: i64,
    /// Months that the place stands empty, counted from the plan's first.
    pub empty: Option<(i32, i32)>,
}

/// Supply numbers have thirteen digits and count from the first.
const NUMBERS: &str = "330825";
const FIRST: u64 = 1_000_000;

/// Whose number it is.
pub fn place_of(supply_no: &str) -> Option<usize> {
    let number: u64 = supply_no.strip_prefix(NUMBERS)?.parse().ok()?;
    usize::try_from(number.checked_sub(FIRST)?).ok()
}

/// All accounts of a county, in order of area.
pub fn accounts(plan: &Plan, areas: &[Area]) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::with_capacity(plan.customers);
    for (at, area) in areas.iter().enumerate() {
        for within in 0..area.customers {
            let index = accounts.len() as u64;
            let mut chance = Chance::of(plan.seed, Stream::Person, index, 0);
            let mut account = account(&mut chance, plan, at, area, index, within);
            inhabit(&mut Chance::of(plan.seed, Stream::Habit, index, 0), plan, &mut account);
            accounts.push(account);
        }
    }
    accounts
}

fn account(chance: &mut Chance, plan: &Plan, at: usize, area: &Area, index: u64, within: usize) -> Account {
    let owner = names::person(chance);
    let mut account = Account {
        index,
        supply_no: format!("{NUMBERS}{:07}", FIRST + index),
        name: owner.full.clone(),
        customer_no: String::new(),
        kind: "03",
        category: "200",
        phone: if chance.percent(97) { names::mobile(chance) } else { String::new() },
        address: address(chance, area, within),
        area: at,
        voltage: "0.22kV",
        capacity_kva: *chance.pick(&[6, 8, 8, 8, 10, 12]),
        multiplier: 1,
        tariff: if chance.percent(36) { Tariff::ResidentTou } else { Tariff::Resident },
        persons: Some(*chance.weighted(&[(1, 12), (2, 26), (3, 31), (4, 18), (5, 8), (6, 3), (7, 1), (8, 1)])),
        concession: "",
        opened_on: opened(chance, plan),
        habit: if area.urban { Habit::Town } else { Habit::Village },
        daily_wh: 0,
        growth: chance.between(985, 1060),
        peak_percent: chance.around(42, 74),
        empty: None,
    };
    // Each area has its few that are no households; streets have more of them than villages.
    let kinds: &[(u8, u32)] = if area.urban {
        &[(0, 830), (1, 120), (2, 22), (3, 14), (4, 4), (5, 10)]
    } else {
        &[(0, 880), (1, 35), (2, 22), (3, 8), (4, 45), (5, 10)]
    };
    match chance.weighted(kinds) {
        0 => household(chance, &mut account),
        1 => trade(
            &mut account,
            "405",
            names::shop(chance, &area.town[..6], &owner),
            Habit::Shop,
            chance.between(10, 30),
        ),
        2 => {
            let habit = *chance.pick(&[Habit::School, Habit::Office, Habit::Office, Habit::StreetLight]);
            trade(&mut account, "401", names::public(chance, place(area)), habit, chance.between(15, 80));
        }
        3 => works(chance, &mut account),
        4 => {
            let habit = *chance.pick(&[Habit::Irrigation, Habit::Breeding, Habit::Breeding]);
            trade(&mut account, "300", names::farm(chance, place(area), &owner), habit, chance.between(10, 60));
            account.tariff = Tariff::Farming;
        }
        _ => {
            let name = format!("{COUNTY}通信发展有限公司{}基站", place(area));
            trade(&mut account, "400", name, Habit::Steady, chance.between(10, 20));
            // One company, one customer, many supply numbers.
            account.customer_no = "K0000001".to_owned();
            account.name = format!("{COUNTY}通信发展有限公司");
            account.phone = "0570-6100200".to_owned();
        }
    }
    account
}

fn place(area: &Area) -> &str {
    if area.urban { area.town } else { &area.place }
}

fn address(chance: &mut Chance, area: &Area, within: usize) -> String {
    if !area.urban {
        let (group, number) = (chance.between(1, 12), chance.between(1, 90));
        return format!("{COUNTY}{}{}{group}组{number}号", area.town, area.place);
    }
    let (block, flat) = (within / 24 + 1, within % 24);
    let (stair, floor, door) = (flat / 12 + 1, flat % 12 / 2 + 1, flat % 2 + 1);
    let (town, place, number, estate) = (area.town, &area.place, area.number, area.estate);
    format!("{COUNTY}{town}{place}{number}号{estate}{block}幢{stair}单元{floor}0{door}室")
}

/// Long ago, mostly; one in sixty is connected in the months of the plan.
fn opened(chance: &mut Chance, plan: &Plan) -> Date {
    if chance.in_ten_thousand(160) {
        let months = i64::from(plan.last.months_since(plan.first)).max(1);
        let month = plan.month(i32::try_from(chance.between(1, months)).unwrap_or(1));
        return month.first_day().saturating_add(chance.between(2, 24).days());
    }
    date(i16::try_from(chance.between(1998, 2023)).unwrap_or(2010), i8::try_from(chance.between(1, 12)).unwrap_or(1), 1)
        .saturating_add(chance.between(0, 27).days())
}

fn household(chance: &mut Chance, account: &mut Account) {
    if chance.in_ten_thousand(200) {
        account.tariff = Tariff::ResidentShared;
        account.persons = None;
        account.capacity_kva = 20;
    } else if chance.in_ten_thousand(180) {
        account.concession = if chance.percent(70) { "low-income" } else { "five-guarantee" };
        account.persons = Some(chance.between(1, 3));
    } else if account.habit == Habit::Village && chance.percent(7) {
        account.habit = Habit::Away;
    }
}

fn trade(account: &mut Account, category: &'static str, name: String, habit: Habit, capacity_kva: i64) {
    account.kind = "02";
    account.category = category;
    account.name = name;
    account.voltage = "0.38kV";
    account.capacity_kva = capacity_kva;
    account.multiplier = if capacity_kva > 50 { 30 } else { 1 };
    account.tariff = Tariff::Trade;
    account.persons = None;
    account.concession = "";
    account.habit = habit;
    if let Some((street, _)) = account.address.split_once('号') {
        account.address = format!("{street}号");
    }
}

/// From here on works pay for their capacity too.
const LARGE_KVA: i64 = 315;

/// Works below 100 kVA on the public transformer, the larger ones at 10 kV on their own.
fn works(chance: &mut Chance, account: &mut Account) {
    let name = names::works(chance, COUNTY);
    let high = chance.percent(45);
    let capacity =
        if high { *chance.pick(&[100, 160, 200, 250, 315, 400, 630, 800, 1250]) } else { chance.between(40, 95) };
    let habit = if chance.percent(80) { Habit::Factory } else { Habit::Steady };
    trade(account, if capacity >= LARGE_KVA { "100" } else { "403" }, name, habit, capacity);
    account.phone = names::landline(chance);
    account.multiplier = match capacity {
        630.. => 1500,
        250..=629 => 500,
        100..=249 => 200,
        _ => 20,
    };
    if high {
        account.kind = "01";
        account.voltage = "10kV";
        if capacity >= LARGE_KVA {
            account.tariff = Tariff::Industry;
        }
    }
}

/// How much is used here, and when nobody is.
fn inhabit(chance: &mut Chance, plan: &Plan, account: &mut Account) {
    let kva = account.capacity_kva;
    account.daily_wh = match account.habit {
        Habit::Town | Habit::Village if account.tariff == Tariff::ResidentShared => chance.between(14_000, 38_000),
        Habit::Town | Habit::Village => {
            let heads = account.persons.unwrap_or(3);
            let base = if account.habit == Habit::Town { 3_100 } else { 2_200 };
            let thrift = if account.concession.is_empty() { 100 } else { 60 };
            (base + heads * 1_050) * chance.around(45, 180) / 100 * thrift / 100
        }
        Habit::Away => chance.between(500, 1_900),
        Habit::Shop => kva * chance.around(600, 2_600),
        Habit::Office | Habit::School => kva * chance.around(700, 2_400),
        Habit::Factory => kva * chance.around(2_500, 7_500),
        Habit::Steady => kva * chance.around(5_000, 11_000),
        Habit::StreetLight => kva * chance.around(3_000, 5_000),
        Habit::Irrigation => kva * chance.around(300, 1_500),
        Habit::Breeding => kva * chance.around(1_500, 4_500),
    };
    let months = i64::from(plan.last.months_since(plan.first));
    if account.tariff.is_resident() && chance.in_ten_thousand(450) {
        // Empty for a while, seldom all the time.
        let (from, span) = if chance.percent(12) { (0, 99) } else { (chance.between(0, months), chance.between(2, 9)) };
        let whole = |number| i32::try_from(number).unwrap_or(0);
        account.empty = Some((whole(from), whole(from + span)));
    }
}

impl Account {
    /// The area of a transformer of its own 专变; none where it is on the public one.
    pub fn own_area(&self) -> Option<String> {
        (self.voltage == "10kV").then(|| format!("ZB{}", self.supply_no))
    }

    /// Whether the place stands empty in a month of the plan.
    pub fn is_empty(&self, turn: i32) -> bool {
        self.empty.is_some_and(|(from, until)| (from..until).contains(&turn))
    }

    /// The day at whose end its first meter began to count for this bureau.
    pub fn starts_on(&self, first: Month) -> Date {
        self.opened_on.max(first.first_day().saturating_sub(1.day()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::land;
    use std::collections::HashSet;

    fn of(seed: u64) -> Vec<Account> {
        let plan = Plan { customers: 4_000, seed, ..Plan::sample() };
        accounts(&plan, &land::areas(plan.seed, plan.customers))
    }

    #[test]
    fn a_county_has_every_kind_of_account() {
        let accounts = of(1);
        let count = |test: &dyn Fn(&Account) -> bool| accounts.iter().filter(|account| test(account)).count();
        assert!(count(&|account| account.tariff.is_resident()) > 3_200);
        assert!(count(&|account| account.tariff == Tariff::ResidentTou) > 1_000);
        assert!(count(&|account| !account.concession.is_empty()) > 20);
        assert!(count(&|account| account.persons.is_some_and(|persons| persons >= 5)) > 200);
        assert!(count(&|account| account.voltage == "10kV") > 5);
        assert!(count(&|account| account.tariff == Tariff::Industry) > 2);
        assert!(count(&|account| account.tariff == Tariff::Farming) > 50);
        assert!(count(&|account| account.opened_on > date(2024, 6, 1)) > 20);
        assert!(count(&|account| account.is_empty(20)) > 20);
        assert!(count(&|account| account.customer_no == "K0000001") > 1);
    }

    #[test]
    fn numbers_are_unique_and_another_seed_is_another_county() {
        let (one, same, other) = (of(1), of(1), of(2));
        assert_eq!(one.iter().map(|account| &account.supply_no).collect::<HashSet<_>>().len(), one.len());
        let names = |accounts: &[Account]| accounts.iter().map(|account| account.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&one), names(&same));
        assert_ne!(names(&one), names(&other));
    }

    #[test]
    fn use_fits_the_capacity() {
        for account in of(1) {
            assert!(account.daily_wh * 3 < account.capacity_kva * 24_000 * 2, "{account:?}");
        }
    }
}
