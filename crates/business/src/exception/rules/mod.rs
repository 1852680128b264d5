//! What is improbable about a draft, how soon a person should look at it, and what he may decide.

pub mod decide;
pub mod judge;
pub mod pack;
pub mod swing;
pub mod weigh;
