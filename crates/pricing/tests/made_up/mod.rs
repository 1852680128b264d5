//! Two-part tariffs whose figures change in the middle of things, made from the shipped sample.

use pricing::Tariff;
use pricing::pack::read_tariff;

const SAMPLE: &str = include_str!("../../../../packs/tariff/sample/industry-two-part.toml");

/// The sample's version from another day on, with other figures.
pub fn version(from: &str, changes: &[(&str, &str)]) -> String {
    let mut text = SAMPLE[SAMPLE.find("[[version]]").expect("a version")..].to_owned();
    for (old, new) in [("from = 2010-01-01", format!("from = {from}")), ("\"2010-01\"", format!("\"{from}\""))]
        .into_iter()
        .chain(changes.iter().map(|(old, new)| (*old, (*new).to_owned())))
    {
        assert!(text.contains(old), "{old} is not in the sample");
        text = text.replace(old, &new);
    }
    text
}

/// The same without the tables of `name`.
pub fn without(version: &str, name: &str) -> String {
    let start = version.find(&format!("[version.{name}]")).expect("the table");
    let end = version[start + 1..].find("\n[").map_or(version.len(), |at| start + 1 + at + 1);
    format!("{}{}", &version[..start], &version[end..])
}

pub fn tariff(versions: &[String]) -> Tariff {
    let head = &SAMPLE[..SAMPLE.find("[[version]]").expect("a version")];
    read_tariff("made-up.toml", &format!("{head}{}", versions.concat()))
        .unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}
