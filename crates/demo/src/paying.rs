//! How people pay: most in time, some late, a few in parts, a few ahead, a few never.

use std::collections::BTreeMap;

use jiff::ToSpan;
use kernel::{Date, Money};

use crate::Plan;
use crate::account::Account;
use crate::chance::{Chance, Stream};

/// A bill that has just been issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The account's place in the county.
    pub at: usize,
    pub turn: i32,
    pub amount: Money,
    pub issued_on: Date,
    pub due_on: Date,
}

/// What comes in on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub reference: String,
    pub at: usize,
    /// Second of the day.
    pub second: i64,
    pub paid: Paid,
    pub method: &'static str,
    pub channel: &'static str,
}

/// How much is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    Fen(i64),
    /// Whatever is owed on that day, with what was added for being late.
    AllOwed,
}

/// What somebody is like who has a bill to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payer {
    /// Drawn by the bank on the tenth.
    Debit,
    /// Within days of the bill.
    Prompt,
    /// Before it is due.
    InTime,
    /// Days or weeks after it was due.
    Late,
    /// A part now, the rest weeks later.
    InParts,
    /// Some hundred yuan at once when what was paid ahead runs out.
    Ahead,
    /// Not any more, from some month on.
    Never,
}

const PAYERS: [(Payer, u32); 7] = [
    (Payer::Debit, 190),
    (Payer::Prompt, 330),
    (Payer::InTime, 352),
    (Payer::Late, 62),
    (Payer::InParts, 8),
    (Payer::Ahead, 50),
    (Payer::Never, 8),
];

/// Where cash is paid outside of the bureau.
const AGENCY: &str = "agency";

const HOUSEHOLD_WAYS: [(&str, u32); 4] = [("wechat", 47), ("alipay", 38), ("cash", 13), ("pos", 2)];
const COMPANY_WAYS: [(&str, u32); 4] = [("transfer", 72), ("wechat", 16), ("cheque", 6), ("cash", 6)];

/// Whether an account is drawn by a bank.
pub fn is_debited(seed: u64, account: &Account) -> bool {
    *Chance::of(seed, Stream::Paying, account.index, 0).weighted(&PAYERS) == Payer::Debit
}

/// The payments to come, by day.
pub struct Till<'a> {
    plan: &'a Plan,
    accounts: &'a [Account],
    to_come: BTreeMap<Date, Vec<Payment>>,
    /// What those who pay ahead have left, in fen, as far as they know.
    ahead: BTreeMap<usize, i64>,
}

impl<'a> Till<'a> {
    pub fn new(plan: &'a Plan, accounts: &'a [Account]) -> Till<'a> {
        Till { plan, accounts, to_come: BTreeMap::new(), ahead: BTreeMap::new() }
    }

    /// Whoever gets a bill decides when and how to pay it.
    pub fn note(&mut self, bill: &Issued) {
        let account = &self.accounts[bill.at];
        let mut settled = Chance::of(self.plan.seed, Stream::Paying, account.index, 0);
        let payer = *settled.weighted(&PAYERS);
        let ways = if account.tariff.is_resident() { &HOUSEHOLD_WAYS } else { &COMPANY_WAYS };
        let way = if payer == Payer::Debit { "bank-debit" } else { *settled.weighted(ways) };
        let stops = i32::try_from(settled.between(2, 22)).unwrap_or(0);
        let mut chance =
            Chance::of(self.plan.seed, Stream::Paying, account.index, 1 + u64::from(bill.turn.unsigned_abs()));
        let fen = bill.amount.fen();
        if fen <= 0 && payer != Payer::Ahead {
            return;
        }
        let due = kernel::time::days_between(bill.issued_on, bill.due_on);
        // Anybody forgets a bill once in a while.
        let forgets = chance.in_ten_thousand(180);
        match payer {
            Payer::Debit if !forgets => self.pay(bill, "a", 7, Paid::Fen(fen), way, &mut chance),
            Payer::Prompt if !forgets => {
                let days = chance.between(0, 5);
                self.pay(bill, "a", days, Paid::Fen(fen), way, &mut chance);
            }
            Payer::InTime if !forgets => {
                let days = chance.between(2, due);
                self.pay(bill, "a", days, Paid::Fen(fen), way, &mut chance);
            }
            Payer::InParts => {
                let part = fen * chance.between(3, 7) / 10 / 100 * 100;
                if part > 0 {
                    let days = chance.between(2, due);
                    self.pay(bill, "a", days, Paid::Fen(part), way, &mut chance);
                }
                let days = due + chance.between(8, 40);
                self.pay(bill, "b", days, Paid::AllOwed, way, &mut chance);
            }
            Payer::Ahead => self.pay_ahead(bill, fen, way, &mut chance),
            Payer::Never if bill.turn >= stops => {}
            _ => {
                let days = due + chance.around(1, 48);
                self.pay(bill, "a", days, Paid::AllOwed, way, &mut chance);
            }
        }
    }

    fn pay_ahead(&mut self, bill: &Issued, fen: i64, way: &'static str, chance: &mut Chance) {
        let left = self.ahead.entry(bill.at).or_insert(0);
        *left -= fen;
        if *left >= fen * 3 / 2 {
            return;
        }
        let hundreds = (fen * 4 - *left).max(5_000) / 10_000 + 1;
        *left += hundreds * 10_000;
        let days = chance.between(1, 12);
        self.pay(bill, "a", days, Paid::Fen(hundreds * 10_000), way, chance);
    }

    fn pay(&mut self, bill: &Issued, part: &str, days: i64, paid: Paid, way: &'static str, chance: &mut Chance) {
        let day = bill.issued_on.saturating_add(days.days());
        let account = &self.accounts[bill.at];
        let by_phone = matches!(way, "wechat" | "alipay");
        // Counters are open from half past eight to half past five; nobody pays before the bill is there.
        let opens = if days == 0 { 36_000 } else { 21_600 };
        let second =
            if by_phone { chance.between(opens, 23 * 3600) } else { chance.between(opens.max(30_600), 62_900) };
        let channel = match way {
            "wechat" | "alipay" => way,
            "cash" | "pos" => AGENCY,
            _ => "bank",
        };
        // Channels number what they take as it comes: the time first.
        let (on, turn) = (day.strftime("%Y%m%d"), bill.turn);
        let reference = format!("{on}{second:05}{}{}{turn:02}{part}", short(way), account.index);
        self.to_come.entry(day).or_default().push(Payment {
            reference,
            at: bill.at,
            second,
            paid,
            method: way,
            channel,
        });
    }

    /// What came in on `day`, in the order of the clock.
    pub fn of(&mut self, day: Date) -> Vec<Payment> {
        let mut payments = self.to_come.remove(&day).unwrap_or_default();
        payments.sort_by(|a, b| (a.second, &a.reference).cmp(&(b.second, &b.reference)));
        payments
    }
}

fn short(way: &str) -> &'static str {
    match way {
        "wechat" => "W",
        "alipay" => "A",
        "bank-debit" => "B",
        "transfer" => "T",
        "cheque" => "Q",
        "pos" => "P",
        _ => "C",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{account, land};
    use jiff::civil::date;

    #[test]
    fn most_pay_in_time_some_late_and_some_never() {
        let plan = Plan { customers: 2_000, ..Plan::sample() };
        let accounts = account::accounts(&plan, &land::areas(plan.seed, plan.customers));
        let mut till = Till::new(&plan, &accounts);
        let (issued_on, due_on) = (date(2026, 3, 3), date(2026, 3, 18));
        for at in 0..accounts.len() {
            till.note(&Issued { at, turn: 22, amount: Money::from_fen(12_345), issued_on, due_on });
        }
        let mut days = (0..90_i64).map(|days| (days, till.of(issued_on.saturating_add(days.days()))));
        let (mut in_time, mut late, mut methods) = (0, 0, Vec::new());
        for (day, payments) in days.by_ref() {
            assert!(payments.windows(2).all(|pair| pair[0].second <= pair[1].second));
            methods.extend(payments.iter().map(|payment| payment.method));
            if day <= 15 { in_time += payments.len() } else { late += payments.len() }
        }
        assert!(in_time > 1_700 && (60..300).contains(&late), "{in_time} and {late}");
        for method in ["cash", "wechat", "alipay", "bank-debit", "transfer"] {
            assert!(methods.contains(&method), "{method}");
        }
    }

    #[test]
    fn who_pays_ahead_pays_some_hundreds_seldom() {
        let plan = Plan { customers: 2_000, ..Plan::sample() };
        let accounts = account::accounts(&plan, &land::areas(plan.seed, plan.customers));
        let mut till = Till::new(&plan, &accounts);
        let mut paid = 0;
        for turn in 0..12 {
            let issued_on = plan.month(turn + 1).first_day();
            let due_on = issued_on.saturating_add(15.days());
            for at in 0..accounts.len() {
                till.note(&Issued { at, turn, amount: Money::from_fen(10_000), issued_on, due_on });
            }
            paid = till.ahead.len();
        }
        assert!((60..160).contains(&paid), "{paid}");
        assert!(till.ahead.values().all(|left| (0..100_000).contains(left)));
    }
}
