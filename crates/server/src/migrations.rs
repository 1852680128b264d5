//! Every step of the schema, in order.

use platform::db::Migration;

pub const MIGRATIONS: &[Migration] = &[
    platform::journal::MIGRATION,
    platform::access::MIGRATION,
    business::tariff::MIGRATION,
    business::grid::MIGRATION,
    business::supply::MIGRATION,
    business::metering::MIGRATION,
    platform::http::idempotency::MIGRATION,
];
