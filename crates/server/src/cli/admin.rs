//! `gridhall admin`.

use clap::Subcommand;
use platform::{Result, access};

use super::{Done, Session, seal};

#[derive(Subcommand)]
pub enum AdminCommand {
    /// Create the first administrator; his one-time password is printed once.
    Create { name: String },
}

pub async fn run(session: &Session, command: AdminCommand) -> Result<Done> {
    let AdminCommand::Create { name } = command;
    let bureau = session.bureau().await?;
    let tx = bureau.house.db.write().await?;
    let password = access::create_first_administrator(&tx, &bureau.house.operator(), &name).await?;
    tx.commit().await?;
    seal(&bureau).await?;
    println!("{password}");
    eprintln!(
        "{}",
        session.say(
            "以上为一次性密码，首次登录须更改",
            "this password serves once: it must be changed at the first sign-in"
        )
    );
    Ok(Done::Wholly)
}
