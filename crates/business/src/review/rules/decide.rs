//! Which decision fits which reading, and what it changes.

use std::collections::HashMap;

use kernel::{Date, Month, Refusal};
use platform::{Ctx, Error, journal};

use super::estimate::{EstimateRule, EstimateRules, estimate, over_limit};
use super::history::Scene;
use crate::bill::{BillDocument, Position};
use crate::metering::{Count, Meter, MeterId};
use crate::reading::rules::{Doubt, ReviewRules};
use crate::reading::{Reading, ReadingKind};
use crate::review::model::{Decided, Decision, Estimate, Place, Site, Told, Wish};
use crate::review::store::{Window, doubts_of};
use crate::review::{Asked, OVER_LIMIT};
use crate::supply::UsagePointId;

/// Everything that deciding about some places takes.
pub struct Desk {
    pub meters: Vec<Meter>,
    /// Only of the stations that the actor's right reaches.
    pub sites: HashMap<MeterId, Site>,
    pub scenes: HashMap<UsagePointId, Scene>,
    pub decisions: Vec<Decided>,
    /// What is on record at the places, with the words of its doubts.
    pub at: HashMap<Place, (Reading, Option<String>)>,
    pub by_month: HashMap<Month, (ReviewRules, EstimateRules)>,
}

/// What one decision changes.
pub struct Change {
    pub decided: Decided,
    pub aside: Option<Reading>,
    pub kept: Option<(Reading, Option<String>)>,
    /// What an order waits for, until when, and who is sent.
    pub order: Option<(Window, Date, Option<String>)>,
}

type Standings = HashMap<UsagePointId, (Position, BillDocument)>;

impl Desk {
    pub fn points(&self) -> Vec<UsagePointId> {
        let mut points: Vec<UsagePointId> = self.sites.values().map(|site| site.usage_point).collect();
        points.sort();
        points.dedup();
        points
    }

    pub fn place(&self, asked: &Asked) -> Result<Place, Refusal> {
        let meter = self.meters.iter().find(|meter| meter.meter_no == asked.meter_no);
        let meter =
            meter.filter(|meter| self.sites.contains_key(&meter.id)).ok_or_else(|| no_meter(&asked.meter_no))?;
        if meter.register(asked.register).is_none() {
            let register = asked.register;
            let (zh, en) = (format!("该表没有 {register} 计度器"), format!("this meter has no register {register}"));
            return Err(Refusal::invalid("register.unknown", zh, en).at("register"));
        }
        Ok(Place { meter: meter.id, register: asked.register, on: asked.on })
    }

    fn scene(&self, place: &Place) -> Option<(&Scene, &Meter)> {
        let scene = self.scenes.get(&self.sites.get(&place.meter)?.usage_point)?;
        Some((scene, scene.meter(place)?))
    }

    fn rules(&self, place: &Place) -> Result<&(ReviewRules, EstimateRules), Refusal> {
        self.by_month.get(&Month::of(place.on)).ok_or_else(nothing_asked)
    }

    pub fn estimate(&self, place: &Place, rule: Option<EstimateRule>) -> Result<Estimate, Refusal> {
        let (scene, meter) = self.scene(place).ok_or_else(no_reading)?;
        check_day(meter, place.on)?;
        let (review, rules) = self.rules(place)?;
        estimate(review, rules, scene, place, rule)
    }

    /// What `wish` changes at the `n`th place.
    pub fn change(
        &self,
        ctx: &Ctx,
        asked: &Asked,
        n: usize,
        wish: &Wish,
        reason: Option<&str>,
        standings: &Standings,
    ) -> Result<Change, Error> {
        let place = self.place(asked)?;
        let site = self.sites.get(&place.meter).ok_or_else(no_reading)?;
        let was = self.at.get(&place);
        if !matches!(wish, Wish::Accept) {
            check_billed(standings.get(&site.usage_point), &asked.meter_no, &place)?;
        }
        let before = was.map(|(reading, doubts)| (told_of(reading), doubts.clone()));
        let make = |after: Option<Told>| {
            decided(ctx, place, asked.meter_no.clone(), wish.decision(), reason, before.clone(), after)
        };
        Ok(match wish {
            Wish::Accept => {
                let (told, doubts) = before.clone().ok_or_else(no_reading)?;
                self.check_accept(&place, told, doubts.as_deref())?;
                Change { decided: make(Some(told)), aside: None, kept: None, order: None }
            }
            Wish::Correct(values) => {
                let told = *values.get(n).ok_or_else(nothing_asked)?;
                let (was, _) = was.ok_or_else(no_reading)?;
                self.check_correct(&place, told_of(was), told)?;
                self.replaced(make(Some(told)), Some(was), told)?
            }
            Wish::Estimate { rule, beyond_limit } => {
                let found = self.estimate(&place, *rule)?;
                if place.on > ctx.today {
                    return Err(future().into());
                }
                if found.in_a_row >= found.limit {
                    if !beyond_limit {
                        return Err(over_limit(found.limit).into());
                    }
                    ctx.require_at(OVER_LIMIT, &site.station)?;
                }
                let told = Told { value: found.value, kind: ReadingKind::Estimated };
                let mut made = make(Some(told));
                made.rule = Some(found.rule);
                self.replaced(made, was.map(|(reading, _)| reading), told)?
            }
            Wish::ReRead { due_on, reader } => {
                if *due_on < ctx.today {
                    return Err(due_past().into());
                }
                let aside = was.map(|(reading, _)| reading.clone());
                let order = Some((self.window(&place)?, *due_on, reader.clone()));
                Change { decided: make(None), aside, kept: None, order }
            }
        })
    }

    fn check_accept(&self, place: &Place, told: Told, doubts: Option<&str>) -> Result<(), Refusal> {
        let doubts = doubts.map(doubts_of).unwrap_or_default();
        if doubts.is_empty() {
            return Err(Refusal::conflict(
                "review.no-doubt",
                "该读数没有疑义",
                "nothing is doubtful about this reading",
            ));
        }
        if covering(&self.decisions, place, told).is_some() {
            return Err(Refusal::conflict("review.decided", "该读数已复核", "this reading is decided already"));
        }
        check_acceptable(&doubts)
    }

    fn check_correct(&self, place: &Place, was: Told, told: Told) -> Result<(), Refusal> {
        if told.kind == ReadingKind::Estimated {
            let (zh, en) =
                ("更正为实抄或自报的读数；估抄请用“估抄”", "a correction was read or told; to estimate, estimate");
            return Err(Refusal::invalid("review.kind", zh, en).at("kind"));
        }
        if told == was {
            return Err(Refusal::invalid("review.same", "与原读数相同", "this is the reading that stands").at("value"));
        }
        let digits =
            self.scene(place).and_then(|(_, meter)| meter.register(place.register)).map_or(0, |known| known.digits);
        if told.value < Count::from_thousandths(0) || told.value >= Count::end_of(digits) {
            let (zh, en) = (
                format!("{digits} 位表计显示不了该值"),
                format!("a register of {digits} digits cannot show this value"),
            );
            return Err(Refusal::invalid("value.digits", zh, en).at("value"));
        }
        Ok(())
    }

    /// Another reading in the place, judged anew.
    fn replaced(&self, decided: Decided, was: Option<&Reading>, told: Told) -> Result<Change, Refusal> {
        let place = decided.place;
        let (review, _) = self.rules(&place)?;
        let findings = self.scene(&place).map(|(scene, _)| scene.findings(review, &place, told.value, told.kind));
        let words: Vec<&str> = findings.iter().flatten().map(|finding| finding.doubt.word()).collect();
        let reading = Reading {
            meter: place.meter,
            register: place.register,
            read_on: place.on,
            value: told.value,
            kind: told.kind,
        };
        let kept = Some((reading, (!words.is_empty()).then(|| words.join(","))));
        Ok(Change { decided, aside: was.cloned(), kept, order: None })
    }

    /// The days between the states around the place: a reading of any of them does.
    fn window(&self, place: &Place) -> Result<Window, Refusal> {
        let (scene, meter) = self.scene(place).ok_or_else(no_reading)?;
        check_day(meter, place.on)?;
        let days = || scene.readings(meter, place.register).map(|reading| reading.read_on);
        Ok(Window {
            after: days().filter(|on| *on < place.on).max().unwrap_or(meter.installed_on),
            before: days().filter(|on| *on > place.on).min().unwrap_or(Date::MAX),
        })
    }
}

fn told_of(reading: &Reading) -> Told {
    Told { value: reading.value, kind: reading.kind }
}

/// A decision that is made now.
pub fn decided(
    ctx: &Ctx,
    place: Place,
    meter_no: String,
    decision: Decision,
    reason: Option<&str>,
    before: Option<(Told, Option<String>)>,
    after: Option<Told>,
) -> Decided {
    let (before, doubts) = before.map_or((None, None), |(told, doubts)| (Some(told), doubts));
    Decided {
        id: ctx.new_id(),
        place,
        meter_no,
        decision,
        at: ctx.now,
        by: ctx.actor.name.clone(),
        reason: reason.map(str::to_owned),
        rule: None,
        before,
        doubts,
        after,
        undoes: None,
        undone: false,
    }
}

/// The decision that left the reading as it stands, if one did.
pub fn covering<'d>(decisions: &'d [Decided], place: &Place, told: Told) -> Option<&'d Decided> {
    let covers = |d: &&Decided| d.place == *place && d.decision != Decision::Undo && !d.undone && d.after == Some(told);
    decisions.iter().rev().find(covers)
}

/// The change that takes a decision back.
pub fn taken_back(ctx: &Ctx, decision: &Decided, reason: &str, now: Option<(Reading, Option<String>)>) -> Change {
    let place = decision.place;
    let before = now.as_ref().map(|(reading, doubts)| (told_of(reading), doubts.clone()));
    let made = decided(ctx, place, decision.meter_no.clone(), Decision::Undo, Some(reason), before, decision.before);
    let made = Decided { undoes: Some(decision.id), ..made };
    if decision.decision == Decision::Accept {
        return Change { decided: made, aside: None, kept: None, order: None };
    }
    let restored = decision.before.map(|told| {
        let (register, read_on) = (place.register, place.on);
        (Reading { meter: place.meter, register, read_on, value: told.value, kind: told.kind }, decision.doubts.clone())
    });
    Change { decided: made, aside: now.map(|(reading, _)| reading), kept: restored, order: None }
}

/// Whether a decision can be taken back as things stand.
pub fn check_undo(
    decision: &Decided,
    of_place: &[Decided],
    now: Option<&Reading>,
    order_done: bool,
) -> Result<(), Refusal> {
    if decision.decision == Decision::Undo || decision.undone {
        return Err(Refusal::conflict("decision.undone", "该处理已撤销", "this decision is taken back already"));
    }
    let later =
        |d: &&Decided| d.place == decision.place && d.id > decision.id && d.decision != Decision::Undo && !d.undone;
    if of_place.iter().any(|d| later(&d)) {
        let (zh, en) =
            ("此后还有处理，请先撤销最近一次", "it was decided again since; take the latest decision back first");
        return Err(Refusal::conflict("decision.not-latest", zh, en));
    }
    let standing = now.map(told_of);
    let left = if decision.decision == Decision::ReRead { None } else { decision.after };
    if standing != left || order_done {
        let (zh, en) = ("此后读数已变化，不能撤销", "another reading has come since: it cannot be taken back");
        return Err(Refusal::conflict("decision.superseded", zh, en));
    }
    Ok(())
}

/// Refuses to accept what cannot be true.
pub fn check_acceptable(doubts: &[Doubt]) -> Result<(), Refusal> {
    if !doubts.contains(&Doubt::Negative) {
        return Ok(());
    }
    let (zh, en) = (
        "读数倒走不能认可：请更正、估抄或重抄",
        "a register that went backwards cannot be accepted: correct it, estimate it, or have it read again",
    );
    Err(Refusal::conflict("review.negative", zh, en))
}

pub fn check_billed(standing: Option<&(Position, BillDocument)>, meter_no: &str, place: &Place) -> Result<(), Refusal> {
    if standing.is_some_and(|(_, document)| document.stands_on(meter_no, place.register, place.on)) {
        let (zh, en) = (
            "已发行的账单用到该读数，请先作废账单",
            "an issued bill was computed from this reading; cancel the bill first",
        );
        return Err(Refusal::conflict("reading.billed", zh, en));
    }
    Ok(())
}

pub fn check_many(asked: &[Asked], most: usize) -> Result<(), Refusal> {
    if asked.is_empty() {
        return Err(nothing_asked());
    }
    if asked.len() > most {
        let (zh, en) = (format!("一次至多 {most} 条"), format!("at most {most} at once"));
        return Err(Refusal::invalid("review.many", zh, en).at("items"));
    }
    let twice = asked.iter().enumerate().find(|(n, one)| asked[..*n].contains(one));
    twice.map_or(Ok(()), |(n, _)| {
        Err(at_item(Refusal::invalid("review.twice", "同一读数出现两次", "the same reading is named twice"), n))
    })
}

fn check_day(meter: &Meter, on: Date) -> Result<(), Refusal> {
    if on > meter.installed_on && meter.removed_on.is_none_or(|removed| on < removed) {
        return Ok(());
    }
    let (zh, en) = ("该日此表未在用", "the meter was not in use on this day");
    Err(Refusal::invalid("review.day", zh, en).at("read_on"))
}

/// Only to accept takes no reason.
pub fn reason<'r>(wish: &Wish, reason: Option<&'r str>) -> Result<Option<&'r str>, Refusal> {
    match wish {
        Wish::Accept => journal::remark(reason),
        _ => journal::short_reason(reason.unwrap_or_default()).map(Some),
    }
}

/// Names the place among many to which a refusal belongs.
pub fn at_item<E: ItemError>(error: E, n: usize) -> E {
    error.at_item(n)
}

/// A refusal, or an error that may be one.
pub trait ItemError {
    fn at_item(self, n: usize) -> Self;
}

impl ItemError for Refusal {
    fn at_item(mut self, n: usize) -> Refusal {
        self.field = Some(match self.field {
            Some(field) => format!("items.{n}.{field}"),
            None => format!("items.{n}"),
        });
        self
    }
}

impl ItemError for Error {
    fn at_item(self, n: usize) -> Error {
        match self {
            Error::Refused(refusal) => Error::Refused(Box::new(refusal.at_item(n))),
            fault => fault,
        }
    }
}

pub fn nothing_asked() -> Refusal {
    Refusal::invalid("review.nothing", "没有指明读数", "no reading is named").at("items")
}

pub fn unknown() -> Refusal {
    Refusal::not_found("decision.unknown", "没有这条处理记录", "there is no such decision")
}

pub fn ordered() -> Refusal {
    Refusal::conflict("review.ordered", "已有未完成的重抄单", "there is an open order to read it already")
}

fn no_meter(meter_no: &str) -> Refusal {
    let (zh, en) = (format!("没有电能表 {meter_no}"), format!("there is no meter {meter_no}"));
    Refusal::not_found("meter.unknown", zh, en).at("meter_no")
}

fn no_reading() -> Refusal {
    Refusal::not_found("reading.unknown", "没有这条读数", "there is no such reading")
}

fn future() -> Refusal {
    Refusal::invalid("date.future", "抄表日在将来", "this day has not come yet").at("read_on")
}

fn due_past() -> Refusal {
    Refusal::invalid("due.past", "重抄日期不能早于今天", "the day to read again cannot be past").at("due_on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use kernel::Register;
    use kernel::id::Uuid;

    fn decision(n: u128, decision: Decision, after: Option<i64>) -> Decided {
        Decided {
            id: Uuid::from_u128(n),
            place: Place { meter: Uuid::from_u128(1).into(), register: Register::Total, on: date(2016, 8, 31) },
            meter_no: "M1".into(),
            decision,
            at: kernel::Timestamp::UNIX_EPOCH,
            by: "wang.li".into(),
            reason: None,
            rule: None,
            before: None,
            doubts: None,
            after: after.map(told),
            undoes: None,
            undone: false,
        }
    }

    fn told(value: i64) -> Told {
        Told { value: Count::from_thousandths(value), kind: ReadingKind::Actual }
    }

    #[test]
    fn a_decision_covers_only_the_value_that_it_left_and_only_until_it_is_taken_back() {
        let accepted = decision(1, Decision::Accept, Some(5));
        let place = accepted.place;
        assert!(covering(std::slice::from_ref(&accepted), &place, told(5)).is_some());
        assert!(covering(std::slice::from_ref(&accepted), &place, told(6)).is_none());
        let undone = Decided { undone: true, ..accepted };
        assert!(covering(&[undone], &place, told(5)).is_none());
        assert!(covering(&[decision(2, Decision::Undo, Some(5))], &place, told(5)).is_none());
    }

    #[test]
    fn only_the_latest_decision_is_taken_back_and_only_while_its_reading_stands() {
        let (first, second) = (decision(1, Decision::Correct, Some(5)), decision(2, Decision::Accept, Some(5)));
        let standing = |value| Reading {
            meter: first.place.meter,
            register: Register::Total,
            read_on: first.place.on,
            value: Count::from_thousandths(value),
            kind: ReadingKind::Actual,
        };
        let all = [first.clone(), second.clone()];
        let code = |result: Result<(), Refusal>| result.map_err(|refusal| refusal.code);
        assert_eq!(code(check_undo(&first, &all, Some(&standing(5)), false)), Err("decision.not-latest"));
        assert_eq!(code(check_undo(&second, &all, Some(&standing(5)), false)), Ok(()));
        assert_eq!(code(check_undo(&second, &all, Some(&standing(6)), false)), Err("decision.superseded"));
        let ordered = decision(3, Decision::ReRead, None);
        assert_eq!(code(check_undo(&ordered, &[], None, false)), Ok(()));
        assert_eq!(code(check_undo(&ordered, &[], Some(&standing(7)), false)), Err("decision.superseded"));
        assert_eq!(code(check_undo(&ordered, &[], None, true)), Err("decision.superseded"));
    }

    #[test]
    fn a_register_that_went_backwards_is_never_accepted() {
        assert!(check_acceptable(&[Doubt::Spike, Doubt::Vacancy]).is_ok());
        assert!(check_acceptable(&[Doubt::Spike, Doubt::Negative]).is_err());
    }
}
