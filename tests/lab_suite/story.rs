//! One release from beginning to end, and back, while users are at work.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::support::{Console, Lab, Watched, tell};

const ALL: [&str; 4] = ["web1", "web2", "web3", "jobs1"];
const WEB: [&str; 3] = ["web1", "web2", "web3"];

#[test]
fn a_release_goes_live_and_comes_back_and_no_user_notices() {
    let Some(lab) = Lab::calm(&ALL) else { return };
    let console = Console::of(&lab, &ALL);
    let users = Watched::by(&lab, &WEB, 50);

    console.does("status").tells("web3   B blue v1  nothing").tells("jobs1");

    let prepared = console.does("prepare --release v2").tells("✔ Done");
    lab.users_get(&WEB, "blue", "v1");
    for host in WEB {
        assert_eq!(lab.passive(host).release, "v2", "the passive side of {host}");
    }
    assert_eq!(prepared.text.matches("migration of v2 finished").count(), 1, "migrated once");
    assert_eq!(
        lab.containers("jobs1"),
        ["cron v1 running", "djobs v1 running"],
        "jobs stay on the release that users have"
    );

    console.does("prepare --release v2").tells("nothing is left to do");
    console.does("verify --sign-off").tells("signed off by `--sign-off`");

    let live = console.does("go-live").tells("✔ Done");
    lab.users_get(&WEB, "green", "v2");
    for host in ALL {
        let jobs: Vec<String> = lab.containers(host);
        for job in ["cron", "djobs"] {
            assert!(jobs.contains(&format!("{job} v2 running")), "{job} on {host}: {jobs:?}");
        }
    }
    for host in WEB {
        assert_eq!(lab.on(host, "cat /srv/shop/live-color"), "green", "recorded on {host}");
    }
    console.does("go-live --release v2").tells("nothing to do: all ");

    let back = console.does("rollback").tells("✔ Done");
    lab.users_get(&WEB, "blue", "v1");
    for host in ALL {
        let jobs = lab.containers(host);
        assert!(jobs.contains(&"cron v1 running".to_owned()), "jobs go back on {host}: {jobs:?}");
    }
    // Pressed twice, it does not go forward again.
    console.does("rollback").tells("nothing to do: all ");
    lab.users_get(&WEB, "blue", "v1");

    console.says("go-live").with(5).tells("users were rolled back from v2");
    console.does("go-live --release v2");
    console.does("finish").tells("✔ Done");
    for host in WEB {
        let containers = lab.containers(host);
        assert!(containers.contains(&"shop_blue v1 exited".to_owned()), "{host}: {containers:?}");
    }
    // The stopped color is still the rollback's goal: it is started, not pulled.
    console.does("rollback").tells("start the stopped blue v1 again");
    lab.users_get(&WEB, "blue", "v1");

    tell(&format!(
        "the story under load: {}; prepare {:.1} s, go live {:.1} s, roll back {:.1} s",
        users.nobody_noticed(),
        prepared.took.as_secs_f64(),
        live.took.as_secs_f64(),
        back.took.as_secs_f64()
    ));
    lab.nobody_holds(&ALL);
    journals_are_complete_and_private(&console);
}

/// What every run left on the operator's machine.
fn journals_are_complete_and_private(console: &Console) {
    let runs = console.journals();
    assert_eq!(
        runs.len(),
        11,
        "each phase that was asked for has a journal, observations have none"
    );
    for run in &runs {
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(run), 0o700, "{}", run.display());
        for file in fs::read_dir(run).unwrap() {
            let file = file.unwrap().path();
            assert_eq!(mode(&file), 0o600, "only its owner may read {}", file.display());
        }
    }
    let history = console.does("history").text;
    let phases: Vec<&str> =
        history.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let wanted = [
        "rollback", "finish", "go-live", "go-live", "rollback", "rollback", "go-live", "go-live",
        "verify", "prepare", "prepare",
    ];
    assert_eq!(phases, wanted[..phases.len().min(11)], "newest first:\n{history}");
    assert!(!history.contains("no end"), "{history}");
    let first = runs[0].file_name().unwrap().to_str().unwrap().to_owned();
    console.does(&format!("replay {first}")).tells("migrator of v2").tells("✔ Done");
}

#[test]
fn json_output_is_one_valid_event_a_line_and_the_journal_has_the_same() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let console = Console::of(&lab, &["web1"]);
    let events = console.does("prepare --release v3 -o json").json();
    let of = |kind: &str| {
        events.iter().filter(|event| event["event"] == kind).cloned().collect::<Vec<_>>()
    };
    assert_eq!(events.last().unwrap()["event"], "run_ended");
    assert_eq!(events.last().unwrap()["verdict"]["verdict"], "done");
    assert!(!of("output").is_empty(), "a host's lines are among them");

    let run = console.journals().pop().unwrap();
    let kept: Vec<serde_json::Value> = fs::read_to_string(run.join("journal.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (index, event) in kept.iter().enumerate() {
        assert_eq!(event["seq"], index as u64 + kept[0]["seq"].as_u64().unwrap(), "no gap");
    }
    let told: Vec<_> = events.iter().filter(|event| event["event"] != "output").collect();
    assert_eq!(told, kept.iter().collect::<Vec<_>>(), "the screen told what the journal keeps");
    let status = console.does("status -o json").json();
    assert_eq!(status[0]["observed"]["current"]["passive_shows"], "green");
    let plan = console.does("plan go-live -o json").json();
    assert_eq!(plan.len(), 1, "a plan is one line");
    console.does("abandon").tells("✔ Done");
    lab.users_get(&["web1"], "blue", "v1");
    assert_eq!(lab.passive("web1").release, "v1", "the passive side shows what users see again");
}
