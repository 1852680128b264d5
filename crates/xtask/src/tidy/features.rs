//! The same few file names in every feature of the business floor.

use super::Violation;
use super::tree::Tree;

const RULE: &str = "feature files";
const NAMES: [&str; 9] =
    ["mod.rs", "model.rs", "rules.rs", "store.rs", "migrations.rs", "api.rs", "tests.rs", "import.rs", "work.rs"];

pub fn check(tree: &Tree) -> Vec<Violation> {
    tree.rust()
        .filter_map(|file| {
            let inside = file.path.strip_prefix("crates/business/src/")?;
            let (feature, rest) = inside.split_once('/')?;
            if NAMES.contains(&rest) || rest.starts_with("rules/") {
                return None;
            }
            let message = format!("`{feature}` may have {} and rules/", NAMES.join(" "));
            Some(Violation::new(&file.path, 1, RULE, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_names_and_a_folder_of_rules_are_welcome() {
        let tree = Tree::of(&[
            ("crates/business/src/lib.rs", ""),
            ("crates/business/src/billing/mod.rs", ""),
            ("crates/business/src/billing/import.rs", ""),
            ("crates/business/src/billing/rules/tier.rs", ""),
            ("crates/platform/src/db/dialect.rs", ""),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn another_name_in_a_feature_is_found() {
        let tree = Tree::of(&[("crates/business/src/billing/helpers.rs", "")]);
        assert_eq!(check(&tree).len(), 1);
        let tree = Tree::of(&[("crates/business/src/billing/store/bills.rs", "")]);
        assert_eq!(check(&tree).len(), 1);
    }
}
