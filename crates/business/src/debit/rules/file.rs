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
    let mut records = vec![vec!["H".to_owned(), batch.batch_no.clone(), batch.wish.bank.clone(), day, count, total]];
    for line in lines {
        let Line { line_no, account_no, holder, supply_no, .. } = line;
        let [line_no, account_no, holder, supply_no] = [line_no, account_no, holder, supply_no].map(Clone::clone);
        let month = line.month.clone().unwrap_or_default();
        records.push(vec!["D".to_owned(), line_no, account_no, holder, line.amount.to_string(), supply_no, month]);
    }
    written(&records)
}

pub fn digest(text: &str) -> String {
    kernel::hex(Sha256::digest(text.as_bytes()))
}

fn written(records: &[Vec<String>]) -> Result<String> {
    let mut out = csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error| Fault::because("a record of a debit file", error);
    for record in records {
        out.write_record(record).map_err(failed)?;
    }
    let bytes = out.into_inner().map_err(|error| Fault::because("the end of a debit file", error))?;
    String::from_utf8(bytes).map_err(|error| Fault::because("a debit file that is text", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_with_a_comma_stays_one_field() {
        let record = ["D", "张三, \"三\"店"].map(str::to_owned);
        assert_eq!(written(&[record.to_vec()]).expect("written"), "D,\"张三, \"\"三\"\"店\"\r\n");
    }
}
