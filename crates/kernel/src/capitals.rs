//! An amount in the capital numerals of vouchers 大写金额, which cannot be altered by a stroke.

use crate::Money;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

impl Money {
    /// `壹佰贰拾玖元壹角贰分`; a whole amount ends in 整, a negative one begins with 负.
    pub fn in_capitals(self) -> String {
        let fen = self.fen().unsigned_abs();
        let (yuan, jiao, rest) = (fen / 100, fen / 10 % 10, fen % 10);
        let mut text = String::new();
        if self.is_negative() {
            text.push('负');
        }
        if yuan > 0 || fen == 0 {
            text.push_str(&whole(yuan));
            text.push('元');
        }
        if jiao > 0 {
            text.push(digit(jiao));
            text.push('角');
        } else if yuan > 0 && rest > 0 {
            text.push('零');
        }
        if rest > 0 {
            text.push(digit(rest));
            text.push('分');
        } else {
            text.push('整');
        }
        text
    }
}

fn digit(digit: u64) -> char {
    usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or('零')
}

/// A whole number, read in groups of four digits as Chinese does; zeros between are read once.
fn whole(number: u64) -> String {
    const GROUPS: [(u64, char); 5] = [(100_000_000, '亿'), (10_000, '万'), (1000, '仟'), (100, '佰'), (10, '拾')];
    for (size, unit) in GROUPS {
        if number < size {
            continue;
        }
        let (head, rest) = (number / size, number % size);
        let mut text = whole(head);
        text.push(unit);
        if rest > 0 {
            if rest < size / 10 {
                text.push('零');
            }
            text.push_str(&whole(rest));
        }
        return text;
    }
    digit(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_rules_of_vouchers_ask() {
        let table = [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (100, "壹元整"),
            (1000, "壹拾元整"),
            (1050, "壹拾元伍角整"),
            (10005, "壹佰元零伍分"),
            (12912, "壹佰贰拾玖元壹角贰分"),
            (100_405, "壹仟零肆元零伍分"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (10_050_000, "壹拾万零伍佰元整"),
            (10_700_053, "壹拾万柒仟元伍角叁分"),
            (100_000_000_000, "壹拾亿元整"),
            (1_000_000_010_001, "壹佰亿零壹佰元零壹分"),
            (-8339, "负捌拾叁元叁角玖分"),
        ];
        for (fen, text) in table {
            assert_eq!(Money::from_fen(fen).in_capitals(), text, "{fen}");
        }
    }

    #[test]
    fn the_largest_amounts_are_written_too() {
        assert!(Money::from_fen(i64::MAX).in_capitals().starts_with("玖亿贰仟贰佰叁拾叁万"));
        assert!(Money::from_fen(i64::MIN).in_capitals().starts_with("负玖亿"));
    }
}
