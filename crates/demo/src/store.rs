use kernel::{Date, Month};
use platform::db::{Migration, Row};
use platform::{Fault, Result, Tx, params};

use crate::Plan;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-22 demonstration",
    sql: "
CREATE TABLE demonstration (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  seed BIGINT NOT NULL,
  customers BIGINT NOT NULL,
  first_month TEXT NOT NULL,
  last_month TEXT NOT NULL,
  until_day TEXT NOT NULL,
  begun BIGINT NOT NULL,
  months_done BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('filling', 'complete'))
);
CREATE TABLE demonstration_account (
  login TEXT NOT NULL PRIMARY KEY,
  place BIGINT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL
)
",
};

/// How far the filling of a demonstration has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub plan: Plan,
    /// How often a filling was begun: cut off, it is begun again.
    pub begun: i64,
    /// The take-over and whole months that are done.
    pub months_done: i64,
    pub complete: bool,
}

/// An account whose name everybody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub login: String,
    pub zh: String,
    pub en: String,
}

/// What is known of the demonstration, if the bureau is one.
pub async fn state(tx: &Tx) -> Result<Option<State>> {
    let sql =
        "SELECT seed, customers, first_month, last_month, until_day, begun, months_done, state FROM demonstration";
    tx.row(sql, params![]).await?.as_ref().map(state_of).transpose()
}

fn state_of(row: &Row) -> Result<State> {
    let month = |at: usize| -> Result<Month> {
        let text: String = row.get(at)?;
        text.parse().map_err(|_| Fault::impossible(format!("\"{text}\" is not a month")))
    };
    let until: String = row.get(4)?;
    let until: Date =
        kernel::time::parse_date(&until).ok_or_else(|| Fault::impossible(format!("\"{until}\" is not a day")))?;
    Ok(State {
        plan: Plan {
            seed: u64::try_from(row.get::<i64>(0)?).unwrap_or(0),
            customers: usize::try_from(row.get::<i64>(1)?).unwrap_or(0),
            first: month(2)?,
            last: month(3)?,
            until,
        },
        begun: row.get(5)?,
        months_done: row.get(6)?,
        complete: row.get::<String>(7)? == "complete",
    })
}

/// Notes that a filling begins, for the first time or again.
pub async fn begin(tx: &Tx, plan: &Plan) -> Result<()> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let sql = "
INSERT INTO demonstration (one, seed, customers, first_month, last_month, until_day, begun, months_done, state)
VALUES (1, $1, $2, $3, $4, $5, 1, 0, 'filling')
ON CONFLICT (one) DO UPDATE SET begun = demonstration.begun + 1";
    let params = params![
        whole(plan.seed),
        whole(plan.customers as u64),
        plan.first.to_string(),
        plan.last.to_string(),
        plan.until.to_string(),
    ];
    tx.run(sql, params).await.map(drop)
}

pub async fn note_done(tx: &Tx, months: i64) -> Result<()> {
    tx.run("UPDATE demonstration SET months_done = $1", params![months]).await.map(drop)
}

pub async fn complete(tx: &Tx, accounts: &[Account]) -> Result<()> {
    for (place, account) in accounts.iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let sql = "INSERT INTO demonstration_account (login, place, zh, en) VALUES ($1, $2, $3, $4)";
        tx.run(sql, params![account.login.clone(), place, account.zh.clone(), account.en.clone()]).await?;
    }
    tx.run("UPDATE demonstration SET state = 'complete'", params![]).await.map(drop)
}

/// The accounts of a complete demonstration; of a bureau's own data, none.
pub async fn accounts(tx: &Tx) -> Result<Vec<Account>> {
    let rows = tx.rows("SELECT login, zh, en FROM demonstration_account ORDER BY place", params![]).await?;
    rows.iter().map(|row| Ok(Account { login: row.get(0)?, zh: row.get(1)?, en: row.get(2)? })).collect()
}
