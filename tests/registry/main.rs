//! The registry client against a stand-in that speaks as the OCI distribution specification says, errors and logins
//! included; and the other sources of releases against a small web server.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod facts;
mod files;
mod logins;
mod sources;
mod standin;
mod tags;
mod troubles;
