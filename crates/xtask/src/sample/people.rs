//! Who is supplied: names, addresses, and what was agreed.

use crate::month::Month;
use crate::rng::Rng;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tariff {
    Resident,
    ResidentTou,
    Trade,
    Farming,
}

impl Tariff {
    pub fn code(self) -> &'static str {
        match self {
            Self::Resident => "cn-zhejiang/resident",
            Self::ResidentTou => "cn-zhejiang/resident-tou",
            Self::Trade => "sample/general-single",
            Self::Farming => "sample/farming",
        }
    }
}

pub struct Account {
    pub supply_no: String,
    pub customer_no: String,
    pub name: String,
    pub kind: &'static str,
    pub category: &'static str,
    pub phone: String,
    pub address: String,
    pub area: usize,
    pub voltage: &'static str,
    pub capacity_kva: u64,
    pub tariff: Tariff,
    pub persons: Option<u64>,
    pub concession: &'static str,
    pub opened_on: String,
    /// Metered behind transformers on the high side.
    pub multiplier: u64,
}

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "欧阳", "许", "邓", "冯", "韩", "曹", "曾", "彭", "萧",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "秀英", "敏", "静", "丽华", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀兰",
    "霞", "平", "刚", "桂英", "建国", "志强", "晓东", "玉梅", "海燕", "文博", "子涵", "雨桐",
];
const STREETS: &[&str] = &["柳荫路", "桂花里", "东渡街", "清河大道", "稻香路", "书院巷"];
const SHOPS: &[&str] = &["便利店", "理发店", "小吃店", "五金店", "药房", "洗车行", "水果店", "书店", "茶馆", "诊所"];
const FARMS: &[&str] = &["排灌站", "蔬菜大棚", "育秧基地", "水产养殖场"];

/// The first account is a factory at high voltage, and the second and third are one customer with
/// two points of supply; every ninth account after them trades, every seventeenth farms.
pub fn account(index: usize, rng: &mut Rng) -> Account {
    let tariff = match index {
        0 => Tariff::Trade,
        1 | 2 => Tariff::Resident,
        i if i % 17 == 0 => Tariff::Farming,
        i if i % 9 == 0 => Tariff::Trade,
        i if i % 3 == 0 => Tariff::ResidentTou,
        _ => Tariff::Resident,
    };
    let opened = Month::new(i64::try_from(rng.between(2008, 2022)).unwrap_or(2008), 1);
    let opened = opened.plus(i64::try_from(rng.between(0, 11)).unwrap_or(0));
    let person = format!("{}{}", rng.pick(SURNAMES), rng.pick(GIVEN));
    let street = rng.pick(STREETS);
    let number = rng.between(1, 180);
    let mut account = Account {
        supply_no: format!("{}", 3_301_000_001_u64 + index as u64),
        customer_no: String::new(),
        name: person,
        kind: "03",
        category: "200",
        phone: format!("139{:08}", rng.between(0, 99_999_999)),
        address: format!("清河市{street}{number}号{}室", rng.between(1, 6) * 100 + rng.between(1, 4)),
        area: index % 3,
        voltage: "0.22kV",
        capacity_kva: 8,
        tariff,
        persons: Some(rng.between(1, 6)),
        concession: if rng.one_in(15) { "low-income" } else { "" },
        opened_on: opened.day(15),
        multiplier: 1,
    };
    let shop = format!("清河{street}{}", rng.pick(SHOPS));
    let farm = format!("稻香村{}", rng.pick(FARMS));
    match tariff {
        Tariff::Trade => business(&mut account, "400", shop, rng.between(20, 80)),
        Tariff::Farming => {
            business(&mut account, "300", farm, rng.between(15, 50));
            account.area = 3;
        }
        Tariff::Resident | Tariff::ResidentTou => {}
    }
    special(index, &mut account);
    account
}

fn business(account: &mut Account, category: &'static str, name: String, capacity: u64) {
    account.kind = "02";
    account.category = category;
    account.name = name;
    account.voltage = "0.38kV";
    account.capacity_kva = capacity;
    account.persons = None;
    account.concession = "";
    account.address =
        account.address.split_once('号').map_or(account.address.clone(), |(street, _)| format!("{street}号"));
}

fn special(index: usize, account: &mut Account) {
    match index {
        0 => {
            account.kind = "01";
            account.name = "清河精密机械厂".to_owned();
            account.voltage = "10kV";
            account.capacity_kva = 250;
            account.multiplier = 40;
            account.area = 3;
        }
        1 | 2 => {
            account.name = "沈文华".to_owned();
            account.customer_no = "K000001".to_owned();
            account.phone = "13900000001".to_owned();
            account.concession = "";
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bureau_has_all_four_kinds_of_account() {
        let mut rng = Rng::new(1);
        let accounts: Vec<Account> = (0..120).map(|i| account(i, &mut rng)).collect();
        let count = |tariff| accounts.iter().filter(|a| a.tariff == tariff).count();
        assert!(count(Tariff::Resident) > 50);
        assert!(count(Tariff::ResidentTou) > 20);
        assert!(count(Tariff::Trade) >= 10);
        assert!(count(Tariff::Farming) >= 5);
    }

    #[test]
    fn only_a_household_has_persons() {
        let mut rng = Rng::new(1);
        for index in 0..120 {
            let account = account(index, &mut rng);
            assert_eq!(account.persons.is_some(), account.category == "200");
        }
    }
}
