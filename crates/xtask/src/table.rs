//! CSV as the product prints it: columns by name.

use anyhow::{Context, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers()?.iter().map(str::to_owned).collect();
        let rows =
            reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect())).collect::<Result<_>>()?;
        Ok(Self { header, rows })
    }

    pub fn column(&self, name: &str) -> Result<usize> {
        self.header
            .iter()
            .position(|column| column == name)
            .with_context(|| format!("no column `{name}` among {}", self.header.join(",")))
    }

    /// Each row as the values of the named columns.
    pub fn select<const N: usize>(&self, names: [&str; N]) -> Result<Vec<[&str; N]>> {
        let mut columns = [0; N];
        for (column, name) in columns.iter_mut().zip(names) {
            *column = self.column(name)?;
        }
        Ok(self.rows.iter().map(|row| columns.map(|i| row.get(i).map_or("", String::as_str))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let table = Table::parse("\u{feff}b,a\n1,\"x,y\"\n2,z\n").expect("CSV");
        assert_eq!(table.select(["a", "b"]).expect("both columns"), [["x,y", "1"], ["z", "2"]]);
        assert!(table.select(["c"]).is_err());
    }
}
