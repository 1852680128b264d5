use std::collections::{BTreeMap, HashMap, HashSet};

use kernel::id::Uuid;
use kernel::{Date, Money, Month};
use platform::db::{Bulk, List, Row, reach};
use platform::{Result, Tx, params};

use super::{
    AccountDay, AccountStretch, AccountSum, ClosedDay, Debt, LedgerEntry, LineCursor, Receivable, SettledBy,
    Settlement, Settles, Standing,
};
use crate::supply::{UsagePointId, ids};

pub async fn last_closed(tx: &Tx) -> Result<Option<Date>> {
    let row = tx.row("SELECT MAX(day) FROM closed_day", params![]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

pub async fn last_closed_before(tx: &Tx, day: Date) -> Result<Option<Date>> {
    let row = tx.row("SELECT MAX(day) FROM closed_day WHERE day < $1", params![day]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

const BALANCES: Bulk =
    Bulk { into: "closed_balance (day, account, balance_fen)", types: &["TEXT", "TEXT", "BIGINT"], then: "" };

pub async fn insert_closed(tx: &Tx, closed: &ClosedDay, balances: &[AccountSum]) -> Result<()> {
    let sql = "INSERT INTO closed_day (day, closed_at, closed_by, document, digest) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, params![closed.day, closed.closed_at, &closed.closed_by, &closed.document, &closed.digest]).await?;
    let rows = balances.iter().map(|sum| params![closed.day, &sum.account, sum.closing()]);
    tx.insert(&BALANCES, rows.collect()).await.map(drop)
}

fn closed(row: &Row) -> Result<ClosedDay> {
    Ok(ClosedDay {
        day: row.get(0)?,
        closed_at: row.get(1)?,
        closed_by: row.get(2)?,
        document: row.get(3)?,
        digest: row.get(4)?,
    })
}

pub async fn closed_day(tx: &Tx, day: Date) -> Result<Option<ClosedDay>> {
    let sql = "SELECT day, closed_at, closed_by, document, digest FROM closed_day WHERE day = $1";
    tx.row(sql, params![day]).await?.as_ref().map(closed).transpose()
}

pub async fn closed_days(tx: &Tx, before: Option<Date>, limit: u32) -> Result<Vec<ClosedDay>> {
    let sql =
        "SELECT day, closed_at, closed_by, document, digest FROM closed_day WHERE day < $1 ORDER BY day DESC LIMIT $2";
    tx.rows(sql, params![before.unwrap_or(Date::MAX), limit]).await?.iter().map(closed).collect()
}

pub async fn first_posted(tx: &Tx, after: Option<Date>, before: Date) -> Result<Option<Date>> {
    // Account by account, so that the index answers each with one look.
    let sql = "WITH RECURSIVE book (account) AS (SELECT MIN(account) FROM ledger_line \
                 UNION ALL SELECT (SELECT MIN(l.account) FROM ledger_line l WHERE l.account > b.account) FROM book b WHERE b.account IS NOT NULL) \
               SELECT MIN((SELECT MIN(l.entry_on) FROM ledger_line l WHERE l.account = b.account AND l.entry_on > $1)) FROM book b";
    let after = after.map_or_else(String::new, |day| day.to_string());
    let row = tx.row(sql, params![after]).await?;
    let first: Option<Date> = row.map_or(Ok(None), |row| row.get(0))?;
    Ok(first.filter(|first| *first < before))
}

fn day_or_start(day: Option<Date>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

fn account_sum(row: &Row) -> Result<AccountSum> {
    Ok(AccountSum { account: row.get(0)?, opening: row.get(1)?, debit: row.get(2)?, credit: row.get(3)? })
}

/// All accounts, from the balances of the closed day `base` on, or from the beginning.
pub async fn sums(tx: &Tx, base: Option<Date>, from: Date, to: Date) -> Result<Vec<AccountSum>> {
    let sql = "WITH RECURSIVE book (account) AS (SELECT MIN(account) FROM ledger_line \
                 UNION ALL SELECT (SELECT MIN(l.account) FROM ledger_line l WHERE l.account > b.account) FROM book b WHERE b.account IS NOT NULL) \
               SELECT b.account, \
                 CAST(COALESCE((SELECT c.balance_fen FROM closed_balance c WHERE c.day = $1 AND c.account = b.account), 0) \
                   + COALESCE(SUM(CASE WHEN l.entry_on < $2 THEN l.amount_fen ELSE 0 END), 0) AS BIGINT), \
                 CAST(COALESCE(SUM(CASE WHEN l.entry_on >= $2 AND l.amount_fen > 0 THEN l.amount_fen ELSE 0 END), 0) AS BIGINT), \
                 CAST(COALESCE(SUM(CASE WHEN l.entry_on >= $2 AND l.amount_fen < 0 THEN -l.amount_fen ELSE 0 END), 0) AS BIGINT) \
               FROM book b LEFT JOIN ledger_line l ON l.account = b.account AND l.entry_on > $1 AND l.entry_on <= $3 \
               WHERE b.account IS NOT NULL GROUP BY b.account ORDER BY b.account";
    tx.rows(sql, params![day_or_start(base), from, to]).await?.iter().map(account_sum).collect()
}

/// All accounts, in the entries of these stations alone.
pub async fn sums_at(tx: &Tx, from: Date, to: Date, stations: Vec<String>) -> Result<Vec<AccountSum>> {
    let sql = "SELECT l.account, \
                 CAST(SUM(CASE WHEN l.entry_on < $1 THEN l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.entry_on >= $1 AND l.amount_fen > 0 THEN l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.entry_on >= $1 AND l.amount_fen < 0 THEN -l.amount_fen ELSE 0 END) AS BIGINT) \
               FROM ledger_line l WHERE l.entry_on <= $2 \
                 AND l.entry_id IN (SELECT o.entry_id FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id WHERE p.station IN LIST($3)) \
               GROUP BY l.account ORDER BY l.account";
    tx.rows(sql, params![from, to, List::Texts(stations)]).await?.iter().map(account_sum).collect()
}

/// What an account stood at before `from`, summed from the closed day `base` on.
pub async fn carried(
    tx: &Tx,
    account: &str,
    base: Option<Date>,
    from: Date,
    stations: &Option<Vec<String>>,
) -> Result<Money> {
    let sql = "SELECT CAST(COALESCE((SELECT c.balance_fen FROM closed_balance c WHERE c.day = $1 AND c.account = $2), 0) \
                 + COALESCE(SUM(l.amount_fen), 0) AS BIGINT) FROM ledger_line l \
               WHERE l.account = $2 AND l.entry_on > $1 AND l.entry_on < $3 \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($5)))";
    let (everywhere, stations) = reach(stations.as_deref());
    let row = tx.row(sql, params![day_or_start(base), account, from, everywhere, stations]).await?;
    row.map_or(Ok(Money::ZERO), |row| row.get(0))
}

/// What the lines of the cursor's day up to it come to.
pub async fn carried_in_day(
    tx: &Tx,
    account: &str,
    upto: &LineCursor,
    stations: &Option<Vec<String>>,
) -> Result<Money> {
    let sql = "SELECT CAST(COALESCE(SUM(l.amount_fen), 0) AS BIGINT) FROM ledger_line l \
               WHERE l.account = $1 AND l.entry_on = $2 AND (l.entry_id < $3 OR (l.entry_id = $3 AND l.line_no <= $4)) \
                 AND (CAST($5 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($6)))";
    let (everywhere, stations) = reach(stations.as_deref());
    let row = tx.row(sql, params![account, upto.on, upto.entry, upto.line, everywhere, stations]).await?;
    row.map_or(Ok(Money::ZERO), |row| row.get(0))
}

/// The balances are left for the caller to run.
pub async fn account_days(
    tx: &Tx,
    account: &str,
    from: Date,
    to: Date,
    stations: &Option<Vec<String>>,
    limit: u32,
) -> Result<Vec<AccountDay>> {
    let sql = "SELECT l.entry_on, COUNT(*), CAST(SUM(CASE WHEN l.amount_fen > 0 THEN l.amount_fen ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.amount_fen < 0 THEN -l.amount_fen ELSE 0 END) AS BIGINT) FROM ledger_line l \
               WHERE l.account = $1 AND l.entry_on BETWEEN $2 AND $3 \
                 AND (CAST($4 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($5))) \
               GROUP BY l.entry_on ORDER BY l.entry_on LIMIT $6";
    let (everywhere, stations) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![account, from, to, everywhere, stations, limit]).await?;
    let day = |row: &Row| {
        let (debit, credit) = (row.get(2)?, row.get(3)?);
        Ok(AccountDay { on: row.get(0)?, lines: row.get(1)?, debit, credit, balance: Money::ZERO })
    };
    rows.iter().map(day).collect()
}

pub async fn account_lines(
    tx: &Tx,
    stretch: &AccountStretch,
    after: &LineCursor,
    stations: &Option<Vec<String>>,
    limit: u32,
) -> Result<Vec<LedgerRow>> {
    let sql = "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, u.supply_no, l.account, l.amount_fen, l.receipt_no \
               FROM ledger_line l LEFT JOIN usage_point u ON u.id = l.usage_point_id \
               WHERE l.account = $1 AND l.entry_on >= $2 AND l.entry_on <= $5 AND (l.entry_on, l.entry_id, l.line_no) > ($2, $3, $4) \
                 AND (CAST($6 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($7))) \
               ORDER BY l.entry_on, l.entry_id, l.line_no LIMIT $8";
    let (everywhere, stations) = reach(stations.as_deref());
    let values = params![&stretch.account, after.on, after.entry, after.line, stretch.to, everywhere, stations, limit];
    tx.rows(sql, values).await?.iter().map(ledger_row).collect()
}

const LINES: Bulk = Bulk {
    into: "ledger_line (entry_id, line_no, entry_on, kind, bill_no, usage_point_id, account, amount_fen, receipt_no)",
    types: &["UUID", "BIGINT", "TEXT", "TEXT", "TEXT NULL", "UUID NULL", "TEXT", "BIGINT", "TEXT NULL"],
    then: "",
};

pub fn insert(tx: &Tx, entries: &[LedgerEntry]) {
    let mut rows = Vec::with_capacity(entries.len() * 3);
    for entry in entries {
        for (line_no, posting) in (1_i64..).zip(&entry.postings) {
            rows.push(params![
                entry.id,
                line_no,
                entry.on,
                entry.kind.word(),
                entry.bill_of(posting).map(str::to_owned),
                posting.usage_point.map(UsagePointId::uuid),
                posting.account.code(),
                posting.amount,
                entry.receipt_no.clone()
            ]);
        }
    }
    tx.insert_soon(&LINES, rows);
}

const RECEIVABLES: Bulk = Bulk {
    into: "receivable (id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen, state)",
    types: &["UUID", "UUID", "TEXT NULL", "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT"],
    then: "",
};

pub async fn insert_receivables(tx: &Tx, items: &[Receivable]) -> Result<()> {
    let rows = items.iter().map(|r| {
        params![r.id, r.usage_point.uuid(), r.bill_no.clone(), r.arisen_on, r.due_on, r.amount, r.settled, "standing"]
    });
    tx.insert(&RECEIVABLES, rows.collect()).await.map(drop)
}

pub async fn with_bills(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<UsagePointId>> {
    let sql = "SELECT DISTINCT usage_point_id FROM ledger_line WHERE usage_point_id IN IDS($1) AND account = 'receivable' AND kind = 'bill'";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok(row.get::<Uuid>(0)?.into())).collect()
}

pub async fn prepayments(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<(UsagePointId, Money)>> {
    let sql = "SELECT usage_point_id, balance_fen FROM prepayment WHERE usage_point_id IN IDS($1) AND balance_fen > 0 ORDER BY usage_point_id";
    let rows = tx.rows_locked(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

pub async fn change_prepayment(tx: &Tx, point: UsagePointId, by: Money) -> Result<()> {
    // A first row is never negative: the CHECK refuses it before the conflict would be seen.
    let make = "INSERT INTO prepayment (usage_point_id, balance_fen) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    tx.run(make, params![point.uuid()]).await?;
    let sql = "UPDATE prepayment SET balance_fen = balance_fen + $1 WHERE usage_point_id = $2";
    tx.run(sql, params![by, point.uuid()]).await.map(drop)
}

const PREPAYMENTS: Bulk = Bulk {
    into: "prepayment (usage_point_id, balance_fen)",
    types: &["UUID", "BIGINT"],
    then: "ON CONFLICT (usage_point_id) DO UPDATE SET balance_fen = excluded.balance_fen",
};

pub fn set_prepayments(tx: &Tx, balances: impl IntoIterator<Item = (UsagePointId, Money)>) {
    let rows = balances.into_iter().map(|(point, balance)| params![point.uuid(), balance]);
    tx.insert_soon(&PREPAYMENTS, rows.collect());
}

fn receivable(row: &Row) -> Result<Receivable> {
    Ok(Receivable {
        id: row.get(0)?,
        usage_point: row.get::<Uuid>(1)?.into(),
        bill_no: row.get(2)?,
        arisen_on: row.get(3)?,
        due_on: row.get(4)?,
        amount: row.get(5)?,
        settled: row.get(6)?,
    })
}

pub async fn open_receivables(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Receivable>> {
    let sql = "SELECT id, usage_point_id, bill_no, arisen_on, due_on, amount_fen, settled_fen FROM receivable \
               WHERE usage_point_id IN IDS($1) AND state = 'standing' AND settled_fen <> amount_fen";
    tx.rows_locked(sql, params![ids(points)]).await?.iter().map(receivable).collect()
}

pub async fn standing(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Standing>> {
    let sql = "SELECT u.id, COALESCE(p.balance_fen, 0), r.id, r.bill_no, r.arisen_on, r.due_on, r.amount_fen, r.settled_fen, \
                      s.settles, s.settled_on, s.amount_fen \
               FROM usage_point u LEFT JOIN prepayment p ON p.usage_point_id = u.id \
                 LEFT JOIN receivable r ON r.usage_point_id = u.id AND r.state = 'standing' \
                   AND (r.settled_fen <> r.amount_fen OR (r.settled_until > r.due_on AND r.cleared = 0)) \
                 LEFT JOIN settlement s ON s.receivable_id = r.id \
               WHERE u.id IN IDS($1) ORDER BY u.id, r.arisen_on, COALESCE(r.bill_no, ''), r.id, s.settled_on";
    let mut all: HashMap<UsagePointId, Standing> = HashMap::new();
    for row in &tx.rows(sql, params![ids(points)]).await? {
        let point: UsagePointId = row.get::<Uuid>(0)?.into();
        let standing = all.entry(point).or_default();
        standing.prepaid = row.get(1)?;
        let Some(item) = row.get::<Option<Uuid>>(2)? else { continue };
        if standing.debts.last().is_none_or(|debt| debt.item.id != item) {
            standing.debts.push(Debt {
                item: item_at(row, item, point)?,
                settled_late: Vec::new(),
                charged: Money::ZERO,
            });
        }
        if let (Some(debt), Some(settles)) = (standing.debts.last_mut(), row.word_or_null(8, Settles::from_word)?) {
            debt.note(settles, row.get(9)?, row.get(10)?);
        }
    }
    Ok(all)
}

fn item_at(row: &Row, id: Uuid, usage_point: UsagePointId) -> Result<Receivable> {
    Ok(Receivable {
        id,
        usage_point,
        bill_no: row.get(3)?,
        arisen_on: row.get(4)?,
        due_on: row.get(5)?,
        amount: row.get(6)?,
        settled: row.get(7)?,
    })
}

pub async fn standing_items(tx: &Tx, ids: Vec<Uuid>) -> Result<HashSet<Uuid>> {
    let sql = "SELECT id FROM receivable WHERE id IN IDS($1) AND state = 'standing'";
    tx.rows(sql, params![List::Ids(ids)]).await?.iter().map(|row| row.get(0)).collect()
}

const SETTLEMENTS: Bulk = Bulk {
    into: "settlement (id, receivable_id, settled_on, settles, settled_by, payment_id, amount_fen)",
    types: &["UUID", "UUID", "TEXT", "TEXT", "TEXT", "UUID NULL", "BIGINT"],
    then: "",
};

pub fn insert_settlements(tx: &Tx, settlements: &[Settlement]) {
    let rows = settlements
        .iter()
        .map(|s| params![s.id, s.receivable, s.on, s.settles.word(), s.by.word(), s.payment, s.amount]);
    tx.insert_soon(&SETTLEMENTS, rows.collect());
}

/// Keeps what of these items is settled as the sum of its steps.
pub async fn sum_settlements(tx: &Tx, receivables: Vec<Uuid>) -> Result<()> {
    if receivables.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE receivable SET cleared = 0, \
                 (settled_fen, settled_until) = (SELECT CAST(COALESCE(SUM(s.amount_fen), 0) AS BIGINT), MAX(s.settled_on) FROM settlement s \
                                                 WHERE s.receivable_id = receivable.id AND s.settles = 'debt') \
               WHERE id IN IDS($1)";
    tx.run(sql, params![List::Ids(receivables)]).await.map(drop)
}

pub async fn clear(tx: &Tx, items: Vec<Uuid>) -> Result<()> {
    let sql = "UPDATE receivable SET cleared = 1 WHERE id IN IDS($1) AND settled_fen = amount_fen";
    tx.run(sql, params![List::Ids(items)]).await.map(drop)
}

pub async fn settlements_of(tx: &Tx, payment: Uuid) -> Result<Vec<Settlement>> {
    let sql = "SELECT id, receivable_id, settled_on, settles, settled_by, amount_fen FROM settlement WHERE payment_id = $1 ORDER BY id";
    let rows = tx.rows(sql, params![payment]).await?;
    rows.iter()
        .map(|row| {
            Ok(Settlement {
                id: row.get(0)?,
                receivable: row.get(1)?,
                on: row.get(2)?,
                settles: row.word(3, Settles::from_word)?,
                by: row.word(4, SettledBy::from_word)?,
                payment: Some(payment),
                amount: row.get(5)?,
            })
        })
        .collect()
}

/// What an account's money paid ahead settles, the newest application first: item, bill, day, amount.
pub async fn applications(tx: &Tx, point: UsagePointId) -> Result<Vec<(Uuid, Option<String>, Date, Money)>> {
    let sql = "SELECT r.id, r.bill_no, s.settled_on, CAST(SUM(s.amount_fen) AS BIGINT) \
               FROM receivable r JOIN settlement s ON s.receivable_id = r.id \
               WHERE r.usage_point_id = $1 AND r.state = 'standing' AND s.settled_by = 'prepayment' \
               GROUP BY r.id, r.bill_no, r.arisen_on, s.settled_on HAVING SUM(s.amount_fen) > 0 \
               ORDER BY s.settled_on DESC, r.arisen_on DESC, COALESCE(r.bill_no, '') DESC, r.id DESC";
    let rows = tx.rows(sql, params![point.uuid()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// Takes an item out of what is owed; tells which it was, what had been settled of it, and the late
/// charges taken on it.
pub async fn reverse_receivable(tx: &Tx, bill_no: &str) -> Result<Option<(Uuid, Money, Money)>> {
    let sql = "SELECT id, settled_fen FROM receivable WHERE bill_no = $1 AND state = 'standing'";
    let rows = tx.rows_locked(sql, params![bill_no]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let (item, settled): (Uuid, Money) = (row.get(0)?, row.get(1)?);
    let taken = "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM settlement WHERE receivable_id = $1 AND settles = 'late-charge'";
    let late_charge = tx.row(taken, params![item]).await?.map_or(Ok(Money::ZERO), |row| row.get(0))?;
    tx.run("UPDATE receivable SET state = 'reversed' WHERE id = $1", params![item]).await?;
    Ok(Some((item, settled, late_charge)))
}

pub async fn balance(tx: &Tx, point: UsagePointId) -> Result<(Money, Money)> {
    let sql = "SELECT CAST(COALESCE(SUM(amount_fen - settled_fen), 0) AS BIGINT) FROM receivable WHERE usage_point_id = $1 AND state = 'standing'";
    let owed = tx.row(sql, params![point.uuid()]).await?.map_or(Ok(Money::ZERO), |row| row.get(0))?;
    let row = tx.row("SELECT balance_fen FROM prepayment WHERE usage_point_id = $1", params![point.uuid()]).await?;
    Ok((owed, row.map_or(Ok(Money::ZERO), |row| row.get(0))?))
}

pub async fn owed(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Money>> {
    let sql = "SELECT usage_point_id, CAST(SUM(amount_fen - settled_fen) AS BIGINT) FROM receivable \
               WHERE usage_point_id IN IDS($1) AND state = 'standing' AND settled_fen <> amount_fen GROUP BY usage_point_id";
    let rows = tx.rows(sql, params![ids(points)]).await?;
    rows.iter().map(|row| Ok((row.get::<Uuid>(0)?.into(), row.get(1)?))).collect()
}

pub async fn posted_for(tx: &Tx, bill_nos: Vec<String>) -> Result<HashMap<String, Money>> {
    // That a bill is named goes without saying: said, it would lead SQLite over all bills.
    let sql = "SELECT bill_no, CAST(SUM(amount_fen) AS BIGINT) FROM ledger_line \
               WHERE account = 'receivable' AND bill_no IN LIST($1) AND kind IN ('bill', 'reversal') GROUP BY bill_no";
    let rows = tx.rows(sql, params![List::Texts(bill_nos)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A line of the ledger as files show it.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub entry_id: Uuid,
    pub line_no: i64,
    pub on: Date,
    pub kind: String,
    pub bill_no: Option<String>,
    pub receipt_no: Option<String>,
    pub supply_no: Option<String>,
    pub account: String,
    pub amount: Money,
}

/// A page of lines in order of entry. Entries of a month are those posted in it.
pub async fn page(
    tx: &Tx,
    month: Option<Month>,
    stations: Option<Vec<String>>,
    after: Option<(Uuid, i64)>,
    limit: u32,
) -> Result<Vec<LedgerRow>> {
    let sql = "SELECT l.entry_id, l.line_no, l.entry_on, l.kind, l.bill_no, u.supply_no, l.account, l.amount_fen, l.receipt_no \
               FROM ledger_line l LEFT JOIN usage_point u ON u.id = l.usage_point_id \
               WHERE l.entry_id >= $1 AND (l.entry_id > $1 OR l.line_no > $2) AND l.entry_on BETWEEN $3 AND $4 \
                 AND (CAST($5 AS TEXT) IS NOT NULL OR EXISTS (SELECT 1 FROM ledger_line o JOIN usage_point p ON p.id = o.usage_point_id \
                                                              WHERE o.entry_id = l.entry_id AND p.station IN LIST($6))) \
               ORDER BY l.entry_id, l.line_no LIMIT $7";
    let (entry, line) = after.unwrap_or((Uuid::nil(), 0));
    let from = month.map_or_else(String::new, |month| month.first_day().to_string());
    let to = month.map_or(Date::MAX, Month::last_day);
    let (everywhere, stations) = reach(stations.as_deref());
    let rows = tx.rows(sql, params![entry, line, from, to, everywhere, stations, limit]).await?;
    rows.iter().map(ledger_row).collect()
}

fn ledger_row(row: &Row) -> Result<LedgerRow> {
    Ok(LedgerRow {
        entry_id: row.get(0)?,
        line_no: row.get(1)?,
        on: row.get(2)?,
        kind: row.get(3)?,
        bill_no: row.get(4)?,
        supply_no: row.get(5)?,
        account: row.get(6)?,
        amount: row.get(7)?,
        receipt_no: row.get(8)?,
    })
}

/// Recomputes the ledger's invariants; each difference is one sentence.
pub async fn verify(tx: &Tx) -> Result<Vec<String>> {
    let checks = [
        (
            "SELECT COALESCE(MAX(bill_no), MAX(kind)), CAST(SUM(amount_fen) AS BIGINT) FROM ledger_line GROUP BY entry_id \
             HAVING SUM(amount_fen) <> 0 ORDER BY entry_id LIMIT 100",
            "ledger: an entry is off balance, in fen, that of",
        ),
        (
            "SELECT u.supply_no, CAST(COALESCE(l.fen, 0) - COALESCE(r.fen, 0) AS BIGINT) FROM usage_point u \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen) AS fen FROM ledger_line WHERE account = 'receivable' AND usage_point_id IS NOT NULL GROUP BY usage_point_id) l ON l.usage_point_id = u.id \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen - settled_fen) AS fen FROM receivable WHERE state = 'standing' GROUP BY usage_point_id) r ON r.usage_point_id = u.id \
             WHERE COALESCE(l.fen, 0) <> COALESCE(r.fen, 0) ORDER BY u.supply_no LIMIT 100",
            "ledger: the receivable and the open items differ, in fen, for supply number",
        ),
        (
            "SELECT u.supply_no, CAST(COALESCE(l.fen, 0) + COALESCE(p.balance_fen, 0) AS BIGINT) FROM usage_point u \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen) AS fen FROM ledger_line WHERE account = 'prepayment' AND usage_point_id IS NOT NULL GROUP BY usage_point_id) l ON l.usage_point_id = u.id \
             LEFT JOIN prepayment p ON p.usage_point_id = u.id \
             WHERE COALESCE(l.fen, 0) <> -COALESCE(p.balance_fen, 0) ORDER BY u.supply_no LIMIT 100",
            "ledger: the prepayment and its balance differ, in fen, for supply number",
        ),
        (
            "SELECT u.supply_no, CAST(SUM(r.settled_fen - COALESCE(s.fen, 0)) AS BIGINT) FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id \
             LEFT JOIN (SELECT receivable_id, SUM(amount_fen) AS fen FROM settlement WHERE settles = 'debt' GROUP BY receivable_id) s ON s.receivable_id = r.id \
             WHERE r.settled_fen <> COALESCE(s.fen, 0) GROUP BY u.supply_no ORDER BY u.supply_no LIMIT 100",
            "ledger: an open item and its settlements differ, in fen, for supply number",
        ),
        (
            "SELECT u.supply_no, COUNT(*) FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id \
             LEFT JOIN (SELECT receivable_id, MAX(settled_on) AS until FROM settlement WHERE settles = 'debt' GROUP BY receivable_id) s ON s.receivable_id = r.id \
             WHERE COALESCE(r.settled_until, '') <> COALESCE(s.until, '') GROUP BY u.supply_no ORDER BY u.supply_no LIMIT 100",
            "ledger: the last day of settlements differs from the one on record, in open items, for supply number",
        ),
        (
            "SELECT u.supply_no, COUNT(*) FROM receivable r JOIN usage_point u ON u.id = r.usage_point_id \
             WHERE r.cleared = 1 AND r.settled_fen <> r.amount_fen GROUP BY u.supply_no ORDER BY u.supply_no LIMIT 100",
            "ledger: an item is cleared and owed, in open items, for supply number",
        ),
        (
            "SELECT u.supply_no, CAST(COALESCE(l.fen, 0) + COALESCE(s.fen, 0) AS BIGINT) FROM usage_point u \
             LEFT JOIN (SELECT usage_point_id, SUM(amount_fen) AS fen FROM ledger_line WHERE account = 'late-charge' AND usage_point_id IS NOT NULL GROUP BY usage_point_id) l ON l.usage_point_id = u.id \
             LEFT JOIN (SELECT r.usage_point_id, SUM(t.amount_fen) AS fen FROM settlement t JOIN receivable r ON r.id = t.receivable_id \
                        WHERE t.settles = 'late-charge' GROUP BY r.usage_point_id) s ON s.usage_point_id = u.id \
             WHERE COALESCE(l.fen, 0) <> -COALESCE(s.fen, 0) ORDER BY u.supply_no LIMIT 100",
            "ledger: the late charges and their settlements differ, in fen, for supply number",
        ),
    ];
    let mut differences = Vec::new();
    for (sql, sentence) in checks {
        for row in tx.rows(sql, params![]).await? {
            let (what, by): (String, i64) = (row.get(0)?, row.get(1)?);
            differences.push(format!("{sentence} {what}: {by}"));
        }
    }
    Ok(differences)
}

pub async fn postings_of(tx: &Tx, entry: Uuid) -> Result<Vec<(String, Option<UsagePointId>, Money)>> {
    let sql = "SELECT account, usage_point_id, amount_fen FROM ledger_line WHERE entry_id = $1 ORDER BY line_no";
    let rows = tx.rows(sql, params![entry]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get::<Option<Uuid>>(1)?.map(Into::into), row.get(2)?))).collect()
}

/// The lines of the entries by which the bills from `first` to `last` were issued, entries in order of their first bill.
pub async fn lines_between(tx: &Tx, first: &str, last: &str) -> Result<Vec<(String, String, Money)>> {
    let sql = "SELECT COALESCE(l.bill_no, ''), l.account, l.amount_fen \
               FROM (SELECT entry_id, MIN(bill_no) AS first FROM ledger_line \
                     WHERE bill_no BETWEEN $1 AND $2 AND account = 'receivable' AND kind = 'bill' GROUP BY entry_id) e \
                 JOIN ledger_line l ON l.entry_id = e.entry_id ORDER BY e.first, l.line_no";
    let rows = tx.rows(sql, params![first, last]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// What was posted for the bills of a cycle and their reversals, account by account.
pub async fn posted_in(tx: &Tx, cycle: Month) -> Result<BTreeMap<String, Money>> {
    let sql = "SELECT l.account, CAST(SUM(l.amount_fen) AS BIGINT) \
               FROM (SELECT DISTINCT entry_id FROM ledger_line WHERE bill_no > $1 AND bill_no < $2 \
                       AND account = 'receivable' AND kind IN ('bill', 'reversal')) e \
                 JOIN ledger_line l ON l.entry_id = e.entry_id GROUP BY l.account";
    let digits = format!("{:04}{:02}", cycle.year(), cycle.month());
    // Numbers begin with the cycle's digits; a colon comes after every digit.
    let rows = tx.rows(sql, params![&digits, format!("{digits}:")]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub async fn settled_by(tx: &Tx, bill_no: &str, on: Date) -> Result<Money> {
    let sql = "SELECT CAST(COALESCE(SUM(s.amount_fen), 0) AS BIGINT) FROM receivable r JOIN settlement s ON s.receivable_id = r.id \
               WHERE r.bill_no = $1 AND s.settles = 'debt' AND s.settled_on <= $2";
    tx.row(sql, params![bill_no, on]).await?.map_or(Ok(Money::ZERO), |row| row.get(0))
}
