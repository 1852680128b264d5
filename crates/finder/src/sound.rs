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

/// Sounds of a text: from its beginning in the usual readings, and besides from each later syllable on
/// and in the rarer readings.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sounds {
    pub whole: Vec<Sound>,
    pub besides: Vec<Sound>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sound {
    pub full: String,
    pub initials: String,
}

pub fn sounds(folded: &str) -> Sounds {
    let syllables = syllables(folded);
    let end = syllables.len().min(WHOLE);
    let usual: Vec<Vec<String>> = syllables[..end].iter().enumerate().map(|(at, heard)| heard.usual(at == 0)).collect();
    let all: Vec<Vec<String>> = syllables.iter().map(Heard::all).collect();
    let whole = joined(&usual);
    let later = (1..all.len()).flat_map(|at| joined(&all[at..all.len().min(at + STRETCH)]));
    let mut besides: Vec<Sound> = later.chain(joined(&all[..end])).filter(|sound| !whole.contains(sound)).collect();
    besides.sort();
    besides.dedup();
    Sounds { whole, besides }
}

/// How one character may be read, the commonest first.
struct Heard {
    surname: Option<&'static str>,
    readings: Vec<String>,
}

impl Heard {
    /// The commonest reading, and that as a surname where it stands first.
    fn usual(&self, is_first: bool) -> Vec<String> {
        let surname = self.surname.filter(|_| is_first).into_iter();
        let common = self.readings.iter().take(1).flat_map(|reading| typed(reading));
        unique(surname.flat_map(typed).chain(common))
    }

    fn all(&self) -> Vec<String> {
        let listed = self.readings.iter().flat_map(|reading| typed(reading));
        unique(self.surname.into_iter().flat_map(typed).chain(listed))
    }
}

fn unique(readings: impl Iterator<Item = String>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for reading in readings {
        if !known.contains(&reading) {
            known.push(reading);
        }
    }
    known
}

/// Some type lv for 吕, some lu: both are heard.
fn typed(reading: &str) -> Vec<String> {
    let spellings = [reading.replace('ü', "v"), reading.replace(['ü', 'v'], "u")];
    spellings.into_iter().filter(|spelling| spelling.bytes().all(|b| b.is_ascii_alphanumeric())).collect()
}

/// The syllables of a text; letters and digits read as themselves, and a character without a known
/// reading is not heard.
fn syllables(folded: &str) -> Vec<Heard> {
    let mut syllables = Vec::new();
    for run in runs(folded) {
        match run {
            Run::Han(run) => syllables.extend(run.into_iter().map(heard).filter(|heard| !heard.readings.is_empty())),
            Run::Word(word) => syllables.push(Heard { surname: None, readings: vec![word] }),
        }
    }
    syllables
}

fn heard(letter: char) -> Heard {
    let surname = SURNAMES.iter().find(|(surname, _)| *surname == letter).map(|(_, reading)| *reading);
    let listed = letter.to_pinyin_multi().into_iter().flatten().map(|reading| reading.plain().to_owned());
    Heard { surname, readings: unique(listed) }
}

/// Readings that characters have as surnames.
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
        let besides: Vec<String> = sounds("张三丰").besides.into_iter().map(|sound| sound.full).collect();
        assert!(besides.contains(&"sanfeng".into()) && besides.contains(&"feng".into()), "{besides:?}");
    }

    #[test]
    fn a_surname_is_heard_as_such_and_as_it_is_read_elsewhere() {
        let full = |text| whole(text).into_iter().map(|(full, _)| full).collect::<Vec<_>>();
        for (text, readings) in
            [("曾伟", ["zengwei", "cengwei"]), ("单伟", ["shanwei", "danwei"]), ("吕伟", ["lvwei", "luwei"])]
        {
            for reading in readings {
                assert!(full(text).contains(&reading.into()), "{text} {reading} {:?}", full(text));
            }
        }
    }

    #[test]
    fn a_rare_reading_is_heard_besides() {
        let sounds = sounds("方伟");
        let in_full = |sounds: &[Sound]| sounds.iter().map(|sound| sound.full.clone()).collect::<Vec<_>>();
        assert_eq!(in_full(&sounds.whole), ["fangwei"]);
        assert!(in_full(&sounds.besides).contains(&"wangwei".into()), "{:?}", sounds.besides);
    }

    #[test]
    fn a_long_name_has_few_sounds() {
        let long = sounds(&"中行长乐重曾".repeat(40));
        assert!(long.whole.len() <= 4 && long.besides.len() <= 240 * 36 + 36);
    }

    #[test]
    fn what_has_no_sound_is_not_heard() {
        assert_eq!(sounds("、。").whole, []);
        assert_eq!(whole("a1"), [("a1".to_owned(), "a".to_owned())]);
    }
}
