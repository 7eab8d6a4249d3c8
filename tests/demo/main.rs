//! The embedded fleet, and on it the platform's scripts: the real planner's steps, carried out by a
//! plain SSH client on hosts that run them under the real `/bin/sh`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test tells what is wrong by panicking

mod client;
mod faults;
mod freeze;
mod locks;
mod operator;
mod plan;
mod platforms;
mod release;
mod script;
mod ssh;
mod standins;
mod story;
mod world;
