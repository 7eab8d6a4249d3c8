//! Somebody changed a server by hand: it is shown, nothing is done over it, and repair mends it.

use super::support::{Console, Lab, Watched};

const TWO: [&str; 2] = ["web1", "web2"];

/// A manual change on web1, and the text that reports it.
const BY_HAND: [(&str, &str); 3] = [
    ("echo green >/srv/shop/live-color", "/srv/shop/live-color says green, but nginx serves blue"),
    (
        "sed -i s/8001/8002/ /etc/nginx/flipside/shop-live.conf",
        "blue answers users, but nginx is configured for green: it was not reloaded",
    ),
    (
        "cd /srv/shop && ln -sfn $(ls docker-compose.*-v2.yml | tail -n 1) docker-compose.yml",
        "/srv/shop/docker-compose.yml was written for green v2, but nginx serves blue",
    ),
];

#[test]
fn drift_is_shown_refused_and_repaired_without_moving_anybody() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);
    for (by_hand, told) in BY_HAND {
        lab.on("web1", by_hand);
        console.does("status").tells(told).tells("`flipside repair`");
        console.says("go-live").with(5).tells(told).tells("`flipside repair`");
        lab.users_get(&TWO, "blue", "v1");
        console.does("repair").tells("✔ Done");
        console.does("status").never_tells("⚠");
        assert_eq!(
            lab.on("web1", "cat /srv/shop/live-color"),
            "blue",
            "recorded is what users get"
        );
        lab.users_get(&TWO, "blue", "v1");
    }
    users.nobody_noticed();
    console.does("repair").tells("nothing to do: all ");
    // Nothing of what was prepared was lost over it.
    console.does("go-live --release v2");
    lab.users_get(&TWO, "green", "v2");
}

#[test]
fn a_plan_that_was_shown_is_not_carried_out_on_a_fleet_that_changed() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    let plan = console.does("plan go-live -o json").json();
    let shown = plan[0]["basis"].as_str().unwrap().to_owned();
    // Somebody else is quicker on one of the hosts.
    console.does("go-live --only web2");
    console
        .says(&format!("go-live --basis {shown}"))
        .with(5)
        .tells("the fleet changed since the plan")
        .tells("review the new plan");
    lab.users_get(&["web1"], "blue", "v1");
    let plan = console.does("plan go-live --release v2 -o json").json();
    let shown = plan[0]["basis"].as_str().unwrap();
    console.does(&format!("go-live --release v2 --basis {shown}"));
    lab.users_get(&TWO, "green", "v2");
}
