//! What the commands print about their work.

use crate::table::Table;

/// Says why an import was not wholly a repetition, if it was not.
pub fn not_a_repetition(code: Option<i32>, stdout: &str, stderr: &str, rows: usize) -> Option<String> {
    if code != Some(0) {
        return Some(format!("exit code {code:?}"));
    }
    let codes = codes(stdout);
    if let Some(other) = codes.iter().find(|code| *code != "unchanged") {
        return Some(format!("a row is `{other}`"));
    }
    let unchanged = unchanged(stdout, stderr);
    (unchanged != Some(rows as u64)).then(|| format!("{unchanged:?} of {rows} rows are unchanged"))
}

/// How many rows an import found to be there already: one line each, or one number for all.
pub fn unchanged(stdout: &str, stderr: &str) -> Option<u64> {
    let lines = codes(stdout).iter().filter(|code| *code == "unchanged").count();
    if lines > 0 {
        return Some(lines as u64);
    }
    number_beside(stderr, "unchanged").or_else(|| number_beside(stdout, "unchanged"))
}

fn codes(stdout: &str) -> Vec<String> {
    let Ok(table) = Table::parse(stdout) else {
        return Vec::new();
    };
    table.select(["code"]).map_or(Vec::new(), |rows| rows.iter().map(|[code]| (*code).to_owned()).collect())
}

/// How far a command said it had come for good before it ended: the last whole line of its progress
/// that has `N/M`, or a number beside one of the words below.
pub fn committed(stderr: &str) -> Option<u64> {
    // A killed command may leave half a line behind, and half a number with it.
    let whole = &stderr[..stderr.rfind(['\n', '\r']).map_or(0, |end| end + 1)];
    whole.split(['\n', '\r']).rev().find_map(|line| {
        part_of_whole(line).or_else(|| {
            ["committed", "issued", "done", "rows", "accounts"].iter().find_map(|word| number_beside(line, word))
        })
    })
}

/// The number that belongs to the last such word: after `word:` or `word=`, else the one before it,
/// else the one behind it.
fn number_beside(text: &str, word: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let at = lower.rmatch_indices(word).map(|(at, _)| at).find(|at| {
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !joined(lower[..*at].chars().next_back()) && !joined(lower[at + word.len()..].chars().next())
    })?;
    let (before, after) = (&lower[..at], &lower[at + word.len()..]);
    let behind = || after.trim_start_matches([':', '=', ' ']).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    if after.starts_with([':', '=']) {
        return behind();
    }
    let ahead = before.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next();
    ahead.and_then(|number| number.parse().ok()).or_else(behind)
}

fn part_of_whole(line: &str) -> Option<u64> {
    line.split_whitespace().rev().find_map(|word| {
        let (part, whole) = word.trim_matches(|c: char| !c.is_ascii_digit()).split_once('/')?;
        whole.parse::<u64>().ok()?;
        part.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_has_only_unchanged_rows() {
        let report = "row,field,code,message\n1,,unchanged,\n2,,unchanged,\n";
        assert_eq!(not_a_repetition(Some(0), report, "", 2), None);
        assert!(not_a_repetition(Some(0), report, "", 3).is_some());
        assert!(not_a_repetition(Some(1), report, "", 2).is_some());
        let loaded = "row,field,code,message\n1,,loaded,\n";
        assert!(not_a_repetition(Some(0), loaded, "", 1).is_some());
    }

    #[test]
    fn one_number_may_stand_for_all_rows() {
        let header = "row,field,code,message\n";
        assert_eq!(unchanged(header, "0 loaded, 12 unchanged\n"), Some(12));
        assert_eq!(unchanged(header, "loaded: 0, unchanged: 12\n"), Some(12));
        assert_eq!(unchanged(header, "done\n"), None);
    }

    #[test]
    fn the_last_whole_progress_line_is_what_was_acknowledged() {
        assert_eq!(committed("committed 100\ncommitted 200\ncommitted 30"), Some(200));
        assert_eq!(committed("issued for 2016-08: 120/400\n"), Some(120));
        assert_eq!(committed("import customers: 1500 rows\n"), Some(1500));
        assert_eq!(committed("50 committed of 400\r"), Some(50));
        assert_eq!(committed("starting\n"), None);
    }
}
