//! Who acts, when, and with what right: the second argument of every use-case.

use std::sync::{Arc, Mutex, PoisonError};

use kernel::id::Uuid;
use kernel::refusal::RefusalKind;
use kernel::{Actor, Date, Refusal, Timestamp};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::Result;

/// The name of a right, `bill.issue`. Features declare theirs; roles that hold them are data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(pub &'static str);

/// Over what part of the bureau a right reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Bureau,
    /// Codes of supply stations.
    Stations(Vec<String>),
}

impl Scope {
    pub fn covers(&self, station: &str) -> bool {
        match self {
            Scope::Bureau => true,
            Scope::Stations(stations) => stations.iter().any(|known| known == station),
        }
    }

    /// Refuses a station that it does not cover.
    pub fn admit(&self, station: &str) -> Result<(), Refusal> {
        if self.covers(station) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::Forbidden,
            "access.other-station",
            format!("您的权限不含供电所 {station}"),
            format!("your right does not reach the station {station}"),
        ))
    }

    /// The stations to which it is limited, if it is.
    pub fn stations(self) -> Option<Vec<String>> {
        match self {
            Scope::Bureau => None,
            Scope::Stations(stations) => Some(stations),
        }
    }

    /// The stations that a list is limited to: the one wished, which it must cover, or all of its own;
    /// None where it is the whole bureau.
    pub fn narrowed(self, station: Option<String>) -> Result<Option<Vec<String>>, Refusal> {
        match station.filter(|station| !station.is_empty()) {
            Some(station) => self.admit(&station).map(|()| Some(vec![station])),
            None => Ok(self.stations()),
        }
    }

    fn join(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::Stations(mut mine), Scope::Stations(theirs)) => {
                mine.extend(theirs);
                mine.sort();
                mine.dedup();
                Scope::Stations(mine)
            }
            _ => Scope::Bureau,
        }
    }
}

/// What an actor may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Everything: the operator, whose right is his access to the data, and the house itself.
    All,
    /// The rights of posts, each over the unit of its post.
    Granted(Vec<(String, Scope)>),
}

/// The context of one act.
#[derive(Debug, Clone)]
pub struct Ctx {
    pub now: Timestamp,
    /// The civil day of `now` in the bureau's zone.
    pub today: Date,
    pub actor: Actor,
    rights: Rights,
    ids: IdSource,
}

impl Ctx {
    pub fn new(now: Timestamp, today: Date, actor: Actor, rights: Rights, ids: IdSource) -> Ctx {
        Ctx { now, today, actor, rights, ids }
    }

    /// The first line of a use-case: refuses an actor without the right, and tells over what part
    /// of the bureau he has it.
    pub fn require(&self, permission: Permission) -> Result<Scope> {
        if self.actor.kind == kernel::actor::ActorKind::Nobody {
            return Err(
                Refusal::new(RefusalKind::Unauthenticated, "access.signed-out", "请先登录", "please sign in").into()
            );
        }
        let granted = match &self.rights {
            Rights::All => Some(Scope::Bureau),
            Rights::Granted(grants) => {
                let mine = grants.iter().filter(|(name, _)| name == permission.0).map(|(_, scope)| scope.clone());
                mine.reduce(Scope::join)
            }
        };
        granted.ok_or_else(|| {
            Refusal::new(
                RefusalKind::Forbidden,
                "access.forbidden",
                format!("您的岗位没有“{}”权限，请联系管理员", permission.0),
                format!("your posts do not hold the right {}; ask your administrator", permission.0),
            )
            .into()
        })
    }

    /// Like [`Ctx::require`], for something that belongs to one station.
    pub fn require_at(&self, permission: Permission, station: &str) -> Result<()> {
        Ok(self.require(permission)?.admit(station)?)
    }

    /// Like [`Ctx::require`], for something that belongs to the bureau as a whole.
    pub fn require_everywhere(&self, permission: Permission) -> Result<()> {
        match self.require(permission)? {
            Scope::Bureau => Ok(()),
            Scope::Stations(stations) => Err(Refusal::new(
                RefusalKind::Forbidden,
                "access.other-station",
                format!("您的权限只含供电所 {}，不含全局", stations.join("、")),
                format!("your right reaches only the stations {}, not the whole bureau", stations.join(", ")),
            )
            .into()),
        }
    }

    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The same instant and rights under another name: who has just proved to be somebody.
    pub fn acting_as(&self, actor: Actor) -> Ctx {
        Ctx { actor, ..self.clone() }
    }

    /// A new id: UUIDv7 of this act's instant, in the order of making.
    pub fn new_id(&self) -> Uuid {
        self.ids.make(self.now)
    }
}

/// Makes ids from a seed; clones share it.
#[derive(Debug, Clone)]
pub struct IdSource(Arc<Mutex<IdState>>);

#[derive(Debug)]
struct IdState {
    random: StdRng,
    millis: u64,
    counter: u16,
}

impl IdSource {
    pub fn seeded(seed: [u8; 32]) -> IdSource {
        IdSource(Arc::new(Mutex::new(IdState { random: StdRng::from_seed(seed), millis: 0, counter: 0 })))
    }

    /// Twelve bits count within a millisecond, so that ids of one process rise in the order of
    /// making; when they run out, the next millisecond is borrowed.
    fn make(&self, now: Timestamp) -> Uuid {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        if millis > state.millis {
            (state.millis, state.counter) = (millis, 0);
        } else if state.counter == 0x0fff {
            (state.millis, state.counter) = (state.millis + 1, 0);
        } else {
            state.counter += 1;
        }
        let mut bytes = [0_u8; 10];
        state.random.fill_bytes(&mut bytes);
        bytes[..2].copy_from_slice(&state.counter.to_be_bytes());
        kernel::id::v7(state.millis, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_source_rise_and_never_repeat() {
        let source = IdSource::seeded([7; 32]);
        let now = Timestamp::from_millisecond(1_700_000_000_000).expect("an instant");
        let ids: Vec<Uuid> = (0..10_000).map(|_| source.make(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_same_right_from_two_posts_reaches_both_stations() {
        let both = Scope::Stations(vec!["b".into()]).join(Scope::Stations(vec!["a".into(), "b".into()]));
        assert_eq!(both, Scope::Stations(vec!["a".into(), "b".into()]));
        assert_eq!(both.join(Scope::Bureau), Scope::Bureau);
    }
}
