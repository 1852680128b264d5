//! Documents that must not fall behind: the glossary, and links between files.

use std::collections::BTreeSet;

use super::Violation;
use super::order::modules;
use super::tree::{File, Tree};

const GLOSSARY: &str = "docs/glossary.md";

/// Every feature of the business floor has its official word.
pub fn glossary(tree: &Tree) -> Vec<Violation> {
    let Some(glossary) = tree.get(GLOSSARY) else {
        return Vec::new();
    };
    let Some(lib) = tree.get("crates/business/src/lib.rs") else {
        return Vec::new();
    };
    let text = glossary.text.to_lowercase();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    modules(lib.source())
        .into_iter()
        .filter(|feature| !words.contains(feature.as_str()))
        .map(|feature| {
            let message = format!("`{feature}` of business is not in the glossary");
            Violation::new(GLOSSARY, 1, "glossary", message)
        })
        .collect()
}

/// A link to a file of the repository leads somewhere.
pub fn links(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in local_links(file) {
            let found = resolve(&file.path, &target).is_some_and(|path| path.is_empty() || tree.has(&path));
            if !found {
                let message = format!("`{target}` leads nowhere");
                violations.push(Violation::new(&file.path, line, "links", message));
            }
        }
    }
    violations
}

fn local_links(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (i, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for part in prose.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !elsewhere {
                found.push((i + 1, target.to_owned()));
            }
        }
    }
    found
}

/// None when the link climbs out of the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').collect(),
    };
    parts.pop();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_without_its_word_is_found() {
        let lib = ("crates/business/src/lib.rs", "pub mod grid;\npub mod billing;\n");
        let tree = Tree::of(&[lib, (GLOSSARY, "| 台区 | grid |\n| 电费 | `billing` |")]);
        assert_eq!(glossary(&tree), []);
        let tree = Tree::of(&[lib, (GLOSSARY, "| 台区 | grid |\n| 账 | billings |")]);
        let found = glossary(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("billing"));
        assert_eq!(glossary(&Tree::of(&[lib])), []);
    }

    #[test]
    fn a_dead_link_is_found() {
        let tree = Tree::of(&[
            ("README.md", "[a](docs/a.md) [b](docs/b.md#x)\n[c](docs)"),
            ("docs/a.md", "[up](../README.md) [out](../../x.md)"),
        ]);
        let found: Vec<String> = links(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["README.md:1: [links] `docs/b.md` leads nowhere", "docs/a.md:1: [links] `../../x.md` leads nowhere"]
        );
    }

    #[test]
    fn examples_and_addresses_are_no_local_links() {
        let text = "```\n[a](x.md)\n```\n`[b](y.md)` [c](https://example.org) [d](#below)";
        assert_eq!(links(&Tree::of(&[("README.md", text)])), []);
    }
}
