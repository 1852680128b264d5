//! What the server does for each kind of long work, one line each.

use std::future::Future;

use business::Bureau;
use business::billing::work as billing;
use business::correction::work as correction;
use business::what_if::work as what_if;
use platform::long_work::{Handlers, Kind, Task};
use platform::{Ctx, Result};
use serde_json::Value;

use crate::imports;

pub fn handlers(bureau: &Bureau) -> Handlers {
    let handlers = imports::handlers(Handlers::default(), bureau);
    Work { handlers, bureau }
        .on(billing::PLAN, billing::plan)
        .on(billing::TRY, billing::try_bills)
        .on(billing::POST, billing::issue)
        .on(correction::TRY, correction::try_bills)
        .on(correction::POST, correction::issue)
        .on(what_if::TRY, what_if::try_bills)
        .on(business::print_run::KIND, business::print_run::carry_out)
        .handlers
}

/// Handlers that get the bureau besides what every handler gets.
struct Work<'b> {
    handlers: Handlers,
    bureau: &'b Bureau,
}

impl Work<'_> {
    fn on<F, Fut>(self, kind: Kind, run: F) -> Self
    where
        F: Fn(Bureau, Ctx, Task) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value>> + Send + 'static,
    {
        let bureau = self.bureau.clone();
        let handlers = self.handlers.with(kind, move |ctx, task| run(bureau.clone(), ctx, task));
        Work { handlers, ..self }
    }
}
