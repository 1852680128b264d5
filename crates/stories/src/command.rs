//! The real binary, on a ground of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Ground;

pub struct Shell {
    pub ground: Ground,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn done(self) -> Ended {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Lines of stdout, without the header.
    pub fn rows(&self) -> Vec<&str> {
        self.out.lines().skip(1).collect()
    }
}

impl Shell {
    pub async fn new() -> Shell {
        Shell { ground: Ground::new().await }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(["--lang", "en", "--data"]).arg(self.ground.data()).args(arguments);
        command.env_remove("DATABASE_URL").env_remove("GRIDHALL_DATA").current_dir(self.ground.data());
        if let Some(url) = self.ground.url() {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs `gridhall` with these words, parted by spaces.
    pub fn run(&self, words: &str) -> Ended {
        self.run_with(&words.split(' ').collect::<Vec<_>>())
    }

    pub fn run_with(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        let child = self.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Running(child.expect("gridhall starts"))
    }

    /// Writes a file that commands can name.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        self.ground.write(name, content);
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.ground.data().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

pub struct Running(Child);

impl Running {
    pub fn end(self) -> Ended {
        let output = self.0.wait_with_output().expect("gridhall ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// `GRIDHALL_BIN`, else what was built beside the test: `target/debug/deps/stories-…` is the test.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("GRIDHALL_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.parent().and_then(|deps| deps.parent()).map(|target| target.join("gridhall"));
    let built = built.expect("a target directory");
    assert!(
        built.is_file(),
        "{} is not there: run `cargo build --package gridhall`, or set GRIDHALL_BIN",
        built.display()
    );
    built
}
