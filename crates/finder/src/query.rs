//! A line as somebody types it, looked for in every way in which it may be meant.

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur, Query, TermQuery,
    TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::layout::{FieldTerms, Terms, reversed};
use crate::sound::{Sound, is_all_han, sounds};
use crate::text::{bare, fold, wanted};

/// How a record was found, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The field is what was asked for.
    Exact,
    /// It sounds so, in full or by its initials.
    Sound,
    /// It begins so.
    Beginning,
    /// It ends so.
    End,
    /// It contains that.
    Part,
    /// Each of the words is somewhere in the record.
    Words,
    /// It sounds like what was written otherwise.
    Alike,
    /// It differs by one character, or nearly all of it is there.
    Near,
}

/// Digits or letters of a number that are not enough to tell one from many.
const SHORTEST_PART: usize = 3;
const SHORTEST_NEAR_NUMBER: usize = 5;
const SHORTEST_NEAR_SOUND: usize = 5;
const SHORTEST_SOUND: usize = 2;
/// Pairs of characters of which two may be wrong: those that one wrong character spoils.
const SHORTEST_NEAR_TEXT: usize = 4;

type Boxed = Box<dyn Query>;

/// A way of looking, and what a hit of it says: how, and in which field where it is one.
pub struct Way {
    pub how: Match,
    pub field: Option<usize>,
    query: Boxed,
}

/// The ways of one line, the surest first: those that hold what was asked for, and those that
/// forgive a slip.
pub struct Ways {
    pub sure: Vec<Way>,
    pub forgiving: Vec<Way>,
}

impl Ways {
    pub fn of(terms: &Terms, line: &str) -> Ways {
        let line = Line::of(line);
        let mut ways = Ways { sure: Vec::new(), forgiving: Vec::new() };
        if line.whole.is_empty() {
            return ways;
        }
        let fields = || terms.fields.iter().enumerate();
        ways.sure.extend(fields().flat_map(|(at, field)| exact(at, *field, &line)));
        ways.sure.extend(fields().flat_map(|(at, field)| by_sound(at, *field, &line)));
        ways.sure.extend(fields().flat_map(|(at, field)| by_its_ends(at, *field, &line)));
        ways.sure.extend(fields().flat_map(|(at, field)| in_part(at, *field, &line)));
        ways.sure.extend(all_words(terms, &line));
        ways.forgiving.extend(fields().flat_map(|(at, field)| alike(at, *field, &line)));
        ways.forgiving.extend(fields().flat_map(|(at, field)| near(at, *field, &line)));
        ways.sure.sort_by_key(|way| way.how);
        ways
    }
}

/// The ways as one query whose score tells which of them was met: the first has the highest.
pub fn ranked(ways: Vec<Way>, limit_to: Option<Boxed>) -> (Boxed, Vec<(Match, Option<usize>)>) {
    let told = ways.iter().map(|way| (way.how, way.field)).collect::<Vec<_>>();
    let count = u16::try_from(ways.len()).unwrap_or(u16::MAX);
    let scored = ways.into_iter().zip(0_u16..);
    let scored: Vec<Boxed> =
        scored.map(|(way, at)| Box::new(ConstScoreQuery::new(way.query, f32::from(count - at))) as Boxed).collect();
    if scored.is_empty() {
        return (Box::new(EmptyQuery), told);
    }
    let any: Boxed = Box::new(DisjunctionMaxQuery::new(scored));
    let query = match limit_to {
        None => any,
        Some(limit) => {
            let silent: Boxed = Box::new(ConstScoreQuery::new(limit, 0.0));
            Box::new(BooleanQuery::new(vec![(Occur::Must, any), (Occur::Must, silent)]))
        }
    };
    (query, told)
}

/// Only records of these scopes.
pub fn within(terms: &Terms, scopes: &[String]) -> Boxed {
    Box::new(TermSetQuery::new(scopes.iter().map(|scope| Term::from_field_text(terms.scope, scope))))
}

struct Line {
    folded: String,
    /// Letters and digits alone.
    whole: String,
    /// The line as a number, where it can be one.
    number: Option<String>,
    is_han: bool,
    /// The line as it would be typed for its sound.
    latin: Option<String>,
}

impl Line {
    fn of(text: &str) -> Line {
        let folded = fold(text);
        // Telephones store the country before a number that the file holds without it.
        let national = folded.trim_start().strip_prefix("+86").unwrap_or(&folded);
        let whole = bare(national);
        let number =
            Some(&whole).filter(|whole| whole.is_ascii() && whole.bytes().any(|b| b.is_ascii_digit())).cloned();
        let spelt: String = whole.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let latin = Some(spelt).filter(|spelt| *spelt == whole && spelt.bytes().any(|b| b.is_ascii_lowercase()));
        Line { is_han: is_all_han(&whole), number, latin, whole, folded }
    }
}

fn way(how: Match, at: usize, query: Boxed) -> Way {
    Way { how, field: Some(at), query }
}

fn term(field: Field, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn beginning(field: Field, text: &str) -> Boxed {
    Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(field, text), 0, true))
}

fn one_off(field: Field, text: &str) -> Boxed {
    Box::new(FuzzyTermQuery::new(Term::from_field_text(field, text), 1, true))
}

fn all(queries: Vec<Boxed>) -> Boxed {
    Box::new(BooleanQuery::intersection(queries))
}

fn any(queries: Vec<Boxed>) -> Boxed {
    Box::new(BooleanQuery::union(queries))
}

fn holds(field: Field, folded: &str) -> Option<Boxed> {
    let grams = wanted(folded);
    (!grams.is_empty()).then(|| all(grams.iter().map(|gram| term(field, gram)).collect()))
}

fn exact(at: usize, field: FieldTerms, line: &Line) -> Option<Way> {
    match field {
        FieldTerms::Number { is, .. } => {
            let number = line.number.as_deref()?;
            Some(way(Match::Exact, at, term(is, number)))
        }
        FieldTerms::Name { is, .. } => Some(way(Match::Exact, at, term(is, &line.whole))),
        FieldTerms::Text { .. } => None,
    }
}

fn by_sound(at: usize, field: FieldTerms, line: &Line) -> Option<Way> {
    let latin = line.latin.as_deref().filter(|latin| latin.len() >= SHORTEST_SOUND)?;
    match field {
        FieldTerms::Name { full, initials, .. } => {
            Some(way(Match::Sound, at, any(vec![term(full, latin), term(initials, latin)])))
        }
        FieldTerms::Number { .. } | FieldTerms::Text { .. } => None,
    }
}

fn by_its_ends(at: usize, field: FieldTerms, line: &Line) -> Vec<Way> {
    match field {
        FieldTerms::Number { is, backwards } => {
            let Some(number) = line.number.as_deref().filter(|number| number.len() >= SHORTEST_PART) else {
                return Vec::new();
            };
            vec![
                way(Match::Beginning, at, beginning(is, number)),
                way(Match::End, at, beginning(backwards, &reversed(number))),
            ]
        }
        FieldTerms::Name { is, full, initials, .. } => {
            let mut ways = vec![way(Match::Beginning, at, beginning(is, &line.whole))];
            if let Some(latin) = line.latin.as_deref().filter(|latin| latin.len() >= SHORTEST_SOUND) {
                ways.push(way(Match::Beginning, at, any(vec![beginning(full, latin), beginning(initials, latin)])));
            }
            ways
        }
        FieldTerms::Text { .. } => Vec::new(),
    }
}

fn in_part(at: usize, field: FieldTerms, line: &Line) -> Vec<Way> {
    match field {
        FieldTerms::Name { part, full_besides, initials_besides, .. } => {
            let mut ways: Vec<Way> =
                holds(part, &line.folded).into_iter().map(|query| way(Match::Part, at, query)).collect();
            if let Some(latin) = line.latin.as_deref().filter(|latin| latin.len() >= SHORTEST_SOUND) {
                let later = any(vec![beginning(full_besides, latin), beginning(initials_besides, latin)]);
                ways.push(way(Match::Part, at, later));
            }
            ways
        }
        FieldTerms::Text { part } => {
            holds(part, &line.folded).into_iter().map(|query| way(Match::Part, at, query)).collect()
        }
        FieldTerms::Number { .. } => Vec::new(),
    }
}

/// Several words, each of which is in some field.
fn all_words(terms: &Terms, line: &Line) -> Option<Way> {
    let words: Vec<Line> = line.folded.split(' ').map(Line::of).filter(|word| !word.whole.is_empty()).collect();
    if words.len() < 2 {
        return None;
    }
    let each = words.iter().map(|word| {
        let fields = || terms.fields.iter().enumerate();
        let mut ways: Vec<Way> = Vec::new();
        ways.extend(fields().flat_map(|(at, field)| exact(at, *field, word)));
        ways.extend(fields().flat_map(|(at, field)| by_its_ends(at, *field, word)));
        ways.extend(fields().flat_map(|(at, field)| in_part(at, *field, word)));
        any(ways.into_iter().map(|way| way.query).collect())
    });
    Some(Way { how: Match::Words, field: None, query: all(each.collect()) })
}

/// Another character of the same sound: 章 for 张.
fn alike(at: usize, field: FieldTerms, line: &Line) -> Option<Way> {
    let FieldTerms::Name { full, .. } = field else { return None };
    if !line.is_han || line.whole.chars().count() < 2 {
        return None;
    }
    let heard =
        sounds(&line.folded).whole.into_iter().map(|Sound { full: sound, .. }| Term::from_field_text(full, &sound));
    Some(way(Match::Alike, at, Box::new(TermSetQuery::new(heard))))
}

fn near(at: usize, field: FieldTerms, line: &Line) -> Vec<Way> {
    match field {
        FieldTerms::Number { is, .. } => {
            let long = line.number.as_deref().filter(|number| number.len() >= SHORTEST_NEAR_NUMBER);
            long.into_iter().map(|number| way(Match::Near, at, one_off(is, number))).collect()
        }
        FieldTerms::Name { is, full, .. } => {
            let mut ways = Vec::new();
            if line.number.is_none() && line.whole.chars().count() >= 2 {
                ways.push(way(Match::Near, at, one_off(is, &line.whole)));
            }
            if let Some(latin) = line.latin.as_deref().filter(|latin| latin.len() >= SHORTEST_NEAR_SOUND) {
                ways.push(way(Match::Near, at, one_off(full, latin)));
            }
            ways
        }
        FieldTerms::Text { part } => {
            let grams = wanted(&line.folded);
            if grams.len() < SHORTEST_NEAR_TEXT {
                return Vec::new();
            }
            let enough = grams.len() - 2;
            let grams = grams.iter().map(|gram| term(part, gram)).collect();
            let query = BooleanQuery::union_with_minimum_required_clauses(grams, enough);
            vec![way(Match::Near, at, Box::new(query))]
        }
    }
}
