//! What was billed, against what the file says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, bail};

use crate::bureau::Bureau;
use crate::month::Month;
use crate::table::Table;

use super::city::City;
use super::decimal::{divide_rounded, scaled};

pub type Check = (&'static str, Option<String>);
pub type Exceptions = BTreeMap<String, BTreeMap<(String, Month), u64>>;

struct Bill {
    supply_no: String,
    month: Month,
    wh: i128,
    fen: i128,
    lines: Vec<Line>,
}

struct Line {
    /// Thousandths of the unit.
    quantity: i128,
    /// Hundred-millionths of a yuan.
    price: i128,
    fen: i128,
    unit: String,
}

#[derive(Default)]
pub struct Billed {
    bills: BTreeMap<String, Bill>,
}

impl Billed {
    pub fn read(bureau: &Bureau, months: &[Month]) -> Result<Self> {
        let mut billed = Self::default();
        for month in months {
            let cycle = month.to_string();
            let bills = bureau.table("bills", Some(&cycle))?;
            let lines = bureau.table("bill-lines", Some(&cycle))?;
            billed.add(*month, &bills, &lines)?;
        }
        Ok(billed)
    }

    fn add(&mut self, month: Month, bills: &Table, lines: &Table) -> Result<()> {
        let columns = ["bill_no", "supply_no", "cycle", "kwh", "amount", "status"];
        for [bill_no, supply_no, cycle, kwh, amount, status] in bills.select(columns)? {
            if status != "issued" || cycle != month.to_string() {
                bail!("bill {bill_no} of {cycle} is {status}");
            }
            let bill = Bill {
                supply_no: supply_no.to_owned(),
                month,
                wh: scaled(kwh, 3)?,
                fen: scaled(amount, 2)?,
                lines: Vec::new(),
            };
            if self.bills.insert(bill_no.to_owned(), bill).is_some() {
                bail!("bill {bill_no} is exported twice");
            }
        }
        let columns = ["bill_no", "quantity", "unit", "price", "amount"];
        for [bill_no, quantity, unit, price, amount] in lines.select(columns)? {
            let Some(bill) = self.bills.get_mut(bill_no) else {
                bail!("a line belongs to the unknown bill {bill_no}");
            };
            bill.lines.push(Line {
                quantity: scaled(quantity, 3)?,
                price: scaled(price, 8)?,
                fen: scaled(amount, 2)?,
                unit: unit.to_owned(),
            });
        }
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.bills.len()
    }

    pub fn energy(&self) -> i128 {
        self.bills.values().map(|bill| bill.wh).sum()
    }

    pub fn amount(&self) -> i128 {
        self.bills.values().map(|bill| bill.fen).sum()
    }

    pub fn check(&self, city: &City) -> Vec<Check> {
        vec![
            ("kWh billed are the file's, each customer and month", self.energy_differs(city)),
            ("each line is quantity × price, rounded once", self.line_differs()),
            ("each bill is the sum of its lines", self.sum_differs()),
        ]
    }

    fn energy_differs(&self, city: &City) -> Option<String> {
        let mut found: HashMap<(&str, Month), i128> = HashMap::new();
        for bill in self.bills.values() {
            let key = (bill.supply_no.as_str(), bill.month);
            if found.insert(key, bill.wh).is_some() {
                return Some(format!("{} has two bills of {}", key.0, key.1));
            }
        }
        let expected = city.customers.iter().flat_map(|customer| {
            let months = city.months.iter().zip(&customer.monthly);
            months.map(|(month, kwh)| ((customer.supply_no.as_str(), *month), i128::from(*kwh)))
        });
        let mut wrong = expected
            .filter(|(key, kwh)| found.remove(key) != Some(kwh * 1000))
            .map(|((supply_no, month), kwh)| format!("{supply_no} of {month}: not {kwh} kWh"))
            .collect::<Vec<_>>();
        wrong.extend(found.keys().map(|(no, month)| format!("{no} of {month}: not expected")));
        first_of(&wrong)
    }

    fn line_differs(&self) -> Option<String> {
        let mut wrong = Vec::new();
        for (bill_no, bill) in &self.bills {
            for line in &bill.lines {
                // Thousandths × hundred-millionths of a yuan are 10⁻¹¹ yuan; a fen is 10⁻² yuan.
                let fen = divide_rounded(line.quantity * line.price, 1_000_000_000);
                if line.unit != "kWh" || fen != line.fen {
                    wrong.push(format!("a line of bill {bill_no}: {} fen, not {fen}", line.fen));
                }
            }
        }
        first_of(&wrong)
    }

    fn sum_differs(&self) -> Option<String> {
        let wrong: Vec<String> = self
            .bills
            .iter()
            .filter(|(_, bill)| {
                bill.lines.is_empty()
                    || bill.fen != bill.lines.iter().map(|line| line.fen).sum::<i128>()
                    || bill.wh != bill.lines.iter().map(|line| line.quantity).sum::<i128>()
            })
            .map(|(bill_no, _)| format!("bill {bill_no}"))
            .collect();
        first_of(&wrong)
    }
}

/// Who must be seen: one kWh on every day of 21 months; more in a month than the capacity can carry.
pub fn exceptions(city: &City, found: &Exceptions) -> Vec<Check> {
    let nothing = BTreeMap::new();
    let constant = found.get("constant").unwrap_or(&nothing);
    let seen: BTreeSet<&str> = constant.keys().map(|(no, _)| no.as_str()).collect();
    let unseen: Vec<String> = city
        .customers
        .iter()
        .filter(|customer| customer.constant && !seen.contains(customer.supply_no.as_str()))
        .map(|customer| format!("{} is not seen", customer.supply_no))
        .collect();
    let over = found.get("over-capacity").unwrap_or(&nothing);
    let missed: Vec<String> = beyond_capacity(city)
        .into_iter()
        .filter(|key| !over.contains_key(key))
        .map(|(supply_no, month)| format!("{supply_no} of {month} is not seen"))
        .collect();
    vec![
        ("constant customers are seen as `constant`", first_of(&unseen)),
        ("those beyond capacity are seen as `over-capacity`", first_of(&missed)),
    ]
}

fn beyond_capacity(city: &City) -> Vec<(String, Month)> {
    let mut keys = Vec::new();
    for customer in &city.customers {
        for (month, kwh) in city.months.iter().zip(&customer.monthly) {
            if *kwh > customer.capacity_kva * 24 * month.days().unsigned_abs() {
                keys.push((customer.supply_no.clone(), *month));
            }
        }
    }
    keys
}

fn first_of(wrong: &[String]) -> Option<String> {
    let first = wrong.first()?;
    Some(format!("{} in all, first: {first}", wrong.len()))
}

#[cfg(test)]
mod tests {
    use super::super::city::Customer;
    use super::*;

    fn city() -> City {
        City::of(
            vec![Month::new(2016, 8)],
            vec![Customer::of("1", vec![31], 1, true), Customer::of("2", vec![9000], 12, false)],
        )
    }

    fn billed(bills: &str, lines: &str) -> Billed {
        let bills = Table::parse(&format!("bill_no,supply_no,cycle,kwh,amount,status\n{bills}"));
        let lines = Table::parse(&format!("bill_no,quantity,unit,price,amount\n{lines}"));
        let mut billed = Billed::default();
        billed.add(Month::new(2016, 8), &bills.expect("CSV"), &lines.expect("CSV")).expect("read");
        billed
    }

    const BILLS: &str = "A,1,2016-08,31,24.80,issued\nB,2,2016-08,9000,7200.00,issued\n";
    const LINES: &str = "A,31,kWh,0.8000,24.80\nB,9000,kWh,0.8,7200.00\n";

    #[test]
    fn right_bills_pass_every_check() {
        for (name, failure) in billed(BILLS, LINES).check(&city()) {
            assert_eq!(failure, None, "{name}");
        }
    }

    #[test]
    fn a_kwh_too_many_a_wrong_fen_and_a_wrong_sum_are_each_found() {
        let failed = |bills: &str, lines: &str| -> Vec<bool> {
            let checks = billed(bills, lines).check(&city());
            checks.iter().map(|(_, failure)| failure.is_some()).collect()
        };
        let more = failed(&BILLS.replace(",31,", ",32,"), &LINES.replace("A,31", "A,32"));
        assert_eq!(more, [true, true, false]);
        let fen = failed(&BILLS.replace("24.80", "24.81"), &LINES.replace("24.80", "24.81"));
        assert_eq!(fen, [false, true, false]);
        let sum = failed(&BILLS.replace("24.80", "24.81"), LINES);
        assert_eq!(sum, [false, false, true]);
    }

    #[test]
    fn a_missing_bill_is_found() {
        let one = billed("A,1,2016-08,31,24.80,issued\n", "A,31,kWh,0.8,24.80\n");
        assert!(one.check(&city())[0].1.is_some());
    }

    #[test]
    fn unseen_exceptions_are_named() {
        let mut found = Exceptions::new();
        assert!(exceptions(&city(), &found).iter().all(|check| check.1.is_some()));
        let month = Month::new(2016, 8);
        for (code, who) in [("constant", "1"), ("over-capacity", "2")] {
            let accounts = found.entry(code.to_owned()).or_default();
            accounts.insert((who.to_owned(), month), 1);
        }
        assert!(exceptions(&city(), &found).iter().all(|check| check.1.is_none()));
    }
}
