//! A data directory and, on PostgreSQL, a database of one's own; both are gone when it is dropped.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use gridhall::migrations::MIGRATIONS;
use platform::db::Engine;
use platform::{Db, params};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;

#[derive(Debug)]
pub struct Ground {
    dir: TempDir,
    database: Option<Own>,
}

/// A database on the server that `admin` names.
#[derive(Debug)]
struct Own {
    admin: String,
    name: String,
}

const SERVER: &str = "GRIDHALL_TEST_DATABASE_URL";

static MADE: AtomicU32 = AtomicU32::new(0);

impl Ground {
    pub async fn new() -> Ground {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let database = match std::env::var("GRIDHALL_TEST_ENGINE").as_deref() {
            Err(_) | Ok("" | "sqlite") => None,
            Ok("postgres") => Some(own_database(&dir).await),
            Ok(other) => panic!("GRIDHALL_TEST_ENGINE is sqlite or postgres, not {other}"),
        };
        Ground { dir, database }
    }

    /// Without a schema, on the database of the day.
    pub async fn blank() -> Ground {
        let engine = if std::env::var("GRIDHALL_TEST_ENGINE").is_ok_and(|engine| engine == "postgres") {
            Engine::Postgres
        } else {
            Engine::Sqlite
        };
        Ground::blank_on(engine).await.expect("a server is named")
    }

    /// Without a schema, on this database whatever the day's is; none, and a word about it, where there is no server.
    pub async fn blank_on(engine: Engine) -> Option<Ground> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let database = match (engine, std::env::var(SERVER)) {
            (Engine::Sqlite, _) => None,
            (Engine::Postgres, Ok(admin)) => Some(blank_database(admin).await),
            (Engine::Postgres, Err(_)) => {
                eprintln!("NOT TRIED ON POSTGRESQL: {SERVER} names no server; `cargo xtask test` does");
                return None;
            }
        };
        Some(Ground { dir, database })
    }

    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    pub fn url(&self) -> Option<String> {
        self.database.as_ref().map(Own::url)
    }

    /// Writes a file into the data directory, with the folders on the way.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.data().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(&path, content).expect("a written file");
        path
    }
}

impl Own {
    fn url(&self) -> String {
        database_url(&self.admin, &self.name)
    }
}

impl Drop for Own {
    /// A runtime of its own: dropping happens inside the test's, which must not wait for itself.
    fn drop(&mut self) {
        let (admin, sql) = (self.admin.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let server = connect(&admin).await;
                let _ = server.execute_unprepared(&sql).await;
            });
        };
        let _ = std::thread::spawn(work).join();
    }
}

async fn own_database(scratch: &TempDir) -> Own {
    let admin = std::env::var(SERVER).expect("GRIDHALL_TEST_DATABASE_URL names a database of the test server");
    let server = connect(&admin).await;
    let template = template(&server, &admin, scratch).await;
    let name = own_name();
    run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let _ = server.close().await;
    Own { admin, name }
}

async fn blank_database(admin: String) -> Own {
    let (server, name) = (connect(&admin).await, own_name());
    run(&server, &format!("CREATE DATABASE {name}")).await;
    let _ = server.close().await;
    Own { admin, name }
}

fn own_name() -> String {
    format!("story_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// A database with today's schema, made once for each server and schema. Whoever comes first makes
/// it under another name; the others, also of other processes, wait for the lock.
async fn template(server: &DatabaseConnection, admin: &str, scratch: &TempDir) -> String {
    let mut hash = DefaultHasher::new();
    MIGRATIONS.iter().for_each(|step| (step.name, step.sql).hash(&mut hash));
    let name = format!("gridhall_template_{:016x}", hash.finish());
    run(server, "SELECT pg_advisory_lock(20160905)").await;
    if !is_known(admin, scratch, &name).await {
        let raw = format!("{name}_raw");
        run(server, &format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)")).await;
        run(server, &format!("CREATE DATABASE {raw}")).await;
        let db = Db::open(Some(&database_url(admin, &raw)), scratch.path()).await.expect("the template");
        db.migrate(MIGRATIONS).await.expect("a schema");
        db.close().await.expect("closed");
        run(server, &format!("ALTER DATABASE {raw} RENAME TO {name}")).await;
    }
    run(server, "SELECT pg_advisory_unlock(20160905)").await;
    name
}

async fn is_known(admin: &str, scratch: &TempDir, database: &str) -> bool {
    let db = Db::open(Some(admin), scratch.path()).await.expect("the test server answers");
    let tx = db.read().await.expect("a view");
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
    let known = tx.row(sql, params![database]).await.expect("an answer").is_some();
    drop(tx);
    db.close().await.expect("closed");
    known
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the test server answers")
}

async fn run(server: &DatabaseConnection, sql: &str) {
    server.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The same server, another database.
fn database_url(admin: &str, name: &str) -> String {
    let (server, _) = admin.rsplit_once('/').expect("a url with a database");
    format!("{server}/{name}")
}
