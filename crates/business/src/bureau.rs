//! A bureau at work: the house and the price lists that hold in it.

use std::sync::Arc;

use platform::db::Migration;
use platform::house::Open;
use platform::{House, Result};
use pricing::TariffBook;

use crate::tariff;

#[derive(Debug, Clone)]
pub struct Bureau {
    pub house: House,
    pub tariffs: Arc<TariffBook>,
}

impl Bureau {
    pub async fn open(open: Open, migrations: &[Migration]) -> Result<Bureau> {
        let house = House::open(open, migrations).await?;
        let tariffs = Arc::new(tariff::book(&house.packs)?);
        Ok(Bureau { house, tariffs })
    }
}
