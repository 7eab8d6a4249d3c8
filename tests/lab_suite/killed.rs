//! A console that is ended in the middle, by every signal that ends one.

use rustix::process::Signal;

use super::support::{Console, Lab, Watched, Working, until};

const TWO: [&str; 2] = ["web1", "web2"];
/// INT is the sweep's.
const POLITE: [Signal; 2] = [Signal::TERM, Signal::HUP];

#[test]
fn ended_politely_while_it_prepares_it_gives_every_lock_back() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO).migrating_for(20_000);
    for signal in POLITE {
        let mut working = console.starts("prepare --release v2");
        working.until_it_tells("migrations: ");
        assert!(lab.is_locked("web2"), "a run holds the lock of every host");
        working.signal(signal);
        let ended = working.ends().with(7).tells("Aborted by alice");
        ended.tells("Run `flipside status` to see the current state");
        lab.nobody_holds(&TWO);
        lab.users_get(&TWO, "blue", "v1");
        lab.on("web1", "docker rm -f shop-migrate-v2");
    }
    Console::of(&lab, &TWO).does("prepare --release v2").tells("✔ Done");
}

#[test]
fn killed_while_it_migrates_the_migration_goes_on_and_is_not_run_twice() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    lab.push("killed", "good");
    let console = Console::of(&lab, &TWO).migrating_for(3000);
    let mut working = console.starts("prepare --release killed");
    working.until_it_tells("applying");
    working.signal(Signal::KILL);
    working.ends().with(128 + 9);
    // What was about to be done was on disk before it began.
    let journal = console.journals().pop().unwrap().join("journal.jsonl");
    let journal = std::fs::read_to_string(journal).unwrap();
    let last = journal.lines().rfind(|line| line.contains("\"step_")).unwrap();
    assert!(last.contains("step_started") && last.contains("run migrator of killed"), "{last}");

    console.says("prepare --release killed").with(4).tells("is held by alice@");
    console.does("unlock --reason it_was_killed");
    let resumed = console.does("prepare --release killed");
    // It finds the migration that runs, or that it has ended meanwhile, and begins no second one. One that had
    // ended before is no step at all.
    let began = resumed.text.matches("killed migrations: 6 to apply").count();
    assert!(began <= 1, "{}", resumed.text);
    if resumed.text.contains("run migrator of killed") {
        let found =
            ["is running already: waiting for it", "while no console was connected", "ran before"];
        assert!(found.iter().any(|words| resumed.text.contains(words)), "{}", resumed.text);
    }
    let runs = lab.on("web1", "cat /srv/shop/.flipside/migrated/killed");
    assert!(runs.starts_with("sha256:"), "it was written down as finished: {runs}");
    let history = console.does("history").text;
    assert!(history.contains("no end"), "told as one whose console went away: {history}");
    lab.nobody_holds(&TWO);
}

#[test]
fn ended_politely_while_jobs_are_brought_along_they_are_brought_along_to_the_end() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);
    for signal in POLITE {
        let mut working = console.starts("go-live --release v2");
        working.until_it_tells("web2        ▶ update djobs, cron to v2");
        working.signal(signal);
        let ended = working.ends().with(7).tells("Aborted by alice");
        lab.nobody_holds(&TWO);
        lab.users_get(&TWO, "green", "v2");
        for host in TWO {
            // What was not begun yet is not begun any more.
            let begun = ended.text.contains(&format!("{host}        ▶ update djobs"));
            assert_eq!(begun, ended.text.contains(&format!("{host}        ✔ update djobs")));
            jobs_are_whole(&lab, host, if begun { "v2" } else { "v1" });
        }
        console.does("status").tells("green v2").never_tells("locked");
        console.does("go-live --release v2").tells("✔ Done");
        console.does("rollback");
        for host in TWO {
            jobs_are_whole(&lab, host, "v1");
        }
    }
    users.nobody_noticed();
}

/// Each job service runs, once.
fn jobs_are_whole(lab: &Lab, host: &str, release: &str) {
    let of_jobs = |found: &String| found.contains("djobs ") || found.contains("cron ");
    let mut jobs: Vec<String> = lab.containers(host).into_iter().filter(of_jobs).collect();
    jobs.sort();
    assert_eq!(jobs, [format!("cron {release} running"), format!("djobs {release} running")]);
}

#[test]
fn what_compose_left_half_made_is_in_nobodys_way() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    console.does("prepare --release v2");
    // As Compose leaves it when it is killed between making the new container and removing the old one.
    let half = lab.on(
        "web1",
        "id=$(docker inspect --format '{{slice .Id 0 12}}' shop-djobs-1)
        for label in project=shop service=djobs oneoff=False container-number=1 config-hash=none; do
            set -- \"$@\" --label com.docker.compose.$label
        done
        docker create \"$@\" --name ${id}_shop-djobs-1 \"$(docker inspect --format '{{.Image}}' shop-djobs-1)\"
        echo ${id}_shop-djobs-1",
    );
    let half = half.lines().last().unwrap();
    let done = console.does("go-live").tells("✔ Done");
    done.tells(&format!("removed {half}: an earlier attempt created it but never started it"));
    jobs_are_whole(&lab, "web1", "v2");
}

/// A go-live that stands in the middle of web1's switch: its include is written, and nginx, which
/// cannot have a port it wants, goes on with what it had.
fn in_the_middle_of_a_switch(console: &Console) -> Working {
    let mut working = console.starts("go-live --batch 1 --release v2");
    working.until_it_tells("web1        ▶ switch users to green v2");
    working.until_it_tells("green answers 200 at");
    working
}

/// The include names green, and nginx serves blue.
fn is_half_way(lab: &Lab) -> bool {
    lab.on("web1", "cat /etc/nginx/flipside/shop-live.conf").contains("8002")
}

#[test]
fn ended_politely_in_the_middle_of_a_switch_the_switch_goes_on_to_its_end() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console =
        Console::of(&lab, &TWO).with("      drain: 20s", "      drain: 20s\n      switch: 15s");
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);
    for signal in POLITE {
        let taken = lab.fault("occupied-port", "web1");
        let mut working = in_the_middle_of_a_switch(&console);
        until("the include is written", 5, || is_half_way(&lab));
        working.signal(signal);
        working.until_it_tells("asked to abort");
        assert!(working.is_at_work(), "it waits for the end of the switch");
        taken.heal();
        lab.on("web1", "nginx -s reload");
        working.ends().with(7).tells("web1        ✔ switch users to green v2");
        lab.nobody_holds(&TWO);
        lab.users_get(&["web1"], "green", "v2");
        lab.users_get(&["web2"], "blue", "v1");
        console.does("rollback");
    }
    users.nobody_noticed();
}

#[test]
fn killed_in_the_middle_of_a_switch_the_host_puts_everything_back() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console =
        Console::of(&lab, &TWO).with("      drain: 20s", "      drain: 20s\n      switch: 4s");
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);
    let taken = lab.fault("occupied-port", "web1");
    let working = in_the_middle_of_a_switch(&console);
    until("the include is written", 5, || is_half_way(&lab));
    working.signal(Signal::KILL);
    working.ends();
    until("the host put its include back by itself", 15, || !is_half_way(&lab));
    taken.heal();
    lab.users_get(&TWO, "blue", "v1");
    let leftovers = lab.on("web1", "ls -A /etc/nginx/flipside | grep -v reserve");
    assert_eq!(leftovers, "shop-live.conf\nshop-passive.conf", "nothing is left lying about");

    console.does("status").tells("locked by alice@").tells("for go-live of v2");
    console.says("go-live").with(4).tells("is held by alice@");
    console.does("unlock --reason it_was_killed");
    console.does("go-live");
    lab.users_get(&TWO, "green", "v2");
    lab.nobody_holds(&TWO);
    users.nobody_noticed();
}
