//! What every use-case of a running program stands on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kernel::{Actor, Clock, Date, Timestamp};

use crate::config::Config;
use crate::context::{IdSource, Rights};
use crate::db::Migration;
use crate::jobs::{Board, Busy};
use crate::packs::Packs;
use crate::paper::Press;
use crate::roles::Roles;
use crate::signs::Signs;
use crate::{Ctx, Db, Fault, Result};

#[derive(Debug, Clone)]
pub struct House {
    pub db: Db,
    /// The directory of this installation's files.
    pub data: Arc<Path>,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub packs: Arc<Packs>,
    pub roles: Arc<Roles>,
    /// The acts that this process is in the middle of.
    pub busy: Busy,
    /// How far its long work has come.
    pub board: Board,
    /// Where papers are printed.
    pub press: Press,
    /// What this process notes about itself.
    pub signs: Signs,
    zone: TimeZone,
    ids: IdSource,
}

/// How to open a house.
#[derive(Debug, Clone)]
pub struct Open {
    pub data: PathBuf,
    /// None: the embedded database in `data`.
    pub database_url: Option<String>,
    pub clock: Clock,
    /// Seed of the ids; a fixed one makes a test's ids repeat.
    pub seed: [u8; 32],
}

impl House {
    /// Opens the bureau in `open.data`, creating or upgrading its schema.
    pub async fn open(open: Open, migrations: &[Migration]) -> Result<House> {
        let house = House::stand(open).await?;
        house.db.migrate(migrations).await?;
        Ok(house)
    }

    /// The house over whatever database there is, its schema not looked at: for who fills it from outside.
    pub async fn stand(open: Open) -> Result<House> {
        let config = Config::load(&open.data)?;
        let packs = load_packs(&config)?;
        let zone = TimeZone::get(&config.zone)
            .map_err(|error| Fault::because(format!("the time zone {}", config.zone), error))?;
        let db = Db::open(open.database_url.as_deref(), &open.data).await?;
        let roles = Arc::new(Roles::read(&packs)?);
        let press = Press::new(config.paper.clone());
        let signs = Signs::new(open.clock.now());
        Ok(House {
            db,
            data: Arc::from(open.data),
            clock: open.clock,
            config: Arc::new(config),
            packs: Arc::new(packs),
            roles,
            busy: Busy::default(),
            board: Board::default(),
            press,
            signs,
            zone,
            ids: IdSource::seeded(open.seed),
        })
    }

    /// The context of an act that begins now.
    pub fn ctx(&self, actor: Actor, rights: Rights) -> Ctx {
        let now = self.clock.now();
        Ctx::new(now, self.day_of(now), actor, rights, self.ids.clone())
    }

    /// Whoever runs the command line.
    pub fn operator(&self) -> Ctx {
        self.ctx(Actor::operator(), Rights::All)
    }

    /// The house itself.
    pub fn system(&self) -> Ctx {
        self.ctx(Actor::system(), Rights::All)
    }

    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Ctx {
        self.ctx(Actor::nobody(), Rights::Granted(Vec::new()))
    }

    /// An instant as the bureau's clocks show it.
    pub fn civil(&self, instant: Timestamp) -> DateTime {
        self.zone.to_datetime(instant)
    }

    /// The instant at which the bureau's clocks show this.
    pub fn instant_of(&self, civil: DateTime) -> Option<Timestamp> {
        self.zone.to_timestamp(civil).ok()
    }

    pub fn day_of(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }
}

/// The packs of an installation, for commands that need no database.
pub fn packs_of(data: &Path) -> Result<Packs> {
    load_packs(&Config::load(data)?)
}

fn load_packs(config: &Config) -> Result<Packs> {
    Packs::load(config.packs.directory.as_deref())
}
