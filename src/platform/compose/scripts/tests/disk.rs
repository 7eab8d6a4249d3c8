//! Locks on a host where nothing can be written: they use the reserve, or name the real reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::host::{ScriptHost, under_every_shell};
use crate::platform::kit::scripts::{LOCK, UNLOCK};

const OWNER: &str = "{\"run\":\"run-1\"}\n";

fn program(host: &ScriptHost, name: &str, text: &str) {
    let path = host.path("bin").join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_lock_without_room_uses_the_reserve() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        fs::write(host.path("srv/.flipside/reserve"), "x").unwrap();
        // No other name fits into the directory while the reserve exists.
        program(
            host,
            "ln",
            "[ ! -e \"$HOST_DIR/srv/.flipside/reserve\" ] || exit 1; PATH=/usr/bin:/bin; exec ln \"$@\"",
        );
        host.run(LOCK, &[&dir, "run-1"], OWNER).with(0).says("1\n");
        assert_eq!(host.read("srv/.flipside/lock"), OWNER);
        assert_eq!(host.path("srv/.flipside/reserve").metadata().unwrap().len(), 65536, "renewed");
        fs::remove_file(host.path("srv/.flipside/reserve")).unwrap();
        host.run(UNLOCK, &[&dir, "run-1"], "").with(0);
        assert!(host.has("srv/.flipside/reserve"), "created again");
    });
}

#[test]
fn a_lock_that_cannot_be_written_names_the_real_reason() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        program(host, "ln", "exit 1");
        for (why, free, message) in [
            ("Read-only file system", 9_000_000, "is on a read-only file system"),
            ("Permission denied", 9_000_000, "deploy may not write to"),
            ("No space left on device", 0, "is full"),
            ("No space left on device", 9_000_000, "has no free inodes"),
            ("Disk quota exceeded", 9_000_000, "the disk quota of deploy is exceeded in"),
            ("Input/output error", 9_000_000, "failed: Input/output error"),
        ] {
            program(host, "head", &format!("echo 'head: write error: {why}' >&2; exit 1"));
            program(host, "df", &format!("echo Filesystem; echo '/dev/x 9 9 {free} 1% /'"));
            host.run(LOCK, &[&dir, "run-1"], OWNER).with(73).says(message);
            assert!(!host.has("srv/.flipside/lock.run-1"));
            assert_eq!(host.leftovers(), [""; 0]);
        }
        host.run(LOCK, &[&host.at("gone"), "run-1"], OWNER).with(78).says("was never set up");
    });
}
