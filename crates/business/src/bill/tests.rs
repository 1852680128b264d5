//! Documents as they lie in bureaus: whatever the code becomes, they must read, say and cost the same.

use platform::packs::Packs;

use super::BillDocument;
use crate::tariff;

const GOLDEN: [&str; 2] =
    [include_str!("../../golden/bill-time-of-use.json"), include_str!("../../golden/bill-meter-change-relief.json")];

#[test]
fn a_stored_document_is_written_back_to_the_letter() {
    for text in GOLDEN {
        let document: BillDocument = serde_json::from_str(text).expect("readable");
        assert_eq!(serde_json::to_string(&document).expect("writable"), text);
    }
}

#[test]
fn a_stored_document_still_has_its_price_by_the_very_version_that_it_names() {
    let book = tariff::book(&Packs::load(None).expect("packs")).expect("tariffs");
    for text in GOLDEN {
        let document: BillDocument = serde_json::from_str(text).expect("readable");
        let tariff = book.get(&document.tariff).expect("the tariff");
        for named in &document.versions {
            let shipped = tariff.versions.iter().find(|version| version.id == named.id).expect("the version");
            assert_eq!(shipped.digest(), named.digest, "a shipped version is never changed, a new one follows it");
        }
        let priced = pricing::price(tariff, &document.case).expect("a price");
        assert_eq!((priced.lines, priced.total), (document.lines, document.total));
    }
}
