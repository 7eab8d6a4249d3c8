//! Archives, hooks and hosts that fail: what is refused leaves every host as it was, and what is half done is named.

use super::support::{Console, Lab, Linked, Watched, tell, until};

const PAIR: [&str; 2] = ["pair1", "pair2"];

#[test]
fn an_archive_that_is_unfit_is_refused_and_every_host_stays_as_it_was() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    let before = PAIR.map(|host| lab.fingerprint(host));
    let users = Watched::by(&lab, &PAIR, 20);
    // Release, exit code, and why.
    let cases = [
        ("wrong-sum", 1, "has the sha256"),
        ("torn", 1, "it is cut off"),
        ("page", 1, "it is no tar archive"),
        ("dot-dot", 1, "leads out of it"),
        ("absolute", 1, "it holds the absolute path /srv/shop/pwned"),
        ("escape", 1, "leads out of it"),
        ("through", 1, "would be unpacked through the link"),
        ("device", 1, "is no file, directory or link"),
        ("bomb", 1, "it unpacks to more than 104857600 bytes"),
        ("no-sum", 5, "it does not exist (404)"),
        ("nowhere", 5, "it does not exist (404)"),
    ];
    for (release, code, why) in cases {
        let ended = console.says(&format!("prepare --release {release}")).with(code).tells(why);
        if code == 1 {
            ended.tells("Failed on pair1, pair2");
        }
        for (host, before) in PAIR.iter().zip(&before) {
            assert_eq!(&lab.fingerprint(host), before, "{host} after {release}");
        }
    }
    console.says("go-live --release dot-dot").with(5);
    users.nobody_noticed();
    lab.all_is(&PAIR, "blue", "v1");
    let left = lab.on("pair1", "ls /srv/shop/.flipside/archives");
    assert_eq!(left, "", "refused archives are not kept");
    // A setuid bit is no reason to refuse: it is taken away.
    console.does("prepare --release setuid");
    let bits = lab.on(
        "pair1",
        "find /srv -perm /6000 | wc -l; stat -c '%U %a' /srv/shop/versions/setuid/root-shell",
    );
    assert_eq!(bits, "0\ndeploy 755");
}

#[test]
fn a_release_that_changed_at_its_source_is_not_another_one_under_the_same_name() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    console.does("prepare --release v2");
    let archives = format!("{}/artifacts", lab.vars["LAB_DIR"]);
    let copy = |from: &str, to: &str| {
        std::fs::copy(format!("{archives}/{from}"), format!("{archives}/{to}")).unwrap();
    };
    copy("shop-v2.tar.gz", "v2.kept");
    copy("shop-v2.tar.gz.sha256", "v2.sum.kept");
    copy("shop-v4.tar.gz", "shop-v2.tar.gz");
    let sum = std::fs::read_to_string(format!("{archives}/shop-v4.tar.gz.sha256")).unwrap();
    let sum = sum.replace("shop-v4", "shop-v2");
    std::fs::write(format!("{archives}/shop-v2.tar.gz.sha256"), sum).unwrap();
    let ended = console.says("prepare --release v2");
    copy("v2.kept", "shop-v2.tar.gz");
    copy("v2.sum.kept", "shop-v2.tar.gz.sha256");
    assert_ne!(ended.code, Some(0), "{}", ended.text);
    ended.tells("Release the new archive under a name of its own");
    for host in PAIR {
        assert_eq!(lab.passive(host).release, "v2", "{host}");
    }
    lab.all_is(&PAIR, "blue", "v1");
}

#[test]
fn a_full_disk_is_reported_as_that_and_users_can_still_be_moved_back() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR).with("disk_free: 50MiB", "disk_free: 1MiB");
    console.does("prepare --release v2");
    console.does("go-live");
    let full = lab.fault("fill-disk", "pair2");
    console.says("prepare --release v3").with(5).tells("only 0 MiB of disk space are free");
    console.does("rollback");
    lab.all_is(&PAIR, "blue", "v1");
    full.heal();
    console.does("prepare --release v3").tells("✔ Done");
}

#[test]
fn a_prepare_hook_that_fails_stops_before_the_slot_and_the_next_release_goes_over_it() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    let users = Watched::by(&lab, &PAIR, 20);
    console
        .says("prepare --release bad-prepare")
        .with(1)
        .tells("ERROR: no matching distribution for shop-core==9.9")
        .tells("exit 3");
    for host in PAIR {
        let truth = Linked::of(&lab, host);
        assert_eq!(truth.fact("green-link"), "", "no slot of {host} was led to it");
        assert_eq!(truth.fact("hook-bad-prepare.prepare"), "ended 3");
    }
    lab.all_is(&PAIR, "blue", "v1");
    console.says("go-live --release bad-prepare").with(5);
    console.does("prepare --release v2").tells("✔ Done");
    console.does("go-live");
    lab.all_is(&PAIR, "green", "v2");
    users.nobody_noticed();
}

#[test]
fn a_service_that_does_not_get_well_is_reported_and_users_keep_theirs() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    let users = Watched::by(&lab, &PAIR, 20);
    let hasty = Console::linked(&lab, "pair", &PAIR).with("start: 20s", "start: 2s");
    hasty.says("prepare --release bad-health").with(1).tells("did not answer well at");
    console.says("go-live --release bad-health").with(5);
    console.says("prepare --release crash-loop").with(1).tells("does not run any more");
    lab.all_is(&PAIR, "blue", "v1");
    for host in PAIR {
        assert_eq!(lab.passive(host).release, "v1", "the passive side of {host}");
    }
    let taken = lab.fault("occupied-color", "pair2");
    console
        .says("prepare --release v2")
        .with(6)
        .tells("127.0.0.1:8002, the address of green, still answers after its service was stopped");
    taken.heal();
    users.nobody_noticed();
}

#[test]
fn a_deployed_hook_that_fails_is_run_again_or_the_link_goes_back() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    let users = Watched::by(&lab, &PAIR, 20);
    console.does("prepare --release fails-once");
    let failed = console.says("go-live");
    assert!(matches!(failed.code, Some(1 | 6)), "{:?}: {}", failed.code, failed.text);
    failed.tells("deployed: cannot reload: the control socket does not answer");
    // Users were moved; what the hook does was not.
    for host in PAIR {
        let truth = Linked::of(&lab, host);
        assert_eq!(
            [truth.fact("users"), truth.fact("hook-fails-once.deployed")],
            ["200 fails-once", "ended 4"]
        );
    }
    console.says("status").tells("fails-once is live, but its deployed hook failed with exit 4");
    // Once more: the same command runs what is left.
    console.does("go-live --release fails-once").tells("deployed: fails-once is in use");
    lab.all_is(&PAIR, "green", "fails-once");
    console.does("status").never_tells("deployed hook");
    console.does("rollback");
    lab.all_is(&PAIR, "blue", "v1");
    users.nobody_noticed();
}

#[test]
fn without_a_pair_a_failed_deployed_hook_leaves_the_old_version_at_work_and_can_be_swung_back() {
    let Some(lab) = Lab::linked(&["solo1"]) else { return };
    let console = Console::linked(&lab, "solo", &["solo1"]);
    console.does("prepare --release fails-once");
    console.says("go-live").with(1).tells("deployed: cannot reload");
    let truth = Linked::of(&lab, "solo1");
    assert_eq!(
        [truth.fact("live-link"), truth.fact("users")],
        ["fails-once", "200 v1"],
        "the link was swung, and the service was not restarted"
    );
    console.says("status").tells("fails-once is live, but its deployed hook failed with exit 4");
    console.does("rollback").tells("deployed: v1 is in use");
    let truth = Linked::of(&lab, "solo1");
    assert_eq!([truth.fact("live-link"), truth.fact("users")], ["v1", "200 v1"]);
    console.does("status").never_tells("deployed hook");
}

#[test]
fn a_host_cut_off_in_the_middle_of_its_switch_is_unknown_and_then_done() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR).quick_to_notice();
    console.does("prepare --release v2");
    let taken = lab.fault("occupied-port", "pair2");
    let mut working = console.starts("go-live");
    working.until_it_tells("pair2       | green answers 200");
    let cut = lab.fault("cut", "pair2");
    working.until_it_tells("UNKNOWN: the connection was lost while it ran");
    // The switch on the host neither needs nor notices the connection.
    taken.heal();
    lab.on("pair2", "nginx -s reload");
    until("the host switched by itself", 10, || {
        lab.on("pair2", "cat /srv/shop/live-color") == "green"
    });
    cut.heal();
    working.ends().with(0).tells("✔ Done");
    lab.all_is(&PAIR, "green", "v2");
}

#[test]
fn a_host_cut_off_while_it_fetches_goes_on_from_where_it_was() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR)
        .quick_to_notice()
        .with(":8000/shop-", ":8000/slow/shop-");
    let mut working = console.starts("prepare --release v2");
    working.until_it_tells("pair2       ▶ fetch v2");
    let fetched = "cat /srv/shop/.flipside/archives/*.part | wc -c";
    until("some of it is there", 10, || {
        lab.on("pair2", fetched).parse::<u64>().is_ok_and(|bytes| bytes > 150_000)
    });
    let cut = lab.fault("cut", "pair2");
    working.until_it_tells("UNKNOWN: the connection was lost while it ran");
    cut.heal();
    let ended = working.ends().with(0).tells("✔ Done");
    tell(&format!("prepare with a host cut off in its fetch: {:.1} s", ended.took.as_secs_f64()));
    for host in PAIR {
        assert_eq!(lab.passive(host).release, "v2", "{host}");
    }
    lab.all_is(&PAIR, "blue", "v1");
}
