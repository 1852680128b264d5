//! Asking by the clock: at times that are fixed beforehand, whether or not the answers before have come.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::report::Latencies;

/// What was asked by the clock, and how it was answered.
pub struct Asked<A> {
    pub time: Duration,
    pub latencies: Latencies,
    pub answers: Vec<A>,
}

/// Begins what `next` gives `per_second` times a second. Each is counted from when it should have begun to its end: where
/// nothing is free in time, the waiting is in it.
pub async fn ask<A, F>(seconds: u32, per_second: u32, mut next: impl FnMut() -> F) -> Result<Asked<A>>
where
    A: Send + 'static,
    F: Future<Output = Result<A>> + Send + 'static,
{
    let (begun, mut all) = (Instant::now(), JoinSet::new());
    for turn in 0..seconds * per_second {
        let (at, asking) = (begun + Duration::from_secs(1) * turn / per_second, next());
        all.spawn(async move {
            sleep_until(at).await;
            let answer = asking.await?;
            anyhow::Ok((u32::try_from(at.elapsed().as_micros())?, answer))
        });
    }
    let (mut latencies, mut answers) = (Latencies::default(), Vec::new());
    while let Some(done) = all.join_next().await {
        let (micros, answer) = done??;
        latencies.0.push(micros);
        answers.push(answer);
    }
    Ok(Asked { time: begun.elapsed(), latencies, answers })
}

/// When each turn should begin.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub per_second: u32,
    pub turns: u64,
    /// Turns for which nobody was free by then are left.
    pub until: Option<Instant>,
}

impl Pace {
    fn at(self, turn: u64) -> Duration {
        Duration::from_micros(turn * 1_000_000 / u64::from(self.per_second.max(1)))
    }
}

/// The same for long: what waits is bounded, and nothing is kept of what was done. Each turn is done by whoever is free. `heard` is told how long it took in microseconds, from when it should have
/// begun: where nobody and no server is free in time, the waiting is in it. Answers how many turns were done.
pub async fn keep<P, R, W>(
    mut free: Vec<P>,
    pace: Pace,
    act: impl Fn(P, u64) -> W,
    mut heard: impl FnMut(u32, R),
) -> Result<u64>
where
    P: Send + 'static,
    R: Send + 'static,
    W: Future<Output = Result<(P, R)>> + Send + 'static,
{
    ensure!(!free.is_empty(), "nobody is there");
    let (begun, mut busy, mut turn) = (Instant::now(), JoinSet::new(), 0);
    loop {
        let is_over = turn >= pace.turns || pace.until.is_some_and(|until| Instant::now() >= until);
        if is_over && busy.is_empty() {
            return Ok(turn);
        }
        let at = begun + pace.at(turn);
        tokio::select! {
            () = sleep_until(at), if !is_over && !free.is_empty() => {
                let work = free.pop().map(|one| act(one, turn));
                busy.spawn(async move {
                    let done = match work {
                        Some(work) => Some(work.await?),
                        None => None,
                    };
                    anyhow::Ok((done, at.elapsed()))
                });
                turn += 1;
            }
            Some(done) = busy.join_next() => {
                if let (Some((one, result)), time) = done?? {
                    free.push(one);
                    heard(u32::try_from(time.as_micros()).unwrap_or(u32::MAX), result);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_while_nobody_is_free_has_waited_since_he_came() {
        let pace = Pace { per_second: 20, turns: 4, until: None };
        let mut times = Vec::new();
        let slow = |one: (), turn: u32| async move {
            tokio::time::sleep(Duration::from_millis(75)).await;
            anyhow::Ok((one, turn))
        };
        let done = keep(vec![()], pace, |one, turn| slow(one, turn as u32), |micros, turn| times.push((turn, micros)));
        assert_eq!(done.await.expect("done"), 4);
        // They come each twentieth of a second, and one is served at a time.
        for (turn, micros) in times {
            assert!(micros >= 75_000 + turn * 25_000, "{turn} {micros}");
        }
        let over = Pace { until: Some(Instant::now()), ..pace };
        assert_eq!(keep(vec![()], over, |one, _| slow(one, 0), |_, _| ()).await.expect("done"), 0);
    }
}
