//! Colors by what they mean. A theme only ever adds to what glyphs and words already say.

use ratatui::style::{Color, Modifier, Style};

use super::glyphs::Mark;

/// One style per meaning. Named colors are the terminal's own, so a person's palette is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub text: Style,
    /// What is there but does not matter now, and what is too stale to be believed.
    pub muted: Style,
    pub title: Style,
    pub ok: Style,
    pub warn: Style,
    pub bad: Style,
    pub unknown: Style,
    pub work: Style,
    pub live: Style,
    pub passive: Style,
    /// The chosen row.
    pub chosen: Style,
    /// The title of the half of the screen that has the keys.
    pub focus: Style,
    pub key: Style,
    /// The word of an environment that is protected, and of one that is not.
    pub band_protected: Style,
    pub band: Style,
    /// The frame and heading of a card that changes servers.
    pub danger: Style,
}

impl Theme {
    /// `dark`, `light` or `mono`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(Self::dark()),
            "light" => Some(Self::light()),
            "mono" => Some(Self::mono()),
            _ => None,
        }
    }

    pub fn dark() -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            muted: plain.fg(Color::DarkGray),
            title: plain.fg(Color::Gray),
            ok: plain.fg(Color::Green),
            warn: plain.fg(Color::Yellow),
            bad: plain.fg(Color::LightRed).add_modifier(Modifier::BOLD),
            unknown: plain.fg(Color::LightMagenta).add_modifier(Modifier::BOLD),
            work: plain.fg(Color::LightCyan),
            live: plain.add_modifier(Modifier::BOLD),
            passive: plain.fg(Color::Gray),
            chosen: plain.add_modifier(Modifier::REVERSED),
            focus: plain.fg(Color::LightCyan).add_modifier(Modifier::BOLD),
            key: plain.fg(Color::LightCyan).add_modifier(Modifier::BOLD),
            band_protected: plain.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
            band: plain.fg(Color::Black).bg(Color::Cyan).add_modifier(Modifier::BOLD),
            danger: plain.fg(Color::LightRed).add_modifier(Modifier::BOLD),
        }
    }

    pub fn light() -> Self {
        let plain = Style::new();
        Self {
            muted: plain.fg(Color::Gray),
            title: plain.fg(Color::DarkGray),
            warn: plain.fg(Color::Magenta),
            bad: plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            unknown: plain.fg(Color::Magenta).add_modifier(Modifier::BOLD),
            work: plain.fg(Color::Blue),
            passive: plain.fg(Color::DarkGray),
            focus: plain.fg(Color::Blue).add_modifier(Modifier::BOLD),
            key: plain.fg(Color::Blue).add_modifier(Modifier::BOLD),
            danger: plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            ..Self::dark()
        }
    }

    /// No color at all: what `NO_COLOR` asks for.
    pub fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Self {
            text: plain,
            muted: plain.add_modifier(Modifier::DIM),
            title: plain,
            ok: plain,
            warn: bold,
            bad: bold,
            unknown: bold,
            work: plain,
            live: bold,
            passive: plain,
            chosen: reversed,
            focus: bold,
            key: bold,
            band_protected: reversed.add_modifier(Modifier::BOLD),
            band: reversed,
            danger: bold,
        }
    }

    pub fn mark(&self, mark: Mark) -> Style {
        match mark {
            Mark::Ok => self.ok,
            Mark::Bad => self.bad,
            Mark::Work => self.work,
            Mark::Wait | Mark::Skip => self.muted,
            Mark::Unknown => self.unknown,
            Mark::Warn => self.warn,
        }
    }
}
