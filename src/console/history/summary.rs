//! A run in a few plain lines, for a chat channel: what happened and when, what users reach, what is unknown, and whether
//! a rollback is ready. It works for the current run and for past ones.
//!
//! It names no address, no command and no output but the line that a step failed with.

use std::time::Duration;

use crate::base::text::some_of;
use crate::console::app::run_state::{Happened, Moment};
use crate::console::app::state::State;
use crate::console::app::verdict::verdict_text;
use crate::console::fleet::{Host, Letters, RollbackReadiness, Side, named};
use crate::console::screen::paint;
use crate::domain::event_text::output_cut;
use crate::domain::history::RunRecord;
use crate::domain::journal_path;
use chrono::{DateTime, Utc};

/// More of what happened than this is left to the journal.
const MOMENTS: usize = 6;
/// More kinds of hosts than this are a number.
const KINDS: usize = 4;
/// More names than this are a number.
const NAMES: usize = 8;
/// Nobody reads a longer line in a chat.
const LONGEST: usize = 200;

/// Of which moment it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Now,
    /// The console is being left.
    Leaving,
    /// The run's last words.
    Then,
}

/// For the person's clipboard, as things stand.
pub fn of_now(state: &State) -> Vec<String> {
    lines(state, When::Now, None, journal(state))
}

/// For the normal screen, after the console was left.
pub fn at_the_end(state: &State) -> Vec<String> {
    lines(state, When::Leaving, None, journal(state))
}

/// Before the end of a run that was left at work is known.
pub fn ending(state: &State) -> String {
    let phase = state.run.deploy.intent.as_ref().map_or("the run", |intent| intent.phase.title());
    format!(
        "{phase} is being ended: a switch that has begun completes, other steps are stopped, and \
         the locks are released; Ctrl-C quits without waiting"
    )
}

/// Of a run of the past, from a state that was fed with all of it.
pub fn of_record(state: &State, record: &RunRecord) -> Vec<String> {
    let why_none = record.ending().why_none();
    let journal = format!("`{}`", record.journal.display());
    let mut lines = lines(state, When::Then, why_none, Some(journal));
    match record.damage.len() {
        0 => {}
        1 => lines.push("One line of the journal cannot be read: this may not be all".to_owned()),
        many => lines.push(format!("{many} lines of the journal cannot be read: this is not all")),
    }
    lines
}

fn journal(state: &State) -> Option<String> {
    let (journals, intent) = (state.setup.journals.as_ref()?, state.run.deploy.intent.as_ref()?);
    let file = journal_path::events(&journal_path::run(journals, intent));
    Some(format!("`{}`", file.display()))
}

fn lines(
    state: &State,
    when: When,
    why_none: Option<&str>,
    journal: Option<String>,
) -> Vec<String> {
    let mut lines = vec![headline(state, when), by(state)];
    lines.extend(why_none.map(|why| format!("No verdict: {why}")));
    let moments = moments(state);
    if !moments.is_empty() {
        lines.push("What happened (UTC):".to_owned());
        lines.extend(moments);
    }
    lines.extend(
        state
            .run
            .deploy
            .cut
            .iter()
            .map(|(target, (lines, bytes))| format!("{target}: {}", output_cut(*lines, *bytes))),
    );
    lines.push(match when {
        When::Now | When::Leaving => "Live now, as users see it:".to_owned(),
        When::Then => "Live when this was last written, as users saw it:".to_owned(),
    });
    lines.extend(live(state));
    lines.push(not_known(state));
    lines.push(format!("Roll back: {}", rollback_line(state)));
    lines.extend(state.freeze().map(|freeze| format!("Go live is FROZEN {freeze}")));
    let machine = state.run.deploy.intent.as_ref().map(|intent| intent.by.machine.as_str());
    lines.extend(journal.map(|file| match machine {
        Some(machine) => format!("Journal: {file} on {machine}"),
        None => format!("Journal: {file}"),
    }));
    lines.into_iter().map(|line| paint::cut(&one_line(&line), LONGEST, "…")).collect()
}

/// What a command printed may have many.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn headline(state: &State, when: When) -> String {
    let place = format!("{} in {}", state.setup.app, state.setup.environment.name);
    let Some(intent) = &state.run.deploy.intent else {
        return format!("{place}: no run in this console");
    };
    let (from, to) = (&state.run.story.from, &state.run.story.to);
    let releases = match (from, to) {
        (Some(from), Some(to)) if from != to => format!(" {from} -> {to}"),
        (_, Some(tag)) | (Some(tag), None) => format!(" {tag}"),
        (None, None) => String::new(),
    };
    let stands = match (&state.run.deploy.verdict, when) {
        (Some(verdict), _) => verdict_text(verdict).1,
        (None, When::Now) => "IN PROGRESS".to_owned(),
        (None, When::Leaving) => "NOT ENDED when the console was left".to_owned(),
        (None, When::Then) => "NO END".to_owned(),
    };
    format!("{place}: {}{releases}: {stands}", intent.phase.title())
}

fn by(state: &State) -> String {
    let now = state.now.at.format("%Y-%m-%d %H:%M:%S UTC");
    let (Some(intent), Some(began)) = (&state.run.deploy.intent, state.run.deploy.started_at)
    else {
        return format!("as of {now}");
    };
    let took = match state.run.deploy.ended_at {
        Some(ended) => format!("took {}", paint::span(paint::since(began, ended))),
        None => format!("{} ago", paint::span(paint::since(began, state.now.at))),
    };
    let began = began.format("%Y-%m-%d %H:%M:%S");
    format!("began {began}, {took}, by {}; as of {now}", intent.by)
}

fn moments(state: &State) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = state.run.story.moments.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|it| it.is_switch() && first.is_switch()).count().max(1);
        lines.push(moment(first, &rest[..same]));
        rest = &rest[same..];
    }
    let more = lines.len().saturating_sub(MOMENTS);
    if more > 0 {
        // The beginning and the end are worth more than the middle.
        let last = lines.split_off(lines.len() - MOMENTS / 2);
        lines.truncate(MOMENTS / 2);
        lines.push(format!("- … {more} more are in the journal"));
        lines.extend(last);
    }
    lines
}

impl Moment {
    fn is_switch(&self) -> bool {
        matches!(self.what, Happened::Switched(_))
    }
}

fn moment(first: &Moment, same: &[Moment]) -> String {
    let clock = |at: DateTime<Utc>| at.format("%H:%M:%S");
    match &first.what {
        Happened::Text(said) => format!("- {} {said}", clock(first.at)),
        Happened::Switched(_) => {
            let names: Vec<&str> = same
                .iter()
                .filter_map(|moment| match &moment.what {
                    Happened::Switched(target) => Some(target.name()),
                    Happened::Text(_) => None,
                })
                .collect();
            let last = same.last().map_or(first.at, |moment| moment.at);
            let until = if same.len() > 1 { format!(" to {}", clock(last)) } else { String::new() };
            format!("- {}{until} users moved on {}", clock(first.at), some(&names))
        }
    }
}

/// Hosts of one kind are one line.
fn live(state: &State) -> Vec<String> {
    let mut kinds: Vec<(String, Vec<Host<'_>>)> = Vec::new();
    for host in state.hosts().filter(|host| host.has_colors() && is_known(host)) {
        let kind = kind(&host);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, hosts)) => hosts.push(host),
            None => kinds.push((kind, vec![host])),
        }
    }
    let of = state.hosts().filter(Host::has_colors).count();
    let line = |(kind, hosts): &(String, Vec<Host<'_>>)| {
        let names: Vec<&str> = hosts.iter().map(Host::name).collect();
        let age = hosts.iter().filter_map(Host::age).max().unwrap_or_default();
        format!("- {kind} on {} of {of}: {}; seen {} ago", hosts.len(), some(&names), ago(age))
    };
    let mut lines: Vec<String> = kinds.iter().take(KINDS).map(line).collect();
    let more = kinds.len().saturating_sub(KINDS);
    if more > 0 {
        lines.push(format!("- and {more} more groups"));
    }
    if lines.is_empty() {
        lines.push("- NOT KNOWN for any server".to_owned());
    }
    lines
}

fn is_known(host: &Host<'_>) -> bool {
    host.live().known().is_some()
}

/// Returns color, release and health for users, without values that differ between observations.
fn kind(host: &Host<'_>) -> String {
    let Some((color, release)) = host.live().known().map(|(c, r)| (c.clone(), r.cloned())) else {
        return "?".to_owned();
    };
    let health = host.health().words;
    let steady: Vec<&str> = health.split(' ').filter(|word| !word.ends_with("ms")).collect();
    let named = named(&color, release.as_ref(), Letters::Long);
    // A chat has room for words: the letter is for the screen.
    let named = named.split_once(' ').map_or(named.as_str(), |(_, words)| words);
    format!("{named}, {}", steady.join(" "))
}

fn not_known(state: &State) -> String {
    let unknown: Vec<String> = state
        .hosts()
        .filter(|host| host.observation().is_none() || host.has_colors() && !is_known(host))
        .map(|host| match (host.age(), host.live()) {
            (None, _) => format!("{} (never seen)", host.name()),
            (Some(age), Side::Disagree(_)) => {
                format!("{} (sources disagree, {} ago)", host.name(), ago(age))
            }
            (Some(age), _) => format!("{} (last seen {} ago)", host.name(), ago(age)),
        })
        .collect();
    if state.fleet.members.is_empty() {
        return "NOT KNOWN: which servers are affected".to_owned();
    }
    if unknown.is_empty() {
        return "Not known: nothing".to_owned();
    }
    let names: Vec<&str> = unknown.iter().map(String::as_str).collect();
    format!("NOT KNOWN: {}", some(&names))
}

fn rollback_line(state: &State) -> String {
    match state.rollback_readiness() {
        RollbackReadiness::Open { color, release, ready, of } => {
            let tag = release.map_or("?".to_owned(), |release| release.tag.to_string());
            format!("ready on {ready} of {of}, to {color} {tag}")
        }
        RollbackReadiness::Unproven { ready, of } => {
            format!("only the servers can tell; {ready} of {of} passive slots are ready")
        }
        RollbackReadiness::Prepared(tag) => {
            format!("nothing to roll back; {tag} is prepared and has no users")
        }
        RollbackReadiness::Left { tag, .. } => {
            format!("done: users were rolled back from {tag}, which is still up")
        }
        RollbackReadiness::NoRecord { .. } => {
            "none: no server recorded a release that users came from".to_owned()
        }
        RollbackReadiness::Nowhere => "nothing is on the passive color".to_owned(),
        RollbackReadiness::Cold(why) => format!("COLD ROLLBACK: {why}"),
        RollbackReadiness::NotKnown => "NOT KNOWN".to_owned(),
    }
}

fn ago(age: Duration) -> String {
    paint::age(age)
}

fn some(names: &[&str]) -> String {
    some_of(names, NAMES)
}
