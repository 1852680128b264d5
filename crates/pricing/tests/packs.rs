//! The packs that the program ships, and what is said about one that is wrong.

mod support;

use std::collections::BTreeSet;

use pricing::pack::{Mistake, kind_of, read_tariff};
use pricing::{TariffBook, Version};
use support::{shipped_book, shipped_packs};

const CODES: [&str; 8] = [
    "cn-beijing/resident",
    "cn-guangzhou/resident",
    "cn-sichuan/resident",
    "cn-zhejiang/resident",
    "cn-zhejiang/resident-shared",
    "cn-zhejiang/resident-tou",
    "sample/farming",
    "sample/general-single",
];

fn mistakes(text: &str) -> Vec<Mistake> {
    read_tariff("broken.toml", text).expect_err("mistakes")
}

/// Line and field of each mistake, in their order.
fn places(mistakes: &[Mistake]) -> Vec<(usize, String)> {
    let mut places: Vec<(usize, String)> =
        mistakes.iter().map(|mistake| (mistake.line, mistake.field.clone())).collect();
    places.sort();
    places
}

/// What the text itself says is wrong with it: after `#!` on a line, the fields that are wrong there.
fn announced(text: &str) -> Vec<(usize, String)> {
    let mut places = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        if let Some((_, fields)) = content.split_once("#!") {
            places.extend(fields.split(',').map(|field| (line, field.trim().to_owned())));
        }
    }
    places.sort();
    places
}

fn assert_announced(text: &str) {
    let mistakes = mistakes(text);
    assert_eq!(places(&mistakes), announced(text), "{mistakes:#?}");
    assert!(mistakes.iter().all(|mistake| mistake.file == "broken.toml"));
    assert!(mistakes.iter().all(|mistake| !mistake.message.zh.is_empty() && !mistake.message.en.is_empty()));
    assert!(mistakes.is_sorted_by_key(|mistake| mistake.line));
}

#[test]
fn the_shipped_packs_are_read_without_a_mistake() {
    let packs = shipped_packs();
    assert!(packs.len() >= CODES.len());
    for (file, text) in packs {
        assert_eq!(kind_of(&text).as_deref(), Some("tariff"), "{file}");
        let tariff = read_tariff(&file, &text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        assert!(file.ends_with(&format!("{}.toml", tariff.code)), "{file} holds {}", tariff.code);
    }
}

#[test]
fn the_eight_tariffs_exist_and_are_priced_from_2013_to_today() {
    let book = shipped_book();
    let codes: BTreeSet<&str> = book.iter().map(|tariff| tariff.code.as_str()).collect();
    assert!(CODES.iter().all(|code| codes.contains(code)), "{codes:?}");
    for code in CODES {
        let tariff = book.get(code).expect("a tariff");
        for year in 2013..=2026 {
            for month in 1..=12 {
                let day = jiff::civil::date(year, month, 1);
                let version = tariff.on(day).unwrap_or_else(|| panic!("{code} on {day}"));
                assert!(!version.source.title.trim().is_empty(), "{code}");
            }
        }
    }
}

/// A pack with every kind of entry, sound.
const SOUND: &str = r#"kind = "tariff"
format = 1
code = "test/rich"
zh = "电价"
en = "Tariff"

[[version]]
id = "old"
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
limit = [
  { months = [1, 2, 3, 4, 5, 6], kwh = ["200", "400"] },
  { months = [7, 8, 9, 10, 11, 12], kwh = ["300", "600"] },
]

[[version.tiers.surcharge]]
tier = 2
add_by_register = { peak = "0.06", valley = "0.03" }

[[version.tiers.surcharge]]
tier = 3
add = "0.30"

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

[[version.relief]]
concessions = ["five-guarantee"]
free_kwh_per_month = "15"
source = "依据"
mark = "digest"

[[version.fund]]
code = "renewables"
zh = "基金"
en = "fund"
price = "0.00196875"
source = "依据"
mark = "assumed"

[[version]]
id = "new"
from = 2014-07-01
source = "依据"
mark = "fictional"
registers = ["total"]

[[version.price]]
voltage = ["0.22kV", "10kV"]
energy = { total = "0.5" }
"#;

#[test]
fn every_mistake_of_a_pack_is_reported_with_its_line_and_field() {
    let text = r#"kind = "tarif" #! kind
format = 2 #! format
code = "CN-Zhejiang" #! code
zh = " " #! zh
en = 5 #! en
author = "somebody" #! author

[[version]]
id = 2012 #! version[1].id
from = "2012-07-01" #! version[1].from
until = 2012-07-01T00:00:00 #! version[1].until
source = "" #! version[1].source
mark = "guessed" #! version[1].mark
registers = ["peak", "valley", "demand"] #! version[1].registers
colour = "red" #! version[1].colour

[[version.price]]
voltage = ["0.22kV", "1kV"] #! version[1].price[1].voltage
energy = { peak = 0.5, valley = "1e400" } #! version[1].price[1].energy.peak, version[1].price[1].energy.valley

[[version.price]]
voltage = ["10kV"]
energy = { peak = "0.5", valley = "0.123456789", flat = "1" } #! version[1].price[2].energy.valley, version[1].price[2].energy.flat

[version.tiers]
span = "week" #! version[1].tiers.span
limit = [{ kwh = ["4800", "2760"] }] #! version[1].tiers.limit[1].kwh

[[version.tiers.surcharge]]
tier = 3 #! version[1].tiers.surcharge[1].tier
add = "-0.05" #! version[1].tiers.surcharge[1].add

[[version.tiers.surcharge]]
tier = 3
add = "1000.00000001" #! version[1].tiers.surcharge[2].add

[[version.relief]]
concessions = ["poor"] #! version[1].relief[1].concessions
free_kwh_per_month = 15 #! version[1].relief[1].free_kwh_per_month
source = "依据"
mark = "digest"

[[version.fund]]
code = "" #! version[1].fund[1].code
zh = "基金"
en = "fund"
price = "-1" #! version[1].fund[1].price
source = "依据"
mark = "digest"
"#;
    assert_announced(text);
    assert!(mistakes(text).len() >= 10);
}

#[test]
fn what_is_missing_is_reported_at_the_table_that_lacks_it() {
    let fields = |text: &str| mistakes(text).into_iter().map(|mistake| mistake.field).collect::<BTreeSet<String>>();
    let expect = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(fields(""), expect(&["kind", "format", "code", "zh", "en", "version"]));
    let version = "kind = \"tariff\"\nformat = 1\ncode = \"a/b\"\nzh = \"电\"\nen = \"e\"\n\n[[version]]\n";
    let all = ["id", "from", "source", "mark", "registers", "price"].map(|key| format!("version[1].{key}"));
    assert_eq!(fields(version), all.iter().cloned().collect());
    assert!(mistakes(version).iter().all(|mistake| mistake.line == 7), "{:?}", mistakes(version));
}

/// The sound pack with one text replaced; what replaces it is on the same line.
fn spoilt(from: &str, to: &str) -> Vec<(usize, String)> {
    assert_eq!(SOUND.matches(from).count(), 1, "{from} is not unique");
    places(&mistakes(&SOUND.replace(from, to)))
}

fn line_of(part: &str) -> usize {
    let at = SOUND.find(part).expect("a part of the sound pack");
    SOUND[..at].matches('\n').count() + 1
}

fn assert_spoilt(from: &str, to: &str, field: &str) {
    assert_eq!(spoilt(from, to), [(line_of(from), field.to_owned())], "{to}");
}

/// What is replaced, by what, and the field that is then wrong, on the line of what was replaced.
const SPOILT: &[(&str, &str, &str)] = &[
    ("until = 2014-06-30", "until = 2012-06-30", "version[1].until"),
    ("registers = [\"peak\", \"valley\"]", "registers = [\"peak\", \"valley\", \"peak\"]", "version[1].registers"),
    ("kwh = [\"200\", \"400\"]", "kwh = [\"200\", \"200\"]", "version[1].tiers.limit[1].kwh"),
    ("kwh = [\"200\", \"400\"]", "kwh = [\"0\", \"400\"]", "version[1].tiers.limit[1].kwh"),
    ("kwh = [\"200\", \"400\"]", "kwh = [\"200\", \"400.0001\"]", "version[1].tiers.limit[1].kwh"),
    ("tier = 2\n", "tier = 1\n", "version[1].tiers.surcharge[1].tier"),
    ("peak = \"0.06\"", "peak = \"x\"", "version[1].tiers.surcharge[1].add_by_register.peak"),
    ("add = \"0.30\"", "ad = \"0.30\"\nadd = \"-0\"\nadd_ = 1", "version[1].tiers.surcharge[2].ad"),
    ("persons_from = 5", "persons_from = 0", "version[1].household[1].persons_from"),
    ("add_kwh_per_month = \"100\"", "add_kwh_per_month = \"-1\"", "version[1].household[1].add_kwh_per_month"),
    ("price = \"0.00196875\"", "price = \"0.001968751\"", "version[1].fund[1].price"),
    ("price = \"0.00196875\"", "price = \"1000.1\"", "version[1].fund[1].price"),
];

#[test]
fn one_mistake_in_a_sound_pack_is_one_line_of_report() {
    assert!(read_tariff("sound.toml", SOUND).is_ok());
    for &(from, to, field) in SPOILT {
        let found = spoilt(from, to);
        assert!(found.contains(&(line_of(from), field.to_owned())), "{to}: {found:?}");
    }
    assert_spoilt("persons_from = 5", "persons_from = \"5\"", "version[1].household[1].persons_from");
    assert_spoilt("mark = \"fictional\"", "mark = 1", "version[2].mark");
    assert_spoilt("voltage = [\"0.22kV\", \"10kV\"]", "voltage = []", "version[2].price[1].voltage");
    assert_spoilt("energy = { total = \"0.5\" }", "energy = { total = \"-0.5\" }", "version[2].price[1].energy.total");
}

#[test]
fn a_table_of_the_wrong_type_is_reported_once_and_not_as_missing() {
    assert_spoilt("energy = { total = \"0.5\" }", "energy = \"0.5\"", "version[2].price[1].energy");
}

#[test]
fn a_price_that_is_missing_altogether_is_reported_once() {
    let found = spoilt("energy = { total = \"0.5\" }\n", "");
    assert_eq!(found.iter().map(|(_, field)| field.as_str()).collect::<Vec<_>>(), ["version[2].price[1].energy"]);
}

#[test]
fn a_mistake_in_a_list_over_several_lines_has_the_line_of_the_wrong_item() {
    let from = "registers = [\"total\"]";
    let found = spoilt(from, "registers = [\n  \"total\",\n  \"peek\",\n]");
    assert_eq!(found, [(line_of(from) + 2, "version[2].registers".to_owned())]);
    let from = "kwh = [\"200\", \"400\"]";
    let found = spoilt(from, "kwh = [\n    \"200\",\n    \"4OO\",\n  ]");
    assert!(found.contains(&(line_of(from) + 2, "version[1].tiers.limit[1].kwh".to_owned())), "{found:?}");
    assert!(!found.contains(&(line_of(from), "version[1].tiers.limit[1].kwh".to_owned())), "{found:?}");
}

#[test]
fn versions_out_of_order_are_reported_at_the_later_one() {
    let second = line_of("[[version]]\nid = \"new\"");
    for (from, to) in [
        ("from = 2014-07-01", "from = 2014-06-30"),
        ("from = 2014-07-01", "from = 2012-07-01"),
        ("id = \"new\"", "id = \"old\""),
    ] {
        let found = spoilt(from, to);
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(found.iter().all(|(line, _)| (second..second + 3).contains(line)), "{to}: {found:?}");
    }
}

/// What is wrong, what is replaced, and by what.
const AMBIGUOUS: &[(&str, &str, &str)] = &[
    (
        "a voltage in two prices",
        "voltage = [\"0.22kV\", \"10kV\"]\nenergy = { total = \"0.5\" }",
        "voltage = [\"10kV\"]\nenergy = { total = \"0.5\" }\n[[version.price]]\nvoltage = [\"10kV\"]\nenergy = { total = \"0.6\" }",
    ),
    (
        "the total beside a period",
        "registers = [\"peak\", \"valley\"]",
        "registers = [\"peak\", \"valley\", \"total\"]",
    ),
    ("a month in two seasons", "months = [7, 8,", "months = [6, 7, 8,"),
    ("a month in no season", "months = [7, 8,", "months = [8,"),
    ("a month that is none", "months = [7, 8,", "months = [7, 8, 13,"),
    ("fewer surcharges than limits", "\n[[version.tiers.surcharge]]\ntier = 3\nadd = \"0.30\"\n", ""),
    ("annual tiers with seasons", "span = \"month\"", "span = \"year\""),
    ("funds above the price", "price = \"0.00196875\"", "price = \"0.31\""),
    (
        "two kinds of relief at once",
        "yuan_per_month = \"7.84\"",
        "yuan_per_month = \"7.84\"\nfree_kwh_per_month = \"15\"",
    ),
    ("two kinds of surcharge at once", "add_by_register = {", "add = \"0.05\"\nadd_by_register = {"),
    ("a relief of nothing", "yuan_per_month = \"7.84\"", "yuan_per_month = \"0\""),
    (
        "a household without tiers",
        "energy = { total = \"0.5\" }",
        "energy = { total = \"0.5\" }\n[[version.household]]\npersons_from = 5\nadd_kwh_per_month = \"100\"\nsource = \"s\"\nmark = \"digest\"",
    ),
];

#[test]
fn what_a_bill_could_take_two_ways_is_a_mistake() {
    for &(what, from, to) in AMBIGUOUS {
        assert_eq!(SOUND.matches(from).count(), 1, "{what}: {from} is not unique");
        assert!(read_tariff("broken.toml", &SOUND.replace(from, to)).is_err(), "{what}");
    }
}

#[test]
fn two_rules_for_the_same_household_are_a_mistake() {
    let second = "[[version.household]]\npersons_from = 5\nadd_kwh_per_month = \"200\"\nsource = \"s\"\nmark = \"digest\"\n\n[[version.fund]]";
    assert!(read_tariff("broken.toml", &SOUND.replace("[[version.fund]]", second)).is_err());
}

#[test]
fn two_reliefs_for_the_same_concession_are_a_mistake() {
    let both =
        SOUND.replace("concessions = [\"five-guarantee\"]", "concessions = [\"five-guarantee\", \"low-income\"]");
    assert!(read_tariff("broken.toml", &both).is_err());
}

#[test]
fn two_funds_of_the_same_code_are_a_mistake() {
    let second = "[[version.fund]]\ncode = \"renewables\"\nzh = \"基金\"\nen = \"fund\"\nprice = \"0.01\"\nsource = \"s\"\nmark = \"assumed\"\n\n[[version.fund]]";
    assert!(read_tariff("broken.toml", &SOUND.replace("[[version.fund]]", second)).is_err());
}

#[test]
fn a_month_in_hexadecimal_is_the_month_that_it_means_or_a_mistake() {
    let months = |text: &str| read_tariff("hex.toml", &SOUND.replace("months = [7, 8, 9, 10, 11, 12]", text)).ok();
    let plain = months("months = [7, 8, 9, 10, 11, 12]");
    for text in ["months = [0x7, 8, 9, 0xa, 0xb, 0xc]", "months = [7, 8, 9, 0o12, 11, 12]"] {
        let read = months(text);
        assert!(read.is_none() || read == plain, "{text}: {read:?}");
    }
    assert_eq!(months("months = [7, 8, 9, 0x10, 0x11, 0x12]"), None);
}

#[test]
fn a_syntax_error_is_reported_with_its_line_and_nothing_else_is_guessed() {
    for (text, line) in [
        ("kind = \"tariff\"\nformat = \n", 2),
        ("kind = \"tariff\"\n\n[[version\n", 3),
        ("kind = \"tariff\nformat = 1\n", 1),
        ("a = 1\na = 2\n", 2),
        ("zh = \"电价\"\n电 = 1\n", 2),
        ("a = 2012-13-01\n", 1),
        ("\n\n\n= 1", 4),
    ] {
        let mistakes = mistakes(text);
        assert_eq!(mistakes.first().map(|mistake| mistake.line), Some(line), "{text:?}: {mistakes:?}");
        assert!(mistakes.iter().all(|mistake| mistake.message.en.starts_with("TOML syntax: ")), "{mistakes:?}");
    }
    let several = mistakes("a = \nb = 1\nc = \n");
    assert_eq!(several.iter().map(|mistake| mistake.line).collect::<BTreeSet<_>>(), BTreeSet::from([1, 3]));
}

#[test]
fn a_book_reports_the_mistakes_of_all_its_packs() {
    let mistakes = TariffBook::read([("one.toml", "kind = 1"), ("sound.toml", SOUND), ("two.toml", "kind = ")])
        .expect_err("mistakes");
    let files: BTreeSet<&str> = mistakes.iter().map(|mistake| mistake.file.as_str()).collect();
    assert_eq!(files, BTreeSet::from(["one.toml", "two.toml"]));
}

#[test]
fn a_later_pack_of_the_same_code_replaces_the_earlier_one() {
    let other = SOUND.replace("en = \"Tariff\"", "en = \"The bureau's own\"");
    let book = TariffBook::read([("a.toml", SOUND), ("b.toml", other.as_str())]).expect("a book");
    assert_eq!(book.get("test/rich").map(|tariff| tariff.name.en.to_string()), Some("The bureau's own".to_owned()));
    assert_eq!(book.iter().count(), 1);
}

fn is_figure(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The same text with the last digit of one figure changed, for each of its figures.
fn with_one_figure_changed(text: &str) -> Vec<(String, String)> {
    let mut changed = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive('"') {
        let figure = part.trim_end_matches('"');
        let end = at + figure.len();
        let in_comment = text[..at].lines().last().is_some_and(|line| line.starts_with('#'));
        if is_figure(figure) && text[..at].ends_with('"') && !in_comment {
            let digit = &text[end - 1..end];
            let other =
                if digit == "9" { "8".to_owned() } else { (digit.parse::<u8>().expect("a digit") + 1).to_string() };
            changed.push((figure.to_owned(), format!("{}{other}{}", &text[..end - 1], &text[end..])));
        }
        at += part.len();
    }
    changed
}

fn digests(text: &str) -> Vec<String> {
    let tariff = read_tariff("pack.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    tariff.versions.iter().map(Version::digest).collect()
}

#[test]
fn the_digest_changes_when_any_figure_changes() {
    let mut count = 0;
    for (file, text) in shipped_packs().into_iter().chain([("sound".to_owned(), SOUND.to_owned())]) {
        let before = digests(&text);
        for (figure, other) in with_one_figure_changed(&text) {
            assert_ne!(digests(&other), before, "{figure} of {file}");
            count += 1;
        }
    }
    assert!(count > 40, "only {count} figures were found");
}

#[test]
fn the_digest_changes_with_every_other_fact_of_a_version() {
    let before = digests(SOUND);
    let table = [
        ("code = \"test/rich\"", "code = \"test/other\""),
        ("id = \"old\"", "id = \"one\""),
        ("from = 2012-07-01", "from = 2012-07-02"),
        ("until = 2014-06-30", "until = 2014-06-29"),
        ("until = 2014-06-30\n", ""),
        ("mark = \"published\"", "mark = \"assumed\""),
        ("voltage = [\"0.22kV\"]", "voltage = [\"0.38kV\"]"),
        ("peak = \"0.5\", valley = \"0.3\"", "peak = \"0.3\", valley = \"0.5\""),
        (
            "months = [1, 2, 3, 4, 5, 6], kwh = [\"200\", \"400\"]",
            "months = [1, 2, 3, 4, 5, 6], kwh = [\"300\", \"600\"]",
        ),
        ("add = \"0.30\"", "add_by_register = { peak = \"0.30\", valley = \"0.30\" }"),
        ("persons_from = 5", "persons_from = 6"),
        (
            "concessions = [\"low-income\"]\nyuan_per_month = \"7.84\"",
            "concessions = [\"low-income\"]\nfree_kwh_per_month = \"7.84\"",
        ),
        ("code = \"renewables\"", "code = \"water\""),
    ];
    for (from, to) in table {
        assert_eq!(SOUND.matches(from).count(), 1, "{from} is not unique");
        assert_ne!(digests(&SOUND.replace(from, to)), before, "{to}");
    }
    let comment = SOUND.replace("kind =", "# a comment\nkind =").replace("add = \"0.30\"", "add = \"0.3\"");
    assert_eq!(digests(&comment), before, "what is written differently and says the same");
}

#[test]
fn a_version_and_its_digest_survive_the_way_through_json() {
    for (_, text) in shipped_packs().into_iter().chain([(String::new(), SOUND.to_owned())]) {
        for version in read_tariff("pack.toml", &text).expect("a sound pack").versions {
            let json = serde_json::to_string(&version).expect("JSON");
            let back: Version = serde_json::from_str(&json).expect("a version");
            assert_eq!(back, version);
            assert_eq!(back.digest(), version.digest());
            assert_eq!(serde_json::to_string(&back).expect("JSON"), json);
            let through_value: Version =
                serde_json::from_value(serde_json::to_value(&version).expect("a value")).expect("a version");
            assert_eq!(through_value.digest(), version.digest());
        }
    }
}

#[test]
fn a_digest_is_the_sha_256_in_hex_and_differs_between_versions() {
    let mut seen = BTreeSet::new();
    for tariff in shipped_book().iter() {
        for version in &tariff.versions {
            let digest = version.digest();
            assert!(
                digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
            );
            assert!(seen.insert(digest), "{} {}", tariff.code, version.id);
        }
    }
}
