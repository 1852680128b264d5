//! What one account is billed by, and what may be changed of it.

use kernel::time::next_day;
use kernel::{Date, Refusal};
use platform::csv::conflict;
use pricing::{Concession, TariffBook};

use super::{Terms, held_on};
use crate::fields;
use crate::supply::{PERSONS, UsagePointId};

/// As text; empty where nothing is told.
#[derive(Debug, Clone, Copy)]
pub struct ToldTerms<'t> {
    pub from: &'t str,
    pub tariff: &'t str,
    pub persons: &'t str,
    pub concession: &'t str,
}

impl ToldTerms<'_> {
    pub fn read(&self, usage_point: UsagePointId, book: &TariffBook) -> Result<Terms, Refusal> {
        let from = fields::date_of(self.from, "from")?;
        let code = self.tariff.trim();
        let tariff = book.get(code).ok_or_else(|| {
            let (zh, en) = (format!("没有电价“{code}”"), format!("there is no tariff \"{code}\""));
            Refusal::invalid("tariff.unknown", zh, en).at("tariff")
        })?;
        if tariff.on(from).is_none() {
            let (zh, en) = (
                format!("电价 {code} 在 {from} 没有执行版本"),
                format!("tariff {code} has no version in force on {from}"),
            );
            return Err(Refusal::invalid("tariff.no-version", zh, en).at("from"));
        }
        let concession =
            |word| fields::word_of(word, "concession", Concession::from_word, "low-income, five-guarantee");
        let persons = || {
            let persons = fields::whole_of(self.persons, "persons", PERSONS)?;
            u32::try_from(persons).map_err(|_| fields::out_of(PERSONS, "persons"))
        };
        let given = |text: &'_ str| !text.trim().is_empty();
        Ok(Terms {
            usage_point,
            from,
            tariff: code.to_owned(),
            persons: given(self.persons).then(persons).transpose()?,
            concession: given(self.concession).then(|| concession(self.concession)).transpose()?,
        })
    }
}

/// All that one account has been and will be billed by.
#[derive(Debug, Clone)]
pub struct History {
    /// By their first days; the first are those of the archive, from the day of opening on.
    pub terms: Vec<Terms>,
    /// The last day that is billed: up to it nothing changes unless it is amended.
    pub billed_to: Option<Date>,
}

impl History {
    pub fn on(&self, day: Date) -> &Terms {
        held_on(&self.terms, day)
    }

    /// Takes a change in; false when it is on record and equal, the field and both values when it differs.
    pub fn change(&mut self, terms: &Terms) -> Result<bool, Refusal> {
        if let Some(known) = self.changes().find(|known| known.from == terms.from) {
            return same(known, terms).map(|()| false);
        }
        self.check_open(terms.from)?;
        self.put(terms).map(|()| true)
    }

    /// Takes in what was found to hold on days that are billed: what was said of that day before, if anything was, gives
    /// way, and is answered with what held.
    pub fn amend(&mut self, terms: &Terms) -> Result<Terms, Refusal> {
        if self.billed_to.is_none_or(|to| terms.from > to) {
            let (zh, en) = (
                "该日起尚未计费：直接变更即可，不必更正",
                "nothing is billed from that day on: change it, there is nothing to amend",
            );
            return Err(Refusal::conflict("amendment.not-billed", zh, en).at("from"));
        }
        let before = self.on(terms.from).clone();
        if before.says_the_same(terms) {
            let (zh, en) = ("与在案的相同", "this is on record already");
            return Err(Refusal::conflict("amendment.unchanged", zh, en).at("from"));
        }
        let mut amended = self.clone();
        amended.terms.retain(|known| known.from != terms.from || known.from == self.terms[0].from);
        amended.put_at(terms)?;
        *self = amended;
        Ok(before)
    }

    /// Takes a change back, as if it had never been: what was before holds on.
    pub fn withdraw(&mut self, from: Date) -> Result<Terms, Refusal> {
        let at = self.terms.iter().skip(1).position(|known| known.from == from).ok_or_else(|| {
            let (zh, en) = (format!("没有自 {from} 起的变更"), format!("nothing changes from {from} on"));
            Refusal::not_found("terms.unknown", zh, en).at("from")
        })? + 1;
        self.check_open(from)?;
        let mut left = self.clone();
        let taken = left.terms.remove(at);
        left.check()?;
        *self = left;
        Ok(taken)
    }

    fn changes(&self) -> impl Iterator<Item = &Terms> {
        self.terms.iter().skip(1)
    }

    fn put(&mut self, terms: &Terms) -> Result<(), Refusal> {
        if self.on(terms.from).says_the_same(terms) {
            let (zh, en) = ("与此前执行的相同", "this holds already");
            return Err(Refusal::conflict("terms.unchanged", zh, en).at("from"));
        }
        self.put_at(terms)
    }

    fn put_at(&mut self, terms: &Terms) -> Result<(), Refusal> {
        let opened_on = self.terms[0].from;
        if terms.from <= opened_on {
            let (zh, en) = (
                format!("{opened_on} 立户当日执行的以档案为准，变更须在其后"),
                format!("the archive tells what holds from the opening on {opened_on}; a change comes after it"),
            );
            return Err(Refusal::invalid("terms.first-day", zh, en).at("from"));
        }
        let mut changed = self.clone();
        let at = changed.terms.partition_point(|known| known.from < terms.from);
        changed.terms.insert(at, terms.clone());
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// Households and reliefs change on the first of a month: what is granted a month is granted whole.
    fn check(&self) -> Result<(), Refusal> {
        for pair in self.terms.windows(2) {
            let household = |terms: &Terms| (terms.persons, terms.concession);
            if household(&pair[0]) != household(&pair[1]) && pair[1].from.day() != 1 {
                return Err(Refusal::invalid(
                    "terms.month",
                    format!("人口和优惠自每月 1 日起变更，{} 不是", pair[1].from),
                    format!("household and relief change on the first of a month, which {} is not", pair[1].from),
                )
                .at("from"));
            }
        }
        Ok(())
    }

    fn check_open(&self, day: Date) -> Result<(), Refusal> {
        match self.billed_to {
            Some(to) if day <= to => Err(Refusal::conflict(
                "terms.billed",
                format!("电费已算至 {to}：自 {} 起可直接变更，更早的须作计费依据更正", next_day(to)),
                format!(
                    "it is billed up to {to}: what holds from {} on can be changed, earlier days are amended",
                    next_day(to)
                ),
            )
            .at("from")),
            _ => Ok(()),
        }
    }
}

/// What of two changes on one day differs.
fn same(known: &Terms, told: &Terms) -> Result<(), Refusal> {
    let fields = |of: &Terms| {
        [
            ("tariff", of.tariff.clone()),
            ("persons", of.persons.map_or_else(String::new, |persons| persons.to_string())),
            ("concession", of.concession.map_or_else(String::new, |concession| concession.word().to_owned())),
        ]
    };
    let (known, told) = (fields(known), fields(told));
    let other = known.iter().zip(&told).find(|(known, told)| known != told);
    other.map_or(Ok(()), |((field, known), (_, told))| Err(conflict(field, known, told)))
}
