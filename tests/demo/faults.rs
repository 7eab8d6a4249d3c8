//! A host that is cut off, and comes back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use flipside::demo::Fleet;
use flipside::demo::compose::docker::container::{Fixed, State};
use flipside::demo::release;
use flipside::domain::phase::Phase;
use flipside::domain::target::Target;
use flipside::domain::unfinished::unfinished;

use crate::operator::{Operator, Verdict, by_host};
use crate::world::{client, eventually, fleet, who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_goes_on_to_its_end_when_the_line_is_cut() {
    let fleet = fleet(3).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let switch = operator.command(Phase::GoLive, "v2", "web2", "switch").await;
    let (ended, ()) = tokio::join!(operator.on("web2", &switch), cut_soon(&fleet));
    assert!(ended.is_lost(), "{ended:?}");
    assert!(client(&fleet, "web2").await.is_err(), "new connections are refused");
    assert!(matches!(operator.run(Phase::GoLive, Some("v2")).await, Verdict::Refused(_)));
    let live = fleet.host("web2").unwrap().ports().live();
    eventually("users reach green", async || who(live).await.1 == "green").await;
    let recorded = fleet.host("web2").unwrap().places.stack.join("live-color");
    let written = async || std::fs::read_to_string(&recorded).unwrap() == "green\n";
    eventually("it is recorded", written).await;

    fleet.heal("web2").unwrap();
    eventually("it can be reached", async || client(&fleet, "web2").await.is_ok()).await;
    let rest = operator.run(Phase::GoLive, Some("v2")).await.done();
    let web2 = Target::Host("web2".parse().unwrap());
    assert!(!rest.iter().any(|done| done.target == web2 && done.step == "switch"), "{rest:#?}");
    assert_eq!(operator.see("web2").await.drift, []);
    assert!(fleet.requests_ok(), "{:#?}", fleet.load());
}

async fn cut_soon(fleet: &Fleet) {
    let include = fleet.host("web2").unwrap().places.root.join("etc/nginx/flipside/shop-live.conf");
    let green = fleet.host("web2").unwrap().ports().green().to_string();
    let moved = async || std::fs::read_to_string(&include).is_ok_and(|text| text.contains(&green));
    eventually("the include is rewritten", moved).await;
    fleet.cut("web2").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_the_line_hung_arrives_when_it_is_good_again() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let dir = fleet.host("web1").unwrap().places.root.clone();
    let file = |name: &str| dir.join(name);
    let line = format!(
        "cd {} && touch begun && until [ -e go ]; do sleep 0.01; done; echo late; touch said",
        dir.display()
    );
    let arrived = AtomicBool::new(false);
    let asked = async {
        let ended = client.line(&line, "").await;
        arrived.store(true, Ordering::Relaxed);
        ended
    };
    let (ended, ()) = tokio::join!(asked, async {
        eventually("it runs", async || file("begun").exists()).await;
        fleet.hang("web1").unwrap();
        std::fs::write(file("go"), "").unwrap();
        eventually("it was said", async || file("said").exists()).await;
        assert!(!arrived.load(Ordering::Relaxed), "nothing gets through");
        fleet.heal("web1").unwrap();
    });
    assert_eq!(ended.stdout, "late\n");
}

/// A console that dies in the middle of a migration finds it again, and it runs once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_whose_console_went_away_is_found_again() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let prepare = operator.run(Phase::Prepare, Some("v2"));
    let web1 = fleet.host("web1").unwrap();
    let engine = web1.docker().unwrap();
    let cut = async {
        let runs = async || engine.find("shop-migrate-v2").is_some_and(|c| c.is_alive());
        eventually("the migration runs", runs).await;
        fleet.cut("web1").unwrap();
    };
    let (verdict, ()) = tokio::join!(prepare, cut);
    assert!(verdict.failure().ended.is_lost());
    fleet.heal("web1").unwrap();
    eventually("it can be reached", async || client(&fleet, "web1").await.is_ok()).await;
    let rest = operator.run(Phase::Prepare, Some("v2")).await.done();
    let migrated = rest.iter().find(|done| done.step == "migrate");
    if let Some(migrated) = migrated {
        assert!(!migrated.ended.stdout.contains("running it again"), "{}", migrated.ended.stdout);
    }
    assert_eq!(who(web1.ports().passive()).await.0, "v2");
}

/// To `docker wait` a container that was never started is one that ended well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_was_made_and_never_started_is_not_taken_for_done() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let web1 = fleet.host("web1").unwrap();
    let engine = web1.docker().unwrap();
    let release = release::find("v2").unwrap();
    engine.add_image(release);
    let made = engine.create(Fixed {
        id: String::new(),
        name: "shop-migrate-v2".to_owned(),
        project: "shop".to_owned(),
        service: "migrator".to_owned(),
        oneoff: true,
        release,
        address: None,
        has_check: false,
        restarts: false,
    });
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let log = made.log().borrow().clone();
    assert_eq!(log.last().unwrap(), "All migrations are applied");
}

/// The container of a migration that failed would otherwise stay for ever: nothing else removes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_failed_migration_is_removed_when_the_release_is_given_up() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let web1 = fleet.host("web1").unwrap();
    let engine = web1.docker().unwrap();
    let release = release::find("v2").unwrap();
    engine.add_image(release);
    let fail = || {
        let made = engine.create(Fixed {
            id: String::new(),
            name: "shop-migrate-v2".to_owned(),
            project: "shop".to_owned(),
            service: "migrator".to_owned(),
            oneoff: true,
            release,
            address: None,
            has_check: false,
            restarts: false,
        });
        made.set(State::Exited { code: 3, since: Instant::now() });
    };
    fail();
    let done = operator.run(Phase::Abandon, None).await.done();
    assert_eq!(by_host(&done)["web1"], ["unmigrate"]);
    assert!(engine.find("shop-migrate-v2").is_none());

    // The same where a rollback takes a prepared release back.
    operator.run(Phase::Prepare, Some("v3")).await.done();
    fail();
    let done = operator.run(Phase::Rollback, None).await.done();
    assert_eq!(by_host(&done)["web1"], ["passive", "stop", "mark", "unmigrate"]);
    assert!(engine.find("shop-migrate-v2").is_none());
}

/// A switch that was killed on its host leaves a mark: nothing goes live over it, and a repair takes it away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_that_was_interrupted_is_named_until_it_is_repaired() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let mark = fleet.host("web1").unwrap().places.stack.join(".flipside/switching");
    let text =
        r#"{"from":"blue","to":"green","run":"20260101-000000-a","at":"2026-01-01T00:00:00Z"}"#;
    std::fs::write(&mark, format!("{text}\n1\n")).unwrap();
    let seen = operator.see("web1").await;
    let what: Vec<&str> = seen.drift.iter().map(|drift| drift.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "a switch from blue to green was interrupted (started at 2026-01-01 00:00:00 UTC by run 20260101-000000-a)"
        ]
    );
    assert!(!seen.switching.unwrap().running, "process 1 is no switch");
    let refused = operator.run(Phase::GoLive, Some("v2")).await;
    assert!(matches!(refused, Verdict::Refused(why) if why.contains("was interrupted")));
    operator.run(Phase::Repair, None).await.done();
    assert!(!mark.exists());
    operator.run(Phase::GoLive, Some("v2")).await.done();
    assert!(!mark.exists() && operator.see("web1").await.drift.is_empty());

    // One that cannot be read is a mark, too.
    std::fs::write(&mark, "").unwrap();
    assert!(operator.see("web1").await.drift[0].what.contains("switching"));
}

/// A console that dies between the users and their jobs leaves no lock that lives and no journal elsewhere:
/// every other machine finds it out from the hosts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_go_live_that_ended_before_the_jobs_followed_is_found_unfinished() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let switch = operator.command(Phase::GoLive, "v2", "web1", "switch").await;
    assert_eq!(operator.on("web1", &switch).await.code, Some(0));
    let seen = [operator.see("web1").await, operator.see("jobs1").await];
    let found = unfinished(&seen.iter()).unwrap();
    assert_eq!(
        found.what(),
        "go-live of v2 is not complete: done on no host; jobs are on v1 on web1, jobs1"
    );
    operator.run(Phase::GoLive, Some("v2")).await.done();
    let seen = [operator.see("web1").await, operator.see("jobs1").await];
    assert_eq!(unfinished(&seen.iter()), None);
    operator.run(Phase::Rollback, None).await.done();
    let seen = [operator.see("web1").await, operator.see("jobs1").await];
    assert_eq!(unfinished(&seen.iter()), None);
}
