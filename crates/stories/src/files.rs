//! Files of the bureau: loading a text, and what came of it.

use std::sync::Arc;

use business::agreement::{AgreementImport, SuspensionImport};
use business::book::BookImport;
use business::debit::DebitResultImport;
use business::grid::AreaImport;
use business::mandate::MandateImport;
use business::metering::MeterImport;
use business::opening::OpeningImport;
use business::payment::PaymentImport;
use business::reading::ReadingImport;
use business::supply::CustomerImport;
use business::terms::TermsImport;
use business::transit::{BankStatementImport, ChannelStatementImport};
use platform::csv::{Desk, Finding, ImportOptions, Importer, Summary, Verdict, import};
use platform::jobs::Unwatched;
use platform::{Ctx, Result};

use crate::House;
use crate::house::when_free;

pub const AREAS: &str = "station,substation,feeder,area_code,area_name,capacity_kva";
pub const CUSTOMERS: &str = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,concession,opened_on,customer_no,book";
pub const METERS: &str = "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing";
pub const AGREEMENTS: &str = "supply_no,from,demand_mode,capacity_kva,contract_kw,meter_side,no_load_kw,line_loss";
pub const SUSPENSIONS: &str = "supply_no,from,to,capacity_kva";
pub const TERMS: &str = "supply_no,from,tariff,persons,concession";
pub const OPENINGS: &str = "supply_no,as_of,year_to_date_kwh,balance";
pub const PAYMENTS: &str = "reference,supply_no,paid_at,amount,method,channel";
pub const READINGS: &str = "meter_no,read_on,register,value,kind";

/// What an import came to.
#[derive(Debug)]
pub struct Loaded {
    pub summary: Summary,
    pub findings: Vec<Finding>,
}

impl Loaded {
    /// One finding a line: row, field, code.
    pub fn report(&self) -> Vec<String> {
        self.findings.iter().map(|finding| format!("{} {} {}", finding.row, finding.field, finding.code)).collect()
    }

    /// The report without rows that were known already.
    pub fn news(&self) -> Vec<String> {
        let news = self.findings.iter().filter(|finding| finding.verdict != Verdict::Unchanged);
        news.map(|finding| format!("{} {} {}", finding.row, finding.field, finding.code)).collect()
    }

    /// Loaded, unchanged, doubtful, refused.
    pub fn counts(&self) -> [u64; 4] {
        let Summary { loaded, unchanged, doubtful, refused, .. } = self.summary;
        [loaded, unchanged, doubtful, refused]
    }

    /// For steps that only set the scene.
    #[track_caller]
    pub fn wholly(self) -> Loaded {
        assert_eq!(self.summary.refused, 0, "{:?}", self.findings);
        self
    }
}

pub const DRY: ImportOptions = ImportOptions { dry_run: true, all_or_nothing: false };
pub const ALL_OR_NOTHING: ImportOptions = ImportOptions { dry_run: false, all_or_nothing: true };

impl House {
    /// Loads a file of `kind` with this content, as `ctx`.
    pub async fn load_as(
        &self,
        ctx: &Ctx,
        kind: &str,
        content: impl AsRef<[u8]>,
        options: ImportOptions,
    ) -> Result<Loaded> {
        let path = self.scratch(&format!("{kind}.csv"), content);
        let bureau = &self.bureau;
        let mut findings = Vec::new();
        let mut tell = |finding: &Finding| {
            findings.push(finding.clone());
            Ok(())
        };
        let mut watch = Unwatched;
        let mut desk = Desk { report: &mut tell, watch: &mut watch };
        let file = FileOf { house: self, ctx, path: &path, options };
        let summary = match kind {
            "areas" => file.import(&AreaImport, &mut desk).await,
            "books" => file.import(&BookImport, &mut desk).await,
            "customers" => file.import(&CustomerImport { tariffs: bureau.tariffs.clone() }, &mut desk).await,
            "meters" => file.import(&MeterImport, &mut desk).await,
            "agreements" => file.import(&AgreementImport, &mut desk).await,
            "suspensions" => file.import(&SuspensionImport, &mut desk).await,
            "terms" => file.import(&TermsImport { tariffs: bureau.tariffs.clone() }, &mut desk).await,
            "openings" => file.import(&OpeningImport, &mut desk).await,
            "readings" => file.import(&ReadingImport { packs: Arc::clone(&bureau.house.packs) }, &mut desk).await,
            "payments" => file.import(&PaymentImport { house: bureau.house.clone() }, &mut desk).await,
            "channel-statement" => file.import(&ChannelStatementImport::new(bureau.house.clone()), &mut desk).await,
            "mandates" => file.import(&MandateImport { packs: Arc::clone(&bureau.house.packs) }, &mut desk).await,
            "debit-results" => file.import(&DebitResultImport { house: bureau.house.clone() }, &mut desk).await,
            "bank-statement" => file.import(&BankStatementImport { house: bureau.house.clone() }, &mut desk).await,
            other => panic!("no file of kind {other}"),
        }?;
        Ok(Loaded { summary, findings })
    }

    pub async fn load(&self, kind: &str, content: impl AsRef<[u8]>) -> Loaded {
        self.load_with(kind, content, ImportOptions::default()).await
    }

    pub async fn load_with(&self, kind: &str, content: impl AsRef<[u8]>, options: ImportOptions) -> Loaded {
        let content = content.as_ref();
        when_free(async || self.load_as(&self.operator(), kind, content, options).await)
            .await
            .expect("an import that ends with a report")
    }

    pub async fn areas(&self, rows: &str) -> Loaded {
        self.load("areas", format!("{AREAS}\n{rows}")).await
    }

    pub async fn customers(&self, rows: &str) -> Loaded {
        self.load("customers", format!("{CUSTOMERS}\n{rows}")).await
    }

    pub async fn meters(&self, rows: &str) -> Loaded {
        self.load("meters", format!("{METERS}\n{rows}")).await
    }

    pub async fn agreements(&self, rows: &str) -> Loaded {
        self.load("agreements", format!("{AGREEMENTS}\n{rows}")).await
    }

    pub async fn terms(&self, rows: &str) -> Loaded {
        self.load("terms", format!("{TERMS}\n{rows}")).await
    }

    pub async fn suspensions(&self, rows: &str) -> Loaded {
        self.load("suspensions", format!("{SUSPENSIONS}\n{rows}")).await
    }

    pub async fn openings(&self, rows: &str) -> Loaded {
        self.load("openings", format!("{OPENINGS}\n{rows}")).await
    }

    pub async fn payments(&self, rows: &str) -> Loaded {
        self.load("payments", format!("{PAYMENTS}\n{rows}")).await
    }

    /// Readings as words: `M1 2016-08-31 total 1300`, actual unless a fifth word says otherwise.
    /// Sets the scene: every row must be loaded.
    pub async fn read(&self, rows: &str) -> Loaded {
        self.load("readings", readings(rows)).await.wholly()
    }
}

/// See [`House::read`].
pub fn readings(rows: &str) -> String {
    let mut text = format!("{READINGS}\n");
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let mut words: Vec<&str> = row.split_whitespace().collect();
        if words.len() == 4 {
            words.push("actual");
        }
        text.push_str(&words.join(","));
        text.push('\n');
    }
    text
}

struct FileOf<'a> {
    house: &'a House,
    ctx: &'a Ctx,
    path: &'a std::path::Path,
    options: ImportOptions,
}

impl FileOf<'_> {
    async fn import<I: Importer>(&self, importer: &I, desk: &mut Desk<'_>) -> Result<Summary> {
        Box::pin(import(importer, &self.house.bureau.house.db, self.ctx, self.path, self.options, desk)).await
    }
}

/// The row `base` under `header` with some fields replaced.
pub fn changed(header: &str, base: &str, changes: &[(&str, &str)]) -> String {
    let mut fields: Vec<&str> = base.split(',').collect();
    for (column, value) in changes {
        let at = header.split(',').position(|known| known == *column);
        fields[at.unwrap_or_else(|| panic!("no column {column}"))] = value;
    }
    fields.join(",")
}
