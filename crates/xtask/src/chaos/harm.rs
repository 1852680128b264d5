//! What a kill can do to a bureau.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Lost,
    Doubled,
    Verify,
    Other,
}

#[derive(Debug)]
pub struct Harm {
    pub kind: Kind,
    pub message: String,
}

impl Harm {
    pub fn new(kind: Kind, message: String) -> Self {
        Self { kind, message }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.message)
    }
}

pub fn verdict(harms: &[Harm]) -> String {
    let count = |kind| harms.iter().filter(|harm| harm.kind == kind).count();
    let verify = match count(Kind::Verify) {
        0 => "verify ok".to_owned(),
        n => format!("verify failed {n} times"),
    };
    let (lost, doubled) = (count(Kind::Lost), count(Kind::Doubled));
    let mut line = format!("{lost} lost, {doubled} doubled, {verify}");
    if count(Kind::Other) > 0 {
        line.push_str(&format!(", {} otherwise wrong", count(Kind::Other)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_counts_each_kind() {
        assert_eq!(verdict(&[]), "0 lost, 0 doubled, verify ok");
        let harms = [Kind::Lost, Kind::Verify, Kind::Other].map(|kind| Harm::new(kind, String::new()));
        assert_eq!(verdict(&harms), "1 lost, 0 doubled, verify failed 1 times, 1 otherwise wrong");
    }
}
