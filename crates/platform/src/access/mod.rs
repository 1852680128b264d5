//! People and rights.
//!
//! ```text
//!   unit (bureau ▸ station) ◀── post (a role at a unit) ◀── holder ── person ── session
//! ```
//!
//! A person has no rights of his own: he holds posts. Passwords are kept as argon2id; a session's
//! token is kept as its digest, so that a stolen table signs nobody in.
//!
//! **Invariants.** Five wrong passwords lock a person for fifteen minutes. A one-time password
//! opens nothing but the change of password.

pub mod api;
pub mod people;
mod passwords;
mod store;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jiff::SignedDuration;
use kernel::id::Uuid;
use kernel::refusal::RefusalKind;
use kernel::{Actor, Refusal};
use rand::RngExt;
use sha2::{Digest, Sha256};

pub use store::MIGRATION;

pub use crate::roles::{Role, Roles};

use crate::context::Rights;
use crate::http::session::signed_out;
use crate::journal::{self, Entry};
use crate::{Ctx, Db, House, Permission, Result, Scope, Tx};

pub const MANAGE: Permission = Permission("person.manage");

/// The root of the organisation.
pub const BUREAU: &str = "bureau";

const LOCK_AFTER: i64 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
const SESSION_LASTS: SignedDuration = SignedDuration::from_hours(12);
const PASSWORD_LENGTH: usize = 10;

/// A person who can sign in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub login: String,
    pub(self) password: String,
    pub must_change: bool,
    pub(self) failures: i64,
    pub(self) locked_until: Option<kernel::Timestamp>,
    pub(self) is_disabled: bool,
}

/// Makes the first administrator, with a password for once.
pub async fn create_first_administrator(tx: &Tx, ctx: &Ctx, login: &str) -> Result<String> {
    ctx.require_everywhere(MANAGE)?;
    if store::has_administrator(tx).await? {
        return Err(Refusal::conflict(
            "administrator.exists",
            "已有系统管理员，请由其创建其他账号",
            "there is an administrator already; further people are created by him",
        )
        .into());
    }
    let password = create_person(tx, ctx, login).await?;
    appoint(tx, ctx, login, "administrator", BUREAU).await?;
    Ok(password)
}

/// Makes a person without any post, with a password for once.
pub async fn create_person(tx: &Tx, ctx: &Ctx, login: &str) -> Result<String> {
    ctx.require_everywhere(MANAGE)?;
    let well_formed = (2..=32).contains(&login.chars().count())
        && login.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && ![Actor::OPERATOR, Actor::SYSTEM].contains(&login);
    if !well_formed {
        return Err(Refusal::invalid(
            "login.invalid",
            "账号为 2 至 32 个字母、数字、汉字或 . - _，且不能是保留名",
            "a login name has 2 to 32 letters, digits, or . - _ and is not a reserved one",
        )
        .at("name")
        .into());
    }
    if store::person(tx, login).await?.is_some() {
        return Err(Refusal::conflict("login.taken", "该账号已存在", "this login name is taken").at("name").into());
    }
    let password = one_time_password();
    store::insert_person(tx, ctx.new_id(), login, &hash(password.clone()).await?).await?;
    let detail = serde_json::json!({ "login": login });
    journal::record(tx, ctx, Entry { act: "person.create", subject: format!("person:{login}"), reason: None, detail })
        .await?;
    Ok(password)
}

/// Makes a person with a post, and a password for once.
pub async fn employ(tx: &Tx, ctx: &Ctx, roles: &Roles, login: &str, role: &str, unit: &str) -> Result<String> {
    ctx.require_everywhere(MANAGE)?;
    check_post(tx, roles, role, unit).await?;
    let password = create_person(tx, ctx, login).await?;
    appoint(tx, ctx, login, role, unit).await?;
    Ok(password)
}

/// Refuses a role that the pack does not have, and a unit that the bureau does not have.
async fn check_post(tx: &Tx, roles: &Roles, role: &str, unit: &str) -> Result<()> {
    if roles.get(role).is_none() {
        let known = roles.iter().map(|role| role.code.as_str()).collect::<Vec<_>>().join(", ");
        let (zh, en) =
            (format!("没有角色“{role}”，可用：{known}"), format!("there is no role \"{role}\", but {known}"));
        return Err(Refusal::invalid("role.unknown", zh, en).at("role").into());
    }
    if !store::unit_exists(tx, unit).await? {
        let (zh, en) = (format!("没有单位“{unit}”"), format!("there is no unit \"{unit}\""));
        return Err(Refusal::invalid("unit.unknown", zh, en).at("unit").into());
    }
    Ok(())
}

/// Gives a person a post: a role at a unit.
pub async fn appoint(tx: &Tx, ctx: &Ctx, login: &str, role: &str, unit: &str) -> Result<()> {
    ctx.require_everywhere(MANAGE)?;
    let person = store::person(tx, login)
        .await?
        .ok_or_else(|| Refusal::not_found("person.unknown", "没有这个账号", "there is no such person").at("login"))?;
    store::insert_post(tx, ctx.new_id(), person.id, role, unit).await?;
    let detail = serde_json::json!({ "login": login, "role": role, "unit": unit });
    journal::record(tx, ctx, Entry { act: "person.appoint", subject: format!("person:{login}"), reason: None, detail })
        .await
}

/// Makes sure that a supply station is a unit of the bureau.
pub async fn ensure_station(tx: &Tx, code: &str) -> Result<()> {
    store::ensure_unit(tx, code, BUREAU).await
}

/// A session that has begun; the token is told once and never again.
#[derive(Debug)]
pub struct Session {
    pub token: String,
    pub must_change: bool,
}

/// Where a session begins from, for its owner to know it again.
#[derive(Debug, Clone, Default)]
pub struct Whence {
    pub peer: Option<String>,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// The session that the browser had, which ends: what was signed in before is never taken over.
    pub earlier: Option<String>,
}

/// Signs a person in, as [`sign_in_from`] without a browser.
pub async fn sign_in(db: &Db, ctx: &Ctx, login: &str, password: String) -> Result<Session> {
    sign_in_from(db, ctx, login, password, &Whence::default()).await
}

/// Signs a person in. A wrong name and a wrong password are answered alike, in the same time.
///
/// The password is hashed before the transaction begins: that takes long by design, and nobody else
/// should wait for it.
pub async fn sign_in_from(db: &Db, ctx: &Ctx, login: &str, password: String, whence: &Whence) -> Result<Session> {
    let known = store::person(&db.read().await?, login).await?;
    // Without a person, a hash is checked all the same: the time taken tells nothing.
    let hash = known.as_ref().map_or_else(|| NOBODYS_HASH.to_owned(), |person| person.password.clone());
    let right = verify(hash.clone(), password).await?;
    let tx = db.write().await?;
    let person = store::person_locked(&tx, login).await?;
    let outcome = match person {
        Some(person) if person.locked_until.is_some_and(|until| until > ctx.now) => Err(locked()),
        Some(person) if right && person.password == hash && person.is_disabled => Err(disabled()),
        Some(person) if right && person.password == hash => Ok(begin(&tx, ctx, &person, whence).await?),
        Some(person) => Err(note_failure(&tx, ctx, &person).await?),
        None => Err(wrong()),
    };
    tx.commit().await?;
    Ok(outcome?)
}

async fn begin(tx: &Tx, ctx: &Ctx, person: &Person, whence: &Whence) -> Result<Session> {
    let token = secret();
    store::note_success(tx, person.id, ctx.now).await?;
    if let Some(earlier) = &whence.earlier {
        store::delete_session(tx, &digest(earlier)).await?;
    }
    let session = store::NewSession { id: ctx.new_id(), begun: ctx.now, ends: ctx.now + SESSION_LASTS, whence };
    store::insert_session(tx, &digest(&token), person.id, &session).await?;
    let ctx = ctx.acting_as(Actor::person(&person.login));
    let (subject, detail) = (format!("person:{}", person.login), serde_json::json!({}));
    journal::record(tx, &ctx, Entry { act: "session.begin", subject, reason: None, detail }).await?;
    Ok(Session { token, must_change: person.must_change })
}

async fn note_failure(tx: &Tx, ctx: &Ctx, person: &Person) -> Result<Refusal> {
    let failures = person.failures + 1;
    let locked = (failures >= LOCK_AFTER).then_some(ctx.now + LOCKED_FOR);
    store::note_failure(tx, person.id, if locked.is_some() { 0 } else { failures }, locked).await?;
    let subject = format!("person:{}", person.login);
    let detail = serde_json::json!({ "failures": failures, "locked": locked.is_some() });
    journal::record(tx, ctx, Entry { act: "session.refuse", subject, reason: None, detail }).await?;
    Ok(wrong())
}

fn wrong() -> Refusal {
    let (zh, en) = ("账号或密码不正确", "the name or the password is wrong");
    Refusal::new(RefusalKind::Unauthenticated, "sign-in.wrong", zh, en)
}

fn locked() -> Refusal {
    let (zh, en) = ("多次密码错误，账号已锁定 15 分钟", "too many wrong passwords: locked for 15 minutes");
    Refusal::new(RefusalKind::TooMany, "sign-in.locked", zh, en)
}

fn disabled() -> Refusal {
    let (zh, en) = ("账号已停用，请联系管理员", "this person is disabled; ask your administrator");
    Refusal::new(RefusalKind::Forbidden, "sign-in.disabled", zh, en)
}

/// Who holds `token`, with the rights of his posts.
pub async fn resume(house: &House, tx: &Tx, token: &str) -> Result<Option<(Person, Ctx)>> {
    let now = house.clock.now();
    let Some((person, posts)) = store::holder(tx, &digest(token), now).await? else {
        return Ok(None);
    };
    let rights = if person.must_change { Vec::new() } else { rights(&house.roles, posts) };
    let ctx = house.ctx(Actor::person(person.login.clone()), Rights::Granted(rights));
    Ok(Some((person, ctx)))
}

/// The context of an act that begins now for whoever has this name, with the rights that he has now.
pub async fn on_behalf_of(house: &House, tx: &Tx, name: &str) -> Result<Ctx> {
    match name {
        Actor::OPERATOR => return Ok(house.operator()),
        Actor::SYSTEM => return Ok(house.system()),
        _ => {}
    }
    let person = store::person(tx, name).await?.ok_or_else(|| {
        let (zh, en) = (format!("没有账号 {name}"), format!("there is no person {name}"));
        Refusal::not_found("person.unknown", zh, en)
    })?;
    let rights = rights(&house.roles, store::posts(tx, person.id).await?);
    Ok(house.ctx(Actor::person(person.login), Rights::Granted(rights)))
}

/// The posts that the actor holds: role and unit.
pub async fn own_posts(tx: &Tx, ctx: &Ctx) -> Result<Vec<(String, String)>> {
    match store::person(tx, &ctx.actor.name).await? {
        Some(person) => store::posts(tx, person.id).await,
        None => Ok(Vec::new()),
    }
}

fn rights(roles: &Roles, posts: Vec<(String, String)>) -> Vec<(String, Scope)> {
    let mut rights = Vec::new();
    for (role, unit) in posts {
        let scope = if unit == BUREAU { Scope::Bureau } else { Scope::Stations(vec![unit]) };
        let names = roles.get(&role).map_or(&[][..], |role| &role.rights);
        rights.extend(names.iter().map(|name| (name.clone(), scope.clone())));
    }
    rights
}

/// Ends the session of `token`.
pub async fn sign_out(tx: &Tx, ctx: &Ctx, token: &str) -> Result<()> {
    store::delete_session(tx, &digest(token)).await?;
    let subject = format!("person:{}", ctx.actor.name);
    journal::record(tx, ctx, Entry { act: "session.end", subject, reason: None, detail: serde_json::json!({}) }).await
}

/// Changes the password of whoever holds the session of `token`, and ends all his other sessions. As in
/// [`sign_in_from`], nothing is hashed while others wait to write.
pub async fn change_password(db: &Db, ctx: &Ctx, token: &str, old: String, new: String) -> Result<()> {
    let session = digest(token);
    let found = store::holder(&db.glance().await?, &session, ctx.now).await?;
    let (person, _) = found.ok_or_else(signed_out)?;
    let hash = hash_of_own(&person, old, new).await?;
    let tx = db.write().await?;
    let now = store::person_locked(&tx, &person.login).await?;
    let has_stayed = now.is_some_and(|now| now.password == person.password);
    // Whoever was signed out meanwhile, or given another password, has to begin again.
    if !has_stayed || store::holder(&tx, &session, ctx.now).await?.is_none() {
        return Err(signed_out().into());
    }
    store::set_password(&tx, person.id, &hash).await?;
    store::delete_other_sessions(&tx, person.id, &session).await?;
    let subject = format!("person:{}", person.login);
    let entry = Entry { act: "password.change", subject, reason: None, detail: serde_json::json!({}) };
    journal::record(&tx, ctx, entry).await?;
    tx.commit().await
}

/// The hash of a password that a person may take in place of his old one.
async fn hash_of_own(person: &Person, old: String, new: String) -> Result<String> {
    if !verify(person.password.clone(), old).await? {
        return Err(Refusal::invalid("password.wrong", "原密码不正确", "the old password is wrong").at("old").into());
    }
    if new.chars().count() < PASSWORD_LENGTH || new.contains(&person.login) {
        return Err(Refusal::invalid(
            "password.weak",
            format!("新密码至少 {PASSWORD_LENGTH} 位，且不含账号"),
            format!("the new password needs at least {PASSWORD_LENGTH} characters and must not contain the login name"),
        )
        .at("new")
        .into());
    }
    if verify(person.password.clone(), new.clone()).await? {
        return Err(Refusal::invalid("password.same", "新密码不能与原密码相同", "the new password is the old one")
            .at("new")
            .into());
    }
    hash(new).await
}

fn digest(token: &str) -> String {
    kernel::hex(Sha256::digest(token.as_bytes()))
}

/// 256 bits that nobody can guess, in hex.
fn secret() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    kernel::hex(bytes)
}

/// Letters and digits that are not mistaken for each other when read out.
fn one_time_password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..16).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

/// A valid hash that no password has.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$5n0GkGPLhGVDSR3k5BBMjtBVoIFEC9LrBxQm7sWVhGs";

async fn hash(password: String) -> Result<String> {
    passwords::work(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await
}

async fn verify(hash: String, password: String) -> Result<bool> {
    passwords::work(move || {
        let parsed = PasswordHash::new(&hash)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}
