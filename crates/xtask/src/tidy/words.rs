//! What has no place in a repository that strangers read, and files that grew too long.

use super::Violation;
use super::tree::{File, Tree};

/// Taken apart, so that this file does not break its own rule.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
const TICKET: &str = concat!("iss", "ue");

const TOO_LONG: usize = 600;
const LONG: usize = 400;

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &tree.files {
        if file.name() == "Cargo.lock" || file.name() == "package-lock.json" {
            continue;
        }
        for (i, line) in file.text.lines().enumerate() {
            let mut complain = |message: String| {
                violations.push(Violation::new(&file.path, i + 1, "words", message));
            };
            for note in NOTES.iter().filter(|note| has_word(line, note)) {
                complain(format!("`{note}`: notes to oneself stay outside"));
            }
            for path in PATHS.iter().filter(|path| has_path(line, path)) {
                complain(format!("`{path}…` is a path of one machine"));
            }
            if names_a_ticket(line) {
                complain("a number that only the writer understands".to_owned());
            }
        }
    }
    violations
}

fn joins(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !joins(line[..at].chars().next_back()) && !joins(line[at + word.len()..].chars().next()))
}

/// `a/b/c` and `https://x/b/` are no paths of a machine.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !joins(before) && !matches!(before, Some('.' | '-' | '}' | '*' | '/'))
    })
}

/// The word and a number after it, with or without `#`; a date is no number.
fn names_a_ticket(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.match_indices(TICKET).any(|(at, _)| {
        if joins(line[..at].chars().next_back()) {
            return false;
        }
        let rest = &line[at + TICKET.len()..];
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let rest = rest.strip_prefix('#').unwrap_or(rest);
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let after = rest[digits..].chars().next();
        digits > 0 && !joins(after) && after != Some('-')
    })
}

pub fn length(tree: &Tree) -> Vec<Violation> {
    longer_than(tree, TOO_LONG, usize::MAX, "find the second thing that it is about")
}

/// Not yet a violation, but on the way.
pub fn growing(tree: &Tree) -> Vec<Violation> {
    longer_than(tree, LONG, TOO_LONG, "it is getting long")
}

fn longer_than(tree: &Tree, more: usize, most: usize, advice: &str) -> Vec<Violation> {
    let written = |file: &&File| {
        let generated = file.path.starts_with("web/src/api/");
        let kind = [".rs", ".ts", ".tsx", ".css"];
        !generated && kind.iter().any(|end| file.path.ends_with(end))
    };
    tree.files
        .iter()
        .filter(written)
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > more && lines <= most)
                .then(|| Violation::new(&file.path, lines, "length", format!("{lines} lines: {advice}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("docs/a.md", text)])).len()
    }

    #[test]
    fn notes_to_oneself_are_found() {
        for note in NOTES {
            assert_eq!(found(&format!("a {note}: later")), 1);
            assert_eq!(found(&format!("a{note}b")), 0);
        }
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for path in PATHS {
            assert_eq!(found(&format!("see {path}x")), 1);
            assert_eq!(found(&format!("https://example.org{path}x")), 0);
        }
    }

    #[test]
    fn ticket_numbers_are_found_and_dates_are_not() {
        assert_eq!(found(&format!("see {TICKET} 12.")), 1);
        assert_eq!(found(&format!("({TICKET} #3)")), 1);
        assert_eq!(found(&format!("day of {TICKET} 2026-01-01")), 0);
        assert_eq!(found(&format!("re{TICKET} 12")), 0);
        assert_eq!(found(&format!("{TICKET} the bills of 2016")), 0);
    }

    #[test]
    fn a_lockfile_is_not_prose() {
        let text = format!("{TICKET} 12");
        assert_eq!(check(&Tree::of(&[("Cargo.lock", text.as_str())])), []);
    }

    #[test]
    fn a_file_beyond_six_hundred_lines_is_too_long_and_beyond_four_hundred_is_watched() {
        let (long, too_long) = ("x\n".repeat(401), "x\n".repeat(601));
        let tree = Tree::of(&[("a.rs", long.as_str()), ("b.tsx", too_long.as_str()), ("c.csv", too_long.as_str())]);
        let files =
            |found: Vec<Violation>| -> Vec<String> { found.into_iter().map(|violation| violation.file).collect() };
        assert_eq!(files(length(&tree)), ["b.tsx"]);
        assert_eq!(files(growing(&tree)), ["a.rs"]);
    }
}
