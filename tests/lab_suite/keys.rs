//! A server that shows another host key than the one that is known.

use std::fs;

use super::support::{Console, Lab};

#[test]
fn a_changed_host_key_is_refused_and_both_fingerprints_are_told() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let book = &lab.vars["LAB_KNOWN_HOSTS"];
    let console = Console::of(&lab, &["web1", "web3"]);
    let old = console.home.path().join("known_hosts");
    fs::copy(book, &old).unwrap();
    let fingerprint = || {
        let told = lab.on("web3", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
        told.split(' ').nth(1).unwrap().to_owned()
    };
    let known = fingerprint();
    lab.lab(&["rebuild", "--bare", "web3"]);
    let shown = fingerprint();
    assert_ne!(known, shown, "the host was made anew");

    let console = console.with(book, &old.display().to_string());
    console.says("status").with(3).tells("web3   ? unknown").tells(&known).tells(&shown);
    console
        .says("prepare --release v2")
        .with(5)
        .tells("web3 could not be locked")
        .tells(&known)
        .tells(&shown);
    lab.nobody_holds(&["web1"]);
    // The others can still be worked on.
    console.does("prepare --release v2 --only web1");
    console.does("abandon --only web1");
}
