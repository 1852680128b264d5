//! One spelling for what people write in many: widths, cases, traditional characters, blanks.

use crate::variants;

/// Fullwidth to plain, capital to small, traditional to simplified; whatever is no letter, digit or
/// sign becomes a blank.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let plain = match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            c if c.is_whitespace() || c.is_control() => ' ',
            c => variants::simplified(c),
        };
        out.extend(plain.to_lowercase());
    }
    out
}

/// Letters and digits alone, of a folded text: how a number or a whole name is compared.
pub fn bare(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A Chinese character, also the rare ones beyond the first plane.
pub fn is_han(letter: char) -> bool {
    matches!(letter as u32,
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x323af | 0x3007)
}

/// A piece of text that is written without a break: Chinese characters, or letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    Han(Vec<char>),
    Word(String),
}

/// The runs of a folded text, in order.
pub fn runs(folded: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut open = false;
    for letter in folded.chars() {
        if !letter.is_alphanumeric() {
            open = false;
            continue;
        }
        match (runs.last_mut(), is_han(letter)) {
            (Some(Run::Han(run)), true) if open => run.push(letter),
            (Some(Run::Word(run)), false) if open => run.push(letter),
            (_, true) => runs.push(Run::Han(vec![letter])),
            (_, false) => runs.push(Run::Word(letter.into())),
        }
        open = true;
    }
    runs
}

/// Every term by which a text is found: its characters, its pairs of characters, its words.
pub fn grams(folded: &str) -> Vec<String> {
    let mut grams = Vec::new();
    for run in runs(folded) {
        match run {
            Run::Han(run) => {
                grams.extend(run.iter().map(char::to_string));
                grams.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            }
            Run::Word(word) => grams.push(word),
        }
    }
    grams.sort();
    grams.dedup();
    grams
}

/// The terms that a text must have to hold what is looked for: pairs where there are pairs.
pub fn wanted(folded: &str) -> Vec<String> {
    let mut wanted = Vec::new();
    for run in runs(folded) {
        match run {
            Run::Han(run) if run.len() == 1 => wanted.extend(run.iter().map(char::to_string)),
            Run::Han(run) => wanted.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
            Run::Word(word) => wanted.push(word),
        }
    }
    wanted.sort();
    wanted.dedup();
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_cases_blanks_and_traditional_characters_are_one() {
        assert_eq!(fold("１３８　Ａb\t張陳"), "138 ab 张陈");
        assert_eq!(bare(&fold("0511-8812 3456")), "051188123456");
        assert_eq!(bare(&fold("阿卜杜拉·买买提")), "阿卜杜拉买买提");
    }

    #[test]
    fn an_address_is_taken_apart_at_its_numbers() {
        assert_eq!(wanted(&fold("翠竹路12号3幢")), ["12", "3", "号", "幢", "竹路", "翠竹"]);
        assert_eq!(grams("张三"), ["三", "张", "张三"]);
    }

    #[test]
    fn rare_characters_are_characters() {
        for letter in ['𠮷', '㛃', '𫖯', '〇'] {
            assert!(is_han(letter), "{letter}");
        }
        assert_eq!(runs("王㛃a𫖯"), [Run::Han(vec!['王', '㛃']), Run::Word("a".into()), Run::Han(vec!['𫖯'])]);
    }
}
