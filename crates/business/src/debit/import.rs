//! `debit-results.csv`, what a bank answers 回盘文件.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Date, Money, Refusal, Text};
use platform::csv::{Columns, Finding, Importer, Outcome, Record};
use platform::{Ctx, House, Permission, Result, Scope, Tx};

use super::model::{Answer, Batch, BatchState, Line, LineState};
use super::rules::answer::{self, Verdict};
use super::{ANSWER, note, sent_on, store};
use crate::difference::{self, Difference, DifferenceKind, DifferenceState, Tally};
use crate::fields;
use crate::inflight;
use crate::ledger;
use crate::mandate::DebitRules;
use crate::payment::{self, Book, Method, PaymentRules, Reported};
use crate::supply::{self, UsagePointId};

/// What banks answer to the batches that they were sent.
pub struct DebitResultImport {
    pub house: House,
}

/// An answer that is to be booked.
struct Told {
    row: u64,
    line: Line,
    given: Answer,
    verdict: Verdict,
    /// The day as of which a collected debit settles.
    as_of: Date,
}

impl Importer for DebitResultImport {
    const KIND: &'static str = "debit-results";
    const RIGHT: Permission = ANSWER;
    const COLUMNS: Columns =
        Columns { required: &["line_no", "amount", "result_code", "debited_at"], optional: &["result_text", "bank"] };

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(ANSWER)?;
        let rules = DebitRules::on(&self.house.packs, ctx.today)?;
        let (mut lines, batches) = on_record(tx, &records).await?;
        let (mut told, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            match self.read(record, ctx, &rules, &scope, &lines, &batches) {
                Ok(read) if read.verdict == Verdict::Unchanged => {
                    outcome.findings.push(Finding::unchanged(record.row));
                }
                Ok(read) => {
                    // What follows in the file is judged by this answer.
                    if let Some(line) = lines.get_mut(&read.line.line_no) {
                        line.state = state_after(read.verdict);
                        line.answer = Some(read.given.clone());
                    }
                    outcome.loaded += 1;
                    told.push(read);
                }
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        let findings = self.book(tx, ctx, scope, &told).await?;
        outcome.findings.extend(findings);
        end_batches(tx, ctx, &batches, &told).await?;
        Ok(outcome)
    }
}

fn state_after(verdict: Verdict) -> LineState {
    if verdict == Verdict::Failed { LineState::Failed } else { LineState::Collected }
}

/// The lines that a file names, and their batches: locked, the accounts first.
async fn on_record(tx: &Tx, records: &[Record]) -> Result<(HashMap<String, Line>, HashMap<String, Batch>)> {
    let line_nos: Vec<String> = records.iter().map(|record| record.field("line_no").to_owned()).collect();
    let found = store::lines_with(tx, line_nos.clone()).await?;
    let points: BTreeSet<UsagePointId> = found.iter().map(|line| line.point).collect();
    supply::lock(tx, &points.into_iter().collect::<Vec<_>>()).await?;
    let batch_nos: BTreeSet<String> = found.into_iter().map(|line| line.batch_no).collect();
    let batches = store::locked(tx, batch_nos.into_iter().collect()).await?;
    let batches = batches.into_iter().map(|batch| (batch.batch_no.clone(), batch)).collect();
    // Read again under the locks: somebody may have been faster.
    let lines = store::lines_with(tx, line_nos).await?;
    Ok((lines.into_iter().map(|line| (line.line_no.clone(), line)).collect(), batches))
}

impl DebitResultImport {
    fn read(
        &self,
        record: &Record,
        ctx: &Ctx,
        rules: &DebitRules,
        scope: &Scope,
        lines: &HashMap<String, Line>,
        batches: &HashMap<String, Batch>,
    ) -> Result<Told, Refusal> {
        let line_no = fields::code(record, "line_no")?;
        let unknown = || {
            let (zh, en) = (format!("没有代扣明细 {line_no}"), format!("there is no debit {line_no}"));
            Refusal::not_found("debit-line.unknown", zh, en).at("line_no")
        };
        let line = lines.get(&line_no).ok_or_else(unknown)?;
        let batch = batches.get(&line.batch_no).ok_or_else(unknown)?;
        scope.admit(&line.station).map_err(|refusal| refusal.at("line_no"))?;
        if !record.is_empty("bank") && record.field("bank") != line.bank {
            let (bank, given) = (&line.bank, record.field("bank"));
            return Err(Refusal::conflict(
                "debit.other-bank",
                format!("该明细送的是 {bank}，不是 {given}；请核对文件"),
                format!("this debit was sent to {bank}, not to {given}; look at the file"),
            )
            .at("bank"));
        }
        let given = self.answer(record, ctx)?;
        let debited_on = given.debited_at.map(|at| self.house.day_of(at));
        let bank = rules.bank(&line.bank)?;
        let verdict = answer::judge(bank, batch, line, &given, debited_on, sent_on(&self.house, batch))?;
        // Who had the money there in time owes nothing for the bank's delay.
        let as_of = debited_on.map_or(batch.wish.collect_on, |on| on.min(batch.wish.collect_on));
        Ok(Told { row: record.row, line: line.clone(), given: kept(given, verdict), verdict, as_of })
    }

    fn answer(&self, record: &Record, ctx: &Ctx) -> Result<Answer, Refusal> {
        let amount = if record.is_empty("amount") {
            Money::ZERO
        } else {
            Money::from_fen(fields::decimal(record, "amount", fields::MONEY_DECIMALS)?)
        };
        let has_time = !record.is_empty("debited_at");
        let debited_at = has_time.then(|| fields::instant(&self.house, record, "debited_at")).transpose()?;
        if debited_at.is_some_and(|at| at > ctx.now) {
            let (zh, en) = ("扣款时间在将来", "this moment has not come yet");
            return Err(Refusal::invalid("date.future", zh, en).at("debited_at"));
        }
        let text = fields::optional_text(record, "result_text")?.unwrap_or_default();
        Ok(Answer { code: fields::code(record, "result_code")?, amount, text, debited_at })
    }

    /// Books what was answered; a finding for each answer that somebody should look at.
    async fn book(&self, tx: &Tx, ctx: &Ctx, scope: Scope, told: &[Told]) -> Result<Vec<Finding>> {
        inflight::end(tx, told.iter().map(|told| told.line.line_no.clone()).collect()).await?;
        let collected: Vec<&Told> = told.iter().filter(|told| told.verdict != Verdict::Failed).collect();
        for failed in told.iter().filter(|told| told.verdict == Verdict::Failed) {
            store::answer(tx, &failed.line.line_no, LineState::Failed, &failed.given, ctx.now, None).await?;
        }
        if collected.is_empty() {
            return Ok(Vec::new());
        }
        let mut book = self.accounts(tx, &collected).await?;
        let rules = PaymentRules::on(&self.house.packs, ctx.today)?;
        let at: BTreeMap<UsagePointId, usize> =
            book.accounts.iter().enumerate().map(|(at, account)| (account.id(), at)).collect();
        let (station, day) = (payment::till_station(scope), ledger::open_day(tx, ctx).await?);
        let mut paid = Vec::new();
        for told in &collected {
            let payment = reported(ctx, told).payment(ctx, station.clone(), day.on);
            let (id, at, first) = (payment.id, at[&told.line.point], book.shares.len());
            book.take(ctx, &rules, payment, &[at], told.as_of, Some(at), Some(told.line.receivable));
            let own = book.shares[first..].iter().filter(|share| share.receivable == Some(told.line.receivable));
            paid.push((id, own.map(|share| share.amount).sum::<Money>()));
        }
        payment::write(tx, ctx, &day, &mut book, payment::TAKEN).await?;
        let mut findings = Vec::new();
        for (told, (payment, own)) in collected.into_iter().zip(paid) {
            store::answer(tx, &told.line.line_no, LineState::Collected, &told.given, ctx.now, Some(payment)).await?;
            findings.extend(look_at(tx, ctx, told, own, day.on).await?);
        }
        Ok(findings)
    }

    async fn accounts(&self, tx: &Tx, collected: &[&Told]) -> Result<Book> {
        let numbers: BTreeSet<String> = collected.iter().map(|told| told.line.supply_no.clone()).collect();
        let points = supply::by_supply_nos(tx, numbers.into_iter().collect()).await?;
        Ok(Book::of(payment::load(tx, points).await?))
    }
}

/// What is put on record of an answer: a failed debit took nothing, whatever amount it names.
fn kept(given: Answer, verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Failed => Answer { amount: Money::ZERO, debited_at: None, ..given },
        _ => given,
    }
}

/// A debit as the payment that the bank reports.
fn reported(ctx: &Ctx, told: &Told) -> Reported {
    Reported {
        channel: told.line.bank.clone(),
        reference: told.line.line_no.clone(),
        supply_no: told.line.supply_no.clone(),
        paid_at: told.given.debited_at.unwrap_or(ctx.now),
        amount: told.given.amount,
        method: Method::BankDebit,
    }
}

/// Money that was not awaited, or not owed for its bill any more, is on record as a difference.
async fn look_at(tx: &Tx, ctx: &Ctx, told: &Told, own: Money, booked_on: Date) -> Result<Option<Finding>> {
    let (was_given_up, taken) = (told.line.state == LineState::GivenUp, told.given.amount);
    if was_given_up || own != taken {
        let expected = if was_given_up { Money::ZERO } else { own };
        record_unexpected(tx, ctx, told, expected, booked_on).await?;
    }
    let (code, text) = if was_given_up {
        let text = Text::new(
            "该批次已放弃等待，款已入账，请核对差异",
            "its batch was given up; the money is booked, look at the difference",
        );
        ("debit.late-answer", text)
    } else if own != taken {
        let text = Text::new(
            format!("该账单只欠 {own} 元，多扣的已冲抵其他欠费或转为预收"),
            format!("{own} yuan were owed for this bill; the rest met other debts or is paid ahead"),
        );
        ("debit.not-owed", text)
    } else if told.verdict == Verdict::Partly {
        let left = told.line.amount - taken;
        let text =
            Text::new(format!("部分扣款，尚欠 {left} 元"), format!("partly collected; {left} yuan are still owed"));
        ("debit.partly", text)
    } else {
        return Ok(None);
    };
    Ok(Some(Finding::doubtful(told.row, "line_no", code, text)))
}

async fn record_unexpected(tx: &Tx, ctx: &Ctx, told: &Told, expected: Money, day: Date) -> Result<()> {
    let tally = |amount: Money| Tally { count: i64::from(amount != Money::ZERO), amount };
    let difference = Difference {
        id: ctx.new_id(),
        day,
        kind: DifferenceKind::DebitUnexpected,
        subject: format!("debit:{}", told.line.line_no),
        till: None,
        method: Some(Method::BankDebit.word().into()),
        channel: Some(told.line.bank.clone()),
        reference: Some(told.line.line_no.clone()),
        expected: tally(expected),
        found: tally(told.given.amount),
        owner: ctx.actor.name.clone(),
        station: Some(told.line.station.clone()),
        state: DifferenceState::Open,
        events: Vec::new(),
    };
    difference::record(tx, ctx, difference).await
}

/// Moves the batches on that were answered, and tells the journal.
async fn end_batches(tx: &Tx, ctx: &Ctx, batches: &HashMap<String, Batch>, told: &[Told]) -> Result<()> {
    let answered: BTreeSet<&String> = told.iter().map(|told| &told.line.batch_no).collect();
    for batch in answered.into_iter().filter_map(|batch_no| batches.get(batch_no)) {
        let own = || told.iter().filter(|told| told.line.batch_no == batch.batch_no);
        if batch.state.awaits() {
            let waits = store::lines(tx, &batch.batch_no, Some(LineState::Waiting), None, "", 1).await?;
            let state = if waits.is_empty() { BatchState::Answered } else { BatchState::Partly };
            store::set_state(tx, &batch.batch_no, state).await?;
        }
        let failed = own().filter(|told| told.verdict == Verdict::Failed).count();
        let amount: Money = own().map(|told| told.given.amount).sum();
        let detail = serde_json::json!({
            "collected": own().count() - failed, "failed": failed, "amount": amount.to_string(), "late": batch.state == BatchState::GivenUp,
        });
        note(tx, ctx, "debit.answer", batch, None, detail).await?;
    }
    Ok(())
}
