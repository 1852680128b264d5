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
    let (base, paid, bare, quiet) = (place("base"), place("paid"), place("bare"), place("quiet"));
    step(&["prepare", "--data", &base, "--customers", "200"]);
    step(&["bill-half", "--data", &base]);
    copy("base", "paid");
    copy("base", "bare");
    copy("base", "quiet");
    let few = ["--clients", "3", "--seconds", "1"];
    let line = step(&[&["pay", "--while-billing", "--data", &paid], few.as_slice()].concat());
    assert!(line.contains("pay-while-billing"), "{line}");
    step(&["pay-floor", "--data", &bare, "--other-data", &paid]);
    step(&[&["pay", "--data", &quiet], few.as_slice()].concat());
    step(&[&["api-summary", "--data", &paid], few.as_slice()].concat());
    step(&[&["api-page", "--data", &paid, "--per-second", "5"], few.as_slice()].concat());
    step(&[&["api-floor", "--bytes", "500"], few.as_slice()].concat());
}
