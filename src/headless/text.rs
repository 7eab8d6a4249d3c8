//! Events as lines of plain text, with the host first, so that `grep web1` shows one host's events.

use crate::base::text::clean_words;
use crate::domain::event::{Event, OutputLine, Stream, Verdict, What};
use crate::domain::event_text::{self, Tone};
use crate::domain::target::Target;

/// Returns the texts of a run's events one after another, without repetitions.
#[derive(Debug, Default)]
pub struct EventTexts {
    texts: event_text::EventTexts,
}

impl EventTexts {
    /// Returns the event's line. `None`: it contains nothing new for a person.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        let event_text = self.texts.next(event)?;
        let who = event_text.target.map_or("flipside", Target::name);
        let at = event.at.format("%H:%M:%S%.3f");
        // A refusal may list commands for an administrator, one per line. Everything else is one line, so that a host's
        // text cannot imitate a line of Flipside.
        let words = match &event.what {
            What::RunEnded { verdict: Verdict::Refused { .. } } => {
                let lines: Vec<String> = event_text.text.split('\n').map(indented).collect();
                lines.join("\n")
            }
            _ => clean_words(&event_text.text),
        };
        let mut text = format!("{at}  {who:<10}  {}{words}", sign(event_text.tone));
        for warning in event_text.warnings {
            text.push_str(&format!("\n{:>26}⚠ {}", "", clean_words(&warning)));
        }
        Some(text)
    }
}

/// Cleans a line and keeps its indentation.
fn indented(line: &str) -> String {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", &line[..spaces], clean_words(line))
}

/// Returns a line of a host's output. Flipside's own lines return `None`: its events contain the same.
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
