//! The operator's disk: full, or being filled by a host. Also the text at the end of a run.

use std::os::unix::fs::symlink;
use std::sync::Arc;

use flipside::domain::command::Command;
use flipside::domain::event::{Event, Stream, Verdict, What};
use flipside::domain::journal_path;
use flipside::domain::names::HostName;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::FailurePolicy;
use flipside::engine::{Attendance, journal_reader};
use flipside::headless::EventTexts;
use flipside::transport::{BoxFuture, Ending, Limits, Shell, Sink};

use crate::fleet::{Fault, Fleet};
use crate::run::Desk;

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

fn told(events: &[Event]) -> String {
    let mut texts = EventTexts::default();
    events.iter().filter_map(|event| texts.line(event)).map(|line| line + "\n").collect()
}

/// Every write to the journal of the next run of this phase meets a full disk.
fn fill_the_disk(desk: &Desk, phase: Phase, tag: Option<&str>) -> flipside::domain::plan::Intent {
    let intent = desk.intent(phase, tag);
    let run = journal_path::run(&desk.journals(), &intent);
    std::fs::create_dir_all(&run).unwrap();
    symlink("/dev/full", journal_path::events(&run)).unwrap();
    intent
}

#[tokio::test(start_paused = true)]
async fn full_disk_allows_a_rollback_and_refuses_other_phases() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    let intent = fill_the_disk(&desk, Phase::GoLive, None);
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    let (verdict, _) = desk.verdict().await;
    assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
    assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"), "nothing was begun");
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);

    let intent = fill_the_disk(&desk, Phase::Rollback, None);
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Done);
    assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"), "users are back");
    assert_eq!(told(&events).matches("THE JOURNAL IS LOST").count(), 1, "{}", told(&events));
    desk.quit().await;
}

/// Where not even the run's directory can be made.
#[tokio::test(start_paused = true)]
async fn rollback_runs_without_a_journal() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    std::fs::remove_dir_all(desk.journals()).unwrap();
    std::fs::write(desk.journals(), "in the way").unwrap();
    let refused = desk.run(Phase::Finish, None).await;
    assert!(matches!(refused, Verdict::Refused { .. }), "{refused:?}");
    desk.start(Phase::Rollback, None, FailurePolicy::Continue);
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Done);
    assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"), "users are back");
    assert!(told(&events).contains("THE JOURNAL IS LOST"), "{}", told(&events));
    desk.quit().await;
}

/// Prints without end while it pulls.
struct Flood(Arc<Fleet>);

impl Shell for Flood {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async move {
            if command.name == "pull" && host.as_str() == "web1" {
                let lines = format!("{}\n", "x".repeat(16_000)).repeat(64);
                for _ in 0..34 {
                    sink.take(Stream::Stdout, lines.as_bytes());
                }
            }
            self.0.run(host, command, sink, limits).await
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

#[tokio::test(start_paused = true)]
async fn endless_output_of_a_host_is_capped_on_disk() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::over(&fleet, Arc::new(Flood(fleet.clone())), Attendance::Unattended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Done);
    let cut = events.iter().find_map(|event| match &event.what {
        What::OutputCut { target, lines, bytes } => Some((target.name(), *lines, *bytes)),
        _ => None,
    });
    let (host, lines, bytes) = cut.unwrap();
    assert_eq!((host, bytes / lines), ("web1", 16_026));
    assert!(told(&events).contains(&format!("web1        ⚠ {lines} lines")), "{}", told(&events));
    let path = desk.journals();
    let journals = desk.quit_and_keep_journals().await;
    let record = journal_reader::whole(&journal_reader::all(&path)[0]).unwrap();
    let output = record.output.iter().find(|output| output.target.name() == "web1").unwrap();
    let size = std::fs::metadata(&output.file).unwrap().len();
    assert!(size < 33 * 1024 * 1024, "{size}");
    let texts: Vec<&str> = output.lines.iter().map(|line| line.text.as_str()).collect();
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("The output of web1 is not recorded from here on"))
    );
    assert!(texts.iter().any(|text| text.starts_with(&format!("{lines} lines"))), "and how much");
    assert!(texts.last().unwrap().starts_with("done"), "its steps' ends are there: {texts:?}");
    drop(journals);
}

#[tokio::test(start_paused = true)]
async fn verdict_names_every_failed_host() {
    let fleet = Fleet::new(&HOSTS);
    for host in HOSTS {
        fleet.fails(host, "pull", Fault::Failed);
    }
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Continue);
    let (verdict, mut events) = desk.verdict().await;
    let at = events[0].at;
    events.push(Event { seq: 0, at, run: None, what: What::RunEnded { verdict } });
    let told = told(&events);
    let last = told.lines().last().unwrap();
    assert!(last.ends_with("✖ Failed on web1, web2, web3: exit 9: it printed nothing"), "{last}");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn warning_is_reported_once_before_the_run() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for (phase, tag) in [(Phase::Prepare, Some("v2")), (Phase::GoLive, None)] {
        assert_eq!(desk.run(phase, tag).await, Verdict::Done);
    }
    desk.start(Phase::Finish, None, FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Done);
    let warnings = events.iter().filter_map(|event| match &event.what {
        What::Planned { plan, .. } => Some(plan.warnings.clone()),
        _ => None,
    });
    let warnings: Vec<String> = warnings.flatten().collect();
    assert!(!warnings.is_empty(), "finish warns");
    assert_eq!(told(&events).matches(&warnings[0]).count(), 1, "{}", told(&events));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_can_answer_is_left_open_and_nothing_is_signed_off() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    desk.start(Phase::Verify, None, FailurePolicy::Stop);
    let verdict = loop {
        match desk.handle.readers.events.recv().await.unwrap().what {
            What::Asked { .. } => {
                let why = "there is no terminal".to_owned();
                desk.handle.orders.send(Order::LeaveOpen { why }).unwrap();
            }
            What::RunEnded { verdict } => break verdict,
            _ => {}
        }
    };
    assert_eq!(verdict, Verdict::Done, "it only checked, and every check passed");
    assert!(!fleet.host("web1").marks.contains_key("verified"));
    assert!(fleet.host("web1").lock.is_none());
    assert_eq!(desk.run(Phase::Verify, None).await, Verdict::Done);
    assert!(fleet.host("web1").marks.contains_key("verified"), "asked again, it can be signed off");
    desk.quit().await;
}
