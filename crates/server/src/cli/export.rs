//! `gridhall export`: what is on record, page by page, in the columns of the imports where there
//! is one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use business::reading::ReadingImport;
use business::supply::CustomerImport;
use business::{Bureau, bill, ledger, payment, reading, supply};
use clap::{Args, ValueEnum};
use kernel::Month;
use platform::csv::Importer;
use platform::journal::{self, Entry};
use platform::{Result, Tx};

use super::desk::{io_error, unwritable};
use super::{Done, Session, parse_month, seal};

#[derive(Args)]
pub struct Arguments {
    kind: Kind,
    /// Only what belongs to this month: bills of the cycle, readings, ledger entries and
    /// payments dated in it.
    #[arg(long, value_parser = parse_month)]
    cycle: Option<Month>,
    /// Write here instead of stdout; the file appears when it is complete.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Customers,
    Readings,
    Bills,
    BillLines,
    Ledger,
    Payments,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Customers => "customers",
            Kind::Readings => "readings",
            Kind::Bills => "bills",
            Kind::BillLines => "bill-lines",
            Kind::Ledger => "ledger",
            Kind::Payments => "payments",
        }
    }
}

const PAGE: u32 = 1000;

type Out = csv::Writer<Box<dyn Write + Send>>;

pub async fn run(session: &Session, arguments: Arguments) -> Result<Done> {
    let bureau = session.bureau().await?;
    note(&bureau, arguments.kind.word(), arguments.cycle).await?;
    let target = arguments.out.as_deref();
    let partial = target.map(|path| path.with_added_extension("part"));
    let sink: Box<dyn Write + Send> = match &partial {
        Some(path) => Box::new(File::create(path).map_err(|error| unwritable(path, &error))?),
        None => Box::new(io::stdout()),
    };
    let mut out: Out = csv::Writer::from_writer(Box::new(BufWriter::new(sink)));
    let tx = bureau.house.db.read().await?;
    write(&bureau, &tx, &arguments, &mut out).await?;
    out.flush()?;
    drop((out, tx));
    if let (Some(partial), Some(target)) = (&partial, target) {
        std::fs::rename(partial, target).map_err(|error| unwritable(target, &error))?;
    }
    Ok(Done::Wholly)
}

/// That data leaves the house is itself an act, on record before the first row goes.
pub async fn note(bureau: &Bureau, what: &str, cycle: Option<impl ToString>) -> Result<()> {
    let tx = bureau.house.db.write().await?;
    let detail = serde_json::json!({ "cycle": cycle.map(|cycle| cycle.to_string()) });
    let subject = format!("export:{what}");
    journal::record(&tx, &bureau.house.operator(), Entry { act: "data.export", subject, reason: None, detail }).await?;
    tx.commit().await?;
    seal(bureau).await
}

async fn write(bureau: &Bureau, tx: &Tx, arguments: &Arguments, out: &mut Out) -> Result<()> {
    let cycle = arguments.cycle;
    match arguments.kind {
        Kind::Customers => customers(bureau, tx, out).await,
        Kind::Readings => readings(bureau, tx, cycle, out).await,
        Kind::Bills => bills(bureau, tx, cycle, out).await,
        Kind::BillLines => bill_lines(bureau, tx, cycle, out).await,
        Kind::Ledger => ledger_lines(bureau, tx, cycle, out).await,
        Kind::Payments => payments(bureau, tx, cycle, out).await,
    }
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn row<const N: usize>(out: &mut Out, fields: [String; N]) -> Result<()> {
    out.write_record(fields).map_err(io_error)
}

fn header(out: &mut Out, names: &[&str]) -> Result<()> {
    out.write_record(names).map_err(io_error)
}

async fn customers(bureau: &Bureau, tx: &Tx, out: &mut Out) -> Result<()> {
    let columns = CustomerImport::COLUMNS;
    header(out, &[columns.required, columns.optional].concat())?;
    let mut after = String::new();
    loop {
        let page = supply::page(tx, &bureau.house.operator(), Some(&after), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.supply_no);
        for p in page {
            row(
                out,
                [
                    p.supply_no,
                    p.customer.name,
                    p.kind.to_string(),
                    p.category.to_string(),
                    shown(p.phone),
                    shown(p.address),
                    p.station,
                    p.area_code,
                    p.voltage.to_string(),
                    shown(p.capacity),
                    p.tariff,
                    shown(p.persons),
                    shown(p.concession),
                    p.opened_on.to_string(),
                    shown(p.customer.customer_no),
                    shown(p.book),
                ],
            )?;
        }
    }
}

async fn readings(bureau: &Bureau, tx: &Tx, cycle: Option<Month>, out: &mut Out) -> Result<()> {
    header(out, ReadingImport::COLUMNS.required)?;
    let mut after = None;
    loop {
        let page = reading::page(tx, &bureau.house.operator(), cycle, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for r in page {
            row(
                out,
                [r.meter_no, r.read_on.to_string(), r.register.to_string(), r.value.to_string(), r.kind.to_string()],
            )?;
        }
    }
}

async fn bills(bureau: &Bureau, tx: &Tx, cycle: Option<Month>, out: &mut Out) -> Result<()> {
    header(
        out,
        &[
            "bill_no",
            "supply_no",
            "cycle",
            "sequence",
            "period_from",
            "period_to",
            "kwh",
            "amount",
            "tariff",
            "tariff_version",
            "status",
            "issued_on",
            "due_on",
            "replaces",
        ],
    )?;
    let mut after = String::new();
    loop {
        let page = bill::page(tx, &bureau.house.operator(), cycle, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.bill_no);
        for b in page {
            row(
                out,
                [
                    b.bill_no,
                    b.supply_no,
                    b.cycle.to_string(),
                    b.sequence.to_string(),
                    b.period.from.to_string(),
                    b.period.to.to_string(),
                    b.energy.to_string(),
                    b.amount.to_string(),
                    b.tariff,
                    b.tariff_version,
                    b.status.to_string(),
                    b.issued_on.to_string(),
                    b.due_on.to_string(),
                    shown(b.replaces),
                ],
            )?;
        }
    }
}

async fn bill_lines(bureau: &Bureau, tx: &Tx, cycle: Option<Month>, out: &mut Out) -> Result<()> {
    header(out, &["bill_no", "code", "register", "quantity", "unit", "price", "amount", "tier", "share"])?;
    let mut after = String::new();
    loop {
        let page = bill::with_documents(tx, &bureau.house.operator(), cycle, &after, PAGE).await?;
        let Some((last, ..)) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.bill_no);
        for (bill, text, _) in &page {
            for line in bill::lines(bill, text)? {
                row(
                    out,
                    [
                        bill.bill_no.clone(),
                        line.code(),
                        shown(line.register),
                        line.quantity(),
                        line.unit().to_owned(),
                        line.price(),
                        line.amount.to_string(),
                        shown(line.tier),
                        line.share().unwrap_or_default(),
                    ],
                )?;
            }
        }
    }
}

async fn ledger_lines(bureau: &Bureau, tx: &Tx, cycle: Option<Month>, out: &mut Out) -> Result<()> {
    header(
        out,
        &[
            "entry_id",
            "line_no",
            "entry_on",
            "kind",
            "bill_no",
            "supply_no",
            "account",
            "debit",
            "credit",
            "receipt_no",
        ],
    )?;
    let mut after = None;
    loop {
        let page = ledger::page(tx, &bureau.house.operator(), cycle, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some((last.entry_id, last.line_no));
        for l in page {
            let (debit, credit) = if l.amount.is_negative() {
                (String::new(), (-l.amount).to_string())
            } else {
                (l.amount.to_string(), String::new())
            };
            row(
                out,
                [
                    l.entry_id.to_string(),
                    l.line_no.to_string(),
                    l.on.to_string(),
                    l.kind,
                    shown(l.bill_no),
                    shown(l.supply_no),
                    l.account,
                    debit,
                    credit,
                    shown(l.receipt_no),
                ],
            )?;
        }
    }
}

/// One row for each share of a payment: who paid what for which bill.
async fn payments(bureau: &Bureau, tx: &Tx, cycle: Option<Month>, out: &mut Out) -> Result<()> {
    header(
        out,
        &[
            "receipt_no",
            "line_no",
            "kind",
            "state",
            "reverses",
            "method",
            "channel",
            "reference",
            "paid_at",
            "booked_on",
            "cashier",
            "station",
            "bank",
            "instrument",
            "supply_no",
            "purpose",
            "bill_no",
            "amount",
        ],
    )?;
    let mut after = String::new();
    loop {
        let page = payment::in_order(tx, &bureau.house.operator(), cycle, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.payment.receipt_no);
        for full in page {
            for share in full.shares {
                let p = full.payment.clone();
                row(
                    out,
                    [
                        p.receipt_no,
                        share.share.line_no.to_string(),
                        p.kind.to_string(),
                        p.state.to_string(),
                        shown(full.reverses.clone()),
                        p.method.to_string(),
                        p.channel,
                        shown(p.reference),
                        p.paid_at.to_string(),
                        p.booked_on.to_string(),
                        p.cashier,
                        shown(p.station),
                        shown(p.bank),
                        shown(p.instrument),
                        share.supply_no,
                        share.share.purpose.to_string(),
                        shown(share.bill_no),
                        share.share.amount.to_string(),
                    ],
                )?;
            }
        }
    }
}
