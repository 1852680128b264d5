//! What is due, and which part of a payment is for what.

use kernel::id::Uuid;
use kernel::{Date, Money};

use super::late;
use super::policy::{LateRule, Order};
use crate::ledger::{self, Receivable};
use crate::payment::model::{Account, AccountDue, BillDue, Purpose};

/// What an account is to pay on the day `as_of`: money paid ahead settles its oldest debts first.
pub fn due(rules: &[LateRule], account: &Account, as_of: Date) -> AccountDue {
    let items: Vec<&Receivable> = account.debts.iter().map(|debt| &debt.item).collect();
    let prepaid = ledger::allocate(account.prepaid, &items);
    let bill = |debt: &ledger::Debt| {
        let from_prepaid = prepaid.iter().find(|(item, _)| item.id == debt.item.id).map(|(_, amount)| *amount);
        BillDue {
            receivable: debt.item.id,
            bill_no: debt.item.bill_no.clone(),
            arisen_on: debt.item.arisen_on,
            due_on: debt.item.due_on,
            open: debt.item.open().max(Money::ZERO),
            from_prepaid: from_prepaid.unwrap_or(Money::ZERO),
            days_late: late::days_late(debt.item.due_on, as_of),
            late_charge: late::late_charge(rules, account.kind(), debt, as_of),
            in_flight: account.in_flight.iter().find(|item| item.receivable == debt.item.id).cloned(),
        }
    };
    let mut bills: Vec<BillDue> = account
        .debts
        .iter()
        .map(bill)
        .filter(|bill| bill.open != Money::ZERO || bill.late_charge != Money::ZERO)
        .collect();
    bills.sort_by(|a, b| a.age().cmp(&b.age()));
    AccountDue { bills, prepaid: account.prepaid }
}

/// A part of a payment: for which of the accounts, which debt, what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub account: usize,
    pub receivable: Uuid,
    pub purpose: Purpose,
    pub amount: Money,
}

/// Divides `money` over what the accounts are to pay: what it was meant for, then the oldest bill of all
/// first; tells what is left. Of bills of one day, those of the account named first come first.
pub fn allocate(order: Order, accounts: &[AccountDue], money: Money, meant_for: Option<Uuid>) -> (Vec<Part>, Money) {
    let mut bills: Vec<(usize, &BillDue)> = Vec::new();
    for (at, account) in accounts.iter().enumerate() {
        bills.extend(account.bills.iter().map(|bill| (at, bill)));
    }
    let turn =
        |(at, bill): &(usize, &BillDue)| (meant_for.is_some_and(|meant| meant != bill.receivable), bill.arisen_on, *at);
    bills.sort_by(|a, b| turn(a).cmp(&turn(b)).then_with(|| a.1.age().cmp(&b.1.age())));
    let debt = |(at, bill): &(usize, &BillDue)| Part {
        account: *at,
        receivable: bill.receivable,
        purpose: Purpose::Debt,
        amount: bill.open - bill.from_prepaid,
    };
    let late = |(at, bill): &(usize, &BillDue)| Part {
        account: *at,
        receivable: bill.receivable,
        purpose: Purpose::LateCharge,
        amount: bill.late_charge,
    };
    let wanted: Vec<Part> = match order {
        Order::LateThenDebt => bills.iter().flat_map(|bill| [late(bill), debt(bill)]).collect(),
        Order::DebtThenLate => bills.iter().flat_map(|bill| [debt(bill), late(bill)]).collect(),
        Order::DebtsFirst => bills.iter().map(debt).chain(bills.iter().map(late)).collect(),
    };
    let mut left = money;
    let mut parts = Vec::new();
    for part in wanted {
        let amount = left.min(part.amount);
        if amount > Money::ZERO {
            left = left - amount;
            parts.push(Part { amount, ..part });
        }
    }
    (parts, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn bill(n: u128, month: i8, open: i64, late: i64) -> BillDue {
        BillDue {
            receivable: Uuid::from_u128(n),
            bill_no: None,
            arisen_on: date(2016, month, 1),
            due_on: date(2016, month, 16),
            open: Money::from_fen(open),
            from_prepaid: Money::ZERO,
            days_late: 0,
            late_charge: Money::from_fen(late),
            in_flight: None,
        }
    }

    fn account(bills: Vec<BillDue>) -> AccountDue {
        AccountDue { bills, prepaid: Money::ZERO }
    }

    fn shown(parts: &[Part]) -> Vec<String> {
        let show = |part: &Part| format!("{} {} {}", part.receivable.as_u128(), part.purpose, part.amount);
        parts.iter().map(show).collect()
    }

    #[test]
    fn the_oldest_bill_of_all_accounts_comes_first_and_with_it_its_late_charge() {
        let accounts = [
            account(vec![bill(1, 8, 10_000, 500), bill(2, 10, 20_000, 0)]),
            account(vec![bill(3, 7, 3_000, 100), bill(4, 8, 1_000, 0)]),
        ];
        let table = [
            (Order::LateThenDebt, vec!["3 late-charge 1.00", "3 debt 30.00", "1 late-charge 5.00", "1 debt 64.00"]),
            (Order::DebtThenLate, vec!["3 debt 30.00", "3 late-charge 1.00", "1 debt 69.00"]),
            (Order::DebtsFirst, vec!["3 debt 30.00", "1 debt 70.00"]),
        ];
        for (order, expected) in table {
            let (parts, left) = allocate(order, &accounts, Money::from_fen(10_000), None);
            assert_eq!(shown(&parts), expected, "{order}");
            assert_eq!(left, Money::ZERO);
        }
    }

    #[test]
    fn money_that_was_meant_for_a_bill_meets_it_before_older_ones() {
        let accounts = [account(vec![bill(1, 8, 10_000, 500), bill(2, 10, 20_000, 100)])];
        let (parts, _) = allocate(Order::LateThenDebt, &accounts, Money::from_fen(20_200), Some(Uuid::from_u128(2)));
        assert_eq!(shown(&parts), ["2 late-charge 1.00", "2 debt 200.00", "1 late-charge 1.00"]);
    }

    #[test]
    fn what_is_above_the_debts_is_left() {
        let accounts = [account(vec![bill(1, 8, 10_000, 500)])];
        for order in Order::ALL {
            let (parts, left) = allocate(*order, &accounts, Money::from_fen(11_000), None);
            assert_eq!((parts.len(), left), (2, Money::from_fen(500)));
        }
        assert_eq!(allocate(Order::DebtsFirst, &[], Money::from_fen(5), None), (Vec::new(), Money::from_fen(5)));
    }

    proptest! {
        #[test]
        fn the_parts_and_the_rest_add_up_and_none_is_more_than_is_due(
            bills in prop::collection::vec((0_u8..3, 1_i8..13, 0_i64..50_000, 0_i64..5_000, 0_i64..50_000), 0..12),
            money in 0_i64..400_000,
            order in 0_usize..3,
        ) {
            let mut accounts = vec![account(Vec::new()), account(Vec::new()), account(Vec::new())];
            for (n, (at, month, open, late, prepaid)) in (0_u128..).zip(bills) {
                let from_prepaid = Money::from_fen(prepaid.min(open));
                accounts[usize::from(at)].bills.push(BillDue { from_prepaid, ..bill(n, month, open, late) });
            }
            let money = Money::from_fen(money);
            let (parts, left) = allocate(Order::ALL[order], &accounts, money, None);
            prop_assert_eq!(parts.iter().map(|part| part.amount).sum::<Money>() + left, money);
            for part in &parts {
                let bill = accounts[part.account].bills.iter().find(|bill| bill.receivable == part.receivable);
                let bill = bill.expect("a bill of the account");
                let most = if part.purpose == Purpose::Debt { bill.open - bill.from_prepaid } else { bill.late_charge };
                prop_assert!(part.amount > Money::ZERO && part.amount <= most);
            }
            let due: Money = accounts.iter().map(AccountDue::due).sum();
            prop_assert_eq!(left, (money - due).max(Money::ZERO));
        }
    }
}
