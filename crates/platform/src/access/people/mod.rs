//! Administration of people: who may sign in, which posts he holds, which sessions he has.
//!
//! ```text
//!   made (password for once) ──▶ active ──disable──▶ disabled ──enable──▶ active
//!                                  └──five wrong passwords──▶ locked ──unlock, or 15 minutes──▶ active
//! ```
//!
//! **Invariants.** Only who manages people over the whole bureau manages them at all: a post is given
//! at any unit. There is always somebody left who can. Nobody disables himself, or resets his own
//! password: one's own is changed with the old one. What is taken away is gone at the next request.

pub mod api;
mod store;

use kernel::id::Uuid;
use kernel::{Refusal, Timestamp};

pub use store::MIGRATION;

use super::{BUREAU, MANAGE, Roles, digest, hash, one_time_password};
use crate::journal::{self, Entry};
use crate::{Ctx, Result, Tx};

/// A person as those who manage people see him.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    pub login: String,
    pub name: Option<String>,
    pub must_change: bool,
    pub locked_until: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
    pub last_sign_in_at: Option<Timestamp>,
    /// Sessions under way.
    pub sessions: i64,
    /// Role and unit.
    pub posts: Vec<(String, String)>,
}

/// A session of one's own.
#[derive(Debug, Clone)]
pub struct OwnSession {
    pub id: Option<Uuid>,
    pub begun_at: Timestamp,
    pub ends_at: Timestamp,
    pub peer: Option<String>,
    pub agent: Option<String>,
    pub is_this: bool,
}

/// The codes of the roles that may manage people.
fn managing(roles: &Roles) -> Vec<String> {
    let manages = |role: &&super::Role| role.rights.iter().any(|right| right == MANAGE.0);
    roles.iter().filter(manages).map(|role| role.code.clone()).collect()
}

/// Whether there is anybody who could make others.
pub async fn has_manager(tx: &Tx, roles: &Roles) -> Result<bool> {
    store::has_manager_besides(tx, managing(roles), None).await
}

/// A page of people in order of login, those whose login or name holds `part`, or all.
pub async fn page(tx: &Tx, ctx: &Ctx, part: Option<&str>, after: &str, limit: u32) -> Result<Vec<Known>> {
    ctx.require_everywhere(MANAGE)?;
    store::page(tx, part.map(str::trim).filter(|part| !part.is_empty()), after, ctx.now, limit).await
}

/// One person.
pub async fn find(tx: &Tx, ctx: &Ctx, login: &str) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    known(tx, ctx, login).await
}

async fn known(tx: &Tx, ctx: &Ctx, login: &str) -> Result<Known> {
    store::one(tx, login, ctx.now).await?.ok_or_else(|| unknown().into())
}

/// The units at which posts are held, each with the one above it.
pub async fn units(tx: &Tx, ctx: &Ctx) -> Result<Vec<(String, Option<String>)>> {
    ctx.require_everywhere(MANAGE)?;
    store::units(tx).await
}

/// Makes a person, with a post where one is given; the password for once is told only now.
pub async fn create(
    tx: &Tx,
    ctx: &Ctx,
    roles: &Roles,
    login: &str,
    name: Option<&str>,
    post: Option<(&str, &str)>,
) -> Result<String> {
    ctx.require_everywhere(MANAGE)?;
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > 40 || name.chars().any(char::is_control)) {
        let (zh, en) = ("姓名至多 40 字，不含控制字符", "a name has at most 40 characters, none of control");
        return Err(Refusal::invalid("person.name", zh, en).at("name").into());
    }
    let password = match post {
        Some((role, unit)) => super::employ(tx, ctx, roles, login, role, unit).await?,
        None => super::create_person(tx, ctx, login).await?,
    };
    store::set_name(tx, login, name).await?;
    Ok(password)
}

/// Gives somebody a new password for once, and ends his sessions.
pub async fn reset_password(tx: &Tx, ctx: &Ctx, login: &str, reason: Option<&str>) -> Result<String> {
    ctx.require_everywhere(MANAGE)?;
    if ctx.actor.name == login {
        return Err(own("password.own", "自己的密码请在“我的账号”中修改", "change your own password on your own page"));
    }
    let person = known(tx, ctx, login).await?;
    let password = one_time_password();
    store::reset_password(tx, person.id, &hash(password.clone()).await?).await?;
    let ended = store::end_sessions(tx, person.id).await?;
    record(
        tx,
        ctx,
        "person.reset-password",
        login,
        journal::remark(reason)?,
        serde_json::json!({ "sessions_ended": ended }),
    )
    .await?;
    Ok(password)
}

/// Lets a locked person try again now.
pub async fn unlock(tx: &Tx, ctx: &Ctx, login: &str, reason: Option<&str>) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    let person = known(tx, ctx, login).await?;
    super::store::unlock(tx, person.id).await?;
    record(tx, ctx, "person.unlock", login, journal::remark(reason)?, serde_json::json!({})).await?;
    known(tx, ctx, login).await
}

/// Lets a person in no more, and ends his sessions at once.
pub async fn disable(tx: &Tx, ctx: &Ctx, roles: &Roles, login: &str, reason: &str) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    if ctx.actor.name == login {
        return Err(own("person.self", "不能停用自己的账号", "nobody disables himself"));
    }
    let reason = journal::short_reason(reason)?;
    store::lock_managers(tx, managing(roles)).await?;
    let person = known(tx, ctx, login).await?;
    if person.disabled_at.is_some() {
        return Ok(person);
    }
    keep_a_manager(tx, roles, &person, None).await?;
    store::set_disabled(tx, person.id, Some(ctx.now)).await?;
    let ended = store::end_sessions(tx, person.id).await?;
    record(tx, ctx, "person.disable", login, Some(reason), serde_json::json!({ "sessions_ended": ended })).await?;
    known(tx, ctx, login).await
}

/// Lets a disabled person in again.
pub async fn enable(tx: &Tx, ctx: &Ctx, login: &str, reason: Option<&str>) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    let person = known(tx, ctx, login).await?;
    if person.disabled_at.is_none() {
        return Ok(person);
    }
    store::set_disabled(tx, person.id, None).await?;
    record(tx, ctx, "person.enable", login, journal::remark(reason)?, serde_json::json!({})).await?;
    known(tx, ctx, login).await
}

/// Gives a person a post that exists.
pub async fn appoint(tx: &Tx, ctx: &Ctx, roles: &Roles, login: &str, role: &str, unit: &str) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    let person = known(tx, ctx, login).await?;
    super::check_post(tx, roles, role, unit).await?;
    if person.posts.iter().any(|(held, at)| (held.as_str(), at.as_str()) == (role, unit)) {
        return Ok(person);
    }
    super::appoint(tx, ctx, login, role, unit).await?;
    known(tx, ctx, login).await
}

/// Takes a post from a person; its rights are gone at his next request.
pub async fn dismiss(tx: &Tx, ctx: &Ctx, roles: &Roles, login: &str, role: &str, unit: &str) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    store::lock_managers(tx, managing(roles)).await?;
    let person = known(tx, ctx, login).await?;
    if !person.posts.iter().any(|(held, at)| (held.as_str(), at.as_str()) == (role, unit)) {
        let (zh, en) = ("此人没有这个岗位", "this person does not hold this post");
        return Err(Refusal::not_found("post.unknown", zh, en).at("role").into());
    }
    keep_a_manager(tx, roles, &person, Some((role, unit))).await?;
    store::delete_post(tx, person.id, role, unit).await?;
    record(tx, ctx, "person.dismiss", login, None, serde_json::json!({ "role": role, "unit": unit })).await?;
    known(tx, ctx, login).await
}

/// Refuses what would leave nobody who manages people: the loss of one post, or of all of a person's.
async fn keep_a_manager(tx: &Tx, roles: &Roles, person: &Known, lost: Option<(&str, &str)>) -> Result<()> {
    let codes = managing(roles);
    let manages = |(role, unit): &&(String, String)| unit == BUREAU && codes.contains(role);
    let mut left = person
        .posts
        .iter()
        .filter(manages)
        .filter(|(role, unit)| lost.is_some_and(|lost| lost != (role.as_str(), unit.as_str())));
    let managed = person.posts.iter().any(|post| manages(&post));
    if !managed || (person.disabled_at.is_none() && left.next().is_some()) {
        return Ok(());
    }
    if store::has_manager_besides(tx, codes.clone(), Some(&person.login)).await? {
        return Ok(());
    }
    let (zh, en) =
        ("这是最后一位系统管理员，请先任命另一位", "this is the last administrator: appoint another one first");
    Err(Refusal::conflict("administrator.last", zh, en).into())
}

/// Ends all sessions of a person.
pub async fn sign_out_everywhere(tx: &Tx, ctx: &Ctx, login: &str, reason: Option<&str>) -> Result<Known> {
    ctx.require_everywhere(MANAGE)?;
    let person = known(tx, ctx, login).await?;
    let ended = store::end_sessions(tx, person.id).await?;
    record(tx, ctx, "session.end-all", login, journal::remark(reason)?, serde_json::json!({ "ended": ended })).await?;
    known(tx, ctx, login).await
}

/// One's own sessions, newest first; `token` tells which is this one.
pub async fn own_sessions(tx: &Tx, ctx: &Ctx, token: &str) -> Result<Vec<OwnSession>> {
    store::sessions(tx, &ctx.actor.name, &digest(token), ctx.now).await
}

/// Ends all of one's own sessions, also this one.
pub async fn end_own_sessions(tx: &Tx, ctx: &Ctx) -> Result<()> {
    let person = known(tx, ctx, &ctx.actor.name).await?;
    let ended = store::end_sessions(tx, person.id).await?;
    record(tx, ctx, "session.end-all", &ctx.actor.name, None, serde_json::json!({ "ended": ended })).await
}

/// Ends one of one's own sessions.
pub async fn end_own_session(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<()> {
    let person = known(tx, ctx, &ctx.actor.name).await?;
    if store::end_session(tx, person.id, id).await? == 0 {
        return Err(unknown_session().into());
    }
    record(tx, ctx, "session.end", &ctx.actor.name, None, serde_json::json!({ "session": id })).await
}

/// A reason as given, trimmed; None where it says nothing.
async fn record(
    tx: &Tx,
    ctx: &Ctx,
    act: &str,
    login: &str,
    reason: Option<&str>,
    detail: serde_json::Value,
) -> Result<()> {
    journal::record(tx, ctx, Entry { act, subject: format!("person:{login}"), reason, detail }).await
}

fn own(code: &'static str, zh: &'static str, en: &'static str) -> crate::Error {
    Refusal::conflict(code, zh, en).into()
}

fn unknown() -> Refusal {
    Refusal::not_found("person.unknown", "没有这个账号", "there is no such person").at("login")
}

fn unknown_session() -> Refusal {
    Refusal::not_found("session.unknown", "没有这个会话，或已结束", "there is no such session, or it has ended")
}
