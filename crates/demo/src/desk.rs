//! What every day of a filled bureau needs: its clock, its people, files to load.

use std::path::PathBuf;

use business::Bureau;
use jiff::tz::TimeZone;
use kernel::{Date, Text, Timestamp};
use platform::csv::{self, Finding, ImportOptions, Importer, Summary, Verdict};
use platform::jobs::Unwatched;
use platform::{Ctx, Fault, Result, access};

use crate::account::Account;
use crate::land::Area;
use crate::{Plan, store};

/// A post of the demonstration: login, role, unit, and what it is called.
pub struct Post {
    pub login: &'static str,
    pub role: &'static str,
    pub unit: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

pub const OFFICER: &str = "billing";
pub const APPROVER: &str = "approver";
/// Who takes in what the channels report.
pub const CHIEF: &str = "chief";

pub const POSTS: [Post; 6] = [
    Post { login: "cashier", role: "cashier", unit: access::BUREAU, zh: "收费员", en: "Cashier" },
    Post { login: CHIEF, role: "chief-cashier", unit: access::BUREAU, zh: "收费班长", en: "Chief cashier" },
    Post { login: OFFICER, role: "billing-officer", unit: access::BUREAU, zh: "核算员", en: "Billing officer" },
    Post {
        login: APPROVER, role: "billing-approver", unit: access::BUREAU, zh: "核算审核员", en: "Second officer"
    },
    Post { login: "head", role: "station-head", unit: "CG", zh: "城关供电所所长", en: "Station head" },
    Post { login: "admin", role: "administrator", unit: access::BUREAU, zh: "系统管理员", en: "Administrator" },
];

/// The accounts that a filling has made, with their passwords: told once and kept nowhere.
#[derive(Debug)]
pub struct Filled {
    pub accounts: Vec<(store::Account, String)>,
}

/// Who is told how far the filling has come.
pub trait Teller: Send {
    fn tell(&mut self, done: i32, of: i32, what: &Text);

    /// Told before the filling is complete, so that one that is cut off until then hands over anew.
    fn hand_over(&mut self, filled: &Filled) -> Result<()>;
}

/// A bureau while it is filled.
pub struct Life<'a> {
    pub bureau: &'a Bureau,
    pub plan: &'a Plan,
    pub areas: &'a [Area],
    pub accounts: &'a [Account],
    pub zone: TimeZone,
    /// Now: nobody has done anything later, whatever his hours are.
    pub latest: Timestamp,
    /// Where files lie for a moment.
    pub files: PathBuf,
}

pub fn instant(zone: &TimeZone, day: Date, hour: i8, minute: i8) -> Result<Timestamp> {
    let there = day.at(hour, minute, 0, 0).to_zoned(zone.clone());
    Ok(there.map_err(|error| Fault::because("an hour of the bureau", error))?.timestamp())
}

impl Life<'_> {
    /// Turns the clock to an hour of a day in the bureau, or to now where that hour is still to come.
    pub fn clock(&self, day: Date, hour: i8, minute: i8) -> Result<()> {
        let then = instant(&self.zone, day, hour, minute)?.min(self.latest);
        let clock = &self.bureau.house.clock;
        clock.advance(then.duration_since(clock.now()));
        Ok(())
    }

    /// Whoever has this name, with the rights of his post.
    pub async fn person(&self, login: &str) -> Result<Ctx> {
        let house = &self.bureau.house;
        let tx = house.db.read().await?;
        let ctx = access::on_behalf_of(house, &tx, login).await?;
        tx.rollback().await?;
        Ok(ctx)
    }

    pub async fn officer(&self) -> Result<Ctx> {
        self.person(OFFICER).await
    }

    /// Loads a file that must go in whole, but for rows that are there already.
    pub async fn import<I: Importer>(&self, importer: &I, ctx: &Ctx, name: &str, text: &str) -> Result<Summary> {
        let (summary, findings) = self.load(importer, ctx, name, text).await?;
        match findings.into_iter().find(|finding| finding.verdict == Verdict::Refused) {
            None => Ok(summary),
            Some(finding) => Err(Fault::impossible(format!(
                "{name}, row {}: {} {}",
                finding.row,
                finding.code,
                finding.message.in_language(kernel::Language::En)
            ))),
        }
    }

    pub async fn load<I: Importer>(
        &self,
        importer: &I,
        ctx: &Ctx,
        name: &str,
        text: &str,
    ) -> Result<(Summary, Vec<Finding>)> {
        let path = self.files.join(name);
        std::fs::write(&path, text)?;
        let mut findings = Vec::new();
        let mut report = |finding: &Finding| {
            if finding.verdict == Verdict::Refused {
                findings.push(finding.clone());
            }
            Ok(())
        };
        let mut watch = Unwatched;
        let mut desk = csv::Desk { report: &mut report, watch: &mut watch };
        let options = ImportOptions::default();
        let summary = csv::import(importer, &self.bureau.house.db, ctx, &path, options, &mut desk).await?;
        std::fs::remove_file(&path)?;
        Ok((summary, findings))
    }
}
