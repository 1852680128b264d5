//! An account with its meter, for stories that are about something else than importing it.

use crate::House;

#[derive(Debug, Clone)]
pub struct Account {
    supply_no: String,
    tariff: String,
    station: String,
    voltage: String,
    capacity: String,
    persons: String,
    concession: String,
    opened_on: String,
    book: String,
    meters: Vec<String>,
}

impl Account {
    /// An old account of 8 kVA at 220 V in the station S1, without a meter.
    pub fn new(supply_no: &str, tariff: &str) -> Account {
        Account {
            supply_no: supply_no.into(),
            tariff: tariff.into(),
            station: "S1".into(),
            voltage: "0.22kV".into(),
            capacity: "8".into(),
            persons: String::new(),
            concession: String::new(),
            opened_on: "2012-03-01".into(),
            book: String::new(),
            meters: Vec::new(),
        }
    }

    /// The trade account of most stories: 0.8000 yuan a kWh, one meter named after it (`M1001`) with
    /// a total register that began at zero at the end of July 2016.
    pub fn trade(supply_no: &str) -> Account {
        Account::new(supply_no, "sample/general-single").meter(&format!("M{supply_no}"), "2016-07-31", "total 0")
    }

    pub fn station(mut self, code: &str) -> Account {
        self.station = code.into();
        self
    }

    pub fn voltage(mut self, word: &str) -> Account {
        self.voltage = word.into();
        self
    }

    pub fn capacity(mut self, kva: &str) -> Account {
        self.capacity = kva.into();
        self
    }

    pub fn persons(mut self, number: &str) -> Account {
        self.persons = number.into();
        self
    }

    pub fn concession(mut self, word: &str) -> Account {
        self.concession = word.into();
        self
    }

    pub fn opened_on(mut self, day: &str) -> Account {
        self.opened_on = day.into();
        self
    }

    pub fn book(mut self, code: &str) -> Account {
        self.book = code.into();
        self
    }

    /// A meter of six digits whose registers begin as told: `peak 1000, valley 500`.
    pub fn meter(self, meter_no: &str, installed_on: &str, registers: &str) -> Account {
        self.meter_times(meter_no, installed_on, 1, registers)
    }

    pub fn meter_times(mut self, meter_no: &str, installed_on: &str, multiplier: i64, registers: &str) -> Account {
        for register in registers.split(',') {
            let (word, opening) = register.trim().split_once(' ').expect("a register and its opening");
            self.meters.push(format!("{meter_no},{},{installed_on},,{multiplier},6,{word},{opening},", self.supply_no));
        }
        self
    }

    fn area(&self) -> String {
        format!("{0},城区变,城区{0}线,{0}-A1,{0}一号台区,400", self.station)
    }

    fn customer(&self) -> String {
        let Account { supply_no, tariff, station, voltage, capacity, persons, concession, opened_on, book, .. } = self;
        format!(
            "{supply_no},张三,03,200,13812341234,翠竹路12号,{station},{station}-A1,{voltage},{capacity},{tariff},{persons},{concession},{opened_on},,{book}"
        )
    }
}

impl House {
    /// Imports accounts with their areas and meters.
    pub async fn connect(&self, accounts: &[Account]) {
        let mut areas: Vec<String> = accounts.iter().map(Account::area).collect();
        areas.sort();
        areas.dedup();
        self.areas(&areas.join("\n")).await.wholly();
        let customers: Vec<String> = accounts.iter().map(Account::customer).collect();
        self.customers(&customers.join("\n")).await.wholly();
        let meters: Vec<String> = accounts.iter().flat_map(|account| account.meters.clone()).collect();
        self.meters(&meters.join("\n")).await.wholly();
    }
}
