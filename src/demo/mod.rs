//! The embedded fleet: hosts to release to, for a person who has none.
//!
//! Each host is a real SSH server on a loopback port of its own with a directory of its own. The
//! platform's scripts run on it, unchanged, under the real `/bin/sh`; a real proxy with a live and a
//! passive port stands before the real HTTP servers of two colors; real requests run the whole time.
//!
//! Programs that are not available everywhere have stand-ins: Docker Engine with `docker compose` and a registry
//! ([`docker`]), nginx ([`nginx`]), and `sudo` ([`standin`]). They print the originals' messages, errors included, and
//! refuse with an error what they do not support. They prove nothing about Docker or nginx.
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
