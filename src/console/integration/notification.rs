//! The escape sequences by which a terminal shows a notification.

use crate::base::text::clean_line;

/// How a person who is away from the console is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notify {
    /// By the bell, and by a notification where the terminal shows one.
    #[default]
    All,
    Bell,
    Off,
}

impl Notify {
    /// As `console.yaml` writes it.
    pub const WORDS: [(&'static str, Self); 3] =
        [("all", Self::All), ("bell", Self::Bell), ("off", Self::Off)];
}

/// Which sequence makes a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sequence {
    /// `OSC 9 ; text`, iTerm2's.
    Nine,
    /// `OSC 777 ; notify ; title ; text`, urxvt's.
    Urxvt,
}

use Sequence::{Nine, Urxvt};

/// A terminal is known by a variable, and by what the variable's value begins with. The first one that
/// fits counts. Terminals that are not here get the bell alone: some take `OSC 9` for something else.
const KNOWN: [(&str, &str, Sequence); 12] = [
    ("TERM_PROGRAM", "iTerm.app", Nine),
    ("TERM_PROGRAM", "WezTerm", Nine),
    ("TERM_PROGRAM", "ghostty", Nine),
    ("TERM_PROGRAM", "WarpTerminal", Nine),
    ("TERM", "xterm-kitty", Nine),
    ("TERM", "xterm-ghostty", Nine),
    ("TERM", "foot", Urxvt),
    ("TERM", "rxvt-unicode", Urxvt),
    ("TERM", "contour", Urxvt),
    // What a terminal leaves in the environment of a tmux that was started in it, or sends over SSH.
    ("LC_TERMINAL", "iTerm2", Nine),
    ("KITTY_WINDOW_ID", "", Nine),
    // Where its notifications were not built in it passes over the sequence.
    ("VTE_VERSION", "", Urxvt),
];

/// The terminal, as far as its variables tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outside {
    sequence: Option<Sequence>,
    /// Inside tmux, which hands on what is wrapped for the terminal around it.
    tmux: bool,
    /// Sequences with text in them are understood, and not printed.
    takes_text: bool,
}

/// A notification is read at a glance, and a terminal may cut it anywhere.
const LONGEST: usize = 200;

impl Outside {
    /// By the variables of the environment.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = value("TERM").unwrap_or_default();
        let takes_text = !matches!(term.as_str(), "" | "dumb" | "linux");
        let tmux = value("TMUX").is_some();
        // These hand nothing on, and behind a connection nobody knows what is around them.
        let walled = ["STY", "ZELLIJ"].iter().any(|name| value(name).is_some())
            || (!tmux && (term.starts_with("screen") || term.starts_with("tmux")));
        let fits = |(name, start, _): &&(&str, &str, Sequence)| {
            value(name).is_some_and(|value| value.starts_with(start))
        };
        let known = KNOWN.iter().find(fits).map(|(_, _, sequence)| *sequence);
        Self { sequence: known.filter(|_| takes_text && !walled), tmux, takes_text }
    }

    /// What is written to have this shown. `None`: this terminal shows nothing.
    pub fn notification(&self, text: &str) -> Option<String> {
        let text = short(text);
        let inner = match self.sequence? {
            Nine => format!("\u{1b}]9;flipside: {text}\u{7}"),
            Urxvt => format!("\u{1b}]777;notify;flipside;{}\u{7}", text.replace(';', ",")),
        };
        Some(if self.tmux {
            format!("\u{1b}Ptmux;{}\u{1b}\\", inner.replace('\u{1b}', "\u{1b}\u{1b}"))
        } else {
            inner
        })
    }

    /// What is written to have the window titled so.
    pub fn title(&self, text: &str) -> Option<String> {
        self.takes_text.then(|| format!("\u{1b}]2;{}\u{7}", short(text)))
    }
}

/// Nothing in it moves a cursor, ends a sequence early, or reads as something else.
fn short(text: &str) -> String {
    clean_line(text.as_bytes()).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(variables: &[(&str, &str)]) -> Outside {
        Outside::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn shown(variables: &[(&str, &str)]) -> Option<String> {
        outside(variables).notification("web-02: switch FAILED; act")
    }

    #[test]
    fn each_terminal_gets_the_sequence_that_it_knows() {
        let nine = "\u{1b}]9;flipside: web-02: switch FAILED; act\u{7}";
        let urxvt = "\u{1b}]777;notify;flipside;web-02: switch FAILED, act\u{7}";
        let xterm = ("TERM", "xterm-256color");
        for known in [("TERM_PROGRAM", "iTerm.app"), ("TERM_PROGRAM", "WezTerm")] {
            assert_eq!(shown(&[xterm, known]).as_deref(), Some(nine), "{known:?}");
        }
        assert_eq!(shown(&[("TERM", "xterm-kitty")]).as_deref(), Some(nine));
        for term in ["foot", "foot-extra", "rxvt-unicode-256color"] {
            assert_eq!(shown(&[("TERM", term)]).as_deref(), Some(urxvt), "{term}");
        }
        assert_eq!(shown(&[xterm, ("VTE_VERSION", "7600")]).as_deref(), Some(urxvt));
    }

    #[test]
    fn a_terminal_that_nobody_knows_gets_the_bell_alone() {
        assert_eq!(shown(&[("TERM", "xterm-256color")]), None);
        assert_eq!(shown(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "vscode")]), None);
        assert_eq!(shown(&[("TERM", "linux"), ("VTE_VERSION", "7600")]), None);
        assert_eq!(shown(&[]), None);
    }

    #[test]
    fn tmux_is_asked_to_hand_it_on_and_others_are_not() {
        let inside = [("TERM", "tmux-256color"), ("TMUX", "/tmp/x"), ("KITTY_WINDOW_ID", "1")];
        let wrapped =
            "\u{1b}Ptmux;\u{1b}\u{1b}]9;flipside: web-02: switch FAILED; act\u{7}\u{1b}\\";
        assert_eq!(shown(&inside).as_deref(), Some(wrapped));
        assert_eq!(shown(&[("TERM", "tmux-256color"), ("LC_TERMINAL", "iTerm2")]), None);
        assert_eq!(shown(&[("TERM", "screen"), ("STY", "1"), ("KITTY_WINDOW_ID", "1")]), None);
    }

    #[test]
    fn no_byte_of_a_message_ends_the_sequence_or_begins_another() {
        let kitty = outside(&[("TERM", "xterm-kitty")]);
        let text = kitty.notification("a\u{7}b\u{1b}]52;c;aGk=\u{7}c\u{9c}d").unwrap();
        assert_eq!(text, "\u{1b}]9;flipside: abcd\u{7}");
        let title = kitty.title("x\u{1b}\\y\nz").unwrap();
        assert!(title.chars().filter(|c| c.is_control()).eq(['\u{1b}', '\u{7}']), "{title:?}");
    }

    #[test]
    fn terminals_that_print_what_they_do_not_know_get_no_title() {
        assert_eq!(outside(&[("TERM", "linux")]).title("x"), None);
        assert!(outside(&[("TERM", "xterm")]).title("x").is_some());
    }
}
