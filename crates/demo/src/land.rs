//! The county: stations, substations, feeders, transformer areas, reading books.

use crate::chance::{Chance, Stream};

/// No county of this name exists.
pub const COUNTY: &str = "青禾县";

/// A supply station 供电所, with its share of the customers in a hundred.
struct Station {
    code: &'static str,
    town: &'static str,
    share: usize,
    /// Of a hundred areas, how many are in streets and not in villages.
    urban: i64,
    substations: &'static [&'static str],
}

const STATIONS: [Station; 8] = [
    Station {
        code: "CG", town: "城关镇", share: 30, urban: 96, substations: &["城关变", "东门变", "开发区变"]
    },
    Station { code: "DX", town: "东溪镇", share: 16, urban: 55, substations: &["东溪变"] },
    Station { code: "BT", town: "白塔镇", share: 13, urban: 45, substations: &["白塔变"] },
    Station { code: "ND", town: "南渡镇", share: 11, urban: 40, substations: &["南渡变"] },
    Station { code: "SQ", town: "石桥镇", share: 10, urban: 35, substations: &["石桥变"] },
    Station { code: "LL", town: "柳林乡", share: 8, urban: 15, substations: &["柳林变"] },
    Station { code: "QT", town: "清潭乡", share: 7, urban: 15, substations: &["清潭变"] },
    Station { code: "YL", town: "云岭乡", share: 5, urban: 8, substations: &["云岭变"] },
];

const STREETS: [&str; 16] = [
    "翠竹路",
    "解放路",
    "人民路",
    "中山街",
    "文昌路",
    "环城东路",
    "滨江路",
    "学府路",
    "建设路",
    "新华街",
    "朝阳路",
    "和平路",
    "工业大道",
    "迎宾路",
    "桃源街",
    "春晖路",
];
const ESTATES: [&str; 14] = [
    "翠竹花园",
    "锦绣江南",
    "阳光家园",
    "金桂苑",
    "滨江名邸",
    "书香华庭",
    "怡景新村",
    "东湖佳苑",
    "银杏小区",
    "盛世豪庭",
    "香樟园",
    "供销宿舍",
    "水岸明珠",
    "城东安置小区",
];
const VILLAGE_FIRST: &str = "上下前后大小新老东西南北石白青黄双龙金竹";
const VILLAGE_LAST: &str = "湾塘坞岭桥坑溪田源畈坪洋埠岩垄屋宅墩坝垅";

/// A transformer area 台区.
#[derive(Debug, Clone)]
pub struct Area {
    pub code: String,
    pub name: String,
    pub station: &'static str,
    pub town: &'static str,
    pub substation: &'static str,
    pub feeder: String,
    pub capacity_kva: i64,
    pub urban: bool,
    /// The street or the village.
    pub place: String,
    /// The estate, in a town.
    pub estate: &'static str,
    /// Its number in the street.
    pub number: i64,
    pub book: String,
    /// How many customers it supplies.
    pub customers: usize,
}

const READERS: [&str; 6] = ["赵建国", "钱志明", "孙海燕", "李春生", "周国平", "吴秀英"];

/// The reading books of these areas as a file: read every month, on its last day.
pub fn books(areas: &[Area]) -> String {
    let mut text = String::from("book,station,name,reading_day,cycle,reader,route_order\n");
    let mut last = "";
    let mut count = 0;
    for area in areas.iter().filter(|area| area.customers > 0) {
        if area.book == last {
            continue;
        }
        (last, count) = (&area.book, count + 1);
        let (book, station, reader) = (&area.book, area.station, READERS[count % READERS.len()]);
        text.push_str(&format!("{book},{station},{}{}段,last,monthly,{reader},{count}\n", area.town, area.place));
    }
    text
}

/// Customers of one area, about as many as a transformer has.
const PER_AREA: usize = 110;
const AREAS_PER_FEEDER: usize = 7;
const AREAS_PER_BOOK: usize = 3;

/// The areas of a county with so many customers, station by station.
pub fn areas(seed: u64, customers: usize) -> Vec<Area> {
    let mut areas = Vec::new();
    let mut left = customers;
    for (index, station) in STATIONS.iter().enumerate() {
        let last = index + 1 == STATIONS.len();
        let mine = if last { left } else { (customers * station.share / 100).min(left) };
        left -= mine;
        areas.extend(of_station(seed, index, station, mine));
    }
    areas
}

fn of_station(seed: u64, index: usize, station: &Station, customers: usize) -> Vec<Area> {
    let count = customers.div_ceil(PER_AREA).max(1);
    (0..count)
        .map(|at| {
            let mut chance = Chance::of(seed, Stream::Land, index as u64, at as u64);
            let share = customers / count + usize::from(at < customers % count);
            area(&mut chance, station, at, share)
        })
        .collect()
}

fn area(chance: &mut Chance, station: &Station, at: usize, customers: usize) -> Area {
    let urban = chance.percent(station.urban);
    let feeder = at / AREAS_PER_FEEDER;
    let substation = station.substations[feeder % station.substations.len()];
    let estate = *chance.pick(&ESTATES);
    let place = if urban {
        (*chance.pick(&STREETS)).to_owned()
    } else {
        format!("{}{}村", chance.letter(VILLAGE_FIRST), chance.letter(VILLAGE_LAST))
    };
    let name = if urban { format!("{estate}{}号公变", at + 1) } else { format!("{place}{}号公变", at + 1) };
    Area {
        code: format!("TQ{}{:04}", station.code, at + 1),
        name,
        station: station.code,
        town: station.town,
        substation,
        feeder: feeder_name(feeder),
        capacity_kva: if urban { *chance.pick(&[400, 500, 630, 800]) } else { *chance.pick(&[100, 200, 315, 400]) },
        urban,
        place,
        estate,
        number: chance.between(1, 280),
        book: format!("{}{:03}", station.code, at / AREAS_PER_BOOK + 1),
        customers,
    }
}

fn feeder_name(feeder: usize) -> String {
    const WORDS: [&str; 24] = [
        "翠竹线",
        "城中线",
        "工业线",
        "滨江线",
        "桃源线",
        "学府线",
        "朝阳线",
        "龙山线",
        "石塘线",
        "双溪线",
        "新村线",
        "茶山线",
        "水库线",
        "红旗线",
        "前进线",
        "青峰线",
        "竹海线",
        "古桥线",
        "南门线",
        "北岭线",
        "金牛线",
        "白鹤线",
        "梅园线",
        "松林线",
    ];
    format!("F1{:02}{}", feeder + 11, WORDS[feeder % WORDS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_customer_has_an_area_and_every_station_has_one() {
        for customers in [8, 300, 20_000] {
            let areas = areas(1, customers);
            assert_eq!(areas.iter().map(|area| area.customers).sum::<usize>(), customers);
            assert_eq!(areas.iter().map(|area| area.station).collect::<HashSet<_>>().len(), 8);
            assert_eq!(areas.iter().map(|area| &area.code).collect::<HashSet<_>>().len(), areas.len());
        }
    }
}
