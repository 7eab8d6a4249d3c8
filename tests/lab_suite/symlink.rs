//! Releases by archives and a link: the whole story on each kind of host, while users are at work.

use super::support::{Console, Lab, Linked, Watched, tell};

const PAIR: [&str; 2] = ["pair1", "pair2"];

#[test]
fn an_archive_goes_live_on_a_pair_and_comes_back_and_no_user_notices() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR);
    let users = Watched::by(&lab, &PAIR, 50);

    console.does("status").tells("blue v1");
    let prepared = console.does("prepare --release v2").tells("prepare: v2 is ready");
    lab.all_is(&PAIR, "blue", "v1");
    for host in PAIR {
        assert_eq!(lab.passive(host).release, "v2", "the passive side of {host}");
    }
    console.does("prepare --release v2").tells("nothing to do: all ");
    console.does("verify --sign-off").tells("signed off by `--sign-off`");
    let live = console.does("go-live").tells("deployed: v2 after v1");
    lab.all_is(&PAIR, "green", "v2");
    console.does("go-live --release v2").tells("nothing to do: all ");

    let back = console.does("rollback").tells("✔ Done");
    lab.all_is(&PAIR, "blue", "v1");
    console.does("rollback").tells("nothing to do: all ");
    lab.all_is(&PAIR, "blue", "v1");

    // A second release, in the place of the one that users left.
    console.does("prepare --release v3").tells("prepare: v3 beside v1");
    console.does("abandon").tells("✔ Done");
    lab.all_is(&PAIR, "blue", "v1");
    for host in PAIR {
        assert_eq!(lab.passive(host).release, "v1", "the passive side shows what users see again");
    }
    console.does("prepare --release v3");
    console.does("go-live --release v3");
    lab.all_is(&PAIR, "green", "v3");
    console.does("finish").tells("✔ Done");
    for host in PAIR {
        assert!(
            Linked::of(&lab, host).fact("blue").starts_with("000"),
            "blue of {host} is stopped"
        );
    }
    // The stopped color is still the rollback's goal: it is started, not fetched.
    let cold =
        console.does("rollback").tells("start the stopped blue v1 again").never_tells("fetch");
    lab.all_is(&PAIR, "blue", "v1");
    tell(&format!(
        "the symlink story under load: {}; prepare {:.1} s, go live {:.1} s, roll back {:.1} s, from stopped {:.1} s",
        users.nobody_noticed(),
        prepared.took.as_secs_f64(),
        live.took.as_secs_f64(),
        back.took.as_secs_f64(),
        cold.took.as_secs_f64(),
    ));
}

#[test]
fn with_systemd_units_nobody_notices_either() {
    let Some(lab) = Lab::linked(&["unit1"]) else { return };
    let console = Console::linked(&lab, "unit", &["unit1"]);
    let users = Watched::by(&lab, &["unit1"], 50);
    let active = |color: &str| {
        let ask = format!(
            "runuser -u deploy -- env XDG_RUNTIME_DIR=/run/user/$(id -u deploy) systemctl --user is-active shop-{color} || :"
        );
        lab.on("unit1", &ask)
    };
    console.does("prepare --release v2").tells("✔ Done");
    assert_eq!([active("blue"), active("green")], ["active", "active"]);
    console.does("go-live");
    lab.all_is(&["unit1"], "green", "v2");
    console.does("finish");
    assert_eq!([active("blue"), active("green")], ["inactive", "active"]);
    console.does("rollback").tells("start the stopped blue v1 again");
    lab.all_is(&["unit1"], "blue", "v1");
    tell(&format!("systemd units under load: {}", users.nobody_noticed()));
}

#[test]
fn a_request_that_runs_at_the_switch_has_its_answer() {
    let Some(lab) = Lab::linked(&["pair1"]) else { return };
    let console = Console::linked(&lab, "pair", &["pair1"]);
    console.does("prepare --release v2");
    let address = &lab.vars["LAB_ADDR_pair1"];
    let mut slow = std::process::Command::new("curl")
        .args(["-sf", "-m", "60", &format!("http://{address}/slow?ms=4000")])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It is in the old service when users move.
    super::support::until("the request runs", 10, || {
        lab.on("pair1", "ss -Htn state established sport = :8001 | wc -l") != "0"
    });
    console.does("go-live");
    assert!(slow.try_wait().unwrap().is_none(), "it still runs after the switch");
    console.does("finish");
    let answer = slow.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert_eq!((answer.status.success(), text.trim()), (true, "shop v1 blue after 4000 ms"));
}

#[test]
fn without_a_pair_losses_are_announced_and_the_story_is_the_same() {
    let Some(lab) = Lab::linked(&["solo1"]) else { return };
    let console = Console::linked(&lab, "solo", &["solo1"]);
    let is = |release: &str| {
        let truth = Linked::of(&lab, "solo1");
        let answer = format!("200 {release}");
        let got =
            ["users", "live-link", "version", "marks"].map(|name| truth.fact(name).to_owned());
        assert_eq!(got, [answer.as_str(), release, release, ""], "solo1");
    };
    is("v1");
    let users = Watched::by(&lab, &["solo1"], 50);
    console.does("prepare --release v2").tells("prepare: v2 is ready");
    is("v1");
    console.does("plan go-live").tells("requests may be lost");
    console.does("go-live").tells("requests may be lost").tells("deployed: v2 is in use");
    is("v2");
    console.does("rollback").tells("deployed: v1 is in use");
    is("v1");
    console.does("prepare --release v3");
    console.does("go-live --release v3");
    is("v3");
    console.does("finish");
    let users = users.users()("solo1");
    assert_eq!(users.releases, ["v1", "v2", "v3"]);
    // Each swing restarts the one service: some are lost, and no more than that.
    assert!(users.failed > 0, "the lab's one service cannot be restarted without a loss");
    assert!(users.failed * 10 < users.total, "{} of {} failed", users.failed, users.total);
    tell(&format!("without a pair, 3 swings: {} of {} requests lost", users.failed, users.total));
}

#[test]
fn a_host_of_capistrano_is_taken_as_it_is_and_goes_back_to_its_own_release() {
    const FIRST: &str = "20240102030405";
    let Some(lab) = Lab::linked(&["cap1"]) else { return };
    let console = Console::linked(&lab, "cap", &["cap1"]);
    let is = |release: &str| {
        let truth = Linked::of(&lab, "cap1");
        assert_eq!(
            [truth.fact("users"), truth.fact("current-link"), truth.fact("marks")],
            [format!("200 {release}").as_str(), release, ""]
        );
    };
    console.does("status").tells(FIRST);
    console.does("prepare --release v2");
    is(FIRST);
    console.does("go-live");
    is("v2");
    console.does("rollback").tells(FIRST);
    is(FIRST);
    console.does("prepare --release v3");
    console.does("go-live --release v3");
    console.does("finish");
    is("v3");
    // What Capistrano keeps beside its releases is nobody else's.
    let kept = lab.on("cap1", "cd /srv/shop && ls -d shared/log repo revisions.log && ls releases");
    for name in ["shared/log", "repo", "revisions.log", FIRST] {
        assert!(kept.contains(name), "{name} is gone: {kept}");
    }
}

#[test]
fn what_capistrano_deploys_in_between_is_taken_up_and_a_rollback_leads_to_what_was_live() {
    const NEXT: &str = "20250102030405";
    let Some(lab) = Lab::linked(&["cap1"]) else { return };
    let console = Console::linked(&lab, "cap", &["cap1"]);
    let is = |release: &str| {
        let truth = Linked::of(&lab, "cap1");
        assert_eq!(
            [truth.fact("users"), truth.fact("current-link"), truth.fact("marks")],
            [format!("200 {release}").as_str(), release, ""]
        );
    };
    console.does("prepare --release v2");
    console.does("go-live");
    is("v2");
    // Capistrano: a directory of its own, an absolute link made aside, a restart.
    let deploy = format!(
        "cd /srv/shop && cp -a releases/20240102030405 releases/{NEXT} &&
         sed 's/RELEASE=[0-9]* /RELEASE={NEXT} /' -i releases/{NEXT}/settings &&
         ln -s /srv/shop/releases/{NEXT} releases/current && mv releases/current . &&
         chown -hR deploy:deploy releases/{NEXT} current &&
         runuser -u deploy -- /usr/local/bin/shopctl restart solo 8001 /srv/shop/current"
    );
    lab.on("cap1", &deploy);
    is(NEXT);
    console.does("status").tells("another tool swung it").tells("flipside repair");
    console.does("plan repair").tells(&format!("another tool made {NEXT} live after v2"));
    console.does("repair").tells("✔ Done");
    is(NEXT);
    console.does("repair").tells("nothing to do");
    console.does("rollback").tells("v2");
    is("v2");
}
