//! Releases, from prepare to finish, by the platform's own scripts.

use flipside::domain::observation::{Health, Running};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{TrackStart, Width};
use flipside::domain::target::Target;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::operator::{Operator, by_host};
use crate::world::{eventually, fleet, get, service, who};

fn pair(release: &str, color: &str) -> (String, String) {
    (release.to_owned(), color.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_fleet_is_seen_as_it_is() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let seen = operator.see("web1").await;
    assert_eq!(seen.drift, []);
    assert_eq!(seen.live.color().unwrap().as_str(), "blue");
    let blue = &seen.colors[seen.live.color().unwrap()];
    assert_eq!((blue.running, blue.health), (Running::Up, Health::Healthy));
    let release = blue.release.as_ref().unwrap();
    assert_eq!(release.tag.as_str(), "v1");
    assert!(release.digest.is_some());
    assert_eq!(seen.jobs.len(), 2);
    assert!(seen.jobs.iter().all(|job| job.running == Running::Up));
    assert!(seen.host.disk_free.is_some());
    let jobs = operator.see("jobs1").await;
    assert_eq!(jobs.drift, []);
    assert!(jobs.colors.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_goes_all_the_way_and_back_under_load() {
    let fleet = fleet(3).await;
    let operator = Operator::of(&fleet);
    let prepared = operator.run(Phase::Prepare, Some("v2")).await.done();
    let steps = by_host(&prepared);
    assert_eq!(steps["web1"], ["pull", "write", "migrate", "start", "passive"]);
    assert_eq!(steps["web2"], ["pull", "write", "start", "passive"]);
    assert_eq!(steps["jobs1"], ["pull", "write"]);
    let migrated = prepared.iter().find(|done| done.step == "migrate").unwrap();
    assert!(migrated.ended.stdout.contains("0043_index_orders_by_currency ... OK"));
    let web1 = fleet.host("web1").unwrap();
    assert_eq!(who(web1.ports().live()).await, pair("v1", "blue"));
    assert_eq!(who(web1.ports().passive()).await, pair("v2", "green"));

    operator.run(Phase::Verify, None).await.done();
    let seen = operator.see("web1").await;
    assert_eq!(seen.verified.unwrap().tag.as_str(), "v2");

    let live = operator.run(Phase::GoLive, None).await.done();
    assert_eq!(by_host(&live)["web2"], ["switch", "jobs"]);
    assert_eq!(by_host(&live)["jobs1"], ["jobs"]);
    assert_eq!(who(web1.ports().live()).await, pair("v2", "green"));
    assert_eq!(service(web1, "djobs").unwrap().fixed.release.tag, "v2");
    let stack = web1.places.stack.clone();
    assert_eq!(std::fs::read_to_string(stack.join("live-color")).unwrap(), "green\n");
    let link = std::fs::read_link(stack.join("docker-compose.yml")).unwrap();
    assert!(link.to_str().unwrap().ends_with("-v2.yml"), "{link:?}");
    assert_eq!(operator.see("web1").await.drift, []);

    operator.run(Phase::Rollback, None).await.done();
    assert_eq!(who(web1.ports().live()).await, pair("v1", "blue"));
    assert_eq!(service(web1, "djobs").unwrap().fixed.release.tag, "v1");
    assert_eq!(operator.see("web2").await.drift, []);

    let figures = fleet.load();
    assert!(figures.by_release["v1"].ok > 0 && figures.by_release["v2"].ok > 0, "{figures:#?}");
    assert!(fleet.requests_ok(), "{figures:#?}");
}

/// Jobs follow the users of their own host; a host that carries nothing else comes with the last of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batched_plan_names_the_hosts_that_jobs_follow() {
    let fleet = fleet(3).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let mut intent = operator.intent(Phase::GoLive, None);
    intent.batches.size = Width::Count(1);
    let plan = operator.plan(&intent).await.unwrap();
    let stages: Vec<Vec<&str>> = plan
        .stages
        .iter()
        .map(|stage| stage.tracks.iter().map(|track| track.target.name()).collect())
        .collect();
    assert_eq!(stages, [vec!["web1"], vec!["web2", "jobs1"]]);
    for track in plan.stages.iter().flat_map(|stage| &stage.tracks) {
        let steps: Vec<&str> = track.steps.iter().map(|step| step.name.as_str()).collect();
        if track.target.name() == "jobs1" {
            assert_eq!((track.begin, steps), (TrackStart::AfterUsersMoved, vec!["jobs"]));
        } else {
            assert_eq!((track.begin, steps), (TrackStart::AtOnce, vec!["switch", "jobs"]));
        }
    }
    let told = flipside::headless::plan::text(&plan);
    assert!(
        told.contains("jobs1      ▶ update djobs, cron to v2, after users were moved"),
        "{told}"
    );
    // Once users are there nobody is waited for.
    operator.run(Phase::GoLive, None).await.done();
    let plan = operator.plan(&intent).await.unwrap();
    assert!(plan.stages.iter().flat_map(|it| &it.tracks).all(|it| it.begin == TrackStart::AtOnce));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finish_stops_the_other_color_and_a_stopped_one_is_started_again() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let web1 = fleet.host("web1").unwrap();
    // The slow one too: it is waited for.
    for tag in ["v7-broken", "v2", "v3", "v6-slow"] {
        operator.run(Phase::Prepare, Some(tag)).await.done();
        operator.run(Phase::GoLive, Some(tag)).await.done();
    }
    let finished = operator.run(Phase::Finish, None).await.done();
    assert_eq!(by_host(&finished)["web1"], ["drain", "stop", "prune"]);
    let passive =
        if who(web1.ports().live()).await.1 == "green" { "shop_blue" } else { "shop_green" };
    assert_eq!(service(web1, passive).unwrap().state_word(), "exited");
    // Two that neither color needs are kept.
    let kept: Vec<&str> =
        web1.docker().unwrap().images().iter().map(|release| release.tag).collect();
    assert_eq!(kept, ["v2", "v3", "v6-slow", "v7-broken"]);
    let first = web1.places.stack.join("docker-compose.20260101-000000-v1.yml");
    assert!(!first.exists());

    let back = operator.run(Phase::Rollback, None).await.done();
    assert_eq!(by_host(&back)["web1"][..2], ["revive", "switch"]);
    assert_eq!(who(web1.ports().live()).await.0, "v3");
    assert_eq!(fleet.load().all.failed, 0, "{:#?}", fleet.load());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_start_is_reported_with_its_log_and_users_notice_nothing() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let bad = operator.run(Phase::Prepare, Some("v4-bad")).await.failure();
    assert_eq!((bad.step.as_str(), bad.ended.code), ("start", Some(66)));
    assert!(bad.ended.stderr.contains("the search index was built by v3"), "{}", bad.ended.stderr);
    let crash = operator.run(Phase::Prepare, Some("v5-crash")).await.failure();
    assert_eq!((crash.step.as_str(), crash.ended.code), ("start", Some(65)));
    assert!(crash.ended.stderr.contains("PAYMENT_API_URL"), "{}", crash.ended.stderr);
    let none = operator.run(Phase::Prepare, Some("v9")).await.failure();
    assert_eq!((none.step.as_str(), none.ended.code), ("pull", Some(1)));
    assert!(none.ended.stderr.contains("manifest unknown"), "{}", none.ended.stderr);
    operator.run(Phase::Abandon, None).await.done();
    let web1 = Target::Host("web1".parse().unwrap());
    assert_eq!(operator.see(web1.name()).await.drift, []);
    assert!(fleet.requests_ok(), "{:#?}", fleet.load());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_by_hand_is_seen_and_repaired() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let recorded = fleet.host("web1").unwrap().places.stack.join("live-color");
    std::fs::write(&recorded, "green\n").unwrap();
    let drift = operator.see("web1").await.drift;
    assert!(drift[0].what.ends_with("live-color says green, but nginx serves blue"), "{drift:?}");
    operator.run(Phase::Repair, None).await.done();
    assert_eq!(std::fs::read_to_string(&recorded).unwrap(), "blue\n");
    assert_eq!(operator.see("web1").await.drift, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broken_release_shows_only_to_users_and_is_rolled_back() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v7-broken")).await.done();
    operator.run(Phase::Verify, None).await.done();
    operator.run(Phase::GoLive, None).await.done();
    eventually("users see errors", async || fleet.load().all.not_ok > 2).await;
    operator.run(Phase::Rollback, None).await.done();
    let before = fleet.load();
    eventually("users go on", async || fleet.load().total() > before.total() + 20).await;
    // One that was under way may still have been counted after the switch.
    assert!(fleet.load().bad() <= before.bad() + 1);
    assert_eq!(fleet.load().all.failed, 0, "{:#?}", fleet.load());
}

/// What real nginx does with a reload, the demo's proxy does too: the switch relies on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_lets_requests_under_way_finish_and_closes_idle_connections() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();
    let live = fleet.host("web1").unwrap().ports().live();
    let slow = tokio::spawn(async move { get(live, "/slow/1500").await });
    let mut silent = tokio::net::TcpStream::connect(live).await.unwrap();
    let idle = Idle::after_one_request(live).await;
    operator.run(Phase::GoLive, None).await.done();
    assert!(slow.await.unwrap().unwrap().contains("x-release: v1"), "begun on blue, ended on blue");
    assert!(idle.was_closed().await);
    silent.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    silent.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "a connection that was taken is answered: {answer}"
    );
}

/// A connection that was used once and is kept.
struct Idle(tokio::net::TcpStream);

impl Idle {
    async fn after_one_request(address: std::net::SocketAddr) -> Self {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n").await.unwrap();
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(bytes[..count].starts_with(b"HTTP/1.1 200"));
        Self(stream)
    }

    async fn was_closed(mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.is_ok()
    }
}
