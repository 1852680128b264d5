//! The words of a printed bill.

use kernel::paper::{Bar, BillSheet, ChargeRow, Due, Fact, PaperLanguage, ReadEnd, ReadRow, Standing, TierScale};
use kernel::{Energy, Money, Text};
use platform::paper::{IssuerPack, say};
use platform::{Fault, Result};
use pricing::explain::{line_name, unit_name};
use pricing::rules::{LineKind, Part};
use pricing::tariff::{Source, Span, Surcharge};
use pricing::{Line, Priced, Version};

use crate::bill::{BillStatus, Read, State, StateKind};
use crate::ledger;
use crate::print::model::Print;
use crate::print::months;

/// How much of the document's digest a customer is asked to compare.
const DIGEST_SHOWN: usize = 16;

pub fn sheet(print: &Print<'_>, codes: &IssuerPack, language: PaperLanguage) -> Result<BillSheet> {
    let Print { bill, document, account, .. } = print;
    let priced = pricing::price(&print.tariff, &document.case)
        .map_err(|error| Fault::impossible(format!("bill {} has no price any more: {error:?}", bill.bill_no)))?;
    let words = Words { print, priced: &priced, language };
    let (lines, bases) = words.lines();
    let digest = print.digest.get(..DIGEST_SHOWN).unwrap_or(print.digest).to_owned();
    let amount = bill.amount.to_string();
    let is_estimate = |read: &Read| [read.from, read.to].iter().any(|state| state.kind == StateKind::Estimated);
    let note = document.reads.iter().any(is_estimate).then(|| words.estimate_note());
    Ok(BillSheet {
        bill_no: bill.bill_no.clone(),
        standing: match bill.status {
            BillStatus::Issued => Standing::Valid,
            BillStatus::Cancelled => Standing::Cancelled,
            BillStatus::Reversal => Standing::Reversal,
        },
        remark: words.remark(),
        cycle: bill.cycle,
        name: account.point.customer.name.clone(),
        address: account.point.address.clone(),
        supply_no: bill.supply_no.clone(),
        facts: words.facts(),
        reads: document.reads.iter().map(|read| words.read(read)).collect(),
        estimate_note: note,
        lines,
        bases,
        energy: bill.energy.to_string(),
        capitals: bill.amount.in_capitals(),
        contained: words.contained(),
        due: words.due(),
        history: words.history(),
        tiers: words.tiers(),
        code: codes.bill_code(&bill.supply_no, &bill.bill_no, &amount, &digest),
        amount,
        digest,
    })
}

struct Words<'w> {
    print: &'w Print<'w>,
    priced: &'w Priced,
    language: PaperLanguage,
}

impl Words<'_> {
    fn pick(&self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self.language {
            PaperLanguage::Zh => zh.into(),
            PaperLanguage::En => en.into(),
        }
    }

    fn say(&self, text: &Text) -> String {
        say(text, self.language)
    }

    fn remark(&self) -> Option<String> {
        let bill = self.print.bill;
        let replaces = bill.replaces.as_deref();
        match (bill.status, replaces) {
            (BillStatus::Reversal, Some(other)) => {
                Some(self.pick(
                    format!("本单为红字账单，冲销账单 {other}"),
                    format!("This reversal takes back bill {other}"),
                ))
            }
            (BillStatus::Cancelled, _) => Some(self.cancelled()),
            (_, Some(other)) => {
                Some(self.pick(format!("替代已作废的账单 {other}"), format!("In place of cancelled bill {other}")))
            }
            _ => None,
        }
    }

    fn cancelled(&self) -> String {
        let find = |is_reversal: bool| self.print.successors.iter().find(|bill| bill.is_reversal == is_reversal);
        let (mut zh, mut en) = ("本账单已作废".to_owned(), "This bill is cancelled".to_owned());
        if let Some(reversal) = find(true) {
            zh = format!("本账单已于 {} 作废，红字账单 {}", reversal.issued_on, reversal.bill_no);
            en = format!("Cancelled on {} by reversal {}", reversal.issued_on, reversal.bill_no);
        }
        if let Some(next) = find(false) {
            zh.push_str(&format!("，由账单 {} 替代", next.bill_no));
            en.push_str(&format!(", replaced by bill {}", next.bill_no));
        }
        self.pick(zh, en)
    }

    fn facts(&self) -> Vec<Fact> {
        let (bill, point) = (self.print.bill, &self.print.account.point);
        let (from, to, days) = (bill.period.from, bill.period.to, bill.period.days());
        let mut facts = vec![
            Fact::new(
                self.pick("计费期间", "Period"),
                self.pick(format!("{from} 至 {to}（{days} 天）"), format!("{from} to {to} ({days} days)")),
            ),
            Fact::new(self.pick("用电类别", "Category"), self.say(&point.category.label())),
            Fact::new(self.pick("供电电压", "Voltage"), self.say(&point.voltage.label())),
            Fact::new(self.pick("执行电价", "Tariff"), self.say(&self.print.tariff.name)),
            Fact::new(self.pick("发行日期", "Issued on"), bill.issued_on.to_string()),
        ];
        if let Some(book) = &point.book {
            facts.push(Fact::new(self.pick("抄表段", "Book"), book));
        }
        facts
    }

    fn read(&self, read: &Read) -> ReadRow {
        let mut remarks = Vec::new();
        if read.rolled_over {
            remarks.push(self.pick("表计翻转", "started again at zero"));
        }
        if read.is_check() {
            remarks.push(self.pick("仅核对", "for checking only"));
        }
        ReadRow {
            meter_no: read.meter_no.clone(),
            register: self.say(&read.register.label()),
            from: self.end(&read.from),
            to: self.end(&read.to),
            multiplier: read.multiplier.to_string(),
            quantity: format!("{} {}", read.energy, read.register.unit()),
            remark: (!remarks.is_empty()).then(|| remarks.join(&self.pick("，", ", "))),
        }
    }

    fn end(&self, state: &State) -> ReadEnd {
        ReadEnd {
            on: state.on.to_string(),
            value: state.value.to_string(),
            kind: self.say(&state.kind.label()),
            is_estimate: state.kind == StateKind::Estimated,
        }
    }

    fn estimate_note(&self) -> String {
        self.pick(
            "标有“估抄”的示数为估算值，待下次实抄后按实际电量多退少补。",
            "A read marked \"estimated\" is one; the next actual read settles the difference.",
        )
    }

    /// The lines with marks of the texts that they rest on, and those texts in order of their marks.
    fn lines(&self) -> (Vec<ChargeRow>, Vec<String>) {
        let mut bases: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for line in self.print.bill.lines(self.print.document) {
            let basis = self.basis(&line).map(|text| mark(&mut bases, text));
            rows.push(ChargeRow {
                name: self.say(&line_name(&line)),
                quantity: line.quantity(),
                unit: self.say(&unit_name(&line)),
                price: line.price(),
                amount: line.amount.to_string(),
                basis,
            });
        }
        let case = &self.print.document.case;
        for (part, version) in self.parts() {
            for rule in part.months.iter().filter_map(|share| version.household(case.persons_in(share.month))) {
                let (persons, more) = (rule.persons_from, rule.add_per_month);
                let source = self.source(&rule.source);
                let text = self.pick(
                    format!("家庭 {persons} 人及以上每月各档增加 {more} 千瓦时：{source}"),
                    format!("{more} kWh a month more for households of {persons}: {source}"),
                );
                mark(&mut bases, text);
            }
        }
        (rows, bases)
    }

    fn parts(&self) -> impl Iterator<Item = (&Part, &Version)> {
        let version = |part: &Part| self.print.tariff.versions.get(part.version);
        self.priced.parts.iter().filter_map(move |part| Some((part, version(part)?)))
    }

    fn basis(&self, line: &Line) -> Option<String> {
        let part = self.priced.parts.get(usize::from(line.part))?;
        let version = self.print.tariff.versions.get(part.version)?;
        let own = match line.kind {
            LineKind::Energy | LineKind::Tier => None,
            LineKind::Relief => {
                let concession = |month| self.print.document.case.concession_in(month);
                let relief = part.months.iter().find_map(|share| version.relief(concession(share.month)));
                Some(&relief?.source)
            }
            LineKind::Basic | LineKind::Excess => version.basic.as_ref().map(|rule| &rule.source),
            LineKind::PowerFactor => version.power_factor.as_ref().map(|rule| &rule.source),
            LineKind::Least => version.least.as_ref().map(|rule| &rule.source),
        };
        if let Some(source) = own {
            return Some(self.source(source));
        }
        let source = self.source(&version.source);
        Some(
            self.pick(
                format!("{source}，{} 起执行", version.from),
                format!("{source}, in force from {}", version.from),
            ),
        )
    }

    fn source(&self, source: &Source) -> String {
        let mark = source.mark.label();
        self.pick(format!("{}（{}）", source.title, mark.zh), format!("{} ({})", source.title, mark.en))
    }

    fn contained(&self) -> Vec<Fact> {
        let document = self.print.document;
        let back = self.print.bill.status == BillStatus::Reversal;
        let yuan = |money: Money| {
            let money = if back { -money } else { money };
            self.pick(format!("{money} 元"), format!("{money} yuan"))
        };
        let contained = ledger::split_amount(document.total, document.funds.clone(), self.print.vat);
        let mut facts = vec![Fact::new(self.pick("增值税", "value-added tax"), yuan(contained.tax))];
        for (code, amount) in contained.funds {
            let named = self.parts().flat_map(|(_, version)| &version.funds).find(|fund| fund.code == code);
            facts.push(Fact::new(named.map_or(code, |fund| self.say(&fund.name)), yuan(amount)));
        }
        facts
    }

    fn due(&self) -> Due {
        let Print { bill, account, .. } = self.print;
        let own = |debt: &&crate::print::model::Debt| debt.bill_no.as_ref() == Some(&bill.bill_no);
        let this = account.debts.iter().find(own).map_or(Money::ZERO, |debt| debt.open);
        let others: Vec<Money> = account.debts.iter().filter(|debt| !own(debt)).map(|debt| debt.open).collect();
        let mut steps = vec![Fact::new(self.pick("本期电费", "This bill"), bill.amount.to_string())];
        let mut due = Money::ZERO;
        if bill.status == BillStatus::Issued {
            if this != bill.amount {
                steps.push(Fact::new(self.pick("本期已结清", "Settled of it"), (this - bill.amount).to_string()));
            }
            if !others.is_empty() {
                let earlier: Money = others.iter().copied().sum();
                let label = self.pick(
                    format!("其他未缴电费（{} 笔，未含违约金）", others.len()),
                    format!("Other unpaid bills ({}, without late charge)", others.len()),
                );
                steps.push(Fact::new(label, earlier.to_string()));
                due += earlier;
            }
            if account.prepaid != Money::ZERO {
                steps.push(Fact::new(self.pick("预存余额", "Paid ahead"), (-account.prepaid).to_string()));
            }
            due = (due + this - account.prepaid).max(Money::ZERO);
        }
        Due {
            as_of: self.print.today.to_string(),
            steps,
            amount: due.to_string(),
            capitals: due.in_capitals(),
            due_on: (due != Money::ZERO).then(|| bill.due_on.to_string()),
        }
    }

    fn history(&self) -> Vec<Bar> {
        let (bill, account) = (self.print.bill, self.print.account);
        let own = |month| month == bill.cycle && bill.status != BillStatus::Issued;
        let bar = |month| Bar {
            cycle: month,
            energy: account.uses.get(&month).copied().or_else(|| own(month).then_some(self.print.document.energy)),
            is_estimate: account.estimated.contains(&month),
        };
        months(bill.cycle).into_iter().map(bar).collect()
    }

    fn tiers(&self) -> Option<TierScale> {
        let part: &Part = self.priced.parts.last().filter(|part| !part.limits.is_empty())?;
        let version = self.print.tariff.versions.get(part.version)?;
        let tiers = version.tiers.as_ref()?;
        let used = part.before + part.energy();
        let span = match tiers.span {
            Span::Year => {
                self.pick(format!("{} 年累计，按年计档", part.year), format!("{}, counted by year", part.year))
            }
            Span::Month => self.pick("本期用量，按月计档", "this bill, counted by month"),
        };
        let (unit, first) = (self.pick("千瓦时", "kWh"), 1_usize);
        let within = part.limits.iter().position(|limit| used <= *limit);
        let left = within.map(|at| {
            let (tier, left) = (at + first, part.limits[at] - used);
            self.pick(format!("第 {tier} 档还余 {left} {unit}"), format!("{left} {unit} left in tier {tier}"))
        });
        let names = (0..=part.limits.len()).map(|at| self.tier_name(part, &tiers.surcharges, at)).collect();
        Some(TierScale { span, used, used_text: format!("{used} {unit}"), limits: part.limits.to_vec(), names, left })
    }

    fn tier_name(&self, part: &Part, surcharges: &[Surcharge], at: usize) -> String {
        let (tier, limit) = (at + 1, part.limits.get(at));
        let below = at.checked_sub(1).and_then(|before| part.limits.get(before)).copied().unwrap_or(Energy::ZERO);
        let (zh, en) = match limit {
            Some(limit) if at == 0 => (format!("{limit} 千瓦时及以下"), format!("up to {limit} kWh")),
            Some(limit) => (format!("{below}–{limit} 千瓦时"), format!("{below}–{limit} kWh")),
            None => (format!("{below} 千瓦时以上"), format!("above {below} kWh")),
        };
        let more = at.checked_sub(1).and_then(|at| surcharges.get(at)).map(|surcharge| match surcharge {
            Surcharge::Same(price) => {
                self.pick(format!("，每千瓦时加 {price} 元"), format!(", {price} yuan a kWh more"))
            }
            Surcharge::ByRegister(_) => self.pick("，按时段加价", ", more by time of day"),
        });
        let more = more.unwrap_or_default();
        self.pick(format!("第 {tier} 档：{zh}{more}"), format!("Tier {tier}: {en}{more}"))
    }
}

/// The number of a text among the bases, where it is entered once.
fn mark(bases: &mut Vec<String>, text: String) -> u32 {
    let at = bases.iter().position(|known| *known == text).unwrap_or_else(|| {
        bases.push(text);
        bases.len() - 1
    });
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}
