//! What the stories stand on: a bureau of one's own on the database of the day, files as text,
//! amounts as text, and the real binary.
//!
//! `GRIDHALL_TEST_ENGINE` is `sqlite` (the default) or `postgres`; then
//! `GRIDHALL_TEST_DATABASE_URL` names a database of a server on which databases may be made.

pub mod ground;

pub mod files;

pub mod house;

pub mod book;

pub mod account;

pub mod correct;

pub mod command;

pub mod copy;

pub use account::Account;
pub use command::Shell;
pub use files::Loaded;
pub use ground::Ground;
pub use house::House;
