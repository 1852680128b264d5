//! Where SQL may stand, and how it may not be made.

use super::Violation;
use super::source::Source;
use super::tree::{File, Tree};

const STATEMENTS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE"];
/// Where text is put together all the same: as many placeholders as a bulk load has columns, and, where a database is taken along
/// as a whole, the names of the tables that it has told itself.
const BUILDING: [&str; 3] =
    ["crates/platform/src/db/dialect.rs", "crates/platform/src/db/scan.rs", "crates/platform/src/db/whole.rs"];
const DATABASE: &str = concat!("CREATE", " DATABASE");

/// Statements stand in the store of their feature, in migrations, in the platform, and in tests.
pub fn statements(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust().filter(|file| !may_hold_sql(file)) {
        for (_, token, text) in file.source().texts() {
            if !token.test && is_statement(text) {
                let message = "an SQL statement belongs to store.rs".to_owned();
                violations.push(Violation::new(&file.path, token.line, "sql", message));
            }
        }
    }
    violations
}

fn may_hold_sql(file: &File) -> bool {
    let platform = file.path.starts_with("crates/platform/src/") && !file.path.starts_with("crates/platform/src/http");
    file.name() == "store.rs" || file.path.contains("migration") || platform || file.is_test()
}

/// Values go in as parameters, so no statement is ever built.
pub fn built_by_format(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust() {
        if BUILDING.contains(&file.path.as_str()) {
            continue;
        }
        let source = file.source();
        for (i, token, text) in source.texts() {
            // No database takes the name of a database as a parameter.
            let names_a_database = text.trim_start().starts_with(DATABASE);
            if is_statement(text) && !names_a_database && is_formatted(source, i) {
                let message = "SQL is never built by format!".to_owned();
                violations.push(Violation::new(&file.path, token.line, "sql format", message));
            }
        }
    }
    violations
}

fn is_formatted(source: &Source, i: usize) -> bool {
    let macro_at = |bang: usize| {
        let names = ["format", "format_args", "write", "writeln"];
        source.is(bang, "!") && bang > 0 && source.name(bang - 1).is_some_and(|n| names.contains(&n))
    };
    // The literal comes first, or after the target of `write!(target, …)`.
    i >= 2 && macro_at(i - 2) || i >= 4 && source.is(i - 1, ",") && macro_at(i - 4)
}

fn is_statement(text: &str) -> bool {
    // A literal may begin with an escaped end of line.
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
    STATEMENTS.iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\n', '\t', '\\']) && rest.trim().len() > 1)
    })
}

/// The two databases are told apart in one place.
pub fn dialect(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust() {
        if file.path.starts_with("crates/platform/src/db") {
            continue;
        }
        for (_, token, name) in file.source().names() {
            if matches!(name, "DbBackend" | "DatabaseBackend" | "get_database_backend") {
                let message = format!("`{name}`: databases are told apart only in platform/db");
                violations.push(Violation::new(&file.path, token.line, "dialect", message));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(check: fn(&Tree) -> Vec<Violation>, path: &str, text: &str) -> Vec<usize> {
        let found = check(&Tree::of(&[(path, text)]));
        found.into_iter().map(|violation| violation.line).collect()
    }

    const USE_CASE: &str = "crates/business/src/billing/mod.rs";
    const STORE: &str = "crates/business/src/billing/store.rs";

    #[test]
    fn a_statement_outside_the_store_is_found() {
        let text = "\nlet a = \"SELECT id FROM bill\";\nlet b = r#\"\n  WITH x AS (y)\"#;";
        assert_eq!(lines(statements, USE_CASE, text), [2, 3]);
        for path in [
            STORE,
            "crates/business/src/billing/tests.rs",
            "crates/platform/src/journal/mod.rs",
            "crates/server/src/migrations/m1.rs",
            "crates/stories/tests/stories/billing.rs",
        ] {
            assert_eq!(lines(statements, path, text), [0_usize; 0]);
        }
    }

    #[test]
    fn prose_and_tests_are_no_statements() {
        let text = "\"SELECTED rows\"; \"select one\"; \"WITH\"; // SELECT a\n\
                    #[cfg(test)] mod tests { const A: &str = \"SELECT 1\"; }";
        assert_eq!(lines(statements, USE_CASE, text), [0_usize; 0]);
    }

    #[test]
    fn a_statement_built_by_format_is_found_anywhere() {
        let text = "let a = format!(\"SELECT {x} FROM bill\");\nwrite!(f, \"DELETE FROM {x}\");";
        assert_eq!(lines(built_by_format, STORE, text), [1, 2]);
        let plain = "sql(\"SELECT id FROM bill\"); format!(\"{x} rows\")";
        assert_eq!(lines(built_by_format, STORE, plain), [0_usize; 0]);
        let database = "format!(\"CREATE DATABASE {name}\")";
        assert_eq!(lines(built_by_format, "crates/stories/src/lib.rs", database), [0_usize; 0]);
    }

    #[test]
    fn a_fork_between_databases_outside_the_dialect_is_found() {
        let text = "match backend { DbBackend::Sqlite => 1 }";
        assert_eq!(lines(dialect, STORE, text), [1]);
        assert_eq!(lines(dialect, "crates/platform/src/db/dialect.rs", text), [0_usize; 0]);
    }
}
