//! One event as a line of plain text, the host first, so that `grep web1` tells one host's story.

use crate::base::text::clean_words;
use crate::domain::event::{Event, OutputLine, Stream, Verdict, What};
use crate::domain::event_text::{self, Tone};
use crate::domain::target::Target;

/// Tells a run's events one after another, and nothing twice.
#[derive(Debug, Default)]
pub struct EventTexts {
    texts: event_text::EventTexts,
}

impl EventTexts {
    /// The event's line; `None`: a person learns nothing from it.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        let told = self.texts.next(event)?;
        let who = told.target.map_or("flipside", Target::name);
        let at = event.at.format("%H:%M:%S%.3f");
        // A refusal may list commands for an administrator, a line each. Everything else is one line: what
        // a host says must not look like a line of ours.
        let words = match &event.what {
            What::RunEnded { verdict: Verdict::Refused { .. } } => {
                let lines: Vec<String> = told.text.split('\n').map(indented).collect();
                lines.join("\n")
            }
            _ => clean_words(&told.text),
        };
        let mut text = format!("{at}  {who:<10}  {}{words}", sign(told.tone));
        for warning in told.warnings {
            text.push_str(&format!("\n{:>26}⚠ {}", "", clean_words(&warning)));
        }
        Some(text)
    }
}

/// One line, with the spaces that it begins with.
fn indented(line: &str) -> String {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", &line[..spaces], clean_words(line))
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
        Tone::AlreadyDone => "= ",
        Tone::Ok => "✔ ",
        Tone::Warn => "⚠ ",
        Tone::Bad => "✖ ",
        Tone::Unknown => "? ",
    }
}
