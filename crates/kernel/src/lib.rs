//! Words of the trade: the types that every floor of the house speaks.
//!
//! Nothing here does I/O, reads a clock or knows a rule of any province. Quantities are integers
//! of the smallest unit that the trade settles in, so that a sum is exact and a bill can be
//! replayed bit for bit:
//!
//! | type | unit | why |
//! |---|---|---|
//! | [`Money`] | fen (0.01 yuan) | what a customer can pay |
//! | [`Energy`] | Wh | registers show at most three decimals of a kWh |
//! | [`Price`] | 10⁻⁸ yuan per kWh, kvarh, kW or kVA | government funds have eight decimals |
//! | [`Capacity`] | VA | transformers are rated in kVA with decimals |
//! | [`Power`], [`ReactiveEnergy`] | W, varh | as finely as the energy beside them |
//! | [`Hours`] | 0.01 h | meters and logs tell minutes at best |
//! | [`Rate`] | 10⁻⁶ | steps of the power factor are parts of a thousand |
//!
//! Products are formed in `i128` and rounded once, by a named rule.

pub mod decimal;
pub mod few;
pub mod hex;
pub mod refusal;

pub mod energy;
pub mod money;
pub mod capitals;
pub mod price;
pub mod rate;
pub mod share;

pub mod actor;
pub mod id;
pub mod register;
pub mod time;

pub mod paper;

pub use actor::Actor;
pub use few::Few;
pub use hex::hex;

pub use energy::{Capacity, Energy, Hours, Power, ReactiveEnergy};
pub use money::Money;
pub use price::Price;
pub use rate::Rate;
pub use refusal::{Language, Refusal, Text};
pub use register::{Register, Voltage};
pub use time::{Clock, Date, Month, Period, Timestamp};
