//! The steps over HTTP, as processes: they need a server beside them.

use std::path::Path;
use std::process::Command;

/// Runs a step and answers its last line.
fn step(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gridhall-bench"));
    let output = command.args(args).env("RUST_LOG", "warn").env_remove("DATABASE_URL").output().expect("a step");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_small_city_pays_and_is_looked_at_over_http() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = |name: &str| dir.path().join(name).display().to_string();
    let copy = |from: &str, to: &str| {
        std::fs::create_dir(place(to)).expect("a directory");
        let file = |name: &str| Path::new(&place(name)).join("gridhall.db");
        std::fs::copy(file(from), file(to)).expect("a copy");
    };
    let [base, paid, bare, quiet, reported, spare] = ["base", "paid", "bare", "quiet", "reported", "spare"].map(place);
    step(&["prepare", "--data", &base, "--customers", "200"]);
    step(&["bill-half", "--data", &base]);
    copy("base", "paid");
    copy("base", "bare");
    copy("base", "quiet");
    copy("base", "reported");
    copy("base", "spare");
    let few = ["--clients", "3", "--seconds", "1"];
    let line = step(&[&["pay", "--while-billing", "--data", &paid], few.as_slice()].concat());
    assert!(line.contains("pay-while-billing"), "{line}");
    step(&["pay-floor", "--data", &bare, "--other-data", &paid]);
    step(&[&["pay", "--data", &quiet], few.as_slice()].concat());
    let line = step(&["payments-file", "--data", &reported]);
    assert!(line.contains("payments-file"), "{line}");
    step(&["payments-file-floor", "--data", &spare, "--other-data", &reported]);
    step(&[&["api-summary", "--data", &paid], few.as_slice()].concat());
    step(&[&["api-page", "--data", &paid, "--per-second", "5"], few.as_slice()].concat());
    step(&[&["api-floor", "--bytes", "500"], few.as_slice()].concat());
}

#[test]
fn a_small_city_pays_is_read_billed_and_looked_at_for_a_while_and_all_of_it_is_right() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().display().to_string();
    step(&["prepare", "--data", &data, "--customers", "200"]);
    step(&["bill", "--data", &data]);
    let pace = ["--seconds", "8", "--payments-per-second", "20", "--pages-per-second", "2", "--clients", "3"];
    let line = step(&[["soak", "--data", &data, "--customers", "200"].as_slice(), &pace].concat());
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(line["bench"], "soak");
    for some in ["work", "bills", "readings", "last_quarter_mb", "database_mb"] {
        assert!(line[some].as_u64().is_some_and(|number| number > 0), "{some} of {line}");
    }
    assert_eq!(line["quarters"].as_array().map(Vec::len), Some(4));
}
