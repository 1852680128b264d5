//! What a pack may add, and who may decide about it.

use kernel::{Date, Refusal, Text};
use platform::{Fault, Result};
use pricing::pack::{Mistake, read_tariff};
use pricing::{Tariff, TariffBook, Version};

use super::model::{BILLED, Check, Problem, State, TariffPack};

const LEAST_REASON: usize = 4;

/// Reads a pack's text.
pub fn read(text: &str) -> Result<Tariff, Vec<Mistake>> {
    read_tariff("", text)
}

/// Compares a pack with the book and with what is billed.
pub fn examine(digest: String, tariff: Tariff, book: &TariffBook, billed_to: Option<Date>) -> Check {
    let known = book.get(&tariff.code);
    let mut problems = Vec::new();
    let mut added = Vec::new();
    for (at, version) in tariff.versions.iter().enumerate() {
        let field = format!("version[{}]", at + 1);
        let same_id = known.and_then(|known| known.versions.iter().find(|one| one.id == version.id));
        match same_id {
            Some(there) if there.digest() == version.digest() => {}
            Some(_) => problems.push(version_changed(field, version)),
            None => {
                problems.extend(known.and_then(|known| not_last(&field, version, known)));
                problems.extend(billed_to.and_then(|billed| lies_in_billed(&field, version, billed)));
                added.push(version.clone());
            }
        }
    }
    if added.is_empty() && problems.is_empty() {
        problems.push(nothing_new());
    }
    let added = Tariff { code: tariff.code.clone(), name: tariff.name.clone(), versions: added, others: Vec::new() };
    Check { digest, is_new: known.is_none(), read: Some(tariff), added: Some(added), billed_to, problems }
}

fn problem(code: &'static str, field: &str, zh: String, en: String) -> Problem {
    Problem { code, line: None, field: field.to_owned(), text: Text::new(zh, en) }
}

fn version_changed(field: String, version: &Version) -> Problem {
    let id = &version.id;
    let zh = format!("版本 {id} 已在执行中，内容不能改；请用新的版本号和起始日");
    let en = format!("version {id} is on record with other content; give the change its own id and first day");
    problem("tariff-pack.version-changed", &field, zh, en)
}

fn not_last(field: &str, version: &Version, known: &Tariff) -> Option<Problem> {
    let last = known.versions.last()?;
    let overlaps = version.from <= last.from || last.until.is_some_and(|until| version.from <= until);
    let (id, from, last_day) = (&version.id, version.from, last.until.unwrap_or(last.from));
    let zh = format!("版本 {id} 自 {from} 起，须晚于现有最后版本 {} 的 {last_day}", last.id);
    let en = format!("version {id} begins on {from}, but must begin after {last_day} of the last version {}", last.id);
    overlaps.then(|| problem("tariff-pack.not-last", field, zh, en))
}

fn lies_in_billed(field: &str, version: &Version, billed: Date) -> Option<Problem> {
    let (id, from) = (&version.id, version.from);
    let zh = format!("版本 {id} 自 {from} 起，但该电价已计费到 {billed}；起始日须在此之后，或声明追溯执行");
    let en = format!(
        "version {id} begins on {from}, but this tariff is billed up to {billed}; it must begin later, or be said to be backdated"
    );
    (from <= billed).then(|| problem(BILLED, field, zh, en))
}

fn nothing_new() -> Problem {
    let zh = "电价包里没有新的版本".to_owned();
    problem("tariff-pack.nothing-new", "version", zh, "the pack adds no version".to_owned())
}

pub fn too_long(longest: usize) -> Problem {
    let kib = longest / 1024;
    let (zh, en) = (format!("电价包不能超过 {kib} KB"), format!("a pack may not be longer than {kib} KB"));
    problem("tariff-pack.too-long", "", zh, en)
}

/// First day of the first version that a pack adds.
pub fn first_day(added: &Tariff) -> Result<Date> {
    let first = added.versions.first().map(|version| version.from);
    first.ok_or_else(|| Fault::impossible("a pack without a version"))
}

pub fn other_start(found: Date) -> Refusal {
    Refusal::invalid(
        "tariff-pack.other-start",
        format!("电价包写明自 {found} 起执行，与填写的起始日不同"),
        format!("the pack says that it begins on {found}, which is not the day given"),
    )
    .at("starts_on")
}

pub fn offered_already(pack_no: i64) -> Refusal {
    Refusal::conflict(
        "tariff-pack.offered-already",
        format!("同样内容的电价包 {pack_no} 正在等待审核"),
        format!("the pack {pack_no} of the same content is waiting for approval"),
    )
    .at("text")
}

/// Only what is offered can be decided about, by another person, as that person saw it.
pub fn may_decide(pack: &TariffPack, actor: &str, digest: &str) -> Result<(), Refusal> {
    if pack.state != State::Offered {
        return Err(Refusal::conflict(
            "tariff-pack.decided",
            format!("电价包 {} 当前状态为“{}”，不在待审核", pack.pack_no, pack.state.label().zh),
            format!("the pack {} is {}, not waiting for approval", pack.pack_no, pack.state.label().en),
        ));
    }
    if pack.offered_by == actor {
        return Err(Refusal::conflict(
            "tariff-pack.own",
            "上传人不能审核自己的电价包",
            "whoever uploaded a pack cannot decide about it",
        ));
    }
    if pack.digest != digest {
        return Err(Refusal::conflict(
            "tariff-pack.other-content",
            "审核的内容与上传的不一致，请重新查看后审核",
            "this is not the content that was uploaded; look at it again before deciding",
        )
        .at("digest"));
    }
    Ok(())
}

/// What is offered can be taken back; what is approved only before its first day and unbilled.
pub fn may_withdraw(pack: &TariffPack, today: Date, billed_to: Option<Date>) -> Result<(), Refusal> {
    match pack.state {
        State::Offered => Ok(()),
        State::Approved if pack.starts_on > today && billed_to.is_none_or(|billed| billed < pack.starts_on) => Ok(()),
        State::Approved => Err(Refusal::conflict(
            "tariff-pack.started",
            format!("电价包已自 {} 起执行，不能撤回；请另立新版本", pack.starts_on),
            format!("the pack has been in force since {}; publish a new version instead", pack.starts_on),
        )),
        State::Refused | State::Withdrawn => Err(Refusal::conflict(
            "tariff-pack.ended",
            format!("电价包当前状态为“{}”，无须撤回", pack.state.label().zh),
            format!("the pack is {} already", pack.state.label().en),
        )),
    }
}

pub fn reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.chars().count() >= LEAST_REASON {
        return Ok(reason.to_owned());
    }
    Err(Refusal::invalid(
        "reason.missing",
        format!("请写明原因（至少 {LEAST_REASON} 个字）"),
        format!("give the reason, at least {LEAST_REASON} characters"),
    )
    .at("reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    /// A pack whose versions are `(id, from, price)`.
    fn pack(versions: &[(&str, &str, &str)]) -> Tariff {
        let head = "kind = \"tariff\"\nformat = 1\ncode = \"bureau/charging\"\nzh = \"充电桩\"\nen = \"charging\"\n";
        let version = |(id, from, price): &(&str, &str, &str)| {
            format!(
                "[[version]]\nid = \"{id}\"\nfrom = {from}\nsource = \"文\"\nmark = \"fictional\"\nregisters = [\"total\"]\n\
                 [[version.price]]\nvoltage = [\"0.38kV\"]\nenergy = {{ total = \"{price}\" }}\n"
            )
        };
        let text: String = versions.iter().map(version).collect();
        read(&format!("{head}{text}")).expect("a sound pack")
    }

    fn codes(known: &[(&str, &str, &str)], offered: &[(&str, &str, &str)], billed: Option<&str>) -> Vec<&'static str> {
        let mut book = TariffBook::default();
        if !known.is_empty() {
            book.extend(pack(known));
        }
        let check = examine(String::new(), pack(offered), &book, billed.map(day));
        check.problems.iter().map(|problem| problem.code).collect()
    }

    const JAN: (&str, &str, &str) = ("2016-01", "2016-01-01", "0.5");
    const JULY: (&str, &str, &str) = ("2016-07", "2016-07-01", "0.6");

    #[test]
    fn a_pack_may_only_add_versions_after_those_that_are_there() {
        assert_eq!(codes(&[], &[JAN], None), [""; 0]);
        assert_eq!(codes(&[JAN], &[JAN, JULY], None), [""; 0]);
        assert_eq!(codes(&[JAN], &[JULY], None), [""; 0]);
        assert_eq!(codes(&[JAN, JULY], &[JAN], None), ["tariff-pack.nothing-new"]);
        assert_eq!(codes(&[JAN], &[("2016-01", "2016-01-01", "0.7")], None), ["tariff-pack.version-changed"]);
        assert_eq!(codes(&[JULY], &[JAN], None), ["tariff-pack.not-last"]);
        assert_eq!(codes(&[JAN], &[("other", "2016-01-01", "0.5")], None), ["tariff-pack.not-last"]);
    }

    #[test]
    fn a_version_begins_after_the_last_day_billed() {
        assert_eq!(codes(&[JAN], &[JULY], Some("2016-06-30")), [""; 0]);
        assert_eq!(codes(&[JAN], &[JULY], Some("2016-07-01")), ["tariff-pack.billed"]);
        assert_eq!(codes(&[JAN], &[JAN, JULY], Some("2016-07-31")), ["tariff-pack.billed"]);
    }

    #[test]
    fn an_approved_pack_can_be_withdrawn_before_its_first_day_alone() {
        let at = "2016-05-01T00:00:00Z".parse().expect("an instant");
        let offered = TariffPack {
            pack_no: 1,
            code: "bureau/charging".into(),
            name: Text::new("", ""),
            text: String::new(),
            digest: String::new(),
            starts_on: day("2016-07-01"),
            backdated: false,
            offered_by: "a".into(),
            offered_at: at,
            approved: None,
            ended: None,
            state: State::Offered,
        };
        let approved = offered.clone().approve("b", at);
        let code = |pack: &TariffPack, today: &str, billed: Option<&str>| {
            may_withdraw(pack, day(today), billed.map(day)).err().map(|refusal| refusal.code)
        };
        assert_eq!(code(&offered, "2016-08-01", None), None);
        assert_eq!(code(&approved, "2016-06-30", Some("2016-06-30")), None);
        assert_eq!(code(&approved, "2016-07-01", None), Some("tariff-pack.started"));
        assert_eq!(code(&approved, "2016-06-30", Some("2016-07-15")), Some("tariff-pack.started"));
        let ended = approved.end(State::Withdrawn, "a", at, "不执行了");
        assert_eq!(code(&ended, "2016-06-01", None), Some("tariff-pack.ended"));
    }
}
