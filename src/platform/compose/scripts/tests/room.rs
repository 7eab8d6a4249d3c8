//! A lock where nothing can be written: the room that was kept for it, and the true reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::bench::{Bench, under_every_shell};
use crate::platform::compose::scripts::{LOCK, UNLOCK};

const OWNER: &str = "{\"run\":\"run-1\"}\n";

fn program(bench: &Bench, name: &str, text: &str) {
    let path = bench.path("bin").join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_lock_that_found_no_room_is_taken_with_the_room_that_was_kept() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        fs::write(bench.path("srv/.flipside/reserve"), "x").unwrap();
        // No name more fits into the directory while the reserve is there.
        program(
            bench,
            "ln",
            "[ ! -e \"$HOST_DIR/srv/.flipside/reserve\" ] || exit 1; PATH=/usr/bin:/bin; exec ln \"$@\"",
        );
        bench.run(LOCK, &[&dir, "run-1"], OWNER).with(0).says("1\n");
        assert_eq!(bench.read("srv/.flipside/lock"), OWNER);
        assert_eq!(bench.path("srv/.flipside/reserve").metadata().unwrap().len(), 65536, "renewed");
        fs::remove_file(bench.path("srv/.flipside/reserve")).unwrap();
        bench.run(UNLOCK, &[&dir, "run-1"], "").with(0);
        assert!(bench.has("srv/.flipside/reserve"), "and again at the next chance");
    });
}

#[test]
fn a_lock_that_cannot_be_written_says_the_true_reason() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        program(bench, "ln", "exit 1");
        for (why, free, said) in [
            ("Read-only file system", 9_000_000, "is on a file system that is read-only"),
            ("Permission denied", 9_000_000, "deploy may not write into"),
            ("No space left on device", 0, "is full"),
            ("No space left on device", 9_000_000, "has no inode left"),
            ("Disk quota exceeded", 9_000_000, "the quota of deploy on the disk of"),
            ("Input/output error", 9_000_000, "failed: Input/output error"),
        ] {
            program(bench, "head", &format!("echo 'head: write error: {why}' >&2; exit 1"));
            program(bench, "df", &format!("echo Filesystem; echo '/dev/x 9 9 {free} 1% /'"));
            bench.run(LOCK, &[&dir, "run-1"], OWNER).with(73).says(said);
            assert!(!bench.has("srv/.flipside/lock.run-1"));
            assert_eq!(bench.leftovers(), [""; 0]);
        }
        bench.run(LOCK, &[&bench.at("gone"), "run-1"], OWNER).with(78).says("was never set up");
    });
}
