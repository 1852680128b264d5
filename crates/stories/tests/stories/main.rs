//! Gridhall told as use, on the database of the day.

mod prices;
mod industry;
mod meters;
mod doubts;
mod review;
mod order;
mod packs;
mod import_codes;
mod import_files;
mod import_payments;
mod import_repeat;
mod money;
mod ledger_days;
mod closing;
mod cancellation;
mod payments;
mod debit;
mod approval;
mod proof;
mod what_if;
mod rights;
mod together;
mod histories;
mod command_line;
mod backup;
mod backup_round_trip;
