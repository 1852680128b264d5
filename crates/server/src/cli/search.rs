//! `gridhall search`.

use business::search::Search;
use clap::Subcommand;
use platform::Result;

use super::desk::Progress;
use super::{Done, Session};

#[derive(Subcommand)]
pub enum SearchCommand {
    /// Build the index anew from the archive; a running server does it itself when asked.
    Rebuild,
}

pub async fn run(session: &Session, command: SearchCommand) -> Result<Done> {
    let SearchCommand::Rebuild = command;
    let house = session.bureau().await?.house;
    let search = Search::at(&house.data);
    match search.rebuild(&house, &mut Progress::new("usage-points")).await? {
        Some(count) => {
            let zh = format!("查询索引已重建，用电户 {count} 个");
            let en = format!("the search index was built anew: {count} usage points");
            eprintln!("{}", session.say(&zh, &en));
        }
        None => {
            search.wish_rebuild()?;
            let (zh, en) =
                ("服务正在运行，由其重建查询索引", "a server is running and will build the search index anew");
            eprintln!("{}", session.say(zh, en));
        }
    }
    Ok(Done::Wholly)
}
