//! Which fields a record has, and the terms that each is found by.

use tantivy::TantivyDocument;
use tantivy::schema::{Field, STORED, STRING, Schema, SchemaBuilder};

use crate::sound::sounds;
use crate::text::{bare, fold, grams};

/// What a field holds, and with that how it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Digits and letters that mean one thing: found whole, by their beginning, by their end.
    Number,
    /// Of a person or a body: found whole, in part, by sound.
    Name,
    /// Found by what it contains.
    Text,
}

/// The fields of all records of an index, in the order in which they count; each by a word.
pub type Layout = &'static [(&'static str, Kind)];

/// What is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Tells it from all others; a record of the same key takes its place.
    pub key: String,
    /// The part of the whole in which it lies; a search can be limited to some.
    pub scope: String,
    /// Fields by their place in the layout; a field may occur several times or not at all.
    pub values: Vec<(usize, String)>,
}

/// The terms of the fields, as the index knows them.
#[derive(Debug, Clone)]
pub struct Terms {
    pub schema: Schema,
    pub key: Field,
    pub scope: Field,
    pub fields: Vec<FieldTerms>,
}

#[derive(Debug, Clone, Copy)]
pub enum FieldTerms {
    Number { is: Field, backwards: Field },
    Name { is: Field, part: Field, full: Field, full_besides: Field, initials: Field, initials_besides: Field },
    Text { part: Field },
}

impl Terms {
    pub fn of(layout: Layout) -> Terms {
        let mut schema = SchemaBuilder::default();
        let key = schema.add_text_field("key", STRING | STORED);
        let scope = schema.add_text_field("scope", STRING);
        let fields = layout.iter().map(|(word, kind)| FieldTerms::of(&mut schema, word, *kind)).collect();
        Terms { schema: schema.build(), key, scope, fields }
    }

    /// A record taken apart.
    pub fn document(&self, record: &Record) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.key, &record.key);
        document.add_text(self.scope, &record.scope);
        for (at, value) in &record.values {
            if let Some(field) = self.fields.get(*at) {
                field.add(&mut document, &fold(value));
            }
        }
        document
    }
}

impl FieldTerms {
    fn of(schema: &mut SchemaBuilder, word: &str, kind: Kind) -> FieldTerms {
        let mut field = |suffix: &str| schema.add_text_field(&format!("{word}_{suffix}"), STRING);
        match kind {
            Kind::Number => FieldTerms::Number { is: field("is"), backwards: field("backwards") },
            Kind::Name => FieldTerms::Name {
                is: field("is"),
                part: field("part"),
                full: field("full"),
                full_besides: field("full_besides"),
                initials: field("initials"),
                initials_besides: field("initials_besides"),
            },
            Kind::Text => FieldTerms::Text { part: field("part") },
        }
    }

    fn add(self, document: &mut TantivyDocument, folded: &str) {
        let whole = bare(folded);
        if whole.is_empty() {
            return;
        }
        match self {
            FieldTerms::Number { is, backwards } => {
                document.add_text(is, &whole);
                // Who reads a number out leaves its leading zeros away.
                let short = whole.trim_start_matches('0');
                if !short.is_empty() && short.len() < whole.len() {
                    document.add_text(is, short);
                }
                document.add_text(backwards, reversed(&whole));
            }
            FieldTerms::Name { is, part, full, full_besides, initials, initials_besides } => {
                document.add_text(is, &whole);
                grams(folded).iter().for_each(|gram| document.add_text(part, gram));
                let sounds = sounds(folded);
                for sound in &sounds.whole {
                    document.add_text(full, &sound.full);
                    document.add_text(initials, &sound.initials);
                }
                for sound in &sounds.besides {
                    document.add_text(full_besides, &sound.full);
                    document.add_text(initials_besides, &sound.initials);
                }
            }
            FieldTerms::Text { part } => grams(folded).iter().for_each(|gram| document.add_text(part, gram)),
        }
    }
}

pub fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}
