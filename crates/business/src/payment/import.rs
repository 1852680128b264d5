//! `payments.csv`.

use std::collections::{BTreeMap, HashMap};

use kernel::{Date, Money, Refusal, Text};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, House, Permission, Result, Scope, Tx};

use super::model::{COUNTER, Method, Reported};
use super::rules::book::Book;
use super::rules::policy::PaymentRules;
use super::rules::wish;
use super::store;
use super::{IMPORT, TAKEN};
use crate::fields;
use crate::ledger;
use crate::supply::{self, UsagePoint, UsagePointId};

/// Payments that a channel reports: a bank, an agency, a payment service.
pub struct PaymentImport {
    pub house: House,
}

const METHODS: &str = "cash, pos, cheque, voucher, transfer, wechat, alipay, bank-debit";

impl Importer for PaymentImport {
    const KIND: &'static str = "payments";
    const RIGHT: Permission = IMPORT;
    const COLUMNS: Columns =
        Columns { required: &["reference", "supply_no", "paid_at", "amount", "method"], optional: &["channel"] };

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(IMPORT)?;
        let rules = PaymentRules::on(&self.house.packs, ctx.today)?;
        let field = |name: &'static str| records.iter().map(move |record| record.field(name).to_owned());
        let points = supply::by_supply_nos(tx, unique(field("supply_no"))).await?;
        supply::lock(tx, &points.iter().map(|point| point.id).collect::<Vec<_>>()).await?;
        let known = store::reported(tx, unique(field("reference"))).await?;
        let mut known: HashMap<(String, String), Reported> =
            known.into_iter().map(|known| ((known.channel.clone(), known.reference.clone()), known)).collect();
        let points: HashMap<&str, &UsagePoint> = points.iter().map(|point| (point.supply_no.as_str(), point)).collect();
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            let read = self.read(record, ctx, &rules, &scope, &points);
            match read.and_then(|given| compare(given, &known)) {
                Ok(Some((given, point))) => {
                    known.insert((given.channel.clone(), given.reference.clone()), given.clone());
                    new.push((record.row, given, point));
                    outcome.loaded += 1;
                }
                Ok(None) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        outcome.findings.extend(self.book(tx, ctx, &rules, scope, new).await?);
        Ok(outcome)
    }
}

fn unique(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts
}

impl PaymentImport {
    fn read<'p>(
        &self,
        record: &Record,
        ctx: &Ctx,
        rules: &PaymentRules,
        scope: &Scope,
        points: &HashMap<&str, &'p UsagePoint>,
    ) -> Result<(Reported, &'p UsagePoint), Refusal> {
        let reference = fields::code(record, "reference")?;
        let supply_no = fields::supply_no(record)?;
        let point = points.get(supply_no.as_str()).copied().ok_or_else(|| supply::unknown(&supply_no))?;
        scope.admit(&point.station).map_err(|refusal| refusal.at("supply_no"))?;
        let paid_at = fields::instant(&self.house, record, "paid_at")?;
        if paid_at > ctx.now {
            return Err(Refusal::invalid("date.future", "缴费时间在将来", "this moment has not come yet").at("paid_at"));
        }
        let amount = Money::from_fen(fields::decimal(record, "amount", fields::MONEY_DECIMALS)?);
        if amount <= Money::ZERO {
            let (zh, en) = ("金额须大于零", "the amount must be above zero");
            return Err(Refusal::invalid("amount.not-positive", zh, en).at("amount"));
        }
        wish::amount(rules, amount)?;
        let method = fields::word(record, "method", Method::from_word, METHODS)?;
        let channel =
            if record.is_empty("channel") { method.word().to_owned() } else { fields::code(record, "channel")? };
        if channel == COUNTER {
            return Err(Refusal::invalid(
                "channel.reserved",
                "“counter”是本系统柜台，不能作为渠道导入",
                "`counter` is our own counter and no channel of a file",
            )
            .at("channel"));
        }
        Ok((Reported { channel, reference, supply_no, paid_at, amount, method }, point))
    }

    async fn book(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        rules: &PaymentRules,
        scope: Scope,
        new: Vec<(u64, Reported, &UsagePoint)>,
    ) -> Result<Vec<Finding>> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let mut points: BTreeMap<UsagePointId, UsagePoint> = BTreeMap::new();
        for (.., point) in &new {
            points.entry(point.id).or_insert_with(|| (*point).clone());
        }
        let mut book = Book::of(super::load(tx, points.into_values().collect()).await?);
        let at: HashMap<UsagePointId, usize> =
            book.accounts.iter().enumerate().map(|(at, account)| (account.id(), at)).collect();
        let (station, day) = (super::till_station(scope), ledger::open_day(tx, ctx).await?);
        let mut twice = Vec::new();
        for (row, given, point) in new {
            let (at, as_of): (usize, Date) = (at[&point.id], self.house.day_of(given.paid_at));
            let payment = given.payment(ctx, station.clone(), day.on);
            book.take(ctx, rules, payment, &[at], as_of, Some(at), None);
            let in_flight = &book.accounts[at].in_flight;
            if in_flight.iter().any(|item| book.last_takes_for(item.receivable)) {
                twice.push(in_flight_too(row));
            }
        }
        super::write(tx, ctx, &day, &mut book, TAKEN).await?;
        Ok(twice)
    }
}

/// The money is there, and a bank is collecting the same bill.
fn in_flight_too(row: u64) -> Finding {
    let text = Text::new(
        "该户有电费正在银行代扣途中，银行再扣到的款将转为预收",
        "a bank is collecting this bill too; what it takes besides is paid ahead",
    );
    Finding::doubtful(row, "supply_no", "payment.in-flight", text)
}

/// None when the row is on record and equal.
fn compare<'p>(
    (given, point): (Reported, &'p UsagePoint),
    known: &HashMap<(String, String), Reported>,
) -> Result<Option<(Reported, &'p UsagePoint)>, Refusal> {
    let Some(known) = known.get(&(given.channel.clone(), given.reference.clone())) else {
        return Ok(Some((given, point)));
    };
    if known.supply_no != given.supply_no {
        return Err(conflict("supply_no", &known.supply_no, &given.supply_no));
    }
    if known.amount != given.amount {
        return Err(conflict("amount", &known.amount.to_string(), &given.amount.to_string()));
    }
    if known.paid_at != given.paid_at {
        return Err(conflict("paid_at", &known.paid_at.to_string(), &given.paid_at.to_string()));
    }
    if known.method != given.method {
        return Err(conflict("method", known.method.word(), given.method.word()));
    }
    Ok(None)
}
