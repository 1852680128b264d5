//! What an answer of the bank means for a line.

use kernel::{Date, Money, Refusal};
use platform::csv::conflict;

use crate::debit::model::{Answer, Batch, Line, LineState};
use crate::mandate::{Bank, Outcome};

/// What is to be done about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is on record, and equal.
    Unchanged,
    Collected,
    /// The bank took less than was asked for; the rest stays owed.
    Partly,
    Failed,
}

/// Judges an answer to a line whose batch is `batch`; `debited_on` is the civil day of the debit.
pub fn judge(
    bank: &Bank,
    batch: &Batch,
    line: &Line,
    given: &Answer,
    debited_on: Option<Date>,
    sent_on: Option<Date>,
) -> Result<Verdict, Refusal> {
    if let Some(known) = line.answer.as_ref().filter(|_| is_answered(line)) {
        return same(known, given).map(|()| Verdict::Unchanged);
    }
    if line.state == LineState::Withdrawn || !batch.state.is_out() {
        let (zh, en) = (
            "该明细未送银行或已撤回，银行不应回盘",
            "this debit was withdrawn or never sent: the bank should not answer it",
        );
        return Err(Refusal::conflict("debit.not-sent", zh, en).at("line_no"));
    }
    let code = bank.answer(&given.code).ok_or_else(|| {
        let (code, bank) = (&given.code, &bank.code);
        Refusal::invalid(
            "debit.code-unknown",
            format!("银行 {bank} 没有结果码“{code}”，请在 billing/debit.toml 中加入后重新导入"),
            format!("the bank {bank} has no code \"{code}\"; enter it in billing/debit.toml and import again"),
        )
        .at("result_code")
    })?;
    let verdict = match code.outcome {
        Outcome::Failed => {
            nothing_taken(line, given)?;
            return Ok(Verdict::Failed);
        }
        Outcome::Collected => {
            amount_is(given.amount == line.amount, line, given)?;
            Verdict::Collected
        }
        Outcome::Partly => {
            amount_is(given.amount > Money::ZERO && given.amount < line.amount, line, given)?;
            Verdict::Partly
        }
    };
    let Some(on) = debited_on else {
        return Err(Refusal::invalid("field.empty", "此项必填", "this field must be filled").at("debited_at"));
    };
    if sent_on.is_some_and(|sent| on < sent) {
        let (zh, en) = ("扣款时间早于送盘日", "debited before the batch was sent");
        return Err(Refusal::invalid("debit.early", zh, en).at("debited_at"));
    }
    Ok(verdict)
}

fn is_answered(line: &Line) -> bool {
    matches!(line.state, LineState::Collected | LineState::Failed)
}

/// A failed debit names no amount, zero, or what was asked for.
fn nothing_taken(line: &Line, given: &Answer) -> Result<(), Refusal> {
    amount_is(given.amount == Money::ZERO || given.amount == line.amount, line, given)
}

fn amount_is(right: bool, line: &Line, given: &Answer) -> Result<(), Refusal> {
    if right {
        return Ok(());
    }
    let (asked, given) = (line.amount, given.amount);
    Err(Refusal::conflict(
        "debit.amount",
        format!("金额 {given} 元与结果码及送盘金额 {asked} 元不符，请与银行核对"),
        format!("{given} yuan does not fit this code and the {asked} yuan asked for; ask the bank"),
    )
    .at("amount"))
}

fn same(known: &Answer, given: &Answer) -> Result<(), Refusal> {
    if known.code != given.code {
        return Err(conflict("result_code", &known.code, &given.code));
    }
    // What a failed debit did not take is told in several ways.
    if known.debited_at.is_some() && known.amount != given.amount {
        return Err(conflict("amount", &known.amount.to_string(), &given.amount.to_string()));
    }
    if known.debited_at.is_some() && known.debited_at != given.debited_at {
        let text = |answer: &Answer| answer.debited_at.map_or_else(String::new, |at| at.to_string());
        return Err(conflict("debited_at", &text(known), &text(given)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debit::model::{BatchState, Wish};
    use crate::mandate::DebitRules;
    use crate::payment::tests::clerk;
    use jiff::civil::date;
    use kernel::id::Uuid;
    use platform::packs::Packs;
    use proptest::prelude::*;

    fn batch(state: BatchState) -> Batch {
        let day = date(2016, 9, 5);
        let wish = Wish { bank: "icbc".into(), station: None, book: None, due_until: day, collect_on: day };
        Batch {
            batch_no: "201609050001".into(),
            wish,
            state,
            made_at: clerk().now,
            made_by: "li.na".into(),
            sent_at: Some(clerk().now),
            sent_by: None,
            digest: None,
            ended_at: None,
            ended_by: None,
            reason: None,
        }
    }

    fn line(state: LineState, answer: Option<Answer>) -> Line {
        Line {
            line_no: "201609050001000001".into(),
            batch_no: "201609050001".into(),
            bank: "icbc".into(),
            mandate: Uuid::nil(),
            point: Uuid::nil().into(),
            supply_no: "1001".into(),
            station: "S1".into(),
            name: "张三".into(),
            holder: "张三".into(),
            account_no: "6222000011112222".into(),
            receivable: Uuid::nil(),
            bill_no: None,
            month: None,
            amount: Money::from_fen(8_000),
            late_charge: Money::ZERO,
            state,
            answer,
            answered_at: None,
            receipt_no: None,
            remark: None,
        }
    }

    fn answer(code: &str, fen: i64) -> Answer {
        Answer { code: code.into(), amount: Money::from_fen(fen), text: String::new(), debited_at: Some(clerk().now) }
    }

    fn verdict(state: BatchState, line: &Line, given: &Answer) -> Result<Verdict, &'static str> {
        let rules = DebitRules::on(&Packs::load(None).expect("packs"), date(2016, 9, 5)).expect("rules");
        let day = given.debited_at.map(|_| date(2016, 9, 5));
        judge(rules.bank("icbc").expect("a bank"), &batch(state), line, given, day, Some(date(2016, 9, 5)))
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn an_answer_means_what_its_code_and_its_amount_say_together() {
        let waiting = line(LineState::Waiting, None);
        let table = [
            (answer("00", 8_000), Ok(Verdict::Collected)),
            (answer("00", 7_999), Err("debit.amount")),
            (answer("00", 8_001), Err("debit.amount")),
            (answer("02", 3_000), Ok(Verdict::Partly)),
            (answer("02", 8_000), Err("debit.amount")),
            (answer("02", 0), Err("debit.amount")),
            (answer("01", 0), Ok(Verdict::Failed)),
            (answer("01", 8_000), Ok(Verdict::Failed)),
            (answer("01", 1), Err("debit.amount")),
            (answer("77", 8_000), Err("debit.code-unknown")),
            (Answer { debited_at: None, ..answer("00", 8_000) }, Err("field.empty")),
            (Answer { debited_at: None, ..answer("01", 0) }, Ok(Verdict::Failed)),
        ];
        for (given, expected) in table {
            assert_eq!(verdict(BatchState::Sent, &waiting, &given), expected, "{given:?}");
            let given_up = line(LineState::GivenUp, None);
            assert_eq!(verdict(BatchState::GivenUp, &given_up, &given), expected, "late: {given:?}");
        }
    }

    #[test]
    fn what_was_never_sent_is_not_answered() {
        let sound = answer("00", 8_000);
        assert_eq!(verdict(BatchState::Made, &line(LineState::Waiting, None), &sound), Err("debit.not-sent"));
        assert_eq!(verdict(BatchState::Sent, &line(LineState::Withdrawn, None), &sound), Err("debit.not-sent"));
    }

    #[test]
    fn an_answer_stands_and_another_one_is_a_conflict() {
        let collected = line(LineState::Collected, Some(answer("00", 8_000)));
        assert_eq!(verdict(BatchState::Sent, &collected, &answer("00", 8_000)), Ok(Verdict::Unchanged));
        assert_eq!(verdict(BatchState::Sent, &collected, &answer("01", 0)), Err("conflict"));
        assert_eq!(verdict(BatchState::Sent, &collected, &answer("00", 7_000)), Err("conflict"));
        let failed = line(LineState::Failed, Some(Answer { debited_at: None, ..answer("01", 0) }));
        assert_eq!(verdict(BatchState::Sent, &failed, &answer("01", 8_000)), Ok(Verdict::Unchanged));
        assert_eq!(verdict(BatchState::Sent, &failed, &answer("00", 8_000)), Err("conflict"));
    }

    proptest! {
        #[test]
        fn no_answer_takes_more_than_was_asked_for(code in "0[0-9]", fen in -10_000_i64..20_000) {
            let given = answer(&code, fen);
            if let Ok(verdict) = verdict(BatchState::Sent, &line(LineState::Waiting, None), &given) {
                prop_assert!(verdict == Verdict::Failed || (1..=8_000).contains(&fen));
            }
        }
    }
}
