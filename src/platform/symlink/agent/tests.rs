//! What an agent answers, and the plan that follows from it, as text.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::Agent;
use super::spec::{AgentSettings, AgentSpec};
use crate::base::secret_ref::SecretRef;
use crate::domain::availability::Availabilities;
use crate::domain::color::ColorPair;
use crate::domain::http::{Response, Tls, Url};
use crate::domain::names::{AppName, Color, RunId, StackName};
use crate::domain::observation::{Observed, Proof};
use crate::domain::phase::Phase;
use crate::domain::plan::{
    Action, Batches, FailurePolicy, Intent, Operator, Plan, Probe, Refusal, Selection, Step,
    StepState, WaitStart,
};
use crate::domain::release::Release;
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::AnyPlatform;
use crate::platform::contract::{KnownMember, Platform, ProbeReply};

fn spec(name: &str) -> AgentSpec {
    let settings = AgentSettings {
        url: format!("https://{name}:5000/deploy"),
        user: "deploy".to_owned(),
        password: SecretRef::Env("AGENT".to_owned()),
        tls: Tls::default(),
        app: "shop".to_owned(),
        target: "release/1".to_owned(),
        timeout: Duration::from_secs(90),
    };
    settings.spec()
}

fn member(name: &str) -> Member {
    let color = |name: &str| Color::new(name).unwrap();
    Member {
        target: Target::Api(name.parse().unwrap()),
        address: spec(name).api.url,
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        carries: Carries::App,
        primary: false,
        colors: ColorPair::new(color("live"), color("passive")).unwrap(),
        platform: PlatformSpec::new(spec(name)),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

fn intent(phase: Phase, release: Option<&str>, to: Option<&str>) -> Intent {
    Intent {
        run: RunId::new("r1").unwrap(),
        phase,
        environment: "prod".parse().unwrap(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        release: release.map(|tag| Release::of_tag(tag.parse().unwrap())),
        goal: to.map(|tag| RollbackGoal::To(tag.parse().unwrap())),
        selection: Selection::All,
        policy: FailurePolicy::default(),
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: "ann".to_owned(), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
    }
}

fn reply(code: i32, body: &dyn ToString) -> ProbeReply {
    let (stdout, stderr) = (body.to_string(), String::new());
    ProbeReply { code, stdout, stderr, asked_ms: 1_000, answered_ms: 1_020 }
}

/// What agents answer whose live versions are these; `-` for none.
fn planned(intent: &Intent, live: &[(&str, &str)]) -> String {
    let targets: Vec<(Member, Observed)> = live
        .iter()
        .map(|(name, version)| {
            let member = member(name);
            let version = Some(*version).filter(|version| *version != "-");
            let body = json!({"application": {"name": "shop", "version": version}});
            let read = Platform::read(&Agent, &member, &spec(name), &[reply(200, &body)], None);
            (member, Observed::Current(Box::new(read.unwrap())))
        })
        .collect();
    let known: Vec<KnownMember<'_>> =
        targets.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
    shown(&AnyPlatform::plan(&Agent, intent, &known, &Availabilities::default()))
}

fn shown(plan: &Result<Plan, Refusal>) -> String {
    let plan = match plan {
        Ok(plan) => plan,
        Err(refusal) => return format!("  refused: {}\n", refusal.in_words()),
    };
    let mut text = String::new();
    text.extend(plan.steps().map(|(target, it)| format!("  {target}: {}\n", step(it))));
    text.extend(
        plan.left_out.iter().map(|left| format!("  left out: {}: {}\n", left.target, left.why)),
    );
    text.extend(plan.warnings.iter().map(|warning| format!("  warning: {warning}\n")));
    text
}

fn step(step: &Step) -> String {
    if let StepState::AlreadyDone(why) = &step.state {
        return format!("{}: already done, {why}", step.name);
    }
    let within = step.deadline.as_secs();
    match &step.action {
        Action::Request(request) => {
            let body = request.body.as_ref().map_or("", |body| body.text.as_str());
            format!("{} within {within} s, {:?}: {body}", step.title, step.effect)
        }
        Action::Wait(wait) => format!("{} within {within} s, {:?}", step.title, wait.begin),
        other => panic!("{other:?}"),
    }
}

#[test]
fn phases() {
    let go = |tag| intent(Phase::GoLive, tag, None);
    let back = |to| intent(Phase::Rollback, None, to);
    let both = [("web1", "v1"), ("web2", "v1")];
    let scenes = [
        ("go live", planned(&go(Some("v2")), &both)),
        ("go live without a release", planned(&go(None), &both)),
        ("go live, one has it", planned(&go(Some("v2")), &[("web1", "v2"), ("web2", "v1")])),
        ("go live again", planned(&go(Some("v1")), &both)),
        ("the first release", planned(&go(Some("v1")), &[("web1", "-")])),
        ("roll back without a name", planned(&back(None), &both)),
        ("roll back to a name", planned(&back(Some("v0")), &both)),
        ("roll back to where users are", planned(&back(Some("v1")), &both)),
        ("prepare", planned(&intent(Phase::Prepare, Some("v2"), None), &both)),
        ("finish", planned(&intent(Phase::Finish, None, None), &both)),
    ];
    let text: String = scenes.iter().map(|(name, plan)| format!("{name}\n{plan}\n")).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn answers_that_cannot_be_read_say_why() {
    let member = member("web1");
    let read = |replies: &[ProbeReply]| {
        Platform::read(&Agent, &member, &spec("web1"), replies, None).unwrap_err().to_string()
    };
    let refused =
        "the agent refuses the user deploy with the password of env:AGENT (401 to GET /shop)";
    assert_eq!(read(&[reply(401, &"Unauthorized Access")]), refused);
    let missing = || reply(404, &json!({"error": "Not found", "status": 404}));
    let list = |names: &[&str]| {
        let apps: Vec<_> =
            names.iter().map(|name| json!({"name": name, "version": null})).collect();
        reply(200, &json!({"applications": apps}))
    };
    assert_eq!(
        read(&[missing(), list(&["blog", "pay"])]),
        "the agent has no app shop; it has blog, pay"
    );
    assert_eq!(read(&[missing(), list(&[])]), "the agent has no app shop, and no other one");
    let many: Vec<String> = (0..15).map(|number| format!("app{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(read(&[missing(), list(&many)]).ends_with("app10, app11 and 3 more"));
    let asked = "the agent has no app shop; `flipside doctor` lists those that it has";
    assert_eq!(read(&[missing()]), asked);
    assert_eq!(read(&[missing(), reply(500, &"")]), asked);
    let failed = read(&[reply(500, &json!({"error": "Server error", "status": 500}))]);
    assert!(failed.starts_with("GET /shop answered 500: the agent gives no reason"), "{failed}");
    let other = "GET /shop answered 200 without an `application`: is https://web1:5000/deploy the address of a deploy agent?";
    assert_eq!(read(&[reply(200, &"{}")]), other);
    assert_eq!(read(&[reply(200, &"<html>")]), other);
    assert_eq!(read(&[reply(502, &"bad gateway")]), "GET /shop answered 502: bad gateway");
    assert_eq!(read(&[]), "no reply to the observation");
}

#[test]
fn link_is_the_proof_and_users_are_not_claimed_to_be_answered() {
    let member = member("web1");
    let read = |version: Option<&str>| {
        let body = json!({"application": {"name": "shop", "version": version}});
        Platform::read(&Agent, &member, &spec("web1"), &[reply(200, &body)], None).unwrap()
    };
    let seen = read(Some("v1"));
    assert_eq!((seen.live.proof, &seen.live.answer), (Proof::Link, &None));
    assert_eq!(seen.live_tag().unwrap().as_str(), "v1");
    assert!(seen.drift.is_empty() && seen.last_change.is_none());
    let none = read(None);
    assert_eq!(none.live_tag(), None);
    assert!(none.drift[0].what.starts_with("the agent names no live version"), "{:?}", none.drift);
}

#[test]
fn all_apps_are_asked_only_until_this_one_was_observed() {
    let member = member("web1");
    let urls = |last| -> Vec<Url> {
        let probe = Platform::probe(&Agent, &member, &spec("web1"), last);
        let url = |action| match action {
            Action::Request(request) => request.url,
            other => panic!("{other:?}"),
        };
        probe.into_iter().map(url).collect()
    };
    let url = |path: &str| Url::Plain(format!("https://web1:5000/deploy{path}"));
    assert_eq!(urls(None), [url("/shop"), url("/")]);
    let body = json!({"application": {"name": "shop", "version": "v1"}});
    let seen = Platform::read(&Agent, &member, &spec("web1"), &[reply(200, &body)], None).unwrap();
    assert_eq!(urls(Some(&seen)), [url("/shop")]);
}

#[test]
fn answers_to_a_deploy_say_what_the_agent_means() {
    let go = intent(Phase::GoLive, Some("v2"), None);
    let member = member("web1");
    let body = json!({"application": {"name": "shop", "version": "v1"}});
    let seen = Platform::read(&Agent, &member, &spec("web1"), &[reply(200, &body)], None).unwrap();
    let observed = Observed::Current(Box::new(seen));
    let known = [KnownMember { member: &member, observed: &observed }];
    let plan = AnyPlatform::plan(&Agent, &go, &known, &Availabilities::default()).unwrap();
    let steps: Vec<&Step> = plan.steps().map(|(_, step)| step).collect();
    let Action::Request(request) = &steps[0].action else { panic!("{steps:?}") };
    let why = |status, body: &str| {
        let response = Response { status, headers: Vec::new(), body: body.to_owned() };
        request.expect.check(&response).unwrap_err()
    };
    assert!(
        why(401, "")
            .ends_with(": the agent refuses the user deploy with the password of env:AGENT")
    );
    assert!(why(404, "").contains("the agent has no app shop"), "{}", why(404, ""));
    assert!(why(500, "").contains("its worker was ended after 90 s"), "{}", why(500, ""));
    let faster = why(200, r#"{"application":{"name":"shop","version":"v3"}}"#);
    assert_eq!(
        faster,
        "the body says /application/version: v3, wanted v2: another deploy was faster"
    );
    let Action::Wait(wait) = &steps[1].action else { panic!("{steps:?}") };
    assert_eq!(wait.begin, WaitStart::AfterUnknown);
    assert!(matches!(&wait.probe, Probe::Request(_)) && steps[1].settles());
}
