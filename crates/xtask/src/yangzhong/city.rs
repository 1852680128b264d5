//! The file, and the bureau that is made of it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::month::Month;
use crate::table::Table;

pub struct City {
    pub months: Vec<Month>,
    pub customers: Vec<Customer>,
}

pub struct Customer {
    pub supply_no: String,
    meter_no: String,
    /// kWh of each month, in the order of the city's months.
    pub monthly: Vec<u64>,
    pub capacity_kva: u64,
    /// One kWh on every day: a figure that stands for "nothing".
    pub constant: bool,
}

const BEFORE: &str = "2014-12-31";
const AREAS: usize = 15;
const AREAS_OF_A_STATION: usize = 5;

impl City {
    pub fn read(text: &str) -> Result<Self> {
        let table = Table::parse(text)?;
        let last = table.header.len() - 1;
        ensure!(
            table.header[0] == "record_date" && table.header[last] == "total",
            "the file has other columns than expected"
        );
        let mut days: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for row in &table.rows {
            ensure!(row.len() == last + 1, "{} has {} fields", row[0], row.len());
            let numbers = row[1..]
                .iter()
                .map(|cell| cell.parse::<u64>().with_context(|| format!("{}: `{cell}`", row[0])))
                .collect::<Result<Vec<_>>>()?;
            let sum: u64 = numbers[..last - 1].iter().sum();
            ensure!(sum == numbers[last - 1], "{} does not add up", row[0]);
            days.insert(&row[0], numbers);
        }
        let months = months_of(&days)?;
        let customers = (1..last).map(|column| customer(column, &days, &months)).collect();
        Ok(Self { months, customers })
    }

    pub fn write(&self, dir: &Path) -> Result<()> {
        fs::write(dir.join("areas.csv"), self.areas()?)?;
        fs::write(dir.join("customers.csv"), self.customers()?)?;
        fs::write(dir.join("meters.csv"), self.meters()?)?;
        for (i, month) in self.months.iter().enumerate() {
            let mut text = "meter_no,read_on,register,value,kind\n".to_owned();
            let read_on = month.last_day();
            for customer in &self.customers {
                let state: u64 = customer.monthly[..=i].iter().sum();
                writeln!(text, "{},{read_on},total,{state},actual", customer.meter_no)?;
            }
            fs::write(dir.join(format!("readings-{month}.csv")), text)?;
        }
        Ok(())
    }

    fn areas(&self) -> Result<String> {
        let mut text = "station,substation,feeder,area_code,area_name,capacity_kva\n".to_owned();
        for area in 0..AREAS {
            let station = area / AREAS_OF_A_STATION + 1;
            let capacity: u64 =
                self.customers.iter().skip(area).step_by(AREAS).map(|customer| customer.capacity_kva).sum();
            let no = area + 1;
            writeln!(text, "YZ0{station},扬中{station}号变,F{no:02},YZA{no:02},扬中{no}台区,{capacity}")?;
        }
        Ok(text)
    }

    fn customers(&self) -> Result<String> {
        let mut text = "supply_no,name,kind,category,phone,address,station,area_code,voltage,\
                        capacity_kva,tariff,persons,concession,opened_on\n"
            .to_owned();
        for (i, customer) in self.customers.iter().enumerate() {
            let no = i + 1;
            let area = i % AREAS;
            let (station, area) = (area / AREAS_OF_A_STATION + 1, area + 1);
            writeln!(
                text,
                "{},扬中用户{no},02,400,,扬中市{no}号,YZ0{station},YZA{area:02},10kV,{},\
                 sample/general-single,,,{BEFORE}",
                customer.supply_no, customer.capacity_kva
            )?;
        }
        Ok(text)
    }

    fn meters(&self) -> Result<String> {
        let mut text = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,\
                        opening,closing\n"
            .to_owned();
        for customer in &self.customers {
            let (meter, supply) = (&customer.meter_no, &customer.supply_no);
            writeln!(text, "{meter},{supply},{BEFORE},,1,9,total,0,")?;
        }
        Ok(text)
    }
}

fn months_of(days: &BTreeMap<&str, Vec<u64>>) -> Result<Vec<Month>> {
    let mut count: BTreeMap<Month, i64> = BTreeMap::new();
    for day in days.keys() {
        let month = day.get(..7).context("a short date")?;
        *count.entry(Month::parse(month)?).or_default() += 1;
    }
    for (month, days) in &count {
        ensure!(*days == month.days(), "{month} has {days} days");
    }
    Ok(count.into_keys().collect())
}

fn customer(column: usize, days: &BTreeMap<&str, Vec<u64>>, months: &[Month]) -> Customer {
    let mut daily: Vec<u64> = days.values().map(|row| row[column - 1]).collect();
    let mut start = 0;
    let monthly = months
        .iter()
        .map(|month| {
            let end = start + month.days().unsigned_abs() as usize;
            let sum = daily[start..end].iter().sum();
            start = end;
            sum
        })
        .collect();
    let constant = daily.iter().all(|kwh| *kwh == 1);
    daily.sort_unstable();
    Customer {
        supply_no: format!("321182{column:04}"),
        meter_no: format!("32118200{column:04}"),
        monthly,
        capacity_kva: daily[daily.len() * 98 / 100].div_ceil(24),
        constant,
    }
}

#[cfg(test)]
impl City {
    pub fn of(months: Vec<Month>, customers: Vec<Customer>) -> Self {
        Self { months, customers }
    }
}

#[cfg(test)]
impl Customer {
    pub fn of(supply_no: &str, monthly: Vec<u64>, capacity_kva: u64, constant: bool) -> Self {
        Self { supply_no: supply_no.to_owned(), meter_no: supply_no.to_owned(), monthly, capacity_kva, constant }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn february() -> String {
        let mut text = "record_date,1,2,total\n".to_owned();
        for day in 1..=29 {
            let kwh = if day == 29 { 500 } else { 48 };
            text.push_str(&format!("2016-02-{day:02},{kwh},1,{}\n", kwh + 1));
        }
        text
    }

    #[test]
    fn months_capacity_and_constancy_follow_from_the_days() {
        let city = City::read(&february()).expect("a city");
        assert_eq!(city.months, [Month::new(2016, 2)]);
        let [busy, idle] = &city.customers[..] else {
            panic!("two customers");
        };
        assert_eq!(busy.monthly, [28 * 48 + 500]);
        assert!(idle.constant && !busy.constant);
        assert_eq!(idle.capacity_kva, 1);
    }

    #[test]
    fn a_day_that_does_not_add_up_is_refused() {
        let broken = february().replace("2016-02-03,48,1,49", "2016-02-03,48,1,50");
        assert!(City::read(&broken).is_err());
    }

    #[test]
    fn a_month_with_a_hole_is_refused() {
        let broken = february().replace("2016-02-03,48,1,49\n", "");
        assert!(City::read(&broken).is_err());
    }

    #[test]
    fn the_files_of_a_bureau_are_written_with_the_running_sum() {
        let dir = tempfile::tempdir().expect("a directory");
        let city = City::read(&february()).expect("a city");
        city.write(dir.path()).expect("written");
        let readings = fs::read_to_string(dir.path().join("readings-2016-02.csv")).expect("read");
        assert!(readings.contains("321182000001,2016-02-29,total,1844,actual"));
        for file in ["areas.csv", "customers.csv", "meters.csv"] {
            let text = fs::read_to_string(dir.path().join(file)).expect("read");
            let table = Table::parse(&text).expect("CSV");
            assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
        }
    }
}
