use platform::db::Migration;

pub const MIGRATION: Migration = Migration {
    name: "2026-11-23 exception decisions",
    sql: "
CREATE TABLE exception_decision (
  id UUID NOT NULL PRIMARY KEY,
  cycle TEXT NOT NULL,
  usage_point_id UUID NOT NULL REFERENCES usage_point (id),
  sequence BIGINT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('pass', 'hold', 'field-check', 're-read', 'estimate')),
  reason TEXT NOT NULL,
  note TEXT,
  doubts TEXT NOT NULL,
  energy_wh BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  reviews TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  undone_by TEXT,
  undone_at TEXT,
  latest BIGINT NOT NULL CHECK (latest IN (0, 1))
);
CREATE UNIQUE INDEX exception_decision_latest ON exception_decision (cycle, usage_point_id) WHERE latest = 1;
CREATE VIEW bill_exception AS
SELECT d.cycle, d.usage_point_id, d.sequence, d.revision, d.tariff, d.state, d.findings, d.doubts, d.energy_wh, d.amount_fen, d.period_from, d.period_to,
  d.likelihood, d.stake_fen, d.weight, d.tier, d.surcharge_fen, d.adjustment_fen, d.excess_fen, d.estimated,
  v.id AS decision_id, v.decision, v.reason, v.note, v.decided_by, v.decided_at,
  CASE WHEN (v.doubts = d.doubts AND v.energy_wh = d.energy_wh AND v.amount_fen = d.amount_fen)
      OR (v.decision = 're-read' AND d.doubts = ',missing,') OR (v.decision = 'estimate' AND d.doubts = ',estimated,') THEN CAST(1 AS BIGINT)
    ELSE CAST(0 AS BIGINT) END AS covers,
  CASE WHEN v.decision IN ('hold', 'field-check') THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS held
FROM bill_document d
  LEFT JOIN billing_position p ON p.usage_point_id = d.usage_point_id
  LEFT JOIN exception_decision v ON v.cycle = d.cycle AND v.usage_point_id = d.usage_point_id AND v.sequence = d.sequence AND v.latest = 1
WHERE d.doubts <> '' AND COALESCE(p.last_cycle, '') < d.cycle
  AND d.sequence = (SELECT MAX(l.sequence) FROM bill_document l WHERE l.cycle = d.cycle AND l.usage_point_id = d.usage_point_id)
  AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.usage_point_id = d.usage_point_id AND b.cycle = d.cycle AND b.sequence = d.sequence)
",
};
