//! `books.csv`.

use std::collections::HashMap;

use kernel::Refusal;
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, Permission, Result, Tx};

use super::{Book, MANAGE, ReadingCycle, ReadingDay, no_station, store};
use crate::fields;

pub struct BookImport;

impl Importer for BookImport {
    const KIND: &'static str = "books";
    const COLUMNS: Columns = Columns {
        required: &["book", "station", "name", "reading_day", "cycle"],
        optional: &["reader", "route_order"],
    };
    const RIGHT: Permission = MANAGE;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(MANAGE)?;
        let column = |name: &str| records.iter().map(|record| record.field(name).to_owned()).collect::<Vec<_>>();
        let stations = store::stations(tx, column("station")).await?;
        let known = store::by_codes(tx, column("book")).await?;
        let mut known: HashMap<String, Book> = known.into_iter().map(|book| (book.code.clone(), book)).collect();
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            let read = book(record, &stations).and_then(|book| scope.admit(&book.station).map(|()| book));
            match read.and_then(|book| compare(book, &known)) {
                Ok(Some(book)) => {
                    known.insert(book.code.clone(), book.clone());
                    new.push(book);
                    outcome.loaded += 1;
                }
                Ok(None) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        store::insert_all(tx, &new).await?;
        Ok(outcome)
    }
}

fn book(record: &Record, stations: &[String]) -> Result<Book, Refusal> {
    let station = fields::code(record, "station")?;
    if !stations.contains(&station) {
        return Err(no_station(&station));
    }
    let route_order = match record.is_empty("route_order") {
        true => None,
        false => Some(fields::whole(record, "route_order", 0..=999_999)?),
    };
    Ok(Book {
        code: fields::code(record, "book")?,
        station,
        name: fields::text(record, "name")?,
        day: ReadingDay::parse(&fields::text(record, "reading_day")?).ok_or_else(ReadingDay::refusal)?,
        cycle: fields::word(record, "cycle", ReadingCycle::from_word, "monthly, odd, even")?,
        reader: fields::optional_text(record, "reader")?,
        route_order,
    })
}

/// None when the book is on record and equal.
fn compare(book: Book, known: &HashMap<String, Book>) -> Result<Option<Book>, Refusal> {
    let Some(known) = known.get(&book.code) else {
        return Ok(Some(book));
    };
    let fields = |book: &Book| {
        [
            ("station", book.station.clone()),
            ("name", book.name.clone()),
            ("reading_day", book.day.to_string()),
            ("cycle", book.cycle.to_string()),
            ("reader", book.reader.clone().unwrap_or_default()),
            ("route_order", book.route_order.map_or_else(String::new, |order| order.to_string())),
        ]
    };
    let (on_record, given) = (fields(known), fields(&book));
    let differing = on_record.iter().zip(&given).find(|(known, given)| known != given);
    differing.map_or(Ok(None), |((field, known), (_, given))| Err(conflict(field, known, given)))
}
