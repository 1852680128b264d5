use platform::db::Migration;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-09 ledger",
    sql: "
CREATE TABLE ledger_line (
  entry_id UUID NOT NULL,
  line_no BIGINT NOT NULL,
  entry_on TEXT NOT NULL,
  kind TEXT NOT NULL,
  bill_no TEXT,
  usage_point_id UUID REFERENCES usage_point (id),
  account TEXT NOT NULL,
  amount_fen BIGINT NOT NULL,
  PRIMARY KEY (entry_id, line_no)
);
CREATE INDEX ledger_line_point ON ledger_line (usage_point_id, account) WHERE usage_point_id IS NOT NULL;
CREATE INDEX ledger_line_bill ON ledger_line (bill_no) WHERE bill_no IS NOT NULL AND account = 'receivable';
CREATE TABLE receivable (
  id UUID NOT NULL PRIMARY KEY,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  bill_no TEXT UNIQUE,
  arisen_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  amount_fen BIGINT NOT NULL,
  settled_fen BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('standing', 'reversed')),
  CHECK (settled_fen >= 0 AND (settled_fen <= amount_fen OR amount_fen < 0))
);
CREATE INDEX receivable_open ON receivable (usage_point_id) WHERE state = 'standing' AND settled_fen <> amount_fen;
CREATE TABLE prepayment (
  usage_point_id UUID NOT NULL PRIMARY KEY REFERENCES usage_point (id),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0)
)
",
};

/// The index holds all that a trial balance asks of a line, account by account.
pub const DAYS_MIGRATION: Migration = Migration {
    name: "2026-11-22 ledger days",
    sql: "
CREATE INDEX ledger_line_account ON ledger_line (account, entry_on, entry_id, line_no, amount_fen);
CREATE TABLE closed_day (
  day TEXT NOT NULL PRIMARY KEY,
  closed_at TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  document TEXT NOT NULL,
  digest TEXT NOT NULL
);
CREATE TABLE closed_balance (
  day TEXT NOT NULL REFERENCES closed_day (day),
  account TEXT NOT NULL,
  balance_fen BIGINT NOT NULL,
  PRIMARY KEY (day, account)
)
",
};

/// Steps of settlement from now on; what had been settled before is one step for each item, as of the
/// last application of money paid ahead.
pub const SETTLEMENT_MIGRATION: Migration = Migration {
    name: "2026-11-22 settlement",
    sql: "
CREATE TABLE settlement (
  id UUID NOT NULL PRIMARY KEY,
  receivable_id UUID NOT NULL REFERENCES receivable (id),
  settled_on TEXT NOT NULL,
  settles TEXT NOT NULL CHECK (settles IN ('debt', 'late-charge', 'waiver')),
  settled_by TEXT NOT NULL CHECK (settled_by IN ('payment', 'prepayment', 'return', 'waiver')),
  payment_id UUID,
  amount_fen BIGINT NOT NULL CHECK (amount_fen <> 0)
);
CREATE INDEX settlement_receivable ON settlement (receivable_id);
CREATE INDEX settlement_payment ON settlement (payment_id) WHERE payment_id IS NOT NULL;
INSERT INTO settlement (id, receivable_id, settled_on, settles, settled_by, payment_id, amount_fen)
  SELECT r.id, r.id, COALESCE((SELECT MAX(l.entry_on) FROM ledger_line l WHERE l.usage_point_id = r.usage_point_id
    AND l.account = 'receivable' AND l.kind = 'application' AND COALESCE(l.bill_no, '') = COALESCE(r.bill_no, '')), r.arisen_on),
    'debt', 'prepayment', NULL, r.settled_fen FROM receivable r WHERE r.settled_fen <> 0;
CREATE INDEX receivable_point ON receivable (usage_point_id);
ALTER TABLE ledger_line ADD COLUMN receipt_no TEXT;
CREATE INDEX ledger_line_receipt ON ledger_line (receipt_no) WHERE receipt_no IS NOT NULL
",
};

/// Debts are looked for without touching what was settled in time, which is nearly all of an account's past.
/// `settled_until` is the last day on which something of the debt was settled.
pub const OWING_MIGRATION: Migration = Migration {
    name: "2026-11-22 receivable owing",
    sql: "
ALTER TABLE receivable ADD COLUMN settled_until TEXT;
UPDATE receivable SET settled_until = (SELECT MAX(s.settled_on) FROM settlement s
  WHERE s.receivable_id = receivable.id AND s.settles = 'debt');
DROP INDEX receivable_open;
CREATE INDEX receivable_owing ON receivable (usage_point_id)
  WHERE state = 'standing' AND (settled_fen <> amount_fen OR settled_until > due_on)
",
};

/// An item is cleared when nothing can be asked for it any more, neither of the debt nor for its lateness: who
/// pays late every month would otherwise be asked about his whole past at each payment. What stands as not
/// cleared is looked at, and cleared, at the next one.
pub const CLEARED_MIGRATION: Migration = Migration {
    name: "2026-11-22 receivable cleared",
    sql: "
ALTER TABLE receivable ADD COLUMN cleared BIGINT NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1));
DROP INDEX receivable_owing;
CREATE INDEX receivable_owing ON receivable (usage_point_id)
  WHERE state = 'standing' AND (settled_fen <> amount_fen OR (settled_until > due_on AND cleared = 0))
",
};

/// SQLite, which keeps no statistics, takes an index that begins with the account for the better one, and
/// there is one on the account alone; PostgreSQL takes the shorter one, on the bill.
pub const BILLS_MIGRATION: Migration = Migration {
    name: "2026-11-22 ledger bills",
    sql: "
CREATE INDEX ledger_line_account_bill ON ledger_line (account, bill_no) WHERE bill_no IS NOT NULL AND account = 'receivable'
",
};

/// A bill's lines are found by its number whatever the account. SQLite, which keeps no statistics, takes an index for
/// the better one the more of its columns are given, and there is one that begins with the account.
pub const OF_BILL_MIGRATION: Migration = Migration {
    name: "2026-11-22 ledger lines of a bill",
    sql: "
CREATE INDEX ledger_line_of_bill ON ledger_line (bill_no, account) WHERE bill_no IS NOT NULL;
DROP INDEX ledger_line_account_bill;
DROP INDEX ledger_line_bill
",
};
