//! Running other programs, and telling how long it took.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::repo;

/// Runs cargo at the root of the repository, its output going where ours goes.
pub fn cargo<S: AsRef<OsStr>>(args: &[S]) -> Result<()> {
    run(cargo_command()?.args(args))
}

pub fn cargo_command() -> Result<Command> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(repo::root()?);
    // Cargo describes xtask's own package to xtask; a cargo below it must not see that.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            command.env_remove(name);
        }
    }
    Ok(command)
}

pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", describe(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", describe(command));
    }
    Ok(())
}

/// Runs to the end and answers what was printed; what went wrong is in the error.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", describe(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}: {}", describe(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Passes the output of a program on as it comes, and keeps a copy.
pub fn tee(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    let out = child.stdout.take().context("no stdout")?;
    let err = child.stderr.take().context("no stderr")?;
    let err = thread::spawn(move || copy_lines(err, std::io::stderr()));
    let mut text = copy_lines(out, std::io::stdout());
    let status = child.wait()?;
    match err.join() {
        Ok(more) => text.push_str(&more),
        Err(_) => bail!("lost the error output of {}", describe(command)),
    }
    Ok((status.success(), text))
}

fn copy_lines(from: impl Read, mut to: impl Write) -> String {
    let mut reader = BufReader::new(from);
    let mut all = String::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
        // A closed terminal must not end the program whose output we pass on.
        let _ = to.write_all(&line);
        let _ = to.flush();
        all.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    all
}

pub fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

pub fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = act();
    (result, start.elapsed())
}

pub fn seconds(duration: Duration) -> String {
    format!("{}.{}", duration.as_secs(), duration.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_passed_on_and_kept_with_the_verdict() {
        let (ok, text) = tee(Command::new("sh").args(["-c", "echo a; echo b >&2; exit 3"])).expect("sh runs");
        assert!(!ok);
        assert_eq!(text, "a\nb\n");
    }

    #[test]
    fn a_failing_program_is_named_with_its_complaint() {
        let error = read(Command::new("sh").args(["-c", "echo no >&2; exit 1"])).unwrap_err();
        assert!(error.to_string().contains("sh -c"), "{error}");
        assert!(error.to_string().ends_with("no"), "{error}");
    }

    #[test]
    fn seconds_are_shown_to_a_tenth() {
        assert_eq!(seconds(Duration::from_millis(61_250)), "61.2");
    }
}
