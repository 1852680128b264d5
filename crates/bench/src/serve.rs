//! The product's server as a process of its own, so that its memory is told apart from that of who asks.

use std::ffi::OsString;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use kernel::Clock;

use crate::http::Client;
use crate::place::Place;
use crate::report;

/// Serves the bureau as `gridhall serve` does. Its clock begins in the morning after the billed month and goes on.
pub async fn run(place: &Place, listen: SocketAddr) -> Result<()> {
    let traces = gridhall::log::begin(&place.data)?;
    let bureau = place.open().await?;
    gridhall::rights::check(&bureau.house.roles)?;
    tokio::spawn(keep_time(bureau.house.clock.clone()));
    gridhall::serve::serve(bureau, listen).await?;
    if let Some(traces) = traces {
        traces.end();
    }
    Ok(())
}

const BEAT: Duration = Duration::from_millis(1);

async fn keep_time(clock: Clock) {
    let mut told = Instant::now();
    loop {
        tokio::time::sleep(BEAT).await;
        let now = Instant::now();
        clock.advance((now - told).try_into().unwrap_or_default());
        told = now;
    }
}

/// A serving process. Dropped, it is killed.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// A server that is not ready by then, or has not ended, never will be.
const PATIENCE: Duration = Duration::from_secs(120);

impl Server {
    pub async fn of(place: &Place) -> Result<Server> {
        let mut args: Vec<OsString> = vec!["serve".into(), "--data".into(), place.data.clone().into()];
        if let Some(url) = &place.database_url {
            args.extend(["--database-url".into(), url.into()]);
        }
        if let Some(now) = place.now {
            args.extend(["--now".into(), now.to_string().into()]);
        }
        // A server writes a line for each act: elsewhere than where the bench speaks.
        Server::start(args, File::create(place.data.join("serve.log"))?.into()).await
    }

    pub async fn bare(bytes: usize) -> Result<Server> {
        Server::start(vec!["serve-bare".into(), "--bytes".into(), bytes.to_string().into()], Stdio::inherit()).await
    }

    async fn start(mut args: Vec<OsString>, log: Stdio) -> Result<Server> {
        // Free for the moment until the server takes it.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        args.extend(["--listen".into(), address.to_string().into()]);
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut server = Server { child: command.spawn()?, address };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if let Ok(mut client) = Client::at_desk(0, self.address).await
                && client.get("/healthz").await.is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server does not get ready")
    }

    /// The most memory that it has had in use.
    pub fn peak_mb(&self) -> Result<u64> {
        report::peak_mb(&self.child.id().to_string())
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) -> Result<()> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        ensure!(asked.context("cannot run kill")?.success(), "the server is gone already");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server does not end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way it is waited for, so that no zombie stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
