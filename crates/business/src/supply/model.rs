use kernel::{Capacity, Date, Voltage, words};
use pricing::Concession;
use serde::{Deserialize, Serialize};

kernel::ids! {
    /// A person or body that has contracts.
    CustomerId,
    /// The place where power is taken and metered 用电户.
    UsagePointId,
}

words! {
    /// Customer kind 客户类别.
    pub enum CustomerKind {
        HighVoltage = "01" ("高压客户", "high voltage"),
        LowVoltageOther = "02" ("低压非居民", "low voltage, other"),
        LowVoltageResident = "03" ("低压居民", "low voltage, resident"),
    }
}

words! {
    /// Category of use 用电类别.
    pub enum UsageCategory {
        LargeIndustry = "100" ("大工业", "large industry"),
        Resident = "200" ("居民生活", "resident"),
        Farming = "300" ("农业生产", "farming"),
        General = "400" ("一般工商业", "general trade and industry"),
        Lighting = "401" ("非居民照明", "non-resident lighting"),
        NonIndustrial = "402" ("非工业", "non-industrial"),
        OrdinaryIndustry = "403" ("普通工业", "ordinary industry"),
        Trade = "405" ("商业", "trade"),
        Wholesale = "500" ("趸售", "wholesale"),
        Other = "900" ("其他", "other"),
    }
}

/// How many may live in a household.
pub const PERSONS: std::ops::RangeInclusive<i64> = 0..=999;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// None where the bureau's file gave none: then the customer has this one usage point.
    pub customer_no: Option<String>,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePoint {
    pub id: UsagePointId,
    pub supply_no: String,
    pub customer: Customer,
    pub kind: CustomerKind,
    pub category: UsageCategory,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub station: String,
    pub area_code: String,
    pub voltage: Voltage,
    pub capacity: Option<Capacity>,
    pub tariff: String,
    pub persons: Option<u32>,
    pub concession: Option<Concession>,
    pub opened_on: Date,
    /// The reading book 抄表段 to which it belongs.
    pub book: Option<String>,
}

/// `张*`: the first character, then one star for each other.
pub fn masked_name(name: &str) -> String {
    name.chars().enumerate().map(|(at, letter)| if at == 0 { letter } else { '*' }).collect()
}

/// `138****1234`; shorter numbers keep only their last two digits.
pub fn masked_phone(phone: &str) -> String {
    let letters: Vec<char> = phone.chars().collect();
    let shown_from = if letters.len() >= 9 { (3, letters.len() - 4) } else { (0, letters.len().saturating_sub(2)) };
    letters
        .iter()
        .enumerate()
        .map(|(at, letter)| if (shown_from.0..shown_from.1).contains(&at) { '*' } else { *letter })
        .collect()
}

/// The address up to the street; what tells the door is hidden, and all that follows a number.
pub fn masked_address(address: &str) -> String {
    let street_ends = ["路", "街", "巷", "道", "村", "镇", "乡"];
    let before_number = address.split(char::is_numeric).next().unwrap_or_default();
    let end = street_ends.iter().filter_map(|mark| before_number.find(mark).map(|at| at + mark.len())).max();
    let shown = end.map_or_else(|| before_number.chars().take(4).collect::<String>(), |end| address[..end].to_owned());
    if shown.len() < address.len() { format!("{shown}***") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_masked_to_what_a_clerk_needs_to_recognise_it() {
        assert_eq!(masked_name("张三丰"), "张**");
        assert_eq!(masked_name(""), "");
        assert_eq!(masked_phone("13812341234"), "138****1234");
        assert_eq!(masked_phone("12345"), "***45");
        assert_eq!(masked_address("扬中市三茅镇翠竹路12号3幢201室"), "扬中市三茅镇翠竹路***");
        assert_eq!(masked_address("青禾县城关镇桃源街82号怡景新村5幢"), "青禾县城关镇桃源街***");
        assert_eq!(masked_address("1号楼"), "***");
        assert_eq!(masked_address("某处不详的地址"), "某处不详***");
    }
}
