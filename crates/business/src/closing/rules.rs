//! Counting a till, and what its close writes into the books.

use kernel::{Money, Refusal};

use super::model::{COUNTED, Compared, Counted, Tallies};
use crate::difference::{CASH, Tally};
use crate::ledger::{Account, Posting};
use crate::transit::IN_TRANSIT;

/// A trillion yuan: what is beyond is a slip, and sums stay exact.
const MOST: i64 = 100_000_000_000_000;

/// Refuses a count that contradicts itself.
pub fn check(counted: &Counted) -> Result<(), Refusal> {
    let in_range = |amount: Money| (0..=MOST).contains(&amount.fen());
    let wrong = |field: &str| {
        Refusal::invalid(
            "count.range",
            "张数与金额不能为负或过大",
            "counts and amounts are not negative, nor too large",
        )
        .at(field.to_owned())
    };
    if !in_range(counted.cash) {
        return Err(wrong("cash"));
    }
    let mut sum: i128 = 0;
    for (piece, count) in &counted.pieces {
        let fen = piece.parse::<Money>().map_err(|_| wrong("pieces"))?.fen();
        if !(0..=1_000_000).contains(count) || fen <= 0 || fen > 10_000 {
            return Err(wrong("pieces"));
        }
        sum += i128::from(fen) * i128::from(*count);
    }
    if !counted.pieces.is_empty() && sum != i128::from(counted.cash.fen()) {
        return Err(Refusal::invalid(
            "count.pieces",
            "各券别合计与现金总额不符，请核对",
            "the notes and coins do not come to the cash told; look again",
        )
        .at("cash"));
    }
    for (method, tally) in &counted.papers {
        if !COUNTED.contains(&method.as_str()) || method == CASH {
            return Err(wrong("papers"));
        }
        if !in_range(tally.amount) || !(0..=1_000_000).contains(&tally.count) {
            return Err(wrong(method));
        }
    }
    Ok(())
}

/// By method, what ought to lie in the till and what was found; those that there are.
pub fn compare(change: Money, book: &Tallies, counted: &Counted) -> Vec<Compared> {
    let of = |tallies: &Tallies, method: &str| tallies.get(method).copied().unwrap_or_default();
    COUNTED
        .into_iter()
        .map(|method| {
            let (mut expected, mut found) = (of(book, method), of(&counted.papers, method));
            if method == CASH {
                expected.amount += change;
                found = Tally { count: expected.count, amount: counted.cash };
            }
            Compared { method: method.to_owned(), expected, found }
        })
        .filter(|compared| {
            compared.method == CASH || compared.expected != compared.found || compared.expected.count != 0
        })
        .collect()
}

/// What is handed over: the cash above the change. Where less than the change lies in the till and
/// the books do not say why, it is made whole first.
pub fn to_hand_over(change: Money, book: &Tallies, counted: &Counted) -> Result<Money, Refusal> {
    let handed = counted.cash - change;
    let lowest = book.get(CASH).map_or(Money::ZERO, |tally| tally.amount).min(Money::ZERO);
    if handed < lowest {
        return Err(Refusal::conflict(
            "till.change-short",
            format!("现金少于备用金 {change} 元，请先补足备用金再结账"),
            format!("there is less cash than the change of {change} yuan; make the change whole before closing"),
        )
        .at("cash"));
    }
    Ok(handed)
}

/// The postings of a till's close: its money goes on its way, and what cash is short or over stands
/// as a difference until it is settled. Papers go by the books: what is missing of them is claimed
/// from where they come from, and is no loss of the till.
pub fn postings(book: &Tallies, handed: Money) -> Vec<Posting> {
    let account = |place: &str| Account::Money(place.to_owned());
    let mut postings = Vec::new();
    let mut on_its_way = Money::ZERO;
    let mut difference = Money::ZERO;
    for method in COUNTED {
        let amount = book.get(method).map_or(Money::ZERO, |tally| tally.amount);
        if method == CASH {
            difference = amount - handed;
            on_its_way += handed;
        } else {
            on_its_way += amount;
        }
        postings.push(Posting::of(account(method), None, -amount));
    }
    postings.push(Posting::of(Account::TillDifference, None, difference));
    postings.push(Posting::of(account(IN_TRANSIT), None, on_its_way));
    postings.retain(|posting| posting.amount != Money::ZERO);
    postings
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tallies(list: &[(&str, i64, i64)]) -> Tallies {
        let tally = |(method, count, fen): &(&str, i64, i64)| {
            ((*method).to_owned(), Tally { count: *count, amount: Money::from_fen(*fen) })
        };
        list.iter().map(tally).collect()
    }

    fn counted(fen: i64, papers: &[(&str, i64, i64)]) -> Counted {
        Counted { cash: Money::from_fen(fen), papers: tallies(papers), ..Counted::default() }
    }

    #[test]
    fn a_till_is_compared_method_by_method_with_its_change() {
        let book = tallies(&[("cash", 3, 30_000), ("pos", 2, 5_000)]);
        let found = compare(Money::from_fen(20_000), &book, &counted(49_000, &[("pos", 2, 5_000)]));
        let shown: Vec<(String, i64, bool)> =
            found.iter().map(|c| (c.method.clone(), c.difference().fen(), c.agrees())).collect();
        assert_eq!(shown, [("cash".into(), -1_000, false), ("pos".into(), 0, true)]);
        let slip_too_few = compare(Money::ZERO, &book, &counted(30_000, &[("pos", 1, 5_000)]));
        assert!(!slip_too_few[1].agrees());
    }

    #[test]
    fn notes_and_coins_must_come_to_the_cash() {
        let mut count = counted(26_150, &[]);
        count.pieces = [("100", 2), ("50", 1), ("10", 1), ("1", 1), ("0.5", 1)].map(|(p, n)| (p.to_owned(), n)).into();
        check(&count).expect("two hundred and sixty-one fifty");
        count.cash = Money::from_fen(26_100);
        assert_eq!(check(&count).map_err(|refusal| refusal.code), Err("count.pieces"));
        count.pieces.insert("1".into(), -1);
        assert_eq!(check(&count).map_err(|refusal| refusal.code), Err("count.range"));
        assert_eq!(check(&counted(0, &[("cash", 1, 1)])).map_err(|refusal| refusal.code), Err("count.range"));
    }

    #[test]
    fn the_change_stays_and_must_be_whole() {
        let change = Money::from_fen(20_000);
        let book = tallies(&[("cash", 1, 5_000)]);
        assert_eq!(to_hand_over(change, &book, &counted(24_000, &[])).map(Money::fen), Ok(4_000));
        assert_eq!(to_hand_over(change, &book, &counted(20_000, &[])).map(Money::fen), Ok(0));
        assert_eq!(to_hand_over(change, &book, &counted(19_999, &[])).map_err(|r| r.code), Err("till.change-short"));
        // What was taken back out of the till lacks by the books.
        let book = tallies(&[("cash", -1, -5_000)]);
        assert_eq!(to_hand_over(change, &book, &counted(15_000, &[])).map(Money::fen), Ok(-5_000));
    }

    proptest! {
        #[test]
        fn whatever_was_counted_the_close_balances(cash in -10_000_i64..1_000_000, pos in 0_i64..1_000_000, cheque in 0_i64..100_000, handed in 0_i64..1_000_000) {
            let book = tallies(&[("cash", 1, cash), ("pos", 1, pos), ("cheque", 1, cheque)]);
            let sum: Money = postings(&book, Money::from_fen(handed)).iter().map(|posting| posting.amount).sum();
            prop_assert_eq!(sum, Money::ZERO);
        }
    }
}
