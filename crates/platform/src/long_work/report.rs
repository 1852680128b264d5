//! The lines that a piece of work leaves for people, as a CSV file in its folder.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Fault, Result};

pub(super) const NAME: &str = "report.csv";

/// Written anew whenever the work begins again.
#[derive(Debug)]
pub struct Report {
    writer: csv::Writer<BufWriter<File>>,
    lines: u64,
}

impl Report {
    pub(super) fn begin(folder: &Path, header: &[&str]) -> Result<Report> {
        fs::create_dir_all(folder)?;
        let mut file = BufWriter::new(File::create(folder.join(NAME))?);
        // Spreadsheets take a file for the machine's own encoding unless it begins with this.
        file.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(header).map_err(|error| Fault::because("a report", error))?;
        Ok(Report { writer, lines: 0 })
    }

    pub fn line(&mut self, fields: &[&str]) -> Result<()> {
        self.lines += 1;
        let fields = fields.iter().map(|field| harmless(field));
        self.writer.write_record(fields).map_err(|error| Fault::because("a report", error))
    }

    pub fn lines(&self) -> u64 {
        self.lines
    }

    pub fn end(mut self) -> Result<()> {
        Ok(self.writer.flush()?)
    }
}

/// Text that a spreadsheet would take for a formula begins with an apostrophe.
fn harmless(field: &str) -> String {
    let is_number = field.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    if field.starts_with(['=', '@', '\t', '\r']) || (field.starts_with(['+', '-']) && !is_number) {
        return format!("'{field}");
    }
    field.to_owned()
}

/// The report in a folder, if there is one.
pub(super) fn in_folder(folder: &Path) -> Option<PathBuf> {
    Some(folder.join(NAME)).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_by_a_spreadsheet_as_text_and_never_as_a_formula() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut report = Report::begin(folder.path(), &["row", "message"]).expect("a report");
        report.line(&["2", "=HYPERLINK(1)"]).expect("a line");
        report.line(&["3", "-12.5"]).expect("a line");
        report.line(&["4", "-cmd"]).expect("a line");
        assert_eq!(report.lines(), 3);
        report.end().expect("written");
        let path = in_folder(folder.path()).expect("a report");
        let text = fs::read_to_string(path).expect("text");
        assert_eq!(text, "\u{feff}row,message\n2,'=HYPERLINK(1)\n3,-12.5\n4,'-cmd\n");
    }
}
