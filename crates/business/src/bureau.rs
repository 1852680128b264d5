//! A bureau at work: the house and the price lists that hold in it.

use std::sync::Arc;

use platform::db::Migration;
use platform::house::Open;
use platform::{House, Result};
use pricing::TariffBook;

use crate::pack::Tariffs;
use crate::tariff;

#[derive(Debug, Clone)]
pub struct Bureau {
    pub house: House,
    pub tariffs: Tariffs,
}

impl Bureau {
    pub async fn open(open: Open, migrations: &[Migration]) -> Result<Bureau> {
        let house = House::open(open, migrations).await?;
        let tariffs = Tariffs::over(tariff::book(&house.packs)?);
        Ok(Bureau { house, tariffs })
    }

    /// The price lists as they hold now. Whoever works on keeps this book to its end.
    pub async fn book(&self) -> Result<Arc<TariffBook>> {
        self.tariffs.now(&self.house.db.read().await?).await
    }
}
