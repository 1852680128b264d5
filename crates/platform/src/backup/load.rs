//! Bringing a back-up into an empty place.

use std::path::PathBuf;

use kernel::Refusal;

use super::files::Layer;
use super::format::{Block, Header};
use super::stream::{Blocks, Checked};
use super::{KEEP, RESTORED, SUBJECT, Teller};
use crate::db::{Migration, Param, Place, Restoring, Table};
use crate::journal::{self, Entry};
use crate::{Ctx, Db, Fault, House, Result, Tx};

/// What a restore came to.
#[derive(Debug)]
pub struct Restored {
    /// What is wrong with the journal's chain; it was so when the back-up was made.
    pub differences: Vec<String>,
    /// Files that were there and differ; the back-up's lie beside them as `….from-backup`.
    pub beside: Vec<PathBuf>,
    /// Tables of somebody else that lay in the bureau's database; they were left out.
    pub strangers: Vec<String>,
}

/// Blocks of one transaction.
const AT_ONCE: usize = 16;

/// Fills the empty place of `house`, whose schema is not made yet. Cut off anywhere, it starts over.
pub async fn restore(
    house: &House,
    ctx: &Ctx,
    checked: &Checked,
    migrations: &[Migration],
    teller: &mut dyn Teller,
) -> Result<Restored> {
    ctx.require_everywhere(KEEP)?;
    let steps = steps_of(&checked.header, migrations)?;
    refuse_taken(&house.db).await?;
    refuse_unheld(&house.db, checked, teller).await?;
    let restoring = house.db.begin_restore(&steps).await?;
    let fitting = fitting(&house.db, &checked.header).await?;
    let beside = load(house, checked, &fitting, teller).await?;
    restoring.loaded().await?;
    count(&house.db, checked, &fitting).await?;
    restoring.migrate(migrations).await?;
    let tx = house.db.read().await?;
    let differences = journal::verify(&tx).await?;
    tx.rollback().await?;
    finish(house, ctx, checked, restoring).await?;
    let strangers = checked.header.tables.iter().zip(fitting).filter(|(_, fits)| !fits);
    let strangers = strangers.map(|(table, _)| table.name.clone()).collect();
    Ok(Restored { differences, beside, strangers })
}

/// The steps by which the back-up's schema is made. Refuses one that this program does not know.
pub fn steps_of(header: &Header, migrations: &[Migration]) -> Result<Vec<Migration>, Refusal> {
    let is_known =
        |name: &str, digest: &str| migrations.iter().any(|step| step.name == name && step.digest() == digest);
    if let Some((name, _)) = header.steps.iter().find(|(name, digest)| !is_known(name, digest)) {
        return Err(Refusal::conflict(
            "backup.newer-program",
            format!(
                "备份由 {} 版程序制作，其中的库结构“{name}”本程序没有；请用制作它的版本或更新的版本恢复",
                header.program
            ),
            format!(
                "the back-up was made by version {}, whose step \"{name}\" of the schema this program does not have: \
                 restore it with that version or a newer one",
                header.program
            ),
        ));
    }
    let is_listed = |step: &&Migration| header.steps.iter().any(|(name, _)| name == step.name);
    Ok(migrations.iter().filter(is_listed).copied().collect())
}

/// Refuses a place where something is already.
pub async fn refuse_taken(db: &Db) -> Result<()> {
    match db.place().await? {
        Place::Empty | Place::Unfinished => Ok(()),
        Place::Taken => Err(crate::db::taken().into()),
    }
}

/// Refuses values that the other database cannot hold, before anything is written there.
async fn refuse_unheld(db: &Db, checked: &Checked, teller: &mut dyn Teller) -> Result<()> {
    let tx = db.read().await?;
    if tx.can_hold_all() {
        return Ok(());
    }
    let mut blocks = Blocks::of(checked.path.clone());
    let header = blocks.header().await?;
    while let Some((read, block)) = blocks.next().await? {
        let Block::Rows { table, rows } = block else { continue };
        let table = &header.tables[table];
        for row in &rows {
            if let Some(at) = row.iter().position(|param| !tx.can_hold(param)) {
                return Err(unheld(table, at, row).into());
            }
        }
        teller.tell("check", read, checked.size)?;
    }
    blocks.end().await.map(drop)
}

fn unheld(table: &Table, at: usize, row: &[Param]) -> Refusal {
    let key = table.key_of(row).iter().map(shown).collect::<Vec<_>>().join(", ");
    let (table, column) = (&table.name, &table.columns[at].name);
    Refusal::conflict(
        "restore.unheld",
        format!("表 {table} 的 {column}（{key}）含有 PostgreSQL 不能保存的字符；请在原系统中更正后重新备份"),
        format!(
            "{column} of {table} ({key}) holds what PostgreSQL cannot: correct it where it was backed up, then back up again"
        ),
    )
}

fn shown(param: &Param) -> String {
    match param {
        Param::Integer(Some(number)) => number.to_string(),
        Param::Text(Some(text)) => text.clone(),
        Param::Id(Some(id)) => id.to_string(),
        _ => String::new(),
    }
}

/// Whether each table of the back-up is one of the schema that its steps have made. Refuses one that has other columns.
async fn fitting(db: &Db, header: &Header) -> Result<Vec<bool>> {
    let made = db.read().await?.tables().await?;
    let mut fitting = Vec::new();
    for table in &header.tables {
        let own = made.iter().find(|own| own.name == table.name);
        if own.is_some_and(|own| own.columns != table.columns) {
            let name = &table.name;
            return Err(Refusal::conflict(
                "restore.other-columns",
                format!("备份中的表 {name} 的列与本系统不同，在原库中被改动过；请改回后重新备份"),
                format!("the table {name} of the back-up has other columns than Gridhall's, somebody changed it: change it back where it was backed up, then back up again"),
            )
            .into());
        }
        fitting.push(own.is_some());
    }
    Ok(fitting)
}

/// Block by block, some to a transaction.
async fn load(house: &House, checked: &Checked, fitting: &[bool], teller: &mut dyn Teller) -> Result<Vec<PathBuf>> {
    let mut blocks = Blocks::of(checked.path.clone());
    let header = blocks.header().await?;
    let mut layer = Layer::into(&house.data);
    let (mut open, mut count) = (None::<Tx>, 0);
    let (mut current, mut done) = (usize::MAX, 0);
    while let Some((_, block)) = blocks.next().await? {
        match block {
            Block::Rows { table, .. } if !fitting[table] => {}
            Block::Rows { table, rows } => {
                if table != current {
                    (current, done) = (table, 0);
                }
                done += rows.len() as u64;
                let table = header.tables.get(table).ok_or_else(|| Fault::impossible("a table without a name"))?;
                let tx = match open.take() {
                    Some(tx) => tx,
                    None => house.db.write().await?,
                };
                tx.insert_into(table, rows).await?;
                count += 1;
                if count % AT_ONCE == 0 {
                    tx.commit().await?
                } else {
                    open = Some(tx)
                }
                teller.tell(&table.name, done, checked.trailer.rows.get(&table.name).copied().unwrap_or_default())?;
            }
            Block::File { path, begins, bytes } => layer.put(&path, begins, &bytes)?,
        }
    }
    let (_, digest) = blocks.end().await?;
    if digest != checked.digest {
        let (zh, en) =
            ("备份文件在恢复过程中被改动；请重新恢复", "the back-up was changed while it was restored: restore again");
        return Err(Refusal::conflict("backup.changed", zh, en).into());
    }
    if let Some(tx) = open {
        tx.commit().await?;
    }
    layer.end()?;
    Ok(layer.beside)
}

async fn count(db: &Db, checked: &Checked, fitting: &[bool]) -> Result<()> {
    let tx = db.read().await?;
    for (table, _) in checked.header.tables.iter().zip(fitting).filter(|(_, fits)| **fits) {
        let (there, told) =
            (tx.count_of(table).await?, checked.trailer.rows.get(&table.name).copied().unwrap_or_default());
        if there != told {
            return Err(Fault::impossible(format!("{} has {there} rows, the back-up {told}", table.name)));
        }
    }
    Ok(())
}

/// With the record of the restore the place becomes a bureau.
async fn finish(house: &House, ctx: &Ctx, checked: &Checked, restoring: Restoring) -> Result<()> {
    let tx = house.db.write().await?;
    let header = &checked.header;
    let detail = serde_json::json!({
        "digest": checked.digest, "made_at": header.made_at.to_string(), "from": header.engine, "program": header.program,
        "bytes": checked.size,
    });
    let subject = format!("{SUBJECT}{}", checked.path.file_name().unwrap_or_default().to_string_lossy());
    journal::record(&tx, ctx, Entry { act: RESTORED, subject, reason: None, detail }).await?;
    restoring.end(tx).await
}
