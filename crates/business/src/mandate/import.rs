//! `mandates.csv`.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::Refusal;
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Scope, Tx};

use super::model::{Mandate, Terms};
use super::rules::{self, DebitRules};
use super::{KEEP, store};
use crate::fields;
use crate::supply::{self, UsagePoint, UsagePointId};

/// Mandates that a bank, or the bureau's former system, has on record.
pub struct MandateImport {
    pub packs: Arc<Packs>,
}

type Key = (String, String);

impl Importer for MandateImport {
    const KIND: &'static str = "mandates";
    const RIGHT: Permission = KEEP;
    const COLUMNS: Columns = Columns {
        required: &["supply_no", "bank", "holder", "account_no", "agreement_no", "since"],
        optional: &["until"],
    };

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(KEEP)?;
        let rules = DebitRules::on(&self.packs, ctx.today)?;
        let column = |name: &str| records.iter().map(|record| record.field(name).to_owned()).collect::<Vec<_>>();
        let points = supply::by_supply_nos(tx, column("supply_no")).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        supply::lock(tx, &ids).await?;
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let known = store::by_agreements(tx, column("agreement_no")).await?;
        let mut known: HashMap<Key, Mandate> =
            known.into_iter().map(|mandate| (key(&mandate.terms), mandate)).collect();
        let mut held: HashMap<UsagePointId, Vec<Mandate>> = HashMap::new();
        for mandate in store::of_points(tx, &ids).await? {
            held.entry(mandate.point).or_default().push(mandate);
        }
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            let read = read(record, &rules, &scope, &points);
            match read.and_then(|(point, terms)| check(ctx, point, terms, &known, &held)) {
                Ok(Some(mandate)) => {
                    known.insert(key(&mandate.terms), mandate.clone());
                    held.entry(mandate.point).or_default().push(mandate.clone());
                    new.push(mandate);
                    outcome.loaded += 1;
                }
                Ok(None) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        store::insert(tx, &new).await?;
        Ok(outcome)
    }
}

fn key(terms: &Terms) -> Key {
    (terms.bank.clone(), terms.agreement_no.clone())
}

fn read<'p>(
    record: &Record,
    rules: &DebitRules,
    scope: &Scope,
    points: &HashMap<&str, &'p UsagePoint>,
) -> Result<(&'p UsagePoint, Terms), Refusal> {
    let supply_no = fields::supply_no(record)?;
    let point = points.get(supply_no.as_str()).copied().ok_or_else(|| supply::unknown(&supply_no))?;
    scope.admit(&point.station).map_err(|refusal| refusal.at("supply_no"))?;
    let terms = Terms {
        bank: rules.bank(&fields::text(record, "bank")?)?.code.clone(),
        agreement_no: fields::code(record, "agreement_no")?,
        holder: fields::text(record, "holder")?,
        account_no: fields::text(record, "account_no")?,
        since: fields::date(record, "since")?,
        until: fields::optional_date(record, "until")?,
    };
    terms.check()?;
    Ok((point, terms))
}

/// None when the row is on record and equal, ended since or not.
fn check(
    ctx: &Ctx,
    point: &UsagePoint,
    terms: Terms,
    known: &HashMap<Key, Mandate>,
    held: &HashMap<UsagePointId, Vec<Mandate>>,
) -> Result<Option<Mandate>, Refusal> {
    if let Some(known) = known.get(&key(&terms)) {
        return compare(known, point, &terms).map(|()| None);
    }
    rules::free(&terms, held.get(&point.id).map_or(&[], Vec::as_slice))?;
    Ok(Some(Mandate::signed(ctx, point, terms)))
}

/// What is told of another account number or holder is masked: reports are kept, and seen by many.
fn compare(known: &Mandate, point: &UsagePoint, given: &Terms) -> Result<(), Refusal> {
    let day = |day: Option<kernel::Date>| day.map_or_else(String::new, |day| day.to_string());
    let terms = &known.terms;
    if known.point != point.id {
        return Err(conflict("supply_no", &known.supply_no, &point.supply_no));
    }
    if terms.account_no != given.account_no {
        let [known, given] = [terms, given].map(|terms| super::masked_account(&terms.account_no));
        return Err(conflict("account_no", &known, &given));
    }
    if terms.holder != given.holder {
        let [known, given] = [terms, given].map(|terms| supply::masked_name(&terms.holder));
        return Err(conflict("holder", &known, &given));
    }
    if terms.since != given.since {
        return Err(conflict("since", &terms.since.to_string(), &given.since.to_string()));
    }
    if terms.until != given.until {
        return Err(conflict("until", &day(terms.until), &day(given.until)));
    }
    Ok(())
}
