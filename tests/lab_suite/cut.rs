//! Hosts that go out of reach in the middle: what happened is not known, is found out, and is done.

use super::support::{Console, Lab, Watched, tell, until};

const TWO: [&str; 2] = ["web1", "web2"];
const WEB: [&str; 3] = ["web1", "web2", "web3"];

#[test]
fn a_host_cut_off_while_it_prepares_is_unknown_and_then_done() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO)
        .impatient()
        .with_template("COLOR: green", "COLOR: green\n      START_MS: \"3000\"");
    let mut working = console.starts("prepare --release slow-start");
    working.until_it_tells("web2        | shop_green is running");
    let cut = lab.fault("cut", "web2");
    working.until_it_tells("UNKNOWN: the connection was lost while it ran");
    cut.heal();
    let ended = working.ends().with(0).tells("✔ Done");
    ended.tells("web2        ? start green slow-start");
    assert_eq!(lab.passive("web2").release, "slow-start");
    lab.nobody_holds(&TWO);
    console.does("abandon");
}

#[test]
fn a_host_cut_off_in_the_middle_of_its_switch_is_unknown_and_then_done() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO).impatient();
    console.does("prepare --release v2");
    let taken = lab.fault("occupied-port", "web2");
    let mut working = console.starts("go-live");
    working.until_it_tells("web2        | green answers 200");
    let cut = lab.fault("cut", "web2");
    working.until_it_tells("UNKNOWN: the connection was lost while it ran");
    // The switch on the host neither needs nor notices the connection.
    taken.heal();
    lab.on("web2", "nginx -s reload");
    until("the host switched by itself", 10, || {
        lab.on("web2", "cat /srv/shop/live-color") == "green"
    });
    cut.heal();
    working.ends().with(0).tells("✔ Done");
    lab.users_get(&TWO, "green", "v2");
    lab.nobody_holds(&TWO);
}

#[test]
fn rolling_back_does_not_wait_for_a_host_that_is_out_of_reach() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let console = Console::of(&lab, &WEB).impatient();
    console.does("prepare --release v2");
    console.does("go-live");
    let users = Watched::by(&lab, &TWO, 20);
    // The first one by name: nobody may have to queue behind it.
    let cut = lab.fault("cut", "web3");
    let mut back = console.starts("rollback");
    let began = std::time::Instant::now();
    until("the others are back", 10, || TWO.iter().all(|host| lab.users(host).color == "blue"));
    let others = began.elapsed();
    back.until_it_tells("web3");
    let ended = back.ends().with(6).tells("done on web1, web2").tells("UNKNOWN on web3");
    tell(&format!(
        "roll back with one of three hosts cut off: the others were back after {:.1} s, it ended after {:.1} s",
        others.as_secs_f64(),
        ended.took.as_secs_f64()
    ));
    cut.heal();
    lab.users_get(&["web3"], "green", "v2");
    console.does("rollback");
    lab.users_get(&WEB, "blue", "v1");
    lab.nobody_holds(&WEB);
    users.nobody_noticed();
}
