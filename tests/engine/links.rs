//! A connection that breaks or comes back is reported at once, as one event.

use flipside::domain::deploy::Deploy;
use flipside::domain::event::{Event, What};
use flipside::domain::names::{AppName, HostName, StackName};
use flipside::domain::observation::Observed;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::FailurePolicy;
use flipside::engine::Attendance;
use flipside::transport::ConnectionEvent;

use crate::fleet::Fleet;
use crate::run::Desk;

const FLEET: [&str; 3] = ["web1", "web2", "web3"];

fn lost() -> ConnectionEvent {
    ConnectionEvent::Lost { why: "the server stopped answering keepalives".to_owned() }
}

fn up() -> ConnectionEvent {
    ConnectionEvent::Up { address: "web2:22".to_owned() }
}

/// `-web2: why` and `+web2`, in order.
fn links(events: &[Event]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match &event.what {
        What::ConnectionLost { target, why } => Some(format!("-{target}: {why}")),
        What::ConnectionBack { target } => Some(format!("+{target}")),
        _ => None,
    });
    told.collect()
}

async fn until(desk: &mut Desk, wanted: impl Fn(&What) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        let last = wanted(&event.what);
        events.push(event);
        if last {
            return events;
        }
    }
}

fn sees(host: &'static str) -> impl Fn(&What) -> bool {
    move |what| match what {
        What::Observed { target, observed: Observed::Current(_) } => target.name() == host,
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn lost_connection_makes_a_watched_host_unknown_and_observes_it_again() {
    let fleet = Fleet::new(&FLEET);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
    desk.handle.orders.send(Order::Focus { app, stack }).unwrap();
    let mut story = until(&mut desk, sees("web2")).await;
    let web2 = story.last().unwrap();
    let What::Observed { target: web2, .. } = web2.what.clone() else { panic!("{web2:?}") };

    fleet.tells("web2", &ConnectionEvent::Connecting);
    fleet.tells("web2", &lost());
    fleet.tells("web2", &lost());
    let event = until(&mut desk, |what| matches!(what, What::ConnectionLost { .. })).await;
    story.extend(event);
    let unseen = Deploy::fold(&story).observations[&web2].clone();
    let Observed::Failed { why, last: Some(_) } = unseen else { panic!("{unseen:?}") };
    assert!(why.contains("keepalives"), "{why}");

    // It is looked at before its time, and comes back by that.
    let began = tokio::time::Instant::now();
    fleet.tells("web2", &up());
    let after = until(&mut desk, sees("web2")).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    story.extend(after);
    let told = ["-web2: the server stopped answering keepalives", "+web2"];
    assert_eq!(links(&story), told);
    assert!(Deploy::fold(&story).observations[&web2].current().is_some());
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn first_connections_and_other_hosts_emit_no_event() {
    let fleet = Fleet::new(&FLEET);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    fleet.tells("web2", &up());
    fleet.tells("web2", &ConnectionEvent::Failed { why: "refused".to_owned() });
    let elsewhere = HostName::new("elsewhere").unwrap();
    fleet.watcher.get().unwrap().link(&elsewhere, &lost());
    desk.start(Phase::Prepare, Some("1.0"), FailurePolicy::Stop);
    let (_, events) = desk.verdict().await;
    assert!(links(&events).is_empty(), "{:?}", links(&events));
    desk.quit().await;
}

/// A run that leaves a host out says only that it does not see it: why is the transport's to say.
#[tokio::test(start_paused = true)]
async fn excluded_host_is_lost_only_by_a_connection_event() {
    let fleet = Fleet::new(&FLEET);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for (phase, tag) in
        [(Phase::Prepare, Some("1.0")), (Phase::Verify, None), (Phase::GoLive, None)]
    {
        desk.run(phase, tag).await;
    }
    fleet.cut.lock().unwrap().push("web2".to_owned());
    desk.start(Phase::Rollback, None, FailurePolicy::Stop);
    let unseen =
        |what: &What| matches!(what, What::Observed { observed: Observed::Failed { .. }, .. });
    let mut events = until(&mut desk, unseen).await;
    assert!(links(&events).is_empty());
    fleet.tells("web2", &lost());
    fleet.tells("web2", &lost());
    events.extend(desk.verdict().await.1);
    let told = links(&events);
    assert_eq!(told.iter().filter(|told| told.starts_with("-web2")).count(), 1, "{told:?}");
    // It is part of the run's story, so the journal has it.
    let event = events.iter().find(|event| matches!(event.what, What::ConnectionLost { .. }));
    assert!(event.unwrap().run.is_some());
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn transport_remark_becomes_a_note() {
    let fleet = Fleet::new(&FLEET);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    fleet.watcher.get().unwrap().note("the key could not be written down");
    let told = until(&mut desk, |what| matches!(what, What::Note { .. })).await;
    assert_eq!(told.len(), 1);
    desk.quit().await;
}
