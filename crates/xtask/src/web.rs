//! The pages: fetched, checked and built only when their sources have changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::node::Node;
use crate::{repo, shell};

/// What is no source: made from the sources, or only tried on them.
const MADE: [&str; 3] = ["node_modules", "dist", "stories"];

/// The pages in `web/dist`, from which the next build of the program takes them.
pub fn build(node: &Node) -> Result<()> {
    let web = repo::root()?.join("web");
    let sources = digest(&web)?;
    let mark = repo::root()?.join("target/tools/web.built");
    if web.join("dist/index.html").is_file() && is_marked(&mark, &sources) {
        return Ok(());
    }
    install(node)?;
    println!("building the pages");
    shell::run(node.npm()?.args(["run", "--silent", "build"]))?;
    note(&mark, &sources)
}

/// `npm ci`, when the lock file has changed since.
pub fn install(node: &Node) -> Result<()> {
    let web = repo::root()?.join("web");
    let lock = fs::read(web.join("package-lock.json")).context("web/package-lock.json")?;
    let lock = of_bytes([lock.as_slice()].into_iter());
    let mark = web.join("node_modules/.gridhall");
    if is_marked(&mark, &lock) {
        return Ok(());
    }
    println!("npm ci");
    shell::run(node.npm()?.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    note(&mark, &lock)
}

/// Types and lint, and whether the client is the one of the API document.
pub fn check(node: &Node) -> Result<()> {
    install(node)?;
    shell::run(node.npm()?.args(["run", "--silent", "check"]))?;
    let dir = tempfile::tempdir()?;
    let fresh = dir.path().join("schema.d.ts");
    shell::run(
        node.npm()?.args(["exec", "--offline", "--", "openapi-typescript", "../docs/openapi.json", "-o"]).arg(&fresh),
    )?;
    let stored = fs::read_to_string(repo::root()?.join("web/src/api/schema.d.ts")).unwrap_or_default();
    ensure!(
        stored == fs::read_to_string(&fresh)?,
        "web/src/api/schema.d.ts is not what docs/openapi.json says; run `npm run api` in web"
    );
    println!("web/src/api/schema.d.ts is what docs/openapi.json says");
    Ok(())
}

fn is_marked(mark: &Path, digest: &str) -> bool {
    fs::read_to_string(mark).is_ok_and(|known| known == digest)
}

fn note(mark: &Path, digest: &str) -> Result<()> {
    fs::create_dir_all(mark.parent().context("a mark lies in a directory")?)?;
    Ok(fs::write(mark, digest)?)
}

fn digest(web: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(web, &mut files)?;
    files.sort();
    let mut parts = Vec::new();
    for file in &files {
        parts.push(file.to_string_lossy().into_owned().into_bytes());
        parts.push(fs::read(file)?);
    }
    Ok(of_bytes(parts.iter().map(Vec::as_slice)))
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let made = path.file_name().is_some_and(|name| MADE.iter().any(|made| name == *made));
        if path.is_dir() && !made {
            collect(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn of_bytes<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_source_is_noticed_and_a_built_file_is_not() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join("src")).expect("made");
        fs::create_dir_all(dir.path().join("dist")).expect("made");
        fs::write(dir.path().join("src/a.ts"), "1").expect("written");
        let first = digest(dir.path()).expect("a digest");
        fs::write(dir.path().join("dist/a.js"), "1").expect("written");
        assert_eq!(digest(dir.path()).expect("a digest"), first);
        fs::write(dir.path().join("src/a.ts"), "2").expect("written");
        assert_ne!(digest(dir.path()).expect("a digest"), first);
    }
}
