//! Which decision fits which exception.

use kernel::Refusal;
use sha2::{Digest, Sha256};

use crate::exception::model::{Act, Exception, Figures, Left};
use crate::exception::rules::pack::ExceptionRules;
use crate::reading::rules::Doubt;

/// Words between commas, as they are kept.
pub fn doubts_of(words: &str) -> Vec<Doubt> {
    words.split(',').filter_map(Doubt::from_word).collect()
}

impl Figures {
    /// What whoever decides says he saw.
    pub fn seen(&self) -> String {
        let Figures { sequence, doubts, energy, amount } = self;
        let text = format!("{sequence} {doubts} {} {}", energy.wh(), amount.fen());
        kernel::hex(Sha256::digest(text.as_bytes()))[..16].to_owned()
    }
}

/// Whether issue leaves a ready draft out, by its doubts and what was decided about it.
pub fn left(rules: &ExceptionRules, doubts: &[Doubt], is_held: bool, is_decided: bool) -> Option<Left> {
    if is_held {
        return Some(Left::Held);
    }
    (!is_decided && rules.waits(doubts)).then_some(Left::Waiting)
}

/// Whether this can be decided about an exception as it stands, and as it was seen.
pub fn check(exception: &Exception, act: &Act, seen: &str) -> Result<(), Refusal> {
    if exception.figures.seen() != seen {
        let (zh, en) =
            ("该户的异常或数据已变化，请重新查看后决定", "it has changed since you saw it: look at it again");
        return Err(Refusal::conflict("exception.changed", zh, en).at("seen"));
    }
    if matches!(act, Act::ReRead { .. } | Act::Estimate { .. }) {
        return Ok(());
    }
    if !exception.is_ready {
        let (zh, en) = (
            "该户无法计费，没有账单可放行或暂缓：请重抄、估抄或更正档案",
            "there is no bill to pass or to hold: have it read, estimate it, or correct the archive",
        );
        return Err(Refusal::conflict("exception.blocked", zh, en));
    }
    let same = |decided: &&crate::exception::model::Decided| decided.covers && decided.decision == act.decision();
    if exception.decided.as_ref().filter(same).is_some() {
        return Err(Refusal::conflict("exception.decided", "已如此处理", "this is decided already"));
    }
    Ok(())
}

pub fn unknown(supply_no: &str) -> Refusal {
    Refusal::not_found(
        "exception.unknown",
        format!("户号 {supply_no} 没有待处理的异常：未试算、无异常或已发行"),
        format!("there is no exception of {supply_no}: not tried, nothing found, or issued"),
    )
    .at("supply_no")
}

pub fn no_decision() -> Refusal {
    let (zh, en) = ("没有这个处理，或已撤销、已另行处理", "there is no such decision, or it does not stand any more");
    Refusal::not_found("exception-decision.unknown", zh, en)
}

pub fn nothing_read() -> Refusal {
    let (zh, en) = ("该户本月没有可重抄或估抄的计度器", "no register of this account can be read again or estimated");
    Refusal::conflict("exception.no-register", zh, en)
}

pub fn other_count(now: i64) -> Refusal {
    Refusal::conflict(
        "exception.count",
        format!("现有 {now} 户，与您看到的不同，请重新确认"),
        format!("they are {now} now, which is not what you saw: confirm again"),
    )
    .at("accounts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Energy, Money};

    #[test]
    fn what_was_seen_differs_with_every_figure() {
        let figures = |sequence, doubts: &str, wh, fen| {
            let (energy, amount) = (Energy::from_wh(wh), Money::from_fen(fen));
            Figures { sequence, doubts: doubts.into(), energy, amount }.seen()
        };
        let seen = figures(1, ",spike,", 100, 100);
        assert_eq!(seen, figures(1, ",spike,", 100, 100));
        for other in
            [(2, ",spike,", 100, 100), (1, ",swing,", 100, 100), (1, ",spike,", 101, 100), (1, ",spike,", 100, 99)]
        {
            assert_ne!(seen, figures(other.0, other.1, other.2, other.3), "{other:?}");
        }
    }

    #[test]
    fn issue_leaves_out_what_is_held_and_what_the_pack_wants_decided() {
        let packs = platform::packs::Packs::load(None).expect("the shipped packs");
        let month = "2016-08".parse().expect("a month");
        let shipped = ExceptionRules::of(&packs, month).expect("rules");
        let strict = ExceptionRules { decide_before_issue: vec![Doubt::Swing], ..shipped.clone() };
        let swing = [Doubt::Swing, Doubt::Estimated];
        assert_eq!(left(&shipped, &swing, false, false), None, "as shipped nothing waits");
        assert_eq!(left(&shipped, &swing, true, true), Some(Left::Held));
        assert_eq!(left(&strict, &swing, false, false), Some(Left::Waiting));
        assert_eq!(left(&strict, &swing, false, true), None);
        assert_eq!(left(&strict, &[Doubt::Estimated], false, false), None);
    }
}
