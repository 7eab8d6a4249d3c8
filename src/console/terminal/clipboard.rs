//! Text for the person's own clipboard: an escape sequence (OSC 52) that the terminal acts on, wherever
//! the console runs. Nothing answers it, so what is said of it is that it was sent.

use data_encoding::BASE64;

/// Terminals take no more than this, encoded.
pub const MOST: usize = 74_994;
/// `screen` passes on no longer strings than these.
const CHUNK: usize = 76;

/// The terminal multiplexer that the console runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
    /// Detects it by the environment that the console was started in.
    pub fn found(tmux: Option<&str>, sty: Option<&str>, term: Option<&str>) -> Self {
        let set = |word: Option<&str>| word.is_some_and(|word| !word.is_empty());
        if set(tmux) {
            Self::Tmux
        } else if set(sty) || term.is_some_and(|term| term.starts_with("screen")) {
            Self::Screen
        } else {
            Self::None
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::None => "OSC 52",
            Self::Tmux => "OSC 52 through tmux",
            Self::Screen => "OSC 52 through screen",
        }
    }

    /// What to write to the terminal.
    pub fn sequence(self, text: &str) -> String {
        let encoded = BASE64.encode(text.as_bytes());
        let plain = format!("\x1b]52;c;{encoded}\x07");
        match self {
            Self::None => plain,
            // tmux takes it itself where `set-clipboard` is on, and passes it on where
            // `allow-passthrough` is; the same text twice does no harm.
            Self::Tmux => {
                format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"))
            }
            Self::Screen => {
                let ends = encoded.len().div_ceil(CHUNK);
                let chunks =
                    (0..ends).map(|at| &encoded[at * CHUNK..((at + 1) * CHUNK).min(encoded.len())]);
                let chunks: Vec<&str> = chunks.collect();
                format!("\x1bP\x1b]52;c;{}\x07\x1b\\", chunks.join("\x1b\\\x1bP"))
            }
        }
    }
}

/// The newest lines that there is room for, as one text, and how many those are.
pub fn newest(lines: &[String]) -> (String, usize) {
    let room = MOST / 4 * 3;
    let mut used = 0;
    let fits = lines.iter().rev().take_while(|line| {
        used += line.len() + 1;
        used <= room
    });
    let count = fits.count();
    (lines[lines.len() - count..].join("\n"), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_is_found_by_its_own_variable() {
        assert_eq!(
            Multiplexer::found(Some("/tmp/tmux"), None, Some("screen-256color")),
            Multiplexer::Tmux
        );
        assert_eq!(Multiplexer::found(None, Some("1.pts"), Some("xterm")), Multiplexer::Screen);
        assert_eq!(Multiplexer::found(Some(""), None, Some("xterm")), Multiplexer::None);
    }

    #[test]
    fn it_is_wrapped_as_each_of_them_wants_it() {
        assert_eq!(Multiplexer::None.sequence("hi"), "\x1b]52;c;aGk=\x07");
        let tmux = Multiplexer::Tmux.sequence("hi");
        assert!(tmux.ends_with("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"), "{tmux:?}");
        let screen = Multiplexer::Screen.sequence(&"x".repeat(200));
        let longest = screen.split("\x1b\\").map(str::len).max();
        assert!(screen.starts_with("\x1bP\x1b]52;c;") && longest < Some(100), "{screen:?}");
    }

    #[test]
    fn the_newest_lines_are_taken_as_far_as_they_fit() {
        let lines: Vec<String> = (0..10_000).map(|number| format!("line {number:05}")).collect();
        let (text, count) = newest(&lines);
        assert!(text.ends_with("line 09999") && text.lines().count() == count);
        assert!(BASE64.encode(text.as_bytes()).len() <= MOST && count > 4_000);
        assert_eq!(newest(&["x".repeat(MOST)]), (String::new(), 0));
    }
}
