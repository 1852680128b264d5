//! Where statements run: they block, and the threads of the runtime must not.

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::abandoned;
use crate::{Fault, Result};

/// How much work has a thread of its own at a time. Of the threads that may block the runtime has more, so that a
/// statement of other work, for which these may be waiting, always finds one.
static OWN_THREADS: Semaphore = Semaphore::const_new(256);

thread_local! {
    static MAY_BLOCK: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Does `work` on a thread where its statements may run at once. When nobody waits for it any more it is given up
/// between two statements, as it would be elsewhere.
pub(in crate::db) async fn where_it_may_block<F>(work: F) -> Result<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let closed = |error| Fault::because("the threads of the database", error);
    let _own = OWN_THREADS.acquire().await.map_err(closed)?;
    let (_waiting, given_up) = oneshot::channel::<()>();
    let (runtime, work) = (Handle::current(), work.in_current_span().with_current_subscriber());
    let on_the_thread = move || {
        // It stays so: nothing else that asks runs on such threads.
        MAY_BLOCK.set(true);
        runtime.block_on(async {
            tokio::select! {
                biased;
                done = work => Some(done),
                _ = given_up => None,
            }
        })
    };
    match spawn_blocking(on_the_thread).await {
        Ok(done) => done.ok_or_else(abandoned),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Fault::because("a thread of the database", error)),
        },
    }
}

/// Does `work` here where that may be, elsewhere otherwise.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if MAY_BLOCK.get() {
        return work();
    }
    spawn_blocking(work).await.map_err(|error| Fault::because("a thread of the database", error))?
}

#[cfg(test)]
mod tests {
    use super::super::Writing;
    use super::super::tests::{ADD, count, pool};
    use super::*;
    use crate::params;

    #[tokio::test(flavor = "multi_thread")]
    async fn work_with_a_thread_of_its_own_hands_no_statement_over() {
        let (_dir, pool) = pool(1).await;
        let work = async move {
            let own = std::thread::current().id();
            let tx = pool.write(Writing::Alone).await.expect("a transaction");
            tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
            let ran_on = tx.with(|_| Ok(std::thread::current().id())).await.expect("an id");
            tx.commit().await.expect("committed");
            (own == ran_on, count(&pool).await)
        };
        assert_eq!(where_it_may_block(work).await.expect("done"), (true, 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_with_a_thread_of_its_own_is_given_up_when_nobody_waits_for_it() {
        let (_dir, pool) = pool(1).await;
        let (tell, begun) = oneshot::channel();
        let work = tokio::spawn(where_it_may_block({
            let pool = pool.clone();
            async move {
                let tx = pool.write(Writing::Alone).await.expect("a transaction");
                tx.run(ADD.to_owned(), params![1_i64]).await.expect("added");
                tell.send(()).expect("somebody listens");
                std::future::pending::<()>().await;
                tx.commit().await.expect("committed");
            }
        }));
        begun.await.expect("it has begun");
        work.abort();
        let next = pool.write(Writing::Alone).await.expect("the writer is free again");
        next.rollback().await.expect("undone");
        assert_eq!(count(&pool).await, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_on_a_thread_of_its_own_reaches_who_waits() {
        let work = tokio::spawn(where_it_may_block(async { panic!("on purpose") }));
        assert!(work.await.expect_err("a panic").is_panic());
    }
}
