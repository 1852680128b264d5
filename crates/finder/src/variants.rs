//! Characters that one family writes in one way and the file in another.
//!
//! The pairs are those of surnames, given names and addresses: what a counter meets. A character
//! that is not here is still found by its sound.

/// Traditional and variant characters, each followed by the one that it is compared as.
const PAIRS: &str = "\
張张陳陈劉刘楊杨趙赵黃黄吳吴孫孙馬马鄭郑謝谢許许韓韩馮冯鄧邓葉叶蘇苏盧卢賈贾鐘钟鍾钟陸陆蔣蒋閻阎顧顾龍龙萬万\
錢钱湯汤羅罗譚谭鄒邹陽阳韋韦賀贺龔龚嚴严齊齐龐庞鄔邬欒栾師师鞏巩衛卫簡简饒饶習习駱骆歐欧聶聂竇窦寧宁婁娄\
連连艾艾於于烏乌葛葛關关計计華华談谈財财賓宾貝贝魯鲁費费項项賴赖閔闵應应單单紀纪倫伦諸诸邊边莊庄車车鮑鲍\
鳳凤東东劍剑鋒锋國国偉伟麗丽紅红華华強强軍军傑杰濤涛飛飞輝辉鵬鹏曉晓勝胜蘭兰鳳凤榮荣貴贵蓮莲愛爱靜静\
穎颖艷艳豔艳嬌娇瓊琼蕓芸雲云學学藝艺賢贤義义禮礼詩诗書书鴻鸿憲宪寶宝豐丰慶庆興兴業业發发達达遠远進进運运\
開开啟启啓启問问聞闻聖圣聰聪職职聲声聯联見见視视覺觉親亲觀观記记訓训設设評评誠诚話话語语說说請请諾诺謀谋\
謙谦講讲議议譯译護护變变讓让豫豫財财責责質质資资賜赐賽赛贊赞躍跃軒轩載载輪轮輕轻轉转農农還还邁迈郵邮醫医\
釗钊鈞钧鈴铃銀银銘铭銳锐鋼钢錄录錦锦鎮镇鏡镜鐵铁鑫鑫長长門门閃闪間间閣阁隊队階阶隨随險险際际雙双雞鸡難难\
電电霧雾靈灵韻韵響响頂顶順顺須须預预頌颂領领頭头題题願愿風风飯饭館馆駐驻駿骏驗验驚惊體体鬥斗魚鱼鮮鲜鳥鸟\
鵑鹃鶴鹤麥麦點点黨党亞亚來来個个倉仓億亿備备傳传優优兒儿兩两冊册劃划創创劉刘動动勞劳勢势勵励區区協协廠厂厙厍\
參参員员單单嘯啸嚴严園园圓圆圍围團团圖图場场塊块壇坛壘垒壩坝壯壮壽寿夢梦奮奋奧奥婦妇媛媛嬸婶孫孙學学實实\
寬宽審审對对導导將将專专尋寻層层屬属岡冈島岛峽峡嶺岭嶽岳巖岩幣币幹干庫库廈厦廣广廟庙廳厅彈弹彎弯後后從从\
徑径復复徳德德德志志恆恒悅悦惠惠慧慧憶忆懷怀戰战戲戏戶户掃扫擇择擔担據据攝摄數数斷断時时昇升晉晋曆历書书會会\
朧胧條条東东槍枪楓枫楨桢業业極极榮荣構构槐槐樂乐樓楼標标樹树橋桥機机檢检檔档櫻樱權权歡欢歲岁歷历歸归殿殿\
氣气況况淚泪淨净淺浅測测渾浑湊凑湧涌溝沟滅灭滄沧滬沪滿满漁渔漢汉漣涟潔洁潤润潭潭澤泽濃浓濟济濱滨瀘泸灣湾\
災灾為为烈烈無无煒炜煙烟熱热燈灯燒烧營营爐炉爺爷牆墙犧牺狀状獎奖獻献現现瑋玮瑤瑶瑪玛環环璽玺產产畫画當当\
疇畴療疗發发監监盤盘眾众礦矿碼码禎祯禍祸種种稱称穀谷積积穩稳竟竟筆笔節节範范築筑糧粮紋纹納纳純纯紗纱級级\
細细終终組组結结絲丝統统絹绢經经綠绿維维網网緒绪線线緯纬練练縣县縫缝總总績绩織织繡绣繩绳繼继續续纓缨罡罡\
罰罚義义習习翹翘聯联肅肃脈脉腦脑膠胶興兴舉举舊旧艙舱莊庄華华蒼苍蓋盖蔥葱薩萨藍蓝藥药蘆芦蘊蕴處处號号蟬蝉\
術术補补裝装裡里裏里製制複复襄襄規规覽览詠咏詢询試试該该誌志認认調调論论證证識识譽誉讀读豬猪貞贞貢贡貨货\
貫贯買买貿贸賀贺賣卖購购贏赢趕赶蹟迹軟软較较輔辅輸输轄辖辦办邏逻郟郏鄉乡鄖郧鄰邻鄲郸醬酱釋释鋪铺鎖锁閱阅\
闊阔隴陇隱隐雋隽雖虽靄霭鞏巩頁页頗颇頤颐顏颜顯显飄飘養养餘余驛驿髮发鬆松鬱郁鯤鲲鱗鳞鷹鹰鹽盐麟麟黌黉齡龄\
𠮷吉喆哲淼淼堃坤犇奔昇升菓果峯峰羣群傢家冨富冣最畧略鑑鉴鑒鉴筍笋恵惠眞真靑青髙高戸户産产値值呂吕吴吴黄黄";

/// The character that `letter` is compared as.
pub fn simplified(letter: char) -> char {
    // Most of what is written needs no change, and all of it that does lies beyond ASCII.
    if letter.is_ascii() {
        return letter;
    }
    table().binary_search_by_key(&letter, |(variant, _)| *variant).map_or(letter, |at| table()[at].1)
}

fn table() -> &'static [(char, char)] {
    static TABLE: std::sync::OnceLock<Vec<(char, char)>> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| {
        let letters: Vec<char> = PAIRS.chars().collect();
        let mut pairs: Vec<(char, char)> = letters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs.dedup_by_key(|(variant, _)| *variant);
        pairs
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_leads_to_one_character_that_leads_nowhere_else() {
        let letters: Vec<char> = PAIRS.chars().collect();
        assert_eq!(letters.len() % 2, 0);
        for pair in letters.chunks_exact(2) {
            assert_eq!(simplified(pair[0]), pair[1], "{pair:?}");
            assert_eq!(simplified(pair[1]), pair[1], "{pair:?}");
        }
    }

    #[test]
    fn what_is_simplified_already_stays() {
        for letter in "张三丰扬中市三茅镇翠竹路12号A座".chars() {
            assert_eq!(simplified(letter), letter);
        }
    }
}
