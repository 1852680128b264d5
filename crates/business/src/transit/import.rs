//! `channel-statement.csv` and `bank-statement.csv`.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use jiff::civil::DateTime;
use kernel::id::Uuid;
use kernel::{Money, Refusal, Text, Timestamp};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::{Ctx, House, Permission, Result, Tx};

use super::model::{BankLine, ChannelKind, ChannelLine};
use super::rules::BankRules;
use super::{IMPORT, match_lines, store};
use crate::fields;

type Key = (String, String, ChannelKind);

/// What a channel says it took. One importer loads one file: what stands twice in it was taken twice
/// by the channel, what was there from a file before is unchanged.
pub struct ChannelStatementImport {
    house: House,
    seen: Mutex<HashSet<Key>>,
}

impl ChannelStatementImport {
    pub fn new(house: House) -> ChannelStatementImport {
        ChannelStatementImport { house, seen: Mutex::default() }
    }

    /// Whether a row is the first of its key in this file.
    fn is_first(&self, key: &Key) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone())
    }

    fn read(&self, record: &Record) -> Result<ChannelLine, Refusal> {
        let paid_at = self.instant(record)?;
        let amount = Money::from_fen(fields::decimal(record, "amount", fields::MONEY_DECIMALS)?);
        if amount == Money::ZERO || amount.fen().unsigned_abs() > 100_000_000_000_000 {
            return Err(Refusal::invalid("number.range", "金额须不为零且不过大", "is zero or too large").at("amount"));
        }
        let kind = if record.is_empty("kind") {
            if amount.is_negative() { ChannelKind::Reversal } else { ChannelKind::Payment }
        } else {
            fields::word(record, "kind", ChannelKind::from_word, "payment, reversal")?
        };
        // Some channels write what they took back without its sign.
        let amount = if kind == ChannelKind::Reversal && !amount.is_negative() { -amount } else { amount };
        if kind == ChannelKind::Payment && amount.is_negative() {
            return Err(Refusal::invalid("number.negative", "收费不能为负", "a payment is not negative").at("amount"));
        }
        Ok(ChannelLine {
            channel: fields::code(record, "channel")?,
            reference: fields::code(record, "reference")?,
            kind,
            day: self.house.day_of(paid_at),
            paid_at,
            amount,
            times: 1,
        })
    }

    /// RFC 3339, or the bureau's time where there is no offset.
    fn instant(&self, record: &Record) -> Result<Timestamp, Refusal> {
        let text = fields::text(record, "paid_at")?;
        let civil = || text.parse::<DateTime>().ok().and_then(|civil| self.house.instant_of(civil));
        let offset = text.get(19..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']));
        let instant = if offset { text.parse::<Timestamp>().ok() } else { civil() };
        let sensible = instant.filter(|at| (1990..=9000).contains(&self.house.day_of(*at).year()));
        sensible.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok()).ok_or_else(|| {
            Refusal::invalid(
                "instant.invalid",
                "时间须写作 2016-09-05T10:30:00，可带时区",
                "a moment is written 2016-09-05T10:30:00, with or without an offset",
            )
            .at("paid_at")
        })
    }
}

impl Importer for ChannelStatementImport {
    const KIND: &'static str = "channel-statement";
    const RIGHT: Permission = IMPORT;
    const COLUMNS: Columns = Columns { required: &["channel", "reference", "paid_at", "amount"], optional: &["kind"] };

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        ctx.require_everywhere(IMPORT)?;
        let references = records.iter().map(|record| record.field("reference").to_owned()).collect();
        let known = store::channel_lines_with(tx, references).await?;
        let mut known: HashMap<Key, ChannelLine> =
            known.into_iter().map(|line| ((line.channel.clone(), line.reference.clone(), line.kind), line)).collect();
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        let mut again: Vec<ChannelLine> = Vec::new();
        for record in &records {
            let line = match self.read(record) {
                Ok(line) => line,
                Err(refusal) => {
                    outcome.findings.push(Finding::refused(record.row, refusal));
                    continue;
                }
            };
            let key = (line.channel.clone(), line.reference.clone(), line.kind);
            let first = self.is_first(&key);
            match known.get(&key) {
                None => {
                    known.insert(key, line.clone());
                    new.push(line);
                    outcome.loaded += 1;
                }
                Some(_) if !first => {
                    let text = Text::new("该笔在对账单中出现多次", "stands more than once in the statement");
                    outcome.findings.push(Finding::doubtful(record.row, "reference", "statement.twice", text));
                    outcome.loaded += 1;
                    again.push(line);
                }
                Some(same) if same.amount == line.amount && same.paid_at == line.paid_at => {
                    outcome.findings.push(Finding::unchanged(record.row));
                }
                Some(other) => {
                    let refusal = conflict("amount", &other.amount.to_string(), &line.amount.to_string());
                    outcome.findings.push(Finding::refused(record.row, refusal));
                }
            }
        }
        store::insert_channel_lines(tx, &new).await?;
        for line in &again {
            store::repeated(tx, line).await?;
        }
        Ok(outcome)
    }
}

/// What the bank credited to the collection account; what is beyond doubt is matched at once.
pub struct BankStatementImport {
    pub house: House,
}

impl Importer for BankStatementImport {
    const KIND: &'static str = "bank-statement";
    const RIGHT: Permission = IMPORT;
    const COLUMNS: Columns =
        Columns { required: &["account", "value_date", "amount", "reference"], optional: &["text"] };

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        ctx.require_everywhere(IMPORT)?;
        let rules = BankRules::on(&self.house.packs, ctx.today)?;
        let references = records.iter().map(|record| record.field("reference").to_owned()).collect();
        let known = store::lines_with(tx, references).await?;
        let mut known: HashMap<(String, String), BankLine> =
            known.into_iter().map(|line| ((line.account.clone(), line.reference.clone()), line)).collect();
        let (mut new, mut outcome) = (Vec::new(), Outcome::default());
        for record in &records {
            match bank_line(record, ctx.new_id()).and_then(|line| check(line, &known)) {
                Ok(Some(line)) => {
                    known.insert((line.account.clone(), line.reference.clone()), line.clone());
                    new.push(line);
                    outcome.loaded += 1;
                }
                Ok(None) => outcome.findings.push(Finding::unchanged(record.row)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        store::insert_lines(tx, &new).await?;
        match_lines(tx, ctx, &rules, &new).await?;
        Ok(outcome)
    }
}

fn bank_line(record: &Record, id: Uuid) -> Result<BankLine, Refusal> {
    let amount = Money::from_fen(fields::decimal(record, "amount", fields::MONEY_DECIMALS)?);
    if amount == Money::ZERO || amount.fen().unsigned_abs() > 100_000_000_000_000 {
        return Err(Refusal::invalid("number.range", "金额须不为零且不过大", "is zero or too large").at("amount"));
    }
    Ok(BankLine {
        id,
        account: fields::code(record, "account")?,
        value_date: fields::date(record, "value_date")?,
        amount,
        reference: fields::text(record, "reference")?,
        text: fields::optional_text(record, "text")?.unwrap_or_default(),
        matched: false,
    })
}

/// None when the line is on record and equal.
fn check(line: BankLine, known: &HashMap<(String, String), BankLine>) -> Result<Option<BankLine>, Refusal> {
    match known.get(&(line.account.clone(), line.reference.clone())) {
        None => Ok(Some(line)),
        Some(same) if same.amount != line.amount => {
            Err(conflict("amount", &same.amount.to_string(), &line.amount.to_string()))
        }
        Some(same) if same.value_date != line.value_date => {
            Err(conflict("value_date", &same.value_date.to_string(), &line.value_date.to_string()))
        }
        Some(same) if same.text != line.text => Err(conflict("text", &same.text, &line.text)),
        Some(_) => Ok(None),
    }
}
