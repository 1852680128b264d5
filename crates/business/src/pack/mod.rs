//! Price lists that a bureau uploads itself 电价包上传, and all price lists as they hold now.
//!
//! ```text
//!   offered ──approve (another person, the digest as seen)──▶ approved ──its first day──▶ in force
//!      │ └──refuse──▶ refused                                    │
//!      └──withdraw──▶ withdrawn ◀──withdraw, before that day─────┘
//! ```
//!
//! A pack adds versions to a tariff, or brings a new tariff; it never changes a version that is
//! there. It goes with the packs that the program carries and those of the bureau's own directory.
//!
//! **Invariants.** A version that a pack adds begins after every version of its tariff and after
//! every day billed by that tariff, unless it was offered and approved as backdated: bills are then to be corrected. Whoever offers a pack does not approve it. Every change of what
//! is approved raises the revision of [`Tariffs`], under a lock that the posting of bills takes too:
//! no bill is posted by a book that has just been replaced.

pub mod api;
mod model;
mod rules;
mod store;

use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Date, Refusal};
use platform::journal::{self, Entry};
use platform::{Ctx, Fault, Permission, Result, Tx};
use pricing::{Tariff, TariffBook};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use model::{Check, Problem, State, TariffPack};
pub use store::{BACKDATED, MIGRATION};

pub const UPLOAD: Permission = Permission("tariff.upload");
pub const APPROVE: Permission = Permission("tariff.approve");
pub const READ: Permission = Permission("tariff.read");

/// Longer than any price list of a province.
const LONGEST: usize = 256 * 1024;

/// A book and the revision of the approved packs that it was made of.
type Made = (i64, Arc<TariffBook>);

/// All price lists as they hold now: those of files, read once, and over them what is approved.
#[derive(Debug, Clone)]
pub struct Tariffs {
    files: Arc<TariffBook>,
    /// The last book made.
    last: Arc<Mutex<Option<Made>>>,
}

impl Tariffs {
    pub fn over(files: TariffBook) -> Tariffs {
        Tariffs { files: Arc::new(files), last: Arc::default() }
    }

    /// The book of this moment. Not to be asked in a transaction that changes it: what is not
    /// committed may never come to be.
    pub async fn now(&self, tx: &Tx) -> Result<Arc<TariffBook>> {
        let revision = store::revision(tx).await?;
        let known = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, book)) = known.filter(|(of, _)| *of == revision) {
            return Ok(book);
        }
        let book = Arc::new(self.with_approved(tx).await?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((revision, Arc::clone(&book)));
        Ok(book)
    }

    async fn with_approved(&self, tx: &Tx) -> Result<TariffBook> {
        let mut book = (*self.files).clone();
        for (pack_no, text) in store::approved(tx).await? {
            // What was checked by an earlier program may be unreadable by this one: then nothing may be priced.
            let tariff = rules::read(&text).map_err(|mistakes| {
                let first = mistakes.first().map_or("", |mistake| mistake.message.en.as_ref());
                Fault::impossible(format!("the approved tariff pack {pack_no} cannot be read: {first}"))
            })?;
            book.extend(tariff);
        }
        Ok(book)
    }

    /// Makes sure, until the transaction ends, that `book` is still the book of this moment.
    pub async fn hold(&self, tx: &Tx, book: &Arc<TariffBook>) -> Result<()> {
        store::lock(tx).await?;
        if Arc::ptr_eq(book, &self.now(tx).await?) {
            return Ok(());
        }
        Err(Refusal::conflict(
            "tariff.replaced",
            "电价在发行过程中有变动，其余账单未发行，请重新试算",
            "a price list has changed meanwhile; the rest was not issued, try the run again",
        )
        .into())
    }
}

/// Notes that bills were posted by these tariffs up to these days.
pub async fn note_billed(tx: &Tx, billed: &[(String, Date)]) -> Result<()> {
    store::note_billed(tx, billed).await
}

/// What a pack would add, and everything that speaks against it. Keeps nothing.
pub async fn check(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, text: &str) -> Result<Check> {
    ctx.require_everywhere(UPLOAD)?;
    examine(tx, tariffs, text).await
}

async fn examine(tx: &Tx, tariffs: &Tariffs, text: &str) -> Result<Check> {
    let digest = digest(text);
    if text.len() > LONGEST {
        return Ok(Check::unreadable(digest, vec![rules::too_long(LONGEST)]));
    }
    let tariff = match rules::read(text) {
        Ok(tariff) => tariff,
        Err(mistakes) => return Ok(Check::unreadable(digest, mistakes.into_iter().map(Problem::from).collect())),
    };
    let book = tariffs.now(tx).await?;
    let billed_to = store::billed_to(tx, &tariff.code).await?;
    Ok(rules::examine(digest, tariff, &book, billed_to))
}

/// SHA-256 of a pack's text: what an approval signs.
pub fn digest(text: &str) -> String {
    kernel::hex(Sha256::digest(text.as_bytes()))
}

/// Puts a pack on record, to be approved by somebody else. `starts_on` is what the person believes
/// its first day to be: a slip in the file is found here and not on a bill.
///
/// With `backdated`, the person says that it shall hold from days that are billed already. Bills of those days stand until
/// they are corrected.
pub async fn offer(
    tx: &Tx,
    ctx: &Ctx,
    tariffs: &Tariffs,
    text: &str,
    starts_on: Date,
    backdated: bool,
) -> Result<TariffPack> {
    ctx.require_everywhere(UPLOAD)?;
    store::lock(tx).await?;
    let check = examine(tx, tariffs, text).await?;
    let backdated = backdated && check.is_billed();
    let tariff = sound(if backdated { check.backdated() } else { check }, "text")?;
    let found = rules::first_day(&tariff)?;
    if found != starts_on {
        return Err(rules::other_start(found).into());
    }
    if let Some(same) = store::offered(tx, &digest(text)).await? {
        return Err(rules::offered_already(same).into());
    }
    let pack = TariffPack {
        pack_no: store::last_no(tx).await? + 1,
        code: tariff.code,
        name: tariff.name,
        digest: digest(text),
        text: text.to_owned(),
        starts_on,
        backdated,
        offered_by: ctx.actor.name.clone(),
        offered_at: ctx.now,
        approved: None,
        ended: None,
        state: State::Offered,
    };
    store::insert(tx, &pack).await?;
    write_down(tx, ctx, UPLOAD.0, &pack, None).await?;
    Ok(pack)
}

/// The tariff with only what the pack adds, or the first thing that speaks against it.
fn sound(check: Check, field: &str) -> Result<Tariff> {
    let first = check.problems.into_iter().next();
    match (first, check.added) {
        (Some(problem), _) => Err(problem.refusal().at(field).into()),
        (None, Some(tariff)) => Ok(tariff),
        (None, None) => Err(Fault::impossible("a sound pack adds nothing")),
    }
}

/// Approves a pack whose text has `digest`, as another person than the one who offered it. What
/// spoke for it when it was offered is examined again.
pub async fn approve(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, pack_no: i64, digest: &str) -> Result<TariffPack> {
    ctx.require_everywhere(APPROVE)?;
    store::lock(tx).await?;
    let pack = known(tx, pack_no).await?;
    rules::may_decide(&pack, &ctx.actor.name, digest)?;
    let check = examine(tx, tariffs, &pack.text).await?;
    sound(if pack.backdated { check.backdated() } else { check }, "pack_no")?;
    let pack = pack.approve(&ctx.actor.name, ctx.now);
    store::save(tx, &pack).await?;
    store::raise_revision(tx).await?;
    write_down(tx, ctx, APPROVE.0, &pack, None).await?;
    Ok(pack)
}

/// Sends a pack back to whoever offered it.
pub async fn refuse(tx: &Tx, ctx: &Ctx, pack_no: i64, digest: &str, reason: &str) -> Result<TariffPack> {
    ctx.require_everywhere(APPROVE)?;
    store::lock(tx).await?;
    let pack = known(tx, pack_no).await?;
    rules::may_decide(&pack, &ctx.actor.name, digest)?;
    let reason = rules::reason(reason)?;
    let pack = pack.end(State::Refused, &ctx.actor.name, ctx.now, &reason);
    store::save(tx, &pack).await?;
    write_down(tx, ctx, "tariff.refuse", &pack, Some(&reason)).await?;
    Ok(pack)
}

/// Takes a pack back: one that is only offered, or one whose first day has not come.
pub async fn withdraw(tx: &Tx, ctx: &Ctx, pack_no: i64, reason: &str) -> Result<TariffPack> {
    ctx.require_everywhere(UPLOAD)?;
    store::lock(tx).await?;
    let pack = known(tx, pack_no).await?;
    rules::may_withdraw(&pack, ctx.today, store::billed_to(tx, &pack.code).await?)?;
    let reason = rules::reason(reason)?;
    let was_approved = pack.state == State::Approved;
    let pack = pack.end(State::Withdrawn, &ctx.actor.name, ctx.now, &reason);
    store::save(tx, &pack).await?;
    if was_approved {
        store::raise_revision(tx).await?;
    }
    write_down(tx, ctx, "tariff.withdraw", &pack, Some(&reason)).await?;
    Ok(pack)
}

/// Packs on record, newest first, below the number `before`.
pub async fn page(tx: &Tx, ctx: &Ctx, before: Option<i64>, limit: u32) -> Result<Vec<TariffPack>> {
    ctx.require(READ)?;
    store::page(tx, before.unwrap_or(i64::MAX), limit).await
}

/// One pack, and what it comes to against the book as it is now.
pub async fn find(tx: &Tx, ctx: &Ctx, tariffs: &Tariffs, pack_no: i64) -> Result<(TariffPack, Check)> {
    ctx.require(READ)?;
    let pack = known(tx, pack_no).await?;
    let check = examine(tx, tariffs, &pack.text).await?;
    let check = if pack.backdated { check.backdated() } else { check };
    Ok((pack, check))
}

async fn known(tx: &Tx, pack_no: i64) -> Result<TariffPack> {
    let unknown = || {
        let (zh, en) = (format!("没有电价包 {pack_no}"), format!("there is no tariff pack {pack_no}"));
        Refusal::not_found("tariff-pack.unknown", zh, en)
    };
    store::find(tx, pack_no).await?.ok_or_else(|| unknown().into())
}

async fn write_down(tx: &Tx, ctx: &Ctx, act: &str, pack: &TariffPack, reason: Option<&str>) -> Result<()> {
    let detail = json!({
        "code": pack.code, "starts_on": pack.starts_on.to_string(), "digest": pack.digest, "offered_by": pack.offered_by,
        "backdated": pack.backdated,
    });
    journal::record(tx, ctx, Entry { act, subject: format!("tariff-pack:{}", pack.pack_no), reason, detail }).await
}
