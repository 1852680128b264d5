//! The house rules that a compiler does not know, each as a function over the repository's files.

mod boundaries;
mod documents;
mod features;
mod floors;
mod order;
mod source;
mod sql;
mod tree;
mod words;

use std::fmt;

use anyhow::Result;

use crate::repo;

use tree::Tree;

#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    pub file: String,
    pub line: usize,
    pub rule: &'static str,
    pub message: String,
}

impl Violation {
    fn new(file: &str, line: usize, rule: &'static str, message: String) -> Self {
        Self { file: file.to_owned(), line, rule, message }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}", self.file, self.line, self.rule, self.message)
    }
}

type Check = fn(&Tree) -> Vec<Violation>;

const CHECKS: [Check; 13] = [
    floors::check,
    order::check,
    features::check,
    boundaries::web,
    boundaries::clock,
    boundaries::floats,
    sql::statements,
    sql::built_by_format,
    sql::dialect,
    words::check,
    words::length,
    documents::glossary,
    documents::links,
];

pub fn run() -> Result<bool> {
    let tree = Tree::read(&repo::root()?)?;
    for warning in words::growing(&tree) {
        println!("warning: {warning}");
    }
    let violations: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} files, {} violations", tree.files.len(), violations.len());
    Ok(violations.is_empty())
}
