//! Tills 钱箱: the money that one cashier takes over the counter on one day of the books.
//!
//! ```text
//!   first payment, or opened with change ──▶ open ──closed by its cashier──▶ closed
//!                                             ▲                                │
//!                                             └────reopened by a head──────────┘  while the day is open
//! ```
//!
//! Counting and closing are [`crate::closing`]'s; here is what taking a payment needs.
//!
//! **Invariants.** One till for a cashier and a day, kept by the database. A payment over the
//! counter lies in an open till: [`put`] locks the till until the payment is committed, and whoever
//! closes the till takes the same lock, so that the payment is in the figures or is refused.

mod model;
mod store;

use kernel::id::Uuid;
use kernel::{Date, Money, Refusal};
use platform::journal::{self, Entry};
use platform::{Ctx, Permission, Result, Tx};

pub use model::{Till, TillState};
pub use store::MIGRATION;

use crate::ledger::{self, OpenDay};

/// To open, count and close one's own till.
pub const CLOSE: Permission = Permission("till.close");

/// Lays a payment into the actor's till of the day on which it is booked, which opens with it if it
/// has not been opened. Refuses when that till is closed.
pub async fn put(tx: &Tx, ctx: &Ctx, day: &OpenDay<'_>, station: Option<&str>, payment: Uuid) -> Result<Till> {
    let till = of_now(tx, ctx, day, station, Money::ZERO).await?;
    if till.state == TillState::Closed {
        return Err(closed(till.day).into());
    }
    store::put(tx, till.id, payment);
    Ok(till)
}

/// Opens the actor's till with change 备用金; says so of one that a payment has opened.
pub async fn open(tx: &Tx, ctx: &Ctx, change: Money) -> Result<Till> {
    let stations = ctx.require(CLOSE)?.stations();
    if change.is_negative() || change > Money::from_fen(10_000_000) {
        return Err(Refusal::invalid(
            "till.change",
            "备用金应在 0 至 100000 元之间",
            "the change lies between 0 and 100000 yuan",
        )
        .at("change")
        .into());
    }
    let station = stations.as_deref().and_then(|stations| stations.first()).map(String::as_str);
    let mut till = of_now(tx, ctx, &ledger::open_day(tx, ctx).await?, station, change).await?;
    if till.state == TillState::Closed {
        return Err(closed(till.day).into());
    }
    if till.change != change {
        if till.change != Money::ZERO {
            return Err(Refusal::conflict(
                "till.opened",
                format!("钱箱已开，备用金为 {} 元", till.change),
                format!("the till is open already, with change of {} yuan", till.change),
            )
            .at("change")
            .into());
        }
        store::set_change(tx, till.id, change).await?;
        till.change = change;
    }
    let detail = serde_json::json!({ "day": till.day.to_string(), "change": change.to_string() });
    journal::record(tx, ctx, Entry { act: "till.open", subject: subject(&till), reason: None, detail }).await?;
    Ok(till)
}

/// What the journal calls a till.
pub fn subject(till: &Till) -> String {
    format!("till:{}:{}", till.day, till.cashier)
}

async fn of_now(tx: &Tx, ctx: &Ctx, day: &OpenDay<'_>, station: Option<&str>, change: Money) -> Result<Till> {
    let day = day.on;
    if let Some(till) = store::locked_of(tx, &ctx.actor.name, day).await? {
        return Ok(till);
    }
    let till = Till {
        id: ctx.new_id(),
        cashier: ctx.actor.name.clone(),
        day,
        station: station.map(str::to_owned),
        change,
        opened_at: ctx.now,
        state: TillState::Open,
    };
    store::insert(tx, &till).await?;
    // Somebody else may have opened it in the same moment; then his is the one.
    Ok(store::locked_of(tx, &ctx.actor.name, day).await?.unwrap_or(till))
}

/// A cashier's till of a day.
pub async fn of(tx: &Tx, cashier: &str, day: Date) -> Result<Option<Till>> {
    store::of(tx, cashier, day).await
}

/// A till by its id.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<Till>> {
    store::find(tx, id).await
}

/// The till, which nobody else touches until the transaction ends.
pub async fn locked(tx: &Tx, id: Uuid) -> Result<Option<Till>> {
    store::locked(tx, id).await
}

/// The tills of a day, in order of cashier.
pub async fn of_day(tx: &Tx, day: Date) -> Result<Vec<Till>> {
    store::of_day(tx, day).await
}

/// The first day up to `day` with a till that is open.
pub async fn first_open(tx: &Tx, day: Date) -> Result<Option<Till>> {
    store::first_open(tx, day).await
}

pub async fn set_state(tx: &Tx, id: Uuid, state: TillState) -> Result<()> {
    store::set_state(tx, id, state).await
}

pub fn closed(day: Date) -> Refusal {
    Refusal::conflict(
        "till.closed",
        format!("您 {day} 的钱箱已结账，不能再收款；如需继续收款，请所长重新打开"),
        format!("your till of {day} is closed and takes no more payments; ask a head to reopen it"),
    )
}
