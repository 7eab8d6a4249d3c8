//! What keys do to the output.

use std::path::PathBuf;

use super::arrange::{in_hand, whose};
use super::save::Save;
use super::{Fold, Pane, Paper, Row, View};
use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::layout;
use crate::console::terminal::clipboard;
use crate::domain::event::{OutputLine, Stream};
use crate::domain::target::Target;

/// How far a line that is cut moves sideways at a time.
const SIDEWAYS: usize = 20;

pub fn line(state: &mut State, line: OutputLine) {
    let (target, stream) = (line.target.clone(), line.stream);
    state.output.panes.push(line);
    if stream == Stream::Failed {
        bring_failing(state, &target);
    }
}

/// The first line that says what is wrong is seen without a key, unless a person reads there already.
fn bring_failing(state: &mut State, target: &Target) {
    let paper = layout::paper_of(state, target);
    let pane = state.output.panes.of_host(target);
    if let Some(failing) = pane.failing.filter(|_| !pane.is_held())
        && !pane.sees(failing, &paper)
    {
        pane.show(failing, &paper);
    }
}

pub fn skipped(state: &mut State, target: &Target, lines: u64) {
    // What a log that is followed says is in no file.
    let file = state.running().and_then(|_| state.output_file(target));
    let note = file.map_or(String::new(), |file| format!("; all are in {}", file.display()));
    let at = state.now.at;
    state.output.panes.skip(target, lines, at, &note);
}

pub fn page_up(state: &mut State) {
    scroll(state, |pane, paper| pane.up(paper.page(), paper));
}

pub fn page_down(state: &mut State) {
    scroll(state, |pane, paper| pane.down(paper.page(), paper));
}

pub fn oldest(state: &mut State) {
    scroll(state, Pane::top);
}

pub fn newest(state: &mut State) {
    scroll(state, |pane, _| pane.follow());
}

pub fn scroll(state: &mut State, by: impl FnOnce(&mut Pane, &Paper)) {
    if let Some((pane, paper)) = in_hand(state) {
        by(pane, &paper);
    }
}

pub fn wrap(state: &mut State) {
    let line_options = &mut state.output.panes.line_options;
    line_options.fold = match line_options.fold {
        Fold::Wrapped => Fold::Cut { from: 0 },
        Fold::Cut { .. } => Fold::Wrapped,
    };
}

pub fn times(state: &mut State) {
    state.output.panes.line_options.times = state.output.panes.line_options.times.next();
}

pub fn left(state: &mut State) {
    sideways(state, |from| from.saturating_sub(SIDEWAYS));
}

pub fn right(state: &mut State) {
    let longest = in_hand(state)
        .and_then(|(pane, paper)| pane.page(&paper).iter().map(|seen| seen.row.width).max());
    // No further than that something is still seen.
    let most = longest.unwrap_or(0).saturating_sub(1);
    sideways(state, |from| if from + SIDEWAYS > most { from } else { from + SIDEWAYS });
}

fn sideways(state: &mut State, by: impl FnOnce(usize) -> usize) {
    match &mut state.output.panes.line_options.fold {
        Fold::Cut { from } => *from = by(*from),
        Fold::Wrapped => {
            let key = state.key_word(ActionId::Wrap);
            state.say(Mark::Wait, format!("no line is cut: {key} cuts long lines"));
        }
    }
}

pub fn mark(state: &mut State) {
    if state.output.panes.is_silent() {
        return state.say(Mark::Wait, "no output yet to draw a line under");
    }
    let at = state.now.at;
    state.output.panes.mark(at);
}

pub fn first_failing(state: &mut State) {
    let whose = whose(state);
    let failing = match state.output.panes.view {
        View::All => state.output.panes.failing_of_all(),
        _ => state.pane().and_then(|pane| pane.failing),
    };
    let Some((pane, paper)) = in_hand(state) else { return };
    let Some(failing) = failing else {
        return state.say(Mark::Wait, format!("no step of {whose} has failed"));
    };
    if failing < pane.rows().start() {
        return state
            .say(Mark::Warn, format!("the first failing line of {whose} is no longer in memory"));
    }
    pane.catch_up();
    pane.failing = Some(failing);
    pane.show(failing, &paper);
}

/// The lines since the last mark, or else those on the screen.
pub fn copy(state: &mut State) -> Vec<Effect> {
    let whose = whose(state);
    let named = state.output.panes.view == View::All;
    let Some((pane, paper)) = in_hand(state) else { return Vec::new() };
    let (rows, which) = meant(pane, &paper);
    let name = |row: &Row| if named { format!("{} ", row.host) } else { String::new() };
    let lines: Vec<String> =
        rows.into_iter().map(|row| format!("{}{}", name(row), row.as_text())).collect();
    let (text, count) = clipboard::newest(&lines);
    if count == 0 {
        state.say(Mark::Wait, format!("{whose}: no line {which} can be copied"));
        return Vec::new();
    }
    let more = match lines.len() - count {
        0 => String::new(),
        more => format!("; {more} older lines did not fit"),
    };
    let lines = if count == 1 { "line" } else { "lines" };
    let way = state.terminal.clipboard.words();
    let words = format!("{count} {lines} of {whose} {which} sent to the clipboard by {way}{more}");
    state.say(Mark::Ok, words);
    vec![Effect::Copy(text)]
}

/// Each line once and whole, and which those are.
fn meant<'a>(pane: &'a Pane, paper: &'a Paper) -> (Vec<&'a Row>, &'static str) {
    let Some(marked) = pane.marked else {
        let mut seen: Vec<_> = pane.page(paper).iter().map(|it| (it.number, it.row)).collect();
        seen.dedup_by_key(|(number, _)| *number);
        return (seen.into_iter().map(|(_, row)| row).collect(), "on the screen");
    };
    let which = if marked < pane.ring.start() {
        "since the mark (the first are no longer in memory)"
    } else {
        "since the mark"
    };
    (pane.ring.rows(marked + 1).map(|(_, row)| row).collect(), which)
}

/// All that is known of the pane; what it does not have any more is taken from the run's own file.
pub fn save(state: &mut State) -> Vec<Effect> {
    let whose = whose(state);
    let named = state.output.panes.view == View::All;
    let Some(pane) = state.pane().filter(|pane| !pane.ring.is_empty()) else {
        state.say(Mark::Wait, format!("{whose}: there is no output to save"));
        return Vec::new();
    };
    let name = |row: &Row| if named { format!("{} ", row.host) } else { String::new() };
    let rows = pane.ring.rows(0).map(|(_, row)| format!("{}{}\n", name(row), row.as_file()));
    let text: String = rows.collect();
    let missing = pane.ring.start() > 0 || pane.skipped > 0;
    let target = state.chosen_target().filter(|_| missing && !named);
    let of_the_run = target.and_then(|target| state.output_file(target));
    let directory = state.setup.journals.clone().unwrap_or_default().join("saved");
    let who = if named { "all".to_owned() } else { whose.replace('/', "_") };
    let name = format!("{who}-{}.log", state.now.at.format("%Y%m%dT%H%M%S"));
    vec![Effect::Save(Save { directory, name, whole: of_the_run, text })]
}

pub fn saved(state: &mut State, saved: Result<PathBuf, String>) {
    match saved {
        Ok(path) => state.say(Mark::Ok, format!("saved: {}", path.display())),
        Err(why) => state.say(Mark::Bad, format!("the output could not be saved: {why}")),
    }
}
