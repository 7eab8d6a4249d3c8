//! Pages of the past: they cover the hosts, but not the band above nor what is to be said below.

mod foot;
mod list;
mod opened;
mod replay;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::screen::band;
use crate::console::screen::shape::{Shape, shape};

pub fn draw(state: &State, page: &Dialog, area: Rect, buf: &mut Buffer) {
    if let Dialog::Replay(replay) = page {
        return replay::draw(state, replay, area, buf);
    }
    let small = shape(area) == Shape::Line;
    let (band, page_area, foot) = parts(area, small);
    if !small {
        band::draw(state, band, buf);
    }
    match page {
        Dialog::History(history) => list::draw(state, history, page_area, buf),
        Dialog::Opened(opened) => opened::draw(state, opened, page_area, buf),
        _ => {}
    }
    foot::draw(state, foot, buf);
}

/// Band, page, foot. Hardly any screen has room for a line of keys alone.
fn parts(area: Rect, small: bool) -> (Rect, Rect, Rect) {
    let (above, below) = if small { (0, 1) } else { (1, 3) };
    let below = u16::min(below, area.height.saturating_sub(above));
    let band = Rect { height: above.min(area.height), ..area };
    let page = Rect {
        y: area.y + band.height,
        height: area.height.saturating_sub(band.height + below),
        ..area
    };
    (band, page, Rect { y: page.bottom(), height: below, ..area })
}
