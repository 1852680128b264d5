use kernel::id::Uuid;
use kernel::{Text, Timestamp, words};
use serde::{Deserialize, Serialize};

words! {
    /// Where a piece of work stands.
    pub enum State {
        Queued = "queued" ("排队中", "queued"),
        Running = "running" ("进行中", "running"),
        Stopping = "stopping" ("正在停止", "stopping"),
        Stopped = "stopped" ("已停止", "stopped"),
        Done = "done" ("已完成", "done"),
        Failed = "failed" ("未完成", "failed"),
    }
}

words! {
    /// What a person may do with a piece of work.
    pub enum Act {
        Stop = "stop" ("停止", "stop"),
        Resume = "resume" ("继续", "resume"),
    }
}

words! {
    /// What the progress of a kind of work counts.
    pub enum Counted {
        Rows = "rows" ("行", "rows"),
        Accounts = "accounts" ("户", "accounts"),
        Bills = "bills" ("张账单", "bills"),
        Pages = "pages" ("页", "pages"),
        Items = "items" ("项", "items"),
    }
}

/// Which act fits which state, and what state follows. Whatever is not here is refused.
pub const ALLOWED: &[(State, Act, State)] = &[
    (State::Queued, Act::Stop, State::Stopped),
    (State::Running, Act::Stop, State::Stopping),
    (State::Stopped, Act::Resume, State::Queued),
    (State::Failed, Act::Resume, State::Queued),
];

impl State {
    /// The state after `act`, or why it does not fit.
    pub fn after(self, act: Act) -> Result<State, Text> {
        let found = ALLOWED.iter().find(|(from, fits, _)| (*from, *fits) == (self, act));
        found.map(|(.., to)| *to).ok_or_else(|| self.why_not(act))
    }

    fn why_not(self, act: Act) -> Text {
        match (self, act) {
            (State::Stopping, Act::Stop) => Text::new("正在停止，请稍候", "it is stopping already; wait a moment"),
            (State::Stopped, Act::Stop) => Text::new("任务已停止", "it has stopped already"),
            (State::Queued | State::Running, Act::Resume) => {
                Text::new("任务没有停止，不必继续", "it has not stopped and needs no resuming")
            }
            (State::Stopping, Act::Resume) => {
                Text::new("请等任务停止后再继续", "wait until it has stopped, then resume it")
            }
            _ => Text::new("任务已结束", "it has ended"),
        }
    }

    /// Whether nothing happens to it any more unless a person acts.
    pub fn is_at_rest(self) -> bool {
        matches!(self, State::Stopped | State::Done | State::Failed)
    }
}

/// A kind of long work.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// `bill.trial`
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub counted: Counted,
}

impl Kind {
    pub fn label(&self) -> Text {
        Text::new(self.zh, self.en)
    }
}

/// What shall be done.
#[derive(Debug, Clone)]
pub struct Ask {
    pub kind: &'static str,
    /// What it is about, for people: `2016-08 ST01`, the name of a file.
    pub subject: String,
    /// The station to which it belongs; none: the bureau.
    pub station: Option<String>,
    /// What the handler needs to know, as JSON.
    pub params: serde_json::Value,
}

/// A piece of long work on record.
#[derive(Debug, Clone)]
pub struct Work {
    pub id: Uuid,
    pub kind: String,
    pub subject: String,
    pub station: Option<String>,
    pub params: String,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub state: State,
    pub done: u64,
    pub of: Option<u64>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// How often it was taken over from a process that had died.
    pub takeovers: i64,
    /// What it came to, as JSON; None until it is done.
    pub outcome: Option<String>,
    pub failure: Option<Failure>,
    /// The server that carries it out, while one does; see [`Carrier`].
    pub carrier: Option<String>,
    /// Until when it is that server's, unless it says so again.
    pub lease_until: Option<Timestamp>,
}

impl Work {
    /// How long it has been under way, in milliseconds; None unless it is.
    pub fn millis(&self, now: Timestamp) -> Option<i64> {
        let is_under_way = matches!(self.state, State::Running | State::Stopping);
        let started = self.started_at.filter(|_| is_under_way)?;
        i64::try_from(now.duration_since(started).as_millis()).ok().filter(|millis| *millis > 0)
    }
}

/// A process that carries work out: on which machine, and which of its processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    pub machine: String,
    pub process: u32,
}

impl Carrier {
    pub fn this() -> Carrier {
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let machine = machine.trim().replace(' ', "-");
        let machine = if machine.is_empty() { "server".to_owned() } else { machine };
        Carrier { machine, process: std::process::id() }
    }

    /// As it signs a lease: `id` keeps two of the same process apart.
    pub fn signed(&self, id: Uuid) -> String {
        format!("{} {} {id}", self.machine, self.process)
    }

    pub fn of(signature: &str) -> Option<Carrier> {
        let mut words = signature.split(' ');
        let (machine, process) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        Some(Carrier { machine, process })
    }
}

/// How fast work goes and how long it will take, from how far it came in `millis`: so many in a minute, and the
/// seconds left where it is known of how many.
pub fn pace(done: u64, of: Option<u64>, millis: i64) -> Option<(u64, Option<u64>)> {
    let millis = u64::try_from(millis).ok().filter(|millis| *millis >= 1000 && done > 0)?;
    let per_minute = u64::try_from(u128::from(done) * 60_000 / u128::from(millis)).ok()?;
    let left = of.map(|of| u128::from(of.saturating_sub(done)) * u128::from(millis) / u128::from(done) / 1000);
    Some((per_minute, left.and_then(|left| u64::try_from(left).ok())))
}

/// Why a piece of work was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A refusal's code, or `fault`.
    pub code: String,
    pub text: Text,
}

/// A line of the log of a piece of work.
#[derive(Debug, Clone)]
pub struct LogLine {
    pub id: Uuid,
    pub at: Timestamp,
    pub text: Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_tells_how_many_in_a_minute_and_how_long_it_will_take() {
        let table = [
            (100, Some(400), 10_000, Some((600, Some(30)))),
            (1, Some(3), 120_000, Some((0, Some(240)))),
            (5_000_000_000, Some(5_000_000_000), 1_000, Some((300_000_000_000, Some(0)))),
            (7, None, 2_000, Some((210, None))),
            (9, Some(3), 1_000, Some((540, Some(0)))),
            (0, Some(3), 5_000, None),
            (3, Some(9), 999, None),
            (3, Some(9), -5_000, None),
        ];
        for (done, of, millis, expected) in table {
            assert_eq!(pace(done, of, millis), expected, "{done} of {of:?} in {millis} ms");
        }
    }

    #[test]
    fn a_carrier_is_read_from_what_it_signed() {
        let carrier = Carrier { machine: "hall-2".into(), process: 417 };
        assert_eq!(Carrier::of(&carrier.signed(Uuid::nil())), Some(carrier));
        assert_eq!(Carrier::of("019385c2-7a00-7000-8000-000000000000"), None);
        assert!(Carrier::of(&Carrier::this().signed(Uuid::nil())).is_some());
    }

    #[test]
    fn every_state_answers_every_act_by_the_table_or_says_why_not() {
        let table = [
            (State::Queued, Act::Stop, Some(State::Stopped)),
            (State::Queued, Act::Resume, None),
            (State::Running, Act::Stop, Some(State::Stopping)),
            (State::Running, Act::Resume, None),
            (State::Stopping, Act::Stop, None),
            (State::Stopping, Act::Resume, None),
            (State::Stopped, Act::Stop, None),
            (State::Stopped, Act::Resume, Some(State::Queued)),
            (State::Done, Act::Stop, None),
            (State::Done, Act::Resume, None),
            (State::Failed, Act::Stop, None),
            (State::Failed, Act::Resume, Some(State::Queued)),
        ];
        assert_eq!(table.len(), State::ALL.len() * Act::ALL.len());
        for (state, act, expected) in table {
            match (state.after(act), expected) {
                (Ok(to), Some(expected)) => assert_eq!(to, expected, "{state} {act}"),
                (Err(why), None) => assert!(!why.zh.is_empty() && !why.en.is_empty()),
                (found, _) => panic!("{state} {act}: {found:?}"),
            }
        }
    }
}
