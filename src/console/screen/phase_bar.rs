//! The phases: where this release stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::paint;
use super::phases::{Passed, count};
use crate::console::app::state::State;
use crate::console::fleet::Status;
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;

/// In the order in which they come. Some are shown only when they came up.
const PHASES: [(Phase, bool); 9] = [
    (Phase::Setup, false),
    (Phase::Unfreeze, false),
    (Phase::Repair, false),
    (Phase::Prepare, true),
    (Phase::Abandon, false),
    (Phase::Verify, true),
    (Phase::GoLive, true),
    (Phase::Rollback, false),
    (Phase::Finish, true),
];

pub fn draw(state: &State, row: Rect, buf: &mut Buffer) {
    if row.height == 0 {
        return;
    }
    let mut phases: Vec<(Phase, Status)> =
        shown(state).map(|phase| (phase, standing(state, phase))).collect();
    let now = state.running().map(|intent| intent.phase);
    let now = now.or_else(|| state.run.phase_bar.last().map(|passed| passed.phase));
    // If the row is too narrow for all, past phases get fewer words than the current one.
    while line(state, &phases).width() > usize::from(row.width) {
        let long = |(phase, standing): &&mut (Phase, Status)| {
            Some(*phase) != now && !standing.words.is_empty()
        };
        let Some((_, standing)) = phases.iter_mut().find(long) else { break };
        standing.words.clear();
    }
    paint::line(state, row, line(state, &phases), buf);
}

fn line<'a>(state: &State, phases: &[(Phase, Status)]) -> Line<'a> {
    let theme = &state.setup.theme;
    let rule = state.setup.glyphs.rule;
    let mut spans = Vec::new();
    for (index, (phase, standing)) in phases.iter().enumerate() {
        let before = if index == 0 { " ".to_owned() } else { format!(" {rule}{rule} ") };
        spans.push(Span::styled(before, theme.muted));
        let name = match standing.mark {
            Mark::Wait => phase.title().to_owned(),
            _ => phase.title().to_uppercase(),
        };
        spans.push(Span::styled(format!("{name} "), theme.text));
        spans.push(paint::status(state, standing));
    }
    Line::from(spans)
}

fn shown(state: &State) -> impl Iterator<Item = Phase> {
    let running = state.running().map(|intent| intent.phase);
    PHASES.into_iter().filter_map(move |(phase, always)| {
        let came_up = running == Some(phase) || state.run.phase_bar.passed(phase).is_some();
        (always && state.fleet.can.has(phase) || came_up).then_some(phase)
    })
}

/// One phase in a word: at work, passed and how, or not begun.
pub fn standing(state: &State, phase: Phase) -> Status {
    if state.running().is_some_and(|intent| intent.phase == phase) {
        return at_work(state);
    }
    match state.run.phase_bar.passed(phase) {
        Some(passed) => ended(passed),
        None if phase == Phase::Verify => signed_off(state),
        None => Status::new(Mark::Wait, ""),
    }
}

fn at_work(state: &State) -> Status {
    let (done, of) = count(&state.run.deploy);
    let unknown =
        state.stuck().filter(|(_, doing)| crate::console::fleet::table::is_unknown(doing)).count();
    let failed = state.stuck().count() - unknown;
    let mut words = format!("{done}/{of}");
    if unknown > 0 {
        words = format!("{words} {unknown}?");
    }
    if failed > 0 {
        words = format!("{words} {failed} FAILED");
    }
    if let Some(from) = state.run.deploy.started_at {
        words = format!("{words} {}", paint::span(paint::since(from, state.now.at)));
    }
    Status::new(Mark::Work, words)
}

fn ended(passed: &Passed) -> Status {
    let Passed { verdict, took, done, of, reverted, .. } = passed;
    let took = paint::span(*took);
    if *reverted {
        return Status::new(Mark::Skip, "reverted");
    }
    match verdict {
        Verdict::Done => Status::new(Mark::Ok, format!("{done}/{of} {took}")),
        Verdict::Unknown { .. } => Status::new(Mark::Unknown, format!("{done}/{of} UNKNOWN")),
        Verdict::Aborted { .. } => Status::new(Mark::Skip, format!("{done}/{of} ended by hand")),
        verdict => Status::new(Mark::Bad, format!("{done}/{of} {}", verdict.word())),
    }
}

/// Another console may have done it.
fn signed_off(state: &State) -> Status {
    let release_summary = state.release_summary();
    let Some(release) = release_summary.passive.release() else {
        return Status::new(Mark::Wait, "");
    };
    if state.is_signed_off(&release.tag) {
        Status::new(Mark::Ok, format!("{} signed off", release.tag))
    } else {
        Status::new(Mark::Wait, "")
    }
}
