//! What is refused, by which stable code and at which field; and that nothing ever panics.

mod support;

use std::sync::LazyLock;

use kernel::refusal::RefusalKind;
use pricing::TariffBook;
use pricing::pack::{kind_of, read_tariff};
use pricing::quote::quote;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use support::{shipped_book, shipped_packs};

static BOOK: LazyLock<TariffBook> = LazyLock::new(shipped_book);

/// The code and the field of the refusal; `-` where no single field is at fault.
fn refused(text: &str) -> (&'static str, String) {
    match quote(&BOOK, text) {
        Ok(quote) => panic!("{text} was priced at {}", quote.total),
        Err(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Invalid, "{text}");
            assert!(!refusal.text.zh.is_empty() && !refusal.text.en.is_empty(), "{text}");
            (refusal.code, refusal.field.unwrap_or_else(|| "-".to_owned()))
        }
    }
}

fn assert_refused(text: &str, code: &str, field: &str) {
    assert_eq!(refused(text), (code, field.to_owned()), "{text}");
}

fn sound() -> Value {
    json!({"tariff": "cn-zhejiang/resident-tou", "cycle": "2016-08", "usage": {"peak": "180", "valley": "120"},
        "year_to_date": "2700", "persons": 4, "concession": null, "voltage": "0.22kV", "opened_on": "2015-03-01"})
}

fn with(field: &str, value: Value) -> String {
    let mut case = sound();
    case[field] = value;
    case.to_string()
}

fn with_peak(value: Value) -> String {
    let mut case = sound();
    case["usage"]["peak"] = value;
    case.to_string()
}

fn without(field: &str) -> String {
    let mut case = sound();
    case.as_object_mut().expect("an object").remove(field);
    case.to_string()
}

#[test]
fn the_case_that_all_others_spoil_is_priced() {
    let quote = quote(&BOOK, &sound().to_string()).expect("a price");
    assert_eq!(quote.total, "148.80");
}

#[test]
fn a_tariff_is_named_in_full_or_refused() {
    for unknown in
        ["cn-zhejiang", "cn-zhejiang/Resident", "cn-zhejiang/resident ", "", "../../etc/passwd", "电价", "\u{0}"]
    {
        assert_refused(&with("tariff", json!(unknown)), "tariff.unknown", "tariff");
    }
    assert_refused(&without("tariff"), "field.missing", "tariff");
    assert_refused(&with("tariff", Value::Null), "field.missing", "tariff");
}

#[test]
fn a_cycle_is_four_digits_a_dash_and_a_month_or_refused() {
    let wrong = [
        "2016-13",
        "2016-00",
        "2016-8",
        "16-08",
        "2016/08",
        "201608",
        "2016-08-01",
        "2016-aug",
        " 2016-08",
        "2016-08 ",
        "",
        "-016-08",
        "2016-1３",
        "0000-01",
        "9999-12",
        "+016-08",
        "2016-0x",
        "2016-1e",
        "2016年8月",
    ];
    for cycle in wrong {
        assert_refused(&with("cycle", json!(cycle)), "cycle.invalid", "cycle");
    }
    assert_refused(&without("cycle"), "field.missing", "cycle");
    assert_refused(&with("cycle", Value::Null), "field.missing", "cycle");
}

#[test]
fn a_cycle_before_the_first_version_has_no_price() {
    for cycle in ["2012-06", "2000-01", "1900-01"] {
        let mut case = sound();
        case["cycle"] = json!(cycle);
        case["opened_on"] = Value::Null;
        assert_refused(&case.to_string(), "unpriced.no-version", "cycle");
    }
    let sample = json!({"tariff": "sample/farming", "cycle": "2009-12", "usage": {"total": "1"}});
    assert_refused(&sample.to_string(), "unpriced.no-version", "cycle");
}

#[test]
fn a_quantity_is_plain_decimal_text_within_bounds_or_refused() {
    let table = [
        ("number.negative", &["-1", "-0.001", "-1000000000"][..]),
        ("number.decimals", &["0.0001", "1.2345", "-0.0001"]),
        (
            "number.range",
            &[
                "1000000000.001",
                "1000000001",
                "9223372036854775807",
                "99999999999999999999999999",
                "9223372036854775.808",
            ],
        ),
        (
            "number.invalid",
            &[
                "1e400",
                "1e3",
                "1E3",
                "",
                " ",
                "180 ",
                " 180",
                "+180",
                "1,000",
                "1.",
                ".5",
                "-",
                "--1",
                "1.2.3",
                "0x10",
                "NaN",
                "inf",
                "-inf",
                "Infinity",
                "１８０",
                "٣",
                "一百",
                "1_000",
                "180kWh",
                "1\u{0}",
                "null",
                "−1",
            ],
        ),
    ];
    for (code, texts) in table {
        for text in texts {
            assert_refused(&with_peak(json!(text)), code, "usage.peak");
            assert_refused(&with("year_to_date", json!(text)), code, "year_to_date");
        }
    }
    let long = "9".repeat(100_000);
    assert_refused(&with_peak(json!(long)), "number.range", "usage.peak");
    let small = format!("0.{}1", "0".repeat(100_000));
    assert_refused(&with_peak(json!(small)), "number.decimals", "usage.peak");
}

#[test]
fn the_largest_quantity_that_is_billed_has_a_price() {
    let case = json!({"tariff": "sample/general-single", "cycle": "2016-08", "usage": {"total": "1000000000"}, "year_to_date": "1000000000"});
    assert_eq!(quote(&BOOK, &case.to_string()).expect("a price").total, "800000000.00");
}

#[test]
fn a_quantity_that_is_a_json_number_is_refused_whatever_its_value() {
    for number in [json!(180), json!(0), json!(-1), json!(180.5), json!(1e300), json!(u64::MAX), json!(i64::MIN)] {
        assert_refused(&with_peak(number.clone()), "field.type", "usage.peak");
        assert_refused(&with("year_to_date", number), "field.type", "year_to_date");
    }
}

#[test]
fn a_json_number_beyond_every_float_is_refused() {
    for number in ["1e400", "-1e400", "1e999999999999"] {
        for text in [
            sound().to_string().replace("\"180\"", number),
            sound().to_string().replace("\"2700\"", number),
            sound().to_string().replace("\"persons\":4", &format!("\"persons\":{number}")),
        ] {
            assert_refused(&text, "quote.not-json", "-");
        }
    }
}

#[test]
fn every_field_refuses_every_wrong_type() {
    let wrong =
        [json!(1), json!(-1), json!(1.5), json!(true), json!([]), json!(["2016-08"]), json!({}), json!({"a": null})];
    for field in ["tariff", "cycle", "year_to_date", "concession", "voltage", "opened_on"] {
        for value in &wrong {
            assert_refused(&with(field, value.clone()), "field.type", field);
        }
    }
    for value in [json!(1), json!(true), json!([]), json!([{"total": "1"}]), json!("180"), Value::Null] {
        assert_refused(&with("usage", value), "field.type", "usage");
    }
    for value in [json!(true), json!([]), json!({}), json!(["180"]), Value::Null] {
        assert_refused(&with_peak(value), "field.type", "usage.peak");
    }
    for value in [
        json!("4"),
        json!(""),
        json!(true),
        json!([4]),
        json!({}),
        json!(-1),
        json!(4.0),
        json!(4.5),
        json!(1000),
        json!(u64::MAX),
        json!(1e300),
    ] {
        assert_refused(&with("persons", value), "field.type", "persons");
    }
}

#[test]
fn an_unknown_field_is_refused_by_its_name() {
    for field in ["demand", "Tariff", "tariff ", "", "用电", "usage.total", "\u{202e}"] {
        assert_refused(&with(field, json!("1")), "field.unknown", field);
        assert_refused(&with(field, Value::Null), "field.unknown", field);
    }
}

#[test]
fn a_word_outside_its_list_is_refused() {
    for word in ["220V", "0.22", "0.22KV", "0.22kV ", "", "1kV"] {
        assert_refused(&with("voltage", json!(word)), "voltage.unknown", "voltage");
    }
    for word in ["low_income", "Low-Income", " ", "none", "低保户"] {
        assert_refused(&with("concession", json!(word)), "concession.unknown", "concession");
    }
    for text in ["2016-02-30", "2016-2-3", "20160203", "2016-02-03T00:00", "", "2015-02-29", "02-03-2016", "2016-13-01"]
    {
        assert_refused(&with("opened_on", json!(text)), "date.invalid", "opened_on");
    }
}

#[test]
fn registers_are_those_that_the_tariff_bills_no_more_and_no_fewer() {
    for word in ["night", "Peak", "", "demand", "reactive", "peak ", "峰"] {
        let text = with("usage", json!({"peak": "180", "valley": "120", word: "1"}));
        assert_refused(&text, "register.unknown", &format!("usage.{word}"));
    }
    for word in ["sharp", "flat", "total"] {
        let text = with("usage", json!({"peak": "180", "valley": "120", word: "0"}));
        assert_refused(&text, "unpriced.register", &format!("usage.{word}"));
    }
    assert_refused(&with("usage", json!({"peak": "180"})), "unpriced.register-missing", "usage.valley");
    assert_refused(&with("usage", json!({"valley": "180"})), "unpriced.register-missing", "usage.peak");
    assert_refused(&with("usage", json!({})), "unpriced.register-missing", "usage.peak");
    assert_refused(&without("usage"), "field.missing", "usage");
    let flat = |usage: Value| json!({"tariff": "cn-beijing/resident", "cycle": "2016-08", "usage": usage}).to_string();
    assert_refused(&flat(json!({"peak": "1", "total": "1"})), "unpriced.register", "usage.peak");
    assert_refused(&flat(json!({})), "unpriced.register-missing", "usage.total");
}

#[test]
fn a_voltage_without_a_price_is_refused() {
    for voltage in ["10kV", "20kV", "35kV", "110kV", "220kV"] {
        assert_refused(&with("voltage", json!(voltage)), "unpriced.no-price", "voltage");
    }
    let shared = |voltage: &str| {
        json!({"tariff": "cn-zhejiang/resident-shared", "cycle": "2016-08", "usage": {"total": "1"}, "voltage": voltage}).to_string()
    };
    assert_refused(&shared("20kV"), "unpriced.no-price", "voltage");
    assert!(quote(&BOOK, &shared("10kV")).is_ok());
}

#[test]
fn what_is_not_json_is_refused_with_its_line() {
    let texts = [
        "",
        " ",
        "{",
        "}",
        "{]",
        "tariff",
        "{'tariff': 1}",
        "{\"tariff\": }",
        "\u{feff}{}",
        "{} {}",
        "{\"a\":1,}",
        "NaN",
        "\u{0}",
        "// {}",
    ];
    for text in texts {
        assert_refused(text, "quote.not-json", "-");
    }
    let cut = sound().to_string();
    for end in (0..cut.len()).filter(|end| cut.is_char_boundary(*end)) {
        assert_refused(&cut[..end], "quote.not-json", "-");
    }
    let refusal = quote(&BOOK, "{\n\n  oops\n}").expect_err("a refusal");
    assert!(refusal.text.en.contains("line 3") && refusal.text.zh.contains("第 3 行"), "{refusal}");
}

#[test]
fn json_that_is_no_object_is_refused() {
    for text in ["null", "1", "\"tariff\"", "[]", "true", "[{}]"] {
        assert_refused(text, "quote.not-an-object", "-");
    }
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_refused(&deep, "quote.not-json", "-");
        let inside = sound().to_string().replace("\"180\"", &deep);
        assert_refused(&inside, "quote.not-json", "-");
        assert_refused(&open.repeat(100_000), "quote.not-json", "-");
    }
}

#[test]
fn a_key_given_twice_is_refused_because_two_readers_would_take_different_ones() {
    let twice = sound().to_string().replace("\"peak\":\"180\"", "\"peak\":\"180\",\"peak\":\"1\"");
    assert!(quote(&BOOK, &twice).is_err(), "{twice}");
    let twice = sound().to_string().replace("\"cycle\":\"2016-08\"", "\"cycle\":\"2016-08\",\"cycle\":\"2016-09\"");
    assert!(quote(&BOOK, &twice).is_err(), "{twice}");
}

#[test]
fn an_account_opened_after_the_cycle_cannot_have_used_anything_in_it() {
    let table = [
        ("2016-08-31", true),
        ("2016-09-01", false),
        ("2016-10-01", false),
        ("2017-01-01", false),
        ("9999-12-31", false),
    ];
    for (opened_on, accepted) in table {
        let text = with("opened_on", json!(opened_on));
        match quote(&BOOK, &text) {
            Ok(_) => assert!(accepted, "{text}"),
            Err(refusal) => assert_eq!((accepted, refusal.field.as_deref()), (false, Some("opened_on")), "{refusal}"),
        }
    }
}

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
