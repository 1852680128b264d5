//! Writing payments into the books: what one payment, or a file of them, does to accounts, as lists
//! that the store takes as they are.

use std::collections::{BTreeMap, BTreeSet};

use kernel::id::Uuid;
use kernel::{Date, Money};
use platform::Ctx;
use sha2::{Digest, Sha256};

use super::allocate::{self, Part};
use super::late;
use super::policy::{LateRule, PaymentRules};
use crate::ledger::{self, EntryKind, LedgerEntry, Posting, SettledBy, Settlement, Settles};
use crate::payment::model::{Account, AccountDue, Payment, PaymentKind, Purpose, Share};
use crate::supply::UsagePointId;

/// Accounts, and what is to be written about them.
#[derive(Debug, Default)]
pub struct Book {
    pub accounts: Vec<Account>,
    pub payments: Vec<Payment>,
    /// The entry of each payment, in the same order.
    pub entries: Vec<LedgerEntry>,
    pub shares: Vec<Share>,
    pub settlements: Vec<Settlement>,
    /// Entries of money paid ahead that meets debts.
    pub applications: Vec<LedgerEntry>,
    /// What accounts have paid ahead, those for which it changed.
    pub balances: BTreeMap<UsagePointId, Money>,
    /// Late items for which nothing can be asked any more.
    pub cleared: BTreeSet<Uuid>,
}

impl Book {
    pub fn of(accounts: Vec<Account>) -> Book {
        Book { accounts, ..Book::default() }
    }

    /// Applies money paid ahead of these accounts, then takes `payment` for what they owe on the day
    /// `as_of`, first for the debt that it was meant for; what is above it is paid ahead to `prepay_to`,
    /// or returned when there is none.
    #[allow(clippy::too_many_arguments)] // the parts of one payment
    pub fn take(
        &mut self,
        ctx: &Ctx,
        rules: &PaymentRules,
        payment: Payment,
        accounts: &[usize],
        as_of: Date,
        prepay_to: Option<usize>,
        meant_for: Option<Uuid>,
    ) -> Money {
        accounts.iter().for_each(|at| self.apply_prepaid(ctx, *at, as_of, payment.booked_on));
        let due: Vec<AccountDue> =
            accounts.iter().map(|at| allocate::due(&rules.late, &self.accounts[*at], as_of)).collect();
        let (parts, left) = allocate::allocate(rules.order, &due, payment.amount, meant_for);
        let mut shares = Vec::with_capacity(parts.len() + 1);
        for part in parts {
            let at = accounts[part.account];
            self.settle(ctx, &payment, at, &part, as_of);
            shares.push((at, Some(part.receivable), part.purpose, part.amount));
        }
        accounts.iter().for_each(|at| self.clear(&rules.late, *at));
        let mut over = left;
        if let (Some(at), true) = (prepay_to, left != Money::ZERO) {
            let account = &mut self.accounts[at];
            account.prepaid += left;
            self.balances.insert(account.id(), account.prepaid);
            shares.push((at, None, Purpose::Prepayment, left));
            over = Money::ZERO;
        }
        let shares = (1_i64..).zip(shares).map(|(line_no, (at, receivable, purpose, amount))| Share {
            payment: payment.id,
            line_no,
            usage_point: self.accounts[at].id(),
            receivable,
            purpose,
            amount,
        });
        let shares: Vec<Share> = shares.collect();
        self.entries.push(entry(ctx, &payment, EntryKind::Payment, &shares));
        self.shares.extend(shares);
        self.payments.push(payment);
        over
    }

    /// Gives the payments their receipt numbers.
    pub fn number(&mut self, numbers: Vec<String>) {
        for ((payment, entry), number) in self.payments.iter_mut().zip(&mut self.entries).zip(numbers) {
            entry.receipt_no = Some(number.clone());
            payment.receipt_no = number;
        }
    }

    /// Whether its last payment takes money for this debt.
    pub fn last_takes_for(&self, receivable: Uuid) -> bool {
        let last = self.payments.last().map(|payment| payment.id);
        self.shares.iter().any(|share| Some(share.payment) == last && share.receivable == Some(receivable))
    }

    fn apply_prepaid(&mut self, ctx: &Ctx, at: usize, as_of: Date, booked_on: Date) {
        let account = &mut self.accounts[at];
        if account.prepaid == Money::ZERO {
            return;
        }
        let items: Vec<_> = account.debts.iter().map(|debt| debt.item.clone()).collect();
        for (item, amount) in ledger::allocate(account.prepaid, &items.iter().collect::<Vec<_>>()) {
            let (settlement, entry) = ledger::application(ctx, item, as_of, booked_on, amount);
            self.settlements.push(settlement);
            self.applications.push(entry);
            account.prepaid = account.prepaid - amount;
            note(account, item.id, Purpose::Debt, as_of, amount);
            self.balances.insert(account.id(), account.prepaid);
        }
    }

    /// What is settled accrues no more, whatever the day.
    fn clear(&mut self, rules: &[LateRule], at: usize) {
        let account = &self.accounts[at];
        let late = account.debts.iter().filter(|debt| debt.item.open() == Money::ZERO && !debt.settled_late.is_empty());
        let cleared = late.filter(|debt| late::late_charge(rules, account.kind(), debt, Date::MAX) == Money::ZERO);
        self.cleared.extend(cleared.map(|debt| debt.item.id));
    }

    fn settle(&mut self, ctx: &Ctx, payment: &Payment, at: usize, part: &Part, as_of: Date) {
        let settles = if part.purpose == Purpose::LateCharge { Settles::LateCharge } else { Settles::Debt };
        self.settlements.push(Settlement {
            id: ctx.new_id(),
            receivable: part.receivable,
            on: as_of,
            settles,
            by: SettledBy::Payment,
            payment: Some(payment.id),
            amount: part.amount,
        });
        note(&mut self.accounts[at], part.receivable, part.purpose, as_of, part.amount);
    }
}

/// What an account owes after a settlement, for the payments that follow it.
fn note(account: &mut Account, receivable: Uuid, purpose: Purpose, on: Date, amount: Money) {
    let Some(debt) = account.debts.iter_mut().find(|debt| debt.item.id == receivable) else {
        return;
    };
    if purpose == Purpose::LateCharge {
        debt.charged += amount;
        return;
    }
    debt.item.settled += amount;
    if on > debt.item.due_on {
        debt.settled_late.push((on, amount));
    }
}

/// 支出户: the account from which money is paid out.
const EXPENDITURE: &str = "expenditure";

/// The one entry of a payment, a reversal or a refund: money on one side, by account what it is for on
/// the other. It gets its number with the payment.
pub fn entry(ctx: &Ctx, payment: &Payment, kind: EntryKind, shares: &[Share]) -> LedgerEntry {
    // What is collected goes to the collection account whole: what is paid back comes from the other line.
    let is_refund = payment.kind == PaymentKind::Refund;
    // A reversal that brings money is that of a refund.
    let is_refund_back = payment.kind == PaymentKind::Reversal && !payment.amount.is_negative();
    let place = if is_refund || is_refund_back { EXPENDITURE } else { payment.method.word() };
    let mut postings = vec![Posting::of(ledger::Account::Money(place.to_owned()), None, payment.amount)];
    for share in shares {
        let account = match share.purpose {
            Purpose::Debt => ledger::Account::Receivable,
            Purpose::LateCharge => ledger::Account::LateCharge,
            Purpose::Prepayment => ledger::Account::Prepayment,
        };
        let same =
            |posting: &&mut Posting| posting.account == account && posting.usage_point == Some(share.usage_point);
        match postings.iter_mut().find(same) {
            Some(posting) => posting.amount = posting.amount - share.amount,
            None => postings.push(Posting::of(account, Some(share.usage_point), -share.amount)),
        }
    }
    LedgerEntry::plain(ctx, payment.booked_on, kind, postings)
}

/// Over payments with their shares, in order of receipt number: what the journal signs.
pub fn digest<'p>(payments: impl Iterator<Item = (&'p Payment, Vec<&'p Share>)>) -> String {
    let mut hash = Sha256::new();
    for (payment, shares) in payments {
        let Payment { receipt_no, kind, method, channel, cashier, booked_on, amount, .. } = payment;
        let reference = payment.reference.as_deref().unwrap_or_default();
        hash.update(format!(
            "{receipt_no} {kind} {method} {channel} {reference} {cashier} {booked_on} {};",
            amount.fen()
        ));
        for share in shares {
            let receivable = share.receivable.map(|id| id.to_string()).unwrap_or_default();
            hash.update(format!("{} {} {receivable} {};", share.usage_point, share.purpose, share.amount.fen()));
        }
    }
    kernel::hex(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Debt, Receivable};
    use crate::payment::model::{COUNTER, Method, PaymentState};
    use crate::payment::tests::{clerk, point};
    use jiff::civil::date;
    use platform::packs::Packs;
    use proptest::prelude::*;

    fn payment(ctx: &Ctx, fen: i64) -> Payment {
        Payment {
            id: ctx.new_id(),
            receipt_no: "201609050000001".into(),
            kind: PaymentKind::Payment,
            state: PaymentState::Taken,
            reverses: None,
            method: Method::Cash,
            channel: COUNTER.into(),
            reference: None,
            paid_at: ctx.now,
            booked_on: ctx.today,
            amount: Money::from_fen(fen),
            tendered: None,
            cashier: ctx.actor.name.clone(),
            station: None,
            bank: None,
            instrument: None,
            reason: None,
            prints: 0,
        }
    }

    fn debt(account: u128, n: u128, day: Date, fen: i64) -> Debt {
        let item = Receivable {
            id: Uuid::from_u128(account * 100 + n),
            usage_point: Uuid::from_u128(account).into(),
            bill_no: None,
            arisen_on: day,
            due_on: day,
            amount: Money::from_fen(fen),
            settled: Money::ZERO,
        };
        Debt { item, settled_late: Vec::new(), charged: Money::ZERO }
    }

    #[test]
    fn a_debt_that_is_settled_late_is_cleared_when_its_late_charge_is_taken_too() {
        let ctx = clerk();
        let rules = PaymentRules::on(&Packs::load(None).expect("packs"), ctx.today).expect("rules");
        let debts = vec![debt(1, 1, date(2016, 9, 20), 8_000)];
        let (point, prepaid) = (point(1), Money::from_fen(8_000));
        let mut book = Book::of(vec![Account { point, debts, prepaid, in_flight: Vec::new() }]);
        // Money paid ahead settles the debt on the fifteenth day; the late charge is 1.20.
        let mut take = |fen| book.take(&ctx, &rules, payment(&ctx, fen), &[0], date(2016, 10, 5), None, None);
        assert_eq!(take(50), Money::ZERO);
        assert!(book.cleared.is_empty(), "0.70 are still to be taken");
        book.take(&ctx, &rules, payment(&ctx, 70), &[0], date(2016, 10, 9), None, None);
        assert_eq!(book.cleared.len(), 1);
    }

    proptest! {
        #[test]
        fn every_payment_balances_and_what_accounts_owe_and_have_changes_by_it_alone(
            debts in prop::collection::vec((1_u128..4, 1_i8..12, 1_i64..100_000), 0..10),
            prepaid in prop::collection::vec(0_i64..50_000, 3),
            payments in prop::collection::vec((1_i64..300_000, 1_i8..12), 1..8),
        ) {
            let ctx = clerk();
            let rules = PaymentRules::on(&Packs::load(None).expect("packs"), ctx.today).expect("rules");
            let mut accounts: Vec<Account> = (1_u128..4).zip(&prepaid).map(|(n, fen)| Account {
                point: point(n),
                debts: Vec::new(),
                prepaid: Money::from_fen(*fen),
                in_flight: Vec::new(),
            }).collect();
            for (n, (account, month, fen)) in (0_u128..).zip(debts) {
                let at = usize::try_from(account - 1).expect("small");
                accounts[at].debts.push(debt(account, n, date(2016, month, 5), fen));
            }
            let mut book = Book::of(accounts);
            let total = |book: &Book| -> (Money, Money) {
                let open = book.accounts.iter().flat_map(|a| &a.debts).map(|d| d.item.open()).sum();
                (open, book.accounts.iter().map(|a| a.prepaid).sum())
            };
            for (fen, month) in payments {
                let before = total(&book);
                let shares = book.shares.len();
                let over = book.take(&ctx, &rules, payment(&ctx, fen), &[0, 1, 2], date(2016, month, 20), Some(1), None);
                prop_assert_eq!(over, Money::ZERO);
                let after = total(&book);
                let late: Money = book.shares[shares..].iter()
                    .filter(|share| share.purpose == Purpose::LateCharge).map(|share| share.amount).sum();
                prop_assert_eq!(book.shares[shares..].iter().map(|share| share.amount).sum::<Money>(), Money::from_fen(fen));
                prop_assert_eq!(before.0 - before.1 - (after.0 - after.1), Money::from_fen(fen) - late);
            }
            for entry in book.entries.iter().chain(&book.applications) {
                prop_assert!(entry.check().is_ok());
            }
            for account in &book.accounts {
                prop_assert!(!account.prepaid.is_negative());
                for debt in &account.debts {
                    prop_assert!(!debt.item.open().is_negative());
                    let steps = book.settlements.iter().filter(|s| s.receivable == debt.item.id);
                    let settled: Money = steps.filter(|s| s.settles == Settles::Debt).map(|s| s.amount).sum();
                    prop_assert_eq!(settled, debt.item.settled);
                    let is_late = !debt.settled_late.is_empty() && debt.item.open() == Money::ZERO;
                    let asked = late::late_charge(&rules.late, account.kind(), debt, Date::MAX);
                    prop_assert_eq!(book.cleared.contains(&debt.item.id), is_late && asked == Money::ZERO);
                }
            }
        }
    }
}
