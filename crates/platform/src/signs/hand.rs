//! Whether somebody set the clock.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::Timestamp;

/// What counts as set; less is what keeping time with others does.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// After so long without another jump, what the clock shows is taken for right.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Time since the machine was started, its sleep included. On a machine that does not tell, it stands still, and
/// no jump is seen.
pub fn since_boot() -> Duration {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    parsed(&text).unwrap_or_default()
}

/// `14638.21 28110.07`: seconds with hundredths, and then what the processors were idle.
fn parsed(text: &str) -> Option<Duration> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let millis = hundredths.parse::<u64>().ok().filter(|hundredths| *hundredths < 100)? * 10;
    Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_millis(millis))
}

/// The clock beside the time since the machine was started, which nobody can set.
#[derive(Debug)]
pub(super) struct Hand {
    wall: Timestamp,
    since_boot: Duration,
    off: SignedDuration,
    jumped_at: Duration,
}

impl Hand {
    pub(super) fn new(wall: Timestamp, since_boot: Duration) -> Hand {
        Hand { wall, since_boot, off: SignedDuration::ZERO, jumped_at: since_boot }
    }

    /// By how much the clock was set since a process began, if it was: forward or, negative, back.
    pub(super) fn look(&mut self, wall: Timestamp, since_boot: Duration) -> Option<SignedDuration> {
        let passed = since_boot.saturating_sub(self.since_boot);
        let passed = SignedDuration::try_from(passed).unwrap_or_default();
        let step = wall.duration_since(self.wall).saturating_sub(passed);
        (self.wall, self.since_boot) = (wall, since_boot);
        if step.abs() >= JUMP {
            (self.off, self.jumped_at) = (self.off.saturating_add(step), since_boot);
        } else if since_boot.saturating_sub(self.jumped_at) > REMEMBERED {
            self.off = SignedDuration::ZERO;
        }
        (self.off.abs() >= JUMP).then_some(self.off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_the_start_is_read_as_the_system_writes_it() {
        assert_eq!(parsed("14638.21 28110.07\n"), Some(Duration::from_millis(14_638_210)));
        assert_eq!(parsed("0.05 0.00"), Some(Duration::from_millis(50)));
        for wrong in ["", "x", "12", "1.234 5"] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_clock_that_is_set_is_told_until_it_is_set_back_or_has_been_right_for_an_hour() {
        let at = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).expect("an instant");
        let since = |seconds: u64| Duration::from_secs(500 + seconds);
        let seconds = SignedDuration::from_secs;
        let mut hand = Hand::new(at(0), since(0));
        let table = [
            // The clock, the time that really passed, and what is told.
            (10, 10, None),
            (22, 20, None),
            (3_632, 30, Some(seconds(3_600))),
            (3_642, 40, Some(seconds(3_600))),
            (42, 50, None),
            (-7_148, 60, Some(seconds(-7_210))),
            (-7_138, 70, Some(seconds(-7_210))),
            (-3_528, 3_680, None),
        ];
        for (wall, passed, told) in table {
            assert_eq!(hand.look(at(wall), since(passed)), told, "{wall} {passed}");
        }
    }
}
