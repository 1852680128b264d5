//! What goes into a batch, what its file says, and what an answer means.

pub mod answer;
pub mod file;
pub mod plan;
