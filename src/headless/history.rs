//! Past runs, told from their events.

use std::time::Duration;

use crate::domain::deploy::Deploy;
use crate::domain::event::Event;

/// One run in one line.
pub fn line(events: &[Event]) -> String {
    let deploy = Deploy::fold(events);
    let Some(intent) = &deploy.intent else { return "a journal without a beginning".to_owned() };
    let started =
        deploy.started_at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
    let took =
        deploy.started_at.zip(deploy.ended_at).map(|(from, to)| (to - from).as_seconds_f64());
    let took = took.map_or("–".to_owned(), |seconds| format!("{seconds:.1} s"));
    let verdict = deploy
        .verdict
        .as_ref()
        .map_or("did not end: the console went away", |verdict| verdict.word());
    let release = intent.release.as_ref().or_else(|| deploy.plan.as_ref()?.intent.release.as_ref());
    let release = release.map_or("–".to_owned(), ToString::to_string);
    format!(
        "{started}  {:<9}  {release:<16}  {:<8}  {took:>8}  {}/{}  {}  {}",
        intent.phase.word(),
        verdict,
        intent.environment,
        intent.app,
        intent.by,
        intent.run,
    )
}

/// The waits between events, for a replay at `speed` times the real one.
pub fn waits(events: &[Event], speed: f64) -> Vec<Duration> {
    let mut before = events.first().map(|event| event.at);
    events
        .iter()
        .map(|event| {
            let gap = before.map_or(0.0, |before| (event.at - before).as_seconds_f64());
            before = Some(event.at);
            Duration::try_from_secs_f64(gap.max(0.0) / speed.max(0.001)).unwrap_or_default()
        })
        .collect()
}
