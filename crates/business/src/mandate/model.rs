use kernel::id::Uuid;
use kernel::{Date, Refusal, Timestamp, words};
use platform::Ctx;
use serde::{Deserialize, Serialize};

use crate::fields;
use crate::supply::{UsagePoint, UsagePointId};

words! {
    pub enum MandateState {
        Coming = "coming" ("未生效", "not yet"),
        Live = "live" ("有效", "live"),
        Ended = "ended" ("已终止", "ended"),
    }
}

/// What a customer has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The code of the bank.
    pub bank: String,
    pub agreement_no: String,
    pub holder: String,
    pub account_no: String,
    /// The first day on which it holds.
    pub since: Date,
    /// The last day, where it was agreed.
    pub until: Option<Date>,
}

impl Terms {
    /// Refuses what no bank could debit by.
    pub fn check(&self) -> Result<(), Refusal> {
        fields::code_of(&self.agreement_no, "agreement_no")?;
        fields::text_of(&self.holder, "holder")?;
        let digits = self.account_no.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(8..=32).contains(&self.account_no.len()) {
            return Err(Refusal::invalid(
                "mandate.account",
                "银行账号为 8 至 32 位数字",
                "a bank account has 8 to 32 digits",
            )
            .at("account_no"));
        }
        if self.until.is_some_and(|until| until < self.since) {
            let (zh, en) = ("终止日期早于生效日期", "ends before it begins");
            return Err(Refusal::invalid("mandate.until", zh, en).at("until"));
        }
        Ok(())
    }
}

/// How a mandate was ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The first day on which it holds no more.
    pub on: Date,
    pub by: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    pub id: Uuid,
    pub point: UsagePointId,
    pub supply_no: String,
    pub station: String,
    /// Of the customer, who need not be the holder of the account.
    pub name: String,
    pub terms: Terms,
    pub signed_at: Timestamp,
    pub signed_by: String,
    pub ending: Option<Ending>,
}

impl Mandate {
    pub fn signed(ctx: &Ctx, point: &UsagePoint, terms: Terms) -> Mandate {
        Mandate {
            id: ctx.new_id(),
            point: point.id,
            supply_no: point.supply_no.clone(),
            station: point.station.clone(),
            name: point.customer.name.clone(),
            terms,
            signed_at: ctx.now,
            signed_by: ctx.actor.name.clone(),
            ending: None,
        }
    }

    pub fn state(&self, on: Date) -> MandateState {
        let is_over = self.terms.until.is_some_and(|until| until < on);
        let is_ended = self.ending.as_ref().is_some_and(|ending| ending.on <= on);
        match (is_over || is_ended, self.terms.since > on) {
            (true, _) => MandateState::Ended,
            (false, true) => MandateState::Coming,
            (false, false) => MandateState::Live,
        }
    }

    /// Whether there is a day on which both this one and these terms would hold.
    pub fn overlaps(&self, terms: &Terms) -> bool {
        let ends_after = |first: Date| {
            self.terms.until.is_none_or(|until| until >= first)
                && self.ending.as_ref().is_none_or(|ending| ending.on > first)
        };
        let has_days = self.ending.as_ref().is_none_or(|ending| ending.on > self.terms.since);
        has_days && ends_after(terms.since) && terms.until.is_none_or(|until| until >= self.terms.since)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub station: Option<String>,
    pub bank: Option<String>,
    pub state: Option<MandateState>,
    pub supply_no: Option<String>,
}

impl Filter {
    /// Whether it asks for a mandate of this bank and state.
    pub fn takes(&self, mandate: &Mandate, today: Date) -> bool {
        let is_of = |bank: &String| *bank == mandate.terms.bank;
        self.bank.as_ref().is_none_or(is_of) && self.state.is_none_or(|state| state == mandate.state(today))
    }
}

/// `****1234`: the last four digits.
pub fn masked_account(account_no: &str) -> String {
    let shown = account_no.get(account_no.len().saturating_sub(4)..).unwrap_or_default();
    format!("****{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::tests::{clerk, point};
    use jiff::civil::date;

    fn terms(since: Date, until: Option<Date>) -> Terms {
        Terms {
            bank: "icbc".into(),
            agreement_no: "A1".into(),
            holder: "张三".into(),
            account_no: "6222000011112222".into(),
            since,
            until,
        }
    }

    fn signed(since: Date, until: Option<Date>, ended: Option<Date>) -> Mandate {
        let ending = ended.map(|on| Ending { on, by: "li.na".into(), reason: "换卡".into() });
        Mandate { ending, ..Mandate::signed(&clerk(), &point(1), terms(since, until)) }
    }

    #[test]
    fn a_mandate_holds_from_its_first_to_its_last_day_unless_it_was_ended() {
        let day = |n| date(2016, 9, n);
        let table = [
            (signed(day(5), None, None), day(4), MandateState::Coming),
            (signed(day(5), None, None), day(5), MandateState::Live),
            (signed(day(5), Some(day(9)), None), day(9), MandateState::Live),
            (signed(day(5), Some(day(9)), None), day(10), MandateState::Ended),
            (signed(day(5), None, Some(day(7))), day(6), MandateState::Live),
            (signed(day(5), None, Some(day(7))), day(7), MandateState::Ended),
            (signed(day(5), None, Some(day(3))), day(4), MandateState::Ended),
        ];
        for (mandate, on, state) in table {
            assert_eq!(mandate.state(on), state, "{mandate:?} {on}");
        }
    }

    #[test]
    fn two_mandates_overlap_when_some_day_has_both() {
        let day = |n| date(2016, 9, n);
        let known = signed(day(5), Some(day(9)), None);
        assert!(known.overlaps(&terms(day(9), None)) && known.overlaps(&terms(day(1), None)));
        assert!(!known.overlaps(&terms(day(10), None)) && !known.overlaps(&terms(day(1), Some(day(4)))));
        let ended = signed(day(5), None, Some(day(7)));
        assert!(ended.overlaps(&terms(day(6), None)) && !ended.overlaps(&terms(day(7), None)));
        assert!(!signed(day(5), None, Some(day(5))).overlaps(&terms(day(1), None)), "it never held");
    }

    #[test]
    fn an_account_number_keeps_its_last_four_digits() {
        assert_eq!(masked_account("6222000011112222"), "****2222");
        assert_eq!(masked_account("12"), "****12");
    }
}
