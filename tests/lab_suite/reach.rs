//! Hosts whose sshd hangs, or is another one than it was.

use super::support::{Console, Lab, Watched, until};

const WEB: [&str; 3] = ["web1", "web2", "web3"];
const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn a_host_whose_sshd_hangs_holds_nobody_up() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let console = Console::of(&lab, &WEB).impatient();
    console.does("prepare --release v2");
    console.does("go-live");
    let users = Watched::by(&lab, &WEB, 20);
    // It takes connections, and never says a word.
    let hung = lab.fault("hang-sshd", "web3");
    let looked = console.says("status").with(3).tells("web3  ? unknown").tells("no answer");
    assert!(looked.took.as_secs() < 20, "it took {:?}", looked.took);
    let back = console.starts("rollback");
    until("the others are back", 10, || TWO.iter().all(|host| lab.users(host).color == "blue"));
    back.ends().with(6).tells("done on web1, web2").tells("UNKNOWN on web3");
    lab.nobody_holds(&TWO);
    console
        .says("prepare --release v3")
        .with(5)
        .tells("Refused, nothing was changed: web3 could not be locked");
    lab.nobody_holds(&TWO);
    hung.heal();
    lab.users_get(&["web3"], "green", "v2");
    console.does("rollback");
    lab.users_get(&WEB, "blue", "v1");
    lab.nobody_holds(&WEB);
    users.nobody_noticed();
}

/// Another key from one moment to the next, as a host has that was replaced under its address.
const REPLACED: &str = "cd /etc/ssh && cp ssh_host_ed25519_key /root/key && cp ssh_host_ed25519_key.pub /root/key.pub &&
    rm ssh_host_ed25519_key ssh_host_ed25519_key.pub && ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key &&
    /usr/local/lab/services stop sshd && /usr/local/lab/services start sshd";
const AS_IT_WAS: &str = "cd /etc/ssh && mv /root/key ssh_host_ed25519_key && mv /root/key.pub ssh_host_ed25519_key.pub &&
    /usr/local/lab/services stop sshd && /usr/local/lab/services start sshd";

#[test]
fn a_host_that_shows_another_key_in_the_middle_of_a_run_is_not_touched_any_more() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO).impatient().migrating_for(6000);
    let fingerprint = || {
        let told = lab.on("web2", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
        told.split(' ').nth(1).unwrap().to_owned()
    };
    let known = fingerprint();
    let mut working = console.starts("prepare --release v2");
    working.until_it_tells("applying");
    let replaced = lab.changed("web2", REPLACED, AS_IT_WAS);
    let shown = fingerprint();
    assert_ne!(known, shown);
    // web1 migrates on; when web2's turn comes, it is not the host that was locked and looked at.
    working.until_it_tells(&shown);
    working.until_it_tells(&known);
    working.until_it_tells("web1        ✔ point the passive entry point at green v2");
    // Nothing more can come of it: a key does not become right by waiting.
    let ended = working.ends().tells("web2        ✖ start green v2").tells("it was not started");
    assert_ne!(ended.code, Some(0));
    assert!(!lab.containers("web2").iter().any(|line| line.starts_with("shop_green")));
    lab.users_get(&TWO, "blue", "v1");
    lab.nobody_holds(&["web1"]);
    // Its lock was taken while it was itself, and could not be given back to a stranger.
    replaced.undo();
    console.does("unlock --reason its_key_was_changed");
    console.does("prepare --release v2").tells("✔ Done");
    console.does("abandon");
    lab.nobody_holds(&TWO);
}
