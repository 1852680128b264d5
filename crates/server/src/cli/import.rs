//! `gridhall import`.

use std::path::PathBuf;
use std::sync::Arc;

use business::book::BookImport;
use business::grid::AreaImport;
use business::metering::MeterImport;
use business::opening::OpeningImport;
use business::reading::ReadingImport;
use business::supply::CustomerImport;
use clap::{Args, ValueEnum};
use platform::Result;
use platform::csv::{Desk, Finding, ImportOptions, Importer, Summary, import};

use super::desk::{Progress, Report};
use super::{Done, Session, seal};

#[derive(Args)]
pub struct Arguments {
    kind: Kind,
    file: PathBuf,
    /// Say what would happen, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Load every row or none.
    #[arg(long)]
    all_or_nothing: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Areas,
    Books,
    Customers,
    Meters,
    Openings,
    Readings,
}

pub async fn run(session: &Session, arguments: Arguments) -> Result<Done> {
    let bureau = session.bureau().await?;
    let run = Run { session, arguments: &arguments, bureau: &bureau };
    let summary = match arguments.kind {
        Kind::Areas => run.import(&AreaImport).await,
        Kind::Books => run.import(&BookImport).await,
        Kind::Customers => run.import(&CustomerImport { tariffs: Arc::clone(&bureau.tariffs) }).await,
        Kind::Meters => run.import(&MeterImport).await,
        Kind::Openings => run.import(&OpeningImport).await,
        Kind::Readings => run.import(&ReadingImport { packs: Arc::clone(&bureau.house.packs) }).await,
    }?;
    seal(&bureau).await?;
    Ok(if summary.refused == 0 { Done::Wholly } else { Done::InPart })
}

struct Run<'a> {
    session: &'a Session,
    arguments: &'a Arguments,
    bureau: &'a business::Bureau,
}

impl Run<'_> {
    async fn import<I: Importer>(&self, importer: &I) -> Result<Summary> {
        let house = &self.bureau.house;
        let mut report = Report::new(&["row", "field", "code", "message"]);
        let language = self.session.language;
        let mut tell = |finding: &Finding| {
            report.line(&[
                &finding.row.to_string(),
                &finding.field,
                finding.code,
                finding.message.in_language(language),
            ])
        };
        let at_once = self.arguments.dry_run || self.arguments.all_or_nothing;
        let mut progress = Progress::new(if at_once { "read rows" } else { "committed rows" });
        let options = ImportOptions { dry_run: self.arguments.dry_run, all_or_nothing: self.arguments.all_or_nothing };
        let mut desk = Desk { report: &mut tell, watch: &mut progress };
        let summary = import(importer, &house.db, &house.operator(), &self.arguments.file, options, &mut desk).await?;
        report.end()?;
        self.say(&summary);
        Ok(summary)
    }

    fn say(&self, summary: &Summary) {
        let Summary { loaded, unchanged, doubtful, refused, kept } = summary;
        let zh = format!("载入 {loaded} 行（其中存疑 {doubtful} 行），未变 {unchanged} 行，拒绝 {refused} 行");
        let en = format!("loaded {loaded} rows ({doubtful} doubtful), unchanged {unchanged}, refused {refused}");
        eprintln!("{}", self.session.say(&zh, &en));
        if !kept && *loaded > 0 {
            eprintln!("{}", self.session.say("以上均未保存", "nothing of this was kept"));
        }
    }
}
