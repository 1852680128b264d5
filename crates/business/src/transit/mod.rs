//! Money on its way 在途资金: what left the tills and the channels, until the bank has credited it to
//! the collection account 电费收入专户.
//!
//! ```text
//!   money:cash ─┐ till closed                      bank line matched
//!   money:pos  ─┼──────────────▶ money:in-transit ──────────────────▶ money:collection
//!   money:wechat┘ day closed         (deposit)     ◀────────────────── undone
//! ```
//!
//! Collection and expenditure are two lines of money 收支两条线: what is collected goes to the
//! collection account whole, and nothing is paid out of it here.
//!
//! **Invariants.** A deposit is matched with at most one bank line at a time, kept by the database;
//! the deposits of a line add up to it. A match and its undoing are each a record with a ledger entry.
//! Standing deposits that are not matched add up to `money:in-transit`.

mod import;
mod model;
mod rules;
mod store;

use kernel::id::Uuid;
use kernel::{Money, Refusal};
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};

pub use import::{BankStatementImport, ChannelStatementImport};
pub use model::{BankLine, ChannelLine, Deposit, DepositKind, How, LineFilter};
pub use rules::BankRules;
pub use store::{
    MIGRATION, channel_lines_open, mark_compared, open_deposits_before, open_lines_until, payments_unreported,
};

use crate::ledger::{self, Account, EntryKind, LedgerEntry, OpenDay, Posting};

/// To load statements of channels and banks.
pub const IMPORT: Permission = Permission("statement.import");
/// To match money on its way with the bank's lines by hand.
pub const MATCH: Permission = Permission("statement.match");
/// To see what is on its way and what the bank said.
pub const READ: Permission = Permission("closing.read");

/// Whoever matches holds this alone, so that no deposit is found twice.
const MATCHING: &str = "transit.matching";

pub const IN_TRANSIT: &str = "in-transit";
const COLLECTION: &str = "collection";

fn money(place: &str) -> Account {
    Account::Money(place.to_owned())
}

/// Sends money on its way; whoever calls posts the entry.
pub async fn send(tx: &Tx, deposits: &[Deposit]) -> Result<()> {
    store::insert_deposits(tx, deposits).await
}

/// Takes the deposits of a till's close back, unless the bank has one of them already.
pub async fn take_back(tx: &Tx, till: Uuid) -> Result<()> {
    tx.hold_alone(MATCHING).await?;
    if store::has_matched(tx, till).await? {
        return Err(Refusal::conflict(
            "till.credited",
            "该钱箱的缴款已与银行到账勾对，不能重新打开；请在下一日以更正分录处理",
            "the bank has credited this till's money; it cannot be reopened, correct it on the next day",
        )
        .into());
    }
    store::void_deposits(tx, till).await
}

/// A page of deposits that the bank has not credited, or all, oldest first.
pub async fn deposits(tx: &Tx, ctx: &Ctx, only_open: bool, after: Option<Uuid>, limit: u32) -> Result<Vec<Deposit>> {
    ctx.require_everywhere(READ)?;
    store::deposits(tx, only_open, after, limit.clamp(1, 1000)).await
}

/// A page of the bank's lines.
pub async fn lines(tx: &Tx, ctx: &Ctx, filter: &LineFilter, after: Option<Uuid>, limit: u32) -> Result<Vec<BankLine>> {
    ctx.require_everywhere(READ)?;
    store::lines(tx, filter, after, limit.clamp(1, 1000)).await
}

/// Matches a line of the bank with deposits that add up to it, by hand.
pub async fn match_by_hand(tx: &Tx, ctx: &Ctx, line: Uuid, deposits: Vec<Uuid>, reason: &str) -> Result<BankLine> {
    ctx.require_everywhere(MATCH)?;
    let reason = journal::reason(reason)?;
    tx.hold_alone(MATCHING).await?;
    let found = open_line(tx, line).await?;
    let chosen = store::open_of(tx, &deposits).await?;
    if chosen.is_empty() || chosen.len() != deposits.len() {
        return Err(Refusal::conflict(
            "deposit.not-open",
            "所选在途资金不存在或已勾对，请刷新后重选",
            "a chosen deposit does not exist or is matched already; look again",
        )
        .at("deposits")
        .into());
    }
    let sum: Money = chosen.iter().map(|deposit| deposit.amount).sum();
    if sum != found.amount {
        return Err(Refusal::conflict(
            "match.sum",
            format!("所选在途资金合计 {sum} 元，银行流水为 {} 元，须相等", found.amount),
            format!("the chosen deposits come to {sum} yuan, the bank's line to {}; they must be equal", found.amount),
        )
        .at("deposits")
        .into());
    }
    for deposit in &chosen {
        join(tx, ctx, &found, deposit, How::Hand, Some(reason)).await?;
    }
    let detail = serde_json::json!({ "amount": found.amount.to_string(), "deposits": deposits });
    let subject = format!("bank-line:{line}");
    journal::record(tx, ctx, Entry { act: "bank-line.match", subject, reason: Some(reason), detail }).await?;
    line_of(tx, line).await
}

/// Parts a line from its deposits again.
pub async fn unmatch(tx: &Tx, ctx: &Ctx, line: Uuid, reason: &str) -> Result<BankLine> {
    ctx.require_everywhere(MATCH)?;
    let reason = journal::reason(reason)?;
    tx.hold_alone(MATCHING).await?;
    let found = line_of(tx, line).await?;
    let matched = store::matched_amounts(tx, line).await?;
    if matched.is_empty() {
        return Err(Refusal::conflict("line.not-matched", "该银行流水未勾对", "this line is not matched").into());
    }
    let day = ledger::open_day(tx, ctx).await?;
    for amount in &matched {
        post(tx, ctx, &day, EntryKind::CreditUndone, -*amount)?;
    }
    store::undo(tx, line, ctx, reason).await?;
    let detail = serde_json::json!({ "amount": found.amount.to_string() });
    let subject = format!("bank-line:{line}");
    journal::record(tx, ctx, Entry { act: "bank-line.unmatch", subject, reason: Some(reason), detail }).await?;
    line_of(tx, line).await
}

/// Matches new lines with what is on its way, where it is beyond doubt; how many were.
async fn match_lines(tx: &Tx, ctx: &Ctx, rules: &BankRules, lines: &[BankLine]) -> Result<usize> {
    tx.hold_alone(MATCHING).await?;
    let mut open = store::all_open(tx).await?;
    let mut matched = 0;
    for line in lines {
        let Some((at, how)) = rules::find(rules, line, &open) else { continue };
        let deposit = open.remove(at);
        join(tx, ctx, line, &deposit, how, None).await?;
        matched += 1;
    }
    Ok(matched)
}

async fn join(tx: &Tx, ctx: &Ctx, line: &BankLine, deposit: &Deposit, how: How, reason: Option<&str>) -> Result<()> {
    store::join(tx, ctx, line.id, deposit, how, reason).await?;
    post(tx, ctx, &ledger::open_day(tx, ctx).await?, EntryKind::Credited, deposit.amount)
}

fn post(tx: &Tx, ctx: &Ctx, day: &OpenDay<'_>, kind: EntryKind, amount: Money) -> Result<()> {
    let postings = vec![Posting::of(money(COLLECTION), None, amount), Posting::of(money(IN_TRANSIT), None, -amount)];
    ledger::post(tx, day, &[LedgerEntry::plain(ctx, day.on, kind, postings)])
}

async fn line_of(tx: &Tx, id: Uuid) -> Result<BankLine> {
    let unknown = || Refusal::not_found("line.unknown", "没有该银行流水", "there is no such line of the bank");
    store::line(tx, id).await?.ok_or_else(|| unknown().into())
}

async fn open_line(tx: &Tx, id: Uuid) -> Result<BankLine> {
    let line = line_of(tx, id).await?;
    if line.matched {
        return Err(Refusal::conflict("line.matched", "该银行流水已勾对", "this line is matched already").into());
    }
    Ok(line)
}

/// Recomputes the invariants; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    store::verify(tx).await
}
