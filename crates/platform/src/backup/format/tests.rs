use super::*;
use crate::db::Column;

fn column(name: &str, kind: ColumnType, nullable: bool) -> Column {
    Column { name: name.into(), kind, nullable }
}

fn header(bureau: &str) -> Header {
    let columns = vec![
        column("id", ColumnType::Uuid, false),
        column("n", ColumnType::BigInt, true),
        column("t", ColumnType::Text, true),
        column("other", ColumnType::Uuid, true),
    ];
    Header {
        program: "0.1.0".into(),
        made_at: Timestamp::UNIX_EPOCH,
        bureau: bureau.into(),
        engine: "sqlite".into(),
        steps: vec![("2026-01-01 a".into(), "d".into())],
        tables: vec![Table { name: "thing".into(), columns, key: vec![0] }],
        left_out: Vec::new(),
    }
}

fn row(id: u128, number: Option<i64>, text: Option<&str>, other: Option<u128>) -> Vec<Param> {
    let other = other.map(Uuid::from_u128);
    vec![Param::from(Uuid::from_u128(id)), Param::from(number), Param::from(text), Param::from(other)]
}

fn blocks() -> Vec<Block> {
    let file = |begins, bytes: &[u8]| Block::File { path: "gridhall.toml".into(), begins, bytes: bytes.to_vec() };
    vec![
        Block::Rows {
            table: 0,
            rows: vec![row(0, Some(i64::MIN), Some(""), None), row(1, Some(i64::MAX), None, Some(0))],
        },
        Block::Rows { table: 0, rows: vec![row(2, None, Some("张三\0\u{1}🙂"), Some(u128::MAX))] },
        Block::Rows { table: 0, rows: (3..40).map(|id| row(id, Some(-64), Some("长文本"), None)).collect() },
        file(true, b"zone = "),
        file(false, b"\"Asia/Shanghai\"\n"),
    ]
}

fn written(bureau: &str, blocks: &[Block]) -> (Vec<u8>, String) {
    let mut writer = Writer::begin(Vec::new(), &header(bureau)).expect("begun");
    blocks.iter().for_each(|block| writer.put(block).expect("written"));
    let (bytes, length, digest, _) = writer.end().expect("ended");
    assert_eq!(bytes.len() as u64, length);
    (bytes, digest)
}

fn read(bytes: &[u8]) -> Result<(Vec<Block>, Trailer, String)> {
    let mut reader = Reader::open(bytes)?;
    let mut blocks = Vec::new();
    while let Some(block) = reader.next()? {
        blocks.push(block);
    }
    Ok((blocks, reader.seen().clone(), reader.digest()))
}

#[track_caller]
fn refused(bytes: &[u8]) -> &'static str {
    let error = read(bytes).expect_err("refused");
    error.refusal().unwrap_or_else(|| panic!("a refusal, not a fault: {error}")).code
}

/// Where each part of a file begins: the first line, the header, the blocks, the trailer; and the end.
fn parts(bytes: &[u8]) -> Vec<usize> {
    let mut at = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let mut parts = vec![0, at];
    while at < bytes.len() {
        let stored = u32::from_be_bytes(bytes[at + 9..at + 13].try_into().expect("four"));
        at += HEAD + stored as usize;
        parts.push(at);
    }
    parts
}

/// The file made of these parts of it.
fn of_parts(bytes: &[u8], order: &[usize]) -> Vec<u8> {
    let parts = parts(bytes);
    order.iter().flat_map(|part| bytes[parts[*part]..parts[*part + 1]].to_vec()).collect()
}

#[test]
fn what_was_written_is_read() {
    let (bytes, digest) = written("县供电公司", &blocks());
    let (read, trailer, whole) = read(&bytes).expect("read");
    assert_eq!((read, whole), (blocks(), digest));
    assert_eq!((trailer.rows["thing"], trailer.files, trailer.blocks), (40, 1, 5));
    assert_eq!(Reader::open(&bytes[..]).expect("open").header.bureau, "县供电公司");
    assert_ne!(written("another", &blocks()).1, written("县供电公司", &blocks()).1);
}

#[test]
fn a_file_is_refused_wherever_it_is_cut() {
    let (bytes, _) = written("a", &blocks());
    for end in 0..bytes.len() {
        assert_eq!(refused(&bytes[..end]), "backup.cut-short", "after {end} of {} bytes", bytes.len());
    }
}

#[test]
fn a_file_is_refused_whichever_bit_of_it_flips() {
    let (bytes, _) = written("a", &blocks());
    let line = parts(&bytes)[1];
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let code = refused(&flipped);
            let is_told = if at < line {
                ["backup.foreign", "backup.newer-format"].contains(&code)
            } else {
                code == "backup.altered"
            };
            assert!(is_told, "bit {bit} of byte {at}: {code}");
        }
    }
}

#[test]
fn sound_blocks_at_wrong_places_are_refused() {
    let (bytes, _) = written("a", &blocks());
    // Line, header, five blocks, trailer.
    assert_eq!(parts(&bytes).len(), 9);
    assert_eq!(of_parts(&bytes, &[0, 1, 2, 3, 4, 5, 6, 7]), bytes);
    let cases: [(&str, &[usize]); 8] = [
        ("swapped", &[0, 1, 3, 2, 4, 5, 6, 7]),
        ("left out", &[0, 1, 2, 4, 5, 6, 7]),
        ("twice", &[0, 1, 2, 2, 3, 4, 5, 6, 7]),
        ("without the header", &[0, 2, 3, 4, 5, 6, 7]),
        ("the header twice", &[0, 1, 1, 2, 3, 4, 5, 6, 7]),
        ("the last two swapped", &[0, 1, 2, 3, 4, 6, 5, 7]),
        ("the first at the end", &[0, 1, 3, 4, 5, 6, 2, 7]),
        ("the trailer first", &[0, 7, 1, 2, 3, 4, 5, 6]),
    ];
    for (what, order) in cases {
        let code = refused(&of_parts(&bytes, order));
        assert_eq!(code, if order[1] == 7 { "backup.other-trailer" } else { "backup.misplaced" }, "{what}");
    }
    assert_eq!(refused(&of_parts(&bytes, &[0, 1, 2, 3, 7])), "backup.other-trailer", "an early end");
    assert_eq!(refused(&of_parts(&bytes, &[0, 1, 2, 3, 4, 5, 6, 7, 7])), "backup.altered", "something after the end");
}

#[test]
fn parts_of_another_back_up_are_refused() {
    let (one, _) = written("a", &blocks());
    let (other, _) = written("b", &blocks());
    let (a, b) = (parts(&one), parts(&other));
    let other_header = [&one[..a[1]], &other[b[1]..b[2]], &one[a[2]..]].concat();
    assert_eq!(refused(&other_header), "backup.misplaced");
    let other_block = [&one[..a[3]], &other[b[3]..b[4]], &one[a[4]..]].concat();
    assert_eq!(refused(&other_block), "backup.misplaced");
    let other_trailer = [&one[..a[7]], &other[b[7]..]].concat();
    assert_eq!(refused(&other_trailer), "backup.other-trailer");
}

#[test]
fn what_is_no_back_up_or_a_later_one_is_told() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "backup.cut-short"),
        (b"supply_no,name\n", "backup.foreign"),
        (&[0x1f, 0x8b, 8, 0, 0, 0], "backup.foreign"),
        (b"GRIDHALL BACKUP 2\nsomething new", "backup.newer-format"),
        (b"GRIDHALL BACKUP 0\n", "backup.foreign"),
        (b"GRIDHALL BACKUP one\n", "backup.foreign"),
        (&[b'x'; 4096], "backup.foreign"),
    ];
    for (bytes, code) in cases {
        assert_eq!(refused(bytes), code, "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(20)]));
    }
}

#[test]
fn a_count_that_is_wrong_under_true_digests_is_refused() {
    let mut writer = Writer::begin(Vec::new(), &header("a")).expect("begun");
    blocks().iter().for_each(|block| writer.put(block).expect("written"));
    writer.trailer.rows.insert("thing".into(), 41);
    let (bytes, ..) = writer.end().expect("ended");
    assert_eq!(refused(&bytes), "backup.miscounted");
}

#[test]
fn rows_that_do_not_fit_their_table_are_refused() {
    let wrong: [Vec<Param>; 4] = [
        vec![Param::Id(None), Param::Integer(None), Param::Text(None), Param::Id(None)],
        vec![Param::from("text"), Param::Integer(None), Param::Text(None), Param::Id(None)],
        vec![Param::from(Uuid::nil()), Param::from("text"), Param::Text(None), Param::Id(None)],
        vec![Param::from(Uuid::nil()), Param::Integer(None), Param::Text(None)],
    ];
    for row in wrong {
        let (bytes, _) = written("a", &[Block::Rows { table: 0, rows: vec![row] }]);
        assert_eq!(refused(&bytes), "backup.altered");
    }
}
