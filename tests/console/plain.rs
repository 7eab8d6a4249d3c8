//! Any size of terminal, no color, no styles, nothing but ASCII: it still tells everything.

use crate::fixture::{Desk, host, operator, switch};
use crate::keys::ready;
use crate::screens::SCENES;
use flipside::console::screen::glyphs::{Glyphs, Mark};
use flipside::console::theme::Theme;
use flipside::domain::event::{Choice, What};
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;

#[test]
fn no_size_of_terminal_is_too_small() {
    for (name, scene) in SCENES {
        let mut desk = scene();
        for width in (1..=130).step_by(7).chain([2, 3, 39, 40, 59, 60]) {
            for height in [1, 2, 3, 4, 5, 6, 9, 10, 13, 24, 50] {
                let screen = desk.screen(width, height);
                assert!(!screen.trim().is_empty(), "{name} at {width}x{height}");
            }
        }
    }
}

#[test]
fn without_color_there_is_no_color() {
    use ratatui::style::Color;
    for (name, scene) in SCENES {
        let mut desk = scene();
        desk.state.setup.theme = Theme::mono();
        let buffer = desk.buffer(120, 36);
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
        }
    }
}

#[test]
fn in_ascii_every_cell_is_ascii() {
    for (name, scene) in SCENES {
        let mut desk = scene();
        desk.state.setup.glyphs = Glyphs::ASCII;
        let screen = desk.screen(120, 36);
        let other = screen.chars().find(|c| !c.is_ascii());
        assert_eq!(other, None, "{name}");
    }
}

#[test]
fn every_mark_has_a_glyph_of_its_own_and_one_cell() {
    use unicode_width::UnicodeWidthStr;
    let marks =
        [Mark::Ok, Mark::Bad, Mark::Work, Mark::Wait, Mark::Unknown, Mark::Warn, Mark::Skip];
    for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
        let mut seen: Vec<&str> = marks.iter().map(|mark| glyphs.of(*mark)).collect();
        assert!(seen.iter().all(|glyph| glyph.width() == 1));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), marks.len());
    }
}

#[test]
fn without_styles_every_state_of_a_host_still_reads_differently() {
    let after = |happen: fn(&mut Desk)| {
        let mut desk = ready();
        desk.starts(Phase::GoLive, "v412");
        happen(&mut desk);
        let screen = desk.screen(120, 36);
        screen.lines().find(|line| line.contains("web-02  ")).unwrap().to_owned()
    };
    let rows = [
        after(|_| {}),
        after(|desk| {
            desk.works("web-02", switch());
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::Done);
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::failed("x"));
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::unknown("x"));
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::failed("x"));
            let (target, choice) = (host("web-02"), Choice::Skip);
            desk.happens(What::Chosen { target, choice, by: operator() });
        }),
    ];
    for (index, row) in rows.iter().enumerate() {
        assert!(!rows[index + 1..].contains(row), "{row}");
    }
}
