//! Whether the house can do its work, told as it is.
//!
//! ```text
//!   /livez      the process answers: to be started anew only when it does not
//!   /healthz    ok, degraded (at work, somebody shall look) or down (503: send nobody here), by named checks
//! ```
//!
//! Anybody may ask. The answer names checks in fixed words; figures are in /metrics, causes in the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use kernel::Text;
use metrics::{describe_gauge, gauge};
use platform::http::Words;
use platform::http::problem::SpeaksForItself;
use platform::journal::Standing;
use platform::{Fault, House, Result, backup, journal};
use serde::Serialize;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(5);
/// The sealer comes round every second.
const UNSEALED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// What the clocks of several servers may differ, and more.
const BEHIND_BY: SignedDuration = SignedDuration::from_secs(120);

const CHECK: &str = "gridhall_health_check";

#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`; `degraded`: at work, but somebody shall look; `down`: no work can be done.
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    database: &'static str,
    /// Position of the last sealed journal entry; null while the database does not answer.
    #[schema(example = 1042)]
    journal: Option<i64>,
    checks: Vec<Check>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct Check {
    /// `database`, `storage`, `clock`, `journal`, `backup` (where one is asked for) or `tasks`.
    #[schema(example = "storage")]
    name: &'static str,
    #[schema(example = "ok")]
    status: &'static str,
    /// What is wrong, and what to do; null when nothing is.
    message: Option<Words>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Well,
    Degraded,
    Down,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Well => "ok",
            Verdict::Degraded => "degraded",
            Verdict::Down => "down",
        }
    }
}

/// A check with what it came to.
type Found = (&'static str, Verdict, Option<Text>);

fn well(name: &'static str) -> Found {
    (name, Verdict::Well, None)
}

fn ill(name: &'static str, verdict: Verdict, zh: &'static str, en: &'static str) -> Found {
    (name, verdict, Some(Text::new(zh, en)))
}

/// Tells whether the house can do its work, by what it rests on.
#[utoipa::path(get, path = "/healthz", tag = "house", operation_id = "health", security(()), responses(
    (status = 200, description = "at work; `degraded`: somebody shall look", body = Health),
    (status = 503, description = "`down`: the database does not answer, or nothing can be written", body = Health),
))]
pub async fn show(State(house): State<House>) -> Response {
    let (standing, found) = look(&house).await;
    let verdict = worst(&found);
    let check = |(name, verdict, text): Found| Check { name, status: verdict.word(), message: text.map(Words::from) };
    let health = Health {
        status: verdict.word(),
        version: env!("CARGO_PKG_VERSION"),
        database: house.db.engine().name(),
        journal: standing.map(|standing| standing.head),
        checks: found.into_iter().map(check).collect(),
    };
    let mut response = Json(health).into_response();
    if verdict == Verdict::Down {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.extensions_mut().insert(SpeaksForItself);
    }
    response
}

#[derive(Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Tells that the process answers, whatever it rests on.
#[utoipa::path(get, path = "/livez", tag = "house", operation_id = "alive", security(()), responses(
    (status = 200, description = "the process answers", body = Alive),
))]
pub async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

fn worst(found: &[Found]) -> Verdict {
    found.iter().map(|(_, verdict, _)| *verdict).max().unwrap_or(Verdict::Well)
}

async fn look(house: &House) -> (Option<Standing>, Vec<Found>) {
    let (database, standing) = of_database(house).await;
    let mut found = vec![database, of_storage(house).await, of_clock(house, standing.as_ref())];
    if let Some(standing) = &standing {
        found.push(of_journal(house, standing));
        found.extend(of_backup(house).await);
    }
    found.push(of_tasks(house));
    (standing, found)
}

async fn of_database(house: &House) -> (Found, Option<Standing>) {
    let answer = match tokio::time::timeout(PATIENCE, standing(house)).await {
        Ok(answer) => answer,
        Err(_) => Err(Fault::impossible("no answer in time")),
    };
    match answer {
        Ok(_) if !house.db.is_in_place() => {
            let (zh, en) =
                ("数据库文件已被移走、替换或损坏", "the file of the database was removed, replaced or damaged");
            (ill("database", Verdict::Down, zh, en), None)
        }
        Ok(standing) => (well("database"), Some(standing)),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (ill("database", Verdict::Down, "数据库没有应答", "the database does not answer"), None)
        }
    }
}

async fn standing(house: &House) -> Result<Standing> {
    let tx = house.db.read().await?;
    journal::standing(&tx).await
}

async fn of_storage(house: &House) -> Found {
    let storage = house.signs.storage(&house.data).await;
    if let Some(why) = storage.unwritable {
        tracing::warn!(why, "nothing can be written into the data directory");
        return ill("storage", Verdict::Down, "数据目录无法写入", "nothing can be written into the data directory");
    }
    if house.signs.was_full() {
        let (zh, en) = ("刚有写入因空间不足失败", "a write found no room a moment ago");
        return ill("storage", Verdict::Down, zh, en);
    }
    let least = house.config.health.free_mib.saturating_mul(1024 * 1024);
    if storage.space.is_some_and(|space| space.free < least) {
        let (zh, en) = ("数据目录所在磁盘剩余空间不足", "the disk of the data directory has little room left");
        return ill("storage", Verdict::Degraded, zh, en);
    }
    well("storage")
}

fn of_clock(house: &House, standing: Option<&Standing>) -> Found {
    let now = house.clock.now();
    let set = house.signs.look_at_clock(now);
    let last = standing.and_then(|standing| standing.last_at);
    if last.is_some_and(|last| last.duration_since(now) > BEHIND_BY) {
        let (zh, en) = (
            "本机时钟早于日志的最后一条记录，日期和滞纳金可能有误，请校准时钟",
            "the clock is behind the last entry of the journal; days and late charges may be wrong: set it right",
        );
        return ill("clock", Verdict::Degraded, zh, en);
    }
    match set {
        Some(by) if by.is_negative() => {
            ill("clock", Verdict::Degraded, "本机时钟刚被调慢，请核对", "the clock was set back: see that it is right")
        }
        Some(_) => ill(
            "clock",
            Verdict::Degraded,
            "本机时钟刚被调快，请核对",
            "the clock was set forward: see that it is right",
        ),
        None => well("clock"),
    }
}

fn of_journal(house: &House, standing: &Standing) -> Found {
    let since = standing.unsealed_since.map(|since| house.clock.now().duration_since(since));
    if since.is_some_and(|lag| lag > UNSEALED_FOR) {
        let (zh, en) = ("日志已一分多钟未加封", "the journal has not been sealed for more than a minute");
        return ill("journal", Verdict::Degraded, zh, en);
    }
    well("journal")
}

/// Nothing where nobody asks for back-ups; what hinders the look is told by the check of the database.
async fn of_backup(house: &House) -> Option<Found> {
    let most = SignedDuration::from_hours(house.config.health.backup_hours?.into());
    let age = async {
        let tx = house.db.read().await?;
        backup::age(&tx, house.clock.now()).await
    };
    if age.await.ok()? <= most {
        return Some(well("backup"));
    }
    let (zh, en) = (
        "已超过规定时间没有备份，请执行 gridhall backup",
        "the last back-up is older than it may be: run gridhall backup",
    );
    Some(ill("backup", Verdict::Degraded, zh, en))
}

fn of_tasks(house: &House) -> Found {
    let silent = house.signs.silent();
    if silent.is_empty() {
        return well("tasks");
    }
    let names = silent.join(", ");
    let zh = format!("后台任务已停止：{names}，请重启本服务");
    let en = format!("tasks in the background have ended: {names}; start this server anew");
    ("tasks", Verdict::Degraded, Some(Text::new(zh, en)))
}

/// What was told last, so that a change is told once.
#[derive(Debug, Default)]
pub struct Told(Mutex<Vec<(&'static str, Verdict)>>);

impl Told {
    /// Looks, and writes every change into the log.
    pub async fn look(&self, house: &House) {
        let (_, found) = look(house).await;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, verdict, text) in &found {
            let before = told.iter().find(|(known, _)| known == name).map_or(Verdict::Well, |(_, verdict)| *verdict);
            let text = text.as_ref().map_or("", |text| &text.en);
            match (before == *verdict, verdict) {
                (true, _) => {}
                (false, Verdict::Well) => tracing::info!(check = name, "well again"),
                (false, Verdict::Degraded) => tracing::warn!(check = name, status = verdict.word(), "{text}"),
                (false, Verdict::Down) => tracing::error!(check = name, status = verdict.word(), "{text}"),
            }
        }
        *told = found.into_iter().map(|(name, verdict, _)| (name, verdict)).collect();
    }
}

pub fn describe_metrics() {
    describe_gauge!(CHECK, "Each check of the health: 1 when it is well, 0 when it is not.");
}

/// Brings the figures of the health up to date.
pub async fn show_metrics(house: &House) -> Option<Standing> {
    let (standing, found) = look(house).await;
    for (name, verdict, _) in &found {
        gauge!(CHECK, "check" => *name).set(if *verdict == Verdict::Well { 1.0 } else { 0.0 });
    }
    if !found.iter().any(|(name, ..)| *name == "journal") {
        gauge!(CHECK, "check" => "journal").set(0.0);
    }
    standing
}
