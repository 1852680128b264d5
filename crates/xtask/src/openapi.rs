//! The API document in the repository: no change of the API goes unseen.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::{repo, shell};

const PATH: &str = "docs/openapi.json";

pub fn run(check: bool) -> Result<()> {
    let binary = repo::build_gridhall()?;
    let current = shell::read(Command::new(binary).arg("openapi").current_dir(repo::root()?))?;
    ensure!(current.trim_start().starts_with('{'), "`gridhall openapi` did not print a document");
    let current = format!("{}\n", current.trim());
    let path = repo::root()?.join(PATH);
    if !check {
        fs::write(&path, current)?;
        println!("{PATH} written");
        return Ok(());
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    match first_difference(&stored, &current) {
        None => println!("{PATH} is what the program says"),
        Some(difference) => {
            bail!("the API is not what {PATH} says; look, then run `cargo xtask openapi`\n{difference}")
        }
    }
    Ok(())
}

fn first_difference(stored: &str, current: &str) -> Option<String> {
    if stored == current {
        return None;
    }
    let (mut old, mut new) = (stored.lines(), current.lines());
    for number in 1.. {
        let pair = (old.next(), new.next());
        if pair.0 != pair.1 {
            let show = |line: Option<&str>| line.unwrap_or("(end)").to_owned();
            return Some(format!("line {number}\n- {}\n+ {}", show(pair.0), show(pair.1)));
        }
        if pair == (None, None) {
            break;
        }
    }
    Some("only line ends differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_document_is_shown_at_its_first_different_line() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n").as_deref(), Some("line 2\n- b\n+ c"));
        assert_eq!(first_difference("", "a\n").as_deref(), Some("line 1\n- (end)\n+ a"));
        assert_eq!(first_difference("a", "a\n").as_deref(), Some("only line ends differ"));
    }
}
