//! What of a wish to pay can be judged before anything is looked up.

use kernel::{Date, Money, Refusal};
use platform::journal;
use sha2::{Digest, Sha256};

use super::policy::PaymentRules;
use crate::payment::model::{Account, AccountDue, Method, Wish};

/// The most accounts in one payment.
pub const MOST_ACCOUNTS: usize = 50;

/// Refuses a wish that no state of the accounts could fulfil.
pub fn check(rules: &PaymentRules, wish: &Wish) -> Result<(), Refusal> {
    amount(rules, wish.amount)?;
    tendered(wish)?;
    paper(wish)?;
    if let Some(reason) = &wish.despite_debit {
        journal::short_reason(reason).map_err(|refusal| refusal.at("despite_debit"))?;
    }
    match &wish.prepay_to {
        Some(account) if !wish.supply_nos.contains(account) => Err(Refusal::invalid(
            "payment.prepay-account",
            "预收只能存入本次缴费的户号",
            "money can be paid ahead only to an account of this payment",
        )
        .at("prepay_to")),
        _ => Ok(()),
    }
}

/// Refuses an amount that cannot be paid at once.
pub fn amount(rules: &PaymentRules, amount: Money) -> Result<(), Refusal> {
    if (rules.lowest..=rules.highest).contains(&amount) {
        return Ok(());
    }
    let (low, high) = (rules.lowest, rules.highest);
    Err(Refusal::invalid(
        "payment.amount",
        format!("单笔金额须在 {low} 元至 {high} 元之间"),
        format!("one payment is between {low} and {high} yuan"),
    )
    .at("amount"))
}

fn tendered(wish: &Wish) -> Result<(), Refusal> {
    let refusal = match wish.tendered {
        None => return Ok(()),
        Some(_) if wish.method != Method::Cash => {
            Refusal::invalid("payment.tendered", "只有现金有实收与找零", "only cash is handed over and changed")
        }
        Some(tendered) if tendered < wish.amount => Refusal::invalid(
            "payment.tendered",
            format!("实收 {tendered} 元不足 {} 元", wish.amount),
            format!("{tendered} yuan handed over are less than {}", wish.amount),
        ),
        Some(_) => return Ok(()),
    };
    Err(refusal.at("tendered"))
}

/// Which papers a method needs: their numbers find the money again.
fn paper(wish: &Wish) -> Result<(), Refusal> {
    let missing =
        |field: &str, zh: &'static str, en: &'static str| Err(Refusal::invalid("payment.instrument", zh, en).at(field));
    let has = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let (bank, number) = (has(&wish.bank), has(&wish.instrument));
    match wish.method {
        Method::Cheque | Method::Voucher if !bank => missing("bank", "须填写出票（付款）银行", "name the bank"),
        Method::Cheque if !number => missing("instrument", "须填写支票号码", "give the number of the cheque"),
        Method::Voucher if !number => missing("instrument", "须填写进账单号码", "give the number of the voucher"),
        Method::Pos if !number => missing("instrument", "须填写 POS 凭证号", "give the reference of the slip"),
        Method::Transfer if !number => missing("instrument", "须填写转账流水号", "give the number of the transfer"),
        Method::BankDebit => Err(Refusal::invalid(
            "payment.method",
            "银行代扣不在柜台收取，请导入银行回盘文件",
            "bank debits are not taken at the counter; import the bank's file",
        )
        .at("method")),
        Method::Cash if bank || number => missing("instrument", "现金没有票据号码", "cash has no number of any paper"),
        _ => Ok(()),
    }
}

/// Over every figure that a customer is told.
pub fn quote_digest(accounts: &[(Account, AccountDue)], as_of: Date) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{as_of};"));
    for (account, due) in accounts {
        hash.update(format!("{} {};", account.point.supply_no, due.prepaid.fen()));
        for bill in &due.bills {
            let [open, prepaid, late] = [bill.open, bill.from_prepaid, bill.late_charge].map(Money::fen);
            let in_flight = bill.in_flight.as_ref().map(|item| item.reference.as_str()).unwrap_or_default();
            hash.update(format!("{} {open} {prepaid} {late} {in_flight};", bill.receivable));
        }
    }
    kernel::hex(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use platform::packs::Packs;

    fn rules() -> PaymentRules {
        PaymentRules::on(&Packs::load(None).expect("packs"), date(2016, 9, 5)).expect("rules")
    }

    fn wish(method: Method, bank: Option<&str>, instrument: Option<&str>) -> Wish {
        Wish {
            supply_nos: vec!["1001".into()],
            digest: String::new(),
            amount: Money::from_fen(10_000),
            method,
            tendered: None,
            bank: bank.map(str::to_owned),
            instrument: instrument.map(str::to_owned),
            prepay_to: None,
            despite_debit: None,
        }
    }

    #[test]
    fn each_method_asks_for_the_paper_that_finds_its_money_again() {
        let table = [
            (wish(Method::Cash, None, None), None),
            (wish(Method::Cash, None, Some("7")), Some("instrument")),
            (wish(Method::Pos, None, Some("000123")), None),
            (wish(Method::Pos, None, Some(" ")), Some("instrument")),
            (wish(Method::Cheque, Some("工行"), Some("7")), None),
            (wish(Method::Cheque, None, Some("7")), Some("bank")),
            (wish(Method::Cheque, Some("工行"), None), Some("instrument")),
            (wish(Method::Voucher, Some("工行"), None), Some("instrument")),
            (wish(Method::Transfer, None, None), Some("instrument")),
            (wish(Method::Wechat, None, None), None),
            (wish(Method::BankDebit, None, None), Some("method")),
        ];
        for (wish, field) in table {
            let refused = check(&rules(), &wish).err().and_then(|refusal| refusal.field);
            assert_eq!(refused.as_deref(), field, "{wish:?}");
        }
    }

    #[test]
    fn cash_handed_over_is_enough_and_other_money_is_exact() {
        let given =
            |method, instrument, fen| Wish { tendered: Some(Money::from_fen(fen)), ..wish(method, None, instrument) };
        assert!(check(&rules(), &given(Method::Cash, None, 10_000)).is_ok());
        assert!(check(&rules(), &given(Method::Cash, None, 20_000)).is_ok());
        for wrong in [given(Method::Cash, None, 9_999), given(Method::Pos, Some("1"), 10_000)] {
            assert_eq!(check(&rules(), &wrong).expect_err("refused").code, "payment.tendered");
        }
    }

    #[test]
    fn the_lowest_and_the_highest_amount_are_amounts_still() {
        let rules = rules();
        for (fen, fits) in [(0, false), (-1, false), (1, true), (1_000_000_000, true), (1_000_000_001, false)] {
            assert_eq!(amount(&rules, Money::from_fen(fen)).is_ok(), fits, "{fen}");
        }
    }
}
