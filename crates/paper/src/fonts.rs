//! Which fonts there are, in the order in which they are asked for a character.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use typst::foundations::Bytes;
use typst::text::{Font, FontInfo};

/// Where systems keep their fonts.
const SYSTEM: [&str; 3] = ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts"];

/// Families that can set a whole form: the first that is there does.
const TEXT: [&str; 6] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
];

/// Families asked for what the first has not: rare characters of names, mostly of the extension
/// planes. A bureau's own fonts go before them.
const RARE: [&str; 8] =
    ["Noto Serif CJK SC", "Jigmo", "Jigmo2", "Jigmo3", "HanaMinA", "HanaMinB", "BabelStone Han", "Plangothic P1"];

/// How files of those families are called; a system holds thousands of others.
const FILES: [&str; 8] =
    ["notosans", "notoserif", "sourcehan", "jigmo", "hanamin", "hanazono", "babelstonehan", "plangothic"];

/// Fonts in the order of asking; `families` are their names in that order.
#[derive(Debug)]
pub struct Fonts {
    pub fonts: Vec<Font>,
    pub families: Vec<String>,
}

/// Finds fonts in a bureau's own directories and the system's; without one for Chinese text, tells
/// where it looked.
pub fn find(own: &[PathBuf]) -> Result<Fonts, Vec<String>> {
    let mut found = Vec::new();
    own.iter().for_each(|directory| collect(directory, true, &mut found));
    let mut own_families: Vec<String> = Vec::new();
    for (family, _) in &found {
        if !own_families.contains(family) {
            own_families.push(family.clone());
        }
    }
    SYSTEM.iter().for_each(|directory| collect(Path::new(directory), false, &mut found));
    let has = |family: &str| found.iter().any(|(known, _)| known == family);
    let Some(text) = TEXT.into_iter().find(|family| has(family)) else {
        let searched = own.iter().map(|path| path.display().to_string());
        return Err(searched.chain(SYSTEM.map(str::to_owned)).collect());
    };
    let mut families = vec![text.to_owned()];
    for family in own_families.into_iter().chain(RARE.map(str::to_owned).into_iter().filter(|family| has(family))) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let mut fonts = Vec::new();
    let mut taken = BTreeSet::new();
    for family in &families {
        for (_, font) in found.iter().filter(|(known, _)| known == family) {
            let info = font.info();
            if taken.insert((family.clone(), info.variant.weight.to_number(), format!("{:?}", info.variant.style))) {
                fonts.push(font.clone());
            }
        }
    }
    Ok(Fonts { fonts, families })
}

fn is_known(name: &str) -> bool {
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    FILES.iter().any(|known| plain.starts_with(known))
}

/// Adds the fonts below `directory`, in order of path: all of a bureau's own, the known of a system's.
fn collect(directory: &Path, is_own: bool, found: &mut Vec<(String, Font)>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, is_own, found);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_font = [".ttf", ".otf", ".ttc", ".otc"].iter().any(|end| name.to_lowercase().ends_with(end));
        if is_font && (is_own || is_known(&name)) {
            found.extend(load(&path, is_own));
        }
    }
}

/// The faces of a file that may be asked for. A collection holds one for each of five regions and
/// their monospaced twins, of which Simplified Chinese is the one to print.
fn load(path: &Path, is_own: bool) -> Vec<(String, Font)> {
    let Ok(bytes) = fs::read(path) else {
        return Vec::new();
    };
    let wanted =
        |info: &FontInfo| is_own || TEXT.contains(&info.family.as_str()) || RARE.contains(&info.family.as_str());
    let faces: Vec<u32> =
        (0_u32..).zip(FontInfo::iter(&bytes)).filter(|(_, info)| wanted(info)).map(|(index, _)| index).collect();
    if faces.is_empty() {
        return Vec::new();
    }
    let bytes = Bytes::new(bytes);
    let fonts = faces.into_iter().filter_map(|index| Font::new(bytes.clone(), index));
    fonts.map(|font| (font.info().family.to_string(), font)).collect()
}

impl Fonts {
    pub fn has(&self, character: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(character)))
    }

    /// Whether the character can be printed, or shows nothing and need not be.
    pub fn covers(&self, character: char) -> bool {
        character == ' ' || character == '\n' || (!character.is_control() && self.has(character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_known_families_are_opened() {
        for name in ["NotoSansCJK-Regular.ttc", "NotoSerifCJKsc-Bold.otf", "HanaMinB.ttf", "BabelStoneHan.ttf"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["DejaVuSans.ttf", "LiberationSerif.ttf"] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn without_a_chinese_font_the_places_searched_are_told() {
        let empty = Path::new("/nowhere").to_path_buf();
        // On a machine that has fonts this finds them; on one without, it says where it looked.
        match find(std::slice::from_ref(&empty)) {
            Ok(fonts) => assert!(fonts.has('电') && TEXT.contains(&fonts.families[0].as_str())),
            Err(searched) => assert_eq!(searched[0], "/nowhere"),
        }
    }
}
