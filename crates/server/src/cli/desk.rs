//! Where a command's results and progress go.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use kernel::{Clock, Refusal, Timestamp};
use platform::Result;
use platform::jobs::Watch;

/// CSV on stdout, line by line as it becomes true. A command that is refused outright says nothing
/// here, not even the header.
pub struct Report {
    writer: csv::Writer<Box<dyn Write + Send>>,
    header: Option<&'static [&'static str]>,
    /// Where it is written, and the name that it has when it is whole.
    file: Option<(PathBuf, PathBuf)>,
}

impl Report {
    pub fn new(header: &'static [&'static str]) -> Report {
        Report::over(Box::new(BufWriter::new(io::stdout())), header)
    }

    /// In a file, where one is named.
    pub fn to(file: Option<&Path>, header: &'static [&'static str]) -> Result<Report> {
        let Some(whole) = file else { return Ok(Report::new(header)) };
        let part = whole.with_added_extension("part");
        let sink = File::create(&part).map_err(|error| unwritable(&part, &error))?;
        let report = Report::over(Box::new(BufWriter::new(sink)), header);
        Ok(Report { file: Some((part, whole.to_owned())), ..report })
    }

    fn over(writer: Box<dyn Write + Send>, header: &'static [&'static str]) -> Report {
        Report { writer: csv::Writer::from_writer(writer), header: Some(header), file: None }
    }

    pub fn line(&mut self, fields: &[&str]) -> Result<()> {
        self.head()?;
        self.writer.write_record(fields).map_err(io_error)
    }

    fn head(&mut self) -> Result<()> {
        self.header.take().map_or(Ok(()), |header| self.writer.write_record(header).map_err(io_error))
    }

    /// What was said reaches the reader now.
    pub fn end(mut self) -> Result<()> {
        self.head()?;
        self.writer.flush()?;
        let Some((part, whole)) = &self.file else { return Ok(()) };
        Ok(std::fs::rename(part, whole).map_err(|error| unwritable(whole, &error))?)
    }
}

pub fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    Refusal::invalid(
        "file.unwritable",
        format!("无法写入 {}：{error}", path.display()),
        format!("{} cannot be written: {error}", path.display()),
    )
}

pub fn io_error(error: csv::Error) -> platform::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => platform::Fault::impossible(format!("writing CSV: {other:?}")),
    }
}

/// A line on stdout. A reader that has seen enough ends the command and is no fault.
pub fn print(line: impl Display) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Progress as lines on stderr, a few a second at most.
pub struct Progress {
    clock: Clock,
    said: Timestamp,
    word: &'static str,
}

impl Progress {
    pub fn new(word: &'static str) -> Progress {
        Progress { clock: Clock::System, said: Timestamp::UNIX_EPOCH, word }
    }
}

impl Watch for Progress {
    fn progress(&mut self, done: u64, of: Option<u64>) -> Result<()> {
        let now = self.clock.now();
        let last = of == Some(done);
        if !last && now.duration_since(self.said).as_millis() < 200 {
            return Ok(());
        }
        self.said = now;
        let of = of.map_or_else(String::new, |of| format!("/{of}"));
        let _ = writeln!(io::stderr(), "{} {done}{of}", self.word);
        Ok(())
    }
}
