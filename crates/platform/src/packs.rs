//! Packs: the dated rules of the trade as text files, carried in the program and extended or
//! replaced by a bureau's own directory.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use include_dir::{Dir, include_dir};
use kernel::{Date, Refusal};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use crate::{Fault, Result};

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../packs");

/// Pack texts by their path below `packs/`, as they were when they were loaded.
#[derive(Debug, Clone, Default)]
pub struct Packs {
    texts: BTreeMap<String, String>,
    /// What its readers took each for: a text is read once.
    taken: Arc<Mutex<Taken>>,
}

type Taken = HashMap<(String, TypeId), Box<dyn Any + Send>>;

impl Packs {
    /// What the program carries, and over it what lies in `own`: a file there replaces the shipped
    /// one of the same path.
    pub fn load(own: Option<&Path>) -> Result<Packs> {
        let mut packs = Packs::default();
        packs.add_shipped(&SHIPPED);
        if let Some(own) = own {
            packs.add_directory(own, own)?;
        }
        Ok(packs)
    }

    /// The packs below `folder`, each with its path.
    pub fn under(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn get(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The pack at `path`, as what its reader takes it for.
    pub fn read<T: DeserializeOwned + Clone + Send + 'static>(&self, path: &str) -> Result<T> {
        let key = (path.to_owned(), TypeId::of::<T>());
        let known = |taken: &Taken| taken.get(&key).and_then(|pack| pack.downcast_ref::<T>()).cloned();
        if let Some(pack) = known(&self.taken.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(pack);
        }
        let text = self.get(path).ok_or_else(|| Fault::impossible(format!("the pack {path} is missing")))?;
        let pack: T = toml::from_str(text).map_err(|error| Fault::because(path, error))?;
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Box::new(pack.clone()));
        Ok(pack)
    }

    fn add_shipped(&mut self, dir: &Dir<'_>) {
        for file in dir.files().filter(|file| is_pack(file.path())) {
            if let Some(text) = file.contents_utf8() {
                self.texts.insert(file.path().to_string_lossy().replace('\\', "/"), text.to_owned());
            }
        }
        dir.dirs().for_each(|dir| self.add_shipped(dir));
    }

    fn add_directory(&mut self, root: &Path, dir: &Path) -> Result<()> {
        let unreadable = |error| Fault::because(format!("the pack directory {} cannot be read", dir.display()), error);
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                self.add_directory(root, &path)?;
            } else if is_pack(&path) {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                self.texts.insert(name, std::fs::read_to_string(&path).map_err(unreadable)?);
            }
        }
        Ok(())
    }
}

/// The entry of the pack at `path` that holds on `date`: the last that began by then.
pub fn latest<T>(path: &str, entries: Vec<T>, from: impl Fn(&T) -> Date, date: Date) -> Result<T> {
    let begun = entries.into_iter().filter(|entry| from(entry) <= date);
    begun.max_by_key(&from).ok_or_else(|| {
        let (zh, en) = (format!("{path} 中没有 {date} 的规则"), format!("{path} has no rules for {date}"));
        Refusal::invalid("rules.none", zh, en).into()
    })
}

/// Reads a day that a pack writes as a date of its own, `from = 2016-01-01`.
pub fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let written = Datetime::deserialize(from)?;
    let day = written.date.filter(|_| written.time.is_none()).and_then(|date| {
        Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
    });
    day.ok_or_else(|| D::Error::custom(format!("{written} is not a day")))
}

fn is_pack(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[derive(Debug, Clone, Deserialize)]
    struct Rule {
        #[serde(deserialize_with = "day")]
        from: Date,
        days: i64,
    }

    #[derive(Debug, Clone, Deserialize)]
    struct Pack {
        rule: Vec<Rule>,
    }

    fn packs(text: &str) -> Packs {
        Packs { texts: BTreeMap::from([("a/b.toml".to_owned(), text.to_owned())]), ..Packs::default() }
    }

    #[test]
    fn what_began_last_holds_wherever_it_stands() {
        let text = "[[rule]]\nfrom = 2018-05-01\ndays = 2\n[[rule]]\nfrom = 2016-01-01\ndays = 1\n";
        let held = |on| {
            let pack: Pack = packs(text).read("a/b.toml").expect("a pack");
            latest("a/b.toml", pack.rule, |rule| rule.from, on).map(|rule| rule.days)
        };
        assert_eq!(held(date(2016, 1, 1)).expect("a rule"), 1);
        assert_eq!(held(date(2018, 4, 30)).expect("a rule"), 1);
        assert_eq!(held(date(2018, 5, 1)).expect("a rule"), 2);
        let before = held(date(2015, 12, 31)).expect_err("none");
        assert_eq!(before.refusal().map(|refusal| refusal.code), Some("rules.none"));
    }

    #[test]
    fn a_pack_is_what_each_of_its_readers_takes_it_for() {
        let packs = packs("[[rule]]\nfrom = 2018-05-01\ndays = 2\n");
        for _ in 0..2 {
            let one: Pack = packs.read("a/b.toml").expect("a pack");
            let other: BTreeMap<String, toml::Value> = packs.read("a/b.toml").expect("a pack");
            assert_eq!((one.rule.len(), other.len()), (1, 1));
        }
    }

    #[test]
    fn a_pack_that_is_missing_or_begins_at_no_day_is_a_fault_that_names_it() {
        for (text, path) in [("", "a/c.toml"), ("[[rule]]\nfrom = 08:00:00\ndays = 1\n", "a/b.toml")] {
            let error = packs(text).read::<Pack>(path).expect_err("a fault");
            assert!(error.refusal().is_none() && error.to_string().contains(path), "{error}");
        }
    }
}
