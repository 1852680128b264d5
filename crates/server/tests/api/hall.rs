//! A small bureau with a manual clock, and a client that talks to its router.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use business::Bureau;
use business::billing;
use business::grid::AreaImport;
use business::metering::MeterImport;
use business::payment;
use business::reading::ReadingImport;
use business::run::RunScope;
use business::search::Search;
use business::supply::CustomerImport;
use jiff::SignedDuration;
use kernel::{Actor, Clock, Month, Timestamp};
use platform::context::Rights;
use platform::csv::{Desk, ImportOptions, Importer, import};
use platform::house::Open;
use platform::jobs::Unwatched;
use platform::{House, access};
use serde_json::Value;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery";

pub struct Hall {
    pub bureau: Bureau,
    pub clock: Clock,
    pub router: Router,
    pub search: Search,
    open: Open,
    _data: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The code of the problem that this answer must be.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], status);
        let code = body["code"].as_str().expect("a code").to_owned();
        assert_eq!(body["type"], format!("/problems/{code}"));
        for text in ["title", "detail"] {
            assert!(body[text].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        }
        assert!(body["message"]["zh"].is_string() && body["message"]["en"].is_string(), "{body}");
        code
    }

    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }
}

impl Hall {
    pub async fn open() -> Hall {
        Hall::open_with("").await
    }

    /// A hall with this `gridhall.toml`.
    pub async fn open_with(settings: &str) -> Hall {
        let data = tempfile::tempdir().expect("a directory");
        std::fs::write(data.path().join("gridhall.toml"), settings).expect("settings");
        let clock = Clock::manual("2016-09-01T01:00:00Z".parse::<Timestamp>().expect("an instant"));
        let open = Open {
            database_url: own_database(data.path()),
            data: data.path().to_owned(),
            clock: clock.clone(),
            seed: [7; 32],
        };
        let bureau = bureau(&open).await;
        let search = Search::at(data.path());
        let router = gridhall::router(bureau.clone(), search.clone());
        Hall { bureau, clock, router, search, open, _data: data }
    }

    /// The same data in a new process.
    pub async fn reopen(&mut self) {
        self.bureau = bureau(&self.open).await;
        self.search = Search::at(&self.house().data);
        self.router = gridhall::router(self.bureau.clone(), self.search.clone());
    }

    /// What another process that serves the same data stands on.
    pub async fn other_server(&self) -> Bureau {
        bureau(&Open { seed: [9; 32], ..self.open.clone() }).await
    }

    /// Another process that serves the same data.
    pub async fn beside(&self) -> Router {
        // With the same seed both would make up the same ids.
        let open = Open { seed: [8; 32], ..self.open.clone() };
        gridhall::router(bureau(&open).await, self.search.clone())
    }

    pub fn house(&self) -> &House {
        &self.bureau.house
    }

    pub fn advance_minutes(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// A person with a one-time password, which is told.
    pub async fn new_person(&self, login: &str, posts: &[(&str, &str)]) -> String {
        let (house, ctx) = (self.house(), self.house().operator());
        let tx = house.db.write().await.expect("a transaction");
        let password = access::create_person(&tx, &ctx, login).await.expect("a person");
        for (role, unit) in posts {
            access::appoint(&tx, &ctx, login, role, unit).await.expect("a post");
        }
        tx.commit().await.expect("committed");
        password
    }

    /// A person who has signed in and changed the one-time password to [`PASSWORD`]: his token.
    pub async fn person(&self, login: &str, posts: &[(&str, &str)]) -> String {
        let once = self.new_person(login, posts).await;
        let token = self.sign_in(login, &once).await.ok()["token"].clone();
        let token = token.as_str().expect("a token").to_owned();
        let wish = serde_json::json!({ "old": once, "new": PASSWORD });
        let changed = self.ask("POST", "/api/session/password").bearer(&token).json(&wish).send();
        changed.await.ok();
        token
    }

    pub async fn sign_in(&self, login: &str, password: &str) -> Answer {
        let wish = serde_json::json!({ "login": login, "password": password });
        self.ask("POST", "/api/session").json(&wish).send().await
    }

    pub fn ask(&self, method: &str, path: &str) -> Ask {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a method"))
            .uri(path)
            .header("host", "hall.example");
        Ask { router: self.router.clone(), request, body: Body::empty() }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask("GET", path).bearer(token).send().await
    }

    /// Two areas at two stations, a customer with a meter at each.
    pub async fn fill(&self) {
        let areas = "station,substation,feeder,area_code,area_name,capacity_kva\n\
                     ST01,城东变,翠竹线,TQ01,翠竹路1号台区,400\n\
                     ST02,城西变,江洲线,TQ02,江洲路1号台区,\n";
        let customers = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on\n\
                         0000000001,张三丰,03,200,13812341234,扬中市三茅镇翠竹路12号3幢201室,ST01,TQ01,0.22kV,8,cn-zhejiang/resident,4,,2012-07-01\n\
                         0000000002,李四,03,200,,,ST02,TQ02,0.22kV,8,cn-zhejiang/resident,,,2012-07-01\n";
        let meters = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing\n\
                      M0000000001,0000000001,2016-07-31,,1,6,total,0.5,\n";
        self.load(&AreaImport, areas).await;
        let tariffs = self.bureau.tariffs.clone();
        self.load(&CustomerImport { tariffs }, customers).await;
        self.load(&MeterImport, meters).await;
    }

    /// The bureau of [`Hall::fill`] with a reading of its one meter: 240 kWh in August.
    pub async fn fill_and_read(&self) {
        self.fill().await;
        self.read("M0000000001,2016-08-31,total,240.5,actual").await;
    }

    pub async fn read(&self, row: &str) {
        let packs = self.house().packs.clone();
        self.load(&ReadingImport { packs }, &format!("meter_no,read_on,register,value,kind\n{row}\n")).await;
    }

    /// Tries the bills of August as `login`.
    pub async fn try_august(&self, login: &str, station: Option<&str>) {
        let scope = RunScope { station: station.map(str::to_owned), book: None, supply_no: None };
        let ctx = self.house().ctx(Actor::person(login), Rights::All);
        let mut desk = billing::Desk { finding: &mut |_| Ok(()), watch: &mut Unwatched };
        billing::trial(&self.bureau, &ctx, august(), &scope, &mut desk).await.expect("tried");
    }

    /// Issues the bills of August; the first is 20160800000001.
    pub async fn issue_august(&self) {
        self.issue("2016-08").await;
    }

    pub async fn issue(&self, cycle: &str) {
        self.issue_of(cycle, None).await;
    }

    pub async fn issue_of(&self, cycle: &str, station: Option<&str>) {
        let cycle = cycle.parse().expect("a month");
        let ctx = self.house().operator();
        let mut desk = billing::Desk { finding: &mut |_| Ok(()), watch: &mut Unwatched };
        let scope = RunScope { station: station.map(str::to_owned), book: None, supply_no: None };
        billing::issue(&self.bureau, &ctx, cycle, &scope, false, &mut desk).await.expect("issued");
    }

    /// What was done becomes what is found, as it does every second on a running server.
    pub async fn follow(&self) {
        platform::journal::seal(&self.house().db).await.expect("sealed");
        self.search.follow(self.house()).await.expect("followed");
    }

    pub async fn load_customers(&self, rows: &str) {
        let header = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on\n";
        let tariffs = self.bureau.tariffs.clone();
        self.load(&CustomerImport { tariffs }, &format!("{header}{rows}")).await;
    }

    /// Usage points of customers that have a number, and thereby several of them.
    pub async fn load_customers_of(&self, rows: &str) {
        let header = "supply_no,customer_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on\n";
        let tariffs = self.bureau.tariffs.clone();
        self.load(&CustomerImport { tariffs }, &format!("{header}{rows}")).await;
    }

    pub async fn load_meters(&self, rows: &str) {
        let header = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing\n";
        self.load(&MeterImport, &format!("{header}{rows}")).await;
    }

    /// Takes cash for an account and whatever it owes, and more: all above the debts is paid ahead. The
    /// first of a day has the receipt 201609010000001.
    pub async fn pay_ahead(&self, supply_no: &str, above: &str) {
        let (tx, ctx) = (self.house().db.write().await.expect("a transaction"), self.house().operator());
        let packs = self.house().packs.clone();
        let quote = payment::quote(&tx, &ctx, &packs, &[supply_no.to_owned()]).await.expect("a quote");
        let wish = payment::Wish {
            supply_nos: vec![supply_no.to_owned()],
            amount: quote.total() + above.parse().expect("yuan"),
            digest: quote.digest,
            method: payment::Method::Cash,
            tendered: None,
            bank: None,
            instrument: None,
            prepay_to: Some(supply_no.to_owned()),
            despite_debit: None,
        };
        payment::take(&tx, &ctx, &packs, wish).await.expect("taken");
        tx.commit().await.expect("committed");
    }

    pub async fn load<I: Importer>(&self, importer: &I, text: &str) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let mut desk = Desk { report: &mut |finding| panic!("{finding:?}"), watch: &mut Unwatched };
        let (db, ctx) = (&self.house().db, self.house().operator());
        let options = ImportOptions::default();
        import(importer, db, &ctx, file.path(), options, &mut desk).await.expect("loaded");
    }
}

pub struct Ask {
    router: Router,
    request: axum::http::request::Builder,
    body: Body,
}

impl Ask {
    pub fn header(mut self, name: &str, value: &str) -> Ask {
        self.request = self.request.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Ask {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn cookie(self, token: &str) -> Ask {
        self.header("cookie", &format!("gridhall_session={token}"))
    }

    /// Asks another server.
    pub fn to(mut self, router: &Router) -> Ask {
        self.router = router.clone();
        self
    }

    pub fn key(self, key: &str) -> Ask {
        self.header("idempotency-key", key)
    }

    pub fn json(self, body: &Value) -> Ask {
        self.body("application/json", body.to_string())
    }

    pub fn body(self, kind: &str, body: impl Into<Body>) -> Ask {
        let mut ask = self.header("content-type", kind);
        ask.body = body.into();
        ask
    }

    pub async fn send(self) -> Answer {
        let request = self.request.body(self.body).expect("a request");
        let response = self.router.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

fn august() -> Month {
    "2016-08".parse().expect("a month")
}

async fn bureau(open: &Open) -> Bureau {
    Bureau::open(open.clone(), gridhall::migrations::MIGRATIONS).await.expect("a bureau")
}

/// On PostgreSQL, where the suite runs on it, a database of the test's own.
fn own_database(data: &Path) -> Option<String> {
    let server = std::env::var("GRIDHALL_TEST_DATABASE_URL").ok()?;
    let unique = data.file_name()?.to_string_lossy().to_lowercase();
    let name: String =
        unique.chars().filter(char::is_ascii_alphanumeric).chain(std::process::id().to_string().chars()).collect();
    let made = std::process::Command::new("psql")
        .args([&server, "--quiet", "--command"])
        .arg(format!("CREATE DATABASE \"gridhall_{name}\""))
        .status()
        .expect("psql runs");
    assert!(made.success());
    let (base, _) = server.rsplit_once('/').expect("a url with a database");
    Some(format!("{base}/gridhall_{name}"))
}
