//! The file that the bank gets 送盘文件; docs/files.md describes it.

use kernel::Money;
use platform::{Fault, Result};
use sha2::{Digest, Sha256};

use crate::debit::model::{Batch, Line};

/// The same for the same batch and lines, byte by byte.
pub fn text(batch: &Batch, lines: &[Line]) -> Result<String> {
    let total: Money = lines.iter().map(|line| line.amount).sum();
    let (count, total) = (lines.len().to_string(), total.to_string());
    let day = batch.wish.collect_on.to_string();
    let mut out = writer();
    put(&mut out, &["H", &batch.batch_no, &batch.wish.bank, &day, &count, &total])?;
    for line in lines {
        let (amount, month) = (line.amount.to_string(), line.month.as_deref().unwrap_or_default());
        put(&mut out, &["D", &line.line_no, &line.account_no, &line.holder, &amount, &line.supply_no, month])?;
    }
    written(out)
}

pub fn digest(text: &str) -> String {
    kernel::hex(Sha256::digest(text.as_bytes()))
}

type Out = csv::Writer<Vec<u8>>;

fn writer() -> Out {
    csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

fn put(out: &mut Out, record: &[&str]) -> Result<()> {
    out.write_record(record).map_err(|error| Fault::because("a record of a debit file", error))
}

fn written(out: Out) -> Result<String> {
    let bytes = out.into_inner().map_err(|error| Fault::because("the end of a debit file", error))?;
    String::from_utf8(bytes).map_err(|error| Fault::because("a debit file that is text", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_with_a_comma_stays_one_field() {
        let mut out = writer();
        put(&mut out, &["D", "张三, \"三\"店"]).expect("put");
        assert_eq!(written(out).expect("written"), "D,\"张三, \"\"三\"\"店\"\r\n");
    }
}
