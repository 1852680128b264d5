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
