//! How often one address may try.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use kernel::refusal::RefusalKind;
use kernel::{Refusal, Timestamp};

use super::problem::Failure;

const WINDOW_SECONDS: i64 = 60;
const PER_WINDOW: u32 = 30;
/// Addresses remembered in a window; those beyond share one count, so that memory is bounded.
const REMEMBERED: usize = 10_000;

/// Attempts in the running minute, by address.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Mutex<Window>>);

#[derive(Debug, Default)]
struct Window {
    number: i64,
    counts: HashMap<IpAddr, u32>,
    others: u32,
}

impl Attempts {
    pub fn admit(&self, peer: IpAddr, now: Timestamp) -> Result<(), Failure> {
        let number = now.as_second().div_euclid(WINDOW_SECONDS);
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, ..Window::default() };
        }
        if *window.count(network(peer)) < PER_WINDOW {
            *window.count(network(peer)) += 1;
            return Ok(());
        }
        let refusal = Refusal::new(
            RefusalKind::TooMany,
            "sign-in.too-many",
            "登录过于频繁，请一分钟后再试",
            "too many attempts to sign in; try again in a minute",
        );
        let wait = WINDOW_SECONDS - now.as_second().rem_euclid(WINDOW_SECONDS);
        Err(Failure::from(refusal).retry_after(wait))
    }
}

impl Window {
    fn count(&mut self, peer: IpAddr) -> &mut u32 {
        if self.counts.len() >= REMEMBERED && !self.counts.contains_key(&peer) {
            &mut self.others
        } else {
            self.counts.entry(peer).or_default()
        }
    }
}

/// One subscriber has a whole /64 of IPv6 addresses.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

/// The address of the other end of the connection; unspecified where there is no connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Peer, Infallible> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Peer(connection.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(address)| address.ip())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    fn v4(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn an_address_has_thirty_attempts_in_a_minute_and_again_in_the_next() {
        let attempts = Attempts::default();
        for _ in 0..PER_WINDOW {
            assert!(attempts.admit(v4(1), at(0)).is_ok());
        }
        assert!(attempts.admit(v4(1), at(59)).is_err());
        assert!(attempts.admit(v4(2), at(59)).is_ok());
        assert!(attempts.admit(v4(1), at(60)).is_ok());
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let attempts = Attempts::default();
        let flood = u32::try_from(REMEMBERED).expect("a small number");
        for number in 0..flood {
            assert!(attempts.admit(v4(number), at(0)).is_ok());
        }
        let admitted = (flood..flood + 1000).filter(|n| attempts.admit(v4(*n), at(0)).is_ok());
        assert_eq!(admitted.count(), PER_WINDOW as usize);
        assert!(attempts.admit(v4(0), at(0)).is_ok());
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one() {
        let one: IpAddr = "2001:db8::1".parse().expect("an address");
        let two: IpAddr = "2001:db8::ffff:1".parse().expect("an address");
        let other: IpAddr = "2001:db8:0:1::1".parse().expect("an address");
        assert_eq!(network(one), network(two));
        assert_ne!(network(one), network(other));
    }
}
