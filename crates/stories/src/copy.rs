//! A bureau and its copy: what both hold, table by table and row by row.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gridhall::migrations::MIGRATIONS;
use kernel::{Clock, Timestamp};
use platform::backup::{self, Made, Restored, Teller, Untold};
use platform::db::{Migration, Param};
use platform::{Db, House, Result};

use crate::Ground;
use crate::house::opening;

/// Every row of every table, in an order that both databases share.
pub type Whole = BTreeMap<String, Vec<Vec<Param>>>;

pub async fn whole(db: &Db) -> Whole {
    let tx = db.read().await.expect("a view");
    let mut whole = Whole::new();
    for table in tx.tables().await.expect("the tables") {
        let (mut rows, mut scan) = (Vec::new(), tx.scan(&table).await.expect("a scan"));
        loop {
            let page = scan.next(1000).await.expect("a page");
            if page.is_empty() {
                break;
            }
            rows.extend(page);
        }
        rows.sort_by_cached_key(|row| format!("{row:?}"));
        whole.insert(table.name, rows);
    }
    whole
}

/// Without what a back-up leaves out, and without the record of back-ups themselves.
pub fn without_records(mut whole: Whole) -> Whole {
    let is_record =
        |param: &Param| matches!(param, Param::Text(Some(text)) if text == "backup.make" || text == "backup.restore");
    whole.entry("journal_entry".to_owned()).or_default().retain(|row| !row.iter().any(is_record));
    backup::LEFT_OUT.iter().for_each(|(table, _)| drop(whole.remove(*table)));
    whole
}

/// Both hold the same; says which table does not, and where it begins.
#[track_caller]
pub fn assert_same(one: &Whole, other: &Whole) {
    let names = |whole: &Whole| whole.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other));
    for (name, rows) in one {
        for (at, (row, copy)) in rows.iter().zip(&other[name]).enumerate() {
            assert_eq!(row, copy, "{name}, row {at}");
        }
        assert_eq!(rows.len(), other[name].len(), "rows of {name}");
    }
}

/// A back-up of a bureau, in a folder of `ground`.
pub async fn back_up(house: &House, ground: &Ground, name: &str) -> (PathBuf, Made) {
    let path = ground.data().join("back-ups").join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let made = backup::make(house, &house.operator(), &path, false, &mut Untold).await.expect("a back-up");
    (path, made)
}

/// Restores with this program's schema.
pub async fn restore(ground: &Ground, file: &Path) -> Result<Restored> {
    restore_told(ground, file, MIGRATIONS, &mut Untold).await
}

/// Restores as a program with these steps of the schema.
pub async fn restore_told(
    ground: &Ground,
    file: &Path,
    steps: &[Migration],
    teller: &mut dyn Teller,
) -> Result<Restored> {
    let checked = backup::check(file, steps, teller).await?;
    let house = stand(ground).await;
    let restored = backup::restore(&house, &house.operator(), &checked, steps, teller).await;
    house.db.close().await.expect("closed");
    restored
}

/// A house over whatever lies there.
pub async fn stand(ground: &Ground) -> House {
    let clock = Clock::manual("2016-12-31T16:00:00Z".parse::<Timestamp>().expect("an instant"));
    House::stand(opening(ground, &clock)).await.expect("a house")
}
