//! One event as a line of plain text, the host first, so that `grep web1` tells one host's story.

use crate::domain::event::{Event, OutputLine, Stream};
use crate::domain::target::Target;
use crate::domain::text::clean_words;
use crate::domain::told::{self, Tone};

/// Tells a run's events one after another, and nothing twice.
#[derive(Debug, Default)]
pub struct Teller {
    teller: told::Teller,
}

impl Teller {
    /// The event's line; `None`: a person learns nothing from it.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        let told = self.teller.tell(event)?;
        let who = told.who.map_or("flipside", Target::name);
        let at = event.at.format("%H:%M:%S%.3f");
        let mut text = format!("{at}  {who:<10}  {}{}", sign(told.tone), clean_words(&told.words));
        for warning in told.more {
            text.push_str(&format!("\n{:>26}⚠ {}", "", clean_words(&warning)));
        }
        Some(text)
    }
}

/// A line of a host's output. What Flipside itself says in between is told by its events already.
pub fn output(line: &OutputLine) -> Option<String> {
    let mark = match line.stream {
        Stream::Stdout => '|',
        Stream::Stderr => '!',
        _ => return None,
    };
    Some(format!(
        "{}  {:<10}  {mark} {}",
        line.at.format("%H:%M:%S%.3f"),
        line.target.name(),
        line.text
    ))
}

fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Work => "▶ ",
        Tone::So => "= ",
        Tone::Ok => "✔ ",
        Tone::Warn => "⚠ ",
        Tone::Bad => "✖ ",
        Tone::Unknown => "? ",
    }
}
