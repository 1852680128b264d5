//! How a name sounds: in full pinyin and by its initials, in every reading that a counter may hear.

use pinyin::ToPinyinMulti;

use crate::text::{Run, is_han, runs};

/// Readings of the first characters of a stretch; later ones keep their commonest, so that a long
/// company name does not become thousands of terms.
const READINGS: [usize; 3] = [4, 3, 3];
/// Syllables of a stretch that begins within the name.
const STRETCH: usize = 12;
/// Syllables of a whole name.
const WHOLE: usize = 40;

/// Sounds of a text from its beginning, and from each later syllable on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sounds {
    pub whole: Vec<Sound>,
    pub later: Vec<Sound>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sound {
    pub full: String,
    pub initials: String,
}

pub fn sounds(folded: &str) -> Sounds {
    let syllables = syllables(folded);
    let later = (1..syllables.len()).flat_map(|at| {
        let end = syllables.len().min(at + STRETCH);
        joined(&syllables[at..end])
    });
    let mut later: Vec<Sound> = later.collect();
    later.sort();
    later.dedup();
    Sounds { whole: joined(&syllables[..syllables.len().min(WHOLE)]), later }
}

/// The readings of each syllable; letters and digits read as themselves, and a character without a
/// known reading is not heard.
fn syllables(folded: &str) -> Vec<Vec<String>> {
    let mut syllables = Vec::new();
    for run in runs(folded) {
        match run {
            Run::Han(run) => syllables.extend(run.into_iter().map(readings).filter(|known| !known.is_empty())),
            Run::Word(word) => syllables.push(vec![word]),
        }
    }
    syllables
}

fn readings(letter: char) -> Vec<String> {
    let mut readings: Vec<String> = Vec::new();
    let known = SURNAMES.iter().filter(|(surname, _)| *surname == letter).map(|(_, reading)| (*reading).to_owned());
    let listed = letter.to_pinyin_multi().into_iter().flatten().map(|reading| reading.plain().to_owned());
    for reading in known.chain(listed) {
        // Some type lv for 吕, some lu: both are heard.
        let other = reading.replace(['ü', 'v'], "u");
        for reading in [reading.replace('ü', "v"), other] {
            if reading.bytes().all(|b| b.is_ascii_lowercase()) && !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    readings
}

/// Readings that characters have as surnames, before the commoner ones.
const SURNAMES: [(char, &str); 20] = [
    ('曾', "zeng"),
    ('单', "shan"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('区', "ou"),
    ('朴', "piao"),
    ('查', "zha"),
    ('盖', "ge"),
    ('翟', "zhai"),
    ('覃', "qin"),
    ('尉', "wei"),
    ('乐', "yue"),
    ('重', "chong"),
    ('冼', "xian"),
    ('黑', "he"),
    ('种', "chong"),
    ('召', "shao"),
    ('繁', "po"),
    ('员', "yun"),
    ('缪', "miao"),
];

fn joined(syllables: &[Vec<String>]) -> Vec<Sound> {
    if syllables.is_empty() {
        return Vec::new();
    }
    let mut sounds = vec![Sound { full: String::new(), initials: String::new() }];
    for (at, readings) in syllables.iter().enumerate() {
        let heard = &readings[..readings.len().min(READINGS.get(at).copied().unwrap_or(1))];
        let mut longer = Vec::with_capacity(sounds.len() * heard.len());
        for sound in &sounds {
            for reading in heard {
                let initial = reading.chars().take(1);
                longer.push(Sound {
                    full: sound.full.clone() + reading,
                    initials: sound.initials.chars().chain(initial).collect(),
                });
            }
        }
        sounds = longer;
    }
    sounds.sort();
    sounds.dedup();
    sounds
}

/// Whether every character of a folded text is Chinese, and there is one at all.
pub fn is_all_han(bare: &str) -> bool {
    !bare.is_empty() && bare.chars().all(is_han)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Vec<(String, String)> {
        sounds(text).whole.into_iter().map(|sound| (sound.full, sound.initials)).collect()
    }

    #[test]
    fn a_name_has_its_sound_and_its_initials() {
        assert!(whole("张三丰").contains(&("zhangsanfeng".into(), "zsf".into())));
        let later: Vec<String> = sounds("张三丰").later.into_iter().map(|sound| sound.full).collect();
        assert!(later.contains(&"sanfeng".into()) && later.contains(&"feng".into()), "{later:?}");
    }

    #[test]
    fn a_surname_is_heard_in_all_its_readings() {
        let full: Vec<String> = whole("曾单").into_iter().map(|(full, _)| full).collect();
        for reading in ["zengshan", "cengshan", "zengdan", "cengdan"] {
            assert!(full.contains(&reading.into()), "{reading} {full:?}");
        }
        let full: Vec<String> = whole("吕").into_iter().map(|(full, _)| full).collect();
        assert!(full.contains(&"lv".into()) && full.contains(&"lu".into()), "{full:?}");
    }

    #[test]
    fn a_long_name_has_few_sounds() {
        let long = sounds(&"中行长乐重曾".repeat(40));
        assert!(long.whole.len() <= 36 && long.later.len() <= 240 * 36);
    }

    #[test]
    fn what_has_no_sound_is_not_heard() {
        assert_eq!(sounds("、。").whole, []);
        assert_eq!(whole("a1"), [("a1".to_owned(), "a".to_owned())]);
    }
}
