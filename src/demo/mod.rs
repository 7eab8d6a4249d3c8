//! The embedded fleet: hosts to release to, for a person who has none.
//!
//! Each host is a real SSH server on a loopback port of its own with a directory of its own. The
//! platform's scripts run on it, unchanged, under the real `/bin/sh`; a real proxy with a live and a
//! passive port stands before the real HTTP servers of two colors; real requests run the whole time.
//!
//! Behind an API there is no host: then the APIs are in this process ([`http`]).
//!
//! Programs that are not available everywhere have stand-ins: Docker Engine with `docker compose` and a registry
//! ([`compose::docker`]), nginx ([`nginx`]), what starts services ([`symlink::services`]), and `sudo` ([`standin`]). They print the originals' messages, errors included,
//! and refuse with an error what they do not support. They prove nothing about Docker or nginx.
//!
//! Each platform has a folder of its own ([`platform`]): what it furnishes to the hosts, its inventory, its story and the
//! hints of its tour. The rest is the same for all of them.
//!
//! It needs `/bin/sh` with the usual tools, `curl`, and neither root nor network; behind an API not even these tools.

pub mod acts;
pub mod app;
pub mod compose;
pub mod drive;
mod fleet;
pub mod host;
pub mod http;
pub mod link;
pub mod load;
pub mod nginx;
pub mod pace;
pub mod platform;
pub mod ports;
pub mod release;
pub mod site;
pub mod ssh;
pub mod standin;
pub mod story;
pub mod symlink;
pub mod tasks;
pub mod tour;

pub use fleet::{Fleet, FleetError, Setup};
pub use host::Host;
pub use platform::DemoPlatform;
