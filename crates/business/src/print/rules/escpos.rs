//! A receipt for a thermal printer of 80 mm: ESC/POS, text in GB18030.
//!
//! Such printers have the two-byte characters in their own memory and no others. A character that they
//! have not is shown as 〓, the sign for one: it is never dropped, and the PDF receipt has it.

use kernel::paper::{PaperLanguage, Standing};
use platform::paper::IssuerPack;

use super::receipt::{Words, standing};
use crate::payment::Receipt;
use crate::supply::masked_name;

/// Columns of the printer's own font; a Chinese character takes two.
const COLUMNS: usize = 48;

const INIT: &[u8] = b"\x1b@";
/// Chinese characters by two bytes.
const CHINESE: &[u8] = b"\x1c&";
const LEFT: &[u8] = b"\x1ba\x00";
const CENTRE: &[u8] = b"\x1ba\x01";
const PLAIN: &[u8] = b"\x1d!\x00";
/// Twice as wide and as high.
const LARGE: &[u8] = b"\x1d!\x11";
const FEED: &[u8] = b"\x1bd\x04";
const CUT: &[u8] = b"\x1dVB\x00";

pub fn bytes(receipt: &Receipt, codes: &IssuerPack, hotline: &str) -> Vec<u8> {
    let words = Words { receipt, language: PaperLanguage::Zh };
    let payment = &receipt.payment.payment;
    let mut paper = Paper::default();
    for command in [INIT, CHINESE, CENTRE] {
        paper.command(command);
    }
    paper.line(&receipt.company);
    paper.command(LARGE);
    let title = match standing(&receipt.payment) {
        Standing::Valid => "电费收据",
        Standing::Cancelled => "电费收据（作废）",
        Standing::Reversal => "电费收据（红字）",
    };
    paper.line(title);
    paper.command(PLAIN);
    if receipt.reprint > 0 {
        paper.line(&format!("*** 补打 {} ***", receipt.reprint));
    }
    paper.command(LEFT);
    paper.pair("收据号", &payment.receipt_no);
    for fact in words.facts() {
        paper.pair(&fact.label, &fact.value);
    }
    paper.rule();
    let mut last = None;
    for row in &receipt.payment.shares {
        if last != Some(&row.supply_no) {
            paper.line(&format!("{} {}", row.supply_no, masked_name(&row.name)));
            last = Some(&row.supply_no);
        }
        let purpose = row.share.purpose.label().zh;
        let label = row.cycle.as_ref().map_or_else(|| purpose.to_string(), |cycle| format!("{purpose} {cycle}"));
        paper.pair(&format!("  {label}"), &row.share.amount.to_string());
    }
    paper.rule();
    paper.pair("合计（元）", &payment.amount.to_string());
    paper.line(&format!("人民币 {}", receipt.in_capitals));
    for fact in words.after() {
        paper.pair(&fact.label, &fact.value);
    }
    if let Some(remark) = words.remark() {
        paper.line(&remark);
    }
    paper.command(CENTRE);
    paper.code(&codes.receipt_code(&payment.receipt_no, &payment.amount.to_string()));
    paper.line(&format!("客户服务热线 {hotline}"));
    paper.line("请妥善保管，以备查询");
    paper.command(FEED);
    paper.command(CUT);
    paper.0
}

#[derive(Default)]
struct Paper(Vec<u8>);

impl Paper {
    fn command(&mut self, command: &[u8]) {
        self.0.extend(command);
    }

    /// A line, over several where it is too long.
    fn line(&mut self, text: &str) {
        let mut used = 0;
        for character in text.chars() {
            let width = width(character);
            if used + width > COLUMNS {
                self.0.push(b'\n');
                used = 0;
            }
            self.character(character);
            used += width;
        }
        self.0.push(b'\n');
    }

    /// What it is at the left, how much at the right.
    fn pair(&mut self, label: &str, value: &str) {
        let taken = columns(label) + columns(value);
        if taken < COLUMNS {
            self.line(&format!("{label}{}{value}", " ".repeat(COLUMNS - taken)));
        } else {
            self.line(label);
            let indent = COLUMNS.saturating_sub(columns(value));
            self.line(&format!("{}{value}", " ".repeat(indent)));
        }
    }

    fn rule(&mut self) {
        self.line(&"-".repeat(COLUMNS));
    }

    fn character(&mut self, character: char) {
        let mut one = [0; 4];
        let text: &str = character.encode_utf8(&mut one);
        let (bytes, ..) = encoding_rs::GB18030.encode(text);
        match bytes.len() {
            1 if character.is_control() => self.0.extend(MISSING),
            1 | 2 => self.0.extend(bytes.as_ref()),
            _ => self.0.extend(MISSING),
        }
    }

    /// A QR code: model 2, six dots a module, correction M, its text, and its print.
    fn code(&mut self, text: &str) {
        self.command(b"\x1d(k\x04\x001A2\x00");
        self.command(b"\x1d(k\x03\x001C\x06");
        self.command(b"\x1d(k\x03\x001E1");
        let data = text.as_bytes();
        let [low, high] = u16::try_from(data.len() + 3).unwrap_or(u16::MAX).to_le_bytes();
        self.command(&[0x1d, b'(', b'k', low, high, b'1', b'P', b'0']);
        self.command(data);
        self.command(b"\x1d(k\x03\x001Q0");
        self.0.push(b'\n');
    }
}

/// 〓 in GB18030.
const MISSING: &[u8] = &[0xa1, 0xfe];

fn width(character: char) -> usize {
    if character.is_ascii() { 1 } else { 2 }
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(write: impl Fn(&mut Paper)) -> Vec<u8> {
        let mut paper = Paper::default();
        write(&mut paper);
        paper.0
    }

    #[test]
    fn text_goes_out_in_gb18030_and_amounts_stand_at_the_right_edge() {
        let line = of(|paper| paper.pair("合计", "129.12"));
        let mut expected = vec![0xba, 0xcf, 0xbc, 0xc6];
        expected.extend(" ".repeat(38).as_bytes());
        expected.extend(b"129.12\n");
        assert_eq!(line, expected);
    }

    #[test]
    fn a_character_that_the_printer_has_not_is_shown_as_missing_and_never_dropped() {
        assert_eq!(of(|paper| paper.line("王𠮷")), [0xcd, 0xf5, 0xa1, 0xfe, b'\n']);
        assert_eq!(of(|paper| paper.line("a\u{1b}@b")), [b'a', 0xa1, 0xfe, b'@', b'b', b'\n']);
    }

    #[test]
    fn what_is_too_long_goes_on_in_the_next_line() {
        let long = of(|paper| paper.line(&"电".repeat(25)));
        assert_eq!(long.iter().filter(|byte| **byte == b'\n').count(), 2);
        assert_eq!(long[48], b'\n');
        let wide = of(|paper| paper.pair(&"电".repeat(24), "1.00"));
        assert_eq!(wide.iter().filter(|byte| **byte == b'\n').count(), 2);
    }

    #[test]
    fn a_qr_code_is_told_its_length() {
        let code = of(|paper| paper.code("AB"));
        assert_eq!(
            code,
            b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1\x1d(k\x05\x001P0AB\x1d(k\x03\x001Q0\n"
        );
    }
}
