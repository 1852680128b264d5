//! What a customer's page may show of a journal entry's detail: figures and words that are nobody's
//! personal data. What a feature adds to its entries stays hidden until it is named here.

use serde_json::Value;

const SHOWN: [&str; 31] = [
    "amount",
    "amount_fen",
    "method",
    "channel",
    "receipt_no",
    "reversal",
    "returned",
    "register",
    "read_on",
    "value",
    "kind",
    "shown",
    "before",
    "after",
    "decision",
    "book",
    "prints",
    "waived",
    "days",
    "cycle",
    "bills",
    "state",
    "from",
    "to",
    "demand_mode",
    "capacity_kva",
    "contract_kw",
    "meter_side",
    "no_load_kw",
    "line_loss",
    "tariff",
];

/// The facts of a detail, in its order: text, whole numbers, and lists of words.
pub fn facts(detail: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(detail)) = serde_json::from_str(detail) else {
        return Vec::new();
    };
    let shown = detail.into_iter().filter(|(name, _)| SHOWN.contains(&name.as_str()));
    shown.filter_map(|(name, value)| plain(&value).map(|value| (name, value))).collect()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_harmless_is_shown() {
        let detail =
            r#"{"amount":"12.00","phone":"13812341234","shown":["name","phone"],"before":{"name":"张三"},"bills":2}"#;
        let facts = facts(detail);
        let expected = [("amount", "12.00"), ("bills", "2"), ("shown", "name, phone")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(facts.len(), expected.len());
        assert!(expected.iter().all(|fact| facts.contains(fact)), "{facts:?}");
        assert_eq!(super::facts("spoilt"), []);
    }
}
