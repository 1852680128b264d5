//! What a person at a counter says, and who is meant.

use finder::{Finder, Found, Keeper, Kind, Layout, Match, Record, Wish};
use proptest::prelude::*;

const LAYOUT: Layout = &[
    ("account", Kind::Number),
    ("meter", Kind::Number),
    ("phone", Kind::Number),
    ("name", Kind::Name),
    ("address", Kind::Text),
];

fn record(account: &str, scope: &str, meter: &str, phone: &str, name: &str, address: &str) -> Record {
    let values = [account, meter, phone, name, address].map(str::to_owned).into_iter().enumerate();
    Record { key: account.to_owned(), scope: scope.to_owned(), values: values.collect() }
}

fn town() -> Vec<Record> {
    vec![
        record("3206000001", "east", "M00071001", "13812341234", "张三丰", "扬中市三茅镇翠竹路12号3幢201室"),
        record("3206000002", "east", "M00071002", "13912345678", "章三丰", "扬中市三茅镇江洲路8号"),
        record("3206000003", "west", "M00071003", "051188123456", "李四", "扬中市新坝镇新中路1号"),
        record("3206000004", "west", "M00071004", "13700000004", "曾伟", "扬中市新坝镇联合村5组"),
        record("3206000005", "west", "M00071005", "13700000005", "王𠮷", "扬中市八桥镇幸福街9号"),
        record("3206000006", "west", "M00071006", "13700000006", "赵㛃", "扬中市八桥镇幸福街10号"),
        record("3206000007", "west", "M00071007", "", "𫖯明", "扬中市西来桥镇"),
        record("3206000008", "east", "", "13700000008", "扬中市翠竹电子有限公司", "扬中市三茅镇工业园"),
        record("0000000042", "east", "M00071009", "13700000009", "张伟", "扬中市油坊镇会龙路66号"),
        record("3206000011", "east", "M00071011", "13700000011", "单伟", ""),
        record("3206000010", "east", "M00071010", "13700000010", "陈小红", "扬中市油坊镇会龙路67号"),
    ]
}

struct Town {
    finder: Finder,
    _directory: tempfile::TempDir,
}

impl Town {
    fn of(records: &[Record]) -> Town {
        let directory = tempfile::tempdir().expect("a directory");
        let mut keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
        keeper.put(records).expect("written");
        keeper.commit("1").expect("committed");
        Town { finder: keeper.finder().expect("a finder"), _directory: directory }
    }

    fn ask(&self, line: &str) -> Found {
        self.finder.find(&Wish { line, scopes: None, limit: 50 }).expect("an answer")
    }

    fn keys(&self, line: &str) -> Vec<String> {
        self.ask(line).hits.into_iter().map(|hit| hit.key).collect()
    }

    /// Who comes first, and how he was found.
    fn first(&self, line: &str) -> (String, Match) {
        let found = self.ask(line);
        let hit = found.hits.first().unwrap_or_else(|| panic!("nobody is found by {line}"));
        (hit.key.clone(), hit.how)
    }
}

#[test]
fn a_customer_is_found_by_whatever_he_gives() {
    let town = Town::of(&town());
    let table = [
        ("3206000001", "3206000001", Match::Exact),
        ("３２０６０００００１", "3206000001", Match::Exact),
        (" 3206 0000 01 ", "3206000001", Match::Exact),
        ("42", "0000000042", Match::Exact),
        ("m00071003", "3206000003", Match::Exact),
        ("138 1234 1234", "3206000001", Match::Exact),
        ("+86 13812341234", "3206000001", Match::Exact),
        ("0511-88123456", "3206000003", Match::Exact),
        ("张三丰", "3206000001", Match::Exact),
        ("張三豐", "3206000001", Match::Exact),
        ("李四", "3206000003", Match::Exact),
        ("zsf", "3206000001", Match::Sound),
        ("ZhangSanFeng", "3206000001", Match::Sound),
        ("zhang san feng", "3206000001", Match::Sound),
        ("zengwei", "3206000004", Match::Sound),
        ("cengwei", "3206000004", Match::Sound),
        ("zw", "0000000042", Match::Sound),
        ("138123", "3206000001", Match::Beginning),
        ("扬中市翠竹电子", "3206000008", Match::Beginning),
        ("zhangsan", "3206000001", Match::Beginning),
        ("5678", "3206000002", Match::End),
        ("71006", "3206000006", Match::End),
        ("三丰", "3206000001", Match::Part),
        ("sanfeng", "3206000001", Match::Part),
        ("翠竹电子", "3206000008", Match::Part),
        ("翠竹路12号", "3206000001", Match::Part),
        ("幸福街10号", "3206000006", Match::Part),
        ("chanwei", "3206000011", Match::Part),
        ("张三丰 翠竹路", "3206000001", Match::Words),
        ("三丰 5678", "3206000002", Match::Words),
        ("丰 江洲", "3206000002", Match::Words),
    ];
    for (line, key, how) in table {
        assert_eq!(town.first(line), (key.to_owned(), how), "{line}");
    }
}

#[test]
fn a_rare_character_is_a_character_like_any_other() {
    let town = Town::of(&town());
    for (line, key) in [
        ("王𠮷", "3206000005"),
        ("𠮷", "3206000005"),
        ("王吉", "3206000005"),
        ("赵㛃", "3206000006"),
        ("㛃", "3206000006"),
        ("𫖯明", "3206000007"),
        ("𫖯", "3206000007"),
    ] {
        assert_eq!(town.keys(line).first().map(String::as_str), Some(key), "{line}");
    }
}

#[test]
fn one_slip_is_forgiven_and_comes_after_what_fits() {
    let town = Town::of(&town());
    let table = [
        ("3206000091", "3206000001"),
        ("320600001", "3206000001"),
        ("32060000011", "3206000001"),
        ("13812341243", "3206000001"),
        ("张三风", "3206000001"),
        ("张丰", "3206000001"),
        ("张三小丰", "3206000001"),
        ("彰伟", "0000000042"),
        ("李肆", "3206000003"),
        ("zhangsanfen", "3206000001"),
        ("扬中市翠竹路12号3栋201室", "3206000001"),
    ];
    for (line, key) in table {
        let found = town.ask(line);
        let hit = found.hits.iter().find(|hit| hit.key == key).unwrap_or_else(|| panic!("{line}: {:?}", found.hits));
        assert!(hit.how >= Match::Beginning, "{line}: {hit:?}");
    }
    let found = town.ask("章三丰");
    let hits: Vec<_> = found.hits.iter().map(|hit| (hit.key.as_str(), hit.how)).collect();
    assert_eq!(hits[..2], [("3206000002", Match::Exact), ("3206000001", Match::Alike)]);
}

#[test]
fn a_number_given_in_full_is_not_answered_with_its_neighbours() {
    let town = Town::of(&town());
    assert_eq!(town.keys("3206000001"), ["3206000001"]);
    assert_eq!(town.keys("13700000004"), ["3206000004"]);
}

#[test]
fn what_is_surer_comes_first() {
    let mut records = town();
    records.push(record("1381234", "east", "", "", "王五", ""));
    records.push(record("3206000020", "east", "", "", "翠竹路", "某街1号"));
    records.push(record("3206000021", "east", "", "", "翠竹路口超市", "某街2号"));
    let town = Town::of(&records);
    let hows: Vec<Match> = town.ask("1381234").hits.iter().map(|hit| hit.how).collect();
    assert_eq!(hows, [Match::Exact, Match::Beginning]);
    let hits: Vec<_> = town.ask("翠竹路").hits.into_iter().map(|hit| (hit.key, hit.how)).collect();
    let keys: Vec<&str> = hits.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys[..3], ["3206000020", "3206000021", "3206000001"]);
    assert_eq!(hits[0].1, Match::Exact);
    assert_eq!(hits[1].1, Match::Beginning);
}

#[test]
fn a_search_stays_within_its_scopes() {
    let town = Town::of(&town());
    let west = ["west".to_owned()];
    let ask = |line, scopes: Option<&[String]>| town.finder.find(&Wish { line, scopes, limit: 10 }).expect("an answer");
    assert_eq!(ask("张三丰", Some(&west)).hits, []);
    assert_eq!(ask("3206000001", Some(&west)).hits.iter().filter(|hit| hit.key == "3206000001").count(), 0);
    assert_eq!(ask("李四", Some(&west)).hits.len(), 1);
    assert_eq!(ask("李四", Some(&[])).hits, []);
}

#[test]
fn an_answer_has_its_limit_and_says_when_there_are_more() {
    let many: Vec<Record> =
        (0..120).map(|n| record(&format!("77{n:06}"), "east", "", "", "张伟", "同一条路")).collect();
    let town = Town::of(&many);
    let some = town.finder.find(&Wish { line: "张伟", scopes: None, limit: 20 }).expect("an answer");
    assert_eq!((some.hits.len(), some.more), (20, true));
    let most = town.finder.find(&Wish { line: "张伟", scopes: None, limit: 1000 }).expect("an answer");
    assert_eq!((most.hits.len(), most.more), (50, true));
    assert!(most.hits.windows(2).all(|pair| pair[0].key < pair[1].key));
    let one = town.finder.find(&Wish { line: "77000007", scopes: None, limit: 20 }).expect("an answer");
    assert_eq!((one.hits.len(), one.more), (1, false));
}

#[test]
fn a_record_written_again_takes_the_place_of_the_former() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
    assert!(Keeper::claim(directory.path(), LAYOUT).expect("an index").is_none(), "one writes at a time");
    assert_eq!(keeper.note().expect("readable"), None);
    keeper.put(&town()).expect("written");
    keeper.commit("7").expect("committed");
    let finder = Finder::open(directory.path(), LAYOUT).expect("an index").expect("there");
    assert_eq!((finder.len(), finder.note().expect("readable").as_deref()), (11, Some("7")));
    keeper.put(&[record("3206000003", "west", "", "", "李四光", "")]).expect("written");
    let how = |line| {
        let found = finder.find(&Wish { line, scopes: None, limit: 5 }).expect("an answer");
        found.hits.iter().find(|hit| hit.key == "3206000003").map(|hit| hit.how)
    };
    assert_eq!(how("李四光"), Some(Match::Near), "as long as nothing is committed");
    keeper.commit("8").expect("committed");
    finder.refresh().expect("seen");
    assert_eq!((finder.len(), how("李四光"), how("M00071003")), (11, Some(Match::Exact), None));
    keeper.remove("3206000003");
    keeper.commit("9").expect("committed");
    finder.refresh().expect("seen");
    assert_eq!(finder.len(), 10);
    drop(keeper);
    let keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free again");
    assert_eq!(keeper.note().expect("readable").as_deref(), Some("9"));
}

#[test]
fn clearing_is_seen_only_when_the_new_content_is_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
    keeper.put(&town()).expect("written");
    keeper.commit("1").expect("committed");
    let finder = keeper.finder().expect("a finder");
    keeper.clear().expect("cleared");
    keeper.put(&town()[..3]).expect("written");
    finder.refresh().expect("seen");
    assert_eq!(finder.len(), 11);
    keeper.commit("2").expect("committed");
    finder.refresh().expect("seen");
    assert_eq!(finder.len(), 3);
}

#[test]
fn an_index_of_another_layout_or_spoilt_files_counts_as_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
    keeper.put(&town()).expect("written");
    keeper.commit("1").expect("committed");
    drop(keeper);
    let other: Layout = &[("title", Kind::Text)];
    assert!(Finder::open(directory.path(), other).expect("no fault").is_none());
    std::fs::write(directory.path().join("terms/meta.json"), "spoilt").expect("written");
    assert!(Finder::open(directory.path(), LAYOUT).expect("no fault").is_none());
    let keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
    assert_eq!(keeper.note().expect("readable"), None, "begun anew");
}

#[test]
fn nobody_else_on_the_machine_may_look_into_the_directory() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().expect("a directory");
    let directory = data.path().join("search");
    let _keeper = Keeper::claim(&directory, LAYOUT).expect("an index").expect("free");
    for directory in [directory.clone(), directory.join("terms")] {
        let mode = std::fs::metadata(directory).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

fn line() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        any::<char>(),
        prop::sample::select("张三丰zsf0123456789 　１２·-'\"()[]*?:^~\\/\u{0}𠮷㛃é".chars().collect::<Vec<_>>()),
    ];
    prop::collection::vec(letters, 0..120).prop_map(|letters| letters.into_iter().collect())
}

#[test]
fn no_line_and_no_record_makes_it_panic() {
    let town = Town::of(&town());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() });
    let asked = runner.run(&line(), |line| {
        let found = town.finder.find(&Wish { line: &line, scopes: None, limit: 20 });
        prop_assert!(found.is_ok_and(|found| found.hits.len() <= 20));
        Ok(())
    });
    asked.expect("no line breaks it");
    let directory = tempfile::tempdir().expect("a directory");
    let mut keeper = Keeper::claim(directory.path(), LAYOUT).expect("an index").expect("free");
    let written = runner.run(&(line(), line(), line()), |(number, name, address)| {
        prop_assert!(keeper.put(&[record(&number, "east", &number, &number, &name, &address)]).is_ok());
        Ok(())
    });
    written.expect("no record breaks it");
    keeper.commit("1").expect("committed");
}
