//! The line over a pane: whose output it is, and which part of it is seen. Where there is little room the
//! words become fewer, and whether it follows is the last thing to go.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::console::actions::ActionId;
use crate::console::app::state::{Focus, State, Zoom};
use crate::console::fleet::Host;
use crate::console::output::{Pane, View};
use crate::console::screen::paint;
use crate::domain::target::Target;

pub(super) fn host<'a>(state: &'a State, target: Option<&Target>) -> Option<Host<'a>> {
    let place = state.place_of(target?)?;
    state.fleet.members.get(place).map(|member| Host::new(state, member))
}

/// Does this pane have the keys?
fn has_keys(state: &State, target: Option<&Target>) -> bool {
    let output = state.screen.focus == Focus::Pane || state.screen.zoom == Zoom::Pane;
    output && (state.output.panes.view == View::All || target == state.chosen_target())
}

pub fn draw(
    state: &State,
    target: Option<&Target>,
    pane: Option<&Pane>,
    row: Rect,
    buf: &mut Buffer,
) {
    let theme = &state.setup.theme;
    let style = if has_keys(state, target) { theme.focus } else { theme.title };
    let title = match state.output.panes.view {
        View::All => "all hosts, as it comes".to_owned(),
        _ => title(state, target),
    };
    // With several panes, the focused one is shown by more than a color.
    let many = has_keys(state, target) && state.output.panes.view.panes() > 1;
    let title = if many { format!("{} {title}", state.setup.glyphs.chosen) } else { title };
    // The name stays, whatever is shown about the output.
    let name = target.map_or(0, |target| target.name().width()).min(16);
    let room = usize::from(row.width).saturating_sub(name + 8);
    let words = pane.map_or(String::new(), |pane| fitting(state, pane, room));
    paint::rule(state, row, &title, &words, style, buf);
}

fn title(state: &State, target: Option<&Target>) -> String {
    let Some(host) = host(state, target) else {
        return "no server carries this app here".to_owned();
    };
    let mut title = host.name().to_owned();
    if let Some(step) = host.progress.and_then(|progress| progress.step.as_ref()) {
        title = format!("{title}: {}", step.title);
    }
    if let Some(tail) = state.output.followed.as_ref().filter(|tail| Some(&tail.target) == target) {
        title = format!("{title}; log of {}", tail.color);
    }
    for note in host.notes() {
        title = format!("{title}; {note}");
    }
    title
}

/// As many of the words as there is room for, the most telling first.
fn fitting(state: &State, pane: &Pane, room: usize) -> String {
    let more = [lost(pane), matches(pane), Some(lines(pane))].into_iter().flatten();
    more.fold(standing(state, pane), |words, more| {
        let longer = format!("{words}  {more}");
        if longer.width() > room { words } else { longer }
    })
}

fn standing(state: &State, pane: &Pane) -> String {
    if !pane.is_held() {
        return "FOLLOW".to_owned();
    }
    let key = state.key_word(ActionId::Newest);
    format!("HELD, {} below, {key} follows", paint::count(pane.below()))
}

fn lost(pane: &Pane) -> Option<String> {
    (pane.skipped > 0).then(|| format!("{} not shown", paint::count(pane.skipped)))
}

/// `2/7 "upstream"`
fn matches(pane: &Pane) -> Option<String> {
    let found = pane.found.as_ref()?;
    let (at, of) = found.count();
    let at = at.map_or(String::new(), |at| format!("{at}/"));
    Some(format!("{at}{of} {:?}", found.text()))
}

fn lines(pane: &Pane) -> String {
    let lines = paint::count(pane.ring.end());
    let noun = if pane.ring.end() == 1 { "line" } else { "lines" };
    if pane.ring.start() == 0 {
        return format!("{lines} {noun}");
    }
    format!("{lines} {noun}, {} kept", paint::count(pane.ring.len() as u64))
}
