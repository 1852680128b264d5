//! That nothing that can be written makes a quote or a pack panic.

mod spoilt;
mod support;

use std::sync::LazyLock;

use pricing::TariffBook;
use pricing::pack::{kind_of, read_tariff};
use pricing::quote::quote;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use spoilt::{sound, with, with_peak};
use support::{shipped_book, shipped_packs};

static BOOK: LazyLock<TariffBook> = LazyLock::new(shipped_book);

const FIGURES: &[&str] = &[
    "\"\"",
    "\"-1\"",
    "\"0\"",
    "\"1e400\"",
    "\"0.123456789\"",
    "\"1000\"",
    "\"1000.00000001\"",
    "\"92233720368.54775807\"",
    "\"9223372036854775.807\"",
    "\"99999999999999999999\"",
    "\"1000000000\"",
    "\"电\"",
    "1",
    "-1",
    "0x11",
    "9223372036854775807",
    "99999999999999999999",
    "1.5",
    "1e400",
    "nan",
    "inf",
    "true",
    "[]",
    "[[]]",
    "{}",
    "[\"1\", 2, {}]",
    "2012-07-01",
    "0000-01-01",
    "9999-12-31",
    "2012-02-30",
    "2012-07-01T00:00:00Z",
    "00:00:00",
    "\"\"\"\n多行\n\"\"\"",
    "\"\\u0000\"",
];

/// A shipped pack, or one with everything that a pack may hold.
fn any_pack() -> impl Strategy<Value = String> {
    let mut texts: Vec<String> = shipped_packs().into_iter().map(|(_, text)| text).collect();
    texts.push(RICH.to_owned());
    texts.push(RICH.to_owned());
    prop::sample::select(texts)
}

const RICH: &str = r#"
kind = "tariff"
format = 1
code = "test/rich"
zh = "电价"
en = "Tariff"

[[version]]
id = "1"
from = 2012-07-01
until = 2014-06-30
source = "依据"
mark = "published"
registers = ["peak", "valley"]
[[version.price]]
voltage = ["0.22kV"]
energy = { peak = "0.5", valley = "0.3" }
[version.tiers]
span = "month"
limit = [{ months = [1, 2, 3, 4, 5, 6], kwh = ["200"] }, { months = [7, 8, 9, 10, 11, 12], kwh = ["300"] }]
[[version.tiers.surcharge]]
tier = 2
[version.tiers.surcharge.add_by_register]
peak = "0.06"
valley = "0.03"
[[version.household]]
persons_from = 5
add_kwh_per_month = "100"
source = "依据"
mark = "digest"
[[version.relief]]
concessions = ["low-income"]
yuan_per_month = "7.84"
source = "依据"
mark = "digest"
[[version.fund]]
code = "a"
zh = "基金"
en = "fund"
price = "0.01"
source = "依据"
mark = "assumed"
[[version.fund]]
code = "b"
zh = "基金"
en = "fund"
price = "0.00196875"
source = "依据"
mark = "assumed"

[[version]]
id = "2"
from = 2014-07-01
source = "依据"
mark = "published"
registers = ["total"]
[[version.price]]
voltage = ["0.22kV"]
energy = { total = "0.5" }
"#;

#[derive(Debug, Clone)]
enum Mutation {
    Value(prop::sample::Index, &'static str),
    Delete(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, String),
    Cut(prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (at(), prop::sample::select(FIGURES)).prop_map(|(at, value)| Mutation::Value(at, value)),
        2 => at().prop_map(Mutation::Delete),
        2 => (at(), at()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        1 => (at(), "\\PC{0,8}").prop_map(|(at, text)| Mutation::Insert(at, text)),
        1 => at().prop_map(Mutation::Cut),
    ]
}

/// Replaces what stands after the last `=`, up to the closing brackets of an inline table.
fn with_value(line: &str, value: &str) -> String {
    match line.rsplit_once(" = ") {
        Some((key, old)) => {
            let closing = old.trim_start_matches(|letter| !matches!(letter, '}' | ']'));
            format!("{key} = {value} {closing}")
        }
        None => line.to_owned(),
    }
}

fn mutated(text: &str, mutations: &[Mutation]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for mutation in mutations {
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        match mutation {
            Mutation::Value(at, value) => lines[at.index(count)] = with_value(&lines[at.index(count)], value),
            Mutation::Delete(at) => drop(lines.remove(at.index(count))),
            Mutation::Repeat(from, to) => lines.insert(to.index(count), lines[from.index(count)].clone()),
            Mutation::Insert(at, text) => lines[at.index(count)].push_str(text),
            Mutation::Cut(at) => {
                let line = &mut lines[at.index(count)];
                let keep = line.chars().count() / 2;
                *line = line.chars().take(keep).collect();
            }
        }
    }
    lines.join("\n")
}

/// Reads a text as a pack; what is refused is refused with a place and both languages.
fn read_without_panic(text: &str) -> Result<(), TestCaseError> {
    kind_of(text);
    match read_tariff("test.toml", text) {
        Ok(tariff) => {
            prop_assert!(!tariff.versions.is_empty());
            for version in &tariff.versions {
                prop_assert_eq!(version.digest().len(), 64);
            }
            let book = TariffBook::read([("test.toml", text)]).expect("it was read before");
            let case = json!({"tariff": tariff.code, "cycle": "2016-08", "usage": {"total": "1000000000"}, "year_to_date": "1000000000",
                "persons": 5, "concession": "low-income"});
            let _ = quote(&book, &case.to_string());
        }
        Err(mistakes) => {
            prop_assert!(!mistakes.is_empty());
            let lines = text.matches('\n').count() + 1;
            for mistake in mistakes {
                prop_assert!((1..=lines).contains(&mistake.line), "{:?}", mistake);
                prop_assert!(!mistake.message.zh.is_empty() && !mistake.message.en.is_empty());
            }
        }
    }
    Ok(())
}

fn any_json() -> impl Strategy<Value = Value> {
    const WORDS: &[&str] = &[
        "0.22kV",
        "10kV",
        "low-income",
        "2016-08",
        "2016-13",
        "180",
        "-1",
        "1e400",
        "cn-zhejiang/resident",
        "sample/farming",
        "2016-09-30",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<i64>().prop_map(|wh| Value::from(wh.to_string())),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let key = prop_oneof![
            prop::sample::select(&["tariff", "cycle", "usage", "total", "peak", "valley", "persons", "voltage"][..])
                .prop_map(str::to_owned),
            "\\PC{0,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(Config { cases: 3000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_text_makes_a_quote_panic(text in any::<String>()) {
        prop_assert!(quote(&BOOK, &text).is_err());
    }

    #[test]
    fn no_json_makes_a_quote_panic(value in any_json()) {
        let _ = quote(&BOOK, &value.to_string());
    }

    #[test]
    fn no_field_of_a_case_makes_a_quote_panic(
        field in prop::sample::select(&["tariff", "cycle", "usage", "year_to_date", "persons", "concession", "voltage", "opened_on"][..]),
        value in any_json(),
    ) {
        let _ = quote(&BOOK, &with(field, value.clone()));
        let _ = quote(&BOOK, &with_peak(value));
    }

    #[test]
    fn no_letter_put_into_a_case_makes_a_quote_panic(at in any::<prop::sample::Index>(), letter in any::<char>(), remove in any::<bool>()) {
        let mut letters: Vec<char> = sound().to_string().chars().collect();
        let at = at.index(letters.len());
        if remove {
            letters[at] = letter;
        } else {
            letters.insert(at, letter);
        }
        let _ = quote(&BOOK, &letters.into_iter().collect::<String>());
    }

    #[test]
    fn no_text_makes_a_pack_panic(text in any::<String>()) {
        read_without_panic(&text)?;
    }

    #[test]
    fn no_change_of_a_pack_makes_it_panic(text in any_pack(), mutations in prop::collection::vec(mutation(), 1..5)) {
        read_without_panic(&mutated(&text, &mutations))?;
    }
}

#[test]
fn the_rich_pack_is_sound_before_it_is_spoilt() {
    assert_eq!(read_tariff("test.toml", RICH).map(|tariff| tariff.versions.len()), Ok(2));
}

#[test]
fn every_figure_of_a_pack_may_be_replaced_by_anything_without_panic() {
    for text in shipped_packs().into_iter().map(|(_, text)| text).chain([RICH.to_owned()]) {
        for (at, line) in text.lines().enumerate() {
            for value in FIGURES {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines[at] = with_value(line, value);
                read_without_panic(&lines.join("\n")).unwrap_or_else(|error| panic!("{value}: {error}"));
            }
        }
    }
}

#[test]
fn funds_beyond_every_number_are_a_mistake_and_no_overflow() {
    let huge = RICH.replace("\"0.01\"", "\"92233720368.5\"").replace("\"0.00196875\"", "\"92233720368.5\"");
    let mistakes = read_tariff("test.toml", &huge).expect_err("mistakes");
    assert!(mistakes.iter().any(|mistake| mistake.field == "version[1].fund[1].price"), "{mistakes:?}");
}

#[test]
fn a_pack_nested_without_end_is_refused_and_not_followed() {
    for text in [
        "[".repeat(100_000),
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("a{} = 1", ".a".repeat(100_000)),
        format!("[a{}]", ".a".repeat(100_000)),
    ] {
        assert!(read_tariff("test.toml", &text).is_err());
        kind_of(&text);
    }
}
