//! The program against a fleet of real hosts: the lab of `tests/lab`. `tests/run lab` starts the lab
//! and runs these; with no lab, they say that they were left out, and pass.
//!
//! Each test states on which hosts it works and gets them calm: users on blue v1, nothing prepared.
//! A test has a lab to itself: where several are up, so many work at once.

// A test tells what is wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// What is asked of the lab is asked through it: who holds a `Lab` has its turn.
#![allow(clippy::unused_self)]

mod adopt;
mod bad_releases;
mod by_keys;
mod caddy;
mod cut;
mod drift;
mod engine;
mod fault_matrix;
mod freeze;
mod gone;
mod keys;
mod kill_sweep;
mod killed;
#[path = "../testkit/left_out.rs"]
mod left_out;
mod load;
mod locks;
mod nginx;
mod reach;
mod recorded;
mod registry;
mod setup;
mod shell_plan;
mod stacks;
mod story;
mod support;
mod symlink;
mod symlink_faults;
mod symlink_killed;
mod symlink_sources;
mod tls;
/// The same terminal as that of the suites on the embedded fleet, which need more of it.
#[allow(dead_code)]
#[path = "../terminal/tmux.rs"]
mod tmux;
