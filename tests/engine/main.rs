//! The real planner and the real engine against a simulated fleet: time is the test's own, faults come
//! from a seed, and the laws of `docs/architecture.md` are what must hold whatever happens.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod choices;
mod cold;
mod disk;
mod endings;
mod fleet;
mod freeze;
mod host;
mod hostile;
mod journal_reader;
mod laws;
mod links;
mod locks;
mod origin;
mod race;
mod releases;
mod run;
mod secrets;
mod walk;
