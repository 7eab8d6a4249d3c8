//! The last pass over every cell of a frame.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;

use crate::console::app::state::State;
use crate::console::theme::Theme;

pub fn finish(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let (grounded, ascii) = (theme.has_ground(), state.setup.glyphs.is_ascii());
    if !grounded && !ascii {
        return;
    }
    for position in area.intersection(buf.area).positions() {
        let cell = &mut buf[position];
        if grounded {
            ground(theme, cell);
        }
        // Servers and people write more letters than such a terminal has.
        if ascii && !cell.symbol().is_ascii() {
            cell.set_symbol(plain(cell.symbol()));
        }
    }
}

/// A theme with a ground of its own is on the whole screen, not only behind its words.
fn ground(theme: &Theme, cell: &mut Cell) {
    if cell.fg == Color::Reset {
        cell.fg = theme.text.fg.unwrap_or_default();
    }
    if cell.bg == Color::Reset {
        cell.bg = theme.text.bg.unwrap_or_default();
    }
}

fn plain(symbol: &str) -> &'static str {
    match symbol {
        "·" => ".",
        "…" => "~",
        "→" => ">",
        "\u{2018}" | "\u{2019}" => "'",
        "\u{201c}" | "\u{201d}" => "\"",
        "\u{2013}" | "\u{2014}" => "-",
        "\u{a0}" => " ",
        _ => "?",
    }
}
