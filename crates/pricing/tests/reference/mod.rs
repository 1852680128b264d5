//! An independent, deliberately slow calculator of one month's bill.
//!
//! It shares no code and no method with the product: it walks the consumed energy forward in
//! steps of at most one kWh, asks for each step what the next Wh costs, and adds the exact money
//! to the line it belongs to. Rounding happens once, at the end of each line.
//!
//! Conventions of the answer:
//! - One line per register of the case, in the order sharp, peak, flat, valley, total, also where
//!   its use is zero. Its `tier` is 1 where the tariff has tiers, else none.
//! - One line per higher tier that was reached: no register, the surcharge on the energy in it.
//! - Relief lines come last, negative. A free quota has a register and a quantity; a fixed relief
//!   has neither. A relief of nothing has no line.
//! - A case outside the published rules is refused, never guessed.

pub mod two_part;

const REGISTER_ORDER: [&str; 5] = ["sharp", "peak", "flat", "valley", "total"];
const LOW_VOLTAGE: [&str; 2] = ["0.22kV", "0.38kV"];
const VOLTAGES: [&str; 7] = ["0.22kV", "0.38kV", "10kV", "20kV", "35kV", "110kV", "220kV"];
const WH_PER_KWH: i128 = 1000;
const FREE_QUOTA_WH: i64 = 15_000;

#[derive(Debug, Clone)]
pub struct RefCase {
    pub tariff: &'static str,
    pub year: i16,
    pub month: u8,
    pub usage_wh: Vec<(&'static str, i64)>,
    /// Energy billed in this calendar year before this case.
    pub year_to_date_wh: i64,
    /// Year and month in which the account opened.
    pub opened: Option<(i16, u8)>,
    pub persons: Option<u32>,
    /// `low-income` or `five-guarantee`.
    pub concession: Option<&'static str>,
    pub voltage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefLine {
    pub register: Option<&'static str>,
    pub tier: Option<u8>,
    pub relief: bool,
    pub quantity_wh: i64,
    pub amount_fen: i64,
}

/// The lines and their total in fen.
pub fn price(case: &RefCase) -> Result<(Vec<RefLine>, i64), &'static str> {
    let tariff = tariff_of(case)?;
    let limits = limits_of(case, &tariff)?;
    let usage = ordered_usage(case, &tariff)?;
    let qualifies = qualifies_for_relief(case)?;

    let start = match tariff.tiers {
        Tiers::Year { .. } => i128::from(case.year_to_date_wh),
        Tiers::Month { .. } | Tiers::None => 0,
    };
    let mut lines = walk(&tariff, &limits, &usage, start)?;
    if qualifies {
        let relief = relief_lines(&tariff, &usage, &lines)?;
        lines.extend(relief);
    }
    let total = lines.iter().map(|line| line.amount_fen).sum();
    Ok((lines, total))
}

// ---- the tariffs ---------------------------------------------------------------------------

/// Prices are whole numbers of 0.0001 yuan per kWh, as published.
struct Tariff {
    prices: Vec<(&'static str, i64)>,
    tiers: Tiers,
    relief: Relief,
    /// From this many persons on, both monthly limits rise by 100 kWh.
    large_household: Option<u32>,
}

enum Tiers {
    None,
    Month { limits_kwh: [i64; 2], surcharges: [i64; 2] },
    Year { limits_kwh: [i64; 2], surcharges: [i64; 2] },
}

#[derive(Clone, Copy)]
enum Relief {
    None,
    FreeQuota,
    FixedFen(i64),
}

impl Tariff {
    fn first_tier_price(&self, register: &str) -> Option<Ratio> {
        let (_, price) = self.prices.iter().find(|(name, _)| *name == register)?;
        Some(per_wh(*price))
    }

    /// What one Wh costs above the first tier's price.
    fn surcharge(&self, tier: usize) -> Ratio {
        match (&self.tiers, tier) {
            (Tiers::Month { surcharges, .. } | Tiers::Year { surcharges, .. }, 2 | 3) => per_wh(surcharges[tier - 2]),
            _ => per_wh(0),
        }
    }
}

fn tariff_of(case: &RefCase) -> Result<Tariff, &'static str> {
    if !(1..=12).contains(&case.month) {
        return Err("month is not 1 to 12");
    }
    if case.tariff.starts_with("cn-") && case.year < 2013 {
        return Err("no published price before 2013");
    }
    if !VOLTAGES.contains(&case.voltage) {
        return Err("unknown voltage");
    }
    let low_voltage = LOW_VOLTAGE.contains(&case.voltage);
    let only_total = |price| vec![("total", price)];
    let zhejiang_tiers = Tiers::Year { limits_kwh: [2760, 4800], surcharges: [500, 3000] };

    let (tariff, any_voltage) = match case.tariff {
        "cn-zhejiang/resident" => (
            Tariff {
                prices: only_total(5380),
                tiers: zhejiang_tiers,
                relief: Relief::FreeQuota,
                large_household: None,
            },
            false,
        ),
        "cn-zhejiang/resident-tou" => (
            Tariff {
                prices: vec![("peak", 5680), ("valley", 2880)],
                tiers: zhejiang_tiers,
                relief: Relief::FreeQuota,
                large_household: None,
            },
            false,
        ),
        "cn-zhejiang/resident-shared" => {
            let price = match case.voltage {
                "0.22kV" | "0.38kV" => 5580,
                "10kV" => 5380,
                _ => return Err("no price at this voltage"),
            };
            (
                Tariff { prices: only_total(price), tiers: Tiers::None, relief: Relief::None, large_household: None },
                true,
            )
        }
        "cn-guangzhou/resident" => (
            Tariff {
                prices: only_total(5890),
                tiers: Tiers::Month {
                    limits_kwh: if (5..=10).contains(&case.month) { [260, 600] } else { [200, 400] },
                    surcharges: [500, 3000],
                },
                relief: Relief::None,
                large_household: Some(5),
            },
            false,
        ),
        "cn-sichuan/resident" => (
            Tariff {
                prices: only_total(5224),
                tiers: Tiers::Month { limits_kwh: [180, 280], surcharges: [1000, 3000] },
                relief: Relief::FixedFen(784),
                large_household: None,
            },
            false,
        ),
        "cn-beijing/resident" => (
            Tariff {
                prices: only_total(4883),
                tiers: Tiers::Month { limits_kwh: [240, 400], surcharges: [500, 3000] },
                relief: Relief::FreeQuota,
                large_household: Some(6),
            },
            false,
        ),
        "sample/general-single" => (untiered_sample(8000), true),
        "sample/farming" => (untiered_sample(5000), true),
        _ => return Err("unknown tariff"),
    };
    if !any_voltage && !low_voltage {
        return Err("no price at this voltage");
    }
    Ok(tariff)
}

fn untiered_sample(price: i64) -> Tariff {
    Tariff { prices: vec![("total", price)], tiers: Tiers::None, relief: Relief::None, large_household: None }
}

/// The positions, in Wh, after which the second and the third tier begin.
fn limits_of(case: &RefCase, tariff: &Tariff) -> Result<Vec<i128>, &'static str> {
    if case.year_to_date_wh < 0 {
        return Err("negative year to date");
    }
    if let Some((year, month)) = case.opened {
        if !(1..=12).contains(&month) {
            return Err("opening month is not 1 to 12");
        }
        if (year, month) > (case.year, case.month) {
            return Err("billed before the account opened");
        }
    }
    match &tariff.tiers {
        Tiers::None => Ok(Vec::new()),
        Tiers::Month { limits_kwh, .. } => {
            let large = match (tariff.large_household, case.persons) {
                (Some(from), Some(persons)) => persons >= from,
                _ => false,
            };
            let extra = if large { 100 } else { 0 };
            Ok(limits_kwh.iter().map(|limit| i128::from(limit + extra) * WH_PER_KWH).collect())
        }
        Tiers::Year { limits_kwh, .. } => {
            let months_used = match case.opened {
                Some((year, month)) if year == case.year => (month..=12).map(|_| 1_i128).sum::<i128>(),
                _ => 12,
            };
            Ok(limits_kwh.iter().map(|limit| i128::from(*limit) * WH_PER_KWH * months_used / 12).collect())
        }
    }
}

fn ordered_usage(case: &RefCase, tariff: &Tariff) -> Result<Vec<(&'static str, i64)>, &'static str> {
    if case.usage_wh.is_empty() {
        return Err("no register");
    }
    let mut ordered = Vec::new();
    for name in REGISTER_ORDER {
        let mut found = case.usage_wh.iter().filter(|(given, _)| *given == name);
        if let Some((_, wh)) = found.next() {
            if found.next().is_some() {
                return Err("register given twice");
            }
            if *wh < 0 {
                return Err("negative use");
            }
            if tariff.first_tier_price(name).is_none() {
                return Err("the tariff has no price for this register");
            }
            ordered.push((name, *wh));
        }
    }
    if ordered.len() != case.usage_wh.len() {
        return Err("unknown register");
    }
    Ok(ordered)
}

fn qualifies_for_relief(case: &RefCase) -> Result<bool, &'static str> {
    match case.concession {
        None => Ok(false),
        Some("low-income" | "five-guarantee") => Ok(true),
        Some(_) => Err("unknown concession"),
    }
}

// ---- the walk ------------------------------------------------------------------------------

struct Bucket {
    wh: i128,
    yuan: Ratio,
}

impl Bucket {
    fn empty() -> Self {
        Self { wh: 0, yuan: Ratio::whole(0) }
    }

    fn add(&mut self, wh: i128, yuan_per_wh: Ratio) {
        self.wh += wh;
        self.yuan = self.yuan.plus(yuan_per_wh.times(wh));
    }
}

fn walk(
    tariff: &Tariff,
    limits: &[i128],
    usage: &[(&'static str, i64)],
    start: i128,
) -> Result<Vec<RefLine>, &'static str> {
    let mut position = start;
    let mut tier_buckets = [Bucket::empty(), Bucket::empty()];
    let mut lines = Vec::new();
    // Every Wh of every register pays the surcharge of the place it takes in the year or month.
    // Surcharges are equal for all registers, so that the order of the registers is of no effect.
    for (register, wh) in usage {
        let base = tariff.first_tier_price(register).ok_or("the tariff has no price for this register")?;
        let end = position + i128::from(*wh);
        let mut bucket = Bucket::empty();
        while position < end {
            let next = next_stop(position, end, limits);
            let step = next - position;
            let tier = tier_at(position, limits);
            bucket.add(step, base);
            if tier > 1 {
                tier_buckets[tier - 2].add(step, tariff.surcharge(tier));
            }
            position = next;
        }
        let tier = if limits.is_empty() { None } else { Some(1) };
        lines.push(line(Some(register), tier, &bucket)?);
    }
    for (tier, bucket) in [2_u8, 3].into_iter().zip(&tier_buckets) {
        if bucket.wh > 0 {
            lines.push(line(None, Some(tier), bucket)?);
        }
    }
    Ok(lines)
}

/// The tier of the Wh that follows `position`: with exactly the limit consumed, the next Wh is
/// the first of the higher tier.
fn tier_at(position: i128, limits: &[i128]) -> usize {
    1 + limits.iter().filter(|limit| position >= **limit).count()
}

fn next_stop(position: i128, end: i128, limits: &[i128]) -> i128 {
    let ahead: Vec<i128> = limits.iter().copied().filter(|limit| *limit > position).collect();
    // Above the last limit nothing changes any more, and a huge use must still end.
    let Some(limit) = ahead.iter().min() else {
        return end;
    };
    let next_kwh = (position / WH_PER_KWH + 1) * WH_PER_KWH;
    end.min(*limit).min(next_kwh)
}

fn line(register: Option<&'static str>, tier: Option<u8>, bucket: &Bucket) -> Result<RefLine, &'static str> {
    Ok(RefLine {
        register,
        tier,
        relief: false,
        quantity_wh: i64::try_from(bucket.wh).map_err(|_| "too much energy")?,
        amount_fen: bucket.yuan.to_fen()?,
    })
}

// ---- relief --------------------------------------------------------------------------------

fn relief_lines(
    tariff: &Tariff,
    usage: &[(&'static str, i64)],
    charged: &[RefLine],
) -> Result<Vec<RefLine>, &'static str> {
    match tariff.relief {
        Relief::None => Ok(Vec::new()),
        Relief::FixedFen(fen) => {
            let due: i64 = charged.iter().map(|line| line.amount_fen).sum();
            let repaid = fen.min(due);
            if repaid == 0 {
                return Ok(Vec::new());
            }
            Ok(vec![RefLine { register: None, tier: None, relief: true, quantity_wh: 0, amount_fen: -repaid }])
        }
        Relief::FreeQuota => {
            let mut lines = Vec::new();
            for ((register, _), free) in usage.iter().zip(spread_quota(usage)) {
                if free == 0 {
                    continue;
                }
                let price = tariff.first_tier_price(register).ok_or("the tariff has no price for this register")?;
                lines.push(RefLine {
                    register: Some(register),
                    tier: None,
                    relief: true,
                    quantity_wh: -free,
                    amount_fen: price.times(-i128::from(free)).to_fen()?,
                });
            }
            Ok(lines)
        }
    }
}

/// The free Wh of each register, in the order of `usage`, in proportion to use.
fn spread_quota(usage: &[(&'static str, i64)]) -> Vec<i64> {
    let used: Vec<i128> = usage.iter().map(|(_, wh)| i128::from(*wh)).collect();
    let quota = i128::from(FREE_QUOTA_WH).min(used.iter().sum());
    // A share is at most the quota, far inside i64.
    spread(quota, &used).into_iter().map(|wh| wh as i64).collect()
}

/// `whole` in proportion to `weights`: what is left by rounding down goes one by one to the
/// largest remainder, the earlier on a tie. Nothing, where there is nothing to go by.
fn spread(whole: i128, weights: &[i128]) -> Vec<i128> {
    let all: i128 = weights.iter().sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let mut shares = Vec::new();
    let mut remainders = Vec::new();
    for weight in weights {
        let share = Ratio::new(whole * weight, all);
        let down = share.num / share.den;
        shares.push(down);
        remainders.push(Some(share.plus(Ratio::whole(-down))));
    }
    while shares.iter().sum::<i128>() < whole {
        let mut best: Option<usize> = None;
        for (index, remainder) in remainders.iter().enumerate() {
            let Some(remainder) = remainder else { continue };
            let better = match best.and_then(|at| remainders[at]) {
                Some(leader) => remainder.exceeds(leader),
                None => true,
            };
            if better {
                best = Some(index);
            }
        }
        // Fewer are left than there are shares, so one is always found.
        let Some(index) = best else { break };
        shares[index] += 1;
        remainders[index] = None;
    }
    shares
}

// ---- exact numbers -------------------------------------------------------------------------

/// An exact fraction with a positive denominator. It is not kept in lowest terms: all prices per
/// Wh have the same denominator, so that sums of them stay cheap.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    num: i128,
    den: i128,
}

/// A price in 0.0001 yuan per kWh as yuan per Wh.
fn per_wh(price: i64) -> Ratio {
    Ratio::new(i128::from(price), 10_000 * WH_PER_KWH)
}

impl Ratio {
    fn new(num: i128, den: i128) -> Self {
        assert!(den > 0, "denominator must be positive");
        Self { num, den }
    }

    fn whole(num: i128) -> Self {
        Self::new(num, 1)
    }

    fn plus(self, other: Self) -> Self {
        if self.den == other.den {
            return Self::new(self.num + other.num, self.den);
        }
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }

    fn times(self, factor: i128) -> Self {
        Self::new(self.num * factor, self.den)
    }

    fn exceeds(self, other: Self) -> bool {
        self.num * other.den > other.num * self.den
    }

    /// To a whole number, half away from zero.
    fn rounded(self) -> i128 {
        let down = self.num.abs() / self.den;
        let rest = self.num.abs() % self.den;
        let size = if rest * 2 >= self.den { down + 1 } else { down };
        size * self.num.signum()
    }

    /// Yuan to whole fen, half away from zero.
    fn to_fen(self) -> Result<i64, &'static str> {
        i64::try_from(self.times(100).rounded()).map_err(|_| "amount too large")
    }
}

// ---- the check of the reference itself -----------------------------------------------------

/// The examples of the domain rules, and the edges that are easiest to get wrong.
pub fn self_check() {
    let plain = |tariff, month, kwh: i64| RefCase {
        tariff,
        year: 2016,
        month,
        usage_wh: vec![("total", kwh * 1000)],
        year_to_date_wh: 0,
        opened: None,
        persons: None,
        concession: None,
        voltage: "0.22kV",
    };
    let tou = |year_to_date_kwh: i64, peak_wh, valley_wh| RefCase {
        usage_wh: vec![("peak", peak_wh), ("valley", valley_wh)],
        year_to_date_wh: year_to_date_kwh * 1000,
        ..plain("cn-zhejiang/resident-tou", 8, 0)
    };
    let total = |case: &RefCase| match price(case) {
        Ok((_, fen)) => fen,
        Err(reason) => panic!("{case:?} was refused: {reason}"),
    };
    let lines = |case: &RefCase| match price(case) {
        Ok((lines, _)) => lines,
        Err(reason) => panic!("{case:?} was refused: {reason}"),
    };

    assert_eq!(total(&plain("cn-zhejiang/resident", 12, 5200)), 301_960);
    assert_eq!(total(&tou(2700, 180_000, 120_000)), 14_880);
    assert_eq!(total(&tou(4700, 180_000, 120_000)), 20_180);
    assert_eq!(total(&plain("cn-guangzhou/resident", 7, 600)), 37_040);
    assert_eq!(total(&plain("cn-guangzhou/resident", 1, 600)), 42_340);
    let five_persons = RefCase { persons: Some(5), ..plain("cn-guangzhou/resident", 7, 600) };
    assert_eq!(total(&five_persons), 36_540);

    // Exactly 2 760 is all tier 1, the 2 761st kWh is tier 2.
    let at_limit = lines(&plain("cn-zhejiang/resident", 12, 2760));
    assert_eq!(at_limit.len(), 1);
    let above = lines(&plain("cn-zhejiang/resident", 12, 2761));
    assert_eq!((above[1].tier, above[1].quantity_wh), (Some(2), 1000));
    assert_eq!(above[1].amount_fen, 5);

    // Opened in October: three twelfths of 2 760.
    let opened = RefCase { opened: Some((2016, 10)), ..plain("cn-zhejiang/resident", 12, 691) };
    assert_eq!(lines(&opened)[1].quantity_wh, 1000);
    let opened_before = RefCase { opened: Some((2015, 10)), ..plain("cn-zhejiang/resident", 12, 691) };
    assert_eq!(lines(&opened_before).len(), 1);

    // The free 15 kWh follow the use; of two equal remainders the earlier register takes the Wh.
    let relieved = RefCase { concession: Some("low-income"), ..tou(0, 100_000, 100_000) };
    let relief: Vec<i64> = lines(&relieved).iter().filter(|line| line.relief).map(|line| line.quantity_wh).collect();
    assert_eq!(relief, [-7500, -7500]);
    assert_eq!(spread_quota(&[("peak", 15_001), ("valley", 15_001)]), [7500, 7500]);
    assert_eq!(spread_quota(&[("peak", 10_000), ("valley", 20_000)]), [5000, 10_000]);
    assert_eq!(spread_quota(&[("peak", 1), ("valley", 29_999)]), [1, 14_999]);
    assert_eq!(spread_quota(&[("peak", 4), ("valley", 5)]), [4, 5]);

    // A fixed relief never repays more than is due.
    let sichuan = RefCase { concession: Some("five-guarantee"), ..plain("cn-sichuan/resident", 3, 100) };
    assert_eq!(total(&sichuan), 5224 - 784);
    let small = RefCase { concession: Some("five-guarantee"), ..plain("cn-sichuan/resident", 3, 10) };
    assert_eq!(total(&small), 0);
    assert_eq!(total(&plain("cn-sichuan/resident", 3, 300)), 17_272);
    assert_eq!(total(&plain("cn-beijing/resident", 3, 500)), 28_215);

    // Half a fen rounds away from zero, for a charge and for a relief.
    assert_eq!(Ratio::new(5, 1000).to_fen(), Ok(1));
    assert_eq!(Ratio::new(-5, 1000).to_fen(), Ok(-1));
    assert_eq!(Ratio::new(4999, 1_000_000).to_fen(), Ok(0));

    let high_voltage = RefCase { voltage: "10kV", ..plain("cn-zhejiang/resident", 12, 1) };
    assert!(price(&high_voltage).is_err());
    let shared = RefCase { voltage: "10kV", ..plain("cn-zhejiang/resident-shared", 12, 1000) };
    assert_eq!(total(&shared), 53_800);
    assert_eq!(total(&plain("sample/general-single", 12, 3)), 240);
}
