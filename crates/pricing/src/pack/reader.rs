//! Reads a TOML pack so that every mistake is reported with its line, not only the first.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::str::FromStr;

use kernel::decimal::DecimalError;
use kernel::{Date, Text};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// The dotted name of what is wrong, `version[2].tiers.limit[1].kwh`.
    pub field: String,
    pub message: Text,
}

/// The text of one pack and what was found wrong with it.
pub struct Source<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Source<'a> {
        Source { file, text, mistakes: RefCell::default() }
    }

    pub fn report(&self, span: Range<usize>, field: &str, zh: impl Into<String>, en: impl Into<String>) {
        let line = self.text[..span.start.min(self.text.len())].matches('\n').count() + 1;
        self.mistakes.borrow_mut().push(Mistake {
            file: self.file.to_owned(),
            line,
            field: field.to_owned(),
            message: Text::new(zh.into(), en.into()),
        });
    }

    pub fn into_mistakes(self) -> Vec<Mistake> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }
}

/// A table of the pack being read. Keys that nobody asked for are reported by [`Section::finish`].
pub struct Section<'s, 't> {
    source: &'s Source<'s>,
    path: String,
    span: Range<usize>,
    table: &'t DeTable<'t>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'s, 't> Section<'s, 't> {
    pub fn new(source: &'s Source<'s>, path: String, span: Range<usize>, table: &'t DeTable<'t>) -> Section<'s, 't> {
        Section { source, path, span, table, asked: RefCell::default() }
    }

    /// The dotted name of `key` in this pack.
    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn wrong(&self, key: &str, zh: impl Into<String>, en: impl Into<String>) {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.report(span, &self.name(key), zh, en);
    }

    pub fn wrong_here(&self, zh: impl Into<String>, en: impl Into<String>) {
        self.source.report(self.span.clone(), &self.path, zh, en);
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.table.get(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    fn missing(&self, key: &str) {
        self.wrong(key, "缺少此项", "this entry is missing");
    }

    fn mistyped(&self, key: &str, zh: &str, en: &str) {
        self.wrong(key, format!("应为{zh}"), format!("must be {en}"));
    }

    pub fn text(&self, key: &str) -> Option<&'t str> {
        match self.value(key) {
            None => self.missing(key),
            Some(value) => match value.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => return Some(text),
                Some(_) => self.wrong(key, "不能为空", "must not be empty"),
                None => self.mistyped(key, "文本", "text"),
            },
        }
        None
    }

    pub fn date(&self, key: &str) -> Option<Date> {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return None;
        };
        let date = value.get_ref().as_datetime().filter(|value| value.time.is_none()).and_then(|value| value.date);
        let date = date.and_then(|d| {
            Date::new(i16::try_from(d.year).ok()?, i8::try_from(d.month).ok()?, i8::try_from(d.day).ok()?).ok()
        });
        if date.is_none() {
            self.mistyped(key, "日期，如 2012-07-01（不加引号）", "a date such as 2012-07-01, without quotes");
        }
        date
    }

    pub fn optional_date(&self, key: &str) -> Option<Date> {
        if self.has(key) { self.date(key) } else { None }
    }

    pub fn whole_number(&self, key: &str) -> Option<i64> {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return None;
        };
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok());
        if number.is_none() {
            self.mistyped(key, "整数", "a whole number");
        }
        number
    }

    pub fn truth(&self, key: &str) -> Option<bool> {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return None;
        };
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.mistyped(key, " true 或 false", "true or false");
        }
        truth
    }

    /// A figure, written as text: binary fractions are not exact.
    pub fn figure<T: FromStr<Err = DecimalError>>(&self, key: &str) -> Option<T> {
        match self.value(key) {
            None => {
                self.missing(key);
                None
            }
            Some(value) => self.read_figure(key, value),
        }
    }

    pub fn figures<T: FromStr<Err = DecimalError>>(&self, key: &str) -> Vec<T> {
        self.list(key).filter_map(|value| self.read_figure(key, value)).collect()
    }

    fn wrong_at(&self, value: &Spanned<DeValue<'_>>, key: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.source.report(value.span(), &self.name(key), zh, en);
    }

    fn read_figure<T: FromStr<Err = DecimalError>>(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<T> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_at(
                value,
                key,
                "应为带引号的十进制数，如 \"0.538\"（小数须精确）",
                "must be decimal text such as \"0.538\", in quotes, so that it is exact",
            );
            return None;
        };
        match text.parse() {
            Ok(figure) => Some(figure),
            Err(DecimalError::NotANumber) => {
                self.wrong_at(value, key, format!("“{text}”不是数"), format!("\"{text}\" is not a number"));
                None
            }
            Err(DecimalError::TooManyDecimals { allowed }) => {
                self.wrong_at(
                    value,
                    key,
                    format!("“{text}”最多 {allowed} 位小数"),
                    format!("\"{text}\" has more than {allowed} decimals"),
                );
                None
            }
            Err(DecimalError::OutOfRange) => {
                self.wrong_at(value, key, format!("“{text}”过大"), format!("\"{text}\" is too large"));
                None
            }
        }
    }

    /// Words of a closed list.
    pub fn words<T>(&self, key: &str, from_word: impl Fn(&str) -> Option<T>, known: &str) -> Vec<T> {
        self.list(key)
            .filter_map(|value| {
                let word = value.get_ref().as_str().and_then(&from_word);
                if word.is_none() {
                    self.wrong_at(value, key, format!("只能是：{known}"), format!("must be among: {known}"));
                }
                word
            })
            .collect()
    }

    pub fn word<T>(&self, key: &str, from_word: impl Fn(&str) -> Option<T>, known: &str) -> Option<T> {
        let text = self.text(key)?;
        let word = from_word(text);
        if word.is_none() {
            self.wrong(key, format!("“{text}”应为：{known}"), format!("\"{text}\" must be one of: {known}"));
        }
        word
    }

    pub fn list(&self, key: &str) -> impl Iterator<Item = &'t Spanned<DeValue<'t>>> {
        let array = match self.value(key) {
            None => {
                self.missing(key);
                None
            }
            Some(value) => {
                let array = value.get_ref().as_array().filter(|array| !array.is_empty());
                if array.is_none() {
                    self.mistyped(key, "非空列表", "a list that is not empty");
                }
                array
            }
        };
        array.into_iter().flat_map(|array| array.iter())
    }

    pub fn section(&self, key: &str) -> Option<Section<'s, 't>> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.mistyped(key, "表", "a table");
        }
        table.map(|table| Section::new(self.source, self.name(key), value.span(), table))
    }

    /// The tables of `[[key]]`; none when it is absent.
    pub fn sections(&self, key: &str) -> Vec<Section<'s, 't>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.mistyped(key, "表的列表", "a list of tables");
            return Vec::new();
        };
        let tables = array.iter().enumerate().filter_map(|(at, item)| {
            let path = format!("{}[{}]", self.name(key), at + 1);
            match item.get_ref().as_table() {
                Some(table) => Some(Section::new(self.source, path, item.span(), table)),
                None => {
                    self.source.report(item.span(), &path, "应为表", "must be a table");
                    None
                }
            }
        });
        tables.collect()
    }

    pub fn finish(self) {
        let asked = self.asked.into_inner();
        for key in self.table.keys() {
            if !asked.contains(key.get_ref().as_ref()) {
                let name = if self.path.is_empty() {
                    key.get_ref().to_string()
                } else {
                    format!("{}.{}", self.path, key.get_ref())
                };
                self.source.report(key.span(), &name, "未知的项", "unknown entry");
            }
        }
    }
}
