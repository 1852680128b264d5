//! From an empty machine to a bureau that one can work in.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::node::Node;
use crate::{repo, shell, tools, web};

pub struct Wish {
    pub customers: Option<u32>,
    pub seed: Option<u32>,
}

/// Builds what is not built, fills an empty data directory with the demonstration, and serves. The
/// program itself leaves a bureau of one's own alone, and prints the passwords past us.
pub fn run(data: &Path, listen: &str, wish: &Wish) -> Result<()> {
    let (built, time) = shell::timed(build);
    let binary = built?;
    println!("built in {} s", shell::seconds(time));
    fs::create_dir_all(data)?;
    let mut fill = Command::new(&binary);
    fill.args(["demo", "--if-empty", "--data"]).arg(data);
    for (name, value) in [("--customers", wish.customers), ("--seed", wish.seed)] {
        if let Some(value) = value {
            fill.arg(name).arg(value.to_string());
        }
    }
    let (filled, time) = shell::timed(|| shell::run(&mut fill));
    filled?;
    println!("looked at {} and filled what was empty in {} s", data.display(), shell::seconds(time));
    println!("serving http://{listen}, Ctrl-C ends it\n");
    let error = Command::new(&binary).args(["serve", "--listen", listen, "--data"]).arg(data).exec();
    Err(error).context("cannot start gridhall serve")
}

/// The pages, the program that carries them, and the one beside it that prints.
pub fn build() -> Result<PathBuf> {
    tools::ensure_c_compiler()?;
    if env::var_os("GRIDHALL_BIN").is_none() {
        web::build(&Node::ensure()?)?;
        tools::ensure_fonts()?;
        repo::build_paper()?;
    }
    repo::build_gridhall()
}
