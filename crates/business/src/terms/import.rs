//! `terms.csv`.

use std::collections::HashMap;

use kernel::Refusal;
use platform::csv::{Columns, Importer, Outcome, Record};
use platform::{Ctx, Permission, Result, Tx};

use super::{History, ToldTerms, histories, store};
use crate::pack::Tariffs;
use crate::supply::{self, UsagePoint};
use crate::{fields, grid};

pub struct TermsImport {
    pub tariffs: Tariffs,
}

impl Importer for TermsImport {
    const KIND: &'static str = "terms";
    const COLUMNS: Columns =
        Columns { required: &["supply_no", "from", "tariff", "persons", "concession"], optional: &[] };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let book = self.tariffs.now(tx).await?;
        let numbers = records.iter().map(|record| record.field("supply_no").to_owned()).collect();
        let points = supply::hold_by_supply_nos(tx, numbers).await?;
        let mut histories = histories(tx, &points).await?;
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let (new, outcome) = Outcome::of(&records, |record| {
            let supply_no = fields::supply_no(record)?;
            let point = *points.get(supply_no.as_str()).ok_or_else(|| supply::unknown(&supply_no))?;
            scope.admit(&point.station)?;
            let told = ToldTerms {
                from: record.field("from"),
                tariff: record.field("tariff"),
                persons: record.field("persons"),
                concession: record.field("concession"),
            };
            let terms = told.read(point.id, &book)?;
            let history: &mut History = histories.get_mut(&point.id).ok_or_else(|| supply::unknown(&supply_no))?;
            Ok::<_, Refusal>(history.change(&terms)?.then_some(terms))
        });
        store::insert(tx, &new).await?;
        supply::touch(tx, new.iter().map(|terms| terms.usage_point).collect()).await?;
        Ok(outcome)
    }
}
