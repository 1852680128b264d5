//! `gridhall backup` and `gridhall restore`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use kernel::{Clock, Refusal, Timestamp};
use platform::backup::{self, Checked, Made, Restored, Teller};
use platform::{Db, House, Result, journal};

use super::desk::print;
use super::{Done, Session, verify};
use crate::migrations::MIGRATIONS;

#[derive(Args)]
pub struct BackupArguments {
    /// Where to; it appears when it is whole.
    file: PathBuf,
    /// Overwrite a file that is there.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
pub struct RestoreArguments {
    file: PathBuf,
    /// Only the back-up with this digest, as `backup` printed it and the journal has it.
    #[arg(long)]
    digest: Option<String>,
    /// Read the file to its end, say what it is, restore nothing.
    #[arg(long, conflicts_with = "verify")]
    check: bool,
    /// Prove every bill afterwards, as `verify` does.
    #[arg(long)]
    verify: bool,
}

/// The schema stays as it is: whoever is about to bring a bureau to a new program backs it up with that program first.
pub async fn make(session: &Session, arguments: &BackupArguments) -> Result<Done> {
    if !Db::is_there(session.database_url.as_deref(), &session.data) {
        return Err(backup::nothing().into());
    }
    let house = House::stand(session.open(Clock::System, super::rand_seed())).await?;
    let mut told = Told::new();
    let made = backup::make(&house, &house.operator(), &arguments.file, arguments.force, &mut told).await?;
    journal::seal(&house.db).await?;
    say_made(session, &made);
    print(&made.digest)?;
    Ok(Done::Wholly)
}

fn say_made(session: &Session, made: &Made) {
    let rows: u64 = made.trailer.rows.values().sum();
    let (tables, files, bytes) = (made.trailer.rows.len(), made.trailer.files, made.bytes);
    let zh = format!("已备份 {tables} 张表 {rows} 行、文件 {files} 个，共 {bytes} 字节；摘要：");
    let en = format!("backed up {rows} rows of {tables} tables and {files} files, {bytes} bytes; digest:");
    eprintln!("{}", session.say(&zh, &en));
    if let Some(packs) = &made.packs_elsewhere {
        let shown = packs.display();
        let zh = format!("注意：规则包目录 {shown} 不在数据目录内，未包含在备份中，请另行备份");
        let en = format!("mind: the packs in {shown} lie outside of the data directory and are not in it");
        eprintln!("{}", session.say(&zh, &en));
    }
}

pub async fn restore(session: &Session, arguments: &RestoreArguments) -> Result<Done> {
    let mut told = Told::new();
    // What would be refused in the end is refused before the file is read; nothing is made for that.
    if !arguments.check && Db::is_there(session.database_url.as_deref(), &session.data) {
        let db = Db::open(session.database_url.as_deref(), &session.data).await?;
        backup::refuse_taken(&db).await?;
        db.close().await?;
    }
    let checked = backup::check(&arguments.file, MIGRATIONS, &mut told).await?;
    say_checked(session, &checked);
    refuse_other(arguments, &checked)?;
    if arguments.check {
        return Ok(Done::Wholly);
    }
    let house = House::stand(session.open(Clock::System, super::rand_seed())).await?;
    let restored = backup::restore(&house, &house.operator(), &checked, MIGRATIONS, &mut told).await?;
    journal::seal(&house.db).await?;
    house.db.close().await?;
    let done = say_restored(session, arguments, &restored);
    if arguments.verify && verify::run(session, None).await? == Done::InPart {
        return Ok(Done::InPart);
    }
    Ok(done)
}

fn say_checked(session: &Session, checked: &Checked) {
    let (header, rows) = (&checked.header, checked.trailer.rows.values().sum::<u64>());
    let (bureau, engine, program, made, digest) =
        (&header.bureau, &header.engine, &header.program, header.made_at, &checked.digest);
    let zh = format!("备份完整：{bureau}，{made}，{program} 版，{engine}，{rows} 行，摘要 {digest}");
    let en =
        format!("the back-up is whole: {bureau}, {made}, version {program}, {engine}, {rows} rows, digest {digest}");
    eprintln!("{}", session.say(&zh, &en));
}

fn refuse_other(arguments: &RestoreArguments, checked: &Checked) -> Result<(), Refusal> {
    match &arguments.digest {
        Some(digest) if !digest.eq_ignore_ascii_case(&checked.digest) => Err(Refusal::conflict(
            "backup.other-digest",
            "此文件不是所要的那份备份，摘要不同；请检查文件名",
            "this is not the back-up that was asked for, its digest differs: check the name of the file",
        )
        .at("digest")),
        _ => Ok(()),
    }
}

fn say_restored(session: &Session, arguments: &RestoreArguments, restored: &Restored) -> Done {
    for path in &restored.beside {
        let shown = path.display();
        let zh = format!("{shown} 已存在且不同，未改动；备份中的放在旁边，名为 ….from-backup");
        let en = format!("{shown} was there and differs: it is left, the back-up's lies beside it as ….from-backup");
        eprintln!("{}", session.say(&zh, &en));
    }
    for table in &restored.strangers {
        let zh = format!("备份中的表 {table} 不是本系统的表，未恢复");
        let en = format!("the table {table} of the back-up is not Gridhall's and was left out");
        eprintln!("{}", session.say(&zh, &en));
    }
    restored.differences.iter().for_each(|difference| drop(print(difference)));
    let (mut zh, mut en) = ("已恢复", "restored");
    if !arguments.verify {
        (zh, en) = ("已恢复；请执行 gridhall verify 核验", "restored; now run gridhall verify");
    }
    eprintln!("{}", session.say(zh, en));
    if restored.differences.is_empty() { Done::Wholly } else { Done::InPart }
}

/// How far it has come, table by table, as lines on stderr.
struct Told {
    clock: Clock,
    said: Timestamp,
    what: String,
    began: Timestamp,
}

impl Told {
    fn new() -> Told {
        let (said, began) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        Told { clock: Clock::System, said, what: String::new(), began }
    }
}

impl Teller for Told {
    fn tell(&mut self, what: &str, done: u64, of: u64) -> Result<()> {
        let now = self.clock.now();
        if self.what != what {
            (self.what, self.began) = (what.to_owned(), now);
        }
        if done != of && now.duration_since(self.said).as_millis() < 200 {
            return Ok(());
        }
        self.said = now;
        let millis = u64::try_from(now.duration_since(self.began).as_millis()).unwrap_or(0);
        let of = if of == 0 { String::new() } else { format!("/{of}") };
        // A rate of a moment says nothing.
        let rate = if millis < 200 { String::new() } else { format!(" ({}/s)", done * 1000 / millis) };
        let _ = writeln!(io::stderr(), "{what} {done}{of}{rate}");
        Ok(())
    }
}
