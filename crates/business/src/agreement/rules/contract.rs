//! What one account has agreed on, and what may be changed of it.

use kernel::time::next_day;
use kernel::{Capacity, Date, Refusal};

use crate::agreement::{Agreement, Suspension};

/// The whole of what one account has agreed on, in order of day.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    pub agreements: Vec<Agreement>,
    pub suspensions: Vec<Suspension>,
    /// The last day that is billed: up to it nothing changes any more.
    pub billed_to: Option<Date>,
}

impl Contract {
    /// Takes an agreement in; false when it is on record and equal, the field and both values when it differs.
    pub fn agree(&mut self, agreement: &Agreement) -> Result<bool, Refusal> {
        let at = match self.agreements.binary_search_by_key(&agreement.from, |known| known.from) {
            Ok(at) => return self.agreements[at].same(agreement).map(|()| false),
            Err(at) => at,
        };
        self.check_open(agreement.from, "from")?;
        self.wholly(|contract| {
            contract.agreements.insert(at, agreement.clone());
            contract.check_modes("demand_mode")?;
            contract.check_rests(agreement.from, "capacity_kva")?;
            Ok(true)
        })
    }

    /// Takes an agreement back, as if it had never been: the one before it holds on.
    pub fn withdraw(&mut self, from: Date) -> Result<Agreement, Refusal> {
        let at = self.agreements.iter().position(|known| known.from == from).ok_or_else(|| {
            let (zh, en) = (format!("没有自 {from} 起的约定"), format!("there is no agreement from {from} on"));
            Refusal::not_found("agreement.unknown", zh, en).at("from")
        })?;
        self.check_open(from, "from")?;
        self.wholly(|contract| {
            let agreement = contract.agreements.remove(at);
            contract.check_modes("from")?;
            contract.check_rests(from, "from")?;
            Ok(agreement)
        })
    }

    /// Lets capacity rest; false when it is on record and equal.
    pub fn suspend(&mut self, rest: Suspension) -> Result<bool, Refusal> {
        let at = match self.suspensions.binary_search_by_key(&rest.period.from, |known| known.period.from) {
            Ok(at) => return self.suspensions[at].same(&rest).map(|()| false),
            Err(at) => at,
        };
        self.check_open(rest.period.from, "from")?;
        self.wholly(|contract| {
            contract.suspensions.insert(at, rest);
            contract.check_rests(rest.period.from, "capacity_kva")?;
            Ok(true)
        })
    }

    /// Gives a suspension another last day: capacity is resumed 恢复 earlier than was agreed, or later. Answers the
    /// suspension, and its last day until now.
    pub fn resume(&mut self, from: Date, last: Date) -> Result<(Suspension, Date), Refusal> {
        let at = self.rest_at(from)?;
        let before = self.suspensions[at].period.to;
        if last < from {
            return Err(Refusal::invalid("date.order", "早于起始日", "is before the first day").at("to"));
        }
        if before == last {
            let (zh, en) = ("终止日没有变化", "this is its last day already");
            return Err(Refusal::conflict("suspension.unchanged", zh, en).at("to"));
        }
        self.check_open(next_day(before.min(last)), "to")?;
        self.wholly(|contract| {
            contract.suspensions[at].period.to = last;
            contract.check_rests(from, "to")?;
            Ok((contract.suspensions[at], before))
        })
    }

    /// Takes a suspension back that has not begun to be billed.
    pub fn withdraw_rest(&mut self, from: Date) -> Result<Suspension, Refusal> {
        let at = self.rest_at(from)?;
        self.check_open(from, "from")?;
        Ok(self.suspensions.remove(at))
    }

    /// A change that is refused has changed nothing.
    fn wholly<T>(&mut self, change: impl FnOnce(&mut Contract) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut changed = self.clone();
        let outcome = change(&mut changed)?;
        *self = changed;
        Ok(outcome)
    }

    fn rest_at(&self, from: Date) -> Result<usize, Refusal> {
        self.suspensions.iter().position(|known| known.period.from == from).ok_or_else(|| {
            let (zh, en) = (format!("没有自 {from} 起的暂停"), format!("there is no suspension from {from} on"));
            Refusal::not_found("suspension.unknown", zh, en).at("from")
        })
    }

    /// Refuses what would change a day that is billed.
    fn check_open(&self, day: Date, field: &str) -> Result<(), Refusal> {
        match self.billed_to {
            Some(to) if day <= to => Err(Refusal::conflict(
                "agreement.billed",
                format!("电费已算至 {to}，只能登记或更改 {} 起的约定", next_day(to)),
                format!("it is billed up to {to}; only what holds from {} on can be entered or changed", next_day(to)),
            )
            .at(field)),
            _ => Ok(()),
        }
    }

    /// What the basic charge goes by is one thing for a whole month.
    fn check_modes(&self, field: &str) -> Result<(), Refusal> {
        let changes_within = |pair: &[Agreement]| pair[0].mode != pair[1].mode && pair[1].from.day() != 1;
        if !self.agreements.windows(2).any(changes_within) {
            return Ok(());
        }
        let (zh, en) =
            ("基本电费计收方式只能自每月 1 日起变更", "what the basic charge goes by changes on the first of a month");
        Err(Refusal::invalid("agreement.mode-day", zh, en).at(field))
    }

    /// What rests from `first` on is agreed on, and no more than that.
    fn check_rests(&self, first: Date, field: &str) -> Result<(), Refusal> {
        let begins = self.suspensions.iter().map(|rest| rest.period.from.max(first));
        let changes = self.agreements.iter().map(|agreement| agreement.from);
        let mut days: Vec<Date> = begins.chain(changes).filter(|day| *day >= first).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            let holds = |rest: &&Suspension| rest.period.from <= day && day <= rest.period.to;
            let resting: i64 = self.suspensions.iter().filter(holds).map(|rest| rest.capacity.va()).sum();
            if resting == 0 {
                continue;
            }
            let agreed = self.agreements.iter().rfind(|agreement| agreement.from <= day);
            let Some(agreed) = agreed.map(|agreement| agreement.capacity) else {
                let (zh, en) = (format!("{day} 没有供用电合同约定"), format!("there is no agreement on {day}"));
                return Err(Refusal::conflict("suspension.no-agreement", zh, en).at("from"));
            };
            let resting = Capacity::from_va(resting);
            if resting > agreed {
                let (zh, en) = (
                    format!("{day} 共暂停 {resting} 千伏安，大于受电容量 {agreed} 千伏安"),
                    format!("on {day} {resting} kVA would rest, more than the capacity of {agreed} kVA"),
                );
                return Err(Refusal::invalid("suspension.capacity", zh, en).at(field));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use kernel::Period;
    use kernel::id::Uuid;
    use pricing::rules::Side;
    use pricing::tariff::DemandMode::{self, Actual, Capacity as ByCapacity};

    fn agreement(from: Date, mode: DemandMode, kva: i64) -> Agreement {
        Agreement {
            usage_point: Uuid::from_u128(1).into(),
            from,
            mode: Some(mode),
            capacity: Capacity::from_va(kva * 1000),
            contract: None,
            side: Side::High,
            no_load: None,
            line_loss: None,
        }
    }

    fn rest(from: Date, to: Date, kva: i64) -> Suspension {
        let usage_point = Uuid::from_u128(1).into();
        Suspension { usage_point, period: Period { from, to }, capacity: Capacity::from_va(kva * 1000) }
    }

    fn contract(agreements: &[Agreement]) -> Contract {
        Contract { agreements: agreements.to_vec(), ..Contract::default() }
    }

    fn code<T>(result: Result<T, Refusal>) -> Option<String> {
        result.err().map(|refusal| format!("{} {}", refusal.code, refusal.field.unwrap_or_default()))
    }

    const START: Date = date(2024, 1, 1);

    #[test]
    fn the_mode_changes_on_the_first_of_a_month_and_all_else_on_any_day() {
        let first = agreement(START, ByCapacity, 500);
        let try_with = |own: &Agreement, new: Agreement| code(contract(std::slice::from_ref(own)).agree(&new));
        assert_eq!(try_with(&first, agreement(date(2024, 7, 2), ByCapacity, 800)), None);
        let mid_month = try_with(&first, agreement(date(2024, 7, 2), Actual, 800));
        assert_eq!(mid_month.as_deref(), Some("agreement.mode-day demand_mode"));
        assert_eq!(try_with(&first, agreement(date(2024, 7, 1), Actual, 800)), None);
        let before = agreement(date(2023, 12, 1), Actual, 500);
        assert_eq!(try_with(&first, before.clone()), None, "the one after it begins on a first");
        assert!(try_with(&agreement(date(2024, 1, 2), ByCapacity, 500), before).is_some());
    }

    #[test]
    fn what_is_between_two_modes_is_not_taken_away_where_they_would_meet_within_a_month() {
        let mut all = contract(&[
            agreement(START, Actual, 500),
            agreement(date(2024, 3, 1), ByCapacity, 500),
            agreement(date(2024, 3, 9), ByCapacity, 800),
        ]);
        assert_eq!(code(all.withdraw(date(2024, 3, 1))).as_deref(), Some("agreement.mode-day from"));
    }

    #[test]
    fn up_to_the_last_billed_day_nothing_changes() {
        let billed_to = Some(date(2024, 6, 30));
        let fresh = || Contract {
            billed_to,
            suspensions: vec![rest(date(2024, 6, 11), date(2024, 7, 20), 100)],
            ..contract(&[agreement(START, ByCapacity, 500), agreement(date(2024, 7, 1), ByCapacity, 800)])
        };
        let billed = |field: &str| Some(format!("agreement.billed {field}"));
        assert_eq!(code(fresh().agree(&agreement(date(2024, 6, 30), ByCapacity, 600))), billed("from"));
        assert_eq!(code(fresh().agree(&agreement(date(2024, 7, 2), ByCapacity, 600))), None);
        assert_eq!(code(fresh().withdraw(START)), billed("from"));
        assert_eq!(code(fresh().withdraw(date(2024, 7, 1))), None);
        assert_eq!(code(fresh().withdraw(date(2024, 7, 3))).as_deref(), Some("agreement.unknown from"));
        let from = date(2024, 6, 11);
        assert_eq!(code(fresh().withdraw_rest(from)), billed("from"));
        assert_eq!(code(fresh().resume(from, date(2024, 6, 29))), billed("to"), "the 30th is billed at rest");
        assert_eq!(code(fresh().resume(from, date(2024, 6, 30))), None);
        assert_eq!(code(fresh().resume(from, date(2024, 8, 31))), None);
        assert_eq!(code(fresh().resume(from, date(2024, 7, 20))).as_deref(), Some("suspension.unchanged to"));
        assert_eq!(code(fresh().resume(from, date(2024, 6, 10))).as_deref(), Some("date.order to"));
        let ended = || Contract { billed_to: Some(date(2024, 7, 31)), ..fresh() };
        assert_eq!(code(ended().resume(from, date(2024, 8, 31))), billed("to"), "it has ended, and was billed so");
    }

    #[test]
    fn no_more_rests_on_a_day_than_is_agreed_on() {
        let fresh = || Contract {
            suspensions: vec![rest(date(2024, 6, 1), date(2024, 7, 31), 300)],
            ..contract(&[agreement(START, ByCapacity, 500), agreement(date(2024, 9, 1), ByCapacity, 200)])
        };
        let over = |field: &str| Some(format!("suspension.capacity {field}"));
        let second = |from, to, kva| code(fresh().suspend(rest(from, to, kva)));
        assert_eq!(second(date(2024, 7, 31), date(2024, 8, 20), 200), None);
        assert_eq!(second(date(2024, 7, 31), date(2024, 8, 20), 201), over("capacity_kva"));
        assert_eq!(second(date(2024, 5, 1), date(2024, 6, 1), 201), over("capacity_kva"), "on the first of June");
        assert_eq!(second(date(2024, 8, 1), date(2024, 8, 31), 500), None);
        assert_eq!(second(date(2024, 8, 1), date(2024, 9, 1), 201), over("capacity_kva"), "less is agreed from then");
        assert_eq!(second(date(2023, 12, 31), START, 1).as_deref(), Some("suspension.no-agreement from"));
        assert_eq!(code(fresh().resume(date(2024, 6, 1), date(2024, 9, 1))), over("to"));
        assert_eq!(code(fresh().agree(&agreement(date(2024, 7, 1), ByCapacity, 299))), over("capacity_kva"));
        assert_eq!(code(fresh().withdraw(START)).as_deref(), Some("suspension.no-agreement from"));
        assert_eq!(code(fresh().withdraw(date(2024, 9, 1))), None);
    }
}
