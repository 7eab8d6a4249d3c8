//! Runs by deploy agents: what is not known is said, and settled by what the agent names as live.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::event::{Choice, Event, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Intent, Selection, StepState};
use flipside::engine::Attendance;

use crate::testkit::agent::{Agents, Goes, environment};
use crate::testkit::fleet::{Asked, Fleet};
use crate::testkit::run::{Desk, operator};

fn desk(agents: &Agents, attendance: Attendance) -> Desk {
    let fleet = Fleet::new(&[]);
    let catalog = Arc::new(Asked(Arc::clone(&fleet.registry)));
    Desk::at(environment(), fleet, Arc::new(agents.clone()), catalog, attendance)
}

/// Goes live with v2 on web1.
async fn goes_live(agents: &Agents) -> (Verdict, Vec<Event>) {
    let mut desk = desk(agents, Attendance::Unattended);
    let members = desk.environment.apps.values().next().unwrap().members.clone();
    let selection = Selection::only([&members[0].target]);
    desk.begin(Intent { selection, ..desk.intent(Phase::GoLive, Some("v2")) });
    let ended = desk.verdict().await;
    desk.quit().await;
    ended
}

fn steps(events: &[Event]) -> Vec<(String, Outcome)> {
    let ended = events.iter().filter_map(|event| match &event.what {
        What::StepEnded { step, outcome, .. } => Some((step.name.clone(), outcome.clone())),
        _ => None,
    });
    ended.collect()
}

fn why(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Failed { why, .. } | Verdict::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn explicit_version_is_sent_and_the_answer_is_believed_when_the_agent_names_it() {
    let agents = Agents::new();
    let (verdict, events) = goes_live(&agents).await;
    assert_eq!(verdict, Verdict::Done);
    let sent = "target=master&version=v2&user=mara%40desk";
    assert_eq!(agents.on("web1", |it| it.posts.clone()), [sent]);
    let names: Vec<String> = steps(&events).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["deploy", "wait for deploy"]);
    assert_eq!((agents.live("web1"), agents.live("web2")), ("v2".to_owned(), "v1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn lost_answer_is_settled_while_the_agent_still_works_and_nothing_is_sent_twice() {
    let agents = Agents::new();
    agents.on("web1", |it| (it.goes, it.takes) = (Goes::AnswerLost, Duration::from_secs(60)));
    let (verdict, events) = goes_live(&agents).await;
    assert_eq!(verdict, Verdict::Done);
    assert_eq!(agents.on("web1", |it| it.posts.len()), 1);
    let steps = steps(&events);
    assert!(matches!(&steps[0].1, Outcome::Unknown { .. }), "{steps:?}");
    assert_eq!(steps[1], ("wait for deploy".to_owned(), Outcome::Done));
}

#[tokio::test(start_paused = true)]
async fn deploy_beyond_the_worker_limit_is_cut_and_the_live_version_settles_it() {
    let agents = Agents::new();
    agents.on("web1", |it| it.takes = Duration::from_secs(120));
    let (verdict, _) = goes_live(&agents).await;
    let why = why(&verdict);
    let settled =
        "the connection was reset; then: the body says /application/version: v1, wanted v2 (asked ";
    assert!(why.contains(settled), "{why}");
    assert_eq!(
        agents.on("web1", |it| it.posts.len()),
        1,
        "a hook may go on: nothing is sent again"
    );
    assert_eq!(agents.live("web1"), "v1");
}

#[tokio::test(start_paused = true)]
async fn request_that_never_arrived_ends_with_the_version_that_is_live() {
    let agents = Agents::new();
    agents.on("web1", |it| it.goes = Goes::RequestLost);
    let (verdict, _) = goes_live(&agents).await;
    assert!(why(&verdict).contains("v1, wanted v2"), "{verdict:?}");
    assert_eq!(agents.on("web1", |it| it.posts.len()), 0);
}

#[tokio::test(start_paused = true)]
async fn failed_hook_is_told_with_what_the_agent_does_not_say() {
    let agents = Agents::new();
    agents.on("web1", |it| it.goes = Goes::HookFails);
    let (verdict, _) = goes_live(&agents).await;
    let why = why(&verdict);
    assert!(why.starts_with("answered 500, expected 200: the agent gives no reason."), "{why}");
    assert!(
        why.contains("If the agent names v2 as live now, it failed after the link was swung"),
        "{why}"
    );
    assert_eq!(agents.live("web1"), "v2");
    // Asked again, nothing is left to do, and the plan says what is not known.
    let (verdict, events) = goes_live(&agents).await;
    assert_eq!(verdict, Verdict::Done);
    let warned = events.iter().any(|event| {
        let What::Planned { plan, .. } = &event.what else { return false };
        plan.steps().any(|(_, step)| {
            matches!(&step.state, StepState::AlreadyDone(why)
            if why == "users are on v2; the agent does not say how its hooks ended")
        })
    });
    assert!(warned, "{events:#?}");
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_name_their_reference() {
    let agents = Agents::new();
    agents.with(|world| world.refuses = Some(401));
    let (verdict, _) = goes_live(&agents).await;
    let why = why(&verdict);
    assert!(
        why.contains("the agent refuses the user deploy with the password of env:AGENT"),
        "{why}"
    );
    assert_eq!(agents.on("web1", |it| it.posts.len()), 0);
}

/// A failed hook leaves the version live, so users may have been moved although the step failed.
#[tokio::test(start_paused = true)]
async fn revert_does_not_claim_that_no_users_were_moved() {
    let agents = Agents::new();
    agents.on("web1", |it| it.goes = Goes::HookFails);
    let mut desk = desk(&agents, Attendance::Attended);
    desk.begin(desk.intent(Phase::GoLive, Some("v2")));
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StageEnded { .. } => {
                let target =
                    desk.environment.apps.values().next().unwrap().members[0].target.clone();
                let order = Order::Choose { target, choice: Choice::RevertAll, by: operator() };
                desk.handle.orders.send(order).unwrap();
            }
            What::RunEnded { verdict } => {
                let why = why(&verdict);
                assert!(!why.contains("moved no users"), "{why}");
                assert!(why.contains("`flipside rollback --to"), "{why}");
                break;
            }
            _ => {}
        }
    }
    desk.quit().await;
}
