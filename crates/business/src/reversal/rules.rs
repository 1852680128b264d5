//! Who may take money back alone, and what of a wish for it can be judged at once.

use kernel::{Date, Money, Refusal};

use super::model::RefundWish;
use crate::payment::{COUNTER, Method, Payment, PaymentKind, PaymentRules};

/// Whether `who` may take a payment back without a second person: his own of today over the counter,
/// up to the limit.
pub fn alone(rules: &PaymentRules, payment: &Payment, who: &str, today: Date) -> bool {
    payment.kind == PaymentKind::Payment
        && payment.channel == COUNTER
        && payment.cashier == who
        && payment.booked_on == today
        && payment.amount <= rules.second_person_above
}

pub fn check_refund(wish: &RefundWish) -> Result<(), Refusal> {
    if wish.amount <= Money::ZERO {
        return Err(Refusal::invalid("payment.amount", "金额须大于零", "the amount must be above zero").at("amount"));
    }
    match wish.method {
        Method::Cash => Ok(()),
        Method::Transfer if wish.instrument.as_deref().is_some_and(|text| !text.trim().is_empty()) => Ok(()),
        Method::Transfer => Err(Refusal::invalid(
            "payment.instrument",
            "须填写收款账号或转账流水号",
            "give the account or the number of the transfer",
        )
        .at("instrument")),
        _ => Err(Refusal::invalid(
            "payment.method",
            "退预收只能用现金或转账",
            "money paid ahead goes back in cash or by transfer",
        )
        .at("method")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use kernel::id::Uuid;
    use platform::packs::Packs;

    use crate::payment::PaymentState;

    fn payment() -> Payment {
        Payment {
            id: Uuid::nil(),
            receipt_no: "201609050000001".into(),
            kind: PaymentKind::Payment,
            state: PaymentState::Taken,
            reverses: None,
            method: Method::Cash,
            channel: COUNTER.into(),
            reference: None,
            paid_at: "2016-09-05T02:00:00Z".parse().expect("an instant"),
            booked_on: date(2016, 9, 5),
            amount: Money::from_fen(50_000),
            tendered: None,
            cashier: "li.na".into(),
            station: None,
            bank: None,
            instrument: None,
            reason: None,
            prints: 0,
        }
    }

    #[test]
    fn a_cashier_takes_back_alone_only_his_own_small_payment_of_today() {
        let rules = PaymentRules::on(&Packs::load(None).expect("packs"), date(2016, 9, 5)).expect("rules");
        let today = date(2016, 9, 5);
        assert!(alone(&rules, &payment(), "li.na", today));
        assert!(!alone(&rules, &payment(), "wang.li", today));
        assert!(!alone(&rules, &payment(), "li.na", date(2016, 9, 6)));
        let others = [
            Payment { amount: Money::from_fen(50_001), ..payment() },
            Payment { channel: "wechat".into(), ..payment() },
            Payment { kind: PaymentKind::Refund, amount: Money::from_fen(-100), ..payment() },
        ];
        for other in others {
            assert!(!alone(&rules, &other, "li.na", today), "{other:?}");
        }
    }

    #[test]
    fn money_paid_ahead_goes_back_in_cash_or_to_an_account_that_is_named() {
        let wish = |method, instrument: Option<&str>, fen| RefundWish {
            supply_no: "1001".into(),
            amount: Money::from_fen(fen),
            method,
            instrument: instrument.map(str::to_owned),
            reason: "搬迁".into(),
        };
        let code = |wish: &RefundWish| check_refund(wish).err().map(|refusal| refusal.code);
        assert_eq!(code(&wish(Method::Cash, None, 1)), None);
        assert_eq!(code(&wish(Method::Transfer, Some("6222"), 1)), None);
        assert_eq!(code(&wish(Method::Transfer, None, 1)), Some("payment.instrument"));
        assert_eq!(code(&wish(Method::Pos, Some("1"), 1)), Some("payment.method"));
        assert_eq!(code(&wish(Method::Cash, None, 0)), Some("payment.amount"));
    }
}
