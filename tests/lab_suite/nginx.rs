//! Servers that reject the switch: users stay where they are, and the reason is reported.

use super::support::{Console, Lab, Watched};

const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn a_host_that_cannot_switch_keeps_its_users_and_says_why() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console =
        Console::of(&lab, &TWO).with("      drain: 20s", "      drain: 20s\n      switch: 3s");
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);

    let broken = lab.fault("break-nginx", "web1");
    console
        .says("go-live --only web1 --release v2")
        .with(5)
        .tells("unexpected end of file")
        .tells("lab-broken.conf")
        .never_tells("▶ switch");
    broken.heal();

    // nginx says yes to this one, twice, and does not do it.
    let taken = lab.fault("occupied-port", "web1");
    console
        .says("go-live --only web1 --release v2")
        .with(1)
        .tells("no correct answer of green within 3 s")
        .tells("X-Flipside-Color: blue")
        .tells("was restored");
    assert!(lab.on("web1", "cat /etc/nginx/flipside/shop-live.conf").contains("8001"));
    assert_eq!(lab.on("web1", "cat /srv/shop/live-color"), "blue");
    taken.heal();

    // The color that was prepared dies between the look and the switch.
    lab.on("web1", "docker kill shop-shop_green-1");
    console.says("go-live --only web1 --release v2").with(5).tells("green, which does not run");

    lab.users_get(&TWO, "blue", "v1");
    lab.nobody_holds(&TWO);
    console.does("repair");
    console.does("prepare --release v2");
    console.does("go-live");
    lab.users_get(&TWO, "green", "v2");
    users.nobody_noticed();
}

#[test]
fn a_failure_on_one_host_leaves_the_next_batch_alone() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console =
        Console::of(&lab, &TWO).with("      drain: 20s", "      drain: 20s\n      switch: 3s");
    console.does("prepare --release v2");
    let taken = lab.fault("occupied-port", "web1");
    console.says("go-live --batch 1").with(1).never_tells("web2        ▶");
    lab.users_get(&TWO, "blue", "v1");
    // With `--on-failure continue` it continues, and reports exactly which host has what.
    console
        .says("go-live --batch 1 --on-failure continue")
        .with(6)
        .tells("done on web2, failed on web1");
    lab.users_get(&["web1"], "blue", "v1");
    lab.users_get(&["web2"], "green", "v2");
    taken.heal();
    // A fleet in two minds goes back as one.
    console.does("rollback");
    lab.users_get(&TWO, "blue", "v1");
}
