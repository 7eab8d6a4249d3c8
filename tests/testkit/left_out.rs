//! What a suite leaves out where the machine has not what it needs. Taken in by its path: the SSH, terminal and lab
//! suites need nothing else of the testkit.

use std::io::Write as _;

/// Says what was not tried, past the test harness, which keeps the output of a passing test to itself. In CI, where
/// `CI=true`, it is a failure: `tests/run` installs what the suites need.
#[track_caller]
#[allow(clippy::explicit_write)] // `eprintln!` is what the harness keeps
pub fn left_out(what: &str) {
    let _ = writeln!(std::io::stderr(), "*** LEFT OUT: {what}");
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "nothing may be left out in CI: {what}");
}
