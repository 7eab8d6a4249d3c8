//! Docker Engines that die or hang in the middle: what is not known is not claimed, and nobody else waits.

use super::support::{Console, Lab, Watched, until};

const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn an_engine_killed_in_the_middle_of_prepare_fails_there_and_only_there() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO)
        .with_template("COLOR: green", "COLOR: green\n      START_MS: \"3000\"");
    let users = Watched::by(&lab, &["web1"], 20);
    let mut working = console.starts("prepare --release slow-start");
    working.until_it_tells("web2        | shop_green is running");
    let killed = lab.fault("kill-docker", "web2");
    let ended = working.ends();
    assert_ne!(ended.code, Some(0), "{}", ended.text);
    ended
        .tells("web2        ✖ start green slow-start")
        .tells("exit 69: Docker Engine stopped answering while shop_green was started");
    assert_eq!(lab.passive("web1").release, "slow-start");
    lab.nobody_holds(&TWO);
    // What only the engine knows is not made up.
    console
        .does("status")
        .tells("web2: Docker Engine cannot be reached")
        .tells("web2  B blue ?   G green ?")
        .never_tells("container does not run")
        .never_tells("nothing");
    console.says("prepare --release slow-start").with(5).tells("Docker Engine cannot be reached");
    killed.heal();
    // A killed engine leaves its containers stopped, users' one too: nothing is called done while they wait.
    console
        .says("prepare --release slow-start")
        .with(1)
        .tells("users are not answered")
        .tells("nginx serves blue, but its container does not run")
        .tells("Run `flipside repair` to start it again");
    console.does("repair").tells("start the stopped blue v1 again").tells("✔ Done");
    assert_eq!(lab.users("web2").status, "200");
    lab.on("web2", "docker start shop-djobs-1 shop-cron-1");
    console.does("prepare --release slow-start").tells("✔ Done");
    users.nobody_noticed();
    console.does("abandon");
}

#[test]
fn an_engine_killed_before_a_roll_back_keeps_nobody_else_from_going_back() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    console.does("go-live");
    let users = Watched::by(&lab, &["web1"], 20);
    let killed = lab.fault("kill-docker", "web2");
    // Its containers' ports died with it: there is nowhere to go back to, and that is no success.
    console
        .says("rollback")
        .with(6)
        .tells("✖ Partially completed: done on web1")
        .tells("blue does not answer")
        .tells("nothing was changed");
    lab.users_get(&["web1"], "blue", "v1");
    assert_eq!(lab.on("web2", "cat /srv/shop/live-color"), "green", "nothing else is recorded");
    lab.nobody_holds(&TWO);
    killed.heal();
    // The same command does the rest, from stopped containers.
    console.does("rollback").tells("web2        ✔ start the stopped blue v1 again");
    lab.users_get(&TWO, "blue", "v1");
    assert!(lab.containers("web2").contains(&"djobs v1 running".to_owned()), "its jobs too");
    users.nobody_noticed();
}

#[test]
fn an_engine_that_hangs_keeps_nobody_from_going_back() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    console.does("go-live");
    let users = Watched::by(&lab, &TWO, 20);
    let hung = lab.fault("hang-docker", "web2");
    let back = console.starts("rollback");
    until("web1 is back", 10, || lab.users("web1").color == "blue");
    // What web2's engine would have to do is left, whether its users could be moved or not.
    back.ends().with(6).tells("UNKNOWN on web2");
    console.does("status").tells("web2: Docker Engine hangs").never_tells("(down)");
    assert_eq!(lab.users("web2").status, "200", "its containers answer");
    lab.nobody_holds(&["web1"]);
    hung.heal();
    console.does("rollback").tells("✔ Done");
    lab.users_get(&TWO, "blue", "v1");
    assert!(lab.containers("web2").contains(&"djobs v1 running".to_owned()), "its jobs too");
    lab.nobody_holds(&TWO);
    users.nobody_noticed();
}
