//! Tests of all scripts that can run on this machine, under every shell that hosts have, and with busybox's tools.

mod disk;
mod doctor;
mod host;
mod others;
mod serve;
mod switch;
mod tls;

use super::*;

#[test]
fn scripts_name_their_arguments_as_documented() {
    crate::platform::kit::scripts::tests::assert_named_as_documented(&[
        OBSERVE, PULL, WRITE, MIGRATE, UNMIGRATE, START, REVIVE, JOBS, STOP, PRUNE, DOCTOR, FOLLOW,
    ]);
}
