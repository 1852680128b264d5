//! Names that belong to one place: the web framework, the clock, floating point.

use super::Violation;
use super::source::{Kind, Source};
use super::tree::{File, Tree};

/// axum and utoipa are named where a route is, and where routes are put together.
pub fn web(tree: &Tree) -> Vec<Violation> {
    let welcome = |file: &File| {
        file.name() == "api.rs"
            || file.path.starts_with("crates/platform/src/http")
            || matches!(file.krate(), "server" | "stories" | "xtask")
    };
    let mut violations = Vec::new();
    for file in tree.rust().filter(|file| !welcome(file)) {
        for (_, token, name) in file.source().names() {
            if matches!(name, "axum" | "utoipa" | "utoipa_axum") {
                let message = format!("`{name}` belongs to api.rs, platform/http and server");
                violations.push(Violation::new(&file.path, token.line, "web", message));
            }
        }
    }
    violations
}

const CLOCKS: [&str; 6] = ["SystemTime", "Instant", "Timestamp", "Zoned", "Utc", "Local"];
/// Where a duration may be measured, if a comment `// clock: why` says what for.
const MAY_MEASURE: [&str; 3] = ["platform", "server", "stories"];

/// Tools that are no part of the product.
const OUTSIDE: [&str; 2] = ["xtask", "bench"];

/// Now comes from the context.
pub fn clock(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust() {
        if file.path == "crates/kernel/src/time.rs" || OUTSIDE.contains(&file.krate()) {
            continue;
        }
        let source = file.source();
        for (i, token, name) in source.names() {
            if !CLOCKS.contains(&name) || !source.is(i + 1, "::") || source.name(i + 2) != Some("now") {
                continue;
            }
            let measured = MAY_MEASURE.contains(&file.krate());
            if measured && source.excused(token.line, "clock:") {
                continue;
            }
            let message = format!("`{name}::now` is a hidden clock; ask the context");
            violations.push(Violation::new(&file.path, token.line, "clock", message));
        }
    }
    violations
}

/// No float near money.
pub fn floats(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust() {
        // Tests must show that a float is refused.
        if !matches!(file.krate(), "kernel" | "pricing" | "business") || file.is_test() {
            continue;
        }
        let source = file.source();
        for (i, token) in source.tokens.iter().enumerate() {
            if !token.test && is_float(source, i, &token.kind) {
                let message = "floating point; use a whole number of the smallest unit".to_owned();
                violations.push(Violation::new(&file.path, token.line, "floats", message));
            }
        }
    }
    violations
}

fn is_float(source: &Source, i: usize, kind: &Kind) -> bool {
    match kind {
        Kind::Name(name) => matches!(name.as_str(), "f32" | "f64"),
        Kind::Number(text) => {
            let hexadecimal = text.starts_with("0x");
            // `pair.0.1` reads a field of a field.
            let of_a_field = i > 0 && source.is(i - 1, ".");
            let suffixed = text.ends_with("f32") || text.ends_with("f64");
            (text.contains('.') && !of_a_field) || (suffixed && !hexadecimal)
        }
        Kind::Text(_) | Kind::Mark(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(check: fn(&Tree) -> Vec<Violation>, path: &str, text: &str) -> Vec<usize> {
        let found = check(&Tree::of(&[(path, text)]));
        found.into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_route_in_a_use_case_is_found() {
        let text = "\nuse axum::Router;";
        assert_eq!(lines(web, "crates/business/src/billing/mod.rs", text), [2]);
        for path in
            ["crates/business/src/billing/api.rs", "crates/platform/src/http/problem.rs", "crates/server/src/router.rs"]
        {
            assert_eq!(lines(web, path, text), [0_usize; 0]);
        }
        assert_eq!(lines(web, "crates/kernel/src/id.rs", "// axum\n"), [0_usize; 0]);
    }

    #[test]
    fn a_hidden_clock_is_found() {
        let text = "let a = 1;\nlet t = std::time::Instant::now();";
        assert_eq!(lines(clock, "crates/business/src/billing/mod.rs", text), [2]);
        assert_eq!(lines(clock, "crates/server/src/metrics.rs", text), [2]);
        assert_eq!(lines(clock, "crates/kernel/src/time.rs", text), [0_usize; 0]);
        assert_eq!(lines(clock, "crates/business/src/x.rs", "ctx.now(); Instant::new()"), [0_usize; 0]);
    }

    #[test]
    fn a_measured_duration_is_excused_where_it_says_why() {
        let text = "// clock: latency of a request\nlet t = Instant::now();";
        assert_eq!(lines(clock, "crates/server/src/metrics.rs", text), [0_usize; 0]);
        assert_eq!(lines(clock, "crates/business/src/billing/mod.rs", text), [2]);
    }

    #[test]
    fn a_float_near_money_is_found() {
        let path = "crates/pricing/src/rules.rs";
        assert_eq!(lines(floats, path, "fn f(x: f64) {}\nlet a = 1.5;\nlet b = 2f32;"), [1, 2, 3]);
        assert_eq!(lines(floats, path, "pair.0.1; 0..10; 0xf32; \"1.5 f64\" // 2.5\n"), [0_usize; 0]);
        assert_eq!(lines(floats, "crates/server/src/metrics.rs", "let a = 1.5;"), [0_usize; 0]);
    }
}
