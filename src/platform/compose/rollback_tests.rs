//! Rollback of a host whose Docker Engine does not answer.

use std::collections::BTreeMap;

use crate::domain::availability::Availabilities;
use crate::domain::color::ColorPair;
use crate::domain::names::{AppName, EnvName, HostName, RunId, StackName};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{
    Batches, FailurePolicy, Intent, Operator, Plan, Refusal, Selection, StepState,
};
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::Compose;
use crate::platform::compose::fixture::{color, spec};
use crate::platform::contract::{KnownMember, Platform, ProbeReply};

fn member() -> Member {
    Member {
        target: Target::Host(HostName::new("web1").unwrap()),
        address: "web1.example.org".to_owned(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        carries: Carries::App,
        primary: true,
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        platform: PlatformSpec::new(spec()),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

/// Returns the observation of a host on which green v2 went live after blue v1, while its engine hangs. Its answers
/// name the release `named`.
fn observe(named: &str, change: &str) -> Observed {
    let parts = [
        ("clock", "1800000000000000000".to_owned()),
        ("live-color", "green".to_owned()),
        ("change", change.to_owned()),
        ("link", "docker-compose.20270115-080000-v2.yml".to_owned()),
        (
            "files",
            format!(
                "{0}  docker-compose.20260101-000000-v1.yml\n{1}  docker-compose.20270115-080000-v2.yml\n\
                 {0}  /etc/nginx/flipside/shop-live.conf\n{0}  /etc/nginx/flipside/shop-passive.conf\n\
                 head docker-compose.20270115-080000-v2.yml # flipside release=v2 color=green previous=docker-compose.20260101-000000-v1.yml",
                "0".repeat(64),
                "1".repeat(64)
            ),
        ),
        ("live-include", "upstream shop_live {\n    server 127.0.0.1:8002;\n}".to_owned()),
        ("passive-include", "upstream shop_passive {\n    server 127.0.0.1:8002;\n}".to_owned()),
        (
            "nginx",
            "dump 1\n# configuration file /etc/nginx/nginx.conf:\nhttp { upstream shop_live { server 127.0.0.1:8002; } }".to_owned(),
        ),
        ("containers", String::new()),
        ("containers-end", "000 Operation timed out after 3001 milliseconds".to_owned()),
        ("images", String::new()),
        ("live-answer", format!("HTTP/1.1 200 OK\nX-Flipside-Color: green\nX-Release: {named}")),
        ("live-answer-end", "200 0.004".to_owned()),
        ("passive-answer", "HTTP/1.1 200 OK\nX-Flipside-Color: green".to_owned()),
        ("passive-answer-end", "200 0.004".to_owned()),
        ("end", String::new()),
    ];
    let stdout = parts.iter().map(|(name, text)| format!("\u{1e}{name}\n{text}\n")).collect();
    let reply = ProbeReply { code: 0, stdout, stderr: String::new(), asked_ms: 0, answered_ms: 0 };
    Observed::Current(Box::new(Compose.read(&member(), &spec(), &[reply], None).unwrap()))
}

const WENT_LIVE: &str =
    r#"{"at":"2027-01-15T08:00:00Z","by":"alice@desk","what":"go-live","tag":"v2","from":"v1"}"#;
const WENT_BACK: &str =
    r#"{"at":"2027-01-15T09:00:00Z","by":"alice@desk","what":"roll-back","tag":"v2","from":"v3"}"#;

fn plan(observed: &Observed, leave: Option<&str>) -> Result<Plan, Refusal> {
    let member = member();
    let intent = Intent {
        run: RunId::new("run-1").unwrap(),
        phase: Phase::Rollback,
        environment: EnvName::new("staging").unwrap(),
        app: member.app.clone(),
        stack: member.stack.clone(),
        release: None,
        selection: Selection::All,
        policy: FailurePolicy::Continue,
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: "alice".to_owned(), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
        goal: leave.map(|tag| RollbackGoal::Leave(tag.parse().unwrap())),
    };
    Compose.plan(&intent, &[KnownMember { member: &member, observed }], &Availabilities::default())
}

fn to_do(plan: &Plan) -> Vec<&str> {
    let left = plan.steps().filter(|(_, step)| step.state == StepState::ToDo);
    left.map(|(_, step)| step.title.as_str()).collect()
}

#[test]
fn users_are_rolled_back_by_the_record_and_the_jobs_are_left_out() {
    let plan = plan(&observe("v2", WENT_LIVE), None).unwrap();
    assert_eq!(to_do(&plan), ["switch users to blue v1"], "{plan:#?}");
    assert!(plan.left_out[0].why.contains("Docker Engine hangs"), "{:?}", plan.left_out);
}

#[test]
fn a_rollback_is_not_complete_while_the_jobs_are_unknown() {
    // Users are on v2, the goal, so there is nothing to switch. The jobs are unknown.
    let plan = plan(&observe("v2", WENT_BACK), Some("v3")).unwrap();
    assert_eq!(to_do(&plan), Vec::<&str>::new(), "{plan:#?}");
    assert!(!plan.left_out.is_empty());
}

#[test]
fn the_release_that_answers_outweighs_a_wrong_record() {
    let refusal = plan(&observe("v7", WENT_LIVE), Some("v2")).unwrap_err();
    assert!(refusal.reason.contains("it is not known which release green runs"), "{refusal:?}");
}

#[test]
fn an_engine_that_does_not_answer_is_the_only_drift() {
    let observed = observe("v2", WENT_LIVE);
    let observation = observed.current().unwrap();
    let drift: Vec<&str> = observation.drift.iter().map(|drift| drift.what.as_str()).collect();
    assert_eq!(drift, ["Docker Engine hangs: it does not answer within 3 s"]);
}
