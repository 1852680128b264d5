//! The real binary: exit codes, what goes to stdout, and what others script.

use platform::Db;
use stories::Shell;
use stories::command::Ended;
use stories::files::{AREAS, CUSTOMERS, METERS, OPENINGS, READINGS};

/// A bureau of two accounts, everything imported: 1001 in the second tier, 1002 without a reading.
async fn bureau() -> Shell {
    let shell = Shell::new().await;
    shell.file("areas.csv", format!("{AREAS}\nS1,城区变,城区线,A1,一号台区,400\n"));
    let tou = "张三,03,200,13812341234,翠竹路12号,S1,A1,0.22kV,8,cn-zhejiang/resident-tou,3,,2012-03-01,,B1";
    shell.file("customers.csv", format!("{CUSTOMERS}\n1001,{tou}\n1002,{tou}\n"));
    let meter = "2016-07-31,,1,6";
    shell.file("meters.csv", format!("{METERS}\nM1,1001,{meter},peak,0,\nM1,1001,{meter},valley,0,\nM2,1002,{meter},peak,0,\nM2,1002,{meter},valley,0,\n"));
    shell.file("openings.csv", format!("{OPENINGS}\n1001,2016-07-31,2700,0\n"));
    shell.file("readings.csv", format!("{READINGS}\nM1,2016-08-31,peak,180,actual\nM1,2016-08-31,valley,120,actual\n"));
    for kind in ["areas", "customers", "meters", "openings", "readings"] {
        let ended = shell.run(&format!("import {kind} {kind}.csv")).done();
        assert_eq!(ended.out, "row,field,code,message\n");
    }
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_ends_a_command_without_a_fault() {
    let shell = Shell::new().await;
    for words in [&["tariff", "list"][..], &["tariff", "show", "cn-zhejiang/resident-tou"], &["openapi"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = shell.command(words).stdout(writer).output().expect("gridhall ends");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_imported_billed_explained_cancelled_and_proved() {
    let shell = bureau().await;
    let planned = shell.run("bill plan --cycle 2016-08").done();
    let tried = shell.run("bill trial --cycle 2016-08").done();
    assert_eq!(planned.out, tried.out);
    assert!(tried.rows()[0].starts_with("1002,missing,yes,"), "{tried:#?}");
    let issued = shell.run("bill issue --cycle 2016-08").done();
    assert!(issued.err.contains("issued 1 bills, 148.80 yuan; "), "{}", issued.err);
    let bills = shell.run("export bills --cycle 2016-08").done();
    let row = bills.rows()[0].to_owned();
    let bill_no = row.split(',').next().expect("a number").to_owned();
    assert!(
        row.starts_with(&format!(
            "{bill_no},1001,2016-08,1,2016-08-01,2016-08-31,300,148.80,cn-zhejiang/resident-tou,2012-07,issued,"
        )),
        "{row}"
    );
    let told = shell.run(&format!("bill explain {bill_no}")).done().out;
    assert!(told.contains("148.80") && told.contains("2700"), "{told}");
    shell.run("verify --cycle 2016-08").done();
    let cancel = ["bill", "cancel", &bill_no, "--reason", "wrong meter"];
    shell.run_with(&cancel).done();
    assert_eq!(shell.run_with(&cancel).code, Some(1));
    shell.run("bill issue --cycle 2016-08").done();
    let bills = shell.run("export bills").done();
    let ends: Vec<String> = bills
        .rows()
        .iter()
        .map(|row| row.split(',').skip(10).take(1).chain(row.split(',').skip(13)).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(ends, ["cancelled ".to_owned(), format!("reversal {bill_no}"), format!("issued {bill_no}")]);
    assert_eq!(shell.run("verify").done().out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misread_meter_is_amended_and_its_bill_corrected() {
    let shell = bureau().await;
    shell.run("bill issue --cycle 2016-08").done();
    let none = shell.run("bill rebill --since 2016-08-01 --affected --reason check").done();
    assert!(none.rows().is_empty() && none.err.contains("1 accounts computed again, 0 with 0 bills"), "{none:#?}");
    shell.run("reading amend M1 2016-08-31 peak 150 --reason misread").done();
    let told = shell.run("bill rebill --since 2016-08-01 --supply-no 1001 --reason misread --out told.csv").done();
    // 150 x 0.568 + 120 x 0.288 + 210 x 0.05
    let rows = "supply_no,state,from_cycle,bills,kwh_before,kwh_after,before,after,difference,message\n\
                1001,ready,2016-08,1,300,270,148.80,130.26,-18.54,\n";
    assert_eq!(shell.text("told.csv"), rows);
    let command = told.err.split("To issue it: gridhall ").nth(1).expect("a command").trim().to_owned();
    shell.run(&command).done();
    assert_eq!(shell.run(&command).code, Some(1), "it is issued");
    let as_of = shell.run("bill as-of 20160800000001 2016-08-15").done();
    assert!(as_of.out.contains("no bill of 2016-08 stood for 1001"), "{}", as_of.out);
    assert_eq!(shell.run("verify").done().out, "");
    shell.run("meter amend M1 --multiplier 2 --reason nameplate").done();
    let doubled =
        shell.run("bill rebill --since 2016-08-01 --tariff cn-zhejiang/resident-tou --reason nameplate").done();
    // 300 x 0.568 + 240 x 0.288 + 480 x 0.05
    assert_eq!(doubled.rows(), ["1001,ready,2016-08,1,270,540,130.26,263.52,133.26,"]);
    let error = "meter amend M1 --error 5 --tested-on 2016-07-31 --found-on 2016-08-31 --reason test";
    shell.run(error).done();
    assert_eq!(shell.run(error).code, Some(1), "it is on record");
    assert_eq!(shell.run("meter amend M1 --error 5 --reason test").code, Some(2), "the days are not said");
    assert_eq!(shell.run("bill rebill --since 2016-08-01 --reason all").code, Some(2), "which bills is not said");
    assert_eq!(shell.run("bill issue --run 1").code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_prices_are_tried_on_months_and_told_as_a_file() {
    let shell = bureau().await;
    shell.run("bill issue --cycle 2016-08").done();
    let pack = r#"kind = "tariff"
format = 1
code = "cn-zhejiang/resident-tou"
zh = "居民"
en = "Residents"

[[version]]
id = "2030-01"
from = 2030-01-01
source = "虚构的通知"
mark = "fictional"
registers = ["peak", "valley"]

[[version.price]]
voltage = ["0.22kV"]
energy = { peak = "0.60", valley = "0.30" }
"#;
    shell.file("new.toml", pack);
    let told = shell.run("bill compare --pack new.toml --cycle 2016-08").done();
    assert_eq!(
        told.out,
        "supply_no,tariff,amount_now,amount_new,difference\n1001,cn-zhejiang/resident-tou,148.80,144.00,-4.80\n"
    );
    assert!(told.err.contains("in all: 1 bills, 148.80 yuan become 144.00, a difference of -4.80; 0 higher, 1 lower"));
    shell.run("bill compare --pack new.toml --cycle 2016-08 --out told.csv").done();
    assert_eq!(shell.text("told.csv"), told.out);
    let by_day = shell.run("bill compare --pack new.toml --cycle 2016-08 --by-day").done();
    assert!(by_day.out.ends_with("148.80,148.80,0.00\n"), "{}", by_day.out);
    let months = shell.run("bill compare --pack new.toml --cycle 2015-09..2016-08").done();
    assert!(months.out.starts_with("supply_no,tariff,amount_now,amount_new,difference,cycle\n"), "{}", months.out);
    assert_eq!(months.rows(), ["1001,cn-zhejiang/resident-tou,148.80,144.00,-4.80,2016-08"]);
    assert!(months.err.contains("2016-08: 1 bills"), "{}", months.err);
    for wrong in ["2015-08..2016-08", "2016-08..2016-07", "2016-08..", "2016-08...2016-09"] {
        assert_eq!(shell.run(&format!("bill compare --pack new.toml --cycle {wrong}")).code, Some(2), "{wrong}");
    }

    shell.file("high.toml", pack.replace("0.22kV", "10kV"));
    let unpriced = shell.run("bill compare --pack high.toml --cycle 2016-08");
    assert_eq!((unpriced.code, unpriced.rows()), (Some(1), vec!["1001,cn-zhejiang/resident-tou,148.80,,"]));
    shell.file("wrong.toml", pack.replace("format = 1\n", ""));
    for (pack, out, code) in [
        ("nowhere.toml", "told.csv", "file.unreadable"),
        ("wrong.toml", "told.csv", "pack.mistakes"),
        ("new.toml", "nowhere/told.csv", "file.unwritable"),
    ] {
        let refused = shell.run(&format!("bill compare --pack {pack} --cycle 2016-08 --out {out}"));
        assert!(refused.code != Some(0) && refused.err.contains(code), "{refused:?}");
    }
    assert_eq!(shell.text("told.csv"), told.out, "what is refused leaves the file alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_have_the_columns_of_the_contract() {
    let shell = bureau().await;
    shell.run("bill issue --cycle 2016-08").done();
    let header =
        |kind: &str| shell.run(&format!("export {kind}")).done().out.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        header("bills"),
        "bill_no,supply_no,cycle,sequence,period_from,period_to,kwh,amount,tariff,tariff_version,status,issued_on,due_on,replaces"
    );
    assert_eq!(header("bill-lines"), "bill_no,code,register,quantity,unit,price,amount,tier,share");
    assert_eq!((header("customers"), header("readings")), (CUSTOMERS.into(), READINGS.into()));
    assert!(header("ledger").contains("account"));
    let lines = shell.run("export bill-lines").done();
    let shown: Vec<&str> = lines.rows().iter().filter_map(|row| row.split_once(',')).map(|(_, rest)| rest).collect();
    assert_eq!(
        shown,
        [
            "energy.peak,peak,180,kWh,0.568,102.24,1,",
            "energy.valley,valley,120,kWh,0.288,34.56,1,",
            "tier.2,,240,kWh,0.05,12.00,2,"
        ]
    );
    let again = shell.run("import customers customers.csv").done();
    assert_eq!(again.rows().len(), 2);
    shell.file("back.csv", shell.run("export customers").done().out);
    assert!(shell.run("import customers back.csv").done().rows().iter().all(|row| row.contains(",unchanged,")));
    shell.file("back.csv", shell.run("export readings").done().out);
    assert!(shell.run("import readings back.csv").done().rows().iter().all(|row| row.contains(",unchanged,")));
}

fn everything(shell: &Shell) -> Vec<String> {
    ["customers", "readings", "bills", "bill-lines", "ledger"]
        .map(|kind| shell.run(&format!("export {kind}")).done().out)
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_repeated_change_no_byte_of_any_export() {
    let shell = bureau().await;
    shell.run("bill issue --cycle 2016-08").done();
    let before = everything(&shell);
    for kind in ["areas", "customers", "meters", "openings", "readings"] {
        let again = shell.run(&format!("import {kind} {kind}.csv")).done();
        assert!(again.rows().iter().all(|row| row.contains(",,unchanged,")), "{again:#?}");
    }
    for step in ["plan", "trial", "issue"] {
        shell.run(&format!("bill {step} --cycle 2016-08")).done();
    }
    shell.run("verify").done();
    assert_eq!(everything(&shell), before);
    let to_file = shell.run("export bills --out bills.csv").done();
    assert_eq!((to_file.out.as_str(), shell.text("bills.csv")), ("", before[2].clone()));
    assert!(!shell.ground.data().join("bills.csv.part").exists());
    assert_eq!(shell.run("export bills --out nowhere/bills.csv").code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_an_import_is_csv_and_its_exit_code_tells_whether_all_was_taken() {
    let shell = bureau().await;
    let mixed = format!(
        "{READINGS}\nM1,2016-08-31,peak,180,actual\nM9,2016-08-31,peak,1,actual\nM2,2016-08-31,peak,10,actual\n"
    );
    shell.file("mixed.csv", &mixed);
    let dry = shell.run("import readings mixed.csv --dry-run");
    let none = shell.run("import readings mixed.csv --all-or-nothing");
    let real = shell.run("import readings mixed.csv");
    for ended in [&dry, &none, &real] {
        assert_eq!(ended.code, Some(1));
        assert_eq!(ended.out, real.out);
    }
    let rows = real.rows();
    assert!(rows[0].starts_with("2,,unchanged,") && rows[1].starts_with("3,meter_no,meter.unknown,"), "{rows:?}");
    let again = shell.run("import readings mixed.csv");
    assert!(again.rows()[2].starts_with("4,,unchanged,"), "only now it is on record: {again:#?}");
    assert_eq!(shell.run("export readings").done().rows().len(), 3);
    shell.file("header.csv", "meter,value\n");
    assert_eq!(shell.run("import readings header.csv").code, Some(1));
}

fn codes(shell: &Shell, words: &[&str]) -> Vec<Option<i32>> {
    words.iter().map(|words| shell.run(words).code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_and_unreadable_files_exit_2() {
    let shell = Shell::new().await;
    shell.file("binary.csv", b"station\n\xff\xff\xff\n");
    let wrong = [
        "import areas none.csv",
        "import areas binary.csv",
        "import areas",
        "import tariffs x.csv",
        "bill trial",
        "bill trial --cycle 2016-13",
        "bill trial --cycle 2016-8",
        "bill cancel 1",
        "export bills --cycle x",
        "export everything",
        "quote none.json",
        "tariff check none.toml",
        "fly",
        "",
    ];
    let codes = codes(&shell, &wrong);
    let other: Vec<_> = wrong.iter().zip(&codes).filter(|(_, code)| **code != Some(2)).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_business_refuses_exits_1() {
    let shell = bureau().await;
    let refused = [
        "bill cancel 20160899999999 --reason x",
        "bill explain 20160899999999",
        "tariff show none/none",
        "reading void M9 2016-08-31 peak --reason x",
    ];
    assert_eq!(codes(&shell, &refused), [Some(1); 4]);
    assert_eq!(shell.run_with(&["bill", "cancel", "1", "--reason", " "]).code, Some(1));
}

const CASE: &str = r#"{"tariff":"cn-zhejiang/resident-tou","cycle":"2016-08","usage":{"peak":"180","valley":"120"},"year_to_date":"2700","persons":4,"concession":null,"voltage":"0.22kV"}"#;

fn quote(shell: &Shell, case: &str) -> Ended {
    shell.file("case.json", case);
    shell.run("quote case.json")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_needs_no_database_and_answers_in_json() {
    let shell = Shell::new().await;
    let answer: serde_json::Value = serde_json::from_str(&quote(&shell, CASE).done().out).expect("JSON");
    assert_eq!(answer["total"], "148.80");
    assert_eq!(answer["lines"][2]["amount"], "12.00");
    assert!(answer["explanation"][0]["zh"].is_string() && answer["explanation"][0]["en"].is_string());
    let other = CASE.replace("2700", "4700");
    assert!(quote(&shell, &other).done().out.contains("\"201.80\""));
    let wrong = [
        CASE.replace("resident-tou", "resident-tow"),
        CASE.replace("2016-08", "2016-13"),
        CASE.replace("\"180\"", "\"-1\""),
        CASE.replace("\"180\"", "\"1e400\""),
        CASE.replace("\"180\"", "1e400"),
        CASE.replace("\"180\"", "180"),
        CASE.replace('4', "\"4\""),
        "{".into(),
    ];
    for case in wrong {
        let ended = quote(&shell, &case);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{case}");
        assert!(ended.err.contains("refused: ["), "{}", ended.err);
    }
    assert!(!shell.ground.data().join("gridhall.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn tariffs_are_listed_shown_and_checked() {
    let shell = Shell::new().await;
    let listed = shell.run("tariff list").done().out;
    let known: Vec<&str> = listed.lines().collect();
    for code in [
        "cn-zhejiang/resident",
        "cn-zhejiang/resident-tou",
        "cn-zhejiang/resident-shared",
        "cn-guangzhou/resident",
        "cn-sichuan/resident",
        "cn-beijing/resident",
        "sample/general-single",
        "sample/farming",
    ] {
        assert!(known.contains(&code), "{code}");
        shell.run(&format!("tariff show {code} --on 2013-01-01")).done();
    }
    assert_eq!(shell.run("tariff show sample/farming --on 2009-12-31").code, Some(1));
    shell.file("wrong.toml", "kind = \"tariff\"\nformat = 1\ncode = \"own/x\"\nzh = \"x\"\nen = \"x\"\n\n[[version]]\nid = \"1\"\nfrom = 2016-01-01\n");
    let checked = shell.run("tariff check wrong.toml");
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.out.lines().all(|line| line.starts_with("wrong.toml:")) && !checked.out.is_empty(),
        "{}",
        checked.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_person_asked_for_the_command_line_issues_nothing() {
    let shell = bureau().await;
    shell.file("gridhall.toml", "[cli]\nsecond_person = true\n");
    shell.run("bill trial --cycle 2016-08").done();
    let refused = shell.run("bill issue --cycle 2016-08");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("[run.not-approved]"), "{}", refused.err);
    assert!(shell.run("export bills").done().rows().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_lists_every_difference_and_exits_1() {
    let shell = bureau().await;
    shell.run("bill issue --cycle 2016-08").done();
    let db = Db::open(shell.ground.url().as_deref(), shell.ground.data()).await.expect("the database");
    let tx = db.write().await.expect("a transaction");
    tx.run("UPDATE reading SET value = value + 1", Vec::new()).await.expect("changed");
    tx.run("UPDATE bill SET amount_fen = 1", Vec::new()).await.expect("changed");
    tx.commit().await.expect("committed");
    db.close().await.expect("closed");
    let found = shell.run("verify");
    assert_eq!(found.code, Some(1));
    for word in ["peak", "valley", "its amount is 0.01", "the ledger has 148.80"] {
        assert!(found.out.contains(word), "{word}: {}", found.out);
    }
    assert_eq!(shell.run("verify --cycle 2016-07").code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_once() {
    let shell = Shell::new().await;
    let made = shell.run("admin create 张三").done();
    assert_eq!(made.out.trim().chars().count(), 16);
    let again = shell.run("admin create 李四");
    assert_eq!((again.code, again.out.as_str()), (Some(1), ""));
    assert_eq!(shell.run("admin create").code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_made_with_a_post_that_exists() {
    let shell = bureau().await;
    let made = shell.run("admin person 李四 --role billing-approver --unit S1").done();
    assert_eq!(made.out.trim().len(), 16);
    let refused = |arguments: &str, code: &str| {
        let ended = shell.run(arguments);
        assert!(ended.code == Some(1) && ended.err.contains(code), "{arguments}: {ended:#?}");
    };
    refused("admin person 李四 --role cashier", "login.taken");
    refused("admin person 王五 --role nobody", "role.unknown");
    refused("admin person 王五 --role cashier --unit S9", "unit.unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_at_once_end_well_or_are_told_to_wait_and_nothing_is_double() {
    let shell = bureau().await;
    let customers: Vec<String> = (2000..4000)
        .map(|number| format!("{number},李四,02,405,,,S1,A1,0.38kV,80,sample/general-single,,,2012-03-01,,"))
        .collect();
    let meters: Vec<String> =
        (2000..4000).map(|number| format!("N{number},{number},2016-07-31,,1,6,total,0,")).collect();
    let readings: Vec<String> = (2000..4000).map(|number| format!("N{number},2016-08-31,total,10,actual")).collect();
    for (name, header, rows) in
        [("c.csv", CUSTOMERS, customers), ("m.csv", METERS, meters), ("r.csv", READINGS, readings)]
    {
        shell.file(name, format!("{header}\n{}\n", rows.join("\n")));
    }
    for import in [["import", "customers", "c.csv"], ["import", "meters", "m.csv"], ["import", "readings", "r.csv"]] {
        at_once(&shell, &import);
        assert!(shell.run_with(&import).done().rows().iter().all(|row| row.contains(",,unchanged,")));
    }
    at_once(&shell, &["bill", "issue", "--cycle", "2016-08"]);
    shell.run("bill issue --cycle 2016-08").done();
    assert_eq!(shell.run("export bills").done().rows().len(), 2001);
    shell.run("verify").done();
}

/// Starts the same command three times; each does its work or refuses because another is at it.
fn at_once(shell: &Shell, arguments: &[&str]) {
    let running = [shell.start(arguments), shell.start(arguments), shell.start(arguments)];
    let ended = running.map(stories::command::Running::end);
    assert!(ended.iter().any(|ended| ended.code == Some(0)), "{ended:#?}");
    for ended in &ended {
        let busy = ended.code == Some(1) && ended.err.contains("[job.running]");
        assert!(ended.code == Some(0) || busy, "{ended:#?}");
    }
}
