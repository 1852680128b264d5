//! The file that the bank gets 送盘文件; docs/files.md describes it.

use kernel::Money;
use sha2::{Digest, Sha256};

use crate::debit::model::{Batch, Line};

/// The same for the same batch and lines, byte by byte.
pub fn text(batch: &Batch, lines: &[Line]) -> String {
    let total: Money = lines.iter().map(|line| line.amount).sum();
    let (count, total) = (lines.len().to_string(), total.to_string());
    let day = batch.wish.collect_on.to_string();
    let mut text = record(&["H", &batch.batch_no, &batch.wish.bank, &day, &count, &total]);
    for line in lines {
        let (amount, month) = (line.amount.to_string(), line.month.as_deref().unwrap_or_default());
        let fields = ["D", &line.line_no, &line.account_no, &line.holder, &amount, &line.supply_no, month];
        text.push_str(&record(&fields));
    }
    text
}

pub fn digest(text: &str) -> String {
    kernel::hex(Sha256::digest(text.as_bytes()))
}

fn record(fields: &[&str]) -> String {
    let quoted = |field: &&str| {
        if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { (*field).to_owned() }
    };
    let mut record = fields.iter().map(quoted).collect::<Vec<_>>().join(",");
    record.push_str("\r\n");
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_with_a_comma_stays_one_field() {
        assert_eq!(record(&["D", "张三, \"三\"店"]), "D,\"张三, \"\"三\"\"店\"\r\n");
    }
}
