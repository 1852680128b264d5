//! A throw-away PostgreSQL of our own: made in a temporary directory, gone with this process.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{shell, tools};

/// Tests need no disk; a proof by killing does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    Fast,
    Full,
    /// Full, and with the memory that one gives a server of a million customers.
    Large,
}

pub struct Cluster {
    bins: PathBuf,
    port: u16,
    keeper: Child,
    lifeline: Option<ChildStdin>,
    dir: TempDir,
}

/// Lives in a process group of its own and ends the server when its input closes, which happens
/// however xtask ends, be it Ctrl-C or SIGKILL. The name of a signal on a line of its own ends the server by it, and
/// starts it anew.
const KEEPER: &str = r#"serve() { "$1" -D "$2" >>"$2/server.log" 2>&1 & server=$!; }
serve "$1" "$2"
while read -r signal; do
  kill "-$signal" "$server"
  wait "$server"
  serve "$1" "$2"
done
kill -INT "$server"
wait "$server"
rm -rf "$2""#;

/// How a server of PostgreSQL ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It cuts its clients off and writes everything down.
    Fast,
    /// As if the machine had lost its power.
    Immediate,
}

impl Cluster {
    pub fn start(durability: Durability) -> Result<Self> {
        let bins = find_or_install()?;
        let dir = tempfile::Builder::new().prefix("gridhall-postgres-").tempdir()?;
        let owner = Owner::of_server()?;
        owner.give(dir.path())?;
        shell::read(
            owner
                .command(&bins.join("initdb"))
                .args(["--encoding=UTF8", "--locale=C", "--auth=trust"])
                .args(["--username=postgres", "--no-sync", "--pgdata"])
                .arg(dir.path()),
        )?;
        let port = free_port()?;
        fs::write(dir.path().join("postgresql.auto.conf"), settings(port, dir.path(), durability))?;
        let mut keeper = owner
            .command(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "keeper"])
            .arg(bins.join("postgres"))
            .arg(dir.path())
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("cannot start PostgreSQL")?;
        let lifeline = keeper.stdin.take();
        let cluster = Self { bins, port, keeper, lifeline, dir };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Ends the server and starts it anew; its clients have lost their connections.
    pub fn restart(&mut self, end: End) -> Result<()> {
        let signal = match end {
            End::Fast => "INT",
            End::Immediate => "QUIT",
        };
        let before = self.pid();
        let lifeline = self.lifeline.as_mut().context("the server has no keeper")?;
        writeln!(lifeline, "{signal}")?;
        for _ in 0..300 {
            if self.pid().is_some_and(|pid| Some(&pid) != before.as_ref()) {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.wait_until_ready()
    }

    fn pid(&self) -> Option<String> {
        let text = fs::read_to_string(self.dir.path().join("postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }

    fn wait_until_ready(&self) -> Result<()> {
        for _ in 0..300 {
            let ready = Command::new(self.bins.join("pg_isready"))
                .args(["--quiet", "--host=127.0.0.1", "--port"])
                .arg(self.port.to_string())
                .status()?;
            if ready.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default();
        bail!("PostgreSQL did not become ready:\n{log}")
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub fn create_database(&self, name: &str) -> Result<String> {
        self.create_database_like(name, None)
    }

    /// An empty one, or a copy of another that nobody is connected to.
    pub fn create_database_like(&self, name: &str, like: Option<&str>) -> Result<String> {
        let template = like.map(|like| format!("--template={like}"));
        let args: Vec<&str> = template.as_deref().into_iter().chain([name]).collect();
        self.client("createdb", &args)?;
        Ok(self.url(name))
    }

    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.client("dropdb", &["--force", name])
    }

    fn client(&self, program: &str, args: &[&str]) -> Result<()> {
        let port = self.port.to_string();
        shell::read(
            Command::new(self.bins.join(program))
                .args(["--host=127.0.0.1", "--username=postgres", "--port", &port])
                .args(args),
        )
        .map(drop)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.keeper.wait();
    }
}

fn settings(port: u16, dir: &Path, durability: Durability) -> String {
    let dir = dir.display();
    let mut text = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{dir}'\nmax_connections = 200\n"
    );
    text.push_str(match durability {
        Durability::Fast => "shared_buffers = '128MB'\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        Durability::Full => "shared_buffers = '128MB'\n",
        Durability::Large => "shared_buffers = '1GB'\nmax_wal_size = '8GB'\n",
    });
    text
}

/// A port that nobody listens at just now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// PostgreSQL refuses to run as root, so root lends it the account that its package made.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn of_server() -> Result<Self> {
        if !tools::is_root() {
            return Ok(Self(None));
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        let ids = account(&accounts, "postgres")
            .context("root needs the account `postgres`, which Debian's package creates")?;
        Ok(Self(Some(ids)))
    }

    fn give(&self, path: &Path) -> Result<()> {
        match self.0 {
            Some((user, group)) => Ok(chown(path, Some(user), Some(group))?),
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn account(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let user = fields.nth(1)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    })
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    tools::install(&["postgresql"], "the tests start a PostgreSQL server")?;
    find().context("PostgreSQL is installed, but `initdb` and `postgres` are not where Debian puts them")
}

/// The newest of Debian's versions, else what the search path has.
fn find() -> Option<PathBuf> {
    let complete = |dir: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "createdb", "dropdb"].iter().all(|program| dir.join(program).is_file())
    };
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, dir)| complete(dir))
        .collect();
    versions.sort();
    if let Some((_, dir)) = versions.pop() {
        return Some(dir);
    }
    let postgres = tools::find("postgres")?.canonicalize().ok()?;
    Some(postgres.parent()?.to_path_buf()).filter(complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_the_list_of_users() {
        let list = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        assert_eq!(account(list, "postgres"), Some((101, 104)));
        assert_eq!(account(list, "nobody"), None);
    }

    #[test]
    fn only_a_fast_cluster_forgets_the_disk() {
        let dir = Path::new("/tmp/x");
        assert!(settings(1, dir, Durability::Fast).contains("fsync = off"));
        assert!(!settings(1, dir, Durability::Full).contains("fsync"));
    }

    #[test]
    fn a_cluster_serves_and_leaves_nothing_behind() {
        if find().is_none() {
            eprintln!("no PostgreSQL on this machine: not tried");
            return;
        }
        let cluster = Cluster::start(Durability::Fast).expect("starts");
        let (dir, port) = (cluster.dir.path().to_path_buf(), cluster.port);
        let url = cluster.create_database("tried").expect("creates");
        assert!(url.ends_with("/tried"));
        cluster.drop_database("tried").expect("drops");
        let (mut cluster, before) = (cluster, fs::read_to_string(dir.join("postmaster.pid")).expect("a number"));
        for end in [End::Fast, End::Immediate] {
            cluster.restart(end).expect("starts anew");
        }
        assert_ne!(fs::read_to_string(dir.join("postmaster.pid")).expect("a number"), before);
        drop(cluster);
        assert!(!dir.exists());
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    }
}
