//! All tariffs that a bureau knows, by code.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::pack::{self, Mistake};
use crate::rules::{Case, TariffChange};
use crate::tariff::Tariff;

#[derive(Debug, Clone, Default)]
pub struct TariffBook {
    tariffs: BTreeMap<String, Tariff>,
}

impl TariffBook {
    /// Reads every text as a tariff pack. A later text replaces an earlier one of the same code, so
    /// that a bureau's own directory goes before what the program carries.
    pub fn read<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<TariffBook, Vec<Mistake>> {
        let mut book = TariffBook::default();
        let mut mistakes = Vec::new();
        for (file, text) in texts {
            match pack::read_tariff(file, text) {
                Ok(tariff) => {
                    book.tariffs.insert(tariff.code.clone(), tariff);
                }
                Err(more) => mistakes.extend(more),
            }
        }
        if mistakes.is_empty() { Ok(book) } else { Err(mistakes) }
    }

    /// Adds the versions of `tariff`. One that is there with the same id or the same first day gives way.
    pub fn extend(&mut self, tariff: Tariff) {
        let Some(known) = self.tariffs.get_mut(&tariff.code) else {
            self.tariffs.insert(tariff.code.clone(), tariff);
            return;
        };
        for version in tariff.versions {
            known.versions.retain(|other| other.id != version.id && other.from != version.from);
            known.versions.push(version);
        }
        known.versions.sort_by_key(|version| version.from);
    }

    pub fn get(&self, code: &str) -> Option<&Tariff> {
        self.tariffs.get(code)
    }

    /// What prices a case that is billed by the tariff `code`: with the versions of all tariffs that hold within it, where it
    /// changes.
    pub fn of_case(&self, code: &str, case: &Case) -> Option<Cow<'_, Tariff>> {
        self.joined(code, case.changes.as_deref().map_or(&[], |changes| &changes.tariffs)).ok()
    }

    /// The tariff `code` with the versions of all tariffs that it changes from; the code of one that is not known otherwise.
    pub fn joined<'c>(&self, code: &'c str, changes: &'c [TariffChange]) -> Result<Cow<'_, Tariff>, &'c str> {
        let mut all = Cow::Borrowed(self.get(code).ok_or(code)?);
        let others: BTreeSet<&str> = changes.iter().map(|change| change.tariff.as_str()).collect();
        for other in others.into_iter().filter(|other| *other != code) {
            all = Cow::Owned(all.into_owned().with(self.get(other).ok_or(other)?.clone()));
        }
        Ok(all)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Tariff> {
        self.tariffs.values()
    }
}
