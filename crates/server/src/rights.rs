//! Every right that the program asks for; roles are made of them.

use kernel::Refusal;
use platform::access::{self, Roles};
use platform::{Permission, Result, backup, journal, long_work};

use business::{
    arrears, bill, billing, closing, customer, difference, grid, ledger, pack, payment, reading, reversal, run, supply,
    tariff, till, transit,
};

pub const RIGHTS: &[Permission] = &[
    access::MANAGE,
    journal::READ,
    tariff::READ,
    pack::UPLOAD,
    pack::APPROVE,
    business::what_if::TRY,
    grid::READ,
    grid::IMPORT,
    supply::UNMASK,
    business::book::MANAGE,
    customer::JOURNAL,
    reading::READ,
    reading::IMPORT,
    reading::VOID,
    business::review::DECIDE,
    business::review::OVER_LIMIT,
    ledger::READ,
    bill::READ,
    bill::CANCEL,
    run::TRIAL,
    run::APPROVE,
    billing::ISSUE,
    business::exception::DECIDE,
    business::amendment::AMEND,
    business::correction::REBILL,
    business::print::PRINT,
    till::CLOSE,
    transit::READ,
    transit::IMPORT,
    transit::MATCH,
    difference::CLOSE,
    difference::SETTLE,
    closing::REOPEN,
    arrears::READ,
    long_work::OWN,
    long_work::MANAGE,
    backup::KEEP,
    payment::READ,
    payment::TAKE,
    payment::WAIVE,
    payment::IMPORT,
    reversal::REVERSE,
    reversal::APPROVE,
    business::mandate::READ,
    business::mandate::KEEP,
    business::agreement::KEEP,
    business::terms::KEEP,
    business::debit::READ,
    business::debit::MAKE,
    business::debit::DOWNLOAD,
    business::debit::ANSWER,
    business::debit::GIVE_UP,
];

/// Refuses roles that hold a right which nothing asks for: most likely it is misspelt, and whoever
/// holds the role cannot do what he should.
pub fn check(roles: &Roles) -> Result<()> {
    for role in roles.iter() {
        for right in &role.rights {
            if !RIGHTS.iter().any(|known| known.0 == right) {
                return Err(unknown(&role.code, right).into());
            }
        }
    }
    Ok(())
}

fn unknown(role: &str, right: &str) -> Refusal {
    Refusal::invalid(
        "roles.unknown-right",
        format!("access/roles.toml：角色 {role} 的权限“{right}”不存在，请更正"),
        format!("access/roles.toml: the role {role} holds the right \"{right}\", which does not exist; correct it"),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use platform::packs::Packs;

    use super::*;

    fn shipped() -> Roles {
        Roles::read(&Packs::load(None).expect("packs")).expect("roles")
    }

    #[test]
    fn every_right_of_the_shipped_roles_is_known_and_every_known_right_is_in_some_role() {
        let roles = shipped();
        check(&roles).expect("known rights");
        for right in RIGHTS {
            assert!(roles.iter().any(|role| role.rights.iter().any(|name| name == right.0)), "{right:?}");
        }
    }

    #[test]
    fn a_misspelt_right_is_refused_by_name() {
        let own = tempfile::tempdir().expect("a directory");
        let folder = own.path().join("access");
        std::fs::create_dir(&folder).expect("a folder");
        let text =
            "kind = \"roles\"\n[[role]]\ncode = \"clerk\"\nzh = \"办事员\"\nen = \"Clerk\"\nrights = [\"bill.reed\"]\n";
        std::fs::write(folder.join("roles.toml"), text).expect("written");
        let roles = Roles::read(&Packs::load(Some(own.path())).expect("packs")).expect("roles");
        let error = check(&roles).expect_err("refused");
        let refusal = error.refusal().expect("a refusal");
        assert_eq!(refusal.code, "roles.unknown-right");
        assert!(refusal.text.en.contains("bill.reed") && refusal.text.zh.contains("bill.reed"));
    }

    #[test]
    fn no_right_that_the_code_declares_is_left_out() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crates");
        let mut declared = Vec::new();
        collect(crates, &mut declared);
        assert!(declared.len() >= RIGHTS.len(), "{declared:?}");
        for right in declared {
            assert!(RIGHTS.iter().any(|known| known.0 == right), "{right}");
        }
    }

    fn collect(directory: &Path, declared: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, declared);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let found = text.split(": Permission = Permission(\"").skip(1);
                declared.extend(found.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()));
            }
        }
    }
}
