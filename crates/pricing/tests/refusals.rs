//! What is refused, by which stable code and at which field.

mod spoilt;
mod support;

use std::sync::LazyLock;

use kernel::refusal::RefusalKind;
use pricing::TariffBook;
use pricing::quote::quote;
use serde_json::{Value, json};
use spoilt::{sound, with, with_peak};
use support::shipped_book;

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
