//! The parts of what a script prints that observes a host. Each begins with a line of ASCII 30 (record separator) and its name.

use std::collections::BTreeMap;

use crate::platform::contract::{ProbeReply, ReadError};

/// The parts of a reply, by name.
pub type Parts<'r> = BTreeMap<&'r str, &'r str>;

/// Splits the reply of a script that observes a host. `Err`: it did not come to its end.
pub fn of(reply: &ProbeReply) -> Result<Parts<'_>, ReadError> {
    let parts = split(&reply.stdout);
    if parts.contains_key("end") || parts.contains_key("missing") {
        return Ok(parts);
    }
    Err(ReadError::EndedEarly { code: reply.code, output: reply.last_output() })
}

fn split(stdout: &str) -> Parts<'_> {
    stdout.split('\u{1e}').skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}
