//! Where everything is.
//!
//! ```text
//! band      which environment, who holds the lock, the clock
//! phase bar the phases
//! summary   live -> passive, and the rollback
//! guide     words for a newcomer, where there are any
//! table     one row a host
//! failure   only while a host waits for a decision
//! panes     the output: of one host, two, four, or of all in one
//! foot      message, NEXT, keys
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::guide;
use super::shape::{FOOT, Shape, shape};
use crate::console::app::state::{State, Zoom};
use crate::console::fleet::chips;
use crate::console::output::view::grid;
use crate::console::output::{Paper, View};
use crate::console::rollback::desk;
use crate::domain::target::Target;

#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub band: Rect,
    pub phase_bar: Rect,
    pub release_summary: Rect,
    pub guide: Rect,
    pub table: Rect,
    pub failure: Rect,
    pub pane: Rect,
    pub foot: Rect,
}

/// Fewer lines of output than this tell nothing.
const LEAST_PANE: u16 = 3;

pub fn parts(state: &State, area: Rect) -> Parts {
    let mut rest = area;
    let band = take(&mut rest, 1);
    let foot_height = FOOT.min(rest.height);
    let foot = Rect { y: rest.bottom() - foot_height, height: foot_height, ..rest };
    rest.height -= foot_height;
    if state.screen.zoom == Zoom::Pane {
        let nothing = Rect { height: 0, ..rest };
        return Parts {
            band,
            phase_bar: nothing,
            release_summary: nothing,
            guide: nothing,
            table: nothing,
            failure: nothing,
            pane: rest,
            foot,
        };
    }
    let phase_bar = take(&mut rest, 1);
    let release_summary = take(&mut rest, 1);
    let guide = take(&mut rest, guide_rows(state, area));
    let failure_height = desk_rows(state, rest.height);
    let table_height = table_rows(state, area, rest.height.saturating_sub(failure_height));
    let table = take(&mut rest, table_height);
    let failure = take(&mut rest, failure_height);
    Parts { band, phase_bar, release_summary, guide, table, failure, pane: rest, foot }
}

fn take(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    let taken = Rect { height: rows, ..*rest };
    rest.y += rows;
    rest.height -= rows;
    taken
}

/// A guide is the first thing to go where there is little room.
fn guide_rows(state: &State, area: Rect) -> u16 {
    match shape(area) {
        Shape::Wide | Shape::Normal if area.height >= 20 => {
            u16::try_from(guide::lines(state, area.width).len()).unwrap_or(0)
        }
        _ => 0,
    }
}

/// The progress of a rollback, and the hosts that a run did not complete.
fn desk_rows(state: &State, room: u16) -> u16 {
    (desk::rows(state) + failure_rows(state, room)).min(room / 2)
}

/// How many rows the failure desk gets, of so many that there are.
fn failure_rows(state: &State, room: u16) -> u16 {
    match (state.unresolved().is_empty(), room) {
        (true, _) => 0,
        (false, ..14) => 3,
        (false, 14..20) => 5,
        (false, _) => 7,
    }
}

/// Divides the desk: a rollback, and below it the host of it that waits for a person. Where there is little room the
/// one that waits needs it more.
pub fn split_desk(state: &State, area: Rect) -> (Rect, Rect) {
    let wanted = failure_rows(state, area.height).min(area.height);
    let above = desk::rows(state).min(area.height - wanted);
    (
        Rect { height: above, ..area },
        Rect { y: area.y + above, height: area.height - above, ..area },
    )
}

/// All hosts if the output keeps half of the room, else as many as leave it a third.
fn table_rows(state: &State, area: Rect, room: u16) -> u16 {
    let pane = if state.output.panes.is_silent() { LEAST_PANE } else { (room / 3).max(LEAST_PANE) };
    let most = room.saturating_sub(pane + 1);
    let wanted = match shape(area) {
        Shape::Chips => chips::rows(state, area.width),
        // The rule and the heads.
        _ => u16::try_from(state.fleet.members.len()).unwrap_or(u16::MAX).saturating_add(2),
    };
    wanted.clamp(3.min(room), most.max(3.min(room)))
}

/// How many rows of hosts are seen now.
pub fn host_rows(state: &State) -> usize {
    let (width, height) = state.screen.size;
    let table = parts(state, Rect { x: 0, y: 0, width, height }).table;
    usize::from(table.height.saturating_sub(2))
}

/// Where the panes are; where there is little room fewer than a person wants.
pub fn panes(state: &State) -> Vec<Rect> {
    let (width, height) = state.screen.size;
    let area = parts(state, Rect { x: 0, y: 0, width, height }).pane;
    grid::places(area, state.output.panes.view.panes())
}

/// The place of the output that has the keys.
pub fn paper(state: &State) -> Paper {
    paper_for(state, state.fleet.chosen.as_ref())
}

/// The place of this host's output, or where it would be.
pub fn paper_of(state: &State, target: &Target) -> Paper {
    paper_for(state, Some(target))
}

fn paper_for(state: &State, target: Option<&Target>) -> Paper {
    let places = panes(state);
    let mut shown = state.output.panes.visible(state.fleet.chosen.as_ref(), places.len()).iter();
    let at = shown.position(|shown| Some(shown) == target).unwrap_or(0);
    paper_in(state, places.get(at).copied().unwrap_or_default())
}

/// A rule stands over the rows.
pub fn paper_in(state: &State, place: Rect) -> Paper {
    let names = match state.output.panes.view {
        View::All => names(state),
        _ => 0,
    };
    Paper {
        cells: usize::from(place.width),
        rows: usize::from(place.height.saturating_sub(1)),
        names,
        line_options: state.output.panes.line_options,
    }
}

/// Longer names are cut.
const NAMES: usize = 14;

fn names(state: &State) -> usize {
    let names = state.fleet.members.iter().map(|member| member.target.name().width());
    names.max().unwrap_or(0).min(NAMES)
}
