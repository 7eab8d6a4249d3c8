//! Docker Engines that are stopped, or hang; a disk that is full.

use super::support::{Console, Lab};

const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn a_stopped_engine_is_told_and_nothing_is_begun() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let stopped = lab.fault("stop-docker", "web2");
    console.does("status").tells("⚠ web2: Docker Engine cannot be reached");
    let refused =
        console.says("prepare --release v2").with(5).tells("web2: Docker Engine cannot be reached");
    assert!(refused.took.as_secs() < 20, "it took {:?}", refused.took);
    lab.nobody_holds(&TWO);
    stopped.heal();
    lab.users_get(&["web1"], "blue", "v1");
}

#[test]
fn an_engine_that_hangs_holds_nobody_up_for_ever() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let hung = lab.fault("hang-docker", "web2");
    let refused = console.says("prepare --release v2").with(5).tells("web2: Docker Engine hangs");
    assert!(refused.took.as_secs() < 30, "it took {:?}", refused.took);
    hung.heal();
    // It hangs after the look, in the middle of a step: the step has a limit of its own.
    lab.push("hung", "good");
    let hasty = Console::of(&lab, &TWO).with("timeout: 2m", "timeout: 6s").migrating_for(2000);
    let mut working = hasty.starts("prepare --release hung");
    working.until_it_tells("applying");
    let hung = lab.fault("hang-docker", "web1");
    working.until_it_tells("UNKNOWN: it did not end within 6 s");
    lab.users_get(&TWO, "blue", "v1");
    // Then the host is looked at, and once it can be seen, the rest is done, and nothing twice.
    hung.heal();
    let ended = working.ends().with(0).tells("✔ Done");
    assert_eq!(ended.text.matches("hung migrations: 6 to apply").count(), 1, "{}", ended.text);
    assert_eq!(lab.passive("web2").release, "hung");
    lab.nobody_holds(&TWO);
    console.does("abandon");
}

#[test]
fn a_full_disk_harms_no_user_and_the_remedy_is_told() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    let full = lab.fault("fill-disk", "web2");
    console.says("prepare --release v3").with(5).tells("web2: only 0 MiB of disk space are free");
    lab.users_get(&TWO, "blue", "v1");
    full.heal();
    lab.nobody_holds(&TWO);
    console.does("go-live");
    lab.users_get(&TWO, "green", "v2");
    // The rollback needs no disk space that was not reserved for it. New containers of the jobs do: whether they find
    // it is Docker's luck, and what it says then has many words.
    let full = lab.fault("fill-disk", "web2");
    let back = console.says("rollback").tells("web2        ✔ switch users to blue v1");
    assert!(matches!(back.code, Some(0 | 6)), "{}", back.text);
    lab.users_get(&TWO, "blue", "v1");
    full.heal();
    console.does("rollback").tells("✔ Done");
    assert!(lab.containers("web2").contains(&"djobs v1 running".to_owned()), "its jobs too");
    lab.users_get(&TWO, "blue", "v1");
}
