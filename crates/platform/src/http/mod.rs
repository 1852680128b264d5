//! What every HTTP interface of the house has in common.
//!
//! ```text
//!   request ─▶ problem::speak ─▶ … ─▶ access::api::guard ─▶ handler (SignedIn, Act, Input)
//!                  ▲                          │ Failure          │ Failure
//!   answer ◀───────┴──────────────────────────┴──────────────────┘
//! ```
//!
//! A handler answers what it has or a [`Failure`]; the outermost layer alone turns failures into
//! problem documents, in the language of the request.

pub mod problem;

pub mod documents;

pub mod session;

pub mod input;

pub mod page;

pub mod download;

pub mod rate;

pub mod upload;

pub mod idempotency;

pub use documents::{Acting, Finding, Reading, Words};
pub use idempotency::Act;
pub use input::Input;
pub use page::{NewestQuery, Page, PageQuery};
pub use problem::{Answer, Failure};
pub use session::SignedIn;
pub use upload::Upload;
