//! A channel's file of a few thousand payments, in which every tenth row is wrong in its own way.

use std::collections::{BTreeMap, BTreeSet};

use business::debit::{self, Wish};
use kernel::Actor;
use platform::context::Rights;
use platform::csv::ImportOptions;
use platform::{Ctx, Scope};
use stories::files::{DRY, Loaded, PAYMENTS, changed};
use stories::house::{code, date, when_free};
use stories::{Account, House};

const ROWS: usize = 3000;
const GOOD: &str = "G0,1001,2016-09-01T10:00:00+08:00,1.00,wechat,rural-bank";

/// What is changed in [`GOOD`], and the field and code by which the row is told.
type Case = (&'static [(&'static str, &'static str)], &'static str);

const LONG: &str = concat!(
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
);
const BROKEN: &str = "\"1\n2\"";

/// Those with the reference of [`GOOD`] meet it on record, those with another are new.
const CASES: &[Case] = &[
    (&[], " unchanged"),
    (&[("paid_at", "2016-09-01 10:00:00"), ("amount", "1")], " unchanged"),
    (&[("supply_no", "1002")], "supply_no conflict"),
    (&[("amount", "1.01")], "amount conflict"),
    (&[("paid_at", "2016-09-01T10:00:01+08:00")], "paid_at conflict"),
    (&[("method", "alipay")], "method conflict"),
    (&[("channel", "rural-bank,more")], " row.length"),
    (&[("reference", "")], "reference field.empty"),
    (&[("reference", LONG)], "reference field.long"),
    (&[("reference", BROKEN)], "reference field.control"),
    (&[("reference", "N 1")], "reference code.invalid"),
    (&[("reference", "N2345678901234567890123456789012345678901")], "reference code.invalid"),
    (&[("reference", "N"), ("supply_no", "")], "supply_no field.empty"),
    (&[("reference", "N"), ("supply_no", LONG)], "supply_no field.long"),
    (&[("reference", "N"), ("supply_no", BROKEN)], "supply_no field.control"),
    (&[("reference", "N"), ("supply_no", "10O1")], "supply_no supply-no.invalid"),
    (&[("reference", "N"), ("supply_no", "9999")], "supply_no supply-no.unknown"),
    (&[("reference", "N"), ("supply_no", "2001")], "supply_no access.other-station"),
    (&[("reference", "N"), ("paid_at", "")], "paid_at field.empty"),
    (&[("reference", "N"), ("paid_at", LONG)], "paid_at field.long"),
    (&[("reference", "N"), ("paid_at", BROKEN)], "paid_at field.control"),
    (&[("reference", "N"), ("paid_at", "2016-09-01")], "paid_at instant.invalid"),
    (&[("reference", "N"), ("paid_at", "2016-02-30T10:00:00")], "paid_at instant.invalid"),
    (&[("reference", "N"), ("paid_at", "1899-12-31T10:00:00Z")], "paid_at instant.invalid"),
    (&[("reference", "N"), ("paid_at", "2016-09-05T10:00:01+08:00")], "paid_at date.future"),
    (&[("reference", "N"), ("amount", "")], "amount field.empty"),
    (&[("reference", "N"), ("amount", LONG)], "amount field.long"),
    (&[("reference", "N"), ("amount", BROKEN)], "amount field.control"),
    (&[("reference", "N"), ("amount", "\"1,000\"")], "amount number.invalid"),
    (&[("reference", "N"), ("amount", "1.001")], "amount number.decimals"),
    (&[("reference", "N"), ("amount", "99999999999999999999")], "amount number.range"),
    (&[("reference", "N"), ("amount", "0.00")], "amount amount.not-positive"),
    (&[("reference", "N"), ("amount", "-1.00")], "amount amount.not-positive"),
    (&[("reference", "N"), ("amount", "10000000.01")], "amount payment.amount"),
    (&[("reference", "N"), ("method", "")], "method field.empty"),
    (&[("reference", "N"), ("method", LONG)], "method field.long"),
    (&[("reference", "N"), ("method", BROKEN)], "method field.control"),
    (&[("reference", "N"), ("method", "gold")], "method word.unknown"),
    (&[("reference", "N"), ("channel", LONG)], "channel field.long"),
    (&[("reference", "N"), ("channel", BROKEN)], "channel field.control"),
    (&[("reference", "N"), ("channel", "rural bank")], "channel code.invalid"),
    (&[("reference", "N"), ("channel", "counter")], "channel channel.reserved"),
];

/// A good row for a debt that a bank is collecting: it is booked, and told as a doubt.
const IN_FLIGHT: &str = "F,1041,2016-09-05T09:00:00,80.00,wechat,rural-bank";
const IN_FLIGHT_TOLD: &str = "supply_no payment.in-flight";

const METHODS: [&str; 8] = ["wechat", "cash", "pos", "cheque", "voucher", "transfer", "alipay", "bank-debit"];

/// The file, what its report must say, and how many fen its good rows are.
struct File {
    text: String,
    expected: Vec<String>,
    good: u64,
    fen: u64,
}

impl File {
    fn make() -> File {
        let mut file = File { text: format!("{PAYMENTS}\n"), expected: Vec::new(), good: 0, fen: 0 };
        let mut row = 1;
        for at in 0..ROWS {
            // An empty line has a number as well; a line that is broken within quotes has one alone.
            if at % 97 == 96 {
                file.text.push('\n');
                row += 1;
            }
            row += 1;
            let line = if at % 10 == 9 { file.bad(row, at / 10) } else { file.good(row, at) };
            file.text.push_str(&line);
            file.text.push('\n');
        }
        file
    }

    fn good(&mut self, row: usize, at: usize) -> String {
        let fen = 100 + at as u64;
        self.good += 1;
        self.fen += fen;
        if at == 0 {
            return GOOD.to_owned();
        }
        if at == ROWS / 2 {
            self.fen += 8000 - fen;
            self.expected.push(format!("{row} {IN_FLIGHT_TOLD}"));
            return IN_FLIGHT.to_owned();
        }
        let (account, day, method) = (1001 + at % 40, 1 + at % 4, METHODS[at % METHODS.len()]);
        let channel = if at.is_multiple_of(3) { "" } else { "rural-bank" };
        format!("G{at},{account},2016-09-{day:02}T09:30:00,{}.{:02},{method},{channel}", fen / 100, fen % 100)
    }

    fn bad(&mut self, row: usize, number: usize) -> String {
        let (changes, told) = CASES[number % CASES.len()];
        self.expected.push(format!("{row} {told}"));
        changed(PAYMENTS, GOOD, changes)
    }

    fn unchanged(&self) -> u64 {
        self.expected.iter().filter(|told| told.ends_with("unchanged")).count() as u64
    }

    fn refused(&self) -> u64 {
        self.refusals().len() as u64
    }

    fn refusals(&self) -> Vec<&String> {
        let loaded = |told: &&String| told.ends_with("unchanged") || told.ends_with(IN_FLIGHT_TOLD);
        self.expected.iter().filter(|told| !loaded(told)).collect()
    }
}

/// Accounts of the station S1 that owe for August, of the last of which a bank is collecting, and one
/// account of S2.
async fn bureau() -> House {
    let house = House::open().await;
    let mut accounts: Vec<Account> = (1001..1042).map(|number| Account::trade(&number.to_string())).collect();
    accounts.push(Account::trade("2001").station("S2"));
    house.connect(&accounts).await;
    let readings: Vec<String> = (1001..1042).map(|number| format!("M{number} 2016-08-31 total 100")).collect();
    house.read(&readings.join("\n")).await;
    house.issue("2016-08").await;
    let mandate =
        "supply_no,bank,holder,account_no,agreement_no,since\n1041,icbc,张三,6222000000001041,A1041,2016-09-01\n";
    house.load("mandates", mandate).await.wholly();
    let (tx, ctx, packs) = (house.writing_tx().await, house.operator(), &house.bureau.house.packs);
    let wish = || Wish {
        bank: "icbc".into(),
        station: None,
        book: None,
        due_until: date("2016-09-20"),
        collect_on: date("2016-09-06"),
    };
    let digest = debit::plan(&tx, &ctx, packs, wish()).await.expect("a plan").digest;
    let made = debit::make(&tx, &ctx, packs, wish(), &digest).await.expect("a batch");
    debit::send(&tx, &ctx, packs, &made.batch.batch_no, None).await.expect("sent");
    tx.commit().await.expect("committed");
    house
}

/// Somebody of S1 whose post has these rights.
fn of_s1(house: &House, rights: &[&str]) -> Ctx {
    let station = || Scope::Stations(vec!["S1".to_owned()]);
    let rights = rights.iter().map(|right| ((*right).to_owned(), station())).collect();
    house.bureau.house.ctx(Actor::person("wang.li"), Rights::Granted(rights))
}

async fn load(house: &House, file: &File, options: ImportOptions) -> Loaded {
    let officer = of_s1(house, &["payment.import"]);
    when_free(async || house.load_as(&officer, "payments", &file.text, options).await).await.expect("a report")
}

fn by_code(told: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in told {
        let code = line.rsplit(' ').next().unwrap_or_default().to_owned();
        *counts.entry(code).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_row_is_told_by_its_line_and_code_and_every_good_one_is_booked_once() {
    let (house, file) = (bureau().await, File::make());
    let dry = load(&house, &file, DRY).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM payment").await, 0);
    let loaded = load(&house, &file, ImportOptions::default()).await;
    assert_eq!((dry.counts(), &dry.findings), (loaded.counts(), &loaded.findings));
    assert_eq!(by_code(loaded.report()), by_code(file.expected.clone()));
    assert_eq!(loaded.report(), file.expected);
    assert_eq!(loaded.counts(), [file.good, file.unchanged(), 1, file.refused()]);
    let booked = async || {
        [
            house.count("SELECT COUNT(*) FROM payment").await,
            house.count("SELECT COUNT(DISTINCT reference) FROM payment").await,
            house.count("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM payment").await,
            house.count("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM payment_share").await,
        ]
    };
    let (good, fen) = (file.good.cast_signed(), file.fen.cast_signed());
    assert_eq!(booked().await, [good, good, fen, fen]);
    let acts = house.acts().await;
    let again = load(&house, &file, ImportOptions::default()).await;
    assert_eq!(again.counts(), [0, file.good + file.unchanged(), 0, file.refused()]);
    assert_eq!(again.news().iter().collect::<Vec<_>>(), file.refusals());
    assert_eq!((booked().await, house.acts().await), ([good, good, fen, fen], acts));
    house.prove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_import_payments_learns_nothing_about_the_rows() {
    let (house, file) = (bureau().await, File::make());
    let other = of_s1(&house, &["payment.read"]);
    let refused = when_free(async || house.load_as(&other, "payments", &file.text, ImportOptions::default()).await);
    assert_eq!(code(refused.await), "access.forbidden");
}

/// The codes that stand in a source: quoted, two words of small letters with a dot between them.
fn codes_in(source: &str) -> BTreeSet<&str> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_code = |text: &&str| text.split_once('.').is_some_and(|(thing, rule)| is_word(thing) && is_word(rule));
    source.split('"').filter(is_code).collect()
}

/// What [`fields`](business::fields) refuses in columns that this file has not.
const OF_OTHER_FILES: [&str; 2] = ["date.invalid", "number.negative"];

#[test]
fn the_file_provokes_every_code_of_its_importer_and_each_is_documented() {
    let told = CASES.iter().map(|(_, told)| *told).chain([IN_FLIGHT_TOLD]);
    let provoked: BTreeSet<&str> = told.filter_map(|told| told.rsplit(' ').next()).collect();
    let importer = codes_in(include_str!("../../../business/src/payment/import.rs"));
    let fields = codes_in(include_str!("../../../business/src/fields.rs"));
    assert!(importer.len() >= 4 && fields.len() >= 10, "{importer:?} {fields:?}");
    let missed: Vec<_> =
        importer.union(&fields).filter(|code| !provoked.contains(*code) && !OF_OTHER_FILES.contains(code)).collect();
    assert!(missed.is_empty(), "no row provokes {missed:?}");
    let documented = include_str!("../../../../docs/files.md");
    let secret: Vec<_> = provoked.iter().filter(|code| !documented.contains(&format!("`{code}`"))).collect();
    assert!(secret.is_empty(), "docs/files.md is silent about {secret:?}");
}
