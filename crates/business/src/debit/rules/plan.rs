//! Which debts of an account a bank is asked for, and which are left out.

use kernel::time::days_between;
use kernel::{Date, Money, Refusal};
use sha2::{Digest, Sha256};

use crate::debit::model::{LeftOut, LeftOutWhy, Plan, PlanLine, Wish};
use crate::mandate::{Again, Bank, DebitRules, Mandate};
use crate::payment::{Account, AccountDue, BillDue};

/// Refuses days on which no bank can debit.
pub fn check(rules: &DebitRules, wish: &Wish, today: Date) -> Result<(), Refusal> {
    let ahead = days_between(today, wish.collect_on);
    if (0..=rules.furthest_days).contains(&ahead) {
        return Ok(());
    }
    let most = rules.furthest_days;
    Err(Refusal::invalid(
        "debit.day",
        format!("扣款日须在今天起 {most} 天之内"),
        format!("the bank is to debit within {most} days from today"),
    )
    .at("collect_on"))
}

/// An account under a mandate, as a plan finds it.
pub struct Found<'a> {
    pub mandate: &'a Mandate,
    pub account: &'a Account,
    /// What it owes on the day of the debit.
    pub due: &'a AccountDue,
    /// The code of the last answer to a debit by this mandate.
    pub last_answer: Option<&'a str>,
}

/// One debit for each debt that falls due in time.
pub fn debits(
    rules: &DebitRules,
    bank: &Bank,
    wish: &Wish,
    most: Money,
    found: &Found<'_>,
) -> (Vec<PlanLine>, Vec<LeftOut>) {
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    let refused = found.last_answer.filter(|code| {
        bank.answer(code).is_some_and(|answer| answer.again == Again::No && !answer.outcome.took_money())
    });
    for bill in found.due.bills.iter().filter(|bill| bill.due_on <= wish.due_until) {
        let (amount, late_charge) = asked(rules, bill);
        if amount <= Money::ZERO {
            continue;
        }
        let why = match (&bill.in_flight, refused) {
            (Some(item), _) => Some((LeftOutWhy::InFlight, Some(item.reference.clone()))),
            (None, Some(code)) => Some((LeftOutWhy::Refused, Some(code.to_owned()))),
            (None, None) if amount > most => Some((LeftOutWhy::TooLarge, None)),
            (None, None) => None,
        };
        let line = line(found, bill, amount, late_charge);
        match why {
            Some((why, detail)) => left_out.push(LeftOut { line, why, detail }),
            None => lines.push(line),
        }
    }
    (lines, left_out)
}

/// What a bank is asked for a bill: what of it is open on the day of the debit and not covered by money paid
/// ahead, with its late charge where the rules say so; and that late charge.
pub fn asked(rules: &DebitRules, bill: &BillDue) -> (Money, Money) {
    let late_charge = if rules.late_charge { bill.late_charge } else { Money::ZERO };
    (bill.open - bill.from_prepaid + late_charge, late_charge)
}

fn line(found: &Found<'_>, bill: &BillDue, amount: Money, late_charge: Money) -> PlanLine {
    let point = &found.account.point;
    PlanLine {
        mandate: found.mandate.id,
        point: point.id,
        supply_no: point.supply_no.clone(),
        station: point.station.clone(),
        name: point.customer.name.clone(),
        receivable: bill.receivable,
        bill_no: bill.bill_no.clone(),
        month: None,
        due_on: bill.due_on,
        amount,
        late_charge,
    }
}

/// Puts a plan together under its digest.
pub fn plan(wish: Wish, lines: Vec<PlanLine>, left_out: Vec<LeftOut>) -> Plan {
    let mut hash = Sha256::new();
    let Wish { bank, station, book, due_until, collect_on } = &wish;
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    hash.update(format!("{bank} {} {} {due_until} {collect_on};", optional(station), optional(book)));
    for line in &lines {
        hash.update(format!("{} {} {} {};", line.mandate, line.receivable, line.amount.fen(), line.late_charge.fen()));
    }
    Plan { wish, lines, left_out, digest: kernel::hex(hash.finalize()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inflight::InFlight;
    use crate::mandate::Terms;
    use crate::payment::tests::{clerk, point};
    use jiff::civil::date;
    use kernel::id::Uuid;
    use platform::packs::Packs;

    fn rules() -> DebitRules {
        DebitRules::on(&Packs::load(None).expect("packs"), date(2016, 9, 5)).expect("rules")
    }

    fn wish() -> Wish {
        Wish {
            bank: "icbc".into(),
            station: None,
            book: None,
            due_until: date(2016, 9, 20),
            collect_on: date(2016, 9, 25),
        }
    }

    fn bill(n: u128, due: Date, fen: [i64; 3]) -> BillDue {
        let [open, from_prepaid, late_charge] = fen.map(Money::from_fen);
        BillDue {
            receivable: Uuid::from_u128(n),
            bill_no: None,
            arisen_on: date(2016, 8, 1),
            due_on: due,
            open,
            from_prepaid,
            days_late: 5,
            late_charge,
            in_flight: None,
        }
    }

    fn shown(bills: Vec<BillDue>, last_answer: Option<&str>, rules: &DebitRules) -> Vec<String> {
        let point = point(1);
        let terms = Terms {
            bank: "icbc".into(),
            agreement_no: "A1".into(),
            holder: "张三".into(),
            account_no: "6222000011112222".into(),
            since: date(2016, 9, 1),
            until: None,
        };
        let mandate = Mandate::signed(&clerk(), &point, terms);
        let account = Account { point, debts: Vec::new(), prepaid: Money::ZERO, in_flight: Vec::new() };
        let due = AccountDue { bills, prepaid: Money::ZERO };
        let found = Found { mandate: &mandate, account: &account, due: &due, last_answer };
        let bank = rules.bank("icbc").expect("a bank");
        let (lines, left_out) = debits(rules, bank, &wish(), Money::from_fen(1_000_000), &found);
        let lines = lines.iter().map(|line| format!("{} {}", line.receivable.as_u128(), line.amount));
        let left_out = left_out.iter().map(|left| format!("{} {}", left.why, left.line.amount));
        lines.chain(left_out).collect()
    }

    #[test]
    fn a_debit_is_what_is_open_on_its_day_with_the_late_charge_and_less_what_is_paid_ahead() {
        let day = date(2016, 9, 20);
        let bills =
            || vec![bill(1, day, [8_000, 0, 40]), bill(2, day, [5_000, 5_000, 0]), bill(3, day, [5_000, 1_000, 0])];
        assert_eq!(shown(bills(), None, &rules()), ["1 80.40", "3 40.00"]);
        let without = DebitRules { late_charge: false, ..rules() };
        assert_eq!(shown(bills(), None, &without), ["1 80.00", "3 40.00"]);
    }

    #[test]
    fn what_falls_due_later_or_is_too_large_or_in_flight_or_refused_for_good_is_left_out() {
        let (day, later) = (date(2016, 9, 20), date(2016, 9, 21));
        let item = InFlight {
            receivable: Uuid::from_u128(2),
            collector: "abc".into(),
            reference: "7".into(),
            since: clerk().now,
        };
        let bills = || {
            let flying = BillDue { in_flight: Some(item.clone()), ..bill(2, day, [100, 0, 0]) };
            vec![bill(1, later, [8_000, 0, 0]), flying, bill(3, day, [1_000_001, 0, 0]), bill(4, day, [1, 0, 0])]
        };
        assert_eq!(shown(bills(), None, &rules()), ["4 0.01", "in-flight 1.00", "too-large 10000.01"]);
        assert_eq!(shown(bills(), Some("01"), &rules()).len(), 3, "not enough money is tried again");
        let refused = shown(bills(), Some("04"), &rules());
        assert_eq!(refused, ["in-flight 1.00", "refused 10000.01", "refused 0.01"], "a closed account is not");
    }

    #[test]
    fn a_bank_debits_from_today_on_and_not_too_far_ahead() {
        for (ahead, fits) in [(-1, false), (0, true), (31, true), (32, false)] {
            let today = wish().collect_on.checked_sub(jiff::ToSpan::days(ahead)).expect("a day");
            assert_eq!(check(&rules(), &wish(), today).is_ok(), fits, "{ahead}");
        }
    }
}
