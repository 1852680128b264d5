//! Back-ups: whole or refused, restored whole or not at all, on the database of the day.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gridhall::migrations::MIGRATIONS;
use kernel::Refusal;
use kernel::id::Uuid;
use platform::backup::{self, Restored, Teller, Untold};
use platform::db::{Migration, Place};
use platform::long_work::{self, Ask, Runner, State};
use platform::{Result, access, journal, params};
use stories::copy::{assert_same, back_up, restore, restore_told, stand, whole, without_records};
use stories::files::readings;
use stories::house::code;
use stories::{Account, Ground, House, Shell};

/// A bureau with a billed month, money, and a reversal.
async fn bureau() -> House {
    let house = House::with("[packs]\ndirectory = \"packs\"\n").await;
    let accounts: Vec<Account> = (1001..1006).map(|number| Account::trade(&number.to_string())).collect();
    house.connect(&accounts).await;
    house.read("M1001,2016-08-31,total,150,actual\nM1002,2016-08-31,total,250.5,actual\n").await.wholly();
    house.issue("2016-08").await;
    let bill = house.bill("1001", "2016-08").await;
    house.cancel(&bill.bill_no).await.expect("cancelled");
    house.issue("2016-08").await;
    journal::seal(&house.bureau.house.db).await.expect("sealed");
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_schema_is_in_a_back_up_or_left_out_for_a_reason() {
    let house = House::open().await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let header = backup::check(&file, MIGRATIONS, &mut Untold).await.expect("whole").header;
    let (mut made, mut steps) = (BTreeSet::new(), Vec::new());
    for step in MIGRATIONS {
        steps.push(step.name.to_owned());
        let words: Vec<&str> = step.sql.split_whitespace().collect();
        for window in words.windows(6) {
            match window {
                ["CREATE", "TABLE", name, ..] => drop(made.insert((*name).to_owned())),
                ["DROP", "TABLE", name, ..] => drop(made.remove(name.trim_end_matches(';'))),
                ["ALTER", "TABLE", name, "RENAME", "TO", other] => {
                    made.remove(*name);
                    made.insert(other.trim_end_matches(';').to_owned());
                }
                _ => {}
            }
        }
    }
    assert!(made.len() > 40 && made.contains("bill_document"), "{made:?}");
    let in_it: BTreeSet<String> = header.tables.iter().map(|table| table.name.clone()).collect();
    assert_eq!(in_it, made);
    steps.sort();
    assert_eq!(header.steps.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), steps);
    for (table, reason) in backup::LEFT_OUT {
        assert!(in_it.contains(table) && !reason.is_empty(), "{table} is no table of the schema");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_bureau_is_the_same_row_by_row_and_goes_on() {
    let house = bureau().await;
    house.ground.write("packs/own.toml", "kind = \"note\"\n");
    house.ground.write("work/0190/report.csv", "row,code\n");
    house.ground.write("prints/1/00001.pdf", "printed again when asked for");
    let tx = house.writing_tx().await;
    access::create_first_administrator(&tx, &house.operator(), "admin").await.expect("an administrator");
    let session =
        "INSERT INTO session (token_digest, person_id, begun_at, ends_at) SELECT 'x', id, '2016', '2017' FROM person";
    assert_eq!(tx.run(session, params![]).await.expect("a session"), 1);
    tx.commit().await.expect("committed");
    let before = whole(&house.bureau.house.db).await;
    assert!(before["bill"].len() > 3 && !before["number_series"].is_empty());
    let (file, made) = back_up(&house.bureau.house, &house.ground, "b").await;
    assert_eq!(made.trailer.rows.values().sum::<u64>(), before.values().map(|rows| rows.len() as u64).sum::<u64>() - 1);
    assert_eq!((made.trailer.files, made.packs_elsewhere), (3, None));
    let ground = Ground::blank().await;
    assert_eq!(restore(&ground, &file).await.expect("restored").beside, Vec::<PathBuf>::new());
    assert_eq!(std::fs::read_to_string(ground.data().join("work/0190/report.csv")).expect("a file"), "row,code\n");
    assert!(ground.data().join("packs/own.toml").is_file() && !ground.data().join("prints").exists());
    let copy = House::over(ground).await.expect("a bureau");
    assert_same(&without_records(before), &without_records(whole(&copy.bureau.house.db).await));
    assert_eq!(copy.ground.data().join("gridhall.toml").metadata().expect("settings").len(), 28);
    copy.prove().await;
    assert_eq!(copy.count("SELECT COUNT(*) FROM session").await, 0, "who was signed in signs in again");
    // Numbers go on where they were, and so does the chain.
    copy.read("M1003,2016-08-31,total,77,actual\n").await.wholly();
    house.read("M1003,2016-08-31,total,77,actual\n").await.wholly();
    copy.issue("2016-08").await;
    house.issue("2016-08").await;
    assert_eq!(copy.bill("1003", "2016-08").await.bill_no, house.bill("1003", "2016-08").await.bill_no);
    journal::seal(&copy.bureau.house.db).await.expect("sealed");
    copy.prove().await;
    assert!(copy.acts().await.iter().any(|act| act == "backup.restore operator"), "{:?}", copy.acts().await);
    assert!(house.acts().await.iter().any(|act| act == "backup.make operator"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_lies_there_already_is_left_and_the_back_ups_laid_beside() {
    let house = bureau().await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let ground = Ground::blank().await;
    ground.write("gridhall.toml", "# mine\n");
    let restored = restore(&ground, &file).await.expect("restored");
    assert_eq!(restored.beside, [ground.data().join("gridhall.toml")]);
    assert_eq!(std::fs::read_to_string(ground.data().join("gridhall.toml")).expect("settings"), "# mine\n");
    assert!(ground.data().join("gridhall.toml.from-backup").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_outside_of_the_data_directory_stay_there_and_are_told() {
    let packs = tempfile::tempdir().expect("a directory");
    let house = House::with(&format!("[packs]\ndirectory = \"{}\"\n", packs.path().display())).await;
    std::fs::write(packs.path().join("own.toml"), "kind = \"note\"\n").expect("a pack");
    let (_, made) = back_up(&house.bureau.house, &house.ground, "b").await;
    assert_eq!((made.trailer.files, made.packs_elsewhere.as_deref()), (1, Some(packs.path())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_made_while_money_moves_is_one_state() {
    let house = bureau().await;
    let is_enough = AtomicBool::new(false);
    let paying = async {
        let mut paid = 0;
        while !is_enough.load(Ordering::Relaxed) {
            paid += 1;
            let row = format!("R{paid},1001,2016-09-05T01:00:00Z,0.01,cash,bank");
            house.payments(&row).await.wholly();
        }
        paid
    };
    let copying = async {
        let mut copies = Vec::new();
        for at in 0..3 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            copies.push(back_up(&house.bureau.house, &house.ground, &format!("b{at}")).await.0);
        }
        is_enough.store(true, Ordering::Relaxed);
        copies
    };
    let (paid, copies) = tokio::join!(paying, copying);
    house.prove().await;
    let mut last = 0;
    for file in copies {
        let ground = Ground::blank().await;
        assert_eq!(restore(&ground, &file).await.expect("restored").differences, Vec::<String>::new());
        let copy = House::over(ground).await.expect("a bureau");
        copy.prove().await;
        let there = copy.count("SELECT COUNT(*) FROM payment").await;
        assert!(there > last && there <= paid, "{there} of {paid} after {last}");
        last = there;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_waited_is_carried_out_where_the_copy_is_served() {
    let house = bureau().await;
    let tx = house.writing_tx().await;
    let params =
        serde_json::json!({ "file": "r.csv", "sha256": "", "bytes": 0, "dry_run": false, "all_or_nothing": false });
    let ask = Ask { kind: "import.readings", subject: "r.csv".into(), station: None, params };
    let asked = long_work::ask(&tx, &house.operator(), ask).await.expect("asked");
    tx.commit().await.expect("committed");
    house.ground.write(&format!("work/{}/r.csv", asked.id), readings("M1004,2016-08-31,total,12,actual\n"));
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let ground = Ground::blank().await;
    restore(&ground, &file).await.expect("restored");
    let copy = House::over(ground).await.expect("a bureau");
    let runner = Runner::new(copy.bureau.house.clone(), gridhall::work::handlers(&copy.bureau));
    let is_done = async {
        loop {
            let work = long_work::find(&copy.reading_tx().await, &copy.operator(), asked.id).await.expect("the work");
            if work.state.is_at_rest() {
                return work;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let work = tokio::select! {
        () = runner.run() => unreachable!("it never ends"),
        work = is_done => work,
    };
    assert_eq!(work.state, State::Done, "{work:?}");
    assert_eq!(copy.count("SELECT COUNT(*) FROM reading").await, house.count("SELECT COUNT(*) FROM reading").await + 1);
}

/// Gives up after some blocks of rows.
struct Impatient(u32);

impl Teller for Impatient {
    fn tell(&mut self, what: &str, _done: u64, _of: u64) -> Result<()> {
        if what != "check" && self.0 == 0 {
            return Err(Refusal::conflict("story.killed", "", "").into());
        }
        self.0 -= u32::from(what != "check");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_cut_off_is_no_bureau_and_starts_over() {
    let house = bureau().await;
    let before = without_records(whole(&house.bureau.house.db).await);
    let (file, made) = back_up(&house.bureau.house, &house.ground, "b").await;
    let blocks = u32::try_from(made.trailer.blocks - made.trailer.files).expect("few");
    for after in [0, 1, blocks / 2, blocks - 1] {
        let ground = Ground::blank().await;
        let killed = restore_told(&ground, &file, MIGRATIONS, &mut Impatient(after)).await;
        assert_eq!(code(killed), "story.killed");
        assert_eq!(stand(&ground).await.db.place().await.expect("a place"), Place::Unfinished);
        let refused = House::over(ground).await.err().expect("refused");
        assert_eq!(refused.refusal().map(|refusal| refusal.code), Some("restore.unfinished"));
    }
    let ground = Ground::blank().await;
    code(restore_told(&ground, &file, MIGRATIONS, &mut Impatient(blocks / 2)).await);
    code(restore_told(&ground, &file, MIGRATIONS, &mut Impatient(blocks - 1)).await);
    restore(&ground, &file).await.expect("restored");
    let copy = House::over(ground).await.expect("a bureau");
    assert_same(&before, &without_records(whole(&copy.bureau.house.db).await));
    copy.prove().await;
    // The references are kept again.
    let tx = copy.writing_tx().await;
    let orphan = "INSERT INTO reading_book (code, station) VALUES ('x', 'nowhere')";
    assert!(tx.run(orphan, params![]).await.is_err(), "a station that is not there");
}

const LATER: Migration = Migration {
    name: "9999-01-01 later",
    sql: "
CREATE TABLE later (
  code TEXT NOT NULL PRIMARY KEY,
  supplies BIGINT NOT NULL
);
INSERT INTO later (code, supplies) SELECT 'all', COUNT(*) FROM usage_point
",
};

#[tokio::test(flavor = "multi_thread")]
async fn an_old_back_up_comes_into_a_new_program_and_a_new_one_into_no_old() {
    let house = bureau().await;
    let (old, _) = back_up(&house.bureau.house, &house.ground, "old").await;
    let new_program = [MIGRATIONS, &[LATER]].concat();
    let ground = Ground::blank().await;
    restore_told(&ground, &old, &new_program, &mut Untold).await.expect("restored");
    let copy = House::over(ground).await.expect("a bureau");
    assert_eq!(copy.count("SELECT supplies FROM later").await, 5, "the step saw the rows of the back-up");
    copy.prove().await;
    // To be backed up, an old bureau need not come to the new program first.
    let old_ground = house.leave().await;
    let house = stand(&old_ground).await;
    let (again, _) = back_up(&house, &copy.ground, "again").await;
    let header = backup::check(&again, &new_program, &mut Untold).await.expect("whole").header;
    assert!(header.steps.iter().all(|(name, _)| name != LATER.name));
    // A table that nobody told the back-up of is in it.
    let (new, made) = back_up(&copy.bureau.house, &copy.ground, "new").await;
    assert_eq!(made.trailer.rows.get("later"), Some(&1));
    let ground = Ground::blank().await;
    assert_eq!(code(restore(&ground, &new).await), "backup.newer-program");
    assert_eq!(stand(&ground).await.db.place().await.expect("a place"), Place::Empty, "nothing was written");
    restore_told(&ground, &new, &new_program, &mut Untold).await.expect("restored");
}

const KNOTS: Migration = Migration {
    name: "2026-01-01 knots",
    sql: "
CREATE TABLE knot (
  id UUID NOT NULL PRIMARY KEY,
  above UUID REFERENCES knot (id)
);
CREATE TABLE egg (
  id BIGINT NOT NULL PRIMARY KEY,
  hen BIGINT,
  note TEXT
);
CREATE TABLE hen (
  id BIGINT NOT NULL PRIMARY KEY,
  egg BIGINT NOT NULL REFERENCES egg (id)
);
CREATE TABLE keyless (
  note TEXT
)
",
};

/// The journal comes first: a back-up is an act, wherever it is made.
fn knots() -> Vec<Migration> {
    vec![journal::MIGRATION, KNOTS]
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_refer_to_later_rows_and_odd_values_come_through() {
    let (ground, steps) = (Ground::blank().await, knots());
    let house = stand(&ground).await;
    house.db.migrate(&steps).await.expect("a schema");
    let tx = house.db.write().await.expect("a transaction");
    // Above comes after below in the order of the key.
    for number in (1..=5000_u128).rev() {
        let above = (number < 5000).then(|| Uuid::from_u128(number + 1));
        let sql = "INSERT INTO knot (id, above) VALUES ($1, $2)";
        tx.run(sql, params![Uuid::from_u128(number), above]).await.expect("a row");
    }
    let odd = ["", " ", "'\"\\", "龘𠮷🙂", "a\r\nb\tc\u{7f}", "NULL", "\u{feff}"];
    for (note, id) in odd.into_iter().zip([i64::MIN + 1, -1, 0, 1, 63, 64, i64::MAX]) {
        tx.run("INSERT INTO egg (id, hen, note) VALUES ($1, $2, $3)", params![id, id, note]).await.expect("a row");
        tx.run("INSERT INTO hen (id, egg) VALUES ($1, $2)", params![-id, id]).await.expect("a row");
    }
    let long = "长".repeat(1_000_000);
    tx.run("INSERT INTO egg (id, note) VALUES ($1, $2)", params![7_i64, long]).await.expect("a row");
    tx.run("INSERT INTO egg (id) VALUES ($1)", params![8_i64]).await.expect("a row");
    for number in 0..300_u32 {
        tx.run("INSERT INTO keyless (note) VALUES ($1)", params![(number / 2).to_string()]).await.expect("a row");
    }
    tx.commit().await.expect("committed");
    let before = without_records(whole(&house.db).await);
    let (file, _) = back_up(&house, &ground, "b").await;
    let other = Ground::blank().await;
    restore_told(&other, &file, &steps, &mut Untold).await.expect("restored");
    assert_same(&before, &without_records(whole(&stand(&other).await.db).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_somebody_else_is_told_of_and_a_changed_one_refused() {
    let house = House::open().await;
    house.tamper("CREATE TABLE theirs (id BIGINT)", params![]).await;
    house.tamper("INSERT INTO theirs (id) VALUES (1)", params![]).await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let ground = Ground::blank().await;
    assert_eq!(restore(&ground, &file).await.expect("restored").strangers, ["theirs"]);
    House::over(ground).await.expect("a bureau").prove().await;

    house.tamper("ALTER TABLE theirs ADD COLUMN weight REAL", params![]).await;
    let path = house.ground.data().join("c");
    let made = backup::make(&house.bureau.house, &house.operator(), &path, false, &mut Untold).await;
    assert_eq!(code(made), "backup.other-table", "it cannot be carried whole");
    assert!(!path.exists() && !house.ground.data().join("c.part").exists(), "nothing is left behind");

    house.tamper("DROP TABLE theirs", params![]).await;
    house.tamper("ALTER TABLE org_unit ADD COLUMN theirs TEXT", params![]).await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "d").await;
    assert_eq!(refusal_of(&Ground::blank().await, &file).await, "restore.other-columns");
}

async fn refusal_of(ground: &Ground, file: &Path) -> &'static str {
    let restored: Result<Restored> = restore(ground, file).await;
    code(restored)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over_what_is_there() {
    let house = bureau().await;
    let (file, made) = back_up(&house.bureau.house, &house.ground, "b").await;
    let bytes = std::fs::read(&file).expect("a file");
    let operator = house.operator();
    let again = backup::make(&house.bureau.house, &operator, &file, false, &mut Untold).await;
    assert_eq!(code(again), "backup.exists");
    assert_eq!(std::fs::read(&file).expect("a file"), bytes);
    let forced = backup::make(&house.bureau.house, &operator, &file, true, &mut Untold).await.expect("forced");
    assert_ne!(forced.digest, made.digest);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let before = whole(&house.bureau.house.db).await;
    assert_eq!(refusal_of(&house.ground, &file).await, "restore.not-empty");
    let fresh = House::open().await.leave().await;
    assert_eq!(refusal_of(&fresh, &file).await, "restore.not-empty", "a schema without rows is somebody's beginning");
    assert_same(&before, &whole(&house.bureau.house.db).await);
    let nobody = house.bureau.house.nobody();
    let refused = backup::make(&house.bureau.house, &nobody, &house.ground.data().join("n"), false, &mut Untold).await;
    assert_eq!(code(refused), "access.signed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_file_is_refused_and_leaves_the_place_empty() {
    let house = bureau().await;
    let (file, _) = back_up(&house.bureau.house, &house.ground, "b").await;
    let bytes = std::fs::read(&file).expect("a file");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let cases: [(&str, &[u8]); 5] = [
        ("backup.cut-short", &bytes[..bytes.len() - 1]),
        ("backup.cut-short", &bytes[..bytes.len() / 2]),
        ("backup.altered", &flipped),
        ("backup.foreign", b"supply_no,name\n1001,x\n"),
        ("backup.newer-format", b"GRIDHALL BACKUP 2\nwhatever comes then"),
    ];
    let ground = Ground::blank().await;
    for (expected, spoilt) in cases {
        let file = house.ground.write("spoilt", spoilt);
        assert_eq!(refusal_of(&ground, &file).await, expected);
    }
    assert_eq!(refusal_of(&ground, &house.ground.data().join("none")).await, "file.unreadable");
    assert_eq!(refusal_of(&ground, house.ground.data()).await, "backup.foreign");
    assert_eq!(stand(&ground).await.db.place().await.expect("a place"), Place::Empty);
    restore(&ground, &file).await.expect("restored");
}

/// Starts a restore and kills it when it has come to `table`.
fn killed_at(shell: &Shell, file: &str, table: &str) {
    let mut child = shell.command(&["restore", file]).stderr(Stdio::piped()).spawn().expect("gridhall starts");
    let lines = BufReader::new(child.stderr.take().expect("its stderr")).lines();
    let told = lines.map(|line| line.expect("text")).find(|line| line.starts_with(table));
    child.kill().expect("killed");
    assert!(told.is_some(), "it ended before it came to {table}");
    child.wait().expect("ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_say_what_they_did_and_a_killed_restore_is_taken_up() {
    let house = bureau().await;
    let shell = Shell { ground: house.leave().await };
    let made = shell.run("backup b").done();
    let digest = made.out.trim();
    assert!(
        digest.len() == 64 && made.err.contains("backed up") && made.err.contains("\nbill_document 6/6\n"),
        "{made:#?}"
    );
    assert!(shell.run("backup b").err.contains("[backup.exists]"));
    shell.run("backup b --force").done();
    let file = shell.ground.data().join("b").display().to_string();
    let checked = shell.run("restore b --check").done();
    assert!(checked.err.contains("the back-up is whole") && checked.out.is_empty(), "{checked:#?}");
    assert!(shell.run("restore b").err.contains("[restore.not-empty]"));
    let other = Shell { ground: Ground::blank().await };
    assert!(other.run("backup c").err.contains("[backup.nothing]"));
    let wrong = other.run(&format!("restore {file} --digest {digest}"));
    assert!(wrong.code == Some(1) && wrong.err.contains("[backup.other-digest]"), "{wrong:#?}");
    assert_eq!(std::fs::read_dir(other.ground.data()).expect("a directory").count(), 0, "nothing was made");
    for table in ["bill 4", "bill_document", "ledger_line"] {
        killed_at(&other, &file, table);
        for command in ["verify", "backup c", "export bills", "serve --listen 127.0.0.1:0"] {
            let refused = other.run(command);
            assert!(refused.code == Some(1) && refused.err.contains("[restore.unfinished]"), "{command}: {refused:#?}");
        }
    }
    let restored = other.run(&format!("restore {file} --verify")).done();
    assert!(restored.err.contains("0 differences"), "{restored:#?}");
    assert_eq!(other.run("export ledger").done().out, shell.run("export ledger").done().out);
}
