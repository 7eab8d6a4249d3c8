//! Detects whether the terminal's background is dark or light, by asking it once before the first frame.
//!
//! Keys that are typed meanwhile are retained, and a late answer is not taken for keys.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::console::keys::key::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

impl Background {
    /// Returns the theme that fits.
    pub fn theme(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// `COLORFGBG`, as some terminals set it: `15;0`, `0;default;15`.
    pub fn of_variable(value: &str) -> Option<Self> {
        let (_, ground) = value.rsplit_once(';')?;
        match ground.parse().ok()? {
            0..=6 | 8 => Some(Self::Dark),
            7 | 9..=15 => Some(Self::Light),
            _ => None,
        }
    }

    /// `11;rgb:1e1e/1e1e/1e1e`, with one to four digits each.
    fn of_answer(answer: &str) -> Option<Self> {
        let colors = answer.strip_prefix(ANSWER)?;
        let part = |digits: &str| {
            let most = 16_f64.powi(i32::try_from(digits.len()).ok().filter(|n| *n <= 4)?) - 1.0;
            Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / most)
        };
        let parts: Vec<f64> = colors.split('/').map(part).collect::<Option<_>>()?;
        let [red, green, blue] = parts.as_slice() else { return None };
        let light = 0.299 * red + 0.587 * green + 0.114 * blue;
        Some(if light > 0.5 { Self::Light } else { Self::Dark })
    }
}

/// The terminal's answers from before the first frame.
#[derive(Debug, Default)]
pub struct Early {
    pub ground: Option<Background>,
    /// The keys that were typed meanwhile.
    pub keys: Vec<Key>,
    pub late: LateAnswer,
}

const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
const ANSWER: &str = "11;rgb:";
/// `11;rgb:ffff/ffff/ffff`
const LONGEST: usize = 21;
/// The limit for the answer, since the first frame waits for it.
const LIMIT: Duration = Duration::from_millis(40);

/// Asks, where somebody could answer. It must be over before the console takes the terminal.
pub fn ask() -> Early {
    let term = std::env::var("TERM").unwrap_or_default();
    // These print what they do not understand.
    if matches!(term.as_str(), "" | "dumb" | "linux") || !io::stdout().is_terminal() {
        return Early::default();
    }
    let mut early = Early::default();
    if let Ok(_raw) = Raw::take() {
        // A terminal that cannot be asked or heard is one that did not answer.
        let _ = listen(&mut early);
    }
    early
}

fn listen(early: &mut Early) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(QUESTION)?;
    out.flush()?;
    early.late = LateAnswer::Expected;
    let until = Instant::now() + LIMIT;
    // By the same reader as every later key: what is not read here is read there.
    while event::poll(until.saturating_duration_since(Instant::now()))? {
        if let Event::Key(event) = event::read()? {
            early.hear(&event);
        }
        if early.ground.is_some() {
            break;
        }
    }
    Ok(())
}

impl Early {
    /// One key, or a part of the answer.
    pub fn hear(&mut self, event: &KeyEvent) {
        if !self.late.swallows(event) {
            self.keys.extend(Key::read(event));
        } else if let LateAnswer::Heard(ground) = self.late {
            self.ground = ground;
        }
    }
}

struct Raw;

impl Raw {
    fn take() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

/// An answer comes as if somebody typed `Alt-]`, `11;rgb:…`, and `r` and `g` are keys of the console.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LateAnswer {
    /// Nothing was asked.
    #[default]
    Nothing,
    Expected,
    /// So much of it was there.
    Inside(String),
    Heard(Option<Background>),
}

impl LateAnswer {
    /// Is this key part of the answer?
    pub fn swallows(&mut self, event: &KeyEvent) -> bool {
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let next = match (&*self, event.code) {
            (Self::Expected, KeyCode::Char(']')) if alt => Some(Self::Inside(String::new())),
            (Self::Inside(text), KeyCode::Char('\\')) if alt => {
                Some(Self::Heard(Background::of_answer(text)))
            }
            (Self::Inside(text), KeyCode::Char('g')) if control => {
                Some(Self::Heard(Background::of_answer(text)))
            }
            (Self::Inside(text), KeyCode::Char(c)) if !alt && !control => {
                let fits = match ANSWER.chars().nth(text.len()) {
                    Some(wanted) => c == wanted,
                    None => text.len() < LONGEST && (c == '/' || c.is_ascii_hexdigit()),
                };
                fits.then(|| Self::Inside(format!("{text}{c}")))
            }
            _ => None,
        };
        let part = next.is_some();
        if part || matches!(self, Self::Inside(_)) {
            *self = next.unwrap_or(Self::Expected);
        }
        part
    }
}
