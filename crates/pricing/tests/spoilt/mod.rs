//! A sound case, to be spoilt.

use serde_json::{Value, json};

pub fn sound() -> Value {
    json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "usage": {"peak": "180", "valley": "120"},
        "year_to_date": "2700", "persons": 4, "concession": null, "voltage": "0.22kV", "opened_on": "2015-03-01"})
}

pub fn with(field: &str, value: Value) -> String {
    let mut case = sound();
    case[field] = value;
    case.to_string()
}

pub fn with_peak(value: Value) -> String {
    let mut case = sound();
    case["usage"]["peak"] = value;
    case.to_string()
}
