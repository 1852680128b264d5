//! `gridhall-paper`: orders for printed papers in, PDF out.
//!
//! ```text
//!   stdin   length (4 bytes, big endian) ▸ order as JSON                      … until it ends
//!   stdout  'R' ▸ length ▸ what the fonts are, as JSON                        once, when ready
//!           'P' ▸ length ▸ PDF   |   'N' ▸ length ▸ refusal as JSON           for each order
//! ```
//!
//! A process of its own, so that nothing else of the house is built or burdened with typesetting, and
//! so that one that hangs can be ended. It reads no clock, no network and no file but its fonts: the
//! same order gives the same bytes.

mod fonts;
mod press;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use kernel::paper::Order;
use serde::Serialize;

use press::Press;

/// An order of more than this is a mistake: 1 000 bills are a few MB.
const LARGEST: u32 = 256 * 1024 * 1024;

/// Why there is no paper.
#[derive(Debug, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Refused {
    /// No font has these characters; one entry for each paper that holds any.
    Glyphs { sheets: Vec<Uncovered> },
    /// There is no font for Chinese text at all.
    Fonts { searched: Vec<String> },
    /// The order cannot be read, or the form did not take it: a mistake of the two programs.
    Form { message: String },
}

/// The characters of one paper that no font has, and the text in which they stand.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    pub number: String,
    pub characters: String,
    pub text: String,
}

#[derive(Debug, Serialize)]
struct Ready<'p> {
    version: &'static str,
    families: &'p [String],
    error: Option<Refused>,
}

fn main() -> ExitCode {
    let own: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match serve(&own, &mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gridhall-paper: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(own: &[PathBuf], orders: &mut impl Read, papers: &mut impl Write) -> anyhow::Result<()> {
    let press = match fonts::find(own) {
        Ok(fonts) => Press::new(fonts),
        Err(searched) => {
            let ready =
                Ready { version: env!("CARGO_PKG_VERSION"), families: &[], error: Some(Refused::Fonts { searched }) };
            return answer(papers, b'R', &serde_json::to_vec(&ready)?);
        }
    };
    let ready = Ready { version: env!("CARGO_PKG_VERSION"), families: press.families(), error: None };
    answer(papers, b'R', &serde_json::to_vec(&ready)?)?;
    while let Some(text) = next(orders)? {
        let printed = match serde_json::from_slice::<Order>(&text) {
            Ok(order) => press.print(order),
            Err(error) => Err(Refused::Form { message: error.to_string() }),
        };
        match printed {
            Ok(pdf) => answer(papers, b'P', &pdf)?,
            Err(refused) => answer(papers, b'N', &serde_json::to_vec(&refused)?)?,
        }
    }
    Ok(())
}

/// The next order; none when whoever sends them is gone.
fn next(orders: &mut impl Read) -> anyhow::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if let Err(error) = orders.read_exact(&mut length) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error.into()) };
    }
    let length = u32::from_be_bytes(length);
    anyhow::ensure!(length <= LARGEST, "an order of {length} bytes");
    let mut text = vec![0; usize::try_from(length)?];
    orders.read_exact(&mut text)?;
    Ok(Some(text))
}

fn answer(papers: &mut impl Write, kind: u8, body: &[u8]) -> anyhow::Result<()> {
    papers.write_all(&[kind])?;
    papers.write_all(&u32::try_from(body.len())?.to_be_bytes())?;
    papers.write_all(body)?;
    Ok(papers.flush()?)
}
