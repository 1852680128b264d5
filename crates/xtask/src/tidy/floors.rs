//! Which crate may build on which.

use toml::{Table, Value};

use super::Violation;
use super::tree::Tree;

const RULE: &str = "floors";

/// Each floor and those it may name, by directory. A new floor is entered here with its arrows.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("kernel", &[]),
    ("pricing", &["kernel"]),
    ("finder", &[]),
    ("queueing", &["kernel"]),
    ("platform", &["kernel"]),
    ("business", &["platform", "pricing", "finder", "kernel"]),
    ("demo", &["business", "platform", "kernel"]),
    ("service", &["business", "queueing", "platform", "kernel"]),
    ("supervision", &["service", "business", "platform", "kernel"]),
    ("decision", &["platform", "pricing", "queueing", "kernel"]),
    ("paper", &["kernel"]),
];

/// These see everything below them, the tools see nothing of the product.
const SEES_ALL: [&str; 3] = ["server", "stories", "bench"];
const SEES_NOTHING: &str = "xtask";

struct Manifest<'a> {
    file: &'a str,
    text: &'a str,
    dir: &'a str,
    table: Table,
}

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut manifests = Vec::new();
    for file in &tree.files {
        let Some(dir) = file.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        match file.text.parse() {
            Ok(table) => manifests.push(Manifest { file: &file.path, text: &file.text, dir, table }),
            Err(error) => {
                violations.push(Violation::new(&file.path, 1, RULE, format!("not TOML: {error}")));
            }
        }
    }
    let crates: Vec<(String, &str)> =
        manifests.iter().map(|manifest| (package(&manifest.table), manifest.dir)).collect();
    for manifest in &manifests {
        violations.extend(judge(manifest, &crates));
    }
    violations
}

fn package(table: &Table) -> String {
    let name = table.get("package").and_then(|package| package.get("name"));
    name.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn judge(manifest: &Manifest, crates: &[(String, &str)]) -> Vec<Violation> {
    let allowed: &[&str] = match MAY_USE.iter().find(|(dir, _)| *dir == manifest.dir) {
        Some((_, allowed)) => allowed,
        None if manifest.dir == SEES_NOTHING => &[],
        None if SEES_ALL.contains(&manifest.dir) => {
            return dependencies(&manifest.table)
                .into_iter()
                .filter(|name| name == SEES_NOTHING || name == "stories")
                .map(|name| violation(manifest, &name, &name))
                .collect();
        }
        None => {
            let message = format!("`{}` has no floor; give it one in tidy", manifest.dir);
            return vec![Violation::new(manifest.file, 1, RULE, message)];
        }
    };
    dependencies(&manifest.table)
        .into_iter()
        .filter_map(|name| {
            let (_, dir) = crates.iter().find(|(package, _)| *package == name)?;
            (!allowed.contains(dir)).then(|| violation(manifest, &name, dir))
        })
        .collect()
}

fn violation(manifest: &Manifest, name: &str, dir: &str) -> Violation {
    let line = manifest
        .text
        .lines()
        .position(|line| line.trim_start().starts_with(name) || line.contains(&format!("\"{name}\"")))
        .map_or(1, |index| index + 1);
    let message = format!("`{}` may not build on `{dir}`", manifest.dir);
    Violation::new(manifest.file, line, RULE, message)
}

/// The packages that a manifest names in any of its dependency tables.
fn dependencies(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        let Some(inner) = value.as_table() else {
            continue;
        };
        if matches!(key.as_str(), "dependencies" | "dev-dependencies" | "build-dependencies") {
            names.extend(inner.iter().map(|(name, how)| {
                let renamed = how.get("package").and_then(Value::as_str);
                renamed.unwrap_or(name).to_owned()
            }));
        } else if key == "target" {
            for platform in inner.values().filter_map(Value::as_table) {
                names.extend(dependencies(platform));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(dir: &str, manifest: &str) -> Vec<Violation> {
        let name = |name| format!("[package]\nname = \"{name}\"\n");
        let all: Vec<(String, String)> = ["kernel", "pricing", "platform", "business", "xtask"]
            .iter()
            .filter(|other| **other != dir)
            .map(|other| (format!("crates/{other}/Cargo.toml"), name(*other)))
            .chain([(format!("crates/{dir}/Cargo.toml"), name(dir) + manifest)])
            .collect();
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        check(&Tree::of(&all))
    }

    #[test]
    fn a_floor_may_build_on_those_below_it() {
        let manifest = "[dependencies]\nplatform.workspace = true\nkernel = { path = \"../kernel\" }\n";
        assert_eq!(tree("business", manifest), []);
        assert_eq!(tree("server", "[dependencies]\nbusiness.workspace = true\n"), []);
    }

    #[test]
    fn a_floor_may_not_build_on_one_above_it() {
        let found = tree("platform", "[dependencies]\nbusiness.workspace = true\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 4);
        assert!(found[0].message.contains("may not build on `business`"));
    }

    #[test]
    fn a_renamed_or_a_test_dependency_is_a_dependency() {
        let renamed = "[dependencies]\nb = { package = \"business\", path = \"../business\" }\n";
        assert_eq!(tree("kernel", renamed).len(), 1);
        let test = "[dev-dependencies]\nplatform.workspace = true\n";
        assert_eq!(tree("pricing", test).len(), 1);
        let on_unix = "[target.'cfg(unix)'.dependencies]\nplatform.workspace = true\n";
        assert_eq!(tree("pricing", on_unix).len(), 1);
    }

    #[test]
    fn the_tools_know_nothing_of_the_product() {
        assert_eq!(tree("xtask", "[dependencies]\nkernel.workspace = true\n").len(), 1);
        assert_eq!(tree("server", "[dependencies]\nxtask.workspace = true\n").len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_named() {
        assert!(tree("attic", "")[0].message.contains("no floor"));
    }
}
