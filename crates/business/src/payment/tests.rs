//! What the tables of this feature stand on.

use kernel::id::Uuid;
use kernel::{Actor, Voltage};
use platform::Ctx;
use platform::context::{IdSource, Rights};

use crate::supply::{Customer, CustomerKind, UsageCategory, UsagePoint};

pub fn clerk() -> Ctx {
    let now = "2016-09-05T02:00:00Z".parse().expect("an instant");
    let day = jiff::civil::date(2016, 9, 5);
    Ctx::new(now, day, Actor::person("li.na"), Rights::All, IdSource::seeded([3; 32]))
}

pub fn point(n: u128) -> UsagePoint {
    UsagePoint {
        id: Uuid::from_u128(n).into(),
        supply_no: n.to_string(),
        customer: Customer { id: Uuid::from_u128(n).into(), customer_no: None, name: "张三".into() },
        kind: CustomerKind::LowVoltageResident,
        category: UsageCategory::Resident,
        phone: None,
        address: None,
        station: "S1".into(),
        area_code: "A1".into(),
        voltage: Voltage::from_word("0.22kV").expect("a voltage"),
        capacity: None,
        tariff: "t".into(),
        persons: None,
        concession: None,
        opened_on: jiff::civil::date(2012, 1, 1),
        book: None,
    }
}
