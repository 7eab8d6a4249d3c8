//! The registry client against a stand-in that speaks as the OCI distribution specification says, errors
//! and logins included.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod facts;
mod logins;
mod standin;
mod tags;
mod troubles;
