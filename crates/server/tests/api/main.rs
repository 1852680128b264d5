//! The API as its users see it: through the router, on a bureau of the test's own.

mod hall;

mod agreements;
mod archive;
mod bills;
mod books;
mod corrections;
mod customer;
mod debit;
mod every_route;
mod exceptions;
mod health;
mod idempotency;
mod metrics;
mod pages;
mod payments;
mod people;
mod price_trials;
mod prints;
mod problems;
mod review;
mod runs;
mod search;
mod sessions;
mod statements;
mod tariff_packs;
mod traces;
mod transactions;
mod trouble;
mod work;
mod work_shared;
mod workbench;
