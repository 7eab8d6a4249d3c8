//! Ports for a fleet.
//!
//! They are picked below the range from which the system takes the ports of outgoing connections
//! (from 32768 on Linux, from 49152 on macOS). A color that does not run yet holds no port, and one
//! out of that range could be taken meanwhile by somebody's request, the demo's own included.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Each host has a block of its own, so that a port tells a person whose it is.
const BLOCK: u16 = 10;
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// The ports of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports(u16);

impl Ports {
    pub fn ssh(self) -> SocketAddr {
        self.nth(0)
    }

    /// The port of an API, which has no SSH.
    pub fn api(self) -> SocketAddr {
        self.nth(0)
    }

    /// The live entry point.
    pub fn live(self) -> SocketAddr {
        self.nth(1)
    }

    pub fn passive(self) -> SocketAddr {
        self.nth(2)
    }

    pub fn blue(self) -> SocketAddr {
        self.nth(3)
    }

    pub fn green(self) -> SocketAddr {
        self.nth(4)
    }

    fn nth(self, nth: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.0 + nth))
    }

    /// Bound for as long as the fleet exists, and not used: it reserves the whole block.
    fn guard(self) -> SocketAddr {
        self.nth(BLOCK - 1)
    }

    fn are_free(self) -> bool {
        let all = [self.ssh(), self.live(), self.passive(), self.blue(), self.green()];
        all.into_iter().all(|address| TcpListener::bind(address).is_ok())
    }
}

/// Ports of a fleet, its own until this is dropped, also those on which nothing listens yet.
#[derive(Debug)]
pub struct Claim {
    pub ports: Vec<Ports>,
    _guards: Vec<TcpListener>,
}

/// Ports for so many hosts, one block after the other.
pub fn claim(hosts: u16) -> io::Result<Claim> {
    let span = BLOCK * hosts.max(1);
    let places = (LAST - FIRST) / span;
    // The hasher's keys are the standard library's only source of randomness.
    let chance = RandomState::new().build_hasher().finish();
    let start = u16::try_from(chance % u64::from(places)).unwrap_or(0);
    (0..places)
        .map(|step| FIRST + (start + step) % places * span)
        .find_map(|base| claimed((0..hosts).map(|host| Ports(base + host * BLOCK)).collect()))
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::AddrInUse,
                format!("no {span} free ports in a row between {FIRST} and {LAST}"),
            )
        })
}

/// Listens at an address, also where another listener of this process was closed a moment ago: between its fork and its
/// exec a child holds a copy of every socket, and under load that takes a while.
///
/// # Errors
///
/// The address is still taken after 2 s, or there is another reason.
pub async fn listen(address: SocketAddr) -> io::Result<tokio::net::TcpListener> {
    let until = Instant::now() + Duration::from_secs(2);
    loop {
        match tokio::net::TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < until => {
                sleep(Duration::from_millis(20)).await;
            }
            bound => return bound,
        }
    }
}

/// Binds the guards first: checking whether ports are free binds them for a moment, and another fleet may need them
/// just then.
fn claimed(ports: Vec<Ports>) -> Option<Claim> {
    let guards = ports.iter().map(|ports| TcpListener::bind(ports.guard()).ok());
    let guards = guards.collect::<Option<Vec<_>>>()?;
    ports.iter().all(|ports| ports.are_free()).then_some(Claim { ports, _guards: guards })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fleets_do_not_share_a_port_though_nothing_listens_there_yet() {
        let claims: Vec<Claim> = (0..60).map(|fleet| claim(fleet % 4 + 1).unwrap()).collect();
        let mut all: Vec<u16> =
            claims.iter().flat_map(|claim| claim.ports.iter().map(|ports| ports.0)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[tokio::test]
    async fn address_that_is_given_up_a_moment_later_is_listened_at() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = held.local_addr().unwrap();
        // The first attempt is made before the other side of the join is run.
        let (listened, ()) = tokio::join!(listen(address), async { drop(held) });
        assert_eq!(listened.unwrap().local_addr().unwrap(), address);
    }
}
