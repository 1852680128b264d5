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
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::place::Place;

const STATIONS: u64 = 20;
const AREAS: u64 = 2_000;
const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "欧阳", "萧"];
const GIVEN: [&str; 12] = ["伟", "芳", "秀英", "敏", "静", "丽华", "强", "建国", "志强", "晓东", "玉梅", "子涵"];

pub async fn prepare(place: &Place, customers: u64) -> Result<()> {
    let files = place.data.join("files");
    std::fs::create_dir_all(&files)?;
    write(&files, customers)?;
    let bureau = place.open().await?;
    for kind in ["areas", "customers", "meters", "openings", "readings"] {
        load(&bureau, kind, &files.join(kind)).await?;
    }
    std::fs::remove_dir_all(&files)?;
    Ok(bureau.house.db.close().await?)
}

async fn load(bureau: &Bureau, kind: &str, file: &Path) -> Result<()> {
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
    eprintln!("loaded {} {} in {:.1} s", summary.loaded, kind.name, begun.elapsed().as_secs_f64());
    Ok(())
}

fn write(dir: &Path, customers: u64) -> Result<()> {
    let open = |name: &str, header: &str| -> Result<BufWriter<File>> {
        let mut file = BufWriter::new(File::create(dir.join(name))?);
        writeln!(file, "{header}")?;
        Ok(file)
    };
    let mut areas = open("areas", "station,substation,feeder,area_code,area_name,capacity_kva")?;
    for area in 0..AREAS {
        let station = area % STATIONS;
        writeln!(areas, "S{station:02},变电站{station},线路{},A{area:04},台区{area},630", area % 200)?;
    }
    areas.flush()?;
    let header = "supply_no,name,kind,category,phone,address,station,area_code,voltage,capacity_kva,tariff,persons,\
                  concession,opened_on";
    let mut people = open("customers", header)?;
    let mut meters =
        open("meters", "meter_no,supply_no,installed_on,removed_on,multiplier,digits,register,opening,closing")?;
    let mut openings = open("openings", "supply_no,as_of,year_to_date_kwh,balance")?;
    let mut readings = open("readings", "meter_no,read_on,register,value,kind")?;
    let mut random = SmallRng::seed_from_u64(20_260_831);
    for i in 0..customers {
        let supply_no = 3_300_000_000 + i;
        let area = random.random_range(0..AREAS);
        let name = format!(
            "{}{}",
            SURNAMES[random.random_range(0..SURNAMES.len())],
            GIVEN[random.random_range(0..GIVEN.len())]
        );
        let (persons, phone) = (random.random_range(1..=7), random.random_range(0..100_000_000));
        writeln!(
            people,
            "{supply_no},{name},03,200,139{phone:08},清河市{area}号{}室,S{:02},A{area:04},0.22kV,8,cn-zhejiang/resident-tou,{persons},,2020-01-01",
            i % 900 + 100,
            area % STATIONS,
        )?;
        // From the first tier to the third, and over each border.
        writeln!(openings, "{supply_no},2026-07-31,{},0", random.random_range(0..6_000))?;
        for register in ["peak", "valley"] {
            let (before, used) = (random.random_range(0..20_000_u32), random.random_range(10..400_u32));
            writeln!(meters, "R{i:08},{supply_no},2026-07-31,,1,6,{register},{before},")?;
            writeln!(readings, "R{i:08},2026-08-31,{register},{}.{},actual", before + used, i % 100)?;
        }
    }
    [people, meters, openings, readings].iter_mut().try_for_each(Write::flush)?;
    Ok(())
}
