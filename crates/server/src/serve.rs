//! The running server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use business::Bureau;
use business::search::Search;
use platform::http::idempotency;
use platform::long_work::{self, Runner};
use platform::{Fault, House, Result, journal};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

use crate::health::Told;
use crate::{metrics, router};

const SEAL_EVERY: Duration = Duration::from_secs(1);
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
const COUNT_EVERY: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A task that comes round every second and has not for so long hangs.
const SILENT_AFTER: Duration = Duration::from_secs(120);
/// The index is built anew where it is followed.
const BUILT_WITHIN: Duration = Duration::from_secs(3600);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Serves `bureau` at `listen` until the process is asked to end; what is under way is finished.
pub async fn serve(bureau: Bureau, listen: SocketAddr) -> Result<()> {
    metrics::install()?;
    let house = bureau.house.clone();
    let search = Search::at(&house.data);
    let listener =
        TcpListener::bind(listen).await.map_err(|error| Fault::because(format!("listening at {listen}"), error))?;
    let (ending, interrupted) = (ending(SignalKind::terminate())?, ending(SignalKind::interrupt())?);
    tracing::info!(address = %listener.local_addr()?, "serving");
    let background = [
        tokio::spawn(keep_sealing(house.clone())),
        tokio::spawn(keep_counting()),
        tokio::spawn(keep_sweeping(house.clone())),
        tokio::spawn(keep_following(house.clone(), search.clone())),
        tokio::spawn(keep_looking(house.clone())),
    ];
    let runner = Arc::new(Runner::new(house.clone(), crate::work::handlers(&bureau)));
    let working = tokio::spawn({
        let runner = Arc::clone(&runner);
        async move { runner.run().await }
    });
    let service = router(bureau, search).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(asked_to_end(ending, interrupted)).await;
    background.iter().chain([&working]).for_each(tokio::task::JoinHandle::abort);
    let _ = working.await;
    if let Err(error) = runner.leave().await {
        tracing::error!(%error, "work under way was not given back; it is taken over when its lease ends");
    }
    seal(&house).await;
    tracing::info!("ended");
    Ok(served?)
}

fn ending(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|error| Fault::because("waiting for a signal", error))
}

async fn asked_to_end(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("asked to end; finishing what is under way");
}

async fn keep_sealing(house: House) {
    let watched = house.signs.watch_over("journal", SILENT_AFTER);
    let mut second = tokio::time::interval(SEAL_EVERY);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        watched.beat();
        seal(&house).await;
    }
}

/// A failure is only logged: what stays unsealed is sealed with the next turn, and /metrics tells.
async fn seal(house: &House) {
    if let Err(error) = journal::seal(&house.db).await {
        tracing::error!(%error, "the journal was not sealed");
    }
}

/// What the command line or another server changed is found a moment after it was sealed.
async fn keep_following(house: House, search: Search) {
    let watched = house.signs.watch_over("search", BUILT_WITHIN);
    let mut second = tokio::time::interval(FOLLOW_EVERY);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        watched.beat();
        if let Err(error) = search.follow(&house).await {
            tracing::error!(%error, "the search index did not follow the journal");
        }
    }
}

/// What ails the house is in the log even when nobody asks for it.
async fn keep_looking(house: House) {
    let told = Told::default();
    let mut turn = tokio::time::interval(LOOK_EVERY);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        told.look(&house).await;
    }
}

/// Measurements wait in memory until they are added up.
async fn keep_counting() {
    let mut turn = tokio::time::interval(COUNT_EVERY);
    loop {
        turn.tick().await;
        if let Ok(handle) = metrics::install() {
            handle.run_upkeep();
        }
    }
}

async fn keep_sweeping(house: House) {
    let mut hour = tokio::time::interval(SWEEP_EVERY);
    hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hour.tick().await;
        if let Err(error) = sweep(&house).await {
            tracing::error!(%error, "old idempotency keys, or files of old work, were not deleted");
        }
    }
}

async fn sweep(house: &House) -> Result<u64> {
    let tx = house.db.write().await?;
    let swept = idempotency::sweep(&tx, house.clock.now()).await?;
    tx.commit().await?;
    Ok(swept + long_work::sweep(house, house.clock.now()).await? + business::print_run::sweep(house).await?)
}
