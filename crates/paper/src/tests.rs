//! Papers as they come off the press, on the fonts of this machine (Debian: fonts-noto-cjk).

use kernel::paper::{
    Bar, BillSheet, ChargeRow, Due, Fact, Issuer, Order, PaidRow, PaperLanguage, PaperSize, ReadEnd, ReadRow,
    ReceiptSheet, Sheet, Standing, TierScale,
};
use kernel::{Date, Energy, Month};

use crate::fonts;
use crate::press::Press;
use crate::{Refused, answer, next, serve};

fn press() -> Press {
    Press::new(fonts::find(&[]).expect("a font for Chinese text"))
}

fn order(sheets: Vec<Sheet>) -> Order {
    Order {
        language: PaperLanguage::Zh,
        size: PaperSize::A4,
        title: "电费账单".into(),
        dated_on: kernel::time::parse_date("2026-11-01").unwrap_or(Date::MIN),
        issuer: Issuer {
            name: "示范县供电公司".into(),
            contact: vec!["地址：中山路 1 号".into()],
            hotline: "95598".into(),
            ways_to_pay: vec!["营业厅".into()],
            notes: Vec::new(),
        },
        sheets,
    }
}

fn bill(name: &str, reads: usize) -> Sheet {
    let end = |value: &str, is_estimate: bool| ReadEnd {
        on: "2026-10-31".into(),
        value: value.into(),
        kind: if is_estimate { "估抄" } else { "实抄" }.into(),
        is_estimate,
    };
    let read = ReadRow {
        meter_no: "M1".into(),
        register: "总".into(),
        from: end("100", false),
        to: end("340", true),
        multiplier: "1".into(),
        quantity: "240".into(),
        remark: None,
    };
    let month: Month = "2026-10".parse().unwrap_or_else(|_| Month::of(Date::MIN));
    let line = ChargeRow {
        name: "电量电费".into(),
        quantity: "240".into(),
        unit: "千瓦时".into(),
        price: "0.538".into(),
        amount: "129.12".into(),
        basis: Some(1),
    };
    Sheet::Bill(Box::new(BillSheet {
        bill_no: "20261000000001".into(),
        standing: Standing::Valid,
        remark: None,
        cycle: month,
        name: name.into(),
        address: Some("翠竹路 12 号".into()),
        supply_no: "0000000001".into(),
        facts: vec![Fact::new("用电类别", "居民生活")],
        reads: vec![read; reads],
        estimate_note: Some("估抄的示数待实抄后多退少补。".into()),
        lines: vec![line],
        bases: vec!["省物价局通知".into()],
        energy: "240".into(),
        amount: "129.12".into(),
        capitals: "壹佰贰拾玖元壹角贰分".into(),
        contained: vec![Fact::new("增值税", "14.85 元")],
        due: Due {
            as_of: "2026-11-01".into(),
            steps: vec![Fact::new("本期电费", "129.12")],
            amount: "129.12".into(),
            capitals: "壹佰贰拾玖元壹角贰分".into(),
            due_on: Some("2026-11-16".into()),
        },
        history: vec![Bar { cycle: month, energy: Some(Energy::from_kwh(240)), is_estimate: true }],
        tiers: Some(TierScale {
            span: "2026 年累计".into(),
            used: Energy::from_kwh(2880),
            used_text: "2880 千瓦时".into(),
            limits: vec![Energy::from_kwh(2760), Energy::from_kwh(4800)],
            names: vec!["第 1 档".into(), "第 2 档".into(), "第 3 档".into()],
            left: None,
        }),
        code: "https://example.cn/b/20261000000001".into(),
        digest: "8a9b825c".into(),
    }))
}

fn receipt() -> Sheet {
    Sheet::Receipt(Box::new(ReceiptSheet {
        receipt_no: "R1".into(),
        standing: Standing::Reversal,
        remark: Some("冲正收据 R0".into()),
        copy: Some("补打".into()),
        facts: vec![Fact::new("缴费方式", "现金")],
        rows: vec![PaidRow {
            supply_no: "0000000001".into(),
            name: "张三".into(),
            purpose: "电费".into(),
            bill: Some("20261000000001".into()),
            amount: "-129.12".into(),
        }],
        amount: "-129.12".into(),
        capitals: "负壹佰贰拾玖元壹角贰分".into(),
        after: vec![Fact::new("找零", "0.00")],
        code: "R1".into(),
    }))
}

fn pages(pdf: &[u8]) -> usize {
    let needle = b"/Type/Page/";
    pdf.windows(needle.len()).filter(|window| window == needle).count()
}

#[test]
fn the_same_order_gives_the_same_bytes_and_another_press_too() {
    let (first, second) = (press(), press());
    let print = |press: &Press| press.print(order(vec![bill("张三", 1), receipt()])).expect("printed");
    let pdf = print(&first);
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(print(&first), pdf);
    first.print(order(vec![bill("李四", 3)])).expect("printed");
    assert_eq!(print(&first), pdf);
    assert_eq!(print(&second), pdf);
}

#[test]
fn rare_characters_of_names_are_printed_and_those_without_a_glyph_are_refused_by_name() {
    let press = press();
    press.print(order(vec![bill("𠮷䶮㛃", 1)])).expect("printed");
    let sheets = vec![bill("张三", 1), bill("王\u{2ebef}\u{fffe}", 1)];
    let Err(Refused::Glyphs { sheets }) = press.print(order(sheets)) else {
        panic!("printed what it cannot draw");
    };
    assert_eq!(sheets.len(), 1);
    assert_eq!(sheets[0].number, "20261000000001");
    assert!(sheets[0].characters.contains('\u{fffe}') && !sheets[0].characters.contains('王'));
}

#[test]
fn a_control_character_is_never_swallowed() {
    let printed = press().print(order(vec![bill("张\u{7}三", 1)]));
    assert!(matches!(printed, Err(Refused::Glyphs { .. })));
}

#[test]
fn every_paper_of_an_order_begins_on_its_own_page_in_either_language() {
    for language in [PaperLanguage::Zh, PaperLanguage::En] {
        let sheets = vec![bill("张三", 1), bill("李四", 40), receipt()];
        let pdf = press().print(Order { language, size: PaperSize::A5, ..order(sheets) }).expect("printed");
        assert_eq!(pages(&pdf), 4, "a long bill runs over to a second page");
    }
}

#[test]
fn an_order_that_cannot_be_read_is_answered_and_the_next_is_printed() {
    let mut orders = Vec::new();
    let good = serde_json::to_vec(&order(vec![receipt()])).expect("json");
    for text in [&b"{}"[..], &good] {
        orders.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
        orders.extend(text);
    }
    let mut papers = Vec::new();
    serve(&[], &mut orders.as_slice(), &mut papers).expect("served");
    let mut kinds = Vec::new();
    let mut rest = papers.as_slice();
    while let Some((kind, tail)) = rest.split_first() {
        kinds.push(*kind);
        let mut reader = tail;
        let body = next(&mut reader).expect("whole").expect("a body");
        assert!(!body.is_empty());
        rest = reader;
    }
    assert_eq!(kinds, b"RNP");
}

#[test]
fn an_answer_is_its_kind_its_length_and_its_body() {
    let mut out = Vec::new();
    answer(&mut out, b'P', b"pdf").expect("written");
    assert_eq!(out, b"P\0\0\0\x03pdf");
}
