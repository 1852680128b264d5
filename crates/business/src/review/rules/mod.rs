//! Looking back over a register, estimating where nothing could be read, and what a decision changes. Pure: no database, no clock.

pub mod decide;
pub mod estimate;
pub mod history;
