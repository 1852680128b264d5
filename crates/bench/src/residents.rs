//! A city of residents, each billed by tier and by time of use, written as the files that a bureau imports.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use business::Bureau;
use gridhall::imports::FileKind;
use platform::csv::{Desk, Finding, ImportOptions, Verdict};
use platform::jobs::Unwatched;
use platform::journal;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::place::Place;

pub const TARIFF: &str = "cn-zhejiang/resident-tou";

pub const STATIONS: u64 = 20;
const AREAS: u64 = 2_000;
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余";
const GIVEN: &str = "伟芳秀英敏静丽华强建国志晓东玉梅子涵文博海燕桂兰淑珍俊杰明霞军洋勇艳超平刚红玲鹏飞宇轩欣怡思远雨桐嘉豪佳慧天佑若琳";

pub fn station(area: u64) -> u64 {
    area % STATIONS
}

pub fn station_code(station: u64) -> String {
    format!("S{station:02}")
}

/// What is invented of one of them.
pub struct Resident {
    pub name: String,
    pub area: u64,
    pub persons: u32,
    pub phone: String,
    pub year_to_date: u32,
    /// What the register showed before the month, and the month's use, in kWh.
    pub peak: (u32, u32),
    pub valley: (u32, u32),
}

/// The same residents each time.
pub fn random() -> SmallRng {
    SmallRng::seed_from_u64(20_260_831)
}

impl Resident {
    /// The next one; `i` counts them.
    pub fn next(i: u64, random: &mut SmallRng) -> Resident {
        let mut letter = |of: &str| {
            let letters = of.chars().count();
            of.chars().nth(random.random_range(0..letters)).unwrap_or('王')
        };
        let name = [letter(SURNAMES), letter(GIVEN), letter(GIVEN)]
            .iter()
            .take(if i.is_multiple_of(5) { 2 } else { 3 })
            .collect();
        let mut register = || (random.random_range(0..20_000), random.random_range(40..400));
        let (peak, valley) = (register(), register());
        Resident {
            name,
            area: random.random_range(0..AREAS),
            persons: random.random_range(1..=7),
            phone: format!("139{:08}", random.random_range(0..100_000_000)),
            // From the first tier to the third, and over each border.
            year_to_date: random.random_range(0..6_000),
            peak,
            valley,
        }
    }

    pub fn supply_no(i: u64) -> u64 {
        3_300_000_000 + i
    }

    /// A row of customers.csv.
    pub fn row(&self, i: u64) -> String {
        let Resident { name, area, persons, phone, .. } = self;
        format!(
            "{},{name},03,200,{phone},清河市{}街{}号{}室,{},A{area:04},0.22kV,8,{TARIFF},{persons},,2020-01-01",
            Self::supply_no(i),
            area % 97,
            i % 211 + 1,
            i % 900 + 100,
            station_code(station(*area)),
        )
    }
}

pub const CUSTOMERS: &str = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,\
                             concession,opened_on";

pub const READINGS: &str = "meter_no,read_on,register,value,kind";

pub async fn prepare(place: &Place, customers: u64, read: bool) -> Result<()> {
    let files = place.data.join("files");
    std::fs::create_dir_all(&files)?;
    write(&files, customers)?;
    let bureau = place.open().await?;
    for kind in ["areas", "customers", "meters", "openings", "readings"] {
        if read || kind != "readings" {
            load(&bureau, kind, &files.join(kind)).await?;
        }
    }
    std::fs::remove_dir_all(&files)?;
    journal::seal(&bureau.house.db).await?;
    Ok(bureau.house.db.close().await?)
}

/// Loads a file, of which nothing may be refused, and tells how many rows it had.
pub async fn load(bureau: &Bureau, kind: &str, file: &Path) -> Result<u64> {
    let begun = Instant::now();
    let kind = FileKind::named(kind).context("no such import")?;
    let mut refused = |finding: &Finding| {
        if finding.verdict == Verdict::Refused {
            eprintln!("row {}: {}", finding.row, finding.message.in_language(kernel::Language::En));
        }
        Ok(())
    };
    let mut desk = Desk { report: &mut refused, watch: &mut Unwatched };
    let ctx = bureau.house.operator();
    let summary = kind.load(bureau, &ctx, file, ImportOptions::default(), &mut desk).await?;
    ensure!(summary.refused == 0, "{} rows of {} were refused", summary.refused, kind.name);
    if summary.loaded > 100 {
        eprintln!("loaded {} {} in {:.1} s", summary.loaded, kind.name, begun.elapsed().as_secs_f64());
    }
    Ok(summary.loaded)
}

fn write(dir: &Path, customers: u64) -> Result<()> {
    let open = |name: &str, header: &str| -> Result<BufWriter<File>> {
        let mut file = BufWriter::new(File::create(dir.join(name))?);
        writeln!(file, "{header}")?;
        Ok(file)
    };
    let mut areas = open("areas", "station,substation,feeder,area_code,area_name,capacity_kva")?;
    for area in 0..AREAS {
        let (station, code) = (station(area), station_code(station(area)));
        writeln!(areas, "{code},变电站{station},线路{},A{area:04},台区{area},630", area % 200)?;
    }
    areas.flush()?;
    let mut people = open("customers", CUSTOMERS)?;
    let mut meters =
        open("meters", "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing")?;
    let mut openings = open("openings", "supply_no,as_of,year_to_date_kwh,balance")?;
    let mut readings = open("readings", READINGS)?;
    let mut random = random();
    for i in 0..customers {
        let (resident, supply_no) = (Resident::next(i, &mut random), Resident::supply_no(i));
        writeln!(people, "{}", resident.row(i))?;
        writeln!(openings, "{supply_no},2026-07-31,{},0", resident.year_to_date)?;
        for (register, (before, used)) in [("peak", resident.peak), ("valley", resident.valley)] {
            writeln!(meters, "R{i:08},{supply_no},2026-07-31,,1,6,{register},{before},")?;
            writeln!(readings, "R{i:08},2026-08-31,{register},{},actual", before + used)?;
        }
    }
    [people, meters, openings, readings].iter_mut().try_for_each(Write::flush)?;
    Ok(())
}
