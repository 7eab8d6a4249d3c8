//! The failure desk: for a host that a run did not get through, what happened, what is true now, and
//! what to press. It stays when the run has ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::base::text::sentences;
use crate::console::actions::{ActionId, find_action};
use crate::console::app::state::State;
use crate::console::fleet::{Host, Letters, Status};
use crate::console::output::Row;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;
use crate::domain::deploy::{Doing, Progress};
use crate::domain::event::Stream;
use crate::domain::phase::Phase;
use crate::domain::target::Target;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let unresolved = state.unresolved();
    let Some((place, (target, doing))) = shown(state, &unresolved) else { return };
    let (Some(top), Some(progress)) = (paint::row(area, 0), state.run.deploy.targets.get(target))
    else {
        return;
    };
    paint::rule(
        state,
        top,
        &title(state, target),
        &others(state, place, unresolved.len()),
        state.setup.theme.danger,
        buf,
    );
    let mut lines = vec![happened(state, progress, doing)];
    if area.height > 5 {
        lines.extend(said(state, target));
    }
    if area.height > 3 {
        lines.push(now(state, target, progress));
        lines.push(meaning(state, progress, doing));
    }
    lines.truncate(usize::from(area.height.saturating_sub(2)));
    // What has no room is read in full on the card of the messages.
    let lines = lines.into_iter().map(|line| paint::or_more(state, line, usize::from(area.width)));
    let mut lines: Vec<Line<'_>> = lines.collect();
    // What a person of that day could press is no key of today.
    if !state.access.is_replay() {
        lines.push(keys(state, target));
    }
    for (index, line) in lines.into_iter().enumerate() {
        if let Some(row) = paint::row(area, index + 1) {
            paint::line(state, row, line, buf);
        }
    }
}

/// The same of every host that was not done, in full.
pub fn in_full(state: &State) -> Vec<(String, String)> {
    let of = |(target, doing): Undone<'_>| {
        let progress = state.run.deploy.targets.get(target)?;
        let lines = [
            happened(state, progress, doing),
            now(state, target, progress),
            meaning(state, progress, doing),
        ];
        let words: Vec<String> = lines.iter().map(paint::text).collect();
        Some((target.name().to_owned(), sentences(words.iter().map(String::as_str))))
    };
    state.unresolved().into_iter().filter_map(of).collect()
}

type Undone<'a> = (&'a Target, &'a Doing);

/// The chosen host if it is one of them, else the first.
fn shown<'a>(state: &State, unresolved: &[Undone<'a>]) -> Option<(usize, Undone<'a>)> {
    let place = unresolved.iter().position(|(target, _)| state.is_chosen(target)).unwrap_or(0);
    Some((place, *unresolved.get(place)?))
}

fn title(state: &State, target: &Target) -> String {
    if state.run.deploy.is_running() {
        return format!("{target} waits for you");
    }
    let phase = state.run.deploy.intent.as_ref().map_or("the run", |intent| intent.phase.title());
    format!("{target} was not done when {phase} ended")
}

fn others(state: &State, place: usize, of: usize) -> String {
    if of < 2 {
        return String::new();
    }
    format!("{} of {of}, {} the next", place + 1, state.key_word(ActionId::NextTrouble))
}

fn happened(state: &State, progress: &Progress, doing: &Doing) -> Line<'static> {
    let (word, mark, why) = match doing {
        Doing::Unknown(why) => ("UNKNOWN", Mark::Unknown, why.as_str()),
        Doing::Failed(why) => ("FAILED", Mark::Bad, why.as_str()),
        _ => ("", Mark::Wait, ""),
    };
    let step = progress.step.as_ref();
    let title = step.map_or("a step".to_owned(), |step| {
        format!("{} ({}/{})", step.title, step.number, step.of)
    });
    // Most reasons say it already.
    let exit = progress.exit.filter(|code| *code != 0 && !why.contains(&format!("exit {code}")));
    let exit = exit.map_or(String::new(), |code| format!("exit {code}: "));
    let why = state.in_keys(why);
    let status = Status::new(mark, format!("{word}: {title}: {exit}{why}"));
    Line::from(vec![Span::raw(" "), paint::status(state, &status)])
}

/// The line to read first of what the step printed.
fn said(state: &State, target: &Target) -> Option<Line<'static>> {
    let pane = state.output.panes.get(target)?;
    let rows = pane.rows();
    let bad = |(number, row): (u64, &Row)| (row.stream() == Some(Stream::Stderr)).then_some(number);
    let line = pane.failing.or_else(|| rows.rows(rows.start()).filter_map(bad).next_back())?;
    let row = rows.row(line)?;
    let words = format!("   said  {}", row.text.trim());
    Some(Line::styled(words, state.setup.theme.warn))
}

fn now(state: &State, target: &Target, progress: &Progress) -> Line<'static> {
    let theme = &state.setup.theme;
    let host = state.hosts().find(|host| host.member.target == *target);
    let words = host.map_or_else(|| "not known".to_owned(), |host| facts(&host, progress));
    Line::from(vec![Span::styled("   now   ", theme.muted), Span::styled(words, theme.text)])
}

fn facts(host: &Host<'_>, progress: &Progress) -> String {
    let (Some(age), Some(seen)) = (host.age(), host.latest()) else {
        return "not known: it was never seen".to_owned();
    };
    let before = progress.since.is_some_and(|since| seen.at < since);
    let before = if before { ", which was BEFORE it happened" } else { "" };
    let health = host.health();
    let health = match health.mark {
        Mark::Unknown => "what users get is not known".to_owned(),
        _ => format!("users get {}", health.words),
    };
    format!("{}, {health}, seen {} ago{before}", host.sides(Letters::Long), paint::age(age))
}

fn meaning(state: &State, progress: &Progress, doing: &Doing) -> Line<'static> {
    let happened = match (doing, progress.observations) {
        (Doing::Unknown(_), 0) => "it may or may not have happened".to_owned(),
        (Doing::Unknown(_), observations) => {
            format!("it may or may not have happened; observed {observations} times since")
        }
        _ => "it did not succeed".to_owned(),
    };
    let next = if state.run.deploy.is_running() {
        "Retry observes the host first and does only what is left"
    } else {
        "Running the phase again observes the hosts first and does only what is left"
    };
    Line::styled(format!("   {happened}. {next}."), state.setup.theme.muted)
}

fn keys(state: &State, target: &Target) -> Line<'static> {
    let theme = &state.setup.theme;
    let mut spans = vec![Span::raw("   ")];
    let mut add = |id: ActionId, words: &str| {
        // Only what can be done now is offered.
        if find_action(id).is_none_or(|action| action.possible(state).is_err()) {
            return;
        }
        spans.push(Span::styled(state.key_word(id), theme.key));
        spans.push(Span::raw(format!(" {words}   ")));
    };
    if !state.is_chosen(target) {
        add(ActionId::NextTrouble, &format!("choose {target}"));
    }
    if state.run.deploy.is_running() {
        add(ActionId::Retry, "retry");
        add(ActionId::Skip, "skip");
        add(ActionId::Revert, "revert this");
        add(ActionId::Rollback, "revert all of the run");
        return Line::from(spans);
    }
    let phase = state.run.deploy.intent.as_ref().map(|intent| intent.phase);
    match phase {
        Some(Phase::Prepare) => {
            add(ActionId::Prepare, "prepare again");
            add(ActionId::Abandon, "discard it");
        }
        Some(Phase::Verify) => add(ActionId::Verify, "verify again"),
        Some(Phase::GoLive) => {
            add(ActionId::GoLive, "finish it");
            add(ActionId::Rollback, "send users back");
        }
        Some(Phase::Finish) => add(ActionId::Finish, "finish again"),
        _ => {}
    }
    add(ActionId::Observe, "observe again");
    add(ActionId::Read, "dismiss");
    Line::from(spans)
}
