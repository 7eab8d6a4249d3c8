//! Releases that must not reach users, and what is reported about them.

use super::support::{Console, Lab, until};

const TWO: [&str; 2] = ["web1", "web2"];

/// Prepare fails, users keep what they have, and nothing else points at the failed release.
fn users_keep_v1(lab: &Lab) {
    lab.users_get(&TWO, "blue", "v1");
    for host in TWO {
        assert_eq!(lab.passive(host).release, "v1", "the passive side of {host}");
    }
    lab.nobody_holds(&TWO);
}

#[test]
fn a_release_that_is_unhealthy_is_not_shown_and_its_log_is() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console
        .says("prepare --release bad-health")
        .with(1)
        .tells("shop_green is unhealthy according to its health check")
        .tells("the last lines of shop_green")
        .tells("✖ Failed on web1, web2");
    users_keep_v1(&lab);
    console.says("go-live").with(5).tells("no release is prepared");
    console.says("go-live --release bad-health").with(5);
    users_keep_v1(&lab);
    // The next release is prepared over it.
    console.does("prepare --release v2").tells("✔ Done");
    console.does("abandon");
}

#[test]
fn a_color_whose_port_is_somebody_elses_is_told_and_users_keep_theirs() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let taken = lab.fault("occupied-color", "web2");
    console
        .says("prepare --release v2")
        .with(6)
        .tells("another program listens on 127.0.0.1:8002, the address of shop_green")
        .tells("`ss -ltnp 'sport = :8002'`")
        .tells("done on web1, failed on web2");
    lab.users_get(&TWO, "blue", "v1");
    assert_eq!(lab.passive("web2").release, "v1", "its passive side shows nothing else");
    lab.nobody_holds(&TWO);
    taken.heal();
    console.does("prepare --release v2").tells("web2        ✔ start green v2");
    console.does("abandon");
}

#[test]
fn a_release_that_ends_again_and_again_is_told_long_before_the_limit() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let ended = console.says("prepare --release crash-loop").with(1);
    let ended = ended.tells("shop_green keeps restarting");
    assert!(ended.took.as_secs() < 30, "the limit is 40 s, it took {:?}", ended.took);
    users_keep_v1(&lab);
}

#[test]
fn a_slow_release_is_given_up_at_the_limit_and_taken_when_it_is_ready() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let slow = |console: Console| {
        console.with_template("COLOR: green", "COLOR: green\n      START_MS: \"8000\"")
    };
    let hasty = slow(Console::of(&lab, &TWO)).with("start: 40s", "start: 3s");
    hasty.says("prepare --release slow-start").with(1).tells(
        "shop_green was not healthy within 3 s: running, its health check has not passed yet",
    );
    users_keep_v1(&lab);
    let patient = slow(Console::of(&lab, &TWO));
    patient.does("prepare --release slow-start").tells("✔ Done");
    assert_eq!(lab.passive("web1").release, "slow-start", "its passive side shows it");
    patient.does("abandon");
    users_keep_v1(&lab);
}

#[test]
fn a_failed_migration_starts_nothing_anywhere_and_is_run_again() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    for again in [false, true] {
        let ended = console
            .says("prepare --release bad-migration")
            .with(1)
            .tells("the migration of bad-migration failed (exit 3); the new color was not started");
        if again {
            ended.tells("an earlier attempt failed (exit 3): running it again");
        }
        for host in TWO {
            let containers = lab.containers(host);
            let green = containers.iter().any(|line| line.starts_with("shop_green"));
            assert!(!green, "something was started on {host}: {containers:?}");
        }
        users_keep_v1(&lab);
    }
}

#[test]
fn a_finished_migration_is_never_run_again() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    lab.push("once", "good");
    let first = console.does("prepare --release once");
    assert_eq!(first.text.matches("once migrations: done").count(), 1);
    console.does("abandon");
    let second = console.does("prepare --release once");
    second.never_tells("once migrations: done");
    console.does("abandon");
}

#[test]
fn a_tag_that_is_not_there_changes_nothing() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let files = lab.on("web1", "ls -1 /srv/shop /etc/nginx/flipside");
    let console = Console::of(&lab, &TWO);
    console.says("prepare --release v999").with(1).tells("manifest unknown");
    assert_eq!(lab.on("web1", "ls -1 /srv/shop /etc/nginx/flipside"), files, "no file was made");
    users_keep_v1(&lab);
}

#[test]
fn a_large_image_is_pulled_on_all_hosts_while_its_lines_are_told() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release big").tells("Pull complete").tells("✔ Done");
    console.does("abandon");
    users_keep_v1(&lab);
}

#[test]
fn a_tag_that_moves_between_two_pulls_is_refused_with_both_digests() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    lab.push("moved", "good");
    // web2 does not get through to the registry while the tag is pushed again.
    lab.on("web2", "iptables -w 10 -I OUTPUT -p tcp --dport 5000 -j DROP");
    let console = Console::of(&lab, &TWO);
    let mut working = console.starts("prepare --release moved");
    working.until_it_tells("web1        ✔ pull");
    lab.push("moved", "slow-start");
    lab.on("web2", "iptables -w 10 -D OUTPUT -p tcp --dport 5000 -j DROP");
    let ended = working.ends().with(1).tells("moved is not the same image on all hosts:");
    let digest = |host| {
        let pulled = lab.on(host, "cat /srv/shop/.flipside/pulled");
        pulled.split("sha256:").nth(1).unwrap()[..8].to_owned()
    };
    let (one, other) = (digest("web1"), digest("web2"));
    assert_ne!(one, other, "they did pull different images");
    ended.tells(&format!("{one} on web1")).tells(&format!("{other} on web2"));
    users_keep_v1(&lab);
    // Once the tag stays where it is, preparing again is all it takes.
    lab.push("moved", "good");
    console.does("prepare --release moved");
    until("both show it", 5, || TWO.iter().all(|host| lab.passive(host).release == "moved"));
    console.does("abandon");
}
