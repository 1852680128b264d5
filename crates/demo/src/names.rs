//! Names as one meets them in a county: of people, shops, companies and farms.

use crate::chance::Chance;

/// Surnames by how often they are met, in ten thousand, the compound and the rare ones last.
const SURNAMES: [(&str, u32); 84] = [
    ("王", 720),
    ("李", 700),
    ("张", 670),
    ("刘", 520),
    ("陈", 560),
    ("杨", 300),
    ("黄", 260),
    ("赵", 210),
    ("吴", 260),
    ("周", 270),
    ("徐", 250),
    ("孙", 160),
    ("马", 110),
    ("朱", 190),
    ("胡", 150),
    ("郭", 110),
    ("何", 130),
    ("林", 140),
    ("高", 100),
    ("罗", 100),
    ("郑", 120),
    ("梁", 80),
    ("谢", 80),
    ("宋", 80),
    ("唐", 80),
    ("许", 80),
    ("邓", 70),
    ("韩", 70),
    ("冯", 70),
    ("曹", 70),
    ("彭", 60),
    ("曾", 60),
    ("肖", 60),
    ("田", 50),
    ("董", 60),
    ("潘", 60),
    ("袁", 50),
    ("蔡", 70),
    ("蒋", 70),
    ("余", 70),
    ("于", 40),
    ("杜", 50),
    ("叶", 80),
    ("程", 50),
    ("魏", 40),
    ("苏", 50),
    ("吕", 50),
    ("丁", 60),
    ("任", 40),
    ("卢", 40),
    ("姚", 50),
    ("沈", 80),
    ("钟", 40),
    ("姜", 40),
    ("崔", 30),
    ("谭", 30),
    ("陆", 50),
    ("范", 40),
    ("汪", 50),
    ("廖", 30),
    ("石", 30),
    ("金", 60),
    ("韦", 20),
    ("贾", 20),
    ("夏", 40),
    ("付", 20),
    ("方", 50),
    ("邹", 30),
    ("熊", 20),
    ("白", 20),
    ("孟", 20),
    ("秦", 20),
    ("邱", 30),
    ("江", 30),
    ("俞", 30),
    ("毛", 30),
    ("诸葛", 8),
    ("欧阳", 8),
    ("上官", 4),
    ("司徒", 3),
    ("亓", 2),
    ("逄", 2),
    ("禤", 1),
    ("仉", 1),
];

/// Characters of given names by generation: old, middle, young; men and women.
const MEN: [&str; 3] = [
    "国建志明德福根祥荣贵金水华荣宝富土法阿兴",
    "伟强军勇杰涛斌超刚平辉鹏峰波飞亮海云东林",
    "浩宇轩子涵泽俊梓晨博文铭睿辰奕天嘉皓昊翔",
];
const WOMEN: [&str; 3] = [
    "秀英兰珍凤玉桂菊香莲美花珠翠金妹仙娥素云",
    "丽敏静燕红霞玲娟艳芳萍莉娜慧琴婷琳雪梅洁",
    "欣怡梓涵雨诗悦佳妍思彤可馨语嫣若一诺琪菲",
];
/// Given names that make trouble for fonts and input methods.
const RARE: [&str; 16] =
    ["喆", "赟", "堃", "翀", "頔", "彧", "淼", "犇", "昶", "婳", "䶮", "㛃", "鑫垚", "煜堃", "珺珏", "𬱖"];

pub struct Named {
    pub surname: &'static str,
    pub full: String,
}

/// A person's name.
pub fn person(chance: &mut Chance) -> Named {
    let surname = *chance.weighted(&SURNAMES);
    let mut full = surname.to_owned();
    if chance.in_ten_thousand(60) {
        let rare: &str = chance.pick::<&str>(&RARE);
        full.push_str(rare);
        return Named { surname, full };
    }
    let generation = *chance.weighted(&[(0, 30), (1, 45), (2, 25)]);
    let letters = if chance.percent(62) { MEN[generation] } else { WOMEN[generation] };
    // A third of the middle generation has one character, the others seldom.
    let single = chance.percent(if generation == 1 { 33 } else { 10 });
    let first = chance.letter(letters);
    full.push(first);
    if !single {
        let second = chance.letter(letters);
        full.push(second);
    }
    Named { surname, full }
}

const SHOPS: [&str; 22] = [
    "小吃店",
    "面馆",
    "便利店",
    "理发店",
    "水果店",
    "五金店",
    "服装店",
    "药店",
    "早餐店",
    "汽修店",
    "超市",
    "烟酒店",
    "奶茶店",
    "蛋糕房",
    "火锅店",
    "宾馆",
    "诊所",
    "网吧",
    "洗衣店",
    "建材店",
    "母婴店",
    "棋牌室",
];

/// A shop, by its owner or by a lucky word.
pub fn shop(chance: &mut Chance, town: &str, owner: &Named) -> String {
    let trade = *chance.pick(&SHOPS);
    match chance.between(0, 2) {
        0 => format!("{}记{trade}", owner.surname),
        1 => format!("{town}{}{trade}", lucky(chance)),
        _ => format!("{}{trade}", lucky(chance)),
    }
}

fn lucky(chance: &mut Chance) -> String {
    let (first, second) = (
        chance.letter("鑫恒瑞兴旺福顺和美佳好旭永宏盛聚祥乐锦万"),
        chance.letter("源达发隆泰来利康丰茂华通运昌联德诚捷"),
    );
    format!("{first}{second}")
}

const WORKS: [&str; 14] = [
    "针织厂",
    "塑料制品有限公司",
    "五金制造有限公司",
    "食品有限公司",
    "机械有限公司",
    "纸业有限公司",
    "纺织有限公司",
    "家具有限公司",
    "电子有限公司",
    "水泥制品厂",
    "竹木制品厂",
    "茶业有限公司",
    "包装有限公司",
    "铸造有限公司",
];

pub fn works(chance: &mut Chance, county: &str) -> String {
    let word = lucky(chance);
    format!("{county}{word}{}", chance.pick(&WORKS))
}

const PUBLIC: [&str; 10] =
    ["村民委员会", "小学", "卫生院", "文化礼堂", "敬老院", "中心幼儿园", "路灯管理所", "自来水厂", "邮政所", "供销社"];

pub fn public(chance: &mut Chance, place: &str) -> String {
    format!("{place}{}", chance.pick(&PUBLIC))
}

const FARMS: [&str; 9] = [
    "排灌站",
    "养殖场",
    "家庭农场",
    "茶叶专业合作社",
    "水稻种植基地",
    "果蔬专业合作社",
    "养猪场",
    "水产养殖场",
    "食用菌基地",
];

pub fn farm(chance: &mut Chance, place: &str, owner: &Named) -> String {
    let kind = *chance.pick(&FARMS);
    if chance.percent(35) { format!("{}{kind}", owner.full) } else { format!("{place}{kind}") }
}

/// The networks whose first three digits a mobile number begins with.
const MOBILE: [&str; 24] = [
    "134", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159", "178", "182", "183", "187",
    "188", "130", "131", "156", "186", "133", "153", "189",
];

pub fn mobile(chance: &mut Chance) -> String {
    format!("{}{}", chance.pick(&MOBILE), chance.digits(8))
}

pub fn landline(chance: &mut Chance) -> String {
    format!("0570-{}{}", chance.between(2, 8), chance.digits(6))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    #[test]
    fn names_are_as_long_as_names_are_and_the_common_ones_are_common() {
        let mut chance = Chance::of(1, Stream::Person, 0, 0);
        let names: Vec<Named> = (0..20_000).map(|_| person(&mut chance)).collect();
        assert!(names.iter().all(|name| (2..=4).contains(&name.full.chars().count())));
        let share = |test: &dyn Fn(&Named) -> bool| names.iter().filter(|name| test(name)).count();
        assert!(share(&|name| name.surname == "王") > 3 * share(&|name| name.surname == "孟"));
        assert!((1_500..5_500).contains(&share(&|name| name.full.chars().count() == 2)));
        assert!(share(&|name| name.full.contains('䶮')) > 0);
    }

    #[test]
    fn a_mobile_number_has_eleven_digits() {
        let mut chance = Chance::of(1, Stream::Person, 1, 0);
        for _ in 0..100 {
            let number = mobile(&mut chance);
            assert!(number.len() == 11 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
        }
    }
}
