//! Inside a crate, features stand in `lib.rs` in the order of their dependency, and one may use only
//! those above it.

use super::Violation;
use super::source::Source;
use super::tree::{File, Tree};

const RULE: &str = "feature order";
const CRATES: [&str; 8] =
    ["kernel", "pricing", "queueing", "platform", "business", "service", "supervision", "decision"];

pub fn check(tree: &Tree) -> Vec<Violation> {
    CRATES.iter().flat_map(|krate| in_crate(tree, krate)).collect()
}

fn in_crate(tree: &Tree, krate: &str) -> Vec<Violation> {
    let src = format!("crates/{krate}/src/");
    let Some(lib) = tree.get(&format!("{src}lib.rs")) else {
        return Vec::new();
    };
    let features = modules(lib.source());
    let aliases = aliases(lib.source(), &features);
    let mut violations = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with(&src)) {
        let path = module_path(&file.path[src.len()..]);
        let Some(own) = path.first().and_then(|first| features.iter().position(|name| name == first)) else {
            continue;
        };
        for (line, target) in references(file.source(), &path) {
            let resolved = aliases.iter().find(|(alias, _)| *alias == target).map_or(&target, |(_, feature)| feature);
            violations.extend(judge(file, line, resolved, &features, own));
        }
    }
    violations
}

fn judge(file: &File, line: usize, target: &str, features: &[String], own: usize) -> Option<Violation> {
    let message = if matches!(target, "*" | "self") {
        "names the whole crate, so that no order can be seen".to_owned()
    } else {
        let other = features.iter().position(|name| name == target)?;
        if other <= own {
            return None;
        }
        format!("`{}` may not use `{target}`, which stands below it in lib.rs", features[own])
    };
    Some(Violation::new(&file.path, line, RULE, message))
}

/// The names of `mod x;`, in order, whatever their visibility; inline modules are features as well.
pub fn modules(lib: &Source) -> Vec<String> {
    let mut depth = 0_usize;
    let mut names = Vec::new();
    for i in 0..lib.tokens.len() {
        if lib.is(i, "{") {
            depth += 1;
        } else if lib.is(i, "}") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && lib.name(i) == Some("mod") {
            names.extend(lib.name(i + 1).map(str::to_owned));
        }
    }
    names
}

/// What `lib.rs` re-exports: a name, and the feature it comes from.
fn aliases(lib: &Source, features: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (i, _, word) in lib.names() {
        if word != "use" {
            continue;
        }
        let mut start = i + 1;
        while matches!(lib.name(start), Some("crate" | "self")) && lib.is(start + 1, "::") {
            start += 2;
        }
        let Some(feature) = lib.name(start).filter(|name| features.iter().any(|f| f == name)) else {
            continue;
        };
        let mut at = start + 1;
        while at < lib.tokens.len() && !lib.is(at, ";") {
            let ends = lib.is(at + 1, ";") || lib.is(at + 1, ",") || lib.is(at + 1, "}");
            if let (Some(name), true) = (lib.name(at), ends) {
                found.push((name.to_owned(), feature.to_owned()));
            }
            at += 1;
        }
    }
    found
}

/// `billing/rules/tier.rs` is `[billing, rules, tier]`.
fn module_path(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// Every path that reaches the root of the crate, as the line and the first name below the root.
fn references(source: &Source, file_module: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    for i in 0..source.tokens.len() {
        if source.is(i, "{") {
            depth += 1;
            if i >= 2
                && source.name(i - 2) == Some("mod")
                && let Some(name) = source.name(i - 1)
            {
                inline.push((name.to_owned(), depth));
            }
        } else if source.is(i, "}") {
            if inline.last().is_some_and(|(_, at)| *at == depth) {
                inline.pop();
            }
            depth = depth.saturating_sub(1);
        }
        let continues = i > 0 && source.is(i - 1, "::");
        let starts = matches!(source.name(i), Some("crate" | "super" | "self"));
        if starts && !continues {
            let module: Vec<&str> =
                file_module.iter().map(String::as_str).chain(inline.iter().map(|(name, _)| name.as_str())).collect();
            follow(source, i, &module, &mut found);
        }
    }
    found
}

/// Follows a path, and every branch of a group in it, until it names something below the root.
fn follow(source: &Source, start: usize, module: &[&str], found: &mut Vec<(usize, String)>) {
    let Some(token) = source.tokens.get(start) else {
        return;
    };
    let mut base: Vec<&str> = module.to_vec();
    let mut at = start;
    loop {
        match source.name(at) {
            Some("crate") => base.clear(),
            Some("super") => drop(base.pop()),
            Some("self") => {}
            _ => break,
        }
        if !source.is(at + 1, "::") {
            // `use crate as x`, or `super` within a group, where nothing follows.
            let visibility = at == start && source.is(at + 1, ")");
            let receiver = at == start && source.name(at) == Some("self");
            if base.is_empty() && !visibility && !receiver {
                found.push((token.line, "self".to_owned()));
            }
            return;
        }
        at += 2;
    }
    if source.is(at, "{") {
        for branch in branches(source, at) {
            follow(source, branch, &base, found);
        }
    } else if base.is_empty() {
        let name = if source.is(at, "*") { Some("*") } else { source.name(at) };
        let line = source.tokens.get(at).map_or(token.line, |token| token.line);
        found.extend(name.map(|name| (line, name.to_owned())));
    }
}

/// Where each element of the group that opens at `open` begins.
fn branches(source: &Source, open: usize) -> Vec<usize> {
    let mut starts = vec![open + 1];
    let mut depth = 0_usize;
    for i in open..source.tokens.len() {
        if source.is(i, "{") {
            depth += 1;
        } else if source.is(i, "}") {
            depth -= 1;
            if depth == 0 {
                break;
            }
        } else if depth == 1 && source.is(i, ",") {
            starts.push(i + 1);
        }
    }
    starts.retain(|start| !source.is(*start, "}"));
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "//! Order.\npub mod grid;\n\npub mod metering;\npub(crate) mod billing;\npub use metering::{Meter, Reading as Read};\n";

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("crates/business/src/lib.rs", LIB), (path, text)]);
        check(&tree).into_iter().map(|violation| violation.line).collect()
    }

    fn in_metering(text: &str) -> Vec<usize> {
        lines("crates/business/src/metering/mod.rs", text)
    }

    #[test]
    fn a_feature_may_use_itself_and_those_above_it() {
        let text = "use crate::grid::Area;\nuse crate::metering::model::Meter;\nuse self::model;\nuse super::grid;\nfn f(&self) { self.g() }";
        assert_eq!(in_metering(text), [0_usize; 0]);
    }

    #[test]
    fn a_feature_may_not_use_one_below_it_in_the_list() {
        assert_eq!(in_metering("\nuse crate::billing::Bill;"), [2]);
        assert_eq!(in_metering("fn f() {\n crate::billing::issue() }"), [2]);
        assert_eq!(in_metering("use crate::{\n grid::{self, Area},\n billing::Bill,\n};"), [3]);
    }

    #[test]
    fn a_path_that_climbs_out_by_super_is_followed() {
        assert_eq!(in_metering("use super::billing::Bill;"), [1]);
        let rules = "crates/business/src/metering/rules.rs";
        assert_eq!(lines(rules, "use super::billing;"), [0_usize; 0]);
        assert_eq!(lines(rules, "use super::super::billing;"), [1]);
        assert_eq!(lines(rules, "use super::{model, super::billing};"), [1]);
        assert_eq!(lines(rules, "use self::super::super::billing;"), [1]);
        assert_eq!(lines(rules, "mod tests { use super::super::billing; }"), [0_usize; 0]);
        assert_eq!(lines(rules, "mod tests { use super::super::super::billing; }"), [1]);
    }

    #[test]
    fn a_single_file_is_a_feature_too() {
        assert_eq!(lines("crates/business/src/grid.rs", "use crate::metering::Meter;"), [1]);
    }

    #[test]
    fn a_re_exported_name_belongs_to_its_feature() {
        let grid = "crates/business/src/grid.rs";
        assert_eq!(lines(grid, "use crate::Meter;"), [1]);
        assert_eq!(lines(grid, "use crate::Read;"), [1]);
    }

    #[test]
    fn the_whole_crate_may_not_be_named() {
        assert_eq!(in_metering("use crate::*;"), [1]);
        assert_eq!(in_metering("use super::*;"), [1]);
        assert_eq!(in_metering("use crate as all;"), [1]);
        assert_eq!(in_metering("mod tests { use super::*; }"), [0_usize; 0]);
        assert_eq!(in_metering("pub(crate) fn f() {} pub(super) fn g() {}"), [0_usize; 0]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        assert_eq!(in_metering("// crate::billing::x\nconst A: &str = \"crate::billing\";"), [0_usize; 0]);
    }
}
