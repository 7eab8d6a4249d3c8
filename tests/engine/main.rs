//! The real planner and the real engine against a simulated fleet: time is the test's own, faults come
//! from a seed, and the laws of `docs/architecture.md` are what must hold whatever happens.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod agent;
mod api;
mod api_commands;
mod api_server;
mod choices;
mod cold;
mod disk;
mod endings;
mod freeze;
mod hooks;
mod hostile;
mod journal_reader;
mod laws;
mod links;
mod locks;
mod origin;
mod race;
mod releases;
mod secrets;
mod walk;

#[path = "../testkit/mod.rs"]
mod testkit;

use testkit::{fleet, host, run};
