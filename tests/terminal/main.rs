//! The console in a real terminal (tmux's), on the embedded fleet, by its keys alone. However it is left, the
//! terminal must be as it was: see [`tmux::Sanity`].

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod elsewhere;
mod leaving;
#[path = "../testkit/left_out.rs"]
mod left_out;
mod panics;
mod refused;
mod release;
mod signals;
mod tmux;
mod window;
