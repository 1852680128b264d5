//! `openings.csv`.

use std::collections::{HashMap, HashSet};

use kernel::{Energy, Money, Refusal};
use platform::csv::{Columns, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Scope, Tx};

use super::{Opening, store};
use crate::fields;
use crate::grid;
use crate::ledger::{self, Account, EntryKind, LedgerEntry, Posting};
use crate::supply::{self, UsagePoint, UsagePointId};

pub struct OpeningImport;

impl Importer for OpeningImport {
    const KIND: &'static str = "openings";
    const COLUMNS: Columns =
        Columns { required: &["supply_no", "as_of", "year_to_date_kwh", "balance"], optional: &[] };
    const RIGHT: Permission = grid::IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(grid::IMPORT)?;
        let numbers = records.iter().map(|record| record.field("supply_no").to_owned()).collect();
        let points = supply::by_supply_nos(tx, numbers).await?;
        let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
        supply::lock(tx, &ids).await?;
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let mut known: HashMap<UsagePointId, Opening> =
            store::of(tx, &ids).await?.into_iter().map(|o| (o.usage_point, o)).collect();
        let billed: HashSet<UsagePointId> = ledger::with_bills(tx, &ids).await?.into_iter().collect();
        let (new, outcome) = Outcome::of(&records, |record| {
            let opening = check(read(record, &scope, &points)?, &known, &billed)?;
            known.extend(opening.iter().map(|new| (new.usage_point, new.clone())));
            Ok(opening)
        });
        store::insert(tx, &new).await?;
        post(tx, ctx, &new).await?;
        supply::touch(tx, new.iter().map(|opening| opening.usage_point).collect()).await?;
        Ok(outcome)
    }
}

fn read(record: &Record, scope: &Scope, points: &HashMap<&str, &UsagePoint>) -> Result<Opening, Refusal> {
    let supply_no = fields::supply_no(record)?;
    let point = points.get(supply_no.as_str()).ok_or_else(|| supply::unknown(&supply_no))?;
    scope.admit(&point.station)?;
    let balance = fields::decimal(record, "balance", fields::MONEY_DECIMALS)?;
    // A trillion yuan: what is beyond is a slip, and sums stay exact.
    if balance.unsigned_abs() > 100_000_000_000_000 {
        return Err(Refusal::invalid("number.range", "数值过大", "is too large").at("balance"));
    }
    let year_to_date = Energy::from_wh(fields::not_negative(record, "year_to_date_kwh", fields::QUANTITY_DECIMALS)?);
    if year_to_date > Energy::MAX_BILLED {
        return Err(Refusal::invalid("number.range", "数值过大", "is too large").at("year_to_date_kwh"));
    }
    Ok(Opening {
        usage_point: point.id,
        as_of: fields::date(record, "as_of")?,
        year_to_date,
        balance: Money::from_fen(balance),
    })
}

/// None when the row is on record and equal.
fn check(
    opening: Opening,
    known: &HashMap<UsagePointId, Opening>,
    billed: &HashSet<UsagePointId>,
) -> Result<Option<Opening>, Refusal> {
    match known.get(&opening.usage_point) {
        Some(same) if *same == opening => Ok(None),
        Some(other) if other.as_of != opening.as_of => {
            Err(conflict("as_of", &other.as_of.to_string(), &opening.as_of.to_string()))
        }
        Some(other) if other.year_to_date != opening.year_to_date => {
            Err(conflict("year_to_date_kwh", &other.year_to_date.to_string(), &opening.year_to_date.to_string()))
        }
        Some(other) => Err(conflict("balance", &other.balance.to_string(), &opening.balance.to_string())),
        None if billed.contains(&opening.usage_point) => Err(Refusal::conflict(
            "opening.late",
            "该户已发行电费，期初不能再导入",
            "this account has been billed; opening figures come before the first bill",
        )
        .at("supply_no")),
        None => Ok(Some(opening)),
    }
}

/// Posts what the customers have paid ahead or still owe.
async fn post(tx: &Tx, ctx: &Ctx, openings: &[Opening]) -> Result<()> {
    let (mut entries, mut items) = (Vec::new(), Vec::new());
    let open = ledger::open_day(tx, ctx).await?;
    for opening in openings.iter().filter(|opening| opening.balance != Money::ZERO) {
        let point = opening.usage_point;
        let account = if opening.balance.is_negative() { Account::Receivable } else { Account::Prepayment };
        let postings = vec![
            Posting::of(account, Some(point), -opening.balance),
            Posting::of(Account::Opening, None, opening.balance),
        ];
        entries.push(LedgerEntry {
            id: ctx.new_id(),
            on: open.on,
            kind: EntryKind::Opening,
            bill_no: None,
            receipt_no: None,
            postings,
        });
        if opening.balance.is_negative() {
            items.push(ledger::item(ctx.new_id(), point, None, opening.as_of, opening.as_of, -opening.balance));
        } else {
            ledger::change_prepayment(tx, point, opening.balance).await?;
        }
    }
    ledger::post(tx, &open, &entries)?;
    ledger::open_items(tx, &items).await
}
