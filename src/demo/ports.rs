//! Ports for a fleet.
//!
//! They are picked below the range from which the system takes the ports of outgoing connections
//! (from 32768 on Linux, from 49152 on macOS). A color that does not run yet holds no port, and one
//! out of that range could be taken meanwhile by somebody's request, the demo's own included.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

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

    /// Users' way in.
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

    fn all(self) -> [SocketAddr; 5] {
        [self.ssh(), self.live(), self.passive(), self.blue(), self.green()]
    }

    fn are_free(self) -> bool {
        self.all().into_iter().all(|address| TcpListener::bind(address).is_ok())
    }
}

/// Ports for so many hosts, one block after the other.
pub fn pick(hosts: u16) -> io::Result<Vec<Ports>> {
    let span = BLOCK * hosts.max(1);
    let places = (LAST - FIRST) / span;
    // The hasher's keys are the standard library's own source of chance.
    let chance = RandomState::new().build_hasher().finish();
    let start = u16::try_from(chance % u64::from(places)).unwrap_or(0);
    (0..places)
        .map(|step| FIRST + (start + step) % places * span)
        .map(|base| (0..hosts).map(|host| Ports(base + host * BLOCK)).collect::<Vec<_>>())
        .find(|fleet| fleet.iter().all(|ports| ports.are_free()))
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::AddrInUse,
                format!("no {span} free ports in a row between {FIRST} and {LAST}"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fleets_do_not_share_a_port() {
        let first = pick(3).unwrap();
        let held: Vec<TcpListener> =
            first.iter().map(|ports| TcpListener::bind(ports.ssh()).unwrap()).collect();
        let second = pick(3).unwrap();
        assert!(second.iter().all(|ports| !first.contains(ports)));
        drop(held);
    }
}
