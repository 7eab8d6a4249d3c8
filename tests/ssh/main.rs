//! The SSH transport against real SSH servers on loopback: one inside this process, which can
//! misbehave on demand, and the OpenSSH server where it is installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // These are tests throughout.

mod accounts;
mod client;
mod config;
mod connections;
mod cuts;
mod doors;
mod endings;
mod greeting;
mod known_hosts;
#[path = "../testkit/left_out.rs"]
mod left_out;
mod login;
mod openssh;
mod server;
mod trust;
mod typed;
mod uploads;
