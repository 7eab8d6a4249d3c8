//! The engine carries plans out, observes continuously, holds locks and writes the journal. Orders go in, events
//! come out; it does not know the screen. [`hub`] has the picture of its tasks and channels.
//!
//! ```text
//! orders -> hub -+-> run: locks -> observe -> plan -> round of stages -> observe -> plan … -> verdict
//!                +-> watch: observes every target of the focus at an interval
//!                        both -> bus -> journal (on disk before an effect starts) -> readers
//! ```

mod api_lock;
mod availability;
mod bus;
mod cap;
mod context;
mod control;
mod examine;
mod follow;
mod heading;
mod hooks;
mod hub;
pub mod journal;
pub mod journal_reader;
mod lease;
mod links;
mod lock_answer;
mod lock_command;
mod locks;
mod no_answer;
mod notify;
mod observe;
mod output;
mod race;
mod recovery;
mod releases;
mod round;
mod run;
mod services;
mod step;
mod stragglers;
mod users_moved;
mod verdict;
mod watch;

pub use bus::SkippedLines;
pub use context::{Attendance, Clock};
pub use hub::{Engine, EngineConfig, EngineHandle};
pub use run::lock;
