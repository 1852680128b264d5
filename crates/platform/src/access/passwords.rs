//! The thread on which passwords are hashed.
//!
//! A hash takes 19 MiB and tens of milliseconds by design. On a thread of its own it keeps nobody else from work, and
//! however many sign in at once, the memory of one hash is in use: each further thread would keep its own for good.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{OnceLock, mpsc};
use std::thread;

use tokio::sync::oneshot;

use crate::{Fault, Result};

type Work = Box<dyn FnOnce() + Send>;

static THREAD: OnceLock<mpsc::Sender<Work>> = OnceLock::new();

/// Does one piece of hashing when those before it are done.
pub async fn work<T: Send + 'static>(
    hashing: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T> {
    let (done, waiting) = oneshot::channel();
    let work: Work = Box::new(move || {
        // Whoever asked may have gone.
        let _ = done.send(hashing());
    });
    let gone = |error| Fault::because("hashing a password", error);
    THREAD
        .get_or_init(start)
        .send(work)
        .map_err(|_| Fault::impossible("the thread that hashes passwords has ended"))?;
    waiting.await.map_err(gone)?.map_err(|error| Fault::impossible(format!("hashing a password: {error}")))
}

fn start() -> mpsc::Sender<Work> {
    let (sender, receiver) = mpsc::channel::<Work>();
    thread::spawn(move || {
        for work in receiver {
            // One that panics answers nobody, and leaves the thread to the next.
            let _ = panic::catch_unwind(AssertUnwindSafe(work));
        }
    });
    sender
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn neither_who_goes_nor_who_fails_stops_the_next() {
        let slow = work(|| {
            thread::sleep(Duration::from_millis(20));
            Ok(0)
        });
        assert!(timeout(Duration::from_millis(1), slow).await.is_err(), "nobody waits for it");
        assert!(work::<i32>(|| panic!("a hash that cannot be")).await.is_err());
        let (one, two) = tokio::join!(work(|| Ok(1)), work(|| Ok(2)));
        assert_eq!((one.expect("done"), two.expect("done")), (1, 2));
    }
}
