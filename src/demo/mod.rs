//! The embedded fleet: hosts to release to, for whoever has none at hand.
//!
//! Each host is a real SSH server on a loopback port of its own with a directory of its own. The
//! platform's scripts run on it, unchanged, under the real `/bin/sh`; a real proxy with a live and a
//! passive port stands before the real HTTP servers of two colors; real requests run the whole time.
//!
//! What is stood in for, because it cannot be had everywhere: Docker Engine with `docker compose`
//! and a registry ([`docker`]), nginx ([`nginx`]), and `sudo` ([`standin`]). The stand-ins speak the
//! words of what they stand for, errors included, and refuse aloud what they do not know. They prove
//! nothing about Docker or nginx.
//!
//! It needs `/bin/sh` with the usual tools, `curl`, and neither root nor network.

mod build;
pub mod catalog;
pub mod docker;
pub mod drive;
mod fleet;
pub mod furnish;
pub mod host;
mod inventory;
pub mod load;
pub mod nginx;
pub mod pace;
pub mod ports;
pub mod ssh;
pub mod standin;
pub mod story;
pub mod tasks;
pub mod tour;

pub use fleet::{Fleet, FleetError, Setup};
pub use host::Host;
