//! What the API says, and the plan that follows from it, as text.

mod freeze;

use serde_json::{Value, json};

use super::Http;
use super::fixture::{intent, member, observed, plain, reply, spec, state};
use super::spec::HttpSpec;
use crate::domain::availability::Availabilities;
use crate::domain::http::{Method, Request};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Effect, Intent, Plan, Probe, Refusal, Step, StepState};
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::{Member, PlatformSettings};
use crate::platform::contract::{KnownMember, Platform};
use crate::platform::locking::LockClaim;

fn planned(intent: &Intent, targets: &[(Member, Observed)]) -> Result<Plan, Refusal> {
    let known: Vec<KnownMember<'_>> =
        targets.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
    crate::platform::AnyPlatform::plan(&Http, intent, &known, &Availabilities::default())
}

fn shown(plan: &Result<Plan, Refusal>) -> String {
    let plan = match plan {
        Ok(plan) => plan,
        Err(refusal) => return format!("  refused: {}\n", refusal.in_words()),
    };
    let mut text = String::new();
    if let Some(rollback) = &plan.rollback {
        text.push_str(&format!("  goal: {:?}\n", rollback.goal));
        let routes = rollback.routes.iter();
        text.extend(routes.map(|route| {
            let to =
                route.to.as_ref().map_or("?".to_owned(), |(side, to)| format!("{to} on {side}"));
            format!("  route of {}: {to}, {:?}\n", route.target, route.readiness)
        }));
    }
    for stage in &plan.stages {
        let steps =
            stage.steps().map(|(target, it)| format!("  {}: {target}: {}\n", stage.name, step(it)));
        text.extend(steps);
    }
    text.extend(
        plan.left_out.iter().map(|left| format!("  left out: {}: {}\n", left.target, left.why)),
    );
    text.extend(plan.warnings.iter().map(|warning| format!("  warning: {warning}\n")));
    if text.is_empty() { "  nothing to do\n".to_owned() } else { text }
}

fn step(step: &Step) -> String {
    let does = match &step.action {
        Action::Request(request) => line(request),
        Action::Wait(wait) => match &wait.probe {
            Probe::Request(request) => format!(
                "{} every {:?}, {} times, within {:?}",
                line(request),
                wait.every,
                wait.successes,
                step.deadline
            ),
            Probe::Run(_) => "a command".to_owned(),
        },
        Action::Ask(question) => question.text.clone(),
        Action::Run(_) => "a command".to_owned(),
    };
    match &step.state {
        StepState::ToDo if step.effect == Effect::ReadOnly => format!("{} ({does})", step.name),
        StepState::ToDo => format!("{}, {:?} ({does})", step.name, step.effect),
        StepState::AlreadyDone(why) => format!("{}: already done, {why}", step.name),
    }
}

fn line(request: &Request) -> String {
    let body = request.body.as_ref().map(|body| format!(" {}", body.text));
    format!("{} {}{}", request.method, request.url, body.unwrap_or_default())
}

/// One situation: what is asked for, of an API that answers this.
fn scene(name: &str, intent: &Intent, spec: HttpSpec, body: &Value) -> String {
    let member = member("api1", spec);
    let observed = observed(&member, body);
    let plan = planned(intent, &[(member, observed)]);
    format!("{name}\n{}", shown(&plan))
}

fn to(tag: &str) -> RollbackGoal {
    RollbackGoal::To(tag.parse().unwrap())
}

#[test]
#[allow(clippy::too_many_lines)] // one line for each scene
fn forward() {
    use Phase::{Abandon, Finish, GoLive, Prepare, Verify};
    let first = state("v1", "", "", "", "");
    let prepared = state("v1", "v2", "v0", "go-live", "");
    let sick = state("v1", "v2 sick", "v0", "go-live", "");
    let signed = state("v1", "v2", "v0", "go-live", "v2");
    let live = state("v2", "v1", "v1", "go-live", "v2");
    let live_sick = state("v2 sick", "v1", "v1", "go-live", "v2");
    let back = state("v1", "v2", "v2", "rollback", "v2");
    let unknown = state("v1", "v2", "", "", "");
    let only_live = json!({ "live": { "release": "v1" } });
    let strict = Intent { sign_off_required: true, ..intent(GoLive, None) };
    let no_record = {
        let mut spec = spec();
        spec.observe.verified = None;
        spec
    };
    let no_calls = HttpSpec { go_live: Vec::new(), ..spec() };
    let scenes = [
        scene("prepare without a name", &intent(Prepare, None), spec(), &first),
        scene("prepare", &intent(Prepare, Some("v2")), spec(), &first),
        scene("prepare what is prepared", &intent(Prepare, Some("v2")), spec(), &prepared),
        scene("prepare what is not healthy", &intent(Prepare, Some("v2")), spec(), &sick),
        scene("prepare in place of another", &intent(Prepare, Some("v3")), spec(), &prepared),
        scene("prepare in place of the previous", &intent(Prepare, Some("v3")), spec(), &live),
        scene("prepare what is live", &intent(Prepare, Some("v2")), spec(), &live),
        scene("prepare without a passive side", &intent(Prepare, Some("v2")), plain(), &only_live),
        scene("verify", &intent(Verify, None), spec(), &prepared),
        scene("verify what is signed off", &intent(Verify, None), spec(), &signed),
        scene("verify what is not healthy", &intent(Verify, None), spec(), &sick),
        scene("verify nothing", &intent(Verify, None), spec(), &first),
        scene("verify another", &intent(Verify, Some("v3")), spec(), &prepared),
        scene("verify without a record", &intent(Verify, None), no_record, &prepared),
        scene("verify without a passive side", &intent(Verify, None), plain(), &only_live),
        scene("go live", &intent(GoLive, None), spec(), &prepared),
        scene("go live with what is not healthy", &intent(GoLive, None), spec(), &sick),
        scene("go live without a sign-off", &strict, spec(), &prepared),
        scene("go live with a sign-off", &strict, spec(), &signed),
        scene("go live again", &intent(GoLive, Some("v2")), spec(), &live),
        scene("go live again, without a name", &intent(GoLive, None), spec(), &live),
        scene(
            "go live again, users get no answer",
            &intent(GoLive, Some("v2")),
            spec(),
            &live_sick,
        ),
        scene("go live with nothing", &intent(GoLive, None), spec(), &first),
        scene("go live after a rollback", &intent(GoLive, None), spec(), &back),
        scene("go live after a rollback, named", &intent(GoLive, Some("v2")), spec(), &back),
        scene("go live with another", &intent(GoLive, Some("v3")), spec(), &prepared),
        scene("go live without requests", &intent(GoLive, None), no_calls, &prepared),
        scene("go live without a passive side", &intent(GoLive, Some("v2")), plain(), &only_live),
        scene("go live without a live release", &intent(GoLive, Some("v2")), plain(), &json!({})),
        scene("abandon", &intent(Abandon, None), spec(), &prepared),
        scene("abandon another", &intent(Abandon, Some("v3")), spec(), &prepared),
        scene("abandon the previous", &intent(Abandon, None), spec(), &live),
        scene("abandon after a rollback", &intent(Abandon, None), spec(), &back),
        scene("abandon nothing", &intent(Abandon, None), spec(), &first),
        scene("abandon, the previous is not known", &intent(Abandon, None), spec(), &unknown),
        scene("abandon that, named", &intent(Abandon, Some("v2")), spec(), &unknown),
        scene("finish", &intent(Finish, None), spec(), &live),
        scene(
            "the API names no release",
            &intent(Prepare, Some("v2")),
            spec(),
            &json!({"live": {"release": "a b"}}),
        ),
    ];
    insta::assert_snapshot!(scenes.join("\n"));
}

#[test]
fn back() {
    let back = |goal| Intent { goal, ..intent(Phase::Rollback, None) };
    let leave = |tag: &str| Some(RollbackGoal::Leave(tag.parse().unwrap()));
    let withdraw = |tag: &str| Some(RollbackGoal::Withdraw(tag.parse().unwrap()));
    let live = state("v2", "v1", "v1", "go-live", "");
    let gone = state("v2", "", "v1", "go-live", "");
    let prepared = state("v2", "v3", "v1", "go-live", "");
    let returned = state("v1", "v2", "v2", "rollback", "");
    let no_previous = state("v2", "v1", "", "", "");
    let sick = state("v2 sick", "v1", "v1", "go-live", "");
    let only_live = json!({ "live": { "release": "v2" } });
    let frozen = Intent { freeze: true, ..back(None) };
    let scenes = [
        scene("to the previous", &back(None), spec(), &live),
        scene("to the previous, which is not up", &back(None), spec(), &gone),
        scene("from a release that is not healthy", &back(None), spec(), &sick),
        scene("done", &back(leave("v2")), spec(), &returned),
        scene("asked again", &back(None), spec(), &returned),
        scene("of a prepared release", &back(None), spec(), &prepared),
        scene("of a prepared release, done", &back(withdraw("v3")), spec(), &live),
        scene("of a release that users are on by now", &back(withdraw("v2")), spec(), &live),
        scene("the previous is not known", &back(None), spec(), &no_previous),
        scene(
            "the previous is not known, to a named one",
            &back(Some(to("v1"))),
            spec(),
            &no_previous,
        ),
        scene("to a named one, done", &back(Some(to("v2"))), spec(), &live),
        scene("without a passive side", &back(None), plain(), &only_live),
        scene("without a passive side, to a named one", &back(Some(to("v1"))), plain(), &only_live),
        scene("no release is live", &back(None), plain(), &json!({})),
        scene("no release is live, to a named one", &back(Some(to("v1"))), plain(), &json!({})),
        scene("where go-live is closed after it", &frozen, spec(), &live),
    ];
    insta::assert_snapshot!(scenes.join("\n"));
}

#[test]
fn several_targets() {
    let two = |one: Value, other: Value| {
        [("api1", one), ("api2", other)].map(|(name, body)| {
            let member = member(name, spec());
            let observed = observed(&member, &body);
            (member, observed)
        })
    };
    let live = || state("v2", "v1", "v1", "go-live", "");
    let old = || state("v1", "v2", "v0", "go-live", "");
    let silent = || json!({ "live": 7, "previous": "not a tag" });
    let mut canary = intent(Phase::GoLive, None);
    canary.batches.canary = vec!["api2".parse().unwrap()];
    let back = Intent { goal: None, ..intent(Phase::Rollback, None) };
    let scenes = [
        ("canary first", &canary, two(old(), old())),
        ("one is on it", &canary, two(live(), old())),
        ("one cannot be observed", &canary, two(old(), silent())),
        ("back", &back, two(live(), live())),
        ("back, one cannot be observed", &back, two(live(), silent())),
        ("back, none can be observed", &back, two(silent(), silent())),
        ("back, one does not know", &back, two(live(), state("v2", "", "", "", ""))),
    ];
    let scenes = scenes
        .map(|(name, intent, targets)| format!("{name}\n{}", shown(&planned(intent, &targets))));
    insta::assert_snapshot!(scenes.join("\n"));
}

#[test]
fn errors_of_an_observation_say_what_is_wrong() {
    let member = member("api1", spec());
    let read = |replies: &[_]| Http.read(&member, &spec(), replies, None).unwrap_err().to_string();
    let free = || reply(404, "");
    assert_eq!(read(&[]), "no reply to the observation");
    assert_eq!(read(&[reply(503, "busy\n"), free()]), "GET /state answered 503: busy");
    let why = read(&[reply(200, "<html>"), free()]);
    assert!(why.starts_with("GET /state: the body is not JSON: "), "{why}");
    let body = json!({ "live": { "release": "../x" } }).to_string();
    let why = read(&[reply(200, &body), free()]);
    assert_eq!(why, "/live/release is `../x`, which is not the name of a release");
    assert_eq!(read(&[reply(200, "{}")]), "no reply to the lock /lock");
    let why = read(&[reply(200, "{}"), reply(500, "")]);
    assert_eq!(why, "GET /lock answered 500, expected 200 or 404");
}

#[test]
fn lock_is_created_and_deleted_under_conditions() {
    let lock = crate::domain::lock::Lock {
        who: "ann".to_owned(),
        machine: "desk".to_owned(),
        why: "go-live".to_owned(),
        since: chrono::DateTime::UNIX_EPOCH,
        release: None,
        run: "r1".parse().unwrap(),
        lease: None,
        rollback: false,
    };
    let requests = Http.lock_requests(&spec(), &LockClaim::Ours(&lock)).unwrap();
    let take = requests.take.unwrap();
    let headers: Vec<&str> = take.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(line(&take).split(' ').next(), Some("PUT"));
    assert!(headers.contains(&"If-None-Match"), "{headers:?}");
    assert_eq!(line(&requests.release), "DELETE https://api.test/shop/lock");
    let held = take.body.unwrap().text;
    let member = member("api1", spec());
    let body = state("v1", "", "", "", "").to_string();
    let replies = [reply(200, &body), reply(200, &held)];
    let observation = Http.read(&member, &spec(), &replies, None).unwrap();
    assert_eq!(observation.lock.unwrap().lock(), Some(&lock));
    assert!(Http.lock_requests(&plain(), &LockClaim::Ours(&lock)).is_none());
}

#[test]
fn checks_of_the_inventory_are_requests_from_this_machine() {
    use crate::domain::http::Expect;
    use crate::domain::spec::{Check, CheckFrom};
    use std::time::Duration;
    let mut member = member("api1", spec());
    let check = |from| Check {
        name: "shop window".to_owned(),
        from,
        path: "/passive/{release}".to_owned(),
        expect: Expect { body: vec!["{color} {release}".to_owned()], ..Expect::default() },
        timeout: Duration::from_secs(5),
        tries: 3,
    };
    member.checks = vec![check(CheckFrom::Console)];
    let prepared = state("v1", "v2", "v0", "go-live", "");
    let planned_with = |member: &Member| {
        let observed = observed(member, &prepared);
        planned(&intent(Phase::Verify, None), &[(member.clone(), observed)])
    };
    let plan = planned_with(&member).unwrap();
    let (_, step) = plan.steps().find(|(_, step)| step.name == "shop window").unwrap();
    let Action::Request(request) = &step.action else { panic!("{step:?}") };
    assert_eq!(line(request), "GET https://api.test/shop/passive/v2");
    assert_eq!(request.expect.body, ["passive v2"]);
    assert_eq!((request.delivery.retries, step.deadline), (2, Duration::from_secs(18)));
    assert_eq!(step.title, format!("shop window: {}, to check v2", line(request)));
    member.checks = vec![check(CheckFrom::Host)];
    let refusal = planned_with(&member).unwrap_err();
    assert_eq!(
        refusal.in_words(),
        "api1: the check `shop window` runs on a host, and the target is an API. \
         Write `from: console` in that check."
    );
}

#[test]
fn plan_that_switches_says_if_users_may_lose_requests() {
    let warned = |goes: Phase, passive: &str| {
        let member = member("api1", HttpSpec { may_lose_requests: true, ..spec() });
        let observed = observed(&member, &state("v1", passive, "v0", "go-live", ""));
        let plan = planned(&intent(goes, Some("v2")), &[(member, observed)]).unwrap();
        plan.warnings.iter().any(|warning| warning.starts_with("users may lose requests"))
    };
    assert!(warned(Phase::GoLive, "v2"));
    assert!(!warned(Phase::Prepare, ""));
}

#[test]
fn log_is_a_request_for_the_release_of_its_side() {
    use crate::domain::names::Color;
    let mut spec = spec();
    assert!(!spec.capabilities().logs.any());
    spec.logs.live = Some(super::fixture::request(Method::Get, "/logs/{release}", None));
    assert!(spec.capabilities().logs.live && !spec.capabilities().logs.passive);
    let member = member("api1", spec.clone());
    let seen = observed(&member, &state("v1", "", "", "", ""));
    let log = |side: &str, last| {
        let side = Color::new(side).unwrap();
        match Http.follow_log(&member, &spec, &side, last) {
            Some(Action::Request(request)) => Some(line(&request)),
            None => None,
            other => panic!("{other:?}"),
        }
    };
    let live = "GET https://api.test/shop/logs/v1".to_owned();
    assert_eq!(log("live", seen.current()), Some(live));
    assert_eq!(log("passive", seen.current()), None);
    assert_eq!(log("live", None), None, "its release is not known");
}
