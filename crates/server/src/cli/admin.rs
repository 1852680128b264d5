//! `gridhall admin`.

use clap::Subcommand;
use platform::{Result, access};

use super::desk::print;
use super::{Done, Session, seal};

#[derive(Subcommand)]
pub enum AdminCommand {
    /// Create the first administrator; his one-time password is printed once.
    Create { name: String },
    /// Create a person with a post; his one-time password is printed once.
    Person {
        name: String,
        /// billing-officer, billing-approver, station-head, cashier, administrator, or another of the pack.
        #[arg(long)]
        role: String,
        /// The station whose accounts the post reaches; by default the whole bureau.
        #[arg(long, default_value = access::BUREAU)]
        unit: String,
    },
}

pub async fn run(session: &Session, command: AdminCommand) -> Result<Done> {
    let bureau = session.bureau().await?;
    let tx = bureau.house.db.write().await?;
    let ctx = bureau.house.operator();
    let password = match command {
        AdminCommand::Create { name } => access::create_first_administrator(&tx, &ctx, &name).await?,
        AdminCommand::Person { name, role, unit } => {
            access::employ(&tx, &ctx, &bureau.house.roles, &name, &role, &unit).await?
        }
    };
    tx.commit().await?;
    seal(&bureau).await?;
    print(&password)?;
    eprintln!(
        "{}",
        session.say(
            "以上为一次性密码，首次登录须更改",
            "this password serves once: it must be changed at the first sign-in"
        )
    );
    Ok(Done::Wholly)
}
