//! Every step of the schema, in order of dependency. Steps are added at the end and never changed.

use platform::db::Migration;

pub const MIGRATIONS: &[Migration] = &[
    platform::journal::MIGRATION,
    platform::access::MIGRATION,
    platform::http::idempotency::MIGRATION,
    business::tariff::MIGRATION,
    business::grid::MIGRATION,
    business::supply::MIGRATION,
    business::metering::MIGRATION,
    business::reading::MIGRATION,
    business::ledger::MIGRATION,
    business::opening::MIGRATION,
    business::bill::MIGRATION,
    business::run::MIGRATION,
    demo::MIGRATION,
    business::ledger::DAYS_MIGRATION,
    business::till::MIGRATION,
    business::arrears::MIGRATION,
    platform::http::idempotency::UNKEEP,
    business::book::MIGRATION,
    platform::work::MIGRATION,
    business::customer::MIGRATION,
    business::review::MIGRATION,
    platform::access::people::MIGRATION,
    business::pack::MIGRATION,
    business::run::STEPS,
    business::bill::WEIGHTS,
    business::ledger::SETTLEMENT_MIGRATION,
    business::payment::MIGRATION,
    business::reversal::MIGRATION,
];
