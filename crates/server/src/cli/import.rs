//! `gridhall import`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use kernel::Refusal;
use platform::Result;
use platform::csv::{Desk, Finding, ImportOptions, Summary};

use super::desk::{Progress, Report};
use super::{Done, Session, seal};
use crate::imports::{FileKind, KINDS};

#[derive(Args)]
pub struct Arguments {
    #[arg(value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name)))]
    kind: String,
    file: PathBuf,
    /// Say what would happen, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Load every row or none.
    #[arg(long)]
    all_or_nothing: bool,
}

pub async fn run(session: &Session, arguments: Arguments) -> Result<Done> {
    let bureau = session.bureau().await?;
    let run = Run { session, arguments: &arguments, bureau: &bureau };
    let kind = FileKind::named(&arguments.kind).ok_or_else(|| {
        let kind = &arguments.kind;
        Refusal::not_found("import.unknown", format!("不能导入“{kind}”"), format!("there is no import of \"{kind}\""))
    })?;
    let summary = run.import(kind).await?;
    seal(&bureau).await?;
    Ok(if summary.refused == 0 { Done::Wholly } else { Done::InPart })
}

struct Run<'a> {
    session: &'a Session,
    arguments: &'a Arguments,
    bureau: &'a business::Bureau,
}

impl Run<'_> {
    async fn import(&self, kind: &FileKind) -> Result<Summary> {
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
        let summary = kind.load(self.bureau, &house.operator(), &self.arguments.file, options, &mut desk).await?;
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
