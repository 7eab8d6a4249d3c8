//! Colors by what they mean. A theme only ever adds to what glyphs and words already say.
//!
//! Themes are files. Those in `themes/` are built in, a person's own lie over them; here is what is
//! pure about that: from texts to a [`Theme`].

mod library;
mod read;
mod role;

use ratatui::style::{Color, Modifier, Style};

pub use library::{BUILT_IN, Own, ThemeLibrary};
pub use read::{AUTO, Settings, settings};
pub use role::{ROLES, Role};

use crate::console::screen::glyphs::Mark;

/// One style per meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// What has no meaning of its own. Its colors are the ground of the whole screen.
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
    pub fn dark() -> Self {
        Self::built_in("dark")
    }

    pub fn light() -> Self {
        Self::built_in("light")
    }

    /// No color at all: what `NO_COLOR` asks for.
    pub fn mono() -> Self {
        Self::built_in("mono")
    }

    /// What is built in is read by a test, so that nobody ever sees the plain one in its place.
    fn built_in(name: &str) -> Self {
        ThemeLibrary::default().theme(name).unwrap_or_default()
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

    /// Every role with its style, in the order of the files.
    pub fn styles(&self) -> Vec<(&'static Role, Style)> {
        let mut theme = self.clone();
        ROLES.iter().map(|role| (role, *(role.of)(&mut theme))).collect()
    }

    /// A role as it looks on the screen: what it leaves open, it has from the ground.
    pub fn on_ground(&self, style: Style) -> Style {
        Style {
            fg: style.fg.or(self.text.fg),
            bg: style.bg.or(self.text.bg),
            ..Style::new().add_modifier(style.add_modifier)
        }
    }

    /// Has it a ground of its own?
    pub fn has_ground(&self) -> bool {
        self.text.fg.is_some() || self.text.bg.is_some()
    }
}

/// The words of files. `default` leaves the color to the ground, and the ground's to the terminal.
const COLORS: [(&str, Option<Color>); 17] = [
    ("default", None),
    ("black", Some(Color::Black)),
    ("red", Some(Color::Red)),
    ("green", Some(Color::Green)),
    ("yellow", Some(Color::Yellow)),
    ("blue", Some(Color::Blue)),
    ("magenta", Some(Color::Magenta)),
    ("cyan", Some(Color::Cyan)),
    ("gray", Some(Color::Gray)),
    ("dark_gray", Some(Color::DarkGray)),
    ("light_red", Some(Color::LightRed)),
    ("light_green", Some(Color::LightGreen)),
    ("light_yellow", Some(Color::LightYellow)),
    ("light_blue", Some(Color::LightBlue)),
    ("light_magenta", Some(Color::LightMagenta)),
    ("light_cyan", Some(Color::LightCyan)),
    ("white", Some(Color::White)),
];

const MODIFIERS: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("reverse", Modifier::REVERSED),
    ("underline", Modifier::UNDERLINED),
];
